package fhirpath

import (
	"fmt"
	"slices"
)

// Bounds of an expression. The longest published ones have about a tenth of this.
const (
	maxSource = 20_000 // bytes
	maxNodes  = 5_000
	maxNested = 100
)

// parser reads an expression by the binding strength of its operators (Pratt).
type parser struct {
	lexer
	tok     token
	ahead   []token // read already, after tok
	err     *SyntaxError
	nested  int
	nodes   int
	negated bool // the number that comes next has a minus before it: -2147483648 is an Integer
	names   func(string) bool
	out     *Expression
	asked   bool // what is read is about the questionnaire, not about answers
}

// strengths are the infix operators; a higher one binds more tightly. All associate to the left.
var strengths = map[string]int{
	"implies": 1, "or": 2, "xor": 2, "and": 3, "in": 4, "contains": 4, "=": 5, "!=": 5, "~": 5, "!~": 5,
	"<": 6, ">": 6, "<=": 6, ">=": 6, "|": 7, "is": 8, "as": 8, "+": 9, "-": 9, "&": 9, "*": 10, "/": 10, "div": 10, "mod": 10,
}

const strengthOfSign = 11

func (p *parser) fail(at int, format string, args ...any) {
	if p.err == nil {
		p.err = &SyntaxError{at, fmt.Sprintf(format, args...)}
	}
}

// advance goes to the next token. After an error everything is the end.
func (p *parser) advance() {
	switch {
	case p.err != nil:
		p.tok = token{kind: end, at: len(p.source)}
	case len(p.ahead) > 0:
		p.tok, p.ahead = p.ahead[0], p.ahead[1:]
	default:
		t, err := p.next()
		if err != nil {
			p.err = err
			t = token{kind: end, at: err.At}
		}
		p.tok = t
	}
}

// peek is the token after tok.
func (p *parser) peek() token {
	if len(p.ahead) == 0 && p.err == nil {
		t, err := p.next()
		if err != nil {
			p.err = err
			return token{kind: end, at: err.At}
		}
		p.ahead = append(p.ahead, t)
	}
	if p.err != nil {
		return token{kind: end}
	}
	return p.ahead[0]
}

func (p *parser) is(s string) bool { return p.tok.kind == symbol && p.tok.text == s }

func (p *parser) expect(s string) {
	if !p.is(s) {
		p.fail(p.tok.at, "expected %q, not %s", s, p.tok)
		return
	}
	p.advance()
}

func (t token) String() string {
	if t.kind == end {
		return "the end"
	}
	return fmt.Sprintf("%.40q", t.text)
}

// grow counts a node of the expression.
func (p *parser) grow() {
	if p.nodes++; p.nodes > maxNodes {
		p.fail(p.tok.at, "the expression has more than %d parts", maxNodes)
	}
}

// expression reads an expression whose operators bind more tightly than above.
func (p *parser) expression(above int) expr {
	if p.nested++; p.nested > maxNested {
		p.fail(p.tok.at, "the expression is nested deeper than %d levels", maxNested)
	}
	defer func() { p.nested-- }()
	if p.err != nil {
		return literal(nil)
	}
	left := p.prefix()
	for p.err == nil {
		op := p.tok
		if op.kind != symbol && op.kind != word {
			break
		}
		strength := strengths[op.text]
		if strength <= above {
			break
		}
		p.grow()
		p.advance()
		if op.text == "is" || op.text == "as" {
			left = &typed{of: left, op: op.text, t: p.typeName(), at: op.at}
			continue
		}
		right := p.expression(strength)
		b := &binary{op: op.text, left: left, right: right, at: op.at}
		if !p.asked {
			p.out.reach.noteComparison(b)
		}
		left = b
	}
	return left
}

func (p *parser) prefix() expr {
	if p.is("-") || p.is("+") {
		op := p.tok
		p.grow()
		p.advance()
		p.negated = op.text == "-" && p.tok.kind == digits
		return &signed{minus: op.text == "-", of: p.expression(strengthOfSign), at: op.at}
	}
	steps := []expr{p.term()}
	defer func(before bool) { p.asked = before }(p.asked)
	if of, ok := steps[0].(*external); ok {
		name := p.out.names[of.slot]
		p.asked = name == "questionnaire" || name == "qitem"
	}
	for p.err == nil {
		switch {
		case p.is("."):
			p.advance()
			steps = append(steps, p.invocation(false))
		case p.is("["):
			at := p.tok.at
			p.advance()
			p.grow()
			steps = append(steps, &indexed{by: p.expression(0), at: at})
			p.expect("]")
		default:
			if len(steps) == 1 {
				return steps[0]
			}
			return &chain{steps}
		}
	}
	return literal(nil)
}

func (p *parser) term() expr {
	p.grow()
	t := p.tok
	switch t.kind {
	case word, delimited, variable:
		if t.kind == word && (t.text == "true" || t.text == "false") {
			p.advance()
			return literal{Of(t.text == "true")}
		}
		return p.invocation(true)
	case quoted:
		p.advance()
		return literal{Words(t.text)}
	case digits:
		return p.number()
	case dateText, timeText:
		return p.moment()
	case symbol:
		switch t.text {
		case "(":
			p.advance()
			e := p.expression(0)
			p.expect(")")
			return group{e}
		case "{":
			p.advance()
			p.expect("}")
			return literal(nil)
		case "%":
			return p.constant()
		}
	}
	p.fail(t.at, "expected a value, not %s", t)
	return literal(nil)
}

