package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/tellback/tellback/internal/table"
	"github.com/tellback/tellback/internal/table/sqlite"
)

// The pump hands every change over in order, stops at what the function refuses, goes on behind what it took also
// after a restart, and lets go of the log's beginning without losing its place.
func TestPumpLosesNothingAndLetsTheLogGo(t *testing.T) {
	ctx := t.Context()
	db, err := sqlite.Open(filepath.Join(t.TempDir(), "t.db"), []string{"reports", "local"}, time.Now, sqlite.WithLog("reports"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	write := func(from, to int) {
		for n := from; n < to; n++ {
			if err := db.Table("reports").Write(ctx, table.Put(table.Item{Key: table.Key{Partition: fmt.Sprint("P#", n), Sort: "S"}, Body: []byte("{}")})); err != nil {
				t.Fatal(err)
			}
		}
	}
	seen, refuse := map[string]int{}, ""
	take := func(_ context.Context, e events.DynamoDBTimeWindowEvent) (out events.DynamoDBTimeWindowEventResponse, err error) {
		if e.ShardID == "" || len(e.Records) > batchSize {
			t.Errorf("%d records of shard %q", len(e.Records), e.ShardID)
		}
		for _, r := range e.Records {
			if key := r.Change.Keys["pk"].String(); key == refuse {
				out.BatchItemFailures = append(out.BatchItemFailures, events.DynamoDBBatchItemFailure{ItemIdentifier: r.Change.SequenceNumber})
				return out, nil
			} else {
				seen[key]++
			}
		}
		return out, nil
	}
	open := func() *Pump {
		p, err := newPump(ctx, db.Table("reports"), db.Table("local"), take)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	write(0, 250)
	p := open()
	refuse = "P#120"
	if n, err := p.once(ctx); n != 100 || err != nil {
		t.Fatalf("first batch: %d, %v", n, err)
	}
	if n, err := p.once(ctx); n != 20 || err == nil {
		t.Fatalf("the batch with a refused record: %d, %v", n, err)
	}
	refuse = ""
	p = open() // a restart goes on at the refused record
	for p.trimmed.IsZero() {
		if _, err := p.once(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := db.Table("reports").Changes(ctx, "1", 1); !errors.Is(err, table.ErrTrimmed) {
		t.Errorf("the log still begins at its beginning: %v", err)
	}
	write(250, 260)
	if n, err := p.once(ctx); n != 10 || err != nil {
		t.Errorf("after trimming: %d, %v", n, err)
	}
	for n := range 260 {
		if got := seen[fmt.Sprint("P#", n)]; got != 1 {
			t.Errorf("change %d was handed over %d times", n, got)
		}
	}
}
