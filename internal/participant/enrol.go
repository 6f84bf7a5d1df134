package participant

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/table"
)

// Enrol stores the participant, the consent record, the contact and the first invitations in one atomic write. The same
// Key again returns the stored participant and changes nothing. A number already enrolled in that program keeps its
// participant: rejoining adds a consent record, takes over role, language and attributes, and, after leaving, starts the
// invitations anew. It does not lift a STOP: only START does ([Registry.SetStopped]).
func (r *Registry) Enrol(ctx context.Context, e Enrolment) (Participant, error) {
	if issues := e.check(); len(issues) > 0 {
		return Participant{}, fault.New(fault.Invalid, "Some of what is needed to take part is missing or wrong.", issues...)
	}
	e.Consent.Program = e.Program
	if e.Consent.At.IsZero() {
		e.Consent.At = e.At
	}
	id := r.ParticipantID(e.Key)
	var out Participant
	err := table.Retry(ctx, func() (err error) {
		out, err = r.enrol(ctx, id, e)
		return err
	})
	if err != nil {
		return Participant{}, fmt.Errorf("participant: enrol %s: %w", id, err)
	}
	return out, nil
}

// enrol tries once; ErrConflict says that somebody enrolled the same number or stopped it in between.
func (r *Registry) enrol(ctx context.Context, id string, e Enrolment) (Participant, error) {
	var contact storedContact
	if e.Number.Reveal() != "" {
		var err error
		if contact, err = r.storedContact(ctx, r.ContactPseudonym(e.Number)); err != nil {
			return Participant{}, err
		}
		if known := contact.Participants[e.Program]; known != "" {
			p, version, err := r.participant(ctx, known)
			if err == nil {
				return r.rejoin(ctx, p, version, e)
			}
			if fault.KindOf(err) != fault.NotFound {
				return Participant{}, err
			} // a contact whose participant is gone enrols anew
		}
	}
	p := Participant{
		ID: id, Program: e.Program, Role: e.Role, Language: e.Language, Attributes: copied(e.Attributes),
		Origin: e.Origin, Contact: contact.pseudonym, Joined: e.At.UTC(), Synthetic: e.Synthetic,
	}
	ops, err := r.joining(p, contact, e)
	if err != nil {
		return Participant{}, err
	}
	err = r.people.Write(ctx, ops...)
	if errors.Is(err, table.ErrConflict) {
		// Either our own write of before, its reply lost, or somebody else's of the same number.
		stored, _, again := r.participant(ctx, id)
		if again == nil {
			return stored, nil
		}
		if fault.KindOf(again) != fault.NotFound {
			return Participant{}, again
		}
	}
	return p, err
}

// joining is the one write that makes p a participant.
func (r *Registry) joining(p Participant, contact storedContact, e Enrolment) ([]table.Op, error) {
	person, err := putParticipant(p, 0)
	if err != nil {
		return nil, err
	}
	consent, err := putConsent(p.ID, storedConsent{
		Consent: e.Consent, Enrolment: r.enrolment(e), sort: consentSort(e.Consent.At, nil),
	})
	if err != nil {
		return nil, err
	}
	ops := []table.Op{person, consent}
	if contact.pseudonym == "" {
		return ops, nil
	}
	if err := r.seal(&contact, e.Number); err != nil {
		return nil, err
	}
	contact.Participants = copied(contact.Participants)
	if contact.Participants == nil {
		contact.Participants = map[string]string{}
	}
	contact.Participants[e.Program] = p.ID
	reached, err := put(contactKey(contact.pseudonym), contact.version, contact)
	if err != nil {
		return nil, err
	}
	ops = append(ops, reached)
	if len(e.Due) == 0 {
		return ops, nil
	}
	schedule := Schedule{Next: map[string]time.Time{}}
	for _, d := range e.Due {
		op, err := putDue(p.ID, p.Program, d, 0)
		if err != nil {
			return nil, err
		}
		schedule.Next[d.name()] = whole(d.At)
		ops = append(ops, op)
	}
	op, err := put(scheduleKey(p.ID), 0, schedule)
	return append(ops, op), err
}

// rejoin records another consent of somebody who is or was a participant, unless the consent is of this very enrolment:
// then it is a repetition, however long after.
func (r *Registry) rejoin(ctx context.Context, p Participant, version int64, e Enrolment) (Participant, error) {
	consents, err := r.consents(ctx, p.ID)
	if err != nil {
		return Participant{}, err
	}
	own := r.enrolment(e)
	for _, c := range consents {
		if c.Enrolment == own {
			return p, nil
		}
	}
	consent, err := putConsent(p.ID, storedConsent{Consent: e.Consent, Enrolment: own, sort: consentSort(e.Consent.At, consents)})
	if err != nil {
		return Participant{}, err
	}
	ops := []table.Op{consent}
	if !p.Left.IsZero() {
		restart, err := r.restart(ctx, p, e.Due)
		if err != nil {
			return Participant{}, err
		}
		ops = append(ops, restart...)
	}
	if !p.Left.IsZero() {
		p.Lessons = false // what they asked for ended when they left
	}
	p.Left, p.Role, p.Language = time.Time{}, e.Role, e.Language
	if len(e.Attributes) > 0 {
		p.Attributes = copied(e.Attributes)
	}
	person, err := putParticipant(p, version)
	if err != nil {
		return Participant{}, err
	}
	// The participant is written even when nothing about it changed, so that of two rejoinings one is retried.
	return p, r.people.Write(ctx, append(ops, person)...)
}

// enrolment is how a consent record remembers the enrolment that it is of.
func (r *Registry) enrolment(e Enrolment) string { return r.keys.Pseudonym("enrolment", e.Key) }

// The most that an enrolment may carry.
const (
	maxDue        = 32
	maxAttributes = 10
	maxWord       = 64 // bytes of an id, a code or a language tag
)

func (e Enrolment) check() []fault.Issue {
	var issues []fault.Issue
	wrong := func(bad bool, where, code, text string) {
		if bad {
			issues = append(issues, fault.Issue{Where: where, Code: code, Text: text})
		}
	}
	wrong(e.Key == "" || len(e.Key) > 1024, "key", "required", "The enrolment needs a key of at most 1,024 bytes.")
	wrong(e.Program == "" || len(e.Program) > maxWord, "program", "required", "Name the program.")
	wrong(e.Role != "patient" && e.Role != "caregiver", "role", "unknown-option", "The role is patient or caregiver.")
	wrong(e.Language == "" || len(e.Language) > maxWord, "language", "required", "Name the language.")
	wrong(e.Origin != "known" && e.Origin != "open", "origin", "unknown-option", "The origin is known or open.")
	wrong(e.Number.Reveal() != "" && !wellFormed(e.Number), "number", "wrong-form", "This is not a phone number in international form.")
	wrong(!e.Consent.Given, "consent", "required", "Nobody takes part without consent.")
	wrong(e.At.IsZero(), "at", "required", "Say when.")
	wrong(len(e.Attributes) > maxAttributes, "attributes", "too-many", "There are too many attributes.")
	for k, v := range e.Attributes {
		wrong(k == "" || len(k) > maxWord || len(v) > maxWord, "attributes", "too-long", "An attribute is too long.")
	}
	wrong(len(e.Due) > maxDue, "due", "too-many", "There are too many first invitations.")
	named := map[string]bool{}
	for _, d := range e.Due {
		wrong(d.Questionnaire == "" || len(d.Questionnaire) > maxWord || d.At.IsZero() || named[d.Questionnaire],
			"due", "wrong-form", "Each first invitation has a time and a questionnaire of its own.")
		named[d.Questionnaire] = true
	}
	return issues
}
