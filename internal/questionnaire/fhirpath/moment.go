package fhirpath

import (
	"strings"
	"time"
)

// precision is how much of a date or time was said. Seconds and their fraction are one: they compare as a decimal.
type precision uint8

const (
	none precision = iota
	year
	month
	day
	hour
	minute
	second
)

// moment is a date, dateTime or time. What was not said is its least.
type moment struct {
	ms     int64 // of the clock that was read: milliseconds since 1970 as if its zone were UTC
	prec   precision
	clock  bool // a time of day: ms is since midnight
	frac   bool // thousandths were said
	zoned  bool
	offset int16 // minutes east of UTC, when zoned
}

const dayMS = 24 * 60 * 60 * 1000

// part is one field of a date or time.
type part struct {
	prec               precision
	before             byte // what stands before it
	width, least, most int
}

// parts are the fields in ISO order.
var parts = [...]part{{year, 0, 4, 1, 9999}, {month, '-', 2, 1, 12}, {day, '-', 2, 1, 31}, {hour, 'T', 2, 0, 23}, {minute, ':', 2, 0, 59}, {second, ':', 2, 0, 59}}

// readMoment reads a date or dateTime in the forms of FHIR and of FHIRPath literals ("2026T" is a dateTime of a year).
func readMoment(s string) (moment, bool) {
	field := [6]int{1, 1, 1, 0, 0, 0}
	m, rest, ok := readParts(s, parts[:], field[:])
	if !ok {
		return m, false
	}
	if m.prec <= day {
		m = m.date(field, 0)
		return m, m.prec != none && (rest == "" || rest == "T")
	}
	frac, rest, ok := readFraction(&m, rest)
	if !ok {
		return m, false
	}
	ok = m.readZone(rest)
	m = m.date(field, frac)
	return m, ok && m.prec != none
}

// readClock reads a time of day.
func readClock(s string) (moment, bool) {
	var field [3]int
	m, rest, ok := readParts(s, parts[3:], field[:])
	if !ok {
		return m, false
	}
	frac, rest, ok := readFraction(&m, rest)
	m.clock = true
	m.ms = int64(field[0])*3600_000 + int64(field[1])*60_000 + int64(field[2])*1000 + frac
	return m, ok && rest == ""
}

// readParts reads as many fields as there are; rest is what follows them.
func readParts(s string, of []part, field []int) (m moment, rest string, ok bool) {
	for i, p := range of {
		if i > 0 {
			if s == "" || s[0] != p.before || p.before == 'T' && len(s) == 1 {
				break
			}
			s = s[1:]
		}
		if len(s) < p.width || !allDigits(s[:p.width]) {
			return m, s, false
		}
		n := 0
		for _, c := range s[:p.width] {
			n = n*10 + int(c-'0')
		}
		if n < p.least || n > p.most {
			return m, s, false
		}
		field[i], m.prec, s = n, p.prec, s[p.width:]
	}
	return m, s, true
}

// readFraction reads ".123": what is finer than thousandths is cut off.
func readFraction(m *moment, s string) (ms int64, rest string, ok bool) {
	if s == "" || s[0] != '.' {
		return 0, s, true
	}
	n := 1
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	if n == 1 || m.prec != second {
		return 0, s, false
	}
	for i := 1; i <= 3; i++ {
		ms *= 10
		if i < n {
			ms += int64(s[i] - '0')
		}
	}
	m.frac = true
	return ms, s[n:], true
}

func (m *moment) readZone(s string) bool {
	switch {
	case s == "":
		return true
	case s == "Z":
		m.zoned = true
		return true
	case len(s) != 6 || s[0] != '+' && s[0] != '-' || s[3] != ':' || !allDigits(s[1:3]) || !allDigits(s[4:]):
		return false
	}
	hours, minutes := int(s[1]-'0')*10+int(s[2]-'0'), int(s[4]-'0')*10+int(s[5]-'0')
	if hours > 14 || minutes > 59 {
		return false
	}
	m.zoned, m.offset = true, int16(hours*60+minutes)
	if s[0] == '-' {
		m.offset = -m.offset
	}
	return true
}

// date puts fields into m; a day that its month doesn't have makes m no moment.
func (m moment) date(f [6]int, frac int64) moment {
	t := time.Date(f[0], time.Month(f[1]), f[2], f[3], f[4], f[5], 0, time.UTC)
	if t.Day() != f[2] {
		m.prec = none
	}
	m.ms = t.UnixMilli() + frac
	return m
}

func (m moment) time() time.Time { return time.UnixMilli(m.ms).UTC() }

// momentOf is t as a whole dateTime.
func momentOf(t time.Time) moment {
	_, offset := t.Zone()
	return moment{
		ms: t.UnixMilli() + int64(offset)*1000, prec: second, frac: true, zoned: true, offset: int16(offset / 60),
	}
}

