package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tellback/tellback/internal/table"
)

// Table is one table of a [DB]. It implements [table.Table], [table.Scanner] and, if the DB keeps its log, [table.Log].
type Table struct {
	db     *DB
	name   string
	logged bool

	get, forward, backward, scan, changes *sql.Stmt
}

func (t *Table) prepare(ctx context.Context, pool *sql.DB) error {
	const columns, live = `"partition", "sort", "version", "expires", "body"`, `("expires" IS NULL OR "expires" > ?)`
	queries := map[string]**sql.Stmt{
		`SELECT ` + columns + ` FROM %[1]q WHERE "partition" = ? AND "sort" = ? AND ` + live: &t.get,
		`SELECT ` + columns + ` FROM %[1]q WHERE "partition" = ? AND "sort" >= ? AND "sort" < ? AND ` + live +
			` ORDER BY "sort" LIMIT ?`: &t.forward,
		`SELECT ` + columns + ` FROM %[1]q WHERE "partition" = ? AND "sort" >= ? AND "sort" < ? AND ` + live +
			` ORDER BY "sort" DESC LIMIT ?`: &t.backward,
		`SELECT ` + columns + ` FROM %[1]q WHERE ("partition", "sort") > (?, ?) AND ` + live +
			` ORDER BY "partition", "sort" LIMIT ?`: &t.scan,
	}
	if t.logged {
		queries[`SELECT "sequence", "at", "partition", "sort", "old_version", "old_expires", "old_body",
			"new_version", "new_expires", "new_body" FROM %[2]q WHERE "sequence" > ? ORDER BY "sequence" LIMIT ?`] = &t.changes
	}
	for query, into := range queries {
		var err error
		if *into, err = pool.PrepareContext(ctx, named(query, t.name)); err != nil {
			return fmt.Errorf("prepare for %s: %w", t.name, err)
		}
	}
	return nil
}

// named puts the table's (%[1]q) and its log's (%[2]q) name into a query; names are checked by [Open].
func named(query, name string) string {
	return strings.NewReplacer("%[1]q", `"`+name+`"`, "%[2]q", `"`+name+logSuffix+`"`).Replace(query)
}

// Get is [table.Table]'s.
func (t *Table) Get(ctx context.Context, k table.Key) (table.Item, error) {
	if err := k.Check(); err != nil {
		return table.Item{}, fmt.Errorf("sqlite: get from %s: %w", t.name, err)
	}
	var i table.Item
	var expires sql.NullInt64
	err := t.get.QueryRowContext(ctx, k.Partition, k.Sort, t.db.now().Unix()).
		Scan(&i.Partition, &i.Sort, &i.Version, &expires, &i.Body)
	if errors.Is(err, sql.ErrNoRows) {
		return table.Item{}, table.ErrNotFound
	}
	if err != nil {
		return table.Item{}, unavailable("get from", t.name, err)
	}
	i.Expires = instant(expires)
	return i, nil
}

// Query is [table.Table]'s.
func (t *Table) Query(ctx context.Context, q table.Query) (table.Page, error) {
	if err := q.Check(); err != nil {
		return table.Page{}, fmt.Errorf("sqlite: query %s: %w", t.name, err)
	}
	from, before := bounds(q)
	if from >= before {
		return table.Page{}, nil
	}
	stmt, limit := t.forward, q.PageSize()
	if q.Reverse {
		stmt = t.backward
	}
	// One row more than the page holds tells whether there is a next page.
	rows, err := stmt.QueryContext(ctx, q.Partition, from, before, t.db.now().Unix(), limit+1)
	if err != nil {
		return table.Page{}, unavailable("query", t.name, err)
	}
	return t.page(rows, limit, "query")
}

// bounds are the sort keys that q's page is between: from ≤ key < before. They need not be UTF-8: SQLite compares bytes.
func bounds(q table.Query) (from, before string) {
	const top = "\xff" // above every UTF-8 text
	from, before = q.From, top
	switch {
	case q.Prefix != "":
		last := len(q.Prefix) - 1
		from, before = q.Prefix, q.Prefix[:last]+string([]byte{q.Prefix[last] + 1}) // no byte of UTF-8 is 0xff
	case q.To != "":
		before = q.To + "\x00"
	}
	cursor, _ := q.Start() // checked by the caller
	switch {
	case cursor == "":
	case q.Reverse:
		before = cursor
	default:
		from = cursor + "\x00"
	}
	return from, before
}

// Scan is [table.Scanner]'s.
func (t *Table) Scan(ctx context.Context, cursor string) (table.Page, error) {
	var after table.Key
	if cursor != "" {
		var err error
		if after, err = table.ParseCursor(cursor); err != nil {
			return table.Page{}, fmt.Errorf("sqlite: scan %s: %w", t.name, err)
		}
	}
	const limit = 1000
	rows, err := t.scan.QueryContext(ctx, after.Partition, after.Sort, t.db.now().Unix(), limit+1)
	if err != nil {
		return table.Page{}, unavailable("scan", t.name, err)
	}
	return t.page(rows, limit, "scan")
}

func (t *Table) page(rows *sql.Rows, limit int, doing string) (table.Page, error) {
	items, err := scanItems(rows, limit+1)
	if err != nil {
		return table.Page{}, unavailable(doing, t.name, err)
	}
	size := 0
	for n, i := range items {
		if n == limit || n > 0 && size+i.Size() > table.MaxPage {
			return table.Page{Items: items[:n], Next: items[n-1].Cursor()}, nil
		}
		size += i.Size()
	}
	return table.Page{Items: items}, nil
}

// scanItems reads rows and closes them. It stops a little after a page's worth of bytes.
func scanItems(rows *sql.Rows, most int) (items []table.Item, err error) {
	defer func() { err = errors.Join(err, rows.Close()) }()
	size := 0
	for len(items) < most && size <= table.MaxPage && rows.Next() {
		var i table.Item
		var expires sql.NullInt64
		if err := rows.Scan(&i.Partition, &i.Sort, &i.Version, &expires, &i.Body); err != nil {
			return nil, err
		}
		i.Expires = instant(expires)
		items, size = append(items, i), size+i.Size()
	}
	return items, rows.Err()
}

func instant(seconds sql.NullInt64) time.Time {
	if !seconds.Valid {
		return time.Time{}
	}
	return time.Unix(seconds.Int64, 0).UTC()
}
