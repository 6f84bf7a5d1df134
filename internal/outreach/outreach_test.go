package outreach_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/tellback/tellback/internal/conversation"
	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/intake"
	"github.com/tellback/tellback/internal/lesson"
	"github.com/tellback/tellback/internal/outreach"
	"github.com/tellback/tellback/internal/participant"
	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/sms"
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
	service  *sms.Service
	runner   *outreach.Runner
	texts    int
}

// phone is the gateway and the phones behind it: it remembers what it was asked to send.
type phone struct {
	mu   sync.Mutex
	sent []sent
	now  time.Time
	err  error
}

type sent struct {
	to, body, ref string
	at            time.Time
	valid         time.Duration
}

func (p *phone) Dispatch(_ context.Context, o sms.Outgoing) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err != nil {
		return "", p.err
	}
	p.sent = append(p.sent, sent{o.To.Reveal(), o.Body, o.Ref, p.now, o.Valid})
	return fmt.Sprint("SM", len(p.sent)), nil
}

func (p *phone) Sent(_ context.Context, to phi.Text, since time.Time) (out []sms.Sent, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for n, s := range p.sent {
		if s.to == to.Reveal() && !s.at.Before(since) {
			out = append(out, sms.Sent{SID: fmt.Sprint("SM", n+1), Body: s.body})
		}
	}
	return out, nil
}

func (p *phone) clock() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now
}

func (p *phone) set(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now = now
}

const question = `{"resourceType":"Questionnaire","id":"%s","version":"1","title":"T","status":"active","language":"en",
	"item":[{"linkId":"a","text":"The %[1]s?","type":"%s"},{"linkId":"b","text":"And else?","type":"%[2]s"}]}`

// plan is a program as tests want it.
type plan struct {
	id       string
	zone     string
	outreach map[string]any
	uses     []map[string]any
	more     map[string]any
}

// weekly is what most of them have: a check-in at once and every week, and once, on the third day, a question about care.
var weekly = []map[string]any{
	{"questionnaire": "checkin", "version": "1", "roles": []string{"patient"}, "firstDay": 0, "everyDays": 7},
	{"questionnaire": "care", "version": "1", "roles": []string{"patient"}, "firstDay": 3, "everyDays": 0},
}

func caps(perWeek, perDay int) map[string]any {
	return map[string]any{"quietFrom": "20:00", "quietUntil": "09:00", "perWeek": perWeek, "perDay": perDay}
}

func load(t testing.TB, plans ...plan) *program.Catalog {
	t.Helper()
	en := func(s string) map[string]string { return map[string]string{"en": s} }
	files := fstest.MapFS{}
	for _, p := range plans {
		m := map[string]any{
			"id": p.id, "name": en(p.id), "purpose": en("To learn."), "organizer": en("River"), "help": en("help@river.example"),
			"languages": []string{"en"}, "timeZone": p.zone, "country": "US", "joinWords": []string{p.id + " word"},
			"consent":        map[string]any{"version": "1", "text": en("Yes?"), "sms": en("Yes?")},
			"questionnaires": p.uses, "story": "story",
			"crisis":   map[string]any{"words": map[string][]string{"en": {"want to die"}}, "reply": en("Call 988.")},
			"outreach": p.outreach,
		}
		maps.Copy(m, p.more)
		doc, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		files["programs/"+p.id+".json"] = &fstest.MapFile{Data: doc}
	}
	for id, kind := range map[string]string{"checkin": "boolean", "care": "boolean"} {
		files["questionnaires/"+id+".json"] = &fstest.MapFile{Data: fmt.Appendf(nil, question, id, kind)}
	}
	files["questionnaires/story.json"] = &fstest.MapFile{Data: []byte(`{"resourceType":"Questionnaire","id":"story","version":"1","title":"T",
		"status":"active","language":"en","item":[{"linkId":"a","text":"Tell","type":"text"}]}`)}
	c, err := program.Load(files)
	if err != nil {
		_, issues := fault.Public(err)
		t.Fatal(err, issues)
	}
	return c
}

