package webform

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/intake"
	"github.com/tellback/tellback/internal/participant"
	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/report"
	"github.com/tellback/tellback/internal/words"
)

// ask is one form of one program in one language.
type ask struct {
	p    *program.Program
	q    *questionnaire.Questionnaire
	use  *program.Use
	lang string
	// crisis is the language in which the program's fixed reply to words of despair is due; "" when there are none.
	crisis string
}

// form is /f/{program}/{questionnaire}.
func (h *handler) form(w http.ResponseWriter, r *http.Request) {
	p := h.catalog.Program(r.PathValue("program"))
	if p == nil {
		h.missing(w, r)
		return
	}
	q, use := h.catalog.Used(p, r.PathValue("questionnaire"))
	if q == nil {
		h.missing(w, r)
		return
	}
	if !p.OpenForm {
		h.showProgram(w, r, http.StatusForbidden, p)
		return
	}
	a := ask{p: p, q: q, use: use, lang: h.language(r, p)}
	if r.Method == http.MethodPost {
		h.submit(w, r, a)
		return
	}
	q = q.At(h.now().In(p.Location()))
	a.q = q
	st := showState(q, initial(q), p.Location())
	sid, err := h.submissionID()
	if err != nil {
		h.fail(w, r, err)
		return
	}
	st.sid = sid
	// Not no-store: going back must find this very page, so that sending again is the same submission.
	h.showForm(w, r, http.StatusOK, a, st, nil, "", "private, no-cache")
}

// initial are the answers that a questionnaire proposes.
func initial(q *questionnaire.Questionnaire) questionnaire.Answers {
	a := q.Proposed()
	for link := range a {
		if !asked(q.Item(link)) {
			delete(a, link)
		}
	}
	return a
}

