package webform

import (
	"context"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

func TestShots(t *testing.T) {
	w := newTown(t)
	srv := httptest.NewServer(w.handler)
	defer srv.Close()
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.DisableGPU, chromedp.ExecPath("/usr/bin/chromium"))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), opts...)
	defer cancel()
	ctx, cancel = chromedp.NewContext(ctx)
	defer cancel()
	ctx, cancel = context.WithTimeout(ctx, 120*time.Second)
	defer cancel()
	shot := func(name string, width int64, dark bool, acts ...chromedp.Action[chromedp.Void]) {
		scheme := "light"
		if dark {
			scheme = "dark"
		}
		all := []chromedp.Action[chromedp.Void]{chromedp.EmulateViewport(width, 800), chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
			_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
			return err
		})}
		all = append(all, acts...)
		all = append(all, chromedp.Sleep(300*time.Millisecond))
		if err := chromedp.Do(ctx, all...); err != nil {
			t.Fatal(name, err)
		}
		buf, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
		if err != nil {
			t.Fatal(name, err)
		}
		overflow, err := chromedp.Run(ctx, chromedp.Evaluate[int](`document.documentElement.scrollWidth-innerWidth`))
		if err != nil {
			t.Fatal(err)
		}
		if overflow > 0 {
			t.Errorf("%s overflows by %d", name, overflow)
		}
		os.WriteFile("/tmp/shots/"+name+".png", buf, 0o644)
	}
	click := func(sel string) chromedp.Action[chromedp.Void] { return chromedp.Click(chromedp.CSS(sel)) }
	shot("program-320", 320, false, chromedp.Navigate(srv.URL+"/f/river?lang=en"))
	shot("program-1280-dark", 1280, true, chromedp.Navigate(srv.URL+"/f/river?lang=es"))
	shot("form-320", 320, false, chromedp.Navigate(srv.URL+"/f/river/weekly-check-in?lang=en"), click(`#who-0`), click(`[name="q.pain"][value=medium]`))
	shot("every-1280", 1280, false, chromedp.Navigate(srv.URL+"/f/workshop/every-kind?lang=en"), click(`[name="q.pain"][value=mild]`), click(`#who-2`))
	shot("every-320-dark", 320, true, chromedp.Navigate(srv.URL+"/f/workshop/every-kind?lang=es"), click(`[name="q.pain"][value=mild]`), click(`[data-send]`), chromedp.Sleep(800*time.Millisecond))
	shot("receipt-320", 320, false, chromedp.Navigate(srv.URL+"/f/river/weekly-check-in?lang=en"), click(`#who-0`), click(`[name="q.pain"][value=medium]`), click(`[name="q.sleep"][value=well]`), click(`#consent`), click(`[data-send]`), chromedp.Sleep(1500*time.Millisecond))
	shot("receipt-1280-dark", 1280, true)
	shot("withdraw-320", 320, false, click(`.btn.danger`), chromedp.Sleep(500*time.Millisecond))
}
