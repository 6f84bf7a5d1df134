package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
)

// schemaVersion is kept in the file's user_version. A file of a later version is refused rather than misread.
const schemaVersion = 1

const logSuffix = "_changes"

// createSchema brings an empty or earlier file to what this version expects. Items are rows of a rowid table (bodies of
// a few kilobytes would overflow the pages of a table without), found by their primary key; TEXT compares bytewise.
func createSchema(ctx context.Context, pool *sql.DB, tables map[string]*Table) error {
	tx, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // nothing to roll back once it is committed
	var version int
	if err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	if version > schemaVersion {
		return fmt.Errorf("the file is of schema version %d, this program knows up to %d: use a newer program", version, schemaVersion)
	}
	statements := []string{fmt.Sprintf("PRAGMA user_version = %d", schemaVersion)}
	for _, name := range slices.Sorted(maps.Keys(tables)) {
		statements = append(statements, itemsSchema(name)...)
		if tables[name].logged {
			statements = append(statements, logSchema(name))
		}
	}
	for _, s := range statements {
		if _, err := tx.ExecContext(ctx, s); err != nil {
			return fmt.Errorf("create the tables: %w", err)
		}
	}
	return tx.Commit()
}

func itemsSchema(name string) []string {
	return []string{
		fmt.Sprintf(`CREATE TABLE IF NOT EXISTS %q (
	"partition" TEXT    NOT NULL,
	"sort"      TEXT    NOT NULL,
	"version"   INTEGER NOT NULL, -- writes of this item so far
	"expires"   INTEGER,          -- Unix seconds; NULL: never
	"body"      TEXT    NOT NULL, -- a JSON document
	PRIMARY KEY ("partition", "sort")
) STRICT`, name),
		fmt.Sprintf(`CREATE INDEX IF NOT EXISTS %q ON %q ("expires") WHERE "expires" IS NOT NULL`, name+"_expires", name),
	}
}

func logSchema(name string) string {
	return fmt.Sprintf(`CREATE TABLE IF NOT EXISTS %q (
	"sequence"    INTEGER PRIMARY KEY,  -- consecutive, in the order of commits
	"at"          INTEGER NOT NULL,     -- Unix seconds
	"partition"   TEXT    NOT NULL,
	"sort"        TEXT    NOT NULL,
	"old_version" INTEGER,              -- NULL: there was no item
	"old_expires" INTEGER,
	"old_body"    TEXT,
	"new_version" INTEGER,              -- NULL: the item was removed
	"new_expires" INTEGER,
	"new_body"    TEXT
) STRICT`, name+logSuffix)
}
