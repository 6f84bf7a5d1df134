package questionnaire

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func optionsOf(labels string, ordinals ...int64) *Item {
	i := &Item{Type: Choice}
	for n, l := range strings.Split(labels, "|") {
		o := Option{Value: Value{Type: Choice, Code: "c" + number(n)}, Label: Localized{"en": l}}
		if n < len(ordinals) {
			m := ordinals[n] * 1000
			o.Ordinal = &m
		}
		i.Options = append(i.Options, o)
	}
	return i
}

// What people are told to reply must not be what another option says.
func TestKeysDoNotMislead(t *testing.T) {
	for _, c := range []struct {
		name string
		i    *Item
		want string // as they are offered
	}{
		{"words", optionsOf("Never|Often"), "1 Never|2 Often"},
		{"words with ordinals", optionsOf("Never|Often", 0, 4), "0 Never|4 Often"},
		{"only numbers", optionsOf("0|1|2"), "0|1|2"},
		{"a scale with words at its ends", optionsOf("0 - none|1|2|10 - worst"), "0 - none|1|2|10 - worst"},
		{"numbers that are weighed the other way", optionsOf("3|2|1|0", 0, 1, 2, 3), "3|2|1|0"},
		{"numbered by their author", optionsOf("1. Never|2. Often"), "1. Never|2. Often"},
		{"how many times", optionsOf("0|1|2|3 or more"), "0|1|2|3 or more"},
		{"how many times, the first one in words", optionsOf("None|1|2|3 or more"), "0 None|1|2|3 or more"},
		{"ranges from nothing", optionsOf("0|1-2|3-4|5+"), "0|1-2|3-4|5+"},
		{"ranges whose numbers nobody would reply", optionsOf("18-25|26-35|36+"), "1 18-25|2 26-35|3 36+"},
		{"a range in the middle", optionsOf("<1 h|1-2 h|>2 h"), "0 <1 h|1-2 h|2 >2 h"},
		{"decimals", optionsOf("0.5 mg|1.5 mg"), "1 0.5 mg|2 1.5 mg"},
		{"times of day", optionsOf("8:30|20:30"), "1 8:30|2 20:30"},
		{"the same number twice", optionsOf("7 of 7 days|7 nights"), "1 7 of 7 days|2 7 nights"},
		{"out of order", optionsOf("2 or more|1 or 2|none at all"), "2 or more|3 1 or 2|4 none at all"},
		{"nothing helps", optionsOf("1 or 2|none|0 or so"), "1 or 2|2 none|3 0 or so"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var offered []string
			for n := range c.i.Options {
				offered = append(offered, c.i.Keyed(n, c.i.Options[n].Label.In("en")))
			}
			if d := cmp.Diff(c.want, strings.Join(offered, "|")); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}

func TestHeadsAgreeInEveryLanguage(t *testing.T) {
	i := optionsOf("0 - none|1|2")
	for n, l := range []string{"0 - nada", "1", "dos"} {
		i.Options[n].Label["es"] = l
	}
	if d := cmp.Diff([]string{"0", "1", "2"}, i.Keys()); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

// A label that has a dash is no span of others.
func TestSeveralLabelsWithDashes(t *testing.T) {
	i := optionsOf("<1 h|1-2 h|>2 h")
	i.Repeats, i.LinkID = true, "x"
	i.keys = keysOf(i)
	q := &Questionnaire{}
	got, bad := q.Parse(i, "en", ">2 h\n1-2 h", time.Time{})
	if bad != nil || len(got) != 2 {
		t.Errorf("%v %+v", got, bad)
	}
	if got, bad := q.Parse(i, "en", "0-2", time.Time{}); bad == nil {
		t.Errorf("a span is taken for %v", got)
	}
}

// Options of an open-choice that repeats can be texted together with words of one's own.
func TestOptionsBesideOwnWords(t *testing.T) {
	i := optionsOf("Aspirin|Rest|Ice")
	i.Type, i.Repeats = OpenChoice, true
	i.keys = keysOf(i)
	q := &Questionnaire{byLink: map[string]*Item{"x": i}}
	for words, want := range map[string]string{
		"1 3": "c0|c2", "1\n3\nmy own tea": "c0|c2|my own tea", "1, 3 other: tea, hot": "c0|c2|tea, hot", "Rest\nOtro: sol\n": "c1|sol",
		"tea\nsun": "tea|sun", "tea, and rest": "tea, and rest", "other: tea": "tea", "1\n9": "!unclear", "aspirin and ice": "c0|c2",
	} {
		if got := texts(q, "x", "en", words); got != want {
			t.Errorf("%q is taken for %s, not %s", words, got, want)
		}
	}
}
