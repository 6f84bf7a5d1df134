package questionnaire

import (
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
