package preview

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tellback/tellback/internal/fault"
)

func TestTheFormAsksForFiles(t *testing.T) {
	for lang, want := range map[string]string{"en": "Try a questionnaire", "es": "Probar un cuestionario"} {
		a := ask(t, httptest.NewRequest(http.MethodGet, "/try?lang="+lang, nil))
		if a.status != http.StatusOK || !strings.Contains(a.body, "<h1>"+want) || !strings.Contains(a.body, `enctype="multipart/form-data"`) {
			t.Errorf("%s: %d %s", lang, a.status, says(a))
		}
	}
}

func TestShippedQuestionnairesAreShown(t *testing.T) {
	for file, doc := range shipped(t) {
		for _, lang := range []string{"en", "es"} {
			a := post(t, "?lang="+lang, append(files(doc), part{"speak", []byte(lang)})...)
			if a.status != http.StatusOK {
				t.Errorf("%s: %d %s", file, a.status, says(a))
			}
			yes := map[string]string{"en": "It can be used here", "es": "Se puede usar aquí"}[lang]
			thanks := map[string]string{"en": "Thank you! See or change", "es": "Gracias"}[lang]
			for _, want := range []string{yes, thanks, "<fieldset disabled", "segment"} {
				if !strings.Contains(a.body, want) {
					t.Errorf("%s in %s lacks %q", file, lang, want)
				}
			}
			if n := strings.Count(a.body, "<h1"); n != 1 {
				t.Errorf("%s has %d titles", file, n)
			}
		}
	}
}

// What is published is shown, or refused by each reason that loading gives, on a page that is whole.
func TestPublishedQuestionnairesAreShownOrRefused(t *testing.T) {
	shown := 0
	for file, doc := range published(t) {
		_, err := river(t).ValueSets().Load(doc)
		a := post(t, "", files(doc)...)
		if err == nil {
			if shown++; a.status != http.StatusOK || !strings.Contains(a.body, "<fieldset disabled") {
				t.Errorf("%s loads, and gets %d", file, a.status)
			}
			continue
		}
		if a.status != fault.KindOf(err).Status() {
			t.Errorf("%s: status %d for %v", file, a.status, err)
		}
		_, issues := fault.Public(err)
		for _, i := range issues {
			if !strings.Contains(a.body, "<code>"+i.Where+"</code>") {
				t.Errorf("%s: the page does not say what is wrong with %s", file, i.Where)
			}
		}
	}
	if shown < 14 {
		t.Errorf("only %d are shown", shown)
	}
}

func TestARefusalNamesItsItems(t *testing.T) {
	doc := []byte(`{"resourceType":"Questionnaire","id":"r","version":"1","status":"new","language":"en","title":"R","item":[
		{"linkId":"good","type":"boolean","text":"Is it good?"},
		{"linkId":"g","type":"group","text":"More","item":[{"linkId":"bad","type":"slider","text":"How <b>bad</b>?"},{"linkId":"fine","type":"string","text":"Fine?"}]},
		{"linkId":"good","type":"boolean"}]}`)
	a := post(t, "", files(doc)...)
	if a.status != http.StatusUnprocessableEntity {
		t.Fatalf("status %d", a.status)
	}
	text := says(a)
	for _, want := range []string{
		"About the whole status must be draft", "How &lt;b&gt;bad&lt;/b&gt;? item[1].item[0] bad slider item[1].item[0].type slider is not an item type",
		"an item without words item[2] good boolean item[2].linkId another item has this linkId: item[0]", "Nothing is wrong with the other 3 items",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("it lacks %q\n%s", want, text)
		}
	}
	if strings.Contains(text, "By text") {
		t.Error("what is refused is shown")
	}
}

