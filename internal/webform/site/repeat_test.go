package site

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tellback/tellback/internal/page/pagetest"
	"github.com/tellback/tellback/internal/questionnaire"
)

const repeats = "/f/plain/repeats"

// names are those of the page's controls that hold answers, in order, each once.
func names(t *testing.T, body string) (out []string) {
	t.Helper()
	nodes, err := pagetest.Parse(body)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range nodes {
		if name, ok := strings.CutPrefix(n.Attrs["name"], "q."); ok && (len(out) == 0 || out[len(out)-1] != name) {
			out = append(out, name)
		}
	}
	return out
}

// press is what a browser without scripts gets for a button that adds a place or takes one away.
func (w *town) press(path string, v url.Values, name, value string) (answer, url.Values) {
	w.t.Helper()
	v = cloneValues(v)
	v.Set(name, value)
	a := w.post(path, v)
	if a.StatusCode != http.StatusUnprocessableEntity || strings.Contains(a.body, ` data-errors>`) {
		w.t.Fatalf("%s %s: status %d: %s", name, value, a.StatusCode, text(a.body))
	}
	return a, filled(w.t, a.body)
}

func cloneValues(v url.Values) url.Values {
	out := url.Values{}
	for k, vs := range v {
		out[k] = slices.Clone(vs)
	}
	return out
}

