package questionnaire

import (
	"cmp"
	"container/heap"
	"slices"
	"strings"
)

// logic is what a questionnaire with expressions has more than others.
type logic struct {
	rules           // of the whole
	order []*Item   // in which items are settled: what an item depends on comes before it
	slots int       // variables
	doc   *document // %questionnaire, if some expression refers to it
}

// arrange finds the order in which items can be settled, or refuses the questionnaire with the path of a circle. What an expression asks
// for by its linkId is settled before it. One that may read anything is settled as late as can be, and never sees its own answer.
func (l *loader) arrange() {
	needs, late, known := make([][]*Item, len(l.q.flat)), make([]int, len(l.q.flat)), map[*variable]*reach{}
	for n, i := range l.q.flat {
		needs[n], late[n] = l.needs(i, known)
	}
	if circle := circular(l.q.flat, needs); circle != nil {
		var names []string
		for _, i := range circle {
			names = append(names, clip(i.LinkID))
		}
		l.refuse(l.paths[circle[0]], refusedUnsupported, "its answer or whether it is asked depends on itself: %s", strings.Join(names, " → "))
		return
	}
	l.logic.order = ordered(l.q.flat, needs, late)
	l.forwards(needs)
}

// reach is which items formulas ask for by name, themselves or through variables, and whether they may read others.
type reach struct {
	items []*Item // each once
	wide  bool
}

// reaching gathers a formula's reach. Each variable is looked into once, whoever refers to it.
func (l *loader) reaching(f *formula, known map[*variable]*reach) *reach {
	out := &reach{wide: f.Wide()}
	seen := map[*Item]bool{}
	add := func(i *Item) {
		if i != nil && !seen[i] {
			seen[i] = true
			out.items = append(out.items, i)
		}
	}
	for _, link := range f.Links() {
		for _, i := range l.occurrences(link) {
			add(i)
		}
	}
	for _, v := range f.scope {
		of := known[v]
		if of == nil {
			of = l.reaching(&v.formula, known)
			known[v] = of
		}
		out.wide = out.wide || of.wide
		for _, i := range of.items {
			add(i)
		}
	}
	slices.SortFunc(out.items, func(a, b *Item) int { return a.index - b.index })
	return out
}

// needs are the items that must be settled before i, and how late i should be: 0 without formulas, 1 when its formulas name what they
// read, 2 for others.
func (l *loader) needs(i *Item, known map[*variable]*reach) (out []*Item, late int) {
	seen := map[*Item]bool{}
	add := func(n *Item) {
		if n != nil && !seen[n] {
			seen[n] = true
			out = append(out, n)
		}
	}
	add(i.Parent)
	add(i.Again)
	add(i.beside)
	for _, t := range i.when {
		add(t.on)
		for _, o := range t.others {
			add(o)
		}
	}
	if i.rules == nil {
		return out, 0
	}
	for _, f := range i.rules.settling(i) {
		of := l.reaching(f, known)
		for _, n := range of.items {
			if f != i.rules.enable || !beyond(n, i) {
				add(n)
			}
		}
		if late = max(late, 1); of.wide {
			late = 2
		}
	}
	return out, late
}

// beyond says that n is in a later occurrence than i of something that repeats around both: when i is asked, nobody is there yet.
func beyond(n, i *Item) bool {
	for k := 0; k < len(n.Within) && k < len(i.Within) && n.Within[k] == i.Within[k]; k++ {
		if n.At[k] != i.At[k] {
			return n.At[k] > i.At[k]
		}
	}
	return false
}

// occurrences are those of the item that the document calls link.
func (l *loader) occurrences(link string) []*Item {
	i := l.q.byLink[link]
	if of := l.of[i]; of != nil {
		return of
	}
	return []*Item{i}
}

// settling are the formulas that decide whether i is asked and what it holds.
func (r *rules) settling(i *Item) (out []*formula) {
	for _, f := range []*formula{r.enable, r.calculated} {
		if f != nil {
			out = append(out, f)
		}
	}
	if r.initial != nil && i.fixed() {
		out = append(out, r.initial)
	}
	return out
}

// circular finds a circle among needs: its items, the first one again at the end.
func circular(flat []*Item, needs [][]*Item) []*Item {
	const (
		unseen = iota
		open
		done
	)
	state := make([]byte, len(flat))
	type step struct{ item, next int }
	for start := range flat {
		if state[start] != unseen {
			continue
		}
		stack := []step{{start, 0}}
		state[start] = open
		for len(stack) > 0 {
			top := &stack[len(stack)-1]
			if top.next == len(needs[top.item]) {
				state[top.item] = done
				stack = stack[:len(stack)-1]
				continue
			}
			to := needs[top.item][top.next].index
			top.next++
			switch state[to] {
			case unseen:
				state[to] = open
				stack = append(stack, step{to, 0})
			case open:
				at := slices.IndexFunc(stack, func(s step) bool { return s.item == to })
				var out []*Item
				for _, s := range stack[at:] {
					out = append(out, flat[s.item])
				}
				return append(out, flat[to])
			}
		}
	}
	return nil
}

// queue holds the items that can be settled now, those first that should be.
type queue struct {
	items []*Item
	late  []int // by index
}

func (q *queue) Len() int { return len(q.items) }
func (q *queue) Less(a, b int) bool {
	x, y := q.items[a].index, q.items[b].index
	return cmp.Or(cmp.Compare(q.late[x], q.late[y]), cmp.Compare(x, y)) < 0
}
func (q *queue) Swap(a, b int) { q.items[a], q.items[b] = q.items[b], q.items[a] }
func (q *queue) Push(x any)    { q.items = append(q.items, x.(*Item)) }
func (q *queue) Pop() any {
	last := len(q.items) - 1
	x := q.items[last]
	q.items = q.items[:last]
	return x
}

// ordered puts every item after those that it needs.
func ordered(flat []*Item, needs [][]*Item, late []int) []*Item {
	open, waiting := make([]int, len(flat)), make([][]*Item, len(flat))
	ready := &queue{late: late}
	for n, i := range flat {
		if open[n] = len(needs[n]); open[n] == 0 {
			heap.Push(ready, i)
		}
		for _, on := range needs[n] {
			waiting[on.index] = append(waiting[on.index], i)
		}
	}
	out := make([]*Item, 0, len(flat))
	for ready.Len() > 0 {
		i := heap.Pop(ready).(*Item)
		out = append(out, i)
		for _, w := range waiting[i.index] {
			if open[w.index]--; open[w.index] == 0 {
				heap.Push(ready, w)
			}
		}
	}
	return out
}

// forwards refuses an item that is asked or not by the answer to a question after it: people answer in order.
func (l *loader) forwards(needs [][]*Item) {
	latest := make([]int, len(l.q.flat)) // of the questions that what an item holds follows from
	for _, i := range l.logic.order {
		if !i.computed() {
			latest[i.index] = i.index
			continue
		}
		latest[i.index] = -1
		for _, n := range needs[i.index] {
			if n.Answerable() {
				latest[i.index] = max(latest[i.index], latest[n.index])
			}
		}
	}
	for _, i := range l.q.flat {
		if i.rules == nil || i.rules.enable == nil || i.fixed() {
			continue
		}
		for _, n := range needs[i.index] {
			if n.Answerable() && latest[n.index] > i.index {
				l.refuse(i.rules.enable.path, refusedUnsupported, "depends on the item %s, which does not come before this one; people answer in order", clip(n.LinkID))
				break
			}
		}
	}
}
