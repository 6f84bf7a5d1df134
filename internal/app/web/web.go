// Package web is what functions/web is made of: forms, receipts, the public learning record and the API.
package web

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/tellback/tellback/internal/api"
	"github.com/tellback/tellback/internal/app"
	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/intake"
	"github.com/tellback/tellback/internal/participant"
	"github.com/tellback/tellback/internal/personal"
	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/record"
	"github.com/tellback/tellback/internal/release"
	"github.com/tellback/tellback/internal/table"
	"github.com/tellback/tellback/internal/webform/site"
)

// Parts are what the function is made of.
type Parts struct {
	Config   app.Config
	Reports  table.Table
	People   table.Table
	Learning table.Table     // the list of releases, read only
	Archive  release.Archive // read only
	Keys     *phi.Keys
	Catalog  *program.Catalog
	Now      func() time.Time
	Random   io.Reader
	Log      *slog.Logger
}

// New builds the function.
func New(p Parts) http.Handler {
	desk, registry := intake.New(p.Reports, p.Keys, p.Catalog), participant.New(p.People, p.Keys)
	desk.Now, desk.Log = p.Now, p.Log
	mux := http.NewServeMux()
	mux.Handle("/v1/programs/", api.New(desk, registry, p.Catalog, p.Config.Clients, p.Now))
	learn := record.New(release.NewRecord(p.Learning, p.Archive), p.Catalog, p.Log)
	for _, path := range []string{"/learn", "/learn/", "/v1/learning", "/v1/learning/"} {
		mux.Handle(path, learn)
	}
	mux.HandleFunc("/healthz", p.health)
	mux.HandleFunc("/v1/", func(w http.ResponseWriter, _ *http.Request) {
		fault.WriteProblem(w, fault.New(fault.NotFound, "There is nothing at this address."))
	})
	mux.Handle("/", site.New(desk, registry, &personal.Links{People: p.People, Keys: p.Keys, Now: p.Now}, p.Catalog, p.Keys, p.Now, p.Random, p.Log))
	return methods(mux)
}

// methods answers what no route takes because of its method: this function is given all that no route matches. Forms and the
// API say so themselves, in their own way.
func methods(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		allow, _ := app.Allow(r.URL.Path)
		judges := strings.HasPrefix(r.URL.Path, "/f/") || strings.HasPrefix(r.URL.Path, "/r/") || strings.HasPrefix(r.URL.Path, "/p/") ||
			strings.HasPrefix(r.URL.Path, "/v1/programs/") && !strings.HasSuffix(r.URL.Path, "/export")
		taken := slices.Contains(allow, r.Method)
		switch {
		case allow == nil, judges, taken && r.Method != http.MethodOptions:
			next.ServeHTTP(w, r)
		case taken:
			w.Header().Set("Allow", strings.Join(allow, ", "))
			w.WriteHeader(http.StatusNoContent)
		default:
			w.Header().Set("Allow", strings.Join(allow, ", "))
			fault.WriteProblem(w, fault.New(fault.NotAllowed, "This address doesn't take that method. The Allow header names those that it takes."))
		}
	})
}

// health answers 200 when every store answers. Not finding an item is an answer.
func (p Parts) health(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 3*time.Second)
	defer cancel()
	for _, t := range []table.Table{p.Reports, p.People, p.Learning} {
		if _, err := t.Get(ctx, table.Key{Partition: "HEALTH", Sort: "HEALTH"}); err != nil && !errors.Is(err, table.ErrNotFound) {
			p.Log.ErrorContext(ctx, "a store does not answer", "error", err.Error())
			fault.WriteProblem(w, fault.Wrap(fault.Unavailable, err, "A store does not answer."))
			return
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = io.WriteString(w, `{"status":"ok"}`+"\n")
}
