package questionnaire

import (
	"slices"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/questionnaire/fhirpath"
)

// Asked is i as it is asked under a: with the options that it offers then, the text that is computed for it, and which of several answers
// it is asked about. In an occurrence of which nothing is told nothing is required. An item on which nothing of that depends is itself.
func (q *Questionnaire) Asked(i *Item, a Answers) *Item {
	out := q.phrased(i, a)
	if i == nil {
		return nil
	}
	if i.Nth > 0 {
		out = out.about(a)
	}
	if i.Required && q.absent(i, a) {
		c := *out
		c.Required = false
		return &c
	}
	return out
}

// about is i with the answer before its words that it is asked about, where there are several.
func (i *Item) about(a Answers) *Item {
	given := present(i.Parent.given(a))
	if len(given) < max(2, i.Nth) {
		return i
	}
	c := *i
	before := func(text Localized) Localized {
		out := Localized{}
		for lang, s := range text {
			out[lang] = given[i.Nth-1].Display(i.Parent, lang) + ": " + s
		}
		return out
	}
	c.Text, c.Short = before(i.Text), before(i.Short)
	return &c
}

// phrased is i with the options and the text that are computed.
func (q *Questionnaire) phrased(i *Item, a Answers) *Item {
	if i == nil || !i.varies() && (i.rules == nil || i.rules.text == nil) {
		return i
	}
	v, _ := q.settle(a)
	asked := q.offered(v, i)
	if i.rules.text == nil {
		return asked
	}
	out, err := v.evaluate(i.rules.text)
	if err != nil || len(out) != 1 || out[0].Kind() == fhirpath.Element || tidy(out[0].Text()) == "" {
		return asked
	}
	c := *asked
	c.Text = Localized{q.Languages[0]: tidy(out[0].Text())}
	c.Short = c.Text
	return &c
}

// Offers says whether i, as [Questionnaire.Asked] gives it, can be answered: a choice of which nothing is offered can't, so nobody is asked.
func (i *Item) Offers() bool { return i.Type != Choice || len(i.Options) > 0 }

// offering says which items offer something to choose under a. It evaluates once for all of them, not once for each.
func (q *Questionnaire) offering(a Answers) func(i *Item) bool {
	var v *view
	return func(i *Item) bool {
		if i.Type != Choice || !i.varies() {
			return i.Offers()
		}
		if v == nil {
			v, _ = q.settle(a)
		}
		return q.offered(v, i).Offers()
	}
}

// Proposed are the answers that the questionnaire proposes to begin with: people may change them.
func (q *Questionnaire) Proposed() Answers {
	out := Answers{}
	var v *view
	for _, i := range q.flat {
		switch {
		case !i.Answerable() || i.fixed() || i.Origin != i: // a further occurrence is there only once something is told of it
		case len(i.Initial) > 0:
			out[i.LinkID] = i.Initial
		case i.rules != nil && i.rules.initial != nil:
			if v == nil {
				v, _ = q.settle(nil)
			}
			if vs := v.valuesOf(i, i.rules.initial); len(vs) > 0 {
				out[i.LinkID] = vs
			}
		}
	}
	return out
}

// Shown is the answer to i that nobody gives: its initial value, or what is computed from a.
func (q *Questionnaire) Shown(i *Item, a Answers) []Value {
	if !i.computed() {
		return i.Initial
	}
	_, a = q.settle(a)
	return a[i.LinkID]
}

// Warnings are what a's constraints warn of. They forbid nothing.
func (q *Questionnaire) Warnings(a Answers) []fault.Issue {
	if q.logic == nil {
		return nil
	}
	v, _ := q.settle(a)
	return v.broken(true)
}

// Logical says that whether i is asked, or what it offers, can only be told by evaluating expressions.
func (i *Item) Logical() bool {
	return i.varies() || i.rules != nil && (i.rules.enable != nil || i.rules.text != nil)
}

// varies says that what i offers is told by expressions.
func (i *Item) varies() bool {
	return i.rules != nil && (i.rules.answer != nil || len(i.rules.toggles) > 0)
}

// dependsOnLogic says whether what decides if i is asked is computed: its own expression, or an answer that is.
func (i *Item) dependsOnLogic() bool {
	return i.rules != nil && i.rules.enable != nil || slices.ContainsFunc(i.when, func(t trigger) bool { return t.on.computed() || len(t.others) > 0 || t.nth > 0 })
}

// Counted says whether answers to i are added up. What is told of each of several is told, not counted, and so is what was meant by a
// reference, or is in a file, and what is calculated of these. What is calculated follows from other answers, which are counted: it only
// counts where it is a choice on a scale.
func (i *Item) Counted() bool {
	switch {
	case !i.Answerable(), i.kept, i.repeated(), i.Type == Reference, i.Type == Attachment:
		return false
	case !i.Calculated():
		return true
	}
	return i.Type == Choice && len(i.Options) > 0 && !slices.ContainsFunc(i.Options, func(o Option) bool { return o.Ordinal == nil })
}

// Tied says that expressions tie the answers to i, or whether it is asked, to the answers to other items: then what is known of those
// tells something of these, beyond what enableWhen says openly.
func (i *Item) Tied() bool {
	return i.tied || i.repeated() || i.Conditional() || i.varies()
}

// Conditional says whether only an evaluation can tell if i is asked: because of itself, or of what it is nested in.
func (i *Item) Conditional() bool {
	for ; i != nil; i = i.Parent {
		if i.dependsOnLogic() {
			return true
		}
	}
	return false
}
