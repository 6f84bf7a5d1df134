package questionnaire

import (
	"cmp"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/words"
)

// ParseLexical reads answers in plain forms, as web forms and simple clients send them: an option's code ("system|code"
// where a code alone could mean two) or its own value, "true" or "false", an ISO date or time, a number, words; a quantity as
// "72 kg" or, where there is one unit, "72"; words of one's own in an open-choice as "other:" and the words. Empty entries are
// no answer. What can't be read comes back as a value that Check refuses, so a later Validate says the same as the issues here, which are Check's.
// A dateTime must say its zone; see [Questionnaire.ParseLexicalIn].
func (q *Questionnaire) ParseLexical(i *Item, raw []string) ([]Value, []fault.Issue) {
	return q.ParseLexicalIn(i, raw, nil)
}

// ParseLexicalIn is ParseLexical where a dateTime without a zone ("2026-10-01T14:30", as browsers send) is in the given one.
func (q *Questionnaire) ParseLexicalIn(i *Item, raw []string, zone *time.Location) ([]Value, []fault.Issue) {
	var out []Value
	for _, s := range raw {
		if s = tidy(s); s != "" {
			out = append(out, i.lexical(s, zone))
		}
		if len(out) > maxAnswers {
			break // Check will refuse that many
		}
	}
	return out, q.Check(i, out)
}

func (i *Item) lexical(s string, zone *time.Location) Value {
	v := Value{Type: i.Type, Text: s}
	switch i.Type {
	case Choice, OpenChoice:
		return i.lexicalOption(s)
	case Quantity:
		return i.lexicalQuantity(s)
	case Integer, Decimal:
		if num, ok := plain(strings.TrimPrefix(s, "+")); ok {
			v.Text = num
		}
	case Time:
		if len(s) == len("14:30") {
			v.Text += ":00"
		}
	case DateTime:
		if t, ok := local(s, zone); ok {
			return t
		}
	}
	return v
}

var localForm = pattern(`^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(:\d\d)?$`)

// local is a date and time without a zone, put into one.
func local(s string, zone *time.Location) (Value, bool) {
	m := localForm().FindStringSubmatch(s)
	if m == nil || zone == nil {
		return Value{}, false
	}
	seconds := m[3]
	if seconds == "" {
		seconds = ":00"
	}
	return zoned(m[1], m[2]+seconds, zone)
}

func (i *Item) lexicalOption(s string) Value {
	for n := range i.Options {
		v := i.Options[n].Value
		if v.Type != Choice && v.Text == s || v.Type == Choice && v.System != "" && len(s) == len(v.System)+1+len(v.Code) && s == v.System+"|"+v.Code {
			return v
		}
	}
	if o := i.optionByCode(s); o != nil {
		return o.Value
	}
	if i.Type == OpenChoice && len(s) >= len("other:") && strings.EqualFold(s[:len("other:")], "other:") {
		return Value{Type: String, Text: tidy(s[len("other:"):])}
	}
	return Value{Type: Choice, Code: s}
}

func (i *Item) lexicalQuantity(s string) Value {
	num, unit, found := strings.Cut(s, " ")
	if !found { // "72kg"
		end := strings.LastIndexAny(s, "0123456789.") + 1
		if end > 0 && strings.Trim(s[:end], "+-0123456789.") == "" {
			num, unit = s[:end], s[end:]
		}
	}
	if p, ok := plain(strings.TrimPrefix(num, "+")); ok {
		num = p
	}
	v := Value{Type: Quantity, Text: num, Code: strings.TrimSpace(unit)}
	switch {
	case v.Code == "" && len(i.Units) == 1:
		v.System, v.Code = i.Units[0].System, i.Units[0].Code
	case v.Code != "":
		if u := i.unitNamed(v.Code); u != nil {
			v.System, v.Code = u.System, u.Code
		}
	}
	return v
}

// Display says an answer to i back in words: an option's label, yes or no, a date with its month's name, a number with its unit.
func (v Value) Display(i *Item, lang string) string {
	if o := i.Option(v); o != nil {
		return o.Label.In(lang)
	}
	switch v.Type {
	case Boolean:
		if v.Text == "true" {
			return words.Text(lang, "answer.yes")
		}
		return words.Text(lang, "answer.no")
	case Choice:
		return v.Code
	case Quantity:
		if u := i.unit(v); u != nil {
			return v.Text + " " + u.Display
		}
		return strings.TrimSpace(v.Text + " " + v.Code)
	case Integer, Decimal:
		if len(i.Units) == 1 {
			return v.Text + " " + i.Units[0].Display
		}
	case Date, DateTime:
		return displayMoment(v.Text, lang)
	case Time:
		return strings.TrimSuffix(v.Text, ":00")
	case Reference:
		return cmp.Or(v.Text, v.Code)
	case Attachment:
		if f, ok := v.File(); ok {
			return f.display(lang)
		}
	}
	return v.Text
}

func displayMoment(s, lang string) string {
	m, ok := readMoment(s)
	if !ok || m.digits < 10 {
		return s
	}
	out := words.Text(lang, "answer.date", "day", number(m.t.Day()), "month", words.Text(lang, "time.month-"+number(int(m.t.Month()))), "year", number(m.t.Year()))
	if m.digits > 10 {
		out += ", " + m.t.Format("15:04")
	}
	return out
}

// pattern is a regular expression that is compiled when it is first used: a function that never uses it starts without it.
func pattern(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}
