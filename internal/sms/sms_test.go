package sms_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/participant"
	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/report"
	"github.com/tellback/tellback/internal/sms"
)

func TestAWholeConversation(t *testing.T) {
	h := open(t)
	ctx := context.Background()
	first := h.text(alice, "my knees hurt since the flood")
	h.deliver(first)
	for _, body := range []string{"RIVER", "yes", "1", "3", "2", "1", "skip", "0"} {
		h.say(alice, body)
	}
	last := h.text(alice, "4")
	if reply := h.deliver(last); !strings.Contains(reply, "https://x.org/r/") {
		t.Errorf("no receipt in %q", reply)
	}
	r, err := h.Desk.Read(ctx, h.Desk.ReceiptFor("sms:"+last.SID+":0"))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for link, vs := range r.Answers.Reveal() {
		got[link] = vs[0].Code
	}
	want := map[string]string{"pain": "medium", "tiredness": "little", "worry": "not", "doing": "could-not"}
	if r.Participant != h.participantID(alice) || r.Questionnaire != "weekly-check-in" || r.Channel != report.SMS || r.Perspective != report.Self {
		t.Errorf("not the report that was told: %s %s %s", r.Questionnaire, r.Channel, r.Perspective)
	}
	for link := range want {
		if got[link] == "" {
			t.Errorf("no answer to %s", link)
		}
	}
	if _, skipped := got["sleep"]; skipped || len(got) != len(want) || got["pain"] != "medium" {
		t.Errorf("answers to %d questions, want %d", len(got), len(want))
	}
	if story, err := h.Desk.Read(ctx, h.Desk.ReceiptFor("sms:"+first.SID+":0")); err != nil || story.Questionnaire != "story" {
		t.Error("the first words did not become a story", err)
	}
	consents, err := h.Registry.Consents(ctx, r.Participant)
	if err != nil || len(consents) != 1 || !consents[0].Given || consents[0].Channel != "sms" || consents[0].Language != "en" || consents[0].TextVersion == "" {
		t.Errorf("the consent's record is %+v (%v)", consents, err)
	}
	p, err := h.Registry.Participant(ctx, r.Participant)
	if err != nil || p.Role != "patient" || p.Attributes["age"] != "40-64" {
		t.Error("not the participant that answered", err)
	}
	schedule, err := h.Registry.Schedule(ctx, p.ID)
	if err != nil || schedule.Next["weekly-check-in"].Before(h.now().Add(6*24*time.Hour)) || schedule.Next["care-experience"].IsZero() {
		t.Errorf("the check-in that was asked at once is due again too soon: %v %v", schedule.Next, err)
	}
}

func TestTheSameTextAgainChangesNothing(t *testing.T) {
	h := open(t)
	var earlier sms.Message
	for _, body := range []string{"hello my knee hurts a lot", "RIVER", "yes", "1", "3", "2", "1", "skip", "0", "4", "my own words about today", "español", "STOP"} {
		m := h.text(alice, body)
		want := h.deliver(m)
		before := h.reports()
		for range 3 {
			if got := h.deliver(m); got != want {
				t.Errorf("%q again: %q, want %q", body, got, want)
			}
		}
		if h.reports() != before {
			t.Errorf("%q again made another report", body)
		}
		if earlier.SID != "" { // a retry that comes after the next text
			h.deliver(earlier)
			if h.reports() != before {
				t.Errorf("a late retry before %q made another report", body)
			}
		}
		earlier = m
	}
	if n := h.reports(); n != 3 {
		t.Errorf("%d reports, want 3", n)
	}
}

func TestSixteenDeliveriesOfOneText(t *testing.T) {
	h := joined(t)
	for _, body := range []string{"2", "1", "3", "0"} {
		h.say(alice, body)
	}
	last := h.text(alice, "4")
	replies := make([]string, 16)
	var wg sync.WaitGroup
	for n := range replies {
		wg.Go(func() {
			r, err := h.Inbound(context.Background(), last)
			if err != nil {
				t.Error(err)
			}
			replies[n] = strings.Join(r, "\n")
		})
	}
	wg.Wait()
	for _, r := range replies {
		if r != replies[0] || r == "" {
			t.Errorf("replies differ: %q and %q", r, replies[0])
		}
	}
	if n := h.reports(); n != 1 {
		t.Errorf("%d reports, want 1", n)
	}
}

