package questionnaire

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// valueNames are the value[x] that are read, by the type their value has here.
var valueNames = []struct {
	suffix string
	t      Type
	kind   kind
}{
	{"Boolean", Boolean, kindBool}, {"Decimal", Decimal, kindNumber}, {"Integer", Integer, kindNumber}, {"Date", Date, kindString},
	{"DateTime", DateTime, kindString}, {"Time", Time, kindString}, {"String", String, kindString}, {"Coding", Choice, kindObject},
	{"Quantity", Quantity, kindObject}, {"Uri", URL, kindString}, {"Reference", Reference, kindObject}, {"Attachment", Attachment, kindObject},
}

// value reads a value[x] ("value", "answer") of one of the allowed types. ok is false when there is none, or it was refused.
func (e *element) value(prefix string, allowed ...Type) (v Value, ok bool) {
	found := 0
	for _, of := range valueNames {
		if !slices.Contains(allowed, of.t) {
			continue
		}
		name := e.choice(prefix, of.suffix)
		if name == "" {
			continue
		}
		n := e.of(name, of.kind)
		if found++; found > 1 {
			e.refuse(prefix+"[x]", refusedInvalid, "there may be only one value")
			return v, false
		}
		if n == nil {
			return v, false
		}
		v, ok = e.read(name, of.t, n)
	}
	return v, ok
}

// choice is the name of the member that begins and ends so; "" when there is none.
func (e *element) choice(prefix, suffix string) string {
	for k := range e.n.members {
		if name := e.n.members[k].name; len(name) == len(prefix)+len(suffix) && strings.HasPrefix(name, prefix) && strings.HasSuffix(name, suffix) {
			return name
		}
	}
	return ""
}

func (e *element) read(name string, t Type, n *node) (v Value, ok bool) {
	v = Value{Type: t, Text: n.text}
	switch t {
	case Choice:
		v = e.coding(name, "").Value
		return v, v.Code != ""
	case Quantity:
		return e.quantity(name, n)
	case Reference:
		return e.named(name, n)
	case Integer, Decimal:
		if v.Text, ok = plain(n.text); t == Integer && n.text != v.Text {
			ok = false
		}
		ok = ok && v.wellFormed() && (t == Decimal || inInt32(v.Text))
	case String:
		v.Text = tidy(n.text)
		ok = v.Text != ""
	default:
		ok = v.wellFormed()
	}
	if !ok {
		e.refuse(name, refusedInvalid, "is not a %s as FHIR writes it", t)
	}
	return v, ok
}

// inInt32 says whether a FHIR integer is in its range.
func inInt32(s string) bool { _, err := strconv.ParseInt(s, 10, 32); return err == nil }

func (e *element) quantity(name string, n *node) (Value, bool) {
	c := e.r.open(n, e.at(name))
	if c == nil {
		return Value{}, false
	}
	num := c.of("value", kindNumber)
	unit := c.str("unit")
	v := Value{Type: Quantity, System: c.str("system"), Code: c.str("code")}
	if v.Code == "" {
		v.Code, v.System = unit, ""
	}
	c.close()
	if num == nil {
		c.refuse("value", refusedMissing, "a quantity needs its value")
		return v, false
	}
	text, ok := plain(num.text)
	if v.Text = text; !ok {
		c.refuse("value", refusedInvalid, "has too many digits")
	}
	return v, ok
}

// coding reads a valueCoding as an option, with its display in lang and what its extensions say of it.
func (e *element) coding(name, lang string) (o Option) {
	n := e.of(name, kindObject)
	if n == nil {
		return
	}
	c := e.r.open(n, e.at(name))
	if c == nil {
		return
	}
	c.harmless(harmlessOfCoding)
	o.Value = Value{Type: Choice, System: c.str("system"), Code: c.str("code")}
	if lang == "" && !c.hasAside("display") { // nobody reads it
		c.str("display")
	} else {
		o.Label = c.localized("display", lang)
	}
	if o.Value.Code == "" {
		c.refuse("code", refusedMissing, "a coding needs its code")
	}
	c.extensions(harmlessExtensions, func(x extension) bool { return x.ofOption(&o) })
	c.close()
	return o
}

// ofOption reads what an extension says of an option.
func (x extension) ofOption(o *Option) bool {
	switch x.url {
	case hl7 + "questionnaire-optionExclusive":
		o.Exclusive = x.flag("valueBoolean")
	case extPrefix, extSetLabel:
		o.Prefix = x.words("valueString")
	case extProperty:
		x.property(&o.Ordinal)
	default:
		return x.ordinal(&o.Ordinal)
	}
	return true
}

// ordinal reads an ordinalValue or itemWeight into at; two that differ are refused.
func (x extension) ordinal(at **int64) bool {
	switch x.url {
	case extOrdinal, extWeight, hl7 + "questionnaire-ordinalValue", hl7 + "valueset-ordinalValue", hl7 + "codesystem-ordinalValue", hl7 + "iso21090-CO-value":
		x.weight("valueDecimal", at)
		return true
	}
	return false
}

