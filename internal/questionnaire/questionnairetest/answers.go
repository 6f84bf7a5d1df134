package questionnairetest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"pgregory.net/rapid"

	"github.com/tellback/tellback/internal/questionnaire"
)

// tries is how often something is drawn before it is given up.
const tries = 50

// Answers draws what somebody answers to q, question by question as they are asked: whatever each allows, and nothing here and there
// where nothing is needed. q is as of the time at which it is answered, whose zone is that of its moments. A constraint of the whole that
// no draw fulfils skips the round.
func Answers(t *rapid.T, q *questionnaire.Questionnaire, zone *time.Location) questionnaire.Answers {
	for range tries {
		a := questionnaire.Answers{}
		for i := q.Next(a, ""); i != nil; i = q.Next(a, i.LinkID) {
			if !i.Answerable() || !i.Required && rapid.IntRange(0, 4).Draw(t, "skip") == 0 {
				continue
			}
			vs := Answer(t, q, q.Asked(i, a), zone)
			if vs == nil {
				t.Fatalf("%s has no answer", i.LinkID)
			}
			a[i.LinkID] = vs
		}
		if len(a) > 0 && len(q.Validate(q.Clean(a))) == 0 {
			return a
		}
	}
	t.Skip("nothing that fulfils the constraints was drawn")
	return nil
}

// Answer draws an answer that q allows i, which is as it is asked; nil when none is found.
func Answer(t *rapid.T, q *questionnaire.Questionnaire, i *questionnaire.Item, zone *time.Location) []questionnaire.Value {
	for range tries {
		most := 1
		if i.Repeats {
			most = max(i.MinAnswers, 3)
		}
		var vs []questionnaire.Value
		for range rapid.IntRange(max(1, i.MinAnswers), most).Draw(t, "answers") {
			vs = append(vs, value(t, q, i, zone))
		}
		if len(i.Items) > 0 { // a form has its options in one order, and what is asked about each
			place := func(v questionnaire.Value) int {
				at := slices.IndexFunc(i.Options, func(o questionnaire.Option) bool { return o.Value == v })
				if at < 0 {
					return len(i.Options)
				}
				return at
			}
			slices.SortStableFunc(vs, func(a, b questionnaire.Value) int { return place(a) - place(b) })
		}
		own := 0
		for _, v := range vs {
			if len(i.Options) > 0 && i.Option(v) == nil {
				own++
			}
		}
		if own < 2 && len(q.Check(i, vs)) == 0 {
			return vs
		}
	}
	return nil
}

// value draws one answer of i's type, with an eye on its bounds; what else it allows is for its checks to say.
func value(t *rapid.T, q *questionnaire.Questionnaire, i *questionnaire.Item, zone *time.Location) questionnaire.Value {
	v := questionnaire.Value{Type: i.Type}
	switch i.Type {
	case questionnaire.Boolean:
		v.Text = rapid.SampledFrom([]string{"true", "false"}).Draw(t, "yes")
	case questionnaire.Integer:
		v.Text = number(t, i, 0)
	case questionnaire.Decimal:
		v.Text = number(t, i, places(i))
	case questionnaire.Quantity:
		v.Text = number(t, i, places(i))
		if len(i.Units) > 0 {
			u := rapid.SampledFrom(i.Units).Draw(t, "unit")
			v.System, v.Code = u.System, u.Code
		}
	case questionnaire.Date:
		v.Text = day(t, i).Format(time.DateOnly)
	case questionnaire.DateTime:
		d := day(t, i)
		hour, minute := rapid.IntRange(10, 19).Draw(t, "hour"), rapid.IntRange(0, 59).Draw(t, "minute")
		v.Text = time.Date(d.Year(), d.Month(), d.Day(), hour, minute, 0, 0, zone).Format(time.RFC3339)
	case questionnaire.Time:
		v.Text = fmt.Sprintf("%02d:%02d:00", rapid.IntRange(0, 23).Draw(t, "hour"), rapid.IntRange(0, 59).Draw(t, "minute"))
	case questionnaire.URL:
		v.Text = rapid.StringMatching(`https://[a-z]{1,9}\.example/[a-z0-9?=]{0,9}`).Draw(t, "address")
	case questionnaire.String, questionnaire.Text, questionnaire.Reference:
		v.Text = prose(t, i)
	case questionnaire.Attachment:
		return file(t, q, i)
	case questionnaire.Choice, questionnaire.OpenChoice:
		if len(i.Options) == 0 || i.Type == questionnaire.OpenChoice && rapid.IntRange(0, 3).Draw(t, "own") == 0 {
			return questionnaire.Value{Type: questionnaire.String, Text: rapid.SampledFrom([]string{"quite another thing", "Ñandú, 2 veces"}).Draw(t, "words")}
		}
		return rapid.SampledFrom(i.Options).Draw(t, "option").Value
	}
	return v
}

