package main

import (
	_ "embed"
	"html/template"
	"net/http"
	"strings"
	"time"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/page"
	"github.com/tellback/tellback/internal/preview"
)

//go:embed assets/home.html
var homeHTML string

//go:embed assets/home.css
var homeCSS string

var homeTemplate = template.Must(template.New("home").Parse(homeHTML))

var homeNav = []page.Link{{Text: "Home", URL: "/"}, {Text: "Phone", URL: "/phone"}, {Text: "Questionnaire", URL: "/dev/questionnaire"}, {Text: "Clock", URL: "/dev/clock"}}

type homeProgram struct {
	ID, Name, Purpose string
	Form, Learn       string
	Questionnaires    []homeQuestionnaire
}

type homeQuestionnaire struct{ ID, Title string }

type homeView struct {
	Programs  []homeProgram
	JoinWord  string
	Demo      bool
	Clock     string
	Functions []string
	Consent   string // the consent text's version that the example names
	Client    string // name and secret of the API client for trying things
	PublicURL string
}

func (s *System) homePage(w http.ResponseWriter, _ *http.Request) {
	v := homeView{Demo: s.demo.Load(), Clock: s.clock.Now().Format(time.RFC1123), Functions: s.scheduler.Names(), Client: s.clientSecret, PublicURL: s.publicURL}
	for _, p := range s.catalog.Programs() {
		hp := homeProgram{ID: p.ID, Name: p.Name.In("en"), Purpose: p.Purpose.In("en")}
		for _, u := range p.Uses {
			q, _ := s.catalog.Used(p, u.Questionnaire)
			hp.Questionnaires = append(hp.Questionnaires, homeQuestionnaire{q.ID, q.Title.In("en")})
		}
		if v.JoinWord == "" {
			v.JoinWord, v.Consent = p.JoinWords[0], p.Consent.Version
		}
		v.Programs = append(v.Programs, hp)
	}
	s.render(w, homeTemplate, v, page.Page{Title: "Tellback on this machine", Styles: homeCSS, Nav: homeNav, Wide: true})
}

// questionnairePage shows what becomes of a questionnaire that is dropped there, as the first program would use it.
func (s *System) questionnairePage(w http.ResponseWriter, r *http.Request) {
	preview.Page{
		Path: "/dev/questionnaire", PublicURL: s.publicURL, Program: s.catalog.Programs()[0], Sets: s.catalog.ValueSets(), Now: s.clock.Now(),
		Frame: page.Page{Nav: homeNav, Home: "/"},
	}.ServeHTTP(w, r)
}

//go:embed assets/clock.html
var clockHTML string

var clockTemplate = template.Must(template.New("clock").Parse(clockHTML))

type clockView struct {
	Now       string
	Functions []string
	Error     string
}

func (s *System) clockPage(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Accept") == "application/json" {
		s.clockJSON(w)
		return
	}
	v := clockView{Now: s.clock.Now().Format(time.RFC1123), Functions: s.scheduler.Names()}
	s.render(w, clockTemplate, v, page.Page{Title: "Clock", Nav: homeNav})
}

func (s *System) clockJSON(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(`{"now":"` + s.clock.Now().UTC().Format(time.RFC3339) + "\"}\n"))
}

// clockAdvance takes POST with by=36h, by=7d, or to=RFC3339.
func (s *System) clockAdvance(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 4<<10)
	to, err := target(s.clock.Now(), r.PostFormValue("by"), r.PostFormValue("to"))
	if err == nil {
		err = s.clock.AdvanceTo(to)
	}
	if err != nil {
		fault.WriteProblem(w, fault.Wrap(fault.Malformed, err, "Send by=36h, by=7d or to=2026-12-05T09:00:00Z. The clock only goes forward."))
		return
	}
	if strings.Contains(r.Header.Get("Accept"), "text/html") {
		http.Redirect(w, r, "/dev/clock", http.StatusSeeOther)
		return
	}
	s.clockJSON(w)
}

func target(now time.Time, by, to string) (time.Time, error) {
	if to != "" {
		return time.Parse(time.RFC3339, to)
	}
	if days, ok := strings.CutSuffix(by, "d"); ok {
		by = days + "h"
		d, err := time.ParseDuration(by)
		return now.Add(24 * d), err
	}
	d, err := time.ParseDuration(by)
	return now.Add(d), err
}

func (s *System) render(w http.ResponseWriter, t *template.Template, view any, p page.Page) {
	var main strings.Builder
	if err := t.Execute(&main, view); err != nil {
		fault.WriteProblem(w, err)
		return
	}
	p.Lang, p.Main, p.NoIndex, p.Synthetic, p.Home = "en", template.HTML(main.String()), true, s.demo.Load(), "/"
	page.Write(w, http.StatusOK, p)
}
