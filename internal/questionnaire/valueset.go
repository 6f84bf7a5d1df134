package questionnaire

import (
	"slices"
)

// ownSet is a contained ValueSet. What is wrong with it matters only to who refers to it, so it is read then.
type ownSet struct {
	e           *element
	begun, done bool
	options     []Option
}

// contained notes a contained resource. Only ValueSets and CodeSystems are read; whatever else is contained is for receivers of the answers.
func (l *loader) contained(e *element) {
	id := e.str("id")
	switch e.str("resourceType") {
	case "ValueSet":
	case "CodeSystem":
		l.codes.read(l, e, "")
		return
	default:
		return
	}
	switch {
	case !idForm().MatchString(id):
		e.notice("id", "is missing: nothing can refer to this ValueSet")
	case l.sets[id] != nil:
		e.refuse("id", refusedDuplicate, "another contained resource has this id")
	default:
		l.sets[id] = &ownSet{e: e}
	}
}

// optionsOf are those of the contained ValueSet with that id; ok is false where there is none, or it refers to itself.
func (l *loader) optionsOf(id string) (options []Option, ok bool) {
	set := l.sets[id]
	if set == nil || set.begun && !set.done {
		return nil, false
	}
	if !set.begun {
		set.begun = true
		if own := set.e.str("language"); own != "" && own != l.lang {
			set.e.refuse("language", refusedUnsupported, "a contained ValueSet is in the language of its questionnaire; give others as designations")
		}
		set.options = l.members(set.e)
		set.done = true
	}
	return set.options, true
}

// members reads the options that a ValueSet gives: of its expansion, which is what the definition came to, or else of its definition.
func (l *loader) members(e *element) []Option {
	e.harmless(harmlessOfValueSet)
	options := []Option{}
	if c := e.r.open(e.of("expansion", kindObject), e.at("expansion")); c != nil {
		options = l.expansion(c)
	}
	if c := e.r.open(e.of("compose", kindObject), e.at("compose")); c != nil && len(options) == 0 {
		options = l.compose(c)
	}
	e.extensions(harmlessExtensions, nil)
	e.close()
	if len(options) == 0 {
		e.r.refuse(e.path, refusedMissing, "the ValueSet lists no codes (compose.include.concept or expansion.contains)")
	}
	return options
}

// compose reads which codes a set is made of.
func (l *loader) compose(c *element) []Option {
	var out []Option
	c.take("id")
	c.take("lockedDate") // of the code systems' content, which is listed here anyway
	if c.flag("inactive") {
		c.notice("inactive", "inactive codes are not offered")
	}
	c.extensions(harmlessExtensions, nil)
	has := map[Value]bool{}
	c.each("include", func(in *element) {
		for _, o := range l.included(in) {
			if !has[o.Value] {
				has[o.Value] = true
				out = append(out, o)
			}
		}
	})
	c.each("exclude", func(in *element) {
		for _, o := range l.included(in) {
			delete(has, o.Value)
		}
	})
	c.close()
	return slices.DeleteFunc(out, func(o Option) bool { return !has[o.Value] })
}

// included are the codes of one include or exclude: those listed, those of another set, or those of a code system that is here.
func (l *loader) included(in *element) (out []Option) {
	in.take("id")
	system := in.str("system")
	in.str("version")
	in.extensions(harmlessExtensions, nil)
	switch {
	case in.has("valueSet"):
		out = l.includedSet(in)
	case in.has("concept"):
		in.each("concept", func(m *element) { out = l.member(m, system, out) })
	default:
		out = l.systemCodes(in, system)
	}
	in.close()
	return out
}

func (l *loader) includedSet(in *element) []Option {
	sets := in.list("valueSet")
	if len(sets) != 1 || in.has("system") || in.has("concept") || in.has("filter") {
		in.refuse("valueSet", refusedUnsupported, "what several sets have in common is not worked out here; list the codes")
		return nil
	}
	out := l.setOf(in, "valueSet[0]", sets[0].text)
	if l.listed += len(out); l.listed > maxListed {
		in.refuse("valueSet", refusedUnsupported, "sets are included too many times")
		return nil
	}
	return out
}

func (l *loader) expansion(c *element) []Option {
	var out []Option
	for _, name := range []string{"id", "identifier", "timestamp", "parameter"} { // how the expansion was made
		c.take(name)
	}
	c.extensions(harmlessExtensions, nil)
	c.harmless(map[string]string{"property": "says which properties its codes have", "next": "where a server keeps more"})
	total := c.whole("total", -1)
	if c.whole("offset", 0) > 0 {
		c.refuse("offset", refusedUnsupported, "the expansion is only a page of the set")
	}
	met := 0
	var contains func(in *element)
	contains = func(in *element) {
		in.each("contains", func(m *element) {
			met++
			system := m.str("system")
			m.str("version")
			nested := *m // read after it: its own codes come first
			if m.take("contains") != nil {
				defer contains(&nested)
			}
			if abstract, inactive := m.flag("abstract"), m.flag("inactive"); abstract || inactive { // nobody can choose it
				m.skip()
				return
			}
			out = l.member(m, system, out)
		})
	}
	contains(c)
	if total > met && !c.r.full() {
		c.refuse("total", refusedInvalid, "the expansion says that it has %d codes, and lists %d", total, met)
	}
	c.close()
	return out
}

// member reads one concept of a ValueSet into an option.
func (l *loader) member(m *element, system string, out []Option) []Option {
	m.take("id")
	o := Option{Value: Value{Type: Choice, System: system, Code: m.str("code")}, Label: m.localized("display", l.lang)}
	if o.Label == nil {
		o.Label = l.label(m, "display", o.Value)
	}
	m.extensions(harmlessExtensions, func(x extension) bool { return x.ofOption(&o) })
	m.each("property", func(p *element) { // R5's own place for it
		if code := p.str("code"); code == "itemWeight" || code == "ordinalValue" {
			p.weight("valueDecimal", &o.Ordinal)
			p.close()
		}
	})
	m.each("designation", func(d *element) {
		d.take("id")
		lang, text := d.str("language"), d.str("value")
		switch {
		case d.take("use") != nil: // another wording, not the one to show
			d.harmless(map[string]string{"extension": "about that wording"})
		case !langForm().MatchString(lang) || text == "":
			d.r.refuse(d.path, refusedMissing, "a designation needs its language and value")
		case o.Label == nil:
		case o.Label[lang] != "" && o.Label[lang] != text:
			d.r.refuse(d.path, refusedDuplicate, "there is a text in %s already", clip(lang))
		default:
			o.Label[lang] = text
		}
		d.close()
	})
	m.close()
	switch {
	case o.Value.Code == "":
		m.refuse("code", refusedMissing, "a concept needs its code")
		return out
	case o.Label == nil:
		m.refuse("display", refusedMissing, "people need words to choose by")
		return out
	}
	return append(out, o)
}
