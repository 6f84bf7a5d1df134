package sqlite_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/table"
	"github.com/tellback/tellback/internal/table/sqlite"
	"github.com/tellback/tellback/internal/table/tabletest"
)

func put(partition, sort string, version int64) table.Op {
	return table.Put(table.Item{Key: table.Key{Partition: partition, Sort: sort}, Version: version, Body: []byte(`{"is":"here"}`)})
}

func write(t testing.TB, tb table.Table, ops ...table.Op) {
	t.Helper()
	if err := tb.Write(context.Background(), ops...); err != nil {
		t.Fatal(err)
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "tellback.db")
	first := open(t, path, time.Now)
	write(t, first.Table("people"), put("P", "s", 0))
	text := filepath.Join(dir, "text.db")
	if err := os.WriteFile(text, []byte(strings.Repeat("not a database at all ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	later := filepath.Join(dir, "later.db")
	raw, err := sql.Open("sqlite", later)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := raw.Exec("PRAGMA user_version = 2"); err != nil {
		t.Fatal(err)
	}
	if err := raw.Close(); err != nil {
		t.Fatal(err)
	}
	fresh := filepath.Join(dir, "fresh.db")
	for name, c := range map[string]struct {
		path   string
		tables []string
		opts   []sqlite.Option
		says   string
	}{
		"a second writer":        {path, []string{"reports"}, nil, "in use"},
		"a file of another kind": {text, []string{"reports"}, nil, "not a database"},
		"a later schema":         {later, []string{"reports"}, nil, "newer program"},
		"a missing folder":       {filepath.Join(dir, "none", "x.db"), []string{"reports"}, nil, "no such file"},
		"a folder":               {dir, []string{"reports"}, nil, "unable to open"},
		"a table with a quote":   {fresh, []string{`a"b`}, nil, "can't be"},
		"a table of SQLite's":    {fresh, []string{"sqlite_master"}, nil, "can't be"},
		"a table like a log":     {fresh, []string{"reports_changes"}, nil, "can't be"},
		"a log of no table":      {fresh, []string{"reports"}, []sqlite.Option{sqlite.WithLog("people")}, "not one of"},
	} {
		t.Run(name, func(t *testing.T) {
			db, err := sqlite.Open(c.path, c.tables, time.Now, c.opts...)
			if err == nil {
				_ = db.Close()
				t.Fatal("Open: no error")
			}
			if !strings.Contains(err.Error(), c.says) || errors.Is(err, sqlite.ErrLocked) != (name == "a second writer") {
				t.Errorf("Open: got %q, want it to say %q", err, c.says)
			}
		})
	}
	if _, err := first.Table("people").Get(context.Background(), table.Key{Partition: "P", Sort: "s"}); err != nil {
		t.Errorf("the first writer after the others were refused: %v", err)
	}
}

func TestOddPaths(t *testing.T) {
	for _, name := range []string{"a b.db", "a?mode=memory.db", "100%.db", "#.db", "é😀.db", "a&b=c;d.db"} {
		path := filepath.Join(t.TempDir(), name)
		db := open(t, path, time.Now)
		write(t, db.Table("people"), put("P", "s", 0))
		if info, err := os.Stat(path); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What the file holds is for anybody's SQLite tool, and it is whole.
func TestFileIsPlainSQLite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tellback.db")
	db := open(t, path, time.Now)
	expires := time.Date(2045, 1, 1, 0, 0, 0, 0, time.UTC)
	write(t, db.Table("reports"), table.Put(table.Item{Key: table.Key{Partition: "R#1", Sort: "REV"}, Body: []byte(`{"answer":{"n":4}}`), Expires: expires}))
	raw, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = raw.Close() }()
	for query, want := range map[string]string{
		`SELECT "partition" || ' ' || "sort" || ' ' || version || ' ' || datetime(expires, 'unixepoch') || ' ' || (body ->> '$.answer.n') FROM reports`: "R#1 REV 1 2045-01-01 00:00:00 4",
		`SELECT sequence || ' ' || typeof(old_body) || ' ' || new_body FROM reports_changes`:                                                            `1 null {"answer":{"n":4}}`,
		`PRAGMA journal_mode`:    "wal",
		`PRAGMA integrity_check`: "ok",
		`SELECT count(*) FROM sqlite_schema WHERE name = 'people_changes'`: "0",
	} {
		var got string
		if err := raw.QueryRow(query).Scan(&got); err != nil || got != want {
			t.Errorf("%s: got %q, %v, want %q", query, got, err, want)
		}
	}
}

// What was removed is in no byte of the files, once they are closed: not where another program has them open either.
func TestWhatIsRemovedIsGoneFromTheBytes(t *testing.T) {
	ctx, dir, clock := context.Background(), t.TempDir(), time.Now()
	path := filepath.Join(dir, "tellback.db")
	db, err := sqlite.Open(path, []string{"reports"}, func() time.Time { return clock }, sqlite.WithLog("reports"))
	if err != nil {
		t.Fatal(err)
	}
	reports := db.Table("reports")
	long := strings.Repeat("CANARY-7 ", 3000) // several pages
	for n := range 40 {
		for _, body := range []string{`"CANARY-7"`, `"` + long + `"`} {
			k := table.Key{Partition: fmt.Sprintf("R#%d", n), Sort: fmt.Sprint(len(body))}
			write(t, reports, table.Put(table.Item{Key: k, Body: []byte(body)}))
			write(t, reports, table.Delete(k, 1))
		}
	}
	clock = clock.Add(48 * time.Hour)
	write(t, reports, put("P", "s", 0))
	changes, err := reports.Changes(ctx, "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	if err := reports.Trim(ctx, changes[len(changes)-1].Sequence); err != nil {
		t.Fatal(err)
	}
	raw, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = raw.Close() }()
	var n int
	if err := raw.QueryRow(`SELECT count(*) FROM reports`).Scan(&n); err != nil || n != 1 {
		t.Fatalf("%d items, %v", n, err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path, path + "-wal"} {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if n := bytes.Count(content, []byte("CANARY-7")); n > 0 {
			t.Errorf("%s: %d times", filepath.Base(name), n)
		}
	}
}

func TestClosed(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "tellback.db")
	db, err := sqlite.Open(path, []string{"reports"}, time.Now, sqlite.WithLog("reports"))
	if err != nil {
		t.Fatal(err)
	}
	tb := db.Table("reports")
	var mu sync.Mutex
	var written []table.Key
	var wg sync.WaitGroup
	for w := range 16 {
		wg.Go(func() {
			for n := 0; ; n++ {
				op := put(fmt.Sprint("P#", w), fmt.Sprint(n), 0)
				if err := tb.Write(ctx, op); err != nil {
					if !errors.Is(err, sqlite.ErrClosed) || fault.KindOf(err) != fault.Unavailable {
						t.Errorf("Write: got %v, want %v", err, sqlite.ErrClosed)
					}
					return
				}
				mu.Lock()
				written = append(written, op.Item.Key)
				mu.Unlock()
			}
		})
	}
	for enough := false; !enough; time.Sleep(time.Millisecond) {
		mu.Lock()
		enough = len(written) > 100
		mu.Unlock()
	}
	for range 2 {
		if err := db.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
	wg.Wait()
	_, errGet := tb.Get(ctx, table.Key{Partition: "P", Sort: "s"})
	_, errQuery := tb.Query(ctx, table.Query{Partition: "P"})
	_, errScan := tb.Scan(ctx, "")
	_, errChanges := tb.Changes(ctx, "", 1)
	_, errSweep := db.Sweep(ctx)
	for name, err := range map[string]error{
		"Get": errGet, "Query": errQuery, "Scan": errScan, "Changes": errChanges, "Sweep": errSweep,
		"Write": tb.Write(ctx, put("P", "s", 0)), "Trim": tb.Trim(ctx, "1"),
	} {
		if !errors.Is(err, sqlite.ErrClosed) || fault.KindOf(err) != fault.Unavailable {
			t.Errorf("%s: got %v, want %v", name, err, sqlite.ErrClosed)
		}
	}
	again := open(t, path, time.Now)
	for _, k := range written {
		if _, err := again.Table("reports").Get(ctx, k); err != nil {
			t.Fatalf("an acknowledged write after closing: %v", err)
		}
	}
}

func TestSweepRemovesExpired(t *testing.T) {
	ctx, clock := context.Background(), tabletest.NewClock()
	path := filepath.Join(t.TempDir(), "tellback.db")
	db := open(t, path, clock.Now, sqlite.WithSweep(0))
	const expiring = 1200 // more than one portion
	for _, name := range []string{"reports", "people"} {
		var ops []table.Op
		for n := range expiring {
			op := put(fmt.Sprint("P#", n%9), fmt.Sprint(n), 0)
			op.Item.Expires = clock.Now().Add(time.Duration(n%2) * time.Second)
			if ops = append(ops, op); len(ops) == table.MaxOps {
				write(t, db.Table(name), ops...)
				ops = nil
			}
		}
		write(t, db.Table(name), put("P", "keeps", 0))
	}
	for _, want := range []int{expiring, expiring, 0} { // half of each table is of this second
		if got, err := db.Sweep(ctx); err != nil || got != want {
			t.Errorf("Sweep: got %d, %v, want %d", got, err, want)
		}
		clock.Advance(time.Second)
	}
	var removed int
	left := map[table.Key]bool{}
	for position, more := "", true; more; {
		changes, err := db.Table("reports").Changes(ctx, position, 1000)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range changes {
			if position = c.Sequence; c.New != nil {
				left[c.New.Key] = true
				continue
			}
			removed++
			delete(left, c.Old.Key)
		}
		more = len(changes) > 0
	}
	if d := cmp.Diff(map[table.Key]bool{{Partition: "P", Sort: "keeps"}: true}, left); removed != expiring || d != "" {
		t.Errorf("the log shows %d removals, want %d; left (-want +got):\n%s", removed, expiring, d)
	}
	raw, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = raw.Close() }()
	var rows int
	if err := raw.QueryRow("SELECT (SELECT count(*) FROM reports) + (SELECT count(*) FROM people)").Scan(&rows); err != nil || rows != 2 {
		t.Errorf("%d rows left, %v, want 2", rows, err)
	}
}

// The writer sweeps by itself too; only that it comes to it is tested, not when.
func TestWriterSweeps(t *testing.T) {
	clock := tabletest.NewClock()
	db := open(t, filepath.Join(t.TempDir(), "tellback.db"), clock.Now, sqlite.WithSweep(time.Millisecond))
	op := put("P", "s", 0)
	op.Item.Expires = clock.Now().Add(time.Hour)
	write(t, db.Table("reports"), op)
	clock.Advance(2 * time.Hour)
	for {
		changes, err := db.Table("reports").Changes(t.Context(), "1", 10)
		if err != nil {
			t.Fatal(err)
		}
		if len(changes) == 1 && changes[0].New == nil {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

func TestTrim(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "tellback.db")
	db, err := sqlite.Open(path, []string{"reports", "people"}, time.Now, sqlite.WithLog("reports"))
	if err != nil {
		t.Fatal(err)
	}
	for n := range 12 {
		var ops []table.Op
		for m := range table.MaxOps {
			ops = append(ops, put(fmt.Sprint(n), fmt.Sprint(m), 0))
		}
		write(t, db.Table("reports"), ops...)
	}
	sequences := func(after string) (s []string) {
		changes, err := db.Table("reports").Changes(ctx, after, 3)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range changes {
			s = append(s, c.Sequence)
		}
		return s
	}
	check := func(what string, want, got []string) {
		t.Helper()
		if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
			t.Errorf("%s (-want +got):\n%s", what, d)
		}
	}
	trim := func(before string) {
		t.Helper()
		if err := db.Table("reports").Trim(ctx, before); err != nil {
			t.Fatal(err)
		}
	}
	trim("") // nothing
	check("untouched", []string{"1", "2", "3"}, sequences(""))
	trim("1100")
	check("from the oldest kept", []string{"1100", "1101", "1102"}, sequences(""))
	check("after the last that was trimmed", []string{"1100", "1101", "1102"}, sequences("1099"))
	if _, err := db.Table("reports").Changes(ctx, "1098", 3); !errors.Is(err, table.ErrTrimmed) {
		t.Errorf("Changes after what is gone: got %v, want %v", err, table.ErrTrimmed)
	}
	trim("9000000")
	check("the newest stays", []string{"1200"}, sequences(""))
	check("at the end", nil, sequences("1200"))
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db = open(t, path, time.Now)
	write(t, db.Table("reports"), put("P", "later", 0))
	check("numbered on after reopening", []string{"1201"}, sequences("1200"))

	for _, bad := range []string{"-1", "x", "1.5", "99999999999999999999999", " 1"} {
		if _, err := db.Table("reports").Changes(ctx, bad, 1); !errors.Is(err, table.ErrInvalid) {
			t.Errorf("Changes after %q: got %v, want %v", bad, err, table.ErrInvalid)
		}
	}
	if _, err := db.Table("people").Changes(ctx, "", 1); !errors.Is(err, table.ErrInvalid) {
		t.Errorf("Changes of a table without a log: got %v, want %v", err, table.ErrInvalid)
	}
}
