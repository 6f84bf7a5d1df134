package release

import (
	"slices"
	"strings"

	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/questionnaire"
)

// Who is asked what is no secret: the questionnaire is public, and so is that those who found care hard to get are the ones
// asked what got in the way. A reader who knows it takes answers to one question for the number asked another, and what
// is published of one can give away what is kept back of the other. So all of it stands in the tables as sums.

// clause says when people are asked: when any of its conditions holds.
type clause []questionnaire.Condition

// gate is what must hold, all of it, for people to be asked something. Whoever is asked the items behind one gate is
// asked all of them.
type gate struct {
	name    string
	in, out []int // cells by group: how many were asked, and were not
}

// asking is an item that people may be asked, and what must hold for that.
type asking struct {
	item    *questionnaire.Item
	clauses []clause
	gate    string // its clauses' name
}

// askings are those of q, in the order in which it asks. What is hidden or read-only always has the answer that it begins with.
func askings(q *questionnaire.Questionnaire) (out []asking) {
	for _, i := range q.All() {
		if i.Answerable() && asked(i) {
			clauses := clausesOf(i)
			out = append(out, asking{i, clauses, name(clauses)})
		}
	}
	return out
}

// asked says that nothing keeps people from being asked i.
func asked(i *questionnaire.Item) bool {
	for at := i; at != nil; at = at.Parent {
		if at.Hidden {
			return false
		}
	}
	return !i.ReadOnly
}

// clausesOf are those of item i: of what it is nested in, the outermost first, and its own.
func clausesOf(i *questionnaire.Item) []clause {
	var out []clause
	if i.Parent != nil {
		out = clausesOf(i.Parent)
		if i.Parent.Answerable() {
			exists := questionnaire.Condition{Question: i.Parent.LinkID, Operator: "exists", Answer: questionnaire.Value{Type: questionnaire.Boolean, Text: "true"}}
			out = append(out, clause{exists})
		}
	}
	if i.EnableAny {
		return append(out, i.EnableWhen)
	}
	for _, c := range i.EnableWhen {
		out = append(out, clause{c})
	}
	return out
}

// name tells gates apart.
func name(clauses []clause) string {
	var s strings.Builder
	for _, any := range clauses {
		for _, c := range any {
			for _, part := range []string{c.Question, c.Operator, string(c.Answer.Type), c.Answer.Text, c.Answer.System, c.Answer.Code} {
				s.WriteString(part + "\x00")
			}
		}
		s.WriteString("\x01")
	}
	return s.String()
}

// Unpublished are the linkIds of q's questions whose figures no release shows, since who is asked them takes more than one question's
// answers to say, or an answer that isn't counted, or since they are told of each of several.
func Unpublished(p *program.Program, q *questionnaire.Questionnaire) []string {
	b, err := newProblem(p, q, "", tallies{})
	if err != nil {
		return nil // can't be: nobody has answered
	}
	var out []string
	for _, a := range b.askings {
		if b.question(a.item.LinkID) == nil && a.item.Origin == a.item && !a.item.Another {
			out = append(out, a.item.LinkID)
		}
	}
	return out
}

// gateFor is the gate of an item, nil where everyone is asked it. ok is false when who is asked it can't be said in sums: then nothing
// of it may be published, for what a reader makes of it nobody has looked at.
func (b *problem) gateFor(a asking) (g *gate, ok bool) {
	if a.item.Tied() { // to other answers, by what no sum says
		return nil, false
	}
	counts := make([]int64, len(b.groups))
	for n, at := range b.groups {
		counts[n] = b.totals[at.name()][a.item.LinkID].Participants
	}
	all := b.people
	if len(a.clauses) > 0 {
		if _, seen := b.gates[a.gate]; !seen {
			b.gates[a.gate] = b.newGate(a, counts)
		}
		if g = b.gates[a.gate]; g == nil {
			return nil, false
		}
		all = g.in
	}
	return g, slices.EqualFunc(counts, all, func(n int64, cell int) bool { return n == b.tables.Counts[cell] })
}

// newGate adds the cells and sums of an item's gate, behind which counts people were asked, by group. It is nil when that is more than what one
// question tells of those behind the gate before, or something that isn't counted.
func (b *problem) newGate(a asking, counts []int64) *gate {
	before, rest := b.before(a.clauses)
	e, ok := b.event(rest)
	if !ok || before != nil && !strings.HasPrefix(e.of.gate, before.name) {
		return nil
	}
	outer := b.people
	if before != nil {
		outer = before.in
	}
	for n, count := range counts {
		want := b.total(e.cells(n))
		if e.negative {
			want = b.tables.Counts[outer[n]] - want
		}
		if count != want {
			return nil
		}
	}
	g := &gate{name: a.gate}
	for n, count := range counts {
		g.in, g.out = append(g.in, b.cell(count)), append(g.out, b.cell(b.tables.Counts[b.people[n]]-count))
		b.sum(b.people[n], g.in[n], g.out[n])
		if e.negative {
			b.sum(outer[n], append([]int{g.in[n]}, e.cells(n)...)...)
		} else {
			b.sum(g.in[n], e.cells(n)...)
		}
	}
	b.join(g.in)
	b.join(g.out)
	return g
}

