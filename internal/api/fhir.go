package api

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/participant"
	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/report"
)

// response reads a FHIR R4 QuestionnaireResponse. Issues carry FHIRPaths. A client asserts consent by its credential:
// it may only send what people agreed to.
func (h *handler) response(p *program.Program, body []byte, now time.Time) (told, []fault.Issue, error) {
	doc, err := decode(body) // strictness that a FHIR reader needn't have
	if err != nil {
		return told{}, nil, err
	}
	t := told{said: texts(doc)}
	head, err := questionnaire.ReadResponse(body, nil)
	if err != nil {
		return t, nil, malformed(err)
	}
	issues := head.Issues
	if len(issues) > 0 {
		return t, issues, nil
	}
	wrong := func(element, code, text string) {
		issues = append(issues, fault.Issue{Where: head.Standing(root + element), Code: code, Text: text})
	}
	q, use := h.named(p, head.Response)
	if q == nil {
		wrong(".questionnaire", "unknown-option", "This must name one of the program's questionnaires, by its canonical address or id, and a version that it has.")
		return t, issues, nil
	}
	r, err := questionnaire.ReadResponse(body, q)
	if err != nil {
		return t, nil, malformed(err)
	}
	t.reading, issues = r, append(issues, r.Issues...)
	t.said = append(t.said, r.Files.Texts()...)
	if r.Status != "completed" && r.Status != "amended" {
		wrong(".status", "not-final", "Only a completed or amended response is taken.")
	}
	t.q, t.consent = q, &participant.Consent{Program: p.ID, TextVersion: p.Consent.Version, Channel: string(report.API), At: now, Given: true}
	t.draft = report.Draft{
		Program: p.ID, Questionnaire: q.ID, Version: q.Version, Channel: report.API, Origin: report.Known,
		At: now, Answers: phi.Hide(r.Answers), Files: phi.Hide(r.Files),
	}
	if r.Authored != "" {
		at, timed, ok := moment(r.Authored, now, p.Location())
		if t.timed = timed; !ok {
			wrong(".authored", "wrong-form", "This must be a day, or a time with its zone.")
		} else if t.draft.At = at; closed(p, at, now) {
			wrong(".authored", "too-small", tooLate)
		}
	}
	if !t.whose(r.Response) {
		wrong(".subject", "required", "Say whose answers these are: a reference, never a name or number.")
	}
	if t.draft.Perspective == report.Proxy && !slices.Contains(report.Relations, t.draft.Relation) {
		wrong(".source", "required", "Say who the one who answers is to the patient: the extension "+questionnaire.RelationExtension+
			" of source, with a valueCode of "+strings.Join(report.Relations, ", ")+".")
	}
	if t.draft.Language, err = speak(p, r.Language); err != nil {
		wrong(".language", "unknown-option", err.Error())
	}
	settle(&t.draft, p, use)
	t.q = q.At(t.draft.At.In(p.Location()))
	bad, odd := r.Judge(t.q)
	t.odd = odd
	return t, append(issues, bad...), nil
}

// texts are all strings that answer something in a QuestionnaireResponse, wherever they stand.
func texts(doc any) (out []string) {
	switch doc := doc.(type) {
	case []any:
		for _, v := range doc {
			out = append(out, texts(v)...)
		}
	case *object:
		for name, v := range doc.members {
			if s, ok := v.(string); ok && strings.HasPrefix(name, "value") {
				out = append(out, s)
				continue
			}
			if o, ok := v.(*object); ok && name == "valueReference" {
				out = append(out, texts(&object{members: map[string]any{"value": o.members["display"]}})...)
				continue
			}
			out = append(out, texts(v)...)
		}
	}
	return out
}

func malformed(err error) error {
	if err == nil {
		return nil
	}
	if fault.KindOf(err) != fault.Internal {
		return err
	}
	return fault.Wrap(fault.Malformed, err, "The body isn't a QuestionnaireResponse that can be read.")
}

// named finds the questionnaire that a response says it answers.
func (h *handler) named(p *program.Program, r questionnaire.Response) (*questionnaire.Questionnaire, *program.Use) {
	for _, id := range offered(p) {
		q, use := h.catalog.Used(p, id)
		last := r.Questionnaire[strings.LastIndexByte(r.Questionnaire, '/')+1:]
		if q == nil || r.Questionnaire == "" || r.Questionnaire != q.URL && last != q.ID {
			continue
		}
		if r.Version != "" && r.Version != q.Version {
			q = h.catalog.Questionnaire(q.ID, r.Version)
		}
		return q, use
	}
	return nil, nil
}

// whose settles who answers and about whom. source is who answered; without one, an author who is a person other than the
// subject is (a practitioner or device that only wrote down is not). ok is false when nobody is named.
func (t *told) whose(r questionnaire.Response) (ok bool) {
	t.draft.Perspective, t.person = report.Self, r.Subject
	by := r.Source
	if by == "" && (kindOf(r.Author) == "Patient" || kindOf(r.Author) == "RelatedPerson") {
		by = r.Author
	}
	if t.person == "" {
		t.person = by
	}
	if len(t.person) > maxReference || len(by) > maxReference {
		return false
	}
	if by == "" || by == r.Subject || r.Subject == "" {
		return t.person != ""
	}
	t.person = by
	t.draft.Perspective, t.draft.About, t.draft.Relation = report.Proxy, phi.Hide(short(r.Subject)), r.Relation
	if kind := kindOf(by); r.Relation == "" && (kind == "Practitioner" || kind == "PractitionerRole") {
		t.draft.Relation = "professional"
	}
	return true
}

