package program

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tellback/tellback/internal/fault"
)

func at(t testing.TB, zone, kind string) *Program {
	t.Helper()
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	return &Program{Period: kind, LagDays: 3, location: loc}
}

func TestPeriodAt(t *testing.T) {
	for _, c := range []struct{ name, zone, kind, instant, id, start, end string }{
		{"a month", "America/New_York", Month, "2026-10-15T12:00:00Z", "2026-10", "2026-10-01T00:00:00-04:00", "2026-11-01T00:00:00-04:00"},
		{"its last moment, tomorrow in UTC", "America/New_York", Month, "2026-11-01T03:59:59Z", "2026-10", "2026-10-01T00:00:00-04:00", "2026-11-01T00:00:00-04:00"},
		{"clocks go back within it", "America/New_York", Month, "2026-11-01T04:00:00Z", "2026-11", "2026-11-01T00:00:00-04:00", "2026-12-01T00:00:00-05:00"},
		{"a leap month", "UTC", Month, "2028-02-29T23:59:59Z", "2028-02", "2028-02-01T00:00:00Z", "2028-03-01T00:00:00Z"},
		{"a week of 169 hours", "America/New_York", Week, "2026-11-01T23:00:00Z", "2026-W44", "2026-10-26T00:00:00-04:00", "2026-11-02T00:00:00-05:00"},
		{"a week of 167 hours", "Europe/Madrid", Week, "2026-03-29T12:00:00Z", "2026-W13", "2026-03-23T00:00:00+01:00", "2026-03-30T00:00:00+02:00"},
		{"week 53", "UTC", Week, "2027-01-01T00:00:00Z", "2026-W53", "2026-12-28T00:00:00Z", "2027-01-04T00:00:00Z"},
		{"week 1 begins in the old year", "UTC", Week, "2024-12-30T00:00:00Z", "2025-W01", "2024-12-30T00:00:00Z", "2025-01-06T00:00:00Z"},
		// Havana's clocks go from 1:00 back to 0:00: midnight comes twice, the first one counts.
		{"two midnights", "America/Havana", Month, "2020-11-01T04:00:00Z", "2020-11", "2020-11-01T00:00:00-04:00", "2020-12-01T00:00:00-05:00"},
		// São Paulo's went from 24:00 to 1:00: that midnight never was.
		{"no midnight", "America/Sao_Paulo", Week, "2012-10-22T12:00:00Z", "2012-W43", "2012-10-22T00:00:00-02:00", "2012-10-29T00:00:00-02:00"},
		{"no midnight on the 1st", "Asia/Amman", Month, "2011-04-01T12:00:00Z", "2011-04", "2011-04-01T01:00:00+03:00", "2011-05-01T00:00:00+03:00"},
		// St. John's went from 0:01 back to 23:01 the day before: the minute of November counts as November, and all after it.
		{"the old month shows again", "America/St_Johns", Month, "2009-11-01T02:40:00Z", "2009-11", "2009-11-01T00:00:00-02:30", "2009-12-01T00:00:00-03:30"},
		// The last day of a leap year beyond the time zone tables, where bounds of a zone don't lead on.
		{"a leap year's last day", "America/New_York", Month, "2040-12-31T12:00:00Z", "2040-12", "2040-12-01T00:00:00-05:00", "2041-01-01T00:00:00-05:00"},
		{"and the week around it", "Australia/Lord_Howe", Week, "2040-12-31T18:00:00Z", "2041-W01", "2040-12-31T00:00:00+11:00", "2041-01-07T00:00:00+11:00"},
		// Kiritimati went over the date line and had no 1995-01-01.
		{"the first day was skipped", "Pacific/Kiritimati", Month, "1995-01-15T00:00:00Z", "1995-01", "1995-01-01T00:00:00+14:00", "1995-02-01T00:00:00+14:00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := at(t, c.zone, c.kind)
			instant, err := time.Parse(time.RFC3339, c.instant)
			if err != nil {
				t.Fatal(err)
			}
			got := p.PeriodAt(instant)
			want := []string{c.id, c.start, c.end}
			if d := cmp.Diff(want, []string{got.ID, got.Start.Format(time.RFC3339), got.End.Format(time.RFC3339)}); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}

var zones = []string{
	"UTC", "America/New_York", "America/Havana", "America/St_Johns", "America/Sao_Paulo", "Asia/Amman", "Asia/Beirut",
	"Pacific/Apia", "Pacific/Kiritimati", "Pacific/Kwajalein", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kathmandu", "Asia/Manila",
}

// Every instant lies in exactly one period, whatever clocks do; ids round-trip; neighbours touch.
func TestPeriodsTileTime(t *testing.T) {
	for _, kind := range []string{Month, Week} {
		t.Run(kind, func(t *testing.T) {
			rapid.Check(t, func(r *rapid.T) {
				p := at(t, rapid.SampledFrom(zones).Draw(r, "zone"), kind)
				year := rapid.IntRange(1840, 2200).Draw(r, "year")
				instant := time.Date(year, 1, 1, 0, 0, rapid.IntRange(0, 366*86400).Draw(r, "second"), rapid.IntRange(0, 999_999_999).Draw(r, "nano"), time.UTC)
				per := p.PeriodAt(instant)
				if instant.Before(per.Start) || !instant.Before(per.End) {
					t.Fatalf("%s is not in %v", instant, per)
				}
				for _, inside := range []time.Time{per.Start, per.End.Add(-1)} {
					if d := cmp.Diff(per, p.PeriodAt(inside), sameInstant); d != "" {
						t.Fatalf("the period of %s differs:\n%s", inside, d)
					}
				}
				parsed, err := p.ParsePeriod(per.ID)
				if d := cmp.Diff(per, parsed, sameInstant); d != "" || err != nil {
					t.Fatalf("ParsePeriod(%q): %v\n%s", per.ID, err, d)
				}
				next := p.Next(per)
				if !next.Start.Equal(per.End) || next.ID <= per.ID {
					t.Fatalf("after %v comes %v", per, next)
				}
				if d := cmp.Diff(per, p.Previous(next), sameInstant); d != "" {
					t.Fatalf("before the next one:\n%s", d)
				}
				if from := p.ReleaseFrom(per); from.Before(per.End) || from.Sub(per.End) > 5*24*time.Hour {
					t.Fatalf("%v may be released from %s", per, from)
				}
			})
		})
	}
}

var sameInstant = cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) })

