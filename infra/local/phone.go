package main

import (
	_ "embed"
	"encoding/json"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/page"
)

//go:embed assets/phone.html
var phoneHTML string

//go:embed assets/phone.css
var phoneCSS string

//go:embed assets/phone.js
var phoneJS string

var phoneTemplate = template.Must(template.New("phone").Parse(phoneHTML))

// phones are the simulated numbers. 555-01xx numbers are set aside for fiction.
var phones = []string{"+12025550101", "+12025550102", "+12025550103", "+12025550104"}

// phoneView is what the page and its script show: one phone's messages and what they cost.
type phoneView struct {
	Number      string   `json:"number"`
	Program     string   `json:"program"` // the program's number
	Phones      []string `json:"-"`
	JoinWords   []string `json:"-"`
	Texts       []Text   `json:"texts"`
	SegmentsIn  int      `json:"segmentsIn"`  // texts that the program sent
	SegmentsOut int      `json:"segmentsOut"` // texts that the phone sent
	Outage      string   `json:"-"`           // what is broken
	Outages     []outage `json:"-"`           // what can be
}

type outage struct{ What, Text string }

var outages = []outage{
	{allWell, "All is well"},
	{webhookDown, "The program's webhook is down: texts wait in the queue, and are answered from there"},
	{doorDown, "Nothing answers: texts are found at the carrier three minutes later (move the clock by five minutes, then run outreach)"},
}

func (s *System) phoneView(r *http.Request) phoneView {
	n := r.FormValue("n")
	if !slices.Contains(phones, n) {
		n = phones[0]
	}
	v := phoneView{Number: n, Program: s.carrier.Number, Phones: phones, Texts: s.carrier.Texts(n), Outage: s.outage.Now(), Outages: outages}
	if v.Texts == nil {
		v.Texts = []Text{} // in JSON a list, not null
	}
	for _, p := range s.catalog.Programs() {
		v.JoinWords = append(v.JoinWords, p.JoinWords...)
	}
	for _, t := range v.Texts {
		if t.Out {
			v.SegmentsOut += t.Segments
		} else {
			v.SegmentsIn += t.Segments
		}
	}
	return v
}

func (s *System) phonePage(w http.ResponseWriter, r *http.Request) {
	var main strings.Builder
	if err := phoneTemplate.Execute(&main, s.phoneView(r)); err != nil {
		fault.WriteProblem(w, err)
		return
	}
	page.Write(w, http.StatusOK, page.Page{
		Lang: "en", Title: "Phone", Main: template.HTML(main.String()), Styles: phoneCSS, Scripts: []string{phoneJS}, Nav: homeNav, NoIndex: true,
	})
}

func (s *System) phoneTexts(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(s.phoneView(r))
}

func (s *System) phoneSend(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	v := s.phoneView(r)
	body := strings.ReplaceAll(r.PostFormValue("body"), "\r\n", "\n")
	// Any phone may text anything, an empty picture message included; what the webhook makes of it shows on the phone.
	err := s.carrier.Send(v.Number, body)
	if r.Header.Get("Accept") == "application/json" {
		if err != nil {
			fault.WriteProblem(w, fault.Wrap(fault.Unavailable, err, "The program did not take this text."))
			return
		}
		w.WriteHeader(http.StatusNoContent)
		return
	}
	http.Redirect(w, r, "/phone?n="+url.QueryEscape(v.Number), http.StatusSeeOther)
}
