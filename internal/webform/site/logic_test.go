package site

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tellback/tellback/internal/questionnaire"
)

// TestQuestionsThatFollowFromAnswersComeWithoutScripts sends a form as a browser without JavaScript does: the page comes again for
// as long as the answers bring other questions.
func TestQuestionsThatFollowFromAnswersComeWithoutScripts(t *testing.T) {
	w := newTown(t)
	page := w.get("/f/workshop/logic?lang=en")
	if strings.Contains(page.body, "worst") || strings.Contains(page.body, "Would you like help?") {
		t.Error("what no answer brings is on the page")
	}
	v := filled(t, page.body)
	v.Set("who", "patient")
	v.Set("consent", "yes")
	v["q.where"] = []string{"head", "leg"}
	v.Set("q.tired", "days")
	v.Set("q.low", "daily")
	v.Set("q.slept", "9")
	v.Set("q.bed", "7")
	more := w.post("/f/workshop/logic?lang=en", v)
	if more.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(text(more.body), "Your answers bring a few more questions.") {
		t.Fatalf("%d %s", more.StatusCode, text(more.body))
	}
	for _, want := range []string{"Where is it worst?", "Would you like help?", "Your points 4"} {
		if !strings.Contains(text(more.body), want) {
			t.Errorf("the page lacks %q: %s", want, text(more.body))
		}
	}
	if strings.Contains(more.body, `name="q.worst" value="back"`) || !strings.Contains(more.body, `name="q.worst" value="leg"`) {
		t.Error("the options are not those that were chosen before")
	}
	v = filled(t, more.body)
	if !slices.Equal(v["q.where"], []string{"head", "leg"}) {
		t.Errorf("what was filled in is lost: %v", v)
	}
	v.Set("q.worst", "leg")
	v.Set("q.help", "true")
	wrong := w.post("/f/workshop/logic?lang=en", v)
	if !strings.Contains(text(wrong.body), "You can't sleep longer than you lie down.") && !strings.Contains(wrong.body, "You can&#39;t sleep longer") {
		t.Fatalf("the author's rule is not told: %d %s", wrong.StatusCode, text(wrong.body))
	}
	v = filled(t, wrong.body)
	v.Set("q.bed", "9")
	receipt := receiptOf(t, w.post("/f/workshop/logic?lang=en", v))
	got, err := w.desk.Read(t.Context(), receipt)
	if err != nil {
		t.Fatal(err)
	}
	coded := func(codes ...string) (out []questionnaire.Value) {
		for _, c := range codes {
			out = append(out, questionnaire.Value{Type: questionnaire.Choice, Code: c})
		}
		return out
	}
	want := questionnaire.Answers{
		"where": coded("head", "leg"), "worst": coded("leg"), "tired": coded("days"), "low": coded("daily"),
		"total": {{Type: questionnaire.Integer, Text: "4"}}, "help": {{Type: questionnaire.Boolean, Text: "true"}},
		"slept": {{Type: questionnaire.Integer, Text: "9"}}, "bed": {{Type: questionnaire.Integer, Text: "9"}},
	}
	if d := cmp.Diff(want, got.Answers.Reveal()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	// The correction of what was told shows the same questions, and takes a question away again with its answer.
	edit := w.get("/r/" + string(receipt) + "?correct&lang=en")
	v = filled(t, edit.body)
	v.Set("q.low", "never")
	if a := w.post("/r/"+string(receipt)+"?lang=en", v); a.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d %s", a.StatusCode, text(a.body))
	}
	if got, err = w.desk.Read(t.Context(), receipt); err != nil {
		t.Fatal(err)
	}
	want["low"], want["total"] = coded("never"), []questionnaire.Value{{Type: questionnaire.Integer, Text: "1"}}
	delete(want, "help")
	if d := cmp.Diff(want, got.Answers.Reveal()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
