package preview

import (
	"cmp"
	"embed"
	"encoding/base64"
	"encoding/json"
	"errors"
	"html/template"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/page"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/webform"
	"github.com/tellback/tellback/internal/words"
)

const (
	maxBody  = 8 << 20 // bytes of an upload
	maxFiles = 20
	maxAgain = 1 << 20 // bytes of documents that a page hands back, to show them in another language
)

//go:embed web
var assets embed.FS

var templates = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("preview").ParseFS(assets, "web/preview.tmpl"))
})

func asset(name string) string {
	b, _ := assets.ReadFile("web/" + name) // embedded: it is there
	return string(b)
}

// Page is the page where a questionnaire is dropped: GET shows a form, POST what there is to say of what came with it. Whoever
// serves it has asked who is there, and whether the request was forged.
type Page struct {
	Path      string // of the page
	PublicURL string // of the installation
	Program   *program.Program
	Sets      *questionnaire.ValueSets // a copy that the page may add to
	Now       time.Time
	Frame     page.Page // what all pages of whoever serves it share
}

// ServeHTTP answers a GET or a POST.
func (p Page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	lang := words.Match(r.URL.Query().Get("lang"), r.Header.Get("Accept-Language"))
	v := view{speech: speech{lang}, Path: p.Path + "?lang=" + lang, Speaks: words.Languages()}
	if r.Method != http.MethodPost {
		p.show(w, http.StatusOK, v)
		return
	}
	o, key := read(w, r)
	switch key {
	case "":
	case "error-large":
		v.Error = v.T(key)
		p.show(w, http.StatusRequestEntityTooLarge, v)
		return
	case "error-media":
		v.Error = v.T(key)
		p.show(w, http.StatusUnsupportedMediaType, v)
		return
	default:
		v.Error = v.T(key, "count", number(maxFiles))
		p.show(w, http.StatusBadRequest, v)
		return
	}
	o.Lang = cmp.Or(o.Lang, lang)
	m := Maker{Program: p.Program, Sets: p.Sets, Public: p.PublicURL, Now: p.Now}
	look := m.Look(r.Context(), o)
	v.fill(look, again(o))
	if len(look.Refusals) > 0 {
		p.show(w, look.Kind.Status(), v)
		return
	}
	p.show(w, http.StatusOK, v)
}

func (p Page) show(w http.ResponseWriter, status int, v view) {
	var main strings.Builder
	if err := templates().ExecuteTemplate(&main, "preview", v); err != nil {
		fault.WriteProblem(w, err)
		return
	}
	f := p.Frame
	f.Lang, f.Title, f.NoIndex, f.Wide = v.Lang, v.T("title"), true, true
	f.Main, f.Styles = template.HTML(main.String()), webform.Asset("form.css")+asset("preview.css") //nolint:gosec // made by html/template
	f.Scripts = []string{asset("preview.js")}
	page.Write(w, status, f)
}

// read is what was dropped, or the key of the sentence that says what to do. It holds everything in memory: nothing of it may
// come to lie in a file.
func read(w http.ResponseWriter, r *http.Request) (o Offer, key string) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	form, err := r.MultipartReader()
	if err != nil {
		return o, "error-media"
	}
	var docs [][]byte
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		var raw []byte
		if err == nil {
			raw, err = io.ReadAll(part)
		}
		var large *http.MaxBytesError
		switch {
		case errors.As(err, &large):
			return o, "error-large"
		case err != nil:
			return o, "error-broken"
		case part.FormName() == "speak":
			o.Lang = string(raw)
			continue
		}
		if raw = decoded(part, raw); len(raw) == 0 {
			continue // a field that was left empty
		}
		if docs = append(docs, raw); len(docs) > maxFiles {
			return o, "error-many"
		}
	}
	if len(docs) == 0 {
		return o, "error-empty"
	}
	o.Document, o.Sets = sort(docs)
	return o, ""
}

// decoded is the document that a part holds; nil where it isn't one.
func decoded(part *multipart.Part, raw []byte) []byte {
	switch part.FormName() {
	case "file":
		return raw
	case "text":
		return []byte(strings.TrimSpace(string(raw)))
	case "again":
		doc, _ := base64.StdEncoding.DecodeString(string(raw))
		return doc
	}
	return nil
}

// sort finds the questionnaire among documents; the others are value sets, hopefully.
func sort(docs [][]byte) (q []byte, sets [][]byte) {
	at := 0
	for n, doc := range docs {
		var head struct{ ResourceType any }
		if json.Unmarshal(doc, &head) == nil && head.ResourceType == "Questionnaire" {
			at = n
			break
		}
	}
	for n, doc := range docs {
		if n != at {
			sets = append(sets, doc)
		}
	}
	return docs[at], sets
}

// again are the documents as the page hands them back, so that another language needs no second upload; nil when they are large.
func again(o Offer) (out []string) {
	size := len(o.Document)
	for _, doc := range o.Sets {
		size += len(doc)
	}
	if size > maxAgain {
		return nil
	}
	for _, doc := range append([][]byte{o.Document}, o.Sets...) {
		out = append(out, base64.StdEncoding.EncodeToString(doc))
	}
	return out
}
