package main

import (
	"net/http"
	"net/url"
	"slices"
	"sync/atomic"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/twilio"
)

// What can be made to fail, to see what becomes of a text then.
const (
	allWell     = ""
	webhookDown = "webhook" // functions/sms does not answer Twilio: texts go into the queue
	doorDown    = "door"    // nor does the API in front of the queue: only Twilio itself has the text
)

// Outage lets a person break this system.
type Outage struct{ what atomic.Value }

// Now is what is broken.
func (o *Outage) Now() string {
	what, _ := o.what.Load().(string)
	return what
}

// Break breaks something, or mends all.
func (o *Outage) Break(what string) error {
	if !slices.Contains([]string{allWell, webhookDown, doorDown}, what) {
		return fault.New(fault.Malformed, "Send what=, what=webhook or what=door.")
	}
	o.what.Store(what)
	return nil
}

// over answers as a broken system does, in place of next.
func (o *Outage) over(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		what := o.Now()
		if what != allWell && r.URL.Path == "/sms/inbound" || what == doorDown && r.URL.Path == twilio.FallbackPath {
			fault.WriteProblem(w, fault.New(fault.Unavailable, "This was made to fail at /phone."))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// outageSwitch is POST /dev/outage.
func (s *System) outageSwitch(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 4<<10)
	if err := s.outage.Break(r.PostFormValue("what")); err != nil {
		fault.WriteProblem(w, err)
		return
	}
	http.Redirect(w, r, "/phone?n="+url.QueryEscape(r.PostFormValue("n")), http.StatusSeeOther)
}
