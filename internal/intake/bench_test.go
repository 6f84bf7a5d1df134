package intake

import (
	"context"
	"errors"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tellback/tellback/internal/table/sqlite"
	"github.com/tellback/tellback/internal/table/tabletest"
)

func embedded(t testing.TB) *sqlite.Table {
	t.Helper()
	db, err := sqlite.Open(filepath.Join(t.TempDir(), "reports.db"), []string{"reports"}, time.Now, sqlite.WithLog("reports"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db.Table("reports")
}

// The embedded engine and the door together: many at once, each key sent twice, and a change log without doubles.
func TestOnTheEmbeddedEngine(t *testing.T) {
	ctx := context.Background()
	reports := embedded(t)
	d := desk(t, reports)
	var wg sync.WaitGroup
	var firsts atomic.Int64
	for n := range 32 {
		wg.Go(func() {
			in := draft(strconv.Itoa(n / 2))
			in.Participant = "p" + strconv.Itoa(n/8)
			_, first, err := d.Submit(ctx, in)
			if err != nil {
				t.Error(err)
			}
			if first {
				firsts.Add(1)
			}
		})
	}
	wg.Wait()
	if firsts.Load() != 16 {
		t.Errorf("%d firsts, want 16", firsts.Load())
	}
	changes, err := reports.Changes(ctx, "", 1000)
	if err != nil || len(changes) != 32 {
		t.Errorf("%d changes, want 32: a report and a standing for each (%v)", len(changes), err)
	}
	for n := range 4 {
		in := draft("0")
		in.Participant = "p" + strconv.Itoa(n)
		a, err := d.admit(in)
		if err != nil {
			t.Fatal(err)
		}
		s, _, err := d.standing(ctx, standingKeyOf(a.report))
		if err != nil || len(s.Reports) != 4 {
			t.Errorf("participant %d: %d reports stand, want 4 (%v)", n, len(s.Reports), err)
		}
	}
	if err := d.Withdraw(ctx, d.ReceiptFor("0"), now); err != nil {
		t.Error(err)
	}
	stopped, cancel := context.WithCancel(ctx)
	cancel()
	if _, _, err := d.Submit(stopped, draft("x")); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled submission: %v", err)
	}
}

func BenchmarkSubmit(b *testing.B) {
	d := desk(b, embedded(b))
	ctx := context.Background()
	var n atomic.Int64
	b.ReportAllocs()
	b.SetParallelism(16)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			key := strconv.FormatInt(n.Add(1), 10)
			in := draft(key)
			in.Participant = "p" + key
			if _, _, err := d.Submit(ctx, in); err != nil {
				b.Error(err)
			}
		}
	})
}

// BenchmarkDesk leaves the engine out.
func BenchmarkDesk(b *testing.B) {
	d := desk(b, tabletest.NewMemory())
	ctx := context.Background()
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		in := draft(strconv.Itoa(n))
		in.Participant = "p" + strconv.Itoa(n)
		if _, _, err := d.Submit(ctx, in); err != nil {
			b.Fatal(err)
		}
	}
}
