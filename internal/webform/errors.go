package webform

import (
	"strings"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/words"
)

// codeNothing is the code of an issue that says that no question at all was answered.
const codeNothing = "nothing-answered"

// Nothing says so at the first question that is always asked.
func Nothing(q *questionnaire.Questionnaire) []fault.Issue {
	for _, i := range q.Enabled(questionnaire.Answers{}) {
		if Asked(i) {
			return []fault.Issue{{Where: i.LinkID, Code: codeNothing}}
		}
	}
	return nil
}

// errorLines lists what is wrong in the order of the page, each line with the control that it is about.
func errorLines(v *View, b *builder, issues []fault.Issue) (out []errorLine) {
	listed, all := map[string]bool{}, map[string]bool{} // all: it isn't about that question alone
	for _, i := range issues {
		all[i.Where] = i.Code == codeNothing
	}
	add := func(where, id string) {
		if text, ok := b.errs[where]; ok && !listed[where] {
			listed[where] = true
			out = append(out, errorLine{text, id})
		}
	}
	if v.Who != nil {
		add(FieldWho, v.Who.first())
	}
	if v.Relation != nil {
		add(FieldRelation, v.Relation.first())
		add(FieldAbout, v.About.first())
	}
	var walk func(fs []*field, place string)
	walk = func(fs []*field, place string) {
		for _, f := range fs {
			if text, ok := b.errs[f.LinkID]; ok && f.LinkID != "" {
				if !listed[f.LinkID] {
					listed[f.LinkID] = true
					if !all[f.LinkID] {
						text = place + Clip(f.Text) + ": " + text
					}
					out = append(out, errorLine{text, f.first()})
				}
			}
			walk(f.Fields, place+f.place())
		}
	}
	walk(v.Fields, "")
	for _, f := range v.Attributes {
		add(f.Name, f.first())
	}
	add(FieldConsent, FieldConsent)
	for _, i := range issues { // whatever has no control of its own
		if !listed[i.Where] {
			listed[i.Where] = true
			out = append(out, errorLine{words.Text(v.Lang, "form.error-unreadable"), "main"})
		}
	}
	return out
}

// Clip shortens a question for the list of errors.
func Clip(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > 60 {
		return strings.TrimSpace(string(r[:57])) + "…"
	}
	return strings.TrimRight(s, ":")
}
