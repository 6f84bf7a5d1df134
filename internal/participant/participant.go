// Package participant is who tells: identity, the contact vault, consent and its record, opting out, and the schedule of
// invitations.
package participant

import (
	"time"

	"github.com/tellback/tellback/internal/phi"
)

// Participant is someone who consented, known by a random id.
type Participant struct {
	ID         string            `json:"id"` // 26 characters of [a-z2-9]
	Program    string            `json:"program"`
	Role       string            `json:"role"` // patient or caregiver
	Language   string            `json:"language"`
	Attributes map[string]string `json:"attributes,omitempty"`
	Origin     string            `json:"origin"`            // known or open
	Contact    string            `json:"contact,omitempty"` // the contact's pseudonym; "" without one
	Joined     time.Time         `json:"joined"`
	Left       time.Time         `json:"left,omitzero"` // zero while taking part
	Synthetic  bool              `json:"synthetic,omitempty"`
	Lessons    bool              `json:"lessons,omitempty"` // asked to be told what everyone's answers showed
}

// Consent is the record of one act of consent.
type Consent struct {
	Program     string    `json:"program"`
	TextVersion string    `json:"textVersion"`
	Language    string    `json:"language"`
	Channel     string    `json:"channel"` // sms, web, api
	At          time.Time `json:"at"`
	Given       bool      `json:"given"`
}

// Contact is a phone number behind participants.
type Contact struct {
	Pseudonym    string            // keyed HMAC of the E.164 number
	Number       phi.Text          // E.164
	Stopped      bool              // said STOP: nothing may be sent
	Participants map[string]string // program → participant id

	version int64
}

// Due is one text to come.
type Due struct {
	At            time.Time
	Questionnaire string
	Kind          Kind
}

// Enrolment is what it takes to become a participant.
type Enrolment struct {
	// Key makes the enrolment idempotent: the participant's id is derived from it.
	Key        string
	Program    string
	Role       string
	Language   string
	Attributes map[string]string
	Origin     string
	Number     phi.Text // "" without a phone
	Consent    Consent
	At         time.Time
	Synthetic  bool
	// Due are the first invitations by text (see [FirstDue]); ignored without a phone. At most one per questionnaire.
	Due []Due
}
