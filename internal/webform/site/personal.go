package site

import (
	"net/http"
	"slices"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/page"
	"github.com/tellback/tellback/internal/personal"
	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/webform"
	"github.com/tellback/tellback/internal/words"
)

// personal is /p/{token}: the one question that a conversation by text waits for. Opening it uses nothing up.
func (h *handler) personal(w http.ResponseWriter, r *http.Request) {
	token := r.PathValue("token")
	if !webform.Name26(token) {
		h.missing(w, r)
		return
	}
	link, err := h.links.Read(r.Context(), token)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	a, i := h.askFor(r, link)
	c, err := h.registry.ContactOf(r.Context(), link.Conversation)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		h.fail(w, r, err)
		return
	}
	switch {
	case i == nil: // its program or questionnaire was taken out of the installation
		h.missing(w, r)
	case link.State == personal.Closed:
		h.closed(w, r, a, "link-closed")
	case c.Stopped: // nothing is taken of them, and no text is promised, until they text START
		h.closed(w, r, a, "link-stopped")
	case r.Method == http.MethodPost:
		h.fill(w, r, a, i, token)
	case link.State == personal.Filled && !r.URL.Query().Has("change"):
		h.thanks(w, r, a, token)
	default:
		h.showQuestion(w, r, http.StatusOK, a, i, token, nil)
	}
}

// askFor is the form that a link is about and its question, as it is asked, in the language of ?lang= or else of the conversation.
func (h *handler) askFor(r *http.Request, link personal.Link) (ask, *questionnaire.Item) {
	p, q := h.catalog.Program(link.Program), h.catalog.Questionnaire(link.Questionnaire, link.Version)
	if p == nil || q == nil || q.Item(link.Item) == nil {
		return ask{}, nil
	}
	_, use := h.catalog.Used(p, link.Questionnaire)
	a := ask{Form: webform.Form{Program: p, Questionnaire: q, Use: use, Lang: link.Language}}
	if want := r.URL.Query().Get("lang"); slices.Contains(p.Languages, want) {
		a.Lang = want
	}
	i := *q.Item(link.Item)
	if link.Text != "" {
		i.Text = questionnaire.Localized{link.Language: link.Text}
	}
	return a, &i
}

// fill takes what was sent, and leaves it where the conversation finds it.
func (h *handler) fill(w http.ResponseWriter, r *http.Request, a ask, i *questionnaire.Item, token string) {
	v, ok := h.values(w, r, true)
	if !ok {
		return
	}
	files := questionnaire.Files{} // of the one control of this page; any other part is nothing to us
	var values []questionnaire.Value
	for _, text := range v.Values["q."+i.LinkID] {
		if text != "" {
			values = append(values, questionnaire.Value{Type: questionnaire.Attachment, Text: text})
			if content, came := v.files[text]; came {
				files[text] = content
			}
		}
	}
	a.crisis = h.desk.Despair(r.Context(), a.Program, a.Lang, "link:"+token, files.Texts()...)
	must := *i
	must.Required = true // whoever opens the link has something to send; SKIP is for the others
	wrong := sentencesOf(a, &must, values, files)
	if len(wrong) > 0 {
		h.showQuestion(w, r, http.StatusUnprocessableEntity, a, i, token, wrong)
		return
	}
	err := h.links.Fill(r.Context(), token, values, files)
	switch {
	case err == nil:
		to := "/p/" + token + "?lang=" + a.Lang
		if a.crisis != "" {
			to += "&crisis"
		}
		w.Header().Set("Cache-Control", "no-store")
		http.Redirect(w, r, to, http.StatusSeeOther)
	case fault.KindOf(err) == fault.Conflict:
		h.closed(w, r, a, "link-closed")
	default:
		h.fail(w, r, err)
	}
}

// sentencesOf is what is wrong with files that were sent, in words.
func sentencesOf(a ask, i *questionnaire.Item, values []questionnaire.Value, files questionnaire.Files) (wrong []string) {
	issues := a.Questionnaire.Check(i, values)
	bytes := 0
	for _, v := range values {
		f, _ := v.File()
		bytes += f.Size
		if _, came := files[v.Text]; len(issues) == 0 && !came {
			issues = append(issues, questionnaire.MissingFile(i))
		}
	}
	if len(issues) == 0 && (bytes > questionnaire.MaxFile || len(values) > questionnaire.MaxFiles) {
		issues = append(issues, questionnaire.TooManyFiles(i))
	}
	for _, is := range issues {
		wrong = append(wrong, questionnaire.Explain(is, i, a.Lang))
	}
	return wrong
}

func (h *handler) showQuestion(w http.ResponseWriter, r *http.Request, status int, a ask, i *questionnaire.Item, token string, wrong []string) {
	v := a.Question("/p/"+token, i, webform.State{}, wrong)
	v.Crisis = a.reply()
	pg := h.private(a, v.Title, "/p/"+token)
	pg.Scripts = v.Scripts()
	h.show(w, r, status, pg, "form", v)
}

// private is a page that nobody but who has its address should find.
func (h *handler) private(a ask, title, path string) page.Page {
	pg := frame(a.Program, a.Lang, title, path)
	pg.NoIndex, pg.Home = true, "" // whoever comes by a text goes on by text
	return pg
}

type thanksView struct {
	webform.Speech
	Title, Text, Change string
	Crisis              *webform.Reply
}

func (h *handler) thanks(w http.ResponseWriter, r *http.Request, a ask, token string) {
	if r.URL.Query().Has("crisis") {
		a.crisis = a.Lang
	}
	s := webform.Speech{Lang: a.Lang}
	pg := h.private(a, s.T("link-thanks-title"), "/p/"+token)
	h.show(w, r, http.StatusOK, pg, "thanks", thanksView{
		Speech: s, Title: s.T("link-thanks-title"), Text: s.T("link-thanks-lead"), Change: "/p/" + token + "?change&lang=" + a.Lang, Crisis: a.reply(),
	})
}

// closed is the page of a link that takes nothing now, in the words of key.
func (h *handler) closed(w http.ResponseWriter, r *http.Request, a ask, key string) {
	title := words.Text(a.Lang, "form."+key+"-title")
	pg := h.private(a, title, r.URL.Path)
	h.show(w, r, http.StatusGone, pg, "notice", noticeView{Title: title, Text: words.Text(a.Lang, "form."+key+"-lead")})
}
