package fhirpath

// binary is an infix operator.
type binary struct {
	op          string
	left, right expr
	at          int
}

func (b *binary) eval(r *run, focus Collection) Collection {
	if !r.step(1) {
		return nil
	}
	switch b.op {
	case "and", "or", "xor", "implies":
		return b.logic(r, focus)
	}
	left := b.left.eval(r, focus)
	right := b.right.eval(r, focus)
	if r.err != nil {
		return nil
	}
	switch b.op {
	case "|":
		return r.distinct(r.joined(left, right))
	case "=", "!=":
		if len(left) == 0 || len(right) == 0 {
			return nil
		}
		eq := r.equalAll(left, right)
		if b.op == "!=" {
			eq = eq.not()
		}
		return eq.collection()
	case "~":
		return boolean(r.equivalentAll(left, right))
	case "!~":
		return boolean(!r.equivalentAll(left, right))
	case "in":
		return b.membership(r, left, right)
	case "contains":
		return b.membership(r, right, left)
	case "&":
		return b.concatenate(r, left, right)
	}
	if len(left) == 0 || len(right) == 0 {
		return nil
	}
	if len(left) > 1 || len(right) > 1 {
		return r.fail(b.at, "%q needs single values, and there are several", b.op)
	}
	switch b.op {
	case "<", ">", "<=", ">=":
		return b.inequality(r, &left[0], &right[0])
	}
	return b.arithmetic(r, left[0].plain(), right[0].plain())
}

func (t tri) not() tri {
	switch t {
	case yes:
		return no
	case no:
		return yes
	}
	return unknown
}

// logic is three-valued: what is empty may be true or false. The right side isn't looked at when the left one decides.
func (b *binary) logic(r *run, focus Collection) Collection {
	is, known := r.truth(b.left.eval(r, focus), b.at)
	left := unknown
	if known {
		left = triOf(is)
	}
	switch {
	case r.err != nil:
		return nil
	case b.op == "and" && left == no:
		return boolean(false)
	case b.op == "or" && left == yes, b.op == "implies" && left == no:
		return boolean(true)
	}
	is, known = r.truth(b.right.eval(r, focus), b.at)
	right := unknown
	if known {
		right = triOf(is)
	}
	if r.err != nil {
		return nil
	}
	switch b.op {
	case "and":
		if right == no || left == yes {
			return right.collection()
		}
		return nil
	case "or":
		if right == yes || left == no {
			return right.collection()
		}
		return nil
	case "implies":
		if right == yes || left == yes {
			return right.collection()
		}
		return nil
	}
	if left == unknown || right == unknown {
		return nil
	}
	return boolean(left != right)
}

func (b *binary) membership(r *run, one, of Collection) Collection {
	if len(one) == 0 {
		return nil
	}
	if len(one) > 1 {
		return r.fail(b.at, "%q needs a single value to look for", b.op)
	}
	return boolean(r.has(of, &one[0]))
}

// has says whether a value is in a collection.
func (r *run) has(c Collection, v *Value) bool {
	for i := range c {
		if r.equal(&c[i], v) == yes {
			return true
		}
	}
	return false
}

func (b *binary) concatenate(r *run, left, right Collection) Collection {
	var out string
	for _, c := range [2]Collection{left, right} {
		if len(c) == 0 {
			continue
		}
		s, ok := r.text(c, b.at)
		if !ok {
			return nil
		}
		out += s
	}
	return r.words(out)
}

// words makes a String, within bounds.
func (r *run) words(s string) Collection {
	if len(s) > maxText && r.err == nil {
		r.err = ErrTooBig
	}
	if !r.step(len(s) / 16) {
		return nil
	}
	return Collection{Words(s)}
}

func (b *binary) inequality(r *run, left, right *Value) Collection {
	cmp, ok := r.compare(left, right, b.at)
	if !ok || r.err != nil {
		return nil
	}
	is := false
	switch b.op {
	case "<":
		is = cmp < 0
	case ">":
		is = cmp > 0
	case "<=":
		is = cmp <= 0
	case ">=":
		is = cmp >= 0
	}
	return boolean(is)
}

