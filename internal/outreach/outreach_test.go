package outreach

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/tellback/tellback/internal/participant"
	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/table/tabletest"
)

// town is a program with everything around it, on a clock of its own.
type town struct {
	t        *testing.T
	people   *tabletest.Memory
	registry *participant.Registry
	program  *program.Program
	catalog  *program.Catalog
	phone    *phone
	runner   *Runner
}

// phone is the inviter: it remembers what it was asked to send.
type phone struct {
	mu   sync.Mutex
	sent []sent
	now  time.Time
	fail bool
	busy bool
}

func (p *phone) Free(context.Context, string, string) (bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.busy, nil
}

type sent struct {
	participant, questionnaire, key string
	at                              time.Time
}

func (p *phone) Invite(_ context.Context, participantID, questionnaireID, key string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sent = append(p.sent, sent{participantID, questionnaireID, key, p.now})
	if p.fail {
		return errors.New("the line is dead")
	}
	return nil
}

const checkin = `{"resourceType":"Questionnaire","id":"%s","version":"1","title":"T","status":"active","language":"en",
	"item":[{"linkId":"a","text":"Well?","type":"%s"}]}`

func catalog(t *testing.T, perWeek, perDay int) *program.Catalog {
	t.Helper()
	en := func(s string) map[string]string { return map[string]string{"en": s} }
	doc, err := json.Marshal(map[string]any{
		"id": "river", "name": en("River"), "purpose": en("To learn."), "organizer": en("River"), "help": en("help@river.example"),
		"languages": []string{"en"}, "timeZone": "America/New_York", "country": "US", "joinWords": []string{"RIVER"},
		"consent": map[string]any{"version": "1", "text": en("Yes?"), "sms": en("Yes?")},
		"questionnaires": []map[string]any{
			{"questionnaire": "checkin", "version": "1", "roles": []string{"patient"}, "firstDay": 0, "everyDays": 7},
			{"questionnaire": "care", "version": "1", "roles": []string{"patient"}, "firstDay": 3, "everyDays": 0},
		},
		"story":    "story",
		"crisis":   map[string]any{"words": map[string][]string{"en": {"want to die"}}, "reply": en("Call 988.")},
		"outreach": map[string]any{"quietFrom": "20:00", "quietUntil": "09:00", "perWeek": perWeek, "perDay": perDay},
	})
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{"programs/river.json": {Data: doc}}
	for id, kind := range map[string]string{"checkin": "boolean", "care": "boolean", "story": "text"} {
		files["questionnaires/"+id+".json"] = &fstest.MapFile{Data: fmt.Appendf(nil, checkin, id, kind)}
	}
	c, err := program.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func newTown(t *testing.T, perWeek, perDay int) *town {
	t.Helper()
	doc, err := phi.NewKeyset()
	if err != nil {
		t.Fatal(err)
	}
	keys, err := phi.ReadKeys(bytes.NewReader(doc))
	if err != nil {
		t.Fatal(err)
	}
	w := &town{t: t, people: tabletest.NewMemory(), catalog: catalog(t, perWeek, perDay), phone: &phone{}}
	w.program = w.catalog.Program("river")
	w.registry = participant.New(w.people, keys)
	w.runner = New(w.people, w.registry, w.catalog, w.phone)
	return w
}

func number(n int) phi.Text { return phi.Hide(fmt.Sprintf("+1555555%04d", n)) }

func (w *town) join(n int, at time.Time) participant.Participant {
	w.t.Helper()
	p, err := w.registry.Enrol(context.Background(), participant.Enrolment{
		Key: fmt.Sprint("join", n, at), Program: "river", Role: "patient", Language: "en", Origin: "known", Number: number(n),
		Consent: participant.Consent{Given: true, TextVersion: "1", Channel: "sms", Language: "en", At: at}, At: at,
		Due: participant.FirstDue(w.program, "patient", at),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

func (w *town) run(now time.Time) Summary {
	w.t.Helper()
	w.phone.now = now
	s, err := w.runner.Run(context.Background(), now)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

func (w *town) local(t time.Time) time.Time { return t.In(w.program.Location()) }

// check holds everything ever sent against what must always be true.
func (w *town) check() {
	w.t.Helper()
	perDay, keys, to := map[string]int{}, map[string]bool{}, map[string][]time.Time{}
	for _, s := range w.phone.sent {
		if h := w.local(s.at).Hour(); h < 9 || h >= 20 {
			w.t.Errorf("sent at %s, in the quiet hours", w.local(s.at))
		}
		if keys[s.key] {
			w.t.Errorf("sent twice: %s", s.key)
		}
		keys[s.key] = true
		perDay[w.local(s.at).Format(time.DateOnly)]++
		to[s.participant] = append(to[s.participant], s.at)
	}
	for day, n := range perDay {
		if n > w.program.Outreach.PerDay {
			w.t.Errorf("%d texts on %s, at most %d", n, day, w.program.Outreach.PerDay)
		}
	}
	for id, times := range to {
		slices.SortFunc(times, time.Time.Compare)
		most := w.program.Outreach.PerWeek
		for n := most; n < len(times); n++ {
			if times[n].Sub(times[n-most]) < participant.Week {
				w.t.Errorf("more than %d texts to %s in seven days", most, id)
			}
		}
	}
}

func at(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t
}

// Six weeks in which New York's clocks go back (1 November 2026), a run every half hour.
func TestWeeksAcrossAClockChange(t *testing.T) {
	w := newTown(t, 2, 50)
	start := at("2026-10-14T03:30:00Z") // 23:30 in New York: the first invitation has to wait for the morning
	for n := range 20 {
		w.join(n, start.Add(time.Duration(n)*7*time.Hour))
	}
	for now := start; now.Before(start.AddDate(0, 0, 42)); now = now.Add(30 * time.Minute) {
		w.run(now)
	}
	w.check()
	checkins, care := map[string][]time.Time{}, map[string]int{}
	for _, s := range w.phone.sent {
		if s.questionnaire == "care" {
			care[s.participant]++
			continue
		}
		checkins[s.participant] = append(checkins[s.participant], s.at)
	}
	if len(checkins) != 20 || len(care) != 20 {
		t.Fatalf("%d and %d of 20 participants were invited", len(checkins), len(care))
	}
	for id, times := range checkins {
		if care[id] != 1 {
			t.Errorf("%d invitations to what comes once", care[id])
		}
		if len(times) < 5 {
			t.Errorf("%d check-ins in six weeks", len(times))
		}
		for n, at := range times[1:] {
			// Ten by the wall clock before and after the change.
			if l := w.local(at); l.Hour() != 10 || l.Minute() != 0 {
				t.Errorf("check-in %d at %s, want 10:00", n+2, l)
			}
		}
	}
}

func TestCapsHoldWhenManyAreDue(t *testing.T) {
	w := newTown(t, 1, 7)
	start := at("2026-03-05T15:00:00Z") // clocks go forward on the 8th
	for n := range 25 {
		w.join(n, start)
	}
	for now := start; now.Before(start.AddDate(0, 0, 15)); now = now.Add(time.Hour) {
		w.run(now)
	}
	w.check()
	got := map[string]bool{}
	for _, s := range w.phone.sent {
		got[s.participant] = true
	}
	if len(got) != 25 {
		t.Errorf("%d of 25 were invited at all: the caps starve somebody", len(got))
	}
}

// Whatever call to the table fails, before or after it took hold, nothing is sent twice, at most one invitation is
// lost, and everybody's next one comes.
func TestNoFailureDoubles(t *testing.T) {
	start := at("2026-10-14T15:00:00Z")
	for _, after := range []bool{false, true} {
		for call := 1; ; call++ {
			w := newTown(t, 3, 50)
			a, b := w.join(1, start), w.join(2, start)
			w.people.Calls, w.people.FailAt, w.people.After = 0, call, after
			w.phone.now = start.Add(time.Minute)
			_, err := w.runner.Run(context.Background(), w.phone.now)
			if !w.people.Tripped {
				if call < 2*participant.Shards/2 || err != nil {
					t.Fatalf("call %d was never made (%v)", call, err)
				}
				break
			}
			if err == nil {
				t.Errorf("call %d, after=%v: the failure was swallowed", call, after)
			}
			w.people.FailAt = 0
			for n := range 3 {
				w.run(start.Add(time.Duration(n+2) * time.Minute))
			}
			w.check()
			if n := len(w.phone.sent); n > 2 || n < 1 || !after && n != 2 {
				t.Errorf("call %d, after=%v: %d sent, want 2 (or 1 when a reply was lost)", call, after, n)
			}
			for _, p := range []participant.Participant{a, b} {
				s, err := w.registry.Schedule(context.Background(), p.ID)
				if err != nil || !s.Next["checkin"].Equal(at("2026-10-21T14:00:00Z")) {
					t.Errorf("call %d, after=%v: next check-in %v (%v)", call, after, s.Next["checkin"], err)
				}
			}
		}
	}
}

func TestAFailingInviterLosesOneAndDoublesNone(t *testing.T) {
	w := newTown(t, 3, 50)
	start := at("2026-10-14T15:00:00Z")
	w.join(1, start)
	w.phone.fail = true
	if s := w.run(start); s.Failed != 1 || s.Invited != 0 {
		t.Errorf("%+v", s)
	}
	w.phone.fail = false
	if s := w.run(start.Add(time.Hour)); s.Invited != 0 {
		t.Errorf("%+v: what may have been sent was sent again", s)
	}
	if s := w.run(at("2026-10-21T14:00:00Z")); s.Invited == 0 {
		t.Errorf("%+v: the next one didn't come", s)
	}
	w.check()
}

// Two questionnaires may be due while one is being answered: the other is asked the next day, not in a month or never.
func TestWhoIsAnsweringIsAskedTheNextDay(t *testing.T) {
	w := newTown(t, 3, 50)
	start := at("2026-10-14T15:00:00Z")
	w.join(1, start)
	w.phone.busy = true
	if s := w.run(start); s.Busy != 1 || s.Invited+s.Failed != 0 {
		t.Errorf("%+v", s)
	}
	w.phone.busy = false
	if s := w.run(start.Add(24 * time.Hour)); s.Invited != 1 {
		t.Errorf("%+v: not asked the next day", s)
	}
	w.check()
}

func TestRunsAtOnceShareTheWork(t *testing.T) {
	w := newTown(t, 3, 10)
	start := at("2026-10-14T15:00:00Z")
	for n := range 30 {
		w.join(n, start)
	}
	w.phone.now = start
	for range 6 { // contended ones are left to a later run
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				if _, err := w.runner.Run(context.Background(), start); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	}
	w.check()
	if len(w.phone.sent) != 10 {
		t.Errorf("%d sent, want the day's 10", len(w.phone.sent))
	}
}

func TestLeavingStoppingAndComingBack(t *testing.T) {
	ctx := context.Background()
	w := newTown(t, 3, 50)
	start := at("2026-10-14T15:00:00Z")
	p := w.join(1, start)
	w.run(start)
	if err := w.registry.SetStopped(ctx, number(1), true, start); err != nil {
		t.Fatal(err)
	}
	for now := start; now.Before(start.AddDate(0, 0, 20)); now = now.Add(time.Hour) {
		w.run(now)
	}
	if len(w.phone.sent) != 1 {
		t.Fatalf("%d sent, want none after STOP", len(w.phone.sent)-1)
	}
	back := start.AddDate(0, 0, 20)
	if err := w.registry.SetStopped(ctx, number(1), false, back); err != nil {
		t.Fatal(err)
	}
	for now := back; now.Before(back.AddDate(0, 0, 8)); now = now.Add(time.Hour) {
		w.run(now)
	}
	if n := len(w.phone.sent); n < 2 {
		t.Error("START didn't bring the invitations back")
	}

	if _, err := w.registry.Update(ctx, p.ID, func(p *participant.Participant) { p.Left = back }); err != nil {
		t.Fatal(err)
	}
	// Back after leaving, while the old invitation is still in its place: there is one rhythm, not two.
	again := back.AddDate(0, 0, 9)
	w.join(1, again)
	before := len(w.phone.sent)
	for now := again; now.Before(again.AddDate(0, 0, 21)); now = now.Add(time.Hour) {
		w.run(now)
	}
	w.check()
	checkins := 0
	for _, s := range w.phone.sent[before:] {
		if s.questionnaire == "checkin" {
			checkins++
		}
	}
	if checkins != 3 {
		t.Errorf("%d check-ins in three weeks, want 3", checkins)
	}

	if _, err := w.registry.Update(ctx, p.ID, func(p *participant.Participant) { p.Left = again }); err != nil {
		t.Fatal(err)
	}
	before = len(w.phone.sent)
	for now := again.AddDate(0, 0, 21); now.Before(again.AddDate(0, 0, 60)); now = now.Add(6 * time.Hour) {
		w.run(now)
	}
	if len(w.phone.sent) != before || len(w.people.Under("DUE#", "")) != 0 {
		t.Error("somebody who left is still on the schedule")
	}
}

func TestARunIsBounded(t *testing.T) {
	w := newTown(t, 3, 5000)
	start := at("2026-10-14T15:00:00Z")
	for n := range maxItems + 20 {
		w.join(n, start)
	}
	if s := w.run(start); s.Invited != maxItems || !s.More {
		t.Errorf("first run: %+v", s)
	}
	if s := w.run(start.Add(time.Minute)); s.Invited != 20 || s.More {
		t.Errorf("second run: %+v", s)
	}
	w.check()
}

// A program that is missing for a while, by a deployment gone wrong, doesn't cost anybody their schedule.
func TestAnUnknownProgramIsLeftAlone(t *testing.T) {
	w := newTown(t, 3, 50)
	start := at("2026-10-14T15:00:00Z")
	w.join(1, start)
	w.runner = New(w.people, w.registry, &program.Catalog{}, w.phone)
	if s := w.run(start); s.Unknown != 1 || s.Dropped != 0 {
		t.Errorf("%+v", s)
	}
	w.runner = New(w.people, w.registry, w.catalog, w.phone)
	if s := w.run(start.Add(time.Minute)); s.Invited != 1 {
		t.Errorf("%+v", s)
	}
}
