package app_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/tellback/tellback/internal/app"
	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/intake"
	"github.com/tellback/tellback/internal/lambdahttp"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/questionnaire/questionnairetest"
	"github.com/tellback/tellback/internal/report"
	"github.com/tellback/tellback/schemas"
)

// Every questionnaire that loads, whoever published it, can be answered by text, in the form and over the API by anybody who
// answers at random but validly: through the functions as they are deployed, over the embedded store. Each report says the same and
// scores the same, and by which channel it came; as a QuestionnaireResponse it has no fault.
func TestTheSameAnswersOnEveryChannel(t *testing.T) {
	h, sets := newHouse(t, config()), questionnairetest.Shelf(t)
	tried, told := 0, 0
	try := func(file string, doc []byte) {
		q, err := sets.Load(doc)
		if err != nil {
			return // what is refused, and why, is internal/questionnaire's to test
		}
		tried++
		t.Run(strings.TrimSuffix(file, ".json"), func(t *testing.T) {
			w := h.town(t, doc)
			rounds(t, max(3, min(20, 400/len(q.All()))))
			rapid.Check(t, func(t *rapid.T) { told += w.tellEverywhere(t) })
		})
	}
	shipped, err := fs.Glob(schemas.FS, "questionnaires/*.json")
	if err != nil || len(shipped) < 4 {
		t.Fatal(shipped, err)
	}
	for _, file := range shipped {
		doc, err := fs.ReadFile(schemas.FS, file)
		if err != nil {
			t.Fatal(err)
		}
		try(filepath.Base(file), doc)
	}
	questionnairetest.Published(t, try)
	t.Logf("%d questionnaires, %d reports", tried, told)
	if tried < len(shipped)+leastTried {
		t.Errorf("only %d questionnaires could be tried", tried)
	}
}

// The same of questionnaires that nobody wrote, which have more of everything.
func TestTheSameAnswersToAnythingOnEveryChannel(t *testing.T) {
	h, told := newHouse(t, config()), 0
	rounds(t, 150)
	rapid.Check(t, func(r *rapid.T) {
		told += h.town(t, madeUp(r)).tellEverywhere(r)
	})
	t.Logf("%d reports", told)
}

// madeUp draws a questionnaire that loads. What depends on a total of what is told later is rightly refused, by name; that is drawn again.
func madeUp(t *rapid.T) []byte {
	doc := questionnairetest.Document(t)
	if _, err := questionnaire.Load(doc); err != nil {
		_, issues := fault.Public(err)
		if len(issues) == 0 || slices.ContainsFunc(issues, func(is fault.Issue) bool { return is.Code != "unsupported" || is.Text == "" }) {
			t.Fatalf("%+v: %s", issues, doc)
		}
		t.Skip("refused")
	}
	return doc
}

// leastTried is how many of the published questionnaires load at least.
const leastTried = 14

// rounds bounds the draws of a test in which each costs dozens of texts and pages. Whoever sets -rapid.checks gets as many.
func rounds(t *testing.T, n int) {
	f := flag.Lookup("rapid.checks")
	if f == nil || f.Value.String() != f.DefValue {
		return
	}
	if testing.Short() {
		n = max(5, n) // of which rapid leaves a fifth
	}
	_ = f.Value.Set(strconv.Itoa(n))
	t.Cleanup(func() { _ = f.Value.Set(f.DefValue) })
}

// tb is what both testing's and rapid's tests have.
type tb interface {
	Helper()
	Fatalf(format string, args ...any)
}

// town is one program that asks one questionnaire.
type town struct {
	p       *program.Program
	q       *questionnaire.Questionnaire // as of noon there
	gateway http.Handler
	desk    *intake.Desk
	people  *int // so far, in the whole house
}

// town opens a program of its own for a questionnaire.
func (h house) town(t *testing.T, doc []byte) *town {
	t.Helper()
	names, err := fs.Glob(schemas.FS, "valuesets/*.json")
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{"questionnaires/asked.json": {Data: doc}}
	for _, name := range names {
		raw, err := fs.ReadFile(schemas.FS, name)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: raw}
	}
	q, err := questionnairetest.Shelf(t).Load(doc)
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range q.Languages[1:] {
		if lang != "es" {
			t.Fatalf("a story in %s is needed", lang)
		}
	}
	files["questionnaires/own-words.json"] = &fstest.MapFile{Data: []byte(`{"resourceType":"Questionnaire","id":"own-words","version":"1","language":"` + q.Languages[0] + `",
		"status":"active","title":"Own words","_title":` + inSpanish + `,"item":[{"linkId":"words","type":"text","text":"Tell us","_text":` + inSpanish + `}]}`)}
	files["programs/town.json"] = &fstest.MapFile{Data: programOf(t, q)}
	catalog, err := program.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	f := h.functions(t, catalog)
	mux := http.NewServeMux()
	for _, r := range app.Routes {
		pattern := r.Method + " " + r.Path
		mux.Handle(pattern, lambdahttp.Gateway(pattern, over(f[r.Function])))
	}
	w := &town{gateway: mux, desk: intake.New(h.db.Table("reports"), h.keys, catalog), p: catalog.Programs()[0], people: h.people}
	asked, _ := catalog.Used(w.p, q.ID)
	w.q = asked.At(noon.In(w.p.Location()))
	return w
}

