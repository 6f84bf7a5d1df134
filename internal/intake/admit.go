package intake

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/report"
)

// admitted is a draft that may be stored, or a stored report, with the questionnaire that it answers.
type admitted struct {
	report report.Report
	q      *questionnaire.Questionnaire
	files  questionnaire.Files // those that are not stored yet
}

// Judge says what Submit would say of a draft before storing it, and stores nothing.
func (d *Desk) Judge(draft report.Draft) error {
	_, err := d.admit(draft)
	return err
}

// admit judges a whole draft and makes of it the report's first revision, still without an id.
func (d *Desk) admit(draft report.Draft) (admitted, error) {
	if issues := shape(draft); len(issues) > 0 {
		return admitted{}, refused(issues)
	}
	p, a, issues := d.place(draft)
	if len(issues) > 0 {
		return admitted{}, refused(issues)
	}
	_, use := d.catalog.Used(p, draft.Questionnaire)
	if issue := permitted(p, use, draft); issue != nil {
		return admitted{}, refused([]fault.Issue{*issue})
	}
	answers, issues := judge(a.q, draft.Answers.Reveal())
	if len(issues) > 0 {
		return admitted{}, refused(issues)
	}
	if len(answers) == 0 {
		return admitted{}, refused([]fault.Issue{{Where: "answers", Code: "nothing-answered", Text: "Please answer at least one question."}})
	}
	a.report.Answers, a.report.Scores = phi.Hide(answers), a.q.Score(answers)
	if issues := a.attach(draft.Files.Reveal()); len(issues) > 0 {
		return admitted{}, refused(issues)
	}
	return a, nil
}

// progress makes what [Desk.Reached] needs of a draft without answers.
func (d *Desk) progress(stage report.Stage, s report.Draft) (admitted, error) {
	if stage != report.Invited && stage != report.Started {
		return admitted{}, refused([]fault.Issue{{Where: "stage", Code: "unknown-option", Text: "stage must be invited or started: only a report completes."}})
	}
	if s.Perspective == "" {
		s.Perspective = report.Self
	}
	if s.Origin == "" {
		s.Origin = report.Known
	}
	// The rest of a draft's shape doesn't matter yet; what goes into a key does.
	if id := s.Participant; id == "" || len(id) > 64 || strings.ContainsFunc(id, notAlphanumeric) {
		return admitted{}, refused([]fault.Issue{{Where: "participant", Code: "wrong-form", Text: "participant must be 1 to 64 letters and digits."}})
	}
	_, a, issues := d.place(s)
	if len(issues) > 0 {
		return admitted{}, refused(issues)
	}
	return a, nil
}

func notAlphanumeric(c rune) bool {
	return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9')
}

// oldest is the first moment that a report may be of; anything before it is a clock that was never set.
var oldest = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// place finds a draft's program, questionnaire and period, and makes a report of everything but its answers.
func (d *Desk) place(draft report.Draft) (*program.Program, admitted, []fault.Issue) {
	at := draft.At.UTC().Truncate(time.Millisecond)
	if at.Before(oldest) || at.After(d.now().Add(24*time.Hour)) {
		return nil, admitted{}, one("at", "wrong-form", "This must be a time that isn't in the future.")
	}
	p := d.catalog.Program(draft.Program)
	if p == nil {
		return nil, admitted{}, one("program", "unknown-option", "There is no such program.")
	}
	q, use := d.catalog.Used(p, draft.Questionnaire)
	if q == nil || use == nil {
		return nil, admitted{}, one("questionnaire", "unknown-option", "This program has no such questionnaire.")
	}
	// Whoever began with an earlier version may finish with it, for as long as the installation has it.
	if draft.Version != "" && draft.Version != q.Version {
		if q = d.catalog.Questionnaire(draft.Questionnaire, draft.Version); q == nil {
			return nil, admitted{}, one("version", "unknown-option", "This questionnaire has no such version.")
		}
	}
	q = q.At(at.In(p.Location()))
	r := report.Report{
		Revision: 1, Status: report.Complete, Participant: draft.Participant,
		Program: p.ID, Questionnaire: q.ID, Version: q.Version, Hash: q.Hash, Period: p.PeriodAt(at).ID,
		Perspective: draft.Perspective, Role: draft.Role, Channel: draft.Channel, Origin: draft.Origin,
		Language: draft.Language, At: at, Revised: at, Synthetic: draft.Synthetic,
	}
	if draft.Perspective == report.Proxy {
		about := strings.ToValidUTF8(strings.TrimSpace(draft.About.Reveal()), "")
		r.Relation, r.About = draft.Relation, phi.Hide(about)
		r.Subject = d.keys.Pseudonym("subject", draft.Participant+"\x00"+program.Fold(about))
	}
	r.Groups = p.Groups(draft.Attributes, draft.Language, string(draft.Channel), r.Relation)
	return p, admitted{report: r, q: q}, nil
}

