package tabletest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/tellback/tellback/internal/table"
)

const racers = 16

func testRaces(t *testing.T, e Engine) {
	t.Run("one item", func(t *testing.T) { raceOneItem(t, e.Open(t, NewClock().Now)) })
	t.Run("first to insert", func(t *testing.T) { raceInsert(t, e.Open(t, NewClock().Now)) })
	t.Run("distinct items", func(t *testing.T) { raceDistinct(t, e.Open(t, NewClock().Now)) })
	t.Run("moves between items", func(t *testing.T) { raceMoves(t, e.Open(t, NewClock().Now)) })
}

// race runs f in every racer and reports the first error of each.
func race(t *testing.T, f func(racer int) error) {
	t.Helper()
	var wg sync.WaitGroup
	for r := range racers {
		wg.Go(func() {
			if err := f(r); err != nil {
				t.Errorf("racer %d: %v", r, err)
			}
		})
	}
	wg.Wait()
}

func number(i table.Item) (n int) {
	if err := json.Unmarshal(i.Body, &n); err != nil {
		return -1_000_000
	}
	return n
}

func numbered(k table.Key, version int64, n int) table.Item {
	return table.Item{Key: k, Version: version, Body: []byte(fmt.Sprint(n))}
}

// swap reads the items at keys, changes their numbers and writes them all, until nobody comes in between.
func swap(tb table.Table, change func(n []int), keys ...table.Key) error {
	ctx := context.Background()
	for {
		ops, numbers := make([]table.Op, len(keys)), make([]int, len(keys))
		for n, k := range keys {
			i, err := tb.Get(ctx, k)
			if err != nil && !errors.Is(err, table.ErrNotFound) {
				return err
			}
			if err == nil {
				numbers[n] = number(i)
			}
			ops[n].Item.Key, ops[n].Item.Version = k, i.Version
		}
		change(numbers)
		for n := range ops {
			ops[n] = table.Put(numbered(keys[n], ops[n].Item.Version, numbers[n]))
		}
		if err := tb.Write(ctx, ops...); !errors.Is(err, table.ErrConflict) {
			return err
		}
	}
}

func raceOneItem(t *testing.T, tb table.Table) {
	const each = 12
	k := key("P", "contested")
	race(t, func(int) error {
		for range each {
			if err := swap(tb, func(n []int) { n[0]++ }, k); err != nil {
				return err
			}
		}
		return nil
	})
	holds(t, tb, numbered(k, racers*each, racers*each))
}

func raceInsert(t *testing.T, tb table.Table) {
	const rounds = 12
	var mu sync.Mutex
	won := map[int]int{} // round → racer
	race(t, func(r int) error {
		for round := range rounds {
			err := tb.Write(context.Background(), table.Put(numbered(key("P", fmt.Sprint(round)), 0, r)))
			if errors.Is(err, table.ErrConflict) {
				continue
			}
			if err != nil {
				return err
			}
			mu.Lock()
			if other, twice := won[round]; twice {
				t.Errorf("round %d was won by racers %d and %d", round, other, r)
			}
			won[round] = r
			mu.Unlock()
		}
		return nil
	})
	for round := range rounds {
		holds(t, tb, numbered(key("P", fmt.Sprint(round)), 1, won[round]))
	}
}

func raceDistinct(t *testing.T, tb table.Table) {
	const each = 12
	race(t, func(r int) error {
		for n := range each {
			i := numbered(key(fmt.Sprint("P#", r), "own"), int64(n), n)
			other := numbered(key("shared", fmt.Sprintf("%02d-%02d", r, n)), 0, r)
			if err := tb.Write(context.Background(), table.Put(i), table.Put(other)); err != nil {
				return err // nobody else writes these: no conflict either
			}
			got, err := tb.Get(context.Background(), i.Key)
			if err != nil {
				return err
			}
			if got.Version != i.Version+1 || number(got) != n {
				return fmt.Errorf("read after write: version %d, want %d", got.Version, i.Version+1)
			}
			page, err := tb.Query(context.Background(), table.Query{Partition: "shared", Prefix: other.Sort})
			if err != nil || len(page.Items) != 1 {
				return fmt.Errorf("query after write: %d items, %w", len(page.Items), err)
			}
		}
		return nil
	})
	if got := len(all(t, tb, table.Query{Partition: "shared"})); got != racers*each {
		t.Errorf("%d items, want %d", got, racers*each)
	}
}

