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

// What has no word in it is a story too, before somebody joins and after, and the desk takes it.
func TestEmojiAreAStory(t *testing.T) {
	h := open(t)
	before := h.text(alice, "😭😭😭")
	h.deliver(before)
	for _, body := range []string{"RIVER", "yes", "1", "3", "2", "1", "skip", "0", "4"} {
		h.say(alice, body)
	}
	after := h.text(alice, "💔 😢 💊")
	h.deliver(after)
	for _, m := range []sms.Message{before, after} {
		r, err := h.Desk.Read(t.Context(), h.Desk.ReceiptFor("sms:"+m.SID+":0"))
		if err != nil {
			t.Fatal(err)
		}
		if r.Questionnaire != "story" || r.Answers.Reveal()["story"][0].Text != m.Body.Reveal() {
			t.Errorf("%q did not become a story of %s", m.Body.Reveal(), r.Questionnaire)
		}
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
	if reply := h.say(alice, "start"); !strings.Contains(reply, "0 No pain") {
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
	_ = h.Status(context.Background(), sms.Receipt{SID: "SM1", Status: "failed canaryword", Code: "canaryword", To: phi.Hide(alice)})
	if strings.Contains(h.log.String(), "canaryword") || strings.Contains(h.log.String(), "5550171") {
		t.Errorf("readable in the log: %s", h.log.String())
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
	h, before := idle(t)
	id := before.ID
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
