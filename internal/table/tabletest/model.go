package tabletest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tellback/tellback/internal/table"
)

// model is the plainest table there can be: what the port's comments say, for one goroutine.
type model struct {
	items map[table.Key]table.Item
	clock *Clock
}

func (m *model) version(k table.Key) int64 {
	i, ok := m.items[k]
	if !ok || !i.Expires.IsZero() && !i.Expires.After(m.clock.Now().Truncate(time.Second)) {
		return 0
	}
	return i.Version
}

func (m *model) write(ops []table.Op) error {
	for _, op := range ops {
		if m.version(op.Item.Key) != op.Item.Version {
			return table.ErrConflict
		}
	}
	for _, op := range ops {
		switch op.Action {
		case table.ActionPut:
			m.items[op.Item.Key] = stored(op.Item)
		case table.ActionDelete:
			delete(m.items, op.Item.Key)
		}
	}
	return nil
}

func (m *model) query(q table.Query) (items []table.Item) {
	for _, k := range slices.SortedFunc(maps.Keys(m.items), func(a, b table.Key) int { return strings.Compare(a.Sort, b.Sort) }) {
		in := k.Partition == q.Partition && strings.HasPrefix(k.Sort, q.Prefix) && k.Sort >= q.From && (q.To == "" || k.Sort <= q.To)
		if in && m.version(k) > 0 {
			items = append(items, m.items[k])
		}
	}
	if q.Reverse {
		slices.Reverse(items)
	}
	return items
}

// testModel does the same random things to the engine and to the model and wants the same answers. Every run has
// partitions of its own in one table, so that no run waits for a new table.
func testModel(t *testing.T, e Engine) {
	clock := NewClock()
	tb := e.Open(t, clock.Now)
	run := 0
	part := rapid.StringOfN(rapid.SampledFrom([]rune("ab#\x00é😀")), 1, 3, -1)
	rapid.Check(t, func(t *rapid.T) {
		run++
		m := &model{items: map[table.Key]table.Item{}, clock: clock}
		partition := rapid.Map(rapid.IntRange(0, 1), func(n int) string { return fmt.Sprintf("%d/%d", run, n) })
		ops := rapid.Custom(func(t *rapid.T) table.Op { return m.draw(t, key(partition.Draw(t, "partition"), part.Draw(t, "sort"))) })
		t.Repeat(map[string]func(*rapid.T){
			"write": func(t *rapid.T) {
				batch := rapid.SliceOfNDistinct(ops, 1, 4, func(o table.Op) table.Key { return o.Item.Key }).Draw(t, "ops")
				want, got := m.write(batch), tb.Write(context.Background(), batch...)
				if !errors.Is(got, want) {
					t.Fatalf("Write: got %v, want %v", got, want)
				}
			},
			"query": func(t *rapid.T) {
				q := table.Query{Partition: partition.Draw(t, "partition"), Reverse: rapid.Bool().Draw(t, "reverse"), Limit: rapid.IntRange(0, 4).Draw(t, "limit")}
				if rapid.Bool().Draw(t, "by prefix") {
					q.Prefix = part.Draw(t, "prefix")
				} else {
					q.From, q.To = rapid.OneOf(part, rapid.Just("")).Draw(t, "from"), rapid.OneOf(part, rapid.Just("")).Draw(t, "to")
				}
				if d := diff(m.query(q), all(t, tb, q)); d != "" {
					t.Fatalf("Query (-want +got):\n%s", d)
				}
			},
			"get": func(t *rapid.T) {
				k := key(partition.Draw(t, "partition"), part.Draw(t, "sort"))
				if m.version(k) == 0 {
					absent(t, tb, k)
					return
				}
				holds(t, tb, m.items[k])
			},
			"time passes": func(t *rapid.T) {
				clock.Advance(time.Duration(rapid.IntRange(0, 3000).Draw(t, "milliseconds")) * time.Millisecond)
			},
		})
	})
}

// draw draws an operation on k that holds more often than not.
func (m *model) draw(t *rapid.T, k table.Key) table.Op {
	version := m.version(k)
	if rapid.IntRange(0, 9).Draw(t, "wrong") == 0 {
		version = rapid.Int64Range(0, 4).Draw(t, "version")
	}
	switch rapid.SampledFrom([]table.Action{table.ActionPut, table.ActionPut, table.ActionPut, table.ActionDelete, table.ActionCheck}).Draw(t, "action") {
	case table.ActionDelete:
		return table.Delete(k, version)
	case table.ActionCheck:
		return table.Check(k, version)
	}
	i := item(k, version, rapid.String().Draw(t, "text"))
	if rapid.IntRange(0, 2).Draw(t, "expiring") == 0 {
		i.Expires = m.clock.Now().Add(time.Duration(rapid.IntRange(-2000, 6000).Draw(t, "for milliseconds")) * time.Millisecond)
	}
	return table.Put(i)
}
