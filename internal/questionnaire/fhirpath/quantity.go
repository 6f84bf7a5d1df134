package fhirpath

import "strings"

// singular are the calendar words, each with its singular.
var singular = map[string]string{
	"year": "year", "years": "year", "month": "month", "months": "month", "week": "week", "weeks": "week", "day": "day", "days": "day",
	"hour": "hour", "hours": "hour", "minute": "minute", "minutes": "minute", "second": "second", "seconds": "second",
	"millisecond": "millisecond", "milliseconds": "millisecond",
}

// definite are UCUM's units of time by the calendar word that they are near to.
var definite = map[string]string{
	"a": "year", "mo": "month", "wk": "week", "d": "day", "h": "hour", "min": "minute", "s": "second", "ms": "millisecond",
}

// measured is v as a Quantity: a number is one in the unit '1'.
func (v Value) measured() (Value, bool) {
	switch v.kind {
	case Quantity:
		return v, true
	case Integer, Decimal:
		return Value{kind: Quantity, num: v.num, text: "1"}, true
	}
	return v, false
}

// word is the calendar word of v's unit, or of the UCUM unit that is near to it; "" for what is no time.
func (v Value) word() string {
	if v.calendar {
		return v.text
	}
	return definite[v.text]
}

// common brings two quantities to one unit. Besides equal units, only those of time are converted into each other. A calendar year
// or month is no definite one, so those aren't.
func common(a, b Value) (na, nb decimal, ok bool) {
	if a.text == b.text && a.calendar == b.calendar {
		return a.num, b.num, true
	}
	wa, wb := a.word(), b.word()
	if wa == "" || wb == "" {
		return a.num, b.num, false
	}
	sa, sb := spans[wa], spans[wb]
	if (sa.months > 0 || sb.months > 0) && a.calendar != b.calendar {
		return a.num, b.num, false
	}
	if sa.months > 0 && sb.months > 0 {
		return a.num.mul(whole(sa.months)), b.num.mul(whole(sb.months)), true
	}
	return a.num.mul(whole(sa.length())), b.num.mul(whole(sb.length())), true
}

// length is a span in milliseconds; between calendar units N1 takes a year for 365 days and a month for 30.
func (s span) length() int64 {
	switch s.months {
	case 0:
		return s.ms
	case 12:
		return 365 * dayMS
	}
	return 30 * dayMS
}

func (v Value) equal(o Value) tri {
	a, b, ok := common(v, o)
	if !ok {
		return unknown
	}
	return triOf(a.cmp(b) == 0)
}

// equivalent also takes a calendar unit for the definite one that is near to it.
func (v Value) equivalent(o Value) bool {
	if v.text == o.text && v.calendar == o.calendar {
		return roughly(v.num, o.num)
	}
	if w := v.word(); w != "" {
		v.text, v.calendar = w, true
	}
	if w := o.word(); w != "" {
		o.text, o.calendar = w, true
	}
	a, b, ok := common(v, o)
	return ok && a.cmp(b) == 0
}

func (v Value) cmp(o Value) (int, bool) {
	a, b, ok := common(v, o)
	return a.cmp(b), ok
}

// plusMeasure adds two quantities, in the finer of their units.
func (v Value) plusMeasure(o Value) (Value, bool) {
	if v.text == o.text && v.calendar == o.calendar {
		v.num = v.num.add(o.num)
		return v, true
	}
	a, b, ok := common(v, o)
	if !ok {
		return v, false
	}
	unit, s := v, spans[v.word()]
	months := s.months > 0 && spans[o.word()].months > 0
	if other := spans[o.word()]; other.length() < s.length() {
		unit, s = o, other
	}
	size := s.length()
	if months {
		size = s.months
	}
	unit.num = a.add(b).div(whole(size))
	return unit, true
}

// readQuantity reads a number and its unit: "4 days", "5.0 'mg'", "3".
func readQuantity(s string) (Value, bool) {
	end := strings.IndexAny(s, " \t\r\n'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
	if end < 0 {
		end = len(s)
	}
	v := Value{kind: Quantity}
	var ok bool
	if v.num, ok = readDecimal(s[:end]); !ok {
		return v, false
	}
	unit := strings.TrimLeft(s[end:], " \t\r\n")
	switch n := len(unit); {
	case unit == "" && end < len(s):
		return v, false
	case unit == "":
		v.text = "1"
	case unit[0] == '\'':
		if n < 3 || unit[n-1] != '\'' || strings.Contains(unit[1:n-1], "'") {
			return v, false
		}
		v.text = unit[1 : n-1]
	default:
		v.text, v.calendar = singular[unit], true
	}
	return v, v.text != "" && !(singular[v.text] != "" && !v.calendar)
}

// written is a Quantity as text.
func (v Value) written() string {
	if v.calendar {
		if v.num.cmp(whole(1)) == 0 {
			return v.num.String() + " " + v.text
		}
		return v.num.String() + " " + v.text + "s"
	}
	return v.num.String() + " '" + v.text + "'"
}