func TestWordsOfADocumentAreWords(t *testing.T) {
	const evil = `<script>alert(1)</script><img src=x onerror=alert(2)>`
	quoted := `\u003cscript\u003ealert(1)\u003c/script\u003e\u003cimg src=x onerror=alert(2)\u003e`
	for name, doc := range map[string]string{
		"shown":   `{"resourceType":"Questionnaire","id":"x","version":"1","status":"active","language":"en","title":"%[1]s","description":"%[1]s","item":[{"linkId":"%[1]s","prefix":"%[1]s","type":"choice","text":"%[1]s, or not at all %[1]s","answerOption":[{"valueCoding":{"code":"%[1]s","display":"%[1]s"}}]}]}`,
		"refused": `{"resourceType":"Questionnaire","id":"x","version":"1","status":"%[1]s","language":"en","%[1]s":1,"item":[{"linkId":"%[1]s","type":"%[1]s","text":"%[1]s","extension":[{"url":"http://hl7.org/fhir/StructureDefinition/%[1]s"}]}]}`,
		"no JSON": evil,
	} {
		t.Run(name, func(t *testing.T) {
			a := post(t, "", append(files([]byte(strings.ReplaceAll(doc, "%[1]s", quoted))), part{"speak", []byte(evil)})...)
			if a.status >= 500 || strings.Contains(a.body, "<script>alert") || strings.Contains(a.body, "<img") {
				t.Errorf("%d: a document's words are markup", a.status)
			}
			if scripts := regexp.MustCompile(`<script`).FindAllString(a.body, -1); len(scripts) != 1 {
				t.Errorf("%d scripts", len(scripts))
			}
			if name == "shown" && !strings.Contains(a.body, "&lt;script&gt;alert(1)&lt;/script&gt;") {
				t.Error("the words are gone")
			}
		})
	}
}

// within fails when something takes longer than it may; bounds are generous, for machines that are shared, and the race detector, which
// -short goes with, slows everything down.
func within(t *testing.T, most time.Duration, do func()) {
	t.Helper()
	if testing.Short() {
		most *= 4
	}
	begun := time.Now()
	do()
	if took := time.Since(begun); took > most {
		t.Errorf("it took %v", took)
	}
}

func TestHostileDocumentsAreBounded(t *testing.T) {
	item := func(n int, more string) string {
		return fmt.Sprintf(`{"linkId":"i%d","type":"boolean","text":"Is it so?"%s}`, n, more)
	}
	questionnaire := func(items string) []byte {
		return []byte(`{"resourceType":"Questionnaire","id":"h","version":"1","status":"active","language":"en","title":"H","item":[` + items + `]}`)
	}
	var many, chained, options []string
	for n := range 5000 {
		many = append(many, item(n, ""))
		if n == 0 {
			chained = append(chained, item(n, ""))
		} else {
			chained = append(chained, item(n, fmt.Sprintf(`,"enableWhen":[{"question":"i%d","operator":"=","answerBoolean":true}]`, n-1)))
		}
	}
	for n := range 20000 {
		options = append(options, fmt.Sprintf(`{"valueCoding":{"code":"c%d","display":"%s%d"}}`, n, strings.Repeat("word ", 20), n))
	}
	choice := func(n int, options []string) string {
		return fmt.Sprintf(`{"linkId":"c%d","type":"choice","text":"Which?","answerOption":[%s]}`, n, strings.Join(options, ","))
	}
	var wide []string
	for n := range 10 {
		wide = append(wide, choice(n, options[2000*n:2000*n+2000]))
	}
	set := "(0"
	for n := range 99 {
		set += fmt.Sprint("|", n+1)
	}
	heavy := set + ")" // a million steps
	heavy = heavy + ".all(" + heavy + ".all(" + heavy + ".all($this >= 0))).toString()"
	var formulas []string
	for n := range 300 {
		value := `"valueExpression":{"language":"text/fhirpath","expression":"` + heavy + `"}`
		formulas = append(formulas, fmt.Sprintf(`{"linkId":"c%d","type":"string","text":"So it is.","extension":[{"url":"http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-calculatedExpression",%s}]}`, n, value),
			fmt.Sprintf(`{"linkId":"t%d","type":"boolean","text":"Is it so?","_text":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/cqf-expression",%s}]}}`, n, value))
	}
	long := strings.Repeat("<", 40_000)
	var unknown, scores, languages []string
	for n := range 100 {
		unknown = append(unknown, fmt.Sprintf(`"%d%s":1`, n, long))
		scores = append(scores, fmt.Sprintf(`{"url":"https://tellback.org/fhir/StructureDefinition/score","extension":[{"url":"id","valueString":"s%d"},{"url":"title","valueString":"%s"},{"url":"method","valueCode":"sum"},{"url":"item","valueString":"c"}]}`, n, long))
	}
	for n := range 20_000 {
		languages = append(languages, fmt.Sprintf(`{"url":"http://hl7.org/fhir/StructureDefinition/translation","extension":[{"url":"lang","valueCode":"en-%05d"},{"url":"content","valueString":"Is it so?"}]}`, n))
	}
	weighed := `{"linkId":"c","type":"choice","text":"Which?","answerOption":[{"valueCoding":{"code":"a","display":"A"},"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/itemWeight","valueDecimal":1}]}]}`
	for name, c := range map[string]struct {
		doc    []byte
		status int
	}{
		"long names":             {questionnaire(`{` + strings.Join(unknown, ",") + `}`), http.StatusUnprocessableEntity},
		"long titles":            {bytes.Replace(questionnaire(weighed), []byte(`"item"`), []byte(`"extension":[`+strings.Join(scores, ",")+`],"item"`), 1), http.StatusOK},
		"20,000 languages":       {bytes.Replace(questionnaire(`{"linkId":"i","type":"boolean","text":"Is it so?","_text":{"extension":[`+strings.Join(languages, ",")+`]}}`), []byte(`"H"`), []byte(`"5"`), 1), http.StatusOK},
		"600 heavy expressions":  {questionnaire(strings.Join(formulas, ",")), http.StatusOK},
		"6 MB":                   {questionnaire(strings.Repeat(item(0, "")+",", 6<<20/45)), http.StatusRequestEntityTooLarge},
		"9 MB":                   {bytes.Repeat([]byte("["), 9<<20), http.StatusRequestEntityTooLarge},
		"nested":                 {bytes.Repeat([]byte(`{"item":[`), 400_000), http.StatusBadRequest},
		"nested and closed":      {append(bytes.Repeat([]byte(`{"item":[`), 9000), bytes.Repeat([]byte(`]}`), 9000)...), http.StatusBadRequest},
		"5,000 items":            {questionnaire(strings.Join(many, ",")), http.StatusOK},
		"5,000 items in a chain": {questionnaire(strings.Join(chained, ",")), http.StatusOK},
		"100,000 items":          {questionnaire(strings.TrimSuffix(strings.Repeat(`{"linkId":"i"},`, 100_000), ",")), http.StatusUnprocessableEntity},
		"20,000 options":         {questionnaire(strings.Join(wide, ",")), http.StatusOK},
		"one long text":          {questionnaire(`{"linkId":"t","type":"boolean","text":"` + strings.Repeat("word ", 900_000) + `"}`), http.StatusOK},
	} {
		t.Run(name, func(t *testing.T) {
			within(t, 20*time.Second, func() {
				a := post(t, "", files(c.doc)...)
				if a.status != c.status {
					t.Errorf("status %d, want %d: %.300s", a.status, c.status, says(a))
				}
				if len(a.body) > 3<<20 {
					t.Errorf("the page has %d bytes", len(a.body))
				}
				if c.status == http.StatusRequestEntityTooLarge && !strings.Contains(says(a), "MB") {
					t.Errorf("it doesn't say what is too large: %s", says(a))
				}
			})
		})
	}
}

