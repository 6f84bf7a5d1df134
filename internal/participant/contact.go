package participant

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/table"
)

// storedContact is a contact as stored: the number only as ciphertext, bound to the contact's pseudonym.
type storedContact struct {
	Number       []byte            `json:"number,omitempty"`
	Stopped      bool              `json:"stopped,omitempty"`
	StoppedAt    time.Time         `json:"stoppedAt,omitzero"`
	Participants map[string]string `json:"participants,omitempty"`

	pseudonym string
	version   int64 // 0: not stored yet
}

// ContactPseudonym is the contact's name for an E.164 number.
func (r *Registry) ContactPseudonym(number phi.Text) string {
	return r.keys.Pseudonym("contact", number.Reveal())
}

// Contact reads the contact of a number; ok is false when nobody enrolled with it or stopped it.
func (r *Registry) Contact(ctx context.Context, number phi.Text) (c Contact, ok bool, err error) {
	c, err = r.ContactOf(ctx, r.ContactPseudonym(number))
	if fault.KindOf(err) == fault.NotFound {
		return Contact{}, false, nil
	}
	return c, err == nil, err
}

// ContactOf reads a contact by pseudonym; fault.NotFound when there is none.
func (r *Registry) ContactOf(ctx context.Context, pseudonym string) (Contact, error) {
	s, err := r.storedContact(ctx, pseudonym)
	if err != nil {
		return Contact{}, err
	}
	if s.version == 0 || len(s.Number) == 0 {
		return Contact{}, fault.Wrap(fault.NotFound, table.ErrNotFound, "There is no such contact.")
	}
	number, err := r.keys.Open(contactPurpose(pseudonym), s.Number)
	if err != nil {
		return Contact{}, fmt.Errorf("participant: contact %s: %w", pseudonym, err)
	}
	return Contact{pseudonym, phi.Hide(string(number)), s.Stopped, s.Participants, s.version}, nil
}

// SetStopped records STOP (true) or START (false) for a number, known or not. Idempotent. A number that nobody enrolled
// with is kept only while it is stopped.
func (r *Registry) SetStopped(ctx context.Context, number phi.Text, stopped bool, at time.Time) error {
	if !wellFormed(number) {
		return fault.New(fault.Invalid, "That is not a phone number.", fault.Issue{Where: "number", Code: "wrong-form", Text: "This is not a phone number in international form."})
	}
	pseudonym := r.ContactPseudonym(number)
	err := table.Retry(ctx, func() error {
		s, err := r.storedContact(ctx, pseudonym)
		if err != nil || s.Stopped == stopped {
			return err
		}
		s.Stopped, s.StoppedAt = stopped, at.UTC()
		if !stopped && len(s.Participants) == 0 {
			// Emptied, not deleted: the next write's version must not be one that an earlier reader may still hold.
			s.Number, s.StoppedAt = nil, time.Time{}
		} else if err := r.seal(&s, number); err != nil {
			return err
		}
		op, err := put(contactKey(pseudonym), s.version, s)
		if err != nil {
			return err
		}
		return r.people.Write(ctx, op)
	})
	if err != nil {
		return fmt.Errorf("participant: stop or start contact %s: %w", pseudonym, err)
	}
	return nil
}

// Part parts a number from all who took part with it before a time, in one write: somebody else has the number. They go
// on being participants, with what they told, but nothing leads from the number to them, or from them to the number; their
// invitations are void. What was said of stopping stays with the number. Idempotent.
func (r *Registry) Part(ctx context.Context, number phi.Text, at time.Time) error {
	pseudonym := r.ContactPseudonym(number)
	err := table.Retry(ctx, func() error {
		s, err := r.storedContact(ctx, pseudonym)
		if err != nil || len(s.Participants) == 0 {
			return err
		}
		left := map[string]string{}
		var ops []table.Op
		for program, id := range s.Participants {
			p, version, err := r.participant(ctx, id)
			switch {
			case fault.KindOf(err) == fault.NotFound:
				continue
			case err != nil:
				return err
			case p.Joined.After(at):
				left[program] = id
				continue
			}
			p.Contact = ""
			op, err := putParticipant(p, version)
			if err != nil {
				return err
			}
			ops = append(ops, op)
		}
		if len(left) == len(s.Participants) {
			return nil
		}
		if s.Participants = left; len(left) == 0 && !s.Stopped {
			s.Number, s.StoppedAt = nil, time.Time{} // as in SetStopped
		}
		op, err := put(contactKey(pseudonym), s.version, s)
		if err != nil {
			return err
		}
		return r.people.Write(ctx, append(ops, op)...)
	})
	if err != nil {
		return fmt.Errorf("participant: part contact %s: %w", pseudonym, err)
	}
	return nil
}

// storedContact reads a contact; version 0 says that there is none.
func (r *Registry) storedContact(ctx context.Context, pseudonym string) (storedContact, error) {
	s := storedContact{pseudonym: pseudonym}
	if !isID(pseudonym) {
		return s, nil
	}
	item, err := r.people.Get(ctx, contactKey(pseudonym))
	if errors.Is(err, table.ErrNotFound) {
		return s, nil
	}
	if err != nil {
		return s, fmt.Errorf("participant: read contact %s: %w", pseudonym, err)
	}
	if err := json.Unmarshal(item.Body, &s); err != nil {
		return s, fmt.Errorf("participant: decode contact %s: %w", pseudonym, err)
	}
	s.version = item.Version
	return s, nil
}

// seal gives s the number, encrypted, unless it has it already.
func (r *Registry) seal(s *storedContact, number phi.Text) error {
	if len(s.Number) > 0 {
		return nil
	}
	sealed, err := r.keys.Seal(contactPurpose(s.pseudonym), []byte(number.Reveal()))
	if err != nil {
		return fmt.Errorf("participant: contact %s: %w", s.pseudonym, err)
	}
	s.Number = sealed
	return nil
}

func contactPurpose(pseudonym string) string { return "contact:" + pseudonym }

// wellFormed says whether a number looks like E.164: a plus sign and 7 to 15 digits, the first not zero.
func wellFormed(number phi.Text) bool {
	n := number.Reveal()
	if len(n) < 8 || len(n) > 16 || n[0] != '+' || n[1] == '0' {
		return false
	}
	for _, c := range n[1:] {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}
