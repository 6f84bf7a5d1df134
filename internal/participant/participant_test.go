package participant

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/table"
	"github.com/tellback/tellback/internal/table/tabletest"
)

var monday = time.Date(2026, 10, 5, 16, 0, 0, 0, time.UTC)

const seeded = "+15555550142" // must never be found in a table or an error

func keys(t *testing.T) *phi.Keys {
	t.Helper()
	doc, err := phi.NewKeyset()
	if err != nil {
		t.Fatal(err)
	}
	k, err := phi.ReadKeys(bytes.NewReader(doc))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func enrolment(key string) Enrolment {
	return Enrolment{
		Key: key, Program: "river", Role: "patient", Language: "en", Origin: "known", Number: phi.Hide(seeded),
		Attributes: map[string]string{"age": "18-39"},
		Consent:    Consent{TextVersion: "1", Language: "en", Channel: "sms", At: monday, Given: true},
		At:         monday,
		Due:        []Due{{monday.Add(time.Hour), "checkin", Invite}, {monday.Add(48 * time.Hour), "care", Invite}},
	}
}

func TestEnrolStoresAllInOneWrite(t *testing.T) {
	ctx, m := context.Background(), tabletest.NewMemory()
	r := New(m, keys(t))
	p, err := r.Enrol(ctx, enrolment("k1"))
	if err != nil {
		t.Fatal(err)
	}
	if m.Writes != 1 {
		t.Errorf("%d writes, want 1", m.Writes)
	}
	if p.ID != r.ParticipantID("k1") || p.Contact != r.ContactPseudonym(phi.Hide(seeded)) {
		t.Errorf("participant %+v", p)
	}
	stored, err := r.Participant(ctx, p.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(p, stored); diff != "" {
		t.Error(diff)
	}
	c, ok, err := r.Contact(ctx, phi.Hide(seeded))
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	if c.Number.Reveal() != seeded || c.Participants["river"] != p.ID || c.Stopped {
		t.Error("the contact is not the number's")
	}
	consents, err := r.Consents(ctx, p.ID)
	want := []Consent{{"river", "1", "en", "sms", monday, true}}
	if diff := cmp.Diff(want, consents); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if due := m.Under("DUE#", ""); len(due) != 2 {
		t.Errorf("%d invitations, want 2", len(due))
	}
	for k, i := range m.Items {
		if strings.Contains(fmt.Sprint(k)+string(i.Body), seeded[1:]) {
			t.Errorf("the number is readable in %s", k.Sort)
		}
	}
}

func TestEnrolWithoutPhoneSchedulesNothing(t *testing.T) {
	ctx, m := context.Background(), tabletest.NewMemory()
	r := New(m, keys(t))
	e := enrolment("k1")
	e.Number = phi.Hide("")
	for range 2 {
		if p, err := r.Enrol(ctx, e); err != nil || p.Contact != "" {
			t.Fatal(p, err)
		}
	}
	if m.Writes != 1 || len(m.Items) != 2 {
		t.Errorf("%d writes, %d items; want 1 and 2", m.Writes, len(m.Items))
	}
}

func TestEnrolRefuses(t *testing.T) {
	cases := map[string]struct {
		change func(*Enrolment)
		where  string
	}{
		"no key":             {func(e *Enrolment) { e.Key = "" }, "key"},
		"no program":         {func(e *Enrolment) { e.Program = "" }, "program"},
		"an unknown role":    {func(e *Enrolment) { e.Role = "nurse" }, "role"},
		"no consent":         {func(e *Enrolment) { e.Consent.Given = false }, "consent"},
		"a national number":  {func(e *Enrolment) { e.Number = phi.Hide("5555550142") }, "number"},
		"a number with NUL":  {func(e *Enrolment) { e.Number = phi.Hide(seeded + "\x00") }, "number"},
		"a lone plus":        {func(e *Enrolment) { e.Number = phi.Hide("+") }, "number"},
		"no time":            {func(e *Enrolment) { e.At = time.Time{} }, "at"},
		"a flood of details": {func(e *Enrolment) { e.Attributes = map[string]string{"x": strings.Repeat("y", 1<<20)} }, "attributes"},
		"two of one kind":    {func(e *Enrolment) { e.Due = append(e.Due, e.Due[0]) }, "due"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			m := tabletest.NewMemory()
			e := enrolment("k1")
			c.change(&e)
			_, err := New(m, keys(t)).Enrol(context.Background(), e)
			_, issues := fault.Public(err)
			if fault.KindOf(err) != fault.Invalid || len(issues) == 0 || issues[0].Where != c.where {
				t.Errorf("error %v with issues %v, want Invalid about %s", err, issues, c.where)
			}
			if m.Calls != 0 {
				t.Error("the table was touched")
			}
		})
	}
}

// Whatever call fails, before or after it took hold, the retry with the same key leaves exactly one of everything.
func TestEnrolSurvivesAnyFailure(t *testing.T) {
	for _, rejoining := range []bool{false, true} {
		for _, after := range []bool{false, true} {
			for at := 1; ; at++ {
				ctx, m := context.Background(), tabletest.NewMemory()
				r := New(m, keys(t))
				wantConsents := 1
				if rejoining {
					leave(t, r, enrolment("k0"))
					wantConsents = 2
				}
				m.Calls, m.FailAt, m.After = 0, at, after
				_, err := r.Enrol(ctx, enrolment("k1"))
				if !m.Tripped {
					if err != nil || at < 3 {
						t.Fatalf("call %d was never made: %v", at, err)
					}
					break
				}
				m.FailAt = 0
				p, err := r.Enrol(ctx, enrolment("k1"))
				if err != nil {
					t.Fatal(err)
				}
				consents, err := r.Consents(ctx, p.ID)
				if err != nil || len(consents) != wantConsents {
					t.Errorf("call %d, after=%v: %d consents, want %d (%v)", at, after, len(consents), wantConsents, err)
				}
				if n := len(m.Under("P#", "PARTICIPANT")); n != 1 || !p.Left.IsZero() {
					t.Errorf("call %d, after=%v: %d participants, left %v", at, after, n, p.Left)
				}
				if n := named(t, r, m); n != 2 {
					t.Errorf("call %d, after=%v: %d invitations count, want 2", at, after, n)
				}
			}
		}
	}
}

// named counts the invitations that their participant's schedule names.
func named(t *testing.T, r *Registry, m *tabletest.Memory) int {
	t.Helper()
	n := 0
	for shard := range Shards {
		for cursor := ""; ; {
			due, next, err := r.Due(context.Background(), shard, monday.AddDate(1, 0, 0), cursor)
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range due {
				s, err := r.Schedule(context.Background(), i.Participant)
				if err != nil {
					t.Fatal(err)
				}
				if s.Names(i) {
					n++
				}
			}
			if cursor = next; cursor == "" {
				break
			}
		}
	}
	return n
}

func leave(t *testing.T, r *Registry, e Enrolment) Participant {
	t.Helper()
	p, err := r.Enrol(context.Background(), e)
	if err != nil {
		t.Fatal(err)
	}
	p, err = r.Update(context.Background(), p.ID, func(p *Participant) { p.Left = monday.Add(time.Minute) })
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestRejoiningKeepsTheParticipant(t *testing.T) {
	ctx, m := context.Background(), tabletest.NewMemory()
	r := New(m, keys(t))
	before := leave(t, r, enrolment("k1"))
	again := enrolment("k2") // at the very same moment: a clock that stands still
	again.Language, again.Attributes = "es", nil
	after, err := r.Enrol(ctx, again)
	if err != nil {
		t.Fatal(err)
	}
	want := before
	want.Left, want.Language = time.Time{}, "es"
	if diff := cmp.Diff(want, after); diff != "" {
		t.Error(diff)
	}
	if consents, err := r.Consents(ctx, after.ID); err != nil || len(consents) != 2 {
		t.Errorf("%d consents, want 2 (%v)", len(consents), err)
	}
	// A late repetition of either enrolment changes nothing, even after leaving once more.
	if _, err := r.Update(ctx, after.ID, func(p *Participant) { p.Left = monday.Add(time.Hour) }); err != nil {
		t.Fatal(err)
	}
	writes := m.Writes
	for _, e := range []Enrolment{enrolment("k1"), again} {
		if p, err := r.Enrol(ctx, e); err != nil || p.Left.IsZero() {
			t.Errorf("a repetition brought the participant back (%v)", err)
		}
	}
	if m.Writes != writes {
		t.Error("a repetition wrote something")
	}
}

func TestJoiningTwiceDoesNotRestartInvitations(t *testing.T) {
	ctx, m := context.Background(), tabletest.NewMemory()
	r := New(m, keys(t))
	p, err := r.Enrol(ctx, enrolment("k1"))
	if err != nil {
		t.Fatal(err)
	}
	before, err := r.Schedule(ctx, p.ID)
	if err != nil {
		t.Fatal(err)
	}
	e := enrolment("k2")
	e.Due[0].At = monday.Add(5 * time.Minute)
	if _, err := r.Enrol(ctx, e); err != nil {
		t.Fatal(err)
	}
	after, err := r.Schedule(ctx, p.ID)
	if diff := cmp.Diff(before.Next, after.Next); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

func TestConcurrentEnrolmentsConverge(t *testing.T) {
	ctx, m := context.Background(), tabletest.NewMemory()
	r := New(m, keys(t))
	ids := make([]string, 16)
	var wg sync.WaitGroup
	for n := range ids {
		wg.Go(func() {
			p, err := r.Enrol(ctx, enrolment(fmt.Sprint("k", n%8))) // each key twice
			if err != nil {
				t.Error(err)
			}
			ids[n] = p.ID
		})
	}
	wg.Wait()
	for _, id := range ids {
		if id != ids[0] {
			t.Fatalf("two participants for one number: %v", ids)
		}
	}
	if consents, err := r.Consents(ctx, ids[0]); err != nil || len(consents) != 8 {
		t.Errorf("%d consents, want 8 (%v)", len(consents), err)
	}
	if n := len(m.Under("P#", "PARTICIPANT")); n != 1 {
		t.Errorf("%d participants, want 1", n)
	}
}

func TestTwoProgramsShareAContact(t *testing.T) {
	ctx := context.Background()
	r := New(tabletest.NewMemory(), keys(t))
	one, err1 := r.Enrol(ctx, enrolment("k1"))
	e := enrolment("k2")
	e.Program = "lake"
	two, err2 := r.Enrol(ctx, e)
	if err1 != nil || err2 != nil || one.ID == two.ID {
		t.Fatal(err1, err2, "one participant for two programs")
	}
	c, err := r.ContactOf(ctx, one.Contact)
	if diff := cmp.Diff(map[string]string{"river": one.ID, "lake": two.ID}, c.Participants); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

func TestStopAndStart(t *testing.T) {
	ctx, m := context.Background(), tabletest.NewMemory()
	r := New(m, keys(t))
	number := phi.Hide(seeded)
	stopped := func() bool {
		c, _, err := r.Contact(ctx, number)
		if err != nil {
			t.Fatal(err)
		}
		return c.Stopped
	}
	set := func(s bool) {
		t.Helper()
		if err := r.SetStopped(ctx, number, s, monday); err != nil {
			t.Fatal(err)
		}
		writes := m.Writes
		if err := r.SetStopped(ctx, number, s, monday.Add(time.Hour)); err != nil || m.Writes != writes || stopped() != s {
			t.Fatalf("set to %v again: error %v, %d more writes, stopped %v", s, err, m.Writes-writes, stopped())
		}
	}
	set(false)
	if len(m.Items) != 0 {
		t.Error("START of an unknown number left something behind")
	}
	set(true)
	if _, err := r.Enrol(ctx, enrolment("k1")); err != nil || !stopped() {
		t.Error("enrolling lifted a STOP", err)
	}
	set(false)
	set(true)
	set(false)

	other := phi.Hide("+34600000001") // stopped and started without ever enrolling
	for _, s := range []bool{true, false} {
		if err := r.SetStopped(ctx, other, s, monday); err != nil {
			t.Fatal(err)
		}
	}
	if _, ok, err := r.Contact(ctx, other); ok || err != nil {
		t.Error("a number that nobody enrolled with was kept", err)
	}
	if err := r.SetStopped(ctx, phi.Hide("0142"), true, monday); fault.KindOf(err) != fault.Invalid || strings.Contains(err.Error(), "0142") {
		t.Error("a malformed number:", err)
	}
}

func TestUpdateComparesAndSwaps(t *testing.T) {
	ctx, m := context.Background(), tabletest.NewMemory()
	r := New(m, keys(t))
	p, err := r.Enrol(ctx, enrolment("k1"))
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for n := range 8 {
		wg.Go(func() {
			_, err := r.Update(ctx, p.ID, func(p *Participant) {
				p.Attributes[fmt.Sprint("a", n)] = "x"
				p.ID, p.Contact, p.Program = "stolen", "stolen", "stolen"
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	got, err := r.Participant(ctx, p.ID)
	if err != nil || len(got.Attributes) != 9 || got.ID != p.ID || got.Contact != p.Contact || got.Program != p.Program {
		t.Errorf("%+v (%v)", got, err)
	}
	writes := m.Writes
	if _, err := r.Update(ctx, p.ID, func(*Participant) {}); err != nil || m.Writes != writes {
		t.Error("a change of nothing was written", err)
	}
}

func TestUnknownAndHostileIDs(t *testing.T) {
	ctx := context.Background()
	r := New(tabletest.NewMemory(), keys(t))
	for _, id := range []string{"", "nobody", "\x00", "a\xff", strings.Repeat("a", 5000), "P#x"} {
		if _, err := r.Participant(ctx, id); fault.KindOf(err) != fault.NotFound {
			t.Errorf("participant %.10q: %v", id, err)
		}
		if _, err := r.ContactOf(ctx, id); fault.KindOf(err) != fault.NotFound {
			t.Errorf("contact %.10q: %v", id, err)
		}
		if c, err := r.Consents(ctx, id); len(c) != 0 || err != nil {
			t.Errorf("consents of %.10q: %v %v", id, c, err)
		}
	}
}

func TestMoveIsTakenOnce(t *testing.T) {
	ctx, m := context.Background(), tabletest.NewMemory()
	r := New(m, keys(t))
	e := enrolment("k1")
	e.Due = e.Due[:1]
	p, err := r.Enrol(ctx, e)
	if err != nil {
		t.Fatal(err)
	}
	var due []Invitation
	for shard := range Shards {
		page, _, err := r.Due(ctx, shard, e.Due[0].At, "")
		if err != nil {
			t.Fatal(err)
		}
		due = append(due, page...)
		if early, _, _ := r.Due(ctx, shard, e.Due[0].At.Add(-time.Second), ""); len(early) != 0 {
			t.Error("due a second too early")
		}
	}
	if len(due) != 1 {
		t.Fatalf("%d due, want 1", len(due))
	}
	s, err := r.Schedule(ctx, p.ID)
	if err != nil || !s.Names(due[0]) {
		t.Fatal("the schedule doesn't name its invitation", err)
	}
	next := due[0].At.Add(Week)
	turn := Turn{Next: []Due{{At: next, Questionnaire: "checkin"}, {At: next.Add(time.Hour), Questionnaire: "checkin", Kind: Remind}}, Asked: Asked{At: due[0].At}}
	if err := r.Move(ctx, due[0], s, turn); err != nil {
		t.Fatal(err)
	}
	if err := r.Move(ctx, due[0], s, turn); !errors.Is(err, table.ErrConflict) {
		t.Errorf("taken twice: %v", err)
	}
	s, err = r.Schedule(ctx, p.ID)
	if err != nil || !s.Next["checkin"].Equal(next) || !s.Asked["checkin"].At.Equal(due[0].At) || s.Names(due[0]) {
		t.Errorf("%+v (%v)", s, err)
	}
	reminder := Invitation{Participant: p.ID, Questionnaire: "checkin", Kind: Remind, At: next.Add(time.Hour)}
	if !s.Names(reminder) || s.Names(Invitation{Participant: p.ID, Questionnaire: "checkin", At: next.Add(time.Hour)}) {
		t.Error("the reminder is not told from the invitation")
	}
}

func TestReachHoldsTheWeek(t *testing.T) {
	ctx, m := context.Background(), tabletest.NewMemory()
	r := New(m, keys(t))
	for n := range 3 {
		reach, err := r.Reach(ctx, "somebody")
		if err != nil {
			t.Fatal(err)
		}
		now := monday.Add(time.Duration(n) * 24 * time.Hour)
		if free := reach.Free(now, 1, 3); !free.Equal(now) {
			t.Fatalf("text %d: only at %s", n+1, free)
		}
		op, err := reach.Send(now, 1)
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Write(ctx, op); err != nil {
			t.Fatal(err)
		}
		if err := m.Write(ctx, op); !errors.Is(err, table.ErrConflict) {
			t.Errorf("the same place was taken twice: %v", err)
		}
	}
	reach, err := r.Reach(ctx, "somebody")
	if err != nil {
		t.Fatal(err)
	}
	now := monday.Add(72 * time.Hour)
	for texts, want := range map[int]time.Time{1: monday.Add(Week), 2: monday.Add(Week + 24*time.Hour), 4: now.Add(Week)} {
		if free := reach.Free(now, texts, 3); !free.Equal(want) {
			t.Errorf("%d more: %s, want %s", texts, free, want)
		}
	}
}

func TestLessonsAreAskedFor(t *testing.T) {
	ctx, m := context.Background(), tabletest.NewMemory()
	r := New(m, keys(t))
	p, err := r.Enrol(ctx, enrolment("k1"))
	if err != nil {
		t.Fatal(err)
	}
	at := monday.Add(30 * time.Hour)
	for _, on := range []bool{true, true, false, false, true} {
		if err := r.SetLessons(ctx, p.ID, on, at); err != nil {
			t.Fatal(err)
		}
		s, err := r.Schedule(ctx, p.ID)
		stored, err2 := r.Participant(ctx, p.ID)
		if err != nil || err2 != nil || stored.Lessons != on || s.Names(Invitation{Kind: Lesson, At: at}) != on || len(s.Next) < 2 {
			t.Errorf("%v: %v %+v (%v %v)", on, stored.Lessons, s, err, err2)
		}
	}
}
