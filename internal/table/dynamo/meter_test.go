package dynamo_test

import (
	"context"
	"math"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tellback/tellback/internal/table"
	"github.com/tellback/tellback/internal/table/dynamo"
)

// stored is how DynamoDB counts an item: the bytes of all names and values. A number takes a byte for every two digits
// and one more; the mark of a write is 26 characters.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
func stored(i table.Item) int {
	number := func(n int64) int { return (len(strconv.FormatInt(n, 10))+1)/2 + 1 }
	size := len("pk") + len(i.Partition) + len("sk") + len(i.Sort) + len("v") + number(i.Version) + len("body") + len(i.Body) + len("w") + 26
	if !i.Expires.IsZero() {
		size += len("ttl") + number(i.Expires.Unix())
	}
	return size
}

func units(bytes, each int) float64 { return math.Max(1, math.Ceil(float64(bytes)/float64(each))) }

// sized is an item that takes so many bytes when it is stored at version 1.
func sized(k table.Key, bytes int) table.Item {
	i := table.Item{Key: k, Version: 1, Body: []byte(`""`)}
	i.Body = []byte(`"` + strings.Repeat("x", bytes-stored(i)) + `"`)
	i.Version = 0
	return i
}

// The server's figures must be DynamoDB's own rules, or what is measured with them means nothing.
func TestUseIsCountedByTheRules(t *testing.T) {
	ctx := context.Background()
	var used []dynamo.Use
	tb := dynamo.Open(config(endpoint(t), http.DefaultTransport), create(t), time.Now, dynamo.WithMeter(func(u dynamo.Use) { used = append(used, u) }))
	expect := func(what string, read, write float64, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		var r, w float64
		for _, u := range used {
			r, w = r+u.Read, w+u.Write
		}
		if used = nil; r != read || w != write {
			t.Errorf("%s: %v read and %v write units, want %v and %v", what, r, w, read, write)
		}
	}
	get := func(k table.Key) error { _, err := tb.Get(ctx, k); return err }

	absent := table.Key{Partition: "P", Sort: "absent"}
	_ = get(absent)
	expect("get of nothing", 1, 0, nil)
	for _, bytes := range []int{200, 1024, 1025, 2048, 2049, 4096, 4097, 20_000} {
		k := table.Key{Partition: "P#" + strconv.Itoa(bytes), Sort: "s"}
		one, two := sized(k, bytes), sized(table.Key{Partition: k.Partition, Sort: "t"}, bytes)
		expect("put", 0, units(bytes, 1024), tb.Write(ctx, table.Put(one)))
		expect("get", units(bytes, 4096), 0, get(k))
		one.Version = 1
		expect("transaction", 0, 2*units(bytes, 1024)*2, tb.Write(ctx, table.Put(one), table.Put(two)))
		page, err := tb.Query(ctx, table.Query{Partition: k.Partition})
		if len(page.Items) != 2 {
			t.Fatalf("%d items", len(page.Items))
		}
		expect("query of two", units(2*bytes, 4096), 0, err)
		small := sized(k, 200)
		small.Version = 2
		expect("put of less over more", 0, units(bytes, 1024), tb.Write(ctx, table.Put(small)))
		expect("delete", 0, 2*units(bytes, 1024), tb.Write(ctx, table.Delete(two.Key, 1)))
	}
}

// Nothing is asked of DynamoDB that nobody wants to know.
func TestUseIsOnlyAskedForWithAMeter(t *testing.T) {
	var asked int
	s := roundTrip(func(req *http.Request) (*http.Response, error) {
		body, again, err := peek(req)
		if err != nil {
			return nil, err
		}
		if strings.Contains(body, "ReturnConsumedCapacity") {
			asked++
		}
		return http.DefaultTransport.RoundTrip(again)
	})
	name, ctx := create(t), context.Background()
	for want, opts := range [][]dynamo.Option{nil, {dynamo.WithMeter(func(dynamo.Use) {})}} {
		asked = 0
		tb := dynamo.Open(config(endpoint(t), s), name, time.Now, opts...)
		for n, op := range []table.Op{table.Put(sized(table.Key{Partition: "P", Sort: "s"}, 200)), table.Delete(table.Key{Partition: "P", Sort: "s"}, 1)} {
			if err := tb.Write(ctx, op); err != nil {
				t.Fatal(n, err)
			}
		}
		_, _ = tb.Get(ctx, table.Key{Partition: "P", Sort: "s"})
		_, _ = tb.Query(ctx, table.Query{Partition: "P"})
		_, _ = tb.Scan(ctx, "")
		if asked != 5*want {
			t.Errorf("asked %d times, want %d", asked, 5*want)
		}
	}
}

// An item that passes this engine's check must pass DynamoDB's.
func TestSizeIsNeverCountedLowerThanDynamoDBDoes(t *testing.T) {
	far := time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
	for _, version := range []int64{0, 9, 99, math.MaxInt64 - 1} {
		for _, expires := range []time.Time{{}, far} {
			i := table.Item{Key: table.Key{Partition: "ñ", Sort: "s"}, Version: version, Expires: expires, Body: []byte(`"ñandú"`)}
			after := i
			after.Version++
			if i.Size() < stored(after) {
				t.Errorf("version %d: counted as %d bytes, DynamoDB counts %d", version, i.Size(), stored(after))
			}
		}
	}
}
