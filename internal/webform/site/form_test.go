package site

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tellback/tellback/internal/intake"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/report"
	"github.com/tellback/tellback/internal/webform"
)

// every is the form of all kinds, filled in and complete.
func every(t *testing.T, w *town) url.Values {
	t.Helper()
	v := filled(t, w.get("/f/workshop/every-kind?lang=en").body)
	for name, s := range map[string]string{
		"who": "proxy", "relation": "child", "about": "Ana", "consent": "yes", "p.age": "40-64",
		"q.pain": "strong", "q.temp": "37,5", "q.weight": "1 070.5", "u.weight": "kg", "q.smoke": "true", "q.howmany": "12", "q.nrs": "7",
		"q.born": "1950-02-28", "q.bed": "22:30", "q.visit": "2026-10-01T14:30", "q.word": "  río 🌊 ", "q.helper": "other",
		"o.helper": "My neighbor", "q.story": "Line one\r\nline two\x00",
	} {
		v.Set(name, s)
	}
	v["q.where"] = []string{"head", "back"}
	return v
}

func receiptOf(t *testing.T, a answer) intake.Receipt {
	t.Helper()
	return intake.Receipt(strings.TrimPrefix(locate(t, a), "/r/"))
}

func TestSubmitEveryKind(t *testing.T) {
	w := newTown(t)
	r := receiptOf(t, w.post("/f/workshop/every-kind?lang=en", every(t, w)))
	got, err := w.desk.Read(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	type v = questionnaire.Value
	want := questionnaire.Answers{
		"pain":  {{Type: questionnaire.Choice, Text: "", Code: "strong"}},
		"where": {{Type: questionnaire.Choice, Code: "head"}, {Type: questionnaire.Choice, Code: "back"}},
		"temp":  {v{Type: questionnaire.Decimal, Text: "37.5"}}, "weight": {v{Type: questionnaire.Quantity, Text: "1070.5", System: "http://unitsofmeasure.org", Code: "kg"}},
		"smoke": {v{Type: questionnaire.Boolean, Text: "true"}}, "howmany": {v{Type: questionnaire.Integer, Text: "12"}},
		"nrs": {v{Type: questionnaire.Integer, Text: "7"}}, "born": {v{Type: questionnaire.Date, Text: "1950-02-28"}},
		"bed": {v{Type: questionnaire.Time, Text: "22:30:00"}}, "visit": {v{Type: questionnaire.DateTime, Text: "2026-10-01T14:30:00-04:00"}},
		"word": {v{Type: questionnaire.String, Text: "río 🌊"}}, "helper": {v{Type: questionnaire.String, Text: "My neighbor"}},
		"story": {v{Type: questionnaire.Text, Text: "Line one\nline two"}},
	}
	if d := cmp.Diff(want, got.Answers.Reveal()); d != "" {
		t.Errorf("answers (-want +got):\n%s", d)
	}
	if got.Perspective != report.Proxy || got.Relation != "child" || got.About.Reveal() != "Ana" || got.Role != "caregiver" ||
		got.Origin != report.Open || got.Channel != report.Web || got.Language != "en" || !slices.Contains(got.Groups, "age=40-64") {
		t.Errorf("who: %s %s %s %s %s %v", got.Perspective, got.Relation, got.Role, got.Origin, got.Language, got.Groups)
	}
	consents, err := w.people.Consents(t.Context(), got.Participant)
	if err != nil || len(consents) != 1 || !consents[0].Given || consents[0].TextVersion != "2026-10" || consents[0].Channel != "web" {
		t.Errorf("consents: %+v, %v", consents, err)
	}
	page := text(w.get("/r/" + string(r)).body)
	for _, s := range []string{"Strong", "Head", "Back", "37.5", "1070.5 kg", "October 1, 2026, 14:30", "22:30", "My neighbor", "Ana", "October 14, 2026, 12:00"} {
		if !strings.Contains(page, s) {
			t.Errorf("the receipt lacks %q", s)
		}
	}
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		name   string
		change map[string][]string
		want   []string // sentences of the list of errors
		links  []string
	}{
		{"nobody says who", map[string][]string{"who": nil}, []string{"Tell us who is answering"}, []string{"#who-0"}},
		{"made-up who", map[string][]string{"who": {"doctor"}}, []string{"Tell us who is answering"}, nil},
		{"proxy without relation", map[string][]string{"relation": nil}, []string{"Tell us who you are to the person"}, []string{"#relation-0"}},
		{"long name", map[string][]string{"about": {strings.Repeat("ñ", 61)}}, []string{"at most 60 letters"}, []string{"#about"}},
		{"no consent", map[string][]string{"consent": nil}, []string{"tick the box"}, []string{"#consent"}},
		{"required left out", map[string][]string{"q.pain": nil}, []string{"How strong was your pain?: Please choose an answer."}, nil},
		{"no such option", map[string][]string{"q.pain": {"42"}}, []string{"Please choose one of the answers listed."}, nil},
		{"two where one fits", map[string][]string{"q.pain": {"mild", "none"}}, []string{"too many"}, nil},
		{"alone with others", map[string][]string{"q.where": {"nowhere", "head"}}, []string{"must stand alone"}, nil},
		{"no number", map[string][]string{"q.temp": {"hot"}}, []string{"Please give a number, like 2.5."}, nil},
		{"ambiguous number", map[string][]string{"q.temp": {"37,500"}}, []string{"Your temperature:"}, nil},
		{"too high", map[string][]string{"q.temp": {"99"}}, []string{"The highest is 45."}, nil},
		{"number without unit", map[string][]string{"u.weight": {""}}, []string{"in one of these"}, nil},
		{"no such unit", map[string][]string{"u.weight": {"stone"}}, []string{"in one of these"}, nil},
		{"something else, but what", map[string][]string{"o.helper": {" "}}, []string{"Write a few words, or choose another line."}, nil},
		{"long word", map[string][]string{"q.word": {strings.Repeat("🌊", 21)}}, []string{"Please use 20 characters or fewer."}, nil},
		{"no such date", map[string][]string{"q.born": {"1950-02-30"}}, []string{"Please give a date"}, nil},
		{"no such time", map[string][]string{"q.bed": {"25:00"}}, []string{"Please give a time"}, nil},
		{"no such attribute value", map[string][]string{"p.age": {"ageless"}}, []string{"Choose one of the lines."}, []string{"#p0-0"}},
		{"several at once", map[string][]string{"q.pain": nil, "consent": nil, "q.nrs": {"11"}}, []string{"3 things need your attention"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newTown(t)
			v := every(t, w)
			for name, s := range c.change {
				v[name] = s
			}
			a := w.post("/f/workshop/every-kind?lang=en", v)
			if a.StatusCode != http.StatusUnprocessableEntity || a.Header.Get("Cache-Control") != "no-store" {
				t.Fatalf("status %d, %s", a.StatusCode, a.Header.Get("Cache-Control"))
			}
			for _, s := range c.want {
				if !strings.Contains(text(a.body), s) {
					t.Errorf("lacks %q in: %s", s, text(a.body)[:700])
				}
			}
			for _, s := range c.links {
				if !strings.Contains(a.body, `href="`+s+`"`) {
					t.Errorf("no link to %s", s)
				}
			}
			if n := strings.Count(a.body, `class="err"`); n == 0 {
				t.Error("no error stands beside its field")
			}
			// All that was filled in is still there, and putting the fault right is all that it takes.
			again := filled(t, a.body)
			for name, s := range v {
				if _, changed := c.change[name]; changed || name == "q.story" || name == "q.word" {
					continue
				}
				if d := cmp.Diff(s, again[name]); d != "" {
					t.Errorf("%s was not kept (-sent +shown):\n%s", name, d)
				}
			}
			whole := every(t, w)
			for name := range c.change {
				again[name] = whole[name]
			}
			if got := w.post("/f/workshop/every-kind?lang=en", again); got.StatusCode != http.StatusSeeOther {
				t.Errorf("put right: status %d: %s", got.StatusCode, text(got.body)[:500])
			}
		})
	}
}

