package fhirpath

import (
	"math/big"
	"strings"
)

// decimal is an exact number: a coefficient over a power of ten. The coefficient is n while it fits into 63 bits, and
// wide beyond; almost every number of a questionnaire takes the first way, which allocates nothing.
type decimal struct {
	n     int64
	wide  *big.Int // nil: n counts
	scale int32    // digits after the point, never negative
}

// Bounds of numbers. N1 asks for 28 digits and steps of 10^-8; what is beyond ours is empty, as an overflow is.
const (
	maxNumberDigits = 60
	maxScale        = 30
	quotientScale   = 20 // digits after the point of what has no end: quotients, roots, logarithms
	equalScale      = 8  // numbers that agree up to here are equal: the finest step that N1 knows
)

var powers = func() (out [19]int64) {
	out[0] = 1
	for i := 1; i < len(out); i++ {
		out[i] = out[i-1] * 10
	}
	return out
}()

func whole(n int64) decimal { return decimal{n: n} }

func tenTo(n int32) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

func (d decimal) coefficient() *big.Int {
	if d.wide != nil {
		return d.wide
	}
	return big.NewInt(d.n)
}

// wideDecimal makes a decimal of a coefficient that it may keep.
func wideDecimal(c *big.Int, scale int32) decimal {
	if c.IsInt64() && c.Int64() != -1<<63 {
		return decimal{n: c.Int64(), scale: scale}
	}
	return decimal{wide: c, scale: scale}
}

// fits says whether d is within the bounds of numbers.
func (d decimal) fits() bool {
	return d.wide == nil && d.scale <= maxScale || d.scale <= maxScale && d.wide.BitLen() < 300
}

func (d decimal) sign() int {
	if d.wide != nil {
		return d.wide.Sign()
	}
	switch {
	case d.n < 0:
		return -1
	case d.n > 0:
		return 1
	}
	return 0
}

func (d decimal) neg() decimal {
	if d.wide != nil {
		return wideDecimal(new(big.Int).Neg(d.wide), d.scale)
	}
	return decimal{n: -d.n, scale: d.scale}
}

// at is d's coefficient with so many digits after the point, which are not fewer than d's.
func (d decimal) at(scale int32) (small int64, wide *big.Int) {
	by := scale - d.scale
	if d.wide == nil && by < int32(len(powers)) {
		p := powers[by]
		if out := d.n * p; out/p == d.n && (d.n == 0 || out != -1<<63) {
			return out, nil
		}
	}
	return 0, new(big.Int).Mul(d.coefficient(), tenTo(by))
}

func (d decimal) add(o decimal) decimal {
	scale := max(d.scale, o.scale)
	a, wa := d.at(scale)
	b, wb := o.at(scale)
	if wa == nil && wb == nil {
		if sum := a + b; (sum > a) == (b > 0) && sum != -1<<63 {
			return decimal{n: sum, scale: scale}
		}
	}
	if wa == nil {
		wa = big.NewInt(a)
	}
	if wb == nil {
		wb = big.NewInt(b)
	}
	return wideDecimal(new(big.Int).Add(wa, wb), scale)
}

func (d decimal) mul(o decimal) decimal {
	out := wideDecimal(new(big.Int).Mul(d.coefficient(), o.coefficient()), d.scale+o.scale)
	if out.scale > quotientScale {
		out = out.round(quotientScale)
	}
	return out
}

// div is d/o to quotientScale digits, without needless zeros at its end; o is not zero.
func (d decimal) div(o decimal) decimal {
	n := new(big.Int).Mul(d.coefficient(), tenTo(quotientScale+o.scale))
	q := divRound(n, new(big.Int).Mul(o.coefficient(), tenTo(d.scale)))
	return wideDecimal(q, quotientScale).trim()
}

// divRound is n/d rounded half away from zero.
func divRound(n, d *big.Int) *big.Int {
	q, r := new(big.Int).QuoRem(n, d, new(big.Int))
	if r.Abs(r).Lsh(r, 1).CmpAbs(d) >= 0 {
		if n.Sign()*d.Sign() < 0 {
			return q.Sub(q, big.NewInt(1))
		}
		return q.Add(q, big.NewInt(1))
	}
	return q
}

