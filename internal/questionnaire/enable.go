package questionnaire

import (
	"slices"
	"strconv"
	"strings"
)

// trigger is a Condition with its question found. Questions always come before the items that depend on them, so one
// pass in document order settles who is enabled.
type trigger struct {
	on     *Item
	others []*Item // further occurrences of it; any will do
	nth    int     // which of its answers is meant, from 1; 0: any
	op     operator
	answer Value
}

type operator byte

const (
	opExists operator = iota
	opAbsent
	opEqual
	opUnequal
	opAbove
	opBelow
	opAtLeast
	opAtMost
)

var operators = map[string]operator{
	"exists": opExists, "=": opEqual, "!=": opUnequal, ">": opAbove, "<": opBelow, ">=": opAtLeast, "<=": opAtMost,
}

// enableWhen reads the conditions of an item; what they refer to is judged once all items are known.
func (l *loader) enableWhen(e *element, i *Item) {
	behavior := strings.ToLower(e.str("enableBehavior"))
	i.EnableAny = behavior == "any"
	if behavior != "" && behavior != "any" && behavior != "all" {
		e.refuse("enableBehavior", refusedInvalid, "must be all or any")
	}
	e.each("enableWhen", func(c *element) {
		c.take("id")
		cond := Condition{Question: c.str("question"), Operator: c.str("operator")}
		v, ok := c.value("answer", Boolean, Decimal, Integer, Date, DateTime, Time, String, Choice, Quantity)
		cond.Answer = v
		if _, known := operators[cond.Operator]; !known {
			c.refuse("operator", refusedInvalid, "must be one of exists = != > < >= <=")
			ok = false
		}
		if c.take("answerReference") != nil {
			c.refuse("answerReference", refusedUnsupported, "is not supported: %s", unsupported["answerReference"])
		} else if cond.Answer.Type == "" {
			c.refuse("answer[x]", refusedMissing, "a condition needs its answer")
		}
		c.close()
		i.EnableWhen = append(i.EnableWhen, cond)
		if n := len(i.EnableWhen) - 1; ok {
			l.later = append(l.later, func() { l.resolve(c, i, n) })
		}
	})
	if len(i.EnableWhen) > 1 && behavior == "" {
		l.later = append(l.later, func() { l.alternatives(e, i) })
	}
}

// alternatives reads several conditions that don't say whether all or any must hold. A question that has one answer can't have several
// of them: then any is all that can be meant.
func (l *loader) alternatives(e *element, i *Item) {
	first := i.EnableWhen[0].Question
	q := l.q.byLink[first]
	if q == nil || q.Repeats || slices.ContainsFunc(i.EnableWhen, func(c Condition) bool { return c.Question != first || c.Operator != "=" }) {
		e.refuse("enableBehavior", refusedMissing, "several conditions need all or any")
		return
	}
	i.EnableAny = true
	e.notice("enableBehavior", "is missing; any is meant, since the question has one answer")
}

// resolve finds the question of i's n-th condition, and checks that the condition can be asked of it.
func (l *loader) resolve(c *element, i *Item, n int) {
	cond := &i.EnableWhen[n]
	q := l.q.byLink[cond.Question]
	switch {
	case q == nil:
		c.refuse("question", refusedInvalid, "no item has the linkId %q", clip(cond.Question))
		return
	case q.index >= i.index:
		c.refuse("question", refusedUnsupported, "refers to an item that does not come before this one; people answer in order")
		return
	case !q.Answerable():
		c.refuse("question", refusedInvalid, "refers to a %s, which has no answer", q.Type)
		return
	}
	t := trigger{on: q, op: operators[cond.Operator], answer: q.settle(q.mean(cond.Answer))}
	if t.op == opExists {
		if t.answer.Type != Boolean {
			c.refuse("answer[x]", refusedInvalid, "exists needs answerBoolean")
			return
		}
		if t.answer.Text == "false" {
			t.op = opAbsent
		}
	} else if !l.comparable(c, t) {
		return
	}
	cond.Answer = t.answer
	i.when = append(i.when, t)
}

func (l *loader) comparable(c *element, t trigger) bool {
	q, v := t.on, t.answer
	if (q.Type == Choice || q.Type == OpenChoice) && len(q.Options) == 0 && (q.rules == nil || q.rules.answer == nil) {
		return false // what is wrong with its options is said already
	}
	fits := v.Type == q.Type
	if q.Type == Choice || q.Type == OpenChoice {
		fits = q.Type == OpenChoice && v.Type == String ||
			slices.ContainsFunc(q.Options, func(o Option) bool { return o.Value.Type == v.Type })
	}
	switch {
	case !fits:
		c.refuse("answer[x]", refusedInvalid, "is of another type than the question's answers (%s)", q.Type)
	case t.op > opUnequal && !numeric(v.Type) && v.Type != Date && v.Type != DateTime && v.Type != Time:
		c.refuse("operator", refusedInvalid, "answers of the type %s have no order", q.Type)
	case t.op <= opUnequal && (q.Type == Choice || v.Type == Choice) && q.Option(v) == nil:
		c.notice("answer[x]", "is none of the question's options: that is never the answer")
		return true
	case v.Type == Quantity && q.unit(v) == nil && (v.Code != "" || len(q.Units) > 0):
		c.refuse("answer[x]", refusedInvalid, "is not in a unit of the question")
	default:
		return true
	}
	return false
}

