package disclosure

import "slices"

// tableau is an exact simplex tableau: every row is an equation in whole numbers
//
//	den·x[basic] + Σ a[j]·x[cols[j]] = rhs,  den > 0
//
// with a denominator of its own, reduced by the greatest common divisor. Tables of counts make rows of −1, 0 and 1
// nearly always, so int64 is enough; when it isn't, failed is set and nothing may be concluded.
//
// It starts at a point known to be feasible (the true counts), so there is no phase one. A column whose variable
// rests at a positive level is measured from there until settle has brought it down to zero; from then on the tableau
// stands at a vertex.
type tableau struct {
	rows   []row
	obj    row     // den·z + Σ a[j]·x[cols[j]] = rhs; z is to be made large
	basic  []int   // the variable of each row
	cols   []int   // the variable of each column
	level  []int64 // where each column's variable rests
	where  []int   // of each variable: its row i, or ^j for its column j
	failed bool
	used   []int // scratch of nonZero
	work   *int  // entries touched, to bound effort the same way on every machine
}

type row struct {
	den, rhs int64
	a        []int64
}

// equation is Σ coef·x[var] = constant; which constant follows from the feasible point.
type equation []term

type term struct {
	v    int
	coef int64
}

// newTableau solves the equations for as many variables as they determine (exact Gauss–Jordan elimination), in the
// order of prefer, which names every variable once. at is a feasible point.
func newTableau(eqs []equation, at []int64, prefer []int, work *int) *tableau {
	t := &tableau{where: make([]int, len(at)), work: work}
	*work += len(eqs) * len(at)
	rows := dense(eqs, len(at))
	pivots := t.eliminate(rows, prefer)
	taken := make([]bool, len(at))
	for _, v := range pivots {
		if v >= 0 {
			taken[v] = true
		}
	}
	for v := range at {
		if !taken[v] {
			t.where[v] = ^len(t.cols)
			t.cols = append(t.cols, v)
			t.level = append(t.level, at[v])
		}
	}
	for i, v := range pivots {
		if v < 0 {
			continue // said by the other equations already
		}
		r := row{den: rows[i][v], a: make([]int64, len(t.cols))}
		for j, w := range t.cols {
			r.a[j] = rows[i][w]
		}
		var ok bool
		if r.rhs, ok = mulSub(r.den, at[v], 0, 0); !ok {
			t.failed = true
		}
		t.where[v] = len(t.rows)
		t.basic = append(t.basic, v)
		t.rows = append(t.rows, r)
	}
	t.settle()
	return t
}

func dense(eqs []equation, n int) [][]int64 {
	rows := make([][]int64, len(eqs))
	flat := make([]int64, len(eqs)*n)
	for i, eq := range eqs {
		rows[i] = flat[i*n : (i+1)*n : (i+1)*n]
		for _, term := range eq {
			rows[i][term.v] += term.coef
		}
	}
	return rows
}

// eliminate returns the variable each row was solved for, −1 for a row that became empty.
func (t *tableau) eliminate(rows [][]int64, prefer []int) []int {
	pivots := slices.Repeat([]int{-1}, len(rows))
	left := len(rows)
	for _, v := range prefer {
		if left == 0 {
			break
		}
		r := shortest(rows, pivots, v)
		if r < 0 {
			continue
		}
		pivots[r] = v
		left--
		if rows[r][v] < 0 {
			for j, x := range rows[r] {
				rows[r][j] = -x
			}
		}
		used := t.nonZero(rows[r])
		for i := range rows {
			if k := rows[i][v]; i != r && k != 0 {
				t.combine(rows[i], rows[r][v], k, rows[r], used)
				if rows[r][v] != 1 || pivots[i] >= 0 && rows[i][pivots[i]] != 1 {
					divide(rows[i], 0, 0)
				}
			}
		}
	}
	return pivots
}

// shortest is the unsolved row with v in it that has the fewest entries, to keep the others short.
func shortest(rows [][]int64, pivots []int, v int) int {
	best, size := -1, len(rows[0])+1
	for i := range rows {
		if pivots[i] >= 0 || rows[i][v] == 0 {
			continue
		}
		n := 0
		for _, x := range rows[i] {
			if x != 0 {
				if n++; n >= size {
					break
				}
			}
		}
		if n < size {
			best, size = i, n
		}
	}
	return best
}

