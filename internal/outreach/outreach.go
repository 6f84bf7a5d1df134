// Package outreach sends what is due: it finds the invitations whose time has come, keeps quiet hours and caps, and
// hands each to whoever can text it. Lessons that people asked to be told are not among them yet.
package outreach

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/participant"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/table"
)

// Inviter texts one invitation. It is called at most once for a key, after the key was durably claimed: whatever
// Invite answers, and even if the process dies in it, the same key never comes again.
type Inviter interface {
	// Free says whether an invitation could begin now. It is asked before the claim, so that whoever is in the middle
	// of one questionnaire is asked the next one on another day instead of never.
	Free(ctx context.Context, participantID, questionnaireID string) (bool, error)
	Invite(ctx context.Context, participantID, questionnaireID, key string) error
}

// Bounds of one run; the next run goes on where it ended.
const (
	maxItems = 500
	maxTime  = 60 * time.Second
)

// Summary counts what one run did.
type Summary struct {
	Invited   int  // claimed and handed to the inviter, which took it
	Failed    int  // claimed, but the inviter failed: this one invitation is lost, the next one isn't
	Quiet     int  // left as it is until the quiet hours end
	Capped    int  // left or moved because a participant or the program has had enough texts
	Busy      int  // moved to another day because another questionnaire is being answered
	Skipped   int  // moved on by one turn because the number said STOP
	Dropped   int  // void: left the program, or nothing to invite to
	Unknown   int  // left as it is: of a program that this installation doesn't have (now)
	Contended int  // taken or changed by somebody else at the same moment
	Broken    int  // couldn't be judged because a store didn't answer; still due
	More      bool // there is more that is due than one run does
}

// Runner does the runs. It is safe for concurrent use; two runs at once share the work.
type Runner struct {
	people   table.Table
	registry *participant.Registry
	catalog  *program.Catalog
	inviter  Inviter
}

// New makes a runner over the people table, which registry keeps its participants in too.
func New(people table.Table, registry *participant.Registry, catalog *program.Catalog, inviter Inviter) *Runner {
	return &Runner{people, registry, catalog, inviter}
}

// run is one run.
type run struct {
	*Runner
	now     time.Time
	full    map[string]bool // programs that have sent all that they may today
	handled int
	sum     Summary
	errs    []error
}

// Run sends what is due at now. The error is of what a store didn't answer; all that could be done was done.
func (r *Runner) Run(ctx context.Context, now time.Time) (Summary, error) {
	ctx, cancel := context.WithTimeout(ctx, maxTime)
	defer cancel()
	one := run{Runner: r, now: now.UTC(), full: map[string]bool{}}
	// Another shard first every minute: if one run can't do all, none of them is always last.
	start := int(one.now.Unix()/60) % participant.Shards
	for n := range participant.Shards {
		if err := one.shard(ctx, (start+n+participant.Shards)%participant.Shards); err != nil {
			one.errs = append(one.errs, err)
		}
		if one.sum.More = one.handled >= maxItems || ctx.Err() != nil; one.sum.More {
			break
		}
	}
	if err := errors.Join(one.errs...); err != nil {
		return one.sum, fmt.Errorf("outreach: %w", err)
	}
	return one.sum, nil
}

func (r *run) shard(ctx context.Context, shard int) error {
	for cursor := ""; ; {
		due, next, err := r.registry.Due(ctx, shard, r.now, cursor)
		if err != nil {
			return err
		}
		for _, i := range due {
			if r.handled >= maxItems || ctx.Err() != nil {
				return nil
			}
			r.item(ctx, i)
		}
		if cursor = next; cursor == "" {
			return nil
		}
	}
}

// item judges one due invitation and notes what came of it. What has to wait costs nothing, so that many who sleep
// don't hold up those who are awake.
func (r *run) item(ctx context.Context, i participant.Invitation) {
	p := r.catalog.Program(i.Program)
	if p == nil { // perhaps a deployment gone wrong: no reason to forget anybody's schedule
		r.sum.Unknown++
		return
	}
	use := r.use(p, i.Questionnaire)
	if use != nil {
		switch {
		case participant.Quiet(p).Contains(r.now):
			r.sum.Quiet++
			return
		case r.full[p.ID]:
			r.sum.Capped++
			return
		}
	}
	r.handled++
	err := r.handle(ctx, i, p, use)
	switch {
	case errors.Is(err, table.ErrConflict):
		r.sum.Contended++
	case err != nil:
		r.sum.Broken++
		r.errs = append(r.errs, err)
	}
}

