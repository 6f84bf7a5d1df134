package release

import (
	"fmt"
	"slices"

	"github.com/tellback/tellback/internal/disclosure"
	"github.com/tellback/tellback/internal/learning"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/report"
)

// problem is everything that a release may say of one version of a questionnaire and one perspective, as linked tables of
// counts, with what is hidden of them.
type problem struct {
	q           *questionnaire.Questionnaire
	perspective string
	totals      tallies
	groups      []group
	splits      []split

	tables disclosure.Tables
	hidden []bool

	people                                     []int // cell of each group's size
	invited, started, invitedOnly, startedOnly int
	open, known                                int
	questions                                  []*question

	askings     []asking
	begins      []*questionnaire.Item // what a report can begin with
	gates       map[string]*gate      // by name; nil where who is asked can't be said in sums
	unpublished [][]int               // cells by group that no row shows
}

// question is an item.
type question struct {
	id      string // its linkId
	item    *questionnaire.Item
	gate    string // the name of what must hold for it to be asked
	answers []answer
	each    bool  // several answers may be given: each splits people into those who gave it and those who did not
	cells   []set // by group
}

// answer is one code that can be given to a question.
type answer struct {
	code    string
	label   questionnaire.Localized
	ordinal *int64 // thousandths
}

// set are a question's cells in one group; −1 where there is none.
type set struct {
	answered, missing, notAsked int   // no missing where nobody can leave it out, no notAsked where everyone is asked
	given, not                  []int // by answer; not only where a question has each
}

func newProblem(p *program.Program, q *questionnaire.Questionnaire, perspective string, t tallies) (*problem, error) {
	b := &problem{q: q, perspective: perspective, askings: askings(q), gates: map[string]*gate{}}
	b.begins = begins(b.askings)
	b.groups, b.splits, b.totals = menu(p, t)
	b.unpublished = make([][]int, len(b.groups))
	for _, g := range b.groups {
		b.people = append(b.people, b.cell(b.completed(g.name())))
	}
	b.join(b.people)
	b.addStages()
	for _, a := range b.askings {
		if at, ok := b.gateFor(a); ok {
			i := a.item
			if err := b.ask(&question{id: i.LinkID, item: i, gate: a.gate, answers: answers(i), each: i.Repeats}, at); err != nil {
				return nil, err
			}
		}
	}
	b.addKnown()
	return b, nil
}

func (b *problem) completed(group string) int64 {
	return b.totals[group][""].Bins[string(report.Completed)]
}

// cell adds a count.
func (b *problem) cell(n int64) int {
	b.tables.Counts, b.tables.Latent = append(b.tables.Counts, n), append(b.tables.Latent, false)
	return len(b.tables.Counts) - 1
}

func (b *problem) sum(total int, parts ...int) {
	b.tables.Sums = append(b.tables.Sums, disclosure.Sum{Total: total, Parts: parts})
}

// join adds the sums of a count over the groups; cells are by group.
func (b *problem) join(cells []int) {
	for _, s := range b.splits {
		parts := make([]int, len(s.parts))
		for i, g := range s.parts {
			parts[i] = cells[g]
		}
		b.sum(cells[s.total], parts...)
	}
}

func (b *problem) addStages() {
	stages := b.totals[""][""].Bins
	invitedOnly, startedOnly, completed := stages[string(report.Invited)], stages[string(report.Started)], stages[string(report.Completed)]
	b.invitedOnly, b.startedOnly = b.cell(invitedOnly), b.cell(startedOnly)
	b.started, b.invited = b.cell(startedOnly+completed), b.cell(invitedOnly+startedOnly+completed)
	b.sum(b.started, b.startedOnly, b.people[0])
	b.sum(b.invited, b.invitedOnly, b.started)

	b.open, b.known = b.cell(b.completed(learning.OriginOpen)), b.cell(b.completed(learning.OriginKnown))
	b.sum(b.people[0], b.open, b.known)
}

// question is the published one with that linkId, or nil.
func (b *problem) question(link string) *question {
	n := slices.IndexFunc(b.questions, func(q *question) bool { return q.id == link })
	if n < 0 {
		return nil
	}
	return b.questions[n]
}

// answers are the codes that can be given to i as a standing has them; none where the answer is a number or words.
func answers(i *questionnaire.Item) []answer {
	var out []answer
	if i.Type == questionnaire.Boolean {
		return []answer{{code: "true"}, {code: "false"}}
	}
	for _, o := range i.Options {
		code := o.Value.Code
		if code == "" {
			code = o.Value.Text
		}
		if !slices.ContainsFunc(out, func(a answer) bool { return a.code == code }) {
			out = append(out, answer{code, o.Label, o.Ordinal})
		}
	}
	return out
}

