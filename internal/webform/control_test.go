package webform

import (
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
