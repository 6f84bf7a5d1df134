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

// Write is [table.Table]'s. One put or delete is one request to DynamoDB; several operations are one transaction,
// which costs twice as much. A put or a transaction whose reply was lost is recognised when it is retried. A lone
// delete whose reply was lost may answer [table.ErrConflict] although it was done.
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
	case ops[0].Action == table.ActionDelete:
		return t.delete(ctx, ops[0].Item)
	}
	return t.check(ctx, ops[0].Item)
}

func (t *Table) put(ctx context.Context, i table.Item) error {
	id, e := t.id(), t.at(i.Version)
	i.Version++
	in := &dynamodb.PutItemInput{
		TableName: &t.name, Item: encode(i, id), ConditionExpression: &e.filter,
		ExpressionAttributeNames: e.names, ExpressionAttributeValues: e.values,
	}
	return t.retry(ctx, "write", func(uncertain bool) error {
		if uncertain { // then a conflict may be with this very write
			in.ReturnValuesOnConditionCheckFailure = types.ReturnValuesOnConditionCheckFailureAllOld
		}
		_, err := t.client.PutItem(ctx, in)
		var failed *types.ConditionalCheckFailedException
		if uncertain && errors.As(err, &failed) && text(failed.Item, mark) == id {
			return nil
		}
		return err
	})
}

func (t *Table) delete(ctx context.Context, i table.Item) error {
	e := t.at(i.Version)
	in := &dynamodb.DeleteItemInput{
		TableName: &t.name, Key: keyAttributes(i.Key), ConditionExpression: &e.filter,
		ExpressionAttributeNames: e.names, ExpressionAttributeValues: e.values,
	}
	return t.retry(ctx, "write", func(bool) error {
		_, err := t.client.DeleteItem(ctx, in)
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

// transact writes ops in one transaction. Its token makes a retry of one that had been done succeed without effect.
func (t *Table) transact(ctx context.Context, ops []table.Op) error {
	id := t.id()
	in := &dynamodb.TransactWriteItemsInput{ClientRequestToken: aws.String(id)}
	for _, op := range ops {
		in.TransactItems = append(in.TransactItems, t.transactItem(op, id))
	}
	return t.retry(ctx, "write", func(bool) error {
		_, err := t.client.TransactWriteItems(ctx, in)
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
