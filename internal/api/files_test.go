package api

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tellback/tellback/internal/intake"
)

// shown is a town with a questionnaire that asks for files and for a person.
func shown(t *testing.T) *town {
	w := newTown(t)
	w.catalog = riverWith(t, "show", `{"linkId":"photo","text":"Show us.","_text":`+spanish+`,"type":"attachment","repeats":true},
		{"linkId":"nurse","text":"Who helps you?","_text":`+spanish+`,"type":"reference"}`)
	w.desk = intake.New(w.reports, w.keys, w.catalog)
	w.desk.Now = func() time.Time { return w.now }
	w.handler = New(w.desk, w.registry, w.catalog, Clients{"clinic": sum(secret)}, w.desk.Now)
	return w
}

func b64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

func ours(answers string) string {
	return `{"questionnaire":"show","subject":"p-1","consent":{"textVersion":"2026-10","given":true},"answers":{` + answers + `}}`
}

func theirs(link, answers string) string {
	return `{"resourceType":"QuestionnaireResponse","status":"completed","questionnaire":"Questionnaire/show","subject":{"reference":"Patient/1"},
		"item":[{"linkId":"` + link + `","answer":[` + answers + `]}]}`
}

func TestFilesComeInEitherForm(t *testing.T) {
	pdf := "%PDF-1.7 " + strings.Repeat("x", 400_000)
	for name, send := range map[string]func(*town) answer{
		"ours": func(w *town) answer {
			return w.send(ours(`"photo":[{"contentType":"application/pdf","data":"` + b64(pdf) + `"},{"contentType":"text/plain","data":"` + b64("Hola") + `"}],"nurse":{"display":"Ana","reference":"Practitioner/1"}`))
		},
		"FHIR": func(w *town) answer {
			return w.sendFHIR(theirs("photo", `{"valueAttachment":{"contentType":"application/pdf","data":"`+b64(pdf)+`"}},{"valueAttachment":{"contentType":"text/plain","data":"`+b64("Hola")+`"}}`))
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := shown(t)
			first := send(w)
			r := w.receipt(first)
			for n, want := range []string{pdf, "Hola"} {
				if _, content, err := w.desk.File(context.Background(), r, "photo", n); err != nil || !bytes.Equal(content, []byte(want)) {
					t.Errorf("file %d: %d bytes, %v", n, len(content), err)
				}
			}
			if again := send(w); w.receipt(again) != r {
				t.Errorf("a retry is another report: %s", again.body)
			}
		})
	}
}

func TestFilesThatAreNotTaken(t *testing.T) {
	w := shown(t)
	for _, c := range []struct {
		name, doc, where string
		fhir             bool
	}{
		{"text for a file", ours(`"photo":"cat.jpg"`), "/answers/photo", false},
		{"no base64", ours(`"photo":{"data":"?"}`), "/answers/photo/data", false},
		{"no data", ours(`"photo":{"contentType":"image/png"}`), "/answers/photo/data", false},
		{"another field", ours(`"photo":{"data":"` + b64("%PDF-1") + `","url":"https://example.org"}`), "/answers/photo/url", false},
		{"a page", ours(`"photo":{"contentType":"text/html","data":"` + b64("<p>") + `"}`), "/answers/photo", false},
		{"a reference to nobody", ours(`"nurse":{}`), "/answers/nurse/display", false},
		{"an address", theirs("photo", `{"valueAttachment":{"contentType":"image/png","url":"https://example.org/x.png"}}`), "QuestionnaireResponse.item[0].answer[0].value.url", true},
		{"a page", theirs("photo", `{"valueAttachment":{"contentType":"text/html","data":"`+b64("<p>")+`"}}`), "QuestionnaireResponse.item[0].answer[0].value", true},
		{"a file that nobody has", theirs("photo", `{"valueAttachment":{"contentType":"image/png","size":3,"extension":[{"url":"https://tellback.org/fhir/StructureDefinition/sha256","valueString":"`+strings.Repeat("a", 64)+`"}]}}`), "QuestionnaireResponse.item[0]", true},
	} {
		send := w.send
		if c.fhir {
			send = w.sendFHIR
		}
		a := send(c.doc)
		if a.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(a.body, c.where+`"`) {
			t.Errorf("%s, FHIR %v: %d %s", c.name, c.fhir, a.StatusCode, a.body)
		}
	}
}

// The largest file goes through, in the form that makes it largest; more is said to be too much.
func TestTheLargestFile(t *testing.T) {
	w := shown(t)
	for size, want := range map[int]int{2_400_000: http.StatusCreated, 2_400_001: http.StatusUnprocessableEntity, 3_400_000: http.StatusRequestEntityTooLarge} {
		doc := theirs("photo", fmt.Sprintf(`{"valueAttachment":{"data":%q}}`, b64("%PDF-1.7"+strings.Repeat("x", size-8))))
		if a := w.sendFHIR(doc); a.StatusCode != want {
			t.Errorf("%d bytes: %d %.300s", size, a.StatusCode, a.body)
		}
	}
}

// Words of despair in a text file, or where somebody should be named, are heard as those of a text are.
func TestDespairInAFileIsHeard(t *testing.T) {
	w := shown(t)
	for name, a := range map[string]answer{
		"a file":      w.send(ours(`"photo":{"contentType":"text/plain","data":"` + b64("I want to die") + `"}`)),
		"a name":      w.send(ours(`"nurse":{"display":"I want to die"}`)),
		"a FHIR file": w.sendFHIR(theirs("photo", `{"valueAttachment":{"contentType":"text/plain","data":"`+b64("I want to die")+`"}}`)),
		"a FHIR name": w.sendFHIR(theirs("nurse", `{"valueReference":{"display":"I want to die"}}`)),
	} {
		if a.StatusCode != http.StatusCreated || !strings.Contains(a.body, `"crisis"`) {
			t.Errorf("%s: %d %s", name, a.StatusCode, a.body)
		}
	}
}
