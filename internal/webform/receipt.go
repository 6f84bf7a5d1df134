package webform

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/intake"
	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/report"
	"github.com/tellback/tellback/internal/words"
)

type receiptView struct {
	speech
	Title, Done, Edit, Withdraw, DraftKey string
	Answers                               []answered
	Facts                                 [][2]string
	More                                  *link
	Crisis                                *reply
}

type answered struct {
	Question string
	Answers  []string
}

// receipt is /r/{receipt}: read, correct, withdraw. Whoever has the address may do all of it; nobody else learns that it exists.
func (h *handler) receipt(w http.ResponseWriter, r *http.Request) {
	rc := intake.Receipt(r.PathValue("receipt"))
	if !name26(string(rc)) {
		h.missing(w, r)
		return
	}
	rep, err := h.desk.Read(r.Context(), rc)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	a, ok := h.askOf(r, rep)
	if !ok { // its program or questionnaire was taken out of the installation
		h.missing(w, r)
		return
	}
	switch {
	case rep.Status == report.Withdrawn:
		h.gone(w, r, a, rep)
	case r.Method == http.MethodPost:
		h.change(w, r, a, rc, rep)
	case r.URL.Query().Has("correct"):
		h.showCorrection(w, r, http.StatusOK, a, rc, showState(a.q, rep.Answers.Reveal(), a.p.Location()), rep.Revision, nil, "")
	case r.URL.Query().Has("withdraw"):
		h.confirm(w, r, a, rc)
	default:
		h.showReceipt(w, r, a, rc, rep)
	}
}

// askOf is the form that a report came by, in the language of ?lang= or else the one it was told in.
func (h *handler) askOf(r *http.Request, rep report.Report) (ask, bool) {
	p := h.catalog.Program(rep.Program)
	q := h.catalog.Questionnaire(rep.Questionnaire, rep.Version)
	if p == nil || q == nil {
		return ask{}, false
	}
	q = q.At(rep.At.In(p.Location()))
	_, use := h.catalog.Used(p, rep.Questionnaire)
	lang := rep.Language
	if want := r.URL.Query().Get("lang"); slices.Contains(p.Languages, want) {
		lang = want
	}
	a := ask{p: p, q: q, use: use, lang: lang}
	if r.URL.Query().Has("crisis") { // also what the report no longer holds
		a.crisis = lang
	}
	for _, words := range written(rep.Answers.Reveal()) {
		if in, ok := p.Despair(lang, words); ok {
			a.crisis = in
		}
	}
	return a, true
}

func (h *handler) showReceipt(w http.ResponseWriter, r *http.Request, a ask, rc intake.Receipt, rep report.Report) {
	s, path := speech{a.lang}, "/r/"+string(rc)
	v := receiptView{
		speech: s, Title: s.T("receipt-title"), DraftKey: a.p.ID + "/" + a.q.ID,
		Edit: path + "?correct&lang=" + a.lang, Withdraw: path + "?withdraw&lang=" + a.lang,
		Answers: told(a, rep), Facts: s.facts(a, rep), Crisis: a.reply(),
	}
	switch r.URL.Query().Get("done") {
	case "sent":
		v.Done = s.T("receipt-thanks")
	case "corrected":
		v.Done = s.T("receipt-corrected")
	case "already":
		v.Done = s.T("receipt-already")
	}
	if a.p.OpenForm {
		v.More = &link{s.T("receipt-more"), "/f/" + a.p.ID + "?lang=" + a.lang}
	}
	pg := frame(a.p, a.lang, v.Title, path)
	pg.NoIndex, pg.Synthetic, pg.Scripts = true, rep.Synthetic, []string{asset("receipt.js")}
	h.show(w, r, http.StatusOK, pg, "receipt", v)
}

// told is every question that was asked, with what was answered. It is empty if nothing was.
func told(a ask, rep report.Report) (out []answered) {
	answers, any := rep.Answers.Reveal(), false
	for _, i := range a.q.Enabled(answers) {
		if !asked(i) {
			continue
		}
		i = a.q.Asked(i, answers)
		one := answered{Question: i.Text.In(a.lang)}
		for _, v := range answers[i.LinkID] {
			one.Answers, any = append(one.Answers, display(i, v, a)), true
		}
		out = append(out, one)
	}
	if !any {
		return nil
	}
	return out
}

// display is an answer in words; a time of day is shown as it was where it was told.
func display(i *questionnaire.Item, v questionnaire.Value, a ask) string {
	if v.Type == questionnaire.DateTime {
		if t, err := time.Parse(time.RFC3339, v.Text); err == nil {
			return speech{a.lang}.moment(t.In(a.p.Location()))
		}
	}
	return v.Display(i, a.lang)
}

func (s speech) facts(a ask, rep report.Report) [][2]string {
	about := s.T("receipt-about-self")
	if rep.Perspective == report.Proxy {
		if about = rep.About.Reveal(); about == "" || strings.HasPrefix(about, report.Reference) {
			about = s.T("receipt-about-other")
		}
	}
	out := [][2]string{
		{s.T("receipt-for"), a.p.Name.In(s.Lang)},
		{s.T("receipt-form"), a.q.Title.In(s.Lang)},
		{s.T("receipt-about"), about},
		{s.T("receipt-sent"), s.moment(rep.At.In(a.p.Location()))},
	}
	if rep.Revision > 1 {
		out = append(out, [2]string{s.T("receipt-changed"), s.moment(rep.Revised.In(a.p.Location()))})
	}
	return out
}

// moment is a time in words.
func (s speech) moment(t time.Time) string {
	return s.T("date", "day", strconv.Itoa(t.Day()), "month", words.Text(s.Lang, "time.month-"+strconv.Itoa(int(t.Month()))),
		"year", strconv.Itoa(t.Year()), "time", t.Format("15:04"))
}

