package conversation

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/questionnaire"
)

// recounted is a text taken apart into answers to several questions.
type recounted struct {
	parts int                         // how many answers there are; 0 when it can't be taken apart
	told  map[int]questionnaire.Heard // by place among the questions; without values: passed over
	wrong []int                       // places of numbers that are no choice
	taken bool                        // something had to be interpreted
}

// pieces are parts that a text falls into; taken says that how it falls had to be guessed.
type pieces struct {
	parts []string
	taken bool
}

var joined = regexp.MustCompile(`\d\s*[-–—/.]\s*\d`)

// recount takes a text apart: by lines and commas, by spaces, digit by digit, or by what the questions are called. asked says that they
// were asked in one text; otherwise only as many answers as there are questions will do. So it is with "1-3", which may be a span.
func (t *turn) recount(q *questionnaire.Questionnaire, all []*questionnaire.Item, asked bool) recounted {
	if len(t.text) > 500 {
		return recounted{}
	}
	exact := !asked || joined.MatchString(t.text)
	most := recounted{}
	for _, p := range t.cuts(len(all)) {
		r := t.each(q, all, p)
		switch {
		case r.parts > len(all):
			most = r
		case !exact && r.parts > 1 && len(r.wrong) == 0, r.parts == len(all) && (asked || r.parts >= together) && len(r.wrong)*2 < r.parts:
			return r
		}
	}
	if asked {
		if r := t.byName(q, all); r.parts > 0 {
			return r
		}
	}
	return most
}

// between are what people put between answers that may have spaces in them.
const between = "\n,;،、"

// cuts are the ways in which the text falls into parts, surest first.
func (t *turn) cuts(n int) []pieces {
	strong := cut(t.text)
	weak := slices.DeleteFunc(strings.Fields(spaced(t.text)), func(w string) bool { return is("and", program.Fold(w)) })
	out := []pieces{{parts: numbered(strong)}, {parts: weak}}
	if digits := []rune(strings.Trim(t.text, " .!")); len(digits) == n && !slices.ContainsFunc(digits, func(r rune) bool { return !unicode.IsDigit(r) }) {
		out = append(out, pieces{strings.Split(string(digits), ""), true})
	}
	return out
}

func cut(s string) (parts []string) {
	for _, p := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(between, r) }) {
		if p = strings.TrimSpace(p); p != "" {
			parts = append(parts, p)
		}
	}
	return parts
}

// spaced has spaces for what people put between numbers, and a word for what stands for no answer.
func spaced(s string) string {
	fields := strings.Fields(s)
	for n, f := range fields {
		if none(f) {
			fields[n] = "skip"
		}
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsPunct(r) && r != '\'' || r == '+' || r == '|' {
			return ' '
		}
		return r
	}, strings.Join(fields, " "))
}

// none says whether a word stands for no answer, as a dash does.
func none(word string) bool { return strings.Trim(word, "-–—_?.xX") == "" }

// passesOver says whether a text begins with a dash and goes on: its first answer is none, and what follows isn't the answer to the open question.
func passesOver(text string) bool {
	parts := strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(between, r) })
	return len(parts) > 1 && none(parts[0])
}

// numbered takes away the numbers of lines that somebody numbered: "1. 3", "2) 0".
func numbered(parts []string) []string {
	out := make([]string, len(parts))
	for n, p := range parts {
		rest, ok := strings.CutPrefix(p, strconv.Itoa(n+1))
		if rest = strings.TrimSpace(rest); !ok || rest == "" || !strings.ContainsRune(".):-=", rune(rest[0])) {
			return parts
		}
		if out[n] = strings.TrimSpace(rest[1:]); out[n] == "" {
			return parts
		}
	}
	return out
}

// each reads every part as the answer to the question in its place.
func (t *turn) each(q *questionnaire.Questionnaire, all []*questionnaire.Item, p pieces) recounted {
	r := recounted{parts: len(p.parts), told: map[int]questionnaire.Heard{}, taken: p.taken}
	if r.parts < 2 {
		return recounted{}
	}
	for n, part := range p.parts {
		i := all[min(n, len(all)-1)]
		h, issue := q.Hear(i, part, t.ear())
		folded := program.Fold(part)
		switch {
		case n >= len(all): // how many there are too many
			if issue != nil {
				return recounted{}
			}
		case issue == nil:
			r.told[n] = h
			r.taken = r.taken || h.Taken
		case !i.Required && (listen(folded).name == "skip" || none(part)):
			r.told[n] = questionnaire.Heard{}
			r.taken = true
		case !slices.ContainsFunc([]rune(part), func(r rune) bool { return !unicode.IsDigit(r) }) && len(folded) < 3:
			r.wrong = append(r.wrong, n)
		default:
			return recounted{}
		}
	}
	if len(r.told) == 0 {
		return recounted{}
	}
	return r
}

// byName reads parts that say what they answer: "sleep 3, worry 0".
func (t *turn) byName(q *questionnaire.Questionnaire, all []*questionnaire.Item) recounted {
	r := recounted{told: map[int]questionnaire.Heard{}, taken: true}
	for _, part := range cut(t.text) {
		n, words := t.calledIn(all, part)
		if n < 0 {
			return recounted{}
		}
		h, issue := q.Hear(all[n], words, t.ear())
		if _, twice := r.told[n]; twice || issue != nil {
			return recounted{}
		}
		r.told[n] = h
		r.parts++
	}
	return r
}

// calledIn is which of some questions words begin with the name of, and what is said after it; -1 when none or several.
func (t *turn) calledIn(all []*questionnaire.Item, said string) (at int, rest string) {
	at = -1
	folded := program.Fold(said)
	for n, i := range all {
		name := program.Fold(t.called(i))
		after, ok := strings.CutPrefix(folded, name+" ")
		if !ok || name == "" {
			continue
		}
		if at >= 0 {
			return -1, ""
		}
		at, rest = n, after
	}
	for first, after, _ := strings.Cut(rest, " "); at >= 0 && is("to-be", first); first, after, _ = strings.Cut(rest, " ") {
		rest = after
	}
	return at, rest
}
