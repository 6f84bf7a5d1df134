package tabletest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/table"
)

func isInvalid(err error) bool {
	return errors.Is(err, table.ErrInvalid) && fault.KindOf(err) != fault.Unavailable
}

// fill puts one item per sort key into partition P, and others around it that no query may show.
func fill(t *testing.T, tb table.Table, keys []string) {
	t.Helper()
	var ops []table.Op
	flush := func() { write(t, tb, ops...); ops = nil }
	for _, s := range keys {
		for _, p := range []string{"P", "P#", "O", "p"} {
			if ops = append(ops, table.Put(item(key(p, s), 0, p+s))); len(ops) == table.MaxOps {
				flush()
			}
		}
	}
	flush()
}

func testQueries(t *testing.T, e Engine) {
	tb := e.Open(t, NewClock().Now)
	fill(t, tb, []string{"A", "B#", "B#1", "B#10", "B#2", "B$", "BA", "C", "b"})
	for name, c := range map[string]struct {
		q    table.Query
		want string
	}{
		"all":                       {table.Query{}, "A B# B#1 B#10 B#2 B$ BA C b"},
		"prefix":                    {table.Query{Prefix: "B#"}, "B# B#1 B#10 B#2"},
		"prefix that is a key":      {table.Query{Prefix: "B#1"}, "B#1 B#10"},
		"prefix of nothing":         {table.Query{Prefix: "D"}, ""},
		"prefix of one":             {table.Query{Prefix: "b"}, "b"},
		"from":                      {table.Query{From: "B#2"}, "B#2 B$ BA C b"},
		"to":                        {table.Query{To: "B#2"}, "A B# B#1 B#10 B#2"},
		"from and to are inclusive": {table.Query{From: "B#1", To: "B$"}, "B#1 B#10 B#2 B$"},
		"between keys":              {table.Query{From: "B#11", To: "B$$"}, "B#2 B$"},
		"from is to":                {table.Query{From: "C", To: "C"}, "C"},
		"from after to":             {table.Query{From: "C", To: "B"}, ""},
		"nothing between":           {table.Query{From: "D", To: "E"}, ""},
	} {
		for _, limit := range []int{0, 1, 2, 3, 5000} {
			for _, reverse := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, limit %d, reverse %t", name, limit, reverse), func(t *testing.T) {
					q := c.q
					q.Partition, q.Limit, q.Reverse = "P", limit, reverse
					want := strings.Fields(c.want)
					if reverse {
						slices.Reverse(want)
					}
					got := all(t, tb, q)
					if d := diff(want, sorts(got), cmp.Transformer("", func(s []string) string { return strings.Join(s, " ") })); d != "" {
						t.Fatalf("sort keys (-want +got):\n%s", d)
					}
					for _, i := range got {
						if d := diff(stored(item(key("P", i.Sort), 0, "P"+i.Sort)), i); d != "" {
							t.Fatalf("item (-want +got):\n%s", d)
						}
					}
				})
			}
		}
	}
	if got := all(t, tb, table.Query{Partition: "nobody"}); len(got) != 0 {
		t.Errorf("a partition without items has %d", len(got))
	}
}

func testPages(t *testing.T, e Engine) {
	tb := e.Open(t, NewClock().Now)
	var keys []string
	for n := range 350 {
		keys = append(keys, fmt.Sprintf("%05d", n))
	}
	fill(t, tb, keys)
	ctx := context.Background()

	page, err := tb.Query(ctx, table.Query{Partition: "P"})
	if err != nil || len(page.Items) != 100 || page.Next == "" {
		t.Fatalf("the default page: %d items, next %q, %v", len(page.Items), page.Next, err)
	}
	for _, limit := range []int{7, 100, 350, 1000} {
		if d := diff(keys, sorts(all(t, tb, table.Query{Partition: "P", Limit: limit}))); d != "" {
			t.Errorf("forward in pages of %d (-want +got):\n%s", limit, d)
		}
		back := sorts(all(t, tb, table.Query{Partition: "P", Limit: limit, Reverse: true}))
		if slices.Reverse(back); !slices.Equal(back, keys) {
			t.Errorf("backward in pages of %d: got %v", limit, back)
		}
	}

	// A cursor is a position: it stays good while items around it come and go.
	page, err = tb.Query(ctx, table.Query{Partition: "P", From: "00100", To: "00299", Limit: 50})
	if err != nil {
		t.Fatal(err)
	}
	write(t, tb, table.Delete(key("P", "00149"), 1), table.Delete(key("P", "00150"), 1),
		table.Put(item(key("P", "00120x"), 0, "behind")), table.Put(item(key("P", "00151x"), 0, "ahead")))
	rest := sorts(all(t, tb, table.Query{Partition: "P", From: "00100", To: "00299", Limit: 50, Cursor: page.Next}))
	if len(rest) != 150 || rest[0] != "00151" || rest[1] != "00151x" || rest[149] != "00299" {
		t.Errorf("after items came and went: %d items, %v", len(rest), rest)
	}
	again, err := tb.Query(ctx, table.Query{Partition: "P", From: "00100", To: "00299", Limit: 50, Cursor: page.Next})
	if err != nil || !slices.Equal(sorts(again.Items), rest[:50]) {
		t.Errorf("a cursor used twice: %v, %v", sorts(again.Items), err)
	}
}