// permitted says what is wrong with who answers, if anything. Everybody may always tell a story.
func permitted(p *program.Program, use *program.Use, draft report.Draft) *fault.Issue {
	switch {
	case draft.Perspective == report.Proxy && draft.Role != string(program.Caregiver):
		return &fault.Issue{Where: "role", Code: "unknown-option", Text: "Only a caregiver can answer about somebody else."}
	case draft.Questionnaire == p.Story:
		return nil
	case draft.Perspective == report.Proxy && !use.Proxy:
		return &fault.Issue{Where: "perspective", Code: "unknown-option", Text: "This questionnaire can't be answered about somebody else."}
	case draft.Perspective == report.Self && !slices.Contains(use.Roles, program.Role(draft.Role)):
		return &fault.Issue{Where: "role", Code: "unknown-option", Text: "This questionnaire isn't for a " + draft.Role + " to answer about themselves."}
	}
	return nil
}

// judge cleans answers and finds everything wrong with them. What answers a question that is now switched off goes
// without a word; what answers a question that doesn't exist is wrong.
func judge(q *questionnaire.Questionnaire, raw questionnaire.Answers) (questionnaire.Answers, []fault.Issue) {
	var unknown []fault.Issue
	valid := make(questionnaire.Answers, len(raw))
	for link, vs := range raw {
		if q.Item(link) == nil {
			unknown = append(unknown, fault.Issue{Where: named(link), Code: "unknown-item", Text: "There is no such question."})
			continue
		}
		valid[link] = readable(vs)
	}
	slices.SortFunc(unknown, func(a, b fault.Issue) int { return strings.Compare(a.Where, b.Where) })
	unknown = unknown[:min(len(unknown), 50)] // a flood of them needn't be answered in full
	clean := q.Clean(valid)
	return clean, append(unknown, q.Validate(clean)...)
}

// named is a linkId that nobody knows, fit to be shown to its sender.
func named(link string) string {
	if len(link) > 64 || !utf8.ValidString(link) {
		return ""
	}
	return link
}

// readable is vs in UTF-8, as it will read when it comes back from a table.
func readable(vs []questionnaire.Value) []questionnaire.Value {
	out := slices.Clone(vs)
	for i := range out {
		for _, s := range []*string{&out[i].Text, &out[i].System, &out[i].Code} {
			*s = strings.ToValidUTF8(*s, "\uFFFD")
		}
	}
	return out
}

// alike says whether two sets of cleaned answers are the same, whatever their empty entries look like.
func alike(a, b questionnaire.Answers) bool {
	x, err1 := json.Marshal(a)
	y, err2 := json.Marshal(b)
	return err1 == nil && err2 == nil && (bytes.Equal(x, y) || len(a) == 0 && len(b) == 0)
}

func one(where, code, text string) []fault.Issue {
	return []fault.Issue{{Where: where, Code: code, Text: text}}
}

func refused(issues []fault.Issue) error {
	return fault.New(fault.Invalid, "Some of what was sent needs another look.", issues...)
}
