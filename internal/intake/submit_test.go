package intake

import (
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
	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/report"
	"github.com/tellback/tellback/internal/table/tabletest"
)

func TestSubmitCostsOneReadAndOneWrite(t *testing.T) {
	m := tabletest.NewMemory()
	d := desk(t, m)
	r, first, err := d.Submit(context.Background(), draft("k"))
	if err != nil || !first || r != d.ReceiptFor("k") {
		t.Fatal(r, first, err)
	}
	if m.Calls != 2 || m.Writes != 1 || len(m.Items) != 2 {
		t.Errorf("%d calls, %d writes, %d items; want 2, 1, 2", m.Calls, m.Writes, len(m.Items))
	}
	for k, i := range m.Items {
		if strings.Contains(k.Partition+k.Sort+string(i.Body), string(r)) {
			t.Error("the receipt is stored")
		}
	}
}

func TestStandingHoldsCodesAndNumbers(t *testing.T) {
	m := tabletest.NewMemory()
	in := draft("k")
	in.Answers = phi.Hide(questionnaire.Answers{
		"pain":  {coding("mild")},
		"tired": {coding("strong")},
		"help":  {coding("kin"), coding("nurse")},
		"sport": {{Type: questionnaire.String, Text: "ZQsport"}},
		"walk":  {{Type: questionnaire.Boolean, Text: "true"}},
		"kilos": {{Type: questionnaire.Decimal, Text: "71.2345"}},
		"since": {{Type: questionnaire.Date, Text: "1971-03-09"}},
		"words": {words("ZQwords \U0001F49A \u05e9\u05dc\u05d5\u05dd")},
		"form":  {{Type: questionnaire.String, Text: "ZQhidden"}},
	})
	if _, _, err := desk(t, m).Submit(context.Background(), in); err != nil {
		_, issues := fault.Public(err)
		t.Fatal(err, issues)
	}
	want := report.Standing{
		Program: "river", Questionnaire: "all", Version: "1", Period: "2026-10", Perspective: report.Self,
		Stage: report.Completed, Origin: report.Known,
		Groups: []string{"", "age=old", "language=en", "age=old&language=en", "relation=unknown"},
		Cells: map[string]report.Cell{
			"pain":  {Codes: []string{"mild"}, Milli: 1500, Number: true},
			"tired": {Codes: []string{"strong"}, Milli: 4000, Number: true},
			"help":  {Codes: []string{"kin", "nurse"}},
			"sport": {Codes: []string{"other"}},
			"walk":  {Codes: []string{"true"}},
			"steps": {Missing: true},
			"kilos": {Milli: 71235, Number: true},
			"since": {},
			"words": {},
			"notes": {Missing: true},
		},
		Scores: []questionnaire.Scored{{ID: "burden", Milli: 5500, Answered: 2}},
		At:     in.At,
	}
	got := the(t, m)
	want.Reports, want.Told = got.Reports, []int64{in.At.UnixMilli()}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, i := range m.Under("P#", "S#") {
		if body := string(i.Body); strings.Contains(body, "ZQ") || strings.Contains(body, "1971") {
			t.Error("a free answer is in the standing")
		}
	}
}

func TestScoresWithTooFewAnswersAreMissing(t *testing.T) {
	m := tabletest.NewMemory()
	if _, _, err := desk(t, m).Submit(context.Background(), draft("k")); err != nil {
		t.Fatal(err)
	}
	s := the(t, m)
	if diff := cmp.Diff([]string{"burden"}, s.Missing); diff != "" || len(s.Scores) != 0 || !s.Cells["tired"].Missing {
		t.Error(diff, s.Scores, s.Cells["tired"])
	}
	if _, there := s.Cells["steps"]; there {
		t.Error("a question that was never asked is in the standing")
	}
}

