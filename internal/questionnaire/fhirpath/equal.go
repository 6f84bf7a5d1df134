package fhirpath

import (
	"strings"
	"unicode"
)

// tri is what a comparison says: it can be neither true nor false.
type tri int8

const (
	unknown tri = iota
	yes
	no
)

func triOf(b bool) tri {
	if b {
		return yes
	}
	return no
}

func (t tri) collection() Collection {
	if t == unknown {
		return nil
	}
	return boolean(t == yes)
}

// equalAll compares two collections by "=" (or by "~", which disregards order).
func (r *run) equalAll(a, b Collection) tri {
	if len(a) != len(b) {
		return no
	}
	out := yes
	for i := range a {
		switch r.equal(&a[i], &b[i]) {
		case no:
			return no
		case unknown:
			out = unknown
		}
	}
	return out
}

// equal compares two values by "=".
func (r *run) equal(v, o *Value) tri {
	if !r.step(1) {
		return no
	}
	a, b := v.plain(), o.plain()
	switch {
	case numeric(a.kind) && numeric(b.kind):
		return triOf(a.num.cmp(b.num) == 0)
	case a.kind == Quantity || b.kind == Quantity:
		qa, oka := a.measured()
		qb, okb := b.measured()
		if !oka || !okb {
			return no
		}
		return qa.equal(qb)
	case dated(a.kind) && dated(b.kind):
		cmp, ok := a.at.cmp(b.at, r.local())
		if !ok && cmp == 0 {
			return unknown
		}
		return triOf(cmp == 0)
	case a.kind != b.kind:
		return no
	case a.kind == Time:
		cmp, ok := a.at.cmp(b.at, 0)
		if !ok && cmp == 0 {
			return unknown
		}
		return triOf(cmp == 0)
	case a.kind == Boolean:
		return triOf(a.num.n == b.num.n)
	case a.kind == String:
		return triOf(a.text == b.text && r.step(len(a.text)/16))
	}
	return triOf(r.alike(a.node, b.node, (*run).same))
}

func (r *run) same(a, b *Value) bool { return r.equal(a, b) == yes }

func dated(k Kind) bool { return k == Date || k == DateTime }

// local is the offset of dateTimes that say none, in minutes.
func (r *run) local() int16 {
	_, seconds := r.env.Now.Zone()
	return int16(seconds / 60)
}

// alike compares the children of two nodes: the same names, each with the same values in the same order.
func (r *run) alike(a, b Node, same func(*run, *Value, *Value) bool) bool {
	if a == b {
		return true
	}
	if a == nil || b == nil {
		return false
	}
	na, nb := namesOf(a), namesOf(b)
	if na == nil && nb == nil {
		ca, cb := a.Children("", nil), b.Children("", nil)
		return r.pairwise(ca, cb, same)
	}
	if len(na) != len(nb) {
		return false
	}
	for _, name := range na {
		ca, cb := a.Children(name, nil), b.Children(name, nil)
		if !r.pairwise(ca, cb, same) {
			return false
		}
	}
	return true
}

func (r *run) pairwise(a, b []Value, same func(*run, *Value, *Value) bool) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !same(r, &a[i], &b[i]) {
			return false
		}
	}
	return true
}

// Named is a [Node] that can say the names of its children, so that their order doesn't matter when it is compared.
type Named interface{ Names() []string }

func namesOf(n Node) []string {
	if named, ok := n.(Named); ok {
		return named.Names()
	}
	return nil
}

// equivalentAll compares two collections by "~": the same members in any order.
func (r *run) equivalentAll(a, b Collection) bool {
	if len(a) != len(b) {
		return false
	}
	if len(a) == 1 {
		return r.equivalent(&a[0], &b[0])
	}
	used := make([]bool, len(b))
next:
	for i := range a {
		for j := range b {
			if !used[j] && r.equivalent(&a[i], &b[j]) {
				used[j] = true
				continue next
			}
		}
		return false
	}
	return true
}

// equivalent compares two values by "~": text regardless of case and of the kind of space, numbers to the digits of the less
// exact one, dates only when both say as much.
func (r *run) equivalent(v, o *Value) bool {
	if !r.step(1) {
		return false
	}
	a, b := v.plain(), o.plain()
	switch {
	case numeric(a.kind) && numeric(b.kind):
		return roughly(a.num, b.num)
	case a.kind == Quantity || b.kind == Quantity:
		qa, oka := a.measured()
		qb, okb := b.measured()
		return oka && okb && qa.equivalent(qb)
	case dated(a.kind) && dated(b.kind) || a.kind == Time && b.kind == Time:
		cmp, ok := a.at.cmp(b.at, r.local())
		return ok && cmp == 0 && a.at.prec == b.at.prec
	case a.kind == String && b.kind == String:
		return r.step((len(a.text)+len(b.text))/8) && normal(a.text) == normal(b.text)
	case a.kind != b.kind:
		return false
	case a.kind == Boolean:
		return a.num.n == b.num.n
	}
	return r.alike(a.node, b.node, (*run).equivalent)
}

// roughly compares to the digits after the point of the less exact one; zeros at the end don't count.
func roughly(a, b decimal) bool {
	a, b = a.trim(), b.trim()
	scale := min(a.scale, b.scale)
	return a.round(scale).cmp(b.round(scale)) == 0
}

func normal(s string) string {
	return strings.ToLower(strings.Map(func(c rune) rune {
		if unicode.IsSpace(c) {
			return ' '
		}
		return c
	}, s))
}

// compare orders two values. ok is false when nobody can tell; values of sorts that have no common order stop the evaluation.
func (r *run) compare(v, o *Value, at int) (cmp int, ok bool) {
	a, b := v.plain(), o.plain()
	switch {
	case numeric(a.kind) && numeric(b.kind):
		return a.num.cmp(b.num), true
	case a.kind == Quantity || b.kind == Quantity:
		qa, oka := a.measured()
		qb, okb := b.measured()
		if oka && okb {
			return qa.cmp(qb)
		}
	case a.kind == String && b.kind == String:
		return strings.Compare(a.text, b.text), r.step(1 + len(a.text)/16)
	case dated(a.kind) && dated(b.kind):
		return a.at.cmp(b.at, r.local())
	case a.kind == Time && b.kind == Time:
		return a.at.cmp(b.at, 0)
	}
	r.fail(at, "%s and %s have no order", v.Type(), o.Type())
	return 0, false
}
