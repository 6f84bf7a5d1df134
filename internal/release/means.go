package release

import (
	"fmt"
	"slices"

	"github.com/tellback/tellback/internal/disclosure"
	"github.com/tellback/tellback/internal/questionnaire"
)

// maxWeight bounds how many cells stand for one answer in [problem.means]; a score with finer ordinals shows its mean only where it
// tells nothing new.
const maxWeight = 12

// mean is the mean of one score in one group.
type mean struct{ score, group int } // indices of questions and groups

// means decides which scores' means are shown. A mean with the number who have the score gives the sum of all their
// scores, and that is one more equation over counts that may be hidden. So a mean is shown only where
//
//  1. every answer to every item of the score is shown in that group: then the mean follows from them, but for people who
//     left items out; or nobody there left one out (and that is shown), so that the sum of the scores is exactly the
//     ordinals' sum weighted by the counts, and package disclosure, given that equation for all means shown together,
//     still can't open anything; and
//  2. nobody can tell that 1 to Threshold people, or none, are away from the lowest or from the highest score. With
//     d = Σ(x − min), that number of people lies between d/(max − min) and d in steps of the scale. As for a count, either the lower
//     bound is above the threshold, or the upper one is at least Reach and Span above the lower. The same goes for Σ(max − x); and
//  3. the score is linear and counts no item from the other end: rule 1 has been thought through for nothing else. What a table gives
//     (a T-score) adds up to something that depends on who answered several items alike, which no count shows; and
//  4. rule 2 holds as well for those of a split whose mean isn't shown, together: everyone's less the shown ones'.
func (b *problem) means(r disclosure.Rule) (map[mean]bool, error) {
	shown := map[mean]bool{}
	var doubtful []mean
	for n, q := range b.questions {
		if q.score == nil || !explained(q.score) {
			continue
		}
		for g := range b.groups {
			m := mean{n, g}
			switch {
			case b.hidden[q.cells[g].answered] || !b.blurred(q, []int{g}, nil, r):
			case b.followsFromShown(m):
				shown[m] = true
			case b.isExact(m):
				doubtful = append(doubtful, m)
			}
		}
	}
	if err := b.accept(doubtful, shown, r); err != nil {
		return nil, err
	}
	b.dropRevealing(shown, r)
	return shown, nil
}

// explained is rule 3.
func explained(s *questionnaire.Score) bool { return s.Linear() && len(s.Reversed) == 0 }

// Meanless are the ids of q's scores whose means no release shows.
func Meanless(q *questionnaire.Questionnaire) (ids []string) {
	for n := range q.Scores {
		if !explained(&q.Scores[n]) {
			ids = append(ids, q.Scores[n].ID)
		}
	}
	return ids
}

// items are the questions that a score is made of; nil when one of them isn't published.
func (b *problem) items(score *question) []*question {
	var out []*question
	for _, link := range score.score.Items {
		n := slices.IndexFunc(b.questions, func(q *question) bool { return q.id == link })
		if n < 0 || b.questions[n].each || len(b.questions[n].answers) == 0 {
			return nil
		}
		out = append(out, b.questions[n])
	}
	return out
}

func (b *problem) followsFromShown(m mean) bool {
	items := b.items(b.questions[m.score])
	return len(items) > 0 && !slices.ContainsFunc(items, func(q *question) bool { return !b.allShown(q.cells[m.group].given) })
}

// isExact says that it is shown that nobody left out an item, and that the weights are coarse enough.
func (b *problem) isExact(m mean) bool {
	none := func(i int) bool { return i < 0 || b.shown(i) && b.tables.Counts[i] == 0 }
	score := b.questions[m.score]
	if !none(score.cells[m.group].missing) || !none(score.cells[m.group].notAsked) {
		return false
	}
	items := b.items(score)
	for _, q := range items {
		if s := q.cells[m.group]; !none(s.missing) || !none(s.notAsked) {
			return false
		}
		for _, w := range weights(q, step(items)) {
			if w < 0 || w > maxWeight {
				return false
			}
		}
	}
	return len(items) > 0
}

// step is the greatest common divisor of all differences of the items' ordinals, in thousandths; at least 1.
func step(items []*question) int64 {
	var all int64
	for _, q := range items {
		for _, a := range q.answers {
			if a.ordinal != nil && q.answers[0].ordinal != nil {
				all = gcd(all, *a.ordinal-*q.answers[0].ordinal)
			}
		}
	}
	return max(all, 1)
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return max(a, -a)
}

// weights are the answers' ordinals above the lowest, in steps; −1 where there is none.
func weights(q *question, step int64) []int64 {
	var low *int64
	for _, a := range q.answers {
		if a.ordinal != nil && (low == nil || *a.ordinal < *low) {
			low = a.ordinal
		}
	}
	out := make([]int64, len(q.answers))
	for n, a := range q.answers {
		out[n] = -1
		if a.ordinal != nil {
			out[n] = (*a.ordinal - *low) / step
		}
	}
	return out
}

