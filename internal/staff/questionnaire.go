package staff

import (
	"net/http"
	"time"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/page"
	"github.com/tellback/tellback/internal/preview"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/words"
)

// questionnaire is GET and POST /staff/questionnaire: what a questionnaire would be like here, as the first program that the person
// may see would ask it.
func (h *handler) questionnaire(w http.ResponseWriter, r *http.Request) {
	who, err := h.session(r)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	if r.Method == http.MethodPost {
		if err := h.guard.Check(r); err != nil {
			h.fail(w, r, fault.New(fault.Forbidden, "This came from another site."))
			return
		}
	}
	p := h.first(who)
	if p == nil {
		h.fail(w, r, errNoProgram)
		return
	}
	const path = "/staff/questionnaire"
	frame := page.Page{Home: "/staff"}
	for _, l := range words.Languages() {
		frame.LangLinks = append(frame.LangLinks, page.Link{Text: words.Text(l, "time.language"), URL: path + "?lang=" + l, Lang: l, Current: l == language(r)})
	}
	preview.Page{
		Path: path, PublicURL: h.config.PublicURL, Program: p, Sets: h.catalog.ValueSets(), Now: time.Now(), Frame: frame,
	}.ServeHTTP(w, r)
}

// first is the first program that somebody may see, or nil.
func (h *handler) first(who person) *program.Program {
	for _, p := range h.catalog.Programs() {
		if who.may(p.ID) {
			return p
		}
	}
	return nil
}
