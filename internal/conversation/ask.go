package conversation

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/words"
)

// begin opens a questionnaire of the program that the dialogue is about; false when it does not use one with that id.
// What was open is put aside.
func (t *turn) begin(id string) bool {
	p := t.program()
	if p == nil || id == "" {
		return false
	}
	q, use := t.m.Catalog.Used(p, id)
	q = t.dated(q, p)
	if q == nil || use == nil && id != p.Story {
		return false
	}
	f := &Filling{Program: p.ID, Questionnaire: q.ID, Version: q.Version, Answers: questionnaire.Answers{}}
	t.s.Filling, t.s.Told = f, nil
	return t.open(q, "")
}

// open makes the first question after a linkId the open one, reading out what stands before it; false at the end. What was told of
// questions before they were reached is taken up on the way.
func (t *turn) open(q *questionnaire.Questionnaire, after string) bool {
	f := t.s.Filling
	f.Misses, f.Warned, f.Offered = 0, false, false
	var read []string // since the last question
	for i := q.Next(f.Answers, after); i != nil; i = q.Next(f.Answers, i.LinkID) {
		switch {
		case !i.Answerable():
			read = append(read, q.Asked(i, f.Answers).Short.In(t.lang()))
		case i.ReadOnly:
		case t.told(q, i):
			read = nil
		default:
			t.tell(strings.Join(read, "\n"))
			f.Item = i.LinkID
			return true
		}
	}
	t.tell(strings.Join(read, "\n"))
	return false
}

// told takes up what was told of a question before it was reached, if it was and may be.
func (t *turn) told(q *questionnaire.Questionnaire, i *questionnaire.Item) bool {
	f := t.s.Filling
	vs, ok := f.Ahead[i.LinkID]
	if !ok {
		return false
	}
	if delete(f.Ahead, i.LinkID); len(f.Ahead) == 0 {
		f.Ahead = nil
	}
	asked := q.Asked(i, f.Answers)
	if len(vs) == 0 && asked.Required || len(vs) > 0 && len(q.Check(asked, vs)) > 0 {
		return false
	}
	if len(vs) > 0 {
		f.Answers[i.LinkID] = vs
	}
	f.Trail = append(f.Trail, i.LinkID)
	return true
}

// current is the questionnaire that is open and its open question, as it is asked after the answers so far.
func (t *turn) current() (*questionnaire.Questionnaire, *questionnaire.Item) {
	f := t.s.Filling
	q := t.dated(t.m.Catalog.Questionnaire(f.Questionnaire, f.Version), t.m.Catalog.Program(f.Program))
	return q, q.Asked(q.Item(f.Item), f.Answers)
}

// dated is q as it is asked now, where the program's people live.
func (t *turn) dated(q *questionnaire.Questionnaire, p *program.Program) *questionnaire.Questionnaire {
	return q.At(t.there(p))
}

// there is now where the program's people live: their today, and the zone of the times that they tell.
func (t *turn) there(p *program.Program) time.Time {
	if p == nil {
		return t.now
	}
	return t.now.In(p.Location())
}

// ear is how the program's people are heard.
func (t *turn) ear() questionnaire.Ear {
	p := t.program()
	e := questionnaire.Ear{Lang: t.lang(), Now: t.there(p)}
	if p != nil {
		e.Country = p.Country
	}
	return e
}

// shown are answers as they are said back: an option with its number.
func (t *turn) shown(i *questionnaire.Item, vs []questionnaire.Value) string {
	var out []string
	for _, v := range vs {
		out = append(out, t.shownOne(i, v))
	}
	return strings.Join(out, ", ")
}

func (t *turn) shownOne(i *questionnaire.Item, v questionnaire.Value) string {
	for n := range i.Options {
		if i.Options[n].Value == v {
			return i.Keyed(n, t.label(i, n))
		}
	}
	if i.Type == questionnaire.Boolean {
		n := 0
		if v.Text == "false" {
			n = 1
		}
		return t.label(i, n)
	}
	return v.Display(i, t.lang())
}

// ask puts the open question, in one text with those after it where that is cheaper.
func (t *turn) ask() {
	q, i := t.current()
	if t.askTogether(q, i) {
		return
	}
	t.tell(t.single(q, i))
	if linked(i) {
		t.askLinked(q, i)
		return
	}
	if i.Repeats && len(i.Keys()) > 1 {
		t.say("several")
	}
	if !i.Required && ownWords(i) {
		t.say("skip-offer")
	}
}

