package questionnairetest

import (
	"strings"
	"time"

	"pgregory.net/rapid"

	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/questionnaire"
)

// Told draws a way in which somebody texts an answer to i, which is as it is asked in lang.
func Told(t *rapid.T, q *questionnaire.Questionnaire, i *questionnaire.Item, lang string, vs []questionnaire.Value, now time.Time) string {
	var parts []string
	numbers := true // nothing but numbers that were shown
	for _, v := range vs {
		part, shown := texted(t, q, i, lang, v, now)
		numbers = numbers && shown
		parts = append(parts, part)
	}
	between := "\n"
	if numbers {
		between = rapid.SampledFrom([]string{" ", ",", ", ", "\n", " and ", " y "}).Draw(t, "between")
	}
	return strings.Join(parts, between)
}

// texted is one of the answers. shown says that it is the number of an option.
func texted(t *rapid.T, q *questionnaire.Questionnaire, i *questionnaire.Item, lang string, v questionnaire.Value, now time.Time) (words string, shown bool) {
	one := func(ways ...string) string { return rapid.SampledFrom(ways).Draw(t, "in words") }
	for n := range i.Options {
		if i.Options[n].Value != v {
			continue
		}
		label := i.Options[n].Label.In(lang)
		if !program.Reserved(program.Fold(label)) && rapid.Bool().Draw(t, "by its label") { // a command is obeyed
			switch got, bad := q.Parse(i, lang, label, now); {
			case bad != nil: // the person would be asked again
			case len(got) != 1 || got[0] != v:
				t.Fatalf("%s: %q is taken for another option: %v", i.LinkID, label, got)
			default:
				return label, false
			}
		}
		return i.Keys()[n], true
	}
	switch v.Type {
	case questionnaire.Boolean:
		if v.Text == "true" {
			return one("1", "yes", "Yes!", "sí", "y"), false
		}
		return one("2", "no", "No.", "n"), false
	case questionnaire.Quantity:
		if v.Code != "" && (len(i.Units) > 1 || rapid.Bool().Draw(t, "with its unit")) {
			return v.Display(i, lang), false
		}
		return v.Text, false
	case questionnaire.Integer, questionnaire.Decimal:
		return one(v.Text, v.Text+".", " "+v.Text), false
	case questionnaire.Date:
		return dated(t, lang, v.Text), false
	case questionnaire.DateTime:
		at, err := time.Parse(time.RFC3339, v.Text)
		if err != nil {
			t.Fatal(err)
		}
		day := dated(t, lang, at.Format(time.DateOnly))
		return one(v.Text, day+" "+clock(t, at), clock(t, at)+" "+day), false
	case questionnaire.Time:
		at, err := time.Parse(time.TimeOnly, v.Text)
		if err != nil {
			t.Fatal(err)
		}
		return one(v.Text, clock(t, at)), false
	}
	return v.Text, false
}

// clock is a time of day in one of the ways in which it is texted. 10:00 alone may be in the evening.
func clock(t *rapid.T, at time.Time) string {
	ways := []string{at.Format("3:04 pm"), at.Format("3:04PM")}
	if at.Hour() == 0 || at.Hour() > 12 {
		ways = append(ways, at.Format("15:04"))
	}
	return rapid.SampledFrom(ways).Draw(t, "time in words")
}

// dated is a day in one of the ways in which it is texted.
func dated(t *rapid.T, lang, day string) string {
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day // a year, or a month
	}
	months := [...]string{"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"}
	ways := []string{day, at.Format("2 January 2006"), at.Format("Jan 2, 2006"), at.Format("1/2/2006")}
	if lang == "es" {
		ways = []string{day, at.Format("2 de ") + months[at.Month()-1] + at.Format(" de 2006")}
		if at.Day() > 12 { // otherwise whoever writes Spanish in the United States is asked which number is the month
			ways = append(ways, at.Format("2/1/2006"))
		}
	}
	return rapid.SampledFrom(ways).Draw(t, "day in words")
}

// Ticked is an answer in the plain forms of web forms and simple clients.
func Ticked(i *questionnaire.Item, vs []questionnaire.Value) (out []string) {
	for _, v := range vs {
		switch {
		case i.Option(v) != nil && v.Type == questionnaire.Choice && v.System != "":
			out = append(out, v.System+"|"+v.Code)
		case i.Option(v) != nil && v.Type == questionnaire.Choice:
			out = append(out, v.Code)
		case i.Type == questionnaire.OpenChoice && i.Option(v) == nil:
			out = append(out, "other:"+v.Text)
		case v.Type == questionnaire.Quantity:
			out = append(out, strings.TrimSpace(v.Text+" "+v.Code))
		default:
			out = append(out, v.Text)
		}
	}
	return out
}
