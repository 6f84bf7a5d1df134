package outreach_test

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/sms"
	"github.com/tellback/tellback/internal/table"
)

// carrier is a gateway and the network behind it that fail at random, and that check each text against what is true of
// its person.
type carrier struct {
	w        *world
	messages []*message
	to       map[string][]*message
	busy     time.Time // until when the number has work
	spent    map[string]int
	texts    map[string]int

	refused, unclear, swallowed, expired, undelivered, delivered int
	violations                                                   map[string]int
	example                                                      map[string]string
}

// message is one text that the gateway took.
type message struct {
	sid, ref, body string
	to             *person
	at             time.Time
	segments       int
	failed         bool // for certain, by the time that anybody could know
}

func (c *carrier) violate(kind, format string, args ...any) {
	c.violations[kind]++
	if c.example[kind] == "" {
		c.example[kind] = fmt.Sprintf(format, args...)
	}
}

// Dispatch takes a text, or not, and says so, or not.
func (c *carrier) Dispatch(ctx context.Context, o sms.Outgoing) (string, error) {
	var sid string
	err := c.w.crashing(ctx, func() (err error) {
		sid, err = c.dispatch(o)
		return err
	})
	return sid, err
}

func (c *carrier) dispatch(o sms.Outgoing) (string, error) {
	p, dice := c.w.people[o.To.Reveal()], c.w.dice
	switch n := dice.IntN(1000); {
	case p.gone == "21610" || p.gone == "" && n < 5:
		p.gone = "21610"
		c.refused++
		return "", fmt.Errorf("no: %w", sms.ErrOptedOut)
	case p.gone == "21614" || p.gone == "" && n < 10:
		p.gone = "21614"
		c.refused++
		return "", fault.Wrap(fault.Invalid, &sms.Refusal{Code: "21614"}, "no")
	case n < 40:
		c.refused++
		return "", fault.Wrap(fault.TooMany, &sms.Refusal{Code: "20429", Passing: true}, "no")
	case n < 60:
		c.unclear++
		return "", fault.New(fault.Unavailable, "503, and nothing done")
	case n < 80:
		c.swallowed++
		c.take(p, o)
		return "", fault.New(fault.Unavailable, "504, and all done")
	}
	return c.take(p, o).sid, nil
}

// take is what happens to a text that the gateway takes: it is checked, lies in the queue, goes out, arrives or not; and
// of all that receipts tell, in any order, twice, or not at all.
func (c *carrier) take(p *person, o sms.Outgoing) *message {
	w, dice := c.w, c.w.dice
	m := &message{sid: fmt.Sprintf("SM%d", len(c.messages)), ref: o.Ref, body: o.Body, to: p, at: w.now(), segments: program.Segments(o.Body)}
	c.check(m)
	c.messages, c.to[p.number] = append(c.messages, m), append(c.to[p.number], m)
	queue := time.Duration(dice.IntN(90)) * time.Second
	if dice.IntN(50) == 0 {
		queue = time.Duration(dice.IntN(6*3600)) * time.Second
	}
	if queue > o.Valid {
		c.expired++
		w.at(m.at.Add(o.Valid), func() { c.fail(m, "30036") })
		return m
	}
	w.at(m.at.Add(queue), func() {
		if hour := w.now().In(p.zone).Hour(); hour >= 20 || hour < 9 {
			c.violate("quiet", "to somebody in %s, delivered at %s", p.zone, w.now().In(p.zone))
		}
		switch n := dice.IntN(1000); {
		case n < 60:
			c.undelivered++
			c.fail(m, "30003")
		case n < 70:
			c.undelivered++
			c.fail(m, "30005")
		case n < 80:
			c.undelivered++
			c.fail(m, "30008")
		default:
			c.delivered++
			c.tell(m, "delivered", "")
			w.at(w.now().Add(time.Minute), func() { w.reads(p) })
		}
	})
	return m
}

func (c *carrier) fail(m *message, code string) {
	m.failed = true
	c.tell(m, "undelivered", code)
}

// tell sends receipts: what is last may come first, or twice, and one in twenty is lost.
func (c *carrier) tell(m *message, end, code string) {
	w := c.w
	for _, r := range []sms.Receipt{{Status: "sent"}, {Status: end, Code: code}, {Status: end, Code: code}, {Status: "queued"}} {
		if w.blind || w.dice.IntN(20) == 0 || r.Status != end && w.dice.IntN(3) > 0 {
			continue
		}
		r.SID, r.Ref, r.To = m.sid, m.ref, phi.Hide(m.to.number)
		w.at(w.now().Add(time.Duration(w.dice.IntN(240))*time.Second), func() {
			if code == "30005" && r.Status == end {
				m.to.lost = true // from here on, we know
			}
			w.fail(w.service.Status(context.Background(), r))
		})
	}
}

