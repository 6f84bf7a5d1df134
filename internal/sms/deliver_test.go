package sms_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/sms"
)

// held is a text that reached the carrier some time ago.
func (h *house) held(from, body string, ago time.Duration) sms.Message {
	m := h.text(from, body)
	m.Sent = h.now().Add(-ago).Truncate(time.Second)
	return m
}

func (h *house) fallback(m sms.Message) sms.Taken {
	h.t.Helper()
	taken, err := h.Fallback(context.Background(), m)
	if err != nil {
		h.t.Fatal(err)
	}
	return taken
}

func TestATextWhoseWebhookFailedIsTakenAndAnsweredOnce(t *testing.T) {
	ctx := context.Background()
	t.Run("the webhook never reached us", func(t *testing.T) {
		h := joined(t)
		h.wait(time.Minute)
		m := h.held(alice, "2", 20*time.Second)
		for n, want := range []sms.Taken{sms.Answered, sms.Known, sms.Known} {
			if got := h.fallback(m); got != want {
				t.Errorf("delivery %d: %s, want %s", n+1, got, want)
			}
		}
		if len(h.sent.bodies) != 1 || !strings.Contains(h.sent.bodies[0], "2/5") {
			t.Errorf("sent %q", h.sent.bodies)
		}
		if replies, err := h.Inbound(ctx, m); err != nil || len(replies) > 0 {
			t.Errorf("answered once more when the webhook came after all: %q %v", replies, err)
		}
	})
	t.Run("the webhook was served, but its answer was lost", func(t *testing.T) {
		h := joined(t)
		h.wait(time.Minute)
		m := h.held(alice, "2", 20*time.Second)
		lost := h.deliver(m)
		for range 3 {
			h.fallback(m)
		}
		if d := cmp.Diff([]string{lost}, h.sent.bodies); d != "" {
			t.Errorf("-lost +sent:\n%s", d)
		}
	})
	t.Run("the webhook's answer went out in spite of all", func(t *testing.T) {
		h := joined(t)
		h.wait(time.Minute)
		m := h.held(alice, "2", 20*time.Second)
		reply := h.deliver(m)
		if _, err := h.sent.Send(ctx, phi.Hide(alice), "Sent from a trial account - "+strings.ReplaceAll(reply, "/", "-")); err != nil {
			t.Fatal(err)
		}
		h.fallback(m)
		if len(h.sent.bodies) != 1 {
			t.Errorf("answered twice: %q", h.sent.bodies)
		}
	})
	t.Run("found in the carrier's list", func(t *testing.T) {
		h := joined(t)
		h.wait(10 * time.Minute)
		served, missed := h.held(alice, "2", 9*time.Minute), h.held(alice, "1", 5*time.Minute)
		h.Service.Now = func() time.Time { return h.now().Add(-9 * time.Minute) }
		h.deliver(served)
		h.Service.Now = h.now
		for n, want := range []sms.Taken{sms.Known, sms.Answered, sms.Known, sms.Known} {
			got, err := h.Missed(ctx, []sms.Message{served, missed}[n%2])
			if err != nil || got != want {
				t.Errorf("%d: %s, want %s (%v)", n, got, want, err)
			}
		}
		if len(h.sent.bodies) != 1 || !strings.Contains(h.sent.bodies[0], "3/5") {
			t.Errorf("sent %q", h.sent.bodies)
		}
	})
	t.Run("a short code is nobody", func(t *testing.T) {
		h := joined(t)
		if got := h.fallback(h.held("72345", "WIN", time.Minute)); got != sms.Ignored || len(h.sent.bodies) > 0 {
			t.Errorf("%s, sent %q", got, h.sent.bodies)
		}
	})
}

// Long after a text left the few that are remembered with their replies, it is still known.
func TestATextIsKnownForTwoDays(t *testing.T) {
	h := joined(t)
	first := h.held(alice, "the well ran dry again this morning and we walked far", 0)
	h.deliver(first)
	for n := range 40 {
		h.wait(time.Hour)
		h.say(alice, fmt.Sprint("hello ", n))
	}
	if got, err := h.Missed(context.Background(), first); err != nil || got != sms.Known {
		t.Errorf("%s %v", got, err)
	}
	h.wait(time.Hour)
	lost := h.held(alice, "the pump is broken", 30*time.Minute)
	if got, err := h.Missed(context.Background(), lost); err != nil || got != sms.Answered {
		t.Errorf("%s %v", got, err)
	}
}

// outcome is everything that a text may have changed.
type outcome struct {
	Reports, Participants, Consents int
	Stopped                         bool
	Alerts                          int
	Sent                            []string
}

