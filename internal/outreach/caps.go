package outreach

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/sms"
	"github.com/tellback/tellback/internal/table"
)

// spent is what a program has sent of its own accord on its local day and in its month: CAP#<program> / SPENT.
type spent struct {
	Day   string        `json:"day"`
	Texts int           `json:"texts"`
	Today program.Money `json:"today"`
	Month string        `json:"month"`
	Total program.Money `json:"total"` // of the month
}

// spend is the operation that counts a letter of p today; ok is false when that would be too many, or too dear. It is
// part of the claim, so two claims at once can't both take the last place.
func (r *run) spend(ctx context.Context, p *program.Program, l *sms.Letter) (op table.Op, ok bool, err error) {
	k := table.Key{Partition: "CAP#" + p.ID, Sort: "SPENT"}
	item, err := r.People.Get(ctx, k)
	if err != nil && !errors.Is(err, table.ErrNotFound) {
		return op, false, fmt.Errorf("read what program %s has spent: %w", p.ID, err)
	}
	var s spent
	if err == nil {
		if err := json.Unmarshal(item.Body, &s); err != nil {
			return op, false, fmt.Errorf("decode what program %s has spent: %w", p.ID, err)
		}
	}
	now := r.Now().In(p.Location())
	if day := now.Format(time.DateOnly); s.Day != day {
		s.Day, s.Texts, s.Today = day, 0, 0
	}
	if month := now.Format("2006-01"); s.Month != month {
		s.Month, s.Total = month, 0
	}
	price := p.Outreach.Price(l.Segments)
	if s.Texts+l.Texts() > p.Outreach.PerDay || !p.Outreach.Affords(price, s.Today, s.Total) {
		return op, false, nil
	}
	s.Texts, s.Today, s.Total = s.Texts+l.Texts(), s.Today+price, s.Total+price
	body, err := json.Marshal(s)
	if err != nil {
		return op, false, fmt.Errorf("encode what program %s has spent: %w", p.ID, err)
	}
	return table.Put(table.Item{Key: k, Version: item.Version, Body: body}), true, nil
}

// shift is whose turn it is to run: OUTREACH / RUN. One at a time keeps the number's pace; nothing else depends on it.
type shift struct {
	Until time.Time `json:"until"` // of the run that is at work
	Paced time.Time `json:"paced"` // before that the number has enough to do

	version int64
}

var shiftKey = table.Key{Partition: "OUTREACH", Sort: "RUN"}

// begin takes the turn; false when another run has it. One that died keeps it until its time is up.
func (r *Runner) begin(ctx context.Context, now time.Time) (s shift, free bool, err error) {
	item, err := r.People.Get(ctx, shiftKey)
	if err == nil {
		err = json.Unmarshal(item.Body, &s)
	}
	if err != nil && !errors.Is(err, table.ErrNotFound) {
		return s, false, fmt.Errorf("outreach: read whose turn it is: %w", err)
	}
	if s.Until.After(now) {
		return s, false, nil
	}
	s.version, s.Until = item.Version, now.Add(maxTime+spare).UTC()
	err = r.write(ctx, s)
	if errors.Is(err, table.ErrConflict) {
		return s, false, nil
	}
	s.version++
	return s, err == nil, err
}

// end gives the turn back.
func (r *Runner) end(ctx context.Context, s shift, paced time.Time) error {
	s.Until, s.Paced = time.Time{}, paced.UTC()
	return r.write(context.WithoutCancel(ctx), s)
}

func (r *Runner) write(ctx context.Context, s shift) error {
	body, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("outreach: encode whose turn it is: %w", err)
	}
	return r.People.Write(ctx, table.Put(table.Item{Key: shiftKey, Version: s.version, Body: body}))
}

// pace spaces texts by what the number's carrier lets through: more would only pile up in the gateway's queue.
type pace struct {
	every time.Duration // for one segment
	next  time.Time
	wait  func(ctx context.Context, d time.Duration) error
}

func (r *Runner) paced(next time.Time) pace {
	p := pace{every: time.Second / time.Duration(max(r.PerSecond, 1)), next: next, wait: r.Wait}
	if p.wait == nil {
		p.wait = pause
	}
	return p
}

// take waits for the turn of some segments.
func (p *pace) take(ctx context.Context, now func() time.Time, segments int) error {
	if d := p.next.Sub(now()); d > 0 {
		if err := p.wait(ctx, d); err != nil {
			return err
		}
	}
	if at := now(); p.next.Before(at) {
		p.next = at
	}
	p.next = p.next.Add(time.Duration(segments) * p.every)
	return nil
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
