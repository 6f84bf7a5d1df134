package questionnaire

import (
	"time"

	"github.com/tellback/tellback/internal/questionnaire/fhirpath"
)

// view shows answers to expressions as the QuestionnaireResponse that they would be sent in, as far as they are settled.
type view struct {
	q      *Questionnaire
	now    time.Time
	on     []bool
	held   [][]Value    // by index, the answers of items that are settled
	filled []int        // by index, how many answered items an item is or has beneath it
	nodes  []itemNode   // by index
	root   responseNode // of all
	memory []remembered // by variable
	epoch  int          // of what is settled: what was computed before may be another now
	budget *fhirpath.Budget
}

type remembered struct {
	epoch int
	value fhirpath.Collection
	err   error
}

// logicSteps bounds all expressions that one look at the answers evaluates.
const logicSteps = 2_000_000

func (q *Questionnaire) view() *view {
	v := &view{
		q: q, now: q.now, on: make([]bool, len(q.flat)), held: make([][]Value, len(q.flat)), filled: make([]int, len(q.flat)), nodes: make([]itemNode, len(q.flat)),
		memory: make([]remembered, q.logic.slots), epoch: 1, budget: fhirpath.Steps(logicSteps),
	}
	v.root.v = v
	for n, i := range q.flat {
		v.nodes[n] = itemNode{v, i}
	}
	return v
}

// settled records what i holds.
func (v *view) settled(i *Item, vs []Value) {
	if len(vs) == 0 {
		return
	}
	v.held[i.index] = vs
	v.epoch++
	for up := i; up != nil; up = up.Parent {
		v.filled[up.index]++
	}
}

// evaluate computes a formula. What can't be computed is empty.
func (v *view) evaluate(f *formula) (fhirpath.Collection, error) {
	focus := fhirpath.Collection{fhirpath.Complex("QuestionnaireResponse", &v.root)}
	if f.item != nil {
		focus[0] = fhirpath.Complex("QuestionnaireResponse.item", &v.nodes[f.item.index])
	}
	return f.Evaluate(&fhirpath.Env{Now: v.now, Budget: v.budget, Lookup: func(name string) fhirpath.Collection { return v.lookup(f, name) }}, focus)
}

func (v *view) lookup(f *formula, name string) fhirpath.Collection {
	if known := f.scope[name]; known != nil {
		return v.variable(known)
	}
	switch name {
	case "resource", "rootResource":
		return fhirpath.Collection{fhirpath.Complex("QuestionnaireResponse", &v.root)}
	case "questionnaire":
		return v.q.logic.doc.whole()
	case "qitem":
		if f.item != nil {
			return v.q.logic.doc.item(f.item.Origin.LinkID)
		}
	}
	return nil
}

func (v *view) variable(of *variable) fhirpath.Collection {
	m := &v.memory[of.slot]
	if m.epoch != v.epoch {
		value, err := v.evaluate(&of.formula)
		*m = remembered{v.epoch, value, err}
	}
	return m.value
}

// holds says whether a formula is true; what is empty or can't be computed is not.
func (v *view) holds(f *formula) bool {
	out, err := v.evaluate(f)
	return err == nil && len(out) == 1 && (out[0].Kind() != fhirpath.Boolean || out[0].Bool())
}

// responseNode is the QuestionnaireResponse.
type responseNode struct{ v *view }

// Unique says that there is only one.
func (n *responseNode) Unique() {}

// Width is how many children are looked through.
func (n *responseNode) Width() int { return len(n.v.q.Items) }

// Children implements [fhirpath.Node].
func (n *responseNode) Children(name string, out []fhirpath.Value) []fhirpath.Value {
	if name == "" || name == "questionnaire" {
		out = primitive(out, "canonical", n.v.q.canonical())
	}
	if name == "" || name == "status" {
		out = primitive(out, "code", "in-progress")
	}
	if name == "authored" && !n.v.now.IsZero() {
		out = primitive(out, "dateTime", n.v.now.Format(time.RFC3339))
	}
	if name == "" || name == "item" {
		out = n.v.items(n.v.q.Items, 0, out)
	}
	return out
}

// items are those that hold an answer, or have one beneath them; nth is about which of its question's answers.
func (v *view) items(of []*Item, nth int, out []fhirpath.Value) []fhirpath.Value {
	for _, i := range of {
		if v.filled[i.index] > 0 && max(1, i.Nth) == max(1, nth) {
			out = append(out, fhirpath.Complex("QuestionnaireResponse.item", &v.nodes[i.index]))
		}
	}
	return out
}

func primitive(out []fhirpath.Value, typ, text string) []fhirpath.Value {
	if v, ok := fhirpath.Primitive(typ, text); ok {
		out = append(out, v)
	}
	return out
}

// itemNode is an item of the response.
type itemNode struct {
	v *view
	i *Item
}

// Unique says that there is only one of each.
func (n *itemNode) Unique() {}

// Width is how many children are looked through.
func (n *itemNode) Width() int { return len(n.i.Items) }

// Children implements [fhirpath.Node].
func (n *itemNode) Children(name string, out []fhirpath.Value) []fhirpath.Value {
	if name == "" || name == "linkId" {
		out = primitive(out, "string", n.i.Origin.LinkID)
	}
	if name == "text" || name == "" && n.i.Text != nil {
		out = primitive(out, "string", n.i.Text.In(n.v.q.Languages[0]))
	}
	if name == "" || name == "answer" {
		for k := range n.v.held[n.i.index] {
			out = append(out, fhirpath.Complex("QuestionnaireResponse.item.answer", &answerNode{n, k}))
		}
	}
	if n.i.Type == Group && (name == "" || name == "item") {
		out = n.v.items(n.i.Items, 0, out)
	}
	return out
}

