package participant

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/table"
)

// Invitation is an invitation to come, as it waits in one of the DUE partitions.
type Invitation struct {
	Participant   string
	Program       string
	Questionnaire string
	At            time.Time

	version int64
}

// Schedule is what one participant's invitations go by. An [Invitation] that Next doesn't name (another time, or
// none) is void: it was left behind by leaving and rejoining.
type Schedule struct {
	Next map[string]time.Time `json:"next,omitempty"` // by questionnaire
	Sent []time.Time          `json:"sent,omitempty"` // of the last seven days, oldest first

	version int64
}

// Names says whether i is the invitation that s waits for.
func (s Schedule) Names(i Invitation) bool {
	at, ok := s.Next[i.Questionnaire]
	return ok && at.Equal(i.At)
}

// dueBody is what a DUE item says beyond its key.
type dueBody struct {
	Participant   string    `json:"participant"`
	Program       string    `json:"program"`
	Questionnaire string    `json:"questionnaire"`
	At            time.Time `json:"at"`
}

// FirstDue are the first invitations of somebody who joins p in a role, as p's schedule says: at once for the first
// day 0, otherwise at [TextingHour] of the day.
func FirstDue(p *program.Program, role string, joined time.Time) []Due {
	var out []Due
	for _, u := range p.Uses {
		if u.FirstDay < 0 || !slices.Contains(u.Roles, program.Role(role)) {
			continue
		}
		at := joined
		if u.FirstDay > 0 {
			at = TextingHour(p, joined, u.FirstDay)
		}
		out = append(out, Due{at, u.Questionnaire})
	}
	return out
}

// TextingHour is ten in the morning, local time, days after t's local day; later where p is still quiet at ten.
// Local midnight and the hours that a clock change skips are time.Date's business.
func TextingHour(p *program.Program, t time.Time, days int) time.Time {
	const decent = 10 * 60
	minute := decent
	if q := Quiet(p); q.at(decent) {
		minute = q.until
	}
	y, m, d := t.In(p.Location()).Date()
	return time.Date(y, m, d+days, minute/60, minute%60, 0, 0, p.Location()).UTC()
}

// QuietHours are when a program doesn't text of its own accord, by the wall clock of its time zone.
type QuietHours struct {
	from, until int // minutes of the day, [from, until); over midnight when from > until; never when equal
	zone        *time.Location
}

// Quiet are p's quiet hours. What can't be read is taken as 20:00 to 09:00: better silent than at night.
func Quiet(p *program.Program) QuietHours {
	from, err1 := time.Parse("15:04", p.Outreach.QuietFrom)
	until, err2 := time.Parse("15:04", p.Outreach.QuietUntil)
	if err1 != nil || err2 != nil {
		return QuietHours{20 * 60, 9 * 60, p.Location()}
	}
	return QuietHours{from.Hour()*60 + from.Minute(), until.Hour()*60 + until.Minute(), p.Location()}
}

// Contains says whether t is in the quiet hours.
func (q QuietHours) Contains(t time.Time) bool {
	local := t.In(q.zone)
	return q.at(local.Hour()*60 + local.Minute())
}

func (q QuietHours) at(minute int) bool {
	if q.from <= q.until {
		return q.from <= minute && minute < q.until
	}
	return minute >= q.from || minute < q.until
}

// Due reads a page of the invitations of one shard (0 to Shards−1) that are due at now, oldest first.
func (r *Registry) Due(ctx context.Context, shard int, now time.Time, cursor string) (out []Invitation, next string, err error) {
	page, err := r.people.Query(ctx, table.Query{
		Partition: duePartition(shard), To: now.UTC().Format(dueTime) + "#\U0010FFFF", Cursor: cursor,
	})
	if err != nil {
		return nil, "", fmt.Errorf("participant: due invitations of %s: %w", duePartition(shard), err)
	}
	for _, item := range page.Items {
		var b dueBody
		if err := json.Unmarshal(item.Body, &b); err != nil {
			return nil, "", fmt.Errorf("participant: decode an invitation of %s: %w", duePartition(shard), err)
		}
		out = append(out, Invitation{b.Participant, b.Program, b.Questionnaire, b.At, item.Version})
	}
	return out, page.Next, nil
}