// accept adds as many of means to shown as the attacker, who is told them all, can't make use of.
func (b *problem) accept(means []mean, shown map[mean]bool, r disclosure.Rule) error {
	if len(means) == 0 {
		return nil
	}
	told := slices.Clone(means)
	for m := range shown {
		told = append(told, m)
	}
	slices.SortFunc(told, func(x, y mean) int { return (x.score-y.score)*len(b.groups) + x.group - y.group })
	tables, hidden := b.telling(told)
	breaches, err := disclosure.Attack(tables, hidden, r)
	if err != nil {
		return fmt.Errorf("release: attack the means of %s %s %s: %w", b.q.ID, b.q.Version, b.perspective, err)
	}
	if len(breaches) == 0 {
		for _, m := range means {
			shown[m] = true
		}
		return nil
	}
	if len(means) == 1 {
		return nil
	}
	if err := b.accept(means[:len(means)/2], shown, r); err != nil {
		return err
	}
	return b.accept(means[len(means)/2:], shown, r)
}

// telling gives the tables to an attacker who also knows the sums behind means. In a sum each cell counts once, so an answer of weight w
// is there w times: as itself and as w − 1 cells that equal it. What is shown anyway is left out of the sum.
func (b *problem) telling(means []mean) (disclosure.Tables, []bool) {
	t := disclosure.Tables{Counts: slices.Clone(b.tables.Counts), Sums: slices.Clone(b.tables.Sums), Groups: b.tables.Groups, Latent: slices.Clone(b.tables.Latent)}
	hidden := slices.Clone(b.hidden)
	cell := func(n int64, hide bool) int {
		t.Counts, t.Latent, hidden = append(t.Counts, n), append(t.Latent, false), append(hidden, hide)
		return len(t.Counts) - 1
	}
	copies := map[int][]int{}
	for _, m := range means {
		items := b.items(b.questions[m.score])
		var parts []int
		var sum int64
		for _, q := range items {
			for n, w := range weights(q, step(items)) {
				i := q.cells[m.group].given[n]
				if w <= 0 || b.shown(i) {
					continue
				}
				for int64(len(copies[i])) < w-1 {
					again := cell(t.Counts[i], true)
					t.Sums = append(t.Sums, disclosure.Sum{Total: i, Parts: []int{again}})
					copies[i] = append(copies[i], again)
				}
				parts = append(append(parts, i), copies[i][:w-1]...)
				sum += w * t.Counts[i]
			}
		}
		if len(parts) > 0 {
			t.Sums = append(t.Sums, disclosure.Sum{Total: cell(sum, false), Parts: parts})
		}
	}
	return t, hidden
}

// blurred is rule 2 of [problem.means] for the people of plus without those of minus.
func (b *problem) blurred(score *question, plus, minus []int, r disclosure.Rule) bool {
	var n, sum, unsummed int64
	for sign, groups := range map[int64][]int{1: plus, -1: minus} {
		for _, g := range groups {
			t := b.totals[b.groups[g].name()][score.id]
			n += sign * (t.Participants - t.Missing)
			sum += sign * t.Sum
			unsummed += sign * t.Unsummed
		}
	}
	if n == 0 || unsummed != 0 {
		return false
	}
	width, scale := score.score.Max-score.score.Min, step(b.items(score))
	if score.score.Method == "mean" {
		scale = max(1, scale/int64(len(score.score.Items)))
	}
	return wide(sum-n*score.score.Min, n, width, scale, r) && wide(n*score.score.Max-sum, n, width, scale, r)
}

func wide(away, n, width, scale int64, r disclosure.Rule) bool {
	if away <= 0 || width <= 0 {
		return false
	}
	lower, upper := (away+width-1)/width, min(n, away/scale)
	return lower > r.Threshold || upper >= r.Reach && upper-lower >= r.Span
}

// dropRevealing is rule 4.
func (b *problem) dropRevealing(shown map[mean]bool, r disclosure.Rule) {
	for again := true; again; {
		again = false
		for n, q := range b.questions {
			if q.score == nil {
				continue
			}
			for _, s := range b.splits {
				if shown[mean{n, s.total}] && b.dropParts(n, s, shown, r) {
					again = true
				}
			}
		}
	}
}

func (b *problem) dropParts(score int, s split, shown map[mean]bool, r disclosure.Rule) (dropped bool) {
	var known []int
	var left int64
	q := b.questions[score]
	for _, g := range s.parts {
		if shown[mean{score, g}] {
			known = append(known, g)
		} else {
			left += b.tables.Counts[q.cells[g].answered]
		}
	}
	if left == 0 || len(known) == 0 || b.blurred(q, []int{s.total}, known, r) {
		return false
	}
	for _, g := range known {
		delete(shown, mean{score, g})
	}
	return true
}
