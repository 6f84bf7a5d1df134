package questionnaire

import (
	"maps"
	"slices"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/questionnaire/fhirpath"
)

// conclude finds, once all items are known and none was refused, in which order they are settled.
func (l *loader) conclude() {
	l.arrange()
	if len(l.issues) > 0 {
		return
	}
	if l.document {
		doc, err := readDocument(l.q.source)
		if err != nil {
			l.refuse("", refusedUnsupported, "is nested too deeply for the expressions that refer to it")
			return
		}
		l.doc = doc
	}
	for n := range l.checks {
		l.place(&l.checks[n])
	}
	known := map[*variable]*reach{}
	for _, i := range l.q.flat {
		if i.rules != nil {
			l.tie(i.rules.checks, known)
		}
	}
	l.tie(l.checks, known)
	l.tell(known)
	kept := l.logic
	l.q.logic = &kept
}

// tie marks the items whose answers constraints tie to others': all that one is about but the first, or but for all when it
// may read any.
func (l *loader) tie(checks []constraint, known map[*variable]*reach) {
	for n := range checks {
		of := l.reaching(checks[n].must, known)
		about := of.items
		if at := checks[n].at; at != nil && !slices.Contains(about, at) {
			about = append(slices.Clone(about), at)
		}
		if of.wide {
			about = append([]*Item{nil}, l.q.flat...)
		}
		for k, i := range about {
			if k > 0 {
				i.tied = true
			}
		}
	}
}

// tell marks the items that are computed of what is told and not counted: what is in a file, whom a reference means, what repeats. A
// formula that may read any item may read those.
func (l *loader) tell(known map[*variable]*reach) {
	some := slices.ContainsFunc(l.q.flat, uncounted)
	for _, i := range l.logic.order { // what a formula reads comes before
		if !i.computed() {
			continue
		}
		for _, f := range i.rules.settling(i) {
			of := l.reaching(f, known)
			i.kept = i.kept || of.wide && some || slices.ContainsFunc(of.items, uncounted)
		}
	}
}

// uncounted says that i, or what is nested in it, is told and not counted.
func uncounted(i *Item) bool {
	return i.kept || i.repeated() || i.Type == Reference || i.Type == Attachment || slices.ContainsFunc(i.Items, uncounted)
}

// place says at which item a constraint of the whole is told: the last one that it names and people answer, or the last of all.
func (l *loader) place(c *constraint) {
	for _, i := range l.q.flat {
		if i.Answerable() && !i.fixed() && !i.Another && i.Origin == i && (c.at == nil || !slices.Contains(c.must.Links(), c.at.Origin.LinkID) || slices.Contains(c.must.Links(), i.Origin.LinkID)) {
			c.at = i
		}
	}
}

// settle finds, in dependency order, who is enabled and what is computed. The answers come back with what is computed in the
// place of whatever was sent for it.
func (q *Questionnaire) settle(a Answers) (*view, Answers) {
	a = q.implied(a)
	v := q.view()
	on := v.on
	out, own := a, false
	set := func(link string, vs []Value) {
		if !own {
			if out = maps.Clone(a); out == nil {
				out = Answers{}
			}
			own = true
		}
		if len(vs) == 0 {
			delete(out, link)
		} else {
			out[link] = vs
		}
	}
	for _, i := range q.logic.order {
		on[i.index] = i.enabled(out, on) && (i.rules == nil || i.rules.enable == nil || v.holds(i.rules.enable))
		if i.computed() {
			var vs []Value
			if on[i.index] {
				vs = v.compute(i)
			}
			if _, sent := out[i.LinkID]; sent || len(vs) > 0 {
				set(i.LinkID, vs)
			}
		}
		if on[i.index] && i.Answerable() && !i.Another {
			v.settled(i, present(i.given(out)))
		}
	}
	return v, out
}

// present are the values that are answers, in a form that can be shown.
func present(vs []Value) []Value {
	if !slices.ContainsFunc(vs, func(v Value) bool { return v.empty() || !v.wellFormed() }) {
		return vs
	}
	return slices.DeleteFunc(slices.Clone(vs), func(v Value) bool { return v.empty() || !v.wellFormed() })
}

