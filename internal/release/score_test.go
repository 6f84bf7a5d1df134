package release

import (
	"math/big"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/report"
)

// What a table makes of a sum does not follow from counts: of the same counts, people who answer both items alike have another mean than
// people who don't. An item that counts from the other end does.
func TestMeansOfScoresThatCountsDontTellAreNotShown(t *testing.T) {
	w := newWorld(t)
	p, q := w.catalog.Program("lake"), w.catalog.Questionnaire("week", "1")
	var people []report.Standing
	for n := range 500 {
		cells := map[string]report.Cell{"mood": {Codes: []string{strconv.Itoa(n % 5)}}, "sleep": {Codes: []string{strconv.Itoa(n % 4)}}}
		people = append(people, report.Standing{Program: "lake", Questionnaire: "week", Version: "1", Period: "2026-09", Perspective: report.Self,
			Stage: report.Completed, Groups: []string{""}, Cells: cells})
	}
	b, err := newProblem(p, q, "self", sections(cellsOf(people))[0].tallies)
	if err != nil {
		t.Fatal(err)
	}
	b.hidden = slices.Clone(b.tables.Latent) // nothing needs hiding
	sum := q.Scores[0]
	if m := b.scoreMean(&sum, 0); m == nil || m.Cmp(big.NewRat(3500, 1)) != 0 { // 2 + 1.5
		t.Errorf("the mean of the sum is %v", m)
	}
	reversed := sum
	reversed.Reversed = []string{"sleep"}
	if m := b.scoreMean(&reversed, 0); m == nil || m.Cmp(big.NewRat(4500, 1)) != 0 { // 2 + (4 − 1.5)
		t.Errorf("the mean with an item from the other end is %v", m)
	}
	table := sum
	table.Table = []questionnaire.Row{{Raw: sum.Min, Score: sum.Min}, {Raw: sum.Max, Score: sum.Max}}
	if m := b.scoreMean(&table, 0); m != nil {
		t.Errorf("the mean of what a table gives is shown: %v", m)
	}
	if d := cmp.Diff([]string(nil), Meanless(q)); d != "" {
		t.Errorf("scores without a mean (-want +got)\n%s", d)
	}
}

// TestAScoreSaysWhichWayIsBetter where its number is read, in each language.
func TestAScoreSaysWhichWayIsBetter(t *testing.T) {
	s := questionnaire.Score{ID: "load", Title: questionnaire.Localized{"en": "Load", "es": "Carga"}}
	for better, want := range map[string][2]string{
		"": {"Load", "Carga"}, "higher": {"Load (higher is better)", "Carga (más alto es mejor)"}, "lower": {"Load (lower is better)", "Carga (más bajo es mejor)"},
	} {
		s.Better = better
		if got := [2]string{scoreText(&s, "en"), scoreText(&s, "es")}; got != want {
			t.Errorf("%s: %q", better, got)
		}
	}
	w := newWorld(t)
	p, q := w.catalog.Program("lake"), *w.catalog.Questionnaire("week", "1")
	q.Scores = slices.Clone(q.Scores)
	q.Scores[0].Better = "lower"
	b := &problem{q: &q}
	if got := labels(p, []*problem{b})["en"][ItemLabel("week", "1", "score:"+q.Scores[0].ID)]; got != q.Scores[0].Title.In("en")+" (lower is better)" {
		t.Errorf("its label is %q", got)
	}
}
