package site

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/tellback/tellback/internal/intake"
	"github.com/tellback/tellback/internal/personal"
	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/table/tabletest"
	"github.com/tellback/tellback/internal/webform"
)

// newWideTown is a town whose workshop also asks twenty questions, each of which takes the longest answer that any may.
func newWideTown(t *testing.T) (*town, *tabletest.Memory) {
	t.Helper()
	const spanish = `{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/translation","extension":[{"url":"lang","valueCode":"es"},{"url":"content","valueString":"Cuenta."}]}]}`
	const uses = `"questionnaires": [`
	all := content(t).(fstest.MapFS)
	workshop := string(all["programs/workshop.json"].Data)
	if !strings.Contains(workshop, uses) {
		t.Fatal("the workshop names no questionnaires")
	}
	all["programs/workshop.json"].Data = []byte(strings.Replace(workshop, uses, uses+`{"questionnaire": "wide", "version": "1", "roles": ["patient"]},`, 1))
	var items []string
	for n := range 20 {
		items = append(items, fmt.Sprintf(`{"linkId":"w%d","text":"Tell us.","_text":%s,"type":"text"}`, n, spanish))
	}
	all["questionnaires/wide.v1.json"] = &fstest.MapFile{Data: []byte(`{"resourceType":"Questionnaire","id":"wide","version":"1","title":"Wide","_title":` +
		spanish + `,"status":"active","language":"en","item":[` + strings.Join(items, ",") + `]}`)}
	catalog, err := program.Load(all)
	if err != nil {
		t.Fatal(err)
	}
	set, err := phi.NewKeyset()
	if err != nil {
		t.Fatal(err)
	}
	keys, err := phi.ReadKeys(bytes.NewReader(set))
	if err != nil {
		t.Fatal(err)
	}
	reports := tabletest.NewMemory()
	people := tabletest.NewMemory()
	w := furnish(t, keys, reports, people)
	w.catalog = catalog
	w.desk = intake.New(reports, keys, catalog)
	w.desk.Now = w.clock
	w.handler = New(w.desk, w.people, &personal.Links{People: people, Keys: keys, Now: w.clock}, catalog, keys, w.clock, &dice{}, w.logger())
	return w, reports
}

// postRaw posts a form whose answers are as they are: a browser would write "<" as "%3C", and fit a third of them in.
func (w *town) postRaw(path string, v url.Values, answer string, answers int) answer {
	w.t.Helper()
	for n := range 20 {
		v.Del(fmt.Sprint("q.w", n))
	}
	body := v.Encode()
	for n := range answers {
		body += fmt.Sprintf("&q.w%d=%s", n, answer)
	}
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return w.do(r)
}

// Whatever a form can carry is stored or refused with a page that says what to do; never is it our failure.
func TestTheLargestFormsAreTakenOrRefused(t *testing.T) {
	for _, c := range []struct {
		name, one     string
		each, answers int
		want          int
	}{
		{"as many letters as the body holds", "x", 13_000, 20, http.StatusSeeOther},
		{"more than the body holds", "x", 14_000, 20, http.StatusRequestEntityTooLarge},
		{"what JSON writes in six", "<", 12_000, 20, http.StatusRequestEntityTooLarge},
		{"nearly as much of it as a report holds", "<", 16_000, 4, http.StatusSeeOther},
		{"longer than any answer", "x", 20_001, 1, http.StatusUnprocessableEntity},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, reports := newWideTown(t)
			form := func() url.Values {
				v := filled(t, w.get("/f/workshop/wide?lang=en").body)
				v.Set("consent", "yes")
				v.Set("who", "patient")
				return v
			}
			a := w.postRaw("/f/workshop/wide?lang=en", form(), strings.Repeat(c.one, c.each), c.answers)
			if a.StatusCode != c.want {
				t.Fatalf("status %d, want %d: %.400s", a.StatusCode, c.want, text(a.body))
			}
			if refused := c.want != http.StatusSeeOther; refused != (len(reports.Items) == 0) {
				t.Errorf("%d items are stored", len(reports.Items))
			}
			if c.want == http.StatusRequestEntityTooLarge && !strings.Contains(text(a.body), "make the longest answer shorter") {
				t.Errorf("the page doesn't say what to do: %.400s", text(a.body))
			}
			// The same as a correction of what is there.
			small := receiptOf(t, w.postRaw("/f/workshop/wide?lang=en", form(), "short", 1))
			v := filled(t, w.get("/r/"+string(small)+"?correct&lang=en").body)
			if v.Get(webform.FieldRevision) == "" {
				t.Fatal("the receipt's page has no form to correct it with")
			}
			if a := w.postRaw("/r/"+string(small)+"?lang=en", v, strings.Repeat(c.one, c.each), c.answers); a.StatusCode != c.want {
				t.Errorf("as a correction: status %d, want %d: %.400s", a.StatusCode, c.want, text(a.body))
			}
		})
	}
}
