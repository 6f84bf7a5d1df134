package site

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/webform"
)

const filesAskedAbout = `{"resourceType":"Questionnaire","id":"files","version":"1","status":"active","title":"Files","item":[
	{"linkId":"g","text":"Rash","type":"group","repeats":true,"item":[{"linkId":"p","text":"Photos?","type":"attachment","repeats":true,"item":[
		{"linkId":"cap","text":"What is it?","type":"string"}]}]},
	{"linkId":"z","text":"The end?","type":"boolean"}]}`

// sheet is a correction of what was told, in the hands of a browser without scripts.
type sheet struct {
	t    *testing.T
	form webform.Form
	told questionnaire.Answers
	page string
	v    url.Values
}

func correcting(t *testing.T, document string, told questionnaire.Answers) *sheet {
	t.Helper()
	q, err := questionnaire.Load([]byte(document))
	if err != nil {
		t.Fatal(err)
	}
	p := shared(t).catalog.Program("plain")
	use := &program.Use{Questionnaire: q.ID, Roles: []program.Role{program.Patient}}
	s := &sheet{t: t, form: webform.Form{Program: p, Questionnaire: q.At(noon.In(p.Location())), Use: use, Lang: "en"}, told: told}
	s.show(webform.ShowState(s.form.Questionnaire, told, p.Location()))
	return s
}

func (s *sheet) show(st webform.State) {
	s.t.Helper()
	page, err := webform.Render("form", s.form.Correction("/r/x", st, 1, nil))
	if err != nil {
		s.t.Fatal(err)
	}
	s.page, s.v = string(page), filled(s.t, string(page))
	s.v["q.p"] = slices.DeleteFunc(s.v["q.p"], func(v string) bool { return v == "" }) // of the control in which no file was chosen
}

// send is what the form tells; more says that the page came again with more questions instead.
func (s *sheet) send() (got questionnaire.Answers, more bool) {
	s.t.Helper()
	q := s.form.Questionnaire
	st := webform.ReadState(q, s.form.Program, s.v)
	got, issues := st.Parse(q, s.form.Program.Location(), s.told)
	if more = st.News(q, got); more {
		s.show(st)
	} else if len(issues) > 0 {
		s.t.Fatalf("%+v", issues)
	}
	return got, more
}

func inWords(s string) []questionnaire.Value {
	return []questionnaire.Value{{Type: questionnaire.String, Text: s}}
}

// TestWhatIsAskedAboutWordsOfOnesOwnStaysWithThem, whichever of them are emptied.
func TestWhatIsAskedAboutWordsOfOnesOwnStaysWithThem(t *testing.T) {
	const document = `{"resourceType":"Questionnaire","id":"own","version":"1","status":"active","title":"Own words","item":[
		{"linkId":"sym","text":"What is it?","type":"open-choice","repeats":true,"answerOption":[{"valueCoding":{"code":"cough","display":"Cough"}}],"item":[
			{"linkId":"bad","text":"How bad is it?","type":"string"}]}]}`
	cough := questionnaire.Value{Type: questionnaire.Choice, Code: "cough"}
	told := questionnaire.Answers{
		"sym": slices.Concat(inWords("rash"), []questionnaire.Value{cough}, inWords("itch"), inWords("ache")),
		"bad": inWords("of rash"), "bad~2": inWords("of cough"), "bad~3": inWords("of itch"), "bad~4": inWords("of ache"),
	}
	for _, c := range []struct {
		words []string
		want  questionnaire.Answers
	}{
		{[]string{"", "itch", "ache"}, questionnaire.Answers{
			"sym": slices.Concat([]questionnaire.Value{cough}, inWords("itch"), inWords("ache")), "bad": inWords("of cough"), "bad~2": inWords("of itch"), "bad~3": inWords("of ache")}},
		{[]string{"rash", "", "ache"}, questionnaire.Answers{
			"sym": slices.Concat([]questionnaire.Value{cough}, inWords("rash"), inWords("ache")), "bad": inWords("of cough"), "bad~2": inWords("of rash"), "bad~3": inWords("of ache")}},
		{[]string{"", "", "my ache"}, questionnaire.Answers{"sym": slices.Concat([]questionnaire.Value{cough}, inWords("my ache")), "bad": inWords("of cough"), "bad~2": inWords("of ache")}},
	} {
		s := correcting(t, document, told)
		s.v["o.sym"] = c.words
		got, more := s.send()
		if d := cmp.Diff(c.want, got); more || d != "" {
			t.Errorf("%q, more %v (-want +got):\n%s", c.words, more, d)
		}
	}
}

