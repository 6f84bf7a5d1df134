package api

import (
	"encoding/json"
	"log/slog"
	"strings"
	"testing"

	"github.com/tellback/tellback/internal/participant"
	"github.com/tellback/tellback/internal/table"
)

// judged sends a report that is only to be judged, and says what was said: severity, code and place of each issue.
func (w *town) judged(body string, head ...string) (status int, said string) {
	w.t.Helper()
	a := w.do("POST", reportsPath+"?validate=only", body, append([]string{"Content-Type", "application/json", "Authorization", "Bearer " + secret}, head...)...)
	var o outcome
	if err := json.Unmarshal([]byte(a.body), &o); err != nil {
		w.t.Fatalf("%v: %s", err, a.body)
	}
	if o.ResourceType == "" {
		return a.StatusCode, a.body // a problem
	}
	if !strings.HasPrefix(a.Header.Get("Content-Type"), fhirType) || a.Header.Get("Location") != "" {
		w.t.Errorf("header %v", a.Header)
	}
	var all []string
	for _, i := range o.Issue {
		if i.Details.Text == "" || !issueTypes.MatchString(i.Code) {
			w.t.Errorf("issue %+v", i)
		}
		all = append(all, strings.TrimSpace(i.Severity+" "+i.Code+" "+strings.Join(append(i.Expression, i.Location...), ",")))
	}
	return a.StatusCode, strings.Join(all, "; ")
}

// kept counts everything that the installation holds.
func (w *town) kept() (n int) {
	w.t.Helper()
	for _, tab := range []table.Table{w.reports, w.people} {
		page, err := tab.(table.Scanner).Scan(w.t.Context(), "")
		if err != nil {
			w.t.Fatal(err)
		}
		n += len(page.Items)
	}
	return n
}

func TestValidateOnlyJudgesAndKeepsNothing(t *testing.T) {
	const fhir = `{"resourceType":"QuestionnaireResponse","questionnaire":"weekly-check-in|1","status":"completed","subject":{"reference":"Patient/1"},
		"item":[{"linkId":"pain","answer":[{"valueCoding":{"code":"mild"}}]}]}`
	const good = "information informational"
	for _, c := range []struct {
		name, body string
		status     int
		want       string
	}{
		{"json", weekly, 200, good},
		{"json with a wrong answer", strings.Replace(weekly, "mild", "42", 1), 422, `"/answers/pain"`},
		{"json without consent", `{"questionnaire":"weekly-check-in","subject":"p-1","answers":{"pain":"mild"}}`, 422, `"/consent"`},
		{"json that intake refuses", `{"questionnaire":"weekly-check-in","subject":"p-1","role":"caregiver","consent":{"textVersion":"2026-10","given":true},"answers":{"pain":"mild"}}`, 422, `"/role"`},
		{"no JSON", `{`, 400, `"status":400`},
		{"fhir", fhir, 200, good},
		{"fhir with another text", strings.Replace(fhir, `"linkId"`, `"text":"Did it rain?","linkId"`, 1), 200, "warning value QuestionnaireResponse.item[0].text; " + good},
		{"fhir with another display", strings.Replace(fhir, `"code":"mild"`, `"code":"mild","display":"Terrible"`, 1), 200,
			"warning code-invalid QuestionnaireResponse.item[0].answer[0].value.display; " + good},
		{"fhir, wrong and odd", strings.Replace(strings.Replace(fhir, "mild", "42", 1), `"linkId"`, `"text":"Did it rain?","linkId"`, 1), 422,
			"error code-invalid QuestionnaireResponse.item[0].answer[0].value; warning value QuestionnaireResponse.item[0].text"},
		{"fhir in progress", strings.Replace(fhir, "completed", "in-progress", 1), 422, "error business-rule QuestionnaireResponse.status"},
		{"fhir with nothing answered", fhir[:strings.Index(fhir, `,
		"item"`)] + "}", 422, "error required QuestionnaireResponse"},
		{"another resource", `{"resourceType":"Patient"}`, 422, "error invalid"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newTown(t)
			head := []string{"Idempotency-Key", "k-1"}
			if strings.Contains(c.body, "resourceType") {
				head = append(head, "Content-Type", fhirType)
			}
			status, said := w.judged(c.body, head...)
			if status != c.status || said != c.want && !strings.Contains(said, c.want) {
				t.Errorf("status %d, want %d; said %s", status, c.status, said)
			}
			if n := w.kept(); n != 0 {
				t.Errorf("%d items were kept", n)
			}
			// The key is as good as new, also for another report.
			if w.receipt(w.send(weekly, "Idempotency-Key", "k-1")); w.kept() == 0 {
				t.Error("a report leaves nothing, so this test shows nothing")
			}
		})
	}
}

func TestValidateOnlyRaisesNoAlert(t *testing.T) {
	w := newTown(t)
	pager := &pager{}
	w.desk.Alerter, w.desk.Log = pager, slog.New(slog.DiscardHandler)
	story := `{"questionnaire":"story","subject":"p-1","consent":{"textVersion":"2026-10","given":true},"answers":{"story":"Today I want to die"}}`
	if status, said := w.judged(story); status != 200 || len(pager.keys) != 0 {
		t.Errorf("status %d, %d alerts: %s", status, len(pager.keys), said)
	}
	// A misspelt parameter is refused, and the cry is heard all the same.
	a := w.do("POST", reportsPath+"?validate=onyl", story, "Content-Type", "application/json", "Authorization", "Bearer "+secret)
	if a.StatusCode != 400 || !strings.Contains(a.body, "?validate") || len(pager.keys) != 1 || w.kept() != 0 {
		t.Errorf("status %d, %d alerts: %s", a.StatusCode, len(pager.keys), a.body)
	}
	if a := w.do("POST", reportsPath+"?valdate=only", weekly, "Content-Type", "application/json", "Authorization", "Bearer "+secret); a.StatusCode != 400 || w.kept() != 0 {
		t.Errorf("status %d: %s", a.StatusCode, a.body)
	}
	if a := w.do("POST", reportsPath+"?validate=only", weekly, "Content-Type", "application/json"); a.StatusCode != 401 {
		t.Errorf("status %d: anybody may try", a.StatusCode)
	}
}

// Who left is told so by a trial too.
func TestValidateOnlyKnowsWhoLeft(t *testing.T) {
	w := newTown(t)
	rep, err := w.desk.Read(t.Context(), w.receipt(w.send(weekly)))
	if err != nil {
		t.Fatal(err)
	}
	again := `{"questionnaire":"weekly-check-in","subject":"p-1","answers":{"pain":"none"}}`
	before := w.kept()
	if status, said := w.judged(again); status != 200 || w.kept() != before {
		t.Errorf("status %d: %s", status, said)
	}
	if _, err := w.registry.Update(t.Context(), rep.Participant, func(p *participant.Participant) { p.Left = w.now }); err != nil {
		t.Fatal(err)
	}
	if status, said := w.judged(again); status != 403 {
		t.Errorf("status %d: %s", status, said)
	}
}
