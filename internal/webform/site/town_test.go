package site

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/tellback/tellback/internal/intake"
	"github.com/tellback/tellback/internal/page/pagetest"
	"github.com/tellback/tellback/internal/participant"
	"github.com/tellback/tellback/internal/personal"
	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/table"
	"github.com/tellback/tellback/internal/table/sqlite"
	"github.com/tellback/tellback/schemas"
)

// town is a whole installation behind the forms, in a folder of its own.
type town struct {
	t       *testing.T
	handler http.Handler
	desk    *intake.Desk
	people  *participant.Registry
	links   *personal.Links
	keys    *phi.Keys
	catalog *program.Catalog
	log     *bytes.Buffer
	now     time.Time
}

var noon = time.Date(2026, 10, 14, 16, 0, 0, 0, time.UTC)

// newTown opens one with the programs and questionnaires of schemas and of testdata; testdata wins.
func newTown(t *testing.T) *town {
	t.Helper()
	db, err := sqlite.Open(filepath.Join(t.TempDir(), "town.db"), []string{"reports", "people"}, func() time.Time { return noon })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	set, err := phi.NewKeyset()
	if err != nil {
		t.Fatal(err)
	}
	keys, err := phi.ReadKeys(bytes.NewReader(set))
	if err != nil {
		t.Fatal(err)
	}
	return furnish(t, keys, db.Table("reports"), db.Table("people"))
}

func furnish(t *testing.T, keys *phi.Keys, reports, people table.Table) *town {
	t.Helper()
	w := &town{t: t, log: &bytes.Buffer{}, now: noon, keys: keys}
	catalog, err := program.Load(content(t))
	if err != nil {
		t.Fatal(err)
	}
	w.catalog = catalog
	w.desk = intake.New(reports, keys, catalog)
	w.desk.Now = w.clock
	w.people = participant.New(people, keys)
	w.links = &personal.Links{People: people, Keys: keys, Now: w.clock}
	w.handler = New(w.desk, w.people, w.links, catalog, keys, w.clock, &dice{}, w.logger())
	return w
}

func (w *town) clock() time.Time { return w.now }

func (w *town) logger() *slog.Logger { return slog.New(slog.NewJSONHandler(w.log, nil)) }

// content is the embedded programs and questionnaires, and those of testdata.
func content(t *testing.T) fs.FS {
	t.Helper()
	all := fstest.MapFS{}
	for _, from := range []fs.FS{schemas.FS, os.DirFS("testdata")} {
		for _, pattern := range []string{"programs/*.json", "questionnaires/*.json"} {
			names, err := fs.Glob(from, pattern)
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range names {
				data, err := fs.ReadFile(from, name)
				if err != nil {
					t.Fatal(err)
				}
				all[name] = &fstest.MapFile{Data: data}
			}
		}
	}
	return all
}

// dice is a reader of numbers that never repeat: SHA-256 of a counter.
type dice struct {
	n    uint64
	rest []byte
}

func (d *dice) Read(p []byte) (int, error) {
	for len(d.rest) < len(p) {
		d.n++
		sum := sha256.Sum256(binary.BigEndian.AppendUint64(nil, d.n))
		d.rest = append(d.rest, sum[:]...)
	}
	n := copy(p, d.rest)
	d.rest = d.rest[n:]
	return n, nil
}

// answer is a response with its page.
type answer struct {
	*http.Response
	body string
}

// unsaid is a key that stands where its sentence should.
var unsaid = regexp.MustCompile(`[>"] *(form|page|time|answer)\.[a-z]+(-[a-z0-9]+)*[<"]`)

func (w *town) do(r *http.Request) answer {
	w.t.Helper()
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	res := rec.Result()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	a := answer{res, string(raw)}
	if strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") && r.Method != http.MethodHead && len(raw) > 0 {
		for _, f := range pagetest.Faults(res.Header, a.body) {
			w.t.Errorf("%s %s: %s", r.Method, r.URL.Path, f)
		}
		if key := unsaid.FindString(a.body); key != "" {
			w.t.Errorf("%s %s: the catalog lacks %s", r.Method, r.URL.Path, key)
		}
	}
	return a
}

func (w *town) get(path string) answer {
	w.t.Helper()
	return w.do(httptest.NewRequest(http.MethodGet, path, nil))
}

func (w *town) post(path string, v url.Values) answer {
	w.t.Helper()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(v.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return w.do(r)
}

// filled is what a browser would send of a page's form as it stands.
func filled(t *testing.T, body string) url.Values {
	t.Helper()
	nodes, err := pagetest.Parse(body)
	if err != nil {
		t.Fatal(err)
	}
	v := url.Values{}
	chosen := ""
	for _, n := range nodes {
		name := n.Attrs["name"]
		_, checked := n.Attrs["checked"]
		_, selected := n.Attrs["selected"]
		switch {
		case n.Name == "select":
			chosen = name
			v.Add(name, "")
		case n.Name == "option" && selected:
			v[chosen][len(v[chosen])-1] = n.Attrs["value"]
		case n.Name == "textarea":
			v.Add(name, n.Text)
		case n.Name != "input", n.Attrs["type"] == "radio" && !checked, n.Attrs["type"] == "checkbox" && !checked:
		default:
			v.Add(name, n.Attrs["value"])
		}
	}
	return v
}

// locate is the path part of where a redirect leads.
func locate(t *testing.T, a answer) string {
	t.Helper()
	if a.StatusCode != http.StatusSeeOther {
		t.Fatalf("status %d, want 303:\n%s", a.StatusCode, text(a.body))
	}
	u, err := url.Parse(a.Header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	return u.Path
}

var tags = regexp.MustCompile(`(?s)<style>.*?</style>|<script.*?</script>|<[^>]*>`)

// text is what a page says.
func text(body string) string {
	return strings.Join(strings.Fields(tags.ReplaceAllString(body, " ")), " ")
}

var oneTown struct {
	sync.Once
	*town
}

// shared is a town without tables, for what only reads its catalog.
func shared(t *testing.T) *town {
	t.Helper()
	oneTown.Do(func() {
		catalog, err := program.Load(content(t))
		if err != nil {
			t.Fatal(err)
		}
		oneTown.town = &town{catalog: catalog}
	})
	return oneTown.town
}
