package fhirpath

import (
	"strconv"
)

// Kind is what a [Value] is: one of the System types of FHIRPath, or an Element with children.
type Kind uint8

// The kinds of value.
const (
	None Kind = iota
	Boolean
	Integer
	Decimal
	String
	Date
	DateTime
	Time
	Quantity
	Element
)

var kindNames = [...]string{"None", "Boolean", "Integer", "Decimal", "String", "Date", "DateTime", "Time", "Quantity", "Element"}

func (k Kind) String() string { return kindNames[k] }

// Node is an element of a resource, or what hangs on a primitive. Nodes are compared by what they hold.
type Node interface {
	// Children appends to out the children of that name in document order, or all of them when the name is empty.
	Children(name string, out []Value) []Value
}

// Weighed is a [Node] that knows what an answer is worth.
type Weighed interface {
	// Weight is the number of its itemWeight or ordinalValue, wherever that stands; ok is false when it has none.
	Weight() (milli int64, ok bool)
}

// Value is one member of a collection. Values are immutable.
type Value struct {
	kind Kind
	at   moment  // of a Date, DateTime or Time
	num  decimal // of an Integer, Decimal or Quantity; of a Boolean 1 or 0
	text string  // of a String; of a Quantity its unit
	typ  string  // its FHIR type ("code", "Coding"); empty for a System type
	node Node    // an Element's children, or what hangs on a primitive; else nil

	calendar bool // a Quantity's unit is a calendar word ("day"), not a UCUM code
}

// Kind says what v is.
func (v Value) Kind() Kind { return v.kind }

// Type is v's FHIR type, or its System type when it doesn't come from a resource.
func (v Value) Type() string {
	if v.typ != "" {
		return v.typ
	}
	return v.kind.String()
}

// Node is what v's children are asked of; nil for a plain value.
func (v Value) Node() Node { return v.node }

// Bool is a Boolean's value.
func (v Value) Bool() bool { return v.kind == Boolean && v.num.n == 1 }

// Text is a primitive in the form in which FHIR writes it, or a Quantity's number; "" for an Element.
func (v Value) Text() string {
	switch v.kind {
	case Boolean:
		return strconv.FormatBool(v.num.n == 1)
	case Integer, Decimal, Quantity:
		return v.num.String()
	case Date, DateTime, Time:
		return v.at.String()
	}
	return v.text
}

// Unit is a Quantity's unit: a UCUM code, or a calendar word such as "day".
func (v Value) Unit() string {
	if v.kind != Quantity {
		return ""
	}
	return v.text
}

// Milli is a number in thousandths, rounded; ok is false for other kinds and for what doesn't fit.
func (v Value) Milli() (int64, bool) {
	if v.kind != Integer && v.kind != Decimal {
		return 0, false
	}
	return v.num.mul(whole(1000)).round(0).int()
}

// Rounded is a number with at most so many digits after the point, and no needless zeros that rounding left.
func (v Value) Rounded(digits int) string {
	if int(v.num.scale) <= digits {
		return v.num.String()
	}
	return v.num.round(int32(digits)).trim().String()
}

// Whole is a number without a fraction; ok is false when it has one.
func (v Value) Whole() (string, bool) {
	return v.num.trim().String(), numeric(v.kind) && v.num.isWhole()
}

// RoundText rounds a number in plain form, half away from zero.
func RoundText(number string, digits int) string {
	d, ok := readDecimal(number)
	if !ok {
		return number
	}
	return d.round(int32(digits)).trim().String()
}

// Of makes a Boolean.
func Of(b bool) Value {
	v := Value{kind: Boolean}
	if b {
		v.num.n = 1
	}
	return v
}

// Number makes an Integer.
func Number(n int64) Value { return Value{kind: Integer, num: whole(n)} }

// Words makes a String.
func Words(s string) Value { return Value{kind: String, text: s} }

// Thousandths makes a Decimal of so many thousandths.
func Thousandths(n int64) Value {
	return Value{kind: Decimal, num: decimal{n: n, scale: 3}.trim()}
}

// Complex makes an Element of a FHIR type.
func Complex(typ string, n Node) Value { return Value{kind: Element, typ: typ, node: n} }

// With hangs a node on a primitive.
func With(v Value, n Node) Value {
	v.node = n
	return v
}

// Wide is a [Node] that looks through many children to find a few.
type Wide interface{ Width() int }

// Primitive makes a value of a FHIR primitive type from the form in which FHIR writes it. ok is false when it doesn't have that form.
func Primitive(typ, text string) (v Value, ok bool) {
	v, ok = read(kindOf(typ), text)
	v.typ = typ
	return v, ok
}

// kindOf is the kind of the System type that a FHIR primitive counts as.
func kindOf(typ string) Kind {
	switch typ {
	case "boolean":
		return Boolean
	case "integer", "positiveInt", "unsignedInt":
		return Integer
	case "decimal":
		return Decimal
	case "date":
		return Date
	case "dateTime", "instant":
		return DateTime
	case "time":
		return Time
	}
	return String
}

// read makes a value of kind k from its text.
func read(k Kind, text string) (Value, bool) {
	v := Value{kind: k}
	ok := true
	switch k {
	case Boolean:
		if ok = text == "true" || text == "false"; text == "true" {
			v.num.n = 1
		}
	case Integer:
		v.num, ok = readDecimal(text)
		ok = ok && v.num.scale == 0 && inInt32(v.num)
	case Decimal:
		v.num, ok = readDecimal(text)
	case Date:
		v.at, ok = readMoment(text)
		ok = ok && v.at.prec <= day && v.at.prec != none
	case DateTime:
		v.at, ok = readMoment(text)
	case Time:
		v.at, ok = readClock(text)
	default:
		v.text = text
	}
	return v, ok
}

func inInt32(d decimal) bool {
	return d.wide == nil && d.n >= -1<<31 && d.n < 1<<31
}

// Measure makes a Quantity with a UCUM code for its unit.
func Measure(number, unit string) (Value, bool) {
	d, ok := readDecimal(number)
	return Value{kind: Quantity, num: d, text: unit}, ok
}

func numeric(k Kind) bool { return k == Integer || k == Decimal }