// before is the gate whose clauses are the first of these, the longest there is (nil: everyone), and the clauses that remain.
func (b *problem) before(clauses []clause) (*gate, []clause) {
	for n := len(clauses) - 1; n > 0; n-- {
		id := name(clauses[:n])
		for _, a := range b.askings {
			if a.gate != id {
				continue
			}
			if g, ok := b.gateFor(a); ok {
				return g, clauses[n:]
			}
		}
	}
	return nil, clauses
}

// event is a set of people that is counted: those who gave one of some answers to a question. negative turns it round: those
// who did not, whether or not they were asked.
type event struct {
	of       *question
	cells    func(group int) []int // add up to the positive event
	negative bool
}

// event is when all of the clauses hold; ok is false when they ask more than one question, or of what isn't counted.
func (b *problem) event(clauses []clause) (e event, ok bool) {
	if len(clauses) == 0 || slices.ContainsFunc(clauses, func(any clause) bool {
		return slices.ContainsFunc(any, func(c questionnaire.Condition) bool { return c.Question != clauses[0][0].Question })
	}) {
		return e, false
	}
	q := b.question(clauses[0][0].Question)
	if q == nil {
		return e, false
	}
	e.of = q
	if exists, only := onlyExists(clauses); only {
		e.negative = !exists
		e.cells = func(g int) []int { return []int{q.cells[g].answered} }
		return e, true
	}
	if len(q.answers) == 0 || q.each && (len(clauses) > 1 || len(clauses[0]) > 1) {
		return e, false
	}
	if q.each && clauses[0][0].Operator != "=" && clauses[0][0].Operator != "!=" {
		return e, false
	}
	e.negative = holds(clauses, nil)
	var codes []int
	for k := range q.answers {
		yes, sure := q.outcome(k, clauses)
		if !sure {
			return e, false
		}
		if yes != e.negative {
			codes = append(codes, k)
		}
	}
	e.cells = func(g int) []int {
		out := make([]int, len(codes))
		for i, k := range codes {
			out[i] = q.cells[g].given[k]
		}
		return out
	}
	return e, len(codes) > 0
}

// onlyExists says whether the clauses ask for nothing but that there is an answer, or none.
func onlyExists(clauses []clause) (exists, only bool) {
	if len(clauses) != 1 || len(clauses[0]) != 1 || clauses[0][0].Operator != "exists" {
		return false, false
	}
	return clauses[0][0].Answer.Text != "false", true
}

// outcome says whether the clauses hold for whoever gave answer k alone; sure is false when its code doesn't tell.
func (q *question) outcome(k int, clauses []clause) (yes, sure bool) {
	code := q.answers[k].code
	if q.item.Type == questionnaire.Boolean {
		return holds(clauses, []questionnaire.Value{{Type: questionnaire.Boolean, Text: code}}), true
	}
	known := false
	for _, o := range q.item.Options {
		if !q.answers[k].of(o) {
			continue
		}
		now := holds(clauses, []questionnaire.Value{o.Value})
		if known && now != yes {
			return false, false
		}
		yes, known = now, true
	}
	if known {
		return yes, true
	}
	for _, any := range clauses { // words of one's own: a condition on words depends on which
		for _, c := range any {
			if c.Answer.Type == questionnaire.String {
				return false, false
			}
		}
	}
	return holds(clauses, []questionnaire.Value{{Type: questionnaire.String, Text: "…"}}), true
}

func holds(clauses []clause, given []questionnaire.Value) bool {
	for _, any := range clauses {
		if !slices.ContainsFunc(any, func(c questionnaire.Condition) bool { return c.Holds(given) }) {
			return false
		}
	}
	return true
}

// of says that a is the code of option o.
func (a answer) of(o questionnaire.Option) bool {
	return a.code == o.Value.Code || o.Value.Code == "" && a.code == o.Value.Text
}

// gateCells are some cells of every gate.
func (b *problem) gateCells(some func(*gate) []int) (out []int) {
	for _, g := range b.gates {
		if g != nil {
			out = append(out, some(g)...)
		}
	}
	return out
}

// atMost adds that in every group some cells together are no more than others, if that is true of these people. The difference is
// a count of people too: of those who gave several answers, say.
func (b *problem) atMost(less, more func(group int) []int) {
	for n := range b.groups {
		if len(more(n)) == 0 || b.total(less(n)) > b.total(more(n)) {
			return
		}
	}
	for n := range b.groups {
		larger := more(n)
		rest := b.derived(n, b.total(larger)-b.total(less(n)))
		total := larger[0]
		if len(larger) > 1 {
			total = b.latent(b.total(larger))
			b.sum(total, larger...)
		}
		b.sum(total, append([]int{rest}, less(n)...)...)
	}
}

func (b *problem) total(cells []int) (n int64) {
	for _, i := range cells {
		n += b.tables.Counts[i]
	}
	return n
}

// latent adds a count that is published nowhere and of nobody in particular (see [disclosure.Tables]).
func (b *problem) latent(n int64) int {
	i := b.cell(n)
	b.tables.Latent[i] = true
	return i
}

// derived adds a count of people of a group that is not published, but may be worked out of what is, and is protected like it.
func (b *problem) derived(group int, n int64) int {
	i := b.cell(n)
	b.unpublished[group] = append(b.unpublished[group], i)
	return i
}