func TestNothingAnsweredIsSaidAtTheQuestions(t *testing.T) {
	for lang, want := range map[string]string{"en": "Please answer at least one question.", "es": "Por favor, responde al menos una pregunta."} {
		w := newTown(t)
		path := "/f/river/weekly-check-in?lang=" + lang
		v := filled(t, w.get(path).body)
		v.Set("who", "patient")
		v.Set("consent", "yes")
		a := w.post(path, v)
		page := text(a.body)
		if a.StatusCode != http.StatusUnprocessableEntity || strings.Count(page, want) != 2 || !strings.Contains(a.body, `href="#`) {
			t.Errorf("status %d: %s", a.StatusCode, page[:600])
		}
		if !regexp.MustCompile(`class="q wrong" data-q="pain"`).MatchString(a.body) || !strings.Contains(a.body, `">`+want+`</a>`) {
			t.Errorf("not at the first question: %s", page[:600])
		}
	}
}

func TestWhatIsNotAskedIsDropped(t *testing.T) {
	w := newTown(t)
	v := every(t, w)
	v.Set("q.pain", "none")      // so nobody asks where
	v.Set("q.smoke", "false")    // nor how many
	v.Set("q.howmany", "plenty") // even if it can't be read
	v.Set("who", "patient")      // nor who they are to the patient
	r := receiptOf(t, w.post("/f/workshop/every-kind", v))
	rep, err := w.desk.Read(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	a := rep.Answers.Reveal()
	if len(a["where"]) != 0 || len(a["howmany"]) != 0 || rep.Relation != "" || rep.About.Reveal() != "" {
		t.Errorf("kept: where %d, howmany %d, relation %q", len(a["where"]), len(a["howmany"]), rep.Relation)
	}
}

func TestDoor(t *testing.T) {
	w := newTown(t)
	const path = "/f/river/weekly-check-in"
	request := func(method, path, body string, head ...string) *http.Request {
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		for n := 0; n < len(head); n += 2 {
			r.Header.Set(head[n], head[n+1])
		}
		return r
	}
	const form = "application/x-www-form-urlencoded"
	for _, c := range []struct {
		name string
		r    *http.Request
		want int
	}{
		{"no such program", request("GET", "/f/lake", ""), 404},
		{"no such questionnaire", request("GET", "/f/river/blood-type", ""), 404},
		{"program closed", request("GET", "/f/closed", ""), 200},
		{"form closed", request("GET", "/f/closed/weekly-check-in", ""), 403},
		{"posted to a closed form", request("POST", "/f/closed/weekly-check-in", "", "Content-Type", form), 403},
		{"slash at the end", request("GET", "/f/river/", ""), 200},
		{"head", request("HEAD", path, ""), 200},
		{"options", request("OPTIONS", path, ""), 204},
		{"delete", request("DELETE", path, ""), 405},
		{"posted to a program", request("POST", "/f/river", "", "Content-Type", form), 405},
		{"json", request("POST", path, "{}", "Content-Type", "application/json"), 415},
		{"no media type", request("POST", path, "a=b"), 415},
		{"multipart", request("POST", path, "--x--", "Content-Type", "multipart/form-data; boundary=x"), 422},
		{"too large in parts", request("POST", path, "--x\r\nContent-Disposition: form-data; name=\"q.pain\"\r\n\r\n"+strings.Repeat("a", maxBody)+"\r\n--x--", "Content-Type", "multipart/form-data; boundary=x"), 413},
		{"too large", request("POST", path, "q.pain="+strings.Repeat("a", maxBody), "Content-Type", form), 413},
		{"malformed", request("POST", path, "%zz=%", "Content-Type", form), 400},
		{"from another site", request("POST", path, "a=b", "Content-Type", form, "Sec-Fetch-Site", "cross-site"), 403},
		{"from another origin", request("POST", path, "a=b", "Content-Type", form, "Origin", "https://evil.example"), 403},
		{"from its own origin", request("POST", path, "a=b", "Content-Type", form, "Origin", "http://example.com"), 422},
		{"empty", request("POST", path, "", "Content-Type", form), 422},
		{"unknown receipt", request("GET", "/r/"+strings.Repeat("a", 26), ""), 404},
		{"short receipt", request("GET", "/r/abc", ""), 404},
		{"withdrawing nothing", request("POST", "/r/"+strings.Repeat("a", 26), "action=withdraw", "Content-Type", form), 404},
		{"huge language", request("GET", "/f/river", "", "Accept-Language", strings.Repeat("es,", 4000)), 200},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := w.do(c.r); got.StatusCode != c.want {
				t.Errorf("status %d, want %d: %s", got.StatusCode, c.want, text(got.body))
			}
		})
	}
	if d := cmp.Diff(w.get("/r/abc").body, w.get("/r/"+strings.Repeat("z", 26)).body); d != "" {
		t.Errorf("an unknown receipt and no receipt look different:\n%s", d)
	}
	if w.log.Len() != 0 {
		t.Errorf("logged: %s", w.log)
	}
}

