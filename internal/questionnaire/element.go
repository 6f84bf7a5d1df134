package questionnaire

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/tellback/tellback/internal/fault"
)

// Codes of what Load refuses. They are for whoever writes a questionnaire, and Text says the rest.
const (
	refusedUnsupported = "unsupported" // legal FHIR that isn't honoured here
	refusedMissing     = "missing"
	refusedInvalid     = "invalid" // not what FHIR allows
	refusedDuplicate   = "duplicate"
)

// refusals gathers what is wrong with a document, and what is taken and not used, up to maxIssues each.
type refusals struct{ issues, notices []fault.Issue }

func (r *refusals) full() bool { return len(r.issues) >= maxIssues }

func (r *refusals) refuse(path, code, format string, args ...any) {
	if !r.full() {
		r.issues = append(r.issues, fault.Issue{Where: path, Code: code, Text: fmt.Sprintf(format, args...)})
	}
}

// notice says that something is taken that nobody asks for or that doesn't apply.
func (r *refusals) notice(path, format string, args ...any) {
	if len(r.notices) < maxIssues {
		r.notices = append(r.notices, fault.Issue{Where: path, Code: "notice", Text: fmt.Sprintf(format, args...)})
	}
}

// element is a JSON object being read. Whatever nobody took when it closes is refused, so nothing is silently ignored.
type element struct {
	r     *refusals
	path  string
	n     *node
	taken []bool
	few   [12]bool // what taken is of most elements
}

// open makes a reader for n, or nil (after saying so) when n is not an object. A nil element has no members.
func (r *refusals) open(n *node, path string) *element {
	if n == nil {
		return nil
	}
	if n.kind != kindObject {
		r.refuse(path, refusedInvalid, "must be an object, not %s", n.kind)
		return nil
	}
	if len(n.members) == 0 {
		r.refuse(path, refusedInvalid, "must not be empty")
	}
	e := &element{r: r, path: path, n: n}
	if e.taken = e.few[:]; len(n.members) > len(e.few) {
		e.taken = make([]bool, len(n.members))
	}
	return e
}

func (e *element) at(name string) string {
	if e.path == "" {
		return name
	}
	return e.path + "." + name
}

func (e *element) refuse(name, code, format string, args ...any) {
	e.r.refuse(e.at(name), code, format, args...)
}

func (e *element) notice(name, format string, args ...any) {
	e.r.notice(e.at(name), format, args...)
}

func (e *element) has(name string) bool { return e.n.has(name) }

// take is the member of that name, or nil.
func (e *element) take(name string) *node {
	if e == nil {
		return nil
	}
	for i := range e.n.members {
		if e.n.members[i].name == name {
			e.taken[i] = true
			return &e.n.members[i].node
		}
	}
	return nil
}

// of is the member of that name if it is of kind k; another kind is refused.
func (e *element) of(name string, k kind) *node {
	n := e.take(name)
	if n != nil && n.kind != k {
		e.refuse(name, refusedInvalid, "must be %s, not %s", k, n.kind)
		return nil
	}
	return n
}

// str is a FHIR string: "" when absent, and refused when it is there but blank or holds control characters.
func (e *element) str(name string) string {
	n := e.of(name, kindString)
	if n == nil {
		return ""
	}
	s := strings.TrimSpace(n.text)
	switch {
	case s == "":
		e.refuse(name, refusedInvalid, "must not be blank")
	case strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && r != '\t' && r != '\n' && r != '\r' }):
		e.refuse(name, refusedInvalid, "must not hold control characters")
	}
	return tidy(s)
}

func (e *element) flag(name string) bool {
	n := e.of(name, kindBool)
	return n != nil && n.text == "true"
}

// whole is a whole number from 0 up; missing is what it is when absent.
func (e *element) whole(name string, missing int) int {
	n := e.of(name, kindNumber)
	if n == nil {
		return missing
	}
	v, err := strconv.Atoi(n.text)
	if err != nil || v < 0 || v > 1<<30 {
		e.refuse(name, refusedInvalid, "must be a whole number from 0 up")
		return missing
	}
	return v
}

// list is the members of an array; an empty array is refused, as FHIR says.
func (e *element) list(name string) []node {
	n := e.of(name, kindArray)
	if n == nil {
		return nil
	}
	if len(n.list) == 0 {
		e.refuse(name, refusedInvalid, "must not be an empty list")
	}
	return n.list
}

