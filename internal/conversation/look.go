package conversation

import (
	"strings"

	"github.com/tellback/tellback/internal/questionnaire"
)

// Question is how an item is put by text by itself, when nothing else has been answered, in a questionnaire of the machine's catalog.
func (m Machine) Question(q *questionnaire.Questionnaire, i *questionnaire.Item, lang string) string {
	t := &turn{m: m, s: Session{Language: lang, Chosen: true, Filling: &Filling{Questionnaire: q.ID, Version: q.Version, Item: i.LinkID, Single: true}}}
	t.ask()
	return strings.Join(t.output().Replies, "\n")
}

// Together are the linkIds of the questions that wait for an answer: several where one text asked them, none where nothing is asked.
func (m Machine) Together(s Session) []string {
	if s.Filling == nil {
		return nil
	}
	t := &turn{m: m, s: s.clone()}
	q, open := t.current()
	all, asked := t.seen(q, open)
	if !asked || s.Filling.Single {
		return []string{s.Filling.Item}
	}
	var links []string
	for _, i := range all {
		links = append(links, i.LinkID)
	}
	return links
}

// Written is a text as conversations send it: in the plain alphabet, where leaving out some accents is enough for that.
func Written(text string) string { return thrifty(text) }
