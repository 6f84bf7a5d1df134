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
	needs := make([][]*Item, len(l.q.flat))
	for n, i := range l.q.flat {
		needs[n] = l.needs(i)
	}
	if circle := circular(l.q.flat, needs); circle != nil {
		var names []string
		for _, i := range circle {
			names = append(names, clip(i.LinkID))
		}
		l.refuse(l.paths[circle[0]], refusedUnsupported, "its answer or whether it is asked depends on itself: %s", strings.Join(names, " → "))
		return
	}
	l.logic.order = ordered(l.q.flat, needs)
	l.forwards(needs)
}

// needs are the items that must be settled before i.
func (l *loader) needs(i *Item) []*Item {
	var out []*Item
	add := func(n *Item) {
		if n != nil && !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	add(i.Parent)
	for _, t := range i.when {
		add(t.on)
	}
	if i.rules == nil {
		return out
	}
	for _, f := range i.rules.settling(i) {
		f.walk(func(f *formula) {
			for _, link := range f.Links() {
				add(l.q.byLink[link])
			}
		})
	}
	return out
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

// walk visits a formula and the variables that it refers to, each once.
func (f *formula) walk(visit func(*formula)) {
	seen := map[*variable]bool{}
	var walk func(f *formula)
	walk = func(f *formula) {
		visit(f)
		for _, v := range f.scope {
			if !seen[v] {
				seen[v] = true
				walk(&v.formula)
			}
		}
	}
	walk(f)
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
type queue []*Item

func (q queue) Len() int { return len(q) }
func (q queue) Less(a, b int) bool {
	return cmp.Or(cmp.Compare(q[a].lateness(), q[b].lateness()), cmp.Compare(q[a].index, q[b].index)) < 0
}
func (q queue) Swap(a, b int) { q[a], q[b] = q[b], q[a] }
func (q *queue) Push(x any)   { *q = append(*q, x.(*Item)) }
func (q *queue) Pop() any {
	last := len(*q) - 1
	x := (*q)[last]
	*q = (*q)[:last]
	return x
}

// lateness is 0 for an item without formulas, 1 for one whose formulas name what they read, 2 for others.
func (i *Item) lateness() int {
	if i.rules == nil {
		return 0
	}
	late := 0
	for _, f := range i.rules.settling(i) {
		late = max(late, 1)
		f.walk(func(f *formula) {
			if f.Wide() {
				late = 2
			}
		})
	}
	return late
}

func ordered(flat []*Item, needs [][]*Item) []*Item {
	open, waiting := make([]int, len(flat)), make([][]*Item, len(flat))
	ready := &queue{}
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
