package outreach

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tellback/tellback/internal/participant"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/table"
)

// freeAgain is when somebody who was sent texts at those moments may be sent one more, with at most perWeek in any
// seven days: now, or later.
func freeAgain(sent []time.Time, now time.Time, perWeek int) time.Time {
	if perWeek < 1 {
		return now.Add(participant.Week)
	}
	recent := slices.DeleteFunc(slices.Clone(sent), func(t time.Time) bool { return now.Sub(t) >= participant.Week })
	if len(recent) < perWeek {
		return now
	}
	return recent[len(recent)-perWeek].Add(participant.Week)
}

// counter is how many texts a program has sent of its own accord on one local day: CAP#<program> / <day>.
type counter struct {
	Count int `json:"count"`
}

// count is the operation that counts one more text of p today; ok is false when the day's are all sent. It is part of the
// claim, so two claims at once can't both take the last place.
func (r *run) count(ctx context.Context, p *program.Program) (op table.Op, ok bool, err error) {
	day := r.now.In(p.Location())
	k := table.Key{Partition: "CAP#" + p.ID, Sort: day.Format(time.DateOnly)}
	item, err := r.people.Get(ctx, k)
	if err != nil && !errors.Is(err, table.ErrNotFound) {
		return op, false, fmt.Errorf("read the day's count of program %s: %w", p.ID, err)
	}
	var c counter
	if err == nil {
		if err := json.Unmarshal(item.Body, &c); err != nil {
			return op, false, fmt.Errorf("decode the day's count of program %s: %w", p.ID, err)
		}
	}
	if c.Count >= p.Outreach.PerDay {
		return op, false, nil
	}
	c.Count++
	body, err := json.Marshal(c)
	if err != nil {
		return op, false, fmt.Errorf("encode the day's count of program %s: %w", p.ID, err)
	}
	// Kept without expiry: a real clock may be far ahead of a simulated one, and a row a day is next to nothing.
	return table.Put(table.Item{Key: k, Version: item.Version, Body: body}), true, nil
}
