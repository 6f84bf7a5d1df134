package program

import (
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/tellback/tellback/internal/words"
)

// Fold brings words into the form in which they are compared: NFKC, lower case, without accents, punctuation or double spaces.
// Symbols and emoji go as punctuation does; an apostrophe closes up ("don't" is "dont").
func Fold(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	gap := false
	for _, r := range norm.NFKD.String(strings.ToValidUTF8(s, " ")) { // norm leaves a letter after a broken byte as it is
		switch {
		case r == '\'' || r == '’' || r == 'ʼ' || unicode.In(r, unicode.M, unicode.Cf):
			continue // joins what is left and right of it
		case !unicode.In(r, unicode.L, unicode.N):
			gap = b.Len() > 0
			continue
		case gap:
			b.WriteByte(' ')
			gap = false
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return norm.NFKC.String(b.String())
}

// OneEdit says whether two words differ by one letter: a wrong one, one too many or too few, or two swapped.
func OneEdit(a, b string) bool {
	if utf8.RuneCountInString(a) > utf8.RuneCountInString(b) {
		a, b = b, a
	}
	short, long := []rune(a), []rune(b)
	if a == b || len(long)-len(short) > 1 {
		return false
	}
	n := 0
	for n < len(short) && short[n] == long[n] {
		n++
	}
	if len(short) < len(long) {
		return slices.Equal(short[n:], long[n+1:])
	}
	if slices.Equal(short[n+1:], long[n+1:]) {
		return true
	}
	return n+1 < len(short) && short[n] == long[n+1] && short[n+1] == long[n] && slices.Equal(short[n+2:], long[n+2:])
}

// What carriers act on by themselves in the United States (CTIA Short Code Monitoring Handbook §1.3; Twilio's default
// opt-out words), and the commands of this system in English and Spanish.
var reserved = []string{
	"stop", "quit", "end", "cancel", "unsubscribe", "stopall", "stop all", "revoke", "optout", "opt out", "start",
	"unstop", "yes", "no", "help", "info", "skip", "back", "pause", "language", "lesson", "mydata", "my data", "forgetme",
	"forget me", "care", "join", "alto", "parar", "para", "si", "ayuda", "saltar", "atras", "pausa", "idioma", "leccion",
	"mis datos", "olvidame", "cuidado", "unirme",
}

// The lists of internal/words that say what else is heard as a command, by language.
var heard = []string{
	"stop", "start", "help", "skip", "back", "pause", "language", "switch", "lesson", "mydata", "forget",
	"care", "yes", "no",
}

var commands = sync.OnceValue(func() map[string]bool {
	all := map[string]bool{}
	for _, w := range reserved {
		all[w] = true
	}
	for _, lang := range words.Languages() {
		for _, key := range heard {
			if key = "sms.hear-" + key; words.Has(lang, key) {
				for w := range strings.SplitSeq(words.Text(lang, key), "|") {
					all[Fold(w)] = true
				}
			}
		}
	}
	return all
})

// Reserved says whether a folded text (see [Fold]) is a command word of a carrier or of the system, in any language.
func Reserved(folded string) bool { return commands()[folded] }
