package questionnaire

import (
	"strings"

	"github.com/tellback/tellback/internal/questionnaire/fhirpath"
)

const (
	extVariable       = hl7 + "variable"
	extConstraint     = hl7 + "questionnaire-constraint"
	extTarget         = hl7 + "targetConstraint"
	extTextExpression = hl7 + "cqf-expression"
	extEnable         = sdc + "sdc-questionnaire-enableWhenExpression"
	extCalculated     = sdc + "sdc-questionnaire-calculatedExpression"
	extInitial        = sdc + "sdc-questionnaire-initialExpression"
	extAnswer         = sdc + "sdc-questionnaire-answerExpression"
	extToggle         = sdc + "sdc-questionnaire-answerOptionsToggleExpression"
	extPopulation     = sdc + "sdc-questionnaire-itemPopulationContext"
	extLaunch         = sdc + "sdc-questionnaire-launchContext"
)

// Bounds of logic.
const (
	maxFormulas  = 2000 // of one questionnaire
	maxVariables = 100  // in one scope
)

// formula is an expression of the questionnaire, with what it may refer to.
type formula struct {
	*fhirpath.Expression
	item  *Item                // whose answers are its context; nil: the whole response
	scope map[string]*variable // of the variables that it names
	path  string               // in the document, for what is refused later
}

// variable is a named formula, computed at most once for each state of the answers.
type variable struct {
	formula
	slot int // in a view's memory
}

// rules are the formulas of one item; most items have none.
type rules struct {
	variables  []*variable // what it and all beneath it may refer to, those of its ancestors first
	enable     *formula
	calculated *formula
	initial    *formula
	answer     *formula // gives the options
	toggles    []toggle
	text       *formula
	checks     []constraint
}

// toggle offers some options only while its formula holds.
type toggle struct {
	options []Value
	when    *formula
}

// constraint is a rule that the answers must keep.
type constraint struct {
	must    *formula
	key     string
	human   Localized
	warning bool
	at      *Item // where it is told
}

// systemNames are the names that the system itself may give a value. A form that was not opened from a record has no patient: then
// they are empty.
var systemNames = map[string]bool{
	"resource": true, "rootResource": true, "context": true, "questionnaire": true, "qitem": true,
	"patient": true, "user": true, "encounter": true, "practitioner": true,
}

// rulesOf are i's rules, made when they are first needed. nil stands for the questionnaire as a whole.
func (l *loader) rulesOf(i *Item) *rules {
	if i == nil {
		return &l.rules
	}
	if i.rules == nil {
		i.rules = &rules{}
	}
	return i.rules
}

// variables are those that an item sees.
func (l *loader) variables(i *Item) []*variable {
	for ; i != nil; i = i.Parent {
		if i.rules != nil && i.rules.variables != nil {
			return i.rules.variables
		}
	}
	return l.rules.variables
}

// expression reads a valueExpression in FHIRPath; nil after refusing it. name is what it calls itself.
func (l *loader) expression(x extension, member string, i *Item) (f *formula, name string) {
	c := x.r.open(x.of(member, kindObject), x.at(member))
	if c == nil {
		x.refuse(member, refusedMissing, "the extension needs an expression")
		return nil, ""
	}
	c.harmless(map[string]string{"id": "", "description": "for implementers"})
	name = c.str("name")
	language, source := c.str("language"), c.str("expression")
	c.close()
	switch {
	case language != "" && !strings.EqualFold(language, "text/fhirpath"):
		l.elsewhere(c, x.url, language, name)
		return nil, name
	case source == "":
		c.refuse("expression", refusedMissing, "an expression needs its text")
		return nil, name
	}
	return l.compile(c, source, i), name
}

// elsewhere judges an expression that only a server could evaluate. One that would ask for records finds none, since forms aren't opened
// from a record here; one that would propose an answer proposes none. Any other decides what is asked, or what an answer is: it is refused.
func (l *loader) elsewhere(c *element, of, language, name string) {
	query := language == "application/x-fhir-query"
	switch {
	case of == extInitial:
		c.notice("language", "%s is not evaluated here: no answer is proposed", clip(language))
	case query && (of == extVariable || of == extPopulation):
		l.launch[name] = true
		c.notice("language", "records aren't asked for here: %%%s is empty", clip(name))
	default:
		c.refuse("language", refusedUnsupported, "only text/fhirpath is evaluated here, not %s", clip(language))
	}
}

// compile makes a formula of the expression that stands at e's member "expression".
func (l *loader) compile(e *element, source string, i *Item) *formula {
	visible := l.variables(i)
	find := func(name string) *variable {
		for n := len(visible) - 1; n >= 0; n-- {
			if visible[n].path == name {
				return visible[n]
			}
		}
		return nil
	}
	if l.formulas++; l.formulas > maxFormulas {
		if l.formulas == maxFormulas+1 {
			e.refuse("expression", refusedUnsupported, "there are more than %d expressions", maxFormulas)
		}
		return nil
	}
	x, err := fhirpath.Compile(source, func(name string) bool { return systemNames[name] || l.launch[name] || find(name) != nil })
	if err != nil {
		e.refuse("expression", refusedUnsupported, "%v", err)
		return nil
	}
	f := &formula{Expression: x, item: i, path: e.path}
	for _, name := range x.Names() {
		if v := find(name); v != nil {
			if f.scope == nil {
				f.scope = map[string]*variable{}
			}
			f.scope[name] = v
		}
		l.document = l.document || name == "questionnaire" || name == "qitem"
	}
	return f
}