// single is a question by itself. A long scale is shortened to its ends when that makes the text cheaper.
func (t *turn) single(q *questionnaire.Questionnaire, i *questionnaire.Item) string {
	head := t.number(q, i) + i.Short.In(t.lang())
	if help := i.Help.In(t.lang()); help != "" {
		head += " (" + help + ")"
	}
	full := strings.Join(append([]string{head}, t.choices(i)...), "\n")
	for _, ends := range t.ends(i) {
		if t.cost(head+" "+ends) < t.cost(full) {
			full = head + " " + ends
		}
	}
	return full
}

// ownWords says whether an item wants words of one's own.
func ownWords(i *questionnaire.Item) bool {
	return i.Type == questionnaire.Text || i.Type == questionnaire.String || i.Type == questionnaire.Reference
}

// cost is how many segments the reply has with that added.
func (t *turn) cost(text string) int {
	return program.Segments(thrifty(strings.Join(append(slices.Clone(t.said), text), "\n")))
}

// number is "2/5 " of the questions that are enabled by the answers so far; nothing when there is only one.
func (t *turn) number(q *questionnaire.Questionnaire, open *questionnaire.Item) string {
	n, all := 0, 0
	for _, i := range q.Askable(t.s.Filling.Answers) {
		if !counted(i) {
			continue
		}
		all++
		if i.LinkID == open.LinkID {
			n = all
		}
	}
	if all < 2 || n == 0 {
		return ""
	}
	return strconv.Itoa(n) + "/" + strconv.Itoa(all) + " "
}

// counted says whether an item is one of the questions that are numbered.
func counted(i *questionnaire.Item) bool {
	return i.Answerable() && !i.Hidden && !i.ReadOnly && !i.Calculated() && !i.Another
}

// choices are an item's options as they are texted: "0 none".
func (t *turn) choices(i *questionnaire.Item) []string {
	keys := i.Keys()
	out := make([]string, 0, len(keys))
	for n := range keys {
		out = append(out, i.Keyed(n, t.label(i, n)))
	}
	return out
}

// label is what the n-th key of an item stands for.
func (t *turn) label(i *questionnaire.Item, n int) string {
	if n < len(i.Options) {
		return i.Spoken(n, t.lang())
	}
	return words.Text(t.lang(), "sms."+[]string{"yes", "no"}[n%2])
}

// ends are the first and last option of a scale of four or more: with the numbers that may be replied, and without.
func (t *turn) ends(i *questionnaire.Item) []string {
	all := t.choices(i)
	if len(all) < 4 || slices.ContainsFunc(i.Options, func(o questionnaire.Option) bool { return o.Ordinal == nil }) {
		return nil
	}
	keys, ends := i.Keys(), all[0]+" ... "+all[len(all)-1]
	return []string{words.Text(t.lang(), "sms.reply-from-to", "first", keys[0], "last", keys[len(keys)-1]) + " " + ends, ends}
}

// advance goes on to the next question, or finishes.
func (t *turn) advance(q *questionnaire.Questionnaire, done *questionnaire.Item) {
	t.s.Filling.Trail, t.s.Filling.Mended = append(t.s.Filling.Trail, done.LinkID), ""
	t.goOn(q, done.LinkID)
}

// goOn asks what comes after a linkId, or finishes.
func (t *turn) goOn(q *questionnaire.Questionnaire, after string) {
	f := t.s.Filling
	t.unlink()
	if !t.open(q, after) {
		t.finish(q)
		return
	}
	if !f.Started {
		f.Started = true
		t.do(Effect{Kind: Started, Program: f.Program, Questionnaire: f.Questionnaire, Version: f.Version,
			Language: t.lang(), Role: t.member().Role, Attributes: t.member().Attributes})
	}
	t.ask()
}

