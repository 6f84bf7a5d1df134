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
		if err := s.Registry.SetStopped(ctx, number, false, e.At); err != nil {
			return err
		}
		return s.Registry.Pause(ctx, number, time.Time{})
	case conversation.Pause:
		return s.Registry.Pause(ctx, number, e.At.Add(conversation.Pausing))
	case conversation.Lessons, conversation.NoLessons:
		return s.lessons(ctx, number, e)
	case conversation.Speak:
		return s.speak(ctx, number, e)
	case conversation.Alert:
		return s.alert(ctx, e)
	case conversation.Link:
		return s.Links.Ask(ctx, e.Key, personal.Link{
			Program: e.Program, Questionnaire: e.Questionnaire, Version: e.Version, Item: e.Item, Language: e.Language, Text: e.Text,
			Conversation: r.pseudonym,
		})
	case conversation.LetGo:
		return s.Links.LetGo(ctx, e.Key, e.Text)
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
	q := s.Machine.Catalog.Questionnaire(e.Questionnaire, e.Version)
	for link, vs := range e.Answers {
		if i := q.Item(link); i != nil {
			i.Reseat(answers, answers[link], vs)
		}
		answers[link] = vs
	}
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
	enrolment.Due = participant.FirstDue(p, string(e.Role), e.Questionnaire, e.At, p.Zone(e.Attributes))
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

// lessons notes who wants to be told lessons. The first look for a new one is on the next day.
func (s *Service) lessons(ctx context.Context, number phi.Text, e conversation.Effect) error {
	p, err := s.participant(ctx, number, e.Program)
	if err != nil {
		return err
	}
	of := s.Machine.Catalog.Program(e.Program)
	if of == nil {
		return errNobody()
	}
	return s.Registry.SetLessons(ctx, p.ID, e.Kind == conversation.Lessons, of.Morning(e.At, 1, of.Zone(p.Attributes)))
}

func (s *Service) alert(ctx context.Context, e conversation.Effect) error {
	s.Log.WarnContext(ctx, "words of despair came by text: somebody should look after it", "program", e.Program, "sid", e.Key)
	if s.Alerter == nil {
		return nil
	}
	return s.Alerter.Alert(ctx, e.Program, e.Key)
}
