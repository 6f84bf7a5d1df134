package intake

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/report"
	"github.com/tellback/tellback/internal/table/tabletest"
)

func submit(t *testing.T, d *Desk, in report.Draft) Receipt {
	t.Helper()
	r, _, err := d.Submit(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestCorrect(t *testing.T) {
	ctx, m := context.Background(), tabletest.NewMemory()
	d := desk(t, m)
	r := submit(t, d, draft("k"))
	before := the(t, m)
	later := now.AddDate(0, 2, 0) // two periods on: it still belongs where it was told
	got, err := d.Correct(ctx, r, 1, phi.Hide(answers("strong")), later, nil)
	if err != nil || got.Revision != 2 || !got.Revised.Equal(later) || !got.At.Equal(now.Add(-time.Hour)) {
		t.Fatal(got.Revision, got.Revised, err)
	}
	want := before
	want.Cells = map[string]report.Cell{}
	for k, c := range before.Cells {
		want.Cells[k] = c
	}
	want.Cells["pain"] = report.Cell{Codes: []string{"strong"}, Milli: 4000, Number: true}
	if diff := cmp.Diff(want, the(t, m)); diff != "" {
		t.Error(diff)
	}

	// The retry of what has happened, with the revision that it saw then, is no conflict and no change.
	writes := m.Writes
	if again, err := d.Correct(ctx, r, 1, phi.Hide(answers("strong")), later, nil); err != nil || again.Revision != 2 || m.Writes != writes {
		t.Errorf("revision %d, %d more writes, %v", again.Revision, m.Writes-writes, err)
	}
	if _, err := d.Correct(ctx, r, 1, phi.Hide(answers("none")), later, nil); fault.KindOf(err) != fault.Conflict {
		t.Errorf("an outdated correction: %v", err)
	}
	if _, err := d.Correct(ctx, r, 2, phi.Hide(questionnaire.Answers{}), later, nil); fault.KindOf(err) != fault.Invalid {
		t.Errorf("corrected to nothing: %v", err)
	}
	if _, err := d.Correct(ctx, r, 2, phi.Hide(answers("ZQ")), later, nil); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a wrong correction: %v", err)
	}
	if read, err := d.Read(ctx, r); err != nil || read.Revision != 2 || read.Answers.Reveal()["pain"][0].Code != "strong" {
		t.Errorf("reads revision %d, %v", read.Revision, err)
	}
}

func TestRevisionsAreBounded(t *testing.T) {
	ctx, m := context.Background(), tabletest.NewMemory()
	d := desk(t, m)
	r := submit(t, d, draft("k"))
	for n := 1; n < maxRevisions; n++ {
		if _, err := d.Correct(ctx, r, n, phi.Hide(answers([]string{"mild", "none"}[n%2])), now, nil); err != nil {
			t.Fatal(n, err)
		}
	}
	read, err := d.Read(ctx, r)
	if err != nil || read.Revision != maxRevisions {
		t.Fatal(read.Revision, err)
	}
	if _, err := d.Correct(ctx, r, maxRevisions, phi.Hide(answers("strong")), now, nil); fault.KindOf(err) != fault.TooMany {
		t.Errorf("one more: %v", err)
	}
	if err := d.Withdraw(ctx, r, now); err != nil {
		t.Fatal(err)
	}
	if n := len(m.Under("R#", "")); n != 1 {
		t.Errorf("%d revisions after withdrawal, want the tombstone", n)
	}
}

func TestWithdraw(t *testing.T) {
	ctx, m := context.Background(), tabletest.NewMemory()
	d := desk(t, m)
	in := story("k", "ZQstory")
	in.Role, in.Perspective, in.Relation, in.About = "caregiver", report.Proxy, "child", phi.Hide("ZQname")
	r := submit(t, d, in)
	if _, err := d.Correct(ctx, r, 1, phi.Hide(questionnaire.Answers{"story": {words("ZQmore")}}), now, nil); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := d.Withdraw(ctx, r, now); err != nil {
			t.Fatal(err)
		}
	}
	if m.Writes != 3 {
		t.Errorf("%d writes, want 3: withdrawing twice is withdrawing once", m.Writes)
	}
	read, err := d.Read(ctx, r)
	if err != nil || read.Status != report.Withdrawn || len(read.Answers.Reveal()) != 0 {
		t.Errorf("%s with %d answers, %v", read.Status, len(read.Answers.Reveal()), err)
	}
	for _, i := range m.Under("R#", "") {
		for _, gone := range []string{"ZQ", "child", `"ana2"`, "caregiver", "age="} {
			if strings.Contains(string(i.Body), gone) {
				t.Errorf("the tombstone still has %q", gone)
			}
		}
	}
	s := the(t, m)
	if s.Stage != report.Started || len(s.Reports)+len(s.Told)+len(s.Cells)+len(s.Scores) != 0 || !s.At.IsZero() {
		t.Errorf("%+v", s)
	}
	// A late retry can't bring it back, nor can a correction.
	if again, first, err := d.Submit(ctx, in); err != nil || first || again != r {
		t.Error(again, first, err)
	}
	if _, err := d.Correct(ctx, r, 2, phi.Hide(questionnaire.Answers{"story": {words("x")}}), now, nil); fault.KindOf(err) != fault.Conflict {
		t.Error(err)
	}
	if the(t, m).Stage != report.Started {
		t.Error("a withdrawn report came back")
	}
}

func TestWithdrawingFromAnOpenFormLeavesNoGroups(t *testing.T) {
	m := tabletest.NewMemory()
	d := desk(t, m)
	in := draft("k")
	in.Origin = report.Open
	if err := d.Withdraw(context.Background(), submit(t, d, in), now); err != nil {
		t.Fatal(err)
	}
	if s := the(t, m); s.Stage != report.Started || len(s.Groups) != 1 || s.Groups[0] != "" {
		t.Errorf("%+v", s)
	}
}