// check holds a text against what is true of its person, at the moment when the gateway takes it.
func (c *carrier) check(m *message) {
	p, w := m.to, c.w
	local := m.at.In(p.zone)
	if local.Hour() >= 20 || local.Hour() < 9 {
		c.violate("quiet", "to somebody in %s at %s", p.zone, local)
	}
	if p.stopped {
		c.violate("stopped", "to somebody who said STOP, at %s: %q", local, m.body)
	}
	if p.paused.After(m.at) {
		c.violate("paused", "to somebody who said PAUSE, at %s: %q", local, m.body)
	}
	if p.lost {
		c.violate("lost", "to a number that there is not, at %s", local)
	}
	week := 0
	for _, old := range c.to[p.number] {
		if m.at.Sub(old.at) < 7*24*time.Hour {
			week++
		}
		// The same text again, unless it is sure that it did not arrive; or the same words again within hours, whatever we
		// think that they are.
		if !old.failed && (text(old) == text(m) || old.body == m.body && m.at.Sub(old.at) < 6*time.Hour) {
			c.violate("double", "%q to one person at %s and at %s (%s, %s)", m.body, old.at, m.at, old.ref, m.ref)
		}
	}
	if week >= perWeek {
		c.violate("week", "text %d in a week to one person", week+1)
	}
	of := w.catalog.Program(m.body[:5])
	there := m.at.In(of.Location())
	for _, span := range []struct {
		key  string
		most int
		sums map[string]int
		n    int
	}{
		{of.ID + there.Format(" 2006-01-02"), dayTexts, c.texts, 1},
		{of.ID + there.Format(" 2006-01-02"), dayCents, c.spent, m.segments},
		{of.ID + there.Format(" 2006-01"), monthCents, c.spent, m.segments},
	} {
		if span.sums[span.key] += span.n; span.sums[span.key] > w.scaled(span.most) {
			c.violate("cap", "%d in %s", span.sums[span.key], span.key)
		}
	}
	c.pace(m)
}

// text is which text a message is a try of.
func text(m *message) string {
	id, _, _ := strings.Cut(m.ref, ".")
	return id
}

// pace holds the gateway's queue against what the number may send: it must never have more than a moment's work in it.
func (c *carrier) pace(m *message) {
	if c.busy.Before(m.at) {
		c.busy = m.at
	}
	c.busy = c.busy.Add(time.Duration(m.segments) * time.Second / perSecond)
	if c.busy.Sub(m.at) > 2*time.Second {
		c.violate("pace", "%s of work are waiting in the queue at %s", c.busy.Sub(m.at), m.at)
	}
}

// Sent is the gateway's own list.
func (c *carrier) Sent(_ context.Context, to phi.Text, since time.Time) (out []sms.Sent, err error) {
	if c.w.blind {
		return nil, nil
	}
	if c.w.dice.IntN(50) == 0 {
		return nil, fault.New(fault.Unavailable, "no list today")
	}
	for _, m := range c.to[to.Reveal()] {
		if !m.at.Before(since) {
			out = append(out, sms.Sent{SID: m.sid, Body: m.body})
		}
	}
	return out, nil
}

// life is how long a process lives: until the call that it dies in, before that is done or after. Of what it does then,
// nothing happens any more.
type life struct {
	left  int
	after bool
	dead  bool
}

type lifeKey struct{}

var errDead = errors.New("the process is dead")

// crashing does a call of a process, unless it is dead, or dies of it.
func (w *world) crashing(ctx context.Context, call func() error) error {
	l, _ := ctx.Value(lifeKey{}).(*life)
	if w.dead.Load() || l != nil && l.dead {
		return errDead
	}
	if l == nil {
		return call()
	}
	if l.left--; l.left != 0 {
		return call()
	}
	l.dead = true
	w.crashes++
	if w.crashes%deaths == 0 {
		w.dead.Store(true)
	}
	if !l.after {
		return errDead
	}
	_ = call()
	return errDead
}

// mortal is a table as a process that may die uses it.
type mortal struct {
	table.Table
	w *world
}

func (t mortal) Get(ctx context.Context, k table.Key) (i table.Item, err error) {
	err = t.w.crashing(ctx, func() error { i, err = t.Table.Get(ctx, k); return err })
	return i, err
}

func (t mortal) Query(ctx context.Context, q table.Query) (p table.Page, err error) {
	err = t.w.crashing(ctx, func() error { p, err = t.Table.Query(ctx, q); return err })
	return p, err
}

func (t mortal) Write(ctx context.Context, ops ...table.Op) error {
	return t.w.crashing(ctx, func() error {
		if t.w.unconditional {
			ops = t.anyway(ctx, ops)
		}
		return t.Table.Write(ctx, ops...)
	})
}

// anyway is a write that doesn't care what has become of people since they were read.
func (t mortal) anyway(ctx context.Context, ops []table.Op) (out []table.Op) {
	for _, op := range ops {
		if op.Action == table.ActionCheck {
			continue
		}
		if strings.HasPrefix(op.Item.Partition, "C#") {
			i, _ := t.Table.Get(ctx, op.Item.Key)
			op.Item.Version = i.Version
		}
		out = append(out, op)
	}
	return out
}

// event is something that happens by itself.
type event struct {
	at time.Time
	n  int
	do func()
}

type events []event

func (e events) Len() int { return len(e) }
func (e events) Less(i, j int) bool {
	return e[i].at.Before(e[j].at) || e[i].at.Equal(e[j].at) && e[i].n < e[j].n
}
func (e events) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e *events) Push(x any)   { *e = append(*e, x.(event)) }
func (e *events) Pop() any {
	last := (*e)[len(*e)-1]
	*e = (*e)[:len(*e)-1]
	return last
}

// at has something happen at a time.
func (w *world) at(at time.Time, do func()) {
	w.planned++
	heap.Push(&w.events, event{at, w.planned, do})
}

// until lets everything happen that is due by a time.
func (w *world) until(end time.Time) {
	for len(w.events) > 0 && !w.events[0].at.After(end) {
		e := heap.Pop(&w.events).(event)
		w.move(e.at)
		e.do()
	}
	w.move(end)
}

func (w *world) move(to time.Time) {
	if to.After(w.clock) {
		w.clock = to
	}
}
