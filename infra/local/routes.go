package main

import (
	"encoding/json"
	"net/http"
	"net/url"
	"reflect"

	"github.com/tellback/tellback/infra/local/issuer"
	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/learning"
	"github.com/tellback/tellback/internal/twilio"
)

// routes adds what exists only locally: the home page, the phone, the carrier's and the issuer's stand-ins, the clock
// and the means to fire schedules.
func (s *System) routes() (http.Handler, error) {
	signIn, err := issuer.New(s.publicURL+"/dev/oidc", s.publicURL+"/staff/callback")
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.homePage)
	mux.HandleFunc("GET /phone", s.phonePage)
	mux.HandleFunc("GET /phone/texts", s.phoneTexts)
	mux.HandleFunc("POST /phone/send", s.phoneSend)
	mux.HandleFunc("POST /dev/outage", s.outageSwitch)
	mux.Handle("POST "+twilio.FallbackPath, s.outage.over(s.queue))
	mux.Handle("POST /sms/inbound", s.outage.over(s.handler))
	mux.HandleFunc("GET /2010-04-01/Accounts/{account}/Messages.json", s.carrier.list)
	mux.HandleFunc("GET /2010-04-01/Accounts/{account}/Messages/{sid}", s.carrier.one)
	mux.Handle("POST /2010-04-01/Accounts/{account}/Messages.json", s.carrier)
	mux.Handle("/dev/oidc/", signIn)
	mux.HandleFunc("GET /dev/clock", s.clockPage)
	mux.HandleFunc("POST /dev/clock", s.clockAdvance)
	mux.Handle("POST /dev/run/{function}", s.scheduler)
	mux.HandleFunc("GET /dev/questionnaire", s.questionnairePage)
	mux.HandleFunc("POST /dev/questionnaire", s.questionnairePage)
	mux.HandleFunc("GET /dev/ledger", s.ledgerView)
	mux.Handle("/", s.handler)
	return http.MaxBytesHandler(ownSite(mux, s.publicURL), 16<<20), nil
}

// ownSite keeps other sites' pages from pressing this machine's buttons (/dev, /phone).
func ownSite(next http.Handler, publicURL string) http.Handler {
	guard := http.NewCrossOriginProtection()
	if u, err := url.Parse(publicURL); err == nil {
		_ = guard.AddTrustedOrigin(u.Scheme + "://" + u.Host)
	}
	for _, open := range []string{"/sms/", "/v1/", "/2010-04-01/", "/dev/oidc/", "/f/", "/p/", "/r/", "/staff/"} {
		guard.AddInsecureBypassPattern(open) // these judge for themselves
	}
	return guard.Handler(next)
}

// ledgerView shows the internal ledger, unprotected, next to what all standings add up to. It exists only locally.
func (s *System) ledgerView(w http.ResponseWriter, r *http.Request) {
	view, err := s.ledgerNow(r)
	if err != nil {
		s.log.ErrorContext(r.Context(), "the ledger can't be read", "error", err.Error())
		fault.WriteProblem(w, fault.Wrap(fault.Unavailable, err, "The ledger can't be read, or lags behind the reports. The log says why."))
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	_ = enc.Encode(view)
}

// people is one people cell of everyone.
type people struct {
	Program, Questionnaire, Version, Period, Perspective string
	Participants, Reports                                int64
}

type ledgerNow struct {
	Equal   bool  `json:"equal"` // streamed and recomputed are the same to the last integer
	Cells   int   `json:"cells"`
	Reports int64 `json:"reports"`
	People  []people
}

func (s *System) ledgerNow(r *http.Request) (v ledgerNow, err error) {
	if r.FormValue("drain") != "no" {
		if err := s.pump.Drain(r.Context()); err != nil {
			return v, err
		}
	}
	streamed, err := s.ledger.All(r.Context())
	if err != nil {
		return v, err
	}
	recomputed, err := learning.Recompute(r.Context(), s.store.reports)
	if err != nil {
		return v, err
	}
	v.Equal = reflect.DeepEqual(streamed, recomputed)
	v.Cells = len(streamed)
	for k, t := range streamed {
		if k.Item != "" || k.Group != "" {
			continue
		}
		v.Reports += t.Reports
		v.People = append(v.People, people{k.Program, k.Questionnaire, k.Version, k.Period, k.Perspective, t.Participants, t.Reports})
	}
	return v, nil
}
