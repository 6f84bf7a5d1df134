package release

import (
	"slices"

	"github.com/tellback/tellback/internal/questionnaire"
)

// addKnown adds what else is no secret: a report has an answer to something, what can be said of several answers to one question, and
// that whoever came by an open form came by the web.
func (b *problem) addKnown() {
	for _, q := range b.questions {
		if q.each {
			b.addSeveral(q)
		}
	}
	if first, ok := b.firsts(); ok && len(first) > 1 && b.few(first) {
		b.atMost(func(n int) []int { return []int{b.people[n]} }, func(n int) (out []int) {
			for _, q := range first {
				out = append(out, q.cells[n].answered)
			}
			return out
		})
	}
	for n, g := range b.groups {
		if g.name() != "channel=web" {
			continue
		}
		web, open := b.people[n], b.open
		if left := b.tables.Counts[web] - b.tables.Counts[open]; left > 0 {
			b.sum(web, open, b.derived(n, left))
		} else if left == 0 {
			b.sum(web, open)
		}
	}
}

// farAway is a number of answers that no table within the protector's reach is away from the truth.
const farAway = 100

// few says that in some group so few of the questions are answered that "a report answers something" tells anything.
func (b *problem) few(first []*question) bool {
	for n := range b.groups {
		left := -b.tables.Counts[b.people[n]]
		for _, q := range first {
			left += b.tables.Counts[q.cells[n].answered]
		}
		if b.tables.Counts[b.people[n]] > 0 && left < farAway*int64(len(first)) {
			return true
		}
	}
	return false
}

// firsts are the questions of which every report answers at least one: those that it can begin with. ok is false when one of them
// isn't published.
func (b *problem) firsts() (out []*question, ok bool) {
	for _, i := range b.begins {
		q := b.question(i.LinkID)
		if q == nil {
			return nil, false
		}
		out = append(out, q)
	}
	return out, true
}

// begins are the items that are asked whatever was answered before. (Where another is answered, so is one that it is asked after.)
func begins(all []asking) (out []*questionnaire.Item) {
	for _, a := range all {
		if !slices.ContainsFunc(a.clauses, needsAnswer) {
			out = append(out, a.item)
		}
	}
	return out
}

// needsAnswer says that none of c's conditions holds where there is no answer.
func needsAnswer(c clause) bool {
	return !slices.ContainsFunc(c, func(c questionnaire.Condition) bool { return c.Holds(nil) })
}

// addSeveral adds that whoever answers q gives one of the answers that exclude all others, or some of the rest: at least one of them.
func (b *problem) addSeveral(q *question) {
	var alone, rest []int // answers
	for k, a := range q.answers {
		if slices.ContainsFunc(q.item.Options, func(o questionnaire.Option) bool { return o.Exclusive && a.of(o) }) {
			alone = append(alone, k)
		} else {
			rest = append(rest, k)
		}
	}
	given := func(n int, which []int) (out []int) {
		for _, k := range which {
			out = append(out, q.cells[n].given[k])
		}
		return out
	}
	some := make([]int, len(b.groups)) // who gave some of the rest
	for n := range b.groups {
		some[n] = q.cells[n].answered
		if len(alone) == 0 {
			continue
		}
		left := b.tables.Counts[some[n]] - b.total(given(n, alone))
		if left < 0 {
			return // counted otherwise
		}
		some[n] = b.derived(n, left)
		b.sum(q.cells[n].answered, append([]int{some[n]}, given(n, alone)...)...)
	}
	if len(rest) == 0 {
		return
	}
	b.atMost(func(n int) []int { return []int{some[n]} }, func(n int) []int { return given(n, rest) })
	if len(alone) > 0 {
		for _, k := range rest {
			b.atMost(func(n int) []int { return given(n, []int{k}) }, func(n int) []int { return []int{some[n]} })
		}
	}
}

// sure says that whoever is asked q answers it: then that nobody left it out is no secret, and hides nothing.
func (b *problem) sure(q *question) bool {
	if sole := len(b.begins) == 1 && b.begins[0] == q.item; !q.item.Required && !sole {
		return false
	}
	return !slices.ContainsFunc(b.groups, func(g group) bool { return b.totals[g.name()][q.id].Missing != 0 })
}
