package tabletest

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tellback/tellback/internal/table"
)

func testItems(t *testing.T, e Engine) {
	tb := e.Open(t, NewClock().Now)
	k := key("P#1", "S")
	absent(t, tb, k)

	first := item(k, 0, "first")
	write(t, tb, table.Put(first))
	holds(t, tb, stored(first))
	refused(t, table.ErrConflict, tb, table.Put(item(k, 0, "again")))
	refused(t, table.ErrConflict, tb, table.Put(item(k, 2, "ahead")))
	holds(t, tb, stored(first))

	second := item(k, 1, "second")
	second.Expires = NewClock().Now().Add(time.Hour)
	write(t, tb, table.Put(second))
	holds(t, tb, stored(second))
	refused(t, table.ErrConflict, tb, table.Put(item(k, 1, "late")))

	third := item(k, 2, "an expiry can be taken away")
	write(t, tb, table.Put(third))
	holds(t, tb, stored(third))

	write(t, tb, table.Check(k, 3), table.Check(key("P#1", "none"), 0))
	write(t, tb, table.Check(k, 3))
	write(t, tb, table.Check(key("P#1", "none"), 0))
	refused(t, table.ErrConflict, tb, table.Check(k, 2))
	refused(t, table.ErrConflict, tb, table.Check(k, 0))
	refused(t, table.ErrConflict, tb, table.Check(key("P#1", "none"), 1))

	refused(t, table.ErrConflict, tb, table.Delete(k, 0))
	refused(t, table.ErrConflict, tb, table.Delete(k, 2))
	refused(t, table.ErrConflict, tb, table.Delete(key("P#1", "none"), 1))
	holds(t, tb, stored(third))
	write(t, tb, table.Delete(k, 3))
	absent(t, tb, k)
	refused(t, table.ErrConflict, tb, table.Delete(k, 3))
	write(t, tb, table.Delete(k, 0)) // it must be absent, and is
	write(t, tb, table.Put(first))
	holds(t, tb, stored(first))
	write(t, tb) // nothing to do
}

func testRefusals(t *testing.T, e Engine) {
	tb := e.Open(t, NewClock().Now)
	ctx := context.Background()
	good := item(key("P", "good"), 0, "good")
	long := strings.Repeat("k", table.MaxPart+1)
	var many []table.Op
	for n := range table.MaxOps + 1 {
		many = append(many, table.Put(item(key("P", fmt.Sprint(n)), 0, "one of many")))
	}
	for name, ops := range map[string][]table.Op{
		"empty partition":       {table.Put(item(key("", "s"), 0, ""))},
		"empty sort":            {table.Put(item(key("p", ""), 0, ""))},
		"empty key of a delete": {table.Delete(table.Key{}, 0)},
		"empty key of a check":  {table.Check(table.Key{}, 0)},
		"long partition":        {table.Put(item(key(long, "s"), 0, ""))},
		"long sort":             {table.Put(item(key("p", long), 0, ""))},
		"partition not UTF-8":   {table.Put(item(key("\xff", "s"), 0, ""))},
		"sort not UTF-8":        {table.Put(item(key("p", "\xc3("), 0, ""))},
		"negative version":      {table.Put(item(key("p", "s"), -1, ""))},
		"no body":               {table.Put(table.Item{Key: key("p", "s")})},
		"body not JSON":         {table.Put(table.Item{Key: key("p", "s"), Body: []byte("{")})},
		"body not UTF-8":        {table.Put(table.Item{Key: key("p", "s"), Body: []byte("\"\xff\"")})},
		"unknown action":        {{Action: 7, Item: good}},
		"a key twice":           {table.Put(good), table.Put(good)},
		"a key put and checked": {table.Put(good), table.Check(good.Key, 0)},
		"101 operations":        many,
	} {
		t.Run(name, func(t *testing.T) {
			refused(t, table.ErrInvalid, tb, append([]table.Op{table.Put(item(key("P", "before"), 0, ""))}, ops...)...)
			refused(t, table.ErrInvalid, tb, ops...)
		})
	}
	for name, q := range map[string]table.Query{
		"no partition":         {},
		"prefix and from":      {Partition: "P", Prefix: "a", From: "a"},
		"prefix and to":        {Partition: "P", Prefix: "a", To: "a"},
		"negative limit":       {Partition: "P", Limit: -1},
		"prefix not UTF-8":     {Partition: "P", Prefix: "\xc3"},
		"from too long":        {Partition: "P", From: long},
		"cursor made up":       {Partition: "P", Cursor: "💥"},
		"cursor of nothing":    {Partition: "P", Cursor: "."},
		"other partition":      {Partition: "P", Cursor: key("Q", "s").Cursor()},
		"cursor out of prefix": {Partition: "P", Prefix: "a", Cursor: key("P", "b").Cursor()},
		"cursor before from":   {Partition: "P", From: "b", Cursor: key("P", "a").Cursor()},
		"cursor after to":      {Partition: "P", To: "b", Cursor: key("P", "c").Cursor()},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := tb.Query(ctx, q); !isInvalid(err) {
				t.Fatalf("Query: got %v, want %v", err, table.ErrInvalid)
			}
		})
	}
	if _, err := tb.Get(ctx, table.Key{Partition: "P"}); !isInvalid(err) {
		t.Errorf("Get: got %v, want %v", err, table.ErrInvalid)
	}
	if _, err := tb.(table.Scanner).Scan(ctx, "made up"); !isInvalid(err) {
		t.Errorf("Scan: got %v, want %v", err, table.ErrInvalid)
	}
	if left := scan(t, tb); len(left) != 0 {
		t.Errorf("refused writes left %d items", len(left))
	}
}

