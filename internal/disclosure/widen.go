package disclosure

import (
	"math"
	"slices"
)

// To protect a cell is to find another table: one that the intruder must think possible, in which the cell is
// different enough. All cells in which that table differs from the truth must be hidden, so the cheapest such table is
// wanted. Minimising Σ weight·|difference| is a linear program (Fischetti & Salazar 2001, §3; it stands in for the
// number of cells, which would need integer programming).

// scopes are how many cells around a breach are considered, one after the other; the last is all there are.
var scopes = [...]int{120, 360, math.MaxInt}

// maxWeight is the weight of the dearest cell; the cheapest weighs 1.
const maxWeight = 1000

// weights brings costs to a small scale, so that the arithmetic stays small.
func weights(cost []int64) []int64 {
	out := make([]int64, len(cost))
	top := max(1, slices.Max(append([]int64{0}, cost...)))
	for i, c := range cost {
		out[i] = 1 + int64((maxWeight-1)*(float64(c)/float64(top)))
	}
	return out
}

// missed is the weight of each person by which a goal is missed: more than any way of reaching it.
const missed = 1 << 32

// wish is that thing t be at least (way > 0) or at most (way < 0) goal in some table.
type wish struct {
	t    int
	way  int64
	goal int64
}

// answer is what a wish takes: the table x over cells, and its price. whole is false if x is only known to be a table
// of rationals, of which support tells the cells that differ from the truth.
type answer struct {
	support []int
	table   witness
	whole   bool
	price   int64
}

// widen hides more, so that thing t gets safer, and says whether it is safe now. It first makes the upper bound reach
// far enough, and only when called again widens the span, since that is often wide enough by then.
func (e *evidence) widen(t int) bool {
	if e.hi[t] < e.rule.Reach {
		if a, ok := e.cheapest(wish{t, +1, e.rule.Reach}); ok {
			e.grant(a)
		}
		return e.proven(t)
	}
	best, ok := e.cheapest(wish{t, +1, e.lo[t] + e.rule.Span})
	if e.hi[t] >= e.rule.Span && !(ok && best.price == 0) {
		down, okDown := e.cheapest(wish{t, -1, e.hi[t] - e.rule.Span})
		if okDown && (!ok || down.price <= best.price) {
			best, ok = down, true
		}
	}
	if ok {
		e.grant(best)
	}
	return e.proven(t)
}

// grant hides what a needs.
func (e *evidence) grant(a answer) {
	for _, i := range a.support {
		e.hidden[i] = true
	}
	if a.whole {
		e.learn(a.table)
	}
}

// cheapest looks further and further around until the wish can be granted.
func (e *evidence) cheapest(w wish) (answer, bool) {
	near := e.around(w.t)
	for _, n := range scopes {
		n = min(n, len(near))
		if a, ok := e.cheapestWithin(near[:n], w); ok {
			return a, true
		}
		if n == len(near) {
			break
		}
	}
	return answer{}, false
}

// weight is what a person's difference in cell i costs: nothing if it is hidden anyway.
func (e *evidence) weight(i int) int64 {
	if e.hidden[i] {
		return 0
	}
	return e.weights[i]
}

// around are the cells that sums link to thing t, the cheapest to get to first, without those that are shown whatever comes.
func (e *evidence) around(t int) []int {
	const step = 4 // a hidden cell costs a little too, so that near ones come first
	far := slices.Repeat([]int64{math.MaxInt64}, len(e.counts))
	var queue frontier
	reach := func(i int, d int64) {
		if d < far[i] && !e.pinned(i) {
			far[i] = d
			queue.push(place{d, i})
		}
	}
	for _, i := range e.terms(t) {
		reach(i, 0)
	}
	var order []int
	for len(queue) > 0 {
		at := queue.pop()
		if at.far > far[at.cell] {
			continue
		}
		order = append(order, at.cell)
		for _, k := range e.in[at.cell] {
			for _, i := range append([]int{e.sums[k].Total}, e.sums[k].Parts...) {
				reach(i, at.far+step+e.weight(i))
			}
		}
	}
	return order
}

