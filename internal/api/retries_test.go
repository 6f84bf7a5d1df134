package api

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tellback/tellback/internal/intake"
	"github.com/tellback/tellback/internal/report"
)

func TestRetries(t *testing.T) {
	t.Run("without a key", func(t *testing.T) {
		w := newTown(t)
		a := w.send(weekly)
		b := w.send(strings.ReplaceAll(strings.ReplaceAll(weekly, "\n", ""), `"mild"`, `"mi\u006cd"`))
		if w.receipt(a) != w.receipt(b) || a.Header.Get("Idempotent-Replayed") != "" || b.Header.Get("Idempotent-Replayed") != "true" || a.body != b.body {
			t.Errorf("%q then %q", a.Header, b.Header)
		}
		w.now = w.now.AddDate(0, 1, 0) // to feel the same a month later is another report
		if w.receipt(w.send(weekly)) == w.receipt(a) {
			t.Error("next month's report was taken for a retry")
		}
	})
	t.Run("without a key, what was said in between is no retry", func(t *testing.T) {
		for name, send := range map[string]func(w *town, pain, authored string) answer{
			"json": func(w *town, pain, authored string) answer {
				if authored != "" {
					authored = `"authored":"` + authored + `",`
				}
				return w.send(strings.Replace(strings.Replace(weekly, "mild", pain, 1), "{", "{"+authored, 1))
			},
			"fhir": func(w *town, pain, authored string) answer {
				if authored != "" {
					authored = `"authored":"` + authored + `",`
				}
				return w.sendFHIR(`{"resourceType":"QuestionnaireResponse","questionnaire":"https://tellback.org/fhir/Questionnaire/weekly-check-in|1","status":"completed",` +
					authored + `"subject":{"reference":"Patient/1"},"item":[{"linkId":"pain","answer":[{"valueCoding":{"code":"` + pain + `"}}]}]}`)
			},
		} {
			for _, c := range []struct {
				name     string
				authored string
				pause    time.Duration
			}{{"minutes apart", "", time.Minute}, {"a week apart", "", 7 * 24 * time.Hour}, {"of the same day", "2026-10-14", time.Minute}} {
				if name == "json" && len(c.authored) == len("2026-10-14") {
					continue // our own form has moments only
				}
				w := newTown(t)
				var got []intake.Receipt
				for _, pain := range []string{"mild", "strong", "mild"} {
					r := w.receipt(send(w, pain, c.authored))
					if again := send(w, pain, c.authored); w.receipt(again) != r || again.Header.Get("Idempotent-Replayed") != "true" {
						t.Errorf("%s, %s: a retry at once is another report", name, c.name)
					}
					got = append(got, r)
					w.now = w.now.Add(c.pause)
				}
				if got[0] == got[2] {
					t.Errorf("%s, %s: the third report was dropped", name, c.name)
				}
				if err := w.desk.Withdraw(t.Context(), got[2], w.now); err != nil {
					t.Fatal(err)
				}
				if r := w.receipt(send(w, "mild", c.authored)); r == got[0] || r == got[2] {
					t.Errorf("%s, %s: what came after a withdrawal was dropped", name, c.name)
				}
			}
			// A moment tells a report apart, whenever it is sent again.
			w := newTown(t)
			first := w.receipt(send(w, "mild", "2026-10-14T15:00:00Z"))
			w.receipt(send(w, "strong", "2026-10-14T15:30:00Z"))
			w.now = w.now.AddDate(0, 0, 3)
			if w.receipt(send(w, "mild", "2026-10-14T15:00:00Z")) != first {
				t.Errorf("%s: the same moment is another report", name)
			}
		}
	})
	t.Run("without a key, the same long after", func(t *testing.T) {
		w := newTown(t)
		first := w.receipt(w.send(weekly))
		w.now = w.now.Add(intake.RetryWindow)
		if w.receipt(w.send(weekly)) != first {
			t.Error("a retry is another report")
		}
		w.now = w.now.Add(intake.RetryWindow)
		if w.receipt(w.send(weekly)) == first {
			t.Error("a report of its own was taken for a retry")
		}
		w = newTown(t)
		w.now = time.Date(2026, 11, 1, 3, 59, 59, 0, time.UTC) // midnight of the program is at 4
		first = w.receipt(w.send(weekly))
		w.now = w.now.Add(2 * time.Second)
		if w.receipt(w.send(weekly)) != first {
			t.Error("a retry after the end of the period is another report")
		}
	})
	t.Run("with a key", func(t *testing.T) {
		w := newTown(t)
		a := w.receipt(w.send(weekly, "Idempotency-Key", "k1"))
		if w.receipt(w.send(weekly, "Idempotency-Key", "k1")) != a {
			t.Error("another receipt")
		}
		if w.receipt(w.send(weekly, "Idempotency-Key", "k2")) == a {
			t.Error("another key, the same receipt")
		}
		if w.receipt(w.send(weekly, "Idempotency-Key", "k1", "Authorization", "Bearer another")) == a {
			t.Error("another client's key, the same receipt")
		}
		for name, body := range map[string]string{
			"other answers": strings.Replace(weekly, "mild", "none", 1), "another person": strings.Replace(weekly, "p-1", "p-3", 1),
			"another questionnaire": `{"questionnaire":"story","subject":"p-1","answers":{"story":"x"}}`,
		} {
			if got := w.send(body, "Idempotency-Key", "k1"); got.StatusCode != http.StatusConflict {
				t.Errorf("%s: status %d %s", name, got.StatusCode, got.body)
			}
		}
		// What a person took back stays away, and a late retry is told nothing else.
		if err := w.desk.Withdraw(t.Context(), a, w.now); err != nil {
			t.Fatal(err)
		}
		if w.receipt(w.send(weekly, "Idempotency-Key", "k1")) != a {
			t.Error("another receipt")
		}
		if rep, err := w.desk.Read(t.Context(), a); err != nil || rep.Status != report.Withdrawn {
			t.Errorf("%s, %v", rep.Status, err)
		}
	})
	t.Run("all at once", func(t *testing.T) {
		w := newTown(t)
		got := make([]string, 12)
		var wg sync.WaitGroup
		for n := range got {
			wg.Go(func() { got[n] = w.send(weekly).body })
		}
		wg.Wait()
		if len(slices.Compact(got)) != 1 || !strings.Contains(got[0], "receipt") {
			t.Errorf("several replies, the first: %s", got[0])
		}
	})
}
