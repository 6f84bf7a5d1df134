package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"reflect"
	"strings"

	"github.com/gowebpki/jcs"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/intake"
	"github.com/tellback/tellback/internal/participant"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/report"
)

// taken is what a client gets for a report.
type taken struct {
	Receipt intake.Receipt `json:"receipt"`
	URL     string         `json:"url"`
	Crisis  *crisis        `json:"crisis,omitempty"`
}

var errNoClient = fault.New(fault.Unauthenticated,
	"Send a client credential: Authorization: Bearer and the secret. The program's engineer gives one to each system that sends reports.")

// reports is POST /v1/programs/{program}/reports.
func (h *handler) reports(w http.ResponseWriter, r *http.Request) error {
	client, ok := h.clients.of(r)
	if !ok {
		return errNoClient
	}
	p := h.catalog.Program(r.PathValue("program"))
	if p == nil {
		return errNoProgram
	}
	only, noQuery := validateOnly(r)
	doc, fhir, err := body(w, r)
	if err != nil {
		return err
	}
	read, place := h.simple, pointed
	if fhir {
		read, place = h.response, pathed
	}
	now := h.now()
	t, issues, err := read(p, doc, now)
	if only {
		return h.validate(w, r, verdict{client, t, issues, place, fhir}, err)
	}
	k, unnamed, noKey := key(r.Header, client, p, doc)
	c := h.overhear(r.Context(), p, t, k, unnamed)
	switch {
	case noQuery != nil:
		return c.beside(noQuery)
	case err != nil:
		return c.beside(err)
	case len(issues) > 0:
		return c.beside(fault.New(fault.Invalid, "Some of what was sent needs another look. Nothing was stored.", issues...))
	case noKey != nil:
		return c.beside(noKey)
	}
	t.draft.Key, t.unnamed = k, unnamed
	receipt, first, err := h.take(r.Context(), client, t)
	if err != nil {
		return c.beside(placed(err, t, place))
	}
	out := taken{receipt, "/r/" + string(receipt), c}
	w.Header().Set("Location", out.URL)
	if !first {
		w.Header().Set("Idempotent-Replayed", "true")
	}
	writeJSON(w, http.StatusCreated, "application/json", out)
	return nil
}

// placed is err with its issues pointing into what the client sent.
func placed(err error, t told, place func(told, fault.Issue) fault.Issue) error {
	text, issues := fault.Public(err)
	if fault.KindOf(err) != fault.Invalid || len(issues) == 0 {
		return err
	}
	out := make([]fault.Issue, len(issues))
	for n, is := range issues {
		out[n] = place(t, is)
	}
	return fault.New(fault.Invalid, text, out...)
}

// key is what a retry of the same call has in common with it: the Idempotency-Key, or else the document. A document says the
// same thing twice when a person feels the same again, so unless it says when it was told it is yet to get a name of its own.
func key(head http.Header, client string, p *program.Program, doc []byte) (k string, unnamed bool, err error) {
	prefix := "api:" + client + ":" + p.ID + ":"
	canonical, unread := jcs.Transform(doc)
	sum := sha256.Sum256(canonical)
	digest := prefix + "sum:" + hex.EncodeToString(sum[:])
	given := head.Values("Idempotency-Key")
	if len(given) > 0 {
		k := given[0]
		visible := !strings.ContainsFunc(k, func(r rune) bool { return r < '!' || r > '~' })
		if len(given) > 1 || k == "" || len(k) > 200 || !visible {
			return digest, true, fault.New(fault.Malformed, "An Idempotency-Key is one line of 1 to 200 visible ASCII characters.")
		}
		return prefix + "key:" + k, false, nil
	}
	if unread != nil {
		return digest, true, fault.Wrap(fault.Malformed, unread, "The document has a number or a string that can't be read exactly.")
	}
	return digest, true, nil
}

var (
	errLeft          = fault.New(fault.Forbidden, "This person has left the program, so nothing more is kept about them.")
	errUnknownPerson = fault.New(fault.Invalid, "This person isn't known yet.", fault.Issue{
		Where: "consent", Code: "required", Text: "Say that the person consented, with their first report: textVersion, given and at.",
	})
)

// who is what the registry knows the person by.
func (t *told) who(client string) string {
	return "api:" + client + ":" + t.draft.Program + ":" + t.person
}

// take enrols the person at their first report and submits it.
func (h *handler) take(ctx context.Context, client string, t told) (intake.Receipt, bool, error) {
	who := t.who(client)
	someone, err := h.registry.Participant(ctx, h.registry.ParticipantID(who))
	if fault.KindOf(err) == fault.NotFound {
		someone, err = h.enrol(ctx, who, t)
	}
	if err != nil {
		return "", false, err
	}
	if !someone.Left.IsZero() {
		return "", false, errLeft
	}
	t.draft.Participant = someone.ID
	if len(t.draft.Attributes) == 0 {
		t.draft.Attributes = someone.Attributes
	}
	if t.unnamed && !t.timed {
		if t.draft.Key, err = h.desk.Unnamed(ctx, t.draft); err != nil {
			return "", false, err
		}
	}
	receipt, first, err := h.desk.Submit(ctx, t.draft)
	if err != nil || first {
		return receipt, first, err
	}
	return receipt, false, h.replayed(ctx, receipt, t.draft)
}

func (h *handler) enrol(ctx context.Context, who string, t told) (participant.Participant, error) {
	if t.consent == nil {
		return participant.Participant{}, errUnknownPerson
	}
	c := *t.consent
	c.Language = t.draft.Language
	return h.registry.Enrol(ctx, participant.Enrolment{
		Key: who, Program: t.draft.Program, Role: t.draft.Role, Language: t.draft.Language, Attributes: t.draft.Attributes,
		Origin: string(report.Known), Consent: c, At: h.now(),
	})
}

// replayed makes sure that what came under a known key is what came under it before. Once a person corrected or withdrew it
// that can't be told any more, and a late retry is only a retry.
func (h *handler) replayed(ctx context.Context, receipt intake.Receipt, d report.Draft) error {
	before, err := h.desk.Read(ctx, receipt)
	if err != nil {
		return err
	}
	if before.Status == report.Withdrawn || before.Revision > 1 {
		return nil
	}
	q := h.catalog.Questionnaire(before.Questionnaire, before.Version)
	now, then := d.Answers.Reveal(), before.Answers.Reveal()
	if p := h.catalog.Program(before.Program); p != nil {
		q = q.At(before.At.In(p.Location()))
	}
	if q != nil {
		now = q.Clean(now)
	}
	same := before.Participant == d.Participant && before.Questionnaire == d.Questionnaire && before.Perspective == d.Perspective &&
		(len(now) == 0 && len(then) == 0 || reflect.DeepEqual(now, then))
	if !same {
		return fault.New(fault.Conflict, "This Idempotency-Key came before with another report. Use a new key for each report.")
	}
	return nil
}
