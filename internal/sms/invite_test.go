package sms_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/tellback/tellback/internal/participant"
	"github.com/tellback/tellback/internal/sms"
)

// idle is a house in which alice takes part and has nothing open.
func idle(t testing.TB) (*house, string) {
	h := join(light(t))
	for range 5 {
		h.say(alice, "skip")
	}
	return h, h.participantID(alice)
}

func TestInvite(t *testing.T) {
	ctx := context.Background()
	h, id := idle(t)
	if err := h.Invite(ctx, id, "care-experience", "k1"); err != nil {
		t.Fatal(err)
	}
	if len(h.sent.bodies) != 1 || !strings.Contains(h.sent.bodies[0], "1/") {
		t.Fatalf("sent %q", h.sent.bodies)
	}
	if err := h.Invite(ctx, id, "care-experience", "k1"); err != nil || len(h.sent.bodies) != 1 {
		t.Error("the same key sent again", err)
	}
	if free, err := h.Free(ctx, id, "weekly-check-in"); err != nil || free {
		t.Error("free in the middle of a questionnaire", err)
	}
	if err := h.Invite(ctx, id, "weekly-check-in", "k2"); !errors.Is(err, sms.ErrBusy) {
		t.Errorf("in the middle of a questionnaire: %v", err)
	}
	if n := h.items("reports", "P#", "S#river#care-experience#"); n != 1 {
		t.Errorf("%d standings say that they were invited, want 1", n)
	}
	if reply := h.say(alice, "1"); !strings.Contains(reply, "2/") {
		t.Errorf("the answer to the invitation was not understood: %q", reply)
	}
}

func TestInviteRefuses(t *testing.T) {
	ctx := context.Background()
	t.Run("who said STOP", func(t *testing.T) {
		h, id := idle(t)
		h.say(alice, "STOP")
		if err := h.Invite(ctx, id, "care-experience", "k"); !errors.Is(err, sms.ErrOptedOut) {
			t.Error(err)
		}
	})
	t.Run("who left", func(t *testing.T) {
		h, id := idle(t)
		if _, err := h.Registry.Update(ctx, id, func(p *participant.Participant) { p.Left = h.now() }); err != nil {
			t.Fatal(err)
		}
		if err := h.Invite(ctx, id, "care-experience", "k"); !errors.Is(err, sms.ErrLeft) {
			t.Error(err)
		}
	})
	t.Run("whom the carrier knows to have opted out", func(t *testing.T) {
		h, id := idle(t)
		h.sent.err = fmt.Errorf("no: %w", sms.ErrOptedOut)
		if err := h.Invite(ctx, id, "care-experience", "k"); !errors.Is(err, sms.ErrOptedOut) || !h.stopped(alice) {
			t.Error("not taken for STOP", err)
		}
	})
	t.Run("a questionnaire that the program has not", func(t *testing.T) {
		h, id := idle(t)
		if err := h.Invite(ctx, id, "nothing", "k"); err == nil || len(h.sent.bodies) > 0 {
			t.Error("invited to nothing")
		}
	})
}

// Whatever crashes, a key is never sent twice.
func TestInviteSendsAtMostOnce(t *testing.T) {
	ctx := context.Background()
	for _, after := range []bool{false, true} {
		for call := 1; ; call++ {
			h, id := idle(t)
			h.faults.at(call, after)
			err := h.Invite(ctx, id, "care-experience", "k")
			reached := h.faults.calls >= call
			h.faults.at(0, false)
			if !reached {
				break
			}
			if err != nil {
				if err := h.Invite(ctx, id, "care-experience", "k"); err != nil {
					t.Errorf("call %d, after %v: %v", call, after, err)
				}
			}
			if n := len(h.sent.bodies); n > 1 {
				t.Errorf("call %d, after %v: sent %d times", call, after, n)
			}
		}
	}
	h, id := idle(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { _ = h.Invite(ctx, id, "care-experience", "k") })
	}
	wg.Wait()
	if n := len(h.sent.bodies); n != 1 {
		t.Errorf("eight at once sent %d times", n)
	}
}