// finish hands the answers in, unless there are none or something is still amiss with them.
func (t *turn) finish(q *questionnaire.Questionnaire) {
	f := t.s.Filling
	if len(f.Answers) == 0 {
		t.leave("nothing-sent")
		return
	}
	if i := t.passedBy(q); i != nil {
		f.insert(q, i.LinkID)
		f.Single = true
		t.say("one-more")
		t.ask()
		return
	}
	answers := q.Clean(f.Answers)
	if issues := q.Validate(answers); len(issues) > 0 {
		t.mend(q, issues[0])
		return
	}
	key := t.tellKey()
	t.hand(t.member(), q, key, answers, f.Sent)
	for n, w := range q.Warnings(answers) {
		if n < maxWarnings {
			t.say("look", "text", questionnaire.Explain(w, q.Item(w.Where), t.lang()))
		}
	}
	if m := t.member(); q.ID == due(t.program(), m.Role) {
		m.Answered = t.now
	}
	t.say("thanks-report", "url", t.receipt(key))
	t.sayKept("kept-too", nil)
	t.holdTold(f, key)
	t.s.Filling = nil
	t.resumeAside()
}

// maxWarnings is how many of what an author warns of is worth a text: the answers are in, and the receipt shows all.
const maxWarnings = 2

// passedBy is a question that later answers brought up, which was passed by before; nil when all were asked.
func (t *turn) passedBy(q *questionnaire.Questionnaire) *questionnaire.Item {
	f := t.s.Filling
	for i := q.Next(f.Answers, ""); i != nil; i = q.Next(f.Answers, i.LinkID) {
		if i.Answerable() && !i.ReadOnly && i.Conditional() && !slices.Contains(f.Trail, i.LinkID) {
			return i
		}
	}
	return nil
}

// mend asks again what doesn't fit with the rest. A fault that no answer can mend ends the questionnaire, and so does SKIP where the
// questionnaire's author forbids the answers as they are.
func (t *turn) mend(q *questionnaire.Questionnaire, issue fault.Issue) {
	f, i := t.s.Filling, q.Item(issue.Where)
	forbidden := issue.Code == "constraint"
	if forbidden {
		t.tell(questionnaire.Explain(issue, i, t.lang()))
	}
	again := t.mends(q, i)
	if again == nil || forbidden && is("skip", t.folded) {
		t.leave("left")
		return
	}
	f.reopen(again)
	f.Single = true
	if !forbidden {
		t.say("miss")
	}
	t.ask()
}

// mends is the question that can put right what is amiss with i: itself, the last that was asked of a group, or for what is computed the last
// of all; nil when there is none.
func (t *turn) mends(q *questionnaire.Questionnaire, i *questionnaire.Item) *questionnaire.Item {
	trail := t.s.Filling.Trail
	switch {
	case i == nil:
		return nil
	case counted(i):
		return i
	case len(trail) == 0:
		return nil
	}
	inside := i.Beneath()
	for _, link := range slices.Backward(trail) {
		if told := q.Item(link); i.Type == questionnaire.Group && !told.Another && slices.Contains(inside, told) {
			return told
		}
	}
	return q.Item(trail[len(trail)-1])
}

// leave ends the questionnaire without a report, kindly.
func (t *turn) leave(key string) {
	t.unlink()
	t.s.Filling = nil
	t.say(key)
	t.resumeAside()
}

// resumeAside takes up again what another program's joining had put aside.
func (t *turn) resumeAside() {
	if t.s.Filling == nil && t.s.Aside != nil {
		t.s.Filling, t.s.Aside = t.s.Aside, nil
		t.s.Program = t.s.Filling.Program
		t.ask()
	}
}

func (t *turn) skipQuestion() {
	q, i := t.current()
	f := t.s.Filling
	all, several := t.seen(q, i)
	several = several && !f.Single
	switch {
	case several && !slices.ContainsFunc(all, func(i *questionnaire.Item) bool { return i.Required }):
		for _, i := range all { // what was asked in one text is skipped with one word
			f.ahead(i.LinkID, nil)
		}
		t.goOn(q, before(q, i.LinkID))
	case !i.Required:
		f.Single = f.Single || several
		delete(f.Answers, i.LinkID)
		t.advance(q, i)
	case f.Warned || f.Misses > 1:
		t.leave("left")
	default:
		f.Warned = true
		t.say("needed")
		t.ask()
	}
}

// questionBack opens the question before, without its answer.
func (t *turn) questionBack() {
	f := t.s.Filling
	f.Offered = false
	t.unlink()
	if n := len(f.Trail); n > 0 {
		q, _ := t.current()
		f.reopen(q.Item(f.Trail[n-1]))
		f.Single = true
	} else {
		t.say("first-question")
	}
	t.ask()
}
