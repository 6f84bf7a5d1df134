package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tellback/tellback/internal/fault"
)

// maxDepth bounds nesting: deeper than any questionnaire, shallow enough for any stack.
const maxDepth = 64

// object is a JSON object with its members in order.
type object struct {
	names   []string
	members map[string]any
}

// decode reads one JSON document strictly: valid UTF-8, no name twice, nothing after it. Objects become *object,
// arrays []any, numbers json.Number.
func decode(body []byte) (any, error) {
	if !utf8.Valid(body) {
		return nil, fault.New(fault.Malformed, "The body isn't valid UTF-8.")
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	v, err := next(d, "", 0)
	if err != nil {
		return nil, unreadable(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fault.New(fault.Malformed, "There is something after the end of the JSON document.")
	}
	return v, nil
}

// unreadable is a decoder's complaint without what it complains about.
func unreadable(err error) error {
	var known *fault.Error
	if errors.As(err, &known) {
		return err
	}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return fault.New(fault.Malformed, "The body isn't valid JSON: it goes wrong near byte "+strconv.FormatInt(syntax.Offset, 10)+".")
	}
	return fault.New(fault.Malformed, "The body isn't a complete JSON document.")
}

func next(d *json.Decoder, at string, depth int) (any, error) {
	if depth > maxDepth {
		return nil, fault.New(fault.Malformed, "The JSON document is nested too deeply.")
	}
	tok, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch tok {
	case json.Delim('{'):
		return nextObject(d, at, depth)
	case json.Delim('['):
		out := []any{}
		for d.More() {
			v, err := next(d, at+"/"+strconv.Itoa(len(out)), depth+1)
			if err != nil {
				return nil, err
			}
			out = append(out, v)
		}
		_, err := d.Token()
		return out, err
	}
	return tok, nil
}

func nextObject(d *json.Decoder, at string, depth int) (any, error) {
	o := &object{members: map[string]any{}}
	for d.More() {
		tok, err := d.Token()
		if err != nil {
			return nil, err
		}
		name, _ := tok.(string) // a decoder gives nothing else here
		where := at + "/" + escape(name)
		if _, twice := o.members[name]; twice {
			return nil, fault.New(fault.Malformed, "A name is there twice in one object.",
				fault.Issue{Where: where, Code: "duplicate-name", Text: "This name is there twice; only one of them can be meant."})
		}
		v, err := next(d, where, depth+1)
		if err != nil {
			return nil, err
		}
		o.names, o.members[name] = append(o.names, name), v
	}
	_, err := d.Token()
	return o, err
}

// escape makes a name part of a JSON pointer (RFC 6901), shortened where it can't be a name of ours.
func escape(name string) string {
	if utf8.RuneCountInString(name) > 64 {
		name = string([]rune(name)[:64]) + "…"
	}
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, name))
}

// reader takes an object's members one by one, gathering what is wrong.
type reader struct {
	o      *object
	at     string
	known  map[string]bool
	issues *[]fault.Issue
}

func read(o *object, at string, issues *[]fault.Issue) *reader {
	return &reader{o, at, map[string]bool{}, issues}
}

func (r *reader) wrong(name, code, text string) {
	*r.issues = append(*r.issues, fault.Issue{Where: r.at + "/" + escape(name), Code: code, Text: text})
}

// take is a member; nil when it is absent or null.
func (r *reader) take(name string) any {
	r.known[name] = true
	return r.o.members[name]
}

// text is a string member of at most max characters and without control characters.
func (r *reader) text(name string, max int) string {
	v := r.take(name)
	if v == nil {
		return ""
	}
	s, ok := v.(string)
	switch {
	case !ok:
		r.wrong(name, "wrong-type", "This must be a string.")
		return ""
	case utf8.RuneCountInString(s) > max:
		r.wrong(name, "too-long", "This must be at most "+strconv.Itoa(max)+" characters long.")
		return ""
	case strings.ContainsFunc(s, unicode.IsControl):
		r.wrong(name, "wrong-form", "This must not have control characters.")
		return ""
	}
	return strings.TrimSpace(s)
}

// must is a text member that has to be there and say something; needed says what is missing otherwise.
func (r *reader) must(name string, max int, needed string) string {
	before := len(*r.issues)
	s := r.text(name, max)
	if s == "" && len(*r.issues) == before {
		r.wrong(name, "required", needed)
	}
	return s
}

// object is a member that is an object; nil when it is absent.
func (r *reader) object(name string) *object {
	v := r.take(name)
	if v == nil {
		return nil
	}
	o, ok := v.(*object)
	if !ok {
		r.wrong(name, "wrong-type", "This must be an object.")
	}
	return o
}

// close refuses every member that nobody took.
func (r *reader) close() {
	for _, name := range r.o.names {
		if !r.known[name] {
			r.wrong(name, "unknown-field", "There is no such field here. Take it out or correct its name.")
		}
	}
}
