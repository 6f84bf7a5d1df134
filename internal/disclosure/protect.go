package disclosure

import (
	"cmp"
	"errors"
	"slices"
)

// tidyWork bounds how many table entries the last pass may touch for each cell of the problem; it only makes
// the result a little better.
const tidyWork = 200_000

// Protect chooses what to hide: hidden[i] says that cell i is not shown. It returns only what [Attack] can't open.
// The choice is deterministic. It hides every count in 1..Threshold and all answers of those who answered alike, then,
// as long as the attacker gets through, the cheapest cells that mislead him; last, it shows again what needn't be hidden.
func Protect(t Tables, r Rule) (hidden []bool, err error) {
	p, err := newProblem(t, r)
	if err != nil {
		return nil, err
	}
	if hidden, err = p.protect(); errors.Is(err, errUnprotectable) {
		p.loose = true // that nobody gave an answer may be all that there is to hide of those who answered alike
		hidden, err = p.protect()
	}
	return hidden, err
}

func (p *problem) protect() (hidden []bool, err error) {
	e := newEvidence(p, p.forced)
	if err := e.close(); err != nil {
		return nil, err
	}
	e = e.tidy()
	for {
		open := newEvidence(p, e.hidden).attack() // anew: by nothing but what is published
		if len(open) == 0 {
			return e.hidden, nil
		}
		before := count(e.hidden)
		for _, b := range open {
			e.hideNearest(b.Cell)
		}
		if count(e.hidden) == before {
			return nil, errUnprotectable
		}
		if err := e.close(); err != nil {
			return nil, err
		}
	}
}

// errUnprotectable is due to sums that force a count to zero whatever the people are: with everything hidden, each
// other table can be grown or emptied at will. (Or to a problem whose numbers outgrow the arithmetic: no proof, no table.)
var errUnprotectable = errors.New("disclosure tables: the sums give a protected cell away even when everything is hidden")

// close hides more and more until the attacker fails. Each round hides a cell or proves one safe for good, so it ends.
func (e *evidence) close() error {
	for open := true; open; {
		open = false
		before := slices.Clone(e.hidden)
		for _, cells := range e.components() {
			s := e.newSystem(cells)
			s.brief = true
			for _, t := range s.things {
				if _, safe := s.prove(t); safe {
					continue
				}
				open = true
				if e.relieved(t, before) {
					continue // what was hidden for others may do: see in the next round
				}
				if !e.protect(t) && slices.Equal(e.hidden, before) {
					return errUnprotectable
				} // else all around is hidden by now, and the next round sees whether that does
			}
		}
	}
	return nil
}

// relieved says that something next to thing t has been hidden since.
func (e *evidence) relieved(t int, before []bool) bool {
	for _, i := range e.terms(t) {
		for _, k := range e.in[i] {
			for _, j := range append([]int{e.sums[k].Total}, e.sums[k].Parts...) {
				if e.hidden[j] && !before[j] {
					return true
				}
			}
		}
	}
	return false
}

// protect makes thing t safe or hides something. It reports false if neither is possible.
func (e *evidence) protect(t int) bool {
	before := count(e.hidden)
	return e.widen(t) || count(e.hidden) > before || e.hideNearest(t)
}

func count(hidden []bool) int {
	n := 0
	for _, h := range hidden {
		if h {
			n++
		}
	}
	return n
}

// hideNearest hides the shown cell that is cheapest to get to from thing t. It reports false if there is none.
func (e *evidence) hideNearest(t int) bool {
	for _, i := range e.around(t) {
		if !e.hidden[i] {
			e.hidden[i] = true
			return true
		}
	}
	return false
}

// tidy shows again, the dearest first, what the attacker doesn't need hidden.
func (e *evidence) tidy() *evidence {
	var extra []int
	for i, h := range e.hidden {
		if h && !e.forced[i] {
			extra = append(extra, i)
		}
	}
	slices.SortStableFunc(extra, func(a, b int) int { return cmp.Compare(e.cost[b], e.cost[a]) })
	limit := *e.work + tidyWork*len(e.counts)
	for _, i := range extra {
		if *e.work > limit {
			break
		}
		if e.residual(i) {
			continue
		}
		if f := e.showing(i); f.holds(i) {
			e = f
		}
	}
	return e
}

// residual says that showing cell i would surely give a sum's other hidden cells away: too few people would be left in them.
func (e *evidence) residual(i int) bool {
	for _, k := range e.in[i] {
		if e.sums[k].Total == i || e.hidden[e.sums[k].Total] {
			continue
		}
		left, n := int64(0), 0
		for _, j := range e.sums[k].Parts {
			if e.hidden[j] && j != i {
				left += e.counts[j]
				n++
			}
		}
		if left > 0 && (left < e.rule.Reach || n < 2) {
			return true
		}
	}
	return false
}

// holds says that everything watched is safe though cell i is shown. What is next to i is tried first, since that is
// where it fails if it does, and with little branching, since this only makes the result a little better.
func (e *evidence) holds(i int) bool {
	near := map[int]bool{}
	for _, k := range e.in[i] {
		near[e.sums[k].Total] = true
		for _, j := range e.sums[k].Parts {
			near[j] = true
		}
	}
	for _, cells := range e.components() {
		s := e.newSystem(cells)
		s.branches, s.brief = fewBranches, true
		for _, first := range []bool{true, false} {
			for _, t := range s.things {
				if near[t] != first {
					continue
				}
				if _, safe := s.prove(t); !safe {
					return false
				}
			}
		}
	}
	for g := range e.alike {
		if !e.proven(len(e.counts) + g) {
			return false
		}
	}
	return true
}
