package sms_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/table"
)

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

// What an earlier text did is done already, nearly always. To make sure of it must not cost what doing it did: a write that
// finds the report there is billed like the one that stored it.
func TestTheTextAfterAReportOnlyLooksForIt(t *testing.T) {
	h := joined(t)
	for _, body := range []string{"2", "1", "3", "0", "4"} {
		h.say(alice, body)
	}
	h.faults.at(0, false)
	h.say(alice, "thanks")
	if h.faults.calls != 3 {
		t.Errorf("%d calls, want 3: the conversation read and written, the report looked for", h.faults.calls)
	}
}

// Conversations were first stored as they are, and are read for as long as there may be one.
func TestAConversationStoredInTheFirstFormIsRead(t *testing.T) {
	h, ctx := light(t), context.Background()
	pseudonym := h.Registry.ContactPseudonym(phi.Hide(alice))
	secret, err := h.Keys.Seal("conversation:"+pseudonym, []byte(`{"session":{"stopped":true},"recent":[{"sid":"SM1","replies":["as before"]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(map[string][]byte{"sealed": secret})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.People.Write(ctx, table.Put(table.Item{Key: table.Key{Partition: "C#" + pseudonym, Sort: "CONVERSATION"}, Body: body})); err != nil {
		t.Fatal(err)
	}
	again := h.text(alice, "STOP")
	again.SID = "SM1"
	if reply := h.deliver(again); reply != "as before" {
		t.Errorf("the same text again: %q", reply)
	}
	for range 2 { // as it was stored, and as it is stored now
		if reply := h.say(alice, "hello"); reply != "" {
			t.Errorf("after STOP: %q", reply)
		}
	}
}
