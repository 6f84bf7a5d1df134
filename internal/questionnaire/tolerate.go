package questionnaire

import (
	"encoding/json"
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
