package learning

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tellback/tellback/internal/compact"
	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/report"
	"github.com/tellback/tellback/internal/table"
	"github.com/tellback/tellback/internal/table/stream"
)

const (
	segmentSize = 4 << 10   // bytes; a stored segment over it is closed
	writeSize   = 256 << 10 // bytes; a batch that would make a segment larger is counted in halves
	attempts    = 32        // writes of one batch against invocations that race with it
	registry    = "SHARDS"
)

// Ledger is where contributions are added up, over the learning table. It is safe for concurrent use, also from other
// processes.
type Ledger struct{ learning table.Table }

// NewLedger makes a ledger over the learning table.
func NewLedger(learning table.Table) *Ledger { return &Ledger{learning} }

// Fold counts a run of a shard's changes, each exactly once however often, in whatever order and in whatever pieces
// they are delivered. The changes must be all of the shard's between the first and the last of them, as a stream
// delivers them. Only standings count; other items are passed over.
//
// On an error failed is the sequence number from which on nothing was counted (what came before it was), or empty when
// the batch as a whole can't be counted.
func (l *Ledger) Fold(ctx context.Context, shardID string, changes []table.Change) (failed string, err error) {
	if shardID == "" || len(shardID) > 1000 || !utf8.ValidString(shardID) {
		return "", errors.New("learning: no usable shard id came with the batch: set a tumbling window on the stream's mapping")
	}
	batch, err := prepare(changes)
	if err != nil {
		return "", fmt.Errorf("learning: shard %s: %w", shardID, err)
	}
	return l.fold(ctx, shardID, batch)
}

// contribution is one change of a standing, with what it adds.
type contribution struct {
	sequence string
	cells    Cells
	err      error
}

// prepare reads the changes of standings, in order and without repeats.
func prepare(changes []table.Change) ([]contribution, error) {
	var batch []contribution
	for _, c := range changes {
		if c.Sequence == "" || strings.Trim(c.Sequence, "0123456789") != "" {
			return nil, fmt.Errorf("a change has no decimal sequence number: %q", c.Sequence)
		}
		if !isStanding(c.Old) && !isStanding(c.New) {
			continue
		}
		one := contribution{sequence: c.Sequence, cells: Cells{}}
		for _, side := range []struct {
			item *table.Item
			sign int64
		}{{c.Old, -1}, {c.New, 1}} {
			if side.item == nil || one.err != nil {
				continue
			}
			s, err := standing(side.item.Body)
			if err != nil {
				one.err = fmt.Errorf("standing at version %d: %w", side.item.Version, err)
				continue
			}
			one.cells.add(Contribution(s), side.sign)
		}
		batch = append(batch, one)
	}
	slices.SortStableFunc(batch, func(a, b contribution) int { return stream.Compare(a.sequence, b.sequence) })
	return slices.CompactFunc(batch, func(a, b contribution) bool { return stream.Compare(a.sequence, b.sequence) == 0 }), nil
}

func isStanding(i *table.Item) bool {
	return i != nil && strings.HasPrefix(i.Partition, "P#") && strings.HasPrefix(i.Sort, "S#")
}

// standing reads a stored standing. Errors never quote it.
func standing(body []byte) (report.Standing, error) {
	var s report.Standing
	if json.Unmarshal(body, &s) != nil {
		return s, errors.New("not a standing")
	}
	switch {
	case s.Program == "" || s.Questionnaire == "" || s.Period == "":
		return s, errors.New("it lacks its program, questionnaire or period")
	case s.Perspective != report.Self && s.Perspective != report.Proxy:
		return s, errors.New("it has no known perspective")
	case s.Stage != report.Invited && s.Stage != report.Started && s.Stage != report.Completed:
		return s, errors.New("it has no known stage")
	}
	return s, nil
}

func (l *Ledger) fold(ctx context.Context, shardID string, batch []contribution) (failed string, err error) {
	for range attempts {
		if len(batch) == 0 {
			return "", nil
		}
		newest, fresh, err := l.uncounted(ctx, shardID, batch)
		if err != nil {
			return batch[0].sequence, err
		}
		good := fresh
		var bad error
		if n := slices.IndexFunc(fresh, func(c contribution) bool { return c.err != nil }); n >= 0 {
			good, failed, bad = fresh[:n], fresh[n].sequence, fmt.Errorf("learning: shard %s: change %s: %w", shardID, fresh[n].sequence, fresh[n].err)
		}
		if len(good) == 0 {
			return failed, bad
		}
		switch err := l.write(ctx, shardID, newest, good); {
		case err == nil:
			return failed, bad
		case errors.Is(err, errTooMuch):
			if at, err := l.fold(ctx, shardID, good[:len(good)/2]); err != nil {
				return at, err
			}
			if at, err := l.fold(ctx, shardID, good[len(good)/2:]); err != nil {
				return at, err
			}
			return failed, bad
		case !errors.Is(err, table.ErrConflict):
			return good[0].sequence, fmt.Errorf("learning: shard %s: write: %w", shardID, err)
		}
		// Another invocation was quicker, or this very write was and its reply got lost: look again.
		failed = ""
	}
	return batch[0].sequence, fault.Wrap(fault.Unavailable, table.ErrConflict, "The ledger is busy. The same batch may be sent again.")
}

