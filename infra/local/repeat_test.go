package main

import (
	"context"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// put types into a control as somebody would.
func put(t *testing.T, ctx context.Context, name, value string) {
	t.Helper()
	do(t, ctx, chromedp.SendKeys(chromedp.CSS(`[name="`+name+`"]`), value))
}

func TestPlacesWithScripts(t *testing.T) {
	s := start(t, Options{Schemas: shapes(t)})
	ctx := browser(t)
	do(t, ctx, chromedp.EmulateViewport(320, 900), chromedp.Navigate(s.publicURL+"/f/plain/repeats"))
	look(t, ctx, "repeats-320")
	put(t, ctx, "q.name", "Aspirin")
	do(t, ctx, click(`button[name=add][value=med]`))
	if got := eval[string](t, ctx, `document.activeElement.querySelector('legend').textContent + ', ' + [...document.querySelectorAll('[role=status]')].map((e) => e.textContent).join('')`); got != "Medicines 2, Added: Medicines 2" {
		t.Errorf("after another is added, focus and status say %q", got)
	}
	put(t, ctx, "q.name~2", "Zinc")
	do(t, ctx, click(`button[name=add][value="dose~2.1"]`))
	put(t, ctx, "q.much~2.2", "7")
	do(t, ctx, click(`button[name=add][value=med]`))
	put(t, ctx, "q.name~3", "Iron")
	if eval[bool](t, ctx, `document.querySelector('button[name=add][value=med]').offsetParent !== null`) {
		t.Error("a fourth of three can be added")
	}
	// A question that depends on another does so in its own place.
	do(t, ctx, click(`[name="q.helps~3"][value=false]`))
	if got := eval[string](t, ctx, `['why', 'why~2', 'why~3'].map((q) => document.querySelector('[data-q="' + q + '"]').hidden).join()`); got != "true,true,false" {
		t.Errorf("what happens instead is hidden: %s", got)
	}
	put(t, ctx, "q.why~3", "It hurts")
	do(t, ctx, click(`[name="q.effect~3"][value=sick]`))
	wait(t, ctx, `document.querySelector('.about:not([hidden]) legend').textContent === 'About “Sick”'`)
	do(t, ctx, click(`[name="q.bad~3.1"][value=strong]`), click(`[name="q.effect~3"][value=sleepy]`), click(`[name="q.bad~3.2"][value=mild]`))
	do(t, ctx, click(`button[name=add][value=allergy]`))
	_ = eval[bool](t, ctx, `(() => { const l = document.querySelectorAll('[name="q.allergy"]'); l[1].value = 'Nuts'; l[1].dispatchEvent(new Event('input', {bubbles: true})); return true; })()`)
	do(t, ctx, click(`[name="q.sure~2"][value=true]`))
	look(t, ctx, "repeats-filled-320")

	// A tab that is closed forgets none of it.
	wait(t, ctx, `(localStorage.getItem(Object.keys(localStorage)[0]) || '').includes('sure~2')`)
	do(t, ctx, chromedp.Reload())
	wait(t, ctx, `document.querySelector('[name="q.name~3"]')?.value === 'Iron' && document.querySelector('[name="q.much~2.2"]').value === '7'`)
	wait(t, ctx, `document.querySelectorAll('[name="q.allergy"]')[1].value === 'Nuts' && document.querySelector('[name="q.bad~3.1"]:checked').value === 'strong'`)

	do(t, ctx, click(`button[name=drop][value="1 med"]`))
	wait(t, ctx, `document.querySelector('[name="q.name"]').value === 'Zinc' && document.querySelector('[name="q.name~2"]').value === 'Iron' && !document.querySelector('[name="q.name~3"]')`)
	if got := eval[string](t, ctx, `document.activeElement.value + ' ' + document.querySelector('[name="q.much~1.2"]').value + ' ' + [...document.querySelectorAll('.place > legend')].map((e) => e.textContent).join()`); got != "med 7 Medicines 1,Doses 1,Doses 2,Medicines 2,Doses 1" {
		t.Errorf("after one is taken away: %s", got)
	}
	got := submit(t, ctx)
	for _, want := range []string{"Medicines 1\n", "Zinc", "Medicines 2\n", "Iron", "It hurts", "Sick: How bad is it?\nStrong", "Sleepy: How bad is it?\nMild", "Nuts", "Did a doctor say so?\nYes"} {
		if !strings.Contains(got, want) {
			t.Errorf("the receipt lacks %q: %s", want, got)
		}
	}
	look(t, ctx, "repeats-receipt-320")
	do(t, ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(eval[string](t, ctx, `location.href.split('?')[0]`)+"?correct"))
	if got := eval[string](t, ctx, `[...document.querySelectorAll('[name^="q.name"]')].map((e) => e.value).join()`); got != "Zinc,Iron" {
		t.Errorf("the correction shows %s", got)
	}
	look(t, ctx, "repeats-correct-1280")
}

// TestPlacesGoOutWhenTheConnectionIsBack: what was told where there was none is kept, places and all, and sent later by itself.
func TestPlacesGoOutWhenTheConnectionIsBack(t *testing.T) {
	s := start(t, Options{Schemas: shapes(t)})
	ctx := browser(t)
	do(t, ctx, chromedp.EmulateViewport(320, 900), chromedp.Navigate(s.publicURL+"/f/plain/repeats"))
	_ = eval[bool](t, ctx, `window.fetch = () => Promise.reject(new TypeError('no connection')), true`)
	put(t, ctx, "q.name", "Aspirin")
	do(t, ctx, click(`button[name=add][value=med]`))
	put(t, ctx, "q.name~2", "Zinc")
	do(t, ctx, click(`[name="q.effect~2"][value=dizzy]`), click(`[name="q.bad~2.1"][value=mild]`), click(`input[name="consent"]`), click(`button[data-send]`))
	wait(t, ctx, `document.querySelector('[data-status]').textContent.includes('safe on this phone')`)
	do(t, ctx, chromedp.Reload()) // with a connection
	wait(t, ctx, `location.pathname.startsWith('/r/') && document.readyState === 'complete'`)
	got := eval[string](t, ctx, `document.querySelector('main').innerText`)
	for _, want := range []string{"Medicines 1\n", "Aspirin", "Medicines 2\n", "Zinc", "Dizzy", "How bad is it?\nMild"} {
		if !strings.Contains(got, want) {
			t.Errorf("the receipt lacks %q: %s", want, got)
		}
	}
}

func TestPlacesWithoutScripts(t *testing.T) {
	s := start(t, Options{Schemas: shapes(t)})
	ctx := browser(t)
	do(t, ctx, chromedp.EmulateViewport(320, 900), scripts(false), chromedp.Navigate(s.publicURL+"/f/plain/repeats"))
	put(t, ctx, "q.name", "Aspirin")
	do(t, ctx, click(`button[name=add][value=med]`))
	wait(t, ctx, `document.querySelector('[name="q.name~2"]') !== null && document.readyState === 'complete'`)
	// The page opens at the new place.
	if got := eval[string](t, ctx, `document.querySelector(':target legend').textContent + (document.querySelector(':target').getBoundingClientRect().top < innerHeight)`); got != "Medicines 2true" {
		t.Errorf("the page opens at %s", got)
	}
	put(t, ctx, "q.name~2", "Zinc")
	fits(t, ctx, "repeats-plain")
	shoot(t, ctx, "repeats-plain-320")
	do(t, ctx, click(`button[name=drop][value="1 med"]`))
	wait(t, ctx, `document.querySelector('[name="q.name"]').value === 'Zinc' && !document.querySelector('[name="q.name~2"]') && document.readyState === 'complete'`)
	// Enter sends the form, and adds nothing.
	do(t, ctx, click(`input[name="consent"]`))
	put(t, ctx, "q.name", "\r")
	wait(t, ctx, `location.pathname.startsWith('/r/') && document.readyState === 'complete'`)
	if got := eval[string](t, ctx, `document.querySelector('main').innerText`); !strings.Contains(got, "Zinc") {
		t.Errorf("the receipt: %s", got)
	}
}
