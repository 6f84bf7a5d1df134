package release

import (
	"slices"
	"strconv"
	"testing"

	"github.com/tellback/tellback/internal/disclosure"
	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/report"
)

// A mean is shown because it follows from counts. What a table makes of a sum doesn't: of the same counts, people who answer
// both items alike have another mean than people who don't.
func TestMeansOfScoresThatAreNoSumsAreNotShown(t *testing.T) {
	w := newWorld(t)
	p, q := w.catalog.Program("lake"), w.catalog.Questionnaire("week", "1")
	var people []report.Standing
	for n := range 500 {
		mood, sleep := strconv.Itoa(n%5), strconv.Itoa(n/5%5)
		if q.Item("sleep").Option(questionnaire.Value{Type: questionnaire.Choice, Code: sleep}) == nil {
			sleep = "1"
		}
		people = append(people, report.Standing{Program: "lake", Questionnaire: "week", Version: "1", Period: "2026-09", Perspective: report.Self, Stage: report.Completed,
			Groups: []string{""}, Scores: q.Score(answersOf(mood, sleep)),
			Cells: map[string]report.Cell{"mood": {Codes: []string{mood}}, "sleep": {Codes: []string{sleep}}}})
	}
	b, err := newProblem(p, q, "self", sections(cellsOf(people))[0].tallies)
	if err != nil {
		t.Fatal(err)
	}
	b.hidden = make([]bool, len(b.tables.Counts)) // nothing needs hiding
	n := slices.IndexFunc(b.questions, func(q *question) bool { return q.score != nil })
	shows := func(s questionnaire.Score) bool {
		b.questions[n].score = &s
		shown, err := b.means(disclosure.Default)
		if err != nil {
			t.Fatal(err)
		}
		return shown[mean{n, 0}]
	}
	sum := q.Scores[0]
	if !shows(sum) {
		t.Fatal("the mean of a sum isn't shown, so this test shows nothing")
	}
	table := sum
	table.Table = []questionnaire.Row{{Raw: sum.Min, Score: sum.Min}, {Raw: sum.Max, Score: sum.Max}}
	if shows(table) {
		t.Error("the mean of what a table gives is shown")
	}
	reversed := sum
	reversed.Reversed = sum.Items[:1]
	if shows(reversed) {
		t.Error("the mean of a score with a reversed item is shown")
	}
}
