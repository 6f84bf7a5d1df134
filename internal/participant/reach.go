package participant

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/table"
)

// Week is how far back [Reach.Sent] reaches.
const Week = 7 * 24 * time.Hour

// Reach is how a number can be reached by what programs text of their own accord, all of them together. It is kept apart
// from the contact, since it is written with every such text.
type Reach struct {
	Sent   []time.Time `json:"sent,omitempty"`  // texts of the last seven days, oldest first
	Paused time.Time   `json:"paused,omitzero"` // until then the person wants none
	// Failed is since when texts have come back with Code, Failures how many in a row. Lost says that the number can't be
	// texted at all: nothing more is sent until it texts us.
	Failed   time.Time `json:"failed,omitzero"`
	Code     string    `json:"code,omitempty"`
	Failures int       `json:"failures,omitempty"`
	Lost     bool      `json:"lost,omitempty"`

	pseudonym string
	version   int64
}

// Reach reads how a contact can be reached.
func (r *Registry) Reach(ctx context.Context, pseudonym string) (Reach, error) {
	reach := Reach{pseudonym: pseudonym}
	item, err := r.people.Get(ctx, reachKey(pseudonym))
	if errors.Is(err, table.ErrNotFound) {
		return reach, nil
	}
	if err != nil {
		return reach, fmt.Errorf("participant: read the reach of contact %s: %w", pseudonym, err)
	}
	if err := json.Unmarshal(item.Body, &reach); err != nil {
		return reach, fmt.Errorf("participant: decode the reach of contact %s: %w", pseudonym, err)
	}
	reach.version = item.Version
	return reach, nil
}

// Free is when some more texts may be sent at the earliest, with at most perWeek in any seven days: now, or later.
func (r Reach) Free(now time.Time, texts, perWeek int) time.Time {
	recent := r.since(now.Add(-Week))
	over := len(recent) + texts - perWeek
	switch {
	case over <= 0:
		return now
	case over > len(recent):
		return now.Add(Week)
	}
	return recent[over-1].Add(Week)
}

// since are the texts sent after t.
func (r Reach) since(t time.Time) []time.Time {
	return slices.DeleteFunc(slices.Clone(r.Sent), func(at time.Time) bool { return !at.After(t) })
}

// Send is the operation that notes texts sent at a time. It holds only if nothing of r was changed since it was read:
// not even a PAUSE can come in between.
func (r Reach) Send(at time.Time, texts int) (table.Op, error) {
	r.Sent = r.since(at.Add(-Week))
	for range texts {
		r.Sent = append(r.Sent, at.UTC())
	}
	return put(reachKey(r.pseudonym), r.version, r)
}

// Works is r without what is held against the number.
func (r Reach) Works() Reach {
	r.Failed, r.Code, r.Failures, r.Lost = time.Time{}, "", 0, false
	return r
}

// Unchanged is the operation that holds only if the contact is as it was read: a STOP can't come in between.
func (c Contact) Unchanged() table.Op { return table.Check(contactKey(c.Pseudonym), c.version) }

// Pause keeps programs from texting a number of their own accord until a time; the zero time ends a pause. Idempotent.
func (r *Registry) Pause(ctx context.Context, number phi.Text, until time.Time) error {
	return r.reach(ctx, r.ContactPseudonym(number), func(reach *Reach) bool {
		if reach.Paused.Equal(until) {
			return false
		}
		reach.Paused = until.UTC()
		return true
	})
}

// failuresInARow is after how many failures in a row, of a kind that passes, a number counts as lost.
const failuresInARow = 3

// Failing notes that a text sent to a contact at a time came back. lost says that the reason won't pass. Delivered or
// failed texts from before what is known already change nothing.
func (r *Registry) Failing(ctx context.Context, pseudonym, code string, lost bool, sent time.Time) error {
	return r.reach(ctx, pseudonym, func(reach *Reach) bool {
		if reach.Lost || !sent.After(reach.Failed) {
			return false
		}
		reach.Failed, reach.Code, reach.Failures = sent.UTC(), code, reach.Failures+1
		reach.Lost = lost || reach.Failures >= failuresInARow
		return true
	})
}

// Reached notes that a text sent to a contact at a time arrived, or that the number texted us: it works.
func (r *Registry) Reached(ctx context.Context, pseudonym string, at time.Time) error {
	return r.reach(ctx, pseudonym, func(reach *Reach) bool {
		if reach.Failed.IsZero() || at.Before(reach.Failed) {
			return false
		}
		*reach = reach.Works()
		return true
	})
}

func (r *Registry) reach(ctx context.Context, pseudonym string, change func(*Reach) bool) error {
	err := table.Retry(ctx, func() error {
		reach, err := r.Reach(ctx, pseudonym)
		if err != nil || !change(&reach) {
			return err
		}
		op, err := put(reachKey(pseudonym), reach.version, reach)
		if err != nil {
			return err
		}
		return r.people.Write(ctx, op)
	})
	if err != nil {
		return fmt.Errorf("participant: reach of contact %s: %w", pseudonym, err)
	}
	return nil
}
