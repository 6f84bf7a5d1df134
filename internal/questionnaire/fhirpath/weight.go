package fhirpath

// Extensions that hold what an answer is worth, in R4 and R5.
var weightURLs = map[string]bool{
	"http://hl7.org/fhir/StructureDefinition/ordinalValue": true,
	"http://hl7.org/fhir/StructureDefinition/itemWeight":   true,
}

// Answered is a [Node] of an answer, or of its value, in a response.
type Answered interface {
	// Answer is the linkId of the item that is answered, and the answer's value.
	Answer() (linkID string, value Value, ok bool)
}

// weight is weight() of Structured Data Capture, and ordinal(), its older name: what each answer, coding or option is worth, by its own
// extension, or else by the option of %questionnaire that was chosen. What has no weight is left out.
func weight(r *run, _ *call, focus Collection) Collection {
	var out Collection
	for i := range focus {
		if !r.step(4) {
			return nil
		}
		n := focus[i].node
		if n == nil {
			continue
		}
		if w, known := n.(Weighed); known {
			if milli, ok := w.Weight(); ok {
				out = append(out, Thousandths(milli))
			}
			continue
		}
		if v, ok := ownWeight(n); ok {
			out = append(out, v)
		} else if v, ok := r.optionWeight(n); ok {
			out = append(out, v)
		}
	}
	return out
}

// WeightOf is what an element is worth by itself, in thousandths.
func WeightOf(v Value) (milli int64, ok bool) {
	if v.node == nil {
		return 0, false
	}
	if w, known := v.node.(Weighed); known {
		return w.Weight()
	}
	own, ok := ownWeight(v.node)
	if !ok {
		return 0, false
	}
	return own.Milli()
}

// ownWeight is the weight that stands at a node, or at its value.
func ownWeight(n Node) (Value, bool) {
	nodes := append([]Value{Complex("", n)}, n.Children("value", nil)...)
	for _, v := range nodes {
		if v.node == nil {
			continue
		}
		for _, x := range v.node.Children("extension", nil) {
			url := x.node.Children("url", nil)
			if len(url) != 1 || !weightURLs[url[0].text] {
				continue
			}
			if w := x.node.Children("value", nil); len(w) == 1 && numeric(w[0].kind) {
				return w[0].plain(), true
			}
		}
	}
	return Value{}, false
}

// optionWeight looks for the option that an answer chose in %questionnaire.
func (r *run) optionWeight(n Node) (Value, bool) {
	a, ok := n.(Answered)
	if !ok || r.env.Lookup == nil {
		return Value{}, false
	}
	link, value, ok := a.Answer()
	if !ok {
		return Value{}, false
	}
	q := r.env.Lookup("questionnaire")
	item := r.itemOf(q, link)
	if item == nil {
		return Value{}, false
	}
	for _, option := range item.Children("answerOption", nil) {
		for _, v := range option.node.Children("value", nil) {
			if r.chosen(v, value) {
				return ownWeight(option.node)
			}
		}
	}
	set := item.Children("answerValueSet", nil)
	if len(set) != 1 {
		return Value{}, false
	}
	return r.codeWeight(q, set[0].text, value)
}

// itemOf finds an item by its linkId at any depth.
func (r *run) itemOf(in Collection, link string) Node {
	for level := r.named(in, "item"); len(level) > 0 && r.err == nil; level = r.named(level, "item") {
		for i := range level {
			if id := level[i].node.Children("linkId", nil); len(id) == 1 && id[0].text == link {
				return level[i].node
			}
		}
	}
	return nil
}

// chosen compares an option with an answer: codings by system and code.
func (r *run) chosen(option, answer Value) bool {
	if option.kind != Element || answer.kind != Element {
		return r.equal(&option, &answer) == yes
	}
	for _, name := range [...]string{"system", "code"} {
		a, b := option.node.Children(name, nil), answer.node.Children(name, nil)
		if len(a) != len(b) || len(a) == 1 && a[0].text != b[0].text {
			return false
		}
	}
	return true
}

// codeWeight looks in a contained value set.
func (r *run) codeWeight(q Collection, set string, answer Value) (Value, bool) {
	if answer.node == nil || set == "" || set[0] != '#' {
		return Value{}, false
	}
	code, system := answer.node.Children("code", nil), answer.node.Children("system", nil)
	for _, c := range r.named(q, "contained") {
		if id := c.node.Children("id", nil); len(id) != 1 || id[0].text != set[1:] {
			continue
		}
		includes := r.named(r.named(Collection{c}, "compose"), "include")
		for i := range includes {
			if s := includes[i].node.Children("system", nil); r.equalAll(s, system) != yes {
				continue
			}
			for _, concept := range r.named(includes[i:i+1], "concept") {
				if r.equalAll(concept.node.Children("code", nil), code) == yes {
					return ownWeight(concept.node)
				}
			}
		}
	}
	return Value{}, false
}

// answers is answers() of Structured Data Capture: the answers of every item below the focus, or of its own.
func answers(r *run, _ *call, focus Collection) Collection {
	out := r.named(focus, "answer")
	for level := r.named(focus, "item"); len(level) > 0 && r.err == nil; {
		found := r.named(level, "answer")
		if out = r.joined(out, found); r.err != nil {
			return nil
		}
		level = r.joined(r.named(level, "item"), r.named(found, "item"))
	}
	return out
}
