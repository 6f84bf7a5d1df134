package export_test

import (
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tellback/tellback/internal/export"
	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/release"
)

func sample() release.Release {
	return release.Release{
		Program: "river", Number: 3, Period: release.Period{ID: "2026-10"}, Synthetic: true,
		Questionnaires: []release.Questionnaire{{ID: "week", Version: "1"}},
		Rows: []release.Row{
			{Questionnaire: "week", Version: "1", Perspective: "self", Measure: release.Completed, Value: "52"},
			{Questionnaire: "week", Version: "1", Perspective: "self", Item: "pain", ItemLabel: "Pain, \"now\"", Measure: release.Count, AnswerCode: "none", AnswerLabel: "=HYPERLINK(1)", Suppressed: true},
			{Questionnaire: "week", Version: "1", Perspective: "self", Breakdown: "age&language", BreakdownValue: "18-39&es", Measure: release.Mean, Value: "-1.5"},
		},
	}
}

func TestCSVIsTidyWholeAndInert(t *testing.T) {
	out, err := export.Write(sample(), nil, export.Selection{}, export.CSV)
	if err != nil {
		t.Fatal(err)
	}
	got, err := csv.NewReader(strings.NewReader(string(out))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		{"program", "release", "period", "questionnaire", "version", "perspective", "item", "item_label", "breakdown", "breakdown_value", "measure", "answer_code", "answer_label", "value", "suppressed", "synthetic"},
		{"river", "3", "2026-10", "week", "1", "self", "", "", "", "", "completed", "", "", "52", "false", "true"},
		{"river", "3", "2026-10", "week", "1", "self", "pain", "Pain, \"now\"", "", "", "count", "none", "'=HYPERLINK(1)", "", "true", "true"},
		{"river", "3", "2026-10", "week", "1", "self", "", "", "age&language", "18-39&es", "mean", "", "", "-1.5", "false", "true"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestNDJSONSaysTheSame(t *testing.T) {
	out, err := export.Write(sample(), nil, export.Selection{By: "everyone"}, export.NDJSON)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) != 2 {
		t.Fatalf("got %d lines", len(lines))
	}
	var first map[string]any
	if err := json.Unmarshal([]byte(lines[0]), &first); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"program": "river", "release": 3.0, "period": "2026-10", "synthetic": true, "questionnaire": "week", "version": "1", "perspective": "self", "measure": "completed", "value": "52"}
	if d := cmp.Diff(want, first); d != "" {
		t.Error(d)
	}
}

func TestJSONIsTheSealedDocument(t *testing.T) {
	sealed := []byte(`{"a":1}`)
	out, err := export.Write(sample(), sealed, export.Selection{}, export.JSON)
	if err != nil || string(out) != string(sealed) {
		t.Errorf("got %s, %v", out, err)
	}
}

func TestSelectionsThatCannotBeServedSayWhatCan(t *testing.T) {
	for _, c := range []struct {
		name   string
		s      export.Selection
		format export.Format
		kind   fault.Kind
		says   string
	}{
		{"questionnaire", export.Selection{Questionnaire: "other"}, export.CSV, fault.NotFound, "questionnaire"},
		{"breakdown", export.Selection{By: "country"}, export.CSV, fault.NotFound, "age,language"},
		{"part of the sealed document", export.Selection{By: "everyone"}, export.JSON, fault.Malformed, "csv"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := export.Write(sample(), nil, c.s, c.format)
			if fault.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v", err)
			}
		})
	}
	if _, err := export.Parse("pdf"); fault.KindOf(err) != fault.Malformed || !strings.Contains(err.Error(), "ndjson") {
		t.Errorf("got %v", err)
	}
	if out, err := export.Write(sample(), nil, export.Selection{Questionnaire: "week", By: "age,language"}, export.CSV); err != nil || strings.Count(string(out), "\n") != 2 {
		t.Errorf("a pair of breakdowns: %v\n%s", err, out)
	}
}
