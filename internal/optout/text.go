package optout

import (
	"slices"
	"strings"
	"unicode"

	"github.com/tellback/tellback/internal/program"
)

// clause is what stands between two marks, word by word as words are compared. Each sign of a script without spaces is a
// word.
type clause []string

// longest is how many words a clause has at most, so that a place in it is a bit of 64.
const longest = 60

// clauses takes a text apart.
func clauses(text string) []clause {
	text = strings.ReplaceAll(text, "#", " number ") // "wrong #"
	var out []clause
	for _, part := range apart(text) {
		c := split(part)
		if len(c) > longest { // nobody asks so long-windedly, but before or behind their story
			out = append(out, c[:longest])
			c = c[len(c)-longest:]
		}
		if len(c) > 0 {
			out = append(out, c)
		}
	}
	return out
}

// apart cuts at marks. A full stop or comma with a letter right behind it is none: "s.t.o.p", "3.5".
func apart(text string) []string {
	rs := []rune(text)
	var out []string
	from := 0
	for n, r := range rs {
		end := n+1 == len(rs) || unicode.IsSpace(rs[n+1])
		switch {
		case strings.ContainsRune("!?¡¿;\n。！？；，、؟،؛…", r):
		case strings.ContainsRune(".,:", r) && end:
		default:
			continue
		}
		out = append(out, string(rs[from:n]))
		from = n + 1
	}
	return append(out, string(rs[from:]))
}

// split gives the words of a clause, so that "Stoooop", "s t o p" and "STOP STOP" are "stop".
func split(s string) clause {
	var out clause
	for w := range strings.FieldsSeq(script(program.Fold(s))) {
		w = squeeze(w)
		if n := len(out) - 1; n >= 0 && out[n] == w && !han(w) {
			continue
		}
		out = append(out, w)
	}
	return spelled(out)
}

// script sets signs of scripts without spaces apart, and writes Arabic as it is written in a hurry.
func script(folded string) string {
	var b strings.Builder
	b.Grow(len(folded))
	for _, r := range folded {
		switch {
		case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar):
			b.WriteByte(' ')
			b.WriteRune(r)
			b.WriteByte(' ')
		case r == 'ـ': // only stretches a word
		case r == 'ة':
			b.WriteRune('ه')
		case r == 'ى':
			b.WriteRune('ي')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func han(w string) bool {
	for _, r := range w {
		return unicode.Is(unicode.Han, r)
	}
	return false
}

// squeeze makes one letter of three and more.
func squeeze(w string) string {
	rs := []rune(w)
	out := rs[:0:0]
	for n := 0; n < len(rs); {
		end := n + 1
		for end < len(rs) && rs[end] == rs[n] {
			end++
		}
		if run := rs[n:end]; len(run) > 2 && unicode.IsLetter(rs[n]) {
			out = append(out, rs[n])
		} else {
			out = append(out, run...)
		}
		n = end
	}
	return string(out)
}

// spelled puts together what is spelled out letter by letter.
func spelled(c clause) clause {
	var out clause
	for n := 0; n < len(c); {
		end := n
		for end < len(c) && len(c[end]) == 1 && c[end] >= "a" {
			end++
		}
		if end-n >= 3 {
			out = append(out, strings.Join(c[n:end], ""))
			n = end
			continue
		}
		out = append(out, c[n])
		n++
	}
	return out
}

func joined(all []clause) clause { return slices.Concat(all...) }

// answers says whether there is a number in a clause that may be an answer.
func answers(c clause) bool {
	return slices.ContainsFunc(c, func(w string) bool { return len(w) <= 3 && strings.Trim(w, "0123456789") == "" })
}