// submit takes a filled form in. Whatever is wrong with it, what was filled in comes back with the page.
func (h *handler) submit(w http.ResponseWriter, r *http.Request, a ask) {
	v, ok := h.values(w, r)
	if !ok {
		return
	}
	version := v.Get(fieldVersion)
	if old := h.catalog.Questionnaire(a.q.ID, version); old != nil {
		a.q = old // whoever began with an earlier version may finish with it
	}
	a.q = a.q.At(h.now().In(a.p.Location()))
	st, fresh := readState(a.q, a.p, v), false
	if st.sid == "" {
		sid, err := h.submissionID()
		if err != nil {
			h.fail(w, r, err)
			return
		}
		st.sid, fresh = sid, true
	}
	a.crisis = h.desk.Despair(r.Context(), a.p, a.lang, "web:"+st.sid, st.words(a.q)...)
	switch {
	case fresh:
		h.showForm(w, r, http.StatusUnprocessableEntity, a, st, nil, "notice-again", "")
		return
	case version != a.q.Version:
		h.showForm(w, r, http.StatusUnprocessableEntity, a, st, nil, "notice-version", "")
		return
	}
	who, issues := st.person(a.p, a.use)
	answers, wrong := st.parse(a.q, a.p.Location(), nil)
	if news(a.q, answers, st.shown) {
		h.showForm(w, r, http.StatusUnprocessableEntity, a, st, nil, "notice-more", "")
		return
	}
	if len(answers) == 0 && len(wrong) == 0 {
		wrong = nothing(a.q)
	}
	issues = slices.Concat(issues, wrong, st.extras(a.p))
	if !st.consent {
		issues = append(issues, fault.Issue{Where: fieldConsent, Code: "consent"})
	}
	if len(issues) > 0 {
		h.showForm(w, r, http.StatusUnprocessableEntity, a, st, issues, "", "")
		return
	}
	receipt, done, err := h.take(r, a, st, who, answers)
	if fault.KindOf(err) == fault.Invalid {
		if _, issues = fault.Public(err); len(issues) > 0 {
			h.showForm(w, r, http.StatusUnprocessableEntity, a, st, h.ours(a.q, issues), "", "")
			return
		}
	}
	if fault.KindOf(err) == fault.Conflict {
		h.conflict(w, r, a, receipt, st)
		return
	}
	if err != nil {
		h.fail(w, r, err)
		return
	}
	if done == apart {
		h.apart(w, r, a, receipt, st)
		return
	}
	to := a.receipt(receipt, done)
	if r.Header.Get("Accept") == "application/json" { // our script, which goes there itself
		body, _ := json.Marshal(map[string]string{"to": to})
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		w.WriteHeader(http.StatusCreated)
		_, _ = w.Write(body)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// apart is what became of a submission whose id holds what somebody else told: nothing. See [handler.apart].
const apart = "apart"

// take enrols who sent the form and submits their report: each open submission is a participant of its own. The same
// submission again is the same participant and the same report; if its answers were changed on the way back, that is a
// correction. Who tells can't be corrected: that would be another participant's report.
func (h *handler) take(r *http.Request, a ask, st state, who string, answers questionnaire.Answers) (intake.Receipt, string, error) {
	ctx, now, sent := r.Context(), h.now(), "web:"+st.sid
	role := string(program.Caregiver)
	if who == whoPatient {
		role = string(program.Patient)
	}
	someone, err := h.registry.Enrol(ctx, participant.Enrolment{
		Key: sent, Program: a.p.ID, Role: role, Language: a.lang, Attributes: st.attributes, Origin: string(report.Open), At: now,
		Consent: participant.Consent{
			Program: a.p.ID, TextVersion: a.p.Consent.Version, Language: a.lang, Channel: string(report.Web), At: now, Given: true,
		},
	})
	if err != nil {
		return "", "", err
	}
	d := report.Draft{
		Key: sent, Program: a.p.ID, Questionnaire: a.q.ID, Version: a.q.Version, Participant: someone.ID,
		Perspective: report.Self, Role: role, Channel: report.Web, Origin: report.Open, Language: a.lang,
		Answers: phi.Hide(answers), Attributes: st.attributes, At: now,
	}
	if who == whoProxy {
		d.Perspective, d.Relation, d.About = report.Proxy, st.relation, phi.Hide(st.about)
	}
	receipt, first, err := h.desk.Submit(ctx, d)
	if err != nil || first {
		return receipt, "sent", err
	}
	return h.again(r, receipt, a, d)
}

// again handles a submission that is there already. A late retry of what some revision holds must not undo a correction made
// since. Other answers correct the first revision; over a later one they are fault.Conflict, so that the person decides.
func (h *handler) again(r *http.Request, receipt intake.Receipt, a ask, d report.Draft) (intake.Receipt, string, error) {
	rep, err := h.desk.Read(r.Context(), receipt)
	if err != nil {
		return receipt, "", err
	}
	if !sameTeller(a.p, rep, d) {
		return receipt, apart, nil
	}
	held := rep.Status == report.Withdrawn
	if !held {
		if held, err = h.desk.Held(r.Context(), receipt, d.Answers); err != nil {
			return receipt, "", err
		}
	}
	if held {
		return receipt, "already", nil
	}
	_, err = h.desk.Correct(r.Context(), receipt, 1, d.Answers, h.now())
	return receipt, "corrected", err
}

// sameTeller says whether d is told to the same questions by whom rep was, about the same person, with the same to say of
// them: all that a correction can't change. Of a report that was taken back only questions and perspective are still known.
func sameTeller(p *program.Program, rep report.Report, d report.Draft) bool {
	if rep.Program != d.Program || rep.Questionnaire != d.Questionnaire || rep.Version != d.Version || rep.Perspective != d.Perspective {
		return false
	}
	if rep.Status == report.Withdrawn {
		return true
	}
	return rep.Role == d.Role && rep.Relation == d.Relation && program.Fold(rep.About.Reveal()) == program.Fold(d.About.Reveal()) &&
		slices.Equal(rep.Groups, p.Groups(d.Attributes, rep.Language, string(rep.Channel), d.Relation))
}

// apart shows the form again under an id of its own: what its id held before is in, as somebody else told it, and stays. Sent
// once more it is a report of its own. Nothing is lost, and nothing counts twice without the person's word.
func (h *handler) apart(w http.ResponseWriter, r *http.Request, a ask, earlier intake.Receipt, st state) {
	sid, err := h.submissionID()
	if err != nil {
		h.fail(w, r, err)
		return
	}
	st.sid = sid
	v, b := h.formOf(a, st, nil, true)
	v.Earlier = &link{v.T("notice-apart-link"), "/r/" + string(earlier) + "?lang=" + a.lang}
	h.finishForm(w, r, http.StatusConflict, a, v, b, nil, "notice-apart", "/f/"+a.p.ID+"/"+a.q.ID, "")
}

// codeNothing is the code of an issue that says that no question at all was answered.
const codeNothing = "nothing-answered"

// nothing says so at the first question that is always asked.
func nothing(q *questionnaire.Questionnaire) []fault.Issue {
	for _, i := range q.Enabled(questionnaire.Answers{}) {
		if asked(i) {
			return []fault.Issue{{Where: i.LinkID, Code: codeNothing}}
		}
	}
	return nil
}

// ours maps what intake says of a draft's fields to the form's.
func (h *handler) ours(q *questionnaire.Questionnaire, issues []fault.Issue) []fault.Issue {
	names := map[string]string{"relation": fieldRelation, "about": fieldAbout, "perspective": fieldWho, "role": fieldWho}
	out := slices.Clone(issues)
	for n := range out {
		if q.Item(out[n].Where) != nil {
			continue
		}
		if name, ok := names[strings.ToLower(out[n].Where)]; ok {
			out[n].Where = name
		}
	}
	return out
}

// showForm answers with the form holding st, and what is wrong with it.
func (h *handler) showForm(w http.ResponseWriter, r *http.Request, status int, a ask, st state, issues []fault.Issue, notice, cache string) {
	v, b := h.formOf(a, st, issues, status != http.StatusOK)
	h.finishForm(w, r, status, a, v, b, issues, notice, "/f/"+a.p.ID+"/"+a.q.ID, cache)
}

// formOf is the form holding st; kept says that it shows what was sent.
func (h *handler) formOf(a ask, st state, issues []fault.Issue, kept bool) (formView, *builder) {
	s := speech{a.lang}
	v := formView{
		speech: s, Action: "/f/" + a.p.ID + "/" + a.q.ID + "?lang=" + a.lang, Title: a.q.Title.In(a.lang), Lead: a.q.Description.In(a.lang),
		DraftKey: a.p.ID + "/" + a.q.ID + "/" + a.q.Version, Kept: kept,
		Hidden: [][2]string{{fieldSID, st.sid}, {fieldVersion, a.q.Version}}, Send: s.T("send"),
	}
	b := newBuilder(a, st, issues)
	b.who(&v, a.p, a.use)
	v.Fields, v.Attributes, v.AllOptional = b.fields(a.q.Items), b.attributes(a.p), !b.needs
	v.Hidden = append(v.Hidden, b.shown()...)
	v.Consent = &consentView{Text: paragraphs(a.p.Consent.Text.In(a.lang)), Err: b.errs[fieldConsent], Checked: st.consent}
	return v, b
}

// finishForm lists the errors, adds the script's sentences and answers.
func (h *handler) finishForm(w http.ResponseWriter, r *http.Request, status int, a ask, v formView, b *builder, issues []fault.Issue, notice, path, cache string) {
	v.Errors = errorLines(&v, b, issues)
	if notice != "" {
		v.Notice = v.T(notice)
	}
	v.Crisis = a.reply()
	v.Says = map[string]string{}
	for _, k := range []string{"progress", "kept", "restored", "fresh", "sending", "waiting", "again", "left"} {
		v.Says[k] = v.T("js-" + k)
	}
	title := v.Title
	if len(v.Errors) > 0 {
		title = v.Count() + " · " + title // a screen reader says the title first
	}
	pg := frame(a.p, a.lang, title, path)
	pg.Description, pg.Scripts, pg.CacheControl = v.Lead, []string{asset("form.js")}, cache
	pg.NoIndex = v.DraftKey == "" || status != http.StatusOK
	h.show(w, r, status, pg, "form", &v)
}

// errorLines lists what is wrong in the order of the page, each line with the control that it is about.
func errorLines(v *formView, b *builder, issues []fault.Issue) (out []errorLine) {
	listed, all := map[string]bool{}, map[string]bool{} // all: it isn't about that question alone
	for _, i := range issues {
		all[i.Where] = i.Code == codeNothing
	}
	add := func(where, id string) {
		if text, ok := b.errs[where]; ok && !listed[where] {
			listed[where] = true
			out = append(out, errorLine{text, id})
		}
	}
	if v.Who != nil {
		add(fieldWho, v.Who.first())
	}
	if v.Relation != nil {
		add(fieldRelation, v.Relation.first())
		add(fieldAbout, v.About.first())
	}
	var walk func(fs []*field)
	walk = func(fs []*field) {
		for _, f := range fs {
			if text, ok := b.errs[f.LinkID]; ok && f.LinkID != "" {
				if !listed[f.LinkID] {
					listed[f.LinkID] = true
					if !all[f.LinkID] {
						text = clip(f.Text) + ": " + text
					}
					out = append(out, errorLine{text, f.first()})
				}
			}
			walk(f.Fields)
		}
	}
	walk(v.Fields)
	for _, f := range v.Attributes {
		add(f.Name, f.first())
	}
	add(fieldConsent, fieldConsent)
	for _, i := range issues { // whatever has no control of its own
		if !listed[i.Where] {
			listed[i.Where] = true
			out = append(out, errorLine{words.Text(v.Lang, "form.error-unreadable"), "main"})
		}
	}
	return out
}

// clip shortens a question for the list of errors.
func clip(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > 60 {
		return strings.TrimSpace(string(r[:57])) + "…"
	}
	return strings.TrimRight(s, ":")
}