// maxReference is how long a reference may be, in bytes.
const maxReference = 512

// short keeps a reference apart from others within the room that a name of a patient has.
func short(reference string) string {
	if marked := report.Reference + reference; utf8.RuneCountInString(marked) <= report.MaxAbout {
		return marked
	}
	sum := sha256.Sum256([]byte(reference))
	return report.Reference + hex.EncodeToString(sum[:16])
}

var referenceType = regexp.MustCompile(`(?:^|/)([A-Z][A-Za-z]+)/[A-Za-z0-9.-]{1,64}(?:/_history/.*)?$`)

// kindOf is the resource type that a literal reference names.
func kindOf(reference string) string {
	if m := referenceType.FindStringSubmatch(reference); m != nil {
		return m[1]
	}
	return ""
}

// moment reads a FHIR dateTime that says at least the day. Today is now, since of two reports of a day the later one counts;
// another day begins in the program's zone. timed says that it is more than a day.
func moment(s string, now time.Time, loc *time.Location) (at time.Time, timed, ok bool) {
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, true, true
	}
	t, err := time.ParseInLocation(time.DateOnly, s, loc)
	if err == nil && s == now.In(loc).Format(time.DateOnly) {
		t = now
	}
	return t, false, err == nil
}

const root = "QuestionnaireResponse"

// paths says where in a QuestionnaireResponse a draft's fields come from.
var paths = map[string]string{
	"questionnaire": ".questionnaire", "version": ".questionnaire", "language": ".language", "at": ".authored", "participant": ".subject",
	"role": ".source", "perspective": ".source", "relation": ".source", "about": ".subject", "consent": ".subject",
}

// pathed maps an issue of a questionnaire's or intake's to a FHIRPath.
func pathed(t told, is fault.Issue) fault.Issue {
	if strings.HasPrefix(is.Where, root) {
		return is
	}
	if t.reading == nil {
		is.Where = root
		return is
	}
	if t.q.Item(is.Where) != nil {
		is.Where = t.reading.Locate(t.q, is)
		return is
	}
	is.Where = t.reading.Standing(root + paths[is.Where])
	return is
}

type outcome struct {
	ResourceType string         `json:"resourceType"`
	Issue        []outcomeIssue `json:"issue"`
}

type outcomeIssue struct {
	Severity    string      `json:"severity"`
	Code        string      `json:"code"`
	Details     outcomeText `json:"details"`
	Diagnostics string      `json:"diagnostics,omitempty"`
	Expression  []string    `json:"expression,omitempty"` // FHIRPaths
	Location    []string    `json:"location,omitempty"`   // JSON pointers into our own form, or a query parameter
}

type outcomeText struct {
	Text string `json:"text"`
}

// writeOutcome answers with err as an OperationOutcome.
func writeOutcome(w http.ResponseWriter, err error) {
	refusal(err).write(w, fault.KindOf(err).Status())
}

// refusal is err as an OperationOutcome, showing only what may be shown.
func refusal(err error) outcome {
	kind := fault.KindOf(err)
	text, issues := fault.Public(err)
	o := outcome{ResourceType: "OperationOutcome"}
	for _, i := range issues {
		one := outcomeOf("error", kind, i)
		if i.Code == codeCrisis {
			one.Severity = "information"
		}
		o.Issue = append(o.Issue, one)
	}
	if len(o.Issue) == 0 {
		o.Issue = []outcomeIssue{{Severity: "error", Code: issueType(kind, ""), Details: outcomeText{text}}}
	}
	return o
}

func outcomeOf(severity string, kind fault.Kind, i fault.Issue) outcomeIssue {
	out := outcomeIssue{Severity: severity, Code: issueType(kind, i.Code), Details: outcomeText{i.Text}, Diagnostics: i.Code}
	switch {
	case strings.HasPrefix(i.Where, "/") || strings.HasPrefix(i.Where, "?"):
		out.Location = []string{i.Where}
	case i.Where != "":
		out.Expression = []string{i.Where}
	}
	return out
}

func (o outcome) write(w http.ResponseWriter, status int) {
	body, _ := json.Marshal(o) // strings only: can't fail
	h := w.Header()
	h.Set("Content-Type", "application/fhir+json; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// issueType is the FHIR issue type (http://hl7.org/fhir/R4/valueset-issue-type.html) of a code of ours.
func issueType(k fault.Kind, code string) string {
	switch code {
	case codeCrisis:
		return "informational"
	case "required", "nothing-answered":
		return "required"
	case "unknown-option", "wrong-unit", "display-differs":
		return "code-invalid"
	case "too-long":
		return "too-long"
	case "wrong-type", "unknown-item", "unknown-field", "duplicate-name", "duplicate-item", "misplaced", "malformed", "too-many":
		return "structure"
	case "unsupported":
		return "not-supported"
	case "constraint":
		return "invariant"
	case "not-enabled", "exclusive-option", "not-final":
		return "business-rule"
	case "":
	default:
		return "value"
	}
	switch k {
	case fault.Malformed:
		return "structure"
	case fault.Unauthenticated:
		return "login"
	case fault.Forbidden:
		return "forbidden"
	case fault.NotFound:
		return "not-found"
	case fault.Conflict:
		return "conflict"
	case fault.TooLarge:
		return "too-long"
	case fault.Unsupported:
		return "not-supported"
	case fault.TooMany:
		return "throttled"
	case fault.Unavailable:
		return "transient"
	case fault.Invalid:
		return "invalid"
	}
	return "exception"
}
