package learning

import (
	"math"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/report"
)

func TestContribution(t *testing.T) {
	key := func(group, item string) Key { return Key{"river", "checkin", "1", "2026-10", "self", group, item} }
	base := report.Standing{Program: "river", Questionnaire: "checkin", Version: "1", Period: "2026-10", Perspective: report.Self,
		Origin: report.Open, Groups: []string{"", "age=18-39", "age=18-39"}}
	with := func(change func(*report.Standing)) report.Standing {
		s := base
		change(&s)
		return s
	}
	started := Totals{Participants: 1, Bins: map[string]int64{"started": 1}}
	completed := Totals{Participants: 1, Reports: 2, Synthetic: 1, Bins: map[string]int64{"completed": 1}}
	for _, c := range []struct {
		name string
		s    report.Standing
		want Cells
	}{
		{"started: people only, answers or not", with(func(s *report.Standing) {
			s.Stage = report.Started
			s.Cells = map[string]report.Cell{"pain": {Codes: []string{"3"}}}
		}), Cells{key("", ""): started, key("age=18-39", ""): started, key(OriginOpen, ""): started}},
		{"completed: one participant however many reports", with(func(s *report.Standing) {
			s.Stage, s.Synthetic, s.Reports = report.Completed, true, []string{"a", "b"}
			s.Groups = nil
			s.Cells = map[string]report.Cell{
				"pain": {Codes: []string{"3"}, Milli: -3000, Number: true}, "tags": {Codes: []string{"x", "y", "x"}}, "story": {},
				"sleep": {Missing: true}, "steps": {Milli: math.MinInt64, Number: true},
			}
			s.Scores, s.Missing = []questionnaire.Scored{{ID: "load", Milli: 1500}}, []string{"other"}
		}), Cells{
			key("", ""): completed, key(OriginOpen, ""): completed,
			key("", "pain"):        {Participants: 1, Sum: -3000, Sum2: 9_000_000, Bins: map[string]int64{"3": 1}},
			key("", "tags"):        {Participants: 1, Bins: map[string]int64{"x": 1, "y": 1}},
			key("", "story"):       {Participants: 1},
			key("", "sleep"):       {Participants: 1, Missing: 1},
			key("", "steps"):       {Participants: 1, Unsummed: 1},
			key("", "score:load"):  {Participants: 1, Sum: 1500, Sum2: 2_250_000},
			key("", "score:other"): {Participants: 1, Missing: 1},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if d := cmp.Diff(c.want, Contribution(c.s)); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}

func TestSegmentsReadBackAsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := &segment{cells: Cells{}}
		for range rapid.IntRange(0, 5).Draw(t, "standings") {
			s.cells.add(Contribution(drawStanding(t)), rapid.SampledFrom([]int64{1, -1}).Draw(t, "sign"))
		}
		for range rapid.IntRange(0, 6).Draw(t, "runs") {
			first := rapid.Uint32().Draw(t, "first")
			s.count(interval{strconv.FormatUint(uint64(first), 10), strconv.FormatUint(uint64(first)+uint64(rapid.Uint32Range(0, 1000).Draw(t, "length")), 10)})
		}
		body, err := s.encode()
		if err != nil {
			t.Fatal(err)
		}
		back, err := decodeSegment(body)
		if err != nil {
			t.Fatal(err)
		}
		s.size = len(body)
		if d := cmp.Diff(s, back, cmp.AllowUnexported(segment{}, interval{})); d != "" {
			t.Fatalf("(-written +read)\n%s", d)
		}
	})
}

// Segments that were stored before they were shrunk are read, and go on in the new form.
func TestSegmentOfTheFirstFormatIsRead(t *testing.T) {
	s, err := decodeSegment([]byte(`{"f":1,"max":"9","seq":"1 2 3 3","c":{"r":{"q":{"1":{"p":{"self":{"":{"":[{"completed":2},2,0,0,0,2]}}}}}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	want := Cells{{"r", "q", "1", "p", "self", "", ""}: {Participants: 2, Reports: 2, Bins: map[string]int64{"completed": 2}}}
	if d := cmp.Diff(want, s.cells); d != "" {
		t.Errorf("cells (-want +got)\n%s", d)
	}
	if d := cmp.Diff([]interval{{"1", "3"}, {"6", "9"}}, s.counted, cmp.AllowUnexported(interval{})); d != "" {
		t.Errorf("counted (-want +got)\n%s", d)
	}
	body, err := s.encode()
	if err != nil {
		t.Fatal(err)
	}
	again, err := decodeSegment(body)
	if err != nil {
		t.Fatal(err)
	}
	s.size = len(body)
	if d := cmp.Diff(s, again, cmp.AllowUnexported(segment{}, interval{})); d != "" {
		t.Errorf("in the new form (-before +after)\n%s", d)
	}
}

func FuzzDecodeSegment(f *testing.F) {
	full, err := (&segment{cells: Contribution(report.Standing{Program: "r", Questionnaire: "q", Period: "p", Stage: report.Completed, Groups: []string{""}})}).encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(full)
	f.Add([]byte(`{"f":2}`))
	f.Add([]byte(`{"f":2,"z":"AAAA"}`))
	f.Add([]byte(`{"f":1,"max":"9","seq":"1 2 3 4","c":{"r":{"q":{"1":{"p":{"self":{"":{"":[{"a":1},1]}}}}}}}}`))
	f.Add([]byte(`{"f":1,"seq":"1"}`))
	f.Add([]byte(`{"f":1,"seq":"-1 0","c":{"":{"":{"":{"":{"":{"":{"":[]}}}}}}}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		s, err := decodeSegment(body)
		if err != nil {
			return
		}
		if _, err := s.encode(); err != nil {
			t.Fatalf("read but can't be written: %v", err)
		}
	})
}
