package fhirpath

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// generator writes expressions that mostly make sense: every rule names the sort of value that it gives.
type generator struct {
	*rand.Rand
}

func (g *generator) pick(of ...string) string { return of[g.IntN(len(of))] }

// any writes an expression of whatever sort.
func (g *generator) any(depth int) string {
	return g.pickFrom(g.number, g.text, g.truth, g.moment, g.quantity, g.many, g.path)(depth)
}

func (g *generator) pickFrom(of ...func(int) string) func(int) string { return of[g.IntN(len(of))] }

func (g *generator) number(depth int) string {
	if depth <= 0 {
		return g.pick("0", "1", "2", "3", "-1", "1.5", "0.1", "2.50", "10", "100", "0.333", "{}", "%response.item.where(linkId='height').answer.value",
			"%response.item.where(linkId = 'steps').answer.value.first()", "%patient.multipleBirth")
	}
	a, b := g.number(depth-1), g.number(depth-1)
	switch g.IntN(14) {
	case 0, 1, 2:
		return fmt.Sprintf("(%s %s %s)", a, g.pick("+", "-", "*", "/", "div", "mod"), b)
	case 3:
		return fmt.Sprintf("(%s).%s()", a, g.pick("abs", "ceiling", "floor", "truncate", "round", "sqrt", "exp", "ln"))
	case 4:
		return fmt.Sprintf("(%s).round(%s)", a, g.pick("0", "1", "2", "3"))
	case 5:
		return fmt.Sprintf("(%s).power(%s)", a, g.pick("0", "2", "3", "0.5", "-1"))
	case 6:
		return fmt.Sprintf("%s.count()", g.many(depth-1))
	case 7:
		return fmt.Sprintf("%s.%s()", g.numbers(depth-1), g.pick("sum", "min", "max", "avg", "first", "last"))
	case 8:
		return fmt.Sprintf("(%s).length()", g.text(depth-1))
	case 9:
		return fmt.Sprintf("(%s).indexOf(%s)", g.text(depth-1), g.text(0))
	case 10:
		return fmt.Sprintf("iif(%s, %s, %s)", g.truth(depth-1), a, b)
	case 11:
		return fmt.Sprintf("(%s).%s()", g.text(depth-1), g.pick("toInteger", "toDecimal"))
	case 12:
		return fmt.Sprintf("%s.aggregate($total + $this, %s)", g.numbers(depth-1), g.number(0))
	}
	return fmt.Sprintf("-(%s)", a)
}

func (g *generator) numbers(depth int) string {
	if depth <= 0 {
		return g.pick("(1|2|3)", "(1.5|2)", "{}", "%response.item.where(linkId='steps').answer.value", "(5)", "%response.descendants().where($this is integer)",
			"%response.item.answer.weight()", "%response.item.answer.value.ordinal()", "%response.item.item.answer.weight()")
	}
	a := g.numbers(depth - 1)
	switch g.IntN(7) {
	case 0:
		return fmt.Sprintf("%s.where($this %s %s)", a, g.pick("<", ">", "<=", ">=", "=", "!="), g.number(0))
	case 1:
		return fmt.Sprintf("%s.select($this %s %s)", a, g.pick("+", "*", "-", "/"), g.number(0))
	case 2:
		return fmt.Sprintf("(%s %s %s)", a, "|", g.numbers(depth-1))
	case 3:
		return fmt.Sprintf("%s.combine(%s)", a, g.numbers(depth-1))
	case 4:
		return fmt.Sprintf("%s.%s(%s)", a, g.pick("skip", "take"), g.pick("0", "1", "2"))
	case 5:
		return fmt.Sprintf("%s.%s(%s)", a, g.pick("intersect", "exclude", "union"), g.numbers(depth-1))
	}
	return fmt.Sprintf("%s.%s()", a, g.pick("distinct", "tail"))
}

