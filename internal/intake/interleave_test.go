package intake

import (
	"context"
	"maps"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/report"
	"github.com/tellback/tellback/internal/table/tabletest"
)

// Every change, interrupted by every other one before each of its calls to the table, must leave what doing the two one
// after the other leaves, in one order or the other.
func TestInterleavedChangesAreSerial(t *testing.T) {
	ctx, c := context.Background(), catalog(t)
	changes := map[string]func(*Desk) error{
		"submit the newest": func(d *Desk) error {
			_, _, err := d.Submit(ctx, told("c", "none", now.Add(-time.Hour)))
			return err
		},
		"submit an old one": func(d *Desk) error {
			_, _, err := d.Submit(ctx, told("z", "none", now.Add(-9*time.Hour)))
			return err
		},
		"submit again":    func(d *Desk) error { _, _, err := d.Submit(ctx, told("b", "none", now)); return err },
		"correct":         func(d *Desk) error { return correct(d, "b", "strong") },
		"correct another": func(d *Desk) error { return correct(d, "b", "none") },
		"correct older":   func(d *Desk) error { return correct(d, "a", "strong") },
		"withdraw":        func(d *Desk) error { return d.Withdraw(ctx, d.ReceiptFor("b"), now) },
		"withdraw older":  func(d *Desk) error { return d.Withdraw(ctx, d.ReceiptFor("a"), now) },
		"reached":         func(d *Desk) error { return d.Reached(ctx, report.Started, draft("")) },
	}
	fresh := func(t *testing.T) (*tabletest.Memory, *Desk) {
		m := tabletest.NewMemory()
		d := New(m, fixed, c)
		d.Now = func() time.Time { return now }
		submit(t, d, told("a", "none", now.Add(-3*time.Hour)))
		submit(t, d, told("b", "mild", now.Add(-2*time.Hour)))
		m.Calls = 0
		return m, d
	}
	try := func(t *testing.T, d *Desk, change func(*Desk) error) {
		if err := change(d); err != nil && fault.KindOf(err) != fault.Conflict {
			t.Error(err)
		}
	}
	for name, change := range changes {
		for other, intrusion := range changes {
			t.Run(name+"/"+other, func(t *testing.T) {
				serial := func(first, second func(*Desk) error) map[string]string {
					m, d := fresh(t)
					try(t, d, first)
					try(t, d, second)
					return bodies(m)
				}
				before, after := serial(change, intrusion), serial(intrusion, change)
				for call := 1; ; call++ {
					m, d := fresh(t)
					m.IntrudeAt, m.Intrude = call, func() { try(t, d, intrusion) }
					try(t, d, change)
					if m.Intrude != nil {
						return
					}
					if got := bodies(m); !maps.Equal(got, before) && !maps.Equal(got, after) {
						t.Errorf("intruding before call %d: %s", call, cmp.Diff(after, got))
					}
				}
			})
		}
	}
}

func correct(d *Desk, key, code string) error {
	_, err := d.Correct(context.Background(), d.ReceiptFor(key), 1, phi.Hide(answers(code)), now, nil)
	return err
}

func bodies(m *tabletest.Memory) map[string]string {
	out := map[string]string{}
	for _, i := range m.Under("", "") {
		out[i.Partition+"/"+i.Sort] = string(i.Body)
	}
	return out
}
