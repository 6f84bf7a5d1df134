package main

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// What /phone says can be done, can be done as it says.
func TestThePhoneAsItIsDescribed(t *testing.T) {
	no := false
	s := start(t, Options{Demo: &no})
	fresh := fetch(t, s.publicURL+"/phone/texts?n="+url.QueryEscape(phones[3]), "Accept", "application/json").body
	var view map[string]any
	if err := json.Unmarshal([]byte(fresh), &view); err != nil {
		t.Fatal(err)
	}
	if texts, ok := view["texts"].([]any); !ok || len(texts) > 0 {
		t.Errorf("the texts of a fresh phone: %s", fresh)
	}
	page, clock := fetch(t, s.publicURL+"/phone").body, fetch(t, s.publicURL+"/dev/clock").body
	if !strings.Contains(page, "move the clock by five minutes, then run outreach") || !strings.Contains(clock, `<option value="5m">five minutes</option>`) {
		t.Error("the clock has no such step as /phone speaks of")
	}
	if !strings.Contains(page, "when Tellback starts again, all is well and the phones are empty") {
		t.Error("nothing says that the outage and the texts are forgotten")
	}
	before := s.clock.Now()
	got := send(t, http.DefaultClient, request(t, "POST", s.publicURL+"/dev/clock", "application/x-www-form-urlencoded", "by=5m"))
	if got.status != http.StatusOK || s.clock.Now().Sub(before).Minutes() < 5 || s.clock.Now().Sub(before).Minutes() > 6 {
		t.Errorf("five minutes forward: %d, by %v", got.status, s.clock.Now().Sub(before))
	}
}
