package site

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/tellback/tellback/internal/report"
	"github.com/tellback/tellback/internal/webform"
)

func TestOneSubmissionIsOneReport(t *testing.T) {
	const path = "/f/river/weekly-check-in?lang=en"
	fill := func(w *town) url.Values {
		v := filled(t, w.get(path).body)
		v.Set("who", "patient")
		v.Set("consent", "yes")
		v.Set("q.pain", "mild")
		return v
	}
	t.Run("sixteen taps at once", func(t *testing.T) {
		w := newTown(t)
		v := fill(w)
		got := make([]string, 16)
		var wg sync.WaitGroup
		for n := range got {
			wg.Go(func() {
				rec := httptest.NewRecorder()
				r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(v.Encode()))
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				w.handler.ServeHTTP(rec, r)
				u, _ := url.Parse(rec.Header().Get("Location"))
				if u != nil {
					got[n] = u.Path
				}
			})
		}
		wg.Wait()
		if all := slices.Compact(got); len(all) != 1 || all[0] == "" {
			t.Errorf("receipts: %d different", len(all))
		}
	})
	t.Run("back, changed and sent again is a correction", func(t *testing.T) {
		w := newTown(t)
		v := fill(w)
		first := receiptOf(t, w.post(path, v))
		v.Set("q.pain", "strong")
		if again := receiptOf(t, w.post(path, v)); again != first {
			t.Fatal("another receipt")
		}
		rep, err := w.desk.Read(t.Context(), first)
		if err != nil || rep.Revision != 2 || rep.Answers.Reveal()["pain"][0].Code != "strong" {
			t.Errorf("revision %d, %v", rep.Revision, err)
		}
		// A late retry of the first sending must not undo it.
		v.Set("q.pain", "mild")
		receiptOf(t, w.post(path, v))
		if rep, _ = w.desk.Read(t.Context(), first); rep.Revision != 2 || rep.Answers.Reveal()["pain"][0].Code != "strong" {
			t.Errorf("the retry changed it: revision %d", rep.Revision)
		}
		// Back once more and changed again: it is asked, not passed over.
		v.Set("q.pain", "very-strong")
		asked := w.post(path, v)
		if asked.StatusCode != http.StatusConflict {
			t.Fatalf("changed again: status %d", asked.StatusCode)
		}
		sure := filled(t, asked.body)
		if sure.Get("q.pain") != "very-strong" {
			t.Fatalf("what was filled in is gone: %q", sure.Get("q.pain"))
		}
		w.post("/r/"+string(first), sure)
		if rep, _ = w.desk.Read(t.Context(), first); rep.Revision != 3 || rep.Answers.Reveal()["pain"][0].Code != "very-strong" {
			t.Errorf("not corrected: revision %d", rep.Revision)
		}
	})
	t.Run("a retry does not bring back what was taken back", func(t *testing.T) {
		w := newTown(t)
		v := fill(w)
		r := receiptOf(t, w.post(path, v))
		w.post("/r/"+string(r), url.Values{"action": {"withdraw"}})
		if receiptOf(t, w.post(path, v)) != r {
			t.Fatal("another receipt")
		}
		if rep, _ := w.desk.Read(t.Context(), r); rep.Status != report.Withdrawn {
			t.Error("it came back")
		}
	})
	t.Run("told by somebody else it is another report, once the person says so", func(t *testing.T) {
		for name, change := range map[string]map[string]string{
			"somebody else answers": {"who": "proxy", "relation": "child", "about": "Mum"}, "of another age": {"p.age": "65-plus"},
			"and other answers": {"who": "proxy", "relation": "friend", "q.pain": "strong"},
		} {
			w := newTown(t)
			v := fill(w)
			first := receiptOf(t, w.post(path, v))
			sent := maps.Clone(v)
			for field, s := range change {
				sent.Set(field, s)
			}
			asked := w.post(path, sent)
			if asked.StatusCode != http.StatusConflict || !strings.Contains(text(asked.body), "already in") || !strings.Contains(asked.body, `href="/r/`+string(first)) {
				t.Fatalf("%s: status %d: %s", name, asked.StatusCode, text(asked.body)[:300])
			}
			again := filled(t, asked.body)
			for field, s := range change {
				if again.Get(field) != s {
					t.Errorf("%s: lost %s", name, field)
				}
			}
			second := receiptOf(t, w.post(path, again))
			if receiptOf(t, w.post(path, again)) != second || second == first {
				t.Fatalf("%s: not one second report", name)
			}
			one, err1 := w.desk.Read(t.Context(), first)
			two, err2 := w.desk.Read(t.Context(), second)
			if err1 != nil || err2 != nil || one.Revision != 1 || one.Perspective != report.Self || (two.Perspective == report.Proxy) != (change["who"] == "proxy") ||
				one.Answers.Reveal()["pain"][0].Code != "mild" || one.Participant == two.Participant {
				t.Errorf("%s: %s and %s, revision %d", name, one.Perspective, two.Perspective, one.Revision)
			}
			if w.post(path, v).StatusCode != http.StatusSeeOther { // the first one's retry is still only that
				t.Errorf("%s: the retry was refused", name)
			}
		}
	})
	t.Run("without a submission id nothing is lost and nothing stored", func(t *testing.T) {
		for _, sid := range []string{"", "short", strings.Repeat("A", 26), strings.Repeat("0", 26)} {
			w := newTown(t)
			v := fill(w)
			v.Set("sid", sid)
			a := w.post(path, v)
			again := filled(t, a.body)
			if a.StatusCode != http.StatusUnprocessableEntity || again.Get("q.pain") != "mild" || !webform.Name26(again.Get("sid")) {
				t.Errorf("sid %q: status %d, kept %q", sid, a.StatusCode, again.Get("q.pain"))
			}
			receiptOf(t, w.post(path, again))
		}
	})
	t.Run("each form has an id of its own", func(t *testing.T) {
		w := newTown(t)
		if a, b := fill(w).Get("sid"), fill(w).Get("sid"); a == b || !webform.Name26(a) {
			t.Errorf("%q, %q", a, b)
		}
	})
	t.Run("the script finds all that it says", func(t *testing.T) {
		body := newTown(t).get(path).body
		for key, want := range map[string]string{"sending": "Sending …", "waiting": "Your answers are safe", "again": "Trying again to send your answers …"} {
			if m := regexp.MustCompile(`data-say-` + key + `="([^"]*)"`).FindStringSubmatch(body); m == nil || !strings.Contains(m[1], want) {
				t.Errorf("%s: %q", key, m)
			}
		}
		for _, m := range regexp.MustCompile(`tell\([^)]*?'([a-z]+)'`).FindAllStringSubmatch(webform.Asset("form.js"), -1) {
			if !strings.Contains(body, "data-say-"+m[1]+"=") {
				t.Errorf("the script says %s, which the page doesn't have", m[1])
			}
		}
	})
	t.Run("the script's way", func(t *testing.T) {
		w := newTown(t)
		r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(fill(w).Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded;charset=UTF-8")
		r.Header.Set("Accept", "application/json")
		a := w.do(r)
		if a.StatusCode != http.StatusCreated || !regexp.MustCompile(`^\{"to":"/r/[a-z2-9]{26}\?`).MatchString(a.body) {
			t.Errorf("%d %s", a.StatusCode, a.body)
		}
	})
}
