// Package record shows the public learning record: what a program has learned, as a page with charts and their tables,
// and as JSON. It reads sealed releases and nothing else.
package record

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/page"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/release"
	"github.com/tellback/tellback/internal/words"
)

// Records is where releases are read. *release.Record is one.
type Records interface {
	// Entries lists a program's releases, the newest first.
	Entries(ctx context.Context, program string) ([]release.Entry, error)
	// Open gives one release and its sealed bytes, whose seal it has checked; fault.NotFound when there is none.
	Open(ctx context.Context, program string, number int) (release.Release, []byte, error)
}

// fresh is how long a shared cache may keep what is shown: a release never changes, but a newer one may come.
const fresh = "public, max-age=300"

type handler struct {
	records Records
	catalog *program.Catalog
	log     *slog.Logger
}

// New serves GET /learn/{program} and GET /v1/learning/{program}. Both take ?period=; without it they show the newest release.
func New(records Records, catalog *program.Catalog, log *slog.Logger) http.Handler {
	h := &handler{records, catalog, log}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /learn", h.index)
	mux.HandleFunc("GET /learn/{$}", h.index)
	mux.HandleFunc("GET /learn/{program}", h.page)
	mux.HandleFunc("GET /v1/learning/{program}", h.json)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/v1/") {
			fault.WriteProblem(w, errNoProgram)
			return
		}
		h.missing(w, r)
	})
	return mux
}

var (
	errNoProgram = fault.New(fault.NotFound, "There is no program of that name.")
	errNoPeriod  = fault.New(fault.NotFound, "There is no release of that period. A period is released some days after its end.")
)

// find lists a program's releases and opens the one that is asked for. With no release at all, ok is false.
func (h *handler) find(r *http.Request) (p *program.Program, all []release.Entry, rel release.Release, sealed []byte, ok bool, err error) {
	p = h.catalog.Program(r.PathValue("program"))
	if p == nil {
		return nil, nil, rel, nil, false, errNoProgram
	}
	if all, err = h.records.Entries(r.Context(), p.ID); err != nil {
		return p, nil, rel, nil, false, err
	}
	period := r.URL.Query().Get("period")
	for _, e := range all {
		if period == "" || e.Period == period {
			rel, sealed, err = h.records.Open(r.Context(), p.ID, e.Number)
			return p, all, rel, sealed, err == nil, err
		}
	}
	if period != "" {
		return p, all, rel, nil, false, errNoPeriod
	}
	return p, all, rel, nil, false, nil
}

// document is GET /v1/learning/{program}: the chain, newest first, and one release as it was sealed.
type document struct {
	Program  string          `json:"program"`
	Releases []release.Entry `json:"releases"`
	Release  json.RawMessage `json:"release,omitempty"`
}

func (h *handler) json(w http.ResponseWriter, r *http.Request) {
	if _, err := fault.Query(r, "period"); err != nil {
		fault.WriteProblem(w, err)
		return
	}
	p, all, _, sealed, _, err := h.find(r)
	if err != nil {
		h.note(r, err)
		fault.WriteProblem(w, err)
		return
	}
	if all == nil {
		all = []release.Entry{}
	}
	body, err := json.Marshal(document{p.ID, all, sealed})
	if err != nil {
		h.note(r, err)
		fault.WriteProblem(w, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.Header().Set("Cache-Control", fresh)
	w.Header().Set("Access-Control-Allow-Origin", "*") // it is public
	_, _ = w.Write(body)
}

func (h *handler) note(r *http.Request, err error) {
	if k := fault.KindOf(err); k == fault.Internal || k == fault.Unavailable {
		h.log.ErrorContext(r.Context(), "the learning record can't be read", "error", err.Error())
	}
}

func (h *handler) missing(w http.ResponseWriter, r *http.Request) {
	lang := asked(r)
	h.render(w, http.StatusNotFound, "missing", view{Lang: lang, Title: words.Text(lang, "record.missing")}, page.Page{NoIndex: true})
}

// index is GET /learn: the one program's page, or a list of them.
func (h *handler) index(w http.ResponseWriter, r *http.Request) {
	lang, all := asked(r), h.catalog.Programs()
	w.Header().Set("Vary", "Accept-Language")
	if len(all) == 1 {
		http.Redirect(w, r, link(all[0].ID, speak(all[0], r), ""), http.StatusFound)
		return
	}
	v := view{Lang: lang, Title: words.Text(lang, "record.index")}
	for _, p := range all {
		v.Periods = append(v.Periods, periodLink{Label: p.Name.In(lang), URL: link(p.ID, speak(p, r), "")})
	}
	h.render(w, http.StatusOK, "index", v, page.Page{CacheControl: fresh})
}

// unclear says whether a page's address is garbled or names two months. Parameters that we don't know are let be: those who
// share a link have it decorated by others.
func unclear(r *http.Request) bool {
	q, err := url.ParseQuery(r.URL.RawQuery)
	return err != nil || len(q["period"]) > 1 || len(q["lang"]) > 1
}

func (h *handler) page(w http.ResponseWriter, r *http.Request) {
	if p := h.catalog.Program(r.PathValue("program")); p != nil && unclear(r) {
		lang := speak(p, r)
		h.render(w, http.StatusBadRequest, "unclear", view{Lang: lang, Program: p.ID, Title: words.Text(lang, "record.unclear")}, page.Page{NoIndex: true})
		return
	}
	p, all, rel, _, ok, err := h.find(r)
	if fault.KindOf(err) == fault.NotFound && err != nil {
		h.missing(w, r)
		return
	}
	if err != nil {
		h.note(r, err)
		lang := asked(r)
		h.render(w, fault.KindOf(err).Status(), "broken", view{Lang: lang, Title: words.Text(lang, "record.broken")}, page.Page{NoIndex: true})
		return
	}
	lang := speak(p, r)
	v := view{Lang: lang, Program: p.ID, Name: p.Name.In(lang), Title: words.Text(lang, "record.title", "name", p.Name.In(lang)), Threshold: p.Threshold}
	if ok {
		v.show(h.catalog, p, rel, all)
	}
	out := page.Page{Brand: v.Name, Home: "/f/" + p.ID + "?lang=" + url.QueryEscape(lang), Synthetic: rel.Synthetic, Wide: true, CacheControl: fresh}
	for _, l := range p.Languages {
		out.LangLinks = append(out.LangLinks, page.Link{Text: words.Text(l, "time.language"), Lang: l, Current: l == lang, URL: link(p.ID, l, r.URL.Query().Get("period"))})
	}
	w.Header().Set("Vary", "Accept-Language")
	h.render(w, http.StatusOK, "record", v, out)
}

func link(program, lang, period string) string {
	q := url.Values{"lang": {lang}}
	if period != "" {
		q.Set("period", period)
	}
	return "/learn/" + program + "?" + q.Encode()
}

// asked is the language of ours that fits best what the request asks for.
func asked(r *http.Request) string {
	return words.Match(r.URL.Query().Get("lang"), r.Header.Get("Accept-Language"))
}

// speak is the program's language that fits best.
func speak(p *program.Program, r *http.Request) string {
	lang := asked(r)
	for _, l := range p.Languages {
		if l == lang {
			return l
		}
	}
	return p.Languages[0]
}
