package conversation

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tellback/tellback/internal/program"
)

// longest is how many characters of a text are read: more than any phone sends (1,600), so that only forgeries are cut.
const longest = 20_000

// clean takes out what no person types on purpose: invalid bytes, control characters, and marks that turn the
// direction of text around. Line ends stay.
func clean(s string) string {
	s = strings.ToValidUTF8(s, "")
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\u2028', r == '\u2029':
			return '\n'
		case r == '\t' || r == '\r':
			return ' '
		case unicode.IsControl(r), r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069, r == 0xFEFF, r == 0xFFFE, r == 0xFFFF:
			return -1
		}
		return r
	}, s)
	if utf8.RuneCountInString(s) > longest {
		s = string([]rune(s)[:longest])
	}
	return strings.TrimSpace(s)
}

func hasLetter(s string) bool { return strings.IndexFunc(s, unicode.IsLetter) >= 0 }

func wordCount(s string) int { return len(strings.Fields(s)) }

// split cuts words into pieces of at most most characters, between words where it can; 0 means no bound.
func split(s string, most int) []string {
	var out []string
	for most > 0 {
		cut := after(s, most)
		if cut == len(s) {
			break
		}
		if space := strings.LastIndexFunc(s[:cut], unicode.IsSpace); space > 0 {
			cut = space
		}
		if piece := strings.TrimSpace(s[:cut]); piece != "" {
			out = append(out, piece)
		}
		s = strings.TrimSpace(s[cut:])
	}
	if s != "" {
		out = append(out, s)
	}
	return out
}

// after is where the first n characters of s end.
func after(s string, n int) int {
	for at := range s {
		if n == 0 {
			return at
		}
		n--
	}
	return len(s)
}

// most is how many characters one outgoing text may have; Twilio's limit is 1,600.
const most = 1500

// replies makes as few messages as possible of what was said: each further one would cost its receiver's programme
// another segment.
func replies(said []string) []string {
	return split(thrifty(strings.Join(said, "\n")), most)
}

// toGSM are characters whose nearest relative is in the GSM 7-bit alphabet. One of them alone makes a text cost twice.
var toGSM = strings.NewReplacer(
	"á", "a", "í", "i", "ó", "o", "ú", "u", "Á", "A", "Í", "I", "Ó", "O", "Ú", "U", "ç", "Ç",
	"’", "'", "‘", "'", "“", "\"", "”", "\"", "«", "\"", "»", "\"", "–", "-", "—", "-", "−", "-", "…", "...", "\u00a0", " ",
)

// thrifty writes s so that it costs less, if such a small change suffices; otherwise s stays as it is.
func thrifty(s string) string {
	if program.GSM7(s) {
		return s
	}
	if plain := toGSM.Replace(s); program.GSM7(plain) {
		return plain
	}
	return s
}
