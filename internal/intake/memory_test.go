package intake

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/tellback/tellback/internal/table"
)

var errDown = errors.New("the table doesn't answer")

// memory is a table of which any call can be made to fail, before it takes hold or after.
type memory struct {
	mu    sync.Mutex
	items map[table.Key]table.Item

	calls   int  // of Get, Query and Write together
	writes  int  // that took hold
	failAt  int  // the call that fails; 0: none
	after   bool // whether it fails after it took hold: the reply is lost
	tripped bool

	intrudeAt int    // before this call …
	intrude   func() // … somebody else does this
}

// enter locks the table for one call, once whoever intrudes before it is done.
func (m *memory) enter() {
	m.mu.Lock()
	if m.intrude == nil || m.calls+1 != m.intrudeAt {
		return
	}
	intrude := m.intrude
	m.intrude = nil
	m.mu.Unlock()
	intrude()
	m.mu.Lock()
}

func newMemory() *memory { return &memory{items: map[table.Key]table.Item{}} }

// trip counts a call and says whether it fails now, and whether only its reply does.
func (m *memory) trip() (down, lost bool) {
	m.calls++
	if m.calls != m.failAt {
		return false, false
	}
	m.tripped = true
	return !m.after, m.after
}

func (m *memory) Get(_ context.Context, k table.Key) (table.Item, error) {
	m.enter()
	defer m.mu.Unlock()
	if err := k.Check(); err != nil {
		return table.Item{}, err
	}
	if down, lost := m.trip(); down || lost {
		return table.Item{}, errDown
	}
	i, ok := m.items[k]
	if !ok {
		return table.Item{}, table.ErrNotFound
	}
	i.Body = slices.Clone(i.Body)
	return i, nil
}

// Query gives pages of three, so that a caller that forgets to turn the page is found out.
func (m *memory) Query(_ context.Context, q table.Query) (table.Page, error) {
	m.enter()
	defer m.mu.Unlock()
	if down, lost := m.trip(); down || lost {
		return table.Page{}, errDown
	}
	var all []table.Item
	for k, i := range m.items {
		in := k.Partition == q.Partition && strings.HasPrefix(k.Sort, q.Prefix) && k.Sort >= q.From && (q.To == "" || k.Sort <= q.To)
		past := q.Cursor == "" || !q.Reverse && k.Sort > q.Cursor || q.Reverse && k.Sort < q.Cursor
		if in && past {
			all = append(all, i)
		}
	}
	slices.SortFunc(all, func(a, b table.Item) int { return strings.Compare(a.Sort, b.Sort) })
	if q.Reverse {
		slices.Reverse(all)
	}
	limit := 3
	if q.Limit > 0 {
		limit = min(limit, q.Limit)
	}
	page := table.Page{Items: all[:min(limit, len(all))]}
	if len(page.Items) < len(all) {
		page.Next = page.Items[len(page.Items)-1].Sort
	}
	return page, nil
}

func (m *memory) Write(_ context.Context, ops ...table.Op) error {
	m.enter()
	defer m.mu.Unlock()
	if err := table.CheckWrite(ops); err != nil {
		return err
	}
	down, lost := m.trip()
	if down {
		return errDown
	}
	for _, op := range ops {
		if m.items[op.Item.Key].Version != op.Item.Version {
			return table.ErrConflict
		}
	}
	for _, op := range ops {
		switch op.Action {
		case table.ActionPut:
			op.Item.Version++
			op.Item.Body = slices.Clone(op.Item.Body)
			m.items[op.Item.Key] = op.Item
		case table.ActionDelete:
			delete(m.items, op.Item.Key)
		}
	}
	m.writes++
	if lost {
		return errDown
	}
	return nil
}

// under are the items whose partition and sort key begin so.
func (m *memory) under(partition, sort string) []table.Item {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []table.Item
	for k, i := range m.items {
		if strings.HasPrefix(k.Partition, partition) && strings.HasPrefix(k.Sort, sort) {
			out = append(out, i)
		}
	}
	return out
}
