package staff

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/tellback/tellback/internal/export"
	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/release"
)

// export is GET /v1/programs/{program}/export?period=&questionnaire=&by=&format=. Without a period it gives the newest release.
func (h *handler) export(w http.ResponseWriter, r *http.Request) {
	body, format, rel, err := h.exported(r)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	digest := sha256.Sum256(body)
	head := w.Header()
	// The entity tag names the very bytes; of the JSON format these are the sealed ones, so that it equals the seal.
	head.Set("ETag", `"`+hex.EncodeToString(digest[:])+`"`)
	head.Set("Content-Digest", "sha-256=:"+base64.StdEncoding.EncodeToString(digest[:])+":") // RFC 9530
	head.Set("Tellback-Seal", rel.Seal)
	head.Set("Cache-Control", "private, no-cache")
	head.Set("Vary", "Authorization, Cookie")
	head.Set("X-Content-Type-Options", "nosniff")
	if strings.Contains(r.Header.Get("If-None-Match"), head.Get("ETag")) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	head.Set("Content-Type", format.ContentType())
	head.Set("Content-Length", strconv.Itoa(len(body)))
	head.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%s-%s.%s"`, rel.Program, rel.Period.ID, format))
	if r.Method == http.MethodHead {
		return
	}
	_, _ = w.Write(body)
}

func (h *handler) exported(r *http.Request) (body []byte, f export.Format, rel release.Release, err error) {
	who, err := h.authenticated(r)
	if err != nil {
		return nil, f, rel, err
	}
	id := r.PathValue("program")
	if !who.may(id) {
		return nil, f, rel, fault.New(fault.Forbidden, "You are signed in, but not as staff of this program. Ask its administrator for the role "+Role+".")
	}
	if h.catalog.Program(id) == nil {
		return nil, f, rel, fault.New(fault.NotFound, "There is no program of that name.")
	}
	q, err := fault.Query(r, "period", "questionnaire", "by", "format")
	if err != nil {
		return nil, f, rel, err
	}
	if f, err = export.Parse(q.Get("format")); err != nil {
		return nil, f, rel, err
	}
	rel, sealed, err := h.find(r, id, q.Get("period"))
	if err != nil {
		return nil, f, rel, err
	}
	body, err = export.Write(rel, sealed, export.Selection{Questionnaire: q.Get("questionnaire"), By: q.Get("by")}, f)
	return body, f, rel, err
}

// find opens the release of a period, or the newest one.
func (h *handler) find(r *http.Request, program, period string) (release.Release, []byte, error) {
	entries, err := h.records.Entries(r.Context(), program)
	if err != nil {
		return release.Release{}, nil, err
	}
	for _, e := range entries {
		if period == "" || e.Period == period {
			return h.records.Open(r.Context(), program, e.Number)
		}
	}
	if period == "" {
		return release.Release{}, nil, fault.New(fault.NotFound, "Nothing has been released yet.")
	}
	return release.Release{}, nil, fault.New(fault.NotFound, "There is no release of that period. A period is released some days after its end.")
}
