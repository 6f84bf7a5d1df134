package program

import (
	"testing"
	"time"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func moment(t testing.TB, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestClock(t *testing.T) {
	for _, c := range []struct {
		name, zone, date string
		minute           int
		want             string
	}{
		{"an ordinary ten o'clock", "America/New_York", "2026-11-24", 600, "2026-11-24T10:00:00-05:00"},
		{"the day before clocks go back", "America/New_York", "2026-10-31", 600, "2026-10-31T10:00:00-04:00"},
		{"ten o'clock on that day", "America/New_York", "2026-11-01", 600, "2026-11-01T10:00:00-05:00"},
		{"half past one comes twice: the first", "America/New_York", "2026-11-01", 90, "2026-11-01T01:30:00-04:00"},
		{"half past two never comes: right after", "America/New_York", "2026-03-08", 150, "2026-03-08T03:00:00-04:00"},
		{"clocks that move by half an hour", "Australia/Lord_Howe", "2026-10-04", 135, "2026-10-04T02:30:00+11:00"},
		{"a day that a zone skipped", "Pacific/Apia", "2011-12-30", 600, "2011-12-31T00:00:00+14:00"},
	} {
		y, m, d := date(c.date).Date()
		if got := Clock(zone(t, c.zone), y, m, d, c.minute).Format(time.RFC3339); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestInvitationsGoByTheCalendar(t *testing.T) {
	ny := zone(t, "America/New_York")
	rule := func(s string) Rule {
		r, err := ParseRule(s)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	joined := "2026-10-29T03:30:00Z" // Wednesday evening there, Thursday in UTC
	for _, c := range []struct {
		name        string
		use         Use
		now         string
		first, next string // "" is never
	}{
		{"at once, then weekly, over the clock change", Use{EveryDays: 7, minute: 600}, joined, joined, "2026-11-04T15:00:00Z"},
		{"the third day, once", Use{FirstDay: 3, minute: 600}, joined, "2026-10-31T14:00:00Z", ""},
		{"never by text", Use{FirstDay: -1}, joined, "", ""},
		{"on Sundays", Use{RRule: "x", rule: rule("FREQ=WEEKLY;BYDAY=SU"), FirstDay: 1, minute: 540}, "2026-11-01T14:00:00Z", "2026-11-01T14:00:00Z", "2026-11-08T14:00:00Z"},
		{"on Wednesdays, counted from the day there", Use{RRule: "x", rule: rule("FREQ=WEEKLY"), FirstDay: 1, minute: 600}, joined, "2026-11-04T15:00:00Z", "2026-11-04T15:00:00Z"},
		{"fixed days", Use{Days: []string{"x"}, days: []time.Time{date("2026-10-01"), date("2026-11-01"), date("2026-12-01")}, FirstDay: 1, minute: 600},
			"2026-11-01T15:00:00Z", "2026-11-01T15:00:00Z", "2026-12-01T15:00:00Z"},
		{"fixed days that are over", Use{Days: []string{"x"}, days: []time.Time{date("2026-10-01")}, FirstDay: 1}, joined, "", ""},
	} {
		show := func(at time.Time, ok bool) string {
			if !ok {
				return ""
			}
			return at.UTC().Format(time.RFC3339)
		}
		if got := show(c.use.First(moment(t, joined), ny)); got != c.first {
			t.Errorf("%s: first %q, want %q", c.name, got, c.first)
		}
		if got := show(c.use.Next(moment(t, joined), moment(t, c.now), ny)); got != c.next {
			t.Errorf("%s: next %q, want %q", c.name, got, c.next)
		}
	}
}

func TestQuietHours(t *testing.T) {
	p := &Program{Outreach: Outreach{QuietFrom: "20:00", QuietUntil: "09:00"}}
	for _, c := range []struct {
		zone, at string
		quiet    bool
	}{
		{"America/New_York", "2026-11-01T13:59:00Z", true}, // clocks went back that night: 8:59
		{"America/New_York", "2026-11-01T14:00:00Z", false},
		{"America/Los_Angeles", "2026-11-01T14:00:00Z", true},
		{"America/New_York", "2026-10-31T23:59:59Z", false},
		{"America/New_York", "2026-11-01T00:00:00Z", true},
		{"America/Phoenix", "2026-11-01T16:00:00Z", false},
	} {
		if got := p.Quiet(zone(t, c.zone)).Contains(moment(t, c.at)); got != c.quiet {
			t.Errorf("%s %s: quiet %v, want %v", c.zone, c.at, got, c.quiet)
		}
	}
	if got := p.Quiet(zone(t, "America/New_York")).Next(moment(t, "2026-11-01T14:00:30Z")); !got.Equal(moment(t, "2026-11-02T01:00:00Z")) {
		t.Errorf("the next quiet hours begin %s", got)
	}
	// On ordinary days, and on those when clocks change, it is the first quiet minute.
	for _, name := range []string{"America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"} {
		for _, hours := range [][2]string{{"20:00", "09:00"}, {"01:30", "03:00"}, {"00:00", "08:00"}} {
			q := (&Program{Outreach: Outreach{QuietFrom: hours[0], QuietUntil: hours[1]}}).Quiet(zone(t, name))
			for at := moment(t, "2026-10-01T00:00:00Z"); at.Before(moment(t, "2026-11-10T00:00:00Z")); at = at.Add(67 * time.Minute) {
				if q.Contains(at) {
					continue
				}
				if next := q.Next(at); !q.Contains(next) || q.Contains(next.Add(-time.Minute)) || next.Sub(at) > 25*time.Hour {
					t.Fatalf("%s %v: after %s quiet hours begin %s", name, hours, at, next)
				}
			}
		}
	}
	odd := &Program{Outreach: Outreach{QuietFrom: "later", QuietUntil: "09:00"}}
	if !odd.Quiet(time.UTC).Contains(moment(t, "2026-11-01T21:00:00Z")) {
		t.Error("quiet hours that can't be read are none")
	}
}

func TestMoney(t *testing.T) {
	for s, want := range map[string]Money{"0.0083": 8300, "20": 20_000_000, "0.000001": 1} {
		if got, ok := ParseMoney(s); !ok || got != want {
			t.Errorf("%s: %d %v", s, got, ok)
		}
	}
	for _, s := range []string{"", "-1", "1,5", "1.", ".5", "0.0000001", "1e3", "12345678"} {
		if _, ok := ParseMoney(s); ok {
			t.Errorf("%q is an amount", s)
		}
	}
	o := Outreach{SpendPerDay: "x", SpendPerMonth: "x", price: 10, perDay: 100, perMonth: 150}
	if !o.Affords(10, 90, 90) || o.Affords(11, 90, 90) || o.Affords(10, 0, 141) || o.Price(3) != 30 {
		t.Error("the bounds of money are not held")
	}
	if !(Outreach{}).Affords(1<<40, 1<<40, 1<<40) {
		t.Error("no bound holds something back")
	}
}
