// Package webform is a questionnaire as a mobile form: what it shows, and what a browser sent of it. It is pure: it stores
// nothing, and reaches nobody. Package site serves it. Every page is whole without JavaScript; with it, a form survives a
// lost connection.
package webform

import (
	"bytes"
	"cmp"
	"embed"
	"html/template"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/questionnaire"
)

//go:embed web
var assets embed.FS

var templates = sync.OnceValue(func() *template.Template {
	funcs := template.FuncMap{
		"lead": func(s string) string { // HTML drops a line feed right after <textarea>
			if strings.HasPrefix(s, "\n") {
				return "\n" + s
			}
			return s
		},
	}
	return template.Must(template.New("webform").Funcs(funcs).ParseFS(assets, "web/*.tmpl"))
})

// Render is what a template ("form", "program", "receipt", "withdraw", "thanks", "notice") makes of v.
func Render(name string, v any) (template.HTML, error) {
	var out bytes.Buffer
	if err := templates().ExecuteTemplate(&out, name, v); err != nil {
		return "", err
	}
	return template.HTML(out.String()), nil //nolint:gosec // made by html/template
}

// Asset is a style sheet or script of the pages: form.css, form.js, receipt.js.
func Asset(name string) string {
	b, _ := assets.ReadFile("web/" + name) // embedded: it is there
	return string(b)
}

// Form is one form of one program in one language.
type Form struct {
	Program       *program.Program
	Questionnaire *questionnaire.Questionnaire
	Use           *program.Use
	Lang          string
}

// Path is where the form is.
func (f Form) Path() string { return "/f/" + f.Program.ID + "/" + f.Questionnaire.ID }

// View is the form holding st, and what is wrong with it; kept says that it shows what was sent.
func (f Form) View(st State, issues []fault.Issue, kept bool) *View {
	s, q := Speech{f.Lang}, f.Questionnaire
	v := &View{
		Speech: s, Action: f.Path() + "?lang=" + f.Lang, Title: q.Title.In(f.Lang), Lead: q.Description.In(f.Lang),
		DraftKey: f.Program.ID + "/" + q.ID + "/" + q.Version, Kept: kept,
		Hidden: [][2]string{{fieldSID, st.SID}, {FieldVersion, q.Version}}, Send: s.T("send"),
	}
	b := newBuilder(f, st, issues)
	b.who(v, f.Program, f.Use)
	v.Attributes = b.attributes(f.Program)
	v.Consent = &consentView{Text: Paragraphs(f.Program.Consent.Text.In(f.Lang)), Err: b.errs[FieldConsent], Checked: st.Consent}
	b.fill(v, issues)
	return v
}

// Correction is the form at path that shows what was sent, in that revision, to be corrected.
func (f Form) Correction(path string, st State, revision int, issues []fault.Issue) *View {
	s := Speech{f.Lang}
	v := &View{
		Speech: s, Action: path + "?lang=" + f.Lang, Title: s.T("correct-title"), Lead: s.T("correct-lead"), Kept: true,
		Hidden: [][2]string{{FieldAction, "correct"}, {FieldRevision, strconv.Itoa(revision)}},
		Send:   s.T("send-correction"), Back: &Link{s.T("cancel"), path + "?lang=" + f.Lang},
	}
	newBuilder(f, st, issues).fill(v, issues)
	return v
}

// fill puts the questions into v, lists what is wrong, and adds the script's sentences.
func (b *builder) fill(v *View, issues []fault.Issue) {
	b.action = v.Action
	v.Fields, v.AllOptional = b.fields(b.q.Items), !b.needs
	v.Hidden = append(v.Hidden, b.shown()...)
	v.Errors = errorLines(v, b, issues)
	v.Says = map[string]string{}
	for _, k := range []string{"progress", "kept", "restored", "fresh", "sending", "waiting", "again", "left", "files", "unset", "less", "more", "added", "removed"} {
		v.Says[k] = v.T("js-" + k)
	}
}

// Conditions says by linkId when a question is asked that not everyone is asked, in words.
func (v *View) Conditions() map[string]string {
	out := map[string]string{}
	var walk func(fs []*field, above string)
	walk = func(fs []*field, above string) {
		for _, f := range fs {
			when := cmp.Or(f.OnlyIf, above)
			if when != "" {
				out[f.LinkID] = when
			}
			walk(f.Fields, when)
		}
	}
	walk(v.Fields, "")
	return out
}

// Shorten keeps the first n of the questions that are wanted, where ten options count as a question, and says how many it left out.
func (v *View) Shorten(n int, wanted func(linkID string) bool) (left int) {
	var cut func(fs []*field) []*field
	cut = func(fs []*field) (out []*field) {
		for _, f := range fs {
			if f.LinkID != "" && !wanted(f.LinkID) {
				continue
			}
			weight := 1 + len(f.Options)/10
			if n < weight {
				n = 0
				left++
			} else {
				n -= weight
				out = append(out, f)
			}
			f.Fields = cut(f.Fields)
		}
		return out
	}
	v.Fields = cut(v.Fields)
	return left
}

// Initial are the answers that a questionnaire proposes.
func Initial(q *questionnaire.Questionnaire) questionnaire.Answers {
	a := q.Proposed()
	for link := range a {
		if !Asked(q.Item(link)) {
			delete(a, link)
		}
	}
	return a
}

// Paragraph is one that may open with a few words saying what it is about: "Who sees what: …".
type Paragraph struct{ Lead, Text string }

// Paragraphs splits a consent text at its blank lines.
func Paragraphs(s string) (out []Paragraph) {
	for p := range strings.SplitSeq(s, "\n\n") {
		lead, rest, found := strings.Cut(p, ": ")
		if !found || len(strings.Fields(lead)) > 5 || strings.ContainsAny(lead, ".!?\n") {
			lead, rest = "", p
		}
		out = append(out, Paragraph{lead, strings.TrimSpace(rest)})
	}
	return out
}

// Reply is the program's fixed reply to words of despair.
type Reply struct{ Lang, Text string }

// Words are all that was written rather than tapped, whatever it was meant to be.
func (st State) Words(q *questionnaire.Questionnaire) []string {
	out := []string{st.About}
	for _, i := range q.All() {
		if len(st.answers[i.LinkID]) == 0 && len(st.other[i.LinkID]) == 0 {
			continue
		}
		options := keys(i)
		for _, s := range st.answers[i.LinkID] {
			if !slices.Contains(options, s) && option(i, s) < 0 {
				out = append(out, s)
			}
		}
		out = append(out, st.other[i.LinkID]...)
	}
	return out
}

// Name26 says whether s has the form of a submission id or receipt.
func Name26(s string) bool {
	if len(s) != 26 {
		return false
	}
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < '2' || c > '9') {
			return false
		}
	}
	return true
}
