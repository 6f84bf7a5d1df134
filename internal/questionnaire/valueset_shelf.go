package questionnaire

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/tellback/tellback/internal/fault"
)

// ValueSets are those that questionnaires may refer to by their canonical without containing them. The zero value has the
// well-known small ones only. It is safe for concurrent use once nothing is added any more.
type ValueSets struct {
	byURL map[string]shelved
	codes codeSystems
}

type shelved struct {
	options []Option
	hash    string // of the document; "" of what is well known
}

// maxSet bounds the codes of one set: nobody reads more.
const maxSet = 2000

// Add reads a FHIR ValueSet in JSON that lists its codes, or takes them from a CodeSystem that was added before; or such a CodeSystem. The
// error is like [Load]'s.
func (s *ValueSets) Add(doc []byte) error {
	root, err := readTree(doc)
	if errors.Is(err, errTooLarge) {
		return fault.New(fault.TooLarge, "The value set can't be read: "+err.Error()+".")
	}
	if err != nil {
		return fault.New(fault.Malformed, "The value set can't be read: "+err.Error()+".")
	}
	l := newLoader(doc)
	l.shelf, l.codes.beside = s, &s.codes
	l.tolerate(&root, nil)
	e := l.open(&root, "")
	l.lang = "en"
	if own := root.member("language").said(); own != "" {
		l.lang = own
	}
	if e != nil && e.str("resourceType") == "CodeSystem" {
		return s.addCodes(l, e)
	}
	if e == nil || e.str("resourceType") != "ValueSet" {
		l.refuse("resourceType", refusedInvalid, "must be ValueSet")
		return l.refused("value set")
	}
	e.take("id")
	e.take("language")
	url, version := e.str("url"), e.str("version")
	if url == "" {
		e.refuse("url", refusedMissing, "a value set needs its url: questionnaires refer to it by that")
	}
	options := l.members(e)
	if len(options) > maxSet {
		e.refuse("compose", refusedUnsupported, "has more than %d codes", maxSet)
	}
	name := url
	if version != "" {
		name += "|" + version
	}
	if _, ok := s.byURL[name]; ok {
		e.refuse("url", refusedDuplicate, "another value set has this url and version")
	}
	if len(l.issues) > 0 {
		return l.refused("value set")
	}
	if s.byURL == nil {
		s.byURL = map[string]shelved{}
	}
	l.seal()
	s.byURL[name] = shelved{options, l.q.Hash}
	s.byURL[url] = s.byURL[name]
	return nil
}

// Clone is a copy that others can be added to.
func (s *ValueSets) Clone() *ValueSets { return &ValueSets{byURL: maps.Clone(s.byURL)} }

// find is the set that a canonical names, or else the well-known one.
func (s *ValueSets) find(canonical string) (shelved, bool) {
	url, _, _ := strings.Cut(canonical, "|")
	if s != nil {
		for _, name := range []string{canonical, url} {
			if found, ok := s.byURL[name]; ok && (name == canonical || !strings.Contains(canonical, "|")) {
				return found, true
			}
		}
	}
	options := known(url)
	return shelved{options: options}, options != nil
}

// setOf gives the options of the set that an element refers to, or nil after saying why not.
func (l *loader) setOf(e *element, name, to string) []Option {
	if id, contained := strings.CutPrefix(to, "#"); contained {
		options, ok := l.optionsOf(id)
		if !ok {
			e.refuse(name, refusedInvalid, "no contained ValueSet has this id, or it includes itself")
		}
		return options
	}
	if out, ok := l.beside[to]; ok {
		return out // the same for all: nobody changes them any more
	}
	found, ok := l.shelf.find(to)
	if !ok {
		e.refuse(name, refusedUnsupported, "the value set %s isn't here; save it in valuesets, or contain it and refer to it by #id", clip(to))
		return nil
	}
	l.uses(to, found.hash)
	out := l.worded(e, name, to, found.options)
	if out != nil {
		l.beside[to] = out
	}
	return out
}

// worded are options of something that is kept beside, in words of the document's language; nil after saying that it has none.
func (l *loader) worded(e *element, name, of string, options []Option) []Option {
	out := slices.Clone(options)
	for n := range out {
		if out[n].Label[l.lang] != "" {
			continue
		}
		base, _, _ := strings.Cut(l.lang, "-")
		if out[n].Label[base] == "" {
			e.refuse(name, refusedUnsupported, "%s has no words in %s; contain it with words in that language", clip(of), l.lang)
			return nil
		}
		out[n].Label = maps.Clone(out[n].Label)
		out[n].Label[l.lang] = out[n].Label[base]
	}
	return out
}

// seal makes the hash of a document and of the value sets that it was read with, since what people are asked comes from both.
func (l *loader) seal() {
	if len(l.used) == 0 {
		return
	}
	h := sha256.New()
	h.Write([]byte(l.q.Hash))
	for _, name := range slices.Sorted(maps.Keys(l.used)) {
		h.Write([]byte("\n" + name + " " + l.used[name]))
	}
	l.q.Hash = hex.EncodeToString(h.Sum(nil))
}
