package questionnaire

import (
	"maps"
	"slices"
	"strings"
)

// codeSystems are the CodeSystems that value sets may take codes from, by url: those contained, those kept beside, and the small ones that
// everyone knows.
type codeSystems struct {
	byURL  map[string]codeSystem
	beside *codeSystems
}

type codeSystem struct {
	concepts []concept
	faulty   bool   // some of its codes could not be read
	hash     string // of the document it is kept in; "" of one that is contained, or well known
}

// concept is one code of a system.
type concept struct {
	Option
	above    []string // the codes that it is a kind of, next ones only
	abstract bool     // it can't be chosen
}

// read adds a CodeSystem that has all its codes. Others (a part, a supplement, one that only names itself) offer nothing.
func (s *codeSystems) read(l *loader, e *element, hash string) {
	url, content := e.str("url"), e.str("content")
	if url == "" || content != "" && content != "complete" {
		return
	}
	var out []concept
	before := len(l.issues)
	var concepts func(in *element, above []string)
	concepts = func(in *element, above []string) {
		in.each("concept", func(m *element) {
			c := concept{above: slices.Clone(above)}
			m.take("definition")
			c.properties(m)
			nested := *m // read after it: its own codes come first
			if m.take("concept") != nil {
				defer func() { concepts(&nested, []string{c.Value.Code}) }()
			}
			if read := l.member(m, url, nil); len(read) == 1 {
				c.Option = read[0]
				out = append(out, c)
			}
		})
	}
	concepts(e, nil)
	if s.byURL == nil {
		s.byURL = map[string]codeSystem{}
	}
	s.byURL[url] = codeSystem{out, len(l.issues) > before, hash}
	l.issues = l.issues[:before] // they matter only to who takes its codes
	if l.words != nil {
		for _, c := range out {
			l.note(c.Option, url, hash)
		}
	}
}

// properties reads where a code stands among the others, and whether it can be chosen (http://hl7.org/fhir/concept-properties).
func (c *concept) properties(m *element) {
	list := m.n.member("property")
	if list == nil {
		return
	}
	for k := range list.list {
		p := &list.list[k]
		switch code := p.member("code").said(); code {
		case "parent", "subsumedBy":
			c.above = append(c.above, p.member("valueCode").said())
		case "notSelectable", "abstract", "inactive":
			c.abstract = c.abstract || p.member("valueBoolean").said() == "true"
		case "status":
			c.abstract = c.abstract || slices.Contains([]string{"retired", "inactive"}, p.member("valueCode").said())
		}
	}
}

// find is the system with that url; without concepts where it isn't here.
func (s *codeSystems) find(url string) codeSystem {
	for ; s != nil; s = s.beside {
		if found, ok := s.byURL[url]; ok {
			return found
		}
	}
	return codeSystem{concepts: knownSystem(url)}
}

// maxListed bounds how many codes all sets of a document may take from code systems and other sets, those that are taken out again as well.
const maxListed = 10 * maxOptions

// systemCodes are the codes of a system, all or those that the filters of an include leave.
func (l *loader) systemCodes(in *element, system string) (out []Option) {
	found := l.codes.find(system)
	filters := in.take("filter") != nil
	if l.listed += len(found.concepts); len(found.concepts) == 0 || l.listed > maxListed {
		in.refuse("concept", refusedUnsupported, "the code system %s isn't here, or too large; list its codes, or save it in valuesets too, or contain it", clip(system))
		return nil
	}
	if found.faulty {
		in.refuse("system", refusedInvalid, "some codes of the code system %s can't be read", clip(system))
		return nil
	}
	l.uses(system, found.hash)
	keep := func(*concept) bool { return true }
	if filters {
		in.each("filter", func(f *element) { keep = l.filter(f, found.concepts, keep) })
	}
	for k := range found.concepts {
		if c := &found.concepts[k]; !c.abstract && keep(c) {
			out = append(out, c.Option)
		}
	}
	return l.worded(in, "system", system, out)
}

