package questionnaire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
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
	r := treeReader{s: string(doc)}
	return r.value(0)
}

// treeReader makes nodes of what is valid JSON already: it only has to find where each begins and ends. It is several times faster than
// json.Decoder's tokens, which matters since every answer that a system sends is read by it.
type treeReader struct {
	s  string
	at int

	list    []node // of the values that are being read
	members []member
}

// next is the next character that isn't space; it stays unread.
func (r *treeReader) next() byte {
	for r.s[r.at] <= ' ' {
		r.at++
	}
	return r.s[r.at]
}

func (r *treeReader) value(depth int) (node, error) {
	if depth > maxJSON {
		return node{}, fmt.Errorf("the document is nested deeper than %d levels", maxJSON)
	}
	switch r.next() {
	case '{':
		return r.object(depth)
	case '[':
		return r.array(depth)
	case '"':
		return node{kind: kindString, text: r.text()}, nil
	case 't':
		return node{kind: kindBool, text: r.word()}, nil
	case 'f':
		return node{kind: kindBool, text: r.word()}, nil
	case 'n':
		r.word()
		return node{kind: kindNull}, nil
	}
	return node{kind: kindNumber, text: r.word()}, nil
}

// word is a number, true, false or null.
func (r *treeReader) word() string {
	from := r.at
	for r.at < len(r.s) && !strings.ContainsRune(",]} \t\r\n", rune(r.s[r.at])) {
		r.at++
	}
	return r.s[from:r.at]
}

func (r *treeReader) text() string {
	from := r.at
	escaped := false
	for r.at++; r.s[r.at] != '"'; r.at++ {
		if r.s[r.at] == '\\' {
			escaped = true
			r.at++
		}
	}
	r.at++
	if !escaped {
		return r.s[from+1 : r.at-1]
	}
	var out string
	_ = json.Unmarshal([]byte(r.s[from:r.at]), &out) // it is valid
	return out
}

func (r *treeReader) array(depth int) (node, error) {
	from := len(r.list)
	r.at++
	for r.next() != ']' {
		n, err := r.value(depth + 1)
		if err != nil {
			return n, err
		}
		if r.list = append(r.list, n); r.next() == ',' {
			r.at++
		}
	}
	r.at++
	out := node{kind: kindArray, list: slices.Clone(r.list[from:])}
	r.list = r.list[:from]
	return out, nil
}

func (r *treeReader) object(depth int) (node, error) {
	from := len(r.members)
	var seen map[string]bool
	r.at++
	for r.next() != '}' {
		name := r.text()
		r.next()
		r.at++ // ':'
		n, err := r.value(depth + 1)
		if err != nil {
			return n, err
		}
		here := node{members: r.members[from:]}
		if len(here.members) == 16 { // few objects are this wide: a map only pays then
			seen = map[string]bool{}
			for _, m := range here.members {
				seen[m.name] = true
			}
		}
		if seen[name] || seen == nil && here.has(name) {
			return node{}, fmt.Errorf("the document names %.60q twice in one object", name)
		}
		if seen != nil {
			seen[name] = true
		}
		if r.members = append(r.members, member{name, n}); r.next() == ',' {
			r.at++
		}
	}
	r.at++
	out := node{kind: kindObject, members: slices.Clone(r.members[from:])}
	r.members = r.members[:from]
	return out, nil
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
