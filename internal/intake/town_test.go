package intake

import (
	"bytes"
	"fmt"
	"testing"
	"testing/fstest"
	"time"

	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/report"
	"github.com/tellback/tellback/internal/table"
	"github.com/tellback/tellback/internal/table/tabletest"
)

var now = time.Date(2026, 10, 20, 12, 0, 0, 0, time.UTC)

const programDoc = `{
	"id": "river", "name": {"en": "River"}, "purpose": {"en": "To learn."}, "organizer": {"en": "River"}, "help": {"en": "help@river.example"},
	"languages": ["en"], "timeZone": "America/New_York", "country": "US", "joinWords": ["RIVER"],
	"consent": {"version": "1", "text": {"en": "Yes?"}, "sms": {"en": "Yes?"}},
	"questionnaires": [
		{"questionnaire": "all", "version": "1", "roles": ["patient"], "proxy": true},
		{"questionnaire": "load", "version": "2", "roles": ["caregiver"]},
		{"questionnaire": "photos", "version": "1", "roles": ["patient"]}
	],
	"story": "story",
	"attributes": [{"id": "age", "text": {"en": "How old are you?"}, "options": [
		{"code": "young", "label": {"en": "Young"}}, {"code": "old", "label": {"en": "Old"}}]}],
	"breakdowns": [["age", "language"], ["relation"]],
	"openForm": true,
	"crisis": {"words": {"en": ["want to die"]}, "reply": {"en": "Call 988."}}
}`

const ordinal = `"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/ordinalValue","valueDecimal":%s}],`

func option(code, weight string) string {
	ext := ""
	if weight != "" {
		ext = fmt.Sprintf(ordinal, weight)
	}
	return fmt.Sprintf(`{%s"valueCoding":{"code":%q,"display":%q}}`, ext, code, "Option "+code)
}

func allDoc() string {
	scale := option("none", "0") + "," + option("mild", "1.5") + "," + option("strong", "4")
	return `{"resourceType":"Questionnaire","id":"all","version":"1","title":"All","status":"active","language":"en",
	"extension":[{"url":"https://tellback.org/fhir/StructureDefinition/score","extension":[
		{"url":"id","valueId":"burden"},{"url":"title","valueString":"Burden"},{"url":"method","valueCode":"sum"},
		{"url":"item","valueString":"pain"},{"url":"item","valueString":"tired"},{"url":"minAnswered","valueInteger":2}]}],
	"item":[
		{"linkId":"pain","text":"Pain?","type":"choice","required":true,"answerOption":[` + scale + `]},
		{"linkId":"tired","text":"Tired?","type":"choice","answerOption":[` + scale + `]},
		{"linkId":"help","text":"Who helps?","type":"choice","repeats":true,"answerOption":[` + option("kin", "") + "," + option("nurse", "") + `]},
		{"linkId":"sport","text":"Which sport?","type":"open-choice","answerOption":[` + option("swim", "") + `]},
		{"linkId":"g","text":"Walking","type":"group","item":[
			{"linkId":"intro","text":"Now about walking.","type":"display"},
			{"linkId":"walk","text":"Do you walk?","type":"boolean"},
			{"linkId":"steps","text":"How many steps?","type":"integer","enableWhen":[{"question":"walk","operator":"=","answerBoolean":true}]}]},
		{"linkId":"kilos","text":"Weight?","type":"decimal"},
		{"linkId":"since","text":"Since when?","type":"date"},
		{"linkId":"words","text":"Anything else?","type":"text"},
		{"linkId":"notes","text":"Any notes?","type":"text","repeats":true},
		{"linkId":"form","text":"Form","type":"string","extension":[{"url":"http://hl7.org/fhir/StructureDefinition/questionnaire-hidden","valueBoolean":true}],
			"initial":[{"valueString":"ZQhidden"}]}
	]}`
}

const loadDoc = `{"resourceType":"Questionnaire","id":"load","version":"%s","title":"Load","status":"active","language":"en",
	"item":[{"linkId":"rest","text":"Did you rest?","type":"boolean"}]}`

const storyDoc = `{"resourceType":"Questionnaire","id":"story","version":"1","title":"Story","status":"active","language":"en",
	"item":[{"linkId":"story","text":"Tell.","type":"text"}]}`

const photosDoc = `{"resourceType":"Questionnaire","id":"photos","version":"1","title":"Photos","status":"active","language":"en",
	"item":[{"linkId":"photo","text":"Show us.","type":"attachment","repeats":true},{"linkId":"who","text":"Who took it?","type":"reference"}]}`

func catalog(t testing.TB) *program.Catalog {
	t.Helper()
	c, err := program.Load(fstest.MapFS{
		"programs/river.json":        {Data: []byte(programDoc)},
		"questionnaires/all.json":    {Data: []byte(allDoc())},
		"questionnaires/load.1.json": {Data: fmt.Appendf(nil, loadDoc, "1")},
		"questionnaires/load.2.json": {Data: fmt.Appendf(nil, loadDoc, "2")},
		"questionnaires/story.json":  {Data: []byte(storyDoc)},
		"questionnaires/photos.json": {Data: []byte(photosDoc)},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func keys(t testing.TB) *phi.Keys {
	t.Helper()
	doc, err := phi.NewKeyset()
	if err != nil {
		t.Fatal(err)
	}
	k, err := phi.ReadKeys(bytes.NewReader(doc))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func desk(t testing.TB, reports table.Table) *Desk {
	t.Helper()
	d := New(reports, keys(t), catalog(t))
	d.Now = func() time.Time { return now }
	return d
}

func coding(code string) questionnaire.Value {
	return questionnaire.Value{Type: questionnaire.Choice, Code: code}
}

func words(s string) questionnaire.Value {
	return questionnaire.Value{Type: questionnaire.Text, Text: s}
}

func answers(code string) questionnaire.Answers {
	return questionnaire.Answers{"pain": {coding(code)}}
}

func draft(key string) report.Draft {
	return report.Draft{
		Key: key, Program: "river", Questionnaire: "all", Participant: "ana2", Perspective: report.Self, Role: "patient",
		Channel: report.Web, Origin: report.Known, Language: "en", Attributes: map[string]string{"age": "old"},
		Answers: phi.Hide(answers("mild")), At: now.Add(-time.Hour),
	}
}

func told(key, code string, at time.Time) report.Draft {
	d := draft(key)
	d.Answers, d.At = phi.Hide(answers(code)), at
	return d
}

func story(key, text string) report.Draft {
	d := draft(key)
	d.Questionnaire, d.Answers = "story", phi.Hide(questionnaire.Answers{"story": {words(text)}})
	return d
}

// standings are all standings of a table by sort key.
func standings(t interface {
	Helper()
	Fatal(...any)
}, m *tabletest.Memory) map[string]report.Standing {
	t.Helper()
	out := map[string]report.Standing{}
	for _, i := range m.Under("P#", "S#") {
		s, err := report.DecodeStanding(i.Body)
		if err != nil {
			t.Fatal(err)
		}
		out[i.Partition+"/"+i.Sort] = s
	}
	return out
}

// the is the only standing there is.
func the(t *testing.T, m *tabletest.Memory) report.Standing {
	t.Helper()
	all := standings(t, m)
	if len(all) != 1 {
		t.Fatalf("%d standings, want 1", len(all))
	}
	for _, s := range all {
		return s
	}
	panic("unreachable")
}
