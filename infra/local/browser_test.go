package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// browser starts Chromium. It is needed, not optional: infra/tools/setup installs it.
func browser(t *testing.T) context.Context {
	t.Helper()
	path := ""
	for _, name := range []string{os.Getenv("TELLBACK_CHROMIUM"), "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if found, err := exec.LookPath(name); name != "" && err == nil {
			path = found
			break
		}
	}
	if path == "" {
		t.Fatal("no Chromium: run infra/tools/setup, or name one in TELLBACK_CHROMIUM")
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.DisableGPU, chromedp.ExecPath(path),
		chromedp.Flag("disable-quic", true), chromedp.Flag("no-first-run", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), opts...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 3*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

type act = chromedp.Action[chromedp.Void]

func do(t *testing.T, ctx context.Context, acts ...act) {
	t.Helper()
	if err := chromedp.Do(ctx, acts...); err != nil {
		t.Fatal(err)
	}
}

func eval[T any](t *testing.T, ctx context.Context, expression string) T {
	t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// wait waits until an expression holds in the page, at most ten seconds.
func wait(t *testing.T, ctx context.Context, expression string) {
	t.Helper()
	for range 200 {
		if v, err := chromedp.Run(ctx, chromedp.Evaluate[bool](expression)); err == nil && v {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("never true: %s (at %s)", expression, eval[string](t, ctx, `location.pathname`))
}

func click(selector string) act { return chromedp.Click(chromedp.CSS(selector)) }

func dark(on bool) act {
	scheme := map[bool]string{false: "light", true: "dark"}[on]
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
		return err
	})
}

func scripts(on bool) act {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on})
		return err
	})
}

// look judges the page that is open: nothing wider than the screen, and nothing that axe-core finds wrong (WCAG 2.2 AA).
// With TELLBACK_SHOTS it leaves a picture there.
func look(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	// A finger needs 44 px. Links within a sentence are excepted, as WCAG 2.5.8 does.
	if small := eval[string](t, ctx, `[...document.querySelectorAll('a, button, summary')].filter((e) => {
		const box = e.getBoundingClientRect();
		const within = getComputedStyle(e).display === 'inline' && e.parentElement.textContent.trim() !== e.textContent.trim();
		return box.width > 1 && box.height > 1 && box.height < 43.5 && !within;
	}).map((e) => e.textContent.trim() + ' ' + e.getBoundingClientRect().height).join('; ')`); small != "" {
		t.Errorf("%s has targets that are too small: %s", name, small)
	}
	fits(t, ctx, name)
	axe, err := os.ReadFile(filepath.Join("..", "tools", "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		t.Fatalf("axe-core is missing: run infra/tools/setup (%v)", err)
	}
	// The page's own policy forbids foreign scripts, so axe comes in through the debugger.
	_ = eval[bool](t, ctx, string(axe)+";true")
	_ = eval[bool](t, ctx, `window.found = null; axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}).then((r) => { window.found = JSON.stringify(r.violations.map((v) => [v.id, v.help, v.nodes[0].html.slice(0, 160)])); }); true`)
	wait(t, ctx, `window.found !== null`)
	var violations [][]string
	if err := json.Unmarshal([]byte(eval[string](t, ctx, `window.found`)), &violations); err != nil {
		t.Fatal(err)
	}
	for _, v := range violations {
		t.Errorf("%s: %s", name, strings.Join(v, ": "))
	}
	shoot(t, ctx, name)
}

// shoot leaves a picture of the page that is open where TELLBACK_SHOTS says.
func shoot(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	if dir := os.Getenv("TELLBACK_SHOTS"); dir != "" {
		png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600)
		}
		if err != nil {
			t.Error(err)
		}
	}
}

// fits says that nothing is wider than the screen: all that can be judged of a page without scripts, in which axe can't run.
func fits(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	if wide := eval[int](t, ctx, `document.documentElement.scrollWidth - innerWidth`); wide > 0 {
		t.Errorf("%s is %d px wider than the screen", name, wide)
	}
}

func TestEveryPageOnAPhoneAndOnADesk(t *testing.T) {
	s := start(t, Options{})
	ctx := browser(t)
	for _, size := range []struct {
		width int64
		dark  bool
	}{{320, false}, {1280, true}} {
		do(t, ctx, chromedp.EmulateViewport(size.width, 900), dark(size.dark))
		for _, p := range []struct{ name, path string }{
			{"home", "/"}, {"phone", "/phone"}, {"clock", "/dev/clock"}, {"program", "/f/river?lang=en"}, {"programa", "/f/river?lang=es"},
			{"form", "/f/river/weekly-check-in?lang=en"}, {"formulario", "/f/river/care-experience?lang=es"}, {"learn-empty", "/learn/river"},
			{"staff", "/staff"}, {"missing", "/r/nothing"},
		} {
			do(t, ctx, chromedp.Navigate(s.publicURL+p.path))
			look(t, ctx, fmt.Sprintf("%s-%d", p.name, size.width))
		}
	}
}

func TestAFormWithAndWithoutScripts(t *testing.T) {
	s := start(t, Options{})
	ctx := browser(t)
	for _, on := range []bool{true, false} {
		name := map[bool]string{true: "scripts", false: "plain"}[on]
		do(t, ctx, chromedp.EmulateViewport(320, 900), scripts(on), chromedp.Navigate(s.publicURL+"/f/river/weekly-check-in?lang=en"))
		// Nothing filled in: the page says what is missing, and keeps what was chosen.
		do(t, ctx, click(`input[name="q.pain"][value="medium"]`), click(`main form button[type=submit]`))
		wait(t, ctx, `document.querySelector('.err') !== null && document.readyState === 'complete'`)
		wait(t, ctx, `document.querySelector('input[name="q.pain"][value="medium"]').checked`)
		if on {
			look(t, ctx, "form-errors-320")
		}
		do(t, ctx, click(`input[name="who"][value="patient"]`), click(`input[name="q.sleep"][value="well"]`), click(`input[name="consent"]`), click(`main form button[type=submit]`))
		wait(t, ctx, `location.pathname.startsWith('/r/') && document.readyState === 'complete'`)
		if on {
			look(t, ctx, "receipt-320")
		}
		if got := eval[string](t, ctx, `document.querySelector('main').innerText`); !strings.Contains(got, "Medium") {
			t.Errorf("%s: the receipt does not show the answer: %s", name, got)
		}
	}
	do(t, ctx, scripts(true))
	if v := ledgerView(t, s, "yes"); v.Reports != 2 || !v.Equal {
		t.Errorf("two forms made %d reports", v.Reports)
	}
}

func TestThePhoneInABrowser(t *testing.T) {
	s := start(t, Options{})
	ctx := browser(t)
	do(t, ctx, chromedp.EmulateViewport(320, 900), chromedp.Navigate(s.publicURL+"/phone"))
	for n, words := range []string{"RIVER", "YES", "1"} {
		_ = eval[bool](t, ctx, fmt.Sprintf(`document.getElementById('body').value = %q; document.getElementById('send').requestSubmit(); true`, words))
		wait(t, ctx, fmt.Sprintf(`document.querySelectorAll('#texts .sent').length === %d && document.querySelectorAll('#texts .got').length >= %d`, n+1, n+1))
	}
	look(t, ctx, "phone-talking-320")
	if got := eval[string](t, ctx, `document.getElementById('in').textContent`); got == "0" {
		t.Error("the phone counts no segments")
	}
}
