package questionnaire

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A Questionnaire of STU3 or R5 is brought into R4's shape before it is read, so that everything after knows one model. Refusals
// name paths of that shape.

// wrote says in which releases of FHIR something can stand.
type wrote byte

const (
	inSTU3 wrote = 1 << iota
	inR4         // and R4B, whose Questionnaire is the same
	inR5
)

func (w wrote) String() string {
	var out []string
	for n, name := range []string{"STU3", "R4", "R5"} {
		if w&(1<<n) != 0 {
			out = append(out, name)
		}
	}
	return strings.Join(out, " or ")
}

// normalizer finds out which release a document was written in, by what it says of itself and by the elements that it uses.
type normalizer struct {
	*refusals
	can    wrote  // the releases that fit all that was seen
	by     string // the element that narrowed it last
	broken bool
}

// saw narrows the release; what leaves none is refused.
func (n *normalizer) saw(path string, in wrote) {
	switch left := n.can & in; {
	case n.broken || left == n.can:
	case left == 0:
		n.broken = true
		n.refuse(path, refusedInvalid, "belongs to FHIR %s, but %s belongs to %s: a document is of one release", in, n.by, n.can)
	default:
		n.can, n.by = left, path
	}
}

func (r *refusals) normalize(root *node) {
	if root.kind != kindObject || root.has("group") {
		if root.kind == kindObject {
			r.refuse("group", refusedUnsupported, "a Questionnaire of FHIR DSTU2 has groups and questions; convert it to R4 first")
		}
		return
	}
	n := &normalizer{refusals: r, can: inSTU3 | inR4 | inR5}
	n.declared(root)
	n.sees(root, "", map[string]wrote{"derivedFrom": inR4 | inR5, "versionAlgorithmString": inR5, "versionAlgorithmCoding": inR5, "copyrightLabel": inR5})
	n.survey(root, "", 0)
	if !n.broken {
		n.items(root, "")
	}
}

// declared reads meta.profile and fhirVersion.
func (n *normalizer) declared(root *node) {
	if v := root.member("fhirVersion"); v != nil {
		n.saw("fhirVersion", releaseOf(v.text))
	}
	meta := root.member("meta")
	if meta == nil {
		return
	}
	profiles := meta.member("profile")
	if profiles == nil {
		return
	}
	for k, p := range profiles.list {
		rest, core := strings.CutPrefix(p.text, "http://hl7.org/fhir/")
		if !core {
			continue
		}
		url, version, _ := strings.Cut(rest, "|")
		if before, _, ok := strings.Cut(url, "/"); ok && releaseOf(before) != 0 {
			version = before
		} else if url != "StructureDefinition/Questionnaire" {
			continue // the version of another profile is its own
		}
		if in := releaseOf(version); in != 0 {
			n.saw(fmt.Sprintf("meta.profile[%d]", k), in)
		}
	}
}

// releaseOf is the release that a version of FHIR ("4.0.1", "5.0") is of; 0 for others.
func releaseOf(version string) wrote {
	for prefix, in := range map[string]wrote{"3.0": inSTU3, "4.0": inR4, "4.3": inR4, "5.0": inR5} {
		if version == prefix || strings.HasPrefix(version, prefix+".") {
			return in
		}
	}
	return 0
}

func (n *normalizer) sees(e *node, path string, members map[string]wrote) {
	for _, m := range e.members {
		if in, ok := members[m.name]; ok {
			n.saw(join(path, m.name), in)
		}
	}
}

var releaseOfItems = map[string]wrote{
	"option": inSTU3, "options": inSTU3, "answerOption": inR4 | inR5, "answerValueSet": inR4 | inR5, "initial": inR4 | inR5,
	"enableBehavior": inR4 | inR5, "answerConstraint": inR5, "disabledDisplay": inR5,
}

var releaseOfTypes = map[string]wrote{"choice": inSTU3 | inR4, "open-choice": inSTU3 | inR4, "coding": inR5}

// survey looks at every item before any is changed.
func (n *normalizer) survey(e *node, path string, depth int) {
	n.looks(e, path)
	items := e.member("item")
	if items == nil || depth > maxDepth {
		return
	}
	for k := range items.list {
		i, at := &items.list[k], join(path, "item["+strconv.Itoa(k)+"]")
		n.sees(i, at, releaseOfItems)
		if t := i.member("type"); t != nil && releaseOfTypes[t.text] != 0 {
			n.saw(at+".type", releaseOfTypes[t.text])
		}
		for _, m := range i.members {
			if isInitial(m.name) {
				n.saw(at+"."+m.name, inSTU3)
			}
		}
		if when := i.member("enableWhen"); when != nil {
			for w := range when.list {
				if in := at + ".enableWhen[" + strconv.Itoa(w) + "]"; when.list[w].has("operator") {
					n.saw(in+".operator", inR4|inR5)
				} else if when.list[w].has("hasAnswer") {
					n.saw(in+".hasAnswer", inSTU3)
				} else if len(when.list[w].members) > 1 {
					n.saw(in, inSTU3) // STU3 says only what equals
				}
			}
		}
		n.survey(i, at, depth+1)
	}
}

// looks judges whether an item, or the whole, says that its texts mean less without their look. A text message has none: where a question
// or an option would lose it, that is refused.
func (n *normalizer) looks(e *node, path string) {
	for _, of := range []string{"", "_text"} {
		holder, at := e, path
		if of != "" {
			holder, at = e.member(of), join(path, of)
		}
		if holder == nil {
			continue
		}
		for k, x := range holder.extensions() {
			if x.member("url").said() != hl7+"rendering-styleSensitive" || x.member("valueBoolean").said() != "true" {
				continue
			}
			at := join(at, "extension["+strconv.Itoa(k)+"]")
			if e.asksInStyle(path == "") {
				n.refuse(at, refusedUnsupported, "rendering-styleSensitive says that texts mean less without their look, and a text message has none")
			} else {
				n.notice(at, "rendering-styleSensitive: the words are shown without a look of their own")
			}
			return
		}
	}
}

// asksInStyle says whether a question that is e or in e, or one of its options, has a look of its own.
func (n *node) asksInStyle(whole bool) bool {
	if t := n.member("type").said(); !whole && t != "display" && t != "group" && n.styled() {
		return true
	}
	items := n.member("item")
	return items != nil && slices.ContainsFunc(items.list, func(i node) bool { return i.asksInStyle(false) })
}

// styled says whether a text in n, but not in the items beneath it, has a look of its own.
func (n *node) styled() bool {
	for k := range n.members {
		m := &n.members[k]
		switch {
		case m.name == "item":
		case m.name == "url" && slices.Contains([]string{hl7 + "rendering-style", hl7 + "rendering-xhtml", hl7 + "rendering-markdown"}, m.node.text):
			return true
		case m.node.styled():
			return true
		}
	}
	return slices.ContainsFunc(n.list, func(o node) bool { return o.styled() })
}

// extensions are those that n has.
func (n *node) extensions() []node {
	if x := n.member("extension"); x != nil {
		return x.list
	}
	return nil
}

// isInitial says whether a name is STU3's initial[x].
func isInitial(name string) bool {
	rest, ok := strings.CutPrefix(name, "initial")
	return ok && rest != "" && rest[0] >= 'A' && rest[0] <= 'Z'
}

func (n *normalizer) items(e *node, path string) {
	items := e.member("item")
	if items == nil {
		return
	}
	for k := range items.list {
		i, at := &items.list[k], join(path, "item["+strconv.Itoa(k)+"]")
		n.fromSTU3(i)
		n.fromR5(i, at)
		n.items(i, at)
	}
}

// fromSTU3 renames what R4 calls otherwise. A single initial value becomes a list, and several conditions mean any of them.
func (n *normalizer) fromSTU3(i *node) {
	if n.can != inSTU3 {
		return
	}
	for k := range i.members {
		switch m := &i.members[k]; {
		case m.name == "option":
			m.name = "answerOption"
		case m.name == "options" && m.node.kind == kindObject:
			m.name = "answerValueSet"
			if to := m.node.member("reference"); to != nil {
				m.node = *to
			}
		case isInitial(m.name):
			value := member{"value" + strings.TrimPrefix(m.name, "initial"), m.node}
			*m = member{"initial", node{kind: kindArray, list: []node{{kind: kindObject, members: []member{value}}}}}
		}
	}
	when := i.member("enableWhen")
	if when == nil {
		return
	}
	for k := range when.list {
		c := &when.list[k]
		if has := c.member("hasAnswer"); has != nil {
			c.rename("hasAnswer", "answerBoolean")
			c.add("operator", "exists")
		} else if c.kind == kindObject {
			c.add("operator", "=")
		}
	}
	if len(when.list) > 1 {
		i.add("enableBehavior", "any")
	}
}

// fromR5 gives an item with options R4's choice or open-choice, by what it says of answers that are none of them. R4 lets
// a text, number, date or time have options as well: then they are all there is.
func (n *normalizer) fromR5(i *node, at string) {
	i.drop("disabledDisplay", func(v *node) {
		if v.text != "hidden" && v.text != "protected" {
			n.refuse(at+".disabledDisplay", refusedInvalid, "must be hidden or protected")
		}
	})
	constraint := "optionsOnly"
	i.drop("answerConstraint", func(v *node) { constraint = v.text })
	t := i.member("type")
	if t == nil || t.kind != kindString {
		return
	}
	offered := i.has("answerOption") || i.has("answerValueSet")
	own := t.text == "string" || t.text == "text" // in which words of one's own are of the type
	switch {
	case !slices.Contains([]string{"optionsOnly", "optionsOrString", "optionsOrType"}, constraint):
		n.refuse(at+".answerConstraint", refusedInvalid, "must be optionsOnly, optionsOrString or optionsOrType")
	case t.text == "coding" && constraint == "optionsOrType":
		n.refuse(at+".answerConstraint", refusedUnsupported, "nobody can be asked for a code that isn't listed; use optionsOrString")
	case t.text == "coding" && constraint == "optionsOrString", own && offered && constraint != "optionsOnly":
		t.text = "open-choice"
	case t.text == "coding":
		t.text = "choice"
	case !offered || t.text == "choice" || t.text == "open-choice":
	case constraint != "optionsOnly":
		n.refuse(at+".answerConstraint", refusedUnsupported, "options that are mere examples are not supported for the type %s", clip(t.text))
	case own || t.text == "integer" || t.text == "date" || t.text == "time":
		t.text = "choice"
	}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// member is the member of that name, or nil.
func (n *node) member(name string) *node {
	for k := range n.members {
		if n.members[k].name == name {
			return &n.members[k].node
		}
	}
	return nil
}

// said is the text of a node that may not be there.
func (n *node) said() string {
	if n == nil {
		return ""
	}
	return n.text
}

// first is the member of that name in the first object of a list; nil where there is none.
func (n *node) first(name string) *node {
	if n == nil || len(n.list) == 0 {
		return nil
	}
	return n.list[0].member(name)
}

func (n *node) add(name, text string) {
	n.members = append(n.members, member{name, node{kind: kindString, text: text}})
}

func (n *node) rename(from, to string) {
	for k := range n.members {
		if n.members[k].name == from {
			n.members[k].name = to
		}
	}
}

// drop takes a member out, after showing it.
func (n *node) drop(name string, show func(*node)) {
	for k := range n.members {
		if n.members[k].name == name {
			show(&n.members[k].node)
			n.members = slices.Delete(n.members, k, k+1)
			return
		}
	}
}
