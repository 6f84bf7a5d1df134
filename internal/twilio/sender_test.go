package twilio_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/sms"
	"github.com/tellback/tellback/internal/twilio"
)

const to = "+12125550171"

// standIn is a Twilio that answers every call with one answer and notes what it was asked.
func standIn(t *testing.T, status int, answer string) (*httptest.Server, *[]url.Values) {
	var asked []url.Values
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		_ = r.ParseForm()
		form := r.PostForm
		form.Set("-path", r.URL.Path)
		form.Set("-auth", user+" "+password)
		asked = append(asked, form)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		fmt.Fprint(w, answer)
	}))
	t.Cleanup(s.Close)
	return s, &asked
}

func account(base string) twilio.Account {
	return twilio.Account{SID: "AC1", Token: "s3cret", From: "+12125550100", StatusCallback: "https://x.org/sms/status", BaseURL: base}
}

func TestSend(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*twilio.Account)
		want   url.Values
	}{
		{"from a number", func(*twilio.Account) {}, url.Values{"From": {"+12125550100"}, "-auth": {"AC1 s3cret"}}},
		{"from a service", func(a *twilio.Account) { a.MessagingServiceSID = "MG1" }, url.Values{"MessagingServiceSid": {"MG1"}, "-auth": {"AC1 s3cret"}}},
		{"with a key", func(a *twilio.Account) { a.Key = "SK1" }, url.Values{"From": {"+12125550100"}, "-auth": {"SK1 s3cret"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			server, asked := standIn(t, 201, `{"sid":"SM9","status":"queued"}`)
			a := account(server.URL + "/stand-in")
			c.change(&a)
			s, err := twilio.NewSender(a)
			if err != nil {
				t.Fatal(err)
			}
			sid, err := s.Send(context.Background(), phi.Hide(to), "1/5 How? ñ & +")
			if err != nil || sid != "SM9" {
				t.Fatalf("%q %v", sid, err)
			}
			for k, v := range map[string]string{"To": to, "Body": "1/5 How? ñ & +", "StatusCallback": "https://x.org/sms/status", "-path": "/stand-in/2010-04-01/Accounts/AC1/Messages.json"} {
				c.want.Set(k, v)
			}
			if d := cmp.Diff([]url.Values{c.want}, *asked); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}

func TestSendErrorsAreScrubbed(t *testing.T) {
	twilioError := func(code, status int) string {
		raw, _ := json.Marshal(map[string]any{
			"code": code, "status": status, "message": "The 'To' number " + to + " is wrong: canary", "more_info": "https://x.org/" + to,
			"details": map[string]string{"to": to},
		})
		return string(raw)
	}
	for _, c := range []struct {
		name   string
		status int
		answer string
		kind   fault.Kind
	}{
		{"refused number", 400, twilioError(21211, 400), fault.Invalid},
		{"opted out", 400, twilioError(21610, 400), fault.Internal},
		{"too many", 429, twilioError(20429, 429), fault.TooMany},
		{"broken", 500, twilioError(20500, 500), fault.Unavailable},
		{"not JSON", 502, "<html>canary " + to, fault.Unavailable},
		{"not JSON though 200", 200, "canary " + to, fault.Unavailable},
		{"no sid", 201, `{"body":"canary"}`, fault.Unavailable},
		{"a redirect", 302, "canary", fault.Unavailable},
	} {
		t.Run(c.name, func(t *testing.T) {
			server, asked := standIn(t, c.status, c.answer)
			s, err := twilio.NewSender(account(server.URL))
			if err != nil {
				t.Fatal(err)
			}
			_, err = s.Send(context.Background(), phi.Hide(to), "canary body")
			if err == nil {
				t.Fatal("no error")
			}
			if got := fault.KindOf(err); got != c.kind {
				t.Errorf("kind %d, want %d", got, c.kind)
			}
			if errors.Is(err, sms.ErrOptedOut) != (c.name == "opted out") {
				t.Errorf("opted out? %v", err)
			}
			for e := err; e != nil; e = errors.Unwrap(e) {
				if text := fmt.Sprintf("%v %+v %#v", e, e, e); strings.Contains(text, "5550171") || strings.Contains(text, "canary") || strings.Contains(text, "s3cret") {
					t.Errorf("the error says %s", text)
				}
			}
			if len(*asked) != 1 {
				t.Errorf("asked %d times", len(*asked))
			}
		})
	}
}

func TestDispatch(t *testing.T) {
	server, asked := standIn(t, 201, `{"sid":"SM9","status":"queued"}`)
	a := account(server.URL)
	a.MessagingServiceSID = "MG1"
	s, err := twilio.NewSender(a)
	if err != nil {
		t.Fatal(err)
	}
	for valid, want := range map[time.Duration]string{time.Hour: "3600", 20 * time.Hour: "36000", 90 * time.Millisecond: "1"} {
		*asked = nil
		sid, err := s.Dispatch(context.Background(), sms.Outgoing{To: phi.Hide(to), Body: "How?", Ref: "abc.1", Valid: valid})
		if err != nil || sid != "SM9" {
			t.Fatalf("%q %v", sid, err)
		}
		got := (*asked)[0]
		if got.Get("ValidityPeriod") != want || got.Get("StatusCallback") != "https://x.org/sms/status?text=abc.1" || got.Get("MessagingServiceSid") != "MG1" || got.Has("From") {
			t.Errorf("%s: %v", valid, got)
		}
	}
}

// What is sure not to have been taken may be tried again; what is not sure must not be mistaken for it.
func TestWhatARefusalSays(t *testing.T) {
	for _, c := range []struct {
		code, status     int
		refused, passing bool
	}{
		{21211, 400, true, false}, {21614, 400, true, false}, {21617, 400, true, false}, {20429, 429, true, true}, {21611, 429, true, true},
		{20003, 401, true, true}, {20404, 404, true, false}, {20500, 500, false, false}, {20503, 503, false, false},
	} {
		server, _ := standIn(t, c.status, fmt.Sprintf(`{"code":%d,"status":%d,"message":"no"}`, c.code, c.status))
		s, err := twilio.NewSender(account(server.URL))
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.Dispatch(context.Background(), sms.Outgoing{To: phi.Hide(to), Body: "x"})
		var r *sms.Refusal
		if got := errors.As(err, &r); err == nil || got != c.refused || got && (r.Passing != c.passing || r.Code != fmt.Sprint(c.code)) {
			t.Errorf("%d: refused %v, %+v", c.code, got, r)
		}
	}
}

func TestSendUnreachable(t *testing.T) {
	server, _ := standIn(t, 200, "")
	server.Close()
	s, err := twilio.NewSender(account(server.URL))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Send(context.Background(), phi.Hide(to), "x"); fault.KindOf(err) != fault.Unavailable || strings.Contains(err.Error(), "127.0.0.1") {
		t.Errorf("%v", err)
	}
	release := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer slow.Close()
	defer close(release)
	a := account(slow.URL)
	a.Timeout = 30 * time.Millisecond
	if s, err = twilio.NewSender(a); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Send(context.Background(), phi.Hide(to), "x"); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("a Twilio that doesn't answer: %v", err)
	}
}

func TestAccountsThatCannotSend(t *testing.T) {
	for name, a := range map[string]twilio.Account{
		"nothing":  {},
		"no token": {SID: "AC1", From: "+1"},
		"no from":  {SID: "AC1", Token: "x"},
		"base URL": {SID: "AC1", Token: "x", From: "+1", BaseURL: "localhost:1"},
		"file":     {SID: "AC1", Token: "x", From: "+1", BaseURL: "file:///etc"},
	} {
		if _, err := twilio.NewSender(a); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// twilio-go takes no context: its calls end with their caller's all the same, and a list is not read from a redirect.
func TestCallsEndWithTheirContext(t *testing.T) {
	release := make(chan struct{})
	begun := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprint(w, `{"sid":`)
		w.(http.Flusher).Flush()
		<-release
	}))
	defer begun.Close()
	defer close(release)
	s, err := twilio.NewSender(account(begun.URL))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Millisecond)
	defer cancel()
	before := time.Now()
	if _, err := s.Send(ctx, phi.Hide(to), "x"); fault.KindOf(err) != fault.Unavailable || time.Since(before) > 5*time.Second {
		t.Errorf("after %s: %v", time.Since(before), err)
	}
	elsewhere, _ := standIn(t, 302, `{"messages":[]}`)
	if s, err = twilio.NewSender(account(elsewhere.URL)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Received(context.Background(), time.Now().Add(-time.Hour), time.Now()); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("a redirect: %v", err)
	}
}
