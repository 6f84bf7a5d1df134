package staff

import (
	_ "embed"
	"html/template"
	"net/http"
	"strings"
	"sync"

	"github.com/tellback/tellback/internal/export"
	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/page"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/words"
)

//go:embed pages.tmpl
var pagesText string

var templates = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("staff").Funcs(template.FuncMap{"word": func(lang, key string, args ...string) string { return words.Text(lang, "staff."+key, args...) }}).Parse(pagesText))
})

var errNoProgram = fault.New(fault.Forbidden, "You are signed in, but not as staff of any program here. Ask an administrator for the role "+Role+".")

type dashboardView struct {
	Lang, Name string
	Formats    []export.Format
	Programs   []programView
}

type programView struct {
	ID, Name string
	Lessons  []string
	Releases []releaseView
}

type releaseView struct {
	Number         int
	Period, Label  string
	Published      string
	Shown, Rows    int
	Seal, SealHead string
}

func (h *handler) dashboard(w http.ResponseWriter, r *http.Request) {
	lang := language(r)
	who, err := h.session(r)
	if err != nil {
		h.render(w, http.StatusOK, lang, "signin", dashboardView{Lang: lang}, false)
		return
	}
	v := dashboardView{Lang: lang, Name: who.Name, Formats: export.Formats}
	synthetic := false
	for _, p := range h.catalog.Programs() {
		if !who.may(p.ID) {
			continue
		}
		pv, made, err := h.programView(r, p, lang)
		if err != nil {
			h.fail(w, r, err)
			return
		}
		synthetic = synthetic || made
		v.Programs = append(v.Programs, pv)
	}
	if len(v.Programs) == 0 {
		h.fail(w, r, errNoProgram)
		return
	}
	h.render(w, http.StatusOK, lang, "dashboard", v, synthetic)
}

func (h *handler) programView(r *http.Request, p *program.Program, lang string) (v programView, synthetic bool, err error) {
	v = programView{ID: p.ID, Name: p.Name.In(lang)}
	entries, err := h.records.Entries(r.Context(), p.ID)
	if err != nil {
		return v, false, err
	}
	for _, e := range entries {
		label := e.Period
		if per, err := p.ParsePeriod(e.Period); err == nil {
			label = p.Label(per, lang)
		}
		synthetic = synthetic || e.Synthetic
		v.Releases = append(v.Releases, releaseView{
			Number: e.Number, Period: e.Period, Label: label, Published: e.Published.In(p.Location()).Format("2006-01-02"),
			Shown: e.Shown, Rows: e.Rows, Seal: e.SHA256, SealHead: e.SHA256[:min(12, len(e.SHA256))],
		})
	}
	if len(entries) == 0 {
		return v, false, nil
	}
	newest, _, err := h.records.Open(r.Context(), p.ID, entries[0].Number)
	if err != nil {
		return v, false, err
	}
	for _, l := range newest.Lessons {
		text, ok := l.Text[lang]
		if !ok {
			text = l.Text[newest.Language]
		}
		v.Lessons = append(v.Lessons, text)
	}
	return v, synthetic, nil
}

// errorPage says what was wrong in the fault's own public words.
func (h *handler) errorPage(w http.ResponseWriter, status int, err error) {
	text, _ := fault.Public(err)
	h.render(w, status, words.Default, "error", struct{ Lang, Text string }{words.Default, text}, false)
}

func (h *handler) render(w http.ResponseWriter, status int, lang, name string, view any, synthetic bool) {
	var main strings.Builder
	if err := templates().ExecuteTemplate(&main, name, view); err != nil {
		h.log.Error("a staff page can't be made", "error", err.Error())
		fault.WriteProblem(w, err)
		return
	}
	p := page.Page{Lang: lang, Title: words.Text(lang, "staff.title"), Main: template.HTML(main.String()), NoIndex: true, Wide: true, Synthetic: synthetic, Home: "/staff"}
	for _, l := range words.Languages() {
		p.LangLinks = append(p.LangLinks, page.Link{Text: words.Text(l, "time.language"), URL: "/staff?lang=" + l, Lang: l, Current: l == lang})
	}
	page.Write(w, status, p)
}

// language is the one asked for, or the browser's first that we speak.
func language(r *http.Request) string {
	return words.Match(r.URL.Query().Get("lang"), r.Header.Get("Accept-Language"))
}
