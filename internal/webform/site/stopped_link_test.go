package site

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/tellback/tellback/internal/participant"
	"github.com/tellback/tellback/internal/personal"
	"github.com/tellback/tellback/internal/phi"
)

// After STOP a link takes nothing and promises nothing; after START it does again.
func TestALinkAfterStop(t *testing.T) {
	w, h := watched(t)
	ctx, number := t.Context(), phi.Hide("+12125550100")
	if _, err := w.people.Enrol(ctx, participant.Enrolment{
		Key: "k", Program: "workshop", Role: "patient", Language: "en", Origin: "known", Number: number, At: noon,
		Consent: participant.Consent{Program: "workshop", TextVersion: w.catalog.Program("workshop").Consent.Version, Language: "en", Channel: "sms", At: noon, Given: true},
	}); err != nil {
		t.Fatal(err)
	}
	c, _, err := w.people.Contact(ctx, number)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.links.Ask(ctx, "SM1:rash", personal.Link{
		Program: "workshop", Questionnaire: "show", Version: "1", Item: "rash", Language: "en", Conversation: c.Pseudonym,
	}); err != nil {
		t.Fatal(err)
	}
	path := "/p/" + w.links.Token("SM1:rash")
	photo := upload{"q.rash", "a.png", "image/png", dot(t, 1)}
	if err := w.people.SetStopped(ctx, number, true, noon); err != nil {
		t.Fatal(err)
	}
	for name, a := range map[string]answer{"seen": w.get(path), "sent": w.send(path, url.Values{}, photo)} {
		if a.StatusCode != http.StatusGone || !strings.Contains(text(a.body), "You stopped our texts") || h.writes != 0 {
			t.Errorf("%s: %d, %d pieces: %s", name, a.StatusCode, h.writes, text(a.body))
		}
	}
	if err := w.people.SetStopped(ctx, number, false, noon); err != nil {
		t.Fatal(err)
	}
	locate(t, w.send(path, url.Values{}, photo))
}
