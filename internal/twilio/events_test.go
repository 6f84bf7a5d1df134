package twilio_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"github.com/tellback/tellback/internal/conversation"
	"github.com/tellback/tellback/internal/intake"
	"github.com/tellback/tellback/internal/lambdahttp"
	"github.com/tellback/tellback/internal/participant"
	"github.com/tellback/tellback/internal/personal"
	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/sms"
	"github.com/tellback/tellback/internal/table/sqlite"
	"github.com/tellback/tellback/internal/twilio"
	"github.com/tellback/tellback/schemas"
)

// lambda is functions/sms over an empty database.
func lambda(t *testing.T) (lambdahttp.Function, *sqlite.DB, *participant.Registry) {
	t.Helper()
	now := func() time.Time { return time.Date(2026, 10, 5, 14, 0, 0, 0, time.UTC) }
	db, err := sqlite.Open(filepath.Join(t.TempDir(), "t.db"), []string{"people", "reports"}, now, sqlite.WithSweep(0))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	doc, err := phi.NewKeyset()
	if err != nil {
		t.Fatal(err)
	}
	keys, err := phi.ReadKeys(bytes.NewReader(doc))
	if err != nil {
		t.Fatal(err)
	}
	catalog, err := program.Load(schemas.FS)
	if err != nil {
		t.Fatal(err)
	}
	desk := intake.New(db.Table("reports"), keys, catalog)
	desk.Now = now
	registry := participant.New(db.Table("people"), keys)
	s := &sms.Service{
		People: db.Table("people"), Keys: keys, Registry: registry, Desk: desk, Now: now, Links: &personal.Links{People: db.Table("people"), Keys: keys, Now: now}, Log: slog.New(slog.DiscardHandler),
		Machine: conversation.Machine{Catalog: catalog, ReceiptURL: func(key string) string { return public + "/r/" + string(desk.ReceiptFor(key)) }},
	}
	return lambdahttp.Adapt(twilio.NewHandler(s, []string{token}, public)), db, registry
}

func event(t *testing.T, name string) events.APIGatewayV2HTTPRequest {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "events", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var e events.APIGatewayV2HTTPRequest
	if err := json.Unmarshal(raw, &e); err != nil {
		t.Fatal(err)
	}
	return e
}

// call gives the status and the body.
func call(t *testing.T, f lambdahttp.Function, e events.APIGatewayV2HTTPRequest) (int, string) {
	t.Helper()
	out, err := f(context.Background(), e)
	if err != nil {
		t.Fatal(err)
	}
	body := out.Body
	if out.IsBase64Encoded {
		raw, err := base64.StdEncoding.DecodeString(body)
		if err != nil {
			t.Fatal(err)
		}
		body = string(raw)
	}
	return out.StatusCode, body
}

func items(t *testing.T, db *sqlite.DB) int {
	t.Helper()
	n := 0
	for _, name := range []string{"people", "reports"} {
		page, err := db.Table(name).Scan(context.Background(), "")
		if err != nil {
			t.Fatal(err)
		}
		n += len(page.Items)
	}
	return n
}

// The events are signed by a computation outside of this module (Python's hmac).
func TestEvents(t *testing.T) {
	for _, c := range []struct {
		name   string
		status int
		says   string
		stored int
	}{
		{"sms-inbound-join", 200, "Reply YES to join", 1},
		{"sms-inbound-story", 200, "Para unirte, manda RIVER", 1},
		{"sms-inbound-stop", 200, "<Response/>", 2},
		{"sms-inbound-picture", 200, "only read words", 1},
		{"sms-inbound-forged", 403, "not signed by Twilio", 0},
		{"sms-status-delivered", 204, "", 0},
		{"sms-status-opted-out", 204, "", 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, db, _ := lambda(t)
			e := event(t, c.name)
			status, body := call(t, f, e)
			if status != c.status || !strings.Contains(body, c.says) {
				t.Errorf("%d %s", status, body)
			}
			if n := items(t, db); n != c.stored {
				t.Errorf("%d items stored, want %d", n, c.stored)
			}
			if s, b := call(t, f, e); s != status || b != body || items(t, db) != c.stored {
				t.Errorf("the same event again: %d %s", s, b)
			}
		})
	}
}

