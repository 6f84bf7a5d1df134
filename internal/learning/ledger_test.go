package learning

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/report"
	"github.com/tellback/tellback/internal/table"
)

// drawStanding draws one, from few enough values that people share cells.
func drawStanding(t *rapid.T) report.Standing {
	s := report.Standing{
		Program:       "river",
		Questionnaire: rapid.SampledFrom([]string{"checkin", "care"}).Draw(t, "questionnaire"),
		Version:       rapid.SampledFrom([]string{"1", "2"}).Draw(t, "version"),
		Period:        rapid.SampledFrom([]string{"2026-09", "2026-10"}).Draw(t, "period"),
		Perspective:   rapid.SampledFrom([]report.Perspective{report.Self, report.Proxy}).Draw(t, "perspective"),
		Stage:         rapid.SampledFrom([]report.Stage{report.Invited, report.Started, report.Completed, report.Completed}).Draw(t, "stage"),
		Origin:        rapid.SampledFrom([]report.Origin{report.Known, report.Open}).Draw(t, "origin"),
		Groups:        []string{"", rapid.SampledFrom([]string{"age=18-39", "age=40-64", "age=unknown"}).Draw(t, "group")},
		Synthetic:     rapid.Bool().Draw(t, "synthetic"),
		Reports:       rapid.SliceOfN(rapid.Just("r"), 0, 3).Draw(t, "reports"),
	}
	if s.Stage != report.Completed {
		return s
	}
	s.Cells = map[string]report.Cell{}
	for _, link := range []string{"pain", "sleep", "wörds\x00\"🙂"} {
		code := rapid.IntRange(0, 4).Draw(t, "code")
		switch {
		case rapid.IntRange(0, 4).Draw(t, "how") > 0:
			s.Cells[link] = report.Cell{Codes: []string{fmt.Sprint(code)}, Milli: int64(code) * 1000, Number: true}
		case rapid.Bool().Draw(t, "absurd"):
			s.Cells[link] = report.Cell{Milli: rapid.Int64().Draw(t, "milli"), Number: true}
		default:
			s.Cells[link] = report.Cell{Missing: true}
		}
	}
	if rapid.Bool().Draw(t, "scored") {
		s.Scores = []questionnaire.Scored{{ID: "load", Milli: rapid.Int64Range(0, 20000).Draw(t, "score")}}
	} else {
		s.Missing = []string{"load"}
	}
	return s
}

func body(t interface{ Fatal(...any) }, s report.Standing) []byte {
	b, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// history writes a random life of standings (told, corrected, taken back, told again) between other items.
func history(t *rapid.T, reports *memory) {
	for range rapid.IntRange(1, 60).Draw(t, "writes") {
		k := table.Key{Partition: fmt.Sprintf("P#%d", rapid.IntRange(0, 9).Draw(t, "who")), Sort: "S#river#x#self#" + rapid.SampledFrom([]string{"a", "b"}).Draw(t, "which")}
		if rapid.IntRange(0, 5).Draw(t, "other") == 0 {
			k = table.Key{Partition: "R#1", Sort: "REV#000001"}
		}
		version := reports.items[k].Version
		op := table.Put(table.Item{Key: k, Version: version, Body: body(t, drawStanding(t))})
		if version > 0 && rapid.IntRange(0, 3).Draw(t, "remove") == 0 {
			op = table.Delete(k, version)
		}
		if err := reports.Write(context.Background(), op); err != nil {
			t.Fatal(err)
		}
	}
}

// Whatever a stream does to a history, the ledger ends up at what all standings add up to.
func TestLedgerEqualsRecomputing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ctx := context.Background()
		reports, learning := newMemory(), newMemory()
		history(t, reports)
		ledger := NewLedger(learning)
		learning.fail = func() error {
			return rapid.SampledFrom([]error{nil, nil, nil, errLost, errDown, table.ErrConflict}).Draw(t, "fault")
		}

		// Two shards, each cut into runs; then runs are swapped, repeated, and cut again elsewhere.
		shards := [2][]table.Change{}
		for _, c := range reports.log {
			k := c.New
			if k == nil {
				k = c.Old
			}
			n := int(k.Partition[len(k.Partition)-1]) % 2
			shards[n] = append(shards[n], c)
		}
		type run struct {
			shard   string
			changes []table.Change
		}
		var runs []run
		for n, changes := range shards {
			for range rapid.IntRange(1, 3).Draw(t, "cuttings") {
				for at := 0; at < len(changes); {
					to := min(len(changes), at+rapid.IntRange(1, 12).Draw(t, "run"))
					runs = append(runs, run{fmt.Sprint("shard-", n), changes[at:to]})
					at = to
				}
			}
		}
		runs = rapid.Permutation(runs).Draw(t, "order")
		for _, r := range runs {
			deliver(t, ledger, r.shard, r.changes)
		}

		want, err := Recompute(ctx, reports)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ledger.All(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("streamed totals differ (-standings +ledger):\n%s", d)
		}
	})
}

