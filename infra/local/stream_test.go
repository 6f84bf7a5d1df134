package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"github.com/tellback/tellback/internal/table"
	"github.com/tellback/tellback/internal/table/stream"
)

// river is a stream whose shards split, close and go.
type river struct {
	shards  []stream.Shard
	holds   map[string][]string // by shard: the sequences that are kept
	closed  map[string]bool
	trimmed map[string]string // by shard: up to which sequence
	read    func()            // after each reading
}

func (*river) ARN() string { return "arn:river" }

func (r *river) Shards(context.Context) ([]stream.Shard, error) { return slices.Clone(r.shards), nil }

func (r *river) Changes(_ context.Context, shard, after string, limit int) (changes []table.Change, err error) {
	if gone := r.trimmed[shard]; after != "" && gone != "" && stream.Compare(after, gone) < 0 {
		return nil, table.ErrTrimmed
	}
	for _, s := range r.holds[shard] {
		if stream.Compare(s, after) > 0 && len(changes) < limit {
			item := &table.Item{Key: table.Key{Partition: "P#" + s, Sort: "S"}, Version: 1, Body: []byte("{}")}
			changes = append(changes, table.Change{Sequence: s, At: time.Unix(1, 0), New: item})
		}
	}
	if r.read != nil {
		r.read()
	}
	if len(changes) == 0 && r.closed[shard] {
		return nil, io.EOF
	}
	return changes, nil
}

// taker is a function that notes what it takes and stops at what it refuses.
type taker struct {
	t      *testing.T
	took   []string // partitions of keys, in order
	refuse string
}

func (k *taker) take(_ context.Context, e events.DynamoDBTimeWindowEvent) (out events.DynamoDBTimeWindowEventResponse, err error) {
	if e.ShardID == "" || e.EventSourceARN == "" || len(e.Records) == 0 || len(e.Records) > batchSize {
		k.t.Errorf("%d records of shard %q", len(e.Records), e.ShardID)
	}
	for _, r := range e.Records {
		key := r.Change.Keys["pk"].String()
		if key == k.refuse {
			out.BatchItemFailures = append(out.BatchItemFailures, events.DynamoDBBatchItemFailure{ItemIdentifier: r.Change.SequenceNumber})
			return out, nil
		}
		k.took = append(k.took, key)
	}
	return out, nil
}

// marks is a table for them.
func marks(t *testing.T) table.Table {
	s, err := openStore(t.Context(), embedded, t.TempDir(), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.close)
	return s.local
}

func pumpOf(t *testing.T, s source, marks table.Table, k *taker) *Pump {
	t.Helper()
	p, err := newPump(t.Context(), s, marks, k.take)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// alarms collects what is logged at error level until the test ends.
func alarms(t *testing.T) *bytes.Buffer {
	var b bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewJSONHandler(&b, &slog.HandlerOptions{Level: slog.LevelError})))
	t.Cleanup(func() { slog.SetDefault(before); _, _ = logs.Write(b.Bytes()) })
	return &b
}

