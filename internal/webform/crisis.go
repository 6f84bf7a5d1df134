package webform

import (
	"slices"

	"github.com/tellback/tellback/internal/intake"
	"github.com/tellback/tellback/internal/questionnaire"
)

// reply is the program's fixed reply to words of despair.
type reply struct{ Lang, Text string }

func (a ask) reply() *reply {
	if a.crisis == "" {
		return nil
	}
	return &reply{a.crisis, a.p.Crisis.Reply.In(a.crisis)}
}

// receipt leads to a receipt page after something was done.
func (a ask) receipt(rc intake.Receipt, done string) string {
	to := "/r/" + string(rc) + "?lang=" + a.lang + "&done=" + done
	if a.crisis != "" {
		to += "&crisis"
	}
	return to
}

// words are all that was written rather than tapped, whatever it was meant to be.
func (st state) words(q *questionnaire.Questionnaire) []string {
	out := []string{st.about}
	for _, i := range q.All() {
		options := keys(i)
		for _, s := range st.answers[i.LinkID] {
			if !slices.Contains(options, s) {
				out = append(out, s)
			}
		}
		out = append(out, st.other[i.LinkID])
	}
	return out
}

// written are the words among stored answers.
func written(a questionnaire.Answers) (out []string) {
	for _, vs := range a {
		for _, v := range vs {
			if v.Type == questionnaire.String || v.Type == questionnaire.Text {
				out = append(out, v.Text)
			}
		}
	}
	return out
}
