package conversation

import (
	"slices"
	"strings"
	"time"

	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/words"
)

// obey carries out a command; false when there is none.
func (t *turn) obey(c command) bool {
	switch c.name {
	case "":
		return false
	case "stop":
		t.stop(c)
	case "start":
		t.start()
	case "help":
		t.helpOut()
		t.again()
	case "skip":
		t.skip()
	case "back":
		t.back()
	case "language":
		t.languages()
		t.again()
	case "switch":
		t.speak(c.lang)
	case "pause", "lesson", "no-lesson":
		t.ownAccord(c.name)
	default: // mydata, forget, care: what can be done about it now, and who does it
		t.say(c.name, "help", t.help())
		t.again()
	}
	return true
}

// ownAccord carries out a wish about what we text of our own accord.
func (t *turn) ownAccord(wish string) {
	m := t.member()
	switch {
	case wish == "pause" && (m != nil || t.s.Joining != nil):
		t.s.Paused = t.now
		t.do(Effect{Kind: Pause})
	case m == nil && t.s.Joining != nil: // first things first
		t.again()
		return
	case m == nil:
		t.wayIn()
		return
	case wish == "lesson":
		t.do(Effect{Kind: Lessons, Program: m.Program})
	default:
		t.do(Effect{Kind: NoLessons, Program: m.Program})
	}
	t.say(wish, "program", t.name())
	if wish != "pause" { // who wants a rest is not asked on
		t.again()
	}
}

// welcomeBack goes on where STOP interrupted; p is the program whose join word was the way back, or nil.
func (t *turn) welcomeBack(p *program.Program) {
	switch {
	case p != nil && t.s.member(p.ID) == nil:
		t.join(p)
	case t.s.Busy() || t.member() != nil:
		t.say("resumed")
		if t.s.Joining != nil && t.s.Joining.Stage == AtConsent {
			t.askJoining() // nobody agrees to a text that they read before they left
			return
		}
		t.again()
	default:
		t.wayIn()
	}
}

// start goes on with what is open; else somebody who takes part gets their questions, and a stranger a way in. Texts may
// have been ended elsewhere, where the dialogue doesn't hear of it.
func (t *turn) start() {
	if t.member() != nil || !t.s.Paused.IsZero() {
		t.s.Paused = time.Time{}
		t.do(Effect{Kind: Resume})
	}
	switch {
	case t.s.Filling != nil && t.s.Joining == nil:
		t.s.Filling.Offered = false
		t.again()
	case t.s.Joining != nil:
		t.again()
	case t.member() != nil:
		t.startAnew()
	default:
		t.wayIn()
	}
}

// startAnew begins what is due. Who has just answered it is asked first whether they mean to do it again.
func (t *turn) startAnew() {
	m := t.member()
	switch lately := t.answeredLately(); {
	case !t.begin(due(t.program(), m.Role)):
		t.say("idle")
	case lately:
		t.s.Filling.Offered = true
		t.said = nil // what stands before the first question: they have just read it
		t.say("answer-again")
	default:
		t.ask()
	}
}

func (t *turn) helpOut() {
	if p := t.program(); p != nil {
		t.say("help", "program", p.Name.In(t.lang()), "help", t.help())
		return
	}
	p := t.m.Catalog.Programs()[0]
	t.say("help", "program", p.Name.In(t.lang()), "help", t.help())
	t.say("help-stranger", "word", joinWord(p))
}

func (t *turn) skip() {
	switch {
	case t.s.Joining != nil && t.s.Joining.Stage == AtAttribute:
		t.nextAttribute()
	case t.s.Joining != nil && t.s.Joining.Stage == AtRole:
		t.say("role-needed")
		t.say("role-again")
	case t.s.Joining != nil:
		t.again()
	case t.s.Filling != nil:
		t.skipQuestion()
	case t.member() != nil:
		t.say("no-skip")
	default:
		t.wayIn()
	}
}

func (t *turn) back() {
	switch {
	case t.s.Joining != nil:
		t.joiningBack()
	case t.s.Filling != nil:
		t.questionBack()
	case t.member() != nil:
		t.say("no-back")
	default:
		t.wayIn()
	}
}

// spoken are the languages that can be spoken now.
func (t *turn) spoken() []string {
	var of []string
	if p := t.program(); p != nil {
		of = p.Languages
	} else {
		for _, p := range t.m.Catalog.Programs() {
			of = append(of, p.Languages...)
		}
	}
	var out []string
	for _, lang := range of {
		if words.Has(lang, "sms.language-word") && !slices.Contains(out, lang) {
			out = append(out, lang)
		}
	}
	if len(out) == 0 {
		return []string{words.Default}
	}
	return out
}

func (t *turn) languages() {
	var list []string
	for _, lang := range t.spoken() {
		list = append(list, words.Text(lang, "sms.language-word"))
	}
	or := " " + words.Text(t.lang(), "sms.or") + " "
	t.say("languages", "list", strings.Join(list, or))
}

// speak changes the language at once and repeats in it what was last asked.
func (t *turn) speak(lang string) {
	if !slices.Contains(t.spoken(), lang) {
		t.languages()
		t.again()
		return
	}
	t.s.Language, t.s.Chosen = lang, true
	for _, m := range t.s.Members {
		t.do(Effect{Kind: Speak, Key: t.key + ":speak:" + m.Program, Program: m.Program, Language: lang})
	}
	switch {
	case t.s.Joining != nil:
		t.askJoining()
	case t.s.Filling != nil:
		t.again()
	case t.member() != nil:
		t.say("greeting")
	default:
		t.wayIn()
	}
}