// answerNode is the k-th answer to an item.
type answerNode struct {
	*itemNode
	k int
}

func (n *answerNode) value() Value { return n.v.held[n.i.index][n.k] }

// Names implements fhirpath.Named: answers are compared by what they hold.
func (n *answerNode) Names() []string { return []string{"value", "item"} }

// Children implements [fhirpath.Node].
func (n *answerNode) Children(name string, out []fhirpath.Value) []fhirpath.Value {
	if rest, ok := cutValue(name); ok {
		if v, typ := n.shown(); rest == "" || rest == typ {
			out = append(out, v)
		}
	}
	if name == "" || name == "item" {
		out = n.v.items(n.i.Items, n.k+1, out)
	}
	return out
}

// cutValue takes "value" off the beginning; an empty name asks for everything.
func cutValue(name string) (rest string, ok bool) {
	if name == "" {
		return "", true
	}
	if len(name) >= 5 && name[:5] == "value" {
		return name[5:], true
	}
	return "", false
}

// shown is the answer as a FHIR value, and the end of its value[x].
func (n *answerNode) shown() (fhirpath.Value, string) {
	v := n.value()
	switch v.Type {
	case Choice:
		return fhirpath.Complex("Coding", &codingNode{n.i, v, n.v.q.Languages[0]}), "Coding"
	case Quantity:
		return fhirpath.Complex("Quantity", &quantityNode{n.i, v}), "Quantity"
	case Reference:
		return fhirpath.Complex("Reference", &referenceNode{v}), "Reference"
	case Attachment:
		return fhirpath.Complex("Attachment", &fileNode{v}), "Attachment"
	case Text:
		v.Type = String
	}
	for _, name := range valueNames {
		if name.t == v.Type {
			out, _ := fhirpath.Primitive(fhirTypeOf[v.Type], v.Text)
			return fhirpath.With(out, &worthNode{n.i, n.value()}), name.suffix
		}
	}
	return fhirpath.Words(v.Text), "String"
}

var fhirTypeOf = map[Type]string{Boolean: "boolean", Decimal: "decimal", Integer: "integer", Date: "date", DateTime: "dateTime", Time: "time", String: "string", URL: "uri"}

// Weight implements [fhirpath.Weighed].
func (n *answerNode) Weight() (int64, bool) { return weightOf(n.i, n.value()) }

func weightOf(i *Item, v Value) (int64, bool) {
	if o := i.Option(v); o != nil && o.Ordinal != nil {
		return *o.Ordinal, true
	}
	return 0, false
}

// worthNode hangs on a primitive answer: it has no children, only a weight.
type worthNode struct {
	i *Item
	v Value
}

// Children implements [fhirpath.Node].
func (n *worthNode) Children(_ string, out []fhirpath.Value) []fhirpath.Value { return out }

// Weight implements [fhirpath.Weighed].
func (n *worthNode) Weight() (int64, bool) { return weightOf(n.i, n.v) }

// codingNode is a coding that was chosen, or is offered.
type codingNode struct {
	i    *Item
	v    Value
	lang string
}

// Names implements fhirpath.Named.
func (n *codingNode) Names() []string {
	if n.v.System == "" {
		return []string{"code", "display"}
	}
	return []string{"system", "code", "display"}
}

// Weight implements [fhirpath.Weighed].
func (n *codingNode) Weight() (int64, bool) { return weightOf(n.i, n.v) }

// Children implements [fhirpath.Node].
func (n *codingNode) Children(name string, out []fhirpath.Value) []fhirpath.Value {
	if (name == "" || name == "system") && n.v.System != "" {
		out = primitive(out, "uri", n.v.System)
	}
	if name == "" || name == "code" {
		out = primitive(out, "code", n.v.Code)
	}
	if name == "" || name == "display" {
		if o := n.i.Option(n.v); o != nil {
			out = primitive(out, "string", o.Label.In(n.lang))
		}
	}
	return out
}

// quantityNode is a quantity that was told.
type quantityNode struct {
	i *Item
	v Value
}

// Names implements fhirpath.Named.
func (n *quantityNode) Names() []string { return []string{"value", "code", "system"} }

// Children implements [fhirpath.Node].
func (n *quantityNode) Children(name string, out []fhirpath.Value) []fhirpath.Value {
	if name == "" || name == "value" {
		out = primitive(out, "decimal", n.v.Text)
	}
	if (name == "" || name == "unit") && n.v.Code != "" {
		unit := n.v.Code
		if u := n.i.unit(n.v); u != nil {
			unit = u.Display
		}
		out = primitive(out, "string", unit)
	}
	if (name == "" || name == "code") && n.v.Code != "" {
		out = primitive(out, "code", n.v.Code)
	}
	if (name == "" || name == "system") && n.v.System != "" {
		out = primitive(out, "uri", n.v.System)
	}
	return out
}

// document is the questionnaire itself, as expressions see it.
type document struct {
	root  fhirpath.Collection
	items map[string]fhirpath.Collection
}

func readDocument(source []byte) (*document, error) {
	root, err := fhirpath.ReadResource(source)
	if err != nil {
		return nil, err
	}
	d := &document{fhirpath.Collection{root}, map[string]fhirpath.Collection{}}
	var walk func(n fhirpath.Node)
	walk = func(n fhirpath.Node) {
		for _, c := range n.Children("item", nil) {
			if link := c.Node().Children("linkId", nil); len(link) == 1 {
				d.items[link[0].Text()] = fhirpath.Collection{c}
			}
			walk(c.Node())
		}
	}
	walk(root.Node())
	return d, nil
}

func (d *document) whole() fhirpath.Collection {
	if d == nil {
		return nil
	}
	return d.root
}

func (d *document) item(link string) fhirpath.Collection {
	if d == nil {
		return nil
	}
	return d.items[link]
}
