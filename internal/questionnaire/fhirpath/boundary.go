package fhirpath

import "time"

// boundary is lowBoundary() or highBoundary(): the least or greatest value that what was said may stand for.
func boundary(high bool) func(*run, *call, Collection) Collection {
	return func(r *run, c *call, focus Collection) Collection {
		v, ok := r.single(focus, c.at)
		if !ok {
			return nil
		}
		digits := int64(-1)
		if arg := c.arg(r, 0); len(arg) > 0 {
			if digits, ok = r.integer(arg, c.at); !ok || digits < 0 {
				return nil
			}
		}
		v = v.plain()
		switch v.kind {
		case Integer, Decimal, Quantity:
			return r.numberBoundary(v, digits, high)
		case Date, DateTime, Time:
			if v.at, ok = v.at.boundary(v.kind, digits, high); !ok {
				return nil
			}
			return Collection{v}
		}
		return r.fail(c.at, "%s() needs a number or a date, not %s", c.name, v.Type())
	}
}

// numberBoundary goes half a unit of the last digit down or up.
func (r *run) numberBoundary(v Value, digits int64, high bool) Collection {
	if digits < 0 {
		digits = equalScale
	}
	if digits > maxScale {
		return nil
	}
	half := decimal{n: 5, scale: v.num.scale + 1}
	if !high {
		half = half.neg()
	}
	scale := int32(digits)
	num := v.num.add(half)
	if num.scale > scale {
		cut := decimal{n: 1, scale: scale}
		down, rest := num.quo(cut)
		switch {
		case high && rest.sign() > 0:
			down = down.add(whole(1))
		case !high && rest.sign() < 0:
			down = down.add(whole(-1))
		}
		num = down.mul(cut)
	}
	if small, wide := num.at(scale); wide != nil {
		num = wideDecimal(wide, scale)
	} else {
		num = decimal{n: small, scale: scale}
	}
	v.num = num
	if v.kind == Integer {
		v.kind = Decimal
	}
	return r.numeral(v)
}

// boundary fills in or cuts off what m says. digits counts those of a date: 4 the year, 6, 8, 10, 12 the minute, 17 thousandths;
// of a time 2, 4, 9.
func (m moment) boundary(k Kind, digits int64, high bool) (moment, bool) {
	to := second
	switch {
	case k == Date && digits < 0:
		to = day
	case digits < 0:
	case k == Time:
		p, ok := map[int64]precision{2: hour, 4: minute, 6: second, 9: second}[digits]
		if !ok {
			return m, false
		}
		to = p
	default:
		p, ok := map[int64]precision{4: year, 6: month, 8: day, 10: hour, 12: minute, 14: second, 17: second}[digits]
		if !ok || k == Date && p > day {
			return m, false
		}
		to = p
	}
	full := m.prec == second && m.frac
	if high && !full {
		m = m.last()
	}
	m.prec, m.frac = second, true
	return m.cut(to), true
}

// last is the last thousandth of what m says.
func (m moment) last() moment {
	t := m.time()
	switch m.prec {
	case year:
		t = time.Date(t.Year()+1, 1, 1, 0, 0, 0, 0, time.UTC)
	case month:
		t = time.Date(t.Year(), t.Month()+1, 1, 0, 0, 0, 0, time.UTC)
	case day:
		t = t.Add(24 * time.Hour)
	case hour:
		t = t.Add(time.Hour)
	case minute:
		t = t.Add(time.Minute)
	default:
		t = t.Add(time.Second)
	}
	m.ms = t.UnixMilli() - 1
	return m
}
