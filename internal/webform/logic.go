package webform

import (
	"hash/fnv"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tellback/tellback/internal/questionnaire"
)

// Where an expression decides what is asked, only the server can evaluate it: a page shows what is asked by the answers that it holds,
// and says so in a hidden field. When the answers that come back bring other questions, the page comes again with them.

// told are the answers that a form holds, and the same as far as they bring conditional items: to that, a place that the page has is
// there also while it is empty. Both are nil where nothing depends on them.
func (st State) told(q *questionnaire.Questionnaire, loc *time.Location) (answers, open questionnaire.Answers) {
	recurs := func(i *questionnaire.Item) bool { return len(i.Within) > 0 }
	if !dynamic(q) && !slices.ContainsFunc(q.All(), recurs) {
		return nil, nil
	}
	if st.pressed { // nothing moves but what the button said
		answers, _ = st.entered(q, loc, nil)
	} else {
		answers, _ = st.Parse(q, loc, nil)
	}
	open = maps.Clone(answers)
	for _, i := range q.All() {
		if !group(i) || i.Again == nil {
			continue
		}
		first := append(slices.Clone(i.At[:len(i.At)-1]), 1)
		if n, _, _ := st.shows(q, q.Occurrence(i, first...)); i.Turn() <= n {
			open[i.Again.LinkID] = []questionnaire.Value{{Type: questionnaire.Boolean, Text: "true"}}
		}
	}
	return answers, open
}

// dynamic says that what a page shows of q depends on an evaluation.
func dynamic(q *questionnaire.Questionnaire) bool {
	return slices.ContainsFunc(q.All(), func(i *questionnaire.Item) bool { return i.Logical() || conditional(q, i) || i.Calculated() })
}

// conditional says that only the server can tell if i is asked: by an evaluation, or by an answer that no page shows.
func conditional(q *questionnaire.Questionnaire, i *questionnaire.Item) bool {
	if i.Conditional() {
		return true
	}
	for ; i != nil; i = i.Parent {
		if slices.ContainsFunc(i.EnableWhen, func(c questionnaire.Condition) bool {
			on := q.Item(c.Question)
			return on != nil && on.Hidden
		}) {
			return true
		}
	}
	return false
}

// shown is the hidden field that says what a page shows.
func (b *builder) shown() [][2]string {
	if b.open == nil {
		return nil
	}
	return [][2]string{{fieldShown, strings.Join(marks(b.q, b.open), " ")}}
}

// News says whether answers bring questions, options or texts that the page did not have.
func (st State) News(q *questionnaire.Questionnaire, answers questionnaire.Answers) bool {
	for _, i := range q.Enabled(answers) {
		if ticked(i) && Asked(i) && st.unasked(q, i, answers) {
			return true
		}
	}
	had := strings.Fields(st.shown)
	return slices.ContainsFunc(marks(q, answers), func(m string) bool { return !slices.Contains(had, m) })
}

// unasked says that some answer to i, which is ticked, is to be asked about and the page did not.
func (st State) unasked(q *questionnaire.Questionnaire, i *questionnaire.Item, answers questionnaire.Answers) bool {
	enabled := q.Enabled(answers)
	for n, s := range st.answers[i.LinkID] {
		if n < len(answers[i.LinkID]) && !slices.Contains(st.blocks[i.LinkID], s) &&
			slices.ContainsFunc(about(i, n+1), func(c *questionnaire.Item) bool { return !c.Hidden && slices.Contains(enabled, c) }) {
			return true
		}
	}
	return false
}

// marks name the questions that an evaluation brings, each with what is asked.
func marks(q *questionnaire.Questionnaire, answers questionnaire.Answers) (out []string) {
	if !dynamic(q) {
		return nil
	}
	for _, i := range q.Enabled(answers) {
		if !Asked(i) || !i.Logical() && !conditional(q, i) {
			continue
		}
		h := fnv.New32a()
		as := q.Asked(i, answers)
		for _, s := range append(keys(as), as.Text.In("")) {
			_, _ = h.Write([]byte(s + "\x00"))
		}
		out = append(out, strconv.Itoa(i.Place())+"."+strconv.FormatUint(uint64(h.Sum32()), 36))
	}
	return out
}
