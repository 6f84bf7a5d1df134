package questionnaire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"
)

// Bounds of a document, so that a hostile one is refused before it costs anything.
const (
	maxDocument = 5 << 20 // bytes
	maxJSON     = 200     // levels of JSON
	maxDepth    = 32      // levels of items
	maxItems    = 5000
	maxOptions  = 20000 // of all items together
	maxIssues   = 100
)

var (
	errTooLarge = errors.New("the document is over 5 MB")
	errNotJSON  = errors.New("the document is not JSON in UTF-8")
)

type kind byte

const (
	kindNull kind = iota
	kindBool
	kindNumber
	kindString
	kindArray
	kindObject
)

func (k kind) String() string {
	return [...]string{"null", "true or false", "a number", "a text", "a list", "an object"}[k]
}

// node is one JSON value. Numbers keep their lexical form, because FHIR decimals mean their digits.
type node struct {
	kind    kind
	text    string // of a string or number; "true" or "false"
	list    []node
	members []member
}

type member struct {
	name string
	node node
}

// readTree reads one JSON document. Names that appear twice in an object are an error: what they mean depends on the reader.
func readTree(doc []byte) (node, error) {
	if len(doc) > maxDocument {
		return node{}, errTooLarge
	}
	doc = bytes.TrimPrefix(doc, []byte("\xef\xbb\xbf")) // some editors begin with a byte order mark
	if !utf8.Valid(doc) || !json.Valid(doc) {
		return node{}, errNotJSON
	}
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	n, err := readNode(d, 0)
	if err != nil {
		return node{}, err
	}
	if _, err := d.Token(); err != io.EOF {
		return node{}, errNotJSON
	}
	return n, nil
}

func readNode(d *json.Decoder, depth int) (node, error) {
	if depth > maxJSON {
		return node{}, fmt.Errorf("the document is nested deeper than %d levels", maxJSON)
	}
	t, err := d.Token()
	if err != nil {
		return node{}, errNotJSON
	}
	switch t := t.(type) {
	case json.Delim:
		if t == '[' {
			return readList(d, depth)
		}
		return readObject(d, depth)
	case string:
		return node{kind: kindString, text: t}, nil
	case json.Number:
		return node{kind: kindNumber, text: t.String()}, nil
	case bool:
		return node{kind: kindBool, text: fmt.Sprint(t)}, nil
	}
	return node{kind: kindNull}, nil
}

func readList(d *json.Decoder, depth int) (node, error) {
	out := node{kind: kindArray}
	for d.More() {
		n, err := readNode(d, depth+1)
		if err != nil {
			return node{}, err
		}
		out.list = append(out.list, n)
	}
	_, err := d.Token()
	return out, err
}

func readObject(d *json.Decoder, depth int) (node, error) {
	out := node{kind: kindObject}
	var seen map[string]bool
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return node{}, errNotJSON
		}
		name, _ := t.(string)
		n, err := readNode(d, depth+1)
		if err != nil {
			return node{}, err
		}
		if len(out.members) == 16 { // few objects are this wide: a map only pays then
			seen = map[string]bool{}
			for _, m := range out.members {
				seen[m.name] = true
			}
		}
		if seen[name] || seen == nil && out.has(name) {
			return node{}, fmt.Errorf("the document names %.60q twice in one object", name)
		}
		if seen != nil {
			seen[name] = true
		}
		out.members = append(out.members, member{name, n})
	}
	_, err := d.Token()
	return out, err
}

func (n node) has(name string) bool {
	for _, m := range n.members {
		if m.name == name {
			return true
		}
	}
	return false
}

// same says whether two values are written alike.
func (n *node) same(o *node) bool {
	return n.kind == o.kind && n.text == o.text &&
		slices.EqualFunc(n.list, o.list, func(a, b node) bool { return a.same(&b) }) &&
		slices.EqualFunc(n.members, o.members, func(a, b member) bool { return a.name == b.name && a.node.same(&b.node) })
}
