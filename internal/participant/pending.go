package participant

import (
	"context"
	"time"

	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/table"
)

// Registry keeps participants, contacts and consents in the people table.
type Registry struct {
	people table.Table
	keys   *phi.Keys
}

// New makes a registry.
func New(people table.Table, keys *phi.Keys) *Registry { return &Registry{people, keys} }

// ContactPseudonym is the contact's name for an E.164 number.
func (r *Registry) ContactPseudonym(number phi.Text) string {
	return r.keys.Pseudonym("contact", number.Reveal())
}

// ParticipantID is the id that enrolling under key gives.
func (r *Registry) ParticipantID(key string) string { return r.keys.Pseudonym("participant", key) }

// Enrol stores the participant, the consent record and the contact in one atomic write. The same Key again returns the
// stored participant and changes nothing. A number already enrolled in that program keeps its participant (rejoining), with a new consent record.
func (r *Registry) Enrol(ctx context.Context, e Enrolment) (Participant, error) { panic("pending") }

// Participant reads one; fault.NotFound when there is none.
func (r *Registry) Participant(ctx context.Context, id string) (Participant, error) { panic("pending") }

// Contact reads the contact of a number; ok is false when nobody enrolled with it or stopped it.
func (r *Registry) Contact(ctx context.Context, number phi.Text) (c Contact, ok bool, err error) {
	panic("pending")
}

// ContactOf reads a contact by pseudonym.
func (r *Registry) ContactOf(ctx context.Context, pseudonym string) (Contact, error) {
	panic("pending")
}

// SetStopped records STOP (true) or START (false) for a number, known or not. Idempotent.
func (r *Registry) SetStopped(ctx context.Context, number phi.Text, stopped bool, at time.Time) error {
	panic("pending")
}

// Consents lists the consent records of a participant, oldest first.
func (r *Registry) Consents(ctx context.Context, id string) ([]Consent, error) { panic("pending") }