func TestWhatIsNoUploadIsAnswered(t *testing.T) {
	plain := httptest.NewRequest(http.MethodPost, "/try", strings.NewReader("text=x"))
	plain.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	half := httptest.NewRequest(http.MethodPost, "/try", strings.NewReader("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n{"))
	half.Header.Set("Content-Type", "multipart/form-data; boundary=b")
	var many [][]byte
	for range maxFiles + 1 {
		many = append(many, []byte("{}"))
	}
	for name, c := range map[string]struct {
		a      answer
		status int
		says   string
	}{
		"no files":     {ask(t, plain), http.StatusUnsupportedMediaType, "Please use the form."},
		"broken off":   {ask(t, half), http.StatusBadRequest, "Please try again."},
		"empty":        {post(t, "", part{"file", nil}, part{"text", []byte(" \n ")}, part{"speak", nil}), http.StatusBadRequest, "Choose a file or paste"},
		"many":         {post(t, "", files(many...)...), http.StatusBadRequest, "more than 20 files"},
		"no JSON":      {post(t, "", part{"text", []byte("hello")}), http.StatusBadRequest, "can&#39;t be read"},
		"another kind": {post(t, "", part{"text", []byte(`{"resourceType":"Patient"}`)}), http.StatusUnprocessableEntity, "resourceType must be Questionnaire"},
	} {
		t.Run(name, func(t *testing.T) {
			if c.a.status != c.status || !strings.Contains(says(c.a), c.says) || !strings.Contains(c.a.body, `type="file"`) {
				t.Errorf("%d: %s", c.a.status, says(c.a))
			}
		})
	}
}

// Not even a large upload is put into a file on the way.
func TestNothingIsKept(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	doc := append(shipped(t)["questionnaires/story.v1.json"], bytes.Repeat([]byte(" "), 4<<20)...)
	if a := post(t, "", files(doc, doc[:1<<20])...); a.status >= 500 {
		t.Fatalf("status %d", a.status)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("it left %v (%v)", left, err)
	}
}

