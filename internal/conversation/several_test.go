package conversation_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/tellback/tellback/internal/conversation"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/questionnaire"
)

const hill = `{"id":"hill","name":{"en":"Hill"},"purpose":{"en":"To learn."},"organizer":{"en":"Hill"},"help":{"en":"help@hill.example"},
	"languages":["en"],"timeZone":"America/New_York","country":"US","joinWords":["HILL"],"story":"story",
	"consent":{"version":"1","text":{"en":"Yes?"},"sms":{"en":"Yes?"}},"questionnaires":[{"questionnaire":"q","version":"1","roles":["patient"]}],
	"crisis":{"words":{"en":["want to die"]},"reply":{"en":"Call 988."}}}`

// asks talks for a program that asks these items.
func asks(t *testing.T, items string) conversation.Machine {
	t.Helper()
	head := `{"resourceType":"Questionnaire","version":"1","title":"T","status":"active","language":"en",`
	c, err := program.Load(fstest.MapFS{
		"programs/hill.json":        {Data: []byte(hill)},
		"questionnaires/story.json": {Data: []byte(head + `"id":"story","item":[{"linkId":"story","text":"Tell.","type":"text"}]}`)},
		"questionnaires/q.json":     {Data: []byte(head + `"id":"q","item":[` + items + `]}`)},
	})
	if err != nil {
		t.Fatal(err)
	}
	return speaking(c)
}

const symptoms = `{"linkId":"sym","type":"open-choice","repeats":true,"required":true,"text":"Which?","answerOption":[{"valueCoding":{"code":"cough","display":"Cough"}},
		{"valueCoding":{"code":"fever","display":"Fever"}},{"valueCoding":{"code":"pain","display":"Pain"}}],
		"item":[{"linkId":"sev","type":"integer","required":true,"text":"How bad?"},{"linkId":"nt","type":"string","text":"Note?"}]},
	{"linkId":"z","type":"boolean","text":"End?"}`

func flat(a questionnaire.Answers) map[string]string {
	out := map[string]string{}
	for link, vs := range a {
		var all []string
		for _, v := range vs {
			all = append(all, v.Text+v.Code)
		}
		out[link] = strings.Join(all, "+")
	}
	return out
}

// Whichever way an answer is changed, what was told of one symptom is never another's, and what is asked of a new one is asked.
func TestWhatWasToldOfAnAnswerStaysItsOwn(t *testing.T) {
	for texts, want := range map[string]map[string]string{
		"1 3|2|c|0|p|1: 3|1":                {"sym": "pain", "sev": "0", "nt": "p", "z": "true"},
		"1 3|2|c|0|p|1: 2 3|7|f|1":          {"sym": "fever+pain", "sev": "7", "nt": "f", "sev~2": "0", "nt~2": "p", "z": "true"},
		"1 3|2|c|1: 3|0|p|1":                {"sym": "pain", "sev": "0", "nt": "p", "z": "true"},
		"1 3|2|c|0|p|1: 2 3|back|1 3|5|d|1": {"sym": "cough+pain", "sev": "5", "nt": "d", "sev~2": "0", "nt~2": "p", "z": "true"},
		"1 3|2|c|0|p|1: 2 3|back|3|1":       {"sym": "pain", "sev": "0", "nt": "p", "z": "true"},
		"itch⏎3|2|c|0|p|1: 3⏎itch|1":        {"sym": "pain+itch", "sev": "0", "nt": "p", "sev~2": "2", "nt~2": "c", "z": "true"},
	} {
		m := asks(t, symptoms)
		s := through(m, conversation.Session{}, "hill", "yes")
		var got map[string]string
		for _, text := range strings.Split(texts, "|") {
			out := m.Step(s, conversation.Input{Text: strings.ReplaceAll(text, "⏎", "\n"), Key: "K"}, monday)
			s = out.Session
			for _, e := range out.Effects {
				if e.Kind == conversation.Tell {
					got = flat(e.Answers)
				}
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", texts, d)
		}
	}
}

// After sending, a new answer has nothing that was told of another: where that is needed, the receipt is the place.
func TestASentAnswerKeepsItsOwn(t *testing.T) {
	m := asks(t, symptoms)
	s := through(m, conversation.Session{}, "hill", "yes", "1 3", "2", "c", "0", "p", "1")
	out := m.Step(s, conversation.Input{Text: "1: 3", Key: "K"}, monday)
	if d := cmp.Diff(map[string]string{"sym": "pain", "sev": "0", "nt": "p", "z": "true"}, flat(out.Session.Told.Answers)); d != "" || len(out.Effects) != 1 {
		t.Error(d, len(out.Effects))
	}
	out = m.Step(s, conversation.Input{Text: "1: 2 3", Key: "K"}, monday)
	if len(out.Effects) > 0 || !strings.Contains(out.Replies[0], "thank-you text") {
		t.Errorf("how bad the fever is was made up: %q", out.Replies)
	}
}

// Too few, too many and what must stand alone are called so.
func TestHowManyIsSaid(t *testing.T) {
	occurs := func(which, n string) string {
		return `{"url":"http://hl7.org/fhir/StructureDefinition/questionnaire-` + which + `","valueInteger":` + n + `}`
	}
	pick := `"type":"choice","repeats":true,"text":"Which?","answerOption":[{"valueCoding":{"code":"a","display":"Aa"}},{"valueCoding":{"code":"b","display":"Bb"}},
		{"valueCoding":{"code":"c","display":"Cc"}},{"valueCoding":{"code":"n","display":"None"},"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/questionnaire-optionExclusive","valueBoolean":true}]}]`
	for _, c := range []struct{ items, text, want string }{
		{`{"linkId":"m",` + pick + `,"extension":[` + occurs("minOccurs", "2") + `]}`, "1", "Please give 2 or more."},
		{`{"linkId":"m",` + pick + `,"extension":[` + occurs("maxOccurs", "2") + `]}`, "1 2 3", "Please give 2 at most."},
		{`{"linkId":"m",` + pick + `}`, "1 4", "must stand alone"},
		{`{"linkId":"m","type":"string","repeats":true,"text":"Who?","extension":[` + occurs("minOccurs", "2") + `]}`, "Ann and Bob", "Please give 2 or more.\nPlease reply in your own words.\nPut each one on its own line."},
	} {
		m := asks(t, c.items)
		s := through(m, conversation.Session{}, "hill", "yes")
		out := m.Step(s, conversation.Input{Text: c.text, Key: "K"}, monday)
		if reply := strings.Join(out.Replies, "\n"); !strings.Contains(reply, c.want) || strings.Contains(reply, "just one") || strings.Contains(reply, "isn't one of") {
			t.Errorf("%q: %q", c.text, reply)
		}
	}
}
