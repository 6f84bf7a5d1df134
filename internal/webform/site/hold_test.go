package site

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/tellback/tellback/internal/table"
)

// held is a people table that knows which pieces of files it holds, and how many were ever written.
type held struct {
	table.Table
	pieces map[string]bool
	writes int
}

func (h *held) Write(ctx context.Context, ops ...table.Op) error {
	if err := h.Table.Write(ctx, ops...); err != nil {
		return err
	}
	for _, op := range ops {
		if k := op.Item.Key; k.Sort == "PIECE" {
			h.pieces[k.Partition] = len(op.Item.Body) > 20
			h.writes++
		}
	}
	return nil
}

func (h *held) now() (n int) {
	for _, holds := range h.pieces {
		if holds {
			n++
		}
	}
	return n
}

func watched(t *testing.T) (*town, *held) {
	w := newTown(t)
	h := &held{w.links.People, map[string]bool{}, 0}
	w.links.People = h
	w.handler = New(w.desk, w.people, w.links, w.catalog, w.keys, w.clock, &dice{}, w.logger())
	return w, h
}

func letters(field string, n int) (out []upload) {
	for k := range n {
		out = append(out, upload{field, "a.pdf", "application/pdf", fmt.Sprintf("%%PDF-1.7 %d", k)})
	}
	return out
}

// Anybody can post a form: nothing is kept but what answers its questions, no more of it than a report may have, and nothing without consent.
func TestOnlyFilesThatAnswerAreHeld(t *testing.T) {
	photos := func(t *testing.T, n int) (out []upload) {
		for k := range n {
			out = append(out, upload{"q.rash", "a.png", "image/png", dot(t, uint8(k))})
		}
		return out
	}
	for _, c := range []struct {
		name, path, consent string
		files               []upload
		want                int
	}{
		{"one", showPath, "yes", photos(t, 1), 1},
		{"without consent", showPath, "", photos(t, 1), 0},
		{"more than a report may have", showPath, "yes", photos(t, 50), 0},
		{"as many as a report may have", showPath, "yes", photos(t, 20), 20},
		{"another part", showPath, "yes", letters("x", 50), 0},
		{"another kind", showPath, "yes", letters("q.rash", 50), 0},
		{"a form that asks for none", "/f/workshop/every-kind?lang=en", "yes", letters("x", 50), 0},
	} {
		w, h := watched(t)
		v := filled(t, w.get(c.path).body)
		v.Del("q.rash")
		v.Del("q.letter")
		v.Set("consent", c.consent)
		v.Set("version", "0") // it has to be sent again
		a := w.send(c.path, v, c.files...)
		if a.StatusCode != http.StatusUnprocessableEntity || h.now() != c.want || h.writes != c.want {
			t.Errorf("%s: %d: %d pieces, %d writes, want %d", c.name, a.StatusCode, h.now(), h.writes, c.want)
		}
		if c.consent == "" && (strings.Contains(a.body, `class="opts kept-files"`) || !strings.Contains(text(a.body), "Please choose it again.")) {
			t.Errorf("%s: it does not say that the file is not here: %s", c.name, text(a.body))
		}
	}
}

// What is held for a form goes away when another file takes its place, when its report is told or corrected, and when it is taken back.
func TestWhatIsHeldForAFormIsEmptied(t *testing.T) {
	w, h := watched(t)
	v := showing(t, w)
	refused := w.send(showPath, v, upload{"q.letter", "a.pdf", "application/pdf", "%PDF-1.7 first"})
	if h.now() != 1 {
		t.Fatalf("%d pieces are held", h.now())
	}
	again := asBrowser(filled(t, refused.body))
	again.Del("q.letter")
	w.send(showPath, again, upload{"q.letter", "b.pdf", "application/pdf", "%PDF-1.7 second"})
	if h.now() != 1 {
		t.Errorf("%d pieces are held after another file was chosen, want 1", h.now())
	}
	again.Set("q.why", "All is well.")
	r := locate(t, w.send(showPath, again, upload{"q.letter", "c.pdf", "application/pdf", "%PDF-1.7 third"}))
	if h.now() != 0 {
		t.Errorf("%d pieces are held when the report is told", h.now())
	}
	change := asBrowser(filled(t, w.get(r+"?correct").body))
	change.Set("q.why", "")
	wrong := func() {
		if a := w.send(r, change, upload{"q.rash", "a.png", "image/png", dot(t, 1)}); a.StatusCode != http.StatusUnprocessableEntity || h.now() != 1 {
			t.Fatalf("%d: %d pieces: %s", a.StatusCode, h.now(), text(a.body))
		}
	}
	wrong()
	change.Set("q.why", "Well.")
	locate(t, w.send(r, change))
	if h.now() != 0 {
		t.Errorf("%d pieces are held when the report is corrected", h.now())
	}
	change = asBrowser(filled(t, w.get(r+"?correct").body))
	change.Set("q.why", "")
	wrong()
	w.post(r, url.Values{"action": {"withdraw"}})
	if h.now() != 0 {
		t.Errorf("%d pieces are held when the report is withdrawn", h.now())
	}
}

// A link takes what its one control sends, and nothing else.
func TestALinkTakesOnlyItsOwnControl(t *testing.T) {
	w, h := watched(t)
	path := "/p/" + w.ask("SM1:rash")
	files := append(letters("x", 50), letters("q.letter", 50)...)
	if to := locate(t, w.send(path, url.Values{}, append(files, upload{"q.rash", "a.png", "image/png", dot(t, 1)})...)); to != path || h.writes != 1 {
		t.Errorf("to %s, %d pieces", to, h.writes)
	}
}