// number reads a number, and with a unit after it a quantity.
func (p *parser) number() expr {
	t, negated := p.tok, p.negated
	p.negated = false
	d, ok := readDecimal(t.text)
	if !ok {
		p.fail(t.at, "the number has too many digits")
	}
	p.advance()
	if p.tok.kind == quoted {
		unit := p.tok.text
		p.advance()
		return literal{Value{kind: Quantity, num: d, text: unit}}
	}
	if unit := singular[p.tok.text]; p.tok.kind == word && unit != "" {
		p.advance()
		return literal{Value{kind: Quantity, num: d, text: unit, calendar: true}}
	}
	if d.scale > 0 {
		return literal{Value{kind: Decimal, num: d}}
	}
	if !inInt32(d) && !(negated && inInt32(d.neg())) {
		p.fail(t.at, "the whole number is beyond 32 bits")
	}
	return literal{Value{kind: Integer, num: d}}
}

func (p *parser) moment() expr {
	t := p.tok
	p.advance()
	v, ok := Value{kind: Time}, false
	if t.kind == timeText {
		v.at, ok = readClock(t.text)
	} else {
		v.kind = Date
		v.at, ok = readMoment(t.text)
		if slices.Contains([]byte(t.text), 'T') {
			v.kind = DateTime
		}
	}
	if !ok || v.at.prec == none {
		p.fail(t.at, "%.40q is no date or time", "@"+t.text)
	}
	return literal{v}
}

// constant reads an external constant: %name, %'name' or %`name`.
func (p *parser) constant() expr {
	at := p.tok.at
	p.advance()
	name := p.tok
	if name.kind != word && name.kind != quoted && name.kind != delimited {
		p.fail(at, "expected a name after %%, not %s", name)
		return literal(nil)
	}
	p.advance()
	if v, ok := constants[name.text]; ok {
		return literal{v}
	}
	if !p.names(name.text) {
		p.fail(at, "there is no %%%.60s here", name.text)
		return literal(nil)
	}
	slot := slices.Index(p.out.names, name.text)
	if slot < 0 {
		slot = len(p.out.names)
		p.out.names = append(p.out.names, name.text)
	}
	return &external{slot}
}

var constants = map[string]Value{
	"ucum": Words("http://unitsofmeasure.org"), "sct": Words("http://snomed.info/sct"), "loinc": Words("http://loinc.org"),
}

// invocation reads a member, a function call, or one of the variables that begin with $.
func (p *parser) invocation(first bool) expr {
	t := p.tok
	p.advance()
	switch {
	case t.kind == variable && first:
		switch t.text {
		case "this":
			return thisValue{}
		case "index":
			return indexValue{}
		case "total":
			return totalValue{}
		}
		p.fail(t.at, "there is no $%.60s", t.text)
	case t.kind != word && t.kind != delimited:
		p.fail(t.at, "expected a name, not %s", t)
	case p.is("("):
		return p.call(t)
	}
	p.grow()
	if !p.asked {
		p.out.reach.noteMember(t.text)
	}
	return &member{name: t.text, root: first}
}

// call reads the arguments of a function.
func (p *parser) call(name token) expr {
	f, ok := functions[name.text]
	if !ok {
		p.fail(name.at, "the function %.60s() is not supported", name.text)
		return literal(nil)
	}
	c := &call{f: f, at: name.at, name: name.text}
	p.advance()
	p.grow()
	if f.typed {
		c.t = p.typeName()
		p.expect(")")
		return c
	}
	asked := p.asked
	p.asked = asked && (name.text == "where" || name.text == "select" || name.text == "exists" || name.text == "all" || name.text == "repeat")
	for p.err == nil && !p.is(")") {
		c.args = append(c.args, p.expression(0))
		if !p.is(",") {
			break
		}
		if p.advance(); p.is(")") {
			p.fail(p.tok.at, "expected a value, not \")\"")
		}
	}
	p.asked = asked
	p.expect(")")
	if n := len(c.args); n < f.least || n > f.most {
		p.fail(name.at, "%s() takes %s, not %d", name.text, arguments(f.least, f.most), n)
	}
	if f.check != nil && p.err == nil {
		if problem := f.check(c); problem != "" {
			p.fail(name.at, "%s(): %s", name.text, problem)
		}
	}
	if !p.asked {
		p.out.reach.noteCall(c.name)
	}
	return c
}

func arguments(least, most int) string {
	switch {
	case most == 0:
		return "no argument"
	case least == most && most == 1:
		return "1 argument"
	case least == most:
		return fmt.Sprintf("%d arguments", most)
	}
	return fmt.Sprintf("%d to %d arguments", least, most)
}

// typeName reads a type: a name, or a namespace and a name.
func (p *parser) typeName() typeSpec {
	at := p.tok.at
	name := p.typeWord()
	space := ""
	if p.is(".") && p.peek().kind != end {
		if name == "System" || name == "FHIR" {
			p.advance()
			space, name = name, p.typeWord()
		}
	}
	t, ok := findType(space, name)
	if !ok && p.err == nil {
		p.fail(at, "there is no type %.60s", name)
	}
	return t
}

func (p *parser) typeWord() string {
	t := p.tok
	if t.kind != word && t.kind != delimited {
		p.fail(t.at, "expected a type, not %s", t)
	}
	p.advance()
	return t.text
}
