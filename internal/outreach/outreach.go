// Package outreach sends what is due of our own accord: it finds the invitations, reminders and lessons whose time has
// come, keeps quiet hours, caps and the number's pace, and looks after what was sent before until its fate is known.
package outreach

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/lesson"
	"github.com/tellback/tellback/internal/participant"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/sms"
	"github.com/tellback/tellback/internal/table"
)

// Messenger writes and sends texts. What it composes it can post only while everything is as it was then; Post gives
// table.ErrConflict, and nothing has happened, when it isn't.
type Messenger interface {
	Compose(ctx context.Context, o sms.Occasion) (*sms.Letter, error)
	Again(ctx context.Context, t sms.Text, p participant.Participant) (*sms.Letter, error)
	Post(ctx context.Context, l *sms.Letter, valid time.Duration, also ...table.Op) (sms.Posted, error)
}

// Outbox knows the texts about which something is left to do.
type Outbox interface {
	Unsettled(ctx context.Context, shard int, now time.Time, cursor string) (page []sms.Text, next string, err error)
	Settle(ctx context.Context, t sms.Text) (again bool, err error)
	Postpone(ctx context.Context, t sms.Text, to time.Time) error
	Abandon(ctx context.Context, t sms.Text) error
}

// Lessons knows what releases have taught.
type Lessons interface {
	Newest(ctx context.Context, programID string) (lesson.Lesson, error)
}

// Bounds of one run; the next run goes on where it ended.
const (
	maxItems = 1000
	maxTime  = 150 * time.Second
	// spare is how long before quiet hours nothing is handed over any more: it has to travel.
	spare = 2 * time.Minute
)

// Summary counts what one run did.
type Summary struct {
	Sent      int  // texts that the gateway took
	Held      int  // that it did not take, to be tried again
	Refused   int  // that it did not take, and never will
	Unclear   int  // of which nobody knows yet whether it took them
	Quiet     int  // moved to the morning
	Capped    int  // left or moved because a person, the day or the money has had enough
	Busy      int  // moved to another day because another questionnaire is being answered
	Skipped   int  // moved on by one turn: STOP, PAUSE, or a number that can't be texted
	Dropped   int  // void: left the program, answered, or nothing to say
	Unknown   int  // left as it is: of a program that this installation doesn't have (now)
	Contended int  // taken or changed by somebody else at the same moment
	Broken    int  // couldn't be judged because a store didn't answer; still due
	More      bool // there is more that is due than one run does
	Elsewhere bool // another run is at it
}

// Runner does the runs. It is safe for concurrent use; of runs at once, one works.
type Runner struct {
	People    table.Table // which Registry keeps its participants in too
	Registry  *participant.Registry
	Catalog   *program.Catalog
	Messenger Messenger
	Outbox    Outbox
	Lessons   Lessons
	Now       func() time.Time
	// PerSecond is how many segments a second the number may send; 0 is 1, a long code's throughput in the US.
	PerSecond int
	// Wait waits; nil is a timer.
	Wait func(ctx context.Context, d time.Duration) error
}

// run is one run.
type run struct {
	*Runner
	until   time.Time // by our clock: beyond it another run may be at work
	pace    pace
	full    map[string]bool // programs that have sent all that they may today
	lessons map[string]lesson.Lesson
	handled int
	sum     Summary
	errs    []error
}

// Run sends what is due. The error is of what a store didn't answer; all that could be done was done.
func (r *Runner) Run(ctx context.Context) (Summary, error) {
	ctx, cancel := context.WithTimeout(ctx, maxTime)
	defer cancel()
	now := r.Now()
	turn, free, err := r.begin(ctx, now)
	if err != nil || !free {
		return Summary{Elsewhere: err == nil}, err
	}
	one := run{Runner: r, until: now.Add(maxTime), pace: r.paced(turn.Paced), full: map[string]bool{}, lessons: map[string]lesson.Lesson{}}
	// Another shard first every minute: if one run can't do all, none of them is always last.
	start := int(now.Unix()/60) % participant.Shards
	for n := range participant.Shards {
		shard := (start + n + participant.Shards) % participant.Shards
		for _, part := range []func(context.Context, int) error{one.unsettled, one.due} {
			if err := part(ctx, shard); err != nil {
				one.errs = append(one.errs, err)
			}
		}
		if one.sum.More = one.done(ctx); one.sum.More {
			break
		}
	}
	if err := r.end(ctx, turn, one.pace.next); err != nil {
		one.errs = append(one.errs, err)
	}
	if err := errors.Join(one.errs...); err != nil {
		return one.sum, fmt.Errorf("outreach: %w", err)
	}
	return one.sum, nil
}

