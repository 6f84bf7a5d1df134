package tabletest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tellback/tellback/internal/table"
	"github.com/tellback/tellback/internal/table/stream"
)

// changes reads the log from a position to its end, in steps of limit.
func changes(t failer, l table.Log, after string, limit int) (read []table.Change) {
	t.Helper()
	for {
		some, err := l.Changes(context.Background(), after, limit)
		if err != nil {
			t.Fatalf("Changes: %v", err)
		}
		if len(some) > limit {
			t.Fatalf("Changes: got %d, limit %d", len(some), limit)
		}
		if len(some) == 0 {
			return read
		}
		for _, c := range some {
			if after != "" && stream.Compare(c.Sequence, after) <= 0 {
				t.Fatalf("Changes: %s comes after %s", c.Sequence, after)
			}
			if c.At.IsZero() || c.Old == nil && c.New == nil || c.Old != nil && c.New != nil && c.Old.Key != c.New.Key {
				t.Fatalf("Changes: %s is not a change of one item", c.Sequence)
			}
			after = c.Sequence
		}
		read = append(read, some...)
	}
}

// replay applies the changes to nothing, and wants each old image to be what the changes before it left.
func replay(t failer, read []table.Change) map[table.Key]table.Item {
	t.Helper()
	items := map[table.Key]table.Item{}
	for _, c := range read {
		k := keyOf(c)
		var had *table.Item
		if i, ok := items[k]; ok {
			had = &i
		}
		if d := diff(had, c.Old); d != "" {
			t.Fatalf("Changes: %s's old image is not what was there (-there +old):\n%s", c.Sequence, d)
		}
		if delete(items, k); c.New != nil {
			items[k] = *c.New
		}
	}
	return items
}

func keyOf(c table.Change) table.Key {
	if c.New != nil {
		return c.New.Key
	}
	return c.Old.Key
}

func testLog(t *testing.T, e Engine) {
	clock := NewClock()
	tb := e.Open(t, clock.Now)
	l := e.Log(t, tb)
	if got := changes(t, l, "", 10); len(got) != 0 {
		t.Fatalf("a new table has %d changes", len(got))
	}

	a, b, c := key("P", "a"), key("P", "b"), key("Q", "😀\x00")
	a1, b1, c1 := item(a, 0, "a1"), item(b, 0, "b1"), item(c, 0, "c1")
	a2, a3 := item(a, 1, "a2"), item(a, 2, "a3")
	b1.Expires = clock.Now().Add(time.Minute)
	write(t, tb, table.Put(a1))
	write(t, tb, table.Put(b1))
	write(t, tb, table.Put(a2), table.Check(b, 1)) // a check is no change
	refused(t, table.ErrConflict, tb, table.Put(c1), table.Delete(a, 1))
	write(t, tb, table.Put(c1))
	write(t, tb, table.Put(a3))
	write(t, tb, table.Delete(c, 1))
	write(t, tb, table.Delete(c, 0)) // nothing was there
	image := func(i table.Item) *table.Item { i = stored(i); return &i }
	want := []table.Change{
		{New: image(a1)},
		{New: image(b1)},
		{Old: image(a1), New: image(a2)},
		{New: image(c1)},
		{Old: image(a2), New: image(a3)},
		{Old: image(c1)},
	}
	got := changes(t, l, "", 100)
	if d := diff(want, got, cmpopts.IgnoreFields(table.Change{}, "Sequence", "At")); d != "" {
		t.Fatalf("Changes (-want +got):\n%s", d)
	}
	for n := range got { // from every position, in steps of every size
		for limit := 1; limit <= len(got)+1; limit++ {
			if d := diff(got[n+1:], changes(t, l, got[n].Sequence, limit), cmpopts.EquateEmpty()); d != "" {
				t.Fatalf("Changes after number %d (-want +got):\n%s", n, d)
			}
		}
	}

	// Over an expired item: whether the engine shows its removal or not, the images must follow one another.
	clock.Advance(2 * time.Minute)
	write(t, tb, table.Put(item(b, 0, "b again")))
	write(t, tb, table.Delete(b, 1))
	read := changes(t, l, "", 3)
	if d := diff(scan(t, tb), replay(t, read)); d != "" {
		t.Fatalf("the log replayed (-table +log):\n%s", d)
	}
	t.Run("many writers", func(t *testing.T) { testLogOfMany(t, tb, l) })
}

// testLogOfMany writes from many goroutines while a reader follows the log.
func testLogOfMany(t *testing.T, tb table.Table, l table.Log) {
	const writers, writes = 8, 12
	before := changes(t, l, "", 100)
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for n := range writes {
				own, pair := key(fmt.Sprintf("W#%d", w), "own"), key(fmt.Sprintf("W#%d", w), fmt.Sprint(n))
				if err := tb.Write(context.Background(), table.Put(item(own, int64(n), fmt.Sprint(n))), table.Put(item(pair, 0, ""))); err != nil {
					t.Errorf("Write: %v", err)
					return
				}
			}
		})
	}
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	position, followed := "", []table.Change(nil)
	for ended := false; !ended; {
		select {
		case <-done:
			ended = true // and read what is left
		default:
		}
		some := changes(t, l, position, 7)
		if followed = append(followed, some...); len(some) > 0 {
			position = some[len(some)-1].Sequence
		}
	}
	if d := diff(changes(t, l, "", 100), followed); d != "" {
		t.Fatalf("followed while it was written (-log +followed):\n%s", d)
	}
	if got, want := len(followed)-len(before), writers*writes*2; got != want {
		t.Errorf("%d changes, want %d", got, want)
	}
	if d := diff(scan(t, tb), replay(t, followed)); d != "" {
		t.Fatalf("the log replayed (-table +log):\n%s", d)
	}
	sequences := map[string]bool{}
	for _, c := range followed {
		sequences[c.Sequence] = true
	}
	if len(sequences) != len(followed) || !slices.IsSortedFunc(followed, func(a, b table.Change) int { return stream.Compare(a.Sequence, b.Sequence) }) {
		t.Errorf("sequence numbers repeat or are out of order")
	}
}
