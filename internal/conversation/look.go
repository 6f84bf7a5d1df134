package conversation

import (
	"strings"

	"github.com/tellback/tellback/internal/questionnaire"
)

// Question is how an item is put by text when nothing else has been answered, in a questionnaire of the machine's catalog.
func (m Machine) Question(q *questionnaire.Questionnaire, i *questionnaire.Item, lang string) string {
	t := &turn{m: m, s: Session{Language: lang, Chosen: true, Filling: &Filling{Questionnaire: q.ID, Version: q.Version, Item: i.LinkID}}}
	t.ask()
	return strings.Join(t.output().Replies, "\n")
}

// Written is a text as conversations send it: in the plain alphabet, where leaving out some accents is enough for that.
func Written(text string) string { return thrifty(text) }