// Schedule reads a participant's schedule; an empty one where there is none.
func (r *Registry) Schedule(ctx context.Context, id string) (Schedule, error) {
	var s Schedule
	item, err := r.people.Get(ctx, scheduleKey(id))
	if errors.Is(err, table.ErrNotFound) {
		return s, nil
	}
	if err != nil {
		return s, fmt.Errorf("participant: read the schedule of %s: %w", id, err)
	}
	if err := json.Unmarshal(item.Body, &s); err != nil {
		return Schedule{}, fmt.Errorf("participant: decode the schedule of %s: %w", id, err)
	}
	s.version = item.Version
	return s, nil
}

// Drop removes a void invitation and changes nothing else. table.ErrConflict says that it is gone already.
func (r *Registry) Drop(ctx context.Context, i Invitation) error {
	return r.people.Write(ctx, table.Delete(i.key(), i.version))
}

// Move takes i off the schedule s (as read) and, where next is not zero, puts the same invitation on it for then, in one
// atomic write together with the also ops. sent, unless zero, is noted as a text of that moment. It gives
// table.ErrConflict, and changes nothing, when any of it was changed since it was read: whoever gets nil, and nobody
// else, has the invitation.
func (r *Registry) Move(ctx context.Context, i Invitation, s Schedule, next, sent time.Time, also ...table.Op) error {
	after := Schedule{Next: map[string]time.Time{}, Sent: slices.Clone(s.Sent)}
	for q, at := range s.Next {
		after.Next[q] = at
	}
	delete(after.Next, i.Questionnaire)
	if !sent.IsZero() {
		after.Sent = append(slices.DeleteFunc(after.Sent, func(t time.Time) bool { return sent.Sub(t) > Week }), sent.UTC())
	}
	ops := append([]table.Op{table.Delete(i.key(), i.version)}, also...)
	if next = whole(next); !next.IsZero() {
		if !next.After(i.At) {
			return fmt.Errorf("participant: an invitation of %s can only move forwards", i.Participant)
		}
		after.Next[i.Questionnaire] = next
		op, err := r.replaceDue(ctx, i.Participant, i.Program, Due{next, i.Questionnaire})
		if err != nil {
			return err
		}
		ops = append(ops, op)
	}
	op, err := put(scheduleKey(i.Participant), s.version, after)
	if err != nil {
		return err
	}
	return r.people.Write(ctx, append(ops, op)...)
}

// Week is how far back Schedule.Sent reaches.
const Week = 7 * 24 * time.Hour

// restart puts the invitations of somebody who left and comes back, whatever of the old ones is still there.
func (r *Registry) restart(ctx context.Context, p Participant, due []Due) ([]table.Op, error) {
	s, err := r.Schedule(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	s.Next = map[string]time.Time{}
	var ops []table.Op
	for _, d := range due {
		op, err := r.replaceDue(ctx, p.ID, p.Program, d)
		if err != nil {
			return nil, err
		}
		s.Next[d.Questionnaire] = whole(d.At)
		ops = append(ops, op)
	}
	op, err := put(scheduleKey(p.ID), s.version, s)
	return append(ops, op), err
}

// replaceDue puts an invitation over whatever void one may be in its place.
func (r *Registry) replaceDue(ctx context.Context, id, program string, d Due) (table.Op, error) {
	item, err := r.people.Get(ctx, dueKey(id, d))
	if err != nil && !errors.Is(err, table.ErrNotFound) {
		return table.Op{}, fmt.Errorf("participant: read an invitation of %s: %w", id, err)
	}
	return putDue(id, program, d, item.Version)
}

func putDue(id, program string, d Due, version int64) (table.Op, error) {
	return put(dueKey(id, d), version, dueBody{id, program, d.Questionnaire, whole(d.At)})
}

func (i Invitation) key() table.Key { return dueKey(i.Participant, Due{i.At, i.Questionnaire}) }

// whole is t in the precision of a DUE key.
func whole(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }
