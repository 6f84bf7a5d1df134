package participant

import (
	"context"
	"testing"
	"time"

	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/table/tabletest"
)

func TestPart(t *testing.T) {
	ctx, m := context.Background(), tabletest.NewMemory()
	r := New(m, keys(t))
	number := phi.Hide(seeded)
	one, err1 := r.Enrol(ctx, enrolment("k1"))
	e := enrolment("k2")
	e.Program, e.At = "lake", monday.Add(time.Hour)
	two, err2 := r.Enrol(ctx, e)
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	if err := r.SetStopped(ctx, number, true, monday.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	m.Writes = 0
	for range 2 { // the second changes nothing
		if err := r.Part(ctx, number, monday.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	if m.Writes != 1 {
		t.Errorf("%d writes, want 1", m.Writes)
	}
	c, ok, err := r.Contact(ctx, number)
	if err != nil || !ok || !c.Stopped || len(c.Participants) != 1 || c.Participants["lake"] != two.ID {
		t.Errorf("left: %v, stopped %v (%v); want only who joined later", c.Participants, c.Stopped, err)
	}
	if p, err := r.Participant(ctx, one.ID); err != nil || p.Contact != "" || !p.Left.IsZero() {
		t.Errorf("%+v (%v)", p, err)
	}
	if p, err := r.Participant(ctx, two.ID); err != nil || p.Contact == "" {
		t.Errorf("%+v (%v)", p, err)
	}
	if err := r.Part(ctx, phi.Hide("+34600000001"), monday); err != nil {
		t.Error("a number that nobody knows:", err)
	}
	// Whoever enrols with the number now is somebody else; the first enrolment again brings no link back.
	again := enrolment("k3")
	again.At = monday.Add(2 * time.Hour)
	three, err := r.Enrol(ctx, again)
	if err != nil || three.ID == one.ID {
		t.Fatal("the new owner is the old one", err)
	}
	if _, err := r.Enrol(ctx, enrolment("k1")); err != nil {
		t.Fatal(err)
	}
	if c, _, err = r.Contact(ctx, number); err != nil || c.Participants["river"] != three.ID || !c.Stopped {
		t.Errorf("the number leads to %v (%v)", c.Participants, err)
	}
}

// A number that nobody takes part with, and that is not stopped, is not kept.
func TestPartKeepsNoNumber(t *testing.T) {
	ctx := context.Background()
	r := New(tabletest.NewMemory(), keys(t))
	if _, err := r.Enrol(ctx, enrolment("k1")); err != nil {
		t.Fatal(err)
	}
	if err := r.Part(ctx, phi.Hide(seeded), monday.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := r.Contact(ctx, phi.Hide(seeded)); ok || err != nil {
		t.Error("kept", err)
	}
}
