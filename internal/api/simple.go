package api

import (
	"slices"
	"strings"
	"time"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/participant"
	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/report"
)

// told is what a client sent, in either format, ready to be taken in.
type told struct {
	draft   report.Draft
	person  string               // the client's own name for who answers
	consent *participant.Consent // nil: not said
	q       *questionnaire.Questionnaire
	reading *questionnaire.Reading // of what came as FHIR
	odd     []fault.Issue          // what is no reason to refuse it
	said    []string               // what was written rather than chosen
	unnamed bool                   // came without an Idempotency-Key
	timed   bool                   // says at which moment it was told, and so tells itself apart from what the person says another time
}

// simple reads our own JSON form (schemas/report.schema.json). Issues point into the document.
func (h *handler) simple(p *program.Program, body []byte, now time.Time) (told, []fault.Issue, error) {
	doc, err := decode(body)
	if err != nil {
		return told{}, nil, err
	}
	o, ok := doc.(*object)
	if !ok {
		return told{}, nil, fault.New(fault.Malformed, "The body must be one JSON object.")
	}
	if _, fhir := o.members["resourceType"]; fhir {
		return told{}, nil, fault.New(fault.Unsupported, "This looks like a FHIR resource. Send it with Content-Type: application/fhir+json.")
	}
	var issues []fault.Issue
	r := read(o, "", &issues)
	t := told{person: r.must("subject", 200, "Say who answers: your own id for the person, never a name or number.")}
	t.draft = report.Draft{
		Program: p.ID, Questionnaire: r.must("questionnaire", 64, "Name the questionnaire."), Version: r.text("version", 32),
		Role: r.text("role", 32), Perspective: report.Perspective(r.text("perspective", 32)), Relation: r.text("relation", 32),
		About: phi.Hide(r.text("about", report.MaxAbout)), Language: r.text("language", 35),
		Channel: report.API, Origin: report.Known, At: now,
	}
	if s := r.text("authored", 40); s != "" {
		at, err := time.Parse(time.RFC3339, s)
		if err != nil {
			r.wrong("authored", "wrong-form", "This must be a time with its zone, such as 2026-10-01T14:30:00Z.")
		} else if t.draft.At, t.timed = at, true; closed(p, at, now) {
			r.wrong("authored", "too-small", tooLate)
		}
	}
	if t.draft.Language, err = speak(p, t.draft.Language); err != nil {
		r.wrong("language", "unknown-option", err.Error())
	}
	t.consent = consent(r, p, t.draft.At)
	t.draft.Attributes = attributes(r, p)
	if t.draft.Perspective != report.Proxy {
		for _, name := range []string{"relation", "about"} {
			if o.members[name] != nil {
				r.wrong(name, "not-enabled", "This goes only with perspective proxy.")
			}
		}
	}
	given := r.object("answers")
	if given == nil && o.members["answers"] == nil {
		r.wrong("answers", "required", "Give the answers: an object from each question's linkId to its answer.")
	}
	r.close()
	use := h.choose(p, &t, r)
	t.said = append(spoken(t.q, given), t.draft.About.Reveal())
	if use != nil && given != nil {
		settle(&t.draft, p, use)
		t.q = t.q.At(t.draft.At.In(p.Location()))
		sent := read(given, "/answers", &issues).answers(t.q, nil, newRaw())
		answers := sent.read(t.q, p.Location())
		t.draft.Answers, t.draft.Files = phi.Hide(answers), phi.Hide(sent.files)
		t.said = append(t.said, sent.files.Texts()...)
		issues = append(issues, judge(t.q, answers, issues)...)
		if len(issues) == 0 {
			for _, is := range t.q.Warnings(answers) {
				t.odd = append(t.odd, pointed(t, is))
			}
		}
	}
	return t, issues, nil
}

// speak is the program's language that a tag means: itself, or its base (es-MX is es). What was asked in no language of the
// program's can't be an answer to its questions: the error says which there are.
func speak(p *program.Program, tag string) (string, error) {
	if tag == "" {
		return "", nil
	}
	base, _, _ := strings.Cut(strings.ToLower(tag), "-")
	for _, l := range p.Languages {
		if strings.EqualFold(l, tag) || strings.EqualFold(l, base) {
			return l, nil
		}
	}
	return "", fault.New(fault.Invalid, "This program speaks: "+strings.Join(p.Languages, ", ")+". Say in which of them the questions were read, or leave it out.")
}

