package outreach_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tellback/tellback/internal/conversation"
	"github.com/tellback/tellback/internal/intake"
	"github.com/tellback/tellback/internal/outreach"
	"github.com/tellback/tellback/internal/participant"
	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/sms"
	"github.com/tellback/tellback/internal/table"
	"github.com/tellback/tellback/internal/table/sqlite"
)

// What the simulated week is held to. The caps are for 10,000 people, at a cent a segment, and are meant to be felt.
const (
	perWeek    = 3
	perSecond  = 40
	dayTexts   = 4_800
	dayCents   = 4_500
	monthCents = 12_000
	deaths     = 60 // of so many crashes, one takes the whole process
)

// person is somebody who takes part, and what is true of them, whatever our tables say.
type person struct {
	n       int
	number  string
	zone    *time.Location
	stopped bool
	paused  time.Time
	lost    bool   // we were told that there is no such number
	gone    string // what the gateway refuses the number for
}

// world is one week of many people's lives with two programs, on a database, with carriers and processes that fail.
type world struct {
	t       testing.TB
	size    int
	dice    *rand.Rand
	clock   time.Time
	events  events
	planned int
	people  map[string]*person
	numbers []string
	catalog *program.Catalog
	tables  struct{ people, reports table.Table }
	keys    *phi.Keys
	service *sms.Service
	carrier *carrier
	runner  *outreach.Runner
	texts   int
	crashes int
	dead    atomic.Bool
	sum     map[string]int

	calm   bool // nothing crashes
	sudden int  // of so many sends, one has its person say STOP just before

	blind, unconditional, zoneless bool // how it is broken on purpose
}

var zones = []string{"America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"}

// simulated programs: one by rule, by date (the very Sunday on which clocks change) and with reminders; the other, which
// every eighth person is in too, by days after joining.
func simulated(size int, sunday string) []plan {
	var places []any
	for _, z := range zones {
		code := strings.ToLower(strings.TrimPrefix(z, "America/"))
		places = append(places, map[string]any{"code": strings.ReplaceAll(code, "_", "-"), "label": map[string]string{"en": code}, "timeZone": z})
	}
	cents := func(n int) string { return fmt.Sprintf("%d.%02d", n*size/10_000/100, n*size/10_000%100) }
	bounds := caps(perWeek, dayTexts*size/10_000)
	bounds["segmentPrice"], bounds["spendPerDay"], bounds["spendPerMonth"] = "0.01", cents(dayCents), cents(monthCents)
	more := map[string]any{"attributes": []any{map[string]any{"id": "place", "text": map[string]string{"en": "Where?"}, "options": places}}}
	use := func(q string, m map[string]any) map[string]any {
		m["questionnaire"], m["version"], m["roles"] = q, "1", []string{"patient"}
		return m
	}
	return []plan{
		{id: "river", zone: zones[0], outreach: bounds, more: more, uses: []map[string]any{
			use("checkin", map[string]any{"firstDay": 1, "rrule": "FREQ=WEEKLY;BYDAY=FR", "at": "17:00", "remind": map[string]int{"afterDays": 1, "most": 1}}),
			use("care", map[string]any{"firstDay": 1, "days": []string{sunday}, "at": "09:00"}),
		}},
		{id: "brook", zone: zones[3], outreach: bounds, more: more, uses: []map[string]any{
			use("checkin", map[string]any{"firstDay": 0, "everyDays": 3}),
		}},
	}
}

func newWorld(t testing.TB, size int, start time.Time, sunday string) *world {
	t.Helper()
	w := &world{
		t: t, size: size, dice: rand.New(rand.NewPCG(2026, 11)), clock: start, people: map[string]*person{}, keys: newKeys(t),
		catalog: load(t, simulated(size, sunday)...), sum: map[string]int{}, sudden: 200,
	}
	db, err := sqlite.Open(filepath.Join(folder(t), "week.db"), []string{"people", "reports"}, w.now, sqlite.WithSweep(0))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	w.tables.people, w.tables.reports = db.Table("people"), db.Table("reports")
	w.carrier = &carrier{
		w: w, to: map[string][]*message{}, spent: map[string]int{}, texts: map[string]int{}, violations: map[string]int{}, example: map[string]string{},
	}
	w.born()
	w.enrol(start)
	return w
}

// folder is where the database lies: in memory where that is possible. The week writes some hundred thousand times, and no
// power is cut in it.
func folder(t testing.TB) string {
	t.Helper()
	if dir, err := os.MkdirTemp("/dev/shm", "week"); err == nil {
		t.Cleanup(func() { _ = os.RemoveAll(dir) })
		return dir
	}
	return t.TempDir()
}

func (w *world) now() time.Time { return w.clock }

func (w *world) scaled(n int) int { return n * w.size / 10_000 }

func (w *world) fail(err error) {
	if err != nil {
		w.t.Fatal(err)
	}
}