// filter says which concepts a filter leaves of those that were left before.
func (l *loader) filter(f *element, concepts []concept, before func(*concept) bool) func(*concept) bool {
	property, op, value := f.str("property"), f.str("op"), f.str("value")
	f.close()
	below := under(concepts, value)
	if l.listed += len(concepts); l.listed > maxListed || property != "concept" && property != "code" {
		f.refuse("property", refusedUnsupported, "codes are filtered by concept only, and not many times; list them instead")
		return before
	}
	switch op {
	case "is-a":
		return func(c *concept) bool { return before(c) && (below[c.Value.Code] || c.Value.Code == value) }
	case "descendent-of":
		return func(c *concept) bool { return before(c) && below[c.Value.Code] }
	case "is-not-a":
		return func(c *concept) bool { return before(c) && !below[c.Value.Code] && c.Value.Code != value }
	}
	f.refuse("op", refusedUnsupported, "%s is not a filter that is known here (is-a, descendent-of, is-not-a); list the codes instead", clip(op))
	return before
}

// under are the codes that are a kind of the given one.
func under(concepts []concept, code string) map[string]bool {
	next := map[string][]string{}
	for k := range concepts {
		for _, above := range concepts[k].above {
			next[above] = append(next[above], concepts[k].Value.Code)
		}
	}
	below, todo := map[string]bool{}, []string{code}
	for len(todo) > 0 {
		last := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, c := range next[last] {
			if !below[c] {
				below[c] = true
				todo = append(todo, c)
			}
		}
	}
	return below
}

// wording is what a code is called, and where that stands.
type wording struct {
	label      Localized
	name, hash string
}

// label are the words for a code that is listed without any: its system's, those of a set that has them, or the code itself. Nobody can
// choose by the codes of SNOMED and LOINC, which are numbers.
func (l *loader) label(m *element, at string, v Value) Localized {
	if l.words == nil {
		l.index()
	}
	if w := l.words[v]; w.label[l.lang] != "" {
		l.uses(w.name, w.hash)
		return w.label
	}
	if v.Code == "" || v.System == "http://snomed.info/sct" || v.System == "http://loinc.org" {
		return nil
	}
	m.notice(at, "has no words; people are shown its code")
	return Localized{l.lang: v.Code}
}

// index gathers what codes are called in all that is here so far, what is nearest last.
func (l *loader) index() {
	l.words = map[Value]wording{}
	for name := range knownSets {
		for _, o := range known(name) {
			l.note(o, name, "")
		}
	}
	if l.shelf != nil {
		for _, name := range slices.Sorted(maps.Keys(l.shelf.byURL)) {
			for _, o := range l.shelf.byURL[name].options {
				l.note(o, name, l.shelf.byURL[name].hash)
			}
		}
	}
	for _, s := range []*codeSystems{l.codes.beside, &l.codes} {
		if s == nil {
			continue
		}
		for name, system := range s.byURL {
			for _, c := range system.concepts {
				l.note(c.Option, name, system.hash)
			}
		}
	}
}

func (l *loader) note(o Option, name, hash string) {
	if len(o.Label) > 0 {
		l.words[o.Value] = wording{o.Label, name, hash}
	}
}

// uses notes that what people are asked comes from a document that is kept beside.
func (l *loader) uses(name, hash string) {
	if hash != "" {
		l.used[name] = hash
	}
}

// addCodes is Add for a CodeSystem.
func (s *ValueSets) addCodes(l *loader, e *element) error {
	s.codes.read(l, e, l.q.Hash)
	if url := e.n.member("url").said(); len(s.codes.byURL[url].concepts) == 0 {
		e.refuse("content", refusedUnsupported, "a code system needs its url and all its codes (content complete)")
	} else if s.codes.byURL[url].faulty {
		e.refuse("concept", refusedInvalid, "some of its codes can't be read: each needs a code and words")
	}
	if len(l.issues) > 0 {
		return l.refused("code system")
	}
	return nil
}

// knownSystem is a code system all of whose codes a well-known set has; nil for others.
func knownSystem(url string) (out []concept) {
	for _, set := range []string{"http://hl7.org/fhir/ValueSet/administrative-gender", "http://hl7.org/fhir/ValueSet/contact-point-use", "http://hl7.org/fhir/ValueSet/v2-0136"} {
		if strings.TrimSuffix(knownSets[set][0].system, "/") != url {
			continue
		}
		for _, o := range known(set) {
			out = append(out, concept{Option: o})
		}
	}
	return out
}
