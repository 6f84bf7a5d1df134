package sms

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/tellback/tellback/internal/conversation"
	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/participant"
	"github.com/tellback/tellback/internal/personal"
	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/report"
	"github.com/tellback/tellback/internal/table"
	"github.com/tellback/tellback/internal/words"
)

// settle carries out the outbox, in order. Each effect is idempotent, so the outbox isn't cleared when it is done (that
// would cost a write a text): the next write replaces it, and until then it may be carried out again. Only what must
// not be repeated (an alert; a correction, after which the report may be corrected elsewhere) and what would fail for ever are cleared at once.
func (s *Service) settle(ctx context.Context, r *record) error {
	if r.done || len(r.Outbox) == 0 {
		return nil
	}
	var refused []conversation.Effect
	once, failed := false, false
	for _, e := range r.Outbox {
		err := s.do(ctx, r, e)
		switch {
		case err == nil:
			once = once || e.Kind == conversation.Alert || e.Kind == conversation.Correct
		case e.Kind == conversation.Alert: // the person's reply must not wait for it; the next text tries again
			s.Log.ErrorContext(ctx, "an alert could not be given", "sid", e.Key, "program", e.Program, "error", err)
			failed = true
		case hopeless(err):
			s.Log.ErrorContext(ctx, "an effect of a text was refused and dropped", "sid", e.Key, "program", e.Program,
				"questionnaire", e.Questionnaire, "kind", string(e.Kind))
			refused = append(refused, e)
			if fault.KindOf(err) == fault.NotFound { // they left by another way
				r.Session = r.Session.Without(e.Program)
			}
		default:
			return fmt.Errorf("sms: %s for conversation %s: %w", e.Kind, r.pseudonym, err)
		}
	}
	r.done = true
	if len(refused) == 0 && (!once || failed) {
		return nil
	}
	return s.close(ctx, r, refused)
}

// close empties the outbox at once, and sees to it that the person learns what could not be kept: it replaces the reply,
// which promised too much. (If the outbox was left by a crash, that reply has not been given yet.)
func (s *Service) close(ctx context.Context, r *record, refused []conversation.Effect) error {
	r.Outbox = nil
	for _, e := range refused {
		if e.Kind != conversation.Tell && e.Kind != conversation.Enrol && e.Kind != conversation.Correct {
			continue
		}
		if n := len(r.Recent) - 1; n >= 0 {
			r.Recent[n].Replies = []string{s.sorry(r.Session, e)}
		}
	}
	return s.store(ctx, r)
}

func (s *Service) sorry(session conversation.Session, e conversation.Effect) string {
	help := ""
	if p := s.Machine.Catalog.Program(e.Program); p != nil {
		help = p.Help.In(session.Language)
	}
	return words.Text(session.Language, "sms.not-kept", "help", help)
}

// hopeless says whether trying again can't help.
func hopeless(err error) bool {
	switch fault.KindOf(err) {
	case fault.Invalid, fault.TooLarge, fault.NotFound, fault.Malformed:
		return true
	}
	return errors.Is(err, table.ErrTooLarge)
}

func (s *Service) do(ctx context.Context, r *record, e conversation.Effect) error {
	number := r.number
	switch e.Kind {
	case conversation.Enrol:
		return s.enrol(ctx, number, r.pseudonym, e)
	case conversation.Tell:
		if r.left { // to look costs one read; a write that finds the report there costs what storing it did
			told, err := s.Desk.Has(ctx, e.Key)
			if err != nil {
				return err
			}
			if told {
				return s.letGo(ctx, e)
			}
		}
		draft, err := s.draft(ctx, number, e)
		if err != nil {
			return err
		}
		if len(e.Sent) > 0 {
			return s.tellWithFiles(ctx, draft, e)
		}
		_, _, err = s.Desk.Submit(ctx, draft)
		return err
	case conversation.Correct:
		return s.correct(ctx, e)
	case conversation.Started:
		draft, err := s.draft(ctx, number, e)
		if err != nil {
			return err
		}
		return s.Desk.Reached(ctx, report.Started, draft)
	case conversation.Stop:
		return s.Registry.SetStopped(ctx, number, true, e.At)
	case conversation.Part:
		return s.Registry.Part(ctx, number, e.At)
	case conversation.Resume:
		return s.Registry.SetStopped(ctx, number, false, e.At)
	case conversation.Speak:
		return s.speak(ctx, number, e)
	case conversation.Alert:
		return s.alert(ctx, e)
	case conversation.Link:
		return s.Links.Ask(ctx, e.Key, personal.Link{
			Program: e.Program, Questionnaire: e.Questionnaire, Version: e.Version, Item: e.Item, Language: e.Language, Text: e.Text,
			Conversation: r.pseudonym,
		})
	case conversation.Unlink:
		return s.Links.Close(ctx, e.Key)
	}
	return fault.New(fault.Invalid, "There is no such effect.")
}

