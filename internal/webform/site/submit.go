package site

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
	"github.com/tellback/tellback/internal/webform"
)

// ask is one form of one program in one language.
type ask struct {
	webform.Form
	// crisis is the language in which the program's fixed reply to words of despair is due; "" when there are none.
	crisis string
	// files are those of the answers that are not stored yet; owner is for whom they are kept when the form has to be sent again.
	files questionnaire.Files
	owner string
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
	a := ask{Form: webform.Form{Program: p, Questionnaire: q, Use: use, Lang: h.language(r, p)}}
	if r.Method == http.MethodPost {
		h.submit(w, r, a)
		return
	}
	q = q.At(h.now().In(p.Location()))
	a.Questionnaire = q
	st := webform.ShowState(q, webform.Initial(q), p.Location())
	sid, err := h.submissionID()
	if err != nil {
		h.fail(w, r, err)
		return
	}
	st.SID = sid
	// Not no-store: going back must find this very page, so that sending again is the same submission.
	h.showForm(w, r, http.StatusOK, a, st, nil, "", "private, no-cache")
}

// submit takes a filled form in. Whatever is wrong with it, what was filled in comes back with the page.
func (h *handler) submit(w http.ResponseWriter, r *http.Request, a ask) {
	v, ok := h.values(w, r, filed(a.Questionnaire))
	if !ok {
		return
	}
	version := v.Get(webform.FieldVersion)
	if old := h.catalog.Questionnaire(a.Questionnaire.ID, version); old != nil {
		a.Questionnaire = old // whoever began with an earlier version may finish with it
	}
	a.Questionnaire = a.Questionnaire.At(h.now().In(a.Program.Location()))
	st, fresh := webform.ReadState(a.Questionnaire, a.Program, v.Values), false
	if st.SID == "" {
		sid, err := h.submissionID()
		if err != nil {
			h.fail(w, r, err)
			return
		}
		st.SID, fresh = sid, true
	}
	a.crisis = h.desk.Despair(r.Context(), a.Program, a.Lang, "web:"+st.SID, append(st.Words(a.Questionnaire), v.files.Texts()...)...)
	a.files, a.owner = v.files, "form:"+st.SID
	switch {
	case fresh:
		h.showForm(w, r, http.StatusUnprocessableEntity, a, st, nil, "notice-again", "")
		return
	case version != a.Questionnaire.Version:
		h.showForm(w, r, http.StatusUnprocessableEntity, a, st, nil, "notice-version", "")
		return
	}
	if st.Pressed() {
		h.showForm(w, r, http.StatusUnprocessableEntity, a, st, nil, "", "")
		return
	}
	who, issues := st.Person(a.Program, a.Use)
	answers, wrong := st.Parse(a.Questionnaire, a.Program.Location(), nil)
	if st.News(a.Questionnaire, answers) {
		h.showForm(w, r, http.StatusUnprocessableEntity, a, st, nil, "notice-more", "")
		return
	}
	if len(answers) == 0 && len(wrong) == 0 {
		wrong = webform.Nothing(a.Questionnaire)
	}
	issues = slices.Concat(issues, wrong, st.Extras(a.Program))
	if !st.Consent {
		issues = append(issues, fault.Issue{Where: webform.FieldConsent, Code: "consent"})
	}
	if len(issues) > 0 {
		h.showForm(w, r, http.StatusUnprocessableEntity, a, st, issues, "", "")
		return
	}
	if err := h.gather(r, &a, answers, v.files, nil); err != nil {
		h.fail(w, r, err)
		return
	}
	receipt, done, err := h.take(r, a, st, who, answers)
	if fault.KindOf(err) == fault.Invalid {
		if _, issues = fault.Public(err); len(issues) > 0 {
			st.ForgetFiles(issues)
			h.showForm(w, r, http.StatusUnprocessableEntity, a, st, h.ours(a.Questionnaire, issues), "", "")
			return
		}
	}
	if fault.KindOf(err) == fault.Conflict {
		h.letGo(r, a) // they are kept for the correction from here on
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
	h.letGo(r, a)
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
func (h *handler) take(r *http.Request, a ask, st webform.State, who string, answers questionnaire.Answers) (intake.Receipt, string, error) {
	ctx, now, sent := r.Context(), h.now(), "web:"+st.SID
	role := string(program.Caregiver)
	if who == webform.WhoPatient {
		role = string(program.Patient)
	}
	someone, err := h.registry.Enrol(ctx, participant.Enrolment{
		Key: sent, Program: a.Program.ID, Role: role, Language: a.Lang, Attributes: st.Attributes, Origin: string(report.Open), At: now,
		Consent: participant.Consent{
			Program: a.Program.ID, TextVersion: a.Program.Consent.Version, Language: a.Lang, Channel: string(report.Web), At: now, Given: true,
		},
	})
	if err != nil {
		return "", "", err
	}
	d := report.Draft{
		Key: sent, Program: a.Program.ID, Questionnaire: a.Questionnaire.ID, Version: a.Questionnaire.Version, Participant: someone.ID,
		Perspective: report.Self, Role: role, Channel: report.Web, Origin: report.Open, Language: a.Lang,
		Answers: phi.Hide(answers), Files: phi.Hide(a.files), Attributes: st.Attributes, At: now,
	}
	if who == webform.WhoProxy {
		d.Perspective, d.Relation, d.About = report.Proxy, st.Relation, phi.Hide(st.About)
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
	if !sameTeller(a.Program, rep, d) {
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
	_, err = h.desk.Correct(r.Context(), receipt, 1, d.Answers, h.now(), d.Files.Reveal())
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
func (h *handler) apart(w http.ResponseWriter, r *http.Request, a ask, earlier intake.Receipt, st webform.State) {
	sid, err := h.submissionID()
	if err != nil {
		h.fail(w, r, err)
		return
	}
	h.letGo(r, a)
	st.SID, a.owner = sid, "form:"+sid
	if _, err := h.hold(r, a, st, true); err != nil {
		h.fail(w, r, err)
		return
	}
	v := a.View(st, nil, true)
	v.Earlier = &webform.Link{Text: v.T("notice-apart-link"), URL: "/r/" + string(earlier) + "?lang=" + a.Lang}
	h.finishForm(w, r, http.StatusConflict, a, v, "notice-apart", a.Path(), "")
}

// ours maps what intake says of a draft's fields to the form's.
func (h *handler) ours(q *questionnaire.Questionnaire, issues []fault.Issue) []fault.Issue {
	names := map[string]string{"relation": webform.FieldRelation, "about": webform.FieldAbout, "perspective": webform.FieldWho, "role": webform.FieldWho}
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
func (h *handler) showForm(w http.ResponseWriter, r *http.Request, status int, a ask, st webform.State, issues []fault.Issue, notice, cache string) {
	again, err := h.hold(r, a, st, st.Consent)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	h.finishForm(w, r, status, a, a.View(st, slices.Concat(issues, again), status != http.StatusOK), notice, a.Path(), cache)
}

// finishForm adds what is due to somebody in despair and answers with the form.
func (h *handler) finishForm(w http.ResponseWriter, r *http.Request, status int, a ask, v *webform.View, notice, path, cache string) {
	if notice != "" {
		v.Notice = v.T(notice)
	}
	v.Crisis = a.reply()
	title := v.Title
	if len(v.Errors) > 0 {
		title = v.Count() + " · " + title // a screen reader says the title first
	}
	pg := frame(a.Program, a.Lang, title, path)
	pg.Description, pg.Scripts, pg.CacheControl = v.Lead, v.Scripts(), cache
	pg.NoIndex = v.DraftKey == "" || status != http.StatusOK
	h.show(w, r, status, pg, "form", v)
}