// cut is m with no more than p said.
func (m moment) cut(p precision) moment {
	if m.prec <= p {
		return m
	}
	m.prec, m.frac = p, false
	t := m.time()
	switch p {
	case year:
		m.ms = time.Date(t.Year(), 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	case month:
		m.ms = time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	case day:
		m.ms -= mod(m.ms, dayMS)
	case hour:
		m.ms -= mod(m.ms, 3600_000)
	case minute:
		m.ms -= mod(m.ms, 60_000)
	}
	return m
}

func mod(n, by int64) int64 { return (n%by + by) % by }

// cmp orders two moments of one sort. ok is false when one is said less exactly than the other and they agree as far as both
// go. A dateTime that says no zone is in local, minutes east of UTC.
func (m moment) cmp(o moment, local int16) (cmp int, ok bool) {
	if !m.clock && m.prec > day && o.prec > day {
		m, o = m.utc(local), o.utc(local)
	}
	if m.prec == o.prec {
		return order(m.ms, o.ms), true
	}
	least := min(m.prec, o.prec)
	cmp = order(m.cut(least).ms, o.cut(least).ms)
	return cmp, cmp != 0
}

func (m moment) utc(local int16) moment {
	if m.zoned {
		local = m.offset
	}
	m.ms -= int64(local) * 60_000
	return m
}

func order(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

var layouts = [...]string{none: "", year: "2006", month: "2006-01", day: "2006-01-02", hour: "2006-01-02T15", minute: "2006-01-02T15:04", second: "2006-01-02T15:04:05"}

func (m moment) String() string {
	layout := layouts[m.prec]
	if m.frac {
		layout += ".000"
	}
	if m.clock {
		return m.time().Format(layout[len("2006-01-02T"):])
	}
	var s strings.Builder
	s.WriteString(m.time().Format(layout))
	if m.zoned {
		s.WriteString(time.Unix(0, 0).In(time.FixedZone("", int(m.offset)*60)).Format("Z07:00"))
	}
	return s.String()
}

// units of time in milliseconds; months and years have no length, and count in months.
type span struct {
	prec   precision
	ms     int64
	months int64
}

// spans are the calendar words, and the definite units of UCUM that arithmetic on dates may use.
var spans = map[string]span{
	"year": {year, 0, 12}, "month": {month, 0, 1}, "week": {day, 7 * dayMS, 0}, "day": {day, dayMS, 0},
	"hour": {hour, 3600_000, 0}, "minute": {minute, 60_000, 0}, "second": {second, 1000, 0}, "millisecond": {second, 1, 0},
}

// plus is m and an amount of calendar time; ok is false where the result is no date that can be written. By N1 a fraction
// counts only in seconds, and an amount that is finer than m is first brought to m's precision, without its rest.
func (m moment) plus(amount decimal, s span) (moment, bool) {
	if s.prec != second {
		amount = amount.towards(0)
	}
	if s.months > 0 {
		n, fits := amount.int()
		if !fits || n < -120_000 || n > 120_000 {
			return m, false
		}
		n *= s.months
		if m.prec == year {
			n -= n % 12
		}
		return m.plusMonths(n)
	}
	ms, fits := amount.mul(whole(s.ms)).towards(0).int()
	if !fits || ms > 1<<52 || ms < -1<<52 {
		return m, false
	}
	switch {
	case m.clock:
		m.ms = mod(m.ms+ms-rest(ms, m.prec), dayMS)
		return m, true
	case m.prec == year:
		return m.plusMonths(ms / (365 * dayMS) * 12)
	case m.prec == month:
		return m.plusMonths(ms / (30 * dayMS))
	}
	m.ms += ms - rest(ms, m.prec)
	return m, m.writable()
}

// rest is what of an amount is finer than p.
func rest(ms int64, p precision) int64 {
	return ms % [...]int64{day: dayMS, hour: 3600_000, minute: 60_000, second: 1}[p]
}

func (m moment) plusMonths(n int64) (moment, bool) {
	t := m.time()
	months := int64(t.Year())*12 + int64(t.Month()) - 1 + n
	y, mon := months/12, time.Month(months%12+1)
	if months < 12 || y > 9999 {
		return m, false
	}
	last := time.Date(int(y), mon+1, 0, 0, 0, 0, 0, time.UTC).Day()
	m.ms = time.Date(int(y), mon, min(t.Day(), last), 0, 0, 0, 0, time.UTC).UnixMilli() + mod(m.ms, dayMS)
	return m, true
}

func (m moment) writable() bool { y := m.time().Year(); return y >= 1 && y <= 9999 }