func TestEveryEventIsReplayed(t *testing.T) {
	files, err := filepath.Glob("../../events/sms-*.json")
	if err != nil || len(files) != 9 {
		t.Errorf("%d events, and the table above has 7, the one below 2 (%v)", len(files), err)
	}
}

func TestQueueEvents(t *testing.T) {
	for name, want := range map[string][]string{
		"sms-queue": {"RIVER", "Hola, mi mamá no duerme bien 😔 & nadie pregunta"}, "sms-queue-forged": nil,
	} {
		raw, err := os.ReadFile("../../events/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var e events.SQSEvent
		if err := json.Unmarshal(raw, &e); err != nil {
			t.Fatal(err)
		}
		d := &door{}
		failed := drain(t, d, &bytes.Buffer{}, e.Records...)
		var got []string
		for _, m := range d.texts {
			got = append(got, m.Body.Reveal())
		}
		if d := cmp.Diff(want, got); d != "" || len(failed) > 0 {
			t.Errorf("%s: failed %v (-want +got)\n%s", name, failed, d)
		}
	}
}

func TestAnAlteredEventIsRefused(t *testing.T) {
	f, db, _ := lambda(t)
	good := event(t, "sms-inbound-join")
	raw, err := base64.StdEncoding.DecodeString(good.Body)
	if err != nil {
		t.Fatal(err)
	}
	for n := 0; n < len(raw); n += 7 {
		altered := append([]byte{}, raw...)
		altered[n] ^= 1
		e := good
		e.Body = base64.StdEncoding.EncodeToString(altered)
		if status, _ := call(t, f, e); status != 403 {
			t.Errorf("byte %d altered: %d", n, status)
		}
	}
	if n := items(t, db); n != 0 {
		t.Errorf("%d items stored", n)
	}
}

// A whole first check-in by signed webhooks, the last of them delivered sixteen times at once.
func TestAConversationByWebhook(t *testing.T) {
	f, db, registry := lambda(t)
	texts := []string{"RIVER", "yes", "1", "3", "2", "1", "3", "0", "4"}
	last := ""
	for n, body := range texts {
		e := event(t, "sms-inbound-join")
		pairs := [][2]string{{"MessageSid", "SM00" + string(rune('a'+n))}, {"From", "+12125550171"}, {"To", "+12125550100"}, {"Body", body}, {"NumMedia", "0"}}
		e.Body = base64.StdEncoding.EncodeToString([]byte(values(pairs).Encode()))
		e.Headers["x-twilio-signature"] = signed(token, public+"/sms/inbound", pairs)
		times := 1
		if n == len(texts)-1 {
			times = 16
		}
		var wg sync.WaitGroup
		got := make([]string, times)
		for i := range got {
			wg.Go(func() {
				status, body := call(t, f, e)
				if status != 200 {
					t.Errorf("%d %s", status, body)
				}
				got[i] = body
			})
		}
		wg.Wait()
		for _, g := range got {
			if g != got[0] {
				t.Errorf("deliveries of one text are answered differently: %s and %s", g, got[0])
			}
		}
		last = got[0]
	}
	if !strings.Contains(last, public+"/r/") {
		t.Errorf("no receipt in %s", last)
	}
	page, err := db.Table("reports").Scan(context.Background(), "")
	if err != nil {
		t.Fatal(err)
	}
	reports := 0
	for _, i := range page.Items {
		if strings.HasPrefix(i.Sort, "REV#") {
			reports++
		}
	}
	if reports != 1 {
		t.Errorf("%d reports, want 1", reports)
	}
	if c, ok, err := registry.Contact(context.Background(), phi.Hide("+12125550171")); err != nil || !ok || c.Participants["river"] == "" {
		t.Error("nobody was enrolled", err)
	}
}