func newKeys(t testing.TB) *phi.Keys {
	t.Helper()
	doc, err := phi.NewKeyset()
	if err != nil {
		t.Fatal(err)
	}
	keys, err := phi.ReadKeys(bytes.NewReader(doc))
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func newTown(t *testing.T, plans ...plan) *town {
	t.Helper()
	keys := newKeys(t)
	w := &town{t: t, people: tabletest.NewMemory(), catalog: load(t, plans...), phone: &phone{}}
	w.program = w.catalog.Program(plans[0].id)
	w.registry = participant.New(w.people, keys)
	desk := intake.New(tabletest.NewMemory(), keys, w.catalog)
	desk.Now = w.phone.clock
	w.service = &sms.Service{
		People: w.people, Keys: keys, Registry: w.registry, Desk: desk, Machine: conversation.Machine{Catalog: w.catalog},
		Dispatcher: w.phone, Journal: w.phone, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Now: w.phone.clock,
		Pause: func(context.Context, int) error { return nil },
	}
	w.runner = w.newRunner(w.catalog)
	return w
}

func (w *town) newRunner(c *program.Catalog) *outreach.Runner {
	return &outreach.Runner{
		People: w.people, Registry: w.registry, Catalog: c, Messenger: w.service, Outbox: w.service, Now: w.phone.clock, PerSecond: 1000,
		Wait: func(_ context.Context, d time.Duration) error { w.phone.set(w.phone.clock().Add(d)); return nil },
	}
}

func river(perWeek, perDay int) plan {
	return plan{id: "river", zone: "America/New_York", outreach: caps(perWeek, perDay), uses: weekly}
}

func number(n int) phi.Text { return phi.Hide(fmt.Sprintf("+1555555%04d", n)) }

func (w *town) join(n int, at time.Time) participant.Participant {
	return w.joinAs(n, w.program, nil, at)
}

func (w *town) joinAs(n int, p *program.Program, attributes map[string]string, at time.Time) participant.Participant {
	w.t.Helper()
	who, err := w.registry.Enrol(context.Background(), participant.Enrolment{
		Key: fmt.Sprint("join", p.ID, n, at), Program: p.ID, Role: "patient", Language: "en", Origin: "known", Number: number(n), Attributes: attributes,
		Consent: participant.Consent{Given: true, TextVersion: "1", Channel: "sms", Language: "en", At: at}, At: at,
		Due: participant.FirstDue(p, "patient", "", at, p.Zone(attributes)),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return who
}

func (w *town) run(now time.Time) outreach.Summary {
	w.t.Helper()
	w.phone.set(now)
	s, err := w.runner.Run(context.Background())
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// runs runs every so often, from one time until another.
func (w *town) runs(from, until time.Time, every time.Duration) {
	w.t.Helper()
	for now := from; now.Before(until); now = now.Add(every) {
		w.run(now)
	}
}

// say texts from a number.
func (w *town) say(n int, body string) {
	w.t.Helper()
	w.texts++
	if _, err := w.service.Inbound(context.Background(), sms.Message{SID: fmt.Sprintf("SI%d", w.texts), From: number(n), Body: phi.Hide(body)}); err != nil {
		w.t.Fatal(err)
	}
}

// answered runs and has everybody answer at once whatever they are asked.
func (w *town) answered(from, until time.Time, every time.Duration) {
	w.t.Helper()
	for now := from; now.Before(until); now = now.Add(every) {
		before := len(w.phone.sent)
		w.run(now)
		for _, s := range w.phone.sent[before:] {
			n, err := strconv.Atoi(s.to[8:])
			if err != nil {
				w.t.Fatal(err)
			}
			w.say(n, "1")
			w.say(n, "1")
		}
	}
}

func (w *town) local(t time.Time) time.Time { return t.In(w.program.Location()) }

// about says whether a text is about a questionnaire.
func (s sent) about(questionnaire string) bool {
	return strings.Contains(s.body, "The "+questionnaire+"?")
}

// check holds everything ever sent against what must always be true.
func (w *town) check() {
	w.t.Helper()
	perDay, refs, to := map[string]int{}, map[string]bool{}, map[string][]time.Time{}
	for _, s := range w.phone.sent {
		if h := w.local(s.at).Hour(); h < 9 || h >= 20 {
			w.t.Errorf("sent at %s, in the quiet hours", w.local(s.at))
		}
		if last := w.local(s.at.Add(s.valid)); last.Hour() >= 20 && last.Minute() > 0 || last.Day() != w.local(s.at).Day() {
			w.t.Errorf("may still go out at %s", last)
		}
		if refs[s.ref] {
			w.t.Errorf("sent twice: %s", s.ref)
		}
		refs[s.ref] = true
		perDay[w.local(s.at).Format(time.DateOnly)]++
		to[s.to] = append(to[s.to], s.at)
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
	w := newTown(t, river(2, 50))
	start := at("2026-10-14T03:30:00Z") // 23:30 in New York: the first invitation has to wait for the morning
	for n := range 20 {
		w.join(n, start.Add(time.Duration(n)*7*time.Hour))
	}
	w.answered(start, start.AddDate(0, 0, 42), 30*time.Minute)
	w.check()
	checkins, care := map[string][]time.Time{}, map[string]int{}
	for _, s := range w.phone.sent {
		if s.about("care") {
			care[s.to]++
			continue
		}
		checkins[s.to] = append(checkins[s.to], s.at)
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
	w := newTown(t, river(1, 7))
	start := at("2026-03-05T15:00:00Z") // clocks go forward on the 8th
	for n := range 25 {
		w.join(n, start)
	}
	w.answered(start, start.AddDate(0, 0, 15), time.Hour)
	w.check()
	got := map[string]bool{}
	for _, s := range w.phone.sent {
		got[s.to] = true
	}
	if len(got) != 25 {
		t.Errorf("%d of 25 were invited at all: the caps starve somebody", len(got))
	}
}

func TestMoneyIsBounded(t *testing.T) {
	p := river(4, 1000)
	p.outreach["segmentPrice"], p.outreach["spendPerDay"], p.outreach["spendPerMonth"] = "0.01", "0.05", "0.12"
	w := newTown(t, p)
	start := at("2026-10-26T15:00:00Z")
	for n := range 30 {
		w.join(n, start)
	}
	w.runs(start, start.AddDate(0, 0, 10), time.Hour)
	day, month := map[string]int{}, map[string]int{}
	for _, s := range w.phone.sent {
		day[w.local(s.at).Format(time.DateOnly)] += program.Segments(s.body)
		month[w.local(s.at).Format("2006-01")] += program.Segments(s.body)
	}
	for d, n := range day {
		if n > 5 {
			t.Errorf("%d segments on %s for 5 cents", n, d)
		}
	}
	if month["2026-10"] != 12 || month["2026-11"] != 12 {
		t.Errorf("for 12 cents a month: %v", month)
	}
}

// Whatever call to the table fails, before or after it took hold, nothing is sent twice or lost, and everybody's next one comes.
func TestNoFailureDoublesOrLoses(t *testing.T) {
	start := at("2026-10-14T15:00:00Z")
	for _, after := range []bool{false, true} {
		for call := 1; ; call++ {
			w := newTown(t, river(3, 50))
			a, b := w.join(1, start), w.join(2, start)
			w.people.Calls, w.people.FailAt, w.people.After = 0, call, after
			w.phone.set(start.Add(time.Minute))
			_, err := w.runner.Run(context.Background())
			if !w.people.Tripped {
				if call < 2*participant.Shards || err != nil {
					t.Fatalf("call %d was never made (%v)", call, err)
				}
				break
			}
			w.people.FailAt = 0
			for n := range 4 {
				w.run(start.Add(time.Duration(10*n+10) * time.Minute))
			}
			w.check()
			if n := len(w.phone.sent); n != 2 {
				t.Errorf("call %d, after=%v: %d sent, want 2 (%v)", call, after, n, err)
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

// A gateway that does not answer is asked later what became of a text; one that says no is not asked again too soon.
func TestAFailingGateway(t *testing.T) {
	w := newTown(t, river(3, 50))
	start := at("2026-10-14T15:00:00Z")
	w.join(1, start)
	w.phone.err = errors.New("the line is dead")
	if s := w.run(start); s.Unclear != 1 || s.Sent != 0 {
		t.Errorf("%+v", s)
	}
	if s := w.run(start.Add(5 * time.Minute)); s.Sent != 0 {
		t.Errorf("%+v", s)
	}
	w.phone.err = nil
	w.runs(start.Add(10*time.Minute), start.Add(time.Hour), 5*time.Minute)
	if len(w.phone.sent) != 1 {
		t.Errorf("%d sent, want 1", len(w.phone.sent))
	}
	w.check()
}

// Two questionnaires may be due while one is being answered: the other is asked the next day, not in a month or never.
func TestWhoIsAnsweringIsAskedTheNextDay(t *testing.T) {
	w := newTown(t, river(3, 50))
	start := at("2026-10-14T15:00:00Z")
	w.join(1, start)
	w.run(start)
	w.phone.set(start.AddDate(0, 0, 3).Add(-time.Hour))
	w.say(1, "1") // the first of two answers
	if s := w.run(start.AddDate(0, 0, 3)); s.Busy != 1 || s.Sent != 0 {
		t.Errorf("%+v", s)
	}
	w.say(1, "1")
	if s := w.run(start.AddDate(0, 0, 4)); s.Sent != 1 || !w.phone.sent[1].about("care") {
		t.Errorf("%+v: not asked the next day", s)
	}
	w.check()
}

func TestRunsAtOnce(t *testing.T) {
	w := newTown(t, river(3, 10))
	start := at("2026-10-14T15:00:00Z")
	for n := range 30 {
		w.join(n, start)
	}
	w.phone.set(start)
	for range 6 {
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				if _, err := w.runner.Run(context.Background()); err != nil {
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
	// One that died in the middle of its run is waited for, and not for ever.
	w.phone.set(start.Add(24 * time.Hour))
	w.people.Calls, w.people.FailAt = 0, 10
	_, _ = w.runner.Run(context.Background())
	w.people.FailAt = 0
	w.phone.set(w.phone.clock().Add(5 * time.Minute))
	if s, err := w.runner.Run(context.Background()); s.Elsewhere || err != nil {
		t.Errorf("%+v %v", s, err)
	}
}

func TestLeavingStoppingAndComingBack(t *testing.T) {
	ctx := context.Background()
	w := newTown(t, river(3, 50))
	start := at("2026-10-14T15:00:00Z")
	p := w.join(1, start)
	w.run(start)
	if err := w.registry.SetStopped(ctx, number(1), true, start); err != nil {
		t.Fatal(err)
	}
	w.runs(start, start.AddDate(0, 0, 20), time.Hour)
	if len(w.phone.sent) != 1 {
		t.Fatalf("%d sent, want none after STOP", len(w.phone.sent)-1)
	}
	back := start.AddDate(0, 0, 20)
	if err := w.registry.SetStopped(ctx, number(1), false, back); err != nil {
		t.Fatal(err)
	}
	w.runs(back, back.AddDate(0, 0, 8), time.Hour)
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
	w.answered(again, again.AddDate(0, 0, 21), time.Hour)
	w.check()
	checkins := 0
	for _, s := range w.phone.sent[before:] {
		if s.about("checkin") {
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
	w.runs(again.AddDate(0, 0, 21), again.AddDate(0, 0, 60), 6*time.Hour)
	if len(w.phone.sent) != before || len(w.people.Under("DUE#", "")) != 0 {
		t.Error("somebody who left is still on the schedule")
	}
}

func TestARunIsBounded(t *testing.T) {
	const most = 1000
	w := newTown(t, river(3, 5000))
	start := at("2026-10-14T15:00:00Z")
	for n := range most + 20 {
		w.join(n, start)
	}
	if s := w.run(start); s.Sent != most || !s.More {
		t.Errorf("first run: %+v", s)
	}
	if s := w.run(start.Add(time.Minute)); s.Sent != 20 || s.More {
		t.Errorf("second run: %+v", s)
	}
	w.check()
}

// A number that may send one segment a second gets no more, and the next run goes on from there.
func TestThePaceIsKept(t *testing.T) {
	w := newTown(t, river(3, 5000))
	w.runner.PerSecond = 2
	start := at("2026-10-14T15:00:00Z")
	for n := range 400 {
		w.join(n, start)
	}
	for now := start; len(w.phone.sent) < 400 && now.Before(start.Add(time.Hour)); now = now.Add(3 * time.Minute) {
		w.run(now)
	}
	if len(w.phone.sent) != 400 {
		t.Fatalf("%d sent", len(w.phone.sent))
	}
	for n := 2; n < 400; n++ {
		if d := w.phone.sent[n].at.Sub(w.phone.sent[n-2].at); d < time.Second {
			t.Fatalf("three texts within %s", d)
		}
	}
}

// A program that is missing for a while, by a deployment gone wrong, doesn't cost anybody their schedule.
func TestAnUnknownProgramIsLeftAlone(t *testing.T) {
	w := newTown(t, river(3, 50))
	start := at("2026-10-14T15:00:00Z")
	w.join(1, start)
	w.runner = w.newRunner(&program.Catalog{})
	if s := w.run(start); s.Unknown != 1 || s.Dropped != 0 {
		t.Errorf("%+v", s)
	}
	w.runner = w.newRunner(w.catalog)
	if s := w.run(start.Add(time.Minute)); s.Sent != 1 {
		t.Errorf("%+v", s)
	}
}

// Of two programs on one phone, the texts of both count.
func TestOnePersonInTwoPrograms(t *testing.T) {
	brook := river(2, 1000)
	brook.id = "brook"
	w := newTown(t, river(2, 1000), brook)
	start := at("2026-10-14T15:00:00Z")
	for n := range 5 {
		w.join(n, start)
		w.joinAs(n, w.catalog.Program("brook"), nil, start)
	}
	w.answered(start, start.AddDate(0, 0, 30), time.Hour)
	w.check()
	for _, name := range []string{"river", "brook"} {
		if !slices.ContainsFunc(w.phone.sent, func(s sent) bool { return strings.HasPrefix(s.body, name) }) {
			t.Errorf("%s never had its turn", name)
		}
	}
}

func TestPeopleAreTextedWhereTheyLive(t *testing.T) {
	p := river(4, 1000)
	option := func(code, zone string) map[string]any {
		return map[string]any{"code": code, "label": map[string]string{"en": code}, "timeZone": zone}
	}
	p.more = map[string]any{"attributes": []any{map[string]any{"id": "place", "text": map[string]string{"en": "Where?"}, "options": []any{
		option("east", "America/New_York"), option("west", "America/Los_Angeles"), option("isles", "Pacific/Honolulu"),
	}}}}
	w := newTown(t, p)
	start := at("2026-10-28T13:30:00Z") // half past nine in New York, night elsewhere
	zones := map[string]string{number(1).Reveal(): "America/New_York", number(2).Reveal(): "America/Los_Angeles", number(3).Reveal(): "Pacific/Honolulu", number(4).Reveal(): "America/New_York"}
	for n, place := range []string{"east", "west", "isles", ""} {
		w.joinAs(n+1, w.program, map[string]string{"place": place}, start)
	}
	w.answered(start, start.AddDate(0, 0, 15), 10*time.Minute)
	for _, s := range w.phone.sent {
		zone, err := time.LoadLocation(zones[s.to])
		if err != nil {
			t.Fatal(err)
		}
		local := s.at.In(zone)
		if first := s.at.Sub(start) < time.Minute; first != (local.Hour() == 9) || !first && (local.Hour() != 10 || local.Minute() > 10) {
			t.Errorf("%s: texted at %s", zones[s.to], local)
		}
	}
	if len(w.phone.sent) < 4*3 {
		t.Errorf("only %d texts", len(w.phone.sent))
	}
}

func TestReminders(t *testing.T) {
	p := river(4, 1000)
	p.uses = []map[string]any{{"questionnaire": "checkin", "version": "1", "roles": []string{"patient"}, "firstDay": 1, "everyDays": 14,
		"remind": map[string]int{"afterDays": 2, "most": 2}}}
	w := newTown(t, p)
	start := at("2026-10-14T15:00:00Z")
	for n := range 4 {
		w.join(n, start)
	}
	asked := start.AddDate(0, 0, 1)
	w.runs(start, asked.Add(time.Hour), time.Hour)
	w.say(1, "1")
	w.say(1, "1") // all answered
	w.say(2, "1") // half
	w.say(3, "STOP")
	w.runs(asked.Add(time.Hour), asked.AddDate(0, 0, 13), time.Hour)
	want := map[int]int{0: 3, 1: 1, 2: 3, 3: 1}
	for n, texts := range want {
		got := 0
		for _, s := range w.phone.sent {
			if s.to == number(n).Reveal() {
				if got++; got > 1 && !strings.Contains(s.body, "still open") {
					t.Errorf("reminded with %q", s.body)
				}
			}
		}
		if got != texts {
			t.Errorf("%d: %d texts, want %d", n, got, texts)
		}
	}
	w.runs(asked.AddDate(0, 0, 13), asked.AddDate(0, 0, 20), time.Hour) // the next invitation begins anew
	if n := len(w.phone.sent); n != 8+3+3+3 {
		t.Errorf("%d texts in all", n)
	}
	w.check()
}

// lessons are releases as tests have them come out.
type lessons struct{ newest lesson.Lesson }

func (l *lessons) Newest(context.Context, string) (lesson.Lesson, error) { return l.newest, nil }

func TestLessonsGoToWhoAskedForThem(t *testing.T) {
	p := river(4, 1000)
	p.uses = []map[string]any{{"questionnaire": "care", "version": "1", "roles": []string{"patient"}, "firstDay": 300}}
	w := newTown(t, p)
	out := &lessons{}
	w.runner.Lessons = out
	start := at("2026-10-14T15:00:00Z")
	for n := range 4 {
		w.join(n, start)
	}
	w.phone.set(start)
	w.say(1, "LESSON")
	w.say(2, "LESSON")
	w.say(3, "LESSON")
	w.say(3, "no lessons")
	w.runs(start, at("2026-11-04T05:00:00Z"), 6*time.Hour)
	if len(w.phone.sent) != 0 {
		t.Fatalf("told before there was a lesson: %v", w.phone.sent)
	}
	out.newest = lesson.Lesson{Number: 1, Period: "2026-10", Sentence: map[string]string{"en": "In October, 6 in 10 people slept well."}}
	w.runs(at("2026-11-04T06:00:00Z"), at("2026-12-01T06:00:00Z"), 6*time.Hour)
	if len(w.phone.sent) != 2 || !strings.Contains(w.phone.sent[0].body, "6 in 10 people slept well") {
		t.Fatalf("told %v", w.phone.sent)
	}
	out.newest.Number, out.newest.Period = 2, "2026-11"
	w.phone.set(at("2026-12-01T18:00:00Z"))
	w.say(2, "STOP")
	w.runs(at("2026-12-02T06:00:00Z"), at("2026-12-20T06:00:00Z"), 6*time.Hour)
	if len(w.phone.sent) != 3 {
		t.Errorf("%d told of both lessons, want 3", len(w.phone.sent))
	}
	w.check()
}
