package webform

import (
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tellback/tellback/internal/questionnaire"
)

// TestNamesThatCouldMeanTwoAreNotTyped: then the options are in a drop-down, where each has a name of its own.
func TestNamesThatCouldMeanTwoAreNotTyped(t *testing.T) {
	i := &questionnaire.Item{Type: questionnaire.Choice, Control: "autocomplete", Options: []questionnaire.Option{
		{Value: questionnaire.Value{Type: questionnaire.Choice, Code: "a"}, Label: questionnaire.Localized{"en": "under 5", "es": "menos de 5"}},
		{Value: questionnaire.Value{Type: questionnaire.Choice, Code: "b"}, Label: questionnaire.Localized{"en": "over 5", "es": "Menos de 5!"}},
	}}
	if typed(i) != nil {
		t.Error("one name for two")
	}
	i.Options[1].Label["es"] = "más de 5"
	if got := typed(i); len(got) != 4 || got["mas de 5"] != "b" {
		t.Errorf("%v", got)
	}
}

func TestKeysAreWhatKeySaysOfEach(t *testing.T) {
	coded := func(system, code string) questionnaire.Option {
		return questionnaire.Option{Value: questionnaire.Value{Type: questionnaire.Choice, System: system, Code: code}}
	}
	i := &questionnaire.Item{Type: questionnaire.Choice, Options: []questionnaire.Option{
		coded("s", "1"), coded("t", "1"), coded("s", "2"), coded("u", "3"), {Value: questionnaire.Value{Type: questionnaire.String, Text: "3"}},
	}}
	if d := cmp.Diff([]string{"s|1", "t|1", "2", "u|3", "3"}, keys(i)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	for n, k := range keys(i) {
		if want := key(i, i.Options[n].Value); k != want {
			t.Errorf("option %d: %q, want %q", n, k, want)
		}
	}
}

func TestOnlyWhatFitsIsATable(t *testing.T) {
	row := func(labels ...string) *field {
		f := &field{Kind: "radios", ID: "q" + labels[0]}
		for _, l := range labels {
			f.Options = append(f.Options, choice{Value: l, Label: l})
		}
		return f
	}
	nested, own := row("a", "b"), row("a", "b")
	nested.Fields, own.Other = []*field{row("a")}, &choice{}
	for name, c := range map[string]struct {
		fields []*field
		want   string // of each field its kind, of a table how many rows
	}{
		"alike":              {[]*field{row("a", "b"), row("a", "b"), row("a", "b")}, "table3"},
		"alone":              {[]*field{row("a", "b")}, "radios"},
		"others between":     {[]*field{row("a", "b"), row("a", "b"), row("c", "d"), row("a", "b")}, "table2 radios radios"},
		"two tables":         {[]*field{row("a", "b"), row("a", "b"), row("c"), row("c")}, "table2 table2"},
		"nested":             {[]*field{nested, nested}, "radios radios"},
		"words of one's own": {[]*field{own, own}, "radios radios"},
		"too many":           {[]*field{row("1", "2", "3", "4", "5", "6", "7", "8"), row("1", "2", "3", "4", "5", "6", "7", "8")}, "radios radios"},
		"too long":           {[]*field{row(strings.Repeat("ñ", 29), "b"), row(strings.Repeat("ñ", 29), "b")}, "radios radios"},
	} {
		var got []string
		for _, f := range tabled(c.fields) {
			if f.Kind == "table" {
				f.Kind += strconv.Itoa(len(f.Fields))
			}
			got = append(got, f.Kind)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// TestReadmeSaysWhatEachControlDoes holds schemas/README.md to FHIR's own list of controls.
func TestReadmeSaysWhatEachControlDoes(t *testing.T) {
	raw, err := os.ReadFile("../../schemas/README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(raw), "### Controls")
	section, _, _ = strings.Cut(section, "\n## ")
	list, err := os.ReadFile("../../infra/tools/node_modules/hl7.fhir.r4.examples/CodeSystem-questionnaire-item-control.json")
	if err != nil {
		t.Fatalf("%v: run infra/tools/setup", err)
	}
	type concept struct {
		Code    string
		Concept []concept
	}
	var of concept
	if err := json.Unmarshal(list, &of); err != nil || len(of.Concept) != 3 {
		t.Fatal(err, len(of.Concept))
	}
	for _, kind := range of.Concept {
		for _, c := range kind.Concept {
			if !strings.Contains(section, "`"+c.Code+"`") {
				t.Errorf("schemas/README.md does not say what the control %s does", c.Code)
			}
		}
	}
}
