package program

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func date(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}

// Most of these are RFC 5545 §3.8.5.3's own examples, by day.
func TestRule(t *testing.T) {
	for _, c := range []struct{ name, rule, start, want string }{
		{"daily for ten times", "FREQ=DAILY;COUNT=3", "1997-09-02", "1997-09-02 1997-09-03 1997-09-04 -"},
		{"every other day", "FREQ=DAILY;INTERVAL=2", "1997-09-02", "1997-09-02 1997-09-04 1997-09-06"},
		{"every day in January", "FREQ=DAILY;BYMONTH=1", "1998-01-31", "1998-01-31 1999-01-01 1999-01-02"},
		{"weekly until a date", "FREQ=WEEKLY;UNTIL=19970916", "1997-09-02", "1997-09-02 1997-09-09 1997-09-16 -"},
		{"every other week on Monday, Wednesday and Friday", "FREQ=WEEKLY;INTERVAL=2;WKST=MO;BYDAY=MO,WE,FR", "1997-09-01", "1997-09-01 1997-09-03 1997-09-05 1997-09-15"},
		{"begun on a day that is none of the rule's", "FREQ=WEEKLY;BYDAY=MO", "1997-09-02", "1997-09-08 1997-09-15"},
		{"the first Friday", "FREQ=MONTHLY;BYDAY=1FR;COUNT=3", "1997-09-05", "1997-09-05 1997-10-03 1997-11-07 -"},
		{"the second-last Monday", "FREQ=MONTHLY;BYDAY=-2MO", "1997-09-22", "1997-09-22 1997-10-20 1997-11-17"},
		{"the third-last day", "FREQ=MONTHLY;BYMONTHDAY=-3", "1997-09-28", "1997-09-28 1997-10-29 1997-11-28"},
		{"the 2nd and the 15th", "FREQ=MONTHLY;BYMONTHDAY=2,15", "1997-09-02", "1997-09-02 1997-09-15 1997-10-02"},
		{"Friday the 13th", "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", "1997-09-02", "1998-02-13 1998-03-13 1998-11-13"},
		{"the 31st, in months that have it", "FREQ=MONTHLY", "1997-08-31", "1997-08-31 1997-10-31 1997-12-31"},
		{"a first and every Monday: each of the list counts", "FREQ=MONTHLY;BYDAY=1TU,MO", "1997-09-01", "1997-09-01 1997-09-02 1997-09-08"},
		{"yearly in June and July", "FREQ=YEARLY;BYMONTH=6,7", "1997-06-10", "1997-06-10 1997-07-10 1998-06-10"},
		{"a birthday on 29 February", "FREQ=YEARLY", "2024-02-29", "2024-02-29 2028-02-29"},
		{"election day", "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8", "1996-11-05", "1996-11-05 2000-11-07 2004-11-02"},
		{"never", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "1997-01-01", "-"},
	} {
		r, err := ParseRule(c.rule)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var got []string
		start := date(c.start)
		at := start.AddDate(0, 0, -1)
		for range strings.Fields(c.want) {
			day, ok := r.After(start, at)
			if !ok {
				got = append(got, "-")
				continue
			}
			got, at = append(got, day.Format(time.DateOnly)), day
		}
		if d := cmp.Diff(c.want, strings.Join(got, " ")); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, d)
		}
	}
	if _, ok := (Rule{}).After(date("2026-01-01"), date("2026-01-01")); ok {
		t.Error("no rule has days")
	}
}

func TestRuleRefuses(t *testing.T) {
	for _, s := range []string{
		"", "FREQ", "FREQ=", "FREQ=HOURLY", "FREQ=DAILY;FREQ=DAILY", "INTERVAL=2", "FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;BYHOUR=9",
		"FREQ=DAILY;BYSETPOS=1", "FREQ=WEEKLY;BYMONTHDAY=1", "FREQ=WEEKLY;BYDAY=1MO", "FREQ=YEARLY;BYDAY=1MO", "FREQ=MONTHLY;BYDAY=6MO",
		"FREQ=MONTHLY;BYDAY=XX", "FREQ=MONTHLY;BYDAY=M", "FREQ=MONTHLY;BYMONTHDAY=0", "FREQ=MONTHLY;BYMONTHDAY=32", "FREQ=YEARLY;BYMONTH=-1",
		"FREQ=DAILY;COUNT=1;UNTIL=20270101", "FREQ=DAILY;UNTIL=20270101T000000Z", "FREQ=WEEKLY;WKST=SU",
	} {
		if _, err := ParseRule(s); err == nil {
			t.Errorf("%q was taken", s)
		}
	}
}

func FuzzRule(f *testing.F) {
	f.Add("FREQ=MONTHLY;BYDAY=-1FR;INTERVAL=2;COUNT=3")
	f.Add("RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;UNTIL=20400101")
	start := date("2026-11-24")
	f.Fuzz(func(t *testing.T, s string) {
		r, err := ParseRule(s)
		if err != nil {
			return
		}
		if day, ok := r.After(start, start); ok && !day.After(start) {
			t.Errorf("%q gives a day that is not later", s)
		}
	})
}
