package sms_test

import (
	"bufio"
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/sms"
)

// lines are what was logged under a message so far.
func (h *house) lines(message string) []map[string]any {
	h.t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []map[string]any
	for s := bufio.NewScanner(strings.NewReader(h.log.String())); s.Scan(); {
		var line map[string]any
		if err := json.Unmarshal(s.Bytes(), &line); err != nil {
			h.t.Fatal(err)
		}
		if line["msg"] == message {
			out = append(out, line)
		}
	}
	return out
}

// segments is how many were noted so far.
func (h *house) segments() int {
	h.t.Helper()
	n := 0
	for _, line := range h.lines("texts went out") {
		n += int(line["segments"].(float64))
	}
	return n
}

// Alarms count opt-outs and paid segments by these lines, so a text that is delivered again must not count again.
func TestOptOutsAndSegmentsAreNotedOncePerText(t *testing.T) {
	h := light(t)
	paid := 0
	for _, body := range []string{"RIVER", "yes", "STOP"} {
		m, reply := h.text(alice, body), ""
		for range 3 {
			reply = h.deliver(m)
		}
		paid += program.Segments(reply)
	}
	if got := h.segments(); got != paid || paid == 0 {
		t.Errorf("%d segments were noted, and %d went out", got, paid)
	}
	if got := h.lines("a number opted out"); len(got) != 1 {
		t.Errorf("%d opt-outs were noted, not one", len(got))
	}
}

func TestAnInvitationsSegmentsAreNoted(t *testing.T) {
	h, _ := idle(t)
	before := h.segments()
	if _, err := h.invite("care-experience", "k"); err != nil {
		t.Fatal(err)
	}
	if _, err := h.invite("care-experience", "k"); err == nil {
		t.Fatal("a second one went out")
	}
	if got, paid := h.segments()-before, program.Segments(h.sent.bodies[0]); got != paid || paid == 0 {
		t.Errorf("%d segments were noted, and %d went out", got, paid)
	}
}

func TestAnOptOutThatTheCarrierTellsOfIsNotedOnce(t *testing.T) {
	h := joined(t)
	for range 2 {
		if err := h.Status(context.Background(), sms.Receipt{SID: "SM1", Status: "undelivered", Code: sms.OptedOut, To: phi.Hide(alice)}); err != nil {
			t.Fatal(err)
		}
	}
	if got := h.lines("a number opted out"); len(got) != 1 {
		t.Errorf("%d opt-outs were noted, not one", len(got))
	}
}
