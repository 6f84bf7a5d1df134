// Package dynamo is the engine of the storage port on Amazon DynamoDB.
//
// Two things about DynamoDB that no engine can change: the changes of one transaction may reach a stream apart from each
// other, and a Query that runs while a transaction commits may see some of its items before and others after it. Each
// item by itself is always read as the newest acknowledged write left it.
package dynamo

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/tellback/tellback/internal/table"
	"github.com/tellback/tellback/internal/table/stream"
)

// mark is the attribute that names the Write which stored an item, by which a write whose reply was lost is
// recognised. Streams carry it; nobody else reads it.
const mark = "w"

// Table is one DynamoDB table. It implements [table.Table] and [table.Scanner], and is safe for concurrent use.
type Table struct {
	calls calls
	name  string
	now   func() time.Time
	id    func() string // a new name for a Write: at most 36 characters, never the same twice

	firstWait, mostWait time.Duration
	jitter              func(time.Duration) time.Duration
	patience            time.Duration // how long one attempt may take
	meter               func(Use)     // nil: DynamoDB isn't asked what a call used
}

// calls are what tables ask of DynamoDB. They are kept as functions, and not as the SDK's client that has them: what a type
// in an interface holds may be found by reflection, so the linker would keep all of the client's sixty operations.
type calls struct {
	get      call[dynamodb.GetItemInput, dynamodb.GetItemOutput]
	query    call[dynamodb.QueryInput, dynamodb.QueryOutput]
	scan     call[dynamodb.ScanInput, dynamodb.ScanOutput]
	put      call[dynamodb.PutItemInput, dynamodb.PutItemOutput]
	transact call[dynamodb.TransactWriteItemsInput, dynamodb.TransactWriteItemsOutput]
}

type call[In, Out any] func(context.Context, *In, ...func(*dynamodb.Options)) (*Out, error)

// Option changes how [Open] opens.
type Option func(*Table)

// WithBackoff sets the longest wait before the first retry, and the longest of all. Each wait is random below its
// longest, which doubles from retry to retry.
func WithBackoff(first, most time.Duration) Option {
	return func(t *Table) { t.firstWait, t.mostWait = first, most }
}

// WithPatience sets how long one attempt may take before another is made: 3 seconds, if it isn't said.
func WithPatience(d time.Duration) Option {
	return func(t *Table) { t.patience = d }
}

// Open is the table called name. Nothing is sent. Retries are this package's own (cfg.Retryer is not used), because it must
// know when the fate of a write is uncertain. They go on until shortly before the context's deadline, or ten times where
// there is none. now is the clock that expiry goes by.
func Open(cfg aws.Config, name string, now func() time.Time, opts ...Option) *Table {
	client := dynamodb.NewFromConfig(cfg, func(o *dynamodb.Options) { o.Retryer = aws.NopRetryer{} })
	t := &Table{
		calls: calls{client.GetItem, client.Query, client.Scan, client.PutItem, client.TransactWriteItems},
		name:  name, now: now, id: rand.Text,
		firstWait: 50 * time.Millisecond, mostWait: 2 * time.Second, jitter: jitter, patience: 3 * time.Second,
	}
	for _, o := range opts {
		o(t)
	}
	return t
}

// Name is the table's.
func (t *Table) Name() string { return t.name }

// Get is [table.Table]'s.
func (t *Table) Get(ctx context.Context, k table.Key) (table.Item, error) {
	if err := k.Check(); err != nil {
		return table.Item{}, fmt.Errorf("dynamo: get from %s: %w", t.name, err)
	}
	in := &dynamodb.GetItemInput{TableName: &t.name, Key: keyAttributes(k), ConsistentRead: aws.Bool(true), ReturnConsumedCapacity: t.metered()}
	var out *dynamodb.GetItemOutput
	err := t.retry(ctx, "get from", func(ctx context.Context, _ bool) (err error) {
		out, err = t.calls.get(ctx, in)
		return err
	})
	if err != nil {
		return table.Item{}, err
	}
	t.read("GetItem", out.ConsumedCapacity)
	if len(out.Item) == 0 {
		return table.Item{}, table.ErrNotFound
	}
	i, err := decode(out.Item)
	if err != nil {
		return table.Item{}, t.unavailable("get from", err)
	}
	if i.Expired(t.now()) {
		return table.Item{}, table.ErrNotFound
	}
	return i, nil
}

