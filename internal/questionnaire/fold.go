package questionnaire

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

func isLetter(r rune) bool { return unicode.IsLetter(r) }

// fold brings words into the form in which they are compared: compatible forms unified, lower case, without accents,
// punctuation or double spaces, digits of every script as 0–9. Symbols and emoji stay.
func fold(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	space := false
	for _, r := range norm.NFKD.String(s) {
		switch {
		case r >= 0x300 && r <= 0x36F, r >= 0xFE00 && r <= 0xFE0F, r == 0x20E3, r == 0x200B, r == 0x200C, r == 0x200D, r == 0xFEFF,
			r >= 0x200E && r <= 0x200F, r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069, r == 0xAD:
			continue // accents, emoji presentation, and what can't be seen
		case r == '\'' || r == '’' || r == 'ʼ':
			continue // "don't" is one word
		case unicode.IsSpace(r) || unicode.IsPunct(r) || unicode.IsControl(r):
			space = true
			continue
		}
		if space && b.Len() > 0 {
			b.WriteByte(' ')
		}
		space = false
		b.WriteRune(unicode.ToLower(western(r)))
	}
	return b.String()
}

// western is the digit 0–9 for a digit of any script, and every other rune itself. Unicode lays digits out in runs of
// ten that begin at …0 or …6.
func western(r rune) rune {
	if r < 0x80 || !unicode.IsDigit(r) {
		return r
	}
	for _, zero := range [...]rune{r &^ 0xF, r&^0xF + 6} {
		if zero <= r && r < zero+10 && unicode.IsDigit(zero) && !unicode.IsDigit(zero-1) {
			return '0' + r - zero
		}
	}
	return r
}

// westernDigits does the same to a whole text, and keeps everything else.
func westernDigits(s string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '٫':
			return '.' // the Arabic decimal separator
		case '−', '﹣', '－':
			return '-'
		}
		return western(r)
	}, norm.NFKC.String(s))
}

// dropFillers takes away words around an answer that change nothing ("option 3 please"), unless nothing would be left.
func dropFillers(folded string) string {
	fields := strings.Fields(folded)
	kept := fields[:0:0]
	for _, f := range fields {
		if !fillers[f] {
			kept = append(kept, f)
		}
	}
	if len(kept) == 0 {
		return folded
	}
	return strings.Join(kept, " ")
}

var fillers = set(`option number answer choice reply please pls thanks thank you its it is im say choose pick would my the
	opcion numero respuesta la el es un una por favor gracias elijo digo mi creo que`)

// numberWord is the number that a word says in lang, English and Spanish being understood everywhere; "" when it says none.
func numberWord(lang, word string) string {
	if base, _, _ := strings.Cut(lang, "-"); word == "once" && base != "es" {
		return "" // eleven in Spanish, one time in English
	}
	return numberWords[word]
}

var numberWords = map[string]string{
	"zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
	"ten": "10", "eleven": "11", "twelve": "12", "thirteen": "13", "fourteen": "14", "fifteen": "15", "sixteen": "16",
	"seventeen": "17", "eighteen": "18", "nineteen": "19", "twenty": "20", "thirty": "30", "forty": "40", "fifty": "50",
	"sixty": "60", "seventy": "70", "eighty": "80", "ninety": "90",
	"cero": "0", "uno": "1", "una": "1", "un": "1", "dos": "2", "tres": "3", "cuatro": "4", "cinco": "5", "seis": "6", "siete": "7", "ocho": "8",
	"nueve": "9", "diez": "10", "once": "11", "doce": "12", "trece": "13", "catorce": "14", "quince": "15", "dieciseis": "16",
	"diecisiete": "17", "dieciocho": "18", "diecinueve": "19", "veinte": "20", "veintiuno": "21", "veintiun": "21", "veintidos": "22",
	"veintitres": "23", "veinticuatro": "24", "veinticinco": "25", "veintiseis": "26", "veintisiete": "27", "veintiocho": "28", "veintinueve": "29", "treinta": "30", "cuarenta": "40",
	"cincuenta": "50", "sesenta": "60", "setenta": "70", "ochenta": "80", "noventa": "90",
}

var (
	yesWords = set(`y yes yess yea yeah yep yup true s si sii sip claro verdadero 👍`)
	noWords  = set(`n no nop nope nah false falso 👎`)
)

func set(words string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(words) {
		out[w] = true
	}
	return out
}
