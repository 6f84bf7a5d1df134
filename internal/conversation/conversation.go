// Package conversation is one dialogue by text message as a pure machine: Step takes what is so and what somebody
// texted, and gives what is so now, what to reply, and what to do about it. It stores nothing, reads no clock and rolls
// no dice, so a step can be repeated, replayed and tested as a transcript.
package conversation

import (
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/words"
)

// Machine knows the programs that people can talk with. It is immutable and safe for concurrent use.
type Machine struct {
	Catalog *program.Catalog
	// ReceiptURL is the address behind which the report told with that key can be read, corrected and withdrawn.
	ReceiptURL func(key string) string
	// LinkURL is the address at which the question that a [Link] of that key opened is answered.
	LinkURL func(key string) string
}

// Input is one text as it came in.
type Input struct {
	Text string // what was said; empty when only pictures came
	Key  string // unique to the text, the same when it is delivered again: its MessageSid
	// Sent is when it reached the carrier, of a text that was held up on its way here; zero: it has only just come.
	Sent time.Time
	// Files are what was sent to the link of the open question.
	Files []questionnaire.Value
	// Silent: there is no text, only Files.
	Silent bool
	// Media: pictures came with it.
	Media bool
	// Stop: the carrier heard STOP in it, whatever else it says. Words of despair in it are heard all the same.
	Stop bool
}

// Output is what a step gives: everything that there is to do about one text.
type Output struct {
	Session Session
	Replies []string // none when silence is the answer
	Effects []Effect // to be carried out in this order
}

// Kind is what an [Effect] does.
type Kind string

// The kinds of effect.
const (
	Enrol     Kind = "enrol"      // make a participant: Program, Role, Attributes, Consent; Questionnaire is begun at once
	Tell      Kind = "tell"       // hand in a report: Questionnaire, Version, Answers
	Correct   Kind = "correct"    // change what the report Report says to the questions in Answers
	Started   Kind = "started"    // somebody began to answer: Questionnaire, Version
	Stop      Kind = "stop"       // nothing more may be sent to the number
	Part      Kind = "part"       // the number is somebody else's now: it leads to nobody who took part any more
	Resume    Kind = "resume"     // texts may be sent again
	Speak     Kind = "speak"      // the participant of Program would rather use Language
	Alert     Kind = "alert"      // words of despair came; it carries none of them
	Link      Kind = "link"       // a question waits for what is sent to its link: Questionnaire, Version, Item, Language; Text where it is computed
	Unlink    Kind = "unlink"     // the link of that key is no longer waited for
	LetGo     Kind = "let-go"     // the file Text that was sent to the link of that key is not needed there
	Pause     Kind = "pause"      // nothing may be sent of our own accord for [Pausing]
	Lessons   Kind = "lessons"    // the participant of Program wants to be told lessons
	NoLessons Kind = "no-lessons" // ... no longer
)

// Effect is something to do outside. It is plain data, and doing it twice must be the same as doing it once: Key names
// it uniquely.
type Effect struct {
	Kind          Kind                  `json:"kind"`
	Key           string                `json:"key"`
	Program       string                `json:"program,omitempty"`
	Questionnaire string                `json:"questionnaire,omitempty"`
	Version       string                `json:"version,omitempty"`
	Language      string                `json:"language,omitempty"`
	Role          program.Role          `json:"role,omitempty"`
	Attributes    map[string]string     `json:"attributes,omitempty"`
	Answers       questionnaire.Answers `json:"answers,omitempty"`
	Consent       *Consent              `json:"consent,omitempty"`
	Item          string                `json:"item,omitempty"`
	Text          string                `json:"text,omitempty"`
	Sent          map[string]string     `json:"sent,omitempty"`   // of files among Answers: to which link each was sent
	Report        string                `json:"report,omitempty"` // the key that it was told with
	At            time.Time             `json:"at"`               // when it was said
}

// Consent is what somebody said yes to.
type Consent struct {
	Key     string    `json:"key"` // of the text that said yes
	Version string    `json:"version"`
	At      time.Time `json:"at"`
}

