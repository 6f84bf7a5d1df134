package program

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Rule is a recurrence rule, the part of RFC 5545 §3.3.10 that speaks of whole days: FREQ (DAILY, WEEKLY, MONTHLY,
// YEARLY), INTERVAL, BYDAY, BYMONTHDAY, BYMONTH, COUNT, UNTIL (a date) and WKST (MO). The day from which it counts
// (DTSTART) belongs to it only if it fits the rule. The zero Rule has no days.
type Rule struct {
	freq      string
	interval  int
	weekdays  []weekday
	monthDays []int // 1 to 31, or −1 (the last) to −31
	months    []int
	count     int
	until     time.Time // a date at midnight UTC
}

// weekday is a BYDAY value: nth is 0 for every such day, else which of the month's, from its end where negative.
type weekday struct {
	nth int
	day time.Weekday
}

// farthest is how far ahead a rule is searched: whoever's next day lies beyond it has none.
const farthest = 10 * 366

var weekdays = []string{"SU", "MO", "TU", "WE", "TH", "FR", "SA"}

// ParseRule reads a rule, and says in words what it can't honour.
func ParseRule(s string) (Rule, error) {
	r := Rule{interval: 1}
	seen := map[string]bool{}
	for part := range strings.SplitSeq(strings.ToUpper(strings.TrimPrefix(s, "RRULE:")), ";") {
		name, value, ok := strings.Cut(part, "=")
		if !ok || value == "" {
			return Rule{}, fmt.Errorf("%q is not NAME=VALUE", part)
		}
		if seen[name] {
			return Rule{}, fmt.Errorf("%s is there twice", name)
		}
		seen[name] = true
		if err := r.part(name, value); err != nil {
			return Rule{}, err
		}
	}
	return r, r.check()
}

func (r *Rule) part(name, value string) (err error) {
	switch name {
	case "FREQ":
		if r.freq = value; !slices.Contains([]string{"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}, value) {
			return errors.New("FREQ is DAILY, WEEKLY, MONTHLY or YEARLY")
		}
	case "INTERVAL":
		r.interval, err = within(name, value, 1, 1000)
	case "COUNT":
		r.count, err = within(name, value, 1, 1000)
	case "UNTIL":
		if r.until, err = time.Parse("20060102", value); err != nil {
			return errors.New("UNTIL is a date like 20270131")
		}
	case "WKST":
		if value != "MO" {
			return errors.New("WKST is MO: weeks begin on Monday here")
		}
	case "BYDAY":
		for v := range strings.SplitSeq(value, ",") {
			n, ok := 0, len(v) >= 2
			day := -1
			if ok {
				day = slices.Index(weekdays, v[len(v)-2:])
			}
			if ok && len(v) > 2 {
				n, err = strconv.Atoi(v[:len(v)-2])
				ok = err == nil && n != 0 && -5 <= n && n <= 5
			}
			if !ok || day < 0 {
				return errors.New("BYDAY is a list of MO, TU, WE, TH, FR, SA, SU; in a month also 1MO (the first) to 5MO, or -1MO (the last)")
			}
			r.weekdays = append(r.weekdays, weekday{n, time.Weekday(day)})
		}
	case "BYMONTHDAY":
		r.monthDays, err = numbers(name, value, 31, true)
	case "BYMONTH":
		r.months, err = numbers(name, value, 12, false)
	default:
		return fmt.Errorf("%s is not understood here; FREQ, INTERVAL, BYDAY, BYMONTHDAY, BYMONTH, COUNT, UNTIL and WKST are", name)
	}
	return err
}

// check judges what the parts say together.
func (r *Rule) check() error {
	nth := slices.ContainsFunc(r.weekdays, func(w weekday) bool { return w.nth != 0 })
	switch {
	case r.freq == "":
		return errors.New("FREQ is missing")
	case r.count > 0 && !r.until.IsZero():
		return errors.New("COUNT and UNTIL don't go together")
	case r.freq == "WEEKLY" && len(r.monthDays) > 0:
		return errors.New("BYMONTHDAY does not go with FREQ=WEEKLY")
	case nth && r.freq != "MONTHLY" && (r.freq != "YEARLY" || len(r.months) == 0):
		return errors.New("BYDAY with a number goes with FREQ=MONTHLY, or with FREQ=YEARLY and BYMONTH")
	}
	return nil
}

func within(name, value string, least, most int) (int, error) {
	n, err := strconv.Atoi(value)
	if err != nil || n < least || n > most {
		return 0, fmt.Errorf("%s is a number from %d to %d", name, least, most)
	}
	return n, nil
}

func numbers(name, value string, most int, negative bool) (out []int, err error) {
	for v := range strings.SplitSeq(value, ",") {
		n, err := strconv.Atoi(v)
		if size := max(n, -n); err != nil || n < 0 && !negative || size < 1 || size > most {
			return nil, fmt.Errorf("%s is a list of numbers from 1 to %d", name, most)
		}
		out = append(out, n)
	}
	return out, nil
}

// After is the first day of the rule after one day, counted from start; ok is false when there is none. Days are
// dates at midnight UTC.
func (r Rule) After(start, after time.Time) (day time.Time, ok bool) {
	if r.freq == "" {
		return day, false
	}
	from := start
	if r.count == 0 && after.After(start) {
		from = after.AddDate(0, 0, 1) // nothing has to be counted up to there
	}
	for n, left := 0, r.count; n < farthest || r.count > 0 && !from.After(after); n++ {
		if !r.until.IsZero() && from.After(r.until) {
			return time.Time{}, false
		}
		if r.fits(start, from) {
			if from.After(after) {
				return from, true
			}
			if left--; left == 0 {
				return time.Time{}, false
			}
		}
		from = from.AddDate(0, 0, 1)
	}
	return time.Time{}, false
}

// fits says whether a day is one of the rule's, apart from COUNT and UNTIL.
func (r Rule) fits(start, day time.Time) bool {
	if len(r.months) > 0 && !slices.Contains(r.months, int(day.Month())) || !r.inStep(start, day) {
		return false
	}
	named := len(r.monthDays) > 0 || len(r.weekdays) > 0
	if len(r.monthDays) > 0 && !r.onMonthDay(day) || len(r.weekdays) > 0 && !r.onWeekday(day) {
		return false
	}
	switch {
	case named || r.freq == "DAILY":
		return true
	case r.freq == "WEEKLY":
		return day.Weekday() == start.Weekday()
	case r.freq == "MONTHLY" || len(r.months) > 0:
		return day.Day() == start.Day()
	}
	return day.Day() == start.Day() && day.Month() == start.Month()
}

// inStep says whether a day's day, week, month or year is one in INTERVAL.
func (r Rule) inStep(start, day time.Time) bool {
	var n int
	switch r.freq {
	case "DAILY":
		n = int(day.Sub(start) / (24 * time.Hour))
	case "WEEKLY":
		n = int(monday(day).Sub(monday(start)) / (7 * 24 * time.Hour))
	case "MONTHLY":
		n = 12*(day.Year()-start.Year()) + int(day.Month()) - int(start.Month())
	case "YEARLY":
		n = day.Year() - start.Year()
	}
	return n%r.interval == 0
}

func monday(day time.Time) time.Time { return day.AddDate(0, 0, -(int(day.Weekday())+6)%7) }

func (r Rule) onMonthDay(day time.Time) bool {
	fromEnd := day.Day() - lastOf(day) - 1
	return slices.Contains(r.monthDays, day.Day()) || slices.Contains(r.monthDays, fromEnd)
}

func (r Rule) onWeekday(day time.Time) bool {
	nth, fromEnd := (day.Day()-1)/7+1, -((lastOf(day)-day.Day())/7 + 1)
	return slices.ContainsFunc(r.weekdays, func(w weekday) bool {
		return w.day == day.Weekday() && (w.nth == 0 || w.nth == nth || w.nth == fromEnd)
	})
}

func lastOf(day time.Time) int {
	return time.Date(day.Year(), day.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
}
