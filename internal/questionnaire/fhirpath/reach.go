package fhirpath

import "slices"

// reach is what an expression shows of the items that it reads, without being evaluated.
type reach struct {
	links   []string // of items that it asks for by a literal linkId
	linkIDs int      // how often it mentions linkId
	literal int      // how often it compares it with literals only
	items   bool     // it mentions items or answers
}

// Links are the linkIds of the items that the expression asks for by name: linkId = 'a', linkId in ('a' | 'b').
func (x *Expression) Links() []string { return x.reach.links }

// Wide says that the expression may read items that it doesn't name.
func (x *Expression) Wide() bool {
	return x.reach.linkIDs > x.reach.literal || x.reach.items && x.reach.literal == 0
}

func (s *reach) noteMember(name string) {
	switch name {
	case "linkId":
		s.linkIDs++
	case "item", "answer":
		s.items = true
	}
}

func (s *reach) noteCall(name string) {
	switch name {
	case "children", "descendants", "answers", "answer":
		s.items = true
	}
}

// noteComparison sees linkId = 'a' and linkId in ('a' | 'b').
func (s *reach) noteComparison(b *binary) {
	var side expr
	switch {
	case b.op != "=" && b.op != "in":
		return
	case isLinkID(b.left):
		side = b.right
	case isLinkID(b.right) && b.op == "=":
		side = b.left
	default:
		return
	}
	if links, ok := texts(side, nil); ok {
		s.literal++
		for _, l := range links {
			if !slices.Contains(s.links, l) {
				s.links = append(s.links, l)
			}
		}
	}
}

func isLinkID(e expr) bool {
	switch e := e.(type) {
	case *member:
		return e.name == "linkId"
	case *chain:
		return isLinkID(e.steps[len(e.steps)-1])
	case group:
		return isLinkID(e.of)
	}
	return false
}

// texts gathers the literal texts of an expression; ok is false when it holds anything else.
func texts(e expr, into []string) (out []string, ok bool) {
	switch e := e.(type) {
	case literal:
		if len(e) != 1 || e[0].kind != String {
			return into, false
		}
		return append(into, e[0].text), true
	case group:
		return texts(e.of, into)
	case *binary:
		if e.op != "|" {
			return into, false
		}
		left, ok := texts(e.left, into)
		if !ok {
			return into, false
		}
		return texts(e.right, left)
	}
	return into, false
}
