package webform

import (
	"cmp"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/tellback/tellback/internal/questionnaire"
)

// control fills in what an answerable item's field is operated with: its own itemControl where that can take all its answers on a
// phone and without scripts, else what fits them.
func (b *builder) control(f *field, i *questionnaire.Item) {
	given := b.st.answers[i.LinkID]
	if len(given) > 0 {
		f.Value = given[0]
	}
	f.MaxLength = i.MaxLength
	f.Across = i.Orientation == "horizontal" || i.Control == "atable"
	switch {
	case lines(i):
		b.lines(f, i)
	case i.Type == questionnaire.Boolean:
		f.Kind, f.Skip = "radios", !i.Required
		for _, v := range []string{"true", "false"} {
			label := b.say(map[string]string{"true": "yes", "false": "no"}[v])
			f.Options = append(f.Options, choice{Value: v, Label: label, Checked: v == f.Value})
		}
	case i.Type == questionnaire.Attachment:
		b.file(f, i, given)
	case len(i.Options) > 0:
		b.options(f, i, given)
	case i.Type == questionnaire.Text, i.Type == questionnaire.String && i.Control == "text-area":
		f.Kind = "area"
		if i.MaxLength > 0 {
			f.Help = b.say("up-to", "max", strconv.Itoa(i.MaxLength))
		}
	case i.Control == "slider" && i.Min != nil && i.Max != nil && i.Type != questionnaire.Date && i.Type != questionnaire.DateTime && i.Type != questionnaire.Time:
		b.input(f, i)
		f.Kind = "slider"
	case i.Control != "spinner" && i.Control != "text-box" && len(taps(i)) > 0:
		f.Kind, f.Grid, f.Skip = "radios", i.Orientation == "", !i.Required
		for _, s := range taps(i) {
			f.Options = append(f.Options, choice{Value: s, Label: s, Checked: s == f.Value})
		}
	default:
		b.input(f, i)
	}
}

func (b *builder) input(f *field, i *questionnaire.Item) {
	f.Kind, f.Type = "input", "text"
	switch i.Type {
	case questionnaire.Date:
		f.Type = "date"
	case questionnaire.Time:
		f.Type = "time"
	case questionnaire.DateTime:
		f.Type = "datetime-local"
	case questionnaire.URL:
		f.Type, f.InputMode = "url", "url"
	case questionnaire.Integer, questionnaire.Decimal, questionnaire.Quantity:
		b.number(f, i)
	}
	if form, native := forms[f.Type]; native && f.Value != "" && !form.MatchString(f.Value) {
		f.Type = "text" // a native control would show nothing and send nothing
	}
	if i.Type == questionnaire.Quantity && len(i.Units) > 1 {
		f.Kind, f.UnitText = "unit", b.say("unit", "question", f.Text)
		for _, u := range i.Units {
			k := unitName(u)
			f.Units = append(f.Units, choice{Value: k, Label: cmp.Or(u.Display, u.Code), Checked: k == b.st.unitOf(i, f.Line)})
		}
	}
}

// number is typed as text, since people write 37,5; only a spinner is a native number.
func (b *builder) number(f *field, i *questionnaire.Item) {
	f.InputMode, f.Step = "decimal", "any"
	if i.Type == questionnaire.Integer {
		f.InputMode, f.Step = "numeric", "1"
	}
	if i.Min != nil && i.Min.Text[0] == '-' || i.Min == nil && i.Max != nil {
		f.InputMode = "text" // the number pads of phones have no minus
	}
	f.Help, f.MaxLength = b.bounds(i), 40
	if i.Min != nil {
		f.Min = i.Min.Text
	}
	if i.Max != nil {
		f.Max = i.Max.Text
	}
	switch {
	case i.Step > 0:
		f.Step = strconv.Itoa(i.Step)
	case f.Step == "any" && i.MaxDecimals >= 0 && i.MaxDecimals < 10:
		f.Step = strings.TrimPrefix(strconv.FormatFloat(math.Pow10(-i.MaxDecimals), 'f', -1, 64), "+")
	}
	if i.Control == "spinner" {
		f.Type, f.InputMode = "number", ""
	}
}

