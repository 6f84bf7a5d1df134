package fhirpath

import (
	"math"
	"math/big"
)

var mathFunctions = map[string]*function{
	"abs":      {do: numbered(absolute)},
	"ceiling":  {do: numbered(wholeNumber(1))},
	"floor":    {do: numbered(wholeNumber(-1))},
	"truncate": {do: numbered(wholeNumber(0))},
	"round":    {most: 1, do: round},
	"sqrt":     {do: real(sqrt)},
	"exp":      {do: real(exponential)},
	"ln":       {do: real(ln)},
	"log":      {least: 1, most: 1, do: logarithm},
	"power":    {least: 1, most: 1, do: power},
}

// numbered makes a function of one number, or of a quantity's.
func numbered(f func(Value) Value) func(*run, *call, Collection) Collection {
	return func(r *run, c *call, focus Collection) Collection {
		v, ok := r.single(focus, c.at)
		if !ok {
			return nil
		}
		if v = v.plain(); !numeric(v.kind) && v.kind != Quantity {
			return r.fail(c.at, "%s() needs a number, not %s", c.name, v.Type())
		}
		return r.numeral(f(v))
	}
}

func absolute(v Value) Value {
	if v.num.sign() < 0 {
		v.num = v.num.neg()
	}
	return v
}

func wholeNumber(way int) func(Value) Value {
	return func(v Value) Value {
		v.num = v.num.towards(way)
		if v.kind == Decimal {
			v.kind = Integer
		}
		return v
	}
}

func round(r *run, c *call, focus Collection) Collection {
	places := int64(0)
	if len(c.args) == 1 {
		arg := c.arg(r, 0)
		if len(arg) > 0 {
			n, ok := r.integer(arg, c.at)
			if !ok {
				return nil
			}
			places = n
		}
	}
	if places < 0 {
		return r.fail(c.at, "round() needs a number of digits from 0 up")
	}
	return numbered(func(v Value) Value {
		v.num = v.num.round(int32(min(places, maxScale)))
		if v.kind == Integer {
			v.kind = Decimal
		}
		return v
	})(r, c, focus)
}

// real makes a function of one number whose results have no end; ok is false where it has none.
func real(f func(decimal) (decimal, bool)) func(*run, *call, Collection) Collection {
	return func(r *run, c *call, focus Collection) Collection {
		v, ok := r.number1(c, focus)
		if !ok || !r.step(500) {
			return nil
		}
		d, ok := f(v.num)
		if !ok {
			return nil
		}
		return r.numeral(Value{kind: Decimal, num: d})
	}
}

func (r *run) number1(c *call, focus Collection) (Value, bool) {
	v, ok := r.single(focus, c.at)
	if !ok {
		return v, false
	}
	if v = v.plain(); !numeric(v.kind) {
		r.fail(c.at, "%s() needs a number, not %s", c.name, v.Type())
		return v, false
	}
	return v, true
}

// accuracy is in bits: more than quotientScale digits before and after the point take.
const accuracy = 192

func (d decimal) float() *big.Float {
	f := new(big.Float).SetPrec(accuracy).SetInt(d.coefficient())
	return f.Quo(f, new(big.Float).SetPrec(accuracy).SetInt(tenTo(d.scale)))
}

// ofFloat rounds f to quotientScale digits after the point.
func ofFloat(f *big.Float) (decimal, bool) {
	if f.IsInf() || f.MantExp(nil) > accuracy {
		return decimal{}, false
	}
	f = new(big.Float).SetPrec(2*accuracy).Mul(f, new(big.Float).SetInt(tenTo(quotientScale+1)))
	c, _ := f.Int(nil)
	return wideDecimal(c, quotientScale+1).round(quotientScale).trim(), true
}

func sqrt(d decimal) (decimal, bool) {
	if d.sign() < 0 {
		return d, false
	}
	return ofFloat(new(big.Float).Sqrt(d.float()))
}

