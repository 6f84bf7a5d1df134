package site

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/language"

	"github.com/tellback/tellback/internal/page"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/webform"
	"github.com/tellback/tellback/internal/words"
)

// show answers with the page that a template makes of v.
func (h *handler) show(w http.ResponseWriter, r *http.Request, status int, p page.Page, name string, v any) {
	main, err := webform.Render(name, v)
	if err != nil {
		h.log.ErrorContext(r.Context(), "page not made", "kind", name, "error", err)
		http.Error(w, "Something went wrong on our side.", http.StatusInternalServerError)
		return
	}
	p.Main, p.Styles = main, webform.Asset("form.css")
	page.Write(w, status, p)
}

// notice answers with a short page of two sentences: form.<key>-title and form.<key>-lead.
func (h *handler) notice(w http.ResponseWriter, r *http.Request, status int, key string) {
	lang := h.language(r, nil)
	h.say(w, r, status, key, words.Text(lang, "form."+key+"-lead"))
}

func (h *handler) say(w http.ResponseWriter, r *http.Request, status int, key, text string) {
	lang := h.language(r, nil)
	title := words.Text(lang, "form."+key+"-title")
	p := page.Page{Lang: lang, Title: title, NoIndex: true}
	h.show(w, r, status, p, "notice", noticeView{Title: title, Text: text})
}

type noticeView struct {
	Title, Text string
	Link        *webform.Link
	Crisis      *webform.Reply
}

// language is what a page speaks: ?lang=, else the best of Accept-Language, else the program's first.
func (h *handler) language(r *http.Request, p *program.Program) string {
	speak := words.Languages()
	if p != nil && len(p.Languages) > 0 {
		speak = p.Languages
	} else if i := slices.Index(speak, words.Default); i > 0 {
		speak = slices.Concat([]string{words.Default}, slices.Delete(slices.Clone(speak), i, i+1))
	}
	if want := r.URL.Query().Get("lang"); slices.Contains(speak, want) {
		return want
	}
	tags := make([]language.Tag, len(speak))
	for i, s := range speak {
		tags[i] = language.Make(s)
	}
	accept := r.Header.Get("Accept-Language")
	if len(accept) > 500 {
		return speak[0]
	}
	wanted, _, err := language.ParseAcceptLanguage(accept)
	if err != nil || len(wanted) == 0 {
		return speak[0]
	}
	_, i, confidence := language.NewMatcher(tags).Match(wanted...)
	if confidence == language.No {
		return speak[0]
	}
	return speak[i]
}

// langLinks are the same page in the program's languages; none when it has one.
func langLinks(p *program.Program, path, lang string) (out []page.Link) {
	if len(p.Languages) < 2 {
		return nil
	}
	join := "?"
	if strings.Contains(path, "?") {
		join = "&"
	}
	for _, l := range p.Languages {
		name := l
		if words.Has(l, "form.language-name") {
			name = words.Text(l, "form.language-name")
		}
		out = append(out, page.Link{Text: name, URL: path + join + "lang=" + l, Lang: l, Current: l == lang})
	}
	return out
}

// frame is what all pages of a program share.
func frame(p *program.Program, lang, title, path string) page.Page {
	name := p.Name.In(lang)
	return page.Page{
		Lang: lang, Title: words.Text(lang, "form.title-suffix", "title", title, "program", name),
		Brand: name, Home: "/f/" + p.ID + "?lang=" + lang, LangLinks: langLinks(p, path, lang),
	}
}

// program is GET /f/{program}: what this is, what there is to tell, who sees it.
func (h *handler) program(w http.ResponseWriter, r *http.Request) {
	p := h.catalog.Program(r.PathValue("program"))
	if p == nil {
		h.missing(w, r)
		return
	}
	h.showProgram(w, r, http.StatusOK, p)
}

type programView struct {
	webform.Speech
	Title, Purpose, By, Join, Help, Learn string
	Closed                                bool
	Consent                               []webform.Paragraph
	Forms                                 []formLink
}

type formLink struct {
	URL, Title, Description, Size string
	For                           []string
}

func (h *handler) showProgram(w http.ResponseWriter, r *http.Request, status int, p *program.Program) {
	lang := h.language(r, p)
	s := webform.Speech{Lang: lang}
	v := programView{
		Speech: s, Title: p.Name.In(lang), Purpose: p.Purpose.In(lang), Consent: webform.Paragraphs(p.Consent.Text.In(lang)), Help: p.Help.In(lang),
		By: s.T("by", "organizer", p.Organizer.In(lang)), Closed: !p.OpenForm, Learn: "/learn/" + p.ID + "?lang=" + lang,
	}
	if len(p.JoinWords) > 0 {
		v.Join = s.T("closed-text", "word", strings.ToUpper(p.JoinWords[0]))
	}
	for _, id := range offered(p) {
		q, use := h.catalog.Used(p, id)
		if q == nil {
			continue
		}
		f := formLink{
			URL: "/f/" + p.ID + "/" + q.ID + "?lang=" + lang, Title: q.Title.In(lang), Description: q.Description.In(lang), Size: size(s, q),
		}
		for _, who := range webform.Whos(p, use) {
			f.For = append(f.For, s.T("for-"+who))
		}
		v.Forms = append(v.Forms, f)
	}
	pg := frame(p, lang, v.Title, "/f/"+p.ID)
	pg.Title, pg.Description, pg.CacheControl = v.Title, v.Purpose, "private, no-cache"
	h.show(w, r, status, pg, "program", v)
}

// offered are the questionnaires that a program's page lists.
func offered(p *program.Program) (ids []string) {
	for _, u := range p.Uses {
		ids = append(ids, u.Questionnaire)
	}
	if p.Story != "" && !slices.Contains(ids, p.Story) {
		ids = append(ids, p.Story)
	}
	return ids
}

// size says how much a questionnaire asks: questions, and minutes at about 15 seconds for a tap and a minute for words.
func size(s webform.Speech, q *questionnaire.Questionnaire) string {
	count, seconds := 0, 0
	for _, i := range q.All() {
		if !webform.Asked(i) || i.Origin != i {
			continue
		}
		count++
		seconds += 15
		if i.Type == questionnaire.Text {
			seconds += 45
		}
	}
	one := func(key string, n int) string {
		if n == 1 {
			return s.T(key + "-one")
		}
		return s.T(key, "count", strconv.Itoa(n))
	}
	return one("questions", count) + ", " + one("minutes", max(1, (seconds+30)/60))
}
