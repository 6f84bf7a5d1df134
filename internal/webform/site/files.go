package site

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tellback/tellback/internal/intake"
	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/report"
	"github.com/tellback/tellback/internal/table"
)

// heldFor is how long the files of a form that has to be sent again are kept for it: a browser chooses no file by itself.
const heldFor = 24 * time.Hour

// gather finds what is in the files that answers speak of, and that neither came just now nor belong to the report already: the form has
// shown them before. Those that are no longer there stay out, and intake says so.
func (h *handler) gather(r *http.Request, a *ask, answers questionnaire.Answers, came questionnaire.Files, known []string) error {
	a.files = questionnaire.Files{}
	looked := 0
	for _, vs := range answers {
		for _, v := range vs {
			f, ok := v.File()
			if !ok || slices.Contains(known, v.Text) {
				continue
			}
			if content, ok := came[v.Text]; ok {
				a.files[v.Text] = content
				continue
			}
			if looked++; looked > questionnaire.MaxFiles { // more than can have been kept
				continue
			}
			content, err := h.held.Held(r.Context(), a.owner, f)
			if errors.Is(err, table.ErrNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			a.files[v.Text] = content
		}
	}
	return nil
}

// letGo forgets all files that are held for a form: the report has them, or nobody wants them. What can't be forgotten now goes away by itself.
func (h *handler) letGo(r *http.Request, a ask) {
	if !filed(a.Questionnaire) {
		return
	}
	if err := h.held.Empty(r.Context(), a.owner, h.now()); err != nil {
		h.log.WarnContext(r.Context(), "a file is held for longer than it need be", "error", err)
	}
}

// sendFile answers with a file of a report, for its owner to keep: never to be shown in the page, whatever it holds.
func (h *handler) sendFile(w http.ResponseWriter, r *http.Request, a ask, rc intake.Receipt) {
	at, nth, _ := strings.Cut(r.URL.Query().Get("file"), ".")
	index, err1 := strconv.Atoi(at)
	n, err2 := strconv.Atoi(nth)
	if all := a.Questionnaire.All(); err1 == nil && err2 == nil && index >= 0 && index < len(all) {
		f, content, err := h.desk.File(r.Context(), rc, all[index].LinkID, n)
		if err != nil {
			h.fail(w, r, err)
			return
		}
		head := w.Header()
		head.Set("Content-Type", f.ContentType)
		head.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%d-%d.%s"`, index+1, n+1, f.Extension()))
		head.Set("Content-Length", strconv.Itoa(len(content)))
		head.Set("Content-Security-Policy", "default-src 'none'; sandbox; frame-ancestors 'none'")
		head.Set("X-Content-Type-Options", "nosniff")
		head.Set("Cross-Origin-Resource-Policy", "same-origin")
		head.Set("Referrer-Policy", "no-referrer")
		head.Set("X-Robots-Tag", "noindex, nofollow")
		head.Set("Cache-Control", "no-store")
		_, _ = w.Write(content)
		return
	}
	h.missing(w, r)
}

// fileLink is where an answer that is a file can be saved; "" for any other.
func fileLink(a ask, rc intake.Receipt, rep report.Report, i *questionnaire.Item, n int) string {
	if i.Type != questionnaire.Attachment || rep.Status != report.Complete {
		return ""
	}
	return "/r/" + string(rc) + "?file=" + strconv.Itoa(i.Place()) + "." + strconv.Itoa(n)
}