// Holds says whether the condition holds when these are all answers to its question; none where it is not asked.
func (c Condition) Holds(given []Value) bool {
	t := trigger{op: operators[c.Operator], answer: c.Answer}
	if t.op == opExists && c.Answer.Text == "false" {
		t.op = opAbsent
	}
	return t.holds(given)
}

// holds says whether the condition holds for these answers. "!=" holds when no answer is equal, so also when there is none
// (http://hl7.org/fhir/questionnaire-enable-operator); the orders hold when any answer fits.
func (t *trigger) holds(vs []Value) bool {
	switch t.op {
	case opExists:
		return answered(vs)
	case opAbsent:
		return !answered(vs)
	}
	for i := range vs {
		if !vs[i].empty() && t.fits(vs[i]) {
			return t.op != opUnequal
		}
	}
	return t.op == opUnequal
}

func (t *trigger) fits(v Value) bool {
	if t.op == opEqual || t.op == opUnequal {
		return equal(v, t.answer)
	}
	cmp, ok := compare(v, t.answer)
	if !ok {
		return false
	}
	switch t.op {
	case opAbove:
		return cmp > 0
	case opBelow:
		return cmp < 0
	case opAtLeast:
		return cmp >= 0
	}
	return cmp <= 0
}

// fixed says that people can't answer i: it keeps its initial value, or what is computed.
func (i *Item) fixed() bool { return i.Hidden || i.ReadOnly || i.Calculated() }

// given is what counts as the answer to i. What is computed is in a already.
func (i *Item) given(a Answers) []Value {
	if i.fixed() && !i.computed() {
		return i.Initial
	}
	return a[i.LinkID]
}

// stackItems is up to how many items the states fit on the stack.
const stackItems = 256

// states says of each item whether it is enabled under a, and gives a with what is computed from it. buf is used where it is
// large enough.
func (q *Questionnaire) states(a Answers, buf []bool) ([]bool, Answers) {
	if q.logic != nil {
		v, a := q.settle(a)
		return v.on, a
	}
	a = q.implied(a)
	on := buf
	if len(on) < len(q.flat) {
		on = make([]bool, len(q.flat))
	}
	on = on[:len(q.flat)]
	for n, i := range q.flat {
		on[n] = i.enabled(a, on)
	}
	return on, a
}

// enabled says whether i is enabled, given the states of the items before it. What is nested under a question is
// asked in the context of its answer, so it waits for one; only a display is read together with the question.
func (i *Item) enabled(a Answers, on []bool) bool {
	if p := i.Parent; p != nil {
		if !on[p.index] {
			return false
		}
		if p.Type != Group && i.Type != Display && (!answered(p.given(a)) || i.Nth > 1 && len(present(p.given(a))) < i.Nth) {
			return false
		}
	}
	switch {
	case i.beside != nil:
		return on[i.beside.index]
	case i.Again != nil && (!on[i.Again.index] || !slices.Contains(a[i.Again.LinkID], yes)):
		return false
	case len(i.when) == 0:
		return true
	}
	for n := range i.when {
		t := &i.when[n]
		if t.holds(t.given(a, on)) == i.EnableAny {
			return i.EnableAny
		}
	}
	return !i.EnableAny
}

// given are the answers that t looks at.
func (t *trigger) given(a Answers, on []bool) (vs []Value) {
	if on[t.on.index] {
		vs = t.on.given(a)
	}
	if t.nth > 0 {
		return vs[min(t.nth-1, len(vs)):min(t.nth, len(vs))]
	}
	for _, i := range t.others {
		if on[i.index] {
			vs = append(slices.Clip(vs), i.given(a)...)
		}
	}
	return vs
}

// Enabled are the items that are enabled under a, groups and displays included, hidden ones too, in document order.
// A disabled item's descendants are disabled, and so are the questions nested under a question without an answer.
func (q *Questionnaire) Enabled(a Answers) []*Item {
	var buf [stackItems]bool
	on, _ := q.states(a, buf[:])
	out := make([]*Item, 0, len(q.flat))
	for n, i := range q.flat {
		if on[n] {
			out = append(out, i)
		}
	}
	return out
}

// Askable are the enabled items but those that offer nothing to choose.
func (q *Questionnaire) Askable(a Answers) []*Item {
	offers := q.offering(a)
	return slices.DeleteFunc(q.Enabled(a), func(i *Item) bool { return !offers(i) })
}

// Next is the first enabled, visible item after the item with that linkId ("" starts) that people read or answer
// (answerable or display), or nil at the end. Read-only questions are not asked, nor whether there is another after one of which nothing was
// told, nor what offers nothing to choose. An unknown linkId is the end.
func (q *Questionnaire) Next(a Answers, after string) *Item {
	start := 0
	if after != "" {
		i := q.byLink[after]
		if i == nil {
			return nil
		}
		start = i.index + 1
	}
	var buf [stackItems]bool
	on, _ := q.states(a, buf[:])
	offers := q.offering(a)
	for n := start; n < len(q.flat); n++ {
		if i := q.flat[n]; on[n] && i.Type != Group && !i.Hidden && (i.Type == Display || !i.fixed()) && (!i.Another || q.filled(i.beside, a)) && offers(i) {
			return i
		}
	}
	return nil
}

// number writes a whole number for a sentence.
func number[T int | int64](n T) string { return strconv.FormatInt(int64(n), 10) }