func exponential(d decimal) (decimal, bool) {
	if d.cmp(whole(130)) > 0 || d.cmp(whole(-130)) < 0 {
		return decimal{}, d.sign() < 0 // nothing to see after the point, or too large to write
	}
	return ofFloat(expFloat(d.float()))
}

func ln(d decimal) (decimal, bool) {
	if d.sign() <= 0 {
		return d, false
	}
	return ofFloat(lnFloat(d.float()))
}

// expFloat is e^x by its series, on a part of x so small that few terms are needed.
func expFloat(x *big.Float) *big.Float {
	const halvings = 16
	small := new(big.Float).SetMantExp(x, -halvings)
	sum, term := big.NewFloat(1).SetPrec(accuracy), big.NewFloat(1).SetPrec(accuracy)
	for n := int64(1); n < 40; n++ {
		term.Mul(term, small)
		term.Quo(term, new(big.Float).SetInt64(n))
		sum.Add(sum, term)
	}
	for range halvings {
		sum.Mul(sum, sum)
	}
	return sum
}

// lnFloat solves e^y = x from an ordinary logarithm on; every round triples its correct digits.
func lnFloat(x *big.Float) *big.Float {
	mantissa := new(big.Float)
	exponent := x.MantExp(mantissa)
	m, _ := mantissa.Float64()
	y := big.NewFloat(math.Log(m) + float64(exponent)*math.Ln2).SetPrec(accuracy)
	for range 4 {
		e := expFloat(y)
		step := new(big.Float).SetPrec(accuracy).Sub(x, e)
		step.Quo(step.Add(step, step), e.Add(e, x))
		y.Add(y, step)
	}
	return y
}

func logarithm(r *run, c *call, focus Collection) Collection {
	x, ok := r.number1(c, focus)
	base, given := r.number1(c, c.arg(r, 0))
	if !ok || !given || !r.step(1000) || x.num.sign() <= 0 || base.num.sign() <= 0 || base.num.cmp(whole(1)) == 0 {
		return nil
	}
	f := lnFloat(x.num.float())
	d, ok := ofFloat(f.Quo(f, lnFloat(base.num.float())))
	if !ok {
		return nil
	}
	return r.numeral(Value{kind: Decimal, num: d.round(quotientScale - 4).trim()})
}

// power is exact for whole exponents.
func power(r *run, c *call, focus Collection) Collection {
	x, ok := r.number1(c, focus)
	y, given := r.number1(c, c.arg(r, 0))
	if !ok || !given || !r.step(500) {
		return nil
	}
	out := Value{kind: Decimal}
	if x.kind == Integer && y.kind == Integer && y.num.sign() >= 0 {
		out.kind = Integer
	}
	if n, isInt := y.num.int(); isInt && n >= -1000 && n <= 1000 {
		if out.num, ok = x.num.raised(n); !ok {
			return nil
		}
		return r.numeral(out)
	}
	if x.num.sign() <= 0 {
		if x.num.sign() == 0 && y.num.sign() > 0 {
			return r.numeral(Value{kind: out.kind})
		}
		return nil
	}
	f := lnFloat(x.num.float())
	f.Mul(f, y.num.float())
	if limit := big.NewFloat(130); f.Cmp(limit) > 0 {
		return nil
	} else if f.Cmp(limit.Neg(limit)) < 0 {
		return r.numeral(Value{kind: Decimal})
	}
	if out.num, ok = ofFloat(expFloat(f)); !ok {
		return nil
	}
	return r.numeral(out)
}

// raised is d to the n-th; ok is false where that is nothing or out of bounds.
func (d decimal) raised(n int64) (decimal, bool) {
	if n < 0 {
		if d.sign() == 0 {
			return d, false
		}
		up, ok := d.raised(-n)
		if !ok || up.sign() == 0 {
			return decimal{}, ok
		}
		return whole(1).div(up), true
	}
	out := whole(1)
	for base := d; n > 0; n >>= 1 {
		if n&1 == 1 {
			out = out.mul(base)
		}
		if !out.fits() {
			return out, false
		}
		if n > 1 {
			if base = base.mul(base); !base.fits() {
				return out, false
			}
		}
	}
	return out, true
}