// nonZero are the places of a that are not zero; the next call overwrites them.
func (t *tableau) nonZero(a []int64) []int {
	t.used = t.used[:0]
	for j, x := range a {
		if x != 0 {
			t.used = append(t.used, j)
		}
	}
	return t.used
}

// combine makes dst = p·dst − k·src; used are the non-zero places of src.
func (t *tableau) combine(dst []int64, p, k int64, src []int64, used []int) {
	ok := true
	if p == 1 {
		*t.work += len(used)
		for _, j := range used {
			if dst[j], ok = mulSub(dst[j], 1, k, src[j]); !ok {
				t.failed = true
			}
		}
		return
	}
	*t.work += len(dst)
	for j, x := range dst {
		if x == 0 && src[j] == 0 {
			continue
		}
		if dst[j], ok = mulSub(x, p, k, src[j]); !ok {
			t.failed = true
		}
	}
}

// divide takes out the common divisor of a and the two further numbers, and returns these.
func divide(a []int64, den, rhs int64) (int64, int64) {
	g := gcd(gcd(0, den), rhs)
	for _, x := range a {
		if g == 1 {
			return den, rhs
		}
		if x != 0 {
			g = gcd(g, x)
		}
	}
	if g <= 1 {
		return den, rhs
	}
	for j, x := range a {
		if x != 0 {
			a[j] = x / g
		}
	}
	return den / g, rhs / g
}

// pivot exchanges the variable of row r with that of column c.
func (t *tableau) pivot(r, c int) {
	p := &t.rows[r]
	p.den, p.a[c] = p.a[c], p.den
	if p.den < 0 {
		p.den, p.rhs = -p.den, -p.rhs
		for j, x := range p.a {
			p.a[j] = -x
		}
	}
	if p.den != 1 {
		p.den, p.rhs = divide(p.a, p.den, p.rhs)
	}
	in, out := t.cols[c], t.basic[r]
	t.basic[r], t.cols[c] = in, out
	t.where[in], t.where[out] = r, ^c

	used := t.nonZero(p.a)
	for i := range t.rows {
		if i != r {
			t.substitute(&t.rows[i], p, c, used)
		}
	}
	if t.obj.a != nil {
		t.substitute(&t.obj, p, c, used)
	}
}

// substitute eliminates from q the variable that p was just solved for; q's coefficient of it is still in column c.
func (t *tableau) substitute(q, p *row, c int, used []int) {
	k := q.a[c]
	if k == 0 {
		return
	}
	q.a[c] = 0
	g := gcd(p.den, k)
	scale, k := p.den/g, k/g
	t.combine(q.a, scale, k, p.a, used)
	var okr, okd bool
	q.rhs, okr = mulSub(q.rhs, scale, k, p.rhs)
	q.den, okd = mulSub(q.den, scale, 0, 0)
	if !okr || !okd {
		t.failed = true
		return
	}
	if scale != 1 && q.den > 256 {
		q.den, q.rhs = divide(q.a, q.den, q.rhs)
	}
}

// settle moves every column's variable from its level down to zero, exchanging it for the first row variable that
// reaches zero on the way. All points passed are feasible; the last is a vertex.
func (t *tableau) settle() {
	for c, from := range t.level {
		if from == 0 || t.failed {
			continue
		}
		t.level[c] = 0
		r := -1
		for i := range t.rows {
			a := t.rows[i].a[c]
			if a >= 0 || !less(t.rows[i].rhs, -a, from, 1) {
				continue
			}
			if r < 0 || less(t.rows[i].rhs, -a, t.rows[r].rhs, -t.rows[r].a[c]) {
				r = i
			}
		}
		for i := range t.rows {
			var ok bool
			q := &t.rows[i]
			if q.rhs, ok = mulSub(q.rhs, 1, -q.a[c], from); !ok {
				t.failed = true
				return
			}
		}
		if r >= 0 {
			t.pivot(r, c)
		}
	}
}

// clone copies t, so that it can be explored and dropped.
func (t *tableau) clone() *tableau {
	u := &tableau{
		rows: slices.Clone(t.rows), obj: t.obj, basic: slices.Clone(t.basic), cols: slices.Clone(t.cols),
		level: slices.Clone(t.level), where: slices.Clone(t.where), failed: t.failed, work: t.work,
	}
	for i := range u.rows {
		u.rows[i].a = slices.Clone(t.rows[i].a)
	}
	u.obj.a = slices.Clone(t.obj.a)
	*u.work += len(t.rows) * len(t.cols)
	return u
}