// forms are what the native controls can show.
var forms = map[string]*regexp.Regexp{
	"date":           regexp.MustCompile(`^\d{4}-\d\d-\d\d$`),
	"time":           regexp.MustCompile(`^\d\d:\d\d(:\d\d)?$`),
	"datetime-local": regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$`),
	"number":         regexp.MustCompile(`^-?\d+(\.\d+)?$`),
}

// bounds says which numbers are possible.
func (b *builder) bounds(i *questionnaire.Item) string {
	var parts []string
	switch {
	case i.Min != nil && i.Max != nil:
		parts = append(parts, b.say("between", "min", i.Min.Text, "max", i.Max.Text))
	case i.Min != nil:
		parts = append(parts, b.say("at-least", "min", i.Min.Text))
	case i.Max != nil:
		parts = append(parts, b.say("at-most", "max", i.Max.Text))
	}
	if len(i.Units) == 1 {
		parts = append(parts, b.say("in-unit", "unit", cmp.Or(i.Units[0].Display, i.Units[0].Code)))
	}
	return strings.Join(parts, " ")
}

// taps are the numbers that are better tapped than typed: eleven of them at most, as in "0 to 10".
func taps(i *questionnaire.Item) (out []string) {
	if i.Type != questionnaire.Integer || i.Repeats || i.Min == nil || i.Max == nil {
		return nil
	}
	low, err1 := strconv.Atoi(i.Min.Text)
	high, err2 := strconv.Atoi(i.Max.Text)
	step := max(1, i.Step)
	if err1 != nil || err2 != nil || low < 0 || high > 1000 || high-low < step || high-low > 10*step {
		return nil
	}
	for n := low; n <= high; n += step {
		out = append(out, strconv.Itoa(n))
	}
	return out
}

// many options are chosen from a drop-down where their author does not say otherwise: a phone shows six at a time.
const many = 15

func (b *builder) options(f *field, i *questionnaire.Item, given []string) {
	f.Kind, f.Skip = "radios", !i.Required
	switch {
	case i.Repeats:
		f.Kind, f.Skip, f.Help = "checks", false, b.say("choose-many")
	case typed(i) != nil:
		b.list(f, i)
		return
	case i.Control == "drop-down", i.Control == "spinner", suggesting(i), i.Control == "" && len(i.Options) > many:
		f.Kind, f.Skip = "pick", false
	}
	steps := scale(i)
	for n, k := range keys(i) {
		o := i.Options[n]
		c := choice{Value: k, Label: i.Marked(n, b.lang), Checked: slices.Contains(given, k), Exclusive: o.Exclusive}
		if steps != nil {
			c.Level = make([]bool, len(steps)-1)
			for s := range steps[n] {
				c.Level[s] = true
			}
		}
		f.Options = append(f.Options, c)
	}
	if i.Type == questionnaire.OpenChoice {
		k := otherKey(i)
		f.Other = &choice{Value: k, Label: b.say("other"), Checked: slices.Contains(given, k)}
		f.Words, f.WordsText = b.st.other[i.LinkID], b.say("other-label", "question", f.Text)
		if len(f.Words) == 0 {
			f.Words = []string{""}
		} else if len(given) == 0 {
			f.Other.Checked = true
		}
	}
}

// scale gives each option's step (0, 1, …) if the options are a scale of three to seven steps, or nil.
func scale(i *questionnaire.Item) []int {
	if n := len(i.Options); i.Repeats || n < 3 || n > 7 {
		return nil
	}
	var weights []int64
	for _, o := range i.Options {
		if o.Ordinal == nil || slices.Contains(weights, *o.Ordinal) {
			return nil
		}
		weights = append(weights, *o.Ordinal)
	}
	sorted := slices.Sorted(slices.Values(weights))
	steps := make([]int, len(weights))
	for n, w := range weights {
		steps[n] = slices.Index(sorted, w)
	}
	return steps
}
