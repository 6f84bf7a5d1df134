package site

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/tellback/tellback/internal/intake"
	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/report"
)

func TestReceipt(t *testing.T) {
	w := newTown(t)
	r := receiptOf(t, w.post("/f/workshop/every-kind?lang=en", every(t, w)))
	path := "/r/" + string(r)
	t.Run("stays secret", func(t *testing.T) {
		h := w.get(path).Header
		if h.Get("Cache-Control") != "no-store" || h.Get("X-Robots-Tag") != "noindex, nofollow" || h.Get("Referrer-Policy") != "same-origin" {
			t.Errorf("headers: %v", h)
		}
	})
	t.Run("speaks Spanish", func(t *testing.T) {
		if got := text(w.get(path + "?lang=es").body); !strings.Contains(got, "Lo que nos contaste") || !strings.Contains(got, "Fuerte") {
			t.Error(got)
		}
	})
	t.Run("corrects", func(t *testing.T) {
		edit := w.get(path + "?correct&lang=en")
		v := filled(t, edit.body)
		if v.Get("q.story") != "Line one\nline two" || v.Get("o.helper") != "My neighbor" || v.Get("q.visit") != "2026-10-01T14:30" || v.Get("u.weight") != "kg" {
			t.Errorf("not prefilled: %q %q", v.Get("q.visit"), v.Get("u.weight"))
		}
		v.Set("q.pain", "42")
		bad := w.post(path+"?lang=en", v)
		if bad.StatusCode != http.StatusUnprocessableEntity {
			t.Fatalf("status %d", bad.StatusCode)
		}
		v = filled(t, bad.body)
		v.Set("q.pain", "none")
		if locate(t, w.post(path+"?lang=en", v)) != path {
			t.Error("leads elsewhere")
		}
		rep, err := w.desk.Read(t.Context(), r)
		if err != nil || rep.Revision != 2 || rep.Answers.Reveal()["pain"][0].Code != "none" || len(rep.Answers.Reveal()["where"]) != 0 {
			t.Errorf("revision %d, %v", rep.Revision, err)
		}
	})
	t.Run("tells of a change in between", func(t *testing.T) {
		v := filled(t, w.get(path+"?correct").body)
		v.Set("revision", "1")
		v.Set("q.pain", "worst")
		a := w.post(path, v)
		again := filled(t, a.body)
		if a.StatusCode != http.StatusConflict || again.Get("q.pain") != "worst" || again.Get("revision") != "2" {
			t.Fatalf("status %d, kept %q, revision %q", a.StatusCode, again.Get("q.pain"), again.Get("revision"))
		}
		locate(t, w.post(path, again))
		if rep, _ := w.desk.Read(t.Context(), r); rep.Revision != 3 {
			t.Errorf("revision %d", rep.Revision)
		}
	})
	t.Run("is not corrected to nothing", func(t *testing.T) {
		for lang, want := range map[string]string{"en": "No answer is left here", "es": "Aquí no queda ninguna respuesta"} {
			w := newTown(t)
			v := filled(t, w.get("/f/river/weekly-check-in").body)
			for name, s := range map[string]string{"who": "patient", "consent": "yes", "q.pain": "mild"} {
				v.Set(name, s)
			}
			path := locate(t, w.post("/f/river/weekly-check-in", v))
			v = filled(t, w.get(path+"?correct").body)
			v.Del("q.pain")
			a := w.post(path+"?lang="+lang, v)
			if a.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(text(a.body), want) || !strings.Contains(a.body, `href="`+path+`?withdraw`) {
				t.Errorf("status %d: %.300s", a.StatusCode, text(a.body))
			}
			if rep, err := w.desk.Read(t.Context(), intake.Receipt(strings.TrimPrefix(path, "/r/"))); err != nil || rep.Revision != 1 {
				t.Errorf("revision %d, %v", rep.Revision, err)
			}
		}
	})
	t.Run("takes no nonsense", func(t *testing.T) {
		for _, v := range []url.Values{{}, {"action": {"erase"}}} {
			if got := w.post(path, v); got.StatusCode != http.StatusBadRequest {
				t.Errorf("%v: status %d", v, got.StatusCode)
			}
		}
		v := filled(t, w.get(path+"?correct").body)
		v.Set("revision", "first")
		if got := w.post(path, v); got.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("status %d", got.StatusCode)
		}
	})
	t.Run("asks before it takes back", func(t *testing.T) {
		ask := w.get(path + "?withdraw&lang=en")
		if rep, _ := w.desk.Read(t.Context(), r); rep.Status != report.Complete {
			t.Fatal("looking took it back")
		}
		v := filled(t, ask.body)
		locate(t, w.post(path+"?lang=en", v))
		gone := text(w.get(path + "?lang=en").body)
		if !strings.Contains(gone, "Your answers are gone") || strings.Contains(gone, "neighbor") || strings.Contains(gone, "Ana") {
			t.Error(gone)
		}
		for _, late := range []string{"?correct", "?withdraw", "?done=sent"} {
			if got := text(w.get(path + late).body); !strings.Contains(got, "Your answers are gone") {
				t.Errorf("%s: %s", late, got)
			}
		}
		v.Set("action", "correct")
		if got := text(w.post(path, v).body); !strings.Contains(got, "Your answers are gone") {
			t.Error(got)
		}
	})
	if strings.Contains(w.log.String(), string(r)) || w.log.Len() > 0 {
		t.Errorf("logged: %s", w.log)
	}
}

func TestAReceiptShowsNoSystemsID(t *testing.T) {
	for about, want := range map[string]string{"ref:Patient/4711": "The person you care for", "Mum": "Mum"} {
		w := newTown(t)
		r, _, err := w.desk.Submit(t.Context(), report.Draft{
			Key: "api:clinic:river:1", Program: "river", Questionnaire: "story", Participant: "p1", Perspective: report.Proxy, Relation: "child", Role: "caregiver",
			About: phi.Hide(about), Channel: report.API, Origin: report.Known, Language: "en", At: noon,
			Answers: phi.Hide(questionnaire.Answers{"story": {{Type: questionnaire.Text, Text: "All is well."}}}),
		})
		if err != nil {
			t.Fatal(err)
		}
		if page := text(w.get("/r/" + string(r)).body); !strings.Contains(page, "About "+want) || strings.Contains(page, "4711") {
			t.Errorf("about %s: %s", about, page)
		}
	}
}
