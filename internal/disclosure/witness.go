package disclosure

import (
	"math"
	"slices"
)

// witness is a table of whole, non-negative counts that fits all that was published, told by the cells in which it
// differs from the truth. Two witnesses prove a span; no argument about linear programs is needed to believe them.
type witness []change

type change struct {
	cell  int
	count int64
}

// evidence is what has been proven about a choice of hidden cells: witnesses, and for each thing the least and most
// that it is in any of them (the truth among them).
type evidence struct {
	*problem
	hidden    []bool
	witnesses []witness
	lo, hi    []int64
	delta     []int64 // scratch, one per sum, zero between calls
	work      *int
}

func newEvidence(p *problem, hidden []bool) *evidence {
	n := len(p.counts) + len(p.alike)
	e := &evidence{problem: p, hidden: slices.Clone(hidden), lo: make([]int64, n), hi: make([]int64, n),
		delta: make([]int64, len(p.sums)), work: new(int)}
	for t := range n {
		e.lo[t], e.hi[t] = p.truth(t), p.truth(t)
	}
	return e
}

// showing is e for when cell i is shown after all: what contradicts it falls away.
func (e *evidence) showing(i int) *evidence {
	f := newEvidence(e.problem, e.hidden)
	f.hidden[i] = false
	f.work = e.work
	for _, w := range e.witnesses {
		if !slices.ContainsFunc(w, func(c change) bool { return c.cell == i }) {
			f.add(w)
		}
	}
	return f
}

// watched says that the rule asks something of thing t: every hidden count but zero, and every alike group. (Zero may
// be known.) Secondary cells are held to the same as primary ones, so that they look the same.
func (e *evidence) watched(t int) bool {
	return e.isAlike(t) || e.hidden[t] && e.counts[t] > 0 && !e.latent[t]
}

// proven says that the witnesses show thing t to be safe.
func (e *evidence) proven(t int) bool { return e.wideEnough(t, e.lo[t], e.hi[t]) }

// wideEnough is the rule. What is left over of a published sum when the shown parts are taken away (a residual) needs
// no rule of its own: were it known to be 1..Threshold, then each count in it would be at most that, and at least one
// of them is not zero, so its upper bound would be below Reach.
func (e *evidence) wideEnough(t int, lo, hi int64) bool {
	return hi >= e.rule.Reach && (e.isAlike(t) || hi-lo >= e.rule.Span)
}

// enough is the value of thing t, given the least seen, from which on it needs to grow no further.
func (e *evidence) enough(t int) int64 {
	if e.isAlike(t) {
		return e.rule.Reach
	}
	return max(e.rule.Reach, e.lo[t]+e.rule.Span)
}

// learn keeps what w shows. A table that differs from the truth tells a whole line of tables through both, so its two
// ends are kept, which go at least as far as w does in every cell.
func (e *evidence) learn(w witness) bool {
	var step int64
	for _, c := range w {
		step = gcd(step, c.count-e.counts[c.cell])
	}
	if step == 0 {
		return false
	}
	forth, back := e.rule.Reach+e.rule.Span, e.rule.Reach+e.rule.Span // as far as anything needs to move
	for _, c := range w {
		if d := (c.count - e.counts[c.cell]) / step; d < 0 {
			forth = min(forth, e.counts[c.cell]/-d)
		} else {
			back = min(back, e.counts[c.cell]/d)
		}
	}
	known := false
	for _, k := range []int64{forth, -back} {
		end := slices.Clone(w)
		for i, c := range w {
			end[i].count = e.counts[c.cell] + k*((c.count-e.counts[c.cell])/step)
		}
		if k != 0 && e.add(end) {
			known = true
		}
	}
	return known
}

// add keeps w as evidence if it truly fits all that was published. It is checked here and nowhere else: whatever
// found it need not be trusted.
func (e *evidence) add(w witness) bool {
	if !e.fits(w) {
		return false
	}
	e.witnesses = append(e.witnesses, w)
	for _, c := range w {
		e.lo[c.cell], e.hi[c.cell] = min(e.lo[c.cell], c.count), max(e.hi[c.cell], c.count)
	}
	for g := range e.alike {
		t := len(e.counts) + g
		e.hi[t] = max(e.hi[t], w.among(e.alike[g].rest))
	}
	return true
}

// among is the sum over the cells, whose true counts are zero.
func (w witness) among(cells []int) int64 {
	var n int64
	for _, c := range w {
		if slices.Contains(cells, c.cell) {
			n += c.count
		}
	}
	return n
}

// fits says that w is whole, not negative, differs from the truth only where that is hidden, and keeps every sum.
func (e *evidence) fits(w witness) bool {
	ok, last := true, -1
	for _, c := range w {
		if c.cell <= last || !e.hidden[c.cell] || c.count < 0 || c.count > math.MaxInt64>>20 {
			return false
		}
		last = c.cell
	}
	for _, c := range w {
		for _, k := range e.in[c.cell] {
			if e.sums[k].Total == c.cell {
				e.delta[k] += c.count - e.counts[c.cell]
			} else {
				e.delta[k] -= c.count - e.counts[c.cell]
			}
		}
	}
	for _, c := range w {
		for _, k := range e.in[c.cell] {
			ok = ok && e.delta[k] == 0
		}
	}
	for _, c := range w {
		for _, k := range e.in[c.cell] {
			e.delta[k] = 0
		}
	}
	return ok
}