// property reads R5's property of a code, as R4 writes it, into at where it is an ordinal.
func (x extension) property(at **int64) {
	code := ""
	x.each("extension", func(p *element) {
		switch p.str("url") {
		case "code":
			code = p.str("valueCode")
		case "value[x]", "value":
			if code == "itemWeight" || code == "ordinalValue" {
				p.weight("valueDecimal", at)
			}
		}
	})
}

// weight reads an ordinal into at.
func (x *element) weight(name string, at **int64) {
	if !x.has(name) && x.has("valueInteger") {
		name = "valueInteger"
	}
	n := x.of(name, kindNumber)
	if n == nil {
		x.refuse(name, refusedMissing, "an ordinal needs a decimal")
		return
	}
	text, ok := plain(n.text)
	m, exact := milli(text)
	switch {
	case !ok || !exact:
		x.refuse(name, refusedUnsupported, "an ordinal has at most three decimals and lies within ±%d", maxOrdinal)
	case *at != nil && **at != m:
		x.r.refuse(x.path, refusedDuplicate, "the option has another ordinal already")
	default:
		*at = &m
	}
}

// options reads answerOption or answerValueSet.
func (l *loader) options(e *element, i *Item) {
	chosen := i.Type == Choice || i.Type == OpenChoice
	e.each("answerOption", func(o *element) { l.option(o, i) })
	if set := e.str("answerValueSet"); set != "" {
		options := l.setOf(e, "answerValueSet", set)
		if options == nil {
			return
		}
		if len(i.Options) > 0 {
			e.refuse("answerValueSet", refusedInvalid, "there are answerOptions already")
		} else {
			i.Options = options // shared: nobody changes them any more
		}
	}
	switch {
	case !chosen && len(i.Options) > 0:
		e.refuse("answerOption", refusedInvalid, "only choice and open-choice have options here, not %s", i.Type)
	case i.Type == OpenChoice && len(i.Options) == 0 && e.take("answerOption") == nil && (i.rules == nil || i.rules.answer == nil):
		e.notice("answerOption", "is missing: people answer in words of their own")
		i.Type, i.Other = String, nil
	case chosen && len(i.Options) == 0 && e.take("answerOption") == nil && (i.rules == nil || i.rules.answer == nil && i.rules.calculated == nil):
		e.refuse("answerOption", refusedMissing, "a choice needs options")
	}
	if l.offered += len(i.Options); l.offered > maxOptions {
		if l.offered-len(i.Options) <= maxOptions {
			e.refuse("answerOption", refusedUnsupported, "there are more than %d options in all", maxOptions)
		}
		i.Options = nil
	}
	l.distinct(e, i)
}

func (l *loader) option(o *element, i *Item) {
	var opt Option
	switch {
	case o.take("valueCoding") != nil:
		l.uncoded(o)
		opt = o.coding("valueCoding", l.lang)
		if opt.Label == nil && opt.Value.Code != "" {
			if opt.Label = l.label(o, "valueCoding.display", opt.Value); opt.Label == nil {
				o.refuse("valueCoding.display", refusedMissing, "people need words to choose by")
			}
		}
	case o.take("valueString") != nil:
		if opt.Label = o.localizedWith("valueString", l.lang, func(x extension) bool { return x.ofOption(&opt) }); opt.Label != nil {
			opt.Value = Value{Type: String, Text: opt.Label[l.lang]}
		}
	default:
		v, ok := o.value("value", Integer, Date, Time)
		if !ok && o.take("valueReference") == nil {
			o.refuse("value[x]", refusedMissing, "an option needs a valueCoding, valueInteger, valueString, valueDate or valueTime")
		} else if !ok {
			o.refuse("valueReference", refusedUnsupported, "a reference can't be an option")
		}
		opt.Value, opt.Label = v, Localized{l.lang: v.Text}
	}
	o.take("id")
	selected := o.flag("initialSelected")
	o.extensions(harmlessExtensions, func(x extension) bool { return x.ofOption(&opt) })
	o.close()
	if opt.Value.empty() {
		return
	}
	i.Options = append(i.Options, opt)
	if selected {
		i.Initial = append(i.Initial, opt.Value)
	}
}

// uncoded gives a coding that has only words those as its code.
func (l *loader) uncoded(o *element) {
	n := o.n.member("valueCoding")
	if n == nil || n.kind != kindObject || n.has("code") || tidy(n.member("display").said()) == "" {
		return
	}
	n.add("code", tidy(n.member("display").said()))
	o.notice("valueCoding.code", "is missing; the option's words stand for it")
}

