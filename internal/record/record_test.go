package record_test

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/page/pagetest"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/record"
	"github.com/tellback/tellback/internal/release"
	"github.com/tellback/tellback/schemas"
)

// shelf holds the releases that a test puts there.
type shelf struct {
	releases []release.Release // newest first
	err      error
}

func (s shelf) Entries(context.Context, string) (out []release.Entry, err error) {
	for _, r := range s.releases {
		out = append(out, release.Entry{Program: r.Program, Number: r.Number, Period: r.Period.ID, SHA256: r.Seal, Published: time.Now()})
	}
	return out, s.err
}

func (s shelf) Open(_ context.Context, _ string, number int) (release.Release, []byte, error) {
	for _, r := range s.releases {
		if r.Number == number {
			return r, []byte(`{"format":"tellback-release/1"}`), nil
		}
	}
	return release.Release{}, nil, fault.New(fault.NotFound, "none")
}

func october() release.Release {
	row := release.Row{Questionnaire: "weekly-check-in", Version: "1", Perspective: "self"}
	with := func(f func(*release.Row)) release.Row { r := row; f(&r); return r }
	return release.Release{
		Program: "river", Number: 2, Period: release.Period{ID: "2026-10"}, Published: "2026-11-04T05:15:00Z", Synthetic: true, Language: "en", Seal: "5ea1",
		Questionnaires: []release.Questionnaire{{ID: "weekly-check-in", Version: "1", Title: map[string]string{"en": "Weekly check-in", "es": "Tu semana"}}},
		Lessons:        []release.Lesson{{Text: map[string]string{"en": "In October, 6 in 10 people slept well.", "es": "En octubre, 6 de cada 10 durmieron bien."}}},
		Labels: map[string]map[string]string{"es": {
			release.ItemLabel("weekly-check-in", "1", "pain"): "Dolor", release.AnswerLabel("weekly-check-in", "1", "pain", "none"): "Sin dolor", release.BreakdownLabel("age"): "Edad",
		}},
		Rows: []release.Row{
			with(func(r *release.Row) { r.Measure, r.Value = release.People, "52" }),
			with(func(r *release.Row) { r.Measure, r.Suppressed = release.Invited, true }),
			with(func(r *release.Row) {
				r.Item, r.ItemLabel, r.Measure, r.Value = "pain", "Pain <b>", release.Answered, "52"
			}),
			with(func(r *release.Row) {
				r.Item, r.ItemLabel, r.Measure, r.AnswerCode, r.AnswerLabel, r.Value = "pain", "Pain <b>", release.Count, "none", "No pain", "37"
			}),
			with(func(r *release.Row) {
				r.Item, r.ItemLabel, r.Measure, r.AnswerCode, r.AnswerLabel, r.Value = "pain", "Pain <b>", release.Percent, "none", "No pain", "71"
			}),
			with(func(r *release.Row) {
				r.Item, r.ItemLabel, r.Measure, r.AnswerCode, r.AnswerLabel, r.Suppressed = "pain", "Pain <b>", release.Count, "mild", "Mild", true
			}),
			with(func(r *release.Row) {
				r.Item, r.ItemLabel, r.Measure, r.Value = "pain", "Pain <b>", release.Mean, "2.7"
			}),
			with(func(r *release.Row) {
				r.Breakdown, r.BreakdownValue, r.Measure, r.Value = "age", "18-39", release.People, "31"
			}),
			with(func(r *release.Row) {
				r.Breakdown, r.BreakdownValue, r.Measure, r.Suppressed = "age", "40-64", release.People, true
			}),
		},
	}
}

func get(t *testing.T, s shelf, path string) *httptest.ResponseRecorder {
	t.Helper()
	catalog, err := program.Load(fs.FS(schemas.FS))
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	record.New(s, catalog, slog.New(slog.DiscardHandler)).ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	if strings.HasPrefix(path, "/learn/") {
		for _, f := range pagetest.Faults(w.Header(), w.Body.String()) {
			t.Errorf("%s: %s", path, f)
		}
	}
	return w
}