// correct changes single answers of a report, as it stands now: it may have been corrected behind its link in the meantime.
func (s *Service) correct(ctx context.Context, e conversation.Effect) error {
	receipt := s.Desk.ReceiptFor(e.Report)
	r, err := s.Desk.Read(ctx, receipt)
	if fault.KindOf(err) == fault.NotFound || err == nil && r.Status == report.Withdrawn {
		return fault.New(fault.Invalid, "This report is no longer there.")
	}
	if err != nil {
		return err
	}
	answers := maps.Clone(r.Answers.Reveal())
	maps.Copy(answers, e.Answers)
	_, err = s.Desk.Correct(ctx, receipt, r.Revision, phi.Hide(answers), e.At, nil)
	switch fault.KindOf(err) {
	case fault.Conflict: // somebody was faster; the sender's retry looks again
		return fault.Wrap(fault.Unavailable, err, "This report is being changed elsewhere. Please try again in a moment.")
	case fault.TooMany:
		return fault.Wrap(fault.Invalid, err, "This report was changed too many times.")
	}
	return err
}

func (s *Service) enrol(ctx context.Context, number phi.Text, pseudonym string, e conversation.Effect) error {
	p := s.Machine.Catalog.Program(e.Program)
	if p == nil || e.Consent == nil {
		return fault.New(fault.Invalid, "There is no such program.")
	}
	enrolment := participant.Enrolment{
		Key: "sms:" + pseudonym + ":" + e.Program + ":" + e.Consent.Key, Program: e.Program, Role: string(e.Role), Language: e.Language,
		Attributes: e.Attributes, Origin: string(report.Known), Number: number, At: e.At,
		Consent: participant.Consent{
			Program: e.Program, TextVersion: e.Consent.Version, Language: e.Language, Channel: string(report.SMS), At: e.Consent.At, Given: true,
		},
	}
	for _, d := range participant.FirstDue(p, string(e.Role), e.At) {
		if d.Questionnaire == e.Questionnaire { // asked just now: the next time is one round later
			_, use := s.Machine.Catalog.Used(p, d.Questionnaire)
			if use == nil || use.EveryDays == 0 {
				continue
			}
			d.At = participant.TextingHour(p, e.At, use.EveryDays)
		}
		enrolment.Due = append(enrolment.Due, d)
	}
	_, err := s.Registry.Enrol(ctx, enrolment)
	return err
}

// draft is a report as intake takes it, of the participant that the number is in the effect's program.
func (s *Service) draft(ctx context.Context, number phi.Text, e conversation.Effect) (report.Draft, error) {
	p, err := s.participant(ctx, number, e.Program)
	if err != nil {
		return report.Draft{}, err
	}
	return report.Draft{
		Key: e.Key, Program: e.Program, Questionnaire: e.Questionnaire, Version: e.Version, Participant: p.ID,
		Perspective: report.Self, Role: string(e.Role), Channel: report.SMS, Origin: report.Known,
		Language: e.Language, Answers: phi.Hide(e.Answers), Attributes: e.Attributes, At: e.At, Synthetic: p.Synthetic,
	}, nil
}

// participant is who the number is in a program; fault.NotFound when it takes no part.
func (s *Service) participant(ctx context.Context, number phi.Text, programID string) (participant.Participant, error) {
	c, ok, err := s.Registry.Contact(ctx, number)
	if err != nil {
		return participant.Participant{}, err
	}
	id := c.Participants[programID]
	if !ok || id == "" {
		return participant.Participant{}, errNobody()
	}
	p, err := s.Registry.Participant(ctx, id)
	if err == nil && !p.Left.IsZero() {
		return participant.Participant{}, errNobody()
	}
	return p, err
}

func errNobody() error { return fault.New(fault.NotFound, "There is no such participant.") }