// variable reads a variable of i, or of the whole.
func (l *loader) variable(x extension, i *Item) {
	f, name := l.expression(x, "valueExpression", i)
	switch {
	case f == nil:
		return
	case !variableForm().MatchString(name):
		x.refuse("valueExpression.name", refusedMissing, "a variable needs a name of letters, digits, '_' and '-', at most 64")
		return
	case systemNames[name] && name != "patient":
		x.refuse("valueExpression.name", refusedInvalid, "%%%s is given by the system", name)
		return
	}
	r, visible := l.rulesOf(i), l.variables(i)
	if len(visible) >= maxVariables {
		x.r.refuse(x.path, refusedUnsupported, "more than %d variables can be seen from here", maxVariables)
		return
	}
	v := &variable{formula: *f, slot: l.slots}
	v.path = name
	l.slots++
	r.variables = append(append(make([]*variable, 0, len(visible)+1), visible...), v)
}

// variablesOf reads the variables of an element first, and what its form may be opened with: other extensions refer to them.
func (l *loader) variablesOf(e *element, i *Item) {
	if e.take("extension") == nil {
		return
	}
	e.each("extension", func(x *element) {
		n := x.take("url")
		switch {
		case n == nil:
		case n.text == extLaunch && i == nil:
			x.take("id")
			l.launchContext(extension{x, n.text})
			x.close()
		case n.text == extVariable:
			x.take("id")
			l.variable(extension{x, n.text}, i)
			x.close()
		case n.text == extPopulation:
			x.take("id")
			l.population(extension{x, n.text}, i)
			x.close()
		case passedOver[n.text] != "":
			l.empty(x.n)
		}
	})
}

// population reads where the initial values of a group come from. That is a record, which is empty here; but what it is named
// can be referred to.
func (l *loader) population(x extension, i *Item) {
	c := x.r.open(x.take("valueExpression"), x.at("valueExpression"))
	switch {
	case c == nil:
	case c.has("name"):
		l.variable(x, i)
	case c.n.member("language").said() == "application/x-fhir-query":
		c.skip()
	default:
		l.expression(x, "valueExpression", i)
	}
}

// empty notes what a record that isn't asked for is called: it can be referred to.
func (l *loader) empty(x *node) {
	if expression := x.member("valueExpression"); expression != nil {
		l.launch[expression.member("name").said()] = true
	}
	if to := x.member("valueReference"); to != nil {
		l.launch[strings.TrimPrefix(to.member("reference").said(), "#")] = true
	}
}

// skip takes everything that is left of e.
func (e *element) skip() {
	for n := range e.taken {
		e.taken[n] = true
	}
}

// launchContext names what a form may be opened with.
func (l *loader) launchContext(x extension) {
	x.extensions(nil, func(p extension) bool {
		switch p.url {
		case "name":
			if c := p.r.open(p.of("valueCoding", kindObject), p.at("valueCoding")); c != nil {
				c.harmless(map[string]string{"system": "", "display": "", "version": ""})
				l.launch[c.str("code")] = true
			} else if id := p.str("valueId"); id != "" {
				l.launch[id] = true
			}
		case "type", "description", "multiple":
			p.skip()
		default:
			return false
		}
		return true
	})
}

// itemExpression reads an extension of an item that holds an expression.
func (l *loader) itemExpression(x extension, i *Item) bool {
	one := func(at **formula) {
		if *at != nil {
			x.r.refuse(x.path, refusedDuplicate, "the extension is there twice")
		}
		*at, _ = l.expression(x, "valueExpression", i)
	}
	switch x.url {
	case extVariable, extPopulation:
		x.skip() // read before the others
	case extEnable:
		one(&l.rulesOf(i).enable)
	case extCalculated:
		one(&l.rulesOf(i).calculated)
	case extInitial:
		one(&l.rulesOf(i).initial)
	case extAnswer:
		one(&l.rulesOf(i).answer)
	case extToggle:
		l.toggle(x, i)
	case extConstraint, extTarget:
		l.constraint(x, i)
	default:
		return false
	}
	return true
}

// computedText reads the expression in the extensions of a text.
func (l *loader) computedText(x extension, i *Item) bool {
	if x.url != extTextExpression {
		return false
	}
	l.rulesOf(i).text, _ = l.expression(x, "valueExpression", i)
	return true
}

// logical checks what only the whole item shows of its rules.
func (l *loader) logical(e *element, i *Item) {
	r := i.rules
	if r == nil {
		return
	}
	chosen := i.Type == Choice || i.Type == OpenChoice
	switch {
	case r.enable != nil && len(i.EnableWhen) > 0:
		e.refuse("enableWhen", refusedInvalid, "there is an enableWhenExpression already: an item has one or the other")
	case (r.calculated != nil || r.initial != nil) && !i.Answerable():
		e.refuse("extension", refusedInvalid, "a %s has no answer to compute", i.Type)
	case r.initial != nil && len(i.Initial) > 0:
		e.refuse("initial", refusedInvalid, "there is an initialExpression already")
	case r.calculated != nil && r.initial != nil:
		e.refuse("extension", refusedInvalid, "an item is calculated or has an initialExpression")
	case (r.answer != nil || len(r.toggles) > 0) && !chosen:
		e.refuse("extension", refusedUnsupported, "only choice and open-choice have options here, not %s", i.Type)
	case r.answer != nil && (len(i.Options) > 0 || len(r.toggles) > 0):
		e.refuse("answerOption", refusedInvalid, "there is an answerExpression already: options are listed or computed")
	}
}
