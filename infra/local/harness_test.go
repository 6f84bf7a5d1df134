package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// logs collects everything that any system of this package's tests logs, at every level; TestMain looks through it.
var logs = &journal{}

type journal struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.all.Write(p)
}

func (j *journal) len() int { return len(j.since(0)) }

// since is what was logged after the first n bytes.
func (j *journal) since(n int) string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.all.String()[n:]
}

// canaries are the numbers, names and words that these tests' people use. None may ever be in a log.
var canaries = []string{"2025550177", "2025550178", "+1202", "Zebulon", "purple staircase", "escalera morada", "subject-canary", "girasol"}

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.NewJSONHandler(logs, &slog.HandlerOptions{Level: slog.LevelDebug})))
	code := m.Run()
	for _, c := range canaries {
		if strings.Contains(logs.all.String(), c) {
			fmt.Fprintf(os.Stderr, "FAIL: a log of this run holds %q, which a person said or is called by\n", c)
			code = 1
		}
	}
	os.Exit(code)
}

const testToken = "12345"

// start runs a whole system on a free port until the test ends.
func start(t *testing.T, o Options) *System {
	t.Helper()
	if o.Data == "" {
		o.Data = t.TempDir()
	}
	if o.Getenv == nil {
		o.Getenv = func(k string) string { return map[string]string{"TELLBACK_TWILIO_AUTH_TOKEN": testToken}[k] }
	}
	o.Addr, o.Log = "127.0.0.1:0", slog.Default()
	ctx, cancel := context.WithCancel(context.Background())
	s, err := Open(ctx, o)
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx) }()
	if err := s.prepare(ctx, o, io.Discard); err != nil {
		t.Error(err)
	}
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		s.Close()
	})
	return s
}

// reply is what a request got.
type reply struct {
	status int
	body   string
	header http.Header
}

func send(t *testing.T, c *http.Client, r *http.Request) reply {
	t.Helper()
	resp, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(raw), "ZgotmplZ") { // what html/template puts where it drops something
		t.Errorf("%s: the page's template dropped something", r.URL.Path)
	}
	return reply{resp.StatusCode, string(raw), resp.Header}
}

func request(t *testing.T, method, address, contentType, body string, headers ...string) *http.Request {
	t.Helper()
	r, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

func fetch(t *testing.T, address string, headers ...string) reply {
	t.Helper()
	return send(t, http.DefaultClient, request(t, http.MethodGet, address, "", "", headers...))
}

// sign computes X-Twilio-Signature as Twilio documents it, apart from our own code.
func sign(token, address string, form url.Values) string {
	var names []string
	for n := range form {
		names = append(names, n)
	}
	slices.Sort(names)
	text := address
	for _, n := range names {
		text += n + form.Get(n)
	}
	mac := hmac.New(sha1.New, []byte(token))
	mac.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func webhook(t *testing.T, s *System, sid, from, body, token string) reply {
	t.Helper()
	form := url.Values{"MessageSid": {sid}, "From": {from}, "To": {"+12025550100"}, "Body": {body}, "NumMedia": {"0"}, "FromCity": {""}}
	address := s.publicURL + "/sms/inbound"
	return send(t, http.DefaultClient, request(t, http.MethodPost, address, "application/x-www-form-urlencoded", form.Encode(), "X-Twilio-Signature", sign(token, address, form)))
}

// converse texts the words one after another and gives the last answer.
func converse(t *testing.T, s *System, prefix, from string, words ...string) (last string) {
	t.Helper()
	for i, w := range words {
		a := webhook(t, s, fmt.Sprintf("SM%s%030d", prefix, i), from, w, testToken)
		if a.status != http.StatusOK || !strings.Contains(a.header.Get("Content-Type"), "xml") {
			t.Fatalf("text %d of %s: %d %s", i, prefix, a.status, a.body)
		}
		last = a.body
	}
	return last
}

var hiddenField = regexp.MustCompile(`<input[^>]*type="hidden"[^>]*name="([^"]+)"[^>]*value="([^"]*)"`)

// fill answers every radio question of the weekly form by its nth option, as a browser without scripts would post it.
func fillForm(t *testing.T, page string, n int) url.Values {
	t.Helper()
	form := url.Values{"who": {"patient"}, "consent": {"yes"}}
	for _, m := range hiddenField.FindAllStringSubmatch(page, -1) {
		form.Set(m[1], m[2])
	}
	options := map[string][]string{}
	for _, m := range regexp.MustCompile(`<input[^>]*type="radio"[^>]*name="(q\.[^"]+)"[^>]*value="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		options[m[1]] = append(options[m[1]], m[2])
	}
	if len(options) != 5 {
		t.Fatalf("the form has %d scales, not five", len(options))
	}
	for q, o := range options {
		form.Set(q, o[n])
	}
	return form
}
