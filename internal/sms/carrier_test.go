package sms_test

import (
	"context"
	"strings"
	"testing"

	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/sms"
)

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
	t.Run("STOP with words of despair", func(t *testing.T) {
		for name, h := range map[string]*house{"a stranger": open(t), "a member": joined(t)} {
			reply := optOut(h, "STOP", "stop all of this, I want to die")
			if reply != "" || !h.stopped(alice) || len(h.alerts.keys) != 1 {
				t.Errorf("%s: replied %q, stopped %v, %d alerts", name, reply, h.stopped(alice), len(h.alerts.keys))
			}
			if reply := optOut(h, "STOP", "no more, I want to die"); reply != "" || len(h.alerts.keys) != 2 {
				t.Errorf("%s, once more: replied %q, %d alerts", name, reply, len(h.alerts.keys))
			}
		}
	})
	t.Run("STOP in words or languages that only Twilio knows", func(t *testing.T) {
		for _, body := range []string{"arrêt", ""} {
			h := joined(t)
			if optOut(h, "STOP", body) != "" || !h.stopped(alice) {
				t.Errorf("%q: stopped %v", body, h.stopped(alice))
			}
			if optOut(h, "STOP", "start") != "" || !h.stopped(alice) {
				t.Error("what the carrier takes for STOP began the texts again")
			}
		}
	})
	t.Run("HELP with words of despair", func(t *testing.T) {
		h := joined(t)
		if reply := optOut(h, "HELP", "help I want to die"); !strings.Contains(reply, "988") || h.stopped(alice) || len(h.alerts.keys) != 1 {
			t.Errorf("replied %q, stopped %v, %d alerts", reply, h.stopped(alice), len(h.alerts.keys))
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

func TestStatusReceipts(t *testing.T) {
	ctx := context.Background()
	h := joined(t)
	for _, status := range []string{"delivered", "sent", "queued", "delivered"} { // out of order, twice
		if err := h.Status(ctx, sms.Receipt{SID: "SM1", Status: status, Code: "", To: phi.Hide(alice)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.Status(ctx, sms.Receipt{SID: "SM1", Status: "undelivered", Code: "30003", To: phi.Hide(alice)}); err != nil || h.stopped(alice) {
		t.Error("a phone that was switched off is not STOP", err)
	}
	for range 2 {
		if err := h.Status(ctx, sms.Receipt{SID: "SM1", Status: "failed", Code: sms.OptedOut, To: phi.Hide(alice)}); err != nil || !h.stopped(alice) {
			t.Error("21610 is STOP", err)
		}
	}
	if reply := h.say(alice, "2"); reply != "" {
		t.Errorf("answered a number that may not be texted: %q", reply)
	}
	h.say(alice, "START")
	if err := h.Status(ctx, sms.Receipt{SID: "SM2", Status: "failed", Code: sms.OptedOut, To: phi.Hide(alice)}); err != nil || h.stopped(alice) {
		t.Error("a late receipt undid START", err)
	}
	if err := h.Status(ctx, sms.Receipt{SID: "SM3", Status: "failed", Code: sms.OptedOut, To: phi.Hide("nonsense")}); err != nil {
		t.Error(err)
	}
}
