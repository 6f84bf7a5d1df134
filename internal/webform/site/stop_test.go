package site

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/tellback/tellback/internal/intake"
	"github.com/tellback/tellback/internal/participant"
	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/report"
)

const number = "+12125550171"

// texted is the receipt of a story by somebody who takes part with a phone.
func texted(t *testing.T, w *town) intake.Receipt {
	t.Helper()
	p, err := w.people.Enrol(t.Context(), participant.Enrolment{
		Key: "sms:1", Program: "river", Role: "patient", Language: "en", Origin: "known", Number: phi.Hide(number), At: noon,
		Consent: participant.Consent{Program: "river", TextVersion: "1", Language: "en", Channel: "sms", At: noon, Given: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	rc, _, err := w.desk.Submit(t.Context(), report.Draft{
		Key: "sms:1:0", Program: "river", Questionnaire: "story", Participant: p.ID, Perspective: report.Self, Role: "patient",
		Channel: report.SMS, Origin: report.Known, Language: "en", At: noon,
		Answers: phi.Hide(questionnaire.Answers{"story": {{Type: questionnaire.Text, Text: "My knee hurts."}}}),
	})
	if err != nil {
		t.Fatal(err)
	}
	return rc
}

func stopped(t *testing.T, w *town) bool {
	t.Helper()
	c, _, err := w.people.Contact(t.Context(), phi.Hide(number))
	if err != nil {
		t.Fatal(err)
	}
	return c.Stopped
}

func TestTextsAreEndedOnTheReceipt(t *testing.T) {
	for lang, want := range map[string][2]string{"en": {"Stop texts to my phone", "We text your phone no more"}, "es": {"No quiero más mensajes en mi teléfono", "Ya no escribimos a tu teléfono"}} {
		w := newTown(t)
		path := "/r/" + string(texted(t, w)) + "?lang=" + lang
		page := w.get(path)
		if !strings.Contains(page.body, want[0]) || strings.Contains(page.body, want[1]) || stopped(t, w) {
			t.Fatalf("%s: no button, or looking ended the texts", lang)
		}
		for range 2 {
			a := w.post(path, url.Values{"action": {"stop"}})
			if a.StatusCode != http.StatusSeeOther || !stopped(t, w) {
				t.Errorf("%s: status %d, stopped %v", lang, a.StatusCode, stopped(t, w))
			}
		}
		page = w.get(path)
		if strings.Contains(page.body, want[0]) || !strings.Contains(page.body, want[1]) || strings.Contains(page.body, number) || strings.Contains(w.log.String(), number[2:]) {
			t.Errorf("%s: it does not say so, or shows a number", lang)
		}
		if strings.Count(w.log.String(), "a number opted out") != 1 {
			t.Errorf("%s: the log is %s", lang, w.log)
		}
	}
}

func TestOwnWordsEndTexts(t *testing.T) {
	w := newTown(t)
	rc := texted(t, w)
	edit := filled(t, w.get("/r/"+string(rc)+"?correct&lang=en").body)
	edit.Set("q.story", "My knee hurts. I can't stop coughing.")
	w.post("/r/"+string(rc)+"?lang=en", edit)
	if stopped(t, w) {
		t.Error("a story ended the texts")
	}
	edit = filled(t, w.get("/r/"+string(rc)+"?correct&lang=en").body)
	edit.Set("q.story", "My knee hurts. Please stop texting me.")
	w.post("/r/"+string(rc)+"?lang=en", edit)
	if !stopped(t, w) {
		t.Error("the wish was not heard")
	}
	for _, story := range []string{"Please stop texting me.", "My knee hurts and I can't stop coughing."} {
		v := filled(t, w.get("/f/river/story").body)
		for name, s := range map[string]string{"who": "patient", "consent": "yes", "q.story": story} {
			v.Set(name, s)
		}
		to := locate(t, w.post("/f/river/story", v))
		if got := strings.Contains(w.get(to).body, "Reply STOP to one of them"); got != strings.Contains(story, "texting") {
			t.Errorf("%q: told how is %v", story, got)
		}
	}
}
