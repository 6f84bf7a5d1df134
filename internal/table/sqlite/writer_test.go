package sqlite

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/table"
)

func openOne(t *testing.T) (*DB, *Table) {
	t.Helper()
	db, err := Open(filepath.Join(t.TempDir(), "tellback.db"), []string{"reports"}, time.Now, WithLog("reports"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return db, db.Table("reports")
}

func sized(sort string, size int) table.Op {
	return table.Put(table.Item{Key: table.Key{Partition: "P", Sort: sort}, Body: []byte(`"` + string(bytes.Repeat([]byte("x"), size)) + `"`)})
}

// together has all of ops written in one transaction: it holds the writer until all of them wait.
func together(t *testing.T, db *DB, tb *Table, ops ...table.Op) []error {
	t.Helper()
	held, release := hold(t, db, tb)
	<-held
	errs := make([]error, len(ops))
	var wg sync.WaitGroup
	for n, op := range ops {
		wg.Go(func() { errs[n] = tb.Write(context.Background(), op) })
	}
	for len(db.writer.queue) < len(ops) {
		time.Sleep(time.Millisecond)
	}
	close(release)
	wg.Wait()
	return errs
}

// hold gives the writer a job that lasts until release is closed; held is closed when it has begun.
func hold(t *testing.T, db *DB, tb *Table) (held, release chan struct{}) {
	held, release = make(chan struct{}), make(chan struct{})
	go func() {
		r := &request{ctx: context.Background(), table: tb, job: func(context.Context, *statements, *request) error {
			close(held)
			<-release
			return nil
		}}
		if err := db.writer.do(r); err != nil {
			t.Errorf("the job: %v", err)
		}
	}()
	return held, release
}

func TestConflictsOfOneTransactionAreTheirOwn(t *testing.T) {
	db, tb := openOne(t)
	var ops []table.Op
	for range 40 {
		ops = append(ops, sized("contested", 1))
	}
	for n := range 40 {
		ops = append(ops, sized(fmt.Sprint(n), 1))
	}
	won := 0
	for n, err := range together(t, db, tb, ops...) {
		switch {
		case err == nil && n < 40:
			won++
		case n < 40 && !errors.Is(err, table.ErrConflict), n >= 40 && err != nil:
			t.Errorf("write %d: %v", n, err)
		}
	}
	if won != 1 {
		t.Errorf("%d won the contested item, want 1", won)
	}
	if changes, err := tb.Changes(context.Background(), "", 1000); err != nil || len(changes) != 41 {
		t.Errorf("%d changes, %v, want 41", len(changes), err)
	}
}

func TestFullDisk(t *testing.T) {
	db, tb := openOne(t)
	ctx := context.Background()
	pages := func(most string) {
		t.Helper()
		r := &request{ctx: ctx, table: tb, job: func(ctx context.Context, _ *statements, _ *request) error {
			_, err := db.writer.conn.ExecContext(ctx, "PRAGMA max_page_count = "+most)
			return err
		}}
		if err := db.writer.do(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := tb.Write(ctx, sized("before", 10)); err != nil {
		t.Fatal(err)
	}
	pages("30")
	errs := together(t, db, tb, sized("large", 300<<10), sized("small", 10), sized("larger", 390<<10))
	for n, err := range errs {
		full := n != 1 // the small one fits, and must not suffer for the others
		if full && (fault.KindOf(err) != fault.Unavailable || errors.Is(err, table.ErrConflict)) || !full && err != nil {
			t.Errorf("write %d: %v", n, err)
		}
	}
	pages("1000000")
	for sort, there := range map[string]bool{"before": true, "small": true, "large": false, "larger": false} {
		if _, err := tb.Get(ctx, table.Key{Partition: "P", Sort: sort}); errors.Is(err, table.ErrNotFound) == there {
			t.Errorf("%s: got %v", sort, err)
		}
	}
	if err := tb.Write(ctx, sized("large", 300<<10)); err != nil {
		t.Errorf("once there is room again: %v", err)
	}
	if changes, err := tb.Changes(ctx, "", 10); err != nil || len(changes) != 3 {
		t.Errorf("%d changes, %v, want 3", len(changes), err)
	}
}

func TestCancelledWhileItWaits(t *testing.T) {
	db, tb := openOne(t)
	held, release := hold(t, db, tb)
	<-held
	ctx, cancel := context.WithCancel(context.Background())
	answered := make(chan error)
	go func() { answered <- tb.Write(ctx, sized("cancelled", 1)) }()
	for len(db.writer.queue) == 0 {
		time.Sleep(time.Millisecond)
	}
	cancel()
	if err := <-answered; !errors.Is(err, context.Canceled) { // while the writer is still held
		t.Errorf("Write: got %v, want %v", err, context.Canceled)
	}
	close(release)
	if err := tb.Write(context.Background(), sized("after", 1)); err != nil {
		t.Fatal(err)
	}
	if _, err := tb.Get(context.Background(), table.Key{Partition: "P", Sort: "cancelled"}); !errors.Is(err, table.ErrNotFound) {
		t.Errorf("Get: got %v, want %v", err, table.ErrNotFound)
	}
}

// A reader of one partition sees a transaction whole or not at all.
func TestQueriesSeeWholeTransactions(t *testing.T) {
	_, tb := openOne(t)
	ctx, done := context.Background(), make(chan struct{})
	go func() {
		defer close(done)
		for n := range int64(150) {
			a, b := sized("a", int(n)), sized("b", int(n))
			a.Item.Version, b.Item.Version = n, n
			if err := tb.Write(ctx, a, b); err != nil {
				t.Errorf("Write: %v", err)
				return
			}
		}
	}()
	for {
		page, err := tb.Query(ctx, table.Query{Partition: "P"})
		if err != nil {
			t.Fatal(err)
		}
		if n := len(page.Items); n == 1 || n == 2 && page.Items[0].Version != page.Items[1].Version {
			t.Fatal("a transaction was seen in part")
		}
		select {
		case <-done:
			return
		default:
		}
	}
}

// What was acknowledged must have been synced: that is a setting of the writer's connection, so it is looked at there.
func TestWriterSyncs(t *testing.T) {
	db, tb := openOne(t)
	r := &request{ctx: context.Background(), table: tb, job: func(ctx context.Context, _ *statements, _ *request) error {
		for pragma, want := range map[string]string{"synchronous": "2", "journal_mode": "wal", "busy_timeout": "10000"} {
			var got string
			if err := db.writer.conn.QueryRowContext(ctx, "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
				t.Errorf("%s: got %q, %v, want %q", pragma, got, err, want)
			}
		}
		return nil
	}}
	if err := db.writer.do(r); err != nil {
		t.Fatal(err)
	}
}