// distinct refuses options that nobody could tell apart. One that is there twice, word for word, is offered once.
func (l *loader) distinct(e *element, i *Item) {
	values, labels, twice := map[Value]int{}, map[string]int{}, map[int]bool{}
	for n, o := range i.Options {
		at := "answerOption[" + strconv.Itoa(n) + "]"
		if first, ok := values[o.Value]; ok {
			if twice[n] = o.twin(&i.Options[first]); twice[n] {
				e.notice(at, "is there twice")
			} else {
				e.refuse(at, refusedDuplicate, "has the same code as option %d", first)
			}
			continue
		}
		values[o.Value] = n
		if first, ok := labels[fold(o.Label[l.lang])]; ok && o.Label != nil {
			e.refuse(at, refusedDuplicate, "reads like option %d", first)
		}
		labels[fold(o.Label[l.lang])] = n
	}
	if len(twice) > 0 {
		var out []Option // not in place: options may be shared
		for n, o := range i.Options {
			if !twice[n] {
				out = append(out, o)
			}
		}
		i.Options = out
	}
}

// twin says whether two options of one value also read alike and are worth the same.
func (o *Option) twin(p *Option) bool {
	worth := o.Ordinal == nil && p.Ordinal == nil || o.Ordinal != nil && p.Ordinal != nil && *o.Ordinal == *p.Ordinal
	return worth && maps.Equal(o.Label, p.Label) && o.Exclusive == p.Exclusive
}

// initial reads initial values; answerOption.initialSelected has been read with the options.
func (l *loader) initial(e *element, i *Item) {
	if e.take("initial") == nil {
		l.initialFits(e, i)
		return
	}
	if len(i.Initial) > 0 {
		e.refuse("initial", refusedInvalid, "an option is initialSelected already")
	}
	e.each("initial", func(c *element) {
		c.take("id")
		v, ok := c.value("value", Boolean, Decimal, Integer, Date, DateTime, Time, String, Choice, Quantity, URL, Reference)
		if !ok {
			c.refuse("value[x]", refusedMissing, "an initial needs a value of a supported type")
		} else {
			i.Initial = append(i.Initial, i.settle(i.mean(v)))
		}
		c.close()
	})
	l.initialFits(e, i)
}

// initialFits leaves the judging of initial values until the item is complete. One that could not be an answer is no proposal; where it
// would be the answer itself, since nobody is asked, it is refused.
func (l *loader) initialFits(e *element, i *Item) {
	if len(i.Initial) == 0 {
		return
	}
	l.later = append(l.later, func() {
		issues := l.q.Check(i, i.Initial)
		if len(issues) > 0 && !i.fixed() {
			e.notice("initial", "is not proposed: it could not be given as an answer (%s)", issues[0].Code)
			i.Initial = nil
			return
		}
		for _, is := range issues {
			l.refuse(e.at("initial"), refusedInvalid, "could not be given as an answer: %s", is.Code)
		}
	})
}

// settle brings a value that was sent for i into the form in which it is kept: words get the item's type, a coding
// without a system or a unit without one gets it when only one can be meant.
func (i *Item) settle(v Value) Value {
	switch {
	case i.Type == Text && v.Type == String:
		v.Type = Text
	case i.Type == String && v.Type == Text:
		v.Type = String
	case i.Type == Quantity && v.Type == Quantity:
		if u := i.unit(v); u != nil {
			v.System, v.Code = u.System, u.Code
		}
	case v.Type == Choice:
		v.Text = ""
		if v.System != "" {
			break
		}
		if o := i.optionByCode(v.Code); o != nil {
			v = o.Value
		}
	}
	if worded(v.Type) || v.Type == Reference {
		v.Text = tidy(v.Text)
	}
	return v
}

// inOrder puts options that were chosen together into the order in which they are offered, words of one's own last: a form can't tell in
// which order they were ticked, so that must not make another report of the same answers.
func (i *Item) inOrder(vs []Value) []Value {
	if len(vs) > 1 && len(i.Options) > 0 && len(i.Items) == 0 { // what is told of each goes with it: see sort
		slices.SortStableFunc(vs, func(a, b Value) int { return cmp.Compare(i.place(a), i.place(b)) })
	}
	return vs
}

// place is where v is among i's options; behind them all when it is none.
func (i *Item) place(v Value) int {
	o := i.Option(v)
	for n := range i.Options {
		if o == &i.Options[n] {
			return n
		}
	}
	return len(i.Options)
}

// optionByCode is the only coded option with that code, whatever its system; nil when there is none or more than one.
func (i *Item) optionByCode(code string) *Option {
	var found *Option
	for n := range i.Options {
		if o := &i.Options[n]; o.Value.Type == Choice && o.Value.Code == code {
			if found != nil {
				return nil
			}
			found = o
		}
	}
	return found
}

// unit is the unit of i that v is in: by system and code, or without a system by code or display when only one fits. nil when there is none.
func (i *Item) unit(v Value) *Unit {
	var found *Unit
	for n := range i.Units {
		u := &i.Units[n]
		if u.System == v.System && u.Code == v.Code {
			return u
		}
		if v.System == "" && v.Code != "" && (u.Code == v.Code || u.Display == v.Code) {
			if found != nil {
				return nil
			}
			found = u
		}
	}
	return found
}
