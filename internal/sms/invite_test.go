package sms_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/participant"
	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/sms"
	"github.com/tellback/tellback/internal/table"
)

// idle is a house in which alice takes part and has nothing open.
func idle(t testing.TB) (*house, participant.Participant) {
	h := join(light(t))
	for range 5 {
		h.say(alice, "skip")
	}
	return h, h.alice()
}

// alice is who she is in River.
func (h *house) alice() participant.Participant {
	h.t.Helper()
	p, err := h.Registry.Participant(context.Background(), h.participantID(alice))
	if err != nil {
		h.t.Fatal(err)
	}
	return p
}

// invite composes an invitation and posts it.
func (h *house) invite(questionnaire, key string) (sms.Posted, error) {
	h.t.Helper()
	return h.post(h.alice(), questionnaire, key)
}

func (h *house) post(to participant.Participant, questionnaire, key string) (sms.Posted, error) {
	ctx := context.Background()
	l, err := h.Compose(ctx, sms.Occasion{Key: key, Participant: to, Questionnaire: questionnaire})
	if err != nil {
		return sms.Posted{}, err
	}
	return h.Post(ctx, l, time.Hour)
}

// inviteTo invites a participant by id.
func (h *house) inviteTo(id, questionnaire, key string) error {
	h.t.Helper()
	p, err := h.Registry.Participant(context.Background(), id)
	if err != nil {
		h.t.Fatal(err)
	}
	_, err = h.post(p, questionnaire, key)
	return err
}

// unsettled are the texts about which something is to be done.
func (h *house) unsettled() (all []sms.Text) {
	h.t.Helper()
	for shard := range participant.Shards {
		texts, _, err := h.Unsettled(context.Background(), shard, h.now(), "")
		if err != nil {
			h.t.Fatal(err)
		}
		all = append(all, texts...)
	}
	return all
}

// settle does what outreach does with texts of before, as if nothing else kept it from trying them again.
func (h *house) settleAll() {
	h.t.Helper()
	ctx := context.Background()
	for _, t := range h.unsettled() {
		again, err := h.Settle(ctx, t)
		if err != nil {
			h.t.Fatal(err)
		}
		if !again {
			continue
		}
		l, err := h.Again(ctx, t, h.alice())
		if errors.Is(err, sms.ErrMoot) || errors.Is(err, sms.ErrLost) {
			err = h.Abandon(ctx, t)
		} else if err == nil {
			_, err = h.Post(ctx, l, time.Hour)
		}
		if err != nil {
			h.t.Fatal(err)
		}
	}
}

func TestInvite(t *testing.T) {
	h, _ := idle(t)
	if got, err := h.invite("care-experience", "k1"); err != nil || got.Taken != 1 {
		t.Fatal(got, err)
	}
	if len(h.sent.bodies) != 1 || !strings.Contains(h.sent.bodies[0], "1/") {
		t.Fatalf("sent %q", h.sent.bodies)
	}
	if _, err := h.invite("care-experience", "k1"); !errors.Is(err, table.ErrConflict) || len(h.sent.bodies) != 1 {
		t.Error("the same key was sent again", err)
	}
	if _, err := h.invite("weekly-check-in", "k2"); !errors.Is(err, sms.ErrBusy) {
		t.Errorf("in the middle of a questionnaire: %v", err)
	}
	if n := h.items("reports", "P#", "S#river#care-experience#"); n != 1 {
		t.Errorf("%d standings say that they were invited, want 1", n)
	}
	if reply := h.say(alice, "1"); !strings.Contains(reply, "2/") {
		t.Errorf("the answer to the invitation was not understood: %q", reply)
	}
	if n := len(h.unsettled()); n != 0 {
		t.Errorf("%d texts are left to look at", n)
	}
}