// Of a fallback, the newest revision counts.
func TestWithdrawFallsBackToTheCorrectedOne(t *testing.T) {
	ctx, m := context.Background(), tabletest.NewMemory()
	d := desk(t, m)
	first := submit(t, d, told("a", "none", now.Add(-3*time.Hour)))
	last := submit(t, d, told("b", "mild", now.Add(-2*time.Hour)))
	if _, err := d.Correct(ctx, first, 1, phi.Hide(answers("strong")), now, nil); err != nil {
		t.Fatal(err)
	}
	if s := the(t, m); s.Cells["pain"].Codes[0] != "mild" {
		t.Error("correcting an older report changed what counts")
	}
	if err := d.Withdraw(ctx, last, now); err != nil {
		t.Fatal(err)
	}
	if s := the(t, m); s.Cells["pain"].Codes[0] != "strong" || len(s.Reports) != 1 {
		t.Errorf("%+v", s)
	}
}

func TestUnknownAndMalformedReceipts(t *testing.T) {
	ctx, m := context.Background(), tabletest.NewMemory()
	d := desk(t, m)
	for _, r := range []Receipt{"", "x", Receipt(strings.Repeat("a", 27)), Receipt(strings.Repeat("A", 26)), Receipt(strings.Repeat("1", 26)), "../../../../../../../../etc"} {
		_, readErr := d.Read(ctx, r)
		_, correctErr := d.Correct(ctx, r, 1, phi.Hide(answers("mild")), now, nil)
		for _, err := range []error{readErr, correctErr, d.Withdraw(ctx, r, now)} {
			if fault.KindOf(err) != fault.NotFound {
				t.Errorf("%q: %v", string(r), err)
			}
		}
	}
	if m.Calls != 0 {
		t.Error("a malformed receipt reached the table")
	}
	r := d.ReceiptFor("never sent")
	_, err := d.Read(ctx, r)
	if fault.KindOf(err) != fault.NotFound || strings.Contains(fmt.Sprint(err), string(r)) {
		t.Error(err)
	}
	if err := d.Withdraw(ctx, r, now); fault.KindOf(err) != fault.NotFound {
		t.Error(err)
	}
}

// Whatever call fails, before or after it took hold, the retry ends where an undisturbed call does.
func TestChangesSurviveAnyFailure(t *testing.T) {
	ctx := context.Background()
	changes := map[string]func(*Desk, Receipt) error{
		"correct": func(d *Desk, r Receipt) error {
			_, err := d.Correct(ctx, r, 1, phi.Hide(answers("strong")), now, nil)
			return err
		},
		"withdraw": func(d *Desk, r Receipt) error { return d.Withdraw(ctx, r, now) },
		"reached": func(d *Desk, _ Receipt) error {
			in := draft("")
			in.Participant = "ben3"
			return d.Reached(ctx, report.Started, in)
		},
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			var want map[string]report.Standing
			for call := 0; ; call++ { // 0: undisturbed
				for _, after := range []bool{false, true} {
					m := tabletest.NewMemory()
					d := New(m, fixed, catalog(t))
					d.Now = func() time.Time { return now }
					submit(t, d, told("a", "none", now.Add(-3*time.Hour)))
					r := submit(t, d, told("b", "mild", now.Add(-2*time.Hour)))
					m.Calls, m.FailAt, m.After = 0, call, after
					err := change(d, r)
					if call > 0 && !m.Tripped {
						return
					}
					if (err != nil) != (call > 0) {
						t.Fatalf("call %d: %v", call, err)
					}
					m.FailAt = 0
					if err := change(d, r); err != nil {
						t.Fatalf("call %d, after=%v: %v", call, after, err)
					}
					got := standings(t, m)
					if want == nil {
						want = got
					}
					if diff := cmp.Diff(want, got); diff != "" {
						t.Errorf("call %d, after=%v: %s", call, after, diff)
					}
				}
			}
		})
	}
}

// Corrections, withdrawals and submissions of one standing at once: whoever wins, the standing is what its reports say.
func TestRacingChangesAgree(t *testing.T) {
	ctx := context.Background()
	for round := range 20 {
		m := tabletest.NewMemory()
		d := desk(t, m)
		var receipts []Receipt
		for n := range 4 {
			receipts = append(receipts, submit(t, d, told(fmt.Sprint(n), "none", now.Add(-time.Duration(9-n)*time.Hour))))
		}
		var wg sync.WaitGroup
		for n, r := range receipts {
			wg.Go(func() {
				if _, err := d.Correct(ctx, r, 1, phi.Hide(answers("strong")), now, nil); err != nil && fault.KindOf(err) != fault.Conflict {
					t.Error(err)
				}
			})
			wg.Go(func() {
				if n > 0 {
					if err := d.Withdraw(ctx, r, now); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Go(func() { submit(t, d, told("late", "mild", now.Add(-100*time.Hour))) })
		wg.Wait()
		s := the(t, m)
		if len(s.Reports) != 2 || s.Reports[1] != d.reportID(receipts[0]) || s.Cells["pain"].Codes[0] != "strong" {
			t.Fatalf("round %d: %d listed, counts %v", round, len(s.Reports), s.Cells["pain"].Codes)
		}
		for _, r := range receipts[1:] {
			if read, err := d.Read(ctx, r); err != nil || read.Status != report.Withdrawn || len(m.Under("R#"+d.reportID(r), "")) != 1 {
				t.Fatalf("round %d: a withdrawn report came back: %s %v", round, read.Status, err)
			}
		}
	}
}
