package standin

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"
	"github.com/google/go-cmp/cmp"

	"github.com/tellback/tellback/internal/table/stream"
)

func TestParentsFirst(t *testing.T) {
	shard := func(id, parent string) types.Shard {
		s := types.Shard{ShardId: &id}
		if parent != "" {
			s.ParentShardId = &parent
		}
		return s
	}
	for name, c := range map[string]struct {
		shards []types.Shard
		want   []stream.Shard
	}{
		"none":               {nil, nil},
		"one":                {[]types.Shard{shard("a", "")}, []stream.Shard{{ID: "a"}}},
		"children first":     {[]types.Shard{shard("c", "b"), shard("b", "a"), shard("a", "")}, []stream.Shard{{ID: "a"}, {ID: "b", Parent: "a"}, {ID: "c", Parent: "b"}}},
		"a parent forgotten": {[]types.Shard{shard("c", "b"), shard("b", "gone")}, []stream.Shard{{ID: "b"}, {ID: "c", Parent: "b"}}},
		"a split":            {[]types.Shard{shard("c", "a"), shard("a", ""), shard("b", "a")}, []stream.Shard{{ID: "a"}, {ID: "c", Parent: "a"}, {ID: "b", Parent: "a"}}},
		"a circle":           {[]types.Shard{shard("a", "b"), shard("b", "a")}, []stream.Shard{{ID: "b", Parent: "a"}, {ID: "a", Parent: "b"}}},
	} {
		t.Run(name, func(t *testing.T) {
			if d := cmp.Diff(c.want, parentsFirst(c.shards)); d != "" {
				t.Errorf("shards (-want +got):\n%s", d)
			}
		})
	}
}

func TestChangeRefusesForeignRecords(t *testing.T) {
	s := func(v string) types.AttributeValue { return &types.AttributeValueMemberS{Value: v} }
	n := func(v string) types.AttributeValue { return &types.AttributeValueMemberN{Value: v} }
	good := map[string]types.AttributeValue{"pk": s("P"), "sk": s("s"), "v": n("3"), "body": s("{}"), "w": s("mark")}
	record := func(image map[string]types.AttributeValue) types.Record {
		return types.Record{Dynamodb: &types.StreamRecord{
			SequenceNumber: aws.String("7"), ApproximateCreationDateTime: aws.Time(time.Unix(1, 0)), NewImage: image,
		}}
	}
	if c, err := change(record(good)); err != nil || c.New.Version != 3 || c.Old != nil || c.Sequence != "7" {
		t.Errorf("a good record: %+v, %v", c, err)
	}
	unnumbered := record(good)
	unnumbered.Dynamodb.SequenceNumber = nil
	for name, r := range map[string]types.Record{
		"no record":         {},
		"no sequence":       unnumbered,
		"keys only":         record(nil),
		"no key":            record(map[string]types.AttributeValue{"v": n("1")}),
		"no version":        record(map[string]types.AttributeValue{"pk": s("P"), "sk": s("s")}),
		"version no number": record(map[string]types.AttributeValue{"pk": s("P"), "sk": s("s"), "v": n("1.5")}),
		"expiry no number":  record(map[string]types.AttributeValue{"pk": s("P"), "sk": s("s"), "v": n("1"), "ttl": s("1")}),
	} {
		if c, err := change(r); err == nil {
			t.Errorf("%s: got %+v, want an error", name, c)
		}
	}
}