// done says whether the run has had its share, or nobody may send anything more.
func (r *run) done(ctx context.Context) bool {
	return r.handled >= maxItems || len(r.full) > 0 && len(r.full) == len(r.Catalog.Programs()) || ctx.Err() != nil || !r.Now().Before(r.until)
}

func (r *run) due(ctx context.Context, shard int) error {
	for cursor := ""; ; {
		due, next, err := r.Registry.Due(ctx, shard, r.Now(), cursor)
		if err != nil {
			return err
		}
		for _, i := range due {
			if r.done(ctx) {
				return nil
			}
			r.note(r.item(ctx, i))
		}
		if cursor = next; cursor == "" {
			return nil
		}
	}
}

// note notes what became of one thing that was due.
func (r *run) note(err error) {
	switch {
	case errors.Is(err, table.ErrConflict):
		r.sum.Contended++
	case err != nil:
		r.sum.Broken++
		r.errs = append(r.errs, err)
	}
}

// item judges one due text. What has to wait for other reasons than the hour costs nothing, so that it doesn't hold up
// what can go.
func (r *run) item(ctx context.Context, i participant.Invitation) error {
	p := r.Catalog.Program(i.Program)
	if p == nil { // perhaps a deployment gone wrong: no reason to forget anybody's schedule
		r.sum.Unknown++
		return nil
	}
	if r.full[p.ID] {
		r.sum.Capped++
		return nil
	}
	r.handled++
	return r.handle(ctx, i, p)
}

// turn is one due text with everything that is known of it.
type turn struct {
	participant.Invitation
	schedule participant.Schedule
	program  *program.Program
	use      program.Use
	who      participant.Participant
	zone     *time.Location
}

func (r *run) handle(ctx context.Context, i participant.Invitation, p *program.Program) error {
	schedule, err := r.Registry.Schedule(ctx, i.Participant)
	if err != nil {
		return err
	}
	t := turn{Invitation: i, schedule: schedule, program: p}
	use := r.use(p, i)
	if use == nil || !schedule.Names(i) {
		return r.drop(ctx, t)
	}
	t.use = *use
	t.who, err = r.Registry.Participant(ctx, i.Participant)
	if fault.KindOf(err) == fault.NotFound || err == nil && (!t.who.Left.IsZero() || t.who.Contact == "") {
		return r.drop(ctx, t)
	}
	if err != nil {
		return err
	}
	t.zone = p.Zone(t.who.Attributes)
	if _, ok := open(p, t.zone, r.Now()); !ok {
		return r.later(ctx, t, morning(p, t.zone, r.Now()), &r.sum.Quiet)
	}
	return r.send(ctx, t)
}

// use is how p uses what i is about; nil when p doesn't text about it (any more). A lesson is about nothing.
func (r *run) use(p *program.Program, i participant.Invitation) *program.Use {
	if i.Kind == participant.Lesson {
		return &program.Use{}
	}
	q, use := r.Catalog.Used(p, i.Questionnaire)
	if q == nil || use == nil || use.FirstDay < 0 {
		return nil
	}
	return use
}

// open says for how long from now p may text somebody who lives in a zone.
func open(p *program.Program, zone *time.Location, now time.Time) (left time.Duration, ok bool) {
	quiet := p.Quiet(zone)
	if quiet.Contains(now) {
		return 0, false
	}
	left = quiet.Next(now).Sub(now)
	return left, left >= spare
}

// morning is when quiet hours are over.
func morning(p *program.Program, zone *time.Location, now time.Time) time.Time {
	if today := p.Morning(now, 0, zone); today.After(now) {
		return today
	}
	return p.Morning(now, 1, zone)
}

// drop takes what is void away, and off the schedule if it is named there.
func (r *run) drop(ctx context.Context, t turn) error {
	err := error(nil)
	if t.schedule.Names(t.Invitation) {
		err = r.Registry.Move(ctx, t.Invitation, t.schedule, participant.Turn{})
	} else {
		err = r.Registry.Drop(ctx, t.Invitation)
	}
	if err == nil {
		r.sum.Dropped++
	}
	return err
}

// later moves a text as it is to another time, and counts it.
func (r *run) later(ctx context.Context, t turn, to time.Time, count *int) error {
	next := participant.Due{At: to, Questionnaire: t.Questionnaire, Kind: t.Kind}
	err := r.Registry.Move(ctx, t.Invitation, t.schedule, participant.Turn{Next: []participant.Due{next}})
	if err == nil {
		*count++
	}
	return err
}
