package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tellback/tellback/internal/intake"
	"github.com/tellback/tellback/internal/participant"
	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/table"
	"github.com/tellback/tellback/internal/table/sqlite"
	"github.com/tellback/tellback/schemas"
)

const secret = "a secret of the clinic"

// town is a whole installation behind the API, in a folder of its own.
type town struct {
	t        *testing.T
	handler  http.Handler
	desk     *intake.Desk
	registry *participant.Registry
	catalog  *program.Catalog
	reports  table.Table
	people   table.Table
	keys     *phi.Keys
	now      time.Time
}

func newTown(t *testing.T) *town {
	t.Helper()
	w := &town{t: t, now: time.Date(2026, 10, 14, 16, 0, 0, 0, time.UTC)}
	clock := func() time.Time { return w.now }
	db, err := sqlite.Open(filepath.Join(t.TempDir(), "town.db"), []string{"reports", "people"}, clock)
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
	if w.catalog, err = program.Load(schemas.FS); err != nil {
		t.Fatal(err)
	}
	w.reports, w.people, w.keys = db.Table("reports"), db.Table("people"), keys
	w.desk = intake.New(w.reports, keys, w.catalog)
	w.desk.Now = clock
	w.registry = participant.New(w.people, keys)
	w.handler = New(w.desk, w.registry, w.catalog, Clients{"clinic": sum(secret), "other": sum("another")}, clock)
	return w
}

func sum(s string) string {
	b := sha256.Sum256([]byte(s))
	return hex.EncodeToString(b[:])
}

type answer struct {
	*http.Response
	body string
}

func (w *town) do(method, path, body string, head ...string) answer {
	w.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	for n := 0; n < len(head); n += 2 {
		r.Header.Set(head[n], head[n+1])
	}
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	res := rec.Result()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return answer{res, string(raw)}
}

const reportsPath = "/v1/programs/river/reports"

func (w *town) send(body string, head ...string) answer {
	w.t.Helper()
	return w.do("POST", reportsPath, body, append([]string{"Content-Type", "application/json", "Authorization", "Bearer " + secret}, head...)...)
}

func (w *town) sendFHIR(body string, head ...string) answer {
	w.t.Helper()
	return w.send(body, append([]string{"Content-Type", "application/fhir+json; charset=utf-8"}, head...)...)
}

// receipt is the receipt of a report that was taken.
func (w *town) receipt(a answer) intake.Receipt {
	w.t.Helper()
	var out struct{ Receipt, URL string }
	if err := json.Unmarshal([]byte(a.body), &out); err != nil || a.StatusCode != http.StatusCreated {
		w.t.Fatalf("status %d: %s", a.StatusCode, a.body)
	}
	if out.URL != "/r/"+out.Receipt || a.Header.Get("Location") != out.URL || len(out.Receipt) != 26 {
		w.t.Errorf("receipt %d long, Location %d long", len(out.Receipt), len(a.Header.Get("Location")))
	}
	return intake.Receipt(out.Receipt)
}
