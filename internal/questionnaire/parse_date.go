package questionnaire

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

var (
	isoDate   = pattern(`^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$`)
	numDate   = pattern(`^(\d{1,2})([-/.])(\d{1,2})(?:[-/.](\d{4}|\d{2}))?$`)
	dayFirst  = pattern(`^(\d{1,2})(?:st|nd|rd|th|ro|ero|º|°)? (?:de |of )?([a-z]{3,10})(?: (?:de |del |of )?(\d{4}|\d{2}))?$`)
	monthHead = pattern(`^([a-z]{3,10}) (\d{1,2})(?:st|nd|rd|th)?(?: (?:de |of )?(\d{4}|\d{2}))?$`)
	daysAgo   = pattern(`^(?:hace )?([a-z]+|\d{1,3}) (day|days|week|weeks|dia|dias|semana|semanas)( ago)?$`)
	clockForm = pattern(`^(\d{1,2})(?:[:.h](\d{2})(?::(\d{2}))?)? ?(am|pm|a|p|h|hs|hrs|oclock|o'clock|en punto)?(?: (?:de la|por la|in the|at) (manana|tarde|noche|madrugada|morning|afternoon|evening|night))?$`)
)

// monthOf is the month of a full name or of one cut to three letters or more ("sept", "oct."), English or Spanish; 0 when it is none.
func monthOf(word string) time.Month {
	if word == "setiembre" || word == "set" {
		return time.September
	}
	for _, names := range monthNames {
		for n, name := range strings.Fields(names) {
			if len(word) >= 3 && strings.HasPrefix(name, word) {
				return time.Month(n + 1)
			}
		}
	}
	return 0
}

var monthNames = [...]string{
	"january february march april may june july august september october november december",
	"enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
}

var relativeDays = map[string]int{
	"today": 0, "hoy": 0, "tonight": 0, "this morning": 0, "esta manana": 0, "esta noche": 0,
	"yesterday": -1, "ayer": -1, "last night": -1, "anoche": -1, "anteayer": -2, "antier": -2, "the day before yesterday": -2, "day before yesterday": -2,
	"tomorrow": 1, "manana": 1,
}

// plainWords is what dates and times are looked for in: lower case, without accents, commas and doubled spaces, other punctuation kept.
func plainWords(words string) string {
	s := strings.ToLower(westernDigits(words))
	s = strings.NewReplacer("á", "a", "é", "e", "í", "i", "ó", "o", "ú", "u", "ñ", "n", ",", " ", "–", "-", "\u00a0", " ").Replace(s)
	return strings.Trim(strings.Join(strings.Fields(s), " "), " .!()")
}

// day is a day that words may mean; taken says that something of it isn't said in them.
type day struct {
	y, m, d int
	taken   bool
}

// value is the day as an answer; ok is false when no calendar has it (31 April).
func (d day) value() (Value, bool) {
	t := time.Date(d.y, time.Month(d.m), d.d, 0, 0, 0, 0, time.UTC)
	ok := t.Day() == d.d && t.Month() == time.Month(d.m) && d.y >= 1 && d.y <= 9999
	return Value{Type: Date, Text: t.Format("2006-01-02")}, ok
}

// date reads a day.
func (e Ear) date(words string) reading {
	var fit []Value
	taken := false
	for _, d := range e.days(plainWords(words)) {
		if v, ok := d.value(); ok {
			fit, taken = append(fit, v), taken || d.taken
		}
	}
	switch len(fit) {
	case 0:
		return reading{}
	case 1:
		return reading{value: fit[0], ok: true, taken: taken}
	}
	return reading{either: fit, notation: true}
}

// days are the days that words may mean: more than one where customs differ, or where it is not clear which Tuesday it is.
func (e Ear) days(s string) []day {
	if m := isoDate().FindStringSubmatch(s); m != nil {
		return []day{{y: atoi(m[1]), m: atoi(m[2]), d: atoi(m[3])}}
	}
	if n := numDate().FindStringSubmatch(s); n != nil {
		return e.numbered(n[2], atoi(n[1]), atoi(n[3]), n[4])
	}
	// Without the points of "oct. 3", and with spaces for the dashes of "3-oct-2026".
	s = strings.Join(strings.Fields(strings.NewReplacer(".", " ", "-", " ", "/", " ").Replace(s)), " ")
	s = strings.TrimPrefix(strings.TrimPrefix(s, "el "), "on ")
	if n := dayFirst().FindStringSubmatch(s); n != nil && monthOf(n[2]) > 0 {
		return e.inYear(n[3], int(monthOf(n[2])), atoi(n[1]))
	}
	if n := monthHead().FindStringSubmatch(s); n != nil && monthOf(n[1]) > 0 {
		return e.inYear(n[3], int(monthOf(n[1])), atoi(n[2]))
	}
	if out := e.weekday(s); out != nil {
		return out
	}
	if days, ok := relative(s); ok {
		return []day{e.away(days)}
	}
	return nil
}