func testBatches(t *testing.T, e Engine) {
	tb := e.Open(t, NewClock().Now)
	var puts, next []table.Op
	for n := range table.MaxOps {
		k := key(fmt.Sprintf("P#%d", n%7), fmt.Sprintf("%03d", n))
		puts = append(puts, table.Put(item(k, 0, "one")))
		next = append(next, table.Put(item(k, 1, "two")))
	}
	write(t, tb, puts...)
	for _, op := range puts {
		holds(t, tb, stored(op.Item))
	}

	next[40] = table.Delete(next[40].Item.Key, 1)
	next[41] = table.Check(next[41].Item.Key, 1)
	for _, at := range []int{0, 50, table.MaxOps - 1} {
		for name, broken := range map[string]table.Op{
			"put":    table.Put(item(next[at].Item.Key, 2, "wrong version")),
			"insert": table.Put(item(next[at].Item.Key, 0, "exists")),
			"delete": table.Delete(next[at].Item.Key, 2),
			"check":  table.Check(next[at].Item.Key, 0),
		} {
			t.Run(fmt.Sprintf("nothing of it when the %s at %d fails", name, at), func(t *testing.T) {
				ops := append([]table.Op(nil), next...)
				ops[at] = broken
				refused(t, table.ErrConflict, tb, ops...)
				want := map[table.Key]table.Item{}
				for _, op := range puts {
					want[op.Item.Key] = stored(op.Item)
				}
				if d := diff(want, scan(t, tb)); d != "" {
					t.Fatalf("table (-want +got):\n%s", d)
				}
			})
		}
	}

	write(t, tb, next...)
	absent(t, tb, next[40].Item.Key)
	holds(t, tb, stored(puts[41].Item))
	holds(t, tb, stored(next[42].Item))
}

func testSizes(t *testing.T, e Engine) {
	tb := e.Open(t, NewClock().Now)
	body := func(k table.Key, size int) []byte { // a JSON string that makes the item size bytes large
		return []byte(`"` + strings.Repeat("ñ", (size-len(k.Partition)-len(k.Sort)-102)/2) + `"`)
	}
	k, other := key("P", "large"), key("P", "other")
	largest := table.Item{Key: k, Body: body(k, table.MaxItem)}
	if largest.Size() < table.MaxItem-1 {
		t.Fatalf("the test's largest item is of %d bytes", largest.Size())
	}
	write(t, tb, table.Put(largest))
	holds(t, tb, stored(largest))

	over := table.Item{Key: k, Version: 1, Body: body(k, table.MaxItem+2)}
	refused(t, table.ErrTooLarge, tb, table.Put(over))
	refused(t, table.ErrTooLarge, tb, table.Put(item(other, 0, "small")), table.Put(over))
	huge := table.Item{Key: k, Version: 1, Body: body(k, 10<<20)}
	refused(t, table.ErrTooLarge, tb, table.Put(huge))
	absent(t, tb, other)
	holds(t, tb, stored(largest))

	var ops []table.Op
	for n := range 10 {
		k := key("many", fmt.Sprint(n))
		ops = append(ops, table.Put(table.Item{Key: k, Body: body(k, table.MaxItem)}))
	}
	write(t, tb, ops...) // just under MaxWrite
	for n := range ops {
		ops[n].Item.Version = 1
	}
	ops = append(ops, table.Put(table.Item{Key: other, Body: body(other, table.MaxItem)}))
	refused(t, table.ErrTooLarge, tb, ops...)
	absent(t, tb, other)

	got := all(t, tb, table.Query{Partition: "many", Limit: 1000})
	if len(got) != 10 {
		t.Fatalf("Query: got %d large items, want 10", len(got))
	}
	for n, i := range got {
		if !bytes.Equal(i.Body, ops[n].Item.Body) || i.Version != 1 {
			t.Errorf("Query: large item %d came back changed", n)
		}
	}
}

