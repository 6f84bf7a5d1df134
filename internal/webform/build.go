package webform

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/report"
	"github.com/tellback/tellback/internal/words"
)

// builder makes fields from items.
type builder struct {
	q     *questionnaire.Questionnaire
	lang  string
	loc   *time.Location
	st    State
	errs  map[string]string // the first sentence by where
	needs bool              // some question must be answered
	mixed bool              // some questions must be answered, others need not

	action  string                // where the form goes
	answers questionnaire.Answers // that the form holds, for what depends on them
	open    questionnaire.Answers // the same with what the page has empty places for
	enabled map[string]bool       // by linkId, of items that only an evaluation brings
}

func newBuilder(a Form, st State, issues []fault.Issue) *builder {
	b := &builder{q: a.Questionnaire, lang: a.Lang, loc: a.Program.Location(), st: st, errs: sentences(a.Questionnaire, a.Lang, issues)}
	optional := false
	for _, i := range a.Questionnaire.All() {
		if Asked(i) && i.Origin == i {
			required := i.Required && (len(i.Within) == 0 || a.Questionnaire.Asked(i, nil).Required) // nothing is, of what need not be there
			b.needs, optional = b.needs || required, optional || !required
		}
	}
	b.mixed = b.needs && optional
	b.answers, b.open = st.told(a.Questionnaire, b.loc)
	b.enabled = map[string]bool{}
	for _, i := range b.q.Enabled(b.open) {
		b.enabled[i.LinkID] = true
	}
	return b
}

func (b *builder) say(key string, args ...string) string {
	return words.Text(b.lang, "form."+key, args...)
}

// fields makes the fields of items, hidden ones left out.
func (b *builder) fields(items []*questionnaire.Item) (out []*field) {
	for _, i := range framed(items) {
		switch {
		case i.Hidden || i.Another || conditional(b.q, i) && !b.enabled[i.LinkID], Asked(i) && !b.q.Asked(i, b.answers).Offers():
		case !group(i):
			out = append(out, b.field(i))
		case i.Turn() == 1:
			out = append(out, b.repeat(i))
		}
	}
	return out
}

// id is that of i's control.
func (b *builder) id(i *questionnaire.Item) string {
	return "q" + strconv.Itoa(i.Place())
}

func (b *builder) field(i *questionnaire.Item) *field {
	id := b.id(i)
	i = b.q.Asked(i, b.answers)
	f := &field{
		ID: id, Name: "q." + i.LinkID, LinkID: i.LinkID,
		Number: i.Prefix, Text: i.Text.In(b.lang), Err: b.errs[i.LinkID], Required: i.Required,
		SkipText: b.say("skip-question"), UnitNone: b.say("unit-choose"), PickNone: b.say("pick-none"),
	}
	if b.mixed && !i.Required {
		f.OptionalText = b.say("optional")
	}
	f.OnlyIf, f.When = b.onlyIf(i)
	switch {
	case i.Type == questionnaire.Group:
		f.Kind, f.Deep, f.Part = "group", i.Parent != nil, b.part(i)
	case i.Type == questionnaire.Display:
		f.Kind = "display"
	case i.ReadOnly || i.Calculated():
		f.Kind = "display"
		for _, v := range b.q.Shown(i, b.answers) {
			f.Help = strings.TrimSpace(f.Help + " " + v.Display(i, b.lang))
		}
	default:
		b.control(f, i)
	}
	f.Help = strings.TrimSpace(i.Help.In(b.lang) + " " + f.Help)
	for _, to := range i.Links {
		f.More = append(f.More, Link{Text: b.say("read-more", "address", to), URL: to})
	}
	switch {
	case f.Kind == "lines":
	case ticked(i):
		b.abouts(f, i)
	default:
		f.Fields = b.fields(i.Items)
	}
	if tables[i.Control] {
		f.Fields = tabled(f.Fields)
	}
	return f
}

// who makes the fields that ask who is telling.
func (b *builder) who(v *View, p *program.Program, u *program.Use) {
	open := Whos(p, u)
	if len(open) == 1 {
		v.WhoLine = b.say("only-" + open[0])
	} else {
		v.Who = &field{Kind: "radios", ID: "who", Name: FieldWho, Text: b.say("who"), Err: b.errs[FieldWho], Required: true}
		for _, w := range open {
			v.Who.Options = append(v.Who.Options, choice{
				Value: w, Label: b.say("who-" + w), More: b.say("who-" + w + "-more"), Checked: b.st.who == w,
			})
		}
	}
	if !slices.Contains(open, WhoProxy) {
		return
	}
	only := ""
	if len(open) > 1 {
		only = b.say("only-if-proxy")
	}
	v.Relation = &field{Kind: "radios", ID: "relation", Name: FieldRelation, Text: b.say("relation"), OnlyIf: only, Err: b.errs[FieldRelation], Required: true}
	for _, r := range report.Relations {
		v.Relation.Options = append(v.Relation.Options, choice{Value: r, Label: b.say("relation-" + r), Checked: b.st.Relation == r})
	}
	v.About = &field{
		Kind: "input", ID: "about", Name: FieldAbout, Type: "text", Text: b.say("about"), Help: b.say("about-help"), OnlyIf: only,
		Err: b.errs[FieldAbout], OptionalText: b.say("optional"), MaxLength: maxAbout, Value: b.st.About,
	}
}

// attributes makes the optional questions about the person.
func (b *builder) attributes(p *program.Program) (out []*field) {
	for n, a := range p.Attributes {
		f := &field{
			Kind: "radios", ID: "p" + strconv.Itoa(n), Name: "p." + a.ID, Text: a.Text.In(b.lang),
			Err: b.errs["p."+a.ID], Skip: true, SkipText: b.say("prefer-not"),
		}
		for _, o := range a.Options {
			f.Options = append(f.Options, choice{Value: o.Code, Label: o.Label.In(b.lang), Checked: b.st.Attributes[a.ID] == o.Code})
		}
		out = append(out, f)
	}
	return out
}

// sentences gives each issue its sentence in lang, by where; an item's first one counts.
func sentences(q *questionnaire.Questionnaire, lang string, issues []fault.Issue) map[string]string {
	out := map[string]string{}
	for _, i := range issues {
		if _, ok := out[i.Where]; !ok {
			out[i.Where] = sentence(q, lang, i)
		}
	}
	return out
}

func sentence(q *questionnaire.Questionnaire, lang string, i fault.Issue) string {
	switch i.Code {
	case "about-long":
		return words.Text(lang, "form.error-about-long", "max", strconv.Itoa(maxAbout))
	case "who", "relation", "choice", "consent", "other-empty":
		return words.Text(lang, "form.error-"+i.Code)
	}
	if words.Has(words.Default, "answer."+i.Code) {
		return questionnaire.Explain(i, q.Item(i.Where), lang)
	}
	return words.Text(lang, "form.error-unreadable")
}