// The civil date that people see decides, but for the minutes in which a clock shows an old date again.
func TestPeriodFollowsTheCalendar(t *testing.T) {
	p := at(t, "Pacific/Auckland", Month)
	rapid.Check(t, func(r *rapid.T) {
		instant := time.Unix(rapid.Int64Range(0, 4_000_000_000).Draw(r, "unix"), 0)
		if got, want := p.PeriodAt(instant).ID, instant.In(p.Location()).Format("2006-01"); got != want {
			t.Fatalf("%s is in %s, want %s", instant, got, want)
		}
	})
}

func TestParsePeriodRefuses(t *testing.T) {
	for _, c := range []struct{ name, kind, id string }{
		{"nothing", Month, ""},
		{"month 13", Month, "2026-13"},
		{"month 0", Month, "2026-00"},
		{"a week of months", Month, "2026-W10"},
		{"a day", Month, "2026-10-01"},
		{"a line more", Month, "2026-10\n"},
		{"other digits", Month, "２０２６-10"},
		{"a month of weeks", Week, "2026-10"},
		{"week 0", Week, "2026-W00"},
		{"a year without week 53", Week, "2025-W53"},
		{"week 54", Week, "2026-W54"},
		{"lower case", Week, "2026-w10"},
	} {
		t.Run(c.name, func(t *testing.T) {
			per, err := at(t, "UTC", c.kind).ParsePeriod(c.id)
			if fault.KindOf(err) != fault.Invalid || err == nil {
				t.Errorf("got %v, %v", per, err)
			}
		})
	}
}

func TestLabel(t *testing.T) {
	for _, c := range []struct{ name, zone, kind, id, lang, want string }{
		{"month", "America/New_York", Month, "2026-10", "en", "October 2026"},
		{"month in Spanish", "America/New_York", Month, "2026-10", "es", "octubre de 2026"},
		{"region", "America/New_York", Month, "2026-10", "es-MX", "octubre de 2026"},
		{"week", "UTC", Week, "2026-W53", "en", "week 53 of 2026"},
		{"week in Spanish", "UTC", Week, "2025-W01", "es", "la semana 1 de 2025"},
		{"a month without its first day", "Pacific/Kiritimati", Month, "1995-01", "en", "January 1995"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := at(t, c.zone, c.kind)
			per, err := p.ParsePeriod(c.id)
			if err != nil {
				t.Fatal(err)
			}
			if got := p.Label(per, c.lang); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestReleaseFromCountsDays(t *testing.T) {
	p := at(t, "America/New_York", Month)
	per, _ := p.ParsePeriod("2026-10") // clocks go back on 1 November
	if got := p.ReleaseFrom(per).Format(time.RFC3339); got != "2026-11-04T00:00:00-05:00" {
		t.Errorf("got %s", got)
	}
}

func FuzzParsePeriod(f *testing.F) {
	f.Add("2026-10", false)
	f.Add("2026-W53", true)
	f.Add("0000-W01", true)
	f.Fuzz(func(t *testing.T, id string, weeks bool) {
		p := at(t, "America/Havana", Month)
		if weeks {
			p.Period = Week
		}
		per, err := p.ParsePeriod(id)
		if err != nil {
			return
		}
		if per.ID != id || !per.Start.Before(per.End) || p.PeriodAt(per.Start).ID != id {
			t.Errorf("%q gives %v", id, per)
		}
	})
}
