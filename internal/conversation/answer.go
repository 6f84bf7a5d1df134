package conversation

import (
	"strings"

	"github.com/tellback/tellback/internal/questionnaire"
)

// answer takes a text as the answer to the open question.
func (t *turn) answer() {
	q, i := t.current()
	f := t.s.Filling
	late := !t.s.Last.IsZero() && t.now.Sub(t.s.Last) > stale && t.now.Sub(t.s.Asked) > stale
	if f.Offered && is("yes", t.folded) {
		f.Offered = false
		t.ask()
		return
	}
	if f.Offered && is("no", t.folded) {
		t.leave("left")
		return
	}
	if linked(i) && (len(t.files) > 0 || !late && !f.Offered) {
		t.answerLinked(q, i)
		return
	}
	switch {
	case passesOver(t.text) && t.answerTogether(q, i):
		return
	case strings.Trim(t.text, "-–—") == "" && !ownWords(i): // one question, where SKIP may mean several
		f.Single = true
		t.skipQuestion()
		return
	}
	heard, issue := q.Hear(i, t.text, t.ear())
	if issue == nil && len(heard.Values) > 0 {
		f.take(i, heard.Values)
		if heard.Taken {
			t.say("took", "answer", t.shown(i, heard.Values))
		}
		if _, asked := t.seen(q, i); asked {
			f.Single = true
		}
		t.advance(q, i)
		return
	}
	if t.answerTogether(q, i) || t.amend(q) {
		return
	}
	all, several := t.seen(q, i)
	several = several && len(all) > 1 && !f.Single // the question that is explained has not been asked by itself yet
	f.Single = f.Single || several
	answers := howMany(issue.Code) && wordCount(t.text) <= aStory // though they don't do together
	kept := len(heard.Either) == 0 && !refused(issue) && !answers && t.keepAside(t.choices(i))
	if late || f.Offered {
		f.Offered = true
		t.goOnOffer()
		return
	}
	switch {
	case kept && issue.Code != "too-long":
		t.askOn(i)
	case len(heard.Either) > 0:
		t.which(i, heard.Either)
	case refused(issue):
		t.refuse(i, *issue)
	case several:
		f.Misses++
		t.say("miss")
		t.ask()
	default:
		t.explain(i, *issue)
	}
}

// goOnOffer asks whether to go on after a long time, and says where they were.
func (t *turn) goOnOffer() {
	q, i := t.current()
	if at := strings.TrimSpace(t.number(q, i)); at != "" {
		t.say("go-on-at", "at", at)
		return
	}
	t.say("go-on")
}

// keepAside keeps as a story what was told instead of an answer.
func (t *turn) keepAside(options []string) bool {
	if !t.tellsMore(options) {
		return false
	}
	keys := t.keep()
	if len(keys) > 0 {
		t.sayKept("kept-too", keys)
	}
	return len(keys) > 0
}

// askOn asks again after something else was told, without finding fault.
func (t *turn) askOn(i *questionnaire.Item) {
	t.s.Filling.Misses++
	t.ask()
	if len(i.Keys()) == 0 {
		t.expect(i)
	}
	if i.Required || !ownWords(i) { // ask offers it for those
		t.offerSkip(i)
	}
}
