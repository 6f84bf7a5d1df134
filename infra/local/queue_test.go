package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/tellback/tellback/internal/table"
	"github.com/tellback/tellback/internal/table/sqlite"
)

// A function is handed what was queued until it has taken it: again after it broke down, after it said so, and after
// the whole process did.
func TestTheQueueHandsOverUntilAMessageIsTaken(t *testing.T) {
	ctx := context.Background()
	clock := time.Date(2026, 10, 5, 14, 0, 0, 0, time.UTC)
	now := func() time.Time { return clock }
	file := filepath.Join(t.TempDir(), "t.db")
	var fail, seen []string
	broken := false
	drain := func(_ context.Context, event []byte) ([]byte, error) {
		if broken {
			return nil, errors.New("out of memory")
		}
		var e events.SQSEvent
		if err := json.Unmarshal(event, &e); err != nil {
			return nil, err
		}
		var out events.SQSEventResponse
		for _, r := range e.Records {
			seen = append(seen, r.Body+" "+*r.MessageAttributes["TwilioSignature"].StringValue)
			if slices.Contains(fail, r.Body) {
				out.BatchItemFailures = append(out.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: r.MessageId})
			}
		}
		return json.Marshal(out)
	}
	open := func() (*Queue, func()) {
		t.Helper()
		db, err := sqlite.Open(file, []string{"local"}, now)
		if err != nil {
			t.Fatal(err)
		}
		q := newQueue(db.Table("local"), now, drain)
		q.receives = 3
		return q, func() { _ = db.Close() }
	}
	expect := func(q *Queue, want ...string) {
		t.Helper()
		seen = nil
		if err := q.Deliver(ctx); (err != nil) != broken {
			t.Fatal(err)
		}
		if slices.Sort(seen); !slices.Equal(seen, want) {
			t.Errorf("handed over %q, want %q", seen, want)
		}
	}
	q, done := open()
	for n := range 7 {
		r := httptest.NewRequest("POST", "/sms/fallback", strings.NewReader(fmt.Sprint("m", n)))
		r.Header.Set("X-Twilio-Signature", "sig")
		w := httptest.NewRecorder()
		if q.ServeHTTP(w, r); w.Code != http.StatusNoContent || w.Body.Len() > 0 || w.Header().Get("Content-Type") != "text/xml" {
			t.Fatalf("%d %q %s", w.Code, w.Body, w.Header())
		}
	}
	fail = []string{"m3", "m6"}
	expect(q, "m0 sig", "m1 sig", "m2 sig", "m3 sig", "m4 sig", "m5 sig", "m6 sig")
	expect(q) // they are kept from others for a while
	clock = clock.Add(q.visibility)
	fail, broken = []string{"m6"}, true
	expect(q)
	done() // kill -9 leaves no more than this
	q, done = open()
	defer done()
	broken = false
	expect(q)
	clock = clock.Add(q.visibility)
	expect(q, "m3 sig", "m6 sig")
	clock = clock.Add(q.visibility)
	expect(q) // m6 has been received three times
	clock = clock.Add(q.visibility)
	expect(q)
	dead, err := q.store.Query(ctx, table.Query{Partition: deadLetters})
	if err != nil || len(dead.Items) != 1 || !strings.Contains(string(dead.Items[0].Body), `"m6"`) {
		t.Errorf("dead letters: %v %v", dead.Items, err)
	}
}

