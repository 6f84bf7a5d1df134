package program

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	maxFile  = 1 << 20 // bytes
	maxDepth = 32

	wrongType = "wrong-type"
)

// notes collects what is wrong with one file.
type notes struct{ found []note }

type note struct{ pointer, code, text string }

// add notes a fault, unless what it is about had the wrong type: then nothing more can be said of it.
func (n *notes) add(pointer, code, format string, args ...any) {
	if slices.ContainsFunc(n.found, func(e note) bool {
		return e.code == wrongType && (pointer == e.pointer || strings.HasPrefix(pointer, e.pointer+"/"))
	}) {
		return
	}
	n.found = append(n.found, note{pointer, code, fmt.Sprintf(format, args...)})
}

// object is a JSON object whose member names were each given once.
type object map[string]any

// decode fills p from a JSON document. Unlike encoding/json it goes on after a fault and names every one by its JSON
// pointer: unknown and repeated members, wrong types, nulls. It says whether the document could be read at all.
func decode(doc []byte, p *Program, n *notes) bool {
	if len(doc) > maxFile {
		n.add("", "too-large", "The file is larger than 1 MB. A program's file is a few kilobytes: check what is in it.")
		return false
	}
	if !utf8.Valid(doc) {
		n.add("", "wrong-encoding", "The file is not UTF-8. Save it as UTF-8 text.")
		return false
	}
	d := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(doc, []byte("\uFEFF"))))
	d.UseNumber()
	tree, err := read(d, "", n)
	if err == nil {
		if _, more := d.Token(); more != io.EOF {
			err = errors.New("there is something after the end of the object")
		}
	}
	if err != nil {
		line, column := place(doc, d.InputOffset())
		n.add("", "not-json", "This is not valid JSON near line %d, column %d: %s.", line, column, strings.TrimSuffix(err.Error(), "."))
		return false
	}
	root, ok := tree.(object)
	if !ok {
		n.add("", wrongType, "The file has to be one JSON object: { … }.")
		return false
	}
	delete(root, "$schema") // tells editors which JSON Schema to use
	fill(reflect.ValueOf(p).Elem(), root, "", n)
	return true
}

func read(d *json.Decoder, pointer string, n *notes) (any, error) {
	if strings.Count(pointer, "/") > maxDepth {
		return nil, errors.New("it is nested too deeply")
	}
	t, err := d.Token()
	if errors.Is(err, io.EOF) {
		err = errors.New("it ends too early")
	}
	if err != nil {
		return nil, err
	}
	switch t {
	case json.Delim('['):
		list := []any{}
		for i := 0; d.More(); i++ {
			v, err := read(d, pointer+"/"+strconv.Itoa(i), n)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err = d.Token()
		return list, err
	case json.Delim('{'):
		o := object{}
		for d.More() {
			k, err := d.Token()
			if err != nil {
				return nil, err
			}
			key := k.(string) // the decoder allows nothing else here
			at := pointer + "/" + escape(key)
			v, err := read(d, at, n)
			if err != nil {
				return nil, err
			}
			if _, twice := o[key]; twice {
				n.add(at, "duplicate", "%q is here twice. Remove one.", key)
			}
			o[key] = v
		}
		_, err = d.Token()
		return o, err
	}
	return t, nil
}

func fill(v reflect.Value, tree any, pointer string, n *notes) {
	wrong := func(want string) {
		n.add(pointer, wrongType, "This has to be %s%s.", want, instead(tree))
	}
	switch v.Kind() {
	case reflect.String:
		if s, ok := tree.(string); ok {
			v.SetString(s)
		} else {
			wrong(`text in quotes`)
		}
	case reflect.Bool:
		if b, ok := tree.(bool); ok {
			v.SetBool(b)
		} else {
			wrong("true or false")
		}
	case reflect.Int:
		num, _ := tree.(json.Number)
		if i, err := strconv.ParseInt(num.String(), 10, 32); err == nil {
			v.SetInt(i)
		} else {
			wrong("a whole number")
		}
	case reflect.Slice:
		list, ok := tree.([]any)
		if !ok {
			wrong("a list: [ … ]")
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), len(list), len(list)))
		for i, e := range list {
			fill(v.Index(i), e, pointer+"/"+strconv.Itoa(i), n)
		}
	case reflect.Map:
		o, ok := tree.(object)
		if !ok {
			wrong(`an object with an entry for each language: { "en": …, "es": … }`)
			return
		}
		v.Set(reflect.MakeMap(v.Type()))
		for _, k := range slices.Sorted(maps.Keys(o)) {
			e := reflect.New(v.Type().Elem()).Elem()
			fill(e, o[k], pointer+"/"+escape(k), n)
			v.SetMapIndex(reflect.ValueOf(k), e)
		}
	case reflect.Struct:
		o, ok := tree.(object)
		if !ok {
			wrong("an object: { … }")
			return
		}
		fillStruct(v, o, pointer, n)
	}
}

func fillStruct(v reflect.Value, o object, pointer string, n *notes) {
	var known []string
	for i := range v.NumField() {
		name, ok := v.Type().Field(i).Tag.Lookup("json")
		if !ok {
			continue
		}
		known = append(known, name)
		if tree, there := o[name]; there {
			fill(v.Field(i), tree, pointer+"/"+name, n)
		}
	}
	for _, k := range slices.Sorted(maps.Keys(o)) {
		if !slices.Contains(known, k) {
			n.add(pointer+"/"+escape(k), "unknown-field", "There is no field %q here. The fields are: %s.", k, strings.Join(known, ", "))
		}
	}
}

func instead(tree any) string {
	switch tree.(type) {
	case nil:
		return "; leave the field out if you have nothing to say"
	case string:
		return ", not text"
	case bool:
		return ", not true or false"
	case json.Number:
		return ", not this number"
	case []any:
		return ", not a list"
	}
	return ", not an object"
}

// escape is a JSON pointer's reference token (RFC 6901 §3).
func escape(key string) string { return escaping.Replace(key) }

var escaping = strings.NewReplacer("~", "~0", "/", "~1")

func place(doc []byte, offset int64) (line, column int) {
	before := doc[:min(int(offset), len(doc))]
	return bytes.Count(before, []byte("\n")) + 1, utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]) + 1
}
