package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/tellback/tellback/internal/table"
	"github.com/tellback/tellback/internal/table/stream"
)

const (
	streamARN  = "arn:aws:dynamodb:local:000000000000:table/reports/stream/local"
	batchSize  = 100    // records of one invocation
	shardRun   = 10_000 // changes until the next shard begins, as DynamoDB's shards do after some hours
	pollPause  = 100 * time.Millisecond
	retryPause = 500 * time.Millisecond
	trimEvery  = 10 * time.Minute
)

// changeLog is a log whose beginning can be let go.
type changeLog interface {
	table.Log
	// Trim removes the changes before a sequence, and keeps that one.
	Trim(ctx context.Context, before string) error
}

// aggregateFunction is what functions/aggregate starts.
type aggregateFunction = func(context.Context, events.DynamoDBTimeWindowEvent) (events.DynamoDBTimeWindowEventResponse, error)

// Pump does what Lambda's event source mapping does: it reads the change log of the reports table in order, hands it to
// the aggregate function in batches of one shard, and goes on behind a batch only when the function took all of it.
type Pump struct {
	log      changeLog
	marks    table.Table // where it keeps how far it has come
	function aggregateFunction

	at      string // the last sequence that the function took
	version int64
	caught  atomic.Bool // the log held nothing more when last read
	trimmed time.Time   // when the log last was
}

var pumpKey = table.Key{Partition: "STREAM", Sort: "reports"}

type mark struct {
	Sequence string `json:"sequence"`
}

// newPump goes on where an earlier one stopped. Between the function's answer and the mark a crash may fall, so a batch
// can come twice: the ledger counts it once.
func newPump(ctx context.Context, log changeLog, marks table.Table, f aggregateFunction) (*Pump, error) {
	p := &Pump{log: log, marks: marks, function: f}
	item, err := marks.Get(ctx, pumpKey)
	if errors.Is(err, table.ErrNotFound) {
		return p, nil
	}
	if err != nil {
		return nil, fmt.Errorf("stream: %w", err)
	}
	var m mark
	if err := json.Unmarshal(item.Body, &m); err != nil {
		return nil, fmt.Errorf("stream: mark: %w", err)
	}
	p.at, p.version = m.Sequence, item.Version
	return p, nil
}

// Run pumps until ctx ends.
func (p *Pump) Run(ctx context.Context) {
	for ctx.Err() == nil {
		n, err := p.once(ctx)
		pause := time.Duration(0)
		switch {
		case err != nil && ctx.Err() == nil:
			slog.ErrorContext(ctx, "stream batch failed, trying again", "function", "aggregate", "error", err.Error())
			pause = retryPause
		case n == 0:
			pause = pollPause
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

// Drain waits until everything written before the call is in the ledger.
func (p *Pump) Drain(ctx context.Context) error {
	p.caught.Store(false)
	for !p.caught.Load() {
		select {
		case <-ctx.Done():
			return fmt.Errorf("stream: draining: %w", ctx.Err())
		case <-time.After(10 * time.Millisecond):
		}
	}
	return nil
}

// once hands one batch over and gives how many records the function took.
func (p *Pump) once(ctx context.Context) (int, error) {
	changes, err := p.log.Changes(ctx, p.at, batchSize)
	if err != nil {
		return 0, err
	}
	if len(changes) == 0 {
		p.caught.Store(true)
		return 0, p.trim(ctx)
	}
	batch, err := oneShard(changes)
	if err != nil {
		return 0, err
	}
	failed, err := p.invoke(ctx, batch)
	if err != nil {
		return 0, err
	}
	taken := batch
	if failed != "" {
		taken = before(batch, failed)
	}
	if len(taken) > 0 {
		if err := p.save(ctx, taken[len(taken)-1].Sequence); err != nil {
			return 0, err
		}
	}
	if failed != "" {
		return len(taken), fmt.Errorf("the function stopped at sequence %s", failed)
	}
	return len(taken), nil
}

// trim lets go, now and then, of what the function has taken: DynamoDB keeps its stream for a day.
func (p *Pump) trim(ctx context.Context) error {
	if p.at == "" || time.Since(p.trimmed) < trimEvery {
		return nil
	}
	p.trimmed = time.Now()
	return p.log.Trim(ctx, p.at)
}

// invoke passes the batch as the JSON that Lambda would send, and gives the first sequence that failed ("" when none did).
func (p *Pump) invoke(ctx context.Context, batch []table.Change) (string, error) {
	shard, err := shardOf(batch[0])
	if err != nil {
		return "", err
	}
	var e events.DynamoDBTimeWindowEvent
	if err := throughJSON(stream.Encode(streamARN, shard, batch), &e); err != nil {
		return "", err
	}
	out, err := p.function(ctx, e)
	if err != nil {
		return "", err
	}
	failed := ""
	for _, f := range out.BatchItemFailures {
		if failed == "" || stream.Compare(f.ItemIdentifier, failed) < 0 {
			failed = f.ItemIdentifier
		}
	}
	return failed, nil
}

func (p *Pump) save(ctx context.Context, sequence string) error {
	body, err := json.Marshal(mark{sequence})
	if err != nil {
		return err
	}
	if err := p.marks.Write(ctx, table.Put(table.Item{Key: pumpKey, Version: p.version, Body: body})); err != nil {
		return fmt.Errorf("stream: mark: %w", err)
	}
	p.at, p.version = sequence, p.version+1
	return nil
}

func oneShard(changes []table.Change) ([]table.Change, error) {
	first, err := shardOf(changes[0])
	if err != nil {
		return nil, err
	}
	for i, c := range changes {
		shard, err := shardOf(c)
		if err != nil {
			return nil, err
		}
		if shard != first {
			return changes[:i], nil
		}
	}
	return changes, nil
}

func shardOf(c table.Change) (string, error) {
	n, err := strconv.ParseInt(c.Sequence, 10, 64)
	if err != nil {
		return "", fmt.Errorf("stream: sequence %q is not a number", c.Sequence)
	}
	return fmt.Sprintf("shardId-%020d", n/shardRun), nil
}

func before(batch []table.Change, sequence string) []table.Change {
	for i, c := range batch {
		if stream.Compare(c.Sequence, sequence) >= 0 {
			return batch[:i]
		}
	}
	return batch
}

// throughJSON copies in to out as a Lambda's payload would travel.
func throughJSON(in, out any) error {
	raw, err := json.Marshal(in)
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, out)
}
