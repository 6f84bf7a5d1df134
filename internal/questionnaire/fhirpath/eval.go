package fhirpath

// expr is a part of a compiled expression. Where it begins an expression, its focus is $this.
type expr interface {
	eval(r *run, focus Collection) Collection
}

type (
	literal    Collection
	external   struct{ slot int }
	thisValue  struct{}
	indexValue struct{}
	totalValue struct{}
	group      struct{ of expr }
	chain      struct{ steps []expr } // a.b().c[0]
	member     struct {
		name string
		root bool // it may name the type of the focus: Patient.name
	}
	indexed struct {
		by expr
		at int
	}
	signed struct {
		minus bool
		of    expr
		at    int
	}
	typed struct { // is, as
		of expr
		op string
		t  typeSpec
		at int
	}
	call struct {
		f    *function
		name string
		args []expr
		t    typeSpec // of a function that takes a type
		re   *pattern // of a function that takes a pattern, when it is a literal
		at   int
	}
)

func (l literal) eval(r *run, _ Collection) Collection {
	r.step(1)
	return Collection(l)
}

func (e *external) eval(r *run, _ Collection) Collection {
	if !r.step(1) {
		return nil
	}
	name := r.names[e.slot]
	if name == "context" {
		return r.context
	}
	if r.env.Lookup == nil {
		return nil
	}
	out := r.env.Lookup(name)
	if !r.step(len(out)) || !r.grown(len(out)) {
		return nil
	}
	return out
}

func (thisValue) eval(r *run, _ Collection) Collection {
	r.step(1)
	return r.this
}

func (indexValue) eval(r *run, _ Collection) Collection {
	if !r.step(1) || !r.looping {
		return nil
	}
	return Collection{Number(int64(r.index))}
}

func (totalValue) eval(r *run, _ Collection) Collection {
	r.step(1)
	return r.total
}

func (g group) eval(r *run, focus Collection) Collection { return g.of.eval(r, focus) }

func (c *chain) eval(r *run, focus Collection) Collection {
	for _, s := range c.steps {
		if r.err != nil {
			return nil
		}
		focus = s.eval(r, focus)
	}
	return focus
}

func (m *member) eval(r *run, focus Collection) Collection {
	if !r.step(1 + len(focus)) {
		return nil
	}
	var out Collection
	for i := range focus {
		v := &focus[i]
		switch {
		case m.root && v.kind == Element && v.typ != "" && (v.typ == m.name || isUpper(m.name) && derived(v.typ, m.name)):
			out = append(out, *v)
		case v.node != nil:
			if wide, ok := v.node.(Wide); ok && !r.step(wide.Width()/8) {
				return nil
			}
			out = v.node.Children(m.name, out)
		}
		if !r.grown(len(out)) {
			return nil
		}
	}
	if !r.step(len(out)) {
		return nil
	}
	return out
}

func isUpper(s string) bool { return s != "" && s[0] >= 'A' && s[0] <= 'Z' }

func (x *indexed) eval(r *run, focus Collection) Collection {
	if !r.step(1) {
		return nil
	}
	by := x.by.eval(r, r.this)
	if r.err != nil || len(by) == 0 {
		return nil
	}
	n, ok := r.integer(by, x.at)
	if !ok || n < 0 || n >= int64(len(focus)) {
		return nil
	}
	return focus[n : n+1 : n+1]
}

func (s *signed) eval(r *run, focus Collection) Collection {
	of := s.of.eval(r, focus)
	if r.err != nil || len(of) == 0 {
		return nil
	}
	v, ok := r.single(of, s.at)
	if !ok {
		return nil
	}
	v = v.plain()
	if !numeric(v.kind) && v.kind != Quantity {
		return r.fail(s.at, "only a number or a quantity has a sign")
	}
	if s.minus {
		v.num = v.num.neg()
	}
	if v.kind == Integer && !inInt32(v.num) {
		return nil
	}
	return Collection{v}
}

