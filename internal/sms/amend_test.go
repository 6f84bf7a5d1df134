package sms_test

import (
	"context"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/tellback/tellback/internal/intake"
	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/report"
)

var receiptIn = regexp.MustCompile(`/r/([a-z2-9]{26})`)

// amended is a house in which alice has answered five questions in one text, and her receipt.
func amended(t *testing.T) (*house, intake.Receipt) {
	t.Helper()
	h := joined(t)
	m := receiptIn.FindStringSubmatch(h.say(alice, "2 1 3 0 4"))
	if m == nil {
		t.Fatal("five answers in one text were not taken")
	}
	return h, intake.Receipt(m[1])
}

func (h *house) stands(r intake.Receipt) report.Report {
	h.t.Helper()
	k, err := h.Desk.Read(context.Background(), r)
	if err != nil {
		h.t.Fatal(err)
	}
	return k
}

// What is put right by text is a new revision of the same report: one report, one standing, one link.
func TestAnAnswerIsPutRightByText(t *testing.T) {
	h, r := amended(t)
	if reply := h.say(alice, "no 2: 3"); !strings.Contains(reply, "Tired 3 Very tired") {
		t.Errorf("answered %q", reply)
	}
	k := h.stands(r)
	if k.Revision != 2 || k.Answers.Reveal()["tiredness"][0].Code != "very" || k.Answers.Reveal()["pain"][0].Code != "medium" {
		t.Errorf("revision %d", k.Revision)
	}
	if n := h.items("reports", "P#", "S#river#weekly-check-in#"); n != 1 {
		t.Errorf("%d standings, want 1", n)
	}
	if reply := h.say(alice, "I meant 1"); !strings.Contains(reply, "Tired 1") || h.stands(r).Revision != 3 {
		t.Errorf("answered %q", reply)
	}
}

// A correction by text is carried out once: what is changed behind the link afterwards stays.
func TestACorrectionBehindTheLinkStays(t *testing.T) {
	h, r := amended(t)
	h.say(alice, "no 2: 3")
	k := h.stands(r)
	a := k.Answers.Reveal()
	a["tiredness"] = []questionnaire.Value{{Type: questionnaire.Choice, Code: "not"}}
	if _, err := h.Desk.Correct(context.Background(), r, k.Revision, phi.Hide(a), h.now(), nil); err != nil {
		t.Fatal(err)
	}
	h.say(alice, "thanks")
	h.say(alice, "sleep 0")
	if got := h.stands(r).Answers.Reveal(); got["tiredness"][0].Code != "not" || got["sleep"][0].Code != "very-well" {
		t.Error("the correction by text was carried out again, or the one behind the link is gone")
	}
}

// Who took the report back is told that nothing was changed, and goes on being answered.
func TestAReportThatIsGoneCannotBePutRight(t *testing.T) {
	h, r := amended(t)
	if err := h.Desk.Withdraw(context.Background(), r, h.now()); err != nil {
		t.Fatal(err)
	}
	if reply := h.say(alice, "no 2: 3"); !strings.Contains(reply, "could not keep") {
		t.Errorf("answered %q", reply)
	}
	if reply := h.say(alice, "thanks"); !strings.Contains(reply, "welcome") {
		t.Errorf("then answered %q", reply)
	}
}

const ailsDoc = `{"resourceType":"Questionnaire","id":"skin","version":"1","title":"Skin","status":"active","language":"en","item":[
	{"linkId":"what","text":"What is it?","type":"choice","repeats":true,"answerOption":[{"valueCoding":{"code":"rash","display":"Rash"}},
		{"valueCoding":{"code":"itch","display":"Itch"}},{"valueCoding":{"code":"burn","display":"Burn"}}],"item":[{"linkId":"bad","text":"How bad?","type":"integer"}]},
	{"linkId":"end","text":"All?","type":"boolean"}]}`

// What is told of one answer stays its own in the report that stands, though it was sorted, and told in another order.
func TestAnAnswerPutRightKeepsItsOwn(t *testing.T) {
	h := newHouse(t)
	var err error
	if h.catalog, err = program.Load(fstest.MapFS{
		"programs/pond.json": {Data: []byte(pondDoc)}, "questionnaires/skin.json": {Data: []byte(ailsDoc)}, "questionnaires/story.json": {Data: []byte(storyDoc)},
	}); err != nil {
		t.Fatal(err)
	}
	h.furnish(inMemory(t, h))
	reply := ""
	for _, body := range []string{"POND", "yes", "3 1", "9", "2", "1"} {
		reply = h.say(alice, body)
	}
	m := receiptIn.FindStringSubmatch(reply)
	if m == nil {
		t.Fatalf("no receipt in %q", reply)
	}
	for _, c := range []struct{ text, first, second string }{{"1: 3 2", "", "9"}, {"1: 3", "9", ""}} {
		h.say(alice, c.text)
		got := h.stands(intake.Receipt(m[1])).Answers.Reveal()
		for link, want := range map[string]string{"bad": c.first, "bad~2": c.second} {
			if vs := got[link]; (want == "") != (len(vs) == 0) || want != "" && vs[0].Text != want {
				t.Errorf("%q: %s holds %d answers, want %q", c.text, link, len(vs), want)
			}
		}
	}
}
