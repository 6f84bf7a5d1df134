package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/tellback/tellback/internal/twilio"
)

// The carrier turns to the fallback as Twilio does, whatever way the webhook failed, and not when it was answered.
func TestTheCarrierTurnsToTheFallback(t *testing.T) {
	const words = `<?xml version="1.0"?><Response><Message>hello</Message></Response>`
	for name, c := range map[string]struct {
		webhook  http.HandlerFunc
		fallback bool
	}{
		"answered":       {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(words)) }, false},
		"silence":        {func(http.ResponseWriter, *http.Request) {}, false},
		"broken":         {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }, true},
		"refused":        {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }, true},
		"not its own":    {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`<SendMessageResponse/>`)) }, true},
		"no answer":      {func(http.ResponseWriter, *http.Request) { time.Sleep(600 * time.Millisecond) }, true},
		"it breaks off":  {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, true},
		"no longer open": {nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			taken := 0
			mux := http.NewServeMux()
			mux.HandleFunc(twilio.FallbackPath, func(w http.ResponseWriter, r *http.Request) {
				v := twilio.NewValidator("secret")
				if err := r.ParseForm(); err != nil || !v.Valid(r.Header.Get("X-Twilio-Signature"), "https://tell.example.org"+twilio.FallbackPath, r.PostForm) {
					t.Errorf("not signed for its own address (%v)", err)
				}
				if r.PostForm.Get("ErrorCode") == "" || r.PostForm.Get("ErrorUrl") != "https://tell.example.org/sms/inbound" {
					t.Errorf("it does not say what failed: %v", r.PostForm)
				}
				taken++
				w.WriteHeader(http.StatusNoContent)
			})
			mux.HandleFunc("/sms/inbound", func(w http.ResponseWriter, r *http.Request) {
				if c.webhook == nil {
					conn, _, _ := w.(http.Hijacker).Hijack()
					_ = conn.Close()
					return
				}
				c.webhook(w, r)
			})
			server := httptest.NewServer(mux)
			defer server.Close()
			carrier := &Carrier{
				Number: "+12025550100", Token: "secret", PublicURL: "https://tell.example.org", Target: server.URL,
				Client: &http.Client{Timeout: 300 * time.Millisecond}, Now: time.Now,
			}
			if err := carrier.Send("+12025550104", "RIVER"); err != nil {
				t.Error(err)
			}
			if (taken == 1) != c.fallback || taken > 1 {
				t.Errorf("the fallback was called %d times", taken)
			}
		})
	}
}