// born starts a process: nothing is left of what another had in its memory.
func (w *world) born() {
	w.dead.Store(false)
	people, reports := mortal{w.tables.people, w}, mortal{w.tables.reports, w}
	desk := intake.New(reports, w.keys, w.catalog)
	desk.Now = w.now
	registry := participant.New(people, w.keys)
	w.service = &sms.Service{
		People: people, Keys: w.keys, Registry: registry, Desk: desk, Machine: conversation.Machine{Catalog: w.catalog},
		Dispatcher: w.carrier, Journal: w.carrier, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Now: w.now,
	}
	catalog := w.catalog
	if w.zoneless {
		plans := simulated(w.size, "2026-11-01")
		for n := range plans {
			plans[n].more = nil
		}
		catalog = load(w.t, plans...)
	}
	w.runner = &outreach.Runner{
		People: people, Registry: registry, Catalog: catalog, Messenger: messenger{w.service, w}, Outbox: w.service, Now: w.now, PerSecond: perSecond,
		Wait: func(_ context.Context, d time.Duration) error { w.until(w.clock.Add(d)); return nil },
	}
}

func (w *world) enrol(start time.Time) {
	w.t.Helper()
	registry := participant.New(w.tables.people, w.keys)
	for n := range w.size {
		zone := zones[n%len(zones)]
		location, err := time.LoadLocation(zone)
		w.fail(err)
		p := &person{n: n, number: fmt.Sprintf("+1555%07d", n), zone: location}
		w.people[p.number], w.numbers = p, append(w.numbers, p.number)
		for _, id := range []string{"river", "brook"} {
			if id == "brook" && n%8 > 0 {
				continue
			}
			of := w.catalog.Program(id)
			place := map[string]string{"place": strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(zone, "America/")), "_", "-")}
			at := start.Add(-time.Duration(n%72) * time.Hour)
			_, err := registry.Enrol(context.Background(), participant.Enrolment{
				Key: fmt.Sprint(id, n), Program: id, Role: "patient", Language: "en", Origin: "known", Number: phi.Hide(p.number), Attributes: place,
				Consent: participant.Consent{Given: true, TextVersion: "1", Channel: "sms", Language: "en", At: at}, At: at,
				Due: participant.FirstDue(of, "patient", "", at, of.Zone(place)),
			})
			w.fail(err)
		}
	}
}

// messenger posts with a process that dies in the middle: of each text's first try always, later now and then. Now and
// then, too, somebody says STOP or PAUSE between the writing and the sending.
type messenger struct {
	*sms.Service
	w *world
}

func (m messenger) Post(ctx context.Context, l *sms.Letter, valid time.Duration, also ...table.Op) (sms.Posted, error) {
	w := m.w
	if n := w.dice.IntN(w.sudden); n == 0 {
		w.says(w.people[l.Number.Number.Reveal()], "STOP")
	} else if n == 1 {
		w.says(w.people[l.Number.Number.Reveal()], "PAUSE")
	}
	w.sum["sends"]++
	if !w.calm && (w.sum["sends"]%5 < 4 || w.dice.IntN(2) == 0) {
		ctx = context.WithValue(ctx, lifeKey{}, &life{left: 1 + w.dice.IntN(7), after: w.dice.IntN(2) == 0})
	}
	return m.Service.Post(ctx, l, valid, also...)
}

// says has somebody text. What they wish counts from when the webhook has answered.
func (w *world) says(p *person, body string) {
	w.texts++
	_, err := w.service.Inbound(context.Background(), sms.Message{SID: fmt.Sprintf("SI%d", w.texts), From: phi.Hide(p.number), Body: phi.Hide(body)})
	if errors.Is(err, errDead) {
		return // the webhook failed; nobody promised anything
	}
	w.fail(err)
	w.sum[body]++
	switch body {
	case "STOP":
		p.stopped = true
	case "PAUSE":
		p.paused = w.now().Add(conversation.Pausing)
	case "START":
		p.stopped, p.paused = false, time.Time{}
	}
	p.lost = false // whoever texts has a phone that texts
}

// reads is what somebody does about a text that has arrived.
func (w *world) reads(p *person) {
	soon := func(after time.Duration, body string) {
		w.at(w.now().Add(after+time.Duration(w.dice.IntN(600))*time.Second), func() { w.says(p, body) })
	}
	switch n := w.dice.IntN(100); {
	case n < 25:
		soon(time.Minute, "1")
		soon(12*time.Minute, "1")
	case n < 40:
		soon(time.Minute, "1")
	case n < 54:
		soon(0, "STOP")
		if w.dice.IntN(3) == 0 {
			soon(20*time.Hour, "START")
		}
	case n < 57:
		soon(0, "PAUSE")
	case n < 59:
		soon(0, "LESSON")
	}
}

