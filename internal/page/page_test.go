package page

import (
	"html/template"
	"math"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/tellback/tellback/internal/page/pagetest"
)

func TestWrite(t *testing.T) {
	for _, c := range []struct {
		name     string
		p        Page
		want     []string
		wantNot  []string
		wantHead map[string]string
	}{
		{
			name: "plain", p: Page{Lang: "en", Title: "Hello", Main: "<h1>Hello</h1>"},
			want:     []string{`<html lang="en" dir="ltr">`, "<title>Hello</title>", `href="#main"`},
			wantNot:  []string{"<script", "banner\"", "noindex"},
			wantHead: map[string]string{"Cache-Control": "no-store", "Referrer-Policy": "same-origin", "X-Content-Type-Options": "nosniff"},
		},
		{
			name: "everything", p: Page{
				Lang: "ar", Title: `<"&>`, Description: "d", Brand: "B", Home: "/f/b", Main: "<h1>x</h1>", Footer: "<p>f</p>",
				Styles: ".x{color:red}", Scripts: []string{"const a = 1 < 2 && '</script>'", "let b"},
				Nav: []Link{{Text: "One", URL: "/one", Current: true}}, LangLinks: []Link{{Text: "English", URL: "?lang=en", Lang: "en"}},
				Synthetic: true, NoIndex: true, CacheControl: "private, no-cache",
			},
			want:     []string{`dir="rtl"`, "&lt;&#34;&amp;&gt;", `aria-current="page"`, `lang="en"`, `class="banner"`},
			wantNot:  []string{`'</script>'`},
			wantHead: map[string]string{"Cache-Control": "private, no-cache", "X-Robots-Tag": "noindex, nofollow"},
		},
		{
			name: "hostile links", p: Page{Lang: "en", Title: "t", Main: "<h1>x</h1>", Home: `/"><script>`},
			wantNot: []string{"<script>"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := httptest.NewRecorder()
			Write(w, 200, c.p)
			body := w.Body.String()
			for _, f := range pagetest.Faults(w.Header(), body) {
				t.Error(f)
			}
			for _, s := range c.want {
				if !strings.Contains(body, s) {
					t.Errorf("lacks %q", s)
				}
			}
			for _, s := range c.wantNot {
				if strings.Contains(body, s) {
					t.Errorf("has %q", s)
				}
			}
			for k, v := range c.wantHead {
				if got := w.Header().Get(k); got != v {
					t.Errorf("%s: got %q, want %q", k, got, v)
				}
			}
			if got := w.Header().Get("Content-Length"); got != strconv.Itoa(len(body)) {
				t.Errorf("Content-Length %s of %d bytes", got, len(body))
			}
		})
	}
}

func TestFaultsBites(t *testing.T) {
	for name, main := range map[string]template.HTML{
		"unclosed":       "<h1>x</h1><p>",
		"unlabelled":     `<h1>x</h1><input type="text" name="a" id="a">`,
		"dangling":       `<h1>x</h1><a href="#nowhere">x</a>`,
		"twice":          `<h1 id="a">x</h1><p id="a">x</p>`,
		"no legend":      `<h1>x</h1><fieldset><p>x</p></fieldset>`,
		"inline style":   `<h1 style="color:red">x</h1>`,
		"inline handler": `<h1 onclick="x()">x</h1>`,
		"foreign image":  `<h1>x</h1><img src="https://example.org/x.png" alt="x">`,
		"foreign script": `<h1>x</h1><script>x()</script>`,
		"no heading":     `<p>x</p>`,
		"dropped name":   `<h1>x</h1><p data-say-ZgotmplZ="x">x</p>`,
		"dropped text":   `<h1>x</h1><p>ZgotmplZ</p>`,
		"skipped level":  `<h1>x</h1><h3>x</h3>`,
		"loose radio":    `<h1>x</h1><label><input type="radio" name="a">x</label>`,
	} {
		t.Run(name, func(t *testing.T) {
			w := httptest.NewRecorder()
			Write(w, 200, Page{Lang: "en", Title: "t", Main: main})
			if got := pagetest.Faults(w.Header(), w.Body.String()); len(got) == 0 {
				t.Error("found nothing wrong")
			}
		})
	}
}

func TestSheetIsSmallAndFetchesNothing(t *testing.T) {
	css := squeezed()
	if len(css) > 12<<10 {
		t.Errorf("%d bytes; the limit is 12 KiB", len(css))
	}
	for _, s := range []string{"url(", "@import", "http:", "https:", "<"} {
		if strings.Contains(css, s) {
			t.Errorf("has %q", s)
		}
	}
	if strings.Count(css, "{") != strings.Count(css, "}") {
		t.Error("braces don't match")
	}
}

// WCAG 2.2, 1.4.3 and 1.4.11: text 4.5:1, boundaries of controls and focus 3:1.
func TestContrast(t *testing.T) {
	light, dark, ok := strings.Cut(sheet, "@media (prefers-color-scheme:dark)")
	if !ok {
		t.Fatal("no dark scheme")
	}
	dark, _, _ = strings.Cut(dark, "}}")
	vars := regexp.MustCompile(`--([a-z-]+):(#[0-9a-f]{3,6})\b`)
	for scheme, css := range map[string]string{"light": light, "dark": dark} {
		color := map[string]string{}
		for _, m := range vars.FindAllStringSubmatch(css, -1) {
			color[m[1]] = m[2]
		}
		for _, c := range []struct {
			fg, bgs string
			least   float64
		}{
			{"ink", "paper card sunk brand-soft warm-soft bad-soft", 7},
			{"soft", "paper card sunk", 4.5},
			{"link", "paper card sunk brand-soft", 4.5},
			{"brand", "paper card brand-soft", 4.5},
			{"brand-ink", "brand", 4.5},
			{"warm", "paper card warm-soft", 4.5},
			{"bad", "paper card bad-soft", 4.5},
			{"card", "bad", 4.5},
			{"edge", "paper card", 3},
			{"focus", "paper card brand-soft", 3},
		} {
			for bg := range strings.FieldsSeq(c.bgs) {
				if got := contrast(t, color[c.fg], color[bg]); got < c.least {
					t.Errorf("%s: %s on %s is %.2f:1, below %.1f:1", scheme, c.fg, bg, got, c.least)
				}
			}
		}
	}
}

func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + .05) / (min(x, y) + .05)
}

func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	hex = strings.TrimPrefix(hex, "#")
	if len(hex) == 3 {
		hex = string([]byte{hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]})
	}
	n, err := strconv.ParseUint(hex, 16, 32)
	if err != nil || len(hex) != 6 {
		t.Fatalf("color %q: %v", hex, err)
	}
	var sum float64
	for i, weight := range []float64{.2126, .7152, .0722} {
		v := float64(n>>(16-8*i)&255) / 255
		if v <= .04045 {
			v /= 12.92
		} else {
			v = math.Pow((v+.055)/1.055, 2.4)
		}
		sum += weight * v
	}
	return sum
}
