package twilio_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/sms"
	"github.com/tellback/tellback/internal/twilio"
)

// door notes which texts come through it; some fail.
type door struct {
	texts   []sms.Message
	fail    map[string]error
	arrived map[string]time.Time
}

func (d *door) Fallback(_ context.Context, m sms.Message) (sms.Taken, error) {
	if err := d.fail[m.SID]; err != nil {
		return sms.Ignored, err
	}
	d.texts = append(d.texts, m)
	return sms.Answered, nil
}

func (d *door) Arrived(_ context.Context, sid string) (time.Time, error) {
	at, ok := d.arrived[sid]
	if !ok {
		return at, fault.New(fault.NotFound, "gone")
	}
	if at.IsZero() {
		return at, fault.New(fault.Unavailable, "down")
	}
	return at, nil
}

// fallbackForm is what Twilio posts when a webhook failed: the text, and what went wrong.
func fallbackForm(sid, body string) [][2]string {
	return [][2]string{
		{"MessageSid", sid}, {"From", "+12125550171"}, {"To", "+12125550100"}, {"Body", body}, {"NumMedia", "0"}, {"FromCity", ""},
		{"ErrorCode", "11200"}, {"ErrorUrl", "https://reports.example.org/sms/inbound"},
	}
}

func queuedMessage(id string, at time.Time, pairs [][2]string) events.SQSMessage {
	signature := signed(token, public+twilio.FallbackPath, pairs)
	return events.SQSMessage{
		MessageId: id, Body: values(pairs).Encode(), EventSource: "aws:sqs", Attributes: map[string]string{"SentTimestamp": fmt.Sprint(at.UnixMilli())},
		MessageAttributes: map[string]events.SQSMessageAttribute{twilio.SignatureAttribute: {StringValue: &signature, DataType: "String"}},
	}
}

func drain(t *testing.T, d *door, log *bytes.Buffer, records ...events.SQSMessage) []string {
	t.Helper()
	q := twilio.NewQueue(d, d, []string{"other", token}, public+"/", slog.New(slog.NewJSONHandler(log, nil)))
	out, err := q.Drain(context.Background(), events.SQSEvent{Records: records})
	if err != nil {
		t.Fatal(err)
	}
	ids := []string{}
	for _, f := range out.BatchItemFailures {
		ids = append(ids, f.ItemIdentifier)
	}
	return ids
}

func sids(texts []sms.Message) (out []string) {
	for _, m := range texts {
		out = append(out, m.SID)
	}
	return out
}

func TestDrainTakesTextsInTheOrderInWhichTheyWereQueued(t *testing.T) {
	noon := time.Date(2026, 10, 5, 12, 0, 0, 0, time.UTC)
	exact := noon.Add(-14 * time.Second)
	d := &door{arrived: map[string]time.Time{"SM1": exact}}
	plain := queuedMessage("b", noon.Add(time.Second), fallbackForm("SM2", "pain & más 👍"))
	coded := queuedMessage("a", noon, fallbackForm("SM1", "2"))
	coded.Body = base64.StdEncoding.EncodeToString([]byte(coded.Body))
	if failed := drain(t, d, &bytes.Buffer{}, plain, coded); len(failed) > 0 {
		t.Errorf("failed: %v", failed)
	}
	if d := cmp.Diff([]string{"SM1", "SM2"}, sids(d.texts)); d != "" {
		t.Error(d)
	}
	if got := d.texts[1]; got.Body.Reveal() != "pain & más 👍" || got.From.Reveal() != "+12125550171" || !got.Sent.Equal(noon.Add(time.Second)) {
		t.Errorf("not the text that was queued, or not its time: %v", got.Sent)
	}
	if !d.texts[0].Sent.Equal(exact) {
		t.Errorf("Twilio's time was not asked for: %v", d.texts[0].Sent)
	}
}

func TestDrainReportsWhatHasToComeAgain(t *testing.T) {
	now := time.Now()
	d := &door{
		fail:    map[string]error{"SM1": errors.New("the table is down"), "SM2": sms.ErrClaimed, "SM3": fault.New(fault.Malformed, "no")},
		arrived: map[string]time.Time{"SM5": {}},
	}
	var records []events.SQSMessage
	for n := range 6 {
		records = append(records, queuedMessage(fmt.Sprint(n), now.Add(time.Duration(n)*time.Millisecond), fallbackForm(fmt.Sprint("SM", n), "canary words")))
	}
	var log bytes.Buffer
	if d := cmp.Diff([]string{"1", "2", "5"}, drain(t, d, &log, records...)); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"SM0", "SM4"}, sids(d.texts)); d != "" {
		t.Error(d)
	}
	if strings.Contains(log.String(), "canary") || strings.Contains(log.String(), "2125550171") {
		t.Errorf("a log line tells what was said or by whom:\n%s", log.String())
	}
}

