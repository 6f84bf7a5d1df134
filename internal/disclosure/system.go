package disclosure

import (
	"cmp"
	"math"
	"slices"
)

// maxBranches and fewBranches bound the search for a whole-number table where a vertex isn't one.
const (
	maxBranches = 120
	fewBranches = 30
)

// system is one component of the hidden cells: cells that no sum links to any other hidden cell. It is attacked alone.
type system struct {
	*evidence
	cells    []int
	things   []int // what is watched in it: cells first, then alike groups
	vars     map[int]int
	tab      *tableau
	branches int  // at most so many in one search
	brief    bool // only whether things are safe matters, not how far from it they are
}

// bounds are what the intruder knows of one thing.
type bounds struct {
	lower, upper int64
	certain      bool // false when the search for a proof was given up
}

// components splits the hidden cells, each sorted, in the order of their first cells.
func (e *evidence) components() [][]int {
	root := make([]int, len(e.counts))
	for i := range root {
		root[i] = i
	}
	find := func(i int) int {
		for root[i] != i {
			root[i] = root[root[i]]
			i = root[i]
		}
		return i
	}
	for _, s := range e.sums {
		first := -1
		for _, i := range append([]int{s.Total}, s.Parts...) {
			switch {
			case !e.hidden[i]:
			case first < 0:
				first = find(i)
			default:
				root[find(i)] = first
			}
		}
	}
	var parts [][]int
	at := map[int]int{}
	for i, h := range e.hidden {
		if !h {
			continue
		}
		k, ok := at[find(i)]
		if !ok {
			k = len(parts)
			at[find(i)] = k
			parts = append(parts, nil)
		}
		parts[k] = append(parts[k], i)
	}
	return parts
}

// newSystem sees what is watched among cells; the equations wait until something needs proof.
func (e *evidence) newSystem(cells []int) *system {
	s := &system{evidence: e, cells: cells, vars: make(map[int]int, len(cells)), branches: maxBranches}
	for v, i := range cells {
		s.vars[i] = v
		if e.watched(i) {
			s.things = append(s.things, i)
		}
	}
	for g, a := range e.alike {
		for _, i := range a.rest { // those hidden are together: the group's sum links them
			if _, ok := s.vars[i]; ok {
				s.things = append(s.things, len(e.counts)+g)
				break
			}
		}
	}
	return s
}

// solve builds the tableau: what the published counts leave of each sum, standing at the truth.
func (s *system) solve() {
	at := make([]int64, len(s.cells))
	seen := map[int]bool{}
	var eqs []equation
	for v, i := range s.cells {
		at[v] = s.counts[i]
		for _, k := range s.in[i] {
			if !seen[k] {
				seen[k] = true
				eqs = append(eqs, s.equation(k))
			}
		}
	}
	s.tab = newTableau(eqs, at, largestFirst(at), s.work)
}

func (s *system) equation(k int) equation {
	var eq equation
	if v, ok := s.vars[s.sums[k].Total]; ok {
		eq = append(eq, term{v, 1})
	}
	for _, i := range s.sums[k].Parts {
		if v, ok := s.vars[i]; ok {
			eq = append(eq, term{v, -1})
		}
	}
	return eq
}

// largestFirst orders variables so that the small ones, which are nearer to zero, end as columns.
func largestFirst(at []int64) []int {
	order := make([]int, len(at))
	for v := range order {
		order[v] = v
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(at[b], at[a]) })
	return order
}

// prove looks for witnesses that thing t is safe. Without, it returns the tightest bounds that it found.
//
// The bounds of the linear program contain the whole-number ones: they prove a breach, but not its absence. So only
// whole-number tables count as proof, and where a vertex isn't one, branching looks for one that is.
func (s *system) prove(t int) (bounds, bool) {
	if s.proven(t) {
		return bounds{}, true
	}
	if s.tab == nil {
		s.solve()
	}
	upper := s.push(t, +1)
	if s.proven(t) {
		return bounds{}, true
	}
	lower := int64(0)
	if !s.isAlike(t) && !(s.brief && upper < s.rule.Reach) {
		lower = s.push(t, -1)
	}
	if !s.proven(t) && s.wideEnough(t, lower, upper) {
		return s.branchOut(t, lower, upper)
	}
	return bounds{lower, upper, true}, s.proven(t)
}

