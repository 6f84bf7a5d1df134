// Package tabletest is the conformance suite of the storage port: an engine is done when it passes [Run].
package tabletest

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/table"
)

// Engine is what the suite is run against.
type Engine struct {
	// Open makes an empty table whose clock is now. It ends with the test.
	Open func(t testing.TB, now func() time.Time) table.Table
	// Log is the change log of a table that Open made. It covers every change since then.
	Log func(t testing.TB, tb table.Table) table.Log
	// Reopen opens the table kept in a folder, with its log, creating it the first time. Nil for an engine whose
	// durability is another system's promise. An engine that has it calls [Child] in TestMain.
	Reopen func(dir string, now func() time.Time) (table.Table, table.Log, io.Closer, error)
}

// Run runs the whole suite.
func Run(t *testing.T, e Engine) {
	for _, group := range []struct {
		name string
		run  func(*testing.T, Engine)
	}{
		{"items", testItems},
		{"refusals", testRefusals},
		{"batches", testBatches},
		{"queries", testQueries},
		{"pages", testPages},
		{"hostile keys", testHostileKeys},
		{"sizes", testSizes},
		{"scan", testScan},
		{"expiry", testExpiry},
		{"change log", testLog},
		{"races", testRaces},
		{"cancellation", testCancellation},
		{"model", testModel},
	} {
		t.Run(group.name, func(t *testing.T) { group.run(t, e) })
	}
	if e.Reopen != nil {
		t.Run("kill -9", func(t *testing.T) { testKill(t, e) })
	}
}

// Clock is a clock that the tests move. It starts in a year that no server's own expiry will reach soon.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock starts a clock.
func NewClock() *Clock {
	return &Clock{now: time.Date(2040, 2, 29, 23, 59, 58, 0, time.UTC)}
}

// Now is the clock's time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// failer is what the helpers need of *testing.T and *rapid.T.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// diff is cmp.Diff with bodies as text: readable, and quick for large ones.
func diff(want, got any, opts ...cmp.Option) string {
	return cmp.Diff(want, got, append(opts, cmp.Transformer("text", func(b []byte) string { return string(b) }))...)
}

func key(partition, sort string) table.Key { return table.Key{Partition: partition, Sort: sort} }

// item is an item with a small JSON body that holds text.
func item(k table.Key, version int64, text string) table.Item {
	body, err := json.Marshal(map[string]string{"text": text})
	if err != nil {
		panic(err) // a map of strings
	}
	return table.Item{Key: k, Version: version, Body: body}
}

// stored is i as it is read back after it was put.
func stored(i table.Item) table.Item {
	i.Version++
	if !i.Expires.IsZero() {
		i.Expires = i.Expires.Truncate(time.Second).UTC()
	}
	return i
}

func write(t failer, tb table.Table, ops ...table.Op) {
	t.Helper()
	if err := tb.Write(context.Background(), ops...); err != nil {
		t.Fatalf("Write: %v", err)
	}
}

// refused writes and wants exactly that refusal, not one that the edge would take for an outage.
func refused(t failer, want error, tb table.Table, ops ...table.Op) {
	t.Helper()
	err := tb.Write(context.Background(), ops...)
	if !errors.Is(err, want) || fault.KindOf(err) == fault.Unavailable {
		t.Fatalf("Write: got %v, want %v", err, want)
	}
}

// holds wants want to be what is stored under its key.
func holds(t failer, tb table.Table, want table.Item) {
	t.Helper()
	got, err := tb.Get(context.Background(), want.Key)
	if err != nil {
		t.Fatalf("Get: %v", err)
	}
	if d := diff(want, got); d != "" {
		t.Fatalf("Get (-want +got):\n%s", d)
	}
}

func absent(t failer, tb table.Table, k table.Key) {
	t.Helper()
	if got, err := tb.Get(context.Background(), k); !errors.Is(err, table.ErrNotFound) || fault.KindOf(err) == fault.Unavailable {
		t.Fatalf("Get: got version %d, %v, want %v", got.Version, err, table.ErrNotFound)
	}
}

// all reads every page of q.
func all(t failer, tb table.Table, q table.Query) (items []table.Item) {
	t.Helper()
	for range 100_000 {
		page, err := tb.Query(context.Background(), q)
		if err != nil {
			t.Fatalf("Query: %v", err)
		}
		if len(page.Items) > q.PageSize() {
			t.Fatalf("Query: a page of %d items, limit %d", len(page.Items), q.PageSize())
		}
		items = append(items, page.Items...)
		if page.Next == "" {
			return items
		}
		q.Cursor = page.Next
	}
	t.Fatalf("Query: the pages don't end")
	return nil
}

// scan reads the whole table, by key.
func scan(t failer, tb table.Table) map[table.Key]table.Item {
	t.Helper()
	items := map[table.Key]table.Item{}
	for cursor := ""; ; {
		page, err := tb.(table.Scanner).Scan(context.Background(), cursor)
		if err != nil {
			t.Fatalf("Scan: %v", err)
		}
		for _, i := range page.Items {
			if _, twice := items[i.Key]; twice {
				t.Fatalf("Scan: an item came twice")
			}
			items[i.Key] = i
		}
		if cursor = page.Next; cursor == "" {
			return items
		}
	}
}

func sorts(items []table.Item) []string {
	var s []string
	for _, i := range items {
		s = append(s, i.Sort)
	}
	return s
}
