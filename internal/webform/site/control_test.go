package site

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tellback/tellback/internal/page/pagetest"
	"github.com/tellback/tellback/internal/questionnaire"
)

// control is what a page has for one question: the elements named after it.
func control(t *testing.T, body, name string) (out []*pagetest.Node) {
	t.Helper()
	nodes, err := pagetest.Parse(body)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range nodes {
		if n.Attrs["name"] == name {
			out = append(out, n)
		}
	}
	if len(out) == 0 {
		t.Fatalf("nothing is named %s", name)
	}
	return out
}

func TestControlsAreThoseThatTheAuthorWants(t *testing.T) {
	w := newTown(t)
	page := w.get("/f/plain/controls").body
	for name, want := range map[string]string{
		"q.meal": "select", "q.side": "input radio ×4", "q.land": "input text", "q.tongue": "input text", "q.month": "select", // sixteen options
		"q.help": "select", "q.senses": "input checkbox ×3", "q.mood": "input text", "q.stairs": "input number", "q.tens": "input radio ×12", "q.note": "textarea",
		"q.sad": "input radio ×4", "q.tired": "input radio ×5",
	} {
		of := control(t, page, name)
		got := strings.TrimSpace(of[0].Name + " " + of[0].Attrs["type"])
		if len(of) > 1 {
			got += " ×" + string(rune('0'+len(of)%10))
			if len(of) > 9 {
				got = strings.Replace(got, "×", "×1", 1)
			}
		}
		if got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	for _, want := range []string{
		`>a) Breakfast</option>`, `>Grade II: Dinner</option>`, // optionPrefix
		`<div class="opts across">`,
		`<option value="Costa Rica"></option>`, // of a datalist: by its words
		`data-min="0" data-max="100" data-step="5"`, `data-min="10" data-max="30" data-step="0.1"`,
		`min="0" max="" step="1"`,
		`Part 1 of 3`, `Part 3 of 3`,
		`data-alone`,
		`Count each step.`, `href="https://example.org/numbers"`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.Contains(page, `type="range"`) {
		t.Error("without scripts, a slider that nobody touched would be an answer")
	}
}

func TestATableHasHeadersForEveryAnswer(t *testing.T) {
	w := newTown(t)
	page := w.get("/f/plain/controls").body
	nodes, err := pagetest.Parse(page)
	if err != nil {
		t.Fatal(err)
	}
	text, cols, rows := map[string]string{}, []string{}, 0
	for _, n := range nodes {
		text[n.Attrs["id"]] = n.Text
		switch {
		case n.Name != "th":
		case n.Attrs["scope"] == "col":
			cols = append(cols, n.Text)
		case n.Attrs["scope"] == "row":
			rows++
		}
	}
	if !slices.Equal(cols, []string{"Never", "Sometimes", "Often", "Always", "Leave this out"}) || rows != 3 {
		t.Errorf("%d rows, columns %q", rows, cols)
	}
	n := control(t, page, "q.sad")[2]
	var name []string
	for _, id := range strings.Fields(n.Attrs["aria-labelledby"]) {
		name = append(name, text[id])
	}
	if !slices.Equal(name, []string{"sad?", "Often"}) {
		t.Errorf("a screen reader says %q", name)
	}
	// What doesn't fit in has a place of its own, and faults are said in the row.
	v := filled(t, page)
	v.Set("q.must", "20")
	v.Set("consent", "yes")
	a := w.post("/f/plain/controls", v)
	if !regexp.MustCompile(`<tr[^>]* class="opts wrong"[^>]*data-q="sad"`).MatchString(a.body) || !strings.Contains(a.body, `href="#`+n.Attrs["id"][:len(n.Attrs["id"])-1]+`0"`) {
		t.Errorf("%d: the row doesn't say what it lacks", a.StatusCode)
	}
}

func TestHeadersComeFirstAndFootersLast(t *testing.T) {
	page := text(newTown(t).get("/f/plain/controls").body)
	order := []string{"These questions are for adults.", "Your day", "Numbers", "sad?", "That was all."}
	at := 0
	for _, s := range order {
		n := strings.Index(page[at:], s)
		if n < 0 {
			t.Fatalf("%s is not after what stands before it", s)
		}
		at += n
	}
}

// TestMarkupIsWords: what an author writes is shown to the letter, and the same words with markup are never used.
func TestMarkupIsWords(t *testing.T) {
	page := newTown(t).get("/f/plain/controls").body
	if !strings.Contains(page, `That was all. &lt;b&gt;Thank you!&lt;/b&gt;`) {
		t.Error("the words are not shown as they are")
	}
	if strings.Contains(page, "alert(1)") || strings.Contains(page, "<b>") {
		t.Error("markup came through")
	}
}

func TestWhatIsTypedMeansAnOption(t *testing.T) {
	for _, c := range []struct {
		name, field, typed string
		want               []questionnaire.Value
		refused            bool
	}{
		{"as the list has it", "land", "Costa Rica", []questionnaire.Value{{Type: questionnaire.Choice, Code: "costa-rica"}}, false},
		{"in other letters", "land", " costa  RICA ", []questionnaire.Value{{Type: questionnaire.Choice, Code: "costa-rica"}}, false},
		{"by no name of an option", "land", "Atlantis", nil, true},
		{"by its code", "land", "costa-rica", []questionnaire.Value{{Type: questionnaire.Choice, Code: "costa-rica"}}, false},
		{"left out", "land", "", nil, false},
		{"one of those offered", "tongue", "quechua", []questionnaire.Value{{Type: questionnaire.Choice, Code: "quechua"}}, false},
		{"in words of one's own", "tongue", "Nahuatl", []questionnaire.Value{{Type: questionnaire.String, Text: "Nahuatl"}}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newTown(t)
			v := filled(t, w.get("/f/plain/controls").body)
			for name, s := range map[string]string{"q.must": "20", "consent": "yes", "q.sad": "often", "q." + c.field: c.typed} {
				v.Set(name, s)
			}
			a := w.post("/f/plain/controls", v)
			if c.refused {
				if a.StatusCode != http.StatusUnprocessableEntity || filled(t, a.body).Get("q."+c.field) != c.typed || !strings.Contains(text(a.body), "choose one of the answers listed") {
					t.Fatalf("%d %s", a.StatusCode, text(a.body)[:300])
				}
				return
			}
			r := receiptOf(t, a)
			got, err := w.desk.Read(t.Context(), r)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, got.Answers.Reveal()[c.field]); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
			// The correction shows it as it was meant, and sends the same.
			v = filled(t, w.get("/r/"+string(r)+"?correct").body)
			locate(t, w.post("/r/"+string(r), v))
			if got, err = w.desk.Read(t.Context(), r); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, got.Answers.Reveal()[c.field]); d != "" {
				t.Errorf("corrected without a change (-want +got):\n%s", d)
			}
		})
	}
}

func TestWarningsComeWithTheReceipt(t *testing.T) {
	w := newTown(t)
	v := filled(t, w.get("/f/plain/controls").body)
	for name, s := range map[string]string{"q.must": "12", "consent": "yes", "q.sad": "often"} {
		v.Set(name, s)
	}
	path := locate(t, w.post("/f/plain/controls", v))
	if page := text(w.get(path).body); !strings.Contains(page, "Please look at this again") || !strings.Contains(page, "How warm is your room? Your room is very cold. Is that right?") {
		t.Error(page)
	}
	v = filled(t, w.get(path+"?correct").body)
	v.Set("q.must", "22")
	locate(t, w.post(path, v))
	if page := text(w.get(path).body); strings.Contains(page, "look at this again") {
		t.Error(page)
	}
}
