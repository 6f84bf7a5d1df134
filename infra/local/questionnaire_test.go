package main

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

func weekly(t *testing.T) []byte {
	t.Helper()
	doc, err := os.ReadFile("../../schemas/questionnaires/weekly-check-in.v1.json")
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// upload is a document as a browser uploads it.
func upload(t *testing.T, address string, doc []byte, headers ...string) *http.Request {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	w, err := form.CreateFormFile("file", "questionnaire.json")
	if err == nil {
		_, err = w.Write(doc)
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return request(t, http.MethodPost, address, form.FormDataContentType(), body.String(), headers...)
}

func TestOnlyStaffTryQuestionnaires(t *testing.T) {
	s := start(t, Options{})
	page := s.publicURL + "/staff/questionnaire"
	if a := fetch(t, page); a.status != http.StatusUnauthorized {
		t.Errorf("a stranger gets the page: %d", a.status)
	}
	if a := send(t, http.DefaultClient, upload(t, page, weekly(t), "Origin", s.publicURL)); a.status != http.StatusUnauthorized || strings.Contains(a.body, "Pain: 0 No pain") {
		t.Errorf("a stranger gets an answer: %d", a.status)
	}
	none, _ := signIn(t, s, "none")
	if a := send(t, none, upload(t, page, weekly(t), "Origin", s.publicURL)); a.status != http.StatusForbidden {
		t.Errorf("somebody without the role gets %d", a.status)
	}
	staff, in := signIn(t, s, "staff")
	if !strings.Contains(in.body, `href="/staff/questionnaire`) {
		t.Error("the dashboard doesn't lead there")
	}
	if a := send(t, staff, request(t, http.MethodGet, page, "", "")); a.status != http.StatusOK || !strings.Contains(a.body, `action="/staff/questionnaire`) {
		t.Errorf("staff get %d", a.status)
	}
	if a := send(t, staff, upload(t, page, weekly(t), "Origin", "https://elsewhere.example")); a.status != http.StatusForbidden {
		t.Errorf("another site's form gets %d", a.status)
	}
	before := logs.len()
	a := send(t, staff, upload(t, page, weekly(t), "Origin", s.publicURL))
	if a.status != http.StatusOK || !strings.Contains(a.body, "Pain: 0 No pain") || !strings.Contains(a.body, "<fieldset disabled") {
		t.Errorf("staff get %d: %s", a.status, a.body)
	}
	if logged := logs.since(before); strings.Contains(logged, "pain") || strings.Contains(logged, "weekly-check-in") {
		t.Errorf("it is logged: %s", logged)
	}
}

func TestAnyoneOnThisMachineTriesQuestionnaires(t *testing.T) {
	s := start(t, Options{})
	page := s.publicURL + "/dev/questionnaire"
	if a := fetch(t, s.publicURL+"/"); !strings.Contains(a.body, `href="/dev/questionnaire"`) {
		t.Error("the home page doesn't lead there")
	}
	if a := send(t, http.DefaultClient, upload(t, page, weekly(t), "Origin", "https://elsewhere.example")); a.status != http.StatusForbidden {
		t.Errorf("another site's form gets %d", a.status)
	}
	if a := send(t, http.DefaultClient, upload(t, page, weekly(t), "Origin", s.publicURL)); a.status != http.StatusOK || !strings.Contains(a.body, "Pain: 0 No pain") {
		t.Errorf("status %d", a.status)
	}
	if a := send(t, http.DefaultClient, upload(t, page, bytes.Repeat([]byte("x"), 9<<20), "Origin", s.publicURL)); a.status != http.StatusRequestEntityTooLarge {
		t.Errorf("9 MB get %d", a.status)
	}
}

// refusedOne has an item that can't be honoured, and one that can.
const refusedOne = `{"resourceType":"Questionnaire","id":"r","version":"1","status":"active","language":"en","title":"R","item":[
	{"linkId":"a","type":"boolean","text":"Is it good?"},{"linkId":"b","type":"slider","text":"How good is it?"}]}`

// A questionnaire is tried by pasting and by dropping, on a phone and on a desk, with scripts and without.
func TestAQuestionnaireIsTriedInABrowser(t *testing.T) {
	s := start(t, Options{})
	ctx := browser(t)
	shown := func(selector string) string {
		return `document.querySelector('` + selector + `') !== null && document.readyState === 'complete'`
	}
	staff := s.publicURL + "/staff/questionnaire?lang=es"
	do(t, ctx, chromedp.Navigate(s.publicURL+"/staff/signin"))
	_ = eval[bool](t, ctx, `document.querySelector('form').requestSubmit(); true`)
	wait(t, ctx, `location.pathname === '/staff' && document.readyState === 'complete'`)
	for _, size := range []struct {
		width int64
		dark  bool
	}{{320, false}, {1280, true}} {
		do(t, ctx, chromedp.EmulateViewport(size.width, 900), dark(size.dark))
		for _, page := range []string{s.publicURL + "/dev/questionnaire", staff} {
			name := fmt.Sprintf("questionnaire-%d", size.width)
			if page == staff {
				name = "staff-" + name
			}
			do(t, ctx, chromedp.Navigate(page))
			look(t, ctx, name)
			_ = eval[bool](t, ctx, fmt.Sprintf(`document.getElementById('text').value = %q; document.querySelector('.offer button').click(); true`, weekly(t)))
			wait(t, ctx, shown(`.texts .sent`))
			look(t, ctx, name+"-shown")
			if n := eval[int](t, ctx, `[...document.querySelectorAll('.looked input')].filter((e) => !e.matches(':disabled')).length`); n > 0 {
				t.Errorf("%s: %d controls of the form can be filled in", name, n)
			}
			drop := fmt.Sprintf(`const data = new DataTransfer(); data.items.add(new File([%q], 'r.json', {type: 'application/json'}));
				document.body.dispatchEvent(new DragEvent('dragenter', {dataTransfer: data, bubbles: true}));
				if (!document.querySelector('.offer').classList.contains('here')) throw new Error('nothing shows where to drop');
				document.body.dispatchEvent(new DragEvent('drop', {dataTransfer: data, bubbles: true, cancelable: true})); true`, refusedOne)
			_ = eval[bool](t, ctx, drop)
			wait(t, ctx, shown(`ol.plain .issues`))
			look(t, ctx, name+"-refused")
		}
	}
	do(t, ctx, scripts(false), chromedp.Navigate(s.publicURL+"/dev/questionnaire"))
	_ = eval[bool](t, ctx, fmt.Sprintf(`document.getElementById('text').value = %q; document.querySelector('.offer button').click(); true`, weekly(t)))
	wait(t, ctx, shown(`.texts .sent`))
	do(t, ctx, click(`button[name="speak"][value="es"]`))
	wait(t, ctx, `document.querySelector('h1').lang === 'es' && document.readyState === 'complete'`)
}
