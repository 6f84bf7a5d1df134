// Package stream turns table changes into the DynamoDB stream events that functions/aggregate receives, and back. The
// attribute names are those that table/dynamo stores.
package stream

import (
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/tellback/tellback/internal/table"
)

// The attribute names of a stored item.
const (
	Partition = "pk"
	Sort      = "sk"
	Version   = "v"
	Expires   = "ttl"
	Body      = "body"
)

// Shard is one run of a stream: the changes of an item in it come after all of those in its parent.
type Shard struct {
	ID     string
	Parent string // empty when it has none, or none that is still kept
}

// Encode builds the event that Lambda hands to a function for a run of changes of one shard.
func Encode(sourceARN, shard string, changes []table.Change) events.DynamoDBTimeWindowEvent {
	var e events.DynamoDBTimeWindowEvent
	e.ShardID = shard
	e.EventSourceARN = sourceARN
	e.State = map[string]string{}
	for _, c := range changes {
		e.Records = append(e.Records, record(sourceARN, c))
	}
	return e
}

func record(arn string, c table.Change) events.DynamoDBEventRecord {
	name, key := "MODIFY", table.Key{}
	switch {
	case c.Old == nil:
		name, key = "INSERT", c.New.Key
	case c.New == nil:
		name, key = "REMOVE", c.Old.Key
	default:
		key = c.New.Key
	}
	return events.DynamoDBEventRecord{
		EventID:        c.Sequence,
		EventName:      name,
		EventSource:    "aws:dynamodb",
		EventVersion:   "1.1",
		EventSourceArn: arn,
		Change: events.DynamoDBStreamRecord{
			ApproximateCreationDateTime: events.SecondsEpochTime{Time: c.At},
			Keys: map[string]events.DynamoDBAttributeValue{
				Partition: events.NewStringAttribute(key.Partition),
				Sort:      events.NewStringAttribute(key.Sort),
			},
			OldImage:       image(c.Old),
			NewImage:       image(c.New),
			SequenceNumber: c.Sequence,
			StreamViewType: "NEW_AND_OLD_IMAGES",
		},
	}
}

func image(i *table.Item) map[string]events.DynamoDBAttributeValue {
	if i == nil {
		return nil
	}
	m := map[string]events.DynamoDBAttributeValue{
		Partition: events.NewStringAttribute(i.Partition),
		Sort:      events.NewStringAttribute(i.Sort),
		Version:   events.NewNumberAttribute(strconv.FormatInt(i.Version, 10)),
		Body:      events.NewStringAttribute(string(i.Body)),
	}
	if !i.Expires.IsZero() {
		m[Expires] = events.NewNumberAttribute(strconv.FormatInt(i.Expires.Unix(), 10))
	}
	return m
}

// Decode reads one record. An error means that the record is not one of a Tellback table.
func Decode(r events.DynamoDBEventRecord) (table.Change, error) {
	c := table.Change{Sequence: r.Change.SequenceNumber, At: r.Change.ApproximateCreationDateTime.Time}
	if c.Sequence == "" {
		return c, fmt.Errorf("stream: record %q has no sequence number", r.EventID)
	}
	var err error
	if c.Old, err = item(r.Change.OldImage); err != nil {
		return c, fmt.Errorf("stream: record %s: old image: %w", c.Sequence, err)
	}
	if c.New, err = item(r.Change.NewImage); err != nil {
		return c, fmt.Errorf("stream: record %s: new image: %w", c.Sequence, err)
	}
	if c.Old == nil && c.New == nil {
		return c, fmt.Errorf("stream: record %s has no image: the stream must be NEW_AND_OLD_IMAGES", c.Sequence)
	}
	return c, nil
}

func item(m map[string]events.DynamoDBAttributeValue) (*table.Item, error) {
	if len(m) == 0 {
		return nil, nil
	}
	var i table.Item
	for name, into := range map[string]*string{Partition: &i.Partition, Sort: &i.Sort} {
		v, ok := m[name]
		if !ok || v.DataType() != events.DataTypeString {
			return nil, fmt.Errorf("%s is not a string", name)
		}
		*into = v.String()
	}
	if v, ok := m[Body]; ok {
		if v.DataType() != events.DataTypeString {
			return nil, fmt.Errorf("%s is not a string", Body)
		}
		i.Body = []byte(v.String())
	}
	n, err := number(m, Version)
	if err != nil {
		return nil, err
	}
	i.Version = n
	if _, ok := m[Expires]; ok {
		if n, err = number(m, Expires); err != nil {
			return nil, err
		}
		i.Expires = time.Unix(n, 0).UTC()
	}
	return &i, nil
}

func number(m map[string]events.DynamoDBAttributeValue, name string) (int64, error) {
	v, ok := m[name]
	if !ok || v.DataType() != events.DataTypeNumber {
		return 0, fmt.Errorf("%s is not a number", name)
	}
	n, err := strconv.ParseInt(v.Number(), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%s is not a 64-bit integer", name)
	}
	return n, nil
}

// Compare orders two sequence numbers as integers: −1, 0 or 1.
func Compare(a, b string) int {
	a, b = trim(a), trim(b)
	switch {
	case len(a) != len(b):
		if len(a) < len(b) {
			return -1
		}
		return 1
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func trim(s string) string {
	for len(s) > 0 && s[0] == '0' {
		s = s[1:]
	}
	return s
}
