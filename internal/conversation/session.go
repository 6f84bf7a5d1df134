package conversation

import (
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/questionnaire"
)

// Kept is how long words of somebody who has not consented are kept.
const Kept = 24 * time.Hour

// stale is how long a question stays open as if it had just been asked.
const stale = 7 * 24 * time.Hour

// Session is what has to be remembered of one dialogue between two texts. It marshals to JSON, to be sealed and
// stored; it does not print.
type Session struct {
	Language string    `json:"language,omitempty"`
	Chosen   bool      `json:"chosen,omitempty"`  // they asked for the language themselves
	Program  string    `json:"program,omitempty"` // the one that free words go to
	Members  []Member  `json:"members,omitempty"`
	Stopped  bool      `json:"stopped,omitempty"`
	Resumed  time.Time `json:"resumed,omitzero"` // when they last said START
	Paused   time.Time `json:"paused,omitzero"`  // when they last said PAUSE, and no START since
	Joining  *Joining  `json:"joining,omitempty"`
	Filling  *Filling  `json:"filling,omitempty"`
	Aside    *Filling  `json:"aside,omitempty"` // put aside while another program was joined; it comes back
	Told     *Told     `json:"told,omitempty"`  // for a day, so that it can be put right
	Pending  []Words   `json:"pending,omitempty"`
	Unlinked []string  `json:"unlinked,omitempty"` // keys of stories whose links the next thanks bring: the reply to despair has no place for them
	Took     time.Time `json:"took,omitzero"`      // when what was sent to a link was taken without a text, and no word for it since
	Last     time.Time `json:"last,omitzero"`      // when the newest text was sent
	Asked    time.Time `json:"asked,omitzero"`     // when what is open now was first asked
}

// Member is what is known of somebody in one program.
type Member struct {
	Program    string            `json:"program"`
	Role       program.Role      `json:"role"`
	Attributes map[string]string `json:"attributes,omitempty"`
	Answered   time.Time         `json:"answered,omitzero"` // when they last handed in what is due at once
}

// Joining is the way in: consent, then the role, then the program's attributes one by one.
type Joining struct {
	Program    string            `json:"program"`
	Stage      Stage             `json:"stage"`
	Consent    *Consent          `json:"consent,omitempty"`
	Role       program.Role      `json:"role,omitempty"`
	Attribute  int               `json:"attribute,omitempty"` // which one is asked
	Attributes map[string]string `json:"attributes,omitempty"`
}

// Stage is how far somebody has come in joining.
type Stage string

// The stages of joining.
const (
	AtConsent   Stage = "consent"
	AtRole      Stage = "role"
	AtAttribute Stage = "attribute"
)

// Filling is a questionnaire being answered.
type Filling struct {
	Program       string                `json:"program"`
	Questionnaire string                `json:"questionnaire"`
	Version       string                `json:"version"`
	Item          string                `json:"item"` // linkId of the open question
	Answers       questionnaire.Answers `json:"answers,omitempty"`
	Trail         []string              `json:"trail,omitempty"`   // linkIds answered or skipped, in order
	Misses        int                   `json:"misses,omitempty"`  // unclear answers to the open question
	Warned        bool                  `json:"warned,omitempty"`  // was told that the open question can't be skipped
	Offered       bool                  `json:"offered,omitempty"` // was asked whether to go on after a long time
	Started       bool                  `json:"started,omitempty"`
	Link          string                `json:"link,omitempty"` // key of the link at which the open question is answered
	Sent          map[string]string     `json:"sent,omitempty"` // of files among Answers: to which link each was sent

	// Told before they are reached; without values: to be passed over. They become answers when the questions before them are answered.
	Ahead  questionnaire.Answers `json:"ahead,omitempty"`
	Until  string                `json:"until,omitempty"`  // linkId of the last question that was asked in one text with others
	Single bool                  `json:"single,omitempty"` // they would rather have one question at a time
	Mended string                `json:"mended,omitempty"` // linkId of the answer that was taken back last
	Was    questionnaire.Answers `json:"was,omitempty"`    // to questions opened again, where what is Ahead tells more of each answer
}