// cheapestWithin changes only cells of scope.
func (e *evidence) cheapestWithin(scope []int, w wish) (answer, bool) {
	scope = slices.Clone(scope)
	slices.Sort(scope)
	l := e.newProgram(scope, w)
	how, _ := l.tab.maximise(func() bool { return false })
	if how != optimal || !l.tab.zero(l.short) {
		return answer{}, false
	}
	return l.answer(e), true
}

// program is the linear program of one wish. Each cell of scope has a variable: its count if it is hidden or zero, else
// how much it is above the truth, with a further variable for how much below. That a shown count can't go below zero
// is left out: it is far away, and whatever comes out is checked.
type program struct {
	tab   *tableau
	scope []int
	below []int // the further variable of each, or -1
	short int   // the variable that says by how much the goal is missed
}

func (e *evidence) newProgram(scope []int, w wish) *program {
	l := &program{scope: scope, below: slices.Repeat([]int{-1}, len(scope))}
	s := &system{evidence: e, cells: scope, vars: make(map[int]int, len(scope))}
	at := make([]int64, len(scope), 2*len(scope)+2)
	var cost []term
	for v, i := range scope {
		s.vars[i] = v
		if e.hidden[i] {
			at[v] = e.counts[i]
			continue
		}
		cost = append(cost, term{v, -e.weights[i]})
		if e.counts[i] > 0 {
			l.below[v] = len(at)
			cost = append(cost, term{len(at), -e.weights[i]})
			at = append(at, 0)
		}
	}
	l.short = len(at)
	at = append(at, w.way*(w.goal-e.truth(w.t)), 0)
	eqs := []equation{append(s.goal(w.t, w.way), term{l.short, 1}, term{l.short + 1, -1})}
	for k := range e.sums {
		if eq := s.equation(k); len(eq) > 0 {
			for _, x := range eq {
				if b := l.below[x.v]; b >= 0 {
					eq = append(eq, term{b, -x.coef})
				}
			}
			eqs = append(eqs, eq)
		}
	}
	l.tab = newTableau(eqs, at, largestFirst(at), e.work)
	l.tab.aim(append(cost, term{l.short, -missed}))
	return l
}

// answer reads off what the solved program wants.
func (l *program) answer(e *evidence) answer {
	a := answer{price: -floorDiv(l.tab.obj.rhs, l.tab.obj.den)}
	x, whole := l.tab.whole(len(l.tab.where))
	a.whole = whole
	for v, i := range l.scope {
		b := l.below[v]
		if !e.hidden[i] && (!l.tab.zero(v) || b >= 0 && !l.tab.zero(b)) {
			a.support = append(a.support, i)
		}
		if !whole {
			continue
		}
		y := x[v]
		if b >= 0 {
			y += e.counts[i] - x[b]
		}
		if y != e.counts[i] {
			a.table = append(a.table, change{i, y})
		}
	}
	return a
}

// zero says that variable v is.
func (t *tableau) zero(v int) bool {
	i := t.where[v]
	return i < 0 || t.rows[i].rhs == 0
}

// frontier is a binary heap of places to go on from.
type frontier []place

type place struct {
	far  int64
	cell int
}

func (p place) before(q place) bool { return p.far < q.far || p.far == q.far && p.cell < q.cell }

func (f *frontier) push(p place) {
	h := append(*f, p)
	for i := len(h) - 1; i > 0 && h[i].before(h[(i-1)/2]); i = (i - 1) / 2 {
		h[i], h[(i-1)/2] = h[(i-1)/2], h[i]
	}
	*f = h
}

func (f *frontier) pop() place {
	h := *f
	top, last := h[0], len(h)-1
	h[0] = h[last]
	h = h[:last]
	for i := 0; ; {
		c := 2*i + 1
		if c >= last {
			break
		}
		if c+1 < last && h[c+1].before(h[c]) {
			c++
		}
		if !h[c].before(h[i]) {
			break
		}
		h[i], h[c] = h[c], h[i]
		i = c
	}
	*f = h
	return top
}
