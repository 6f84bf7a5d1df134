package program

import (
	"fmt"
	"strconv"
	"time"
	_ "time/tzdata" // a Lambda's file system may have no time zones

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/words"
)

// The kinds of period.
const (
	Month = "month"
	Week  = "week" // ISO 8601: Monday to Sunday, week 1 has the year's first Thursday
)

// Period is one reporting period: a calendar month or an ISO week in the program's time zone.
type Period struct {
	ID         string    // "2026-10" or "2026-W41"
	Start, End time.Time // [Start, End)
}

// PeriodAt is the period that t falls into.
func (p *Program) PeriodAt(t time.Time) Period {
	y, m, d := t.In(p.location).Date()
	per := p.periodOf(y, m, d)
	// A clock set back across midnight shows the old date again; the boundary is where the new date first showed.
	if !t.Before(per.End) {
		return p.Next(per)
	}
	return per
}

// Next is the period after per.
func (p *Program) Next(per Period) Period { return p.PeriodAt(per.End) }

// Previous is the period before per.
func (p *Program) Previous(per Period) Period { return p.PeriodAt(per.Start.Add(-1)) }

// ReleaseFrom is when per may be released: LagDays after its end, at the start of that day.
func (p *Program) ReleaseFrom(per Period) time.Time {
	y, m, d := p.firstDay(per).Date()
	if p.Period == Week {
		return p.dayStart(y, m, d+7+p.LagDays)
	}
	return p.dayStart(y, m+1, 1+p.LagDays)
}

var (
	monthID = pattern(`^(\d{4})-(0[1-9]|1[0-2])$`)
	weekID  = pattern(`^(\d{4})-W(0[1-9]|[1-4]\d|5[0-3])$`)
)

// ParsePeriod reads a Period's ID. What isn't one of p's periods is a *fault.Error of kind Invalid.
func (p *Program) ParsePeriod(id string) (Period, error) {
	form, like := monthID, "2026-10"
	if p.Period == Week {
		form, like = weekID, "2026-W41"
	}
	if m := form().FindStringSubmatch(id); m != nil {
		year, _ := strconv.Atoi(m[1])
		n, _ := strconv.Atoi(m[2])
		if per := p.numbered(year, n); per.ID == id { // a year may have no week 53
			return per, nil
		}
	}
	return Period{}, fault.New(fault.Invalid, "There is no such period. Write it like "+like+".",
		fault.Issue{Where: "period", Code: "wrong-form", Args: map[string]string{"like": like}, Text: "There is no such period. Write it like " + like + "."})
}

// Label is the period in words: "October 2026", "octubre de 2026".
func (p *Program) Label(per Period, lang string) string {
	first := p.firstDay(per)
	if p.Period == Week {
		year, week := first.ISOWeek()
		return words.Text(lang, "time.week", "week", strconv.Itoa(week), "year", strconv.Itoa(year))
	}
	month := words.Text(lang, fmt.Sprintf("time.month-%d", first.Month()))
	return words.Text(lang, "time.month-year", "month", month, "year", strconv.Itoa(first.Year()))
}

// numbered is the nth month or ISO week of year.
func (p *Program) numbered(year, n int) Period {
	if p.Period != Week {
		return p.periodOf(year, time.Month(n), 1)
	}
	return p.periodOf(year, time.January, 4+7*(n-1)) // 4 January is always in week 1
}

// periodOf is the period that has a civil date in it.
func (p *Program) periodOf(year int, month time.Month, day int) Period {
	date := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	if p.Period == Week {
		monday := date.AddDate(0, 0, -(int(date.Weekday())+6)%7)
		y, w := date.ISOWeek()
		my, mm, md := monday.Date()
		return Period{fmt.Sprintf("%04d-W%02d", y, w), p.dayStart(my, mm, md), p.dayStart(my, mm, md+7)}
	}
	y, m, _ := date.Date()
	return Period{fmt.Sprintf("%04d-%02d", y, m), p.dayStart(y, m, 1), p.dayStart(y, m+1, 1)}
}

// firstDay is per's first civil date, at midnight UTC: read off its ID, since a skipped day can start it later.
func (p *Program) firstDay(per Period) time.Time {
	form := monthID
	if p.Period == Week {
		form = weekID
	}
	m := form().FindStringSubmatch(per.ID)
	if m == nil {
		return per.Start.In(p.location)
	}
	year, _ := strconv.Atoi(m[1])
	n, _ := strconv.Atoi(m[2])
	if p.Period != Week {
		return time.Date(year, time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	}
	fourth := time.Date(year, time.January, 4, 0, 0, 0, 0, time.UTC)
	return fourth.AddDate(0, 0, 7*(n-1)-(int(fourth.Weekday())+6)%7)
}

// dayStart is the first instant at which the program's clocks show that date or a later one: midnight itself may not
// exist, or come twice.
func (p *Program) dayStart(year int, month time.Month, day int) time.Time {
	return Clock(p.location, year, month, day, 0)
}
