package twilio_test

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/sms"
	"github.com/tellback/tellback/internal/twilio"
)

const (
	token  = "12345"
	public = "https://reports.example.org"
)

// service notes what it is handed.
type service struct {
	mu       sync.Mutex
	replies  []string
	err      error
	messages []sms.Message
	receipts []string
}

func (s *service) Inbound(_ context.Context, m sms.Message) ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.messages = append(s.messages, m)
	return s.replies, s.err
}

func (s *service) Status(_ context.Context, r sms.Receipt) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.receipts = append(s.receipts, strings.TrimSpace(strings.Join([]string{r.SID, r.Status, r.Code, r.To.Reveal(), r.Ref}, " ")))
	return s.err
}

var inbound = [][2]string{
	{"MessageSid", "SM0123456789abcdef0123456789abcdef"}, {"From", "+12125550171"}, {"To", "+12125550100"}, {"Body", "pain & más 👍"},
	{"NumMedia", "0"}, {"FromCity", ""}, {"AccountSid", "AC1"},
}

// request is a webhook as Twilio sends it, signed.
func request(path string, pairs [][2]string) *http.Request {
	r := httptest.NewRequest("POST", "http://internal:9000"+path, strings.NewReader(values(pairs).Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	r.Header.Set("X-Twilio-Signature", signed(token, public+path, pairs))
	return r
}

func serve(s twilio.Service, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	twilio.NewHandler(s, []string{"other", token}, public+"/").ServeHTTP(w, r)
	return w
}

func TestInbound(t *testing.T) {
	s := &service{replies: []string{"1/5 How <bad> & \"why\"?\n0 none", "nul\x00 esc\x1b\ufffe é 👍"}}
	w := serve(s, request("/sms/inbound?x=1", inbound))
	if w.Code != 200 || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/xml") {
		t.Fatalf("%d %s", w.Code, w.Header().Get("Content-Type"))
	}
	var twiml struct {
		XMLName xml.Name `xml:"Response"`
		Message []string
	}
	if err := xml.Unmarshal(w.Body.Bytes(), &twiml); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"1/5 How <bad> & \"why\"?\n0 none", "nul esc é 👍"}, twiml.Message); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	m := s.messages[0]
	if m.SID != inbound[0][1] || m.From.Reveal() != "+12125550171" || m.Body.Reveal() != "pain & más 👍" || m.To != "+12125550100" {
		t.Error("not the message that was sent")
	}
}

func TestSilence(t *testing.T) {
	w := serve(&service{}, request("/sms/inbound", inbound))
	if want := xml.Header + "<Response/>"; w.Code != 200 || w.Body.String() != want {
		t.Errorf("%d %q", w.Code, w.Body.String())
	}
}

func TestStatus(t *testing.T) {
	s := &service{}
	w := serve(s, request("/sms/status", [][2]string{{"MessageSid", "SM1"}, {"MessageStatus", "failed"}, {"ErrorCode", "21610"}, {"To", "+12125550171"}}))
	if d := cmp.Diff([]string{"SM1 failed 21610 +12125550171"}, s.receipts); w.Code != 204 || d != "" {
		t.Errorf("%d %s", w.Code, d)
	}
	pairs := [][2]string{{"MessageSid", "SM2"}, {"MessageStatus", "delivered"}, {"To", "+12125550171"}}
	if w := serve(s, request("/sms/status?text=abc.1", pairs)); w.Code != 204 || s.receipts[1] != "SM2 delivered  +12125550171 abc.1" {
		t.Errorf("%d %q", w.Code, s.receipts)
	}
	forged := request("/sms/status?text=abc.1", pairs)
	forged.URL.RawQuery = "text=abc.2"
	if w := serve(s, forged); w.Code != 403 || len(s.receipts) != 2 {
		t.Errorf("whose text it is of is not signed: %d", w.Code)
	}
}

