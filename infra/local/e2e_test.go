package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

const month = 31 * 24 * time.Hour

// cases are what must hold on every storage engine that -store names.
var cases = []struct {
	name string
	test func(t *testing.T, engine string)
}{
	{"three channels, one ledger, one release, one file", testThreeChannelsOneLedgerOneReleaseOneFile},
	{"a restart goes on where it was", testARestartGoesOnWhereItWas},
	{"staff sign in with a browser's cookies", testStaffSignInWithABrowsersCookies},
	{"the webhook takes only what Twilio signed", testWebhookTakesOnlyWhatTwilioSigned},
	{"the clock goes forward and not far away", testTheClockGoesForwardAndNotFarAway},
	{"every link of the home page answers", testEveryLinkOfTheHomePageAnswers},
	{"the pump loses nothing", testPumpLosesNothing},
	{"a file comes by a personal link and goes with its report", testAFileComesByAPersonalLink},
}

func TestOnEveryStore(t *testing.T) {
	for _, engine := range []string{embedded, production} {
		t.Run(engine, func(t *testing.T) {
			for _, c := range cases {
				t.Run(c.name, func(t *testing.T) { c.test(t, engine) })
			}
		})
	}
}

func testThreeChannelsOneLedgerOneReleaseOneFile(t *testing.T, engine string) {
	s := start(t, Options{Store: engine})
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
	checkMethods(t, s)
	checkExports(t, s, period)
}

// testARestartGoesOnWhereItWas stops the whole system and starts it again over its folder: what was told before is known,
// a text that comes again is answered as it was, and what is told next counts beside it.
func testARestartGoesOnWhereItWas(t *testing.T, engine string) {
	folder, first := t.TempDir(), ""
	words := []string{"RIVER", "YES", "1", "2", "1", "2", "0", "3", "1"}
	for life := range 3 {
		t.Run(fmt.Sprintf("life %d", life+1), func(t *testing.T) {
			s := start(t, Options{Store: engine, Data: folder})
			last := converse(t, s, fmt.Sprintf("life%d", life), fmt.Sprintf("+1202555018%d", life), words...)
			if life == 0 {
				first = last
			}
			again := webhook(t, s, fmt.Sprintf("SMlife0%030d", len(words)-1), "+12025550180", words[len(words)-1], testToken)
			if again.body != first || !strings.Contains(first, "/r/") {
				t.Errorf("the text that ended with\n%s\nends with\n%s", first, again.body)
			}
			if v := ledgerView(t, s, "yes"); v.Reports != int64(life+1) || !v.Equal {
				t.Errorf("the ledger holds %d reports, equal to recomputed: %t", v.Reports, v.Equal)
			}
			if health := fetch(t, s.publicURL+"/healthz"); health.status != http.StatusOK {
				t.Errorf("health: %d %s", health.status, health.body)
			}
		})
	}
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

// checkMethods: whatever the function that answers, a method that an address doesn't have is a 405 that says which it has.
func checkMethods(t *testing.T, s *System) {
	t.Helper()
	for path, allow := range map[string]string{
		"/healthz": "GET, HEAD, OPTIONS", "/learn": "GET, HEAD, OPTIONS", "/learn/river": "GET, HEAD, OPTIONS", "/v1/learning/river": "GET, HEAD, OPTIONS", "/sms/status": "OPTIONS, POST",
		"/v1/programs/river/export": "GET, OPTIONS", "/v1/programs/river/reports": "POST, OPTIONS", "/f/river/story": "GET, HEAD, POST",
	} {
		for _, method := range []string{http.MethodPut, http.MethodDelete, http.MethodTrace} {
			a := send(t, http.DefaultClient, request(t, method, s.publicURL+path, "", ""))
			if a.status != http.StatusMethodNotAllowed || a.header.Get("Allow") != allow {
				t.Errorf("%s %s: %d, Allow %q, want %q", method, path, a.status, a.header.Get("Allow"), allow)
			}
		}
	}
	if a := fetch(t, s.publicURL+"/learn"); a.status != http.StatusOK || !strings.Contains(a.body, "River") {
		t.Errorf("/learn answered %d", a.status)
	}
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
	for _, wrong := range []string{"&perod=2026-10", "&period=" + period, ";format=csv", "&by=%zz"} {
		if a := fetch(t, address+wrong, "Authorization", "Bearer "+bearer(t, s)); a.status != http.StatusBadRequest || !strings.Contains(a.body, `"where":"?`) {
			t.Errorf("%s: the export answered %d %.200s", wrong, a.status, a.body)
		}
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

// signIn signs Zebulon in with the local issuer, as a browser does.
func signIn(t *testing.T, s *System, role string) (*http.Client, reply) {
	t.Helper()
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
	form := url.Values{"id": {id[2]}, "name": {"Zebulon"}, "role": {role}}
	return c, send(t, c, request(t, http.MethodPost, s.publicURL+"/dev/oidc/login", "application/x-www-form-urlencoded", form.Encode()))
}

func testStaffSignInWithABrowsersCookies(t *testing.T, engine string) {
	s := start(t, Options{Store: engine})
	for role, want := range map[string]int{"staff": http.StatusOK, "none": http.StatusForbidden} {
		c, in := signIn(t, s, role)
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

func testWebhookTakesOnlyWhatTwilioSigned(t *testing.T, engine string) {
	s := start(t, Options{Store: engine})
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
	if page, err := s.store.people.Scan(context.Background(), ""); err != nil || len(page.Items) != 0 {
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

func testTheClockGoesForwardAndNotFarAway(t *testing.T, engine string) {
	s := start(t, Options{Store: engine})
	for to, want := range map[string]int{"9999-12-31T00:00:00Z": http.StatusBadRequest, "2001-01-01T00:00:00Z": http.StatusBadRequest, s.clock.Now().Add(time.Hour).UTC().Format(time.RFC3339): http.StatusOK} {
		if a := send(t, http.DefaultClient, request(t, http.MethodPost, s.publicURL+"/dev/clock", "application/x-www-form-urlencoded", url.Values{"to": {to}}.Encode())); a.status != want {
			t.Errorf("%s: got %d", to, a.status)
		}
	}
}

func testEveryLinkOfTheHomePageAnswers(t *testing.T, engine string) {
	s := start(t, Options{Store: engine})
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
