package outreach

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/participant"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/sms"
	"github.com/tellback/tellback/internal/table"
)

// send texts what is due, if nobody has had enough. It is claimed in one atomic write: the due item goes, the next ones
// come, the counts rise, and the text is noted as on its way; and only if nobody has said STOP, PAUSE or anything else
// since it was composed.
func (r *run) send(ctx context.Context, t turn) error {
	o, err := r.occasion(ctx, t)
	if err != nil {
		return err
	}
	letter, err := r.Messenger.Compose(ctx, o)
	switch {
	case errors.Is(err, sms.ErrOptedOut), errors.Is(err, sms.ErrPaused), errors.Is(err, sms.ErrLost):
		return r.skip(ctx, t)
	case errors.Is(err, sms.ErrBusy):
		return r.later(ctx, t, t.use.Later(r.Now(), 1, t.zone), &r.sum.Busy)
	case errors.Is(err, sms.ErrMoot) && t.Kind == participant.Lesson && t.who.Lessons:
		return r.later(ctx, t, r.nextLesson(t), &r.sum.Dropped)
	case errors.Is(err, sms.ErrMoot), errors.Is(err, sms.ErrLeft):
		return r.drop(ctx, t)
	case err != nil:
		return err
	}
	if free := letter.Reach.Free(r.Now(), letter.Texts(), t.program.Outreach.PerWeek); free.After(r.Now()) {
		if t.Kind == participant.Remind { // reminders yield; invitations wait
			return r.drop(ctx, t)
		}
		to := t.use.Later(r.Now(), 1, t.zone)
		if free.After(to) {
			to = free
		}
		return r.later(ctx, t, to, &r.sum.Capped)
	}
	return r.post(ctx, t.program, t.zone, letter, func(now time.Time) ([]table.Op, error) {
		return r.Registry.Moves(ctx, t.Invitation, t.schedule, r.after(t, now))
	})
}

// post hands a letter over: within what the program may spend, at the number's pace, while it is day.
func (r *run) post(ctx context.Context, p *program.Program, zone *time.Location, l *sms.Letter, moves func(now time.Time) ([]table.Op, error)) error {
	spend, ok, err := r.spend(ctx, p, l)
	if err != nil {
		return err
	}
	if !ok {
		r.full[p.ID] = true
		r.sum.Capped++
		return nil
	}
	if err := r.pace.take(ctx, r.Now, l.Segments); err != nil {
		return err
	}
	now := r.Now()
	left, ok := open(p, zone, now)
	if !ok || !now.Before(r.until) {
		r.sum.Quiet++
		return nil // still due
	}
	ops, err := moves(now)
	if err != nil {
		return err
	}
	posted, err := r.Messenger.Post(ctx, l, left, append(ops, spend)...)
	r.sum.Sent += posted.Taken
	r.sum.Held += posted.Held
	r.sum.Refused += posted.Over
	r.sum.Unclear += posted.Unclear
	if err != nil && !errors.Is(err, table.ErrConflict) {
		slog.ErrorContext(ctx, "a text could not be posted", "program", p.ID, "kind", int(fault.KindOf(err)))
	}
	return err
}

// occasion is what a due text is for.
func (r *run) occasion(ctx context.Context, t turn) (sms.Occasion, error) {
	o := sms.Occasion{
		Key: key(t.Invitation), Kind: t.Kind, Participant: t.who, Questionnaire: t.Questionnaire,
		Asked: t.schedule.Asked[t.Questionnaire].At,
	}
	if t.Kind != participant.Lesson {
		return o, nil
	}
	news, err := r.news(ctx, t.program)
	if err != nil || news.Number <= t.schedule.Told {
		return o, err
	}
	o.Words = tell(news, t.program, t.who.Language)
	return o, nil
}

// key names one text: who, to what, due when.
func key(i participant.Invitation) string {
	kind := string(i.Kind)
	if i.Kind == participant.Invite {
		kind = "invite"
	}
	return kind + ":" + i.Participant + ":" + i.Questionnaire + ":" + i.At.UTC().Format(time.RFC3339)
}