func passes(t *testing.T, p *Pump, n int) {
	t.Helper()
	for range n {
		if _, err := p.pass(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// A parent is read to its end before its children, whatever order they come in; each shard's end is kept, and forgotten
// with the shard.
func TestPumpReadsParentsToTheirEndFirst(t *testing.T) {
	r := &river{
		shards: []stream.Shard{{ID: "a"}, {ID: "b", Parent: "a"}, {ID: "c", Parent: "a"}, {ID: "d", Parent: "c"}},
		holds:  map[string][]string{"a": {"1", "2"}, "b": {"7"}, "c": {"5"}, "d": {"9"}},
		closed: map[string]bool{},
	}
	k, m := &taker{t: t}, marks(t)
	p := pumpOf(t, r, m, k)
	passes(t, p, 3)
	if d := cmp.Diff([]string{"P#1", "P#2"}, k.took); d != "" {
		t.Fatalf("while the parent is open (-want +got):\n%s", d)
	}
	r.closed["a"], r.holds["a"] = true, append(r.holds["a"], "3")
	passes(t, p, 1)
	if d := cmp.Diff([]string{"P#1", "P#2", "P#3", "P#7", "P#5"}, k.took); d != "" {
		t.Fatalf("when the parent was closed (-want +got):\n%s", d)
	}
	r.closed["c"] = true
	k.refuse = "P#9"
	if _, err := p.pass(t.Context()); err == nil {
		t.Error("a record that was refused makes no error")
	}
	k.refuse = ""
	p = pumpOf(t, r, m, k) // a restart
	r.holds["b"] = append(r.holds["b"], "8")
	passes(t, p, 2)
	if d := cmp.Diff([]string{"P#1", "P#2", "P#3", "P#7", "P#5", "P#8", "P#9"}, k.took); d != "" {
		t.Fatalf("after a restart (-want +got):\n%s", d)
	}
	noise := alarms(t)
	r.shards = []stream.Shard{{ID: "b"}, {ID: "d"}}
	passes(t, pumpOf(t, r, m, k), 1)
	for id, want := range map[string]error{"a": table.ErrNotFound, "b": nil, "c": table.ErrNotFound, "d": nil} {
		if _, err := m.Get(t.Context(), p.key(id)); !errors.Is(err, want) {
			t.Errorf("the mark of %s: got %v, want %v", id, err, want)
		}
	}
	if noise.Len() > 0 || len(k.took) != 7 {
		t.Errorf("%d records taken, and %s", len(k.took), noise)
	}
}

// A shard whose function fails holds up only itself and its children.
func TestPumpGoesOnBesideAFailure(t *testing.T) {
	r := &river{shards: []stream.Shard{{ID: "a"}, {ID: "b"}}, holds: map[string][]string{"a": {"1", "2"}, "b": {"3"}}}
	k := &taker{t: t, refuse: "P#2"}
	p := pumpOf(t, r, marks(t), k)
	if n, err := p.pass(t.Context()); n != 2 || err == nil {
		t.Errorf("%d taken, %v", n, err)
	}
	if d := cmp.Diff([]string{"P#1", "P#3"}, k.took); d != "" {
		t.Errorf("taken (-want +got):\n%s", d)
	}
}

// What was trimmed before it was counted is an alarm, and counting goes on at the oldest that is kept.
func TestPumpRaisesAnAlarmForWhatWasTrimmed(t *testing.T) {
	r := &river{shards: []stream.Shard{{ID: "a"}}, holds: map[string][]string{"a": {"1", "2"}}, trimmed: map[string]string{}}
	k, m := &taker{t: t}, marks(t)
	p := pumpOf(t, r, m, k)
	passes(t, p, 1)
	noise := alarms(t)
	r.trimmed["a"], r.holds["a"] = "5", []string{"6", "7"}
	passes(t, p, 2)
	if got := noise.String(); strings.Count(got, "trimmed") != 1 || !strings.Contains(got, `"shard":"a","sequence":"2"`) {
		t.Errorf("the alarm of what was trimmed: %s", got)
	}
	if d := cmp.Diff([]string{"P#1", "P#2", "P#6", "P#7"}, k.took); d != "" {
		t.Errorf("taken (-want +got):\n%s", d)
	}
	noise.Reset()
	r.shards = []stream.Shard{{ID: "b"}}
	passes(t, p, 2)
	if got := noise.String(); strings.Count(got, "left the stream before its end") != 1 || !strings.Contains(got, `"shard":"a","sequence":"7"`) {
		t.Errorf("the alarm of a shard that is gone: %s", got)
	}
}

// Drain must not be content with a reading that began before it was called.
func TestDrainLooksAgain(t *testing.T) {
	r := &river{shards: []stream.Shard{{ID: "a"}}, holds: map[string][]string{}}
	k := &taker{t: t}
	p := pumpOf(t, r, marks(t), k)
	reading, goOn := make(chan bool), make(chan bool)
	r.read = func() { reading <- true; <-goOn }
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan bool)
	go func() { p.Run(ctx); close(ended) }()
	<-reading // it has found nothing, and doesn't say so yet
	r.holds["a"] = []string{"1"}
	drained := make(chan error, 1)
	go func() { drained <- p.Drain(ctx) }()
	time.Sleep(50 * time.Millisecond) // Drain waits by now
	goOn <- true
	select {
	case err := <-drained:
		t.Fatalf("drained before the second reading: %v", err)
	case <-time.After(100 * time.Millisecond): // the second reading waits meanwhile
	}
	<-reading
	r.read = nil
	goOn <- true
	if err := <-drained; err != nil {
		t.Fatal(err)
	}
	cancel()
	<-ended
	if d := cmp.Diff([]string{"P#1"}, k.took); d != "" {
		t.Errorf("drained (-want +got):\n%s", d)
	}
}

// On the real engines: the pump hands every change over in order and once, stops at what the function refuses, and goes on
// behind what it took also after a restart of the whole.
func testPumpLosesNothing(t *testing.T, engine string) {
	ctx, folder := t.Context(), t.TempDir()
	var s *store
	k := &taker{t: t}
	reopen := func() *Pump {
		if s != nil {
			s.close()
		}
		var err error
		if s, err = openStore(ctx, engine, folder, time.Now); err != nil {
			t.Fatal(err)
		}
		return pumpOf(t, s.stream, s.local, k)
	}
	var want []string
	write := func(n int) {
		for range n {
			key := table.Key{Partition: fmt.Sprint("P#", len(want)), Sort: "S"}
			if err := s.reports.Write(ctx, table.Put(table.Item{Key: key, Body: []byte("{}")})); err != nil {
				t.Fatal(err)
			}
			want = append(want, key.Partition)
		}
	}
	p := reopen()
	defer func() { s.close() }()
	write(250)
	k.refuse = "P#120"
	if n, err := p.pass(ctx); n != 120 || err == nil {
		t.Fatalf("up to the refused record: %d, %v", n, err)
	}
	k.refuse = ""
	p = reopen()
	passes(t, p, 1)
	write(10)
	p = reopen()
	passes(t, p, 1)
	if d := cmp.Diff(want, k.took); d != "" {
		t.Errorf("handed over (-want +got):\n%s", d)
	}
}

// The embedded log closes a shard every so many changes, and lets go of its beginning without the pump losing its place.
func TestTheEmbeddedLogIsAStream(t *testing.T) {
	ctx := t.Context()
	s, err := openStore(ctx, embedded, t.TempDir(), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	n := 0
	write := func(to int) {
		for n < to {
			var ops []table.Op
			for ; n < to && len(ops) < table.MaxOps; n++ {
				ops = append(ops, table.Put(table.Item{Key: table.Key{Partition: fmt.Sprint("P#", n), Sort: "S"}, Body: []byte("{}")}))
			}
			if err := s.reports.Write(ctx, ops...); err != nil {
				t.Fatal(err)
			}
		}
	}
	k := &taker{t: t}
	p := pumpOf(t, s.stream, s.local, k)
	passes(t, p, 1) // nothing at all
	write(shardRun + 50)
	if shards, err := s.stream.Shards(ctx); err != nil || !slices.Equal(shards, []stream.Shard{{ID: shardID(0)}, {ID: shardID(1), Parent: shardID(0)}}) {
		t.Fatalf("shards: %v, %v", shards, err)
	}
	passes(t, p, shardRun/batchSize/turn+2) // the last one finds nothing, and trims
	if _, err := s.reports.(table.Log).Changes(ctx, "1", 1); !errors.Is(err, table.ErrTrimmed) {
		t.Errorf("the log still begins at its beginning: %v", err)
	}
	noise := alarms(t)
	write(shardRun + 60)
	passes(t, p, 1)
	passes(t, pumpOf(t, s.stream, s.local, k), 1)
	if noise.Len() > 0 || len(k.took) != n || slices.Index(k.took, fmt.Sprint("P#", n-1)) != n-1 {
		t.Errorf("%d of %d changes taken, and %s", len(k.took), n, noise)
	}
	if len(p.at) != 1 || p.at[shardID(1)].Ended {
		t.Errorf("marks: %v", p.at)
	}
}
