package fhirpath

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"unicode"
)

// ReadResource reads a FHIR resource in JSON as a tree. Types are told by names: value[x], the names that FHIR gives the same
// type everywhere, and the form of the JSON value.
func ReadResource(doc []byte) (Value, error) {
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	root := &element{}
	t, err := d.Token()
	if err != nil || root.read(d, t, "", 0) != nil {
		return Value{}, errResource
	}
	if _, err := d.Token(); err != io.EOF {
		return Value{}, errResource
	}
	if root.value.kind != Element {
		return Value{}, errResource
	}
	return root.value, nil
}

const maxTree = 100 // levels of a document

var errResource = errors.New("fhirpath: not a resource in JSON")

// element is a node of a document: an object, or a primitive with what hangs on it.
type element struct {
	parent *element
	value  Value // with this element as its node
	fields []field
	names  []string // of fields
}

type field struct {
	name   string
	values []*element
}

// Unique says that every element has a place of its own.
func (e *element) Unique() {}

// Children implements [Node].
func (e *element) Children(name string, out []Value) []Value {
	for i := range e.fields {
		f := &e.fields[i]
		if name != "" && f.name != name && !isChoice(f.name, name) || f.name == "resourceType" {
			continue
		}
		for _, c := range f.values {
			if c.value.kind != None {
				out = append(out, c.value)
			}
		}
	}
	return out
}

// Names implements [Named].
func (e *element) Names() []string { return e.names }

// Answer implements [Answered].
func (e *element) Answer() (linkID string, value Value, ok bool) {
	holder := e
	if e.parent != nil && e.parent.value.typ == "QuestionnaireResponse.item.answer" {
		holder = e.parent
	}
	if holder.value.typ != "QuestionnaireResponse.item.answer" || holder.parent == nil {
		return "", Value{}, false
	}
	id, v := holder.parent.Children("linkId", nil), holder.Children("value", nil)
	if len(id) != 1 || len(v) != 1 {
		return "", Value{}, false
	}
	return id[0].text, v[0], true
}

// read reads the JSON value that begins with t into e, which is the field of that name.
func (e *element) read(d *json.Decoder, t json.Token, name string, depth int) error {
	switch t := t.(type) {
	case json.Delim:
		if t != '{' || depth > maxTree { // lists are read by the object that holds them
			return errResource
		}
		return e.readObject(d, name, depth)
	case bool:
		e.value = Of(t)
		e.value.typ = "boolean"
	case json.Number:
		e.value = numberOf(name, t.String())
	case string:
		e.value = textOf(name, t)
	}
	if e.value.kind != None {
		e.value.node = e
	}
	return nil
}

func (e *element) readObject(d *json.Decoder, name string, depth int) error {
	e.value = Value{kind: Element, node: e}
	if name != "" {
		e.value.typ = e.typeOf(name)
	}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return errResource
		}
		key, _ := t.(string)
		values, err := e.readField(d, strings.TrimPrefix(key, "_"), depth)
		if err != nil {
			return err
		}
		e.add(key, values)
	}
	if _, err := d.Token(); err != nil {
		return errResource
	}
	e.names = make([]string, 0, len(e.fields))
	for _, f := range e.fields {
		e.names = append(e.names, f.name)
	}
	return nil
}

// readField reads a value, or each of a list.
func (e *element) readField(d *json.Decoder, key string, depth int) (out []*element, err error) {
	t, err := d.Token()
	if err != nil {
		return nil, errResource
	}
	one := func(t json.Token) error {
		c := &element{parent: e}
		out = append(out, c)
		return c.read(d, t, key, depth+1)
	}
	if t != json.Delim('[') {
		return out, one(t)
	}
	for d.More() {
		if t, err = d.Token(); err == nil {
			err = one(t)
		}
		if err != nil {
			return nil, errResource
		}
	}
	if _, err = d.Token(); err != nil {
		return nil, errResource
	}
	return out, nil
}

// add puts a field in; what hangs on a primitive ("_name") goes to its value.
func (e *element) add(key string, values []*element) {
	name, side := strings.CutPrefix(key, "_")
	if key == "resourceType" && len(values) == 1 {
		e.value.typ = values[0].value.text
	}
	for i := range e.fields {
		f := &e.fields[i]
		if f.name != name {
			continue
		}
		for n := range min(len(values), len(f.values)) {
			with, on := values[n], f.values[n]
			if !side {
				with, on = on, with
				f.values[n] = on
			}
			on.fields = with.fields
			for _, x := range on.fields {
				for _, c := range x.values {
					c.parent = on
				}
			}
		}
		return
	}
	e.fields = append(e.fields, field{name, values})
}

