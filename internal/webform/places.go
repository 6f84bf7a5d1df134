package webform

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tellback/tellback/internal/questionnaire"
)

// repeat makes the field of the group whose first occurrence, here, is i: a fieldset for each that the page shows.
func (b *builder) repeat(i *questionnaire.Item) *field {
	q := b.q
	n, least, most := b.st.shows(q, i)
	if most == 1 {
		return b.field(i)
	}
	title := b.title(i)
	f := &field{Kind: "repeat", ID: b.id(i) + "-r", again: &again{Of: i.LinkID, Level: len(i.At) - 1, Least: least, Most: most}}
	f.AddText, f.AddTo = b.say("add-another", "group", title), ""
	at := slices.Clone(i.At)
	place := func(b *builder, k int) *field {
		at[len(at)-1] = k
		g := b.field(q.Occurrence(i, at...))
		g.Text, g.Place = title, k
		g.again = &again{Of: i.LinkID, Fixed: n <= least, DropText: b.say("drop", "group", title), DropTo: b.action + "#" + f.ID}
		return g
	}
	for k := range n {
		f.Fields = append(f.Fields, place(b, k+1))
	}
	if n < most {
		at[len(at)-1] = n + 1
		f.AddTo = b.action + "#" + b.id(q.Occurrence(i, at...))
	}
	f.Blank = place(b.blank(), 2)
	return f
}

// Place is what the place is called that i stands in, where there can be several: "Medicines 2", or "Medicines 2 · Doses 1"; and of what
// it is, "Medicines". Both are empty elsewhere.
func (f Form) Place(i *questionnaire.Item) (place, of string) {
	b := &builder{q: f.Questionnaire, lang: f.Lang}
	for g := i; g != nil; g = g.Parent {
		if !group(g) || g.MaxAnswers == 1 {
			continue
		}
		if place != "" {
			place = " · " + place
		}
		of = b.title(g)
		place = of + " " + strconv.Itoa(g.Turn()) + place
	}
	return place, of
}

// title is what one of several is called, before its number.
func (b *builder) title(i *questionnaire.Item) string {
	if text := strings.TrimRight(b.q.Asked(i, b.answers).Text.In(b.lang), " :.…"); text != "" {
		return text
	}
	return b.say("entry")
}

// blank makes fields that hold nothing.
func (b *builder) blank() *builder {
	c := *b
	c.st, c.errs, c.answers, c.enabled = blank(), nil, nil, nil
	return &c
}

// lines makes the field of a question with several answers that are typed.
func (b *builder) lines(f *field, i *questionnaire.Item) {
	n, least, most := b.st.shows(b.q, i)
	f.again = &again{Of: i.LinkID, Level: len(i.At), Least: least, Most: most}
	f.AddText, f.AddTo = b.say("add-answer"), b.action+"#"+f.ID+"-"+strconv.Itoa(n)
	given := b.st.answers[i.LinkID]
	line := func(b *builder, k int, value string) *field {
		l := &field{ID: f.ID + "-" + strconv.Itoa(k-1), Name: f.Name, LinkID: f.LinkID, Text: f.Text, UnitNone: f.UnitNone, Value: value, MaxLength: f.MaxLength, Line: k - 1, Place: k}
		l.again = &again{Of: i.LinkID, Fixed: n <= least, DropText: b.say("drop-answer"), DropTo: b.action + "#" + f.ID}
		if i.Type == questionnaire.Text || i.Control == "text-area" {
			l.Kind = "area"
		} else {
			b.input(l, i)
		}
		f.Help, l.Help = l.Help, "" // it is said once, of all
		l.Fields = b.fields(about(i, k))
		return l
	}
	for k := range n {
		value := ""
		if k < len(given) {
			value = given[k]
		}
		f.Fields = append(f.Fields, line(b, k+1, value))
	}
	f.Blank = line(b.blank(), min(2, most), "")
	f.Kind = "lines"
	if (i.Type == questionnaire.Text || i.Control == "text-area") && i.MaxLength > 0 {
		f.Help = b.say("up-to", "max", strconv.Itoa(i.MaxLength))
	}
}

// abouts makes the fields of what is asked about each answer to i, which is ticked or is a file: a block for each that is there, and of
// what can be ticked a blank one.
func (b *builder) abouts(f *field, i *questionnaire.Item) {
	most := len(places(b.q, i))
	read := slices.DeleteFunc(slices.Clone(i.Items), func(c *questionnaire.Item) bool { return c.Type != questionnaire.Display })
	f.Fields = b.fields(read)
	block := func(b *builder, k, own int, key, label string) *field {
		fields := b.fields(about(i, k))
		for _, c := range fields {
			c.Text = strings.TrimPrefix(c.Text, label+": ")
		}
		return &field{
			Kind: "about", ID: f.ID + "-a" + strconv.Itoa(k), Text: b.say("about-answer", "answer", label), Place: k, Fields: fields,
			When: whenDoc{Under: i.LinkID, Is: key}.encode(), again: &again{Of: i.LinkID, Key: key, Own: own},
		}
	}
	labels := map[string]string{}
	for n, k := range keys(i) {
		labels[k] = i.Options[n].Label.In(b.lang)
	}
	if f.Other != nil {
		labels[f.Other.Value] = f.Other.Label
	}
	if f.Kind == "file" {
		for _, o := range f.Options {
			labels[o.Value] = o.Label
		}
	}
	words := 0
	for n, key := range b.st.answers[i.LinkID] {
		if n >= most || labels[key] == "" {
			continue
		}
		label, own := labels[key], 0
		if f.Other != nil && key == f.Other.Value {
			if words < len(f.Words) && f.Words[words] != "" {
				label = f.Words[words]
			}
			words++
			own = words
		}
		if one := block(b, n+1, own, key, label); len(one.Fields) > 0 {
			f.Fields = append(f.Fields, one)
		}
	}
	if f.Kind == "file" {
		return // a file is there when the page comes again with it
	}
	f.again = &again{Of: i.LinkID, Level: len(i.At), Most: most}
	if one := block(b.blank(), min(2, most), 0, keyBlank, answerBlank); len(one.Fields) > 0 {
		f.Blank = one
	}
}

// What stands for an answer, as the form holds it and in words, in a block that scripts fill in.
const (
	keyBlank    = "\u2039key\u203a"
	answerBlank = "\u2039answer\u203a"
)