// away is the day so many days from today.
func (e Ear) away(days int) day {
	t := time.Date(e.Now.Year(), e.Now.Month(), e.Now.Day()+days, 12, 0, 0, 0, e.Now.Location())
	return day{t.Year(), int(t.Month()), t.Day(), true}
}

// inYear is a day of a year as written, which may be missing.
func (e Ear) inYear(year string, m, d int) []day {
	y, ok := yearOf(year, m, d, e.Now)
	if !ok {
		return nil
	}
	return []day{{y, m, d, len(year) < 4}}
}

// numbered settles 10/3 by who writes it: the month stands first in the United States, the day elsewhere and wherever points part the
// numbers. Where both are at home (Spanish in the United States, Canada) it may be either. A number over 12 can only be the day.
func (e Ear) numbered(sep string, a, b int, year string) []day {
	monthFirst, dayFirst := e.inYear(year, a, b), e.inYear(year, b, a)
	switch {
	case a > 12 || b > 12 || a == b:
		if a > 12 {
			return dayFirst
		}
		if b > 12 {
			return monthFirst
		}
		return dayFirst
	case sep == ".":
		return taken(dayFirst)
	}
	switch e.customs() {
	case american:
		return taken(monthFirst)
	case mixed:
		return append(monthFirst, dayFirst...)
	}
	return taken(dayFirst)
}

func taken(days []day) []day {
	for n := range days {
		days[n].taken = true
	}
	return days
}

// The customs of writing days in numbers.
const (
	european = iota
	american
	mixed
)

func (e Ear) customs() int {
	base, region, _ := strings.Cut(e.Lang, "-")
	country := e.Country
	if country == "" {
		country = region
	}
	switch {
	case country == "" && base == "en", country == "US" && base == "en":
		return american
	case country == "US", country == "CA", country == "PH", country == "PR":
		return mixed
	}
	return european
}

var weekdayForm = pattern(`^(this |this past |past |last |next |este |esta |ultimo |proximo )?([a-z]{3,9})( pasado| passado| proximo| que viene)?$`)

var weekdayNames = [...]string{
	"sunday monday tuesday wednesday thursday friday saturday", "domingo lunes martes miercoles jueves viernes sabado",
}

// weekday reads "tuesday", "last tuesday", "el martes pasado": the last one before today, or for next the first one after. The bare name
// of today's may also be the one a week ago.
func (e Ear) weekday(s string) []day {
	n := weekdayForm().FindStringSubmatch(s)
	if n == nil {
		return nil
	}
	wanted := -1
	for k, names := range weekdayNames {
		for at, name := range strings.Fields(names) {
			if n[2] == name || k == 0 && len(n[2]) < 6 && strings.HasPrefix(name, n[2]) {
				wanted = at
			}
		}
	}
	if wanted < 0 {
		return nil
	}
	back := (int(e.Now.Weekday()) - wanted + 7) % 7
	next := n[1] == "next " || n[1] == "proximo " || n[3] == " proximo" || n[3] == " que viene"
	last := n[1] == "last " || n[1] == "past " || n[1] == "this past " || n[1] == "ultimo " || n[3] == " pasado"
	switch {
	case next:
		return []day{e.away(7 - back)}
	case back == 0 && last:
		return []day{e.away(-7)}
	case back == 0:
		return []day{e.away(0), e.away(-7)}
	}
	return []day{e.away(-back)}
}

// relative reads "yesterday", "3 days ago", "hace dos semanas".
func relative(s string) (days int, ok bool) {
	if days, ok = relativeDays[s]; ok {
		return days, true
	}
	n := daysAgo().FindStringSubmatch(s)
	if n == nil || strings.HasPrefix(s, "hace ") == (n[3] != "") {
		return 0, false
	}
	count, isWord := numberWords[n[1]]
	if n[1] == "a" {
		count, isWord = "1", true
	}
	if !isWord && !allDigits(n[1]) {
		return 0, false
	}
	if !isWord {
		count = n[1]
	}
	days = -atoi(count)
	if strings.HasPrefix(n[2], "week") || strings.HasPrefix(n[2], "semana") {
		days *= 7
	}
	return days, true
}

// yearOf settles a year of two digits (at most a year ahead of now) and a missing one (the last time that this day came).
func yearOf(s string, month, day int, now time.Time) (int, bool) {
	switch len(s) {
	case 4:
		return atoi(s), true
	case 2:
		y := now.Year()/100*100 + atoi(s)
		if y > now.Year()+1 {
			y -= 100
		}
		return y, true
	}
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC)
	for y := now.Year(); y > now.Year()-9; y-- { // 29 February may be eight years back
		t := time.Date(y, time.Month(month), day, 0, 0, 0, 0, time.UTC)
		if t.Day() == day && int(t.Month()) == month && !t.After(today) {
			return y, true
		}
	}
	return 0, false
}