// choices are the types that may follow the name of a choice: valueCoding.
var choices = func() map[string]string {
	out := map[string]string{}
	for t := range fhirTypes {
		out[strings.ToUpper(t[:1])+t[1:]] = t
	}
	return out
}()

// isChoice says whether a field is the value of a choice: valueCoding for value.
func isChoice(field, name string) bool {
	rest, ok := strings.CutPrefix(field, name)
	if !ok || rest == "" || name == "" || rest[0] < 'A' || rest[0] > 'Z' || choices[rest] == "" {
		return false
	}
	return choiceOf(field) == choices[rest]
}

// choiceOf is the type that a field's name ends with, the longest if there are two (DateTime, Time).
func choiceOf(field string) string {
	for i, c := range field {
		if i > 0 && unicode.IsUpper(c) {
			if t := choices[field[i:]]; t != "" {
				return t
			}
		}
	}
	return ""
}

func numberOf(name, s string) Value {
	typ := "decimal"
	if t := choiceOf(name); kindOf(t) == Integer || t == "decimal" {
		typ = t
	} else if name != "value" && !strings.ContainsAny(s, ".eE") {
		typ = "integer"
	}
	v, ok := Primitive(typ, s)
	if !ok {
		v, _ = Primitive("string", s)
	}
	return v
}

// named are the types of primitives and elements that have the same name wherever they stand.
var named = map[string]string{
	"birthDate": "date", "authored": "dateTime", "start": "dateTime", "end": "dateTime", "date": "dateTime", "lastUpdated": "instant",
	"approvalDate": "date", "lastReviewDate": "date", "issued": "instant", "recordedDate": "dateTime", "authoredOn": "dateTime",
	"url": "uri", "system": "uri", "code": "code", "status": "code", "use": "code", "gender": "code", "language": "code", "type": "code",
	"id": "id", "questionnaire": "canonical", "answerValueSet": "canonical", "definition": "uri", "reference": "string", "versionId": "id",
	"enableBehavior": "code", "operator": "code", "subjectType": "code", "copyright": "markdown", "description": "markdown", "purpose": "markdown",
	"profile": "canonical", "derivedFrom": "canonical", "source": "uri", "implicitRules": "uri",
}

var namedElements = map[string]string{
	"coding": "Coding", "extension": "Extension", "modifierExtension": "Extension", "meta": "Meta", "address": "Address", "telecom": "ContactPoint",
	"identifier": "Identifier", "period": "Period", "subject": "Reference", "author": "Reference", "source": "Reference", "encounter": "Reference",
	"basedOn": "Reference", "partOf": "Reference", "text": "Narrative", "maritalStatus": "CodeableConcept", "code": "CodeableConcept", "category": "CodeableConcept",
	"name": "HumanName", "tag": "Coding", "security": "Coding", "jurisdiction": "CodeableConcept", "generalPractitioner": "Reference",
	"managingOrganization": "Reference", "photo": "Attachment", "relationship": "CodeableConcept", "quantity": "Quantity",
}

func textOf(name, s string) Value {
	typ := named[name]
	if t := choiceOf(name); t != "" && typ == "" {
		typ = t
	}
	if typ == "" {
		typ = "string"
	}
	v, ok := Primitive(typ, s)
	if !ok {
		v, _ = Primitive("string", s)
	}
	return v
}

// typeOf is the type of an object under e's parent.
func (e *element) typeOf(name string) string {
	up := ""
	if e.parent != nil {
		up = e.parent.value.typ
	}
	switch {
	case up == "Questionnaire" && name == "code", up == "Questionnaire.item" && name == "code":
		return "Coding"
	}
	if root, _, _ := strings.Cut(up, "."); root == "Questionnaire" || root == "QuestionnaireResponse" {
		switch name {
		case "item":
			return root + ".item"
		case "answer", "answerOption", "enableWhen", "initial":
			return root + ".item." + name
		}
	}
	if t := namedElements[name]; t != "" {
		return t
	}
	if t := choiceOf(name); t != "" {
		return t
	}
	return "BackboneElement"
}
