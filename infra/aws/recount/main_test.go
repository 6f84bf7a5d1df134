package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"

	"github.com/tellback/tellback/infra/tools/dynoxide"
	"github.com/tellback/tellback/internal/learning"
	"github.com/tellback/tellback/internal/report"
	"github.com/tellback/tellback/internal/table"
	"github.com/tellback/tellback/internal/table/dynamo"
	"github.com/tellback/tellback/internal/table/dynamo/standin"
)

// world is a reports table with a stream, and a ledger, on a real server.
type world struct {
	t       *testing.T
	cfg     aws.Config
	names   [2]string // of the reports table and of the learning table
	reports *dynamo.Table
	ledger  *learning.Ledger
	shard   string
	arn     string
	changes []table.Change
}

// told is a world in which n people have been invited, and nothing is counted yet.
func told(t *testing.T, n int) *world {
	t.Helper()
	ctx := context.Background()
	server, err := dynoxide.Start("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	env := map[string]string{"AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_ENDPOINT_URL": server.Endpoint}
	cfg := config(func(name string) string { return env[name] })
	w := &world{t: t, cfg: cfg, names: [2]string{"reports-" + rand.Text(), "learning-" + rand.Text()}} // the server may be shared
	w.reports = dynamo.Open(cfg, w.names[0], time.Now)
	target := dynamo.Open(cfg, w.names[1], time.Now)
	if err := errors.Join(standin.CreateTable(ctx, cfg, w.reports, true), standin.CreateTable(ctx, cfg, target, false)); err != nil {
		t.Fatal(err)
	}
	w.ledger = learning.NewLedger(target)
	for i := range n {
		body, err := report.EncodeStanding(report.Standing{
			Program: "river", Questionnaire: "week", Version: "1", Period: "2026-10", Perspective: report.Self, Stage: report.Invited, Groups: []string{""},
		})
		if err != nil {
			t.Fatal(err)
		}
		key := table.Key{Partition: fmt.Sprintf("P#%04d", i), Sort: "S#river#week#self#2026-10"}
		if err := w.reports.Write(ctx, table.Put(table.Item{Key: key, Body: body})); err != nil {
			t.Fatal(err)
		}
	}
	source, err := standin.OpenStream(ctx, cfg, w.reports)
	if err != nil {
		t.Fatal(err)
	}
	shards, err := source.Shards(ctx)
	if err != nil || len(shards) != 1 {
		t.Fatalf("%d shards, %v", len(shards), err)
	}
	w.shard, w.arn = shards[0].ID, source.ARN()
	for after := ""; len(w.changes) < n; {
		changes, err := source.Changes(ctx, w.shard, after, 1000)
		if err != nil && !errors.Is(err, io.EOF) || len(changes) == 0 {
			t.Fatalf("the stream brings %d changes of %d: %v", len(w.changes), n, err)
		}
		w.changes = append(w.changes, changes...)
		after = changes[len(changes)-1].Sequence
	}
	return w
}

func (w *world) fold(from, to int) {
	w.t.Helper()
	if _, err := w.ledger.Fold(context.Background(), w.shard, w.changes[from:to]); err != nil {
		w.t.Fatal(err)
	}
}

// message is Lambda's about the changes from one to another.
func (w *world) message(from, to int) string {
	raw, err := json.Marshal(map[string]any{
		"requestContext":     map[string]any{"condition": "RecordAgeExceeded"},
		"version":            "1.0",
		"DDBStreamBatchInfo": map[string]any{"shardId": w.shard, "streamArn": w.arn, "startSequenceNumber": w.changes[from].Sequence, "endSequenceNumber": w.changes[to-1].Sequence, "batchSize": to - from},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return string(raw)
}

// wrong is what the ledger lacks of all standings, or has too much.
func (w *world) wrong() string {
	w.t.Helper()
	ctx := context.Background()
	all, err := w.ledger.All(ctx)
	if err != nil {
		w.t.Fatal(err)
	}
	want, err := learning.Recompute(ctx, w.reports)
	if err != nil {
		w.t.Fatal(err)
	}
	return cmp.Diff(want, all)
}

func TestAStretchThatWasGivenUpIsCountedOnce(t *testing.T) {
	const n = 1500
	w := told(t, n)
	w.fold(0, 200)
	w.fold(1400, n) // in between lies what Lambda gave up
	if w.wrong() == "" {
		t.Fatal("nothing is missing before the stretch is counted")
	}
	for range 2 {
		var out bytes.Buffer
		if err := run(context.Background(), w.cfg, w.names[0], w.names[1], strings.NewReader(w.message(200, 1400)), &out); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out.String(), "All 1200 changes") {
			t.Error(out.String())
		}
		if d := w.wrong(); d != "" {
			t.Errorf("-standings +ledger:\n%s", d)
		}
	}
}

func TestRunRefuses(t *testing.T) {
	w := told(t, 3)
	good := w.message(0, 3)
	for name, c := range map[string]struct{ reports, message, says string }{
		"no table":            {"", good, "-reports"},
		"no JSON":             {w.names[0], "{", "JSON"},
		"another message":     {w.names[0], `{"Records": []}`, "names no stretch"},
		"another stream":      {w.names[0], strings.Replace(good, w.arn, w.arn+"x", 1), "is about the stream"},
		"a table without one": {w.names[1], good, "no stream"},
		"a stretch too long":  {w.names[0], strings.Replace(good, `"endSequenceNumber":"`, `"endSequenceNumber":"9`, 1), "before the stretch does"},
	} {
		t.Run(name, func(t *testing.T) {
			err := run(context.Background(), w.cfg, c.reports, w.names[1], strings.NewReader(c.message), io.Discard)
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v", err)
			}
		})
	}
}
