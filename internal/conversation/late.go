package conversation

import (
	"fmt"
	"time"

	"github.com/tellback/tellback/internal/words"
)

// A text can reach us long after it was sent: it lay in a queue while this system was down, or was found only when the
// carrier was asked for what had been missed. It still counts for the time at which it was sent. But it can't answer a
// question that was not yet asked then, and it can't undo what its sender has said since.

// open names what is waiting for an answer; "" when nothing is.
func (s Session) open() string {
	switch {
	case s.Joining != nil:
		return fmt.Sprint("joining ", s.Joining.Program, " ", s.Joining.Stage, " ", s.Joining.Attribute)
	case s.Filling != nil:
		return fmt.Sprint("filling ", s.Filling.Program, " ", s.Filling.Questionnaire, " ", s.Filling.Version, " ", s.Filling.Item)
	}
	return ""
}

// asked notes when what is open now was first asked. Repeating a question does not make it a new one.
func (t *turn) asked(before string) {
	switch open := t.s.open(); open {
	case "":
		t.s.Asked = time.Time{}
	case before:
	default:
		t.s.Asked = t.clock
	}
}

// late says whether the text was sent before what is open now was asked. Carriers give times to the second.
func (t *turn) late() bool {
	return t.held && t.now.Before(t.s.Asked.Truncate(time.Second))
}

// outdated says whether the text was sent before the last one that was taken, so that a wish in it has been overtaken.
func (t *turn) outdated() bool {
	return t.held && t.now.Before(t.s.Last.Truncate(time.Second))
}

func (t *turn) atConsent() bool { return t.s.Joining != nil && t.s.Joining.Stage == AtConsent }

// overtaken answers a late text that would otherwise have been taken as an answer. What it tells is kept.
func (t *turn) overtaken() {
	switch {
	case t.s.Filling != nil && t.s.Joining == nil:
		t.keepAside(t.allChoices())
	case t.s.Joining != nil && t.s.Joining.Consent != nil:
		t.holdAside(words.Text(t.lang(), "sms.role"))
	case t.s.Joining != nil && t.holdUnasked():
		return
	}
	t.say("late")
	t.again()
}

// allChoices are the options of all questions: a late text may answer one that is no longer open.
func (t *turn) allChoices() []string {
	q, _ := t.current()
	var all []string
	for _, i := range q.All() {
		all = append(all, t.choices(i)...)
	}
	return all
}
