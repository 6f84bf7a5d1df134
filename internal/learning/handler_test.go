package learning

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"github.com/tellback/tellback/internal/table/stream"
)

func TestHandlerReportsWhereToGoOn(t *testing.T) {
	reports := newMemory()
	for _, who := range []string{"a", "b", "c"} {
		tell(t, reports, who, "1")
	}
	fresh := func() events.DynamoDBTimeWindowEvent {
		e := stream.Encode("arn:reports", "shard-1", reports.log)
		e.State = map[string]string{"kept": "yes"}
		return e
	}
	for _, c := range []struct {
		name    string
		change  func(*events.DynamoDBTimeWindowEvent)
		failing []events.DynamoDBBatchItemFailure
		counted int64
		fails   bool
	}{
		{"all well", func(*events.DynamoDBTimeWindowEvent) {}, []events.DynamoDBBatchItemFailure{}, 3, false},
		{"no records", func(e *events.DynamoDBTimeWindowEvent) { e.Records = nil }, []events.DynamoDBBatchItemFailure{}, 0, false},
		{"no shard", func(e *events.DynamoDBTimeWindowEvent) { e.ShardID = "" }, nil, 0, true},
		{"keys only", func(e *events.DynamoDBTimeWindowEvent) { e.Records[1].Change.NewImage = nil },
			[]events.DynamoDBBatchItemFailure{{ItemIdentifier: reports.log[1].Sequence}}, 1, false},
		{"not a standing", func(e *events.DynamoDBTimeWindowEvent) {
			e.Records[2].Change.NewImage[stream.Body] = events.NewStringAttribute("[]")
		}, []events.DynamoDBBatchItemFailure{{ItemIdentifier: reports.log[2].Sequence}}, 2, false},
		{"no sequence number", func(e *events.DynamoDBTimeWindowEvent) { e.Records[1].Change.SequenceNumber = "" }, nil, 0, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := fresh()
			c.change(&e)
			l := NewLedger(newMemory())
			out, err := Handler(l)(context.Background(), e)
			if (err != nil) != c.fails {
				t.Fatalf("error %v", err)
			}
			if got := pain(t, l)["1"]; got != c.counted {
				t.Errorf("%d counted, want %d", got, c.counted)
			}
			if c.fails {
				return
			}
			if d := cmp.Diff(c.failing, out.BatchItemFailures); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
			if out.State["kept"] != "yes" {
				t.Error("the window's state got lost")
			}
			if raw, _ := json.Marshal(out); len(c.failing) == 0 && !json.Valid(raw) {
				t.Error("the response can't be marshalled")
			}
		})
	}
}
