package release

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/report"
	"github.com/tellback/tellback/internal/table"
)

// few makes n people with no more than one item answered, which is quick to protect.
func (w *world) few(period string, n int) []report.Standing {
	p := w.catalog.Program("lake")
	c := &crowd{rng: rand.New(rand.NewPCG(1, 1)), p: p, q: w.catalog.Questionnaire("story", "1"), period: period}
	return c.of(n)
}

func closeAll(t *testing.T, w *world, now time.Time) []Entry {
	t.Helper()
	entries, err := w.closer().Run(context.Background(), now)
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

var (
	newYork, _ = time.LoadLocation("America/New_York")
	octoberDue = time.Date(2026, 11, 4, 0, 0, 0, 0, newYork) // three days after the end of October
)

// What is closed is closed for good, so not while some of it isn't counted.
func TestNothingIsClosedWhileTheLedgerIsBehind(t *testing.T) {
	w := newWorld(t)
	w.fold(t, w.week("2026-10", 60, 1))
	c := w.closer()
	behind := errors.New("120 changes wait")
	c.Settled = func(context.Context) error { return behind }
	if entries, err := c.Run(context.Background(), octoberDue); !errors.Is(err, behind) || len(entries) != 0 {
		t.Errorf("%d closed, %v", len(entries), err)
	}
	behind = nil
	if entries, err := c.Run(context.Background(), octoberDue); err != nil || len(entries) != 1 {
		t.Errorf("%d closed, %v", len(entries), err)
	}
}

func TestPeriodsAreClosedInOrderOnceAndWhenDue(t *testing.T) {
	w := newWorld(t)
	w.fold(t, w.few("2026-10", 40))
	w.fold(t, w.few("2026-08", 40))
	for _, s := range w.few("2026-09", 40) { // nobody got to the end in September: no release
		s.Stage, s.Cells = report.Invited, nil
		w.fold(t, []report.Standing{s})
	}
	periods := func(entries []Entry) (out []string) {
		for _, e := range entries {
			out = append(out, fmt.Sprintf("%d %s", e.Number, e.Period))
		}
		return out
	}
	for _, step := range []struct {
		name string
		now  time.Time
		want []string
	}{
		{"october has a second to go", octoberDue.Add(-time.Second), []string{"1 2026-08"}},
		{"again", octoberDue.Add(-time.Second), nil},
		{"october is due", octoberDue, []string{"2 2026-10"}},
		{"again", octoberDue.Add(time.Hour), nil},
	} {
		if d := cmp.Diff(step.want, periods(closeAll(t, w, step.now))); d != "" {
			t.Errorf("%s (-want +got)\n%s", step.name, d)
		}
	}
	w.fold(t, w.few("2026-09", 40)) // too late
	if got := closeAll(t, w, octoberDue.AddDate(0, 0, 9)); len(got) != 0 {
		t.Errorf("a period before the newest release was released: %v", got)
	}

	record := NewRecord(w.table, w.archive)
	entries, err := record.Entries(context.Background(), "lake")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"2 2026-10", "1 2026-08"}, periods(entries)); d != "" {
		t.Errorf("entries (-want +got)\n%s", d)
	}
	if entries[0].Previous != entries[1].SHA256 || entries[1].Previous != "" {
		t.Error("the entries aren't chained")
	}
	found, err := Verify(w.archive.fs(), w.verifier)
	if d := cmp.Diff([]Verified{{"lake", 2, entries[0].SHA256}}, found); d != "" || err != nil {
		t.Errorf("verify: %v (-want +got)\n%s", err, d)
	}
	if _, _, err := record.Open(context.Background(), "lake", 3); fault.KindOf(err) != fault.NotFound {
		t.Errorf("a release that isn't there: %v", err)
	}
}

