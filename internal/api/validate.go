package api

import (
	"context"
	"net/http"

	"github.com/tellback/tellback/internal/fault"
)

// validateOnly says whether a report is only to be judged. Any other parameter is refused: who misspells this one must not find
// a trial among the reports.
func validateOnly(r *http.Request) (bool, error) {
	query, err := fault.Query(r, "validate")
	if err != nil || !query.Has("validate") {
		return false, err
	}
	if query.Get("validate") != "only" {
		return false, fault.New(fault.Malformed, "validate can only be only: it judges a report without storing it.",
			fault.Issue{Where: "?validate", Code: "unknown-option", Text: "Write validate=only, or leave it out to store the report."})
	}
	return true, nil
}

// verdict is what was found so far of a report that is only judged.
type verdict struct {
	client string
	told   told
	issues []fault.Issue
	place  func(told, fault.Issue) fault.Issue
	fhir   bool
}

// validate answers as if the report were taken in, and leaves no trace: no participant, no report, nothing that a later call with
// the same Idempotency-Key would meet. Words of despair raise no alert, since nobody has told anything yet: whoever holds a person's
// words sends them without validate, and then they do.
func (h *handler) validate(w http.ResponseWriter, r *http.Request, v verdict, err error) error {
	if err == nil && len(v.issues) > 0 {
		err = fault.New(fault.Invalid, "Some of what was sent needs another look.", v.issues...)
	}
	if err == nil {
		if err = h.wouldTake(r.Context(), v.client, v.told); err != nil {
			err = placed(err, v.told, v.place)
		}
	}
	kind := fault.KindOf(err)
	if err != nil && (kind != fault.Invalid || !v.fhir) {
		return err
	}
	o, status := outcome{ResourceType: "OperationOutcome"}, http.StatusOK
	if err != nil {
		o, status = refusal(err), kind.Status()
	}
	for _, is := range v.told.odd {
		o.Issue = append(o.Issue, outcomeOf("warning", fault.Invalid, is))
	}
	if err == nil {
		o.Issue = append(o.Issue, outcomeIssue{Severity: "information", Code: "informational",
			Details: outcomeText{"This can be taken. Nothing was stored: send it again without validate=only."}})
	}
	o.write(w, status)
	return nil
}

// wouldTake is [handler.take] up to where something would be written.
func (h *handler) wouldTake(ctx context.Context, client string, t told) error {
	id := h.registry.ParticipantID(t.who(client))
	someone, err := h.registry.Participant(ctx, id)
	switch {
	case fault.KindOf(err) == fault.NotFound && t.consent == nil:
		return errUnknownPerson
	case fault.KindOf(err) == fault.NotFound:
	case err != nil:
		return err
	case !someone.Left.IsZero():
		return errLeft
	}
	if t.draft.Participant = id; len(t.draft.Attributes) == 0 {
		t.draft.Attributes = someone.Attributes
	}
	t.draft.Key = "api:judged" // it is never stored
	return h.desk.Judge(t.draft)
}
