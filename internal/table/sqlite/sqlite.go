// Package sqlite is the embedded engine of the storage port: one SQLite file for all tables of an installation, which
// any SQLite tool opens. One goroutine writes and commits many callers' writes in one synced transaction; reads go
// through connections of their own.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/table"
)

// ErrLocked: another process (or another DB of this one) has the file open for writing.
var ErrLocked = errors.New("sqlite: in use by another process")

// ErrClosed: the DB was closed.
var ErrClosed = errors.New("sqlite: closed")

// Option changes how [Open] opens.
type Option func(*DB)

// WithLog keeps an ordered change log of the named tables, written in the same transaction as the items.
func WithLog(tables ...string) Option {
	return func(db *DB) {
		for _, name := range tables {
			db.logged[name] = true
		}
	}
}

// WithSweep sets how often expired items are removed (every minute, unless told); 0 leaves it to [DB.Sweep].
func WithSweep(every time.Duration) Option {
	return func(db *DB) { db.sweepEvery = every }
}

// DB is one file with its tables. It is safe for concurrent use.
type DB struct {
	now        func() time.Time
	logged     map[string]bool
	sweepEvery time.Duration
	tables     map[string]*Table

	lock   *fileLock
	reader *sql.DB
	pool   *sql.DB // holds the writer's only connection
	writer *writer

	close    sync.Once
	closeErr error
}

var tableName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,40}$`)

// Open opens the file at path, creates it and its tables where they don't exist yet, and takes the lock that keeps a
// second writer out (path + ".lock"; it ends with the process, however that ends). now is the clock that expiry and
// the change log go by.
func Open(path string, tables []string, now func() time.Time, opts ...Option) (*DB, error) {
	db := &DB{now: now, logged: map[string]bool{}, sweepEvery: time.Minute, tables: map[string]*Table{}}
	for _, o := range opts {
		o(db)
	}
	if err := db.name(tables); err != nil {
		return nil, err
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("sqlite: open %s: %w", path, err)
	}
	if db.lock, err = lockFile(abs + ".lock"); err != nil {
		return nil, fmt.Errorf("sqlite: open %s: %w", path, err)
	}
	if err := db.open(abs); err != nil {
		return nil, errors.Join(fmt.Errorf("sqlite: open %s: %w", path, err), db.Close())
	}
	return db, nil
}

func (db *DB) name(tables []string) error {
	for _, name := range tables {
		if !tableName.MatchString(name) || strings.HasPrefix(name, "sqlite_") || strings.HasSuffix(name, logSuffix) {
			return fmt.Errorf("sqlite: %q can't be a table's name", name)
		}
		db.tables[name] = &Table{db: db, name: name, logged: db.logged[name]}
	}
	for name := range db.logged {
		if db.tables[name] == nil {
			return fmt.Errorf("sqlite: a change log is asked for %q, which is not one of the tables", name)
		}
	}
	return nil
}

func (db *DB) open(path string) error {
	ctx := context.Background() // opening is not worth interrupting, and half of it would be worth nothing
	var err error
	if db.pool, err = sql.Open("sqlite", dsn(path)); err != nil {
		return err
	}
	db.pool.SetMaxOpenConns(1)
	if err := createSchema(ctx, db.pool, db.tables); err != nil {
		return err
	}
	if db.reader, err = sql.Open("sqlite", dsn(path, "query_only(1)")); err != nil {
		return err
	}
	readers := max(4, 2*runtime.GOMAXPROCS(0))
	db.reader.SetMaxOpenConns(readers)
	db.reader.SetMaxIdleConns(readers)
	for _, t := range db.tables {
		if err := t.prepare(ctx, db.reader); err != nil {
			return err
		}
	}
	db.writer, err = startWriter(ctx, db)
	return err
}

// dsn names the file and what every connection to it is set to. synchronous(FULL) syncs the log on every commit: what
// was acknowledged survives a power cut, not only a crash. secure_delete(1) writes zeros over what is removed: it must not be found in
// the file's bytes.
func dsn(path string, more ...string) string {
	slashed := filepath.ToSlash(path)
	if !strings.HasPrefix(slashed, "/") {
		slashed = "/" + slashed // C:/…
	}
	q := url.Values{"_pragma": append([]string{
		"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)", "journal_size_limit(67108864)",
		"cache_size(-16384)", "trusted_schema(0)", "secure_delete(1)",
	}, more...)}
	return (&url.URL{Scheme: "file", Path: slashed, RawQuery: q.Encode()}).String()
}

// Table is the table called name, which must be one that [Open] was given: it panics otherwise, as an index out of
// range does.
func (db *DB) Table(name string) *Table {
	t := db.tables[name]
	if t == nil {
		panic(fmt.Sprintf("sqlite: no table %q was opened", name))
	}
	return t
}

// Sweep removes expired items now and says how many. The log shows each removal, as DynamoDB's stream does.
func (db *DB) Sweep(ctx context.Context) (int, error) {
	total := 0
	for _, t := range db.tables {
		for {
			r := &request{ctx: ctx, table: t, job: t.removeExpired}
			if err := db.writer.do(r); err != nil {
				return total, unavailable("remove expired items of", t.name, err)
			}
			total += r.count
			if r.count == 0 {
				break
			}
		}
	}
	return total, nil
}

// Close finishes the writes that have been taken, closes the file and lets go of the lock. Calls after it answer
// [ErrClosed] as [fault.Unavailable].
func (db *DB) Close() error {
	db.close.Do(func() {
		var errs []error
		if db.writer != nil {
			db.writer.stop()
		}
		if db.reader != nil {
			errs = append(errs, db.reader.Close())
		}
		if db.writer != nil {
			errs = append(errs, db.truncate())
		}
		if db.pool != nil {
			errs = append(errs, db.pool.Close())
		}
		db.closeErr = errors.Join(append(errs, db.lock.release())...)
	})
	return db.closeErr
}

// truncate empties the write-ahead log, which holds what was removed since its last turn. SQLite does so when the last connection closes;
// here somebody's tool may have the file open. Where that reads just now, the log stays: nothing is lost, and the next Close does it.
func (db *DB) truncate() error {
	for _, s := range []string{"PRAGMA busy_timeout = 500", "PRAGMA wal_checkpoint(TRUNCATE)"} {
		if _, err := db.pool.Exec(s); err != nil {
			return fmt.Errorf("sqlite: empty the log: %w", err)
		}
	}
	return nil
}

// unavailable wraps what the engine can't help. SQLite's messages name tables and columns, never what is in them.
func unavailable(doing, table string, err error) error {
	if err.Error() == "sql: database is closed" { // database/sql has no sentinel for it
		err = ErrClosed
	}
	return fault.Wrap(fault.Unavailable, fmt.Errorf("sqlite: %s %s: %w", doing, table, err),
		"What you asked for can't be reached right now. Please try again in a moment.")
}

var (
	_ table.Table   = (*Table)(nil)
	_ table.Scanner = (*Table)(nil)
	_ table.Log     = (*Table)(nil)
)
