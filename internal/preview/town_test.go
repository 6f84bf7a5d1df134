package preview

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tellback/tellback/internal/page"
	"github.com/tellback/tellback/internal/page/pagetest"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/schemas"
)

var noon = time.Date(2026, 10, 14, 16, 0, 0, 0, time.UTC)

// river is the installation that comes with Tellback.
func river(t testing.TB) *program.Catalog {
	t.Helper()
	c, err := program.Load(schemas.FS)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func maker(t testing.TB) Maker {
	t.Helper()
	c := river(t)
	return Maker{Program: c.Program("river"), Sets: c.ValueSets(), Public: "https://tellback.org", Now: noon}
}

// part is a field of a posted form.
type part struct {
	name string
	body []byte
}

func files(docs ...[]byte) (out []part) {
	for _, doc := range docs {
		out = append(out, part{"file", doc})
	}
	return out
}

type answer struct {
	status int
	header http.Header
	body   string
}

// unsaid is a key that stands where its sentence should.
var unsaid = regexp.MustCompile(`[>"] *(preview|form|page|time|answer)\.[a-z]+(-[a-z0-9]+)*[<"]`)

// ask sends a request to the page, and holds every page against what all pages must be.
func ask(t testing.TB, r *http.Request) answer {
	t.Helper()
	c := river(t)
	rec := httptest.NewRecorder()
	Page{
		Path: "/try", PublicURL: "https://tellback.org", Program: c.Program("river"), Sets: c.ValueSets(), Now: noon, Frame: page.Page{Home: "/"},
	}.ServeHTTP(rec, r)
	res := rec.Result()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	a := answer{res.StatusCode, res.Header, string(raw)}
	for _, f := range pagetest.Faults(res.Header, a.body) {
		t.Errorf("%s: %s", r.URL, f)
	}
	if key := unsaid.FindString(a.body); key != "" {
		t.Errorf("the catalog lacks %s", key)
	}
	if a.header.Get("Cache-Control") != "no-store" {
		t.Error("a browser may keep the page")
	}
	return a
}

// post drops what parts hold.
func post(t testing.TB, query string, parts ...part) answer {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, p := range parts {
		w, err := form.CreateFormFile(p.name, "a.json")
		if p.name != "file" {
			w, err = form.CreateFormField(p.name)
		}
		if err == nil {
			_, err = w.Write(p.body)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/try"+query, &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	return ask(t, r)
}

var tags = regexp.MustCompile(`(?s)<style>.*?</style>|<script.*?</script>|<[^>]*>`)

// says is what a page says.
func says(a answer) string {
	return strings.Join(strings.Fields(tags.ReplaceAllString(a.body, " ")), " ")
}

// shipped are the questionnaires that come with Tellback, by file.
func shipped(t testing.TB) map[string][]byte {
	t.Helper()
	names, err := fs.Glob(schemas.FS, "questionnaires/*.json")
	if err != nil || len(names) < 4 {
		t.Fatal(names, err)
	}
	out := map[string][]byte{}
	for _, name := range names {
		if out[name], err = fs.ReadFile(schemas.FS, name); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// published are the Questionnaires of the npm packages, by file.
func published(t testing.TB) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	for _, of := range []string{"hl7.fhir.r4.examples", "hl7.fhir.uv.sdc"} {
		root := "../../infra/tools/node_modules/" + of
		if _, err := os.Stat(root); err != nil {
			t.Fatalf("%v: run infra/tools/setup", err)
		}
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !strings.HasPrefix(d.Name(), "Questionnaire-") || filepath.Ext(path) != ".json" {
				return err
			}
			doc, err := os.ReadFile(path)
			var head struct{ ResourceType string }
			if err == nil && json.Unmarshal(doc, &head) == nil && head.ResourceType == "Questionnaire" {
				out[d.Name()] = doc
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(out) < 40 {
		t.Fatalf("only %d are published", len(out))
	}
	return out
}

func look(t testing.TB, m Maker, doc []byte) Look {
	t.Helper()
	return m.Look(context.Background(), Offer{Document: doc})
}
