package questionnaire_test

import (
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/questionnaire/questionnairetest"
)

// Whoever answers at random is understood the same in texts and as a response, whatever repeats.
func TestWhatRepeatsMeansTheSameAsAResponse(t *testing.T) {
	doc, err := os.ReadFile("testdata/medicines.json")
	if err != nil {
		t.Fatal(err)
	}
	q, err := questionnaire.Load(doc)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		a := questionnaire.Answers{}
		for i := q.Next(a, ""); i != nil; i = q.Next(a, i.LinkID) {
			if asked := q.Asked(i, a); asked.Required || rapid.IntRange(0, 3).Draw(t, "skip") > 0 {
				if a[i.LinkID] = questionnairetest.Answer(t, q, asked, time.UTC); a[i.LinkID] == nil {
					t.Fatalf("%s has no answer", i.LinkID)
				}
			}
		}
		clean := q.Clean(a)
		if d := cmp.Diff(clean, q.Clean(clean)); d != "" {
			t.Fatalf("cleaned twice:\n%s", d)
		}
		if is := q.Validate(clean); len(is) > 0 && is[0].Code != "required" { // of an occurrence that was begun after its name
			t.Fatal(is)
		}
		doc, err := q.MarshalResponse(questionnaire.Response{Answers: a})
		if err != nil {
			t.Fatal(err)
		}
		r, issues, err := questionnaire.ParseResponse(doc, q)
		if err != nil || issues != nil {
			t.Fatal(err, issues)
		}
		if d := cmp.Diff(clean, q.Clean(r.Answers)); d != "" {
			t.Fatal(d)
		}
	})
}