func (h *house) outcome() outcome {
	h.t.Helper()
	o := outcome{Reports: h.reports(), Participants: h.items("people", "P#", "PARTICIPANT"), Consents: h.items("people", "P#", "CONSENT#"), Stopped: h.stopped(alice)}
	o.Alerts = len(slices.Compact(slices.Clone(h.alerts.keys))) // of one text there may be several, with one key
	for _, body := range h.sent.bodies {
		before, _, _ := strings.Cut(body, "/r/") // each house has receipts of its own
		o.Sent = append(o.Sent, before)
	}
	return o
}

// Whatever became of the webhook, and wherever the drain crashed, before or after the call that it made: once a later
// delivery has succeeded, the text has had its one effect, and each of its replies has gone out once.
func TestACrashAnywhereInTheDrainIsHealed(t *testing.T) {
	script := []string{"my knees hurt since the flood", "RIVER", "yes", "1", "3", "2", "1", "3", "0", "4", "a story of my own", "I want to die", "STOP"}
	ways := map[string]func(*house, sms.Message) error{
		"webhook lost": func(h *house, m sms.Message) error { _, err := h.Fallback(context.Background(), m); return err },
		"webhook done, reply lost": func(h *house, m sms.Message) error {
			if _, err := h.Inbound(context.Background(), m); err != nil {
				return err
			}
			_, err := h.Fallback(context.Background(), m)
			return err
		},
		"found in the list": func(h *house, m sms.Message) error { _, err := h.Missed(context.Background(), m); return err },
	}
	crashes := 0
	for way, deliver := range ways {
		for step := range script {
			prepare := func() (*house, sms.Message) {
				h := light(t)
				for _, body := range script[:step] {
					h.wait(time.Minute)
					h.say(alice, body)
				}
				h.wait(time.Minute)
				return h, h.held(alice, script[step], 10*time.Second)
			}
			h, m := prepare()
			if err := deliver(h, m); err != nil {
				t.Fatal(way, script[step], err)
			}
			want := h.outcome()
			for _, after := range []bool{false, true} {
				for call := 1; ; call++ {
					h, m := prepare()
					h.faults.at(call, after)
					err := deliver(h, m)
					reached := h.faults.calls >= call
					h.faults.at(0, false)
					if !reached {
						break
					}
					crashes++
					name := fmt.Sprintf("%s, %q, call %d, after %v", way, script[step], call, after)
					if err != nil && way != "found in the list" {
						// At once, as when the queue delivers twice: it must wait, or do no harm.
						if _, err := h.Fallback(context.Background(), m); err != nil && !errors.Is(err, sms.ErrClaimed) {
							t.Errorf("%s: %v", name, err)
						}
					}
					h.wait(3 * time.Minute)
					for range 2 {
						if way != "found in the list" {
							h.fallback(m)
						}
						if _, err := h.Missed(context.Background(), m); err != nil {
							t.Errorf("%s: %v", name, err)
						}
					}
					if d := cmp.Diff(want, h.outcome()); d != "" {
						t.Errorf("%s (-undisturbed +healed):\n%s", name, d)
					}
				}
			}
		}
	}
	if crashes < 300 {
		t.Errorf("only %d crashes: the wrapper is not in the way of the calls", crashes)
	}
}

// Deliveries of one text that run at the same moment, by every way there is, have one effect and one reply.
func TestDeliveriesThatRaceHaveOneEffect(t *testing.T) {
	for round := range 20 {
		h := join(light(t))
		for _, body := range []string{"2", "1", "3", "0"} {
			h.wait(time.Minute)
			h.say(alice, body)
		}
		h.wait(time.Minute)
		m := h.held(alice, "4", 20*time.Second)
		h.Pause = func(context.Context, int) error { return nil }
		var all sync.WaitGroup
		for n := range 9 {
			all.Go(func() {
				switch n % 3 {
				case 0:
					_, _ = h.Fallback(context.Background(), m)
				case 1:
					_, _ = h.Missed(context.Background(), m)
				case 2:
					_, _ = h.Inbound(context.Background(), m) // its answer is lost
				}
			})
		}
		all.Wait()
		h.wait(2 * time.Minute)
		h.fallback(m)
		if n := h.reports(); n != 1 {
			t.Errorf("round %d: %d reports, want 1", round, n)
		}
		if len(h.sent.bodies) != 1 || !strings.Contains(h.sent.bodies[0], "/r/") {
			t.Errorf("round %d: sent %q", round, h.sent.bodies)
		}
	}
}