func (b *binary) arithmetic(r *run, x, y Value) Collection {
	switch {
	case numeric(x.kind) && numeric(y.kind):
		return r.number(b.op, x, y)
	case x.kind == String && y.kind == String && b.op == "+":
		return r.words(x.text + y.text)
	case (dated(x.kind) || x.kind == Time) && y.kind == Quantity && (b.op == "+" || b.op == "-"):
		return b.shift(r, x, y)
	case x.kind == Quantity && (dated(y.kind) || y.kind == Time) && b.op == "+":
		return b.shift(r, y, x)
	case x.kind == Quantity || y.kind == Quantity:
		mx, okx := x.measured()
		my, oky := y.measured()
		if okx && oky {
			return b.measure(r, mx, my)
		}
	}
	return r.fail(b.at, "%q can't be applied to %s and %s", b.op, x.Type(), y.Type())
}

// number computes with two numbers. A whole number stays one, except in a quotient; what doesn't fit is empty.
func (r *run) number(op string, x, y Value) Collection {
	out := Value{kind: Decimal}
	if x.kind == Integer && y.kind == Integer && op != "/" {
		out.kind = Integer
	}
	switch op {
	case "+":
		out.num = x.num.add(y.num)
	case "-":
		out.num = x.num.add(y.num.neg())
	case "*":
		out.num = x.num.mul(y.num)
	default:
		if y.num.sign() == 0 {
			return nil
		}
		switch op {
		case "/":
			out.num = x.num.div(y.num)
		case "div":
			out.num, _ = x.num.quo(y.num)
			out.kind = Integer
		case "mod":
			_, out.num = x.num.quo(y.num)
		}
	}
	return r.numeral(out)
}

// numeral is a number, or empty when it is out of bounds.
func (r *run) numeral(v Value) Collection {
	if v.kind == Integer && !inInt32(v.num) || !v.num.fits() {
		return nil
	}
	return Collection{v}
}

// shift moves a date or time by an amount of time.
func (b *binary) shift(r *run, x, by Value) Collection {
	s, ok := spans[by.text]
	if !by.calendar {
		s, ok = spans[definite[by.text]]
		ok = ok && s.prec >= day // a definite year or month is no calendar one
	}
	switch {
	case !ok:
		return r.fail(b.at, "only calendar time, such as 3 days, can be added to a date")
	case x.kind == Date && s.prec > day && s.ms < dayMS && x.at.prec == none, x.kind == Time && s.prec <= day:
		return r.fail(b.at, "a time of day has no %ss", by.text)
	}
	if b.op == "-" {
		by.num = by.num.neg()
	}
	if x.at, ok = x.at.plus(by.num, s); !ok {
		return nil
	}
	return Collection{x}
}

// measure computes with two quantities. A product or quotient needs one side without a unit, or equal units in a quotient: no
// unit is made of others.
func (b *binary) measure(r *run, x, y Value) Collection {
	out, ok := x, false
	switch b.op {
	case "+":
		out, ok = x.plusMeasure(y)
	case "-":
		y.num = y.num.neg()
		out, ok = x.plusMeasure(y)
	case "*":
		switch {
		case y.text == "1":
			ok = true
		case x.text == "1":
			out, ok = y, true
		}
		out.num = x.num.mul(y.num)
	case "/":
		if y.num.sign() == 0 {
			return nil
		}
		if y.text == "1" {
			out.num, ok = x.num.div(y.num), true
		} else if a, c, same := common(x, y); same {
			out, ok = Value{kind: Quantity, num: a.div(c), text: "1"}, true
		}
	default:
		return r.fail(b.at, "%q can't be applied to quantities", b.op)
	}
	if !ok || !out.num.fits() {
		return nil
	}
	return Collection{out}
}
