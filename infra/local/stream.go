package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/tellback/tellback/internal/table"
	"github.com/tellback/tellback/internal/table/stream"
)

const (
	batchSize  = 100                   // records of one invocation
	turn       = 20                    // batches of one shard before the next shard has its turn
	firstPause = 50 * time.Millisecond // after a pass that found nothing; it doubles from pass to pass
	mostPause  = time.Second

	retryPause     = 500 * time.Millisecond // after a pass that failed; it doubles from pass to pass
	mostRetryPause = 10 * time.Second
	stillFailing   = 5 * time.Minute  // until the log says so again
	drainPatience  = 10 * time.Second // with a pump that takes nothing
)

// source is a stream as Lambda's event source mapping reads it.
type source interface {
	// ARN names the stream.
	ARN() string
	// Shards lists the shards that are kept, parents before their children.
	Shards(ctx context.Context) ([]stream.Shard, error)
	// Changes returns up to limit changes of a shard after a sequence ("" is the oldest kept), oldest first; none when there
	// is nothing new for now, [io.EOF] when the shard is closed and there never will be, [table.ErrTrimmed] when some of
	// those after the sequence are no longer kept. What comes before the sequence is not asked for again.
	Changes(ctx context.Context, shard, after string, limit int) ([]table.Change, error)
}

// aggregateFunction is what functions/aggregate starts.
type aggregateFunction = func(context.Context, events.DynamoDBTimeWindowEvent) (events.DynamoDBTimeWindowEventResponse, error)

// Pump does what Lambda's event source mapping does: it reads the stream of the reports table, each shard in order and
// after its parent, hands it to the aggregate function in batches of one shard, and goes on behind a batch only when
// the function took all of it. How far it has come in each shard it keeps in a table.
type Pump struct {
	source   source
	marks    table.Table
	function aggregateFunction

	at             map[string]mark // by shard
	begun, drained atomic.Int64    // the newest pass over all shards, and the newest that left nothing behind
	taken          atomic.Int64    // records, in all
	wake           chan struct{}   // ends a pause
}

// mark is how far a shard has come. It is kept until the stream no longer lists the shard.
type mark struct {
	Sequence string `json:"sequence,omitempty"` // the last one that the function took
	Ended    bool   `json:"ended,omitempty"`    // and the shard holds no more
	version  int64
}

// newPump goes on where an earlier one stopped. Between the function's answer and the mark a crash may fall, so a batch
// can come twice: the ledger counts it once.
func newPump(ctx context.Context, s source, marks table.Table, f aggregateFunction) (*Pump, error) {
	p := &Pump{source: s, marks: marks, function: f, at: map[string]mark{}, wake: make(chan struct{}, 1)}
	for q := (table.Query{Partition: p.key("").Partition}); ; {
		page, err := marks.Query(ctx, q)
		if err != nil {
			return nil, fmt.Errorf("stream: marks: %w", err)
		}
		for _, i := range page.Items {
			m := mark{version: i.Version}
			if err := json.Unmarshal(i.Body, &m); err != nil {
				return nil, fmt.Errorf("stream: mark of %s: %w", i.Sort, err)
			}
			p.at[i.Sort] = m
		}
		if q.Cursor = page.Next; q.Cursor == "" {
			return p, nil
		}
	}
}

func (p *Pump) key(shard string) table.Key {
	return table.Key{Partition: "STREAM#" + p.source.ARN(), Sort: shard}
}

// Run pumps until ctx ends. What fails for long is tried ever more rarely, and the log says so when it begins, now and
// then, and when it is over.
func (p *Pump) Run(ctx context.Context) {
	idle, retry, said := firstPause, retryPause, time.Time{}
	for ctx.Err() == nil {
		n, err := p.pass(ctx)
		p.taken.Add(int64(n))
		if n > 0 {
			idle, retry = firstPause, retryPause
		}
		pause := time.Duration(0)
		switch {
		case err != nil && ctx.Err() == nil:
			if time.Since(said) >= stillFailing {
				slog.ErrorContext(ctx, "stream batch failed, trying again", "function", "aggregate", "error", err.Error())
				said = time.Now()
			}
			pause, retry = retry, min(2*retry, mostRetryPause)
		case n == 0:
			pause, idle = idle, min(2*idle, mostPause)
		}
		if err == nil && !said.IsZero() {
			slog.InfoContext(ctx, "the stream is read again", "function", "aggregate")
			retry, said = retryPause, time.Time{}
		}
		select {
		case <-ctx.Done():
		case <-p.wake:
			retry = retryPause // somebody waits
		case <-time.After(pause):
		}
	}
}

