package sms_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tellback/tellback/internal/table"
)

// memory is a table without a disk, for the sweeps over every crash, which need hundreds of tables.
type memory struct {
	mu    sync.Mutex
	now   func() time.Time
	items map[table.Key]table.Item
}

func (m *memory) live(k table.Key) (table.Item, bool) {
	i, ok := m.items[k]
	return i, ok && (i.Expires.IsZero() || i.Expires.After(m.now()))
}

func (m *memory) Get(_ context.Context, k table.Key) (table.Item, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if i, ok := m.live(k); ok {
		return i, nil
	}
	return table.Item{}, table.ErrNotFound
}

// Query knows prefixes and ends only: it is all that these tests' queries use.
func (m *memory) Query(_ context.Context, q table.Query) (table.Page, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if q.From != "" {
		panic("not in this table")
	}
	var p table.Page
	for k, i := range m.items {
		if _, ok := m.live(k); ok && k.Partition == q.Partition && (q.To == "" || k.Sort <= q.To) && len(k.Sort) >= len(q.Prefix) && k.Sort[:len(q.Prefix)] == q.Prefix {
			p.Items = append(p.Items, i)
		}
	}
	slices.SortFunc(p.Items, func(a, b table.Item) int { return strings.Compare(a.Sort, b.Sort) })
	if q.Reverse {
		slices.Reverse(p.Items)
	}
	return p, nil
}

func (m *memory) Write(_ context.Context, ops ...table.Op) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, op := range ops {
		if was, ok := m.live(op.Item.Key); ok && was.Version != op.Item.Version || !ok && op.Item.Version != 0 {
			return table.ErrConflict
		}
	}
	for _, op := range ops {
		switch op.Action {
		case table.ActionPut:
			i := op.Item
			i.Version++
			m.items[i.Key] = i
		case table.ActionDelete:
			delete(m.items, op.Item.Key)
		}
	}
	return nil
}

func (m *memory) Scan(context.Context, string) (table.Page, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var p table.Page
	for k, i := range m.items {
		if _, ok := m.live(k); ok {
			p.Items = append(p.Items, i)
		}
	}
	return p, nil
}