// use is how p uses a questionnaire; nil when it doesn't invite to it (any more).
func (r *run) use(p *program.Program, questionnaire string) *program.Use {
	q, use := r.catalog.Used(p, questionnaire)
	if q == nil || use == nil || use.FirstDay < 0 {
		return nil
	}
	return use
}

func (r *run) handle(ctx context.Context, i participant.Invitation, p *program.Program, use *program.Use) error {
	schedule, err := r.registry.Schedule(ctx, i.Participant)
	if err != nil {
		return err
	}
	if use == nil || !schedule.Names(i) {
		return r.drop(ctx, i, schedule)
	}
	who, err := r.registry.Participant(ctx, i.Participant)
	if fault.KindOf(err) == fault.NotFound || err == nil && (!who.Left.IsZero() || who.Contact == "") {
		return r.drop(ctx, i, schedule)
	}
	if err != nil {
		return err
	}
	contact, err := r.registry.ContactOf(ctx, who.Contact)
	if fault.KindOf(err) == fault.NotFound {
		return r.drop(ctx, i, schedule)
	}
	if err != nil {
		return err
	}
	if contact.Stopped {
		return r.skip(ctx, i, schedule, p, use)
	}
	return r.claim(ctx, i, schedule, p, use)
}

// drop takes a void invitation away, and off the schedule if it is named there.
func (r *run) drop(ctx context.Context, i participant.Invitation, s participant.Schedule) error {
	err := error(nil)
	if s.Names(i) {
		err = r.registry.Move(ctx, i, s, time.Time{}, time.Time{})
	} else {
		err = r.registry.Drop(ctx, i)
	}
	if err == nil {
		r.sum.Dropped++
	}
	return err
}

// skip moves an invitation on by one turn without sending it: who says START again goes on being invited.
func (r *run) skip(ctx context.Context, i participant.Invitation, s participant.Schedule, p *program.Program, use *program.Use) error {
	days := use.EveryDays
	if days <= 0 {
		days = 7 // an invitation for once waits
	}
	err := r.registry.Move(ctx, i, s, participant.TextingHour(p, r.now, days), time.Time{})
	if err == nil {
		r.sum.Skipped++
	}
	return err
}

// claim takes an invitation and then sends it, if nobody has had enough. The claim is one atomic write: the due item
// goes, the next one comes, and both counts rise. After it nobody else can send this one: whoever dies between the
// two loses one invitation and never doubles one.
func (r *run) claim(ctx context.Context, i participant.Invitation, s participant.Schedule, p *program.Program, use *program.Use) error {
	if free := freeAgain(s.Sent, r.now, p.Outreach.PerWeek); free.After(r.now) {
		later := participant.TextingHour(p, r.now, 1)
		if free.After(later) {
			later = free
		}
		err := r.registry.Move(ctx, i, s, later, time.Time{})
		if err == nil {
			r.sum.Capped++
		}
		return err
	}
	free, err := r.inviter.Free(ctx, i.Participant, i.Questionnaire)
	if err != nil {
		return err
	}
	if !free {
		err := r.registry.Move(ctx, i, s, participant.TextingHour(p, r.now, 1), time.Time{})
		if err == nil {
			r.sum.Busy++
		}
		return err
	}
	count, ok, err := r.count(ctx, p)
	if err != nil {
		return err
	}
	if !ok {
		r.full[p.ID] = true
		r.sum.Capped++
		return nil
	}
	var next time.Time
	if use.EveryDays > 0 {
		next = participant.TextingHour(p, r.now, use.EveryDays)
	}
	if err := r.registry.Move(ctx, i, s, next, r.now, count); err != nil {
		return err
	}
	if err := r.inviter.Invite(ctx, i.Participant, i.Questionnaire, key(i)); err != nil {
		r.sum.Failed++
		slog.ErrorContext(ctx, "an invitation was not sent",
			"participant", i.Participant, "questionnaire", i.Questionnaire, "kind", int(fault.KindOf(err)))
		return nil
	}
	r.sum.Invited++
	return nil
}

// key names one invitation: who, to what, due when.
func key(i participant.Invitation) string {
	return "invite:" + i.Participant + ":" + i.Questionnaire + ":" + i.At.UTC().Format(time.RFC3339)
}