// choose finds the questionnaire that t answers.
func (h *handler) choose(p *program.Program, t *told, r *reader) *program.Use {
	if t.draft.Questionnaire == "" {
		return nil
	}
	q, use := h.catalog.Used(p, t.draft.Questionnaire)
	if q == nil || use == nil {
		r.wrong("questionnaire", "unknown-option", "This program has no such questionnaire.")
		return nil
	}
	if t.q = q; t.draft.Version != "" && t.draft.Version != q.Version {
		if t.q = h.catalog.Questionnaire(q.ID, t.draft.Version); t.q == nil {
			r.wrong("version", "unknown-option", "This questionnaire has no such version.")
			return nil
		}
	}
	t.draft.Version = t.q.Version
	return use
}

// settle fills in what a client needn't say.
func settle(d *report.Draft, p *program.Program, use *program.Use) {
	if d.Perspective == "" {
		d.Perspective = report.Self
	}
	if d.Language == "" {
		d.Language = p.Languages[0]
	}
	if d.Role != "" {
		return
	}
	d.Role = string(program.Patient)
	patients := use.Questionnaire == p.Story || slices.Contains(use.Roles, program.Patient)
	if d.Perspective == report.Proxy || !patients {
		d.Role = string(program.Caregiver)
	}
}

// tooLate is said of a report that no release could count any more.
const tooLate = "The record of that time is closed, so this could not count. Leave it out to report about now."

// closed says whether the period of at is already due for release: a wrong clock must not open an old one.
func closed(p *program.Program, at, now time.Time) bool {
	return !now.Before(p.ReleaseFrom(p.PeriodAt(at)))
}

func consent(r *reader, p *program.Program, at time.Time) *participant.Consent {
	o := r.object("consent")
	if o == nil {
		return nil
	}
	c := read(o, r.at+"/consent", r.issues)
	out := &participant.Consent{Program: p.ID, TextVersion: c.must("textVersion", 32, "Say which version of the consent text the person agreed to."), Channel: string(report.API), At: at}
	if out.TextVersion != "" && out.TextVersion != p.Consent.Version {
		c.wrong("textVersion", "unknown-option", "The program's consent text has version "+p.Consent.Version+". Show people that one.")
	}
	given, isBool := c.take("given").(bool)
	if out.Given = given; !isBool || !given {
		c.wrong("given", "required", "This must be true: nobody's answers are taken without their consent.")
	}
	if s := c.text("at", 40); s != "" {
		t, err := time.Parse(time.RFC3339, s)
		if err != nil || t.After(at.Add(24*time.Hour)) {
			c.wrong("at", "wrong-form", "This must be a time with its zone, not in the future.")
		}
		out.At = t
	}
	c.close()
	return out
}

func attributes(r *reader, p *program.Program) map[string]string {
	o := r.object("attributes")
	if o == nil {
		return nil
	}
	a, out := read(o, r.at+"/attributes", r.issues), map[string]string{}
	for _, attr := range p.Attributes {
		code := a.text(attr.ID, 32)
		if code == "" {
			continue
		}
		if !slices.ContainsFunc(attr.Options, func(opt program.AttributeOption) bool { return opt.Code == code }) {
			a.wrong(attr.ID, "unknown-option", "This must be one of the program's codes for it.")
		}
		out[attr.ID] = code
	}
	a.close()
	return out
}

// pointers says where in our form a draft's fields are.
var pointers = map[string]string{
	"questionnaire": "/questionnaire", "version": "/version", "role": "/role", "perspective": "/perspective", "relation": "/relation",
	"about": "/about", "language": "/language", "attributes": "/attributes", "at": "/authored", "participant": "/subject", "consent": "/consent", "answers": "/answers",
}

// pointed maps an issue of intake's to our form.
func pointed(t told, is fault.Issue) fault.Issue {
	switch {
	case t.q != nil && t.q.Item(is.Where) != nil:
		is.Where = pointer(t.q.Item(is.Where))
	case strings.HasPrefix(is.Where, "/"):
	default:
		is.Where = pointers[is.Where]
	}
	return is
}
