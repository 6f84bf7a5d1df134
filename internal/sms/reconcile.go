package sms

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tellback/tellback/internal/table"
)

// Post is the gateway's own list of what it received for us.
type Post interface {
	// Received gives every inbound text that it has handed, or tried to hand, to our webhook from one time until before
	// another, in any order. All or an error: a part of them would look like all.
	Received(ctx context.Context, from, until time.Time) ([]Received, error)
}

// Received is one text of that list.
type Received struct {
	Message
	Handed   time.Time // when the gateway called our webhook
	Redacted bool      // the gateway keeps no words, or no numbers: it can be counted, but not taken
}

// Reconciler asks the gateway what it received lately, and takes what never came in. A mark in the people table says up
// to when everything is known to be taken.
type Reconciler struct {
	Service *Service
	Post    Post
	Table   table.Table
}

const (
	// settling is how old a text is before it is missed: its webhook and the fallback have had their time by then.
	settling = 3 * time.Minute
	// overlap is how far before the mark each run begins, for texts that the gateway listed late.
	overlap = 5 * time.Minute
	// window is how much time is asked for at once.
	window = 24 * time.Hour
	// farthest is how far a text that can't be taken holds the mark back. Conversations remember as long.
	farthest = heardFor
	// spare is what has to be left of a function's time to begin with another text.
	spare = 6 * time.Second
)

// Reconciled is what a run found, as it is logged.
type Reconciled struct {
	Until    time.Time // everything handed before is taken, or given up
	Listed   int
	Taken    int // never seen before, or not yet answered
	Failed   int // to be tried again by the next run
	Redacted int
	GivenUp  int // could not be taken for two days
}

// mark is the body of the stored item.
type mark struct {
	Until time.Time `json:"until"`
}

var markKey = table.Key{Partition: "RECONCILIATION", Sort: "TWILIO"}

// Run brings everything up to a few minutes ago up to date, or as far as the time allows. A first run begins a day back.
func (c *Reconciler) Run(ctx context.Context, now time.Time) (sum Reconciled, err error) {
	end := now.Add(-settling)
	m := mark{now.Add(-24 * time.Hour)}
	item, err := c.Table.Get(ctx, markKey)
	if err == nil {
		err = json.Unmarshal(item.Body, &m)
	}
	if err != nil && !errors.Is(err, table.ErrNotFound) {
		return sum, fmt.Errorf("sms: read the mark: %w", err)
	}
	err = nil
	r := &run{c, now, m.Until, now, &sum}
	for from, whole := m.Until.Add(-overlap), true; err == nil && whole && from.Before(end); from = from.Add(window) {
		until := from.Add(window)
		if until.After(end) {
			until = end
		}
		whole, err = r.between(ctx, from, until)
	}
	sum.Until = r.done
	if r.held.Before(r.done) {
		sum.Until = r.held
	}
	if sum.Redacted > 0 {
		c.Service.Log.WarnContext(ctx, "texts that may have been missed can't be taken: the carrier keeps no words or numbers", "count", sum.Redacted)
	}
	if sum.Taken > 0 {
		c.Service.Log.WarnContext(ctx, "texts that had been missed were taken", "count", sum.Taken)
	}
	if !sum.Until.After(m.Until) {
		sum.Until = m.Until
		return sum, err
	}
	return sum, errors.Join(err, c.note(ctx, item.Version, sum.Until))
}

// run is one run as it goes.
type run struct {
	*Reconciler
	now  time.Time
	done time.Time // everything handed before was looked at
	held time.Time // the first that could not be taken was handed then
	sum  *Reconciled
}

// between takes what was handed in a stretch of time and is not known; not whole when time ran out. A text that can't be
// taken just now holds the mark, and the later ones are taken all the same.
func (r *run) between(ctx context.Context, from, until time.Time) (whole bool, err error) {
	texts, err := r.Post.Received(ctx, from, until)
	if err != nil {
		return false, fmt.Errorf("sms: list received texts: %w", err)
	}
	slices.SortFunc(texts, func(a, b Received) int {
		return cmp.Or(a.Handed.Compare(b.Handed), a.Sent.Compare(b.Sent), cmp.Compare(a.SID, b.SID))
	})
	for _, t := range texts {
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < spare {
			return false, nil
		}
		r.take(ctx, t)
		if t.Handed.After(r.done) {
			r.done = t.Handed // and those of the same second are listed again
		}
	}
	if until.After(r.done) {
		r.done = until
	}
	return true, nil
}

func (r *run) take(ctx context.Context, t Received) {
	r.sum.Listed++
	if t.Redacted {
		r.sum.Redacted++
		return
	}
	taken, err := r.Service.Missed(ctx, t.Message)
	switch {
	case err == nil && taken == Answered:
		r.sum.Taken++
	case err == nil:
	case hopeless(err) || t.Handed.Before(r.now.Add(-farthest)):
		r.sum.GivenUp++
		r.Service.Log.ErrorContext(ctx, "a text that was missed is given up", "sid", safe(t.SID), "error", err)
	default:
		r.Service.Log.WarnContext(ctx, "a text that was missed can't be taken now", "sid", safe(t.SID), "error", err)
		r.sum.Failed++
		if t.Handed.Before(r.held) {
			r.held = t.Handed
		}
	}
}

func (c *Reconciler) note(ctx context.Context, version int64, until time.Time) error {
	body, err := json.Marshal(mark{until.UTC()})
	if err != nil {
		return err
	}
	err = c.Table.Write(ctx, table.Put(table.Item{Key: markKey, Version: version, Body: body}))
	if errors.Is(err, table.ErrConflict) {
		return nil // another run was here: what was taken twice had one effect
	}
	return err
}
