package standin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"

	"github.com/tellback/tellback/internal/table"
	"github.com/tellback/tellback/internal/table/dynamo"
	"github.com/tellback/tellback/internal/table/stream"
)

// Stream reads a table's DynamoDB stream where no Lambda mapping does: on one machine, and in tests. It is for one
// goroutine at a time.
type Stream struct {
	t      *dynamo.Table
	client *dynamodbstreams.Client
	arn    string
	places map[string]place // by shard: where the last reading ended
}

// place is where to read on in a shard.
type place struct {
	after    string  // the sequence that the reading came behind
	iterator *string // what reads on from there; nil when there is nothing more, ever
}

// OpenStream is the stream of the table, which must have one.
func OpenStream(ctx context.Context, cfg aws.Config, t *dynamo.Table) (*Stream, error) {
	name, server := t.Name(), client(cfg)
	var out *dynamodb.DescribeTableOutput
	err := t.Retry(ctx, "describe", func(ctx context.Context) (err error) {
		out, err = server.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &name})
		return err
	})
	if err != nil {
		return nil, err
	}
	if out.Table == nil || out.Table.LatestStreamArn == nil {
		return nil, unavailable("open the stream of", t, errors.New("the table has no stream"))
	}
	streams := dynamodbstreams.NewFromConfig(cfg, func(o *dynamodbstreams.Options) { o.Retryer = aws.NopRetryer{} })
	return &Stream{t: t, client: streams, arn: *out.Table.LatestStreamArn, places: map[string]place{}}, nil
}

// ARN names the stream.
func (s *Stream) ARN() string { return s.arn }

// Shards lists the shards there are, parents before their children.
func (s *Stream) Shards(ctx context.Context) ([]stream.Shard, error) {
	var shards []types.Shard
	in := &dynamodbstreams.DescribeStreamInput{StreamArn: &s.arn}
	for {
		var out *dynamodbstreams.DescribeStreamOutput
		err := s.t.Retry(ctx, "list the shards of", func(ctx context.Context) (err error) {
			out, err = s.client.DescribeStream(ctx, in)
			return err
		})
		if err != nil {
			return nil, err
		}
		if out.StreamDescription == nil {
			break
		}
		shards = append(shards, out.StreamDescription.Shards...)
		if in.ExclusiveStartShardId = out.StreamDescription.LastEvaluatedShardId; in.ExclusiveStartShardId == nil {
			break
		}
	}
	return parentsFirst(shards), nil
}

func parentsFirst(shards []types.Shard) []stream.Shard {
	parent := map[string]string{}
	for _, s := range shards {
		parent[aws.ToString(s.ShardId)] = aws.ToString(s.ParentShardId)
	}
	var ordered []stream.Shard
	placed := map[string]bool{"": true}
	for _, s := range shards {
		var line []stream.Shard // this shard and its ancestors that are still listed
		for id := aws.ToString(s.ShardId); !placed[id]; id = parent[id] {
			if _, listed := parent[id]; !listed {
				line[len(line)-1].Parent = "" // its changes are past keeping
				break
			}
			line, placed[id] = append(line, stream.Shard{ID: id, Parent: parent[id]}), true
		}
		slices.Reverse(line)
		ordered = append(ordered, line...)
	}
	return ordered
}

// emptyReads is how many empty answers in a row are taken for the end for now: an open shard has no end that it would
// tell, and one with few changes answers many times with none before it comes to the next.
const emptyReads = 3

// Changes returns up to limit (at most 1,000, 0 means 100) changes of one shard after the given sequence ("" is the
// oldest kept), oldest first; none when there is nothing new for now, [io.EOF] when the shard is closed and there never
// will be, [table.ErrTrimmed] when some of those after the sequence are no longer kept.
func (s *Stream) Changes(ctx context.Context, shard, after string, limit int) ([]table.Change, error) {
	at, err := s.place(ctx, shard, after)
	for empty := 0; err == nil && at.iterator != nil && empty < emptyReads; empty++ {
		var out *dynamodbstreams.GetRecordsOutput
		out, err = s.read(ctx, at.iterator, limit)
		if expired := (*types.ExpiredIteratorException)(nil); errors.As(err, &expired) {
			delete(s.places, shard) // it lives for a quarter of an hour; a machine may sleep longer
			at, err = s.place(ctx, shard, after)
			continue
		}
		if err != nil {
			break
		}
		at.iterator = out.NextShardIterator
		if len(out.Records) > 0 {
			changes, err := s.changes(out.Records)
			if err == nil {
				at.after = changes[len(changes)-1].Sequence
				s.places[shard] = at
			}
			return changes, err
		}
	}
	if trimmed := (*types.TrimmedDataAccessException)(nil); errors.As(err, &trimmed) {
		return nil, unavailable("read the stream of", s.t, fmt.Errorf("%w: %w", table.ErrTrimmed, err))
	}
	if err != nil {
		return nil, err
	}
	if s.places[shard] = at; at.iterator == nil {
		return nil, io.EOF
	}
	return nil, nil
}

