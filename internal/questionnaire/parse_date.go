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
	clockForm = pattern(`^(\d{1,2})(?:[:.h](\d{2})(?::(\d{2}))?)? ?(am|pm|a|p|h|hs|hrs)?(?: de la (manana|tarde|noche|madrugada))?$`)
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

// parseDate reads a date.
func parseDate(lang, words string, now time.Time) (Value, bool) {
	y, m, d, ok := readDate(lang, plainWords(words), now)
	if !ok {
		return Value{}, false
	}
	t := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	if t.Day() != d || t.Month() != time.Month(m) || y < 1 || y > 9999 {
		return Value{}, false // 31 April
	}
	return Value{Type: Date, Text: t.Format("2006-01-02")}, true
}

func readDate(lang, s string, now time.Time) (y, m, d int, ok bool) {
	if m := isoDate().FindStringSubmatch(s); m != nil {
		return atoi(m[1]), atoi(m[2]), atoi(m[3]), true
	}
	if n := numDate().FindStringSubmatch(s); n != nil {
		m, d := dayAndMonth(lang, n[2], atoi(n[1]), atoi(n[3]))
		y, ok := yearOf(n[4], m, d, now)
		return y, m, d, ok
	}
	// Without the points of "oct. 3", and with spaces for the dashes of "3-oct-2026".
	s = strings.Join(strings.Fields(strings.NewReplacer(".", " ", "-", " ", "/", " ").Replace(s)), " ")
	s = strings.TrimPrefix(strings.TrimPrefix(s, "el "), "on ")
	if n := dayFirst().FindStringSubmatch(s); n != nil && monthOf(n[2]) > 0 {
		m, d := int(monthOf(n[2])), atoi(n[1])
		y, ok := yearOf(n[3], m, d, now)
		return y, m, d, ok
	}
	if n := monthHead().FindStringSubmatch(s); n != nil && monthOf(n[1]) > 0 {
		m, d := int(monthOf(n[1])), atoi(n[2])
		y, ok := yearOf(n[3], m, d, now)
		return y, m, d, ok
	}
	days, ok := relative(s)
	if !ok {
		return 0, 0, 0, false
	}
	t := time.Date(now.Year(), now.Month(), now.Day()+days, 12, 0, 0, 0, now.Location())
	return t.Year(), int(t.Month()), t.Day(), true
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

// dayAndMonth settles 10/3: the third of October in American English, the tenth of March elsewhere and wherever points
// part the numbers. A number over 12 can only be the day.
func dayAndMonth(lang, sep string, a, b int) (month, day int) {
	american := sep != "." && (lang == "en" || lang == "en-US")
	switch {
	case a > 12:
		return b, a
	case b > 12, american:
		return a, b
	}
	return b, a
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
func parseTime(words string) (Value, bool) {
	s := plainWords(words)
	s = strings.NewReplacer("a.m", "am", "p.m", "pm", "a. m", "am", "p. m", "pm").Replace(s)
	s = strings.Trim(s, " .")
	s = strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(s, "at "), "a las "), "a la ")
	switch s {
	case "noon", "midday", "mediodia", "al mediodia":
		return Value{Type: Time, Text: "12:00:00"}, true
	case "midnight", "medianoche", "a medianoche":
		return Value{Type: Time, Text: "00:00:00"}, true
	}
	n := clockForm().FindStringSubmatch(s)
	if n == nil || n[4] != "" && n[5] != "" {
		return Value{}, false
	}
	hour, minute, second := atoi(n[1]), atoi(n[2]), atoi(n[3])
	hour, ok := hourOf(hour, n)
	if !ok || hour > 23 || minute > 59 || second > 59 {
		return Value{}, false
	}
	return Value{Type: Time, Text: fmt.Sprintf("%02d:%02d:%02d", hour, minute, second)}, true
}

// hourOf is the hour on a 24-hour clock for the parts of a clockForm.
func hourOf(hour int, n []string) (int, bool) {
	half := n[4]
	switch n[5] {
	case "manana", "madrugada":
		half = "am"
	case "tarde":
		half = "pm"
	case "noche":
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

// parseDateTime reads a date with or without a time of day, which is in now's zone.
func parseDateTime(lang, words string, now time.Time) (Value, bool) {
	whole := strings.TrimSpace(westernDigits(words))
	if v := (Value{Type: DateTime, Text: whole}); v.wellFormed() && len(whole) >= 10 {
		return v, true
	}
	if v, ok := parseDate(lang, words, now); ok {
		return Value{Type: DateTime, Text: v.Text}, true
	}
	s := plainWords(words)
	if s == "now" || s == "ahora" || s == "ahora mismo" || s == "right now" {
		return Value{Type: DateTime, Text: now.Truncate(time.Second).Format(time.RFC3339)}, true
	}
	fields := strings.Fields(s)
	for n := 1; n < len(fields); n++ {
		head, tail := strings.Join(fields[:n], " "), strings.Join(fields[n:], " ")
		for _, order := range [][2]string{{head, tail}, {tail, head}} {
			d, okd := parseDate(lang, order[0], now)
			t, okt := parseTime(order[1])
			if okd && okt {
				return zoned(d.Text, t.Text, now.Location())
			}
		}
	}
	return Value{}, false
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