func TestRefusals(t *testing.T) {
	big := append([][2]string{}, inbound...)
	big[3] = [2]string{"Body", strings.Repeat("a", 70_000)}
	for _, c := range []struct {
		name string
		want int
		r    func() *http.Request
	}{
		{"no signature", 403, func() *http.Request {
			r := request("/sms/inbound", inbound)
			r.Header.Del("X-Twilio-Signature")
			return r
		}},
		{"an empty signature", 403, func() *http.Request {
			r := request("/sms/inbound", inbound)
			r.Header.Set("X-Twilio-Signature", "")
			return r
		}},
		{"two signatures", 403, func() *http.Request {
			r := request("/sms/inbound", inbound)
			r.Header.Add("X-Twilio-Signature", "x")
			return r
		}},
		{"another token", 403, func() *http.Request {
			r := request("/sms/inbound", inbound)
			r.Header.Set("X-Twilio-Signature", signed("54321", public+"/sms/inbound", inbound))
			return r
		}},
		{"signed for another path", 403, func() *http.Request {
			r := request("/sms/inbound", inbound)
			r.Header.Set("X-Twilio-Signature", signed(token, public+"/sms/status", inbound))
			return r
		}},
		{"signed for the Host it came by", 403, func() *http.Request {
			r := request("/sms/inbound", inbound)
			r.Header.Set("X-Twilio-Signature", signed(token, "http://internal:9000/sms/inbound", inbound))
			return r
		}},
		{"one byte altered", 403, func() *http.Request {
			r := request("/sms/inbound", inbound)
			raw, _ := io.ReadAll(r.Body)
			r.Body = io.NopCloser(bytes.NewReader(bytes.Replace(raw, []byte("pain"), []byte("paim"), 1)))
			return r
		}},
		{"a parameter added", 403, func() *http.Request {
			r := request("/sms/inbound", inbound)
			raw, _ := io.ReadAll(r.Body)
			r.Body = io.NopCloser(strings.NewReader(string(raw) + "&OptOutType="))
			return r
		}},
		{"JSON", 415, func() *http.Request {
			r := request("/sms/inbound", inbound)
			r.Header.Set("Content-Type", "application/json")
			return r
		}},
		{"no content type", 415, func() *http.Request {
			r := request("/sms/inbound", inbound)
			r.Header.Del("Content-Type")
			return r
		}},
		{"too large", 413, func() *http.Request { return request("/sms/inbound", big) }},
		{"malformed", 400, func() *http.Request {
			r := request("/sms/inbound", inbound)
			raw, _ := io.ReadAll(r.Body)
			r.Body = io.NopCloser(strings.NewReader(string(raw) + "&%zz=1"))
			return r
		}},
		{"no MessageSid", 400, func() *http.Request { return request("/sms/inbound", inbound[1:]) }},
		{"GET", 405, func() *http.Request {
			r := request("/sms/inbound", inbound)
			r.Method = "GET"
			return r
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &service{}
			if w := serve(s, c.r()); w.Code != c.want {
				t.Errorf("%d, want %d", w.Code, c.want)
			}
			if len(s.messages) > 0 {
				t.Error("handed on all the same")
			}
		})
	}
}

func TestFailuresAskForAnotherDelivery(t *testing.T) {
	for _, err := range []error{
		errors.New("canary 1"), fmt.Errorf("x: %w", fault.New(fault.Unavailable, "canary 2")), fault.New(fault.Conflict, "canary 3"), fault.New(fault.TooMany, "canary 4"),
	} {
		w := serve(&service{err: err}, request("/sms/inbound", inbound))
		if w.Code != 503 || strings.Contains(w.Body.String(), "canary") {
			t.Errorf("%v: %d %s", err, w.Code, w.Body)
		}
	}
	if w := serve(&service{err: fault.New(fault.Malformed, "no")}, request("/sms/inbound", inbound)); w.Code != 400 {
		t.Errorf("what can't be read is %d", w.Code)
	}
}

// twice says that a parameter came more than once, which no text does.
func twice(form url.Values) bool {
	for _, vs := range form {
		if len(vs) > 1 {
			return true
		}
	}
	return false
}

func FuzzBody(f *testing.F) {
	f.Add([]byte(values(inbound).Encode()), true)
	f.Add([]byte("MessageSid=SM1&Body=%00%ff&Body=2&;=&&="), true)
	f.Add([]byte("MessageSid=SM1&%zz"), false)
	f.Add([]byte("MessageSid=0&Body&&Body"), true)
	f.Fuzz(func(t *testing.T, body []byte, sign bool) {
		s := &service{replies: []string{string(body)}}
		r := httptest.NewRequest("POST", "/sms/inbound", bytes.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("X-Twilio-Signature", "AAAAAAAAAAAAAAAAAAAAAAAAAAA=")
		form, err := url.ParseQuery(string(body))
		if sign {
			var pairs [][2]string
			for k, vs := range form {
				for _, v := range vs {
					pairs = append(pairs, [2]string{k, v})
				}
			}
			r.Header.Set("X-Twilio-Signature", signed(token, public+"/sms/inbound", pairs))
		}
		w := serve(s, r)
		switch {
		case !sign && w.Code != 403 && w.Code != 413:
			t.Errorf("not signed: %d", w.Code)
		case !sign && len(s.messages) > 0:
			t.Error("handed on what is not signed")
		case sign && len(body) <= 64<<10 && err == nil && form.Get("MessageSid") != "" && !twice(form) && w.Code != 200:
			t.Errorf("signed and well formed: %d", w.Code)
		}
		if w.Code == 200 {
			d := xml.NewDecoder(w.Body)
			for {
				if _, err := d.Token(); err == io.EOF {
					break
				} else if err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}

// An alarm counts forged webhooks by this line, and whoever forges them must not be able to write into the log.
func TestAForgedWebhookIsNotedWithoutAWordOfIt(t *testing.T) {
	var log bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewJSONHandler(&log, nil)))
	defer slog.SetDefault(before)
	h := twilio.NewHandler(&service{}, []string{token}, public)
	for _, signature := range []string{"", "canary"} {
		r := httptest.NewRequest(http.MethodPost, "/sms/inbound?canary", strings.NewReader("Body=canary&From=%2B12125550171"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("X-Twilio-Signature", signature)
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, r); w.Code != http.StatusForbidden {
			t.Errorf("%d", w.Code)
		}
	}
	if n := strings.Count(log.String(), `"msg":"a webhook was not signed by Twilio"`); n != 2 || strings.Count(log.String(), "\n") != 2 {
		t.Errorf("noted %d times:\n%s", n, log.String())
	}
	if strings.Contains(log.String(), "canary") || strings.Contains(log.String(), "555") {
		t.Errorf("what was sent is in the log: %s", log.String())
	}
}
