package learning

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"github.com/tellback/tellback/internal/table"
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

// What could not be counted is remembered until it is, whatever the stream goes on with behind it.
func TestTheLedgerKnowsWhatItLacks(t *testing.T) {
	reports, ctx := newMemory(), context.Background()
	for _, who := range []string{"a", "b", "c", "d"} {
		tell(t, reports, who, "1")
	}
	l := NewLedger(newMemory())
	handle := func(spoilt int, changes []table.Change) {
		t.Helper()
		e := stream.Encode("arn:reports", "shard#1", changes)
		if spoilt >= 0 {
			e.Records[spoilt].Change.NewImage[stream.Body] = events.NewStringAttribute("[]")
		}
		if _, err := Handler(l)(ctx, e); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Settled(ctx); err != nil {
		t.Fatalf("before anything came: %v", err)
	}
	for range 2 { // and once more, as the stream does
		handle(1, reports.log[:3])
	}
	if err := l.Settled(ctx); !errors.Is(err, ErrBehind) {
		t.Fatalf("after a failure: %v", err)
	}
	handle(-1, reports.log[3:]) // the stream gave up and went on
	if err := l.Settled(ctx); !errors.Is(err, ErrBehind) {
		t.Fatalf("after going on behind it: %v", err)
	}
	handle(-1, reports.log[1:3]) // counted after all
	if err := l.Settled(ctx); err != nil {
		t.Errorf("after all was counted: %v", err)
	}
	if got := pain(t, l)["1"]; got != 4 {
		t.Errorf("%d counted, want 4", got)
	}
}