// compute is what i's expression gives, as far as it could be given as an answer to i.
func (v *view) compute(i *Item) []Value {
	f := i.rules.calculated
	if f == nil {
		f = i.rules.initial
	}
	return v.valuesOf(i, f)
}

func (v *view) valuesOf(i *Item, f *formula) []Value {
	out, err := v.evaluate(f)
	if err != nil || len(out) == 0 || len(out) > 1 && !i.Repeats || len(out) > maxAnswers {
		return nil
	}
	vs := make([]Value, 0, len(out))
	for _, one := range out {
		if value, ok := i.valueOf(one); ok {
			vs = append(vs, value)
		}
	}
	if is := v.q.Check(v.q.offered(v, i), vs); len(is) > 0 {
		return nil
	}
	return vs
}

// decimalPlaces is to how many digits after the point a computed number is told.
const decimalPlaces = 8

// valueOf makes of what an expression gives an answer to i.
func (i *Item) valueOf(x fhirpath.Value) (Value, bool) {
	v := Value{Type: i.Type}
	switch i.Type {
	case Choice, OpenChoice:
		return i.chosenBy(x)
	case Quantity:
		return i.quantityBy(x)
	case Integer, Decimal:
		if x.Kind() != fhirpath.Integer && x.Kind() != fhirpath.Decimal {
			return v, false
		}
		places := decimalPlaces
		if i.MaxDecimals >= 0 {
			places = min(places, i.MaxDecimals)
		}
		v.Text = x.Rounded(places)
		if whole, ok := x.Whole(); i.Type == Integer {
			if v.Text = whole; !ok {
				return v, false
			}
		}
	case Boolean:
		v.Text = x.Text()
		return v, x.Kind() == fhirpath.Boolean
	case Attachment:
		return v, false // no expression has what is in a file
	case String, Text, Reference:
		if x.Kind() == fhirpath.Element {
			return v, false
		}
		v.Text = tidy(x.Text())
	case Date:
		if v.Text = x.Text(); len(v.Text) > 10 {
			v.Text = v.Text[:10]
		}
	case DateTime, Time, URL:
		v.Text = x.Text()
	}
	return v, v.wellFormed() && !v.empty()
}

// chosenBy finds the option that a coding, code or value stands for.
func (i *Item) chosenBy(x fhirpath.Value) (Value, bool) {
	v := Value{Type: Choice}
	if x.Kind() == fhirpath.Element {
		v.System, v.Code = child(x, "system"), child(x, "code")
		v = i.settle(v)
	} else if v = i.lexicalOption(x.Text()); x.Kind() == fhirpath.String && i.Option(v) == nil {
		for n := range i.Options { // some give the words of the option
			if o := &i.Options[n]; o.Label.In("") == x.Text() {
				v = o.Value
			}
		}
	}
	if i.Option(v) != nil {
		return v, true
	}
	if i.Type == OpenChoice && x.Kind() == fhirpath.String {
		return Value{Type: String, Text: tidy(x.Text())}, true
	}
	// A calculated coding of an item without options of its own is what it says.
	return v, v.Code != "" && len(i.Options) == 0 && i.Calculated()
}

func child(x fhirpath.Value, name string) string {
	if found := x.Node().Children(name, nil); len(found) == 1 {
		return found[0].Text()
	}
	return ""
}

func (i *Item) quantityBy(x fhirpath.Value) (Value, bool) {
	v := Value{Type: Quantity}
	switch x.Kind() {
	case fhirpath.Integer, fhirpath.Decimal:
		if len(i.Units) == 1 {
			v.System, v.Code = i.Units[0].System, i.Units[0].Code
		}
		v.Text = x.Rounded(decimalPlaces)
	case fhirpath.Quantity:
		v.Text, v.Code = x.Rounded(decimalPlaces), x.Unit()
	case fhirpath.Element:
		v.Text, v.System, v.Code = child(x, "value"), child(x, "system"), child(x, "code")
		if v.Code == "" {
			v.Code = child(x, "unit")
		}
	}
	return i.settle(v), v.wellFormed()
}

