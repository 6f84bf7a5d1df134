package questionnaire

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// MaxText is the most characters that an answer in words may have, whatever its item allows.
const MaxText = 20000

// maxAnswers bounds the answers to one repeating item.
const maxAnswers = 100

// tidy trims words, replaces what is not UTF-8, and removes control characters other than line breaks and tabs (which become
// spaces). Emoji, joiners and right-to-left text stay as they are.
func tidy(s string) string {
	if !needsTidying(s) {
		return s
	}
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\r\n", "\n")
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\r' || r == '\u2028' || r == '\u2029':
			return '\n'
		case r == '\t':
			return ' '
		case r != '\n' && unicode.IsControl(r):
			return -1
		}
		return r
	}, s)
	return strings.TrimSpace(s)
}

func needsTidying(s string) bool {
	if s == "" {
		return false
	}
	if !utf8.ValidString(s) {
		return true
	}
	for _, r := range s {
		if r != '\n' && (unicode.IsControl(r) || r == '\u2028' || r == '\u2029') {
			return true
		}
	}
	first, _ := utf8.DecodeRuneInString(s)
	last, _ := utf8.DecodeLastRuneInString(s)
	return unicode.IsSpace(first) || unicode.IsSpace(last)
}

// empty says that v is no answer.
func (v Value) empty() bool { return v.Code == "" && strings.TrimSpace(v.Text) == "" }

// answered says that vs holds an answer.
func answered(vs []Value) bool {
	for i := range vs {
		if !vs[i].empty() {
			return true
		}
	}
	return false
}

// worded says that values of type t are words.
func worded(t Type) bool { return t == String || t == Text }

// numeric says that values of type t are numbers.
func numeric(t Type) bool { return t == Integer || t == Decimal || t == Quantity }

// wellFormed says whether v's text has the lexical form of its type.
func (v Value) wellFormed() bool {
	switch v.Type {
	case Boolean:
		return v.Text == "true" || v.Text == "false"
	case Integer:
		return isDecimal(v.Text) && !strings.Contains(v.Text, ".")
	case Decimal, Quantity:
		return isDecimal(v.Text)
	case Date:
		return len(v.Text) <= 10 && isMoment(v.Text)
	case DateTime:
		return isMoment(v.Text)
	case Time:
		_, ok := clock(v.Text)
		return ok
	case String, Text:
		return !needsTidying(v.Text)
	case URL:
		return isURI(v.Text)
	case Reference:
		return !v.empty() && !needsTidying(v.Text) && !needsTidying(v.Code)
	case Attachment:
		_, ok := v.File()
		return ok
	case Choice:
		return v.Code != "" && !needsTidying(v.Code) && !needsTidying(v.System)
	}
	return false
}

// moment is a date or dateTime: an instant, and how much of it was said.
type moment struct {
	t      time.Time
	digits int // 4 year, 7 month, 10 day, 11 with a time
}

var layouts = [...]struct {
	layout string
	length int
}{{"2006", 4}, {"2006-01", 7}, {"2006-01-02", 10}}

func readMoment(s string) (moment, bool) {
	for _, l := range layouts {
		if len(s) == l.length {
			t, err := time.Parse(l.layout, s)
			return moment{t, l.length}, err == nil && t.Year() >= 1
		}
	}
	// RFC 3339 wants its seconds and its zone, as FHIR does; time.Parse would also take a comma for the fraction.
	if len(s) < 20 || len(s) > 40 || s[10] != 'T' || s[13] != ':' || strings.Contains(s, ",") {
		return moment{}, false
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	return moment{t, 11}, err == nil && t.Year() >= 1
}

func isMoment(s string) bool { _, ok := readMoment(s); return ok }

// compareMoments orders two dates or dateTimes. ok is false when one is said less exactly than the other and they agree as far
// as both go: then nobody can tell.
func compareMoments(a, b moment) (cmp int, ok bool) {
	if a.digits == b.digits {
		return a.t.Compare(b.t), true
	}
	n := min(a.digits, b.digits, 10)
	cmp = strings.Compare(a.t.Format("2006-01-02")[:n], b.t.Format("2006-01-02")[:n])
	return cmp, cmp != 0
}

// clock reads a FHIR time.
func clock(s string) (time.Time, bool) {
	if len(s) < 8 || len(s) > 20 || s[2] != ':' || strings.Contains(s, ",") {
		return time.Time{}, false
	}
	t, err := time.Parse("15:04:05", s)
	return t, err == nil
}

// compare orders two values of the same type. ok is false when they can't be compared: other types, other units, or
// dates that are not exact enough.
func compare(a, b Value) (cmp int, ok bool) {
	switch {
	case numeric(a.Type) && numeric(b.Type) && (a.Type == Quantity) == (b.Type == Quantity):
		if a.System != b.System || a.Code != b.Code || !isDecimal(a.Text) || !isDecimal(b.Text) {
			return 0, false
		}
		return compareDecimals(a.Text, b.Text), true
	case a.Type != b.Type:
		return 0, false
	case a.Type == Date || a.Type == DateTime:
		ma, oka := readMoment(a.Text)
		mb, okb := readMoment(b.Text)
		if !oka || !okb {
			return 0, false
		}
		return compareMoments(ma, mb)
	case a.Type == Time:
		ta, oka := clock(a.Text)
		tb, okb := clock(b.Text)
		return ta.Compare(tb), oka && okb
	}
	return 0, false
}

// equal says whether two values mean the same.
func equal(a, b Value) bool {
	switch {
	case a.Type == Choice && b.Type == Choice:
		return a.Code == b.Code && a.System == b.System
	case worded(a.Type) && worded(b.Type):
		return a.Text == b.Text
	case a.Type == b.Type && (a.Type == Boolean || a.Type == URL || a.Type == Attachment):
		return a.Text == b.Text
	case a.Type == Reference && b.Type == Reference:
		return a.Text == b.Text && a.Code == b.Code
	}
	cmp, ok := compare(a, b)
	return ok && cmp == 0
}
