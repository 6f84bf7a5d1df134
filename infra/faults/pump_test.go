package faults

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/tellback/tellback/internal/learning"
	"github.com/tellback/tellback/internal/table"
	"github.com/tellback/tellback/internal/table/stream"
)

// aggregate is functions/aggregate, or what a test puts in its place. delivery is how many events there were before.
type aggregate func(ctx context.Context, e events.DynamoDBTimeWindowEvent, delivery int) (events.DynamoDBTimeWindowEventResponse, error)

// real is the function as it is deployed: each invocation may be of another process, so that nothing is in memory.
func (w *world) real(ctx context.Context, e events.DynamoDBTimeWindowEvent, _ int) (events.DynamoDBTimeWindowEventResponse, error) {
	return learning.Handler(learning.NewLedger(w.learning))(ctx, e)
}

// pump does what Lambda's event source mapping does with a shard of the table's real stream, and everything that it may do:
// batches of any size come twice, at the same time, cut in two, in another order, and again after the mark got lost; some
// go to the failure queue and come long after.
type pump struct {
	w        *world
	function aggregate
	random   *rand.Rand
	most     int // changes in a batch

	deck      []string // ways to deliver that are still to come, before all come again
	at        string   // everything up to here was delivered, or is in later
	later     [][]table.Change
	mu        sync.Mutex
	delivered int
	ways      map[string]int
}

// run pumps until told is closed and nothing is left in the stream, and then delivers what is in the failure queue.
func (p *pump) run(ctx context.Context, told <-chan struct{}) error {
	p.ways = map[string]int{}
	for {
		ended := false
		select {
		case <-told:
			ended = true // after which one more look at the stream finds everything
		default:
		}
		batch, err := p.w.stream.Changes(ctx, p.w.shard, p.at, 1+p.random.IntN(p.most))
		if err != nil {
			return err
		}
		switch {
		case len(batch) > 0:
			if err := p.pass(ctx, batch); err != nil {
				return err
			}
		case ended:
			return p.redrive(ctx)
		default:
			time.Sleep(2 * time.Millisecond)
		}
	}
}

// manners are the ways in which a batch may come.
var manners = []string{"once", "once", "once", "twice", "at the same time", "in two", "second half first", "upside down", "mark lost", "failure queue"}

// pass has a batch delivered in some way, and goes on behind it unless that is what goes wrong.
func (p *pump) pass(ctx context.Context, batch []table.Change) error {
	if len(p.deck) == 0 {
		p.deck = slices.Clone(manners)
		p.random.Shuffle(len(p.deck), func(a, b int) { p.deck[a], p.deck[b] = p.deck[b], p.deck[a] })
	}
	way := p.deck[0]
	p.deck = p.deck[1:]
	p.ways[way]++
	half := len(batch) / 2
	var err error
	switch way {
	case "twice":
		err = p.all(ctx, batch, batch)
	case "at the same time":
		var wg sync.WaitGroup
		errs := make([]error, 2)
		for n := range errs {
			random := rand.New(rand.NewPCG(p.random.Uint64(), 0))
			wg.Go(func() { errs[n] = p.deliver(ctx, batch, random) })
		}
		wg.Wait()
		if err = errs[0]; err == nil {
			err = errs[1]
		}
	case "in two":
		err = p.all(ctx, batch[:half], batch[half:])
	case "second half first":
		err = p.all(ctx, batch[half:], batch[:half])
	case "upside down":
		turned := slices.Clone(batch)
		slices.Reverse(turned)
		err = p.all(ctx, turned)
	case "mark lost":
		return p.all(ctx, batch)
	case "failure queue":
		p.later = append(p.later, batch)
	default:
		err = p.all(ctx, batch)
	}
	p.at = batch[len(batch)-1].Sequence
	return err
}

func (p *pump) redrive(ctx context.Context) error {
	p.random.Shuffle(len(p.later), func(a, b int) { p.later[a], p.later[b] = p.later[b], p.later[a] })
	return p.all(ctx, p.later...)
}

func (p *pump) all(ctx context.Context, batches ...[]table.Change) error {
	for _, b := range batches {
		if err := p.deliver(ctx, b, p.random); err != nil {
			return err
		}
	}
	return nil
}

// deliver hands changes to the function until it has taken all of them: again as a whole when it fails, and from the
// record on that it names. A third of the invocations crash at one of their calls.
func (p *pump) deliver(ctx context.Context, changes []table.Change, random *rand.Rand) error {
	var last error
	for range 300 {
		if len(changes) == 0 {
			return nil
		}
		var event events.DynamoDBTimeWindowEvent
		if err := throughJSON(stream.Encode(p.w.stream.ARN(), p.w.shard, changes), &event); err != nil {
			return err
		}
		p.mu.Lock()
		p.delivered++
		n := p.delivered
		p.mu.Unlock()
		one, end := live(ctx, max(0, random.IntN(12)-7))
		out, err := p.function(one, event, n)
		end()
		switch {
		case err != nil:
			last = err
		case len(out.BatchItemFailures) == 0:
			return nil
		default:
			from := out.BatchItemFailures[0].ItemIdentifier
			changes = slices.DeleteFunc(slices.Clone(changes), func(c table.Change) bool { return stream.Compare(c.Sequence, from) < 0 })
			last = fmt.Errorf("it failed at %s", from)
		}
	}
	return fmt.Errorf("a batch never got through: %w", last)
}

// throughJSON copies in to out as a Lambda's payload travels.
func throughJSON(in, out any) error {
	raw, err := json.Marshal(in)
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, out)
}
