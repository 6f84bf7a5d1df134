package questionnaire

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tellback/tellback/internal/words"
)

// toggle reads an answerOptionsToggleExpression: options, and when they are offered.
func (l *loader) toggle(x extension, i *Item) {
	var t toggle
	x.extensions(nil, func(p extension) bool {
		switch p.url {
		case "option":
			v, ok := p.value("value", Choice, String, Integer, Date, Time)
			if !ok {
				p.refuse("value[x]", refusedMissing, "an option needs its value")
			}
			t.options = append(t.options, v)
		case "expression":
			t.when, _ = l.expression(p, "valueExpression", i)
		default:
			return false
		}
		return true
	})
	if t.when == nil || len(t.options) == 0 {
		x.r.refuse(x.path, refusedMissing, "options need an expression that says when they are offered")
		return
	}
	l.rulesOf(i).toggles = append(l.rulesOf(i).toggles, t)
	l.later = append(l.later, func() {
		for n, v := range t.options {
			if t.options[n] = i.settle(v); i.Option(t.options[n]) == nil {
				x.r.refuse(x.path, refusedInvalid, "one of its options is none of the item's")
			}
		}
	})
}

// constraint reads a constraint of R4 (its expression is a text) or a targetConstraint (an Expression).
func (l *loader) constraint(x extension, i *Item) {
	c := constraint{at: i}
	x.extensions(nil, func(p extension) bool {
		switch p.url {
		case "key":
			if c.key = p.str("valueId"); c.key == "" {
				c.key = p.str("valueString")
			}
		case "severity":
			switch s := p.str("valueCode"); s {
			case "error":
			case "warning":
				c.warning = true
			default:
				p.refuse("valueCode", refusedInvalid, "must be error or warning")
			}
		case "human":
			if c.human = p.localized("valueString", l.lang); c.human == nil {
				c.human = p.localized("valueMarkdown", l.lang)
			}
		case "expression":
			if p.take("valueString") != nil {
				if source := p.str("valueString"); source != "" {
					c.must = l.compile(p.element, source, i)
				}
			} else {
				c.must, _ = l.expression(p, "valueExpression", i)
			}
		case "requirements", "location":
			p.skip()
		default:
			return false
		}
		return true
	})
	switch {
	case c.human == nil:
		x.r.refuse(x.path, refusedMissing, "a constraint needs its human: what people are told")
	case c.must == nil && len(l.issues) == 0:
		x.r.refuse(x.path, refusedMissing, "a constraint needs its expression")
	case c.must != nil:
		l.rulesOf(i).checks = append(l.rulesOf(i).checks, c)
	}
}

// computedBound reads a bound that an expression gives, beside or in place of its value: no later than today.
func (l *loader) computedBound(x extension, i *Item, beyond string) bool {
	for k := range x.n.members {
		m := &x.n.members[k]
		if !strings.HasPrefix(m.name, "_value") {
			continue
		}
		for n, by := range m.node.extensions() {
			if url := by.member("url").said(); url != extTextExpression && url != hl7+"cqf-calculatedValue" {
				continue
			}
			x.skip()
			at := x.r.open(by.member("valueExpression"), x.at(m.name)+".extension["+strconv.Itoa(n)+"].valueExpression")
			if at == nil {
				return true
			}
			if language := at.str("language"); language != "" && !strings.EqualFold(language, "text/fhirpath") {
				at.refuse("language", refusedUnsupported, "only text/fhirpath is evaluated here, not %s", clip(language))
				return true
			}
			key := "answer.beyond-lowest"
			if beyond == ">" {
				key = "answer.beyond-highest"
			}
			human := Localized{}
			for _, lang := range append(slices.Clone(words.Languages()), l.lang) {
				human[lang] = words.Text(lang, key)
			}
			if must := l.compile(at, "answer.value.where($this "+beyond+" ("+at.str("expression")+")).empty()", i); must != nil {
				l.rulesOf(i).checks = append(l.rulesOf(i).checks, constraint{at: i, key: x.url, human: human, must: must})
			}
			return true
		}
	}
	return false
}

// computed says that i has an answer that nobody gives.
func (i *Item) computed() bool {
	return i.rules != nil && (i.rules.calculated != nil || i.rules.initial != nil && i.fixed())
}

// Calculated says that i's answer follows from others, so that it is shown and never asked.
func (i *Item) Calculated() bool { return i.rules != nil && i.rules.calculated != nil }

// humanArgs are a constraint's sentence in every language that it has, for [Explain].
func (c *constraint) humanArgs() []string {
	var args []string
	for lang, s := range c.human {
		args = append(args, "human-"+lang, strings.ToValidUTF8(s, "\uFFFD"))
	}
	return args
}