func TestInviteRefuses(t *testing.T) {
	ctx := context.Background()
	for _, c := range []struct {
		name string
		do   func(*house)
		want error
	}{
		{"who said STOP", func(h *house) { h.say(alice, "STOP") }, sms.ErrOptedOut},
		{"who said PAUSE", func(h *house) { h.say(alice, "pause") }, sms.ErrPaused},
		{"who left", func(h *house) {
			if _, err := h.Registry.Update(ctx, h.alice().ID, func(p *participant.Participant) { p.Left = h.now() }); err != nil {
				h.t.Fatal(err)
			}
		}, sms.ErrLeft},
		{"a number that is no mobile phone", func(h *house) {
			if err := h.Registry.Failing(ctx, h.alice().Contact, "30006", true, h.now().Add(time.Second)); err != nil {
				h.t.Fatal(err)
			}
		}, sms.ErrLost},
	} {
		h, _ := idle(t)
		c.do(h)
		if _, err := h.invite("care-experience", "k"); !errors.Is(err, c.want) || len(h.sent.bodies) > 0 {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	h, _ := idle(t)
	if _, err := h.invite("nothing", "k"); err == nil || len(h.sent.bodies) > 0 {
		t.Error("invited to nothing")
	}
}

// STOP, PAUSE or any other text between writing and claiming wins: the claim rests on what was so.
func TestTheLastMomentCounts(t *testing.T) {
	ctx := context.Background()
	for _, text := range []string{"STOP", "PAUSE", "my knees hurt"} {
		for _, kind := range []participant.Kind{participant.Invite, participant.Lesson} {
			h, p := idle(t)
			p.Lessons = true
			l, err := h.Compose(ctx, sms.Occasion{Key: "k", Kind: kind, Participant: p, Questionnaire: "care-experience", Words: "News."})
			if err != nil {
				t.Fatal(err)
			}
			h.say(alice, text)
			if _, err := h.Post(ctx, l, time.Hour); !errors.Is(err, table.ErrConflict) || len(h.sent.bodies) > 0 {
				t.Errorf("%s: %v, sent %q", text, err, h.sent.bodies)
			}
		}
	}
	h, p := idle(t)
	l, err := h.Compose(ctx, sms.Occasion{Key: "k", Participant: p, Questionnaire: "care-experience"})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Registry.SetStopped(ctx, phi.Hide(alice), true, h.now()); err != nil { // by another way than a text
		t.Fatal(err)
	}
	if _, err := h.Post(ctx, l, time.Hour); !errors.Is(err, table.ErrConflict) || len(h.sent.bodies) > 0 {
		t.Errorf("%v, sent %q", err, h.sent.bodies)
	}
}

func TestPauseEnds(t *testing.T) {
	h, _ := idle(t)
	h.say(alice, "PAUSE")
	h.wait(13 * 24 * time.Hour)
	if _, err := h.invite("care-experience", "k1"); !errors.Is(err, sms.ErrPaused) {
		t.Error(err)
	}
	h.wait(25 * time.Hour)
	if got, err := h.invite("care-experience", "k2"); err != nil || got.Taken != 1 {
		t.Error("after two weeks:", got, err)
	}
	h, _ = idle(t)
	h.say(alice, "pause")
	for range 5 {
		h.say(alice, "START")
		h.say(alice, "skip")
	}
	for range 5 {
		h.say(alice, "skip")
	}
	if got, err := h.invite("care-experience", "k"); err != nil || got.Taken != 1 {
		t.Error("START did not end the pause:", got, err)
	}
}

// Whatever crashes, whenever: a text goes out once, not more, and not less where the gateway's list tells what became of it.
func TestACrashInAPostIsSettled(t *testing.T) {
	for _, after := range []bool{false, true} {
		for call := 1; ; call++ {
			h, p := idle(t)
			ctx := context.Background()
			l, err := h.Compose(ctx, sms.Occasion{Key: "k", Participant: p, Questionnaire: "care-experience"})
			if err != nil {
				t.Fatal(err)
			}
			h.faults.at(call, after)
			h.faults.dead = true
			_, err = h.Post(ctx, l, time.Hour)
			reached := h.faults.calls >= call
			h.faults.at(0, false)
			if !reached {
				break
			}
			claimed := call > 1 || after
			for range 3 {
				h.wait(20 * time.Minute)
				h.settleAll()
			}
			want := 0
			if claimed {
				want = 1
			}
			if n := len(h.sent.bodies); n != want {
				t.Errorf("call %d, after %v (%v): sent %d times, want %d", call, after, err, n, want)
			}
			if n := h.items("reports", "P#", "S#river#care-experience#"); n != want {
				t.Errorf("call %d, after %v: %d invited, want %d", call, after, n, want)
			}
			if n := h.items("people", "OUT#", ""); n != 0 {
				t.Errorf("call %d, after %v: %d texts are never settled", call, after, n)
			}
		}
	}
	h, p := idle(t)
	l, err := h.Compose(context.Background(), sms.Occasion{Key: "k", Participant: p, Questionnaire: "care-experience"})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		same := *l
		wg.Go(func() { _, _ = h.Post(context.Background(), &same, time.Hour) })
	}
	wg.Wait()
	if n := len(h.sent.bodies); n != 1 {
		t.Errorf("eight at once sent %d times", n)
	}
}

// What the gateway says of a text decides what is done with it, and with its number.
func TestWhatBecomesOfAText(t *testing.T) {
	ctx := context.Background()
	for _, c := range []struct {
		name    string
		err     error
		want    int // texts taken in the end
		stopped bool
		lost    bool
	}{
		{"opted out", fmt.Errorf("no: %w", sms.ErrOptedOut), 0, true, false},
		{"no phone", fault.Wrap(fault.Invalid, &sms.Refusal{Code: "21614"}, "no"), 0, false, true},
		{"the words", fault.Wrap(fault.Invalid, &sms.Refusal{Code: "21617"}, "no"), 0, false, false},
		{"too fast", fault.Wrap(fault.TooMany, &sms.Refusal{Code: "20429", Passing: true}, "no"), 1, false, false},
		{"nobody knows", fault.New(fault.Unavailable, "no answer"), 1, false, false},
	} {
		h, p := idle(t)
		h.wait(time.Minute)
		h.sent.err = c.err
		if got, err := h.invite("care-experience", "k"); err != nil || got.Taken != 0 {
			t.Errorf("%s: %+v %v", c.name, got, err)
		}
		h.sent.err = nil
		for range 3 {
			h.wait(20 * time.Minute)
			h.settleAll()
		}
		reach, err := h.Registry.Reach(ctx, p.Contact)
		if err != nil || len(h.sent.bodies) != c.want || h.stopped(alice) != c.stopped || reach.Lost != c.lost {
			t.Errorf("%s: %d sent, stopped %v, lost %v (%v)", c.name, len(h.sent.bodies), h.stopped(alice), reach.Lost, err)
		}
		if c.lost { // whoever texts us has a phone that texts
			h.say(alice, "hello again, this phone works")
			if got, err := h.invite("care-experience", "later"); errors.Is(err, sms.ErrLost) {
				t.Errorf("%s: %+v %v", c.name, got, err)
			}
		}
	}
}

// receipt gives a receipt of the n-th text that went out (from 0).
func (h *house) receipt(n int, status, code string) {
	h.t.Helper()
	if err := h.Status(context.Background(), sms.Receipt{SID: fmt.Sprint("SMout", n+1), Status: status, Code: code, To: phi.Hide(alice), Ref: h.sent.refs[n]}); err != nil {
		h.t.Fatal(err)
	}
}

func TestReceiptsInAnyOrderSayTheSame(t *testing.T) {
	ctx := context.Background()
	orders := [][]string{
		{"queued", "sent", "delivered"}, {"delivered", "sent", "queued"}, {"sent", "delivered", "sent", "delivered"},
		{"undelivered", "sent"}, {"sent", "undelivered", "undelivered", "queued"}, {"undelivered", "delivered"}, {"delivered", "undelivered"},
	}
	for _, order := range orders {
		h, p := idle(t)
		if _, err := h.invite("care-experience", "k"); err != nil {
			t.Fatal(err)
		}
		arrived := false
		for _, status := range order {
			code := ""
			if status == "undelivered" {
				code = "30003"
			}
			h.receipt(0, status, code)
			arrived = arrived || status == "delivered"
		}
		reach, err := h.Registry.Reach(ctx, p.Contact)
		if err != nil || arrived && reach.Failures != 0 || !arrived && reach.Failures != 1 {
			t.Errorf("%v: %d failures (%v)", order, reach.Failures, err)
		}
		h.wait(20 * time.Minute)
		h.settleAll()
		want := 2 // it did not arrive: once more
		if arrived {
			want = 1
		}
		if n := len(h.sent.bodies); n != want {
			t.Errorf("%v: sent %d times, want %d", order, n, want)
		}
	}
}

func TestReceiptsAboutANumber(t *testing.T) {
	ctx := context.Background()
	h, p := idle(t)
	h.wait(time.Minute)
	if _, err := h.invite("care-experience", "k"); err != nil {
		t.Fatal(err)
	}
	h.receipt(0, "undelivered", "30005")
	h.wait(time.Hour)
	h.settleAll()
	if reach, err := h.Registry.Reach(ctx, p.Contact); err != nil || !reach.Lost || len(h.sent.bodies) != 1 {
		t.Errorf("a number that there is not: %+v, %d sent (%v)", reach, len(h.sent.bodies), err)
	}
	// A phone that is out of reach is tried again, and given up after three in a row.
	h, p = idle(t)
	h.wait(time.Minute)
	if _, err := h.invite("care-experience", "k"); err != nil {
		t.Fatal(err)
	}
	for n := range 6 {
		if n < len(h.sent.bodies) {
			h.receipt(n, "undelivered", "30003")
		}
		h.wait(4 * time.Hour)
		h.settleAll()
	}
	if reach, err := h.Registry.Reach(ctx, p.Contact); err != nil || !reach.Lost || len(h.sent.bodies) != 3 {
		t.Errorf("a phone that is never reached: %+v, %d sent (%v)", reach, len(h.sent.bodies), err)
	}
	// Whoever answers in between is not asked again.
	h, _ = idle(t)
	if _, err := h.invite("care-experience", "k"); err != nil {
		t.Fatal(err)
	}
	h.receipt(0, "undelivered", "30008")
	h.wait(time.Minute)
	h.say(alice, "1")
	h.wait(time.Hour)
	h.settleAll()
	if n := len(h.sent.bodies); n != 1 {
		t.Errorf("sent %d times to somebody who has answered", n)
	}
	// A receipt may be faster than the answer that gives the sid.
	h, _ = idle(t)
	h.sent.during = func() {
		_ = h.Status(ctx, sms.Receipt{SID: "SMout1", Status: "undelivered", Code: "30008", To: phi.Hide(alice), Ref: h.sent.ref})
	}
	if got, err := h.invite("care-experience", "k"); err != nil || got.Taken != 1 {
		t.Fatal(got, err)
	}
	h.wait(20 * time.Minute)
	h.settleAll()
	if n := len(h.sent.bodies); n != 2 {
		t.Errorf("sent %d times, want 2: an early receipt was lost", n)
	}
}

func TestAReminder(t *testing.T) {
	ctx := context.Background()
	remind := func(h *house, asked time.Time) error {
		l, err := h.Compose(ctx, sms.Occasion{Key: "r" + h.now().String(), Kind: participant.Remind, Participant: h.alice(), Questionnaire: "care-experience", Asked: asked})
		if err != nil {
			return err
		}
		_, err = h.Post(ctx, l, time.Hour)
		return err
	}
	h, _ := idle(t)
	asked := h.now()
	if _, err := h.invite("care-experience", "k"); err != nil {
		t.Fatal(err)
	}
	h.say(alice, "1")
	h.wait(48 * time.Hour)
	if err := remind(h, asked); err != nil {
		t.Fatal(err)
	}
	if got := h.sent.bodies[1]; !strings.Contains(got, "still open") || !strings.Contains(got, "2/") {
		t.Errorf("reminded with %q", got)
	}
	for range 8 {
		h.say(alice, "1")
	}
	if err := remind(h, asked); !errors.Is(err, sms.ErrMoot) {
		t.Errorf("reminded of what is done: %v", err)
	}
}
