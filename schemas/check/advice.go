package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/tellback/tellback/internal/conversation"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/reading"
	"github.com/tellback/tellback/internal/release"
)

// adviseOn says what could be better about files that can be used.
func (f *findings) adviseOn(fsys fs.FS, c *program.Catalog) {
	for _, file := range f.files {
		if q := c.In(file); q != nil {
			f.onQuestionnaire(file, c, q)
			continue
		}
		var head struct{ ID string }
		if raw, err := fs.ReadFile(fsys, file); err != nil || json.Unmarshal(raw, &head) != nil {
			continue // loading has read it, so this can't be
		}
		if path.Dir(file) == "programs" {
			f.onProgram(file, c, c.Program(head.ID))
		}
	}
}

func (f *findings) onProgram(file string, c *program.Catalog, p *program.Program) {
	f.cost(file, "/consent/sms", p.Consent.SMS)
	f.cost(file, "/crisis/reply", p.Crisis.Reply)
	for _, lang := range p.Languages {
		for _, word := range []string{"STOP", "HELP"} {
			if sms := p.Consent.SMS[lang]; !strings.Contains(sms, word) && !(word == "HELP" && strings.Contains(sms, "AYUDA")) {
				f.advise(file, "/consent/sms/"+lang, fmt.Sprintf("It does not say %s. Phone companies in the US ask that a welcome says how to stop and how to get help.", word))
			}
		}
	}
	f.level(file, "/purpose", p.Purpose)
	f.level(file, "/consent/text", p.Consent.Text)
	f.level(file, "/consent/sms", p.Consent.SMS)
	f.level(file, "/crisis/reply", p.Crisis.Reply)
	for i, u := range p.Uses {
		if q := c.Questionnaire(u.Questionnaire, u.Version); q != nil {
			for _, link := range release.Unpublished(p, q) {
				f.advise(file, fmt.Sprintf("/questionnaires/%d", i), fmt.Sprintf("No figure of its item %s is ever published: it is told of each of several, or who is asked it depends on more than one question, or on a number, a date or words, or an expression ties it to other answers.", link))
			}
			for _, id := range release.Meanless(q) {
				f.advise(file, fmt.Sprintf("/questionnaires/%d", i), fmt.Sprintf("The mean of its score %s is never published: it comes out of a table, so that no count explains it.", id))
			}
		}
	}
	for i, a := range p.Attributes {
		f.level(file, fmt.Sprintf("/attributes/%d/text", i), a.Text)
	}
	for i, l := range p.Lessons {
		at := fmt.Sprintf("/lessons/%d/text", i)
		f.level(file, at, l.Text)
		f.cost(file, at, l.Text)
	}
}

func (f *findings) onQuestionnaire(file string, c *program.Catalog, q *questionnaire.Questionnaire) {
	for _, n := range q.Notices {
		f.advise(file, n.Where, n.Text+".")
	}
	f.level(file, "/description", q.Description)
	m := conversation.Machine{Catalog: c}
	for _, i := range q.All() {
		if i.Hidden || i.Type == questionnaire.Group {
			continue
		}
		at := "item " + i.LinkID
		f.level(file, at, i.Text)
		question := i.Short
		if i.Answerable() && !i.ReadOnly && !i.Calculated() {
			question = questionnaire.Localized{}
			for _, lang := range q.Languages {
				question[lang] = m.Question(q, i, lang)
			}
		}
		f.cost(file, at, question)
	}
}

// cost advises on texts of which each takes more than one message.
func (f *findings) cost(file, at string, l questionnaire.Localized) {
	for _, lang := range sorted(l) {
		text := conversation.Written(l[lang])
		if n := program.Segments(text); n > 1 {
			why := ""
			if !program.GSM7(text) {
				why = ", since it has characters that don't fit plain text messages"
			}
			f.advise(file, at, fmt.Sprintf("In %q it takes %d text messages%s. One would cost less.", lang, n, why))
		}
	}
}

// level advises on texts that are hard to read, in the languages that this can be measured for.
func (f *findings) level(file, at string, l questionnaire.Localized) {
	for _, lang := range sorted(l) {
		text := placeholders.Replace(l[lang])
		switch level, ok := reading.Of(lang, text); {
		case !ok || level.Plain():
		case level.Formula == reading.FleschKincaid:
			f.advise(file, at, fmt.Sprintf("It reads at school year %.0f; %.0f or lower is for everyone. Use shorter words and sentences.", level.Score, reading.Grade))
		default:
			f.advise(file, at, fmt.Sprintf("In %q it has %.0f of 100 on the INFLESZ scale; %.0f or more is for everyone. Use shorter words and sentences.", lang, level.Score, reading.Ease))
		}
	}
}

var placeholders = strings.NewReplacer("{month}", "May", "{share}", "6 in 10")

func sorted(l questionnaire.Localized) []string {
	var langs []string
	for lang := range l {
		langs = append(langs, lang)
	}
	slices.Sort(langs)
	return langs
}
