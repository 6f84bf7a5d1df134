package site

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// pager keeps what it is told, as an on-call pager would.
type pager struct{ keys []string }

func (p *pager) Alert(_ context.Context, program, key string) error {
	p.keys = append(p.keys, program+" "+key)
	return nil
}

func (w *town) page() *pager {
	p := &pager{}
	w.desk.Alerter, w.desk.Log = p, slog.New(slog.NewJSONHandler(w.log, nil))
	return p
}

func TestDespairIsAnsweredAtOnce(t *testing.T) {
	const en, es = "call or text 988", "Llama ya al 988"
	form := func(w *town, path string, more map[string]string) url.Values {
		v := filled(t, w.get(path).body)
		v.Set("who", "patient")
		v.Set("consent", "yes")
		for name, s := range more {
			v.Set(name, s)
		}
		return v
	}
	for _, c := range []struct {
		name, path string
		fields     map[string]string
		want       string
	}{
		{"in one's own words", "/f/river/care-experience?lang=en", map[string]string{"q.story": "I'm fine.\r\nNo: I want to  DIE."}, en},
		{"in Spanish", "/f/river/care-experience?lang=es", map[string]string{"q.story": "Ya quiero morir"}, es},
		{"in Spanish on an English page", "/f/river/story?lang=en", map[string]string{"q.story": "quiero morir"}, es},
		{"beside something else", "/f/workshop/every-kind?lang=en", map[string]string{"q.pain": "mild", "q.helper": "other", "o.helper": "nobody, I want to die"}, "988"},
		{"where it isn't asked", "/f/river/care-experience?lang=en", map[string]string{"q.ease": "easy", "q.barrier": "i want to die"}, en},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newTown(t)
			pager := w.page()
			v := form(w, c.path, c.fields)
			// Refused for something else, it is answered all the same.
			v.Del("consent")
			if a := w.post(c.path, v); a.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(text(a.body), c.want) {
				t.Errorf("refused, status %d, without the reply: %.300s", a.StatusCode, text(a.body))
			}
			v.Set("consent", "yes")
			a := w.post(c.path, v)
			if a.StatusCode == http.StatusUnprocessableEntity && c.name == "where it isn't asked" {
				t.Fatalf("%s", text(a.body))
			}
			receipt := w.get(a.Header.Get("Location"))
			if !strings.Contains(text(receipt.body), c.want) || !strings.Contains(receipt.body, `role="alert"`) {
				t.Errorf("the receipt lacks the reply: %.300s", text(receipt.body))
			}
			if keys := slices.Compact(slices.Clone(pager.keys)); len(pager.keys) != 2 || len(keys) != 1 {
				t.Errorf("alerts %v, want one sending, twice", pager.keys)
			}
			for _, said := range []string{"want to", "quiero morir", v.Get("sid")} {
				if strings.Contains(strings.ToLower(w.log.String()+strings.Join(pager.keys, "")), said) {
					t.Errorf("%q is in the log or the alert", said)
				}
			}
		})
	}
	t.Run("in a correction", func(t *testing.T) {
		w := newTown(t)
		pager := w.page()
		path := "/f/river/care-experience?lang=en"
		a := w.post(path, form(w, path, map[string]string{"q.story": "all is well"}))
		if strings.Contains(w.get(a.Header.Get("Location")).body, `role="alert"`) || len(pager.keys) != 0 {
			t.Error("an alert for nothing")
		}
		r := locate(t, a)
		v := filled(t, w.get(r+"?correct").body)
		v.Set("q.story", "I want to kill myself")
		if a = w.post(r, v); !strings.Contains(text(w.get(a.Header.Get("Location")).body), en) || len(pager.keys) != 1 {
			t.Errorf("no reply, or not one alert: %v", pager.keys)
		}
	})
}

// Whoever writes must know that nobody reads it right away.
func TestTheFormSaysThatNobodyReadsAlong(t *testing.T) {
	w := newTown(t)
	for lang, want := range map[string]string{"en": "No one reads what you send as it comes in", "es": "Nadie lee lo que mandas en el momento en que llega"} {
		for _, q := range []string{"weekly-check-in", "care-experience", "caregiver-load", "story"} {
			if !strings.Contains(text(w.get("/f/river/"+q+"?lang="+lang).body), want) {
				t.Errorf("%s in %s doesn't say so", q, lang)
			}
		}
	}
}