// alike says whether a value that was sent is the one that was computed: numbers to the digits of the less exact one, because
// other systems compute less exactly.
func alike(sent, computed Value) bool {
	if equal(sent, computed) {
		return true
	}
	if !numeric(sent.Type) || !numeric(computed.Type) || sent.Code != computed.Code || !isDecimal(sent.Text) || !isDecimal(computed.Text) {
		return false
	}
	digits := min(places(sent.Text), places(computed.Text), 6)
	return fhirpath.RoundText(sent.Text, digits) == fhirpath.RoundText(computed.Text, digits)
}

// offered is i with the options that it has under the answers that v shows; i itself when they don't depend on any.
func (q *Questionnaire) offered(v *view, i *Item) *Item {
	if v == nil || !i.varies() {
		return i
	}
	c := *i
	if i.rules.answer != nil {
		c.Options = v.options(i)
	} else {
		c.Options = slices.Clone(i.Options)
		for _, t := range i.rules.toggles {
			if v.holds(t.when) {
				continue
			}
			c.Options = slices.DeleteFunc(c.Options, func(o Option) bool {
				return slices.ContainsFunc(t.options, func(off Value) bool { return off == o.Value })
			})
		}
	}
	c.keys = keysOf(&c)
	return &c
}

// options are those that i's answerExpression gives, each once.
func (v *view) options(i *Item) (out []Option) {
	found, err := v.evaluate(i.rules.answer)
	if err != nil {
		return nil
	}
	lang := v.q.Languages[0]
	for _, x := range found {
		o := Option{Value: Value{Type: String, Text: tidy(x.Text())}}
		switch x.Kind() {
		case fhirpath.Element:
			o.Value = Value{Type: Choice, System: child(x, "system"), Code: child(x, "code")}
			o.Label = v.labelOf(x, lang)
			if w, ok := fhirpath.WeightOf(x); ok {
				o.Ordinal = &w
			}
		case fhirpath.Integer, fhirpath.Date, fhirpath.Time:
			o.Value.Type = map[fhirpath.Kind]Type{fhirpath.Integer: Integer, fhirpath.Date: Date, fhirpath.Time: Time}[x.Kind()]
		}
		if o.Label == nil {
			o.Label = Localized{lang: o.Value.Text}
		}
		if o.Value.empty() || len(out) == maxAnswers || slices.ContainsFunc(out, func(b Option) bool { return b.Value == o.Value }) {
			continue
		}
		out = append(out, o)
	}
	return out
}

// labelOf is what a coding reads like: in every language where it is an option of another question.
func (v *view) labelOf(x fhirpath.Value, lang string) Localized {
	code := Value{Type: Choice, System: child(x, "system"), Code: child(x, "code")}
	if n, ok := x.Node().(*codingNode); ok {
		if o := n.i.Option(code); o != nil {
			return o.Label
		}
	}
	if words := child(x, "display"); words != "" {
		return Localized{lang: tidy(words)}
	}
	return Localized{lang: code.Code}
}

// broken are the constraints that don't hold: those that forbid the answers, or those that only warn.
func (v *view) broken(warnings bool) (out []fault.Issue) {
	judge := func(c *constraint) {
		if c.warning != warnings {
			return
		}
		// Only a clear no breaks a constraint: an answer that is missing is for required.
		if held, err := v.evaluate(c.must); err == nil && len(held) == 1 && held[0].Kind() == fhirpath.Boolean && !held[0].Bool() {
			out = append(out, issue(c.at, "constraint", c.humanArgs()...))
		}
	}
	for n, i := range v.q.flat {
		if i.rules == nil || !v.on[n] {
			continue
		}
		for k := range i.rules.checks {
			judge(&i.rules.checks[k])
		}
	}
	for k := range v.q.logic.checks {
		judge(&v.q.logic.checks[k])
	}
	return out
}