// Anybody may post to the fallback: what Twilio did not sign, or signed for another address, is dropped and counted.
func TestDrainDropsForgeries(t *testing.T) {
	form := fallbackForm("SM1", "canary words")
	forge := map[string]func(*events.SQSMessage){
		"no signature": func(m *events.SQSMessage) { m.MessageAttributes = nil },
		"empty signature": func(m *events.SQSMessage) {
			s := ""
			m.MessageAttributes[twilio.SignatureAttribute] = events.SQSMessageAttribute{StringValue: &s}
		},
		"another address": func(m *events.SQSMessage) {
			s := signed(token, public+"/sms/inbound", form)
			m.MessageAttributes[twilio.SignatureAttribute] = events.SQSMessageAttribute{StringValue: &s}
		},
		"changed":     func(m *events.SQSMessage) { m.Body += "&Body=more" },
		"not a form":  func(m *events.SQSMessage) { m.Body = "{\"canary\": \x01%zz" },
		"empty":       func(m *events.SQSMessage) { m.Body = "" },
		"much larger": func(m *events.SQSMessage) { m.Body = strings.Repeat("x", 70<<10) },
	}
	for name, change := range forge {
		t.Run(name, func(t *testing.T) {
			m := queuedMessage("1", time.Now(), form)
			change(&m)
			d, log := &door{}, &bytes.Buffer{}
			if failed := drain(t, d, log, m); len(failed) > 0 || len(d.texts) > 0 {
				t.Errorf("failed %v, taken %d", failed, len(d.texts))
			}
			if !strings.Contains(log.String(), "a queued text was not signed by Twilio") || strings.Contains(log.String(), "canary") {
				t.Errorf("log: %s", log.String())
			}
		})
	}
	t.Run("signed, but no text", func(t *testing.T) {
		d, log := &door{}, &bytes.Buffer{}
		if failed := drain(t, d, log, queuedMessage("1", time.Now(), [][2]string{{"Hello", "canary"}})); len(failed) > 0 || len(d.texts) > 0 {
			t.Errorf("failed %v, taken %d", failed, len(d.texts))
		}
		if !strings.Contains(log.String(), "could not be read") || strings.Contains(log.String(), "canary") {
			t.Errorf("log: %s", log.String())
		}
	})
}

// Twilio strips the fragment with its connection overrides before it calls and signs, so nothing of it may be needed here.
func TestConnectionOverridesAreNotSigned(t *testing.T) {
	address, _, _ := strings.Cut(public+"/sms/inbound#rc=2&rp=ct,5xx&ct=2000&rt=6000&tt=14000", "#")
	r := request("/sms/inbound", inbound)
	r.Header.Set("X-Twilio-Signature", signed(token, address, inbound))
	if w := serve(&service{}, r); w.Code != 200 {
		t.Errorf("%d", w.Code)
	}
}

func TestDrainStopsInTime(t *testing.T) {
	d := &door{}
	q := twilio.NewQueue(d, d, []string{token}, public, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	out, err := q.Drain(ctx, events.SQSEvent{Records: []events.SQSMessage{queuedMessage("1", time.Now(), fallbackForm("SM1", "2"))}})
	if err != nil || len(out.BatchItemFailures) != 1 || len(d.texts) > 0 {
		t.Errorf("%+v %v", out, err)
	}
}

func FuzzDrain(f *testing.F) {
	f.Add("MessageSid=SM1&From=%2B1", "sig", "1791208800000")
	f.Add("%%%", "", "x")
	f.Fuzz(func(t *testing.T, body, signature, at string) {
		d := &door{}
		m := events.SQSMessage{MessageId: "1", Body: body, Attributes: map[string]string{"SentTimestamp": at}, MessageAttributes: map[string]events.SQSMessageAttribute{
			twilio.SignatureAttribute: {StringValue: &signature},
		}}
		if failed := drain(t, d, &bytes.Buffer{}, m); len(failed) > 0 || len(d.texts) > 0 {
			t.Errorf("a forgery was taken")
		}
	})
}
