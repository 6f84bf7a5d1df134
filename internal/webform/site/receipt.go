package site

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
	"github.com/tellback/tellback/internal/webform"
	"github.com/tellback/tellback/internal/words"
)

type receiptView struct {
	webform.Speech
	Title, Done, Edit, Withdraw, DraftKey string
	Answers                               []told
	Looks                                 []answered // what the questionnaire's author warns of, by question
	Facts                                 [][2]string
	More                                  *webform.Link
	Crisis                                *webform.Reply
	Phone                                 phone
	Action                                string
}

// told are answers, of one of several places where something can be told again.
type told struct {
	Place   string // "Medicines 2"; "" of what is told once
	Answers []answered
}

type answered struct {
	Question string
	Answers  []string
	links    []string // where each can be saved, of files
}

// Link is where the n-th answer can be saved; "" where that is no file.
func (a answered) Link(n int) string {
	if n < len(a.links) {
		return a.links[n]
	}
	return ""
}

// receipt is /r/{receipt}: read, correct, withdraw. Whoever has the address may do all of it; nobody else learns that it exists.
func (h *handler) receipt(w http.ResponseWriter, r *http.Request) {
	rc := intake.Receipt(r.PathValue("receipt"))
	if !webform.Name26(string(rc)) {
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
		h.showCorrection(w, r, http.StatusOK, a, rc, webform.ShowState(a.Questionnaire, rep.Answers.Reveal(), a.Program.Location()), rep.Revision, nil, "")
	case r.URL.Query().Has("file"):
		h.sendFile(w, r, a, rc)
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
	a := ask{Form: webform.Form{Program: p, Questionnaire: q, Use: use, Lang: lang}}
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
	s, path := webform.Speech{Lang: a.Lang}, "/r/"+string(rc)
	v := receiptView{
		Speech: s, Title: s.T("receipt-title"), DraftKey: a.Program.ID + "/" + a.Questionnaire.ID,
		Edit: path + "?correct&lang=" + a.Lang, Withdraw: path + "?withdraw&lang=" + a.Lang,
		Answers: everything(a, rc, rep), Looks: looks(a, rep), Facts: facts(s, a, rep), Crisis: a.reply(),
		Action: path + "?lang=" + a.Lang,
	}
	switch r.URL.Query().Get("done") {
	case "sent":
		v.Done = s.T("receipt-thanks")
	case "corrected":
		v.Done = s.T("receipt-corrected")
	case "already":
		v.Done = s.T("receipt-already")
	}
	var err error
	if v.Phone, err = h.phone(r.Context(), rep); err != nil {
		h.fail(w, r, err)
		return
	}
	if v.Phone.Done && r.URL.Query().Get("done") == "stopped" {
		v.Phone.Done, v.Done = false, s.T("receipt-stopped")
	}
	if a.Program.OpenForm {
		v.More = &webform.Link{Text: s.T("receipt-more"), URL: "/f/" + a.Program.ID + "?lang=" + a.Lang}
	}
	pg := frame(a.Program, a.Lang, v.Title, path)
	pg.NoIndex, pg.Synthetic, pg.Scripts = true, rep.Synthetic, []string{webform.Asset("receipt.js")}
	h.show(w, r, http.StatusOK, pg, "receipt", v)
}

// everything is every question that was asked, with what was answered. It is empty if nothing was. Of what can be told several times and
// wasn't told at all, it is only said that it was left out.
func everything(a ask, rc intake.Receipt, rep report.Report) (out []told) {
	answers, any, spoken := rep.Answers.Reveal(), false, map[string]bool{} // in which place, and of what
	for _, i := range a.Questionnaire.Enabled(answers) {
		if place, of := a.Place(i); webform.Asked(i) && len(answers[i.LinkID]) > 0 {
			any, spoken[place], spoken[of+"*"] = true, true, true
		}
	}
	if !any {
		return nil
	}
	for _, i := range a.Questionnaire.Enabled(answers) {
		if !webform.Asked(i) {
			continue
		}
		place, of := a.Place(i)
		i = a.Questionnaire.Asked(i, answers)
		one := answered{Question: i.Text.In(a.Lang)}
		for n, v := range answers[i.LinkID] {
			one.Answers = append(one.Answers, display(i, v, a))
			one.links = append(one.links, fileLink(a, rc, rep, i, n))
		}
		switch {
		case place == "" || spoken[place]:
		case spoken[of+"*"]:
			continue
		default:
			spoken[of+"*"], place, one = true, "", answered{Question: of}
		}
		out = into(out, place, one)
	}
	return out
}

// into adds an answer to its place, which is the last or a new one.
func into(out []told, place string, one answered) []told {
	if len(out) == 0 || out[len(out)-1].Place != place {
		out = append(out, told{Place: place})
	}
	at := &out[len(out)-1]
	at.Answers = append(at.Answers, one)
	return out
}

// looks are the warnings that the questionnaire's author has for such answers.
func looks(a ask, rep report.Report) (out []answered) {
	for _, is := range a.Questionnaire.Warnings(rep.Answers.Reveal()) {
		i, one := a.Questionnaire.Item(is.Where), answered{}
		if i != nil {
			one.Question = i.Text.In(a.Lang)
		}
		one.Answers = []string{questionnaire.Explain(is, i, a.Lang)}
		out = append(out, one)
	}
	return out
}

// display is an answer in words; a time of day is shown as it was where it was told.
func display(i *questionnaire.Item, v questionnaire.Value, a ask) string {
	if v.Type == questionnaire.DateTime {
		if t, err := time.Parse(time.RFC3339, v.Text); err == nil {
			return moment(webform.Speech{Lang: a.Lang}, t.In(a.Program.Location()))
		}
	}
	return v.Display(i, a.Lang)
}

func facts(s webform.Speech, a ask, rep report.Report) [][2]string {
	about := s.T("receipt-about-self")
	if rep.Perspective == report.Proxy {
		if about = rep.About.Reveal(); about == "" || strings.HasPrefix(about, report.Reference) {
			about = s.T("receipt-about-other")
		}
	}
	out := [][2]string{
		{s.T("receipt-for"), a.Program.Name.In(s.Lang)},
		{s.T("receipt-form"), a.Questionnaire.Title.In(s.Lang)},
		{s.T("receipt-about"), about},
		{s.T("receipt-sent"), moment(s, rep.At.In(a.Program.Location()))},
	}
	if rep.Revision > 1 {
		out = append(out, [2]string{s.T("receipt-changed"), moment(s, rep.Revised.In(a.Program.Location()))})
	}
	return out
}

// moment is a time in words.
func moment(s webform.Speech, t time.Time) string {
	return s.T("date", "day", strconv.Itoa(t.Day()), "month", words.Text(s.Lang, "time.month-"+strconv.Itoa(int(t.Month()))),
		"year", strconv.Itoa(t.Year()), "time", t.Format("15:04"))
}

// change is a posted correction or withdrawal.
func (h *handler) change(w http.ResponseWriter, r *http.Request, a ask, rc intake.Receipt, rep report.Report) {
	v, ok := h.values(w, r, filed(a.Questionnaire))
	if !ok {
		return
	}
	switch v.Get(webform.FieldAction) {
	case "withdraw":
		if err := h.desk.Withdraw(r.Context(), rc, h.now()); err != nil {
			h.fail(w, r, err)
			return
		}
		a.owner = "form:" + string(rc)
		h.letGo(r, a)
		h.back(w, r, a, rc, "gone")
	case "stop":
		if err := h.stopTexts(r.Context(), rep); err != nil {
			h.fail(w, r, err)
			return
		}
		h.back(w, r, a, rc, "stopped")
	case "correct":
		st, seen := webform.ReadState(a.Questionnaire, a.Program, v.Values), v.Get(webform.FieldRevision)
		a.crisis = h.desk.Despair(r.Context(), a.Program, a.Lang, "correct:"+string(rc)+":"+webform.Clip(seen), append(st.Words(a.Questionnaire), v.files.Texts()...)...)
		a.files, a.owner = v.files, "form:"+string(rc)
		h.correct(w, r, a, rc, st, rep, seen)
	default:
		h.notice(w, r, http.StatusBadRequest, "media")
	}
}

func (h *handler) correct(w http.ResponseWriter, r *http.Request, a ask, rc intake.Receipt, st webform.State, rep report.Report, seen string) {
	revision, err := strconv.Atoi(seen)
	known := err == nil
	if !known {
		revision = rep.Revision
	}
	if st.Pressed() {
		h.showCorrection(w, r, http.StatusUnprocessableEntity, a, rc, st, revision, nil, "")
		return
	}
	answers, issues := st.Parse(a.Questionnaire, a.Program.Location(), rep.Answers.Reveal())
	notice := ""
	if st.News(a.Questionnaire, answers) {
		issues, notice = nil, "notice-more"
	}
	if len(issues) > 0 || notice != "" {
		h.showCorrection(w, r, http.StatusUnprocessableEntity, a, rc, st, revision, issues, notice)
		return
	}
	if !known {
		h.showCorrection(w, r, http.StatusUnprocessableEntity, a, rc, st, revision, nil, "notice-again")
		return
	}
	if len(answers) == 0 {
		h.showCorrection(w, r, http.StatusUnprocessableEntity, a, rc, st, revision, webform.Nothing(a.Questionnaire), nothingLeft)
		return
	}
	if err := h.gather(r, &a, answers, a.files, rep.Files); err != nil {
		h.fail(w, r, err)
		return
	}
	_, err = h.desk.Correct(r.Context(), rc, revision, phi.Hide(answers), h.now(), a.files)
	switch fault.KindOf(err) {
	case fault.Conflict:
		h.conflict(w, r, a, rc, st)
		return
	case fault.Invalid:
		if _, issues = fault.Public(err); len(issues) > 0 {
			st.ForgetFiles(issues)
			h.showCorrection(w, r, http.StatusUnprocessableEntity, a, rc, st, revision, issues, "")
			return
		}
	}
	if err != nil {
		h.fail(w, r, err)
		return
	}
	h.letGo(r, a)
	if rep.Answers = phi.Hide(answers); wantsNoTexts(rep) {
		if err := h.stopTexts(r.Context(), rep); err != nil {
			h.fail(w, r, err)
			return
		}
	}
	h.back(w, r, a, rc, "corrected")
}

// conflict shows the correction again, to be sent over the revision that came in between.
func (h *handler) conflict(w http.ResponseWriter, r *http.Request, a ask, rc intake.Receipt, st webform.State) {
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

func (h *handler) showCorrection(w http.ResponseWriter, r *http.Request, status int, a ask, rc intake.Receipt, st webform.State, revision int, issues []fault.Issue, notice string) {
	a.owner = "form:" + string(rc)
	path := "/r/" + string(rc)
	again, err := h.hold(r, a, st, true)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	v := a.Correction(path, st, revision, slices.Concat(issues, again))
	if notice == nothingLeft {
		v.Earlier = &webform.Link{Text: v.T("receipt-withdraw"), URL: path + "?withdraw&lang=" + a.Lang}
	}
	h.finishForm(w, r, status, a, v, notice, path+"?correct", "")
}

func (h *handler) confirm(w http.ResponseWriter, r *http.Request, a ask, rc intake.Receipt) {
	s, path := webform.Speech{Lang: a.Lang}, "/r/"+string(rc)
	pg := frame(a.Program, a.Lang, s.T("withdraw-title"), path+"?withdraw")
	pg.NoIndex = true
	h.show(w, r, http.StatusOK, pg, "withdraw", struct {
		webform.Speech
		Action, Back string
	}{s, path + "?lang=" + a.Lang, path + "?lang=" + a.Lang})
}

func (h *handler) gone(w http.ResponseWriter, r *http.Request, a ask, rep report.Report) {
	s := webform.Speech{Lang: a.Lang}
	pg := frame(a.Program, a.Lang, s.T("gone-title"), r.URL.Path)
	pg.NoIndex, pg.Synthetic = true, rep.Synthetic
	v := noticeView{Title: s.T("gone-title"), Text: s.T("gone-lead"), Crisis: a.reply()}
	if a.Program.OpenForm {
		v.Link = &webform.Link{Text: s.T("receipt-more"), URL: "/f/" + a.Program.ID + "?lang=" + a.Lang}
	}
	h.show(w, r, http.StatusOK, pg, "notice", v)
}
