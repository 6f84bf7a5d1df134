package api

import (
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
)

type pager struct{ keys []string }

func (p *pager) Alert(_ context.Context, program, key string) error {
	p.keys = append(p.keys, program+" "+key)
	return nil
}

func TestDespairIsAnsweredAtOnce(t *testing.T) {
	const story = `{"questionnaire":"story","subject":"p-1","language":"%L%","consent":{"textVersion":"2026-10","given":true},"answers":{"story":"%S%"}}`
	const fhir = `{"resourceType":"QuestionnaireResponse","questionnaire":"story|1","status":"completed","language":"%L%","subject":{"reference":"Patient/1"},
		"item":[{"linkId":"story","answer":[{"valueString":"%S%"}]}]}`
	for _, c := range []struct{ name, doc, language, said, want string }{
		{"json", story, "en", "Today I want to die", "call or text 988"},
		{"json in Spanish", story, "es", "quiero morir", "Llama ya al 988"},
		{"fhir", fhir, "en", "Today I want to die", "call or text 988"},
		{"fhir in Spanish", fhir, "es", "quiero morir", "Llama ya al 988"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newTown(t)
			pager := &pager{}
			w.desk.Alerter, w.desk.Log = pager, slog.New(slog.DiscardHandler)
			doc := strings.NewReplacer("%L%", c.language, "%S%", c.said).Replace(c.doc)
			send, isFHIR := w.send, strings.HasPrefix(c.name, "fhir")
			if isFHIR {
				send = w.sendFHIR
			}
			a := send(doc)
			w.receipt(a)
			var out struct{ Crisis crisis }
			if err := json.Unmarshal([]byte(a.body), &out); err != nil || out.Crisis.Language != c.language || !strings.Contains(out.Crisis.Reply, c.want) {
				t.Errorf("%v: %s", err, a.body)
			}
			if again := send(doc); again.body != a.body || len(pager.keys) != 2 || pager.keys[0] != pager.keys[1] {
				t.Errorf("alerts %v, then %s", pager.keys, again.body)
			}
			// What is refused is answered all the same.
			refused := send(strings.Replace(strings.Replace(doc, `"2026-10"`, `"0"`, 1), "completed", "in-progress", 1))
			if refused.StatusCode != 422 || !strings.Contains(refused.body, c.want) || isFHIR && !strings.Contains(refused.body, `"severity":"information"`) || len(pager.keys) != 3 {
				t.Errorf("status %d, %d alerts: %s", refused.StatusCode, len(pager.keys), refused.body)
			}
			if calm := send(strings.Replace(doc, c.said, "all is well", 1)); strings.Contains(calm.body, "crisis") || len(pager.keys) != 3 {
				t.Errorf("an alert for nothing: %s", calm.body)
			}
		})
	}
}
