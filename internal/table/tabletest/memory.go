package tabletest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/tellback/tellback/internal/table"
)

// ErrDown is what a failing call of a [Memory] gives.
var ErrDown = errors.New("the table doesn't answer")

// Memory is a table in memory, for tests of what is above the port, of which any call can be made to fail, before it
// takes hold or after. It keeps versions and conditions, but nothing expires in it. It is safe for concurrent use; its
// fields are not while a call is under way.
type Memory struct {
	mu    sync.Mutex
	Items map[table.Key]table.Item

	Calls   int  // of Get, Query and Write together
	Writes  int  // that took hold
	FailAt  int  // the call that fails; 0: none
	After   bool // whether it fails after it took hold: the reply is lost
	Tripped bool

	IntrudeAt int    // before this call …
	Intrude   func() // … somebody else does this
}

// enter locks the table for one call, once whoever intrudes before it is done.
func (m *Memory) enter() {
	m.mu.Lock()
	if m.Intrude == nil || m.Calls+1 != m.IntrudeAt {
		return
	}
	intrude := m.Intrude
	m.Intrude = nil
	m.mu.Unlock()
	intrude()
	m.mu.Lock()
}

// NewMemory makes an empty one.
func NewMemory() *Memory { return &Memory{Items: map[table.Key]table.Item{}} }

// trip counts a call and says whether it fails now, and whether only its reply does.
func (m *Memory) trip() (down, lost bool) {
	m.Calls++
	if m.Calls != m.FailAt {
		return false, false
	}
	m.Tripped = true
	return !m.After, m.After
}

func (m *Memory) Get(_ context.Context, k table.Key) (table.Item, error) {
	m.enter()
	defer m.mu.Unlock()
	if err := k.Check(); err != nil {
		return table.Item{}, err
	}
	if down, lost := m.trip(); down || lost {
		return table.Item{}, ErrDown
	}
	i, ok := m.Items[k]
	if !ok {
		return table.Item{}, table.ErrNotFound
	}
	i.Body = slices.Clone(i.Body)
	return i, nil
}

// Query gives pages of three, so that a caller that forgets to turn the page is found out.
func (m *Memory) Query(_ context.Context, q table.Query) (table.Page, error) {
	m.enter()
	defer m.mu.Unlock()
	if down, lost := m.trip(); down || lost {
		return table.Page{}, ErrDown
	}
	var all []table.Item
	for k, i := range m.Items {
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

func (m *Memory) Write(_ context.Context, ops ...table.Op) error {
	m.enter()
	defer m.mu.Unlock()
	if err := table.CheckWrite(ops); err != nil {
		return err
	}
	down, lost := m.trip()
	if down {
		return ErrDown
	}
	for _, op := range ops {
		if m.Items[op.Item.Key].Version != op.Item.Version {
			return table.ErrConflict
		}
	}
	for _, op := range ops {
		switch op.Action {
		case table.ActionPut:
			op.Item.Version++
			op.Item.Body = slices.Clone(op.Item.Body)
			m.Items[op.Item.Key] = op.Item
		case table.ActionDelete:
			delete(m.Items, op.Item.Key)
		}
	}
	m.Writes++
	if lost {
		return ErrDown
	}
	return nil
}

// Under are the items whose partition and sort key begin so.
func (m *Memory) Under(partition, sort string) []table.Item {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []table.Item
	for k, i := range m.Items {
		if strings.HasPrefix(k.Partition, partition) && strings.HasPrefix(k.Sort, sort) {
			out = append(out, i)
		}
	}
	return out
}