// change is a posted correction or withdrawal.
func (h *handler) change(w http.ResponseWriter, r *http.Request, a ask, rc intake.Receipt, rep report.Report) {
	v, ok := h.values(w, r)
	if !ok {
		return
	}
	switch v.Get(fieldAction) {
	case "withdraw":
		if err := h.desk.Withdraw(r.Context(), rc, h.now()); err != nil {
			h.fail(w, r, err)
			return
		}
		h.back(w, r, a, rc, "gone")
	case "correct":
		st, seen := readState(a.q, a.p, v), v.Get(fieldRevision)
		a.crisis = h.desk.Despair(r.Context(), a.p, a.lang, "correct:"+string(rc)+":"+clip(seen), st.words(a.q)...)
		h.correct(w, r, a, rc, st, rep, seen)
	default:
		h.notice(w, r, http.StatusBadRequest, "media")
	}
}

func (h *handler) correct(w http.ResponseWriter, r *http.Request, a ask, rc intake.Receipt, st state, rep report.Report, seen string) {
	answers, issues := st.parse(a.q, a.p.Location(), rep.Answers.Reveal())
	notice := ""
	if news(a.q, answers, st.shown) {
		issues, notice = nil, "notice-more"
	}
	if len(issues) > 0 || notice != "" {
		revision, err := strconv.Atoi(seen)
		if err != nil {
			revision = rep.Revision
		}
		h.showCorrection(w, r, http.StatusUnprocessableEntity, a, rc, st, revision, issues, notice)
		return
	}
	revision, err := strconv.Atoi(seen)
	if err != nil {
		h.showCorrection(w, r, http.StatusUnprocessableEntity, a, rc, st, rep.Revision, nil, "notice-again")
		return
	}
	if len(answers) == 0 {
		h.showCorrection(w, r, http.StatusUnprocessableEntity, a, rc, st, revision, nothing(a.q), nothingLeft)
		return
	}
	_, err = h.desk.Correct(r.Context(), rc, revision, phi.Hide(answers), h.now())
	switch fault.KindOf(err) {
	case fault.Conflict:
		h.conflict(w, r, a, rc, st)
		return
	case fault.Invalid:
		if _, issues = fault.Public(err); len(issues) > 0 {
			h.showCorrection(w, r, http.StatusUnprocessableEntity, a, rc, st, revision, issues, "")
			return
		}
	}
	if err != nil {
		h.fail(w, r, err)
		return
	}
	h.back(w, r, a, rc, "corrected")
}

// conflict shows the correction again, to be sent over the revision that came in between.
func (h *handler) conflict(w http.ResponseWriter, r *http.Request, a ask, rc intake.Receipt, st state) {
	rep, err := h.desk.Read(r.Context(), rc)
	switch {
	case err != nil:
		h.fail(w, r, err)
	case rep.Status == report.Withdrawn:
		h.gone(w, r, a, rep)
	default:
		h.showCorrection(w, r, http.StatusConflict, a, rc, st, rep.Revision, nil, "notice-conflict")
	}
}

// back leads to the receipt after a change, so that a reload changes nothing.
func (h *handler) back(w http.ResponseWriter, r *http.Request, a ask, rc intake.Receipt, done string) {
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, a.receipt(rc, done), http.StatusSeeOther)
}

// nothingLeft is said of a correction that leaves no answer: to take a report back is another thing, and is asked about.
const nothingLeft = "notice-nothing-left"

func (h *handler) showCorrection(w http.ResponseWriter, r *http.Request, status int, a ask, rc intake.Receipt, st state, revision int, issues []fault.Issue, notice string) {
	s, path := speech{a.lang}, "/r/"+string(rc)
	v := formView{
		speech: s, Action: path + "?lang=" + a.lang, Title: s.T("correct-title"), Lead: s.T("correct-lead"), Kept: true,
		Hidden: [][2]string{{fieldAction, "correct"}, {fieldRevision, strconv.Itoa(revision)}},
		Send:   s.T("send-correction"), Back: &link{s.T("cancel"), path + "?lang=" + a.lang},
	}
	if notice == nothingLeft {
		v.Earlier = &link{s.T("receipt-withdraw"), path + "?withdraw&lang=" + a.lang}
	}
	b := newBuilder(a, st, issues)
	v.Fields, v.AllOptional = b.fields(a.q.Items), !b.needs
	v.Hidden = append(v.Hidden, b.shown()...)
	h.finishForm(w, r, status, a, v, b, issues, notice, path+"?correct", "")
}

func (h *handler) confirm(w http.ResponseWriter, r *http.Request, a ask, rc intake.Receipt) {
	s, path := speech{a.lang}, "/r/"+string(rc)
	pg := frame(a.p, a.lang, s.T("withdraw-title"), path+"?withdraw")
	pg.NoIndex = true
	h.show(w, r, http.StatusOK, pg, "withdraw", struct {
		speech
		Action, Back string
	}{s, path + "?lang=" + a.lang, path + "?lang=" + a.lang})
}

func (h *handler) gone(w http.ResponseWriter, r *http.Request, a ask, rep report.Report) {
	s := speech{a.lang}
	pg := frame(a.p, a.lang, s.T("gone-title"), r.URL.Path)
	pg.NoIndex, pg.Synthetic = true, rep.Synthetic
	v := noticeView{Title: s.T("gone-title"), Text: s.T("gone-lead"), Crisis: a.reply()}
	if a.p.OpenForm {
		v.Link = &link{s.T("receipt-more"), "/f/" + a.p.ID + "?lang=" + a.lang}
	}
	h.show(w, r, http.StatusOK, pg, "notice", v)
}
