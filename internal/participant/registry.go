package participant

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/table"
)

// Registry keeps participants, contacts, consents and schedules in the people table. It is safe for concurrent use.
type Registry struct {
	people table.Table
	keys   *phi.Keys
}

// New makes a registry.
func New(people table.Table, keys *phi.Keys) *Registry { return &Registry{people, keys} }

// ParticipantID is the id that enrolling under key gives.
func (r *Registry) ParticipantID(key string) string { return r.keys.Pseudonym("participant", key) }

// Participant reads one; fault.NotFound when there is none.
func (r *Registry) Participant(ctx context.Context, id string) (Participant, error) {
	p, _, err := r.participant(ctx, id)
	return p, err
}

// participant reads one with its version.
func (r *Registry) participant(ctx context.Context, id string) (Participant, int64, error) {
	var p Participant
	if !isID(id) {
		return p, 0, errNoParticipant(table.ErrNotFound)
	}
	item, err := r.people.Get(ctx, participantKey(id))
	if errors.Is(err, table.ErrNotFound) {
		return p, 0, errNoParticipant(err)
	}
	if err != nil {
		return p, 0, fmt.Errorf("participant: read %s: %w", id, err)
	}
	if err := json.Unmarshal(item.Body, &p); err != nil {
		return Participant{}, 0, fmt.Errorf("participant: decode %s: %w", id, err)
	}
	return p, item.Version, nil
}

// isID keeps what can't be an id, and may come from outside, away from the table.
func isID(id string) bool {
	for _, c := range []byte(id) {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return false
		}
	}
	return id != "" && len(id) <= maxWord
}

func errNoParticipant(cause error) error {
	return fault.Wrap(fault.NotFound, cause, "There is no such participant.")
}

// Update changes a participant by compare-and-swap: change sees the stored participant and may run more than once. Who
// somebody is (ID, Program, Contact, Origin, Joined) can't be changed. A change that changes nothing writes nothing.
func (r *Registry) Update(ctx context.Context, id string, change func(*Participant)) (Participant, error) {
	var out Participant
	err := table.Retry(ctx, func() error {
		before, version, err := r.participant(ctx, id)
		if err != nil {
			return err
		}
		out = before
		out.Attributes = copied(before.Attributes)
		change(&out)
		out.ID, out.Program, out.Contact = before.ID, before.Program, before.Contact
		out.Origin, out.Joined, out.Synthetic = before.Origin, before.Joined, before.Synthetic
		if same(before, out) {
			return nil
		}
		op, err := putParticipant(out, version)
		if err != nil {
			return err
		}
		return r.people.Write(ctx, op)
	})
	if err != nil {
		return Participant{}, fmt.Errorf("participant: update %s: %w", id, err)
	}
	return out, nil
}

// Consents lists the consent records of a participant, oldest first.
func (r *Registry) Consents(ctx context.Context, id string) ([]Consent, error) {
	stored, err := r.consents(ctx, id)
	if err != nil {
		return nil, err
	}
	var out []Consent
	for _, s := range stored {
		out = append(out, s.Consent)
	}
	return out, nil
}

// storedConsent is a consent record as stored. Enrolment is a pseudonym of the enrolment's key: by it, a repeated
// rejoining recognises itself.
type storedConsent struct {
	Consent
	Enrolment string `json:"enrolment"`

	sort string
}

func (r *Registry) consents(ctx context.Context, id string) ([]storedConsent, error) {
	if !isID(id) {
		return nil, nil
	}
	var out []storedConsent
	q := table.Query{Partition: partition(id), Prefix: consentPrefix}
	for {
		page, err := r.people.Query(ctx, q)
		if err != nil {
			return nil, fmt.Errorf("participant: consents of %s: %w", id, err)
		}
		for _, item := range page.Items {
			s := storedConsent{sort: item.Sort}
			if err := json.Unmarshal(item.Body, &s); err != nil {
				return nil, fmt.Errorf("participant: decode a consent of %s: %w", id, err)
			}
			out = append(out, s)
		}
		if page.Next == "" {
			return out, nil
		}
		q.Cursor = page.Next
	}
}

func same(a, b Participant) bool {
	if !a.Joined.Equal(b.Joined) || !a.Left.Equal(b.Left) || len(a.Attributes) != len(b.Attributes) {
		return false
	}
	a.Joined, a.Left = b.Joined, b.Left
	if len(a.Attributes) == 0 {
		a.Attributes, b.Attributes = nil, nil
	}
	return reflect.DeepEqual(a, b)
}

func copied[V any](m map[string]V) map[string]V {
	if m == nil {
		return nil
	}
	out := make(map[string]V, len(m))
	for k, v := range m {
		out[k] = v
	}
	return out
}