func TestValueSetsComeBeside(t *testing.T) {
	const set = `{"resourceType":"ValueSet","id":"s","url":"https://example.org/s","status":"active","language":"en","compose":{"include":[{"system":"x","concept":[{"code":"1","display":"One of them"},{"code":"2","display":"Two"}]}]}}`
	doc := []byte(`{"resourceType":"Questionnaire","id":"v","version":"1","status":"active","language":"en","title":"V","item":[{"linkId":"i","type":"choice","text":"Which?","answerValueSet":"https://example.org/s"}]}`)
	if a := post(t, "", files(doc)...); a.status != http.StatusUnprocessableEntity || !strings.Contains(says(a), "value set https://example.org/s") || !strings.Contains(says(a), "can be dropped together") {
		t.Errorf("without it: %d %s", a.status, says(a))
	}
	for name, parts := range map[string][]part{
		"after": files(doc, []byte(set)), "before": files([]byte(set), doc), "pasted": {{"text", doc}, {"file", []byte(set)}},
	} {
		if a := post(t, "", parts...); a.status != http.StatusOK || !strings.Contains(says(a), "One of them") {
			t.Errorf("%s: %d %s", name, a.status, says(a))
		}
	}
	if a := post(t, "", files(doc, []byte(`{"resourceType":"ValueSet"}`))...); a.status != http.StatusUnprocessableEntity || !strings.Contains(says(a), "value set 1: url") {
		t.Errorf("a broken one: %d %s", a.status, says(a))
	}
	// One that the installation has is no fault.
	here, err := os.ReadFile("../../schemas/valuesets/how-often.json")
	if err != nil {
		t.Fatal(err)
	}
	if a := post(t, "", files(shipped(t)["questionnaires/story.v1.json"], here)...); a.status != http.StatusOK {
		t.Errorf("one that is here: %d %s", a.status, says(a))
	}
}

var handedBack = regexp.MustCompile(`name="again" value="([^"]*)"`)

func TestAnotherLanguageNeedsNoSecondUpload(t *testing.T) {
	doc := shipped(t)["questionnaires/weekly-check-in.v1.json"]
	first := post(t, "", files(doc)...)
	if !strings.Contains(first.body, `name="speak" value="es"`) {
		t.Fatal("there is no way to the other language")
	}
	var parts []part
	for _, m := range handedBack.FindAllStringSubmatch(first.body, -1) {
		parts = append(parts, part{"again", []byte(strings.ReplaceAll(m[1], "&#43;", "+"))})
	}
	a := post(t, "", append(parts, part{"speak", []byte("es")})...)
	if a.status != http.StatusOK || !strings.Contains(a.body, "En los últimos 7 días") || !strings.Contains(says(a), "cansaste") {
		t.Errorf("%d %s", a.status, says(a))
	}
}

func TestALanguageThatTellbackDoesNotSpeak(t *testing.T) {
	a := post(t, "", files([]byte(`{"resourceType":"Questionnaire","id":"d","version":"1","status":"active","language":"de","title":"Befinden","item":[{"linkId":"i","type":"choice","text":"Wie müde waren Sie in den letzten sieben Tagen?","answerOption":[{"valueCoding":{"code":"n","display":"Gar nicht"}},{"valueCoding":{"code":"s","display":"Sehr"}}]}]}`))...)
	for _, want := range []string{"not measured", "Tellback has no words of its own in this language", "Gar nicht", `lang="de"`} {
		if !strings.Contains(a.body, want) {
			t.Errorf("it lacks %q", want)
		}
	}
}

// Whatever is dropped, there is a page, and it says no or shows it.
func FuzzDrop(f *testing.F) {
	for _, doc := range shipped(f) {
		f.Add(doc)
	}
	f.Add([]byte(branching))
	f.Add([]byte(`{"resourceType":"Questionnaire","item":{"item":[1]}}`))
	m := maker(f)
	f.Fuzz(func(t *testing.T, doc []byte) {
		m := m
		m.Sets = m.Sets.Clone()
		k := m.Look(t.Context(), Offer{Document: doc, Lang: "en"})
		if (k.Questionnaire == nil) == (len(k.Refusals) == 0) {
			t.Fatalf("neither shown nor refused: %d reasons", len(k.Refusals))
		}
		v := view{speech: speech{"en"}}
		v.fill(k, nil)
		var out strings.Builder
		if err := templates().ExecuteTemplate(&out, "preview", v); err != nil {
			t.Fatal(err)
		}
	})
}
