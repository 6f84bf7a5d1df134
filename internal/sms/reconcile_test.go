package sms_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/sms"
)

// post is a gateway's list of what it received.
type post struct {
	texts []sms.Received
	err   error
}

func (p *post) Received(_ context.Context, from, until time.Time) (out []sms.Received, err error) {
	for n := len(p.texts) - 1; n >= 0; n-- { // newest first, as Twilio has it
		if t := p.texts[n]; !t.Handed.Before(from) && t.Handed.Before(until) {
			out = append(out, t)
		}
	}
	return out, p.err
}

// reconciling is a house with somebody in it, its gateway's list, and a first run made.
type reconciling struct {
	*house
	post *post
	c    *sms.Reconciler
}

func reconciler(t *testing.T) *reconciling {
	t.Helper()
	h := joined(t)
	p := &post{}
	r := &reconciling{h, p, &sms.Reconciler{Service: h.Service, Post: p, Table: h.Service.People}}
	if sum, err := r.c.Run(context.Background(), h.now()); err != nil || sum.Listed > 0 {
		t.Fatal(sum, err)
	}
	h.wait(time.Minute)
	return r
}

// receive puts a text into the gateway's list.
func (r *reconciling) receive(from, body string) sms.Message {
	m := r.held(from, body, 0)
	r.post.texts = append(r.post.texts, sms.Received{Message: m, Handed: m.Sent})
	return m
}

func (r *reconciling) run(want sms.Reconciled) {
	r.t.Helper()
	got, err := r.c.Run(context.Background(), r.now())
	if err != nil {
		r.t.Fatal(err)
	}
	if d := cmp.Diff(want, got, cmpopts.IgnoreFields(sms.Reconciled{}, "Until")); d != "" {
		r.t.Errorf("(-want +got)\n%s", d)
	}
}

func TestReconciliationTakesWhatNeverCameIn(t *testing.T) {
	r := reconciler(t)
	served := r.receive(alice, "2")
	r.deliver(served)
	r.wait(time.Minute)
	r.receive(alice, "1") // lost
	r.receive("+12125550172", "RIVER")
	queued := r.receive("+12125550173", "RIVER")
	r.run(sms.Reconciled{}) // their webhooks may still be under way
	r.wait(5 * time.Minute)
	r.fallback(queued)
	r.run(sms.Reconciled{Listed: 4, Taken: 2})
	if n := len(r.sent.bodies); n != 3 {
		t.Fatalf("%d replies: %q", n, r.sent.bodies)
	}
	if reply := r.say(alice, "0"); !strings.Contains(reply, "4/5") {
		t.Errorf("the lost answer was not taken: %q", reply)
	}
	r.wait(4 * time.Minute)
	r.run(sms.Reconciled{Listed: 4}) // runs overlap
	r.wait(time.Hour)
	r.run(sms.Reconciled{})
	if n := len(r.sent.bodies); n != 3 {
		t.Errorf("%d replies: %q", n, r.sent.bodies)
	}
}

func TestReconciliationCatchesUpAfterALongTime(t *testing.T) {
	r := reconciler(t)
	for n := range 6 {
		r.receive(fmt.Sprint("+1212555018", n), "RIVER")
		r.wait(12 * time.Hour)
	}
	r.run(sms.Reconciled{Listed: 6, Taken: 6})
	r.wait(10 * time.Minute)
	r.run(sms.Reconciled{})
}

func TestWhatCannotBeTakenNowHoldsTheMarkAndNothingElse(t *testing.T) {
	r := reconciler(t)
	first := r.receive(alice, "2")
	r.wait(time.Minute)
	second := r.receive("+12125550172", "RIVER")
	r.wait(10 * time.Minute)
	r.sent.err = fault.New(fault.Unavailable, "down")
	r.run(sms.Reconciled{Listed: 2, Failed: 2})
	r.sent.err = nil
	r.wait(10 * time.Minute)
	r.run(sms.Reconciled{Listed: 2, Taken: 2})
	r.wait(20 * time.Minute)
	r.run(sms.Reconciled{})
	for _, m := range []sms.Message{first, second} {
		if got := r.fallback(m); got != sms.Known {
			t.Error(got)
		}
	}
	if len(r.sent.bodies) != 2 {
		t.Errorf("sent %q", r.sent.bodies)
	}

	r.receive(alice, "1")
	r.sent.err = fault.New(fault.Unavailable, "down")
	r.wait(10 * time.Minute)
	r.run(sms.Reconciled{Listed: 1, Failed: 1})
	r.wait(72 * time.Hour)
	r.run(sms.Reconciled{Listed: 1, GivenUp: 1})
	r.wait(time.Hour)
	r.run(sms.Reconciled{})
}

func TestTheListMayFailOrHide(t *testing.T) {
	r := reconciler(t)
	m := r.receive(alice, "2")
	r.post.texts[0].Redacted = true
	r.wait(10 * time.Minute)
	r.post.err = errors.New("down")
	if _, err := r.c.Run(context.Background(), r.now()); err == nil {
		t.Error("a failing list went unnoticed")
	}
	r.post.err = nil
	r.run(sms.Reconciled{Listed: 1, Redacted: 1})
	if len(r.sent.bodies) > 0 {
		t.Errorf("sent %q", r.sent.bodies)
	}
	if !strings.Contains(r.log.String(), "keeps no words") || strings.Contains(r.log.String(), alice[2:]) {
		t.Errorf("log: %s", r.log)
	}
	r.fallback(m) // the queue still can
	if len(r.sent.bodies) != 1 {
		t.Errorf("sent %q", r.sent.bodies)
	}
}

// A run that is out of time says how far it came, and the next one goes on there.
func TestARunStopsInTime(t *testing.T) {
	r := reconciler(t)
	r.receive(alice, "2")
	r.wait(10 * time.Minute)
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if sum, err := r.c.Run(ctx, r.now()); err != nil || sum.Taken > 0 {
		t.Errorf("%+v %v", sum, err)
	}
	r.run(sms.Reconciled{Listed: 1, Taken: 1})
}

// Wherever a run crashes, the next ones heal it.
func TestACrashAnywhereInARunIsHealed(t *testing.T) {
	crashes := 0
	for _, after := range []bool{false, true} {
		for call := 1; ; call++ {
			r := reconciler(t)
			r.receive(alice, "2")
			r.receive("+12125550172", "RIVER")
			r.wait(10 * time.Minute)
			r.faults.at(call, after)
			_, _ = r.c.Run(context.Background(), r.now())
			reached := r.faults.calls >= call
			r.faults.at(0, false)
			if !reached {
				break
			}
			crashes++
			for range 2 {
				r.wait(5 * time.Minute)
				if _, err := r.c.Run(context.Background(), r.now()); err != nil {
					t.Error(err)
				}
			}
			if len(r.sent.bodies) != 2 {
				t.Errorf("call %d, after %v: sent %q", call, after, r.sent.bodies)
			}
		}
	}
	if crashes < 12 {
		t.Errorf("only %d crashes", crashes)
	}
}