// each opens every object of an array.
func (e *element) each(name string, do func(*element)) {
	list := e.list(name)
	for i := range list {
		if e.r.full() {
			return
		}
		if c := e.r.open(&list[i], e.at(name)+"["+strconv.Itoa(i)+"]"); c != nil {
			do(c)
		}
	}
}

// harmless takes the members that are accepted and not read, with what FHIR hangs on primitives ("_name").
func (e *element) harmless(names map[string]string) {
	if e == nil {
		return
	}
	for i, m := range e.n.members {
		if _, ok := names[strings.TrimPrefix(m.name, "_")]; ok {
			e.taken[i] = true
		}
	}
}

// close refuses every member that nobody took.
func (e *element) close() {
	if e == nil {
		return
	}
	for i := range e.n.members {
		m := &e.n.members[i]
		if e.taken[i] || e.aside(m.name, &m.node) {
			continue
		}
		if why, ok := unsupported[m.name]; ok {
			e.refuse(m.name, refusedUnsupported, "is not supported: %s", why)
			continue
		}
		e.refuse(clip(m.name), refusedUnsupported, "is not an element that is supported here; remove it, or say the same in another way")
	}
}

// hasAside says whether something hangs on the primitive of that name.
func (e *element) hasAside(name string) bool {
	for k := range e.n.members {
		if m := e.n.members[k].name; len(m) == len(name)+1 && m[0] == '_' && m[1:] == name {
			return true
		}
	}
	return false
}

// aside reads what FHIR hangs on a primitive ("_linkId") beside which nothing is honoured: an id, and extensions that change nothing.
func (e *element) aside(name string, n *node) bool {
	if name[:min(1, len(name))] != "_" || !e.has(name[1:]) || n.kind != kindObject {
		return false
	}
	side := e.r.open(n, e.at(name))
	side.take("id")
	side.extensions(harmlessExtensions, nil)
	side.close()
	return true
}

// clip bounds a name from outside for use in a path.
func clip(s string) string {
	if len(s) > 80 {
		return strings.ToValidUTF8(s[:80], "") + "…"
	}
	return s
}

// maxTwins bounds how many extensions of an element are looked through for one that is the same.
const maxTwins = 64

// extension is one extension being read.
type extension struct {
	*element
	url string
}

// extensions reads the extensions of e. Those that read does not know and that are not harmless are refused.
func (e *element) extensions(harmless map[string]string, read func(x extension) bool) {
	var before []*node
	e.each("extension", func(x *element) {
		x.take("id")
		url := x.str("url")
		if url == "" {
			x.refuse("url", refusedMissing, "an extension needs its url")
			return
		}
		if strings.Contains(url, ":") && len(before) < maxTwins { // what is named without is a part, which may well be there twice
			if slices.ContainsFunc(before, x.n.same) {
				x.r.notice(x.path, "says again what an extension before it says")
				return
			}
			before = append(before, x.n)
		}
		if changesNothing(harmless, url) {
			return
		}
		if why, ok := passedOver[url]; ok {
			x.r.notice(x.path, "%s is not used: it %s", clip(url), why)
			return
		}
		_, known := honoured[url]
		if read != nil && (known || !strings.Contains(url, ":") || url == RelationExtension || url == extSum) && read(extension{x, url}) {
			x.close()
			return
		}
		if presentation[url] {
			return
		}
		why := "the extension %s is not supported here, and may change what the element means"
		if reason, ok := unsupported[url]; ok {
			why = "the extension %s is not supported: " + reason
		} else if foreign(url) {
			x.r.notice(x.path, "the extension %s is not read", clip(url))
			return
		}
		x.r.refuse(x.path, refusedUnsupported, why, clip(url))
	})
}

// foreign says that an extension is neither of those that FHIR and SDC define for questionnaires nor ours. FHIR lets a reader pass over
// those that it doesn't know, since what changes the meaning of an element is a modifierExtension, which is refused.
func foreign(url string) bool {
	for _, of := range []string{sdc, hl7, our, "http://hl7.org/fhir/5.0/", "http://hl7.org/fhir/4.3/", "http://hl7.org/fhir/3.0/"} {
		if strings.HasPrefix(url, of) {
			return false
		}
	}
	return strings.Contains(url, ":") // the parts of an extension are named without
}
