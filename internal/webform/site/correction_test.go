package site

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/questionnaire/questionnairetest"
	"github.com/tellback/tellback/internal/webform"
)

// TestACorrectionThatChangesNothingChangesNothing: whatever was told, by whatever channel, is all in the form that corrects it, and a browser
// without scripts sends it back as it was.
func TestACorrectionThatChangesNothingChangesNothing(t *testing.T) {
	p := shared(t).catalog.Program("plain")
	same := func(r *rapid.T, q *questionnaire.Questionnaire) {
		q = q.At(noon.In(p.Location()))
		told := q.Clean(more(r, q, questionnairetest.Answers(r, q, p.Location()), p.Location()))
		form := webform.Form{Program: p, Questionnaire: q, Use: &program.Use{Questionnaire: q.ID, Roles: []program.Role{program.Patient}}, Lang: "en"}
		page, err := webform.Render("form", form.Correction("/r/x", webform.ShowState(q, told, p.Location()), 1, nil))
		if err != nil {
			r.Fatal(err)
		}
		back := webform.ReadState(q, p, filled(t, string(page)))
		got, issues := back.Parse(q, p.Location(), nil)
		if len(issues) > 0 || back.News(q, got) || !cmp.Equal(told, got) {
			r.Fatalf("%+v; told and sent back (-told +got):\n%s\n%s", issues, cmp.Diff(told, got), q.Source())
		}
	}
	// In a form several answers are typed in several lines, and there may be several words of one's own; in texts there are fewer.
	for _, id := range []string{"repeats", "controls", "every-kind", "logic"} {
		q := shared(t).catalog.Questionnaire(id, "1")
		t.Run(id, func(t *testing.T) {
			rapid.Check(t, func(r *rapid.T) { same(r, q) })
		})
	}
	t.Run("two files at least", func(t *testing.T) {
		q, err := questionnaire.Load([]byte(`{"resourceType":"Questionnaire","id":"files","version":"1","status":"active","title":"Files","item":[{"linkId":"a","text":"A","type":"attachment","repeats":true,
			"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/questionnaire-minOccurs","valueInteger":2}]}]}`))
		if err != nil {
			t.Fatal(err)
		}
		rapid.Check(t, func(r *rapid.T) { same(r, q) })
	})
	t.Run("about each file", func(t *testing.T) {
		q, err := questionnaire.Load([]byte(filesAskedAbout))
		if err != nil {
			t.Fatal(err)
		}
		rapid.Check(t, func(r *rapid.T) { same(r, q) })
	})
	t.Run("anything", func(t *testing.T) {
		rapid.Check(t, func(r *rapid.T) {
			q, err := questionnaire.Load(questionnairetest.Document(r))
			if err != nil {
				r.Skip("not a questionnaire")
			}
			same(r, q)
		})
	})
}

// more adds answers where several can be typed, or written beside the options.
func more(r *rapid.T, q *questionnaire.Questionnaire, a questionnaire.Answers, zone *time.Location) questionnaire.Answers {
	for _, i := range q.All() {
		given := a[i.LinkID]
		if !i.Repeats || !i.Answerable() || len(given) == 0 || i.Type == questionnaire.Choice {
			continue
		}
		for range rapid.IntRange(0, 3).Draw(r, "more") {
			next := questionnairetest.Answer(r, q, q.Asked(i, a), zone)
			if i.Type == questionnaire.OpenChoice {
				next = []questionnaire.Value{{Type: questionnaire.String, Text: rapid.StringMatching(`[a-z]{1,5}`).Draw(r, "own")}}
			}
			if all := append(slices.Clip(given), next...); len(q.Check(q.Asked(i, a), all)) == 0 {
				given = all
			}
		}
		a[i.LinkID] = given
	}
	if len(q.Validate(q.Clean(a))) > 0 {
		r.Skip("a constraint of the whole is broken")
	}
	return a
}
