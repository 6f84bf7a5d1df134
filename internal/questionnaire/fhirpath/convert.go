package fhirpath

import "strings"

// convert makes a function of a conversion of one value.
func convert(to func(Value) (Value, bool)) func(*run, *call, Collection) Collection {
	return func(r *run, c *call, focus Collection) Collection {
		v, ok := r.single(focus, c.at)
		if !ok {
			return nil
		}
		if v, ok = to(v.plain()); !ok {
			return nil
		}
		return Collection{v}
	}
}

// converts says whether a conversion would work.
func converts(to func(Value) (Value, bool)) func(*run, *call, Collection) Collection {
	return func(r *run, c *call, focus Collection) Collection {
		v, ok := r.single(focus, c.at)
		if !ok {
			return nil
		}
		_, ok = to(v.plain())
		return boolean(ok)
	}
}

func toBoolean(v Value) (Value, bool) {
	switch v.kind {
	case Boolean:
		return v, true
	case Integer, Decimal:
		one := v.num.cmp(whole(1)) == 0
		return Of(one), one || v.num.sign() == 0
	case String:
		switch strings.ToLower(v.text) {
		case "true", "t", "yes", "y", "1", "1.0":
			return Of(true), true
		case "false", "f", "no", "n", "0", "0.0":
			return Of(false), true
		}
	}
	return v, false
}

func toInteger(v Value) (Value, bool) {
	switch v.kind {
	case Integer:
		return v, true
	case Decimal: // a whole one: what weighs answers gives decimals
		n, ok := v.num.int()
		return Number(n), ok && inInt32(whole(n))
	case Boolean:
		return Number(v.num.n), true
	case String:
		return read(Integer, v.text)
	}
	return v, false
}

func toDecimal(v Value) (Value, bool) {
	switch v.kind {
	case Integer, Decimal, Boolean:
		return Value{kind: Decimal, num: v.num}, true
	case String:
		return read(Decimal, v.text)
	}
	return v, false
}

func toText(v Value) (Value, bool) {
	switch v.kind {
	case String:
		return v, true
	case Quantity:
		return Words(v.written()), true
	case Element, None:
		return v, false
	}
	return Words(v.Text()), true
}

func toDate(v Value) (Value, bool) {
	switch v.kind {
	case Date:
		return v, true
	case DateTime:
		at := v.at.cut(day)
		at.zoned, at.offset = false, 0
		return Value{kind: Date, at: at}, true
	case String:
		return read(Date, v.text)
	}
	return v, false
}

func toDateTime(v Value) (Value, bool) {
	switch v.kind {
	case Date, DateTime:
		v.kind = DateTime
		return v, true
	case String:
		out, ok := read(DateTime, v.text)
		return out, ok && out.at.prec != none
	}
	return v, false
}

func toTime(v Value) (Value, bool) {
	switch v.kind {
	case Time:
		return v, true
	case String:
		return read(Time, v.text)
	}
	return v, false
}

func toQuantity(v Value) (Value, bool) {
	switch v.kind {
	case Quantity:
		return v, true
	case Integer, Decimal, Boolean:
		return Value{kind: Quantity, num: v.num, text: "1"}, true
	case String:
		return readQuantity(v.text)
	}
	return v, false
}

// toUnit is toQuantity() with, perhaps, the unit that it should be in.
func toUnit(r *run, c *call, focus Collection) Collection {
	out := convert(toQuantity)(r, c, focus)
	if len(c.args) == 0 || len(out) == 0 {
		return out
	}
	unit, ok := r.text(c.arg(r, 0), c.at)
	if !ok {
		return nil
	}
	to := Value{kind: Quantity, num: whole(1), text: unit}
	if s := singular[unit]; s != "" {
		to.text, to.calendar = s, true
	}
	v := out[0]
	if v.text == to.text && v.calendar == to.calendar {
		return out
	}
	a, b, ok := common(v, to)
	if !ok {
		return nil
	}
	to.num = a.div(b)
	return Collection{to}
}

func today(r *run, _ *call, _ Collection) Collection {
	at := momentOf(r.env.Now).cut(day)
	at.zoned, at.offset = false, 0
	return Collection{{kind: Date, at: at}}
}

func timeOfDay(r *run, _ *call, _ Collection) Collection {
	at := momentOf(r.env.Now)
	return Collection{{kind: Time, at: moment{ms: mod(at.ms, dayMS), prec: second, clock: true, frac: true}}}
}