// push moves t as far as it goes and returns its bound that way, or until enough is proven.
func (s *system) push(t int, way int64) int64 {
	s.tab.aim(s.goal(t, way))
	how, c := s.tab.maximise(func() bool {
		s.note()
		return s.proven(t)
	})
	switch how {
	case optimal:
		return way * floorDiv(s.tab.obj.rhs, s.tab.obj.den)
	case unbounded:
		s.follow(t, c)
		return math.MaxInt64
	}
	if way < 0 {
		return 0
	}
	return math.MaxInt64
}

// goal is thing t in the variables. What of it is shown doesn't count: a cell is hidden, and what is shown of the
// answers that nobody gave is zero.
func (s *system) goal(t int, way int64) []term {
	var goal []term
	for _, i := range s.terms(t) {
		if v, ok := s.vars[i]; ok {
			goal = append(goal, term{v, way})
		}
	}
	return goal
}

// note keeps the vertex as a witness if it is a table and tells something new of anything not yet proven.
func (s *system) note() {
	if x, ok := s.tab.whole(len(s.cells)); ok && s.news(x) {
		s.learn(s.witness(x))
	}
}

func (s *system) news(x []int64) bool {
	for _, t := range s.things {
		if s.proven(t) {
			continue
		}
		var n int64
		for _, i := range s.terms(t) {
			if v, ok := s.vars[i]; ok {
				n += x[v]
			}
		}
		if n > s.hi[t] || n < s.lo[t] {
			return true
		}
	}
	return false
}

func (s *system) witness(x []int64) witness {
	var w witness
	for v, i := range s.cells {
		if x[v] != s.counts[i] {
			w = append(w, change{i, x[v]})
		}
	}
	return w
}

// follow goes from the truth along a way without end, in whole steps, until thing t is large enough.
func (s *system) follow(t, c int) {
	x, ok := s.tab.ray(len(s.cells), c)
	if !ok {
		return
	}
	steps := s.enough(t) // t grows by at least one with each
	for v, i := range s.cells {
		y, ok := mul(x[v], steps)
		if !ok {
			return
		}
		x[v] = y + s.counts[i]
	}
	s.learn(s.witness(x))
}

// branchOut searches the whole-number tables themselves, when the real ones don't tell.
func (s *system) branchOut(t int, lower, upper int64) (bounds, bool) {
	certain := true
	for _, way := range []int64{+1, -1} {
		if s.proven(t) || s.isAlike(t) && way < 0 {
			break
		}
		s.tab.aim(s.goal(t, way))
		how, _ := s.tab.maximise(func() bool { return false })
		left := s.branches
		if how != optimal || !s.branch(s.tab.clone(), t, way, &left) {
			certain = false
			continue
		}
		if way > 0 {
			upper = s.hi[t]
		} else {
			lower = s.lo[t]
		}
	}
	return bounds{lower, upper, certain}, s.proven(t)
}

// branch finds better and better tables for t, and says whether it looked everywhere (or found enough).
func (s *system) branch(tab *tableau, t int, way int64, left *int) bool {
	best := s.hi[t]
	if way < 0 {
		best = -s.lo[t]
	}
	if floorDiv(tab.obj.rhs, tab.obj.den) <= best {
		return true
	}
	if x, ok := tab.whole(len(s.cells)); ok {
		return s.learn(s.witness(x))
	}
	i := tab.fractional(len(s.cells))
	for _, up := range []bool{false, true} {
		if *left--; *left < 0 {
			return false
		}
		side := tab.clone()
		switch side.cut(i, up) {
		case infeasible:
			continue
		case optimal:
		default:
			return false
		}
		if !s.branch(side, t, way, left) {
			return false
		}
		if s.proven(t) {
			return true
		}
	}
	return true
}

// fractional is the row of the first variable that is not whole.
func (t *tableau) fractional(n int) int {
	best := -1
	for i, v := range t.basic {
		if v < n && t.rows[i].rhs%t.rows[i].den != 0 && (best < 0 || v < t.basic[best]) {
			best = i
		}
	}
	return best
}
