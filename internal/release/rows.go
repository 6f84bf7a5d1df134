package release

import (
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/tellback/tellback/internal/learning"
	"github.com/tellback/tellback/internal/questionnaire"
)

// rows are all rows of b: every place of the menu, whether or not its figure is shown.
func (b *problem) rows(lang string) []Row {
	w := &writer{b: b, row: Row{Questionnaire: b.q.ID, Version: b.q.Version, Perspective: b.perspective}}
	for _, stage := range []struct {
		measure Measure
		cell    int
	}{{Invited, b.invited}, {Started, b.started}, {Completed, b.people[0]}, {InvitedOnly, b.invitedOnly}, {StartedOnly, b.startedOnly}} {
		w.count(stage.measure, stage.cell)
	}
	for g := range b.groups {
		w.in(b.groups[g])
		w.count(People, b.people[g])
	}
	w.in(group{[]string{"origin"}, []string{"open"}})
	w.count(People, b.open)
	w.in(group{[]string{"origin"}, []string{"known"}})
	w.count(People, b.known)
	for _, q := range b.questions {
		w.row.Item, w.row.ItemLabel = q.id, q.item.Text.In(lang)
		for g := range b.groups {
			w.in(b.groups[g])
			w.question(q, g, lang)
			if q.hasMean() {
				w.put(Mean, rounded(b.mean(q, g)))
			}
		}
	}
	for n := range b.q.Scores {
		s := &b.q.Scores[n]
		w.row.Item, w.row.ItemLabel = learning.ScorePrefix+s.ID, scoreText(s, lang)
		for g := range b.groups {
			w.in(b.groups[g])
			w.put(Mean, rounded(b.scoreMean(s, g)))
		}
	}
	return w.rows
}

// hasMean says that a mean of q's answers makes sense.
func (q *question) hasMean() bool {
	if q.each {
		return false
	}
	for _, a := range q.answers {
		if a.ordinal != nil {
			return true
		}
	}
	return false
}

// writer writes rows that have much in common with the one before.
type writer struct {
	b    *problem
	row  Row
	rows []Row
}

func (w *writer) in(g group) {
	w.row.Breakdown, w.row.BreakdownValue = strings.Join(g.sources, "&"), strings.Join(g.values, "&")
}

// put writes a row; without a value it is suppressed.
func (w *writer) put(m Measure, value string) {
	r := w.row
	r.Measure, r.Value, r.Suppressed = m, value, value == ""
	w.rows = append(w.rows, r)
}

func (w *writer) count(m Measure, cell int) {
	value := ""
	if w.b.shown(cell) {
		value = strconv.FormatInt(w.b.tables.Counts[cell], 10)
	}
	w.put(m, value)
}

func (w *writer) question(q *question, g int, lang string) {
	s := q.cells[g]
	w.count(Answered, s.answered)
	switch {
	case s.missing >= 0:
		w.count(Missing, s.missing)
	case w.b.shown(s.answered):
		w.put(Missing, "0")
	default:
		w.put(Missing, "")
	}
	if s.notAsked >= 0 {
		w.count(NotAsked, s.notAsked)
	}
	for n, a := range q.answers {
		w.row.AnswerCode, w.row.AnswerLabel = a.code, a.text(lang)
		w.count(Count, s.given[n])
		share := ""
		if w.b.shown(s.given[n]) && w.b.shown(s.answered) {
			share = percent(w.b.tables.Counts[s.given[n]], w.b.tables.Counts[s.answered])
		}
		w.put(Percent, share)
	}
	w.row.AnswerCode, w.row.AnswerLabel = "", ""
}

// percent is a whole number, half up, with the ends left open; "" of nobody.
func percent(part, of int64) string {
	if of <= 0 {
		return ""
	}
	switch p := (200*part + of) / (2 * of); {
	case p <= 5:
		return "0-5"
	case p >= 95:
		return "95-100"
	default:
		return strconv.FormatInt(p, 10)
	}
}

// mean is the mean of q's ordinals in thousandths, over those who gave an answer that has one; nil where not every answer's count is
// shown, or nobody gave one. So it says nothing that the counts don't.
func (b *problem) mean(q *question, g int) *big.Rat {
	var sum, n int64
	for i, a := range q.answers {
		if !b.shown(q.cells[g].given[i]) {
			return nil
		}
		if a.ordinal != nil {
			given := b.tables.Counts[q.cells[g].given[i]]
			sum, n = sum+given**a.ordinal, n+given
		}
	}
	if n == 0 {
		return nil
	}
	return big.NewRat(sum, n)
}

// scoreMean is the sum of the means of a score's items, or the mean of them: what the score comes to where nobody leaves an item out, and
// made of shown counts alone. (The mean over those who have the score would tell how many have it.) nil where an item has no mean, or
// not everyone is asked it, and of a score by a table, whose mean depends on who gave several answers alike.
func (b *problem) scoreMean(s *questionnaire.Score, g int) *big.Rat {
	if !s.Linear() {
		return nil
	}
	out := new(big.Rat)
	for _, link := range s.Items {
		q := b.question(link)
		if q == nil || !q.hasMean() || q.cells[g].notAsked >= 0 {
			return nil
		}
		m := b.mean(q, g)
		if m == nil {
			return nil
		}
		if slices.Contains(s.Reversed, link) {
			lowest, highest := q.ends()
			m.Sub(big.NewRat(lowest+highest, 1), m)
		}
		out.Add(out, m)
	}
	if s.Method == "mean" {
		out.Quo(out, big.NewRat(int64(len(s.Items)), 1))
	}
	return out
}

// ends are the lowest and the highest ordinal of q's answers, in thousandths; q has a mean.
func (q *question) ends() (lowest, highest int64) {
	var all []int64
	for _, a := range q.answers {
		if a.ordinal != nil {
			all = append(all, *a.ordinal)
		}
	}
	return slices.Min(all), slices.Max(all)
}

// Meanless are the ids of q's scores whose means no release shows.
func Meanless(q *questionnaire.Questionnaire) (ids []string) {
	for n := range q.Scores {
		if !q.Scores[n].Linear() {
			ids = append(ids, q.Scores[n].ID)
		}
	}
	return ids
}

// rounded is a mean in thousandths as it is published: with one decimal, half away from zero; "" of none.
func rounded(m *big.Rat) string {
	if m == nil {
		return ""
	}
	text := new(big.Rat).Quo(m, big.NewRat(1000, 1)).FloatString(1)
	if text == "-0.0" {
		return "0.0"
	}
	return text
}
