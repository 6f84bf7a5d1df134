package program

import (
	"time"
)

// QuietHours are when nothing is texted of a program's own accord, by the wall clock of a time zone.
type QuietHours struct {
	from, until int // minutes of the day, [from, until); over midnight when from > until; never when equal
	zone        *time.Location
}

// Quiet are p's quiet hours for somebody who lives in a zone. What can't be read is taken as 20:00 to 09:00: better
// silent than at night.
func (p *Program) Quiet(zone *time.Location) QuietHours {
	if !clockForm().MatchString(p.Outreach.QuietFrom) || !clockForm().MatchString(p.Outreach.QuietUntil) {
		return QuietHours{20 * 60, 9 * 60, zone}
	}
	return QuietHours{minuteOf(p.Outreach.QuietFrom), minuteOf(p.Outreach.QuietUntil), zone}
}

// Contains says whether t is in the quiet hours.
func (q QuietHours) Contains(t time.Time) bool {
	local := t.In(q.zone)
	return q.at(local.Hour()*60 + local.Minute())
}

// Next is when quiet hours begin that t is not in: an instant after t, at most a day away. On a day when clocks change it
// is looked for by the minute: clocks that are set forward may go into quiet hours at another minute than the first, and
// clocks that are set back come into some of them twice.
func (q QuietHours) Next(t time.Time) time.Time {
	local := t.In(q.zone)
	end := t.Add(25 * time.Hour)
	if _, change := local.ZoneBounds(); change.IsZero() || change.After(end) {
		ahead := time.Duration(q.from)*time.Minute - time.Duration(local.Hour())*time.Hour - time.Duration(local.Minute())*time.Minute -
			time.Duration(local.Second())*time.Second - time.Duration(local.Nanosecond())
		if ahead <= 0 {
			ahead += 24 * time.Hour
		}
		return t.Add(ahead)
	}
	for at := t.Truncate(time.Minute).Add(time.Minute); at.Before(end); at = at.Add(time.Minute) {
		if q.Contains(at) {
			return at
		}
	}
	return end
}

// ten is when a day's texts go out where nothing says otherwise, in minutes of the day.
const ten = 10 * 60

// decent is ten in the morning; when quiet hours end, if they have not by then.
func (q QuietHours) decent() int {
	if q.at(ten) {
		return q.until
	}
	return ten
}

func (q QuietHours) at(minute int) bool {
	if q.from <= q.until {
		return q.from <= minute && minute < q.until
	}
	return minute >= q.from || minute < q.until
}

// minuteOf is the minute of the day of a clock's time, "09:30".
func minuteOf(clock string) int {
	t, err := time.Parse("15:04", clock)
	if err != nil {
		return ten
	}
	return t.Hour()*60 + t.Minute()
}