// Query is [table.Table]'s.
func (t *Table) Query(ctx context.Context, q table.Query) (table.Page, error) {
	if err := q.Check(); err != nil {
		return table.Page{}, fmt.Errorf("dynamo: query %s: %w", t.name, err)
	}
	if q.To != "" && q.From > q.To { // which DynamoDB would call an error
		return table.Page{}, nil
	}
	e := t.live()
	in := &dynamodb.QueryInput{
		TableName: &t.name, ConsistentRead: aws.Bool(true), ScanIndexForward: aws.Bool(!q.Reverse), Limit: aws.Int32(int32(q.PageSize())),
		KeyConditionExpression: aws.String(e.keyCondition(q)), FilterExpression: &e.filter,
		ExpressionAttributeNames: e.names, ExpressionAttributeValues: e.values, ReturnConsumedCapacity: t.metered(),
	}
	if cursor, _ := q.Start(); cursor != "" { // checked above
		in.ExclusiveStartKey = keyAttributes(table.Key{Partition: q.Partition, Sort: cursor})
	}
	for {
		var out *dynamodb.QueryOutput
		err := t.retry(ctx, "query", func(ctx context.Context, _ bool) (err error) {
			out, err = t.calls.query(ctx, in)
			return err
		})
		if err != nil {
			return table.Page{}, err
		}
		t.read("Query", out.ConsumedCapacity)
		page, err := t.page("query", out.Items, out.LastEvaluatedKey)
		if err != nil {
			return table.Page{}, err
		}
		page.Items = slices.DeleteFunc(page.Items, func(i table.Item) bool { return !strings.HasPrefix(i.Sort, q.Prefix) })
		if !q.Reverse && !strings.HasPrefix(text(out.LastEvaluatedKey, stream.Sort), q.Prefix) {
			page.Next = "" // past the prefix
		}
		if len(page.Items) > 0 || page.Next == "" {
			return page, nil
		}
		in.ExclusiveStartKey = out.LastEvaluatedKey // nothing but expired items, or not yet at the prefix
	}
}

// Scan is [table.Scanner]'s.
func (t *Table) Scan(ctx context.Context, cursor string) (table.Page, error) {
	e := t.live()
	in := &dynamodb.ScanInput{
		TableName: &t.name, ConsistentRead: aws.Bool(true), FilterExpression: &e.filter,
		ExpressionAttributeNames: e.names, ExpressionAttributeValues: e.values, ReturnConsumedCapacity: t.metered(),
	}
	if cursor != "" {
		k, err := table.ParseCursor(cursor)
		if err != nil {
			return table.Page{}, fmt.Errorf("dynamo: scan %s: %w", t.name, err)
		}
		in.ExclusiveStartKey = keyAttributes(k)
	}
	var out *dynamodb.ScanOutput
	err := t.retry(ctx, "scan", func(ctx context.Context, _ bool) (err error) {
		out, err = t.calls.scan(ctx, in)
		return err
	})
	if err != nil {
		return table.Page{}, err
	}
	t.read("Scan", out.ConsumedCapacity)
	return t.page("scan", out.Items, out.LastEvaluatedKey)
}

func (t *Table) page(doing string, items []map[string]types.AttributeValue, last map[string]types.AttributeValue) (table.Page, error) {
	var p table.Page
	for _, m := range items {
		i, err := decode(m)
		if err != nil {
			return table.Page{}, t.unavailable(doing, err)
		}
		p.Items = append(p.Items, i)
	}
	if len(last) > 0 {
		k := table.Key{Partition: text(last, stream.Partition), Sort: text(last, stream.Sort)}
		if err := k.Check(); err != nil {
			return table.Page{}, t.unavailable(doing, errors.New("the last key of a page is not of this table"))
		}
		p.Next = k.Cursor()
	}
	return p, nil
}

func keyAttributes(k table.Key) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{stream.Partition: str(k.Partition), stream.Sort: str(k.Sort)}
}

func str(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func num(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

// encode is i as it is stored by the Write called id.
func encode(i table.Item, id string) map[string]types.AttributeValue {
	m := keyAttributes(i.Key)
	m[stream.Version] = num(i.Version)
	m[stream.Body] = str(string(i.Body))
	m[mark] = str(id)
	if !i.Expires.IsZero() {
		m[stream.Expires] = num(i.Expires.Unix())
	}
	return m
}

// decode is the reverse of encode. An error means that something else wrote to the table.
func decode(m map[string]types.AttributeValue) (table.Item, error) {
	i := table.Item{
		Key:  table.Key{Partition: text(m, stream.Partition), Sort: text(m, stream.Sort)},
		Body: []byte(text(m, stream.Body)),
	}
	if err := i.Key.Check(); err != nil {
		return i, err
	}
	var err error
	if i.Version, err = integer(m, stream.Version); err != nil {
		return i, err
	}
	if _, ok := m[stream.Expires]; ok {
		seconds, err := integer(m, stream.Expires)
		if err != nil {
			return i, err
		}
		i.Expires = time.Unix(seconds, 0).UTC()
	}
	return i, nil
}

func text(m map[string]types.AttributeValue, name string) string {
	s, ok := m[name].(*types.AttributeValueMemberS)
	if !ok {
		return ""
	}
	return s.Value
}

func integer(m map[string]types.AttributeValue, name string) (int64, error) {
	v, ok := m[name].(*types.AttributeValueMemberN)
	if !ok {
		return 0, fmt.Errorf("an item's %s is not a number", name)
	}
	n, err := strconv.ParseInt(v.Value, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("an item's %s is not a 64-bit integer", name)
	}
	return n, nil
}

var (
	_ table.Table   = (*Table)(nil)
	_ table.Scanner = (*Table)(nil)
)
