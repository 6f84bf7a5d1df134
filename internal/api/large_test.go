package api

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/tellback/tellback/internal/intake"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/schemas"
)

// wide is River with a questionnaire of fifty questions, each of which takes the longest answer that any question may.
func wide(t *testing.T) *program.Catalog {
	t.Helper()
	var items []string
	for n := range 50 {
		items = append(items, fmt.Sprintf(`{"linkId":"w%d","text":"Tell us.","_text":%s,"type":"text"}`, n, spanish))
	}
	return riverWith(t, "wide", strings.Join(items, ","))
}

const spanish = `{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/translation","extension":[{"url":"lang","valueCode":"es"},{"url":"content","valueString":"Cuenta."}]}]}`

// riverWith is River with one more questionnaire, of these items.
func riverWith(t *testing.T, id, items string) *program.Catalog {
	t.Helper()
	all := fstest.MapFS{}
	for _, pattern := range []string{"programs/*.json", "questionnaires/*.json"} {
		names, err := fs.Glob(schemas.FS, pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			data, err := fs.ReadFile(schemas.FS, name)
			if err != nil {
				t.Fatal(err)
			}
			all[name] = &fstest.MapFile{Data: data}
		}
	}
	river := string(all["programs/river.json"].Data)
	const uses = `"questionnaires": [`
	if !strings.Contains(river, uses) {
		t.Fatal("River names no questionnaires")
	}
	all["programs/river.json"].Data = []byte(strings.Replace(river, uses, uses+`{"questionnaire": "`+id+`", "version": "1", "roles": ["patient"]},`, 1))
	all["questionnaires/"+id+".v1.json"] = &fstest.MapFile{Data: []byte(`{"resourceType":"Questionnaire","id":"` + id + `","version":"1","title":"More","_title":` + spanish + `,
		"status":"active","language":"en","item":[` + items + `]}`)}
	c, err := program.Load(all)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Whatever a megabyte of answers is made of, it is stored or refused in words; never is it our failure.
func TestTheLargestReportsAreTakenOrRefused(t *testing.T) {
	w := newTown(t)
	w.catalog = wide(t)
	w.desk = intake.New(w.reports, w.keys, w.catalog)
	w.desk.Now = func() time.Time { return w.now }
	w.handler = New(w.desk, w.registry, w.catalog, Clients{"clinic": sum(secret)}, w.desk.Now)

	const most = 20_000
	for _, c := range []struct {
		name, one     string // what answers are made of
		each, answers int
		want          int
	}{
		{"as much as fits", "x", most, 20, http.StatusCreated},
		{"a little more", "x", most, 21, http.StatusRequestEntityTooLarge},
		{"letters that take two bytes", "ñ", most, 11, http.StatusRequestEntityTooLarge},
		{"letters that take four", "🪶", most, 6, http.StatusRequestEntityTooLarge},
		{"what JSON writes in six", "<", most, 4, http.StatusRequestEntityTooLarge},
		{"what JSON writes in six, all that a body holds", "<", most, 50, http.StatusRequestEntityTooLarge},
		{"longer than any answer", "x", most + 1, 1, http.StatusUnprocessableEntity},
		{"more than a body holds", "🪶", most, 20, http.StatusRequestEntityTooLarge},
	} {
		for _, fhir := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, FHIR %v", c.name, fhir), func(t *testing.T) {
				a := w.sendWide(fhir, strings.Repeat(c.one, c.each), c.answers)
				if a.StatusCode != c.want {
					t.Fatalf("status %d, want %d: %.300s", a.StatusCode, c.want, a.body)
				}
				if kind := a.Header.Get("Content-Type"); c.want != http.StatusCreated && (fhir != strings.HasPrefix(kind, "application/fhir+json")) {
					t.Errorf("refused as %s", kind)
				}
				if c.want == http.StatusRequestEntityTooLarge && !strings.Contains(a.body, "shorten") && !strings.Contains(a.body, "at most") {
					t.Errorf("the refusal doesn't say what to do: %.300s", a.body)
				}
			})
		}
	}
}

// sendWide sends the same answer to so many questions.
func (w *town) sendWide(fhir bool, text string, answers int) answer {
	w.t.Helper()
	simple := map[string]any{"questionnaire": "wide", "subject": "p-1", "consent": map[string]any{"textVersion": "2026-10", "given": true}}
	given, items := map[string]string{}, []any{}
	for n := range answers {
		id := fmt.Sprint("w", n)
		given[id] = text
		items = append(items, map[string]any{"linkId": id, "answer": []any{map[string]string{"valueString": text}}})
	}
	simple["answers"] = given
	doc, send := any(simple), w.send
	if fhir {
		doc, send = map[string]any{
			"resourceType": "QuestionnaireResponse", "questionnaire": "https://tellback.org/fhir/Questionnaire/wide|1", "status": "completed",
			"subject": map[string]string{"reference": "Patient/1"}, "language": "en", "item": items,
		}, w.sendFHIR
	}
	var out strings.Builder
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false) // "<" as it is: it grows only when it is stored
	if err := e.Encode(doc); err != nil {
		w.t.Fatal(err)
	}
	return send(out.String())
}
