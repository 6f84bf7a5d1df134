package disclosure

// solver is a second intruder, who shares nothing with the first: no algebra, only domains of whole numbers that are
// narrowed by each sum and halved until a table is found or none is left.
type solver struct {
	sums   []Sum
	lo, hi []int64
	nodes  int
	gaveUp bool
}

const (
	solverCap   = 2000 // nothing in the small tables needs to be larger to show that it can be large
	solverNodes = 40_000
)

func newSolver(t Tables, hidden []bool) *solver {
	s := &solver{sums: t.Sums}
	for _, g := range t.Groups {
		s.sums = append(s.sums[:len(s.sums):len(s.sums)], Sum(g))
	}
	for i, x := range t.Counts {
		lo, hi := x, x
		if hidden[i] {
			lo, hi = 0, solverCap
		}
		s.lo, s.hi = append(s.lo, lo), append(s.hi, hi)
	}
	return s
}

// adding is s with a further cell, the sum of parts; it returns its index.
func (s *solver) adding(parts []int) (*solver, int) {
	n := len(s.lo)
	u := s.clone()
	u.lo, u.hi = append(u.lo, 0), append(u.hi, solverCap)
	u.sums = append(s.sums[:len(s.sums):len(s.sums)], Sum{Total: n, Parts: parts})
	return u, n
}

func (s *solver) clone() *solver {
	n := len(s.lo)
	both := append(append(make([]int64, 0, 2*n), s.lo...), s.hi...)
	return &solver{sums: s.sums, lo: both[:n:n], hi: both[n:]}
}

// bounds are the exact least and most of cell i over all whole tables, by bisection.
func (s *solver) bounds(i int) (lower, upper int64) {
	s.narrow() // the truth is among the tables, so this never fails
	lower = s.search(i, func(mid int64, u *solver) { u.hi[i] = min(u.hi[i], mid) }, true)
	upper = s.search(i, func(mid int64, u *solver) { u.lo[i] = max(u.lo[i], mid) }, false)
	return lower, upper
}

func (s *solver) search(i int, limit func(int64, *solver), least bool) int64 {
	from, to := s.lo[i], s.hi[i]
	for from < to {
		mid := from + (to-from)/2
		if !least {
			mid++
		}
		u := s.clone()
		limit(mid, u)
		possible := u.possible(&s.nodes)
		s.gaveUp = s.gaveUp || s.nodes > solverNodes
		switch {
		case least && possible:
			to = mid
		case least:
			from = mid + 1
		case possible:
			from = mid
		default:
			to = mid - 1
		}
	}
	return from
}

// possible says that there is a table within the domains.
func (s *solver) possible(nodes *int) bool {
	if *nodes++; *nodes > solverNodes {
		return false
	}
	if !s.narrow() {
		return false
	}
	widest := -1
	for i := range s.lo {
		if s.lo[i] < s.hi[i] && (widest < 0 || s.hi[i]-s.lo[i] > s.hi[widest]-s.lo[widest]) {
			widest = i
		}
	}
	if widest < 0 {
		return true
	}
	mid := s.lo[widest] + (s.hi[widest]-s.lo[widest])/2
	u := s.clone()
	u.hi[widest] = mid
	if u.possible(nodes) {
		return true
	}
	s.lo[widest] = mid + 1
	return s.possible(nodes)
}

// narrow applies every sum to every domain until nothing changes; false when a domain is empty.
func (s *solver) narrow() bool {
	for changed := true; changed; {
		changed = false
		for k := range s.sums {
			more, ok := s.apply(&s.sums[k])
			if !ok {
				return false
			}
			changed = changed || more
		}
	}
	return true
}

// apply narrows the domains of one sum, and says whether it did and whether none is empty.
func (s *solver) apply(k *Sum) (changed, ok bool) {
	var lo, hi int64
	for _, i := range k.Parts {
		lo, hi = lo+s.lo[i], hi+s.hi[i]
	}
	changed, ok = s.limit(k.Total, lo, hi)
	most, least := s.hi[k.Total], s.lo[k.Total]
	for _, i := range k.Parts {
		if !ok || least == lo && most == hi {
			return changed, ok // the total leaves the parts as free as they are
		}
		l, h := s.lo[i], s.hi[i]
		more, fits := s.limit(i, least-(hi-h), most-(lo-l))
		changed, ok = changed || more, fits
	}
	return changed, ok
}

func (s *solver) limit(i int, lo, hi int64) (changed, ok bool) {
	l, h := s.lo[i], s.hi[i]
	if lo > l {
		l, changed = lo, true
		s.lo[i] = l
	}
	if hi < h {
		h, changed = hi, true
		s.hi[i] = h
	}
	return changed, l <= h
}

// open are the breaches that the second intruder finds, in the order of [Attack].
func (s *solver) open(t Tables, hidden []bool, r Rule) []Breach {
	var out []Breach
	for i, x := range t.Counts {
		if x == 0 || !hidden[i] && x > r.Threshold {
			continue
		}
		if lo, hi := s.bounds(i); hi < r.Reach || hi-lo < r.Span {
			out = append(out, Breach{Cell: i, Lower: lo, Upper: hi})
		}
	}
	for _, g := range t.Groups {
		var rest []int
		for _, i := range g.Parts {
			if t.Counts[i] == 0 {
				rest = append(rest, i)
			}
		}
		if len(rest) != len(g.Parts)-1 {
			continue
		}
		u, n := s.adding(rest)
		_, hi := u.bounds(n)
		if s.gaveUp = s.gaveUp || u.gaveUp; hi < r.Reach {
			out = append(out, Breach{Cell: g.Total, Upper: hi, Alike: true})
		}
	}
	return out
}
