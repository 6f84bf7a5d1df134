package program

import (
	"slices"
	"strings"
)

// Unknown is the value of whoever didn't say, or said something that isn't an option.
const Unknown = "unknown"

// What the built-in sources of a breakdown can be. The relations and channels are those that a report may have.
var builtIn = map[string][]string{
	"language": nil, // the program's
	"channel":  {"sms", "web", "api"},
	"relation": {"partner", "parent", "child", "relative", "friend", "professional", "other"},
}

// Menu are p's breakdowns in the order in which [Program.Groups] names them: none first (everyone), and the two singles
// of a pair before it.
func (p *Program) Menu() [][]string { return p.menu }

// Values are the values that a breakdown's source can have, Unknown last; nil for a source that there isn't.
func (p *Program) Values(source string) []string { return p.values[source] }

// Attribute is the attribute with that id, or nil.
func (p *Program) Attribute(id string) *Attribute {
	for i := range p.Attributes {
		if p.Attributes[i].ID == id {
			return &p.Attributes[i]
		}
	}
	return nil
}

// Groups are the groups of p's menu that one report falls into: "" first (everyone), then "age=18-39" for a single
// breakdown and "age=18-39&language=es" for a pair (the breakdown's order; its two singles are always in the menu as well), without
// repeats. A value that isn't known is "unknown". Built-in sources: "language", "channel", "relation" (of a proxy; "unknown" otherwise).
func (p *Program) Groups(attributes map[string]string, language, channel, relation string) []string {
	value := func(source string) string {
		v := attributes[source]
		switch source {
		case "language":
			v = p.language(language)
		case "channel":
			v = channel
		case "relation":
			v = relation
		}
		if !slices.Contains(p.values[source], v) {
			return Unknown
		}
		return v
	}
	groups := make([]string, 0, len(p.menu))
	for _, sources := range p.menu {
		parts := make([]string, len(sources))
		for i, s := range sources {
			parts[i] = s + "=" + value(s)
		}
		groups = append(groups, strings.Join(parts, "&"))
	}
	return groups
}

// language is the program's language for a tag: itself, or its base language.
func (p *Program) language(tag string) string {
	base, _, _ := strings.Cut(tag, "-")
	if !slices.Contains(p.Languages, tag) && slices.Contains(p.Languages, base) {
		return base
	}
	return tag
}

// settle works out what Groups needs, once p has been checked.
func (p *Program) settle() {
	p.foldDespair()
	p.values = map[string][]string{}
	for source, values := range builtIn {
		p.values[source] = append(slices.Clone(values), Unknown)
	}
	p.values["language"] = append(slices.Clone(p.Languages), Unknown)
	for _, a := range p.Attributes {
		var codes []string
		for _, o := range a.Options {
			codes = append(codes, o.Code)
		}
		p.values[a.ID] = append(codes, Unknown)
	}
	p.menu = [][]string{{}}
	add := func(sources []string) {
		if !slices.ContainsFunc(p.menu, func(m []string) bool { return slices.Equal(m, sources) }) {
			p.menu = append(p.menu, sources)
		}
	}
	for _, b := range p.Breakdowns {
		if len(b) == 2 {
			add(b[:1])
			add(b[1:])
		}
		add(b)
	}
}
