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

// Kind is what a due text is about.
type Kind string

// The kinds. Invitations were first, and are stored without one.
const (
	Invite Kind = ""
	Remind Kind = "remind"
	Lesson Kind = "lesson"
)

// Invitation is a text to come, as it waits in one of the DUE partitions: most are invitations, some remind of one or
// bring a lesson.
type Invitation struct {
	Participant   string
	Program       string
	Questionnaire string // "" of a lesson
	Kind          Kind
	At            time.Time

	version int64
}

// Schedule is what one participant's texts go by. An [Invitation] that Next doesn't name (another time, or none) is
// void: it was left behind by leaving and rejoining, or by an answer.
type Schedule struct {
	Next map[string]time.Time `json:"next,omitempty"` // by what is due: a questionnaire, "#remind" behind it of a reminder
	// Asked is the newest invitation to each questionnaire that may be reminded of.
	Asked map[string]Asked `json:"asked,omitempty"`
	Told  int              `json:"told,omitempty"` // number of the newest release that they were told of

	version int64
}

// Asked is one invitation, and how often it was repeated since.
type Asked struct {
	At       time.Time `json:"at"`
	Reminded int       `json:"reminded,omitempty"`
}

// Names says whether i is what s waits for.
func (s Schedule) Names(i Invitation) bool {
	at, ok := s.Next[i.due().name()]
	return ok && at.Equal(i.At)
}

func (i Invitation) due() Due { return Due{i.At, i.Questionnaire, i.Kind} }

// name is what a due text goes by in a schedule.
func (d Due) name() string {
	if d.Kind == Invite {
		return d.Questionnaire
	}
	return d.Questionnaire + "#" + string(d.Kind)
}

// dueBody is what a DUE item says beyond its key.
type dueBody struct {
	Participant   string    `json:"participant"`
	Program       string    `json:"program"`
	Questionnaire string    `json:"questionnaire,omitempty"`
	Kind          Kind      `json:"kind,omitempty"`
	At            time.Time `json:"at"`
}

// FirstDue are the first invitations of somebody who joins p in a role and lives in a zone, as p's schedule says. What
// they were asked just now comes one round later.
func FirstDue(p *program.Program, role, askedNow string, joined time.Time, zone *time.Location) []Due {
	var out []Due
	for _, u := range p.Uses {
		if u.FirstDay < 0 || !slices.Contains(u.Roles, program.Role(role)) {
			continue
		}
		at, ok := u.First(joined, zone)
		if u.Questionnaire == askedNow {
			at, ok = u.Next(joined, joined, zone)
		}
		if ok {
			out = append(out, Due{At: at, Questionnaire: u.Questionnaire})
		}
	}
	return out
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
		out = append(out, Invitation{b.Participant, b.Program, b.Questionnaire, b.Kind, b.At, item.Version})
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

// Turn is what comes after a due text.
type Turn struct {
	Next  []Due // none: nothing
	Asked Asked // of the questionnaire; zero: as before
	Told  int   // the release of which they are told now; 0: none
}

// Moves are the operations that take a due text off a schedule (as read) and put on it what comes next. They belong into
// one write: whoever's write succeeds, and nobody else, has the text. table.ErrConflict says that any of it was changed
// since it was read.
func (r *Registry) Moves(ctx context.Context, i Invitation, s Schedule, t Turn) ([]table.Op, error) {
	after := Schedule{Next: copied(s.Next), Asked: copied(s.Asked), Told: max(s.Told, t.Told)}
	delete(after.Next, i.due().name())
	if !t.Asked.At.IsZero() {
		if after.Asked == nil {
			after.Asked = map[string]Asked{}
		}
		after.Asked[i.Questionnaire] = t.Asked
	}
	ops := []table.Op{table.Delete(i.key(), i.version)}
	for _, d := range t.Next {
		if d.At = whole(d.At); !d.At.After(i.At) {
			return nil, fmt.Errorf("participant: what is due for %s can only move forwards", i.Participant)
		}
		if after.Next == nil {
			after.Next = map[string]time.Time{}
		}
		after.Next[d.name()] = d.At
		op, err := r.replaceDue(ctx, i.Participant, i.Program, d)
		if err != nil {
			return nil, err
		}
		ops = append(ops, op)
	}
	op, err := put(scheduleKey(i.Participant), s.version, after)
	return append(ops, op), err
}

// Move writes [Registry.Moves].
func (r *Registry) Move(ctx context.Context, i Invitation, s Schedule, t Turn) error {
	ops, err := r.Moves(ctx, i, s, t)
	if err != nil {
		return err
	}
	return r.people.Write(ctx, ops...)
}

// SetLessons notes whether somebody wants to be told what everyone's answers showed, the first time at a given time.
// Idempotent.
func (r *Registry) SetLessons(ctx context.Context, id string, on bool, first time.Time) error {
	err := table.Retry(ctx, func() error {
		p, version, err := r.participant(ctx, id)
		if err != nil || p.Lessons == on {
			return err
		}
		s, err := r.Schedule(ctx, id)
		if err != nil {
			return err
		}
		p.Lessons = on
		person, err := putParticipant(p, version)
		if err != nil {
			return err
		}
		ops := []table.Op{person}
		d := Due{At: whole(first), Kind: Lesson}
		delete(s.Next, d.name())
		if on {
			if s.Next == nil {
				s.Next = map[string]time.Time{}
			}
			s.Next[d.name()] = d.At
			op, err := r.replaceDue(ctx, id, p.Program, d)
			if err != nil {
				return err
			}
			ops = append(ops, op)
		}
		op, err := put(scheduleKey(id), s.version, s)
		if err != nil {
			return err
		}
		return r.people.Write(ctx, append(ops, op)...)
	})
	if err != nil {
		return fmt.Errorf("participant: lessons for %s: %w", id, err)
	}
	return nil
}

// restart puts the invitations of somebody who left and comes back, whatever of the old ones is still there.
func (r *Registry) restart(ctx context.Context, p Participant, due []Due) ([]table.Op, error) {
	s, err := r.Schedule(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	s.Next, s.Asked = map[string]time.Time{}, nil
	var ops []table.Op
	for _, d := range due {
		op, err := r.replaceDue(ctx, p.ID, p.Program, d)
		if err != nil {
			return nil, err
		}
		s.Next[d.name()] = whole(d.At)
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
	return put(dueKey(id, d), version, dueBody{id, program, d.Questionnaire, d.Kind, whole(d.At)})
}

func (i Invitation) key() table.Key { return dueKey(i.Participant, i.due()) }

// whole is t in the precision of a DUE key.
func whole(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }
