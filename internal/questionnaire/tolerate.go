package questionnaire

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// What makers of questionnaires commonly leave behind, and what is plainly meant by it, is put right before the document is read, each
// with a notice: fields without a value, and values in quotation marks. A response is never put right: what a person answered isn't ours to guess.

// quoted are the members that are sometimes written as texts, with what they are.
var quoted = map[string]kind{
	"required": kindBool, "repeats": kindBool, "readOnly": kindBool, "initialSelected": kindBool, "experimental": kindBool,
	"valueBoolean": kindBool, "answerBoolean": kindBool,
	"maxLength": kindNumber, "valueInteger": kindNumber, "valueDecimal": kindNumber, "answerInteger": kindNumber, "answerDecimal": kindNumber,
}

// notes are members of an object that say something to its editor only.
var notes = map[string]bool{"$schema": true, "fhir_comments": true}

// spot is where a node stands, put into words only when something is said of it: a document has many nodes, and few are odd.
type spot struct {
	in   *spot
	name string // of a member; "" of an element of a list
	at   int
}

func (p *spot) String() string {
	switch {
	case p == nil:
		return ""
	case p.name == "":
		return p.in.String() + "[" + strconv.Itoa(p.at) + "]"
	}
	return join(p.in.String(), p.name)
}

// tolerate puts n and all that is in it right. It recurs no deeper than readTree did.
func (r *refusals) tolerate(n *node, p *spot) {
	for k := range n.list {
		r.tolerate(&n.list[k], &spot{in: p, at: k})
	}
	kept := n.members[:0]
	for _, m := range n.members {
		at := &spot{in: p, name: m.name}
		r.tolerate(&m.node, at)
		switch {
		case notes[m.name]:
			continue
		case m.node.hollow():
			if len(r.notices) < maxIssues {
				r.notice(at.String(), "has no value, and is passed over")
			}
			continue
		}
		if want := quoted[m.name]; want != 0 && m.node.kind == kindString && m.node.unquote(want) && len(r.notices) < maxIssues {
			r.notice(at.String(), "is written as a text, and read as %s", want)
		}
		kept = append(kept, m)
	}
	n.members = kept
}

// hollow says that a member says nothing: null, a blank text, or an empty list or object.
func (n *node) hollow() bool {
	switch n.kind {
	case kindNull:
		return true
	case kindString:
		return strings.TrimSpace(n.text) == ""
	case kindArray:
		return len(n.list) == 0
	case kindObject:
		return len(n.members) == 0
	}
	return false
}

// unquote makes a text what it says, if it is of that kind.
func (n *node) unquote(want kind) bool {
	text := strings.TrimSpace(n.text)
	is := text == "true" || text == "false"
	if want == kindNumber {
		is = text != "" && (text[0] == '-' || text[0] >= '0' && text[0] <= '9') && json.Valid([]byte(text))
	}
	if is {
		n.kind, n.text = want, text
	}
	return is
}

// amend makes of an item what it can only be, once all of it is read: a group without items is a text, a text with items a group, and
// what has no answer isn't required and doesn't repeat.
func (l *loader) amend(e *element, i *Item) {
	switch {
	case i.Type == Group && len(i.Items) == 0 && l.count <= maxItems:
		e.notice("item", "a group without items is read as a display")
		i.Type, i.Required, i.Repeats, i.Hidden = Display, false, false, i.Hidden || i.Text == nil
	case i.Type == Display && len(i.Items) > 0:
		e.notice("item", "a display with items is read as a group")
		i.Type = Group
	case i.Type == Boolean && i.Repeats:
		e.notice("repeats", "a yes-or-no question has one answer")
		i.Repeats = false
	}
	if i.Type == Display && (i.Required || i.Repeats || i.ReadOnly) {
		for name, set := range map[string]bool{"required": i.Required, "repeats": i.Repeats, "readOnly": e.flag("readOnly")} {
			if set {
				e.notice(name, "a display has no answer")
			}
		}
		i.Required, i.Repeats, i.ReadOnly = false, false, false
	}
	if i.Type == Display && i.Text == nil && !i.Hidden {
		e.notice("text", "is missing: there is nothing to show")
		i.Hidden = true
	}
	if i.Answerable() && i.Required && i.fixed() && len(i.Initial) == 0 && !i.computed() {
		e.notice("required", "it is hidden or read-only and has no initial value: nobody can answer it here, so it isn't required")
		i.Required = false
	}
}

// mean is a value that the document itself gives for an answer to i, as the type that it can only be meant in: a whole number for a number,
// a number for one of whole numbers, a day for a time of that day, a text for the option that it names.
func (i *Item) mean(v Value) Value {
	switch {
	case i.Type == Decimal && v.Type == Integer, i.Type == DateTime && v.Type == Date:
		v.Type = i.Type
	case i.Type == Integer && v.Type == Decimal:
		if n, whole := wholeNumber(v.Text); whole {
			v = Value{Type: Integer, Text: strconv.FormatInt(n, 10)}
		}
	case i.Type == Choice && v.Type == String && i.Option(v) == nil:
		if o := i.called(v.Text); o != nil {
			return o.Value
		}
	}
	return v
}

// called is the only option that has these words or this code; nil when there is none or more than one.
func (i *Item) called(text string) *Option {
	var found *Option
	for n := range i.Options {
		o := &i.Options[n]
		if o.Value.Code != text && !slices.Contains(slices.Collect(maps.Values(o.Label)), text) {
			continue
		}
		if found != nil {
			return nil
		}
		found = o
	}
	return found
}
