package program

import (
	"fmt"
	"slices"
	"time"
)

// Clock is the first instant at which the clocks of a zone show that minute of a civil date, or a later one: where they
// are set forward over it, right after; where they show it twice, the first time. time.Date leaves both cases open.
func Clock(zone *time.Location, year int, month time.Month, day, minute int) time.Time {
	wall := time.Date(year, month, day, 0, minute, 0, 0, time.UTC)
	t := wall.Add(-48 * time.Hour).In(zone) // no offset reaches a day, and one zone skipped a whole one
	for {
		_, offset := t.Zone()
		_, change := t.ZoneBounds()
		if !change.IsZero() && !change.After(t) {
			// On 31 December of a leap year past the tables' end (2040) Go names a bound that is not ahead: its rule
			// year has 365 days. Then go on in steps.
			change = t.Add(15 * time.Minute)
		}
		if at := wall.Add(time.Duration(-offset) * time.Second); change.IsZero() || at.Before(change) {
			if at.Before(t) {
				at = t
			}
			return at.In(zone)
		}
		t = change
	}
}

// Zone is where somebody with those attributes lives: the time zone of the option that they chose, else the program's.
func (p *Program) Zone(attributes map[string]string) *time.Location {
	for _, a := range p.Attributes {
		for _, o := range a.Options {
			if o.location != nil && attributes[a.ID] == o.Code {
				return o.location
			}
		}
	}
	return p.location
}

// First is when somebody who joins is first invited by u, where they live: at once for the first day 0, on that day
// after joining, or on the first day of u's calendar from there. ok is false when that is never.
func (u Use) First(joined time.Time, zone *time.Location) (at time.Time, ok bool) {
	switch {
	case u.FirstDay < 0:
		return at, false
	case u.FirstDay == 0:
		return joined, true
	case u.hasCalendar():
		return u.onCalendar(joined, dateOf(joined.In(zone)).AddDate(0, 0, u.FirstDay-1), zone)
	}
	return u.at(dateOf(joined.In(zone)).AddDate(0, 0, u.FirstDay), zone), true
}

// Next is when somebody who joined at a time and is invited now is invited again; ok is false when that is never. It is
// always on a later day.
func (u Use) Next(joined, now time.Time, zone *time.Location) (at time.Time, ok bool) {
	today := dateOf(now.In(zone))
	switch {
	case u.hasCalendar():
		return u.onCalendar(joined, today, zone)
	case u.EveryDays > 0:
		return u.at(today.AddDate(0, 0, u.EveryDays), zone), true
	}
	return at, false
}

// Morning is the hour at which p texts where nothing says otherwise, days after a time's local day.
func (p *Program) Morning(t time.Time, days int, zone *time.Location) time.Time {
	return Use{minute: p.Quiet(zone).decent()}.Later(t, days, zone)
}

// Later is u's hour, days after a time's local day.
func (u Use) Later(t time.Time, days int, zone *time.Location) time.Time {
	return u.at(dateOf(t.In(zone)).AddDate(0, 0, days), zone)
}

func (u Use) hasCalendar() bool { return len(u.Days) > 0 || u.RRule != "" }

func (u Use) onCalendar(joined, after time.Time, zone *time.Location) (at time.Time, ok bool) {
	if u.RRule != "" {
		day, ok := u.rule.After(dateOf(joined.In(zone)), after)
		return u.at(day, zone), ok
	}
	for _, day := range u.days {
		if day.After(after) {
			return u.at(day, zone), true
		}
	}
	return at, false
}

func (u Use) at(date time.Time, zone *time.Location) time.Time {
	y, m, d := date.Date()
	return Clock(zone, y, m, d, u.minute).UTC()
}

// dateOf is t's civil date, at midnight UTC.
func dateOf(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// checkCalendar judges when u invites, and keeps it ready.
func (u *Use) checkCalendar(n *notes, at string, quiet QuietHours) {
	switch {
	case u.RRule != "" && len(u.Days) > 0:
		n.add(at+"/days", "contradiction", "Give days or an rrule, not both.")
	case u.hasCalendar() && u.EveryDays > 0:
		n.add(at+"/everyDays", "contradiction", "The days are given by a calendar. Leave everyDays out.")
	case u.hasCalendar() && u.FirstDay < 0:
		n.add(at+"/firstDay", "contradiction", "firstDay -1 means never by text, and there is a calendar of days. Give 0 (asked at joining too) or the first day on which the calendar counts.")
	}
	if u.RRule != "" {
		var err error
		if u.rule, err = ParseRule(u.RRule); err != nil {
			n.add(at+"/rrule", "wrong-form", "This rule can't be used: %v. Write it like \"FREQ=WEEKLY;BYDAY=MO\".", err)
		}
	}
	if len(u.Days) > 366 {
		n.add(at+"/days", "too-many", "There are %d days; 366 is the most. A rule may say the same: \"FREQ=WEEKLY;BYDAY=MO\".", len(u.Days))
	}
	u.days = nil
	for i, d := range u.Days {
		day, err := time.Parse(time.DateOnly, d)
		if err != nil {
			n.add(fmt.Sprintf("%s/days/%d", at, i), "wrong-form", "%q is not a date. Write it like \"2027-01-31\".", d)
		}
		u.days = append(u.days, day)
	}
	slices.SortFunc(u.days, time.Time.Compare)
	u.checkHour(n, at, quiet)
	switch r := u.Remind; {
	case r.Most < 0 || r.Most > 3:
		n.add(at+"/remind/most", "out-of-range", "At most 3 reminders of one invitation. More makes people say STOP.")
	case r.Most > 0 && (r.AfterDays < 1 || r.AfterDays > 6):
		n.add(at+"/remind/afterDays", "out-of-range", "afterDays is 1 to 6: days without all answers until a reminder. After a week a question is stale.")
	case r.Most == 0 && r.AfterDays != 0:
		n.add(at+"/remind/most", "required", "Say how many reminders there are at most: 1 to 3.")
	case r.Most > 0 && u.FirstDay < 0:
		n.add(at+"/remind", "contradiction", "firstDay -1 means never by text, so there is nothing to remind of.")
	}
}

// checkHour judges u's hour. Where it isn't given, it is ten, or when quiet hours end if that is later.
func (u *Use) checkHour(n *notes, at string, quiet QuietHours) {
	if u.minute = quiet.decent(); u.At == "" {
		return
	}
	if !clockForm().MatchString(u.At) {
		n.add(at+"/at", "wrong-form", "%q is not a time of day. Write it with four digits: \"10:00\".", u.At)
		return
	}
	if u.minute = minuteOf(u.At); quiet.at(u.minute) {
		n.add(at+"/at", "contradiction", "%s is in the quiet hours. Choose a time when people are awake.", u.At)
	}
}