// week lives a week, with a run every ten minutes, and after it six hours in which nothing crashes.
func (w *world) week() {
	w.t.Helper()
	start := w.clock
	for tick := start; tick.Before(start.Add(7*24*time.Hour + 6*time.Hour)); tick = tick.Add(10 * time.Minute) {
		w.calm = tick.Sub(start) >= 7*24*time.Hour
		w.until(tick)
		s, err := w.runner.Run(context.Background())
		if err != nil && !errors.Is(err, errDead) && !strings.Contains(err.Error(), "no list today") {
			w.t.Fatal(err)
		}
		w.sum["taken, and we knew at once"] += s.Sent
		w.sum["moved to the morning"] += s.Quiet
		w.sum["held back by a cap"] += s.Capped
		w.sum["contended"] += s.Contended
		if w.dead.Load() {
			w.sum["whole processes killed"]++
			w.born()
		}
	}
	w.until(w.clock.Add(time.Hour))
}

// report prints what happened.
func (w *world) report() {
	c := w.carrier
	reached := 0
	for _, n := range w.numbers {
		if len(c.to[n]) > 0 {
			reached++
		}
	}
	w.t.Logf("%d people in %d time zones: %d texts handed over, %d taken, to %d people", w.size, len(zones), w.sum["sends"], len(c.messages), reached)
	w.t.Logf("crashes %d, whole processes killed %d; refused %d, unclear %d, taken without saying so %d; delivered %d, undelivered %d, too late for the day %d",
		w.crashes, w.sum["whole processes killed"], c.refused, c.unclear, c.swallowed, c.delivered, c.undelivered, c.expired)
	w.t.Logf("said STOP %d, PAUSE %d, START %d; held back by a cap %d times, moved to the morning %d times", w.sum["STOP"], w.sum["PAUSE"], w.sum["START"], w.sum["held back by a cap"], w.sum["moved to the morning"])
	for _, key := range slices.Sorted(maps.Keys(c.spent)) {
		w.t.Logf("%s: %d texts, %d cents", key, c.texts[key], c.spent[key])
	}
	var all []string
	for _, kind := range violated {
		all = append(all, fmt.Sprintf("%s %d", kind, c.violations[kind]))
	}
	w.t.Logf("broken promises: %s", strings.Join(all, ", "))
}

var violated = []string{"quiet", "double", "stopped", "paused", "lost", "week", "cap", "pace"}

// left counts what the people table still has to do about texts, hours after the last run.
func (w *world) left(state string) int {
	w.t.Helper()
	n := 0
	for cursor := ""; ; {
		page, err := w.tables.people.(table.Scanner).Scan(context.Background(), cursor)
		w.fail(err)
		for _, i := range page.Items {
			if strings.HasPrefix(i.Partition, "T#") && strings.Contains(string(i.Body), `"state":"`+state+`"`) {
				n++
			}
		}
		if cursor = page.Next; cursor == "" {
			return n
		}
	}
}

// A week in which clocks change, four time zones, carriers that fail at random, and a crash in nearly every send.
func TestAWeekOfTenThousand(t *testing.T) {
	for _, c := range []struct {
		name, start, sunday string
		size                int
	}{
		{"clocks go back", "2026-10-29T04:00:00Z", "2026-11-01", 10_000},
		{"clocks go forward", "2027-03-11T05:00:00Z", "2027-03-14", 500},
	} {
		t.Run(c.name, func(t *testing.T) {
			if testing.Short() {
				c.size = 500
			}
			w := newWorld(t, c.size, at(c.start), c.sunday)
			w.week()
			w.report()
			for _, kind := range violated {
				if n := w.carrier.violations[kind]; n > 0 {
					t.Errorf("%s: %d times, first %s", kind, n, w.carrier.example[kind])
				}
			}
			if n := w.left("claimed"); n > 0 {
				t.Errorf("of %d texts nobody knows what became of them", n)
			}
			if w.crashes < w.size || w.sum["whole processes killed"] == 0 {
				t.Errorf("only %d crashes", w.crashes)
			}
		})
	}
}

// The simulated week finds out what is broken.
func TestTheWeekFindsWhatIsBroken(t *testing.T) {
	for _, c := range []struct {
		name, finds string
		how         func(*world)
	}{
		{"what is unclear is sent again without asking what became of it", "double", func(w *world) { w.blind = true }},
		{"everybody is held to live where the program is", "quiet", func(w *world) { w.zoneless = true }},
		{"nothing is checked at the last moment", "stopped", func(w *world) { w.unconditional, w.sudden = true, 25 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, 400, at("2026-10-29T04:00:00Z"), "2026-11-01")
			c.how(w)
			w.born()
			w.week()
			if n := w.carrier.violations[c.finds]; n == 0 {
				w.report()
				t.Errorf("not found out")
			} else {
				t.Logf("%s: %d times, first %s", c.finds, n, w.carrier.example[c.finds])
			}
		})
	}
}
