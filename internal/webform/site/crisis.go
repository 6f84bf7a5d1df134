package site

import (
	"github.com/tellback/tellback/internal/intake"
	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/webform"
)

// reply is what is due to somebody in despair, or nil.
func (a ask) reply() *webform.Reply {
	if a.crisis == "" {
		return nil
	}
	return &webform.Reply{Lang: a.crisis, Text: a.Program.Crisis.Reply.In(a.crisis)}
}

// receipt leads to a receipt page after something was done.
func (a ask) receipt(rc intake.Receipt, done string) string {
	to := "/r/" + string(rc) + "?lang=" + a.Lang + "&done=" + done
	if a.crisis != "" {
		to += "&crisis"
	}
	return to
}

// written are the words among stored answers.
func written(a questionnaire.Answers) (out []string) {
	for _, vs := range a {
		for _, v := range vs {
			if v.Type == questionnaire.String || v.Type == questionnaire.Text || v.Type == questionnaire.Reference {
				out = append(out, v.Text)
			}
		}
	}
	return out
}