func TestThePageShowsWhatIsShownAndMarksTheRest(t *testing.T) {
	older := october()
	older.Number, older.Period.ID = 1, "2026-09"
	s := shelf{releases: []release.Release{october(), older}}
	if r := get(t, s, "/learn"); r.Code != http.StatusFound || r.Header().Get("Location") != "/learn/river?lang=en" {
		t.Errorf("/learn answered %d, to %s", r.Code, r.Header().Get("Location"))
	}
	for _, c := range []struct {
		path string
		has  []string
		not  []string
	}{
		{"/learn/river?lang=en", []string{"52", "37", "71 %", "Pain &lt;b&gt;", "slept well", "made up", "Average 2.7 on a scale of 0 to 4", "October 2026", "September 2026", `class="hidden"`, "5ea1"}, []string{"<b>", "durmieron"}},
		{"/learn/river?lang=es", []string{"Dolor", "Sin dolor", "Promedio 2.7 en una escala de 0 a 4", "Edad", "durmieron bien", "octubre de 2026"}, []string{"slept well"}},
		{"/learn/river?period=2026-09&lang=en", []string{"September 2026"}, nil},
	} {
		w := get(t, s, c.path)
		if w.Code != http.StatusOK {
			t.Errorf("%s answered %d", c.path, w.Code)
		}
		for _, want := range c.has {
			if !strings.Contains(w.Body.String(), want) {
				t.Errorf("%s lacks %q", c.path, want)
			}
		}
		for _, banned := range c.not {
			if strings.Contains(w.Body.String(), banned) {
				t.Errorf("%s has %q", c.path, banned)
			}
		}
	}
}

func TestNothingBrokenOrMissingHasItsPage(t *testing.T) {
	for _, c := range []struct {
		name, path string
		s          shelf
		want       int
	}{
		{"no release yet", "/learn/river", shelf{}, http.StatusOK},
		{"no such program", "/learn/other", shelf{}, http.StatusNotFound},
		{"no such period", "/learn/river?period=1999-01", shelf{releases: []release.Release{october()}}, http.StatusNotFound},
		{"no such program, as data", "/v1/learning/other", shelf{}, http.StatusNotFound},
		{"two months", "/learn/river?period=2026-10&period=2026-09", shelf{releases: []release.Release{october()}}, http.StatusBadRequest},
		{"a garbled link", "/learn/river?period=2026-10;lang=es", shelf{releases: []release.Release{october()}}, http.StatusBadRequest},
		{"a shared and decorated link", "/learn/river?period=2026-10&utm_source=mail", shelf{releases: []release.Release{october()}}, http.StatusOK},
		{"two months, as data", "/v1/learning/river?period=2026-10&period=2026-09", shelf{releases: []release.Release{october()}}, http.StatusBadRequest},
		{"a garbled call", "/v1/learning/river?period=%zz", shelf{releases: []release.Release{october()}}, http.StatusBadRequest},
		{"a misspelt call", "/v1/learning/river?perod=2026-10", shelf{releases: []release.Release{october()}}, http.StatusBadRequest},
		{"a broken store", "/learn/river", shelf{err: errors.New("disk")}, http.StatusInternalServerError},
		{"a store that is away", "/v1/learning/river", shelf{err: fault.New(fault.Unavailable, "Try again.")}, http.StatusServiceUnavailable},
	} {
		if w := get(t, c.s, c.path); w.Code != c.want || strings.Contains(w.Body.String(), "disk") {
			t.Errorf("%s: got %d %.200s", c.name, w.Code, w.Body.String())
		}
	}
}

func TestTheDataIsTheChainAndTheSealedBytes(t *testing.T) {
	w := get(t, shelf{releases: []release.Release{october()}}, "/v1/learning/river")
	var doc struct {
		Program  string
		Releases []release.Entry
		Release  struct{ Format string }
	}
	if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil || doc.Program != "river" || len(doc.Releases) != 1 || doc.Release.Format != "tellback-release/1" {
		t.Errorf("%v: %s", err, w.Body.String())
	}
}

func TestLearnAloneListsSeveralPrograms(t *testing.T) {
	river, err := fs.ReadFile(schemas.FS, "programs/river.json")
	if err != nil {
		t.Fatal(err)
	}
	all := fstest.MapFS{
		"programs/river.json": {Data: river},
		"programs/lake.json":  {Data: []byte(strings.NewReplacer(`"id": "river"`, `"id": "lake"`, `"RIVER"`, `"LAKE"`, `"RIO"`, `"LAGO"`, `"River"`, `"Lake"`).Replace(string(river)))},
	}
	names, err := fs.Glob(schemas.FS, "questionnaires/*.json")
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
	catalog, err := program.Load(all)
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	record.New(shelf{}, catalog, slog.New(slog.DiscardHandler)).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/learn?lang=en", nil))
	for _, want := range []string{`href="/learn/river?lang=en"`, `href="/learn/lake?lang=en"`} {
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%d, without %s", w.Code, want)
		}
	}
	for _, f := range pagetest.Faults(w.Header(), w.Body.String()) {
		t.Error(f)
	}
}
