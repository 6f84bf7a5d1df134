// Package api is the programs' JSON and FHIR surface: systems send reports on people's behalf and read what is asked.
package api

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/intake"
	"github.com/tellback/tellback/internal/participant"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/questionnaire"
)

// maxBody is the most that one report may be: files in base64, and words. Once more in base64, as an event brings what isn't plain JSON,
// it is just below the 6 MB that a function is given.
const maxBody = 4<<20 + 256<<10

const fhirType = "application/fhir+json"

type handler struct {
	desk     *intake.Desk
	registry *participant.Registry
	catalog  *program.Catalog
	clients  Clients
	now      func() time.Time
}

// New serves POST /v1/programs/{program}/reports and GET /v1/programs/{program}/questionnaires[/{id}].
func New(desk *intake.Desk, registry *participant.Registry, catalog *program.Catalog, clients Clients,
	now func() time.Time,
) http.Handler {
	h := &handler{desk, registry, catalog, clients, now}
	mux := http.NewServeMux()
	mux.HandleFunc("/v1/programs/{program}/reports", h.serve("POST, OPTIONS", h.reports))
	mux.HandleFunc("/v1/programs/{program}/questionnaires", h.serve("GET, HEAD, OPTIONS", h.list))
	mux.HandleFunc("/v1/programs/{program}/questionnaires/{id}", h.serve("GET, HEAD, OPTIONS", h.questionnaire))
	mux.HandleFunc("/", h.serve("", func(http.ResponseWriter, *http.Request) error { return errNothing }))
	return mux
}

var (
	errNothing   = fault.New(fault.NotFound, "There is nothing at this address.")
	errNoProgram = fault.New(fault.NotFound, "There is no such program.")
	errMethod    = fault.New(fault.NotAllowed, "This address doesn't take that method. The Allow header names those that it takes.")
	errNoForm    = fault.New(fault.NotFound, "This program has no such questionnaire, or not in that version.")
)

// serve checks the method and turns what next returns into an answer; what is our fault is logged once.
func (h *handler) serve(allow string, next func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		switch {
		case allow != "" && r.Method == http.MethodOptions:
			w.Header().Set("Allow", allow)
			w.WriteHeader(http.StatusNoContent)
			return
		case allow != "" && !slices.Contains(strings.Split(allow, ", "), r.Method):
			w.Header().Set("Allow", allow)
			fault.WriteProblem(w, errMethod)
			return
		}
		err := next(w, r)
		if err == nil {
			return
		}
		switch kind := fault.KindOf(err); kind {
		case fault.Internal, fault.Unavailable:
			slog.ErrorContext(r.Context(), "API call failed", "kind", kind.Status(), "error", err)
			if kind == fault.Unavailable {
				w.Header().Set("Retry-After", "5")
			}
		case fault.Unauthenticated:
			challenge := `Bearer realm="Tellback"`
			if r.Header.Get("Authorization") != "" {
				challenge += `, error="invalid_token"`
			}
			w.Header().Set("WWW-Authenticate", challenge)
		}
		if speaksFHIR(r) {
			writeOutcome(w, err)
			return
		}
		fault.WriteProblem(w, err)
	}
}

func writeJSON(w http.ResponseWriter, status int, mediaType string, v any) {
	body, _ := json.Marshal(v) // our own plain structs: can't fail
	h := w.Header()
	h.Set("Content-Type", mediaType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "no-store")
	}
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// speaksFHIR says whether errors should be OperationOutcomes: what was sent is FHIR, or FHIR is asked for.
func speaksFHIR(r *http.Request) bool {
	if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err == nil && t != "" {
		return t == fhirType
	}
	return strings.Contains(r.Header.Get("Accept"), fhirType)
}

