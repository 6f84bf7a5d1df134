package sms

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/participant"
	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/report"
	"github.com/tellback/tellback/internal/table"
)

// Posted is what became of a letter, text by text.
type Posted struct {
	Taken   int // the gateway has them
	Held    int // it has not, and they will be tried again
	Over    int // it has not, and never will
	Unclear int // nobody knows yet
}

// Post claims a letter, in one write together with the also operations, and hands it to the gateway. table.ErrConflict
// says that something it rests on has changed (a STOP, an answer, another claim): then nothing at all has happened. Of
// any other error, and of a crash, only this is sure: no text was handed over that isn't claimed, and nobody hands over
// what is claimed before they have asked the gateway for it.
func (s *Service) Post(ctx context.Context, l *Letter, valid time.Duration, also ...table.Op) (p Posted, err error) {
	now := s.Now().UTC()
	l.texts = slices.Clone(l.texts) // a copy of a letter is posted like another's
	ops := append(slices.Clip(l.ops), also...)
	ops = append(ops, l.Number.Unchanged())
	reach, err := l.Reach.Send(now, len(l.texts))
	if err != nil {
		return p, err
	}
	ops = append(ops, reach)
	for n, old := range l.texts {
		t := old
		t.State, t.Try, t.At, t.Look = Claimed, old.Try+1, now, now.Add(Lease)
		t.SID, t.Status, t.Code = "", "", ""
		if t.First.IsZero() {
			t.First = now
		}
		put, err := t.put(old)
		if err != nil {
			return p, err
		}
		t.Look = t.Look.Truncate(time.Second)
		t.version = old.version + 1
		l.texts[n], ops = t, append(ops, put...)
	}
	if err := s.People.Write(ctx, ops...); err != nil {
		return p, err
	}
	if r := l.opened; r != nil { // a link leads to its page before it is texted
		r.version, r.done, r.left = r.version+1, false, false
		if err := s.settle(ctx, r); err != nil {
			p.Unclear = len(l.texts)
			return p, err
		}
	}
	var errs []error
	for n, t := range l.texts {
		state, err := s.hand(ctx, t, l.Number.Number, l.bodies[n], valid, l.invited)
		errs = append(errs, err)
		switch {
		case err != nil || state == Claimed:
			p.Unclear++
		case state == TakenOn:
			p.Taken++
		case state == Held:
			p.Held++
		default:
			p.Over++
		}
	}
	return p, errors.Join(errs...)
}

// hand hands a claimed text to the gateway, and notes what came of it. Claimed is the answer when nobody knows.
func (s *Service) hand(ctx context.Context, t Text, to phi.Text, body string, valid time.Duration, invited *report.Draft) (State, error) {
	sid, err := s.Dispatcher.Dispatch(ctx, Outgoing{To: to, Body: body, Ref: t.ref(), Valid: valid})
	var refusal *Refusal
	switch {
	case err == nil:
		s.note(ctx, nil, []string{body})
		return TakenOn, s.took(ctx, t, sid, invited)
	case errors.Is(err, ErrOptedOut):
		if err := s.optedOut(ctx, to); err != nil {
			return Claimed, err
		}
		return s.refuse(ctx, t, &Refusal{Code: OptedOut})
	case errors.As(err, &refusal):
		return s.refuse(ctx, t, refusal)
	}
	s.Log.WarnContext(ctx, "it is not clear whether a text was taken", "participant", t.Participant, "error", err)
	return Claimed, nil
}

// took notes that the gateway has a text. Whatever receipts have said in the meantime stays.
func (s *Service) took(ctx context.Context, t Text, sid string, invited *report.Draft) error {
	if invited != nil {
		if err := s.Desk.Reached(ctx, report.Invited, *invited); err != nil {
			return err
		}
	}
	_, err := s.change(ctx, t.ID, func(now *Text) bool {
		if now.Try != t.Try || now.State != Claimed {
			return false
		}
		now.SID, now.State, now.Look = sid, TakenOn, time.Time{}
		if failed(now.Status) { // its receipt overtook us
			now.come(now.Status, now.Code)
		}
		return true
	})
	return err
}

