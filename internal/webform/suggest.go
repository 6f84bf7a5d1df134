package webform

import (
	"strings"

	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/questionnaire"
)

// An autocomplete sends what was typed, so an option comes back by its label. Words that are no option's are words of one's own in an
// open-choice, and otherwise refused.

// suggesting says that i's author wants options to be found by typing.
func suggesting(i *questionnaire.Item) bool {
	return !i.Repeats && (i.Control == "autocomplete" || i.Control == "lookup")
}

// typed are the keys of i's options by how their labels read, in every language; nil where options aren't typed, or where what is typed
// could mean two.
func typed(i *questionnaire.Item) map[string]string {
	if !suggesting(i) || len(i.Options) == 0 {
		return nil
	}
	out := make(map[string]string, len(i.Options))
	for n, k := range keys(i) {
		for _, label := range i.Options[n].Label {
			read := program.Fold(label)
			if other, there := out[read]; there && other != k || read == "" {
				return nil
			}
			out[read] = k
		}
	}
	return out
}

// list is a field of which options are found by typing.
func (b *builder) list(f *field, i *questionnaire.Item) {
	f.Kind, f.Skip, f.Help = "list", false, b.say("choose-typing")
	if i.Type == questionnaire.OpenChoice {
		f.Help = b.say("choose-typing-own")
	}
	for n := range i.Options {
		f.Options = append(f.Options, choice{Label: i.Options[n].Label.In(b.lang)})
	}
	if v := option(i, f.Value); v >= 0 {
		f.Value = i.Options[v].Label.In(b.lang)
	}
}

// typedRaws are what was typed in the forms that the questionnaire reads.
func typedRaws(i *questionnaire.Item, byLabel map[string]string, given []string) (raws []string) {
	for _, s := range given {
		s = strings.TrimSpace(s)
		k, ok := byLabel[program.Fold(s)]
		switch {
		case ok:
			s = k
		case i.Type == questionnaire.OpenChoice && s != "":
			s = "other:" + s
		}
		raws = append(raws, s)
	}
	return raws
}

// option is the index of the option that was typed; -1 without one.
func option(i *questionnaire.Item, words string) int {
	k, ok := typed(i)[program.Fold(strings.TrimSpace(words))]
	if !ok {
		return -1
	}
	for n, other := range keys(i) {
		if other == k {
			return n
		}
	}
	return -1
}
