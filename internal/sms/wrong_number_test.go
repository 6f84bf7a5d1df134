package sms_test

import (
	"strings"
	"testing"
	"time"

	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/sms"
)

// Somebody else has the number: they are told once, nothing of the one before reaches them, and START begins afresh.
func TestAWrongNumberLeadsToNobody(t *testing.T) {
	h := joined(t)
	ctx := t.Context()
	for _, body := range []string{"2", "1", "3", "0", "4", "my left knee sings at night"} {
		h.say(alice, body)
	}
	before, told := h.participantID(alice), h.reports()
	h.wait(60 * 24 * time.Hour)
	m := h.text(alice, "Sorry, you have the wrong number")
	reply := h.deliver(m)
	if !strings.Contains(reply, "won't text this number again") || strings.Contains(reply, "River") || !h.stopped(alice) {
		t.Errorf("stopped %v, and told %q", h.stopped(alice), reply)
	}
	if again := h.deliver(m); again != reply {
		t.Errorf("delivered again: %q", again)
	}
	p, err := h.Registry.Participant(ctx, before)
	if err != nil || p.Contact != "" || !p.Left.IsZero() {
		t.Errorf("whoever took part is still linked, or gone: %v", err)
	}
	if id := h.participantID(alice); id != "" {
		t.Error("the number leads to who had it before")
	}
	if err := h.inviteTo(before, "weekly-check-in", "after"); err != sms.ErrLeft {
		t.Errorf("invited: %v", err)
	}
	for _, body := range []string{"wrong number!!", "who are you people, I said this is not her phone", "STOP"} {
		if reply := h.say(alice, body); reply != "" {
			t.Errorf("%q is answered after STOP: %q", body, reply)
		}
	}
	h.wait(time.Hour)
	if reply := h.say(alice, "START"); !strings.Contains(reply, "To join, text RIVER") || strings.Contains(reply, "Welcome back") || h.stopped(alice) {
		t.Errorf("START: %q, stopped %v", reply, h.stopped(alice))
	}
	for _, body := range []string{"RIVER", "yes", "1", "2"} {
		h.say(alice, body)
	}
	if now := h.participantID(alice); now == "" || now == before {
		t.Error("the new owner is not somebody of their own")
	}
	if h.reports() != told {
		t.Errorf("%d reports, want the %d told by who had the number before", h.reports(), told)
	}
	if old, err := h.Registry.Participant(ctx, before); err != nil || old.Contact != "" {
		t.Error("joining brought the old link back", err)
	}
}

// Whatever call fails while a number is parted from its participant, the sender's retry leaves it parted and stopped.
func TestAWrongNumberSurvivesCrashes(t *testing.T) {
	for _, after := range []bool{false, true} {
		for n := 1; ; n++ {
			h := join(light(t))
			before := h.participantID(alice)
			h.wait(24 * time.Hour)
			m := h.text(alice, "wrong number")
			h.faults.at(n, after)
			_, err := h.Inbound(t.Context(), m)
			if err == nil {
				if n < 4 {
					t.Fatalf("call %d was never made", n)
				}
				break
			}
			h.faults.at(0, false)
			if reply := h.deliver(m); !strings.Contains(reply, "won't text this number") {
				t.Errorf("call %d, after %v: told %q", n, after, reply)
			}
			p, err := h.Registry.Participant(t.Context(), before)
			if err != nil || p.Contact != "" || h.participantID(alice) != "" || !h.stopped(alice) {
				t.Errorf("call %d, after %v: linked or not stopped (%v)", n, after, err)
			}
		}
	}
}

// A wish that no carrier knows holds against everything that we send of our own accord.
func TestAWishHoldsForInvitations(t *testing.T) {
	for _, wish := range []string{"please stop texting me", "ya no me manden más mensajes", "别再发短信了", "لا ترسلوا لي رسائل"} {
		h, p := idle(t)
		if reply := h.say(alice, wish); reply == "" || !h.stopped(alice) {
			t.Errorf("%q: stopped %v, told %q", wish, h.stopped(alice), reply)
		}
		h.wait(8 * 24 * time.Hour)
		if err := h.inviteTo(p.ID, "weekly-check-in", "k"); err != sms.ErrOptedOut || len(h.sent.bodies) != 0 {
			t.Errorf("%q: invited (%v), %d texts went out", wish, err, len(h.sent.bodies))
		}
		h.say(alice, "START")
		if err := h.inviteTo(p.ID, "weekly-check-in", "l"); err != nil && err != sms.ErrBusy {
			t.Errorf("%q: not invited after START: %v", wish, err)
		}
	}
}

// The carrier's error for an opted-out number, when we send or in a receipt, is a STOP: nothing more goes out, and a cry
// for help is answered all the same.
func TestTheCarriersStopIsOurs(t *testing.T) {
	for name, refuse := range map[string]func(h *house, id string) error{
		"on send": func(h *house, id string) error {
			h.sent.err = sms.ErrOptedOut
			defer func() { h.sent.err = nil }()
			return h.inviteTo(id, "weekly-check-in", "k")
		},
		"in a receipt": func(h *house, _ string) error {
			return h.Status(t.Context(), sms.Receipt{SID: "SM1", Status: "failed", Code: sms.OptedOut, To: phi.Hide(alice)})
		},
	} {
		h, p := idle(t)
		if err := refuse(h, p.ID); err != nil || !h.stopped(alice) {
			t.Errorf("%s: stopped %v (%v)", name, h.stopped(alice), err)
		}
		if err := h.inviteTo(p.ID, "weekly-check-in", "l"); err != sms.ErrOptedOut {
			t.Errorf("%s: invited: %v", name, err)
		}
		if reply := h.say(alice, "STOP"); reply != "" {
			t.Errorf("%s: STOP is confirmed after the carrier did: %q", name, reply)
		}
		if reply := h.say(alice, "I want to die"); !strings.Contains(reply, "988") || len(h.alerts.keys) != 1 || !h.stopped(alice) {
			t.Errorf("%s: despair is answered with %q, %d alerts", name, reply, len(h.alerts.keys))
		}
		h.wait(time.Hour)
		if reply := h.say(alice, "START"); reply == "" || h.stopped(alice) {
			t.Errorf("%s: no way back", name)
		}
	}
}

// Texts may be ended where the conversation doesn't hear of it, on the receipt page: no invitation goes out, and START by text
// brings them back.
func TestStoppedElsewhere(t *testing.T) {
	h, p := idle(t)
	if err := h.Registry.SetStopped(t.Context(), phi.Hide(alice), true, h.now()); err != nil {
		t.Fatal(err)
	}
	h.wait(8 * 24 * time.Hour)
	if err := h.inviteTo(p.ID, "weekly-check-in", "k"); err != sms.ErrOptedOut || len(h.sent.bodies) != 0 {
		t.Errorf("invited: %v", err)
	}
	if h.say(alice, "START") == "" || h.stopped(alice) {
		t.Error("START did not bring the texts back")
	}
}