// parseTime reads a time of day. An hour from 1 to 12 needs its half of the day, unless it is written as on a 24-hour clock ("09:30").
func parseTime(words string) reading {
	s := plainWords(words)
	s = strings.NewReplacer("a.m", "am", "p.m", "pm", "a. m", "am", "p. m", "pm").Replace(s)
	s = strings.Trim(s, " .")
	s = strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(s, "at "), "a las "), "a la ")
	switch s {
	case "noon", "midday", "mediodia", "al mediodia":
		return reading{value: timeOfDay(12, 0, 0), ok: true}
	case "midnight", "medianoche", "a medianoche":
		return reading{value: timeOfDay(0, 0, 0), ok: true}
	}
	n := clockForm().FindStringSubmatch(s)
	if n == nil || n[4] != "" && n[5] != "" && n[4][0] != 'o' && n[4] != "en punto" {
		return reading{}
	}
	hour, minute, second := atoi(n[1]), atoi(n[2]), atoi(n[3])
	if minute > 59 || second > 59 {
		return reading{}
	}
	if hour, ok := hourOf(hour, n); ok {
		return perhaps(timeOfDay(hour, minute, second), hour <= 23)
	}
	if hour < 1 || hour > 12 || n[4] == "am" || n[4] == "pm" {
		return reading{}
	}
	return reading{either: []Value{timeOfDay(hour%12, minute, second), timeOfDay(hour%12+12, minute, second)}, notation: true}
}

func timeOfDay(hour, minute, second int) Value {
	return Value{Type: Time, Text: fmt.Sprintf("%02d:%02d:%02d", hour, minute, second)}
}

// hourOf is the hour on a 24-hour clock for the parts of a clockForm.
func hourOf(hour int, n []string) (int, bool) {
	half := n[4]
	switch n[5] {
	case "manana", "madrugada", "morning":
		half = "am"
	case "tarde", "afternoon", "evening":
		half = "pm"
	case "noche", "night":
		if half = "pm"; hour == 12 {
			half = "am"
		}
	}
	switch half {
	case "am", "a", "pm", "p":
		if hour < 1 || hour > 12 {
			return 0, false
		}
		if hour %= 12; half[0] == 'p' {
			hour += 12
		}
		return hour, true
	case "h", "hs", "hrs":
		return hour, true
	}
	if n[2] == "" { // "14" alone is a number, not a time
		return 0, false
	}
	return hour, hour == 0 || hour > 12 || n[1][0] == '0' || n[3] != ""
}

// dateTime reads a day with or without a time of day, which is in now's zone.
func (e Ear) dateTime(words string) reading {
	whole := strings.TrimSpace(westernDigits(words))
	if v := (Value{Type: DateTime, Text: whole}); v.wellFormed() && len(whole) >= 10 {
		return certain(v)
	}
	if r := e.date(words); r.ok || len(r.either) > 0 {
		return r.dated(func(v Value) (Value, bool) { return Value{Type: DateTime, Text: v.Text}, true })
	}
	s := plainWords(words)
	if s == "now" || s == "ahora" || s == "ahora mismo" || s == "right now" {
		return reading{value: Value{Type: DateTime, Text: e.Now.Truncate(time.Second).Format(time.RFC3339)}, ok: true, taken: true}
	}
	fields := strings.Fields(s)
	for n := 1; n < len(fields); n++ {
		head, tail := strings.Join(fields[:n], " "), strings.Join(fields[n:], " ")
		for _, order := range [][2]string{{head, tail}, {tail, head}} {
			d, t := e.date(order[0]), parseTime(order[1])
			switch {
			case t.ok && (d.ok || len(d.either) > 0):
				return d.dated(func(v Value) (Value, bool) { return zoned(v.Text, t.value.Text, e.Now.Location()) })
			case d.ok && len(t.either) > 0:
				return t.dated(func(v Value) (Value, bool) { return zoned(d.value.Text, v.Text, e.Now.Location()) })
			}
		}
	}
	return reading{}
}

// dated is a reading with each of its values made into a moment.
func (r reading) dated(moment func(Value) (Value, bool)) reading {
	out := reading{taken: r.taken, notation: r.notation}
	if r.ok {
		out.value, out.ok = moment(r.value)
		return out
	}
	for _, v := range r.either {
		if m, ok := moment(v); ok {
			out.either = append(out.either, m)
		}
	}
	return out
}

// zoned joins a date and a time of day in a zone.
func zoned(date, clock string, in *time.Location) (Value, bool) {
	t, err := time.ParseInLocation("2006-01-02 15:04:05", date+" "+clock, in)
	return Value{Type: DateTime, Text: t.Format(time.RFC3339)}, err == nil
}

// atoi reads digits that a pattern has found; none are 0.
func atoi(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}