// after is what comes after a text that goes out now.
func (r *run) after(t turn, now time.Time) (out participant.Turn) {
	switch t.Kind {
	case participant.Lesson:
		out.Told = r.lessons[t.program.ID].Number
		out.Next = []participant.Due{{At: r.nextLesson(t), Kind: participant.Lesson}}
	case participant.Remind:
		out.Asked = t.schedule.Asked[t.Questionnaire]
		out.Asked.Reminded++
		out.Next = r.reminder(t, out.Asked, now, t.schedule.Next[t.Questionnaire])
	default:
		out.Asked = participant.Asked{At: now}
		next, ok := t.use.Next(t.who.Joined, now, t.zone)
		if ok {
			out.Next = []participant.Due{{At: next, Questionnaire: t.Questionnaire}}
		}
		out.Next = append(out.Next, r.reminder(t, out.Asked, now, next)...)
	}
	return out
}

// reminder is the next reminder of an invitation, unless there have been enough, or a new invitation comes first.
func (r *run) reminder(t turn, asked participant.Asked, now, next time.Time) []participant.Due {
	at := t.use.Later(now, t.use.Remind.AfterDays, t.zone)
	if asked.Reminded >= t.use.Remind.Most || !next.IsZero() && !at.Before(next) {
		return nil
	}
	return []participant.Due{{At: at, Questionnaire: t.Questionnaire, Kind: participant.Remind}}
}

// skip moves a text on by one turn without sending it: who says START again goes on being invited. A reminder has no
// other turn.
func (r *run) skip(ctx context.Context, t turn) error {
	now := r.Now()
	next, ok := t.use.Next(t.who.Joined, now, t.zone)
	switch {
	case t.Kind == participant.Remind:
		return r.drop(ctx, t)
	case t.Kind == participant.Lesson:
		next = r.nextLesson(t)
	case !ok: // an invitation for once waits
		next = t.use.Later(now, 7, t.zone)
	}
	return r.later(ctx, t, next, &r.sum.Skipped)
}

// unsettled looks after texts of before: what became of those that somebody claimed and didn't finish, and those that
// are to be tried again.
func (r *run) unsettled(ctx context.Context, shard int) error {
	for cursor := ""; ; {
		texts, next, err := r.Outbox.Unsettled(ctx, shard, r.Now(), cursor)
		if err != nil {
			return err
		}
		for _, t := range texts {
			if r.done(ctx) {
				return nil
			}
			r.note(r.settle(ctx, t))
		}
		if cursor = next; cursor == "" {
			return nil
		}
	}
}

func (r *run) settle(ctx context.Context, t sms.Text) error {
	p := r.Catalog.Program(t.Program)
	switch {
	case p == nil:
		r.sum.Unknown++
		return nil
	case r.full[p.ID] && t.State == sms.Held:
		r.sum.Capped++
		return nil
	}
	r.handled++
	again, err := r.Outbox.Settle(ctx, t)
	if err != nil || !again {
		return err
	}
	return r.again(ctx, t, p)
}

// again sends a text that was not taken or did not arrive once more.
func (r *run) again(ctx context.Context, t sms.Text, p *program.Program) error {
	who, err := r.Registry.Participant(ctx, t.Participant)
	if fault.KindOf(err) == fault.NotFound {
		return r.Outbox.Abandon(ctx, t)
	}
	if err != nil {
		return err
	}
	zone := p.Zone(who.Attributes)
	if _, ok := open(p, zone, r.Now()); !ok {
		r.sum.Quiet++
		return r.Outbox.Postpone(ctx, t, morning(p, zone, r.Now()))
	}
	letter, err := r.Messenger.Again(ctx, t, who)
	if out := []error{sms.ErrMoot, sms.ErrLeft, sms.ErrOptedOut, sms.ErrPaused, sms.ErrLost}; err != nil {
		for _, e := range out {
			if errors.Is(err, e) {
				r.sum.Dropped++
				return r.Outbox.Abandon(ctx, t)
			}
		}
		return err
	}
	if letter.Reach.Free(r.Now(), letter.Texts(), p.Outreach.PerWeek).After(r.Now()) {
		r.sum.Capped++
		return r.Outbox.Abandon(ctx, t)
	}
	return r.post(ctx, p, zone, letter, func(time.Time) ([]table.Op, error) { return nil, nil })
}
