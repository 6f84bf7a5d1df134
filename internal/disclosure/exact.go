package disclosure

import "math/bits"

// Exact arithmetic on int64. What doesn't fit is reported, never wrapped: a proof that overflowed is no proof.

// near says that products of two such numbers can be added without overflow.
func near(v int64) bool { return uint64(v+1<<30) < 1<<31 }

// mulSub is a·p − k·b.
func mulSub(a, p, k, b int64) (int64, bool) {
	if near(a) && near(p) && near(k) && near(b) {
		return a*p - k*b, true
	}
	x, okx := mul(a, p)
	y, oky := mul(k, b)
	d := x - y
	return d, okx && oky && (x >= y) == (d >= 0)
}

func mul(a, b int64) (int64, bool) {
	hi, lo := bits.Mul64(magnitude(a), magnitude(b))
	if hi != 0 || lo > 1<<62 {
		return 0, false
	}
	if (a < 0) != (b < 0) {
		return -int64(lo), true
	}
	return int64(lo), true
}

func magnitude(v int64) uint64 {
	if v < 0 {
		return -uint64(v)
	}
	return uint64(v)
}

// less says that a/b < c/d, for a, c ≥ 0 and b, d > 0.
func less(a, b, c, d int64) bool {
	h1, l1 := bits.Mul64(uint64(a), uint64(d))
	h2, l2 := bits.Mul64(uint64(c), uint64(b))
	return h1 < h2 || h1 == h2 && l1 < l2
}

// gcd of g ≥ 0 and v; gcd(0, v) = |v|.
func gcd(g, v int64) int64 {
	if g == 0 {
		return max(v, -v)
	}
	for v %= g; v != 0; {
		g, v = v, g%v
	}
	return max(g, -g)
}

// floorDiv is ⌊a/b⌋ for b > 0.
func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