// TestWhatIsAskedAboutFilesComesWithThem: it is asked about the files that are there, kept in a correction, and gone with its file.
func TestWhatIsAskedAboutFilesComesWithThem(t *testing.T) {
	s := correcting(t, filesAskedAbout, nil)
	if got := names(t, s.page); !slices.Equal(got, []string{"p", "z"}) {
		t.Errorf("without a file there are %v", got)
	}
	files := questionnaire.Files{}
	one, two, three := files.Add("text/plain", []byte("one")), files.Add("text/plain", []byte("the second")), files.Add("text/plain", []byte("the third file"))
	s.v["q.p"] = []string{one.Text, two.Text}
	if _, more := s.send(); !more {
		t.Fatal("nothing is asked about files that came")
	}
	if got := names(t, s.page); !slices.Equal(got, []string{"p", "cap", "cap~1.2", "z"}) || strings.Count(text(s.page), "bytes”") != 2 {
		t.Errorf("%v: %s", got, text(s.page))
	}
	s.v.Set("q.cap", "of one")
	s.v.Set("q.cap~1.2", "of two")
	got, more := s.send()
	want := questionnaire.Answers{"p": {one, two}, "cap": inWords("of one"), "cap~1.2": inWords("of two")}
	if d := cmp.Diff(want, got); more || d != "" {
		t.Fatalf("more %v (-want +got):\n%s", more, d)
	}

	s = correcting(t, filesAskedAbout, want)
	s.v.Set("q.z", "true")
	got, more = s.send()
	want["z"] = []questionnaire.Value{{Type: questionnaire.Boolean, Text: "true"}}
	if d := cmp.Diff(want, got); more || d != "" {
		t.Errorf("another answer is corrected, more %v (-want +got):\n%s", more, d)
	}

	s.v["q.p"] = []string{two.Text, three.Text}
	if _, more = s.send(); !more {
		t.Fatal("nothing is asked about a file that came")
	}
	s.v.Set("q.cap~1.2", "of three")
	got, more = s.send()
	want["p"], want["cap"], want["cap~1.2"] = []questionnaire.Value{two, three}, inWords("of two"), inWords("of three")
	if d := cmp.Diff(want, got); more || d != "" {
		t.Errorf("one file is left out, another chosen, more %v (-want +got):\n%s", more, d)
	}
}

// TestOfWhatIsHiddenAFormSaysNothing: a question that depends on it is there when it is asked, and else not.
func TestOfWhatIsHiddenAFormSaysNothing(t *testing.T) {
	const document = `{"resourceType":"Questionnaire","id":"hidden","version":"1","status":"active","title":"Hidden","item":[
		{"linkId":"h","text":"Secret words","type":"string","initial":[{"valueString":"x"}],
			"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/questionnaire-hidden","valueBoolean":true}]},
		{"linkId":"z","text":"The end?","type":"boolean"},
		{"linkId":"a","text":"Is asked?","type":"string","enableWhen":[{"question":"h","operator":"=","answerString":"x"}]},
		{"linkId":"b","text":"Is not asked?","type":"string","required":true,"enableWhen":[{"question":"h","operator":"=","answerString":"y"}]},
		{"linkId":"g","text":"Nor this","type":"group","enableWhen":[{"question":"h","operator":"exists","answerBoolean":false}],"item":[{"linkId":"c","text":"Why?","type":"string"}]},
		{"linkId":"d","text":"Either?","type":"string","enableBehavior":"any","enableWhen":[{"question":"h","operator":"=","answerString":"y"},{"question":"z","operator":"=","answerBoolean":true}]}]}`
	s := correcting(t, document, nil)
	has := func(want ...string) {
		t.Helper()
		if got := names(t, s.page); !slices.Equal(got, want) || strings.Contains(s.page, "Secret") || strings.Contains(s.page, "Nor this") {
			t.Errorf("%v, want %v: %s", got, want, text(s.page))
		}
	}
	has("z", "a")
	s.v.Set("q.a", "yes")
	s.v.Set("q.z", "true")
	if _, more := s.send(); !more {
		t.Fatal("an answer does not bring the question that depends on it and on what is hidden")
	}
	has("z", "a", "d")
	s.v.Set("q.d", "this")
	got, more := s.send()
	want := questionnaire.Answers{"h": inWords("x"), "a": inWords("yes"), "z": {{Type: questionnaire.Boolean, Text: "true"}}, "d": inWords("this")}
	if d := cmp.Diff(want, got); more || d != "" {
		t.Errorf("more %v (-want +got):\n%s", more, d)
	}
}
