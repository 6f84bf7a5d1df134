package webform

import (
	"cmp"
	"slices"

	"github.com/tellback/tellback/internal/questionnaire"
)

// key is the name of an option in the form: its code where that names one option only, else with its system.
func key(i *questionnaire.Item, v questionnaire.Value) string {
	if v.Type != questionnaire.Choice {
		return v.Text
	}
	for n := range i.Options {
		if o := i.Options[n].Value; o.System != v.System && (o.Code == v.Code || o.Text == v.Code) {
			return v.System + "|" + v.Code
		}
	}
	return v.Code
}

// keys are the names of an item's options: what key says of each, without comparing each with each.
func keys(i *questionnaire.Item) []string {
	systems, several := make(map[string]string, len(i.Options)), map[string]bool{}
	for n := range i.Options {
		v := i.Options[n].Value
		name := cmp.Or(v.Code, v.Text)
		if other, there := systems[name]; there && other != v.System {
			several[name] = true
		}
		systems[name] = v.System
	}
	out := make([]string, len(i.Options))
	for n := range i.Options {
		v := i.Options[n].Value
		switch {
		case v.Type != questionnaire.Choice:
			out[n] = v.Text
		case several[v.Code]:
			out[n] = v.System + "|" + v.Code
		default:
			out[n] = v.Code
		}
	}
	return out
}

// unitName is the name of a unit in the form.
func unitName(u questionnaire.Unit) string { return cmp.Or(u.Code, u.Display) }

// otherKey is the radio value of "something else": none of the item's own keys.
func otherKey(i *questionnaire.Item) string {
	k := "other"
	for slices.Contains(keys(i), k) {
		k += "_"
	}
	return k
}
