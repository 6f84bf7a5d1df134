package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/tellback/tellback/internal/table"
)

// Changes is [table.Log]'s. A limit of 0 means 100, and it is never more than 1,000; large changes make it fewer.
func (t *Table) Changes(ctx context.Context, after string, limit int) ([]table.Change, error) {
	position, err := t.position(after)
	if err != nil {
		return nil, fmt.Errorf("sqlite: changes of %s: %w", t.name, err)
	}
	if limit < 0 {
		return nil, fmt.Errorf("sqlite: changes of %s: %w: a negative limit", t.name, table.ErrInvalid)
	}
	rows, err := t.changes.QueryContext(ctx, position, table.Query{Limit: limit}.PageSize())
	if err != nil {
		return nil, unavailable("changes of", t.name, err)
	}
	changes, err := scanChanges(rows)
	if err != nil {
		return nil, unavailable("changes of", t.name, err)
	}
	if len(changes) > 0 && after != "" && changes[0].Sequence != strconv.FormatInt(position+1, 10) {
		return nil, unavailable("changes of", t.name, table.ErrTrimmed)
	}
	return changes, nil
}

// Trim removes the changes before the given sequence, except the newest of all. How long a log must reach back is the
// caller's to know: DynamoDB's stream keeps 24 hours.
func (t *Table) Trim(ctx context.Context, before string) error {
	position, err := t.position(before)
	if err != nil {
		return fmt.Errorf("sqlite: trim %s: %w", t.name, err)
	}
	for {
		r := &request{ctx: ctx, table: t}
		r.job = func(ctx context.Context, s *statements, r *request) error {
			result, err := s.trim.ExecContext(ctx, position, chunk)
			if err != nil {
				return err
			}
			n, err := result.RowsAffected()
			r.count = int(n)
			return err
		}
		if err := t.db.writer.do(r); err != nil {
			return unavailable("trim", t.name, err)
		}
		if r.count < chunk {
			return nil
		}
	}
}

func (t *Table) position(sequence string) (int64, error) {
	if !t.logged {
		return 0, fmt.Errorf("%w: it keeps no change log", table.ErrInvalid)
	}
	if sequence == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(sequence, 10, 63)
	if err != nil {
		return 0, fmt.Errorf("%w: not a sequence number of this log", table.ErrInvalid)
	}
	return int64(n), nil
}

// scanChanges reads rows and closes them, stopping after a few pages' worth of bytes.
func scanChanges(rows *sql.Rows) (changes []table.Change, err error) {
	defer func() { err = errors.Join(err, rows.Close()) }()
	size := 0
	for size <= 4*table.MaxPage && rows.Next() {
		var sequence, at int64
		var k table.Key
		var old, next struct {
			version, expires sql.NullInt64
			body             sql.NullString
		}
		if err := rows.Scan(&sequence, &at, &k.Partition, &k.Sort, &old.version, &old.expires, &old.body,
			&next.version, &next.expires, &next.body); err != nil {
			return nil, err
		}
		changes = append(changes, table.Change{
			Sequence: strconv.FormatInt(sequence, 10),
			At:       time.Unix(at, 0).UTC(),
			Old:      row{old.version.Int64, old.expires, old.body}.item(k),
			New:      row{next.version.Int64, next.expires, next.body}.item(k),
		})
		size += len(old.body.String) + len(next.body.String)
	}
	return changes, rows.Err()
}