// number draws one between i's bounds, on its steps, with up to so many decimals.
func number(t *rapid.T, i *questionnaire.Item, decimals int) string {
	low, high := 0, 300
	if i.Min != nil {
		low = whole(i.Min.Text)
		high = low + 300
	}
	if i.Max != nil {
		if high = whole(i.Max.Text); i.Min == nil {
			low = min(low, high)
		}
	}
	n := rapid.IntRange(low, high).Draw(t, "number")
	if i.Step > 0 {
		n -= (n - low) % i.Step
	}
	out := strconv.Itoa(n)
	if decimals = rapid.IntRange(0, decimals).Draw(t, "decimals"); decimals > 0 && i.Step == 0 {
		out += "." + rapid.StringMatching(fmt.Sprintf(`[0-9]{%d}`, decimals)).Draw(t, "after the point")
	}
	return out
}

// places is how many decimals are drawn: with three, 1.500 is a thousand and a half to some.
func places(i *questionnaire.Item) int {
	if i.MaxDecimals >= 0 {
		return min(i.MaxDecimals, 2)
	}
	return 2
}

func whole(number string) int {
	front, _, _ := strings.Cut(number, ".")
	n, _ := strconv.Atoi(front)
	return n
}

// day draws one between i's bounds.
func day(t *rapid.T, i *questionnaire.Item) time.Time {
	low, high := time.Date(1930, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2029, 12, 31, 0, 0, 0, 0, time.UTC)
	for bound, v := range map[*time.Time]*questionnaire.Value{&low: i.Min, &high: i.Max} {
		if v == nil {
			continue
		}
		for _, layout := range []string{time.DateOnly, time.RFC3339, "2006-01", "2006"} {
			if at, err := time.Parse(layout, v.Text); err == nil {
				*bound = at
				break
			}
		}
	}
	return low.AddDate(0, 0, rapid.IntRange(0, max(0, int(high.Sub(low).Hours()/24))).Draw(t, "day"))
}

// prose draws words of one's own. None of them is a command, which a text can't say without being obeyed.
func prose(t *rapid.T, i *questionnaire.Item) string {
	if i.Pattern != nil {
		return rapid.StringMatching(i.Pattern.String()).Draw(t, "words")
	}
	kinds := []*rapid.Generator[string]{
		rapid.StringMatching(`[a-z]{3,9} [a-z]{3,9}( [a-z]{3,9}){0,2}`),
		rapid.SampledFrom([]string{"0", "5", "5 apples, 1-2 pears", "¿Qué? Ñandú", "👩‍👩‍👧 at home 🙂", "مرحبا يا جدي", "a|b:c;d", "<b>&amp;\"'", "1,500"}),
	}
	if i.Type == questionnaire.Text && !i.Repeats { // in a text each line would be an answer
		kinds = append(kinds, rapid.Just("first line\nsecond, after it\n\nand the last"))
	}
	s := rapid.OneOf(kinds...).Draw(t, "words")
	for len(s) < i.MinLength {
		s += " and more"
	}
	if r := []rune(s); i.MaxLength > 0 && len(r) > i.MaxLength {
		s = strings.TrimSpace(string(r[:i.MaxLength]))
	}
	return s
}
