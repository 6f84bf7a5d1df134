package stream_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"github.com/tellback/tellback/internal/table"
	"github.com/tellback/tellback/internal/table/stream"
)

func TestChangesSurviveTheEvent(t *testing.T) {
	at := time.Date(2026, 10, 1, 12, 0, 0, 0, time.UTC)
	item := func(v int64, body string) *table.Item {
		return &table.Item{Key: table.Key{Partition: "P#ñ\x00", Sort: "S#🌊"}, Version: v, Body: []byte(body), Expires: at.Add(time.Hour)}
	}
	changes := []table.Change{
		{Sequence: "1", At: at, New: item(1, `{"a":1}`)},
		{Sequence: "2", At: at, Old: item(1, `{"a":1}`), New: item(2, `{"a":2}`)},
		{Sequence: "300000000000000000000004", At: at, Old: item(2, `{"a":2}`)},
	}
	raw, err := json.Marshal(stream.Encode("arn:aws:dynamodb:…", "shard-1", changes))
	if err != nil {
		t.Fatal(err)
	}
	var e events.DynamoDBTimeWindowEvent
	if err := json.Unmarshal(raw, &e); err != nil {
		t.Fatal(err)
	}
	if e.ShardID != "shard-1" {
		t.Errorf("shard %q", e.ShardID)
	}
	var got []table.Change
	for _, r := range e.Records {
		c, err := stream.Decode(r)
		if err != nil {
			t.Fatal(err)
		}
		c.At = c.At.UTC()
		got = append(got, c)
	}
	if d := cmp.Diff(changes, got); d != "" {
		t.Error(d)
	}
}

func TestDecodeRefusesWhatIsNotOurs(t *testing.T) {
	for name, raw := range map[string]string{
		"no sequence":      `{"dynamodb":{"NewImage":{"pk":{"S":"a"},"sk":{"S":"b"},"v":{"N":"1"}}}}`,
		"no image":         `{"dynamodb":{"SequenceNumber":"1"}}`,
		"number as key":    `{"dynamodb":{"SequenceNumber":"1","NewImage":{"pk":{"N":"1"},"sk":{"S":"b"},"v":{"N":"1"}}}}`,
		"no version":       `{"dynamodb":{"SequenceNumber":"1","NewImage":{"pk":{"S":"a"},"sk":{"S":"b"}}}}`,
		"version too long": `{"dynamodb":{"SequenceNumber":"1","NewImage":{"pk":{"S":"a"},"sk":{"S":"b"},"v":{"N":"99999999999999999999"}}}}`,
	} {
		var r events.DynamoDBEventRecord
		if err := json.Unmarshal([]byte(raw), &r); err != nil {
			t.Fatal(err)
		}
		if _, err := stream.Decode(r); err == nil {
			t.Errorf("%s was decoded", name)
		}
	}
}

func TestCompare(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"1", "2", -1}, {"10", "9", 1}, {"007", "7", 0}, {"", "0", 0}, {"496000000000000000000000001", "95", 1}} {
		if got := stream.Compare(c.a, c.b); got != c.want {
			t.Errorf("%s and %s: got %d, want %d", c.a, c.b, got, c.want)
		}
	}
}