// ahead notes what is told before it is reached.
func (f *Filling) ahead(linkID string, vs []questionnaire.Value) {
	if f.Ahead == nil {
		f.Ahead = questionnaire.Answers{}
	}
	f.Ahead[linkID] = vs
}

// rewind opens a question that was passed before. What was told since is not lost: it counts again as it is reached.
func (f *Filling) rewind(linkID string) {
	if n := slices.Index(f.Trail, linkID); n >= 0 {
		f.shorten(n, n+1)
	}
	delete(f.Answers, linkID)
	f.Item, f.Misses, f.Warned = linkID, 0, false
}

// insert opens a question that comes before some of what was told, and was not asked when its turn was.
func (f *Filling) insert(q *questionnaire.Questionnaire, linkID string) {
	at := q.Item(linkID).Place()
	if n := slices.IndexFunc(f.Trail, func(told string) bool { return q.Item(told).Place() > at }); n >= 0 {
		f.shorten(n, n)
	}
	f.rewind(linkID)
}

// shorten takes back all but the first n questions of the trail; what was told from there on counts again as it is reached.
func (f *Filling) shorten(n, from int) {
	for _, later := range f.Trail[from:] {
		f.ahead(later, f.Answers[later])
		delete(f.Answers, later)
	}
	f.Trail = f.Trail[:n]
}

// reopen is rewind where i may have others nested under it: what was told of its answers goes with them.
func (f *Filling) reopen(i *questionnaire.Item) {
	was := f.Answers[i.LinkID]
	f.rewind(i.LinkID)
	if !i.Repeats || len(i.Items) == 0 || len(was) == 0 {
		return
	}
	if f.Was == nil {
		f.Was = questionnaire.Answers{}
	}
	f.Was[i.LinkID] = was
}

// take makes vs the answers to i.
func (f *Filling) take(i *questionnaire.Item, vs []questionnaire.Value) {
	if was, ok := f.Was[i.LinkID]; ok {
		i.Reseat(f.Ahead, was, vs)
		if delete(f.Was, i.LinkID); len(f.Was) == 0 {
			f.Was = nil
		}
		if len(f.Ahead) == 0 {
			f.Ahead = nil
		}
	}
	f.Answers[i.LinkID] = vs
}

// Words are free words that are no report yet: their teller has not joined.
type Words struct {
	Text    string    `json:"text"`
	Key     string    `json:"key"`
	Program string    `json:"program,omitempty"` // consented to, so that they don't lapse; "" before
	At      time.Time `json:"at"`
}

// Busy says whether something is waiting for an answer.
func (s Session) Busy() bool { return s.Joining != nil || s.Filling != nil }

// Known says whether the session is of somebody who consented, and so has to be kept.
func (s Session) Known() bool {
	return len(s.Members) > 0 || s.Joining != nil && s.Joining.Consent != nil
}

// Without is the session of somebody who no longer takes part in a program: its next text is that of a stranger to it.
func (s Session) Without(programID string) Session {
	s = s.clone()
	s.Members = slices.DeleteFunc(s.Members, func(m Member) bool { return m.Program == programID })
	if s.Filling != nil && s.Filling.Program == programID {
		s.Filling = nil
	}
	if s.Aside != nil && s.Aside.Program == programID {
		s.Aside = nil
	}
	if s.Told != nil && s.Told.Program == programID {
		s.Told = nil
	}
	return s
}

// Bare is the session without anything that was said in it: who takes part in what, and whether they stopped.
func (s Session) Bare() Session {
	s = s.clone()
	s.Joining, s.Filling, s.Aside, s.Told, s.Pending = nil, nil, nil, nil, nil
	return s
}