func (g *generator) text(depth int) string {
	if depth <= 0 {
		return g.pick("'abc'", "''", "'A b'", "'12'", "'1.50'", "'true'", "'2026-11-03'", "'a,b,,c'", "{}", "'it\\'s'", "'x'", "%patient.gender",
			"%patient.name.first().family", "%response.item.where(linkId='g').item.answer.item.answer.value", "%response.status", "'14:30'", "'5 days'", "'3 \\'mg\\''")
	}
	a := g.text(depth - 1)
	switch g.IntN(13) {
	case 0:
		return fmt.Sprintf("(%s & %s)", a, g.text(depth-1))
	case 1:
		return fmt.Sprintf("(%s + %s)", a, g.text(depth-1))
	case 2:
		return fmt.Sprintf("(%s).substring(%s)", a, g.pick("0", "1", "5", "-1", "{}"))
	case 3:
		return fmt.Sprintf("(%s).substring(%s, %s)", a, g.pick("0", "1", "2"), g.pick("0", "1", "3", "50"))
	case 4:
		return fmt.Sprintf("(%s).%s()", a, g.pick("upper", "lower", "trim"))
	case 5:
		return fmt.Sprintf("(%s).replace(%s, %s)", a, g.pick("'a'", "'b'", "' '", "{}"), g.text(0))
	case 6:
		return fmt.Sprintf("(%s).replaceMatches(%s)", a, g.pick("'[a-c]', '-'", "'\\\\d+', ''", "'(.)b', '<$1>'"))
	case 7:
		return fmt.Sprintf("(%s).toString()", g.pickFrom(g.number, g.truth, g.moment)(depth-1))
	case 8:
		return fmt.Sprintf("(%s).split(',').join(%s)", a, g.pick("'-'", "''"))
	case 9:
		return fmt.Sprintf("iif(%s, %s)", g.truth(depth-1), a)
	case 10:
		return fmt.Sprintf("%s.%s()", g.texts(depth-1), g.pick("first", "last", "join"))
	case 11:
		return fmt.Sprintf("(%s).toChars().where($this != 'b').join()", a)
	}
	return fmt.Sprintf("%s[%s]", g.texts(depth-1), g.pick("0", "1", "7"))
}

func (g *generator) texts(depth int) string {
	if depth <= 0 {
		return g.pick("('a'|'b'|'c')", "%patient.name.given", "%patient.telecom.value", "'a,b,a'.split(',')", "%response.item.linkId", "%response.repeat(item).linkId",
			"%response.descendants().linkId", "%patient.name.where(use = 'official').given", "{}", "%questionnaire.item.text", "%patient.contact.name.select(family | given)")
	}
	a := g.texts(depth - 1)
	return fmt.Sprintf("%s%s", a, g.pick(".where($this > 'b')", ".where($index < 2)", ".select($this + 'x')", ".distinct()", ".skip(1)", ".tail()", ".combine('z')",
		".exclude('a'|'b')", ".intersect('b'|'pain')", ".select(upper())", ".where(startsWith('a'))", ".where(length() > 2)", ".select(iif($this = 'a', 'y', $this))"))
}

func (g *generator) truth(depth int) string {
	if depth <= 0 {
		return g.pick("true", "false", "{}", "%patient.active", "%response.item.where(linkId='well').answer.value", "%response.item.exists()")
	}
	switch g.IntN(18) {
	case 0, 1, 2:
		return fmt.Sprintf("(%s %s %s)", g.truth(depth-1), g.pick("and", "or", "xor", "implies", "=", "!=", "~"), g.truth(depth-1))
	case 3, 4:
		return fmt.Sprintf("(%s %s %s)", g.number(depth-1), g.pick("<", ">", "<=", ">=", "=", "!=", "~", "!~"), g.number(depth-1))
	case 5:
		return fmt.Sprintf("(%s %s %s)", g.text(depth-1), g.pick("<", ">", "<=", ">=", "=", "!=", "~", "!~"), g.text(depth-1))
	case 6:
		return fmt.Sprintf("(%s %s %s)", g.moment(depth-1), g.pick("<", ">", "<=", ">=", "=", "!=", "~"), g.moment(depth-1))
	case 7:
		return fmt.Sprintf("(%s).not()", g.truth(depth-1))
	case 8:
		return fmt.Sprintf("%s.%s()", g.many(depth-1), g.pick("exists", "empty", "isDistinct"))
	case 9:
		return fmt.Sprintf("%s.%s($this %s %s)", g.numbers(depth-1), g.pick("all", "exists"), g.pick(">", "<="), g.number(0))
	case 10:
		return fmt.Sprintf("(%s in %s)", g.text(0), g.texts(depth-1))
	case 11:
		return fmt.Sprintf("(%s contains %s)", g.numbers(depth-1), g.number(0))
	case 12:
		return fmt.Sprintf("%s.%s(%s)", g.texts(depth-1), g.pick("subsetOf", "supersetOf"), g.texts(depth-1))
	case 13:
		return fmt.Sprintf("(%s).%s(%s)", g.text(depth-1), g.pick("startsWith", "endsWith", "contains", "matches"), g.pick("'a'", "'b'", "''", "'1'", "{}"))
	case 14:
		return fmt.Sprintf("(%s).%s()", g.any(depth-1), g.pick("convertsToInteger", "convertsToDecimal", "convertsToBoolean", "convertsToString", "convertsToDate", "convertsToDateTime",
			"convertsToTime", "convertsToQuantity", "hasValue", "toBoolean"))
	case 15:
		return fmt.Sprintf("%s.%s()", g.pick("(true|false)", "true", "{}"), g.pick("allTrue", "anyTrue", "allFalse", "anyFalse"))
	case 16:
		return fmt.Sprintf("(%s %s %s)", g.quantity(depth-1), g.pick("<", ">", "=", "!=", "<=", "~"), g.quantity(depth-1))
	}
	return fmt.Sprintf("(%s is %s)", g.path(0), g.pick("string", "Coding", "integer", "Quantity", "date", "boolean", "decimal", "BackboneElement", "code", "FHIR.dateTime"))
}