// While one delivery is sending, others of the same text keep away from it, also where the first one was late itself.
func TestOthersWaitForWhoeverIsSending(t *testing.T) {
	ctx := context.Background()
	for name, before := range map[string]func(*house, sms.Message){
		"never taken":          func(*house, sms.Message) {},
		"taken by the webhook": func(h *house, m sms.Message) { h.deliver(m) },
		"after a claim that lapsed": func(h *house, m sms.Message) {
			h.sent.err = fault.New(fault.Unavailable, "down")
			if _, err := h.Fallback(ctx, m); err == nil {
				h.t.Fatal("nothing failed")
			}
			h.sent.err = nil
			h.wait(2 * time.Minute)
		},
	} {
		h := joined(t)
		h.wait(time.Minute)
		m := h.held(alice, "2", 20*time.Second)
		before(h, m)
		others := 0
		h.sent.during = func() {
			for range 2 {
				if _, err := h.Fallback(ctx, m); errors.Is(err, sms.ErrClaimed) {
					others++
				}
				if _, err := h.Missed(ctx, m); errors.Is(err, sms.ErrClaimed) {
					others++
				}
			}
		}
		h.fallback(m)
		if others != 4 || len(h.sent.bodies) != 1 {
			t.Errorf("%s: %d of 4 waited, sent %q", name, others, h.sent.bodies)
		}
	}
}

// Several texts of one person come out of the queue in any order and more than once. What they mean depends on when they
// were sent, not on the order: an impatient second answer to the first question is never taken for the second question's.
func TestOrderInTheQueueDoesNotMixUpAnswers(t *testing.T) {
	dice := rand.New(rand.NewPCG(1, 2))
	for round := range 60 {
		h := join(light(t))
		h.wait(10 * time.Minute)
		texts := []sms.Message{
			h.held(alice, "2", 5*time.Minute), h.held(alice, "2", 4*time.Minute), h.held(alice, "hello?", 3*time.Minute),
			h.held(alice, "2", 2*time.Minute), h.held(alice, "the road was closed again and I could not get there at all", time.Minute),
		}
		queue := slices.Concat(texts, texts)
		dice.Shuffle(len(queue), func(i, j int) { queue[i], queue[j] = queue[j], queue[i] })
		for _, m := range queue {
			h.wait(time.Second)
			h.fallback(m)
		}
		for _, body := range []string{"3", "4", "1", "0"} { // the other four questions, asked and answered in turn
			h.wait(time.Minute)
			h.say(alice, body)
		}
		if n := h.reports(); n != 2 {
			t.Fatalf("round %d: %d reports, want the check-in and the story", round, n)
		}
		if len(h.sent.bodies) != len(texts) {
			t.Errorf("round %d: %d replies to %d texts", round, len(h.sent.bodies), len(texts))
		}
	}
}

func TestStopInTheQueue(t *testing.T) {
	t.Run("counts however late it comes, and silences what is owed from before", func(t *testing.T) {
		h := joined(t)
		h.wait(time.Hour)
		answer, stop := h.held(alice, "2", 50*time.Minute), h.held(alice, "please stop texting me", 40*time.Minute)
		h.fallback(stop)
		h.fallback(answer)
		if !h.stopped(alice) {
			t.Error("not stopped")
		}
		if len(h.sent.bodies) != 1 || !strings.Contains(h.sent.bodies[0], "START") {
			t.Errorf("sent %q", h.sent.bodies)
		}
	})
	t.Run("a reply that was owed is not sent after STOP", func(t *testing.T) {
		h := joined(t)
		h.wait(time.Minute)
		m := h.held(alice, "2", 10*time.Second)
		h.deliver(m) // its answer was lost
		h.say(alice, "STOP")
		h.fallback(m)
		if len(h.sent.bodies) != 0 {
			t.Errorf("texted somebody who said STOP: %q", h.sent.bodies)
		}
	})
	t.Run("does not undo START from after it", func(t *testing.T) {
		h := joined(t)
		h.say(alice, "STOP")
		h.wait(time.Minute)
		h.say(alice, "START")
		h.wait(time.Minute)
		h.fallback(h.held(alice, "STOP", 90*time.Second))
		if h.stopped(alice) {
			t.Error("START was undone")
		}
	})
	t.Run("the carrier has told already that they opted out", func(t *testing.T) {
		h := joined(t)
		h.wait(time.Minute)
		h.sent.err = fmt.Errorf("no: %w", sms.ErrOptedOut)
		m := h.held(alice, "2", 10*time.Second)
		h.fallback(m)
		if !h.stopped(alice) {
			t.Error("not noted")
		}
		if got := h.fallback(m); got != sms.Known {
			t.Errorf("tried again: %s", got)
		}
	})
}
