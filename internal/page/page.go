// Package page is the one look of every HTML page: layout, stylesheet, security headers. A page is a single response:
// its style and scripts are inlined and allowed by their hash, and nothing is ever fetched from elsewhere.
package page

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/tellback/tellback/internal/words"
)

// Page is what one page shows. Every text but Main and Footer is escaped.
type Page struct {
	Lang        string // of the page; also gives its direction
	Title       string
	Description string

	Brand string // beside the mark at the top: a program's name; "Tellback" when empty
	Home  string // where the mark leads; nowhere when empty

	Main   template.HTML // inside <main>
	Footer template.HTML // inside <footer>, before the fixed line
	Styles string        // CSS of this page alone, after the shared sheet
	// Scripts are whole ES modules without imports. The page must do its job without them.
	Scripts []string

	Nav       []Link
	LangLinks []Link // the same page in other languages

	Synthetic bool // shows a banner: what is on this page is made up
	NoIndex   bool // asks search engines to stay away
	Wide      bool // for tables and charts rather than reading
	// CacheControl is "no-store" when empty.
	CacheControl string
}

// Link leads somewhere.
type Link struct {
	Text, URL string
	Lang      string // of Text, where it isn't the page's
	Current   bool   // it is this very page
}

//go:embed page.css
var sheet string

//go:embed page.tmpl
var layoutText string

var layout = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("page").Parse(layoutText))
})

// squeezed is the shared sheet without the comments and line breaks that only its authors need.
var squeezed = sync.OnceValue(func() string { return squeeze(sheet) })

// Write answers a request with p.
func Write(w http.ResponseWriter, status int, p Page) {
	v := view{
		Page: p, Dir: Direction(p.Lang), CSS: template.CSS(squeezed() + squeeze(p.Styles)),
		Skip: words.Text(p.Lang, "page.skip"), Languages: words.Text(p.Lang, "page.languages"),
		Pages: words.Text(p.Lang, "page.pages"), Top: words.Text(p.Lang, "page.about"),
	}
	if v.Brand == "" {
		v.Brand = "Tellback"
	}
	if p.Synthetic {
		v.Banner = words.Text(p.Lang, "page.synthetic")
	}
	for _, s := range p.Scripts {
		v.Modules = append(v.Modules, template.JS(strings.ReplaceAll(s, "</", `<\/`)))
	}
	var body bytes.Buffer
	if err := layout().Execute(&body, v); err != nil {
		// The layout is fixed and its fields are strings, so this is unreachable; an empty 500 is better than half a page.
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	h := w.Header()
	Secure(h, string(v.CSS), v.Modules)
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", p.Lang)
	h.Set("Content-Length", strconv.Itoa(body.Len()))
	h.Set("Cache-Control", "no-store")
	if p.CacheControl != "" {
		h.Set("Cache-Control", p.CacheControl)
	}
	if p.NoIndex {
		h.Set("X-Robots-Tag", "noindex, nofollow")
	}
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes())
}

// view is what the layout sees.
type view struct {
	Page
	Dir, Skip, Languages, Pages, Top, Banner string
	CSS                                      template.CSS
	Modules                                  []template.JS
}

// Secure sets the headers that confine a page: only what was sent with it may run, style or be sent.
//
// Referrer-Policy is same-origin and not no-referrer: neither ever shows an address to another site (a receipt's
// address is a secret), but under no-referrer browsers send "Origin: null" with our own forms, and those without
// Sec-Fetch-Site could no longer be told from a forged submission (Fetch, "append a request Origin header").
func Secure(h http.Header, css string, modules []template.JS) {
	script := "'none'"
	if len(modules) > 0 {
		sums := make([]string, len(modules))
		for i, m := range modules {
			sums[i] = hash(string(m))
		}
		script = strings.Join(sums, " ")
	}
	h.Set("Content-Security-Policy", "default-src 'none'; style-src "+hash(css)+"; script-src "+script+
		"; img-src data: 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
}

func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// Direction is the direction in which a language is written: "ltr" or "rtl".
func Direction(lang string) string {
	base, _, _ := strings.Cut(strings.ToLower(lang), "-")
	switch base {
	case "ar", "arc", "ckb", "dv", "fa", "he", "iw", "nqo", "ps", "sd", "ug", "ur", "yi":
		return "rtl"
	}
	return "ltr"
}

// squeeze drops comments and indentation. Our sheets hold no string that looks like a comment.
func squeeze(css string) string {
	var out strings.Builder
	for {
		before, after, found := strings.Cut(css, "/*")
		for line := range strings.Lines(before) {
			out.WriteString(strings.TrimSpace(line))
		}
		if !found {
			return out.String()
		}
		_, css, _ = strings.Cut(after, "*/")
	}
}