// raceMoves moves ones between six items, two at a time, in either order: their sum stays nothing.
func raceMoves(t *testing.T, tb table.Table) {
	const each, items = 8, 6
	race(t, func(r int) error {
		random := rand.New(rand.NewPCG(1, uint64(r)))
		for range each {
			from := random.IntN(items)
			to := (from + 1 + random.IntN(items-1)) % items
			a, b := key(fmt.Sprint("P#", from), "account"), key(fmt.Sprint("P#", to), "account")
			if err := swap(tb, func(n []int) { n[0]--; n[1]++ }, a, b); err != nil {
				return err
			}
		}
		return nil
	})
	sum, versions := 0, int64(0)
	for _, i := range scan(t, tb) {
		sum, versions = sum+number(i), versions+i.Version
	}
	if sum != 0 || versions != racers*each*2 {
		t.Errorf("sum %d, want 0; %d writes, want %d", sum, versions, racers*each*2)
	}
}

func testCancellation(t *testing.T, e Engine) {
	tb := e.Open(t, NewClock().Now)
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	i := item(key("P", "s"), 0, "")
	if err := tb.Write(ended, table.Put(i)); !errors.Is(err, context.Canceled) {
		t.Errorf("Write: got %v, want %v", err, context.Canceled)
	}
	if _, err := tb.Get(ended, i.Key); !errors.Is(err, context.Canceled) {
		t.Errorf("Get: got %v, want %v", err, context.Canceled)
	}
	if _, err := tb.Query(ended, table.Query{Partition: "P"}); !errors.Is(err, context.Canceled) {
		t.Errorf("Query: got %v, want %v", err, context.Canceled)
	}
	if _, err := tb.(table.Scanner).Scan(ended, ""); !errors.Is(err, context.Canceled) {
		t.Errorf("Scan: got %v, want %v", err, context.Canceled)
	}
	absent(t, tb, i.Key)
	race(t, func(r int) error { return cancelWrites(tb, r) })
}

// cancelWrites cancels batches at any moment. Each checks a fence; once the fence is put nothing of a batch can come
// any more, and what is there must be all of it or nothing.
func cancelWrites(tb table.Table, racer int) error {
	ctx := context.Background()
	random := rand.New(rand.NewPCG(2, uint64(racer)))
	for n := range 8 {
		p := fmt.Sprintf("P#%d#%d", racer, n)
		fence := key(p, "fence")
		ops := []table.Op{table.Check(fence, 0)}
		for part := range 5 {
			ops = append(ops, table.Put(item(key(p, fmt.Sprint("part", part)), 0, p)))
		}
		soon, cancel := context.WithTimeout(ctx, time.Duration(random.IntN(8000))*time.Microsecond)
		written := tb.Write(soon, ops...)
		cancel()
		for n := range ops {
			ops[n] = table.Op{} // the caller's slice is the caller's again
		}
		if err := tb.Write(ctx, table.Put(item(fence, 0, "fence"))); err != nil {
			return fmt.Errorf("put the fence: %w", err)
		}
		page, err := tb.Query(ctx, table.Query{Partition: p, Prefix: "part"})
		if err != nil {
			return err
		}
		switch got := len(page.Items); {
		case written == nil && got != 5:
			return fmt.Errorf("an acknowledged batch left %d of 5 items", got)
		case written != nil && !errors.Is(written, context.DeadlineExceeded):
			return fmt.Errorf("a cancelled batch answered: %w", written)
		case got != 0 && got != 5:
			return fmt.Errorf("a cancelled batch left %d of 5 items", got)
		}
	}
	return nil
}
