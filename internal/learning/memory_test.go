package learning

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/tellback/tellback/internal/table"
)

// memory is a table whose every write can be made to fail, before or after it took hold.
type memory struct {
	mu    sync.Mutex
	items map[table.Key]table.Item
	log   []table.Change
	// fail is asked before each write: errLost stores it and loses the reply, any other error refuses it.
	fail func() error
}

var (
	errLost = errors.New("reply lost")
	errDown = errors.New("store down")
)

func newMemory() *memory { return &memory{items: map[table.Key]table.Item{}} }

func (m *memory) Get(_ context.Context, k table.Key) (table.Item, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if i, ok := m.items[k]; ok {
		return i, nil
	}
	return table.Item{}, table.ErrNotFound
}

// Query gives pages of two, so that a caller that forgets to turn the page is found out.
func (m *memory) Query(_ context.Context, q table.Query) (table.Page, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []table.Item
	for k, i := range m.items {
		if k.Partition == q.Partition && strings.HasPrefix(k.Sort, q.Prefix) {
			all = append(all, i)
		}
	}
	slices.SortFunc(all, func(a, b table.Item) int { return strings.Compare(a.Sort, b.Sort) })
	if q.Reverse {
		slices.Reverse(all)
	}
	from, _ := strconv.Atoi(q.Cursor)
	page := table.Page{Items: all[from:min(from+2, len(all))]}
	if q.Limit == 1 && len(page.Items) > 1 {
		page.Items = page.Items[:1]
	}
	if to := from + len(page.Items); to < len(all) {
		page.Next = strconv.Itoa(to)
	}
	return page, nil
}

func (m *memory) Scan(_ context.Context, cursor string) (table.Page, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return table.Page{Items: slices.Collect(maps.Values(m.items))}, nil
}

func (m *memory) Write(_ context.Context, ops ...table.Op) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	var fault error
	if m.fail != nil {
		if fault = m.fail(); fault != nil && !errors.Is(fault, errLost) {
			return fault
		}
	}
	for _, op := range ops {
		if m.items[op.Item.Key].Version != op.Item.Version {
			return table.ErrConflict
		}
	}
	for _, op := range ops {
		m.apply(op)
	}
	return fault
}

func (m *memory) apply(op table.Op) {
	// Sequence numbers like DynamoDB's: long, rising, with gaps.
	c := table.Change{Sequence: "1000000000000000000" + strconv.Itoa(1000+7*len(m.log))}
	if old, ok := m.items[op.Item.Key]; ok {
		c.Old = &old
	}
	switch op.Action {
	case table.ActionCheck:
		return
	case table.ActionDelete:
		delete(m.items, op.Item.Key)
	case table.ActionPut:
		i := op.Item
		i.Version++
		m.items[i.Key] = i
		c.New = &i
	}
	m.log = append(m.log, c)
}
