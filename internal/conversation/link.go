package conversation

import (
	"slices"
	"time"

	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/words"
)

// A file can't be texted (and we fetch none from elsewhere): such a question comes with a link to a page for it alone. What is sent there
// is the answer with which the dialogue goes on, at the next text or without one.

// linked says whether a question is answered at a link.
func linked(i *questionnaire.Item) bool { return i.Type == questionnaire.Attachment }

// link is the address for the open question, opened if it isn't yet or may have lapsed.
func (t *turn) link(q *questionnaire.Questionnaire, i *questionnaire.Item) string {
	f := t.s.Filling
	if f.Link == "" {
		f.Link = t.key + ":" + i.LinkID
	}
	text := ""
	if asked := i.Text.In(t.lang()); asked != q.Item(i.LinkID).Text.In(t.lang()) {
		text = asked
	}
	t.do(Effect{Kind: Link, Key: f.Link, Program: f.Program, Questionnaire: f.Questionnaire, Version: f.Version, Language: t.lang(),
		Item: i.LinkID, Text: text})
	if t.m.LinkURL == nil {
		return ""
	}
	return t.m.LinkURL(f.Link)
}

// askLinked ends a question that is answered at a link.
func (t *turn) askLinked(q *questionnaire.Questionnaire, i *questionnaire.Item) {
	t.say("link", "url", t.link(q, i))
	if !i.Required {
		t.say("skip-offer")
	}
}

// unlink closes the link of the question that was open: the dialogue goes on without it, or ends.
func (t *turn) unlink() {
	if f := t.s.Filling; f != nil && f.Link != "" {
		t.do(Effect{Kind: Unlink, Key: f.Link})
		f.Link = ""
	}
}

// sent takes what was sent to the link of the open question as its answer; false when nothing was, or it doesn't fit.
func (t *turn) sent() bool {
	f := t.s.Filling
	if f == nil || t.s.Joining != nil || f.Link == "" || len(t.files) == 0 {
		return false
	}
	q, i := t.current()
	if !linked(i) || len(q.Check(i, t.files)) > 0 {
		return false
	}
	f.Answers[i.LinkID] = t.files
	if f.Sent == nil {
		f.Sent = map[string]string{}
	}
	for _, v := range t.files {
		if old := f.Sent[v.Text]; old != "" && old != f.Link { // the same file for two questions: one of them is enough
			t.do(Effect{Kind: LetGo, Key: old, Text: v.Text})
		}
		f.Sent[v.Text] = f.Link
	}
	if t.silent {
		t.s.Took = t.now
	}
	t.say("link-sent")
	t.advance(q, i)
	return true
}

// pictures takes a text without words, which may be meant as the answer to a question that wants a file; false when none is open.
func (t *turn) pictures() bool {
	if t.s.Filling == nil || t.s.Joining != nil || t.s.Filling.Offered {
		return false
	}
	q, i := t.current()
	if linked(i) {
		t.answerLinked(q, i)
	}
	return linked(i)
}

// asSign are words that only say that somebody is at it.
func asSign() (out []string) {
	for _, lang := range words.Languages() {
		out = append(out, heard(lang, "link")...)
	}
	return out
}

// crossed takes a word like DONE that was meant for a link whose file was taken in the meantime, once within a day: it is neither the answer
// to the next question nor a story. What that question offers, in these words or as yes and no, stays its answer.
func (t *turn) crossed() bool {
	if t.s.Took.IsZero() || t.s.Joining != nil {
		return false
	}
	recent := t.now.Sub(t.s.Took) < 24*time.Hour
	if f := t.s.Filling; f != nil {
		_, i := t.current()
		if linked(i) || t.offers() || i.Type == questionnaire.Boolean && (is("yes", t.folded) || is("no", t.folded)) {
			t.s.Took = time.Time{}
			return false
		}
	}
	t.s.Took = time.Time{}
	if !recent || !slices.Contains(asSign(), t.folded) {
		return false
	}
	t.say("link-sent")
	t.again()
	return true
}

// answerLinked takes a text while a link waits. Whatever else it says, it is a sign to go on.
func (t *turn) answerLinked(q *questionnaire.Questionnaire, i *questionnaire.Item) {
	kept := t.keepAside(asSign())
	if t.sent() {
		return
	}
	switch {
	case t.media:
		t.say("link-pictures", "url", t.link(q, i))
	case kept:
		t.say("link", "url", t.link(q, i))
	default:
		t.say("link-missing", "url", t.link(q, i))
	}
	t.s.Filling.Misses++
	if i.Required {
		t.offerSkip(i)
	} else {
		t.say("skip-offer")
	}
}