func TestPlacesAreAddedAndTakenAwayWithoutScripts(t *testing.T) {
	w := newTown(t)
	page := w.get(repeats)
	first := []string{"name", "helps", "why", "when", "much", "effect", "allergy", "sure", "weight", "last"}
	if d := cmp.Diff(first, names(t, page.body)); d != "" {
		t.Fatalf("a fresh page (-want +got):\n%s", d)
	}
	if n := strings.Count(page.body, `name="drop"`) - strings.Count(page.body, ` hidden>Remove`); n != 0 {
		t.Errorf("%d buttons take away what is needed", n)
	}
	v := filled(t, page.body)
	v.Set("q.name", "Aspirin")
	v.Set("q.much", "2")
	page, v = w.press(repeats, v, "add", "med")
	if got := names(t, page.body); !slices.Contains(got, "name~2") || slices.Contains(got, "name~3") || v.Get("q.name") != "Aspirin" {
		t.Fatalf("%v %v", got, v)
	}
	v.Set("q.name~2", "Zinc")
	page, v = w.press(repeats, v, "add", "dose~2.1")
	if got := names(t, page.body); !slices.Contains(got, "much~2.2") || slices.Contains(got, "much~1.2") {
		t.Fatalf("a dose of the second medicine: %v", got)
	}
	v.Set("q.much~2.2", "7")
	_, v = w.press(repeats, v, "add", "med")
	v.Set("q.name~3", "Iron")
	page, v = w.press(repeats, v, "drop", "1 med")
	if v.Get("q.name") != "Zinc" || v.Get("q.name~2") != "Iron" || v.Get("q.much~1.2") != "7" || v.Has("q.name~3") {
		t.Fatalf("what stands after a place that is taken away doesn't move up: %v", v)
	}
	if strings.Contains(page.body, "<h1>Something went wrong") || !strings.Contains(text(page.body), "Medicines 2") {
		t.Error(text(page.body))
	}
	_, v = w.press(repeats, v, "add", "allergy")
	v["q.allergy"] = []string{"", "Nuts"} // the first is left empty
	v.Set("q.sure~2", "true")
	_, v = w.press(repeats, v, "add", "weight")
	if !slices.Equal(v["q.allergy"], []string{"Nuts", ""}) || v.Get("q.sure") != "true" || v.Get("q.sure~2") == "true" {
		t.Fatalf("what is told of the only answer is not with it: %v", v)
	}
	v["q.weight"], v["u.weight"] = []string{"", "70"}, []string{"kg", "[lb_av]"}
	v.Set("consent", "yes")
	r := receiptOf(t, w.post(repeats, v))
	rep, err := w.desk.Read(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	type value = questionnaire.Value
	said := func(s string) []value { return []value{{Type: questionnaire.String, Text: s}} }
	yes := []value{{Type: questionnaire.Boolean, Text: "true"}}
	want := questionnaire.Answers{
		"name": said("Zinc"), "much": {{Type: questionnaire.Integer, Text: "7"}}, "med~2?": yes, "name~2": said("Iron"), "allergy": said("Nuts"), "sure": yes,
		"weight": {{Type: questionnaire.Quantity, Text: "70", System: "http://unitsofmeasure.org", Code: "[lb_av]"}},
	}
	if d := cmp.Diff(want, rep.Answers.Reveal()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	receipt := text(w.get("/r/" + string(r)).body)
	for _, s := range []string{"Medicines 1 What is it called? Zinc", "Medicines 2 What is it called? Iron", "Medicines 1 · Doses 1", "70 pounds"} {
		if !strings.Contains(receipt, s) {
			t.Errorf("the receipt lacks %q: %s", s, receipt)
		}
	}
	if strings.Contains(receipt, "another one") || strings.Contains(receipt, "Medicines 3") {
		t.Errorf("the receipt says what nobody told: %s", receipt)
	}
	// The correction shows all of it, and takes one away.
	edit := w.get("/r/" + string(r) + "?correct")
	v = filled(t, edit.body)
	if v.Get("q.name~2") != "Iron" || v.Get("q.sure") != "true" || v.Get("u.weight") != "[lb_av]" {
		t.Errorf("the correction shows %v", v)
	}
	page, v = w.press("/r/"+string(r), v, "drop", "1 med")
	if !strings.Contains(page.body, `name="revision"`) {
		t.Error("the page that comes again is no correction")
	}
	locate(t, w.post("/r/"+string(r), v))
	if rep, err = w.desk.Read(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	for _, gone := range []string{"much", "med~2?", "name~2"} {
		delete(want, gone)
	}
	want["name"] = said("Iron")
	if d := cmp.Diff(want, rep.Answers.Reveal()); d != "" {
		t.Errorf("corrected (-want +got):\n%s", d)
	}
}

// TestAnAnswerThatIsTickedBringsItsQuestions: they come with the next page, and stay with their answer whatever else is ticked.
func TestAnAnswerThatIsTickedBringsItsQuestions(t *testing.T) {
	w := newTown(t)
	v := filled(t, w.get(repeats).body)
	v.Set("consent", "yes")
	v.Set("q.name", "Aspirin")
	v["q.effect"] = []string{"sick"}
	page := w.post(repeats, v)
	v = filled(t, page.body)
	if page.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(text(page.body), "About “Sick”") || !slices.Contains(names(t, page.body), "bad") {
		t.Fatalf("%d %s", page.StatusCode, text(page.body))
	}
	v.Set("q.bad", "strong")
	v["q.effect"] = []string{"sleepy", "sick"}
	page = w.post(repeats, v)
	v = filled(t, page.body)
	if v.Get("q.bad") != "" || v.Get("q.bad~1.2") != "strong" {
		t.Fatalf("how bad it is to be sick is said of being sleepy: %v", v)
	}
	v.Set("q.bad", "mild")
	v["q.effect"] = []string{"sick", "sleepy"} // in whatever order they come
	r := receiptOf(t, w.post(repeats, v))
	rep, err := w.desk.Read(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	coded := func(codes ...string) (out []questionnaire.Value) {
		for _, c := range codes {
			out = append(out, questionnaire.Value{Type: questionnaire.Choice, Code: c})
		}
		return out
	}
	want := questionnaire.Answers{"name": {{Type: questionnaire.String, Text: "Aspirin"}}, "effect": coded("sleepy", "sick"), "bad": coded("mild"), "bad~1.2": coded("strong")}
	if d := cmp.Diff(want, rep.Answers.Reveal()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if page := text(w.get("/r/" + string(r)).body); !strings.Contains(page, "Sick: How bad is it? Strong") {
		t.Error(page)
	}
}

// TestWhatIsWrongIsSaidInItsPlace, even when a place before it turns out to hold nothing that counts.
func TestWhatIsWrongIsSaidInItsPlace(t *testing.T) {
	w := newTown(t)
	v := filled(t, w.get(repeats).body)
	_, v = w.press(repeats, v, "add", "med")
	_, v = w.press(repeats, v, "add", "med")
	v.Set("consent", "yes")
	v.Set("q.name", "Aspirin")
	v.Set("q.why~2", "Nobody asked") // of the second nothing else is told, so it isn't asked
	v.Set("q.much~3.1", "plenty")
	a := w.post(repeats, v)
	if a.StatusCode != http.StatusUnprocessableEntity {
		t.Fatalf("status %d", a.StatusCode)
	}
	again := filled(t, a.body)
	if again.Get("q.much~2.1") != "plenty" || again.Get("q.why~3") != "Nobody asked" {
		t.Fatalf("kept: %v", again)
	}
	for name, say := range map[string]string{"q.much~2.1": "Medicines 2 · Doses 1 · How many?: Please give a whole number", "q.name~2": "Medicines 2 · What is it called?: Please answer this one."} {
		n := control(t, a.body, name)[0]
		if !strings.Contains(a.body, `href="#`+n.Attrs["id"]+`"`) || !strings.Contains(n.Attrs["aria-describedby"], "-e") || !strings.Contains(text(a.body), say) {
			t.Errorf("%s: nothing leads to it, or it doesn't say %q", name, say)
		}
	}
	again.Set("q.much~2.1", "3")
	again.Set("q.name~2", "Zinc")
	if a = w.post(repeats, again); a.StatusCode != http.StatusSeeOther {
		t.Errorf("put right: %d %s", a.StatusCode, text(a.body))
	}
}

func TestPlacesAreBounded(t *testing.T) {
	w := newTown(t)
	v := filled(t, w.get(repeats).body)
	for range 4 {
		_, v = w.press(repeats, v, "add", "med")
	}
	if v.Get("n.med") != "3" {
		t.Errorf("of three at most there are %s", v.Get("n.med"))
	}
	for _, c := range [][2]string{{"add", "nothing"}, {"drop", "9 med"}, {"drop", "-1 med"}, {"drop", "med"}, {"drop", "1 last"}, {"add", ""}, {"add", "med~2?"}} {
		if _, after := w.press(repeats, v, c[0], c[1]); !cmp.Equal(v, after) {
			t.Errorf("%v changes the form: %s", c, cmp.Diff(v, after))
		}
	}
	v.Set("n.med", "1000000")
	v.Set("n.allergy", "1000000")
	if page, _ := w.press(repeats, v, "add", "weight"); len(page.body) > 1<<18 {
		t.Errorf("%d bytes", len(page.body))
	}
	if size := text(w.get("/f/plain?lang=en").body); !strings.Contains(size, "12 questions") {
		t.Errorf("what repeats is counted each time: %s", size)
	}
}
