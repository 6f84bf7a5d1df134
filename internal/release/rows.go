package release

import (
	"strconv"
	"strings"
)

// rows are all rows of b: every place of the menu, whether or not its figure is shown.
func (b *problem) rows(lang string, means map[mean]bool) []Row {
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
	for n, q := range b.questions {
		w.row.Item, w.row.ItemLabel = q.id, q.label(lang)
		for g := range b.groups {
			w.in(b.groups[g])
			w.question(q, g, lang)
			switch {
			case q.score != nil:
				w.mean(q, g, means[mean{n, g}])
			case q.hasMean():
				w.itemMean(q, g)
			}
		}
	}
	return w.rows
}

func (q *question) label(lang string) string {
	if q.score != nil {
		return q.score.Title.In(lang)
	}
	return q.item.Text.In(lang)
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
	if q.score != nil {
		return // how many have one score but not another would be a count of its own: only means are published
	}
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

func (w *writer) itemMean(q *question, g int) {
	var sum, n int64
	for i, a := range q.answers {
		if !w.b.shown(q.cells[g].given[i]) {
			w.put(Mean, "")
			return
		}
		if a.ordinal != nil {
			given := w.b.tables.Counts[q.cells[g].given[i]]
			sum, n = sum+given**a.ordinal, n+given
		}
	}
	w.put(Mean, tenths(sum, n))
}

func (w *writer) mean(q *question, g int, shown bool) {
	if !shown {
		w.put(Mean, "")
		return
	}
	w.put(Mean, tenths(w.b.totals[w.b.groups[g].name()][q.id].Sum, w.b.tables.Counts[q.cells[g].answered]))
}

// tenths is the mean of n numbers whose sum is in thousandths, with one decimal, half away from zero; "" of none.
func tenths(sum, n int64) string {
	if n <= 0 {
		return ""
	}
	sign := ""
	if sum < 0 {
		sign, sum = "-", -sum
	}
	t := (sum + 50*n) / (100 * n)
	if t == 0 {
		sign = ""
	}
	return sign + strconv.FormatInt(t/10, 10) + "." + strconv.FormatInt(t%10, 10)
}
