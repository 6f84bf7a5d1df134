package preview

import (
	"cmp"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/words"
)

// candidates are texts that may well be a valid answer to i, the plainest first. Whoever uses one asks the questionnaire.
func candidates(i *questionnaire.Item, lang string, now time.Time) []string {
	keys := slices.Clone(i.Keys())
	switch {
	case len(i.Options) > 0:
		out := keys[:min(len(keys), mostTried)]
		if n := i.MinAnswers; n > 1 && n <= len(keys) {
			out = append([]string{strings.Join(keys[len(keys)-n:], ", "), strings.Join(keys[:n], ", ")}, out...)
		}
		return out
	case i.Another:
		slices.Reverse(keys) // that there is none is the plain answer
		return keys
	case i.Type == questionnaire.Boolean:
		return keys
	}
	var out []string
	bounds := func(cut int) {
		for _, b := range []*questionnaire.Value{i.Min, i.Max} {
			if b != nil {
				out = append(out, b.Text[:min(cut, len(b.Text))])
			}
		}
	}
	switch i.Type {
	case questionnaire.Integer, questionnaire.Decimal, questionnaire.Quantity:
		bounds(40)
		out = append(out, "37", "1", "10", "100", "0", "0.5", "1000") // first what could be an age, or nearly anything
		if i.Type == questionnaire.Quantity {
			out = united(out, i.Units)
		}
	case questionnaire.Date:
		out = append(out, now.Format("2006-01-02"))
		bounds(10)
		out = append(out, "1980-05-31")
	case questionnaire.Time:
		out = append(out, "14:30")
		bounds(5)
	case questionnaire.DateTime:
		out = append(out, now.Format("2006-01-02 15:04"))
		bounds(40)
		out = append(out, "1980-05-31 14:30")
	case questionnaire.URL:
		out = append(out, "https://example.org")
	default:
		out = append(out, sentence(i, lang), "1", "a", "A1", "name@example.org", "12345", "555-0101")
	}
	if i.Pattern != nil {
		if s, ok := matching(i.Pattern.String()); ok {
			out = append([]string{s}, out...)
		}
	}
	return slices.DeleteFunc(out, func(s string) bool { return s == "" })
}

// mostTried bounds how many answers to one question are tried.
const mostTried = 12

// united gives each number a unit.
func united(numbers []string, units []questionnaire.Unit) (out []string) {
	for _, u := range units {
		for _, n := range numbers {
			out = append(out, n+" "+cmp.Or(u.Display, u.Code))
		}
	}
	if len(units) == 0 {
		return numbers
	}
	return out
}

// sentence is words of one's own, as long as they may and must be.
func sentence(i *questionnaire.Item, lang string) string {
	s := words.Text(lang, "preview.sample")
	for len(s) < min(i.MinLength, questionnaire.MaxText) {
		s += " " + s
	}
	if r := []rune(s); i.MaxLength > 0 && len(r) > i.MaxLength {
		s = strings.TrimSpace(string(r[:i.MaxLength]))
	}
	return s
}

// matching makes the shortest text that a pattern matches; ok is false where that takes more than can be made up.
func matching(pattern string) (s string, ok bool) {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return "", false
	}
	var out strings.Builder
	ok = write(&out, re)
	return out.String(), ok && out.Len() <= 1000
}

func write(out *strings.Builder, re *syntax.Regexp) bool {
	if out.Len() > 1000 {
		return false
	}
	times := 1
	switch re.Op {
	case syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText, syntax.OpStar, syntax.OpQuest, syntax.OpWordBoundary:
		return true
	case syntax.OpLiteral:
		out.WriteString(string(re.Rune))
		return true
	case syntax.OpCharClass:
		r, ok := plainest(re.Rune)
		out.WriteRune(r)
		return ok
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		out.WriteByte('a')
		return true
	case syntax.OpAlternate:
		return write(out, re.Sub[0])
	case syntax.OpRepeat:
		times = re.Min
	case syntax.OpCapture, syntax.OpPlus, syntax.OpConcat:
	default:
		return false
	}
	for range times {
		for _, sub := range re.Sub {
			if !write(out, sub) {
				return false
			}
		}
	}
	return true
}

// plainest is a letter or digit of a class, given as pairs of bounds, or else its first character.
func plainest(class []rune) (rune, bool) {
	if len(class) < 2 {
		return 0, false
	}
	for _, r := range "a1A" {
		for n := 0; n+1 < len(class); n += 2 {
			if class[n] <= r && r <= class[n+1] {
				return r, true
			}
		}
	}
	for n := 0; n+1 < len(class); n += 2 { // the first that is a letter or digit at all
		if class[n] > ' ' && strconv.IsPrint(class[n]) {
			return class[n], true
		}
	}
	return class[0], true
}
