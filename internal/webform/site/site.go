// Package site serves the mobile form: what a program asks, the form itself, and the receipt that a person reads, corrects
// and takes back.
package site

import (
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/tellback/tellback/internal/attachment"
	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/intake"
	"github.com/tellback/tellback/internal/participant"
	"github.com/tellback/tellback/internal/personal"
	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/program"
)

// maxBody is the most that a form may send: every text item of a long questionnaire filled to the brim.
const maxBody = 256 << 10

type handler struct {
	desk     *intake.Desk
	registry *participant.Registry
	catalog  *program.Catalog
	keys     *phi.Keys
	now      func() time.Time
	random   io.Reader
	log      *slog.Logger
	guard    *http.CrossOriginProtection
	links    *personal.Links
	held     *attachment.Shelf
}

// New serves /f/{program}, /f/{program}/{questionnaire}, /p/{token} and /r/{receipt}. random is where submission ids come from.
func New(desk *intake.Desk, registry *participant.Registry, links *personal.Links, catalog *program.Catalog, keys *phi.Keys,
	now func() time.Time, random io.Reader, log *slog.Logger,
) http.Handler {
	h := &handler{desk, registry, catalog, keys, now, random, log, http.NewCrossOriginProtection(), links, &attachment.Shelf{People: links.People, Keys: keys}}
	mux := http.NewServeMux()
	mux.HandleFunc("/f/{program}", h.only(h.program, http.MethodGet))
	mux.HandleFunc("/f/{program}/{$}", h.only(h.program, http.MethodGet))
	mux.HandleFunc("/f/{program}/{questionnaire}", h.only(h.form, http.MethodGet, http.MethodPost))
	mux.HandleFunc("/p/{token}", h.only(h.personal, http.MethodGet, http.MethodPost))
	mux.HandleFunc("/r/{receipt}", h.only(h.receipt, http.MethodGet, http.MethodPost))
	mux.HandleFunc("/", h.missing)
	return mux
}

// only lets a request through whose method is allowed (HEAD counts as GET) and that no other site forged.
func (h *handler) only(next http.HandlerFunc, methods ...string) http.HandlerFunc {
	allow := "GET, HEAD"
	if len(methods) > 1 {
		allow = "GET, HEAD, POST"
	}
	return func(w http.ResponseWriter, r *http.Request) {
		switch r.Method {
		case http.MethodGet, http.MethodHead:
			next(w, r)
		case http.MethodPost:
			if len(methods) == 1 {
				break
			}
			if err := h.guard.Check(r); err != nil {
				h.notice(w, r, http.StatusForbidden, "cross")
				return
			}
			next(w, r)
			return
		case http.MethodOptions:
			w.Header().Set("Allow", allow)
			w.WriteHeader(http.StatusNoContent)
			return
		}
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", allow)
			h.notice(w, r, http.StatusMethodNotAllowed, "method")
		}
	}
}

// missing is the one page for everything that isn't there, so that a guess learns nothing.
func (h *handler) missing(w http.ResponseWriter, r *http.Request) {
	h.notice(w, r, http.StatusNotFound, "missing")
}

// fail answers with a page for err: what may be said of it, nothing else. It logs what is our fault, once.
func (h *handler) fail(w http.ResponseWriter, r *http.Request, err error) {
	kind := fault.KindOf(err)
	switch kind {
	case fault.NotFound:
		h.missing(w, r)
	case fault.TooLarge:
		h.notice(w, r, kind.Status(), "large")
	case fault.Internal, fault.Unavailable:
		h.log.ErrorContext(r.Context(), "form failed", "kind", kind.Status(), "error", err)
		if kind == fault.Unavailable {
			w.Header().Set("Retry-After", "5")
		}
		h.notice(w, r, kind.Status(), "trouble")
	default:
		text, _ := fault.Public(err)
		h.say(w, r, kind.Status(), "refused", text)
	}
}

// submissionID makes a fresh one: 26 characters of [a-z2-9].
func (h *handler) submissionID() (string, error) {
	seed := make([]byte, 16)
	if _, err := io.ReadFull(h.random, seed); err != nil {
		return "", fault.Wrap(fault.Internal, err, "no randomness")
	}
	return h.keys.Pseudonym("submission", string(seed)), nil
}