// refuse notes that a text was not taken, and what that says of its number.
func (s *Service) refuse(ctx context.Context, t Text, r *Refusal) (State, error) {
	if lost(r.Code) {
		if err := s.Registry.Failing(ctx, t.Contact, r.Code, true, t.At); err != nil {
			return Claimed, err
		}
	}
	after, err := s.change(ctx, t.ID, func(now *Text) bool {
		if now.Try != t.Try || now.State != Claimed {
			return false
		}
		now.Code = r.Code
		now.giveBack(r.Passing)
		return true
	})
	if err != nil {
		return Claimed, err
	}
	s.Log.WarnContext(ctx, "a text was refused", "participant", t.Participant, "kind", number(r.Code))
	return after.State, nil
}

// giveBack is what a text is after a try that came to nothing: held for another one, or over.
func (t *Text) giveBack(passing bool) {
	t.State, t.Look = Over, time.Time{}
	if passing && t.Try < tries {
		t.State, t.Look = Held, t.At.Add(backoff(t.Try)).Truncate(time.Second)
	}
}

// Settle looks after a text about which something was to be done by now. again says that it was not taken, or did not
// arrive, and may be posted again.
func (s *Service) Settle(ctx context.Context, t Text) (again bool, err error) {
	if t.State != Claimed {
		return t.State == Held, nil
	}
	p, err := s.Registry.Participant(ctx, t.Participant)
	if err != nil {
		return false, err
	}
	sid := t.SID // a receipt has told
	if sid == "" {
		c, err := s.Registry.ContactOf(ctx, t.Contact)
		if fault.KindOf(err) == fault.NotFound { // the number leads nowhere any more
			return false, s.Abandon(ctx, t)
		}
		if err != nil {
			return false, err
		}
		if sid, err = s.sought(ctx, t, c.Number); err != nil {
			return false, err
		}
	}
	if sid == "" { // its time comes as that of any other that is held
		_, err := s.change(ctx, t.ID, func(now *Text) bool {
			if now.Try != t.Try || now.State != Claimed || now.SID != "" {
				return false
			}
			now.giveBack(true)
			return true
		})
		return false, err
	}
	var invited *report.Draft
	if t.Kind == participant.Invite {
		invited = s.stage(Occasion{Key: t.Key, Participant: p, Questionnaire: t.Questionnaire}, t.At)
	}
	return false, s.took(ctx, t, sid, invited)
}

// sought looks for a text in the gateway's own list; "" says that it is not there.
func (s *Service) sought(ctx context.Context, t Text, to phi.Text) (sid string, err error) {
	body, err := s.Keys.Open("text:"+t.ID, t.Words)
	if err != nil {
		return "", err
	}
	went, err := s.Journal.Sent(ctx, to, t.At.Truncate(time.Second))
	if err != nil {
		return "", err
	}
	if n := find(went, string(body)); n >= 0 {
		return went[n].SID, nil
	}
	return "", nil
}

// Abandon gives up a text that is still as it was.
func (s *Service) Abandon(ctx context.Context, t Text) error {
	_, err := s.change(ctx, t.ID, func(now *Text) bool {
		if now.State != t.State || now.Try != t.Try {
			return false
		}
		now.State, now.Look = Over, time.Time{}
		return true
	})
	return err
}

// Postpone moves another try of a text to a later time.
func (s *Service) Postpone(ctx context.Context, t Text, to time.Time) error {
	_, err := s.change(ctx, t.ID, func(now *Text) bool {
		if now.State != Held || now.Try != t.Try || !to.After(now.Look) {
			return false
		}
		now.Look = to.UTC().Truncate(time.Second)
		return true
	})
	return err
}