// Drain waits until everything written before the call is in the ledger: until a whole pass that began after the call
// found nothing left. The engines on one machine show a write in their stream at once; AWS may take a second longer. It
// gives up when nothing at all is taken for a while: the stream is gone then, or the function refuses it.
func (p *Pump) Drain(ctx context.Context) error {
	called, taken, since := p.begun.Load(), p.taken.Load(), time.Now()
	select {
	case p.wake <- struct{}{}:
	default: // it is awake
	}
	for p.drained.Load() <= called {
		if n := p.taken.Load(); n != taken {
			taken, since = n, time.Now()
		}
		if time.Since(since) >= drainPatience {
			return fmt.Errorf("stream: draining: nothing was taken for %v", drainPatience)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("stream: draining: %w", ctx.Err())
		case <-time.After(10 * time.Millisecond):
		}
	}
	return nil
}

// pass goes once over all shards and gives how many records the function took. A shard that fails holds up only itself
// and its children.
func (p *Pump) pass(ctx context.Context) (taken int, err error) {
	number := p.begun.Add(1)
	shards, err := p.source.Shards(ctx)
	if err != nil {
		return 0, err
	}
	if err := p.forget(ctx, shards); err != nil {
		return 0, err
	}
	open, left := map[string]bool{}, false
	var errs []error
	for _, s := range shards {
		if open[s.Parent] {
			open[s.ID], left = true, true
			continue
		}
		n, done, err := p.shard(ctx, s.ID)
		taken, left = taken+n, left || !done
		open[s.ID] = !p.at[s.ID].Ended
		errs = append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return taken, err
	}
	if !left {
		p.drained.Store(number)
	}
	return taken, nil
}

// shard hands over what a shard holds, for a turn, and says whether it was done: nothing is left for now.
func (p *Pump) shard(ctx context.Context, id string) (taken int, done bool, err error) {
	for range turn {
		m := p.at[id]
		if m.Ended {
			return taken, true, nil
		}
		batch, err := p.source.Changes(ctx, id, m.Sequence, batchSize)
		switch {
		case errors.Is(err, io.EOF):
			m.Ended = true
			return taken, true, p.save(ctx, id, m)
		case errors.Is(err, table.ErrTrimmed):
			slog.ErrorContext(ctx, "changes were trimmed from the stream before they were counted: the ledger lacks them", "shard", id, "sequence", m.Sequence)
			m.Sequence = "" // the oldest kept
			p.at[id] = m
			return taken, false, nil
		case err != nil || len(batch) == 0:
			return taken, err == nil, err
		}
		n, err := p.hand(ctx, id, batch)
		if taken += n; err != nil {
			return taken, false, err
		}
	}
	return taken, false, nil
}

// hand gives one batch to the function and keeps how much of it was taken.
func (p *Pump) hand(ctx context.Context, shard string, batch []table.Change) (taken int, err error) {
	failed, err := p.invoke(ctx, shard, batch)
	if err != nil {
		return 0, err
	}
	for taken < len(batch) && (failed == "" || stream.Compare(batch[taken].Sequence, failed) < 0) {
		taken++
	}
	if taken > 0 {
		m := p.at[shard]
		m.Sequence = batch[taken-1].Sequence
		if err := p.save(ctx, shard, m); err != nil {
			return 0, err
		}
	}
	if failed != "" {
		return taken, fmt.Errorf("the function stopped at sequence %s of %s", failed, shard)
	}
	return taken, nil
}

// invoke passes the batch as the JSON that Lambda would send, and gives the first sequence that failed ("" when none did).
func (p *Pump) invoke(ctx context.Context, shard string, batch []table.Change) (failed string, err error) {
	var e events.DynamoDBTimeWindowEvent
	if err := throughJSON(stream.Encode(p.source.ARN(), shard, batch), &e); err != nil {
		return "", err
	}
	out, err := p.function(ctx, e)
	if err != nil {
		return "", err
	}
	for _, f := range out.BatchItemFailures {
		if failed == "" || stream.Compare(f.ItemIdentifier, failed) < 0 {
			failed = f.ItemIdentifier
		}
	}
	return failed, nil
}

func (p *Pump) save(ctx context.Context, shard string, m mark) error {
	body, err := json.Marshal(m)
	if err != nil {
		return err
	}
	if err := p.marks.Write(ctx, table.Put(table.Item{Key: p.key(shard), Version: m.version, Body: body})); err != nil {
		return fmt.Errorf("stream: mark of %s: %w", shard, err)
	}
	m.version++
	p.at[shard] = m
	return nil
}

// forget lets go of the marks of shards that the stream no longer keeps.
func (p *Pump) forget(ctx context.Context, kept []stream.Shard) error {
	listed := map[string]bool{}
	for _, s := range kept {
		listed[s.ID] = true
	}
	for id, m := range p.at {
		if listed[id] {
			continue
		}
		if !m.Ended {
			slog.ErrorContext(ctx, "a shard left the stream before its end was counted: the ledger may lack changes", "shard", id, "sequence", m.Sequence)
		}
		if err := p.marks.Write(ctx, table.Delete(p.key(id), m.version)); err != nil {
			return fmt.Errorf("stream: mark of %s: %w", id, err)
		}
		delete(p.at, id)
	}
	return nil
}

// throughJSON copies in to out as a Lambda's payload would travel.
func throughJSON(in, out any) error {
	raw, err := json.Marshal(in)
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, out)
}