func (g *generator) moment(depth int) string {
	if depth <= 0 {
		return g.pick("@2026-11-03", "@2026-11", "@2026", "@2024-02-29", "@2026-11-03T08:30:00Z", "@2026-11-03T08:30", "@2026-11-03T06:30:00.000Z", "today()", "now()", "{}",
			"%patient.birthDate", "%response.authored", "%response.item.where(linkId='when').answer.value", "%response.item.where(linkId='at').answer.value", "@2026-11-03T10:30:00+02:00",
			"@2026T", "@2026-11-03T")
	}
	switch g.IntN(5) {
	case 0, 1:
		return fmt.Sprintf("(%s %s %s %s)", g.moment(depth-1), g.pick("+", "-"), g.pick("1", "2", "13", "0", "1.5", "400"), g.pick("year", "months", "weeks", "days", "day"))
	case 2:
		return fmt.Sprintf("(%s %s %s %s)", g.pick("@2026-11-03T08:30:00Z", "%response.authored", "@2026-11-03T08:30:15Z"), g.pick("+", "-"), g.pick("1", "90", "3601"), g.pick("hours", "minutes", "seconds"))
	case 3:
		return fmt.Sprintf("(%s).%s()", g.text(depth-1), g.pick("toDate", "toDateTime"))
	}
	return fmt.Sprintf("(%s).%s()", g.moment(depth-1), g.pick("toDate", "toDateTime"))
}

func (g *generator) quantity(depth int) string {
	if depth <= 0 {
		return g.pick("3 'mg'", "1.5 'mg'", "2 'kg'", "%response.item.where(linkId='weight').answer.value", "1 year", "12 months", "7 days", "1 week", "24 hours", "1 'wk'", "7 'd'", "60 seconds", "{}")
	}
	switch g.IntN(4) {
	case 0:
		return fmt.Sprintf("(%s %s %s)", g.quantity(0), g.pick("+", "-"), g.quantity(0))
	case 1:
		return fmt.Sprintf("(%s %s %s)", g.pick("3 'mg'", "2 'kg'"), g.pick("*", "/"), g.number(0))
	case 2:
		return fmt.Sprintf("(%s).toQuantity()", g.text(depth-1))
	}
	return g.quantity(0)
}

func (g *generator) path(depth int) string {
	p := g.pick("%response.item", "%response", "%patient", "%patient.name", "%questionnaire.item", "%response.item.answer", "item", "item.item.answer", "%context.item", "%patient.contact",
		"$this", "QuestionnaireResponse.item", "%response.item.answer.value", "%resource.item")
	for range depth {
		p += g.pick(".item", ".answer", ".value", ".code", ".first()", ".last()", ".where(linkId = 'g')", ".where(linkId = 'often')", ".children()", ".answer.value", ".linkId",
			".extension('http://hl7.org/fhir/StructureDefinition/itemWeight')", ".descendants().ofType(Coding)", ".repeat(item)", ".select(item)", ".where(answer.exists())", "[0]", ".tail()",
			".ofType(Quantity)", ".value.ofType(string)", ".system", ".given", ".family", ".answerOption.value", ".distinct()")
	}
	return p
}

func (g *generator) many(depth int) string {
	return g.pickFrom(g.numbers, g.texts, g.path)(depth)
}

// expression writes one of some depth.
func (g *generator) expression() string {
	for {
		if s := g.any(1 + g.IntN(3)); strings.Count(s, "(") < 60 {
			return s
		}
	}
}