// uncounted finds a shard's newest segment, and which of batch no segment counts.
func (l *Ledger) uncounted(ctx context.Context, shardID string, batch []contribution) (*segment, []contribution, error) {
	page, err := l.learning.Query(ctx, table.Query{Partition: "SHARD#" + shardID, Prefix: "SEG#", Reverse: true, Limit: 1})
	if err != nil {
		return nil, nil, fmt.Errorf("learning: shard %s: newest segment: %w", shardID, err)
	}
	if len(page.Items) == 0 {
		return &segment{number: 1, cells: Cells{}}, batch, nil
	}
	newest, err := segmentOf(page.Items[0])
	if err != nil {
		return nil, nil, err
	}
	if stream.Compare(newest.max, batch[0].sequence) < 0 {
		return newest, batch, nil
	}
	segments, err := l.segments(ctx, shardID)
	if err != nil {
		return nil, nil, err
	}
	newest = segments[len(segments)-1]
	fresh := slices.DeleteFunc(slices.Clone(batch), func(c contribution) bool {
		return slices.ContainsFunc(segments, func(s *segment) bool { return s.counts(c.sequence) })
	})
	return newest, fresh, nil
}

var errTooMuch = errors.New("learning: too much for one segment")

// write adds batch to the newest segment, or to a new one when that is closed. It holds only if the newest segment is
// still as it was read; since older ones never change, that is the whole shard.
func (l *Ledger) write(ctx context.Context, shardID string, newest *segment, batch []contribution) error {
	next := &segment{number: newest.number, version: newest.version, max: newest.max, counted: slices.Clone(newest.counted), cells: Cells{}}
	if newest.size > segmentSize {
		next.number, next.version, next.counted = newest.number+1, 0, nil
	} else {
		next.cells.add(newest.cells, 1)
	}
	for _, c := range batch {
		next.cells.add(c.cells, 1)
	}
	next.count(interval{batch[0].sequence, batch[len(batch)-1].sequence})

	body, err := next.encode()
	if len(batch) > 1 && (len(body) > writeSize || errors.Is(err, compact.ErrTooLarge)) {
		return errTooMuch
	}
	if err != nil {
		return err
	}
	key := table.Key{Partition: "SHARD#" + shardID, Sort: fmt.Sprintf("SEG#%06d", next.number)}
	ops := []table.Op{table.Put(table.Item{Key: key, Version: next.version, Body: body})}
	if next.number == 1 && next.version == 0 {
		ops = append(ops, table.Put(table.Item{Key: table.Key{Partition: registry, Sort: shardID}, Body: []byte("{}")}))
	}
	return l.learning.Write(ctx, ops...)
}

// segments are all of a shard's, oldest first; there is at least one.
func (l *Ledger) segments(ctx context.Context, shardID string) ([]*segment, error) {
	var out []*segment
	err := all(ctx, l.learning, table.Query{Partition: "SHARD#" + shardID, Prefix: "SEG#", Limit: 1000}, func(i table.Item) error {
		s, err := segmentOf(i)
		out = append(out, s)
		return err
	})
	if err == nil && len(out) == 0 {
		err = errors.New("it has none")
	}
	if err != nil {
		return nil, fmt.Errorf("learning: shard %s: segments: %w", shardID, err)
	}
	return out, nil
}

func segmentOf(i table.Item) (*segment, error) {
	s, err := decodeSegment(i.Body)
	if err == nil {
		_, err = fmt.Sscanf(i.Sort, "SEG#%d", &s.number)
	}
	if err != nil {
		return nil, fmt.Errorf("learning: %s %s: %w", i.Partition, i.Sort, err)
	}
	s.version = i.Version
	return s, nil
}

// all visits every item of a query.
func all(ctx context.Context, t table.Table, q table.Query, visit func(table.Item) error) error {
	for {
		page, err := t.Query(ctx, q)
		if err != nil {
			return err
		}
		for _, i := range page.Items {
			if err := visit(i); err != nil {
				return err
			}
		}
		if page.Next == "" {
			return nil
		}
		q.Cursor = page.Next
	}
}