// ask adds the cells and sums of a question that those behind a gate are asked, or everyone.
func (b *problem) ask(q *question, behind *gate) error {
	if q.item != nil && q.item.Type == questionnaire.OpenChoice && !slices.ContainsFunc(q.answers, func(a answer) bool { return a.code == Own }) {
		q.answers = append(q.answers, answer{code: Own})
	}
	sure := b.sure(q)
	for n, g := range b.groups {
		t, all := b.totals[g.name()][q.id], b.people[n]
		s := set{answered: b.cell(t.Participants - t.Missing), missing: -1, notAsked: -1}
		if behind != nil {
			all, s.notAsked = behind.in[n], behind.out[n]
		}
		parts := []int{s.answered}
		if !sure {
			s.missing = b.cell(t.Missing)
			parts = append(parts, s.missing)
		}
		b.sum(all, parts...)
		b.give(q, &s, t)
		q.cells = append(q.cells, s)
	}
	for _, n := range b.tables.Counts {
		if n < 0 {
			return fmt.Errorf("release: the ledger's totals of %q in %s %s don't fit together", q.id, b.q.ID, b.q.Version)
		}
	}
	b.joinAll(q)
	b.questions = append(b.questions, q)
	return nil
}

// give adds the cells of the answers in one group, and how they add up to those who answered.
func (b *problem) give(q *question, s *set, t learning.Totals) {
	answered := b.tables.Counts[s.answered]
	for _, a := range q.answers {
		n := t.Bins[a.code]
		given := b.cell(n)
		s.given = append(s.given, given)
		if !q.each {
			continue
		}
		not := b.cell(answered - n)
		s.not = append(s.not, not)
		b.sum(s.answered, given, not)
		if n == answered && n > 0 { // that nobody gave an answer is shown, as any zero; that all did is not
			b.tables.Groups = append(b.tables.Groups, disclosure.Group{Total: s.answered, Parts: []int{given, not}})
		}
	}
	switch {
	case q.each || len(s.given) == 0:
	case len(s.given) == 1:
		b.sum(s.answered, s.given[0])
	default:
		b.sum(s.answered, s.given...)
		b.tables.Groups = append(b.tables.Groups, disclosure.Group{Total: s.answered, Parts: s.given})
	}
}

// joinAll adds the sums of each of q's counts over the groups.
func (b *problem) joinAll(q *question) {
	over := func(cell func(set) int) {
		cells := make([]int, len(q.cells))
		for g, s := range q.cells {
			cells[g] = cell(s)
		}
		b.join(cells)
	}
	over(func(s set) int { return s.answered })
	if q.cells[0].missing >= 0 {
		over(func(s set) int { return s.missing })
	}
	for n := range q.answers {
		over(func(s set) int { return s.given[n] })
		if q.each {
			over(func(s set) int { return s.not[n] })
		}
	}
}

// protect decides what is hidden, and makes sure of it.
func (b *problem) protect(r disclosure.Rule) error {
	if all := b.tables.Counts[b.people[0]]; all > 0 && all <= r.Threshold {
		b.hidden = slices.Repeat([]bool{true}, len(b.tables.Counts))
		return nil
	}
	b.tables.Cost, b.tables.Withheld = b.costs(), make([]bool, len(b.tables.Counts))
	for {
		var err error
		if b.hidden, err = disclosure.Protect(b.tables, r); err != nil {
			return fmt.Errorf("release: protect %s %s %s: %w", b.q.ID, b.q.Version, b.perspective, err)
		}
		if b.hidden[b.people[0]] {
			b.hidden = slices.Repeat([]bool{true}, len(b.tables.Counts))
			return nil
		}
		more := b.hideAnswers()
		breaches, err := disclosure.Attack(b.tables, b.hidden, r)
		if err != nil {
			return fmt.Errorf("release: attack %s %s %s: %w", b.q.ID, b.q.Version, b.perspective, err)
		}
		switch {
		case len(breaches) == 0:
			return nil
		case !more:
			return fmt.Errorf("release: %s %s %s: refused, since the attacker opens %d cells of it", b.q.ID, b.q.Version, b.perspective, len(breaches))
		}
		// What went with a group's size left something open: protect once more, with that hidden from the start.
	}
}

// costs say how much hiding each cell hurts. A count costs what it is, but with the size of a group all its answers go, and with everyone's
// size all there is; how many began but did not finish is worth the least.
func (b *problem) costs() []int64 {
	out := slices.Clone(b.tables.Counts)
	all := b.tables.Counts[b.people[0]]
	for _, i := range b.people {
		out[i] += 4 * all
	}
	out[b.people[0]] = 20 * all
	for _, i := range []int{b.invited, b.started, b.invitedOnly, b.startedOnly} {
		out[i] = 1
	}
	for _, q := range b.questions {
		for _, s := range q.cells {
			out[s.answered] *= 2
		}
	}
	for _, i := range append(b.gateCells(func(g *gate) []int { return g.in }), slices.Concat(b.unpublished...)...) { // no row shows them
		out[i] = 1
	}
	return out
}

// hideAnswers hides every answer of the groups whose size is hidden, for good, and says whether any was shown until now.
func (b *problem) hideAnswers() (more bool) {
	for g, size := range b.people {
		if !b.hidden[size] {
			continue
		}
		var cells []int
		for _, q := range b.questions {
			s := q.cells[g]
			cells = append(append(append(cells, s.answered, s.missing), s.given...), s.not...)
		}
		cells = append(cells, b.unpublished[g]...)
		cells = append(cells, b.gateCells(func(at *gate) []int { return []int{at.in[g], at.out[g]} })...)
		for _, i := range cells {
			if i >= 0 && !b.hidden[i] {
				b.hidden[i], b.tables.Withheld[i], more = true, true, true
			}
		}
	}
	return more
}

func (b *problem) shown(i int) bool { return !b.hidden[i] }