func (s *Service) speak(ctx context.Context, number phi.Text, e conversation.Effect) error {
	p, err := s.participant(ctx, number, e.Program)
	if err != nil {
		return err
	}
	_, err = s.Registry.Update(ctx, p.ID, func(p *participant.Participant) { p.Language = e.Language })
	return err
}

func (s *Service) alert(ctx context.Context, e conversation.Effect) error {
	s.Log.WarnContext(ctx, "words of despair came by text: somebody should look after it", "program", e.Program, "sid", e.Key)
	if s.Alerter == nil {
		return nil
	}
	return s.Alerter.Alert(ctx, e.Program, e.Key)
}

// Invite begins a questionnaire with a participant and texts its first question. It refuses with [ErrOptedOut],
// [ErrBusy] or [ErrLeft], having changed nothing. A key is sent at most once: after an error in sending, the same key
// again sends nothing and gives nil.
func (s *Service) Invite(ctx context.Context, participantID, questionnaireID, key string) error {
	p, err := s.Registry.Participant(ctx, participantID)
	if err != nil {
		return err
	}
	if !p.Left.IsZero() || p.Contact == "" {
		return ErrLeft
	}
	c, err := s.Registry.ContactOf(ctx, p.Contact)
	if err != nil {
		return err
	}
	if c.Stopped {
		return ErrOptedOut
	}
	body, now, err := s.beginInvitation(ctx, p, c.Number, questionnaireID, key)
	if err != nil || len(body) == 0 {
		return err
	}
	for _, text := range body {
		if _, err := s.Sender.Send(ctx, c.Number, text); err != nil {
			if errors.Is(err, ErrOptedOut) {
				return errors.Join(ErrOptedOut, s.optedOut(ctx, c.Number))
			}
			return fmt.Errorf("sms: invite participant %s: %w", p.ID, err)
		}
		s.note(ctx, nil, []string{text})
	}
	return s.Desk.Reached(ctx, report.Invited, report.Draft{
		Key: "sms:invite:" + key, Program: p.Program, Questionnaire: questionnaireID, Participant: p.ID,
		Perspective: report.Self, Role: p.Role, Channel: report.SMS, Origin: report.Known, Language: p.Language,
		Attributes: p.Attributes, At: now, Synthetic: p.Synthetic,
	})
}

// Free says whether an invitation to the questionnaire could begin now: not while another one is being answered. It
// changes nothing. Who can't be texted at all counts as free: [Service.Invite] says why.
func (s *Service) Free(ctx context.Context, participantID, questionnaireID string) (bool, error) {
	p, err := s.Registry.Participant(ctx, participantID)
	if err != nil {
		return false, err
	}
	if !p.Left.IsZero() || p.Contact == "" {
		return true, nil
	}
	c, err := s.Registry.ContactOf(ctx, p.Contact)
	if err != nil || c.Stopped {
		return err == nil, err
	}
	r, err := s.load(ctx, c.Number)
	if err != nil {
		return false, err
	}
	_, free := s.Machine.Invite(r.Session, p.Program, questionnaireID, "", s.Now())
	return free, nil
}

// beginInvitation notes the key and opens the questionnaire in one write, before anything is sent; no texts when the key
// was used before.
func (s *Service) beginInvitation(ctx context.Context, p participant.Participant, number phi.Text, questionnaireID, key string) ([]string, time.Time, error) {
	for n := range attempts {
		r, err := s.load(ctx, number)
		if err != nil {
			return nil, time.Time{}, err
		}
		if r.invited(key) {
			return nil, time.Time{}, nil
		}
		if r.Session.Stopped {
			return nil, time.Time{}, ErrOptedOut
		}
		if err := s.settle(ctx, r); err != nil {
			return nil, time.Time{}, err
		}
		now := s.Now()
		out, ok := s.Machine.Invite(r.Session, p.Program, questionnaireID, key, now)
		if !ok {
			return nil, time.Time{}, ErrBusy
		}
		r.Session, r.Outbox = out.Session, out.Effects
		r.invite(key)
		err = s.store(ctx, r)
		if err == nil {
			return out.Replies, now, s.settle(ctx, r) // a link leads to its page before it is texted
		}
		if !errors.Is(err, table.ErrConflict) {
			return nil, time.Time{}, err
		}
		if err := s.pause(ctx, n); err != nil {
			return nil, time.Time{}, err
		}
	}
	return nil, time.Time{}, errCrowded()
}
