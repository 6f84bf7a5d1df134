// Package report is what a person tells: a draft as a channel hands it in, the immutable report that it becomes, and the
// standing that counts for its period.
package report

import (
	"time"

	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/questionnaire"
)

// Perspective says whose experience an answer is. The two are never pooled.
type Perspective string

// The perspectives.
const (
	Self  Perspective = "self"
	Proxy Perspective = "proxy" // somebody else answers about a patient
)

// Channel is the way by which a report came.
type Channel string

// The channels.
const (
	SMS Channel = "sms"
	Web Channel = "web"
	API Channel = "api"
)

// Origin says how far we know that two reports are of two people.
type Origin string

// The origins.
const (
	Known Origin = "known" // an enrolled participant: a texting number, a personal link, a client's subject
	Open  Origin = "open"  // an open web form: every submission is a participant of its own
)

// Relations that a caregiver may have to the patient.
var Relations = []string{"partner", "parent", "child", "relative", "friend", "professional", "other"}

// MaxAbout is how long a caregiver's word for the patient may be, in characters.
const MaxAbout = 60

// Reference begins an About that is a system's own reference to the patient, no word of a person's: it keeps patients apart
// and is shown to nobody.
const Reference = "ref:"

// Draft is a report as a channel hands it to intake, which judges its shape by the tags.
type Draft struct {
	// Key is what the sender retries with, unique within the installation: "sms:" + MessageSid + ":0", "web:" + submission id,
	// "api:" + client + ":" + Idempotency-Key. The report's id and receipt are derived from it.
	Key           string                           `validate:"required,max=300"`
	Program       string                           `validate:"required,max=32"`
	Questionnaire string                           `validate:"required,max=64"`
	Version       string                           `validate:"max=32"` // empty: the program's
	Participant   string                           `validate:"required,max=64,alphanum"`
	Perspective   Perspective                      `validate:"oneof=self proxy"`
	Relation      string                           `validate:"required_if=Perspective proxy,omitempty,oneof=partner parent child relative friend professional other"`
	About         phi.Text                         `validate:"-"` // proxy: whom it is about, in the caregiver's word (a first name); at most 60 characters
	Role          string                           `validate:"oneof=patient caregiver"`
	Channel       Channel                          `validate:"oneof=sms web api"`
	Origin        Origin                           `validate:"oneof=known open"`
	Language      string                           `validate:"required,max=35,bcp47_language_tag"`
	Answers       phi.Value[questionnaire.Answers] `validate:"-"`
	Files         phi.Value[questionnaire.Files]   `validate:"-"` // what is in the files that the answers speak of
	Attributes    map[string]string                `validate:"max=10,dive,keys,max=32,endkeys,max=32"`
	At            time.Time                        `validate:"required"`
	Synthetic     bool
}

// Status of a report.
type Status string

// The statuses.
const (
	Complete  Status = "complete"
	Withdrawn Status = "withdrawn" // its answers are gone; it only keeps a late retry from bringing them back
)

// Report is one revision of one person's validated answers. It never changes once stored, except that a withdrawal
// empties it.
type Report struct {
	ID            string // 26 characters, a keyed one-way function of the receipt
	Revision      int    // 1, 2, …
	Status        Status
	Participant   string
	Program       string
	Questionnaire string
	Version       string
	Hash          string // of the questionnaire
	Period        string
	Perspective   Perspective
	Relation      string
	About         phi.Text
	Subject       string // keyed pseudonym of (participant, folded About); "" for self
	Role          string
	Channel       Channel
	Origin        Origin
	Language      string
	Groups        []string // the groups of the program's menu that it falls into, as they were at intake: "", "age=18-39", "age=18-39&language=es"
	Answers       phi.Value[questionnaire.Answers]
	Scores        []questionnaire.Scored
	Files         []string  // the files of this and all earlier revisions, by the text of the value that stands for each
	At            time.Time // when the first revision was told
	Revised       time.Time // when this revision was
	Synthetic     bool
}

// Stage is how far a participant has come with one questionnaire in one period.
type Stage string

// The stages, each including those before it.
const (
	Invited   Stage = "invited"
	Started   Stage = "started"
	Completed Stage = "completed"
)

// Standing is the one report that counts for (participant, subject, questionnaire, period), or how far it has come.
// A contribution to the ledger is a pure function of it. It is stored as JSON; it holds answers as codes only, no words.
type Standing struct {
	Program       string      `json:"program"`
	Questionnaire string      `json:"questionnaire"`
	Version       string      `json:"version"`
	Period        string      `json:"period"`
	Perspective   Perspective `json:"perspective"`
	Stage         Stage       `json:"stage"`
	Origin        Origin      `json:"origin"`
	// Groups are the breakdown groups that it counts in, as the program's menu was at intake; the first is "", everyone.
	Groups []string `json:"groups"`
	// Cells has an entry for every enabled answerable item of a completed report (none for hidden ones).
	Cells     map[string]Cell        `json:"cells,omitempty"`
	Scores    []questionnaire.Scored `json:"scores,omitempty"`
	Missing   []string               `json:"missing,omitempty"` // ids of scores that had too few answers
	Synthetic bool                   `json:"synthetic,omitempty"`
	// Reports are the ids of all complete reports of this standing, oldest first (by when they were told, then by id);
	// the last one counts. Of very many only the newest are listed.
	Reports []string `json:"reports,omitempty"`
	// Told is when each of Reports was told, in milliseconds since 1970. A contribution doesn't depend on it.
	Told []int64 `json:"told,omitempty"`
	// At is when the report that counts was told; zero while none does.
	At time.Time `json:"at,omitzero"`
}

// Cell is what one answer contributes.
type Cell struct {
	Codes []string `json:"codes,omitempty"` // of a choice, several if it repeats; "true"/"false" of a boolean; empty otherwise
	// Milli is an ordinal or number in thousandths; only where Number is true.
	Milli   int64 `json:"milli,omitempty"`
	Number  bool  `json:"number,omitempty"`
	Missing bool  `json:"missing,omitempty"` // enabled but not answered
}
