package site

import (
	"maps"
	"net/http"
	"slices"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/webform"
)

// chosen are those of the files that answer one of the questions of a form: whoever posts it chooses its parts, so nothing else may be kept,
// not even for a day, nor more than a report may have. Those that are left out are asked for again: the form says so.
func chosen(q *questionnaire.Questionnaire, files questionnaire.Files, given func(*questionnaire.Item) []string) (kept questionnaire.Files, over []fault.Issue) {
	kept = questionnaire.Files{}
	bytes := 0
	for _, i := range q.All() {
		if i.Type != questionnaire.Attachment {
			continue
		}
		mine, more := questionnaire.Files{}, bytes
		for _, text := range given(i) {
			content, came := files[text]
			if _, twice := kept[text]; came && !twice && i.Fits(questionnaire.Value{Type: questionnaire.Attachment, Text: text}) && mine[text] == nil {
				mine[text], more = content, more+len(content)
			}
		}
		if more > questionnaire.MaxFile || len(kept)+len(mine) > questionnaire.MaxFiles {
			over = append(over, questionnaire.MissingFile(i))
			continue
		}
		maps.Copy(kept, mine)
		bytes = more
	}
	return kept, over
}

// hold keeps the files of a form that has to be sent again, in the place of those that were kept for it before: a browser chooses no file
// by itself. Nothing is kept of somebody who has not consented. It gives what has to be chosen again.
func (h *handler) hold(r *http.Request, a ask, st webform.State, consent bool) ([]fault.Issue, error) {
	if r.Method != http.MethodPost || !filed(a.Questionnaire) {
		return nil, nil
	}
	kept, again := chosen(a.Questionnaire, a.files, st.Files)
	var keep []string
	for _, i := range a.Questionnaire.All() {
		if i.Type == questionnaire.Attachment {
			keep = append(keep, st.Files(i)...)
		}
	}
	if !consent {
		again = nil
		for _, i := range a.Questionnaire.All() {
			if i.Type == questionnaire.Attachment && slices.ContainsFunc(st.Files(i), func(text string) bool { return kept[text] != nil }) {
				again = append(again, questionnaire.MissingFile(i))
			}
		}
		keep, kept = nil, nil
	}
	st.ForgetFiles(again)
	if len(kept) == 0 && len(again) == 0 && len(a.files) == 0 && len(keep) == 0 {
		return nil, nil
	}
	return again, h.held.Replace(r.Context(), a.owner, keep, kept, h.now().Add(heldFor))
}
