package learning

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/aws/aws-lambda-go/events"

	"github.com/tellback/tellback/internal/table"
	"github.com/tellback/tellback/internal/table/stream"
)

// Handler is what functions/aggregate starts: it folds the stream of the reports table into l. From the first record that it
// can't count it reports the batch as failed, so that Lambda delivers from there again; what came before stays counted. It
// keeps no state in the tumbling window, which is only there because the shard's id comes with it.
func Handler(l *Ledger) func(context.Context, events.DynamoDBTimeWindowEvent) (events.DynamoDBTimeWindowEventResponse, error) {
	return func(ctx context.Context, e events.DynamoDBTimeWindowEvent) (events.DynamoDBTimeWindowEventResponse, error) {
		var out events.DynamoDBTimeWindowEventResponse
		out.State = e.State
		if out.State == nil {
			out.State = map[string]string{}
		}
		out.BatchItemFailures = []events.DynamoDBBatchItemFailure{}
		if len(e.Records) == 0 {
			return out, nil // the last call of a window may bring none
		}
		changes, unread, cause := decode(e.Records)
		if cause != nil && unread == "" {
			return out, cause
		}
		failed, err := l.Fold(ctx, e.ShardID, changes)
		switch {
		case err != nil && failed == "":
			return out, err
		case err == nil && cause != nil:
			failed, err = unread, cause
		}
		if err != nil {
			slog.ErrorContext(ctx, "a change could not be counted", "shard", e.ShardID, "count", len(e.Records), "error", err)
			if err := l.note(ctx, e.ShardID, failed); err != nil { // it will fail again, and be noted then
				slog.ErrorContext(ctx, "that a change waits could not be noted", "shard", e.ShardID, "error", err)
			}
			out.BatchItemFailures = append(out.BatchItemFailures, events.DynamoDBBatchItemFailure{ItemIdentifier: failed})
		}
		return out, nil
	}
}

// decode reads the records before the first one that can't be read, and gives that one's sequence number.
func decode(records []events.DynamoDBEventRecord) (changes []table.Change, unread string, err error) {
	for _, r := range records {
		c, bad := stream.Decode(r)
		switch {
		case bad == nil:
			changes = append(changes, c)
		case c.Sequence == "":
			return nil, "", fmt.Errorf("learning: %w", bad)
		case unread == "" || stream.Compare(c.Sequence, unread) < 0:
			unread, err = c.Sequence, fmt.Errorf("learning: %w", bad)
		}
	}
	if unread == "" {
		return changes, "", nil
	}
	before := changes[:0]
	for _, c := range changes {
		if stream.Compare(c.Sequence, unread) < 0 {
			before = append(before, c)
		}
	}
	return before, unread, err
}