func TestManyTextsAtOnceAreAllHeard(t *testing.T) {
	h := joined(t)
	for _, body := range []string{"skip", "skip", "skip", "skip", "skip"} {
		h.say(alice, body)
	}
	var messages []sms.Message
	for n := range 8 {
		messages = append(messages, h.text(alice, fmt.Sprintf("a story of mine, number %d", n)))
	}
	var wg sync.WaitGroup
	for _, m := range messages {
		wg.Go(func() {
			for {
				_, err := h.Inbound(context.Background(), m)
				if err == nil {
					return
				}
				if fault.KindOf(err) != fault.Unavailable {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	if n := h.reports(); n != len(messages) {
		t.Errorf("%d reports of %d texts", n, len(messages))
	}
}

// A crash between any two table calls, before or after the call took effect, is healed by the sender's retry: every
// effect is there once, and the retry's reply is that of an undisturbed delivery.
func TestACrashAnywhereIsHealedByTheRetry(t *testing.T) {
	script := []string{"my knees hurt since the flood", "RIVER", "yes", "1", "3", "2", "1", "3", "0", "4", "a story of my own", "STOP", "START"}
	crashes := 0
	for step := range script {
		for _, after := range []bool{false, true} {
			for call := 1; ; call++ {
				h := light(t)
				for _, body := range script[:step] {
					h.say(alice, body)
				}
				m := h.text(alice, script[step])
				h.faults.at(call, after)
				_, err := h.Inbound(context.Background(), m)
				reached := h.faults.calls >= call
				h.faults.at(0, false)
				if !reached {
					break
				}
				crashes++
				if err == nil {
					continue // recognised its own write: as good as no crash
				}
				reply := h.deliver(m)
				for _, body := range script[step+1:] {
					h.say(alice, body)
				}
				name := fmt.Sprintf("%q, call %d, after %v", script[step], call, after)
				if reply == "" && script[step] != "" {
					t.Errorf("%s: no reply", name)
				}
				if n := h.reports(); n != 3 {
					t.Errorf("%s: %d reports, want 3", name, n)
				}
				if n := h.items("people", "P#", "PARTICIPANT"); n != 1 {
					t.Errorf("%s: %d participants, want 1", name, n)
				}
				if n := h.items("people", "P#", "CONSENT#"); n != 1 {
					t.Errorf("%s: %d consents, want 1", name, n)
				}
				if h.stopped(alice) {
					t.Errorf("%s: stopped after START", name)
				}
			}
		}
	}
	if crashes < 60 {
		t.Errorf("only %d crashes: the wrapper is not in the way of the calls", crashes)
	}
}

// The sender may not retry at all: then the next text finds the outbox and carries it out.
func TestTheNextTextHealsACrashToo(t *testing.T) {
	h := joined(t)
	for _, body := range []string{"2", "1", "3", "0"} {
		h.say(alice, body)
	}
	m := h.text(alice, "4")
	h.faults.at(3, false) // the conversation was read and written; the report was not
	if _, err := h.Inbound(context.Background(), m); err == nil {
		t.Fatal("no crash")
	}
	h.faults.at(0, false)
	if n := h.reports(); n != 0 {
		t.Fatalf("%d reports before the next text", n)
	}
	h.say(alice, "thanks")
	if n := h.reports(); n != 1 {
		t.Errorf("%d reports after the next text, want 1", n)
	}
}

// What intake refuses must neither be retried for ever nor be thanked for.
func TestARefusedReportIsToldKindly(t *testing.T) {
	h := joined(t)
	for _, body := range []string{"2", "1", "3", "0"} {
		h.say(alice, body)
	}
	h.Desk.Now = func() time.Time { return time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC) } // everything is from the future
	m := h.text(alice, "4")
	reply := h.deliver(m)
	if !strings.Contains(reply, "could not keep") || strings.Contains(reply, "/r/") {
		t.Errorf("thanked for what was refused: %q", reply)
	}
	if again := h.deliver(m); again != reply {
		t.Errorf("again: %q, want %q", again, reply)
	}
	h.Desk.Now = h.now
	h.say(alice, "a story after it went wrong")
	if n := h.reports(); n != 1 {
		t.Errorf("%d reports, want 1: the refused one is dropped, the next one kept", n)
	}
}

func TestStrangersAreForgottenAfterADay(t *testing.T) {
	h := open(t)
	h.say(alice, "my knees hurt since the flood")
	h.wait(25 * time.Hour)
	if n, err := h.db.Sweep(context.Background()); err != nil || n != 1 {
		t.Errorf("%d items went after a day (%v), want 1", n, err)
	}
	for _, body := range []string{"RIVER", "yes", "1", "3"} {
		h.say(alice, body)
	}
	if n := h.reports(); n != 0 {
		t.Errorf("%d stories of words that should be forgotten", n)
	}
	h.wait(400 * 24 * time.Hour)
	if reply := h.say(alice, "2"); !strings.Contains(reply, "2/5") {
		t.Errorf("a member was forgotten: %q", reply)
	}
}

func TestStopOutlivesTheConversation(t *testing.T) {
	h := open(t)
	h.say(alice, "stop")
	h.wait(48 * time.Hour)
	if _, err := h.db.Sweep(context.Background()); err != nil {
		t.Fatal(err)
	}
	if reply := h.say(alice, "hello, are you there?"); reply != "" {
		t.Errorf("answered somebody who said STOP: %q", reply)
	}
	if reply := h.say(alice, "START"); reply == "" {
		t.Error("no way back")
	}
	if h.stopped(alice) {
		t.Error("still stopped after START")
	}
}

func TestWhenTwilioHasAnsweredAlready(t *testing.T) {
	optOut := func(h *house, kind, body string) string {
		m := h.text(alice, body)
		m.OptOutType = kind
		return h.deliver(m)
	}
	t.Run("STOP and START", func(t *testing.T) {
		h := joined(t)
		if reply := optOut(h, "STOP", "Stop"); reply != "" || !h.stopped(alice) {
			t.Errorf("STOP: replied %q, stopped %v", reply, h.stopped(alice))
		}
		if reply := optOut(h, "START", "yes"); reply != "" || h.stopped(alice) {
			t.Errorf("START: replied %q, stopped %v", reply, h.stopped(alice))
		}
		if reply := h.say(alice, "2"); !strings.Contains(reply, "2/5") {
			t.Errorf("the open question was lost: %q", reply)
		}
	})
	t.Run("HELP", func(t *testing.T) {
		if reply := optOut(joined(t), "HELP", "help"); reply != "" {
			t.Errorf("answered a second time: %q", reply)
		}
	})
	t.Run("YES that answers our question", func(t *testing.T) {
		h := open(t)
		h.say(alice, "RIVER")
		if reply := optOut(h, "START", "YES"); !strings.Contains(reply, "1 ") {
			t.Errorf("consent was lost: %q", reply)
		}
	})
}

func TestSenders(t *testing.T) {
	for _, c := range []struct {
		name, from string
		replies    bool
		stored     bool
	}{
		{"a person", "+12125550171", true, true},
		{"another country", "+5215512345678", true, true},
		{"short code", "32665", false, false},
		{"a name", "AMAZON", false, false},
		{"nothing", "", false, false},
		{"no number", "+1", true, false},
		{"not digits", "+12x", true, false},
		{"endless", "+" + strings.Repeat("1", 300), true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := open(t)
			if got := h.say(c.from, "hello there, my knee hurts"); (got != "") != c.replies {
				t.Errorf("replied %q", got)
			}
			if stored := h.items("people", "", "") > 0; stored != c.stored {
				t.Errorf("stored is %v, want %v", stored, c.stored)
			}
		})
	}
}

func TestAMessageNeedsASid(t *testing.T) {
	h := open(t)
	for _, sid := range []string{"", "SM\x00", "SM 1", strings.Repeat("S", 65), "SM#1"} {
		if _, err := h.Inbound(context.Background(), sms.Message{SID: sid, From: phi.Hide(alice), Body: phi.Hide("hi")}); fault.KindOf(err) != fault.Malformed {
			t.Errorf("sid %q: %v", sid, err)
		}
	}
}

func TestDespairAlertsOnceAText(t *testing.T) {
	h := joined(t)
	m := h.text(alice, "I want to die")
	if reply := h.deliver(m); !strings.Contains(reply, "988") {
		t.Errorf("replied %q", reply)
	}
	h.deliver(m)
	h.say(alice, "2")
	h.say(alice, "3")
	if d := cmp.Diff([]string{m.SID + ":alert"}, h.alerts.keys); d != "" {
		t.Errorf("alerts (-want +got)\n%s", d)
	}
	if n := h.reports(); n != 1 {
		t.Errorf("%d reports, want the words as a story", n)
	}
}

func TestAFailingAlertDoesNotKeepTheReplyBack(t *testing.T) {
	h := joined(t)
	h.alerts.err = errCrash
	if reply := h.say(alice, "I want to die"); !strings.Contains(reply, "988") {
		t.Errorf("replied %q", reply)
	}
	h.alerts.err = nil
	h.say(alice, "2")
	if len(h.alerts.keys) != 1 {
		t.Errorf("alerts %v, want the one that failed", h.alerts.keys)
	}
}

// Nothing that people say, and no number, is in the tables as it is, nor in the log.
func TestNothingIsReadable(t *testing.T) {
	h := open(t)
	h.say(alice, "canaryword lives in my left knee")
	h.say(alice, "RIVER")
	h.say(alice, "canaryword?")
	h.faults.at(2, false)
	_, err := h.Inbound(context.Background(), h.text(alice, "yes canaryword"))
	h.faults.at(0, false)
	if err == nil || strings.Contains(err.Error(), "canaryword") || strings.Contains(err.Error(), "5550171") {
		t.Errorf("the error says %v", err)
	}
	page, err := h.db.Table("people").Scan(context.Background(), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range page.Items {
		if s := i.Partition + i.Sort + string(i.Body); strings.Contains(s, "canaryword") || strings.Contains(s, "5550171") {
			t.Errorf("readable in %s", i.Sort)
		}
	}
	_ = h.Status(context.Background(), "SM1", "failed canaryword", "canaryword", phi.Hide(alice))
	if strings.Contains(h.log.String(), "canaryword") || strings.Contains(h.log.String(), "5550171") {
		t.Errorf("readable in the log: %s", h.log.String())
	}
}

func TestStatusReceipts(t *testing.T) {
	ctx := context.Background()
	h := joined(t)
	for _, status := range []string{"delivered", "sent", "queued", "delivered"} { // out of order, twice
		if err := h.Status(ctx, "SM1", status, "", phi.Hide(alice)); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.Status(ctx, "SM1", "undelivered", "30003", phi.Hide(alice)); err != nil || h.stopped(alice) {
		t.Error("a phone that was switched off is not STOP", err)
	}
	for range 2 {
		if err := h.Status(ctx, "SM1", "failed", sms.OptedOut, phi.Hide(alice)); err != nil || !h.stopped(alice) {
			t.Error("21610 is STOP", err)
		}
	}
	if reply := h.say(alice, "2"); reply != "" {
		t.Errorf("answered a number that may not be texted: %q", reply)
	}
	h.say(alice, "START")
	if err := h.Status(ctx, "SM2", "failed", sms.OptedOut, phi.Hide(alice)); err != nil || h.stopped(alice) {
		t.Error("a late receipt undid START", err)
	}
	if err := h.Status(ctx, "SM3", "failed", sms.OptedOut, phi.Hide("nonsense")); err != nil {
		t.Error(err)
	}
}

func TestWhoJoinedByOtherWaysIsKnown(t *testing.T) {
	h := open(t)
	p, err := h.Registry.Enrol(context.Background(), participant.Enrolment{
		Key: "web:1", Program: "river", Role: "caregiver", Language: "es", Origin: "known", Number: phi.Hide(alice), At: h.now(),
		Consent: participant.Consent{Program: "river", TextVersion: "1", Language: "es", Channel: "web", At: h.now(), Given: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	m := h.text(alice, "hoy fue un buen rato con mi madre")
	h.deliver(m)
	r, err := h.Desk.Read(context.Background(), h.Desk.ReceiptFor("sms:"+m.SID+":0"))
	if err != nil || r.Participant != p.ID || r.Role != "caregiver" || r.Language != "es" {
		t.Error("not told by the participant of that number", err)
	}
}

// Who left by another way is not held to have stayed by what the conversation remembers.
func TestWhoLeftCanComeBack(t *testing.T) {
	h, id := idle(t)
	if _, err := h.Registry.Update(context.Background(), id, func(p *participant.Participant) { p.Left = h.now() }); err != nil {
		t.Fatal(err)
	}
	if reply := h.say(alice, "a story after I left you all"); !strings.Contains(reply, "could not keep") || h.reports() != 0 {
		t.Errorf("kept the words of somebody who left: %q", reply)
	}
	for _, body := range []string{"RIVER", "yes", "1", "3", "2"} {
		h.say(alice, body)
	}
	p, err := h.Registry.Participant(context.Background(), id)
	if err != nil || !p.Left.IsZero() || h.participantID(alice) != id {
		t.Error("no way back", err)
	}
}
