package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/tellback/tellback/internal/table"
)

// chunk is how many rows one housekeeping transaction removes, so that no writer waits long behind it.
const chunk = 500

// Write is [table.Table]'s.
func (t *Table) Write(ctx context.Context, ops ...table.Op) error {
	if err := table.CheckWrite(ops); err != nil {
		return fmt.Errorf("sqlite: write %s: %w", t.name, err)
	}
	if len(ops) == 0 {
		return nil
	}
	r := &request{ctx: ctx, table: t, ops: ops}
	for _, op := range ops {
		r.bytes += op.Item.Size()
	}
	err := t.db.writer.do(r)
	if err == nil || errors.Is(err, table.ErrConflict) {
		return err
	}
	return unavailable("write", t.name, err)
}

// statements are what the writer runs on one table, prepared once on its connection.
type statements struct {
	now    func() time.Time
	logged bool

	state, image, put, remove, expired *sql.Stmt
	record, trim                       *sql.Stmt // of the change log
}

func prepareStatements(ctx context.Context, conn *sql.Conn, t *Table) (*statements, error) {
	s := &statements{now: t.db.now, logged: t.logged}
	queries := map[string]**sql.Stmt{
		`SELECT "version", "expires", NULL FROM %[1]q WHERE "partition" = ? AND "sort" = ?`:   &s.state,
		`SELECT "version", "expires", "body" FROM %[1]q WHERE "partition" = ? AND "sort" = ?`: &s.image,
		`INSERT INTO %[1]q VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
			"version" = excluded."version", "expires" = excluded."expires", "body" = excluded."body"`: &s.put,
		`DELETE FROM %[1]q WHERE "partition" = ? AND "sort" = ?`:                                                              &s.remove,
		`SELECT "partition", "sort", "version", "expires", "body" FROM %[1]q WHERE "expires" <= ? ORDER BY "expires" LIMIT ?`: &s.expired,
	}
	if t.logged {
		queries[`INSERT INTO %[2]q VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?)`] = &s.record
		// The newest change stays, so that its number is never given again.
		queries[`DELETE FROM %[2]q WHERE "sequence" IN (SELECT "sequence" FROM %[2]q
			WHERE "sequence" < ? AND "sequence" < (SELECT MAX("sequence") FROM %[2]q) ORDER BY "sequence" LIMIT ?)`] = &s.trim
	}
	for query, into := range queries {
		var err error
		if *into, err = conn.PrepareContext(ctx, named(query, t.name)); err != nil {
			return nil, fmt.Errorf("prepare for %s: %w", t.name, err)
		}
	}
	return s, nil
}

// row is what is stored of an item; version 0 says that nothing is.
type row struct {
	version int64
	expires sql.NullInt64
	body    sql.NullString
}

func (r row) item(k table.Key) *table.Item {
	if r.version == 0 {
		return nil
	}
	return &table.Item{Key: k, Version: r.version, Expires: instant(r.expires), Body: []byte(r.body.String)}
}

// versionAt is the version that a condition sees: an expired item is absent.
func (r row) versionAt(now time.Time) int64 {
	if (table.Item{Expires: instant(r.expires)}).Expired(now) {
		return 0
	}
	return r.version
}

// write checks every condition, then writes all of ops.
func (s *statements) write(ctx context.Context, ops []table.Op) error {
	now := s.now()
	var few [4]row // the usual write is one or two operations
	old := few[:0]
	for _, op := range ops {
		r, err := s.read(ctx, op)
		if err != nil {
			return err
		}
		if r.versionAt(now) != op.Item.Version {
			return table.ErrConflict
		}
		old = append(old, r)
	}
	for n, op := range ops {
		if err := s.apply(ctx, op, old[n], now); err != nil {
			return err
		}
	}
	return nil
}

// read finds what is stored under the operation's key, with its body where the log will need it.
func (s *statements) read(ctx context.Context, op table.Op) (r row, err error) {
	stmt := s.state
	if s.logged && op.Action != table.ActionCheck {
		stmt = s.image
	}
	err = stmt.QueryRowContext(ctx, op.Item.Partition, op.Item.Sort).Scan(&r.version, &r.expires, &r.body)
	if errors.Is(err, sql.ErrNoRows) {
		return row{}, nil
	}
	return r, err
}

func (s *statements) apply(ctx context.Context, op table.Op, old row, now time.Time) error {
	k := op.Item.Key
	switch op.Action {
	case table.ActionPut:
		next := row{version: op.Item.Version + 1, body: sql.NullString{String: string(op.Item.Body), Valid: true}}
		if !op.Item.Expires.IsZero() {
			next.expires = sql.NullInt64{Int64: op.Item.Expires.Unix(), Valid: true}
		}
		if _, err := s.put.ExecContext(ctx, k.Partition, k.Sort, next.version, next.expires, next.body.String); err != nil {
			return err
		}
		return s.log(ctx, k, old, next, now)
	case table.ActionDelete:
		if old.version == 0 {
			return nil
		}
		if _, err := s.remove.ExecContext(ctx, k.Partition, k.Sort); err != nil {
			return err
		}
		return s.log(ctx, k, old, row{}, now)
	}
	return nil
}

func (s *statements) log(ctx context.Context, k table.Key, old, next row, now time.Time) error {
	if !s.logged {
		return nil
	}
	args := append(make([]any, 0, 9), now.Unix(), k.Partition, k.Sort)
	for _, r := range []row{old, next} {
		if r.version == 0 {
			args = append(args, nil, nil, nil)
			continue
		}
		args = append(args, r.version, r.expires, r.body.String)
	}
	_, err := s.record.ExecContext(ctx, args...)
	return err
}

// removeExpired is the job that removes up to a chunk of t's expired items.
func (t *Table) removeExpired(ctx context.Context, s *statements, r *request) error {
	now := s.now()
	rows, err := s.expired.QueryContext(ctx, now.Unix(), chunk)
	if err != nil {
		return err
	}
	items, err := scanItems(rows, chunk)
	if err != nil {
		return err
	}
	for _, i := range items {
		old := row{i.Version, sql.NullInt64{Int64: i.Expires.Unix(), Valid: true}, sql.NullString{String: string(i.Body), Valid: true}}
		if err := s.apply(ctx, table.Delete(i.Key, i.Version), old, now); err != nil {
			return err
		}
	}
	r.count = len(items)
	return nil
}