func (t *typed) eval(r *run, focus Collection) Collection {
	of := t.of.eval(r, focus)
	if !r.step(1) || len(of) == 0 {
		return nil
	}
	if len(of) > 1 {
		return r.fail(t.at, "%q needs a single value", t.op)
	}
	return t.t.judge(t.op, of)
}

// judge is what is, as and ofType say of values.
func (t typeSpec) judge(op string, of Collection) Collection {
	if op == "is" {
		return boolean(t.holds(of[0]))
	}
	var out Collection
	for _, v := range of {
		if t.holds(v) {
			out = append(out, v)
		}
	}
	return out
}

func (c *call) eval(r *run, focus Collection) Collection {
	if !r.step(2 + len(focus)) {
		return nil
	}
	return c.f.do(r, c, focus)
}

// arg is the n-th argument, evaluated outside of the focus that the function is called on; nil when there is none.
func (c *call) arg(r *run, n int) Collection {
	if n >= len(c.args) || r.err != nil {
		return nil
	}
	return c.args[n].eval(r, r.this)
}

// each evaluates e with one value as its focus and $this.
func (r *run) each(e expr, this Collection, index int) Collection {
	outer, was, looping := r.this, r.index, r.looping
	r.this, r.index, r.looping = this, index, true
	out := e.eval(r, this)
	r.this, r.index, r.looping = outer, was, looping
	return out
}

// within evaluates e with a whole collection as its focus and $this.
func (r *run) within(e expr, this Collection) Collection {
	outer := r.this
	r.this = this
	out := e.eval(r, this)
	r.this = outer
	return out
}

// single is the only member of a collection that isn't empty; more than one stop the evaluation.
func (r *run) single(c Collection, at int) (Value, bool) {
	switch {
	case r.err != nil || len(c) == 0:
		return Value{}, false
	case len(c) > 1:
		r.fail(at, "a single value is needed, and there are several")
		return Value{}, false
	}
	return c[0], true
}

func (r *run) integer(c Collection, at int) (int64, bool) {
	v, ok := r.single(c, at)
	if !ok {
		return 0, false
	}
	if v.kind != Integer && !(v.kind == Decimal && v.num.isWhole()) {
		r.fail(at, "a whole number is needed, not %s", v.Type())
		return 0, false
	}
	return v.num.int()
}

// text is a single String.
func (r *run) text(c Collection, at int) (string, bool) {
	v, ok := r.single(c, at)
	if !ok {
		return "", false
	}
	if v.kind != String {
		r.fail(at, "a text is needed, not %s", v.Type())
		return "", false
	}
	return v.text, r.step(1 + len(v.text)/16)
}

// truth is a collection as a Boolean: a single value that is none counts as true, as N1 says of singletons.
func (r *run) truth(c Collection, at int) (is, known bool) {
	v, ok := r.single(c, at)
	if !ok {
		return false, false
	}
	if v.kind == Boolean {
		return v.num.n == 1, true
	}
	return true, true
}

// plain is v as a System value: a FHIR Quantity is a System.Quantity, and what hangs on a primitive is left away.
func (v Value) plain() Value {
	if v.typ == "" {
		return v
	}
	if v.kind == Element {
		if derived(v.typ, "Quantity") && v.node != nil {
			return quantityOf(v)
		}
		return v
	}
	v.typ, v.node = "", nil
	return v
}

// quantityOf reads a FHIR Quantity. One without a value stays what it is, and has no order.
func quantityOf(v Value) Value {
	num := v.node.Children("value", nil)
	if len(num) != 1 || !numeric(num[0].kind) {
		return v
	}
	for _, name := range [...]string{"code", "unit"} {
		if unit := v.node.Children(name, nil); len(unit) == 1 && unit[0].kind == String {
			return Value{kind: Quantity, num: num[0].num, text: unit[0].text}
		}
	}
	return Value{kind: Quantity, num: num[0].num, text: "1"}
}