func testScan(t *testing.T, e Engine) {
	tb := e.Open(t, NewClock().Now)
	want := map[table.Key]table.Item{}
	pad := strings.Repeat("x", 3000) // several pages of any engine
	for batch := range 12 {
		var ops []table.Op
		for n := range table.MaxOps {
			i := item(key(fmt.Sprintf("P#%d", n%13), fmt.Sprintf("%d-%d", batch, n)), 0, pad)
			ops, want[i.Key] = append(ops, table.Put(i)), stored(i)
		}
		write(t, tb, ops...)
	}
	if d := diff(want, scan(t, tb)); d != "" {
		t.Fatalf("Scan (-want +got):\n%s", d)
	}
}

func testExpiry(t *testing.T, e Engine) {
	clock := NewClock()
	tb := e.Open(t, clock.Now)
	soon := clock.Now().Add(time.Minute)
	expiring := func(sort string, version int64) table.Item {
		i := item(key("P", sort), version, sort)
		i.Expires = soon.Add(300 * time.Millisecond) // kept to the second
		return i
	}
	keeps := item(key("P", "keeps"), 0, "keeps")
	write(t, tb, table.Put(expiring("a", 0)), table.Put(expiring("b", 0)), table.Put(expiring("c", 0)), table.Put(expiring("d", 0)), table.Put(keeps))
	write(t, tb, table.Put(expiring("a", 1)))
	holds(t, tb, stored(expiring("a", 1)))

	clock.Advance(59 * time.Second)
	holds(t, tb, stored(expiring("a", 1)))
	write(t, tb, table.Check(key("P", "a"), 2))
	clock.Advance(time.Second)

	absent(t, tb, key("P", "a"))
	want := []table.Item{stored(keeps)}
	for name, q := range map[string]table.Query{
		"forward": {Partition: "P"}, "backward": {Partition: "P", Reverse: true}, "one by one": {Partition: "P", Limit: 1},
	} {
		if d := diff(want, all(t, tb, q)); d != "" {
			t.Errorf("Query %s (-want +got):\n%s", name, d)
		}
	}
	if d := diff(map[table.Key]table.Item{keeps.Key: stored(keeps)}, scan(t, tb)); d != "" {
		t.Errorf("Scan (-want +got):\n%s", d)
	}

	refused(t, table.ErrConflict, tb, table.Check(key("P", "a"), 2))
	refused(t, table.ErrConflict, tb, table.Put(item(key("P", "a"), 2, "too late")))
	refused(t, table.ErrConflict, tb, table.Delete(key("P", "a"), 2))
	refused(t, table.ErrConflict, tb, table.Delete(key("P", "a"), 2), table.Put(item(keeps.Key, 1, "")))
	write(t, tb, table.Check(key("P", "a"), 0), table.Check(keeps.Key, 1))
	write(t, tb, table.Check(key("P", "a"), 0))

	again := item(key("P", "a"), 0, "starts again")
	write(t, tb, table.Put(again))
	holds(t, tb, stored(again))
	inBatch := item(key("P", "b"), 0, "starts again in a batch")
	write(t, tb, table.Put(inBatch), table.Check(keeps.Key, 1))
	holds(t, tb, stored(inBatch))
	write(t, tb, table.Delete(key("P", "c"), 0))
	absent(t, tb, key("P", "c"))

	dead := item(key("P", "dead"), 0, "expired when it was written")
	dead.Expires = clock.Now().Add(-time.Hour)
	write(t, tb, table.Put(dead))
	absent(t, tb, dead.Key)
	dead.Expires = time.Unix(0, 0).Add(-time.Hour)
	write(t, tb, table.Put(dead))
	absent(t, tb, dead.Key)
}