// Both doors refuse what is too large in the same way, and what came in half is no text.
func TestTheQueueRefusesWhatIsNoText(t *testing.T) {
	no := false
	s := start(t, Options{Demo: &no})
	large := strings.Repeat("a", largestLetter+1)
	for _, path := range []string{"/sms/inbound", "/sms/fallback"} {
		got := send(t, http.DefaultClient, request(t, "POST", s.publicURL+path, "application/x-www-form-urlencoded", large, "X-Twilio-Signature", "any"))
		if got.status != http.StatusRequestEntityTooLarge || !strings.Contains(got.header.Get("Content-Type"), "json") {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
	w := httptest.NewRecorder()
	half := io.MultiReader(strings.NewReader("Body=hal"), iotest.ErrReader(io.ErrUnexpectedEOF))
	if s.queue.ServeHTTP(w, httptest.NewRequest("POST", "/sms/fallback", half)); w.Code != http.StatusBadRequest {
		t.Errorf("half a body: %d", w.Code)
	}
	kept, err := s.store.local.Query(t.Context(), table.Query{Partition: queued})
	if err != nil || len(kept.Items) > 0 {
		t.Errorf("%d are queued, %v", len(kept.Items), err)
	}
}

// last is the newest text that a phone shows, once it is the one that is waited for.
func last(t *testing.T, s *System, phone, want string) {
	t.Helper()
	var got string
	for range 100 {
		texts := s.carrier.Texts(phone)
		if got = texts[len(texts)-1].Body; strings.Contains(got, want) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("the phone shows %q at last, not %q", got, want)
}

// A person breaks the system at /phone and sees that their texts arrive all the same, each with one answer.
func TestTextsArriveThroughOutages(t *testing.T) {
	for _, engine := range []string{embedded, production} {
		t.Run(engine, func(t *testing.T) { arriveThroughOutages(t, engine) })
	}
}

func arriveThroughOutages(t *testing.T, engine string) {
	no := false
	s := start(t, Options{Demo: &no, Store: engine})
	const phone = "+12025550101"
	press := func(path string, form url.Values) string {
		t.Helper()
		got := send(t, http.DefaultClient, request(t, "POST", s.publicURL+path, "application/x-www-form-urlencoded", form.Encode(), "Accept", "application/json"))
		return got.body
	}
	text := func(body string) { press("/phone/send", url.Values{"n": {phone}, "body": {body}}) }
	answers := func() (n int) {
		for _, m := range s.carrier.Texts(phone) {
			if !m.Out && m.Note == "" {
				n++
			}
		}
		return n
	}
	for _, body := range []string{"RIVER", "yes", "1", "3"} {
		text(body)
	}
	last(t, s, phone, "0 No pain")

	press("/dev/outage", url.Values{"what": {webhookDown}})
	text("2") // through the queue, and back through the API
	last(t, s, phone, "2/5")

	press("/dev/outage", url.Values{"what": {doorDown}})
	text("1") // only the carrier has it
	press("/dev/outage", url.Values{"what": {allWell}})
	press("/dev/clock", url.Values{"by": {"5m"}})
	before := answers()
	for range 2 {
		press("/dev/run/outreach", nil)
	}
	last(t, s, phone, "3/5")
	if n := answers(); n != before+1 {
		t.Errorf("%d answers to one text", n-before)
	}
	text("3")
	last(t, s, phone, "4/5")

	if got := press("/dev/outage", url.Values{"what": {"everything"}}); !strings.Contains(got, "what=webhook") {
		t.Errorf("an outage that there is not: %s", got)
	}
	home := fetch(t, s.publicURL+"/phone")
	if !strings.Contains(home.body, "Break something") {
		t.Error("nothing to break at /phone")
	}
}

// What was queued when the process was killed is taken by the next one.
func TestAQueuedTextSurvivesTheProcess(t *testing.T) {
	no := false
	env := map[string]string{"TELLBACK_TWILIO_AUTH_TOKEN": testToken, "TELLBACK_PUBLIC_URL": "https://tell.example.org"}
	o := Options{Demo: &no, Data: t.TempDir(), Getenv: func(k string) string { return env[k] }}
	t.Run("first", func(t *testing.T) {
		env["TELLBACK_TWILIO_API_URL"] = "http://127.0.0.1:1" // nobody there: the text is handed over, and stays
		s := start(t, o)
		if err := s.outage.Break(webhookDown); err != nil {
			t.Fatal(err)
		}
		if err := s.carrier.Send("+12025550102", "RIVER"); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("second", func(t *testing.T) {
		delete(env, "TELLBACK_TWILIO_API_URL")
		s := start(t, o)
		if err := s.clock.AdvanceTo(s.clock.Now().Add(5 * time.Minute)); err != nil {
			t.Fatal(err)
		}
		for range 100 {
			if len(s.carrier.Texts("+12025550102")) > 0 {
				return
			}
			time.Sleep(50 * time.Millisecond)
		}
		t.Error("no answer")
	})
}