// deliver does what Lambda does: again from the failing record until the batch is through.
func deliver(t *rapid.T, l *Ledger, shard string, changes []table.Change) {
	if rapid.Bool().Draw(t, "upside down") {
		turned := make([]table.Change, 0, len(changes))
		for i := range changes {
			turned = append(turned, changes[len(changes)-1-i])
		}
		changes = turned
	}
	for range 1000 {
		_, err := l.Fold(context.Background(), shard, changes)
		if err == nil {
			return
		}
		if !errors.Is(err, errDown) && !errors.Is(err, errLost) && !errors.Is(err, table.ErrConflict) {
			t.Fatal(err)
		}
	}
	t.Fatal("a batch never got through")
}

func tell(t *testing.T, reports *memory, who, code string) {
	t.Helper()
	s := report.Standing{Program: "river", Questionnaire: "checkin", Version: "1", Period: "2026-10", Perspective: report.Self, Stage: report.Completed,
		Origin: report.Known, Groups: []string{""}, Cells: map[string]report.Cell{"pain": {Codes: []string{code}}}}
	k := table.Key{Partition: "P#" + who, Sort: "S#river#checkin#self#2026-10"}
	if err := reports.Write(context.Background(), table.Put(table.Item{Key: k, Version: reports.items[k].Version, Body: body(t, s)})); err != nil {
		t.Fatal(err)
	}
}

// dense is a code of n characters, of its own for each i, that can't be made much smaller.
func dense(i, n int) string {
	random := rand.New(rand.NewPCG(1, uint64(i)))
	raw := make([]byte, n*3/4)
	for k := range raw {
		raw[k] = byte(random.Uint32())
	}
	return base64.RawStdEncoding.EncodeToString(raw)
}

func pain(t *testing.T, l *Ledger) map[string]int64 {
	t.Helper()
	cells, err := l.Totals(context.Background(), "river", "2026-10")
	if err != nil {
		t.Fatal(err)
	}
	return cells[Key{"river", "checkin", "1", "2026-10", "self", "", "pain"}].Bins
}

func TestUnreadableChangeHoldsUpOnlyWhatFollows(t *testing.T) {
	reports, learning := newMemory(), newMemory()
	tell(t, reports, "a", "1")
	tell(t, reports, "b", "1")
	tell(t, reports, "c", "1")
	log := reports.log
	good := log[1].New.Body
	for name, bad := range map[string]string{
		"not JSON": "{", "empty": "", "null": "null", "no stage": `{"program":"river","questionnaire":"c","period":"p","perspective":"self"}`,
		"pooled perspective": `{"program":"river","questionnaire":"c","period":"p","perspective":"both","stage":"completed"}`,
	} {
		log[1].New.Body = []byte(bad)
		failed, err := NewLedger(learning).Fold(context.Background(), "s", log)
		if failed != log[1].Sequence || err == nil {
			t.Errorf("%s: failed at %q (%v), want %q", name, failed, err, log[1].Sequence)
		}
		if d := cmp.Diff(map[string]int64{"1": 1}, pain(t, NewLedger(learning))); d != "" {
			t.Errorf("%s: (-want +got)\n%s", name, d)
		}
	}
	// The stream gave up on it and went on; once the cause is mended it is delivered again, late.
	l := NewLedger(learning)
	for _, batch := range [][]table.Change{log[2:], log} {
		log[1].New.Body = good
		if _, err := l.Fold(context.Background(), "s", batch); err != nil {
			t.Fatal(err)
		}
	}
	if d := cmp.Diff(map[string]int64{"1": 3}, pain(t, l)); d != "" {
		t.Errorf("after mending (-want +got)\n%s", d)
	}
}

