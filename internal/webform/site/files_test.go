package site

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/tellback/tellback/internal/personal"
)

// upload is a file in a form.
type upload struct{ field, name, kind, content string }

// send posts a form as a browser sends one with files.
func (w *town) send(path string, v url.Values, files ...upload) answer {
	w.t.Helper()
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	for name, vs := range v {
		for _, s := range vs {
			if err := m.WriteField(name, s); err != nil {
				w.t.Fatal(err)
			}
		}
	}
	for _, f := range files {
		head := textproto.MIMEHeader{"Content-Disposition": {fmt.Sprintf(`form-data; name=%q; filename=%q`, f.field, f.name)}, "Content-Type": {f.kind}}
		part, err := m.CreatePart(head)
		if err != nil {
			w.t.Fatal(err)
		}
		if _, err := part.Write([]byte(f.content)); err != nil {
			w.t.Fatal(err)
		}
	}
	if err := m.Close(); err != nil {
		w.t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, path, &body)
	r.Header.Set("Content-Type", m.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return w.do(r)
}

// a dot is the smallest picture, of a shade.
func dot(t testing.TB, shade uint8) string {
	t.Helper()
	m := image.NewGray(image.Rect(0, 0, 1, 1))
	m.Pix[0] = shade
	var out bytes.Buffer
	if err := png.Encode(&out, m); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

const showPath = "/f/workshop/show?lang=en"

// showing is the form as it is first shown, ready to be sent; a browser sends nothing of a file control but what was chosen.
func showing(t *testing.T, w *town) url.Values {
	v := filled(t, w.get(showPath).body)
	v.Set("consent", "yes")
	v.Del("q.rash")
	v.Del("q.letter")
	return v
}

// asBrowser drops the empty values of file controls, which [filled] doesn't know.
func asBrowser(v url.Values) url.Values {
	for _, name := range []string{"q.rash", "q.letter"} {
		var kept []string
		for _, s := range v[name] {
			if s != "" {
				kept = append(kept, s)
			}
		}
		v[name] = kept
	}
	return v
}

var saved = regexp.MustCompile(`href="(/r/[a-z2-9]{26}\?file=\d+\.\d+)"`)

func TestFilesComeByFormAndGoBackToTheirOwner(t *testing.T) {
	w := newTown(t)
	v := showing(t, w)
	v.Set("q.nurse", "Ana")
	if page := w.get(showPath).body; !strings.Contains(page, `accept="image/jpeg,image/png,image/webp" multiple`) || !strings.Contains(page, `enctype="multipart/form-data"`) {
		t.Error("the control asks for something else than photos, or for HEIC")
	}
	one, two := dot(t, 1), dot(t, 2)
	sent := w.send(showPath, v, upload{"q.rash", "ana-at-home.png", "image/png", one}, upload{"q.rash", "x.png", "", two}, upload{"q.letter", "", "application/octet-stream", ""})
	page := w.get(locate(t, sent))
	links := saved.FindAllStringSubmatch(page.body, -1)
	if len(links) != 2 || !strings.Contains(text(page.body), "Photo, 71 bytes") || strings.Contains(page.body, "ana-at-home") {
		t.Fatalf("receipt: %s", text(page.body))
	}
	for n, want := range []string{one, two} {
		a := w.get(links[n][1])
		if a.body != want || a.StatusCode != http.StatusOK {
			t.Errorf("file %d: %d, %d bytes", n, a.StatusCode, len(a.body))
		}
		for name, want := range map[string]string{
			"Content-Type": "image/png", "Content-Disposition": fmt.Sprintf(`attachment; filename="1-%d.png"`, n+1), "X-Content-Type-Options": "nosniff",
			"Cache-Control": "no-store", "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
		} {
			if got := a.Header.Get(name); got != want {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
	}
	base, _, _ := strings.Cut(links[0][1], "?")
	for _, bad := range []string{"9.0", "0.7", "3.0", "x", "-1.0", "0", ""} {
		if a := w.get(base + "?file=" + bad); a.StatusCode != http.StatusNotFound {
			t.Errorf("file=%s: %d", bad, a.StatusCode)
		}
	}
	if again := w.send(showPath, v, upload{"q.rash", "a.png", "image/png", one}, upload{"q.rash", "b.png", "image/png", two}); locate(t, again) != base {
		t.Error("sent again it is another report")
	}
	w.post(base, url.Values{"action": {"withdraw"}})
	if a := w.get(links[0][1]); strings.Contains(a.body, "PNG") {
		t.Error("a file outlives its report")
	}
	for _, secret := range []string{"ana-at-home", "Ana"} {
		if strings.Contains(w.log.String(), secret) {
			t.Errorf("%q is in the log", secret)
		}
	}
}

// A form that has to be sent again still has its files: a browser chooses none by itself.
func TestAFormSentAgainKeepsItsFiles(t *testing.T) {
	w := newTown(t)
	v := showing(t, w)
	refused := w.send(showPath, v, upload{"q.letter", "a.pdf", "application/pdf", "%PDF-1.7 ZQletter"}, upload{"q.rash", "a.png", "image/png", dot(t, 1)})
	if refused.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(text(refused.body), "PDF, 17 bytes We have this.") {
		t.Fatalf("%d: %s", refused.StatusCode, text(refused.body))
	}
	again := asBrowser(filled(t, refused.body))
	again.Set("q.why", "All is well.")
	r := locate(t, w.send(showPath, again))
	page := w.get(r)
	if n := len(saved.FindAllString(page.body, -1)); n != 2 {
		t.Fatalf("%d files: %s", n, text(page.body))
	}
	// On the correction the photo is left out, and another letter takes the place of the one before.
	form := w.get(r + "?correct")
	change := asBrowser(filled(t, form.body))
	change.Del("q.rash")
	locate(t, w.send(r, change, upload{"q.letter", "b.pdf", "application/pdf", "%PDF-1.7 ZQsecond"}))
	page = w.get(r)
	links := saved.FindAllStringSubmatch(page.body, -1)
	if len(links) != 1 || w.get(links[0][1]).body != "%PDF-1.7 ZQsecond" {
		t.Errorf("after the correction: %s", text(page.body))
	}
}

// A file that is no longer held for a form is asked for again, and not taken for granted.
func TestAHeldFileThatIsGone(t *testing.T) {
	w := newTown(t)
	refused := w.send(showPath, showing(t, w), upload{"q.letter", "a.pdf", "application/pdf", "%PDF-1.7"})
	again := asBrowser(filled(t, refused.body))
	again.Set("q.why", "All is well.")
	again.Set("q.letter", strings.Replace(again.Get("q.letter"), " 8 ", " 9 ", 1))
	a := w.send(showPath, again)
	if a.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(text(a.body), "This file did not reach us.") || strings.Contains(a.body, `value="application/pdf 9`) {
		t.Errorf("%d: %s", a.StatusCode, text(a.body))
	}
}

func TestFilesThatAFormDoesNotTake(t *testing.T) {
	w := newTown(t)
	for _, c := range []struct {
		name string
		file upload
		want string
	}{
		{"a page", upload{"q.letter", "x.html", "text/html", "<script>alert(1)</script>"}, "take this kind of file."},
		{"a page called a photo", upload{"q.rash", "x.png", "image/png", "<script>alert(1)</script>"}, "take this kind of file."},
		{"a letter for a photo", upload{"q.rash", "x.pdf", "application/pdf", "%PDF-1.7"}, "These work: JPG, PNG, WEBP, HEIC."},
		{"a large letter", upload{"q.letter", "x.pdf", "application/pdf", "%PDF-1.7" + strings.Repeat("x", 100_000)}, "This file is too large. It may have 100 KB at most."},
		{"an empty file", upload{"q.letter", "x.pdf", "application/pdf", ""}, "This file is empty."},
	} {
		v := showing(t, w)
		v.Set("q.why", "x")
		a := w.send(showPath, v, c.file)
		if a.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(text(a.body), c.want) || strings.Contains(a.body, `class="opts kept-files"`) {
			t.Errorf("%s: %d: %s", c.name, a.StatusCode, text(a.body))
		}
	}
	if a := w.send(showPath, showing(t, w), upload{"q.rash", "x.png", "image/png", strings.Repeat("x", largest)}); a.StatusCode != http.StatusRequestEntityTooLarge || !strings.Contains(text(a.body), "Up to 2.4 MB fit.") {
		t.Errorf("more than a form may send: %d", a.StatusCode)
	}
	r := httptest.NewRequest(http.MethodPost, showPath, strings.NewReader("--x\r\nno form"))
	r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	if a := w.do(r); a.StatusCode != http.StatusBadRequest {
		t.Errorf("a broken form: %d", a.StatusCode)
	}
}

// ask opens a link for the photo of the workshop's form.
func (w *town) ask(key string) (token string) {
	w.t.Helper()
	err := w.links.Ask(context.Background(), key, personal.Link{
		Program: "workshop", Questionnaire: "show", Version: "1", Item: "rash", Language: "es", Conversation: "c1",
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return w.links.Token(key)
}

func TestAPersonalLinkAsksForOneThing(t *testing.T) {
	w := newTown(t)
	token := w.ask("SM1:rash")
	path := "/p/" + token
	for range 3 { // opening it uses nothing up
		a := w.get(path)
		if a.StatusCode != http.StatusOK || !strings.Contains(text(a.body), "Muéstranos tu piel.") || strings.Contains(a.body, "carta") {
			t.Fatalf("%d: %s", a.StatusCode, text(a.body))
		}
		for name, want := range map[string]string{"Cache-Control": "no-store", "Referrer-Policy": "same-origin", "X-Robots-Tag": "noindex, nofollow", "Content-Language": "es"} {
			if got := a.Header.Get(name); got != want {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
	}
	if a := w.get(path + "?lang=en"); !strings.Contains(text(a.body), "Show us your skin.") {
		t.Errorf("in English: %s", text(a.body))
	}
	if a := w.send(path, url.Values{}); a.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(text(a.body), "Por favor, agrega un archivo.") {
		t.Errorf("nothing: %d %s", a.StatusCode, text(a.body))
	}
	if a := w.send(path, url.Values{}, upload{"q.rash", "x.pdf", "application/pdf", "%PDF-1.7"}); a.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a letter: %d", a.StatusCode)
	}
	if a := w.send(path, url.Values{"q.rash": {"image/png 3 " + strings.Repeat("a", 64)}}); a.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(text(a.body), "no nos llegó") {
		t.Errorf("a file that did not come: %d %s", a.StatusCode, text(a.body))
	}
	for range 2 { // the same again is the same
		a := w.send(path, url.Values{}, upload{"q.rash", "a.png", "image/png", dot(t, 1)}, upload{"q.rash", "b.png", "image/png", dot(t, 2)})
		if to := locate(t, a); to != path {
			t.Fatalf("to %s", to)
		}
		if got, err := w.links.Sent(context.Background(), "SM1:rash"); err != nil || len(got) != 2 {
			t.Errorf("%d files, %v", len(got), err)
		}
	}
	if a := w.get(path); !strings.Contains(text(a.body), "Gracias, ya lo tenemos") {
		t.Errorf("thanks: %s", text(a.body))
	}
	if a := w.get(path + "?change"); !strings.Contains(text(a.body), "Muéstranos tu piel.") {
		t.Errorf("to change: %s", text(a.body))
	}
	if err := w.links.Close(context.Background(), "SM1:rash"); err != nil {
		t.Fatal(err)
	}
	for name, a := range map[string]answer{"seen": w.get(path), "sent": w.send(path, url.Values{}, upload{"q.rash", "a.png", "image/png", dot(t, 3)})} {
		if a.StatusCode != http.StatusGone || !strings.Contains(text(a.body), "Ya seguimos por mensaje.") {
			t.Errorf("%s after the conversation moved on: %d %s", name, a.StatusCode, text(a.body))
		}
	}
	if strings.Contains(w.log.String(), token) {
		t.Error("the token is in the log")
	}
}

func TestALinkThatIsNone(t *testing.T) {
	w := newTown(t)
	w.ask("SM1:rash")
	for _, token := range []string{strings.Repeat("a", 26), "x", strings.Repeat("A", 26), w.links.Token("SM2:rash")} {
		if a := w.get("/p/" + token); a.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", token, a.StatusCode)
		}
	}
	forged := httptest.NewRequest(http.MethodPost, "/p/"+w.links.Token("SM1:rash"), strings.NewReader(""))
	forged.Header.Set("Sec-Fetch-Site", "cross-site")
	if a := w.do(forged); a.StatusCode != http.StatusForbidden {
		t.Errorf("forged: %d", a.StatusCode)
	}
	put := httptest.NewRequest(http.MethodPut, "/p/"+w.links.Token("SM1:rash"), nil)
	if a := w.do(put); a.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("PUT: %d", a.StatusCode)
	}
}