// Step answers one text.
func (m Machine) Step(s Session, in Input, now time.Time) Output {
	if len(m.Catalog.Programs()) == 0 {
		return Output{Session: s} // nobody to talk for
	}
	t := &turn{m: m, s: s.clone(), key: in.Key, now: now.UTC(), clock: now.UTC(), stops: in.Stop, files: in.Files, silent: in.Silent, media: in.Media}
	if !in.Sent.IsZero() && in.Sent.Before(now) {
		t.now, t.held = in.Sent.UTC(), true
	}
	t.text = clean(in.Text)
	t.folded = program.Fold(t.text)
	t.tidy()
	before := t.s.open()
	t.step()
	t.asked(before)
	return t.output()
}

// Despairs says whether a text has words of despair in it, for which Step raises an alert.
func (m Machine) Despairs(s Session, in Input) bool {
	t := &turn{m: m, s: s, text: clean(in.Text)}
	p, _ := t.despair()
	return p != nil
}

// Invite begins a questionnaire with somebody who takes part in the program and has nothing else open, or nothing that they still answer. ok is false,
// and nothing has changed, when that can't be.
func (m Machine) Invite(s Session, programID, questionnaireID, key string, now time.Time) (out Output, ok bool) {
	t := &turn{m: m, s: s.clone(), key: key, now: now.UTC(), clock: now.UTC()}
	t.tidy()
	member := t.s.member(programID)
	anew := t.yield(programID, questionnaireID)
	if t.s.Stopped || t.s.Busy() || member == nil || !answers(m.Catalog.Program(programID), questionnaireID, member.Role) {
		return Output{Session: s}, false
	}
	t.s.Program = programID
	if !t.begin(questionnaireID) {
		return Output{Session: s}, false
	}
	t.invites(anew)
	t.ask()
	if t.s.Filling == nil {
		return Output{Session: s}, false // nothing in it that can be asked by text
	}
	t.asked("")
	return t.output(), true
}

// patience is how long an open question keeps another questionnaire waiting after it was asked, or since their last text.
// It is less than a week, so that who lets one check-in pass is asked the next.
const patience = 6 * 24 * time.Hour

// yield closes an open questionnaire that a new invitation may take the place of: one that was let lie, or the same one
// before its first answer. It says whether the one that was let lie deserves a goodbye.
func (t *turn) yield(programID, questionnaireID string) (goodbye bool) {
	f := t.s.Filling
	if f == nil {
		return false
	}
	touched := t.s.Asked
	if t.s.Last.After(touched) {
		touched = t.s.Last
	}
	same := f.Program == programID && f.Questionnaire == questionnaireID && len(f.Trail) == 0
	if !same && t.now.Sub(touched) < patience {
		return false
	}
	t.unlink()
	t.s.Filling = nil
	return !same
}

// Pausing is how long PAUSE keeps us from texting first.
const Pausing = 14 * 24 * time.Hour

// Waits says whether a questionnaire is open and waits for an answer.
func (m Machine) Waits(s Session, programID, questionnaireID string) bool {
	f := s.Filling
	return !s.Stopped && s.Joining == nil && f != nil && f.Program == programID && f.Questionnaire == questionnaireID
}

// Remind asks the open question of a questionnaire once more, of somebody who was invited to it and has not answered all
// of it. ok is false where there is nothing to remind of. Nothing changes by it.
func (m Machine) Remind(s Session, programID, questionnaireID string, now time.Time) (out Output, ok bool) {
	t := &turn{m: m, s: s.clone(), now: now.UTC(), clock: now.UTC()}
	t.tidy()
	if !m.Waits(t.s, programID, questionnaireID) {
		return Output{Session: s}, false
	}
	t.s.Program = programID
	t.say("remind", "program", t.name())
	t.ask()
	return Output{Session: s, Replies: replies(t.said)}, true
}

// turn is one step in the making.
type turn struct {
	m       Machine
	s       Session
	key     string
	text    string                // cleaned
	folded  string                // as program.Fold gives it
	now     time.Time             // when the text was sent: what is told counts for then
	clock   time.Time             // when it is answered
	held    bool                  // it was held up on its way here
	stops   bool                  // the carrier heard STOP in it
	files   []questionnaire.Value // sent to the link of the open question
	silent  bool                  // nobody texted: only files
	media   bool                  // pictures came with it
	said    []string
	effects []Effect
	tells   int
}

