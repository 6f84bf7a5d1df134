package questionnaire_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/questionnaire/questionnairetest"
)

// What an answer means is the same told in a text, ticked in a form, or sent in a QuestionnaireResponse. internal/app tries whole
// conversations, forms and calls.
func TestPublishedQuestionnairesMeanTheSameInEveryForm(t *testing.T) {
	sets := questionnairetest.Shelf(t)
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	questionnairetest.Published(t, func(file string, doc []byte) {
		q, err := sets.Load(doc)
		if err != nil {
			return // TestPublishedQuestionnairesLoadOrSayWhyNot judges that
		}
		q = q.At(now)
		t.Run(file, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				said := questionnairetest.Answers(t, q, time.UTC)
				told, form := questionnaire.Answers{}, questionnaire.Answers{}
				for i := q.Next(told, ""); i != nil; i = q.Next(told, i.LinkID) {
					if len(said[i.LinkID]) == 0 {
						continue
					}
					asked := q.Asked(i, told)
					text, ticks := questionnairetest.Told(t, q, asked, "en", said[i.LinkID], now), questionnairetest.Ticked(asked, said[i.LinkID])
					got, bad := q.Parse(asked, "en", text, now)
					if bad != nil {
						t.Fatalf("%s: %q is not understood: %+v", i.LinkID, text, bad)
					}
					held, issues := q.ParseLexicalIn(asked, ticks, time.UTC)
					if issues != nil {
						t.Fatalf("%s: %q: %+v", i.LinkID, ticks, issues)
					}
					told[i.LinkID], form[i.LinkID] = got, held
				}
				for form, told := range map[string]questionnaire.Answers{"texts": told, "form": form} {
					if d := cmp.Diff(said, told); d != "" {
						t.Fatalf("the %s say something else:\n%s", form, d)
					}
				}
				sent, err := q.MarshalResponse(questionnaire.Response{Answers: said})
				if err != nil {
					t.Fatal(err)
				}
				r, issues, err := questionnaire.ParseResponse(sent, q)
				if err != nil || issues != nil {
					t.Fatalf("%v %+v", err, issues)
				}
				if d := cmp.Diff(q.Clean(said), q.Clean(r.Answers)); d != "" {
					t.Fatalf("the response says something else:\n%s", d)
				}
				if d := cmp.Diff(q.Score(said), q.Score(r.Answers)); d != "" {
					t.Fatalf("other scores:\n%s", d)
				}
			})
		})
	})
}