// Seek makes the next [Stream.Changes] after "" begin with the change of this sequence, and not with the oldest.
func (s *Stream) Seek(ctx context.Context, shard, first string) error {
	iterator, err := s.find(ctx, &dynamodbstreams.GetShardIteratorInput{
		StreamArn: &s.arn, ShardId: &shard, ShardIteratorType: types.ShardIteratorTypeAtSequenceNumber, SequenceNumber: &first,
	})
	if err == nil {
		s.places[shard] = place{iterator: iterator}
	}
	return err
}

// place is where reading goes on after a sequence: where it ended if that was there, otherwise a place that is looked up.
func (s *Stream) place(ctx context.Context, shard, after string) (place, error) {
	if at, known := s.places[shard]; known && at.after == after {
		return at, nil
	}
	in := &dynamodbstreams.GetShardIteratorInput{StreamArn: &s.arn, ShardId: &shard, ShardIteratorType: types.ShardIteratorTypeTrimHorizon}
	if after != "" {
		in.ShardIteratorType, in.SequenceNumber = types.ShardIteratorTypeAfterSequenceNumber, &after
	}
	iterator, err := s.find(ctx, in)
	return place{after, iterator}, err
}

func (s *Stream) find(ctx context.Context, in *dynamodbstreams.GetShardIteratorInput) (iterator *string, err error) {
	err = s.t.Retry(ctx, "find a place in the stream of", func(ctx context.Context) error {
		out, err := s.client.GetShardIterator(ctx, in)
		if err == nil {
			iterator = out.ShardIterator
		}
		return err
	})
	return iterator, err
}

func (s *Stream) read(ctx context.Context, iterator *string, limit int) (out *dynamodbstreams.GetRecordsOutput, err error) {
	in := &dynamodbstreams.GetRecordsInput{ShardIterator: iterator, Limit: aws.Int32(int32(table.Query{Limit: limit}.PageSize()))}
	err = s.t.Retry(ctx, "read the stream of", func(ctx context.Context) (err error) {
		out, err = s.client.GetRecords(ctx, in)
		return err
	})
	return out, err
}

func (s *Stream) changes(records []types.Record) ([]table.Change, error) {
	changes := make([]table.Change, 0, len(records))
	for _, r := range records {
		c, err := change(r)
		if err != nil {
			return nil, unavailable("read the stream of", s.t, err)
		}
		changes = append(changes, c)
	}
	return changes, nil
}

func change(r types.Record) (table.Change, error) {
	d := r.Dynamodb
	if d == nil || aws.ToString(d.SequenceNumber) == "" || len(d.OldImage)+len(d.NewImage) == 0 {
		return table.Change{}, errors.New("a record has no sequence number or no image: the stream must be NEW_AND_OLD_IMAGES")
	}
	c := table.Change{Sequence: *d.SequenceNumber, At: aws.ToTime(d.ApproximateCreationDateTime).UTC()}
	var err error
	if c.Old, err = imageOf(d.OldImage); err == nil {
		c.New, err = imageOf(d.NewImage)
	}
	if err != nil {
		return c, fmt.Errorf("record %s: %w", c.Sequence, err)
	}
	return c, nil
}

// imageOf reads an image. The attributes of streams are types of their own in the SDK, though the same.
func imageOf(m map[string]types.AttributeValue) (*table.Item, error) {
	if len(m) == 0 {
		return nil, nil
	}
	text := func(name string) string {
		if s, ok := m[name].(*types.AttributeValueMemberS); ok {
			return s.Value
		}
		return ""
	}
	integer := func(name string) (int64, error) {
		if v, ok := m[name].(*types.AttributeValueMemberN); ok {
			return strconv.ParseInt(v.Value, 10, 64)
		}
		return 0, fmt.Errorf("%s is not a number", name)
	}
	i := &table.Item{Key: table.Key{Partition: text(stream.Partition), Sort: text(stream.Sort)}, Body: []byte(text(stream.Body))}
	var err error
	if i.Version, err = integer(stream.Version); err != nil {
		return nil, err
	}
	if _, ok := m[stream.Expires]; ok {
		seconds, err := integer(stream.Expires)
		if err != nil {
			return nil, err
		}
		i.Expires = time.Unix(seconds, 0).UTC()
	}
	return i, i.Key.Check()
}
