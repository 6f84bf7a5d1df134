package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
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

const month = 31 * 24 * time.Hour

func TestThreeChannelsOneLedgerOneReleaseOneFile(t *testing.T) {
	s := start(t, Options{})
	receipt := regexp.MustCompile(`/r/[a-z2-9]{26}`)

	// By text: one whole conversation in English, one in Spanish.
	en := converse(t, s, "en", "+12025550177", "RIVER", "YES", "1", "2", "1", "2", "0", "3", "1")
	if !receipt.MatchString(en) {
		t.Errorf("the English conversation ends without a receipt: %s", en)
	}
	es := converse(t, s, "es", "+12025550178", "RIO", "SI", "1", "3", "1", "2", "0", "3", "1")
	if !receipt.MatchString(es) || !strings.Contains(es, "Gracias") {
		t.Errorf("the Spanish conversation ends without thanks and a receipt: %s", es)
	}
	converse(t, s, "story", "+12025550177", "There is a purple staircase at the clinic and I can't climb it")

	// By form, without scripts; sent twice, as a double tap does.
	page := fetch(t, s.publicURL+"/f/river/weekly-check-in").body
	form := fillForm(t, page, 1)
	var receipts []string
	for range 2 {
		a := send(t, http.DefaultClient, request(t, http.MethodPost, s.publicURL+"/f/river/weekly-check-in", "application/x-www-form-urlencoded", form.Encode(), "Origin", s.publicURL))
		if a.status != http.StatusOK {
			t.Fatalf("the form answered %d", a.status)
		}
		receipts = append(receipts, receipt.FindString(a.body))
	}
	if receipts[0] != receipts[1] {
		t.Error("a double tap made two reports")
	}

	// By API, as a FHIR QuestionnaireResponse, posted twice.
	for range 2 {
		a := send(t, http.DefaultClient, request(t, http.MethodPost, s.publicURL+"/v1/programs/river/reports", "application/fhir+json", fhirResponse, "Authorization", "Bearer "+s.clientSecret))
		if a.status != http.StatusCreated {
			t.Fatalf("the API answered %d: %s", a.status, a.body)
		}
	}

	// Soon everything is in the ledger, once. How soon is printed, not judged: machines differ.
	told := time.Now()
	deadline := told.Add(30 * time.Second)
	var view ledgerNow
	for {
		view = ledgerView(t, s, "no")
		if view.Reports >= 5 || time.Now().After(deadline) {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Logf("in the ledger after %d ms", time.Since(told).Milliseconds())
	if !view.Equal || view.Reports != 5 {
		t.Errorf("the ledger holds %d reports, equal to recomputed: %t", view.Reports, view.Equal)
	}
	for _, p := range view.People {
		if p.Questionnaire == "weekly-check-in" && p.Participants != 4 {
			t.Errorf("%d participants for four people", p.Participants)
		}
	}

	period := s.catalog.Program("river").PeriodAt(s.clock.Now()).ID
	released := closeMonth(t, s)
	if !strings.Contains(released, period) {
		t.Fatalf("not released: %s", released)
	}
	checkExports(t, s, period)
}

func ledgerView(t *testing.T, s *System, drain string) (v ledgerNow) {
	t.Helper()
	a := fetch(t, s.publicURL+"/dev/ledger?drain="+drain)
	if err := json.Unmarshal([]byte(a.body), &v); err != nil {
		t.Fatalf("%d %s", a.status, a.body)
	}
	return v
}

// closeMonth moves the clock past the month's end and runs the function.
func closeMonth(t *testing.T, s *System) string {
	t.Helper()
	to := s.clock.Now().Add(month + 5*24*time.Hour).UTC().Format(time.RFC3339)
	if a := send(t, http.DefaultClient, request(t, http.MethodPost, s.publicURL+"/dev/clock", "application/x-www-form-urlencoded", "to="+url.QueryEscape(to))); a.status != http.StatusOK {
		t.Fatalf("the clock answered %d: %s", a.status, a.body)
	}
	a := send(t, http.DefaultClient, request(t, http.MethodPost, s.publicURL+"/dev/run/release", "", ""))
	if a.status != http.StatusOK {
		t.Fatalf("release answered %d: %s", a.status, a.body)
	}
	return a.body
}

// bearer gets a staff token from the local issuer, as a script does.
func bearer(t *testing.T, s *System) string {
	t.Helper()
	r := request(t, http.MethodPost, s.publicURL+"/dev/oidc/oauth/token", "application/x-www-form-urlencoded", "grant_type=client_credentials&scope=openid")
	r.SetBasicAuth("tellback-staff", "local-development")
	a := send(t, http.DefaultClient, r)
	var token struct {
		Access string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(a.body), &token); err != nil || token.Access == "" {
		t.Fatalf("the issuer answered %d: %s", a.status, a.body)
	}
	return token.Access
}

func checkExports(t *testing.T, s *System, period string) {
	t.Helper()
	address := s.publicURL + "/v1/programs/river/export?period=" + period
	if a := fetch(t, address); a.status != http.StatusUnauthorized {
		t.Errorf("without a token the export answered %d", a.status)
	}
	if a := fetch(t, address, "Authorization", "Bearer "+bearer(t, s)+"x"); a.status != http.StatusUnauthorized {
		t.Errorf("with a forged token the export answered %d", a.status)
	}
	a := fetch(t, address+"&format=csv", "Authorization", "Bearer "+bearer(t, s))
	if a.status != http.StatusOK || a.header.Get("Content-Length") != fmt.Sprint(len(a.body)) {
		t.Fatalf("the export answered %d: %s", a.status, a.body)
	}
	rows, err := csv.NewReader(strings.NewReader(a.body)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	at := map[string]int{}
	for i, name := range rows[0] {
		at[name] = i
	}
	found := false
	for _, row := range rows[1:] {
		found = found || row[at["questionnaire"]] == "weekly-check-in" && row[at["measure"]] == "people"
		// Five reports are far too few for any figure but zero to be shown.
		if v := row[at["value"]]; v != "" && v != "0" {
			t.Errorf("a figure about a handful of people is shown: %q", row)
		}
	}
	if !found {
		t.Error("the CSV has no people of the weekly check-in")
	}
	for _, c := range append(canaries, "staircase") {
		if strings.Contains(a.body, c) {
			t.Errorf("the CSV holds %q", c)
		}
	}
	sealed := fetch(t, address+"&format=json", "Authorization", "Bearer "+bearer(t, s))
	public := fetch(t, s.publicURL+"/v1/learning/river?period="+period)
	if sealed.status != http.StatusOK || !strings.Contains(public.body, strings.Trim(sealed.header.Get("ETag"), `"`)) {
		t.Error("the sealed bytes' hash is not the seal that the public record names")
	}
}

func TestStaffSignInWithABrowsersCookies(t *testing.T) {
	s := start(t, Options{})
	for role, want := range map[string]int{"staff": http.StatusOK, "none": http.StatusForbidden} {
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		c := &http.Client{Jar: jar}
		login := send(t, c, request(t, http.MethodGet, s.publicURL+"/staff/signin", "", ""))
		id := hiddenField.FindStringSubmatch(login.body)
		if id == nil {
			t.Fatalf("no sign-in form: %d", login.status)
		}
		in := send(t, c, request(t, http.MethodPost, s.publicURL+"/dev/oidc/login", "application/x-www-form-urlencoded", url.Values{"id": {id[2]}, "name": {"Zebulon"}, "role": {role}}.Encode()))
		if in.status != want {
			t.Errorf("%s: the dashboard answered %d", role, in.status)
		}
		if role == "none" {
			continue
		}
		if !strings.Contains(in.body, "Zebulon") {
			t.Error("the dashboard does not greet who signed in")
		}
		if out := send(t, c, request(t, http.MethodPost, s.publicURL+"/staff/signout", "application/x-www-form-urlencoded", "", "Origin", s.publicURL)); strings.Contains(out.body, "Zebulon") {
			t.Error("still signed in after signing out")
		}
	}
}

func TestWebhookTakesOnlyWhatTwilioSigned(t *testing.T) {
	s := start(t, Options{})
	sid := "SM" + strings.Repeat("7", 32)
	if a := webhook(t, s, sid, "+12025550177", "RIVER", "another token"); a.status != http.StatusForbidden {
		t.Errorf("a forged webhook got %d", a.status)
	}
	form := url.Values{"MessageSid": {sid}, "From": {"+12025550177"}, "To": {"+12025550100"}, "Body": {"RIVER"}, "NumMedia": {"0"}}
	address := s.publicURL + "/sms/inbound"
	signature := sign(testToken, address, form)
	form.Set("Body", "RIVEr")
	if a := send(t, http.DefaultClient, request(t, http.MethodPost, address, "application/x-www-form-urlencoded", form.Encode(), "X-Twilio-Signature", signature)); a.status != http.StatusForbidden {
		t.Errorf("one altered byte got %d", a.status)
	}
	if page, err := s.db.Table("people").Scan(context.Background(), ""); err != nil || len(page.Items) != 0 {
		t.Errorf("a refused webhook left %d items (%v)", len(page.Items), err)
	}
	// Two values under one name have the same signature in any order, so neither is taken.
	twice := url.Values{"MessageSid": {sid}, "From": {"+12025550177"}, "To": {"+12025550100"}, "Body": {"NO", "YES"}, "NumMedia": {"0"}}
	mac := hmac.New(sha1.New, []byte(testToken))
	mac.Write([]byte(address + "BodyNOBodyYESFrom+12025550177MessageSid" + sid + "NumMedia0To+12025550100"))
	if a := send(t, http.DefaultClient, request(t, http.MethodPost, address, "application/x-www-form-urlencoded", twice.Encode(), "X-Twilio-Signature", base64.StdEncoding.EncodeToString(mac.Sum(nil)))); a.status != http.StatusBadRequest {
		t.Errorf("two bodies got %d", a.status)
	}
	first, second := webhook(t, s, sid, "+12025550177", "RIVER", testToken), webhook(t, s, sid, "+12025550177", "RIVER", testToken)
	if first.status != http.StatusOK || first.body != second.body {
		t.Errorf("the same text again got another answer: %s\n%s", first.body, second.body)
	}
}

func TestTheAddressIsTheOneThatPeopleType(t *testing.T) {
	for asked, want := range map[string]string{
		"localhost:8080": "http://localhost:8080", ":8080": "http://localhost:8080", "0.0.0.0:8080": "http://localhost:8080", "[::]:8080": "http://localhost:8080",
		"127.0.0.1:8080": "http://127.0.0.1:8080", "[::1]:8080": "http://[::1]:8080",
	} {
		if got := localAddress(asked, &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8080}); got != want {
			t.Errorf("%s: got %s, want %s", asked, got, want)
		}
	}
}

func TestTheClockGoesForwardAndNotFarAway(t *testing.T) {
	s := start(t, Options{})
	for to, want := range map[string]int{"9999-12-31T00:00:00Z": http.StatusBadRequest, "2001-01-01T00:00:00Z": http.StatusBadRequest, s.clock.Now().Add(time.Hour).UTC().Format(time.RFC3339): http.StatusOK} {
		if a := send(t, http.DefaultClient, request(t, http.MethodPost, s.publicURL+"/dev/clock", "application/x-www-form-urlencoded", url.Values{"to": {to}}.Encode())); a.status != want {
			t.Errorf("%s: got %d", to, a.status)
		}
	}
}

func TestEveryLinkOfTheHomePageAnswers(t *testing.T) {
	s := start(t, Options{})
	home := fetch(t, s.publicURL+"/")
	links := regexp.MustCompile(`href="(/[^"]*)"`).FindAllStringSubmatch(home.body, -1)
	if len(links) < 10 {
		t.Fatalf("the home page has %d links", len(links))
	}
	for _, l := range links {
		if a := fetch(t, s.publicURL+strings.ReplaceAll(l[1], "&amp;", "&")); a.status != http.StatusOK {
			t.Errorf("%s answered %d", l[1], a.status)
		}
	}
}

const fhirResponse = `{"resourceType":"QuestionnaireResponse","status":"completed","questionnaire":"https://tellback.org/fhir/Questionnaire/weekly-check-in|1",
"subject":{"reference":"Patient/subject-canary"},"item":[
{"linkId":"pain","answer":[{"valueCoding":{"code":"none"}}]},
{"linkId":"tiredness","answer":[{"valueCoding":{"code":"little"}}]},
{"linkId":"sleep","answer":[{"valueCoding":{"code":"very-well"}}]},
{"linkId":"worry","answer":[{"valueCoding":{"code":"little"}}]},
{"linkId":"doing","answer":[{"valueCoding":{"code":"hard"}}]}]}`