// body reads a request's body whole, and says whether it is FHIR.
func body(w http.ResponseWriter, r *http.Request) (doc []byte, fhir bool, err error) {
	t, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	version := params["fhirversion"]
	switch {
	case err != nil || t != "application/json" && t != fhirType:
		return nil, false, fault.New(fault.Unsupported, "Send a report as application/json, or a QuestionnaireResponse as application/fhir+json.")
	case params["charset"] != "" && !strings.EqualFold(params["charset"], "utf-8"):
		return nil, false, fault.New(fault.Unsupported, "JSON is sent as UTF-8.")
	case t == fhirType && version != "" && version != "4.0":
		return nil, false, fault.New(fault.Unsupported, "Only FHIR R4 (fhirVersion=4.0) is spoken here.")
	case r.Header.Get("Content-Encoding") != "" && r.Header.Get("Content-Encoding") != "identity":
		return nil, false, fault.New(fault.Unsupported, "Send the body as it is, without a Content-Encoding.")
	}
	doc, err = io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return nil, false, fault.New(fault.TooLarge, "A report is at most 4.25 MiB, with its files in base64.")
	}
	if err != nil {
		return nil, false, fault.Wrap(fault.Malformed, err, "The body ended too early.")
	}
	return doc, t == fhirType, nil
}

// offered are the questionnaires of a program, its story last.
func offered(p *program.Program) (ids []string) {
	for _, u := range p.Uses {
		ids = append(ids, u.Questionnaire)
	}
	if p.Story != "" && !slices.Contains(ids, p.Story) {
		ids = append(ids, p.Story)
	}
	return ids
}

type listed struct {
	ID      string                  `json:"id"`
	Version string                  `json:"version"`
	URL     string                  `json:"url"`
	Title   questionnaire.Localized `json:"title"`
	SHA256  string                  `json:"sha256"`
	Roles   []program.Role          `json:"roles"`
	Proxy   bool                    `json:"proxy"`
}

// list is GET /v1/programs/{program}/questionnaires.
func (h *handler) list(w http.ResponseWriter, r *http.Request) error {
	p := h.catalog.Program(r.PathValue("program"))
	if p == nil {
		return errNoProgram
	}
	if _, err := fault.Query(r); err != nil {
		return err
	}
	out := struct {
		Program        string   `json:"program"`
		Consent        string   `json:"consentVersion"`
		Questionnaires []listed `json:"questionnaires"`
	}{Program: p.ID, Consent: p.Consent.Version, Questionnaires: []listed{}}
	for _, id := range offered(p) {
		q, use := h.catalog.Used(p, id)
		if q == nil {
			continue
		}
		one := listed{
			ID: q.ID, Version: q.Version, URL: "/v1/programs/" + p.ID + "/questionnaires/" + q.ID, Title: q.Title, SHA256: q.Hash,
			Roles: use.Roles, Proxy: use.Proxy,
		}
		if id == p.Story { // everybody may tell a story
			one.Roles, one.Proxy = []program.Role{program.Patient, program.Caregiver}, true
		}
		out.Questionnaires = append(out.Questionnaires, one)
	}
	w.Header().Set("Cache-Control", "public, max-age=300")
	writeJSON(w, http.StatusOK, "application/json", out)
	return nil
}

// questionnaire is GET /v1/programs/{program}/questionnaires/{id}: the document as it was loaded, byte for byte.
func (h *handler) questionnaire(w http.ResponseWriter, r *http.Request) error {
	p := h.catalog.Program(r.PathValue("program"))
	if p == nil {
		return errNoProgram
	}
	query, err := fault.Query(r, "version")
	if err != nil {
		return err
	}
	q, _ := h.catalog.Used(p, r.PathValue("id"))
	if v := query.Get("version"); q != nil && v != "" {
		q = h.catalog.Questionnaire(q.ID, v)
	}
	if q == nil {
		return errNoForm
	}
	head := w.Header()
	head.Set("ETag", `"`+q.Hash+`"`)
	head.Set("Cache-Control", "public, max-age=300")
	head.Set("Vary", "Accept")
	for tag := range strings.SplitSeq(r.Header.Get("If-None-Match"), ",") {
		if tag = strings.TrimPrefix(strings.TrimSpace(tag), "W/"); tag == `"`+q.Hash+`"` || tag == "*" {
			w.WriteHeader(http.StatusNotModified)
			return nil
		}
	}
	head.Set("Content-Type", fhirType+"; charset=utf-8")
	if accept := r.Header.Get("Accept"); strings.Contains(accept, "application/json") && !strings.Contains(accept, fhirType) {
		head.Set("Content-Type", "application/json")
	}
	head.Set("Content-Length", strconv.Itoa(len(q.Source())))
	_, _ = w.Write(q.Source())
	return nil
}
