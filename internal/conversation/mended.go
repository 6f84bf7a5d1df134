package conversation

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/words"
)

// People take back what they said: "I meant 3" changes the last answer, "no 2: 3" and "second 3" the second. It works as long as the
// questions are open, and when the answers were handed in for a day, or until something else is told.

// Told is a questionnaire that was handed in a short time ago.
type Told struct {
	Program       string                `json:"program"`
	Questionnaire string                `json:"questionnaire"`
	Version       string                `json:"version"`
	Answers       questionnaire.Answers `json:"answers"`
	Mended        string                `json:"mended,omitempty"` // as in Filling
	Key           string                `json:"key"`              // of the report
	At            time.Time             `json:"at"`
}

// holdTold keeps what was handed in with a key for putting it right.
func (t *turn) holdTold(f *Filling, key string) {
	t.s.Told = &Told{Program: f.Program, Questionnaire: f.Questionnaire, Version: f.Version, Answers: f.Answers, Key: key, At: t.now}
}

// filled is what was handed in as it was before the last answer: every question that was asked is behind.
func (told *Told) filled(q *questionnaire.Questionnaire) *Filling {
	f := &Filling{Answers: told.Answers, Mended: told.Mended}
	for _, i := range q.Enabled(told.Answers) {
		if counted(i) {
			f.Trail = append(f.Trail, i.LinkID)
		}
	}
	return f
}

// takenBack is which answer of f a text changes, and what it should be; "" when the text doesn't. It says so ("I meant"), or names the
// question by its place or by what it is called.
func (t *turn) takenBack(q *questionnaire.Questionnaire, f *Filling) (linkID, said string) {
	rest, meant := leading(t.text, "meant")
	if !meant {
		rest, _ = leading(t.text, "take-back")
		rest, meant = leading(rest, "meant")
	}
	if rest == "" || len(f.Trail) == 0 || len(t.text) > 200 {
		return "", ""
	}
	if nth, said := placed(rest); nth > 0 {
		return t.inPlace(q, f, nth), said
	}
	var passed []*questionnaire.Item
	for _, link := range f.Trail {
		passed = append(passed, q.Asked(q.Item(link), f.Answers))
	}
	if n, said := t.calledIn(passed, rest); n >= 0 {
		return f.Trail[n], said
	}
	switch {
	case !meant:
		return "", ""
	case slices.Contains(f.Trail, f.Mended):
		return f.Mended, rest
	}
	return f.Trail[len(f.Trail)-1], rest
}

// inPlace is the linkId of the n-th question, as they are numbered; "" when it wasn't answered.
func (t *turn) inPlace(q *questionnaire.Questionnaire, f *Filling, nth int) string {
	n := 0
	for _, i := range q.Enabled(f.Answers) {
		if !counted(i) {
			continue
		}
		if n++; n == nth && slices.Contains(f.Trail, i.LinkID) {
			return i.LinkID
		}
	}
	return ""
}

// leading takes the longest of a set's words off the front of a text; false when it begins with none.
func leading(text, set string) (rest string, ok bool) {
	first, more, _ := strings.Cut(text, "\n") // further lines may be answers of their own
	fields := strings.Fields(first)
	for n := min(len(fields), 5); n > 0; n-- {
		if is(set, program.Fold(strings.Join(fields[:n], " "))) {
			return strings.TrimSpace(strings.Join(fields[n:], " ") + "\n" + more), true
		}
	}
	return text, false
}

// placed reads "2: 3", "#2 3", "question 2 is 3", "second 3", "the second one is 3"; 0 when no place is named.
func placed(text string) (nth int, said string) {
	text, more, _ := strings.Cut(text, "\n")
	fields := strings.Fields(strings.NewReplacer(":", " : ", "=", " : ", "#", " # ").Replace(text))
	named := false // by more than a bare number
	skip := func(set string) {
		for len(fields) > 0 && is(set, program.Fold(fields[0])) {
			fields = fields[1:]
		}
	}
	skip("article")
	for len(fields) > 0 && (fields[0] == "#" || is("question", program.Fold(fields[0]))) {
		fields, named = fields[1:], true
	}
	if len(fields) == 0 {
		return 0, ""
	}
	first := program.Fold(fields[0])
	if n := slices.IndexFunc(ordinals(), func(ws []string) bool { return slices.Contains(ws, first) }); n >= 0 {
		nth, named = n+1, true
	} else if n, err := strconv.Atoi(strings.TrimFunc(fields[0], unicode.IsPunct)); err == nil {
		nth = n
	}
	fields = fields[1:]
	skip("question")
	if len(fields) > 0 && fields[0] == ":" {
		fields, named = fields[1:], true
	}
	skip("to-be")
	if nth < 1 || !named {
		return 0, ""
	}
	return nth, strings.TrimSpace(strings.Join(fields, " ") + "\n" + more)
}

// ordinals are the words for first, second … in every language, folded.
func ordinals() [][]string {
	var out [][]string
	for _, lang := range words.Languages() {
		for n, w := range heard(lang, "ordinals") {
			if n >= len(out) {
				out = append(out, nil)
			}
			out[n] = append(out[n], strings.Fields(w)...)
		}
	}
	return out
}

// amend takes an answer of the open questionnaire back; false when the text doesn't.
func (t *turn) amend(q *questionnaire.Questionnaire) bool {
	f := t.s.Filling
	i, vs := t.putRight(q, f)
	if i == nil {
		return false
	}
	f.reopen(i)
	f.take(i, vs)
	f.Trail, f.Mended = append(f.Trail, i.LinkID), i.LinkID
	t.say("changed", "answer", t.called(i)+" "+t.shown(i, vs))
	t.goOn(q, i.LinkID)
	return true
}

// putRight is the question of f whose answer a text changes, as it is asked, and what it is answered now; nil when the text changes none.
func (t *turn) putRight(q *questionnaire.Questionnaire, f *Filling) (*questionnaire.Item, []questionnaire.Value) {
	linkID, said := t.takenBack(q, f)
	if linkID == "" {
		return nil, nil
	}
	i := q.Asked(q.Item(linkID), f.Answers)
	h, issue := q.Hear(i, said, t.ear())
	if issue != nil {
		return nil, nil
	}
	return i, h.Values
}

// amendTold takes an answer back that was handed in a short time ago; false when the text doesn't.
func (t *turn) amendTold() bool {
	told := t.s.Told
	if told == nil {
		return false
	}
	q := t.dated(t.m.Catalog.Questionnaire(told.Questionnaire, told.Version), t.m.Catalog.Program(told.Program))
	was := told.filled(q)
	i, vs := t.putRight(q, was)
	if i == nil {
		return false
	}
	linkID := i.LinkID
	i.Reseat(told.Answers, told.Answers[linkID], vs)
	told.Answers[linkID], told.Mended = vs, linkID
	now := told.filled(q)
	if len(q.Validate(q.Clean(told.Answers))) > 0 || slices.ContainsFunc(now.Trail, func(link string) bool { return !slices.Contains(was.Trail, link) }) {
		t.s.Told = nil
		t.say("no-back") // other questions would have to be asked now
		return true
	}
	t.do(Effect{Kind: Correct, Report: told.Key, Program: told.Program, Questionnaire: told.Questionnaire, Version: told.Version,
		Language: t.lang(), Answers: questionnaire.Answers{linkID: vs}})
	t.say("changed", "answer", t.called(i)+" "+t.shown(i, vs))
	return true
}
