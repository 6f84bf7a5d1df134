package dynamo

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/tellback/tellback/internal/table"
)

// Write is [table.Table]'s. One put is one request to DynamoDB; several operations are one transaction, which costs twice
// as much. A write whose reply was lost is recognised when it is retried: a put by the mark that it left, a transaction by
// its token. A delete leaves no mark, so a lone one is a transaction too: nothing else tells it from somebody else's delete.
func (t *Table) Write(ctx context.Context, ops ...table.Op) error {
	if err := table.CheckWrite(ops); err != nil {
		return fmt.Errorf("dynamo: write %s: %w", t.name, err)
	}
	switch {
	case len(ops) == 0:
		return nil
	case len(ops) > 1:
		return t.transact(ctx, ops)
	case ops[0].Action == table.ActionPut:
		return t.put(ctx, ops[0].Item)
	case ops[0].Action == table.ActionCheck:
		return t.check(ctx, ops[0].Item)
	}
	return t.transact(ctx, ops)
}

func (t *Table) put(ctx context.Context, i table.Item) error {
	id, e := t.id(), t.at(i.Version)
	i.Version++
	in := &dynamodb.PutItemInput{
		TableName: &t.name, Item: encode(i, id), ConditionExpression: &e.filter,
		ExpressionAttributeNames: e.names, ExpressionAttributeValues: e.values, ReturnConsumedCapacity: t.metered(),
	}
	return t.retry(ctx, "write", func(ctx context.Context, uncertain bool) error {
		if uncertain { // then a conflict may be with this very write
			in.ReturnValuesOnConditionCheckFailure = types.ReturnValuesOnConditionCheckFailureAllOld
		}
		out, err := t.calls.put(ctx, in)
		var failed *types.ConditionalCheckFailedException
		if uncertain && errors.As(err, &failed) && text(failed.Item, mark) == id {
			return nil
		}
		if err == nil {
			t.wrote("PutItem", out.ConsumedCapacity)
		}
		return err
	})
}

func (t *Table) check(ctx context.Context, i table.Item) error {
	stored, err := t.Get(ctx, i.Key)
	if err != nil && !errors.Is(err, table.ErrNotFound) {
		return err
	}
	if stored.Version != i.Version { // 0 when it was not found
		return table.ErrConflict
	}
	return nil
}

// transact writes ops in one transaction. Its token makes a retry of one that had been done succeed without effect, for ten
// minutes after it was done: longer than any function runs. Every attempt must be the same to the letter.
func (t *Table) transact(ctx context.Context, ops []table.Op) error {
	id := t.id()
	in := &dynamodb.TransactWriteItemsInput{ClientRequestToken: aws.String(id), ReturnConsumedCapacity: t.metered()}
	for _, op := range ops {
		in.TransactItems = append(in.TransactItems, t.transactItem(op, id))
	}
	return t.retry(ctx, "write", func(ctx context.Context, _ bool) error {
		out, err := t.calls.transact(ctx, in)
		if err == nil {
			for n := range out.ConsumedCapacity {
				t.wrote("TransactWriteItems", &out.ConsumedCapacity[n])
			}
		}
		return err
	})
}

func (t *Table) transactItem(op table.Op, id string) types.TransactWriteItem {
	e, i := t.at(op.Item.Version), op.Item
	switch op.Action {
	case table.ActionDelete:
		return types.TransactWriteItem{Delete: &types.Delete{
			TableName: &t.name, Key: keyAttributes(i.Key), ConditionExpression: &e.filter,
			ExpressionAttributeNames: e.names, ExpressionAttributeValues: e.values,
		}}
	case table.ActionCheck:
		return types.TransactWriteItem{ConditionCheck: &types.ConditionCheck{
			TableName: &t.name, Key: keyAttributes(i.Key), ConditionExpression: &e.filter,
			ExpressionAttributeNames: e.names, ExpressionAttributeValues: e.values,
		}}
	}
	i.Version++
	return types.TransactWriteItem{Put: &types.Put{
		TableName: &t.name, Item: encode(i, id), ConditionExpression: &e.filter,
		ExpressionAttributeNames: e.names, ExpressionAttributeValues: e.values,
	}}
}