// Three reports show nothing at all, not even which answers nobody gave.
func TestThreeReportsShowNothing(t *testing.T) {
	w := newWorld(t)
	people := w.week("2026-10", 30, 7)
	people = slices.DeleteFunc(people, func(s report.Standing) bool { return s.Stage != report.Completed })[:3]
	w.fold(t, people)
	entries := closeAll(t, w, octoberDue)
	r, _, err := NewRecord(w.table, w.archive).Open(context.Background(), "lake", 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range r.Rows {
		if !row.Suppressed || row.Value != "" {
			t.Errorf("%s is shown", key(row))
		}
	}
	if len(r.Rows) == 0 || entries[0].Rows != len(r.Rows) || entries[0].Shown != 0 || len(r.Lessons) != 0 {
		t.Errorf("%d rows, %d shown, %d lessons", len(r.Rows), entries[0].Shown, len(r.Lessons))
	}
}

// The same people in the same period give the same bytes, whatever the order in which they told.
func TestSealedBytesAreDetermined(t *testing.T) {
	var first []byte
	var keys world
	for n := range 2 {
		w := newWorld(t)
		if n == 0 {
			keys = *w
		}
		w.signer = keys.signer
		people := w.week("2026-10", 60, 4)
		leaveOut(people, "sleep", "tags", "why", "note", "steps")
		rand.New(rand.NewPCG(uint64(n), 9)).Shuffle(len(people), func(i, j int) { people[i], people[j] = people[j], people[i] })
		w.fold(t, people)
		closeAll(t, w, octoberDue)
		both := append(w.archive.files["lake/000001.json"], w.archive.files["lake/000001.note"]...)
		if n == 0 {
			first = both
		} else if !bytes.Equal(first, both) {
			t.Fatal("the bytes differ")
		}
	}
	var doc map[string]any
	d := json.NewDecoder(bytes.NewReader(first))
	d.UseNumber()
	if err := d.Decode(&doc); err != nil {
		t.Fatal(err)
	}
	if n := fractions(doc); n > 0 {
		t.Errorf("%d numbers aren't integers", n)
	}
}

func fractions(v any) (n int) {
	switch v := v.(type) {
	case map[string]any:
		for _, x := range v {
			n += fractions(x)
		}
	case []any:
		for _, x := range v {
			n += fractions(x)
		}
	case json.Number:
		if strings.ContainsAny(string(v), ".eE") {
			n++
		}
	}
	return n
}

// A crash at any step is healed by the next run, even when the ledger has changed and the clock moved on meanwhile.
func TestCrashAnywhereIsHealed(t *testing.T) {
	for _, c := range []struct {
		name          string
		before, after string // the file around whose Put it crashes
		entry         bool   // or the table's write of the entry
		adopted       bool   // what was archived stays
	}{
		{"before the document", "lake/000001.json", "", false, false},
		{"after the document", "", "lake/000001.json", false, true},
		{"before the note", "lake/000001.note", "", false, true},
		{"after the note", "", "lake/000001.note", false, true},
		{"before the entry", "", "", true, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.fold(t, w.few("2026-10", 40))
			crash := func(at string) func(string) error {
				return func(name string) error {
					if name == at {
						return errCrash
					}
					return nil
				}
			}
			w.archive.before, w.archive.after = crash(c.before), crash(c.after)
			closer := w.closer()
			if c.entry {
				closer.learning = deaf{w.table}
			}
			if _, err := closer.Run(context.Background(), octoberDue); !errors.Is(err, errCrash) {
				t.Fatalf("no crash: %v", err)
			}
			archived := bytes.Clone(w.archive.files["lake/000001.json"])
			w.archive.before, w.archive.after = nil, nil
			w.fold(t, w.few("2026-10", 25))
			entries := closeAll(t, w, octoberDue.Add(time.Hour))
			if len(entries) != 1 {
				t.Fatalf("%d entries", len(entries))
			}
			if kept := bytes.Equal(archived, w.archive.files["lake/000001.json"]); kept != c.adopted {
				t.Errorf("the archived document was kept: %v, want %v", kept, c.adopted)
			}
			if _, _, err := NewRecord(w.table, w.archive).Open(context.Background(), "lake", 1); err != nil {
				t.Error(err)
			}
			if _, err := Verify(w.archive.fs(), w.verifier); err != nil {
				t.Error(err)
			}
		})
	}
}

// deaf is a table that dies when an entry is written.
type deaf struct{ table.Table }

func (d deaf) Write(ctx context.Context, ops ...table.Op) error {
	if strings.HasPrefix(ops[0].Item.Partition, "RELEASES#") {
		return errCrash
	}
	return d.Table.Write(ctx, ops...)
}

// What somebody put into the archive is not taken for a release.
func TestForeignDocumentIsNotAdopted(t *testing.T) {
	w, other := newWorld(t), newWorld(t)
	other.fold(t, other.few("2026-10", 40))
	closeAll(t, other, octoberDue)
	w.archive.files["lake/000001.json"] = other.archive.files["lake/000001.json"]
	w.fold(t, w.few("2026-10", 60))
	if entries, err := w.closer().Run(context.Background(), octoberDue); err == nil {
		t.Fatalf("adopted: %v", entries)
	}
	if _, ok, _ := NewRecord(w.table, w.archive).Head(context.Background(), "lake"); ok {
		t.Error("it has an entry")
	}
}

func TestRacingClosersMakeOneRelease(t *testing.T) {
	w := newWorld(t)
	w.fold(t, w.few("2026-10", 40))
	errs := make(chan error)
	for n := range 6 {
		go func() {
			_, err := w.closer().Run(context.Background(), octoberDue.Add(time.Duration(n)*time.Second))
			errs <- err
		}()
	}
	for range 6 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if got := slices.Sorted(maps.Keys(w.archive.files)); !slices.Equal(got, []string{"lake/000001.json", "lake/000001.note"}) {
		t.Errorf("archived %v", got)
	}
	if _, err := Verify(w.archive.fs(), w.verifier); err != nil {
		t.Error(err)
	}
}