const inSpanish = `{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/translation","extension":[{"url":"lang","valueCode":"es"},{"url":"content","valueString":"Cuenta"}]}]}`

// programOf is the file of a program that asks q at once of whoever joins.
func programOf(t *testing.T, q *questionnaire.Questionnaire) []byte {
	t.Helper()
	said := func(text string) map[string]string {
		out := map[string]string{}
		for _, lang := range q.Languages {
			out[lang] = text
		}
		return out
	}
	despair := map[string][]string{}
	for _, lang := range q.Languages {
		despair[lang] = []string{"unbearable"}
	}
	doc, err := json.Marshal(map[string]any{
		"id": "town", "name": said("Town"), "purpose": said("To tell."), "organizer": said("Town Health"), "languages": q.Languages,
		"timeZone": "America/New_York", "country": "US", "joinWords": []string{"TOWN"}, "help": said("town@example.org"),
		"consent":        map[string]any{"version": "1", "text": said("All of it."), "sms": said("All of it, in short. Reply YES.")},
		"questionnaires": []any{map[string]any{"questionnaire": q.ID, "version": q.Version, "roles": []string{"patient"}}},
		"story":          "own-words", "openForm": true,
		"crisis": map[string]any{"words": despair, "reply": said("Call 911.")},
	})
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// over is a function of bytes as the gateway calls it.
func over(f lambda.Handler) lambdahttp.Function {
	return func(ctx context.Context, e events.APIGatewayV2HTTPRequest) (out events.APIGatewayV2HTTPResponse, err error) {
		in, err := json.Marshal(e)
		if err != nil {
			return out, err
		}
		raw, err := f.Invoke(ctx, in)
		if err != nil {
			return out, err
		}
		return out, json.Unmarshal(raw, &out)
	}
}

func (w *town) do(r *http.Request) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	w.gateway.ServeHTTP(rec, r)
	return rec
}

// tellEverywhere draws what somebody says and has four people tell it, each in another way; it gives how many reports that made.
func (w *town) tellEverywhere(t *rapid.T) int {
	*w.people++
	lang := rapid.SampledFrom(w.q.Languages).Draw(t, "language")
	said := questionnairetest.Answers(t, w.q, w.p.Location())
	clean, sent := w.q.Clean(said), maps.Clone(said)
	maps.DeleteFunc(sent, func(link string, _ []questionnaire.Value) bool { return clean[link] == nil }) // it was asked and then no more
	ways := []struct {
		name    string
		channel report.Channel
		receipt string
	}{
		{"texts", report.SMS, w.text(t, said, lang)},
		{"form", report.Web, w.fillIn(t, said, lang)},
		{"FHIR", report.API, w.post(t, "application/fhir+json", w.response(t, sent, lang))},
		{"JSON", report.API, w.post(t, "application/json", w.simple(t, sent, lang))},
	}
	for _, way := range ways {
		r, err := w.desk.Read(context.Background(), intake.Receipt(way.receipt))
		if err != nil {
			t.Fatalf("%s: %v", way.name, err)
		}
		answers := r.Answers.Reveal()
		if d := cmp.Diff(clean, answers); d != "" {
			t.Fatalf("the %s say something else (-said +stored):\n%s", way.name, d)
		}
		if d := cmp.Diff(w.q.Score(clean), r.Scores, cmpopts.EquateEmpty()); d != "" {
			t.Fatalf("the %s have other scores (-said +stored):\n%s", way.name, d)
		}
		if r.Channel != way.channel || r.Hash != w.q.Hash || r.Version != w.q.Version || r.Language != lang || r.Status != report.Complete {
			t.Fatalf("the %s are a report by %s, of %s %s, in %s", way.name, r.Channel, r.Questionnaire, r.Version, r.Language)
		}
		files := w.stored(t, way.name, intake.Receipt(way.receipt), answers)
		if way.channel == report.SMS {
			w.validates(t, questionnaire.Response{Answers: answers, Files: files, Language: lang})
		}
	}
	return len(ways)
}

// stored are the files of a report, each as it was sent.
func (w *town) stored(t tb, way string, r intake.Receipt, a questionnaire.Answers) questionnaire.Files {
	files := questionnaire.Files{}
	for link, vs := range a {
		for n, v := range vs {
			if v.Type != questionnaire.Attachment {
				continue
			}
			f, content, err := w.desk.File(context.Background(), r, link, n)
			if err != nil || files.Add(f.ContentType, content) != v {
				t.Fatalf("the %s' file of %s is another one: %v", way, link, err)
			}
		}
	}
	return files
}

// person is another one each time.
func (w *town) person(way string) string {
	return fmt.Sprint(way, "-", *w.people)
}