func testHostileKeys(t *testing.T, e Engine) {
	tb := e.Open(t, NewClock().Now)
	keys := []string{
		"a\x00", "a\x00b", "\x00", "\x00\x00", "a", "a\x01", "a b", " ", "A", "Z", "_", "%", "'", `"`, "`;--", `\`, "\\u0000", "\n", "\x7f",
		"ä", "a\u0308", "é", "ñ", "ß", "\u0080", "\u07ff", "\u0800", "\uffff", "\ufffd", "\U00010000", "\U0010ffff",
		"😀", "👩‍👩‍👧‍👦", "שלום", "مرحبا", "\u202eabc", "日本語", "\u200b", "\ufeff", "\ufeffa", "null", "NULL", "0", "-1", "1e309", "true",
		strings.Repeat("k", table.MaxPart), strings.Repeat("😀", table.MaxPart/4), strings.Repeat("\x00", table.MaxPart), "{}", "[]", "#v", ":v",
		"b", "b\x00", "a\x7f", "a\x7fz", "a\u0080", "\ud7ff", "\ud7ffz", "\ue000", "\U0010ffffz", "\U0010ffff\U0010ffff",
		strings.Repeat("k", table.MaxPart-1) + "\x7f", strings.Repeat("k", table.MaxPart-2) + "\u0080", strings.Repeat("k", table.MaxPart-1) + "l", "l",
	}
	sort.Strings(keys) // Go compares bytes, as the port asks for
	fill(t, tb, keys)
	if d := diff(keys, sorts(all(t, tb, table.Query{Partition: "P", Limit: 3}))); d != "" {
		t.Errorf("bytewise order (-want +got):\n%s", d)
	}
	back := sorts(all(t, tb, table.Query{Partition: "P", Limit: 3, Reverse: true}))
	if slices.Reverse(back); !slices.Equal(back, keys) {
		t.Errorf("bytewise order backward: %q", back)
	}
	for n, k := range keys {
		holds(t, tb, stored(item(key("P", k), 0, "P"+k)))
		var prefixed []string
		for _, other := range keys {
			if strings.HasPrefix(other, k) {
				prefixed = append(prefixed, other)
			}
		}
		if got := sorts(all(t, tb, table.Query{Partition: "P", Prefix: k})); !slices.Equal(got, prefixed) {
			t.Errorf("prefix %q: got %q, want %q", k, got, prefixed)
		}
		if got := sorts(all(t, tb, table.Query{Partition: "P", From: k})); !slices.Equal(got, keys[n:]) {
			t.Errorf("from %q: got %q", k, got)
		}
		if got := sorts(all(t, tb, table.Query{Partition: "P", To: k})); !slices.Equal(got, keys[:n+1]) {
			t.Errorf("to %q: got %q", k, got)
		}
	}

	var ops []table.Op
	for _, k := range keys {
		ops = append(ops, table.Put(item(key(k, k), 0, k)))
	}
	write(t, tb, ops...)
	for _, k := range keys { // partitions are compared whole and bytewise too
		if d := diff([]table.Item{stored(item(key(k, k), 0, k))}, all(t, tb, table.Query{Partition: k})); d != "" {
			t.Errorf("partition %q (-want +got):\n%s", k, d)
		}
	}
	testBodies(t, tb)
}

// testBodies wants each body back to the byte: spaces, escapes, order of names, numbers of any size.
func testBodies(t *testing.T, tb table.Table) {
	for n, body := range []string{
		`{}`, `null`, `0`, `""`, ` { "b" : 1 , "a" : 2 } `, "{\n\t\"x\":1}\r\n", `{"a":1,"a":2}`, `"\u0000\ud83d\ude00\ud800"`,
		`123456789012345678901234567890.5e-10`, `"😀 שלום <script>& \u2028"`, "\"\u2028\ufeff\u0080\"", `["'; DROP TABLE x; --"]`,
	} {
		i := table.Item{Key: key("bodies", fmt.Sprint(n)), Body: []byte(body)}
		write(t, tb, table.Put(i))
		holds(t, tb, stored(i))
	}
}
