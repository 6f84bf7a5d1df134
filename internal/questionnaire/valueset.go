package questionnaire

import (
	"slices"
	"strconv"
)

// valueSet is a contained ValueSet, as the options that it gives.
type valueSet struct{ options []Option }

// contained reads a contained resource. Only ValueSets are asked for; whatever else is contained is for receivers of the answers.
func (l *loader) contained(e *element) {
	id := e.str("id")
	if !idForm().MatchString(id) {
		e.refuse("id", refusedMissing, "a contained resource needs an id")
		return
	}
	if e.str("resourceType") != "ValueSet" {
		return
	}
	if _, ok := l.sets[id]; ok {
		e.refuse("id", refusedDuplicate, "another contained resource has this id")
		return
	}
	if own := e.str("language"); own != "" && own != l.lang {
		e.refuse("language", refusedUnsupported, "a contained ValueSet is in the language of its questionnaire; give others as designations")
	}
	l.sets[id] = valueSet{l.members(e)}
}

// members reads the options that a ValueSet gives.
func (l *loader) members(e *element) []Option {
	e.harmless(harmlessOfValueSet)
	var composed, expanded []Option
	if c := e.r.open(e.of("compose", kindObject), e.at("compose")); c != nil {
		composed = l.compose(c, e.has("expansion"))
	}
	if c := e.r.open(e.of("expansion", kindObject), e.at("expansion")); c != nil {
		expanded = l.expansion(c)
	}
	e.extensions(harmlessExtensions, nil)
	e.close()
	options := composed
	if len(expanded) > 0 { // an expansion is what the definition came to
		options = expanded
	}
	if len(options) == 0 {
		e.r.refuse(e.path, refusedMissing, "the ValueSet lists no codes (compose.include.concept or expansion.contains)")
	}
	return options
}

// compose reads which codes a set is made of. How that is done may be left to its expansion, where it has one.
func (l *loader) compose(c *element, expanded bool) []Option {
	var out []Option
	if expanded && !listsCodes(c.n) {
		return nil
	}
	c.take("id")
	c.take("lockedDate") // of the code systems' content, which is listed here anyway
	if c.flag("inactive") {
		c.refuse("inactive", refusedUnsupported, "inactive codes can't be offered")
	}
	c.each("include", func(in *element) {
		in.take("id")
		system := in.str("system")
		in.str("version")
		if in.take("concept") == nil && in.take("filter") == nil && in.take("valueSet") == nil {
			in.refuse("concept", refusedUnsupported, "a whole code system can't be offered; list its codes")
		}
		in.each("concept", func(m *element) { out = l.member(m, system, out) })
		for _, name := range []string{"filter", "valueSet"} {
			if in.take(name) != nil {
				in.refuse(name, refusedUnsupported, "is not supported: %s", unsupported[name])
			}
		}
		in.close()
	})
	c.close()
	return out
}

// listsCodes says whether every part of a definition is a list of codes.
func listsCodes(compose *node) bool {
	include := compose.member("include")
	if include == nil || compose.has("exclude") {
		return false
	}
	return !slices.ContainsFunc(include.list, func(in node) bool { return !in.has("concept") })
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
	c.each("contains", func(m *element) {
		system := m.str("system")
		m.str("version")
		for _, name := range []string{"abstract", "inactive"} {
			if m.flag(name) {
				m.refuse(name, refusedUnsupported, "a code that is %s can't be chosen", name)
			}
		}
		if m.take("contains") != nil {
			m.refuse("contains", refusedUnsupported, "codes below codes are not supported; list them all at one level")
		}
		out = l.member(m, system, out)
	})
	if total > len(out) && !c.r.full() {
		c.refuse("total", refusedInvalid, "the expansion says that it has %d codes, and lists %d", total, len(out))
	}
	c.close()
	return out
}

// member reads one concept of a ValueSet into an option.
func (l *loader) member(m *element, system string, out []Option) []Option {
	m.take("id")
	o := Option{Value: Value{Type: Choice, System: system, Code: m.str("code")}, Label: m.localized("display", l.lang)}
	m.extensions(harmlessExtensions, func(x extension) bool {
		switch x.url {
		case hl7 + "questionnaire-optionExclusive":
			o.Exclusive = x.flag("valueBoolean")
			return true
		case extProperty:
			x.property(&o.Ordinal)
			return true
		}
		return x.ordinal(&o.Ordinal)
	})
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

// keysOf are the numbers shown to people: those that the options carry themselves where each carries another one, or 1 to n.
func keysOf(i *Item) []string {
	if i.Type == Boolean {
		return []string{"1", "2"}
	}
	if len(i.Options) == 0 {
		return nil
	}
	for _, own := range []func(o *Option) (string, bool){ownInteger, ownOrdinal, ownLabel} {
		if keys := distinctKeys(i, own); keys != nil {
			return keys
		}
	}
	keys := make([]string, len(i.Options))
	for n := range keys {
		keys[n] = strconv.Itoa(n + 1)
	}
	return keys
}

func distinctKeys(i *Item, own func(*Option) (string, bool)) []string {
	keys := make([]string, 0, len(i.Options))
	seen := map[string]bool{}
	for n := range i.Options {
		key, ok := own(&i.Options[n])
		if !ok || seen[key] {
			return nil
		}
		seen[key] = true
		keys = append(keys, key)
	}
	return keys
}

func ownInteger(o *Option) (string, bool) {
	return o.Value.Text, o.Value.Type == Integer && o.Value.Text[0] != '-'
}

func ownOrdinal(o *Option) (string, bool) {
	if o.Ordinal == nil || *o.Ordinal < 0 || *o.Ordinal%1000 != 0 {
		return "", false
	}
	return strconv.FormatInt(*o.Ordinal/1000, 10), true
}

// ownLabel is the number that is the whole label, in any language ("10").
func ownLabel(o *Option) (string, bool) {
	first := ""
	for _, label := range o.Label {
		if first == "" {
			first = label
		}
		if label != first {
			return "", false
		}
	}
	return first, first != "" && len(first) < 10 && allDigits(first) && (first == "0" || first[0] != '0')
}

// Keys are the numbers by which people choose, one for each option, in order: the options' own numbers (integer values,
// whole ordinals, numbers as labels) where they all have different ones, else 1 to n. A boolean has "1" (yes) and "2" (no).
func (i *Item) Keys() []string {
	if i.keys != nil {
		return i.keys
	}
	return keysOf(i)
}
