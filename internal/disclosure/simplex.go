package disclosure

// outcome says how a search over the vertices ended.
type outcome int

const (
	optimal    outcome = iota // no point has a larger z
	unbounded                 // z grows without end; the column is the way
	stopped                   // the visitor had seen enough
	infeasible                // there is no point
	gaveUp                    // overflow or too long: nothing may be concluded
)

// maxPivots bounds one search. Bland's rule ends every search, but not always soon.
const maxPivots = 4000

// patience is how many pivots without progress are made before Bland's rule takes over and rules out going round in circles.
const patience = 12

// aim sets z = Σ coef·x[v].
func (t *tableau) aim(goal []term) {
	t.obj = row{den: 1, a: make([]int64, len(t.cols))}
	for _, g := range goal {
		i := t.where[g.v]
		if i < 0 {
			x, ok := mulSub(g.coef, -t.obj.den, 0, 0)
			t.obj.a[^i] += x
			t.failed = t.failed || !ok
			continue
		}
		// z − coef·x = 0, and den·x + Σ a·x' = rhs: take coef·obj.den times the row, den times the objective.
		r := &t.rows[i]
		k, ok := mulSub(g.coef, -t.obj.den, 0, 0)
		t.failed = t.failed || !ok
		t.combine(t.obj.a, r.den, k, r.a, t.nonZero(r.a))
		rhs, okr := mulSub(t.obj.rhs, r.den, k, r.rhs)
		den, okd := mulSub(t.obj.den, r.den, 0, 0)
		t.failed = t.failed || !okr || !okd
		t.obj.den, t.obj.rhs = divide(t.obj.a, den, rhs)
	}
}

// maximise walks from vertex to vertex until z can't grow. visit sees every vertex, the first one too, and may stop it.
func (t *tableau) maximise(visit func() (enough bool)) (outcome, int) {
	idle := 0
	for range maxPivots {
		if t.failed {
			return gaveUp, 0
		}
		if visit() {
			return stopped, 0
		}
		c := t.entering(idle > patience)
		if c < 0 {
			return optimal, 0
		}
		r := t.leaving(c)
		if r < 0 {
			return unbounded, c
		}
		if t.rows[r].rhs > 0 {
			idle = 0
		} else {
			idle++
		}
		t.pivot(r, c)
	}
	return gaveUp, 0
}

// entering is the column that z gains most from, or with bland the one of the lowest variable that it gains from.
func (t *tableau) entering(bland bool) int {
	best := -1
	for c, a := range t.obj.a {
		if a >= 0 {
			continue
		}
		switch {
		case best < 0,
			bland && t.cols[c] < t.cols[best],
			!bland && (a < t.obj.a[best] || a == t.obj.a[best] && t.cols[c] < t.cols[best]):
			best = c
		}
	}
	return best
}

// leaving is the row that first reaches zero when column c grows, the lowest variable on a tie; −1 if none ever does.
func (t *tableau) leaving(c int) int {
	best := -1
	for i := range t.rows {
		a := t.rows[i].a[c]
		if a <= 0 {
			continue
		}
		if best < 0 {
			best = i
			continue
		}
		rhs, b := t.rows[best].rhs, t.rows[best].a[c]
		if less(t.rows[i].rhs, a, rhs, b) || !less(rhs, b, t.rows[i].rhs, a) && t.basic[i] < t.basic[best] {
			best = i
		}
	}
	return best
}

// whole is the value of each variable at the vertex, if all are whole numbers. slacks of branches are left out.
func (t *tableau) whole(n int) ([]int64, bool) {
	x := make([]int64, n)
	for i, v := range t.basic {
		r := &t.rows[i]
		if r.rhs%r.den != 0 {
			return nil, false
		}
		if v < n {
			x[v] = r.rhs / r.den
		}
	}
	return x, true
}

// ray is how the variables change, in whole numbers, when column c grows.
func (t *tableau) ray(n, c int) ([]int64, bool) {
	scale := int64(1)
	for i := range t.rows {
		if r := &t.rows[i]; r.a[c] != 0 {
			var ok bool
			if scale, ok = mul(scale/gcd(scale, r.den), r.den); !ok {
				return nil, false
			}
		}
	}
	x := make([]int64, n)
	x[t.cols[c]] = scale
	for i, v := range t.basic {
		if v >= n {
			continue
		}
		var ok bool
		if x[v], ok = mul(-t.rows[i].a[c], scale/t.rows[i].den); !ok {
			return nil, false
		}
	}
	return x, true
}

// cut adds, to an optimal tableau, that the variable of row i be at most ⌊x⌋ (or at least ⌈x⌉ when up), and makes it
// optimal again by the dual simplex method.
func (t *tableau) cut(i int, up bool) outcome {
	r := t.rows[i]
	s := row{den: r.den, a: make([]int64, len(r.a))}
	floor := floorDiv(r.rhs, r.den)
	for j, x := range r.a {
		s.a[j] = -x
		if up {
			s.a[j] = x
		}
	}
	s.rhs = floor*r.den - r.rhs
	if up {
		s.rhs = r.rhs - (floor+1)*r.den
	}
	s.den, s.rhs = divide(s.a, s.den, s.rhs)
	v := len(t.where)
	t.where = append(t.where, len(t.rows))
	t.basic = append(t.basic, v)
	t.rows = append(t.rows, s)
	return t.restore()
}

// restore makes an optimal tableau feasible, keeping it optimal; the lowest variable is chosen on every tie.
func (t *tableau) restore() outcome {
	for range maxPivots {
		if t.failed {
			return gaveUp
		}
		r := -1
		for i := range t.rows {
			if t.rows[i].rhs < 0 && (r < 0 || t.basic[i] < t.basic[r]) {
				r = i
			}
		}
		if r < 0 {
			return optimal
		}
		c := -1
		for j, a := range t.rows[r].a {
			if a >= 0 {
				continue
			}
			if c < 0 {
				c = j
				continue
			}
			z, y, b := t.obj.a[j], t.obj.a[c], t.rows[r].a[c]
			if less(z, -a, y, -b) || !less(y, -b, z, -a) && t.cols[j] < t.cols[c] {
				c = j
			}
		}
		if c < 0 {
			return infeasible
		}
		t.pivot(r, c)
	}
	return gaveUp
}