// step is the order of things: safety before all else, then commands, then whatever is open.
func (t *turn) step() {
	if t.crisis() {
		return
	}
	if t.s.Stopped {
		t.whileStopped()
		return
	}
	if t.silent {
		t.sent()
		return
	}
	outdated := t.outdated()
	defer func() {
		if t.now.After(t.s.Last) {
			t.s.Last = t.now
		}
	}()
	if t.text == "" && !t.stops {
		if !t.pictures() {
			t.say("only-words")
			t.again()
		}
		return
	}
	c := t.hear()
	if c.name != "stop" {
		t.lapse()
	}
	switch {
	case c.name == "stop" && outdated && !t.now.After(t.s.Resumed):
		return // they have asked for texts again since
	case (c.name == "skip" || c.name == "back") && t.late():
		t.overtaken()
		return
	case t.obey(c):
		return
	}
	if p := t.m.Catalog.Joins(t.folded); p != nil {
		t.join(p)
		return
	}
	switch {
	case t.late(), outdated && t.atConsent(): // nobody agrees to a text that they have not read, or left in between
		t.overtaken()
	case t.s.Joining != nil:
		t.joining()
	case t.crossed():
	case t.s.Filling != nil:
		t.answer()
	case t.member() != nil:
		t.idle()
	default:
		t.stranger()
	}
}

// again repeats whatever is waiting for an answer, if anything is.
func (t *turn) again() {
	switch {
	case t.s.Joining != nil && t.s.Joining.Stage == AtConsent:
		t.say("consent-again")
	case t.s.Joining != nil:
		t.askJoining()
	case t.s.Filling != nil && t.s.Filling.Offered:
		t.goOnOffer()
	case t.s.Filling != nil:
		t.ask()
	}
}

// say adds a sentence to the reply.
func (t *turn) say(key string, args ...string) {
	t.tell(words.Text(t.lang(), "sms."+key, args...))
}

// tell adds words that are not the system's own to the reply.
func (t *turn) tell(text string) {
	if text = strings.TrimSpace(text); text != "" {
		t.said = append(t.said, text)
	}
}

func (t *turn) do(e Effect) {
	e.At = t.now
	if e.Key == "" {
		e.Key = t.key + ":" + string(e.Kind)
	}
	t.effects = append(t.effects, e)
}

// tellKey is the key of the next report that this text makes.
func (t *turn) tellKey() string {
	key := reportKey(t.key, t.tells)
	t.tells++
	return key
}

func reportKey(text string, n int) string { return "sms:" + text + ":" + strconv.Itoa(n) }

func (t *turn) receipt(key string) string {
	if t.m.ReceiptURL == nil {
		return ""
	}
	return t.m.ReceiptURL(key)
}

// program is the one that the dialogue is about now, or nil for someone who is in none.
func (t *turn) program() *program.Program {
	id := t.s.Program
	if t.s.Joining != nil {
		id = t.s.Joining.Program
	} else if t.s.Filling != nil {
		id = t.s.Filling.Program
	}
	return t.m.Catalog.Program(id)
}

// member is the membership in the program that the dialogue is about, or nil.
func (t *turn) member() *Member {
	p := t.program()
	if p == nil {
		return nil
	}
	return t.s.member(p.ID)
}

func (t *turn) lang() string {
	if t.s.Language != "" {
		return t.s.Language
	}
	if p := t.program(); p != nil {
		return p.Languages[0]
	}
	return words.Default
}

func (t *turn) name() string {
	if p := t.program(); p != nil {
		return p.Name.In(t.lang())
	}
	return ""
}

// help is whom to ask: the program's contact, or for a stranger that of the only or first program.
func (t *turn) help() string {
	p := t.program()
	if p == nil {
		p = t.m.Catalog.Programs()[0]
	}
	return strings.TrimRight(strings.TrimSpace(p.Help.In(t.lang())), ".")
}

func (t *turn) output() Output {
	return Output{Session: t.s, Replies: replies(t.said), Effects: t.effects}
}

// An output holds replies, an effect answers: neither may be printed or logged by accident.

func (Output) Format(s fmt.State, _ rune) { mask(s) }
func (Output) LogValue() slog.Value       { return masked }
func (Effect) Format(s fmt.State, _ rune) { mask(s) }
func (Effect) LogValue() slog.Value       { return masked }
func (Input) Format(s fmt.State, _ rune)  { mask(s) }
func (Input) LogValue() slog.Value        { return masked }