func (s *Session) member(programID string) *Member {
	for n := range s.Members {
		if s.Members[n].Program == programID {
			return &s.Members[n]
		}
	}
	return nil
}

// clone copies whatever a step may change, so that Step leaves what it was given alone.
func (s Session) clone() Session {
	s.Members = slices.Clone(s.Members)
	s.Pending = slices.Clone(s.Pending)
	s.Unlinked = slices.Clone(s.Unlinked)
	if j := s.Joining; j != nil {
		c := *j
		c.Attributes = maps.Clone(j.Attributes)
		s.Joining = &c
	}
	s.Filling, s.Aside = s.Filling.clone(), s.Aside.clone()
	if s.Told != nil {
		c := *s.Told
		c.Answers = maps.Clone(s.Told.Answers)
		s.Told = &c
	}
	return s
}

func (f *Filling) clone() *Filling {
	if f == nil {
		return nil
	}
	c := *f
	c.Answers = maps.Clone(f.Answers)
	c.Trail, c.Ahead = slices.Clone(f.Trail), maps.Clone(f.Ahead)
	c.Sent, c.Was = maps.Clone(f.Sent), maps.Clone(f.Was)
	return &c
}

// tidy drops what has lapsed, and what the installation no longer has: a program or questionnaire may have been
// taken away since the last text.
func (t *turn) tidy() {
	c := t.m.Catalog
	t.s.Members = slices.DeleteFunc(t.s.Members, func(m Member) bool { return c.Program(m.Program) == nil })
	if t.s.member(t.s.Program) == nil {
		t.s.Program = ""
		if n := len(t.s.Members); n > 0 {
			t.s.Program = t.s.Members[n-1].Program
		}
	}
	if j := t.s.Joining; j != nil {
		if p := c.Program(j.Program); p == nil || j.Stage == AtAttribute && j.Attribute >= len(p.Attributes) {
			t.s.Joining = nil
		}
	}
	t.s.Filling, t.s.Aside = t.standing(t.s.Filling), t.standing(t.s.Aside)
	if told := t.s.Told; told != nil && (t.now.Sub(told.At) > Kept || t.s.member(told.Program) == nil || c.Questionnaire(told.Questionnaire, told.Version) == nil) {
		t.s.Told = nil
	}
	t.s.Pending = slices.DeleteFunc(t.s.Pending, func(w Words) bool {
		return w.Program == "" && t.now.Sub(w.At) > Kept
	})
	if len(t.s.Pending) == 0 {
		t.s.Pending = nil
	}
}

// standing is f, or nil when it can't go on.
func (t *turn) standing(f *Filling) *Filling {
	if f == nil || t.s.member(f.Program) == nil {
		return nil
	}
	q := t.m.Catalog.Questionnaire(f.Questionnaire, f.Version)
	if q == nil || q.Item(f.Item) == nil {
		return nil
	}
	if f.Answers == nil {
		f.Answers = questionnaire.Answers{}
	}
	return f
}

var masked = slog.StringValue("‹phi›")

func mask(s fmt.State) { _, _ = s.Write([]byte("‹phi›")) }

// A session holds what people said: it must not be printed or logged by accident.

func (Session) Format(s fmt.State, _ rune) { mask(s) }
func (Session) LogValue() slog.Value       { return masked }
func (Filling) Format(s fmt.State, _ rune) { mask(s) }
func (Filling) LogValue() slog.Value       { return masked }
func (Told) Format(s fmt.State, _ rune)    { mask(s) }
func (Told) LogValue() slog.Value          { return masked }
func (Joining) Format(s fmt.State, _ rune) { mask(s) }
func (Joining) LogValue() slog.Value       { return masked }
func (Member) Format(s fmt.State, _ rune)  { mask(s) }
func (Member) LogValue() slog.Value        { return masked }
func (Words) Format(s fmt.State, _ rune)   { mask(s) }
func (Words) LogValue() slog.Value         { return masked }