func TestLanguages(t *testing.T) {
	w := newTown(t)
	for _, c := range []struct{ name, query, accept, want string }{
		{"asked for", "?lang=es", "en", `lang="es"`},
		{"as the browser likes", "", "es-MX,es;q=0.9,en;q=0.5", `lang="es"`},
		{"nothing known", "", "xx", `lang="en"`},
		{"unknown asked for", "?lang=xx", "", `lang="en"`},
		{"garbage", "", ";;;q=\xff", `lang="en"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequest("GET", "/f/river/weekly-check-in"+c.query, nil)
			r.Header.Set("Accept-Language", c.accept)
			if got := w.do(r); !strings.Contains(got.body, "<html "+c.want) {
				t.Errorf("got %s", got.body[:60])
			}
		})
	}
}

func FuzzForm(f *testing.F) {
	f.Add("who=patient&consent=yes&q.pain=mild&q.where=head&q.temp=37,5&q.weight=70&u.weight=kg&q.visit=2026-10-01T14:30&o.helper=%00%ff")
	f.Add("q.pain=&q.smoke=true&q.howmany=1e9&q.nrs=-1&q.born=0000-00-00&q.bed=24:00&q.helper=other")
	f.Add("q.story=%F0%9F%8C%8A%E2%80%AE&q.word=<script>&who=proxy&relation=child&about=%0d%0a")
	f.Add("q.name=a&q.name~2=b&q.much~2.3=4&n.med=3&q.effect~2=sick&q.effect~2=sleepy&a.effect~2=2 sick&q.bad~2.2=mild&q.allergy=&q.allergy=x&q.sure~2=true&q.weight=7&u.weight=kg")
	f.Add("add=med&n.med=2&q.name~2=x&q.must=20&q.sad=often&q.land=costa rica&q.tongue=other&o.help=x&q.help=other")
	f.Add("drop=1 dose~2.1&q.much~2.2=3&drop=2 allergy&q.allergy=x&q.allergy=y&n.dose~2.1=99999999999")
	f.Fuzz(func(t *testing.T, body string) {
		v, err := url.ParseQuery(body)
		if err != nil {
			return
		}
		w := shared(t)
		for id, in := range map[string]string{"every-kind": "workshop", "controls": "plain", "repeats": "plain"} {
			q, p := w.catalog.Questionnaire(id, "1"), w.catalog.Program(in)
			st := webform.ReadState(q, p, v)
			a, issues := st.Parse(q, p.Location(), nil)
			use := &program.Use{Questionnaire: q.ID, Roles: []program.Role{program.Patient}, Proxy: true}
			if _, err := webform.Render("form", webform.Form{Program: p, Questionnaire: q, Use: use, Lang: "en"}.View(st, issues, true)); err != nil {
				t.Fatal(err)
			}
			if len(issues) > 0 || st.Pressed() {
				continue
			}
			if left := q.Validate(a); len(left) > 0 {
				t.Fatalf("accepted, but the questionnaire refuses %s of %s", left[0].Code, left[0].Where)
			}
			// What is shown to be corrected reads back as the same answers.
			back, issues := webform.ShowState(q, a, p.Location()).Parse(q, p.Location(), a)
			if len(issues) > 0 || len(back)+len(a) > 0 && !reflect.DeepEqual(back, a) {
				t.Fatalf("shown and read again it differs (%d issues):\n%s", len(issues), cmp.Diff(a, back))
			}
		}
	})
}
