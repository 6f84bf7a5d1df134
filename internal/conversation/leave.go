package conversation

import (
	"slices"
	"time"

	"github.com/tellback/tellback/internal/optout"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/words"
)

// nod is how long after a confirmation YES may only agree to it.
const nod = 10 * time.Minute

// atOnce is how soon after their last text somebody is still the same person.
const atOnce = 10 * time.Minute

// hear finds what can be said whatever is open: a command, or in whatever words that no more texts are wanted. What an
// open question offers as an answer is one, unless carriers take the word for STOP.
func (t *turn) hear() command {
	c := listen(t.folded)
	if c.name != "" && c.name != "stop" && !t.stops || c.name == "" && !t.stops && t.offers() {
		return c
	}
	switch w, lang := optout.Heard(t.text); {
	case w != optout.None:
		return command{name: "stop", lang: lang, wrong: w == optout.Wrong}
	case t.stops:
		return command{name: "stop"}
	}
	return c
}

// offers says whether the text is, to the letter, an answer that the open question offers.
func (t *turn) offers() bool {
	switch j := t.s.Joining; {
	case j != nil && j.Stage == AtAttribute:
		_, ok := t.chosen(t.program().Attributes[j.Attribute])
		return ok
	case j != nil, t.s.Filling == nil:
		return false
	}
	_, i := t.current()
	if i == nil {
		return false
	}
	for n := range i.Keys() {
		if program.Fold(t.label(i, n)) == t.folded {
			return true
		}
	}
	return false
}

// stop ends the texts, says so once, and in the language in which it was asked for.
func (t *turn) stop(c command) {
	if !slices.Contains(t.spoken(), c.lang) {
		c.lang = t.lang()
	}
	said := "stopped"
	if c.wrong && !t.outdated() && !t.sameHand() {
		t.part(c.lang)
		said = "wrong-number"
	}
	t.s.Stopped = true
	t.do(Effect{Kind: Stop})
	t.tell(words.Text(c.lang, "sms."+said))
}

// sameHand says whether the number can't have changed hands since its last text: somebody is just answering. "Wrong number"
// is then most likely about the number that they answered with. It ends the texts like any other wish, but START goes on
// where they were.
func (t *turn) sameHand() bool {
	return t.s.Busy() && t.now.Sub(t.s.Last) < atOnce
}

// part forgets whoever took part with this number: it has another owner, who is to learn nothing of them, not even that
// they took part.
func (t *turn) part(lang string) {
	for _, f := range []*Filling{t.s.Filling, t.s.Aside} {
		if f != nil && f.Link != "" {
			t.do(Effect{Kind: Unlink, Key: f.Link})
		}
	}
	t.s = Session{Last: t.s.Last, Language: lang}
	t.do(Effect{Kind: Part})
}

// whileStopped answers only what somebody who said STOP may still want: a way back, help, or another program. Carriers
// take YES for START, but right behind our confirmation it only agrees.
func (t *turn) whileStopped() {
	c := t.hear()
	p := t.m.Catalog.Joins(t.folded)
	back := c.name == "start" || p != nil || t.folded == "yes" && t.now.Sub(t.s.Last) >= nod
	switch {
	case c.wrong && len(t.s.Members) > 0 && !t.outdated(): // the carrier heard STOP before, or a former owner said it
		t.part(c.lang)
		t.s.Stopped = true
	case t.stops, c.name == "stop": // once more, in whatever words
	case c.name == "help":
		t.helpOut()
	case back && !t.outdated(): // else STOP is the newer wish
		t.s.Stopped, t.s.Resumed, t.s.Last, t.s.Paused = false, t.now, t.now, time.Time{}
		t.do(Effect{Kind: Resume})
		t.welcomeBack(p)
	}
}
