package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// shapes is a folder with the program of the web form's tests whose questionnaires have every shape.
func shapes(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	forms := filepath.Join("..", "..", "internal", "webform", "site", "testdata")
	for to, from := range map[string]string{
		"programs/plain.json": forms, "questionnaires/controls.v1.json": forms, "questionnaires/repeats.v1.json": forms,
		"questionnaires/story.v1.json": filepath.Join("..", "..", "schemas"),
	} {
		data, err := os.ReadFile(filepath.Join(from, to))
		if err == nil {
			err = os.MkdirAll(filepath.Dir(filepath.Join(dir, to)), 0o700)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, to), data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// submit ticks what every form needs and sends it; it waits for the receipt.
func submit(t *testing.T, ctx context.Context) string {
	t.Helper()
	do(t, ctx, click(`input[name="consent"]`), click(`button[data-send]`))
	wait(t, ctx, `location.pathname.startsWith('/r/') && document.readyState === 'complete'`)
	return eval[string](t, ctx, `document.querySelector('main').innerText`)
}

func TestControlsOnAPhoneAndOnADesk(t *testing.T) {
	s := start(t, Options{Schemas: shapes(t)})
	ctx := browser(t)
	for _, on := range []bool{true, false} {
		for _, width := range []int64{320, 1280} {
			do(t, ctx, scripts(on), chromedp.EmulateViewport(width, 900), dark(width > 1000), chromedp.Navigate(s.publicURL+"/f/plain/controls"))
			if name := fmt.Sprintf("controls-%d-%v", width, on); on {
				look(t, ctx, name)
			} else {
				fits(t, ctx, name)
				shoot(t, ctx, name)
			}
		}
	}
	// Without scripts a slider is a number to type, and what is left alone is no answer.
	do(t, ctx, chromedp.SendKeys(chromedp.CSS(`[name="q.must"]`), "21.5"), click(`[name="q.sad"][value="often"]`))
	if got := submit(t, ctx); !strings.Contains(got, "21.5") || strings.Contains(got, "NaN") {
		t.Errorf("without scripts: %s", got)
	}
}

func TestControlsWithScripts(t *testing.T) {
	s := start(t, Options{Schemas: shapes(t)})
	ctx := browser(t)
	do(t, ctx, chromedp.EmulateViewport(320, 900), chromedp.Navigate(s.publicURL+"/f/plain/controls"))
	if got := eval[string](t, ctx, `[...document.querySelectorAll('input[type=range]')].map((r) => r.getAttribute('aria-valuetext') + r.classList.contains('unset')).join()`); got != "No answer yettrue,No answer yettrue" {
		t.Errorf("untouched sliders say %s", got)
	}
	set := `(() => { const r = document.querySelectorAll('input[type=range]')[%d]; r.value = %q; r.dispatchEvent(new Event('input', {bubbles: true})); return r.parentElement.querySelector('[name]').value; })()`
	if got := eval[string](t, ctx, fmt.Sprintf(set, 0, "63")); got != "65" { // in steps of five
		t.Errorf("the slider holds %s", got)
	}
	_ = eval[string](t, ctx, fmt.Sprintf(set, 1, "12.5"))
	// Pressed where its thumb lies, a slider is answered; and the answer can be taken back.
	do(t, ctx, chromedp.Reload(), click(`#`+eval[string](t, ctx, `document.querySelector('[name="q.mood"]').id`)))
	wait(t, ctx, `document.querySelector('[name="q.mood"]').value === '65' && !document.querySelector('input[type=range]').classList.contains('unset')`) // from the draft
	_ = eval[bool](t, ctx, `document.querySelector('.slide button').click(), true`)
	wait(t, ctx, `document.querySelector('[name="q.mood"]').value === '' && document.querySelector('input[type=range]').classList.contains('unset')`)
	_ = eval[bool](t, ctx, `document.querySelector('input[type=range]').click(), true`)
	wait(t, ctx, `document.querySelector('[name="q.mood"]').value === '65'`)
	for range 2 {
		_ = eval[bool](t, ctx, `[...document.querySelectorAll('.count button')].pop().click(), true`)
	}
	wait(t, ctx, `document.querySelector('[name="q.stairs"]').value === '1'`)
	do(t, ctx, chromedp.SendKeys(chromedp.CSS(`[name="q.land"]`), "costa rica\t"), chromedp.SendKeys(chromedp.CSS(`[name="q.tongue"]`), "Nahuatl"))
	wait(t, ctx, `document.querySelector('[name="q.land"]').value === 'Costa Rica'`)
	_ = eval[bool](t, ctx, `(() => { const m = document.querySelector('[name="q.meal"]'); m.value = 'dinner'; m.dispatchEvent(new Event('change', {bubbles: true})); return true; })()`)
	do(t, ctx, click(`[name="q.senses"][value="taste"]`), click(`[name="q.senses"][value="nothing"]`), click(`[name="q.sad"][value="often"]`))
	if eval[bool](t, ctx, `document.querySelector('[name="q.senses"][value="taste"]').checked`) {
		t.Error("an answer that stands alone left another beside it")
	}
	if !eval[bool](t, ctx, `document.querySelector('[data-q="why"]').hidden`) {
		t.Error("a row that depends on another is there before its time")
	}
	do(t, ctx, click(`[name="q.tired"][value="always"]`), click(`[name="q.why"][value="never"]`))
	look(t, ctx, "controls-filled-320")
	got := submit(t, ctx)
	for _, want := range []string{"Dinner", "Costa Rica", "Nahuatl", "Nothing", "65", "12.5 °C", "Often", "Always", "Never", "Your room is very cold. Is that right?"} {
		if !strings.Contains(got, want) {
			t.Errorf("the receipt lacks %s: %s", want, got)
		}
	}
	look(t, ctx, "controls-receipt-320")
}
