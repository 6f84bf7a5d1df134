package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// showing is a folder with a program whose one questionnaire asks for photos and a letter.
func showing(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	forms := filepath.Join("..", "..", "internal", "webform", "site", "testdata")
	write := func(name string, data []byte, err error) {
		t.Helper()
		if err == nil {
			err = os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	raw, err := os.ReadFile(filepath.Join(forms, "programs/workshop.json"))
	var program map[string]any
	if err == nil {
		err = json.Unmarshal(raw, &program)
	}
	if err != nil {
		t.Fatal(err)
	}
	program["attributes"], program["breakdowns"] = []any{}, []any{}
	program["questionnaires"] = []any{map[string]any{"questionnaire": "show", "version": "1", "roles": []string{"patient"}, "firstDay": 0, "everyDays": 7}}
	raw, err = json.Marshal(program)
	write("programs/workshop.json", raw, err)
	for name, from := range map[string]string{"questionnaires/show.v1.json": forms, "questionnaires/story.v1.json": filepath.Join("..", "..", "schemas")} {
		raw, err := os.ReadFile(filepath.Join(from, name))
		write(name, raw, err)
	}
	return dir
}

// camera is a photo as a phone takes one: large, lying on its side, with words of its owner in it.
func camera(t *testing.T, width, height int) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	seed := uint32(1)
	for n := range m.Pix { // noise can't be made small
		seed = seed*1664525 + 1013904223
		m.Pix[n] = byte(seed >> 24)
	}
	for x := range width { // a stripe on top shows which way up it is
		for y := range height / 4 {
			m.Set(x, y, color.RGBA{200, 0, 0, 255})
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, m, &jpeg.Options{Quality: 80}); err != nil {
		t.Fatal(err)
	}
	note := "girasol"
	head := append([]byte{0xff, 0xd8, 0xff, 0xfe, 0, byte(len(note) + 2)}, note...)
	return append(head, out.Bytes()[2:]...)
}

// sendFiles posts files to a page as a browser without scripts does.
func sendFiles(t *testing.T, address, field string, contents ...[]byte) reply {
	t.Helper()
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	for n, c := range contents {
		part, err := m.CreateFormFile(field, fmt.Sprintf("girasol-%d.jpg", n))
		if err == nil {
			_, err = part.Write(c)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	return send(t, http.DefaultClient, request(t, http.MethodPost, address, m.FormDataContentType(), body.String(), "Sec-Fetch-Site", "same-origin"))
}

var (
	personalLink = regexp.MustCompile(`https?://[^ ]*/p/[a-z2-9]{26}`)
	receiptLink  = regexp.MustCompile(`https?://[^ ]*/r/[a-z2-9]{26}`)
)

// testAFileComesByAPersonalLink: a question that wants a photo goes by a link; outreach lets the conversation go on; the photo comes back
// to its owner alone, and goes with the report.
func testAFileComesByAPersonalLink(t *testing.T, engine string) {
	no := false
	s := start(t, Options{Store: engine, Schemas: showing(t), Demo: &no})
	const phone = "+12025550177"
	asked := converse(t, s, "file", phone, "WORKSHOP", "YES")
	link := personalLink.FindString(asked)
	if link == "" || !strings.HasPrefix(link, s.publicURL) {
		t.Fatalf("no link of ours: %s", asked)
	}
	photo := camera(t, 1600, 1200)
	if len(photo) < 500_000 || len(photo) > 2_400_000 {
		t.Fatalf("the photo has %d bytes", len(photo))
	}
	if a := sendFiles(t, link, "q.rash", photo); a.status != http.StatusOK || !strings.Contains(a.body, "Thank you, we have it") {
		t.Fatalf("uploaded: %d %.300s", a.status, a.body)
	}
	if a := send(t, http.DefaultClient, request(t, http.MethodPost, s.publicURL+"/dev/run/outreach", "", "")); a.status != http.StatusOK {
		t.Fatalf("outreach: %d %s", a.status, a.body)
	}
	texts := s.carrier.Texts(phone)
	if len(texts) == 0 || !strings.Contains(texts[len(texts)-1].Body, "Thank you, we have it.") {
		t.Fatalf("the conversation did not go on: %+v", texts)
	}
	if a := fetch(t, link); a.status != http.StatusGone {
		t.Errorf("the link after the conversation went on: %d", a.status)
	}
	told := converse(t, s, "more", phone, "SKIP", "SKIP")
	page := fetch(t, receiptLink.FindString(told))
	file := regexp.MustCompile(`href="(/r/[a-z2-9]{26}\?file=\d+\.\d+)"`).FindStringSubmatch(page.body)
	if file == nil {
		t.Fatalf("no file on the receipt of %s", told)
	}
	got := fetch(t, s.publicURL+file[1])
	if got.status != http.StatusOK || got.header.Get("Content-Type") != "image/jpeg" || strings.Contains(got.body, "girasol") || len(got.body) < len(photo)-100 {
		t.Errorf("the photo: %d, %s, %d of %d bytes", got.status, got.header.Get("Content-Type"), len(got.body), len(photo))
	}
	if _, err := jpeg.Decode(strings.NewReader(got.body)); err != nil {
		t.Error(err)
	}
	if ledgerView(t, s, "yes").Reports != 1 {
		t.Error("the report is not in the ledger once")
	}
	address := s.publicURL + strings.Split(file[1], "?")[0]
	if a := send(t, http.DefaultClient, request(t, http.MethodPost, address, "application/x-www-form-urlencoded", "action=withdraw", "Sec-Fetch-Site", "same-origin")); a.status != http.StatusOK {
		t.Fatalf("withdrawn: %d", a.status)
	}
	if a := fetch(t, s.publicURL+file[1]); strings.HasPrefix(a.header.Get("Content-Type"), "image/") {
		t.Error("the photo outlives its report")
	}
}

// choose puts a file into a control, as a person does.
func choose(t *testing.T, name string, content []byte, selector string) act {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return chromedp.SetUploadFiles(chromedp.CSS(selector), []string{path})
}

func TestFilesOnAPhone(t *testing.T) {
	no := false
	s := start(t, Options{Schemas: showing(t), Demo: &no})
	ctx := browser(t)
	large := camera(t, 3000, 2200)
	if len(large) < 2_400_000 {
		t.Fatalf("the photo has only %d bytes", len(large))
	}

	// With scripts the photo is made smaller before it is sent.
	do(t, ctx, chromedp.EmulateViewport(320, 900), chromedp.Navigate(s.publicURL+"/f/workshop/show"))
	look(t, ctx, "files-320")
	do(t, ctx, choose(t, "IMG_girasol.jpg", large, `[name="q.rash"]`))
	wait(t, ctx, `document.querySelector('[name="q.rash"]').files[0].name === 'photo.jpg'`)
	if size := eval[int](t, ctx, `document.querySelector('[name="q.rash"]').files[0].size`); size > 2_400_000 {
		t.Errorf("it is still %d bytes", size)
	}
	do(t, ctx, choose(t, "letter.pdf", append([]byte("%PDF-1.7"), make([]byte, 200_000)...), `[name="q.letter"]`))
	wait(t, ctx, `document.querySelector('[data-too-large]')?.textContent.includes('100 KB')`)
	look(t, ctx, "files-too-large-320")
	if got := submit(t, ctx); !strings.Contains(got, "Photo, ") || !strings.Contains(got, "Save this file") {
		t.Errorf("the receipt: %s", got)
	}
	look(t, ctx, "files-receipt-320")
	do(t, ctx, chromedp.Navigate(eval[string](t, ctx, `location.href.split('?')[0]`)+"?correct"))
	look(t, ctx, "files-correct-320")

	// The personal link's page, in Spanish, and without scripts.
	link := personalLink.FindString(converse(t, s, "page", "+12025550178", "WORKSHOP", "YES"))
	do(t, ctx, chromedp.Navigate(link+"?lang=es"))
	look(t, ctx, "link-320")
	do(t, ctx, scripts(false), chromedp.Navigate(link), choose(t, "a.jpg", large, `[name="q.rash"]`), click(`button[data-send]`))
	wait(t, ctx, `document.readyState === 'complete' && document.body.innerText.includes('Up to 2.4 MB fit')`)
	shoot(t, ctx, "link-too-large-320")
	do(t, ctx, chromedp.Navigate(link), choose(t, "a.jpg", camera(t, 500, 400), `[name="q.rash"]`), click(`button[data-send]`))
	wait(t, ctx, `document.readyState === 'complete' && document.body.innerText.includes('Thank you, we have it')`)
	fits(t, ctx, "link-thanks-320")
	shoot(t, ctx, "link-thanks-320")
	do(t, ctx, scripts(true))
	converse(t, s, "on", "+12025550178", "done")
	do(t, ctx, chromedp.Navigate(link))
	look(t, ctx, "link-closed-320")
}

// A form whose tab was closed has its words still, and says that the file has to be chosen again rather than going out without it.
func TestAClosedTabSaysThatItsFileIsGone(t *testing.T) {
	no := false
	s := start(t, Options{Schemas: showing(t), Demo: &no})
	ctx := browser(t)
	do(t, ctx, chromedp.Navigate(s.publicURL+"/f/workshop/show"), choose(t, "a.jpg", camera(t, 100, 100), `[name="q.rash"]`), chromedp.SendKeys(chromedp.CSS(`[name="q.nurse"]`), "Ana"))
	wait(t, ctx, `(localStorage.getItem(Object.keys(localStorage)[0]) || '').includes('"files":true')`)
	do(t, ctx, chromedp.Reload())
	wait(t, ctx, `document.querySelector('[name="q.nurse"]')?.value === 'Ana'`)
	wait(t, ctx, `document.querySelector('[data-status]').textContent.includes('your file is not')`)
}