// quo is d/o without its fraction, and rem what is left of d; o is not zero.
func (d decimal) quo(o decimal) (quo, rem decimal) {
	scale := max(d.scale, o.scale)
	a, wa := d.at(scale)
	b, wb := o.at(scale)
	if wa == nil && wb == nil {
		return whole(a / b), decimal{n: a % b, scale: scale}
	}
	if wa == nil {
		wa = big.NewInt(a)
	}
	if wb == nil {
		wb = big.NewInt(b)
	}
	q, r := new(big.Int).QuoRem(wa, wb, new(big.Int))
	return wideDecimal(q, 0), wideDecimal(r, scale)
}

// round rounds half away from zero to so many digits after the point.
func (d decimal) round(scale int32) decimal {
	if d.scale <= scale {
		return d
	}
	return wideDecimal(divRound(d.coefficient(), tenTo(d.scale-scale)), scale)
}

// towards is d without its fraction: the next whole number towards zero, below (−1) or above (1).
func (d decimal) towards(way int) decimal {
	q, r := d.quo(whole(1))
	if r.sign() == way && way != 0 {
		return q.add(whole(int64(way)))
	}
	return q
}

// trim takes zeros off the end of the fraction.
func (d decimal) trim() decimal {
	if d.wide == nil {
		for d.scale > 0 && d.n%10 == 0 {
			d.n, d.scale = d.n/10, d.scale-1
		}
		return d
	}
	c, ten, r := new(big.Int).Set(d.wide), big.NewInt(10), new(big.Int)
	for d.scale > 0 {
		q, r := new(big.Int).QuoRem(c, ten, r)
		if r.Sign() != 0 {
			break
		}
		c, d.scale = q, d.scale-1
	}
	return wideDecimal(c, d.scale)
}

// isWhole says whether d has no fraction.
func (d decimal) isWhole() bool { return d.trim().scale == 0 }

// int is d as an int64, if it is one.
func (d decimal) int() (int64, bool) {
	d = d.trim()
	return d.n, d.scale == 0 && d.wide == nil
}

// cmp orders two numbers up to equalScale digits after the point.
func (d decimal) cmp(o decimal) int {
	if d.scale > equalScale || o.scale > equalScale {
		d, o = d.round(equalScale), o.round(equalScale)
	}
	scale := max(d.scale, o.scale)
	a, wa := d.at(scale)
	b, wb := o.at(scale)
	if wa == nil && wb == nil {
		switch {
		case a < b:
			return -1
		case a > b:
			return 1
		}
		return 0
	}
	if wa == nil {
		wa = big.NewInt(a)
	}
	if wb == nil {
		wb = big.NewInt(b)
	}
	return wa.Cmp(wb)
}

// String is the plain form, every digit after the point that d has included.
func (d decimal) String() string {
	s := d.coefficient().String()
	sign := ""
	if s[0] == '-' {
		sign, s = "-", s[1:]
	}
	if n := int(d.scale); n > 0 {
		if len(s) <= n {
			s = strings.Repeat("0", n-len(s)+1) + s
		}
		s = s[:len(s)-n] + "." + s[len(s)-n:]
	}
	return sign + s
}

// readDecimal reads digits with at most one point among them and a sign before them.
func readDecimal(s string) (decimal, bool) {
	digits, negative := s, false
	if s != "" && (s[0] == '-' || s[0] == '+') {
		digits, negative = s[1:], s[0] == '-'
	}
	head, tail, point := strings.Cut(digits, ".")
	if head == "" || point && tail == "" || len(head)+len(tail) > maxNumberDigits || len(tail) > maxScale || !allDigits(head) || !allDigits(tail) {
		return decimal{}, false
	}
	d := decimal{scale: int32(len(tail))}
	if len(head)+len(tail) <= 18 {
		for _, part := range [2]string{head, tail} {
			for i := range len(part) {
				d.n = d.n*10 + int64(part[i]-'0')
			}
		}
	} else {
		c, _ := new(big.Int).SetString(head+tail, 10)
		d = wideDecimal(c, d.scale)
	}
	if negative {
		d = d.neg()
	}
	return d, true
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
