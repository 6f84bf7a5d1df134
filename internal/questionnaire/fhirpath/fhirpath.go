// Package fhirpath evaluates FHIRPath (Normative Release 1, http://hl7.org/fhirpath/N1/) with the additions of FHIR and of
// Structured Data Capture that questionnaires use. An expression is compiled once: what isn't supported is refused then, by
// name and place. It is evaluated over any tree of nodes, in a bounded number of steps, without clock, network or locale.
package fhirpath

import (
	"errors"
	"fmt"
	"time"
)

// Collection is an ordered list of values; what is missing is an empty one.
type Collection []Value

// Expression is a compiled expression. It is immutable and safe for concurrent use.
type Expression struct {
	source string
	root   expr
	names  []string // external constants, by slot
	reach  reach
}

// Compile reads an expression. names says which external constants (%name) there are. The error is a *[SyntaxError].
func Compile(source string, names func(string) bool) (*Expression, error) {
	if len(source) > maxSource {
		return nil, &SyntaxError{maxSource, fmt.Sprintf("the expression is longer than %d characters", maxSource)}
	}
	p := &parser{lexer: lexer{source: source}, names: names, out: &Expression{source: source}}
	p.advance()
	root := p.expression(0)
	if p.tok.kind != end {
		p.fail(p.tok.at, "unexpected %s", p.tok)
	}
	if p.err != nil {
		return nil, p.err
	}
	p.out.root = root
	return p.out, nil
}

// String is the expression as it was written.
func (x *Expression) String() string { return x.source }

// Names are the external constants that the expression refers to.
func (x *Expression) Names() []string { return x.names }

// Env is what an evaluation has around it.
type Env struct {
	// Lookup gives the external constant of that name.
	Lookup func(name string) Collection
	Now    time.Time // of now(), today() and timeOfDay(); its zone is that of dateTimes that say none
	Budget *Budget   // shared by evaluations that belong together
}

// Budget bounds the work of evaluations. A step is an expression evaluated, a value looked at, or a few bytes of text.
type Budget struct{ left int }

// Steps is a budget of n.
func Steps(n int) *Budget { return &Budget{n} }

// Bounds of one evaluation.
const (
	DefaultSteps  = 200_000
	maxCollection = 20_000
	maxText       = 100_000 // bytes of one text
)

// Errors of an evaluation besides those about an expression's own values.
var (
	ErrTooMuch = errors.New("the expression takes too many steps")
	ErrTooBig  = errors.New("the expression makes too much")
)

// Evaluate computes the expression with focus as its context ($this and %context). An error says that the expression can't
// be applied to these values; it never holds one of them.
func (x *Expression) Evaluate(env *Env, focus Collection) (Collection, error) {
	r := run{env: env, names: x.names, this: focus, context: focus}
	if env.Budget == nil {
		r.budget = Budget{DefaultSteps}
	} else {
		r.budget = *env.Budget
	}
	out := x.root.eval(&r, focus)
	if env.Budget != nil {
		*env.Budget = r.budget
	}
	if r.err != nil {
		return nil, fmt.Errorf("fhirpath: %w", r.err)
	}
	return out, nil
}

// run is the state of one evaluation. Once it has an error everything is empty, and nothing is looked at any more.
type run struct {
	env     *Env
	names   []string
	budget  Budget
	err     error
	this    Collection
	context Collection
	total   Collection
	index   int
	looping bool // index is set
}

// step takes n steps off the budget; false says to stop.
func (r *run) step(n int) bool {
	if r.err != nil {
		return false
	}
	if r.budget.left -= n; r.budget.left < 0 {
		r.err = ErrTooMuch
		return false
	}
	return true
}

// fail stops the evaluation with a reason about the expression at a place.
func (r *run) fail(at int, format string, args ...any) Collection {
	if r.err == nil {
		r.err = &SyntaxError{at, fmt.Sprintf(format, args...)}
	}
	return nil
}

// grown says whether a collection may have n members.
func (r *run) grown(n int) bool {
	if r.err == nil && n > maxCollection {
		r.err = ErrTooBig
	}
	return r.err == nil
}