func TestRefusals(t *testing.T) {
	cases := map[string]struct {
		change func(*report.Draft)
		where  string
	}{
		"no key":                {func(d *report.Draft) { d.Key = "" }, "key"},
		"no program":            {func(d *report.Draft) { d.Program = "lake" }, "program"},
		"no questionnaire":      {func(d *report.Draft) { d.Questionnaire = "none" }, "questionnaire"},
		"no such version":       {func(d *report.Draft) { d.Version = "9" }, "version"},
		"a role not asked":      {func(d *report.Draft) { d.Role = "caregiver" }, "role"},
		"a patient for another": {func(d *report.Draft) { d.Perspective, d.Relation = report.Proxy, "parent" }, "role"},
		"no proxies": {func(d *report.Draft) {
			d.Questionnaire, d.Role, d.Perspective, d.Relation = "load", "caregiver", report.Proxy, "parent"
		}, "perspective"},
		"the future":             {func(d *report.Draft) { d.At = now.Add(25 * time.Hour) }, "at"},
		"an unset clock":         {func(d *report.Draft) { d.At = time.Unix(0, 0) }, "at"},
		"before the calendar":    {func(d *report.Draft) { d.At = time.Time{}.AddDate(-5, 0, 0) }, "at"},
		"a required one missing": {func(d *report.Draft) { d.Answers = phi.Hide(questionnaire.Answers{}) }, "pain"},
		"no answers":             {func(d *report.Draft) { d.Answers = phi.Hide(questionnaire.Answers(nil)) }, "pain"},
		"an unknown option":      {func(d *report.Draft) { d.Answers = phi.Hide(answers("ZQ")) }, "pain"},
		"an unknown question": {func(d *report.Draft) {
			a := answers("mild")
			a["ZQ"] = []questionnaire.Value{words("x")}
			d.Answers = phi.Hide(a)
		}, "ZQ"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			m := tabletest.NewMemory()
			in := draft("k")
			c.change(&in)
			_, _, err := desk(t, m).Submit(context.Background(), in)
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

func TestPermitted(t *testing.T) {
	cases := map[string]func(*report.Draft){
		"a day ahead": func(d *report.Draft) { d.At = now.Add(23 * time.Hour) },
		"an earlier version": func(d *report.Draft) {
			d.Questionnaire, d.Version, d.Role, d.Answers = "load", "1", "caregiver", phi.Hide(questionnaire.Answers{"rest": {{Type: questionnaire.Boolean, Text: "true"}}})
		},
		"a proxy":         func(d *report.Draft) { d.Role, d.Perspective, d.Relation = "caregiver", report.Proxy, "parent" },
		"anybody's story": func(d *report.Draft) { *d = story(d.Key, "x"); d.Role = "caregiver" },
		"a story about another": func(d *report.Draft) {
			*d = story(d.Key, "x")
			d.Role, d.Perspective, d.Relation = "caregiver", report.Proxy, "friend"
		},
		"an answer switched off": func(d *report.Draft) {
			a := answers("mild")
			a["steps"] = []questionnaire.Value{{Type: questionnaire.Integer, Text: "3"}}
			d.Answers = phi.Hide(a)
		},
		"unknown details": func(d *report.Draft) { d.Attributes = map[string]string{"shoe": "42", "age": "ZQ"} },
		"a hostile name of another": func(d *report.Draft) {
			d.Role, d.Perspective, d.Relation, d.About = "caregiver", report.Proxy, "parent", phi.Hide("#\x00\xff🌷")
		},
	}
	for name, change := range cases {
		t.Run(name, func(t *testing.T) {
			m := tabletest.NewMemory()
			d := desk(t, m)
			in := draft("k")
			change(&in)
			r, first, err := d.Submit(context.Background(), in)
			if err != nil || !first {
				_, issues := fault.Public(err)
				t.Fatal(err, issues)
			}
			if got, err := d.Read(context.Background(), r); err != nil || got.Status != report.Complete {
				t.Error(err)
			}
		})
	}
}

// Whom a caregiver answers about keeps standings apart, but the name itself is in none, and spelling doesn't matter.
func TestSubjects(t *testing.T) {
	m := tabletest.NewMemory()
	d := desk(t, m)
	for n, name := range []string{"Zoé", "ZOE ", "Bob", ""} {
		in := draft(fmt.Sprint(n))
		in.Role, in.Perspective, in.Relation, in.About = "caregiver", report.Proxy, "child", phi.Hide(name)
		if _, _, err := d.Submit(context.Background(), in); err != nil {
			t.Fatal(err)
		}
	}
	if all := standings(t, m); len(all) != 3 {
		t.Errorf("%d standings, want 3", len(all))
	}
	for _, i := range m.Under("P#", "S#") {
		if s := strings.ToLower(i.Sort + string(i.Body)); strings.Contains(s, "zo") || strings.Contains(s, "bob") {
			t.Error("a standing names somebody")
		}
	}
}

func TestDuplicatesChangeNothing(t *testing.T) {
	ctx, m := context.Background(), tabletest.NewMemory()
	d := desk(t, m)
	r, _, err := d.Submit(ctx, draft("k"))
	if err != nil {
		t.Fatal(err)
	}
	other := told("k", "strong", now.Add(-time.Minute))
	other.Participant = "ben3"
	for _, in := range []report.Draft{draft("k"), other} {
		again, first, err := d.Submit(ctx, in)
		if err != nil || first || again != r {
			t.Errorf("%v %v %v", again, first, err)
		}
	}
	if m.Writes != 1 {
		t.Errorf("%d writes, want 1", m.Writes)
	}
	if s := the(t, m); s.Cells["pain"].Codes[0] != "mild" || len(s.Reports) != 1 {
		t.Errorf("the duplicate counts: %+v", s)
	}
}

func TestSameKeyAtOnceIsOneReport(t *testing.T) {
	ctx, m := context.Background(), tabletest.NewMemory()
	d := desk(t, m)
	var wg sync.WaitGroup
	var mu sync.Mutex
	firsts := 0
	for range 16 {
		wg.Go(func() {
			r, first, err := d.Submit(ctx, draft("k"))
			if err != nil || r != d.ReceiptFor("k") {
				t.Error(r, err)
			}
			mu.Lock()
			defer mu.Unlock()
			if first {
				firsts++
			}
		})
	}
	wg.Wait()
	if firsts != 1 || len(m.Under("R#", "")) != 1 || len(the(t, m).Reports) != 1 {
		t.Errorf("%d firsts, %d reports, %d listed", firsts, len(m.Under("R#", "")), len(the(t, m).Reports))
	}
}

func TestManyKeysAtOnceAllStand(t *testing.T) {
	ctx, m := context.Background(), tabletest.NewMemory()
	d := desk(t, m)
	var wg sync.WaitGroup
	for n := range 12 {
		wg.Go(func() {
			if _, _, err := d.Submit(ctx, told(fmt.Sprint(n), "mild", now.Add(-time.Duration(n)*time.Minute))); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	s := the(t, m)
	if len(s.Reports) != 12 || s.Reports[11] != d.reportID(d.ReceiptFor("0")) {
		t.Errorf("%d reports stand, and the newest must be the last", len(s.Reports))
	}
}

// Whatever call fails, before or after it took hold, the retry leaves exactly one report and one standing.
func TestSubmitSurvivesAnyFailure(t *testing.T) {
	for _, after := range []bool{false, true} {
		for call := 1; ; call++ {
			ctx, m := context.Background(), tabletest.NewMemory()
			d := desk(t, m)
			m.FailAt, m.After = call, after
			_, _, err := d.Submit(ctx, draft("k"))
			if !m.Tripped {
				if err != nil || call != 3 {
					t.Fatalf("call %d was never made: %v", call, err)
				}
				break
			}
			if !errors.Is(err, tabletest.ErrDown) {
				t.Fatalf("call %d: %v was taken for success", call, err)
			}
			m.FailAt = 0
			if _, first, err := d.Submit(ctx, draft("k")); err != nil || first == (after && call == 2) {
				t.Errorf("call %d, after=%v: first %v, %v", call, after, first, err)
			}
			if s := the(t, m); len(s.Reports) != 1 || len(m.Under("R#", "")) != 1 {
				t.Errorf("call %d, after=%v: %d listed, %d stored", call, after, len(s.Reports), len(m.Under("R#", "")))
			}
		}
	}
}

func TestTooMuchIsRefusedClearly(t *testing.T) {
	m := tabletest.NewMemory()
	in, big := draft("k"), answers("mild")
	for n := range 100 {
		big["notes"] = append(big["notes"], words(fmt.Sprint(n)+strings.Repeat("ZQ\U0001F49A", 800)))
	}
	in.Answers = phi.Hide(big)
	_, _, err := desk(t, m).Submit(context.Background(), in)
	text, _ := fault.Public(err)
	if fault.KindOf(err) != fault.TooLarge || !strings.Contains(text, "shorten") || len(m.Items) != 0 {
		t.Errorf("%v %q, %d items", fault.KindOf(err), text, len(m.Items))
	}
	if strings.Contains(err.Error(), "ZQ") {
		t.Error("the error says what was told")
	}
}

// Words come back as the questionnaire cleans them, whatever they are.
func TestWordsSurvive(t *testing.T) {
	ctx := context.Background()
	for name, text := range map[string]string{
		"emoji": "ok \U0001F468\u200D\U0001F469\u200D\U0001F467", "right to left": "\u202eשלום\u202c مرحبا", "NUL": "a\x00b",
		"broken UTF-8": "a\xff\xfeb", "markup": "<script>&amp;\u2028", "quotes": `"\u0000\"`,
	} {
		t.Run(name, func(t *testing.T) {
			d := desk(t, tabletest.NewMemory())
			r, _, err := d.Submit(ctx, story("k", text))
			if fault.KindOf(err) == fault.Invalid {
				return // the questionnaire refuses it: nothing half-kept
			}
			if err != nil {
				t.Fatal(err)
			}
			q := d.catalog.Questionnaire("story", "1")
			want := q.Clean(questionnaire.Answers{"story": readable([]questionnaire.Value{words(text)})})
			got, err := d.Read(ctx, r)
			if diff := cmp.Diff(want, got.Answers.Reveal()); diff != "" || err != nil {
				t.Error(diff, err)
			}
			// Sent again as a correction it is the same.
			same, err := d.Correct(ctx, r, 1, phi.Hide(questionnaire.Answers{"story": {words(text)}}), now, nil)
			if err != nil || same.Revision != 1 {
				t.Errorf("revision %d, %v", same.Revision, err)
			}
		})
	}
}

func TestReachedNeverGoesBack(t *testing.T) {
	ctx, m := context.Background(), tabletest.NewMemory()
	d := desk(t, m)
	bare := report.Draft{Program: "river", Questionnaire: "all", Participant: "ana2", At: now, Language: "en", Channel: report.SMS}
	step := func(stage report.Stage, writes int, want report.Stage) {
		t.Helper()
		before := m.Writes
		if err := d.Reached(ctx, stage, bare); err != nil {
			t.Fatal(err)
		}
		if s := the(t, m); s.Stage != want || m.Writes-before != writes || s.Origin != report.Known || s.Perspective != report.Self {
			t.Errorf("reached %s: %+v after %d writes", stage, s, m.Writes-before)
		}
	}
	step(report.Invited, 1, report.Invited)
	step(report.Invited, 0, report.Invited)
	step(report.Started, 1, report.Started)
	step(report.Invited, 0, report.Started)
	r, _, err := d.Submit(ctx, draft("k"))
	if err != nil {
		t.Fatal(err)
	}
	step(report.Started, 0, report.Completed)
	if err := d.Withdraw(ctx, r, now); err != nil {
		t.Fatal(err)
	}
	step(report.Invited, 0, report.Started)
	for _, bad := range []struct {
		stage report.Stage
		id    string
	}{{report.Completed, "ana2"}, {"", "ana2"}, {report.Started, ""}, {report.Started, "a#b"}} {
		in := bare
		in.Participant = bad.id
		if err := d.Reached(ctx, bad.stage, in); fault.KindOf(err) != fault.Invalid {
			t.Errorf("reached %q by %q: %v", bad.stage, bad.id, err)
		}
	}
}

func TestThousandths(t *testing.T) {
	for text, want := range map[string]int64{
		"0": 0, "-0": 0, "1": 1000, "-1": -1000, "71.2345": 71235, "-71.2345": -71235, "0.0005": 1, "0.00049999": 0, "-0.0005": -1,
		"1e3": 1_000_000, "1E-3": 1, "1e-999": 0, "0.1": 100, "999999999.999": 999_999_999_999, "+2": 2000, "0e99": 0,
	} {
		if got, ok := thousandths(text); !ok || got != want {
			t.Errorf("%s: %d %v, want %d", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "x", "NaN", "Infinity", "-inf", "1e9", "1e999999999", "-1e99", "9999999999", strings.Repeat("9", 1<<20)} {
		if got, ok := thousandths(text); ok {
			t.Errorf("%.20q counts as %d", text, got)
		}
	}
}

func FuzzThousandths(f *testing.F) {
	for _, s := range []string{"1.0005", "-1e5", "1e-99999999", "0x1", "1_000", "999999999999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if milli, ok := thousandths(text); milli >= limitMilli || milli <= -limitMilli || !ok && milli != 0 {
			t.Errorf("%d %v", milli, ok)
		}
	})
}

func TestHas(t *testing.T) {
	ctx, m := context.Background(), tabletest.NewMemory()
	d := desk(t, m)
	if has, err := d.Has(ctx, "0"); has || err != nil {
		t.Errorf("before: %v, %v", has, err)
	}
	r, _, err := d.Submit(ctx, draft("0"))
	if err != nil {
		t.Fatal(err)
	}
	for _, when := range []string{"told", "withdrawn"} {
		if has, err := d.Has(ctx, "0"); !has || err != nil {
			t.Errorf("%s: %v, %v", when, has, err)
		}
		if err := d.Withdraw(ctx, r, now); err != nil {
			t.Fatal(err)
		}
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	d = desk(t, embedded(t))
	if _, err := d.Has(ended, "0"); !errors.Is(err, context.Canceled) {
		t.Errorf("a table that doesn't answer: %v", err)
	}
}