func TestRefusesToCountWithoutShard(t *testing.T) {
	reports, learning := newMemory(), newMemory()
	tell(t, reports, "a", "1")
	for name, shard := range map[string]string{"none": "", "too long": strings.Repeat("x", 2000), "not text": "\xff"} {
		if failed, err := NewLedger(learning).Fold(context.Background(), shard, reports.log); err == nil || failed != "" {
			t.Errorf("%s: counted (failed %q)", name, failed)
		}
	}
	if len(learning.items) != 0 {
		t.Errorf("%d items were written", len(learning.items))
	}
}

func TestSegmentsCloseAndStayReadable(t *testing.T) {
	reports, learning := newMemory(), newMemory()
	l := NewLedger(learning)
	for i := range 600 {
		tell(t, reports, fmt.Sprint(i%500), dense(i, 32))
		if _, err := l.Fold(context.Background(), "s", reports.log[i:]); err != nil {
			t.Fatal(err)
		}
	}
	closed := 0
	for k, i := range learning.items {
		if len(i.Body) > 2*segmentSize {
			t.Errorf("%s has %d bytes", k.Sort, len(i.Body))
		}
		if len(i.Body) > segmentSize {
			closed++
		}
	}
	if closed < 2 {
		t.Errorf("only %d segments were closed", closed)
	}
	if _, err := l.Fold(context.Background(), "s", reports.log); err != nil { // everything once more
		t.Fatal(err)
	}
	want, _ := Recompute(context.Background(), reports)
	got, err := l.All(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-standings +ledger)\n%s", d)
	}
}

func TestBatchTooLargeForOneSegmentIsCountedInParts(t *testing.T) {
	reports, learning := newMemory(), newMemory()
	for i := range 300 {
		tell(t, reports, fmt.Sprint(i), dense(i, 4000))
	}
	if failed, err := NewLedger(learning).Fold(context.Background(), "s", reports.log); err != nil {
		t.Fatal(failed, err)
	}
	for k, i := range learning.items {
		if len(i.Body) > writeSize {
			t.Errorf("%s has %d bytes", k.Sort, len(i.Body))
		}
	}
	if n := len(pain(t, NewLedger(learning))); n != 300 {
		t.Errorf("%d codes counted, want 300", n)
	}
}

func TestRacingInvocationsCountOnce(t *testing.T) {
	reports, learning := newMemory(), newMemory()
	for i := range 40 {
		tell(t, reports, fmt.Sprint(i), "1")
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for at := 0; at < 40; at += 4 {
				for {
					if _, err := NewLedger(learning).Fold(context.Background(), "s", reports.log[at:at+4]); err == nil {
						break
					}
				}
			}
		})
	}
	wg.Wait()
	if d := cmp.Diff(map[string]int64{"1": 40}, pain(t, NewLedger(learning))); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestPeriodsInOrder(t *testing.T) {
	learning := newMemory()
	l := NewLedger(learning)
	for i, period := range []string{"2026-11", "2026-09", "2026-10"} {
		s := report.Standing{Program: "river", Questionnaire: "checkin", Period: period, Perspective: report.Self, Stage: report.Invited}
		c := table.Change{Sequence: fmt.Sprint(i + 1), New: &table.Item{Key: table.Key{Partition: "P#a", Sort: "S#x"}, Body: body(t, s)}}
		if _, err := l.Fold(context.Background(), fmt.Sprint(i), []table.Change{c}); err != nil {
			t.Fatal(err)
		}
	}
	got, err := l.Periods(context.Background(), "river")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"2026-09", "2026-10", "2026-11"}, got); d != "" {
		t.Error(d)
	}
}
