package questionnaire

import (
	"strings"
	"testing"
	"time"
)

// TestPrefixesOfOptions: a form shows what an author put before an option; a text only what its numbers don't say.
func TestPrefixesOfOptions(t *testing.T) {
	prefix := func(url, s string) string { return `"extension":[{"url":"` + url + `","valueString":"` + s + `"}]` }
	q := load(t, strings.Replace(with(`{"linkId":"a","text":"A","type":"choice","answerOption":[
		{"valueCoding":{"code":"x","display":"Head"},`+prefix(extPrefix, "a)")+`},
		{"valueCoding":{"code":"y","display":"Back",`+prefix(extPrefix, "Grade II:")+`}},
		{"valueString":"Neck",`+prefix(extPrefix, "a.")+`},
		{"valueString":"Leg",`+prefix(extPrefix, "(4)")+`}]},
		{"linkId":"b","text":"B","type":"choice","answerValueSet":"#set"}`), `"item":`,
		`"contained":[{"resourceType":"ValueSet","id":"set","status":"active","compose":{"include":[{"concept":[
		{"code":"x","display":"Head",`+prefix(extSetLabel, "iii.")+`},{"code":"y","display":"Back"}]}]}}],"item":`, 1))
	i := q.Item("a")
	for n, want := range []struct{ form, text string }{
		{"a) Head", "Head"}, {"Grade II: Back", "Grade II: Back"}, {"a. Neck", "a. Neck"}, {"(4) Leg", "Leg"},
	} {
		if form, text := i.Marked(n, "en"), i.Spoken(n, "en"); form != want.form || text != want.text {
			t.Errorf("option %d: %q %q", n, form, text)
		}
	}
	if got := q.Item("b").Marked(0, "en"); got != "iii. Head" {
		t.Errorf("of a value set: %q", got)
	}
	for said, want := range map[string]string{"grade ii": "y", "Grade II: back": "y", "back": "y", "2": "y", "a": "Neck", "a neck": "Neck", "1": "x", "head": "x"} {
		vs, bad := q.Parse(i, "en", said, time.Time{})
		if bad != nil || len(vs) != 1 || vs[0].Code+vs[0].Text != want {
			t.Errorf("%q is %v %v, want %s", said, vs, bad, want)
		}
	}
}

// TestLooksAskNothing: what only says how something looks never refuses a questionnaire.
func TestLooksAskNothing(t *testing.T) {
	q := load(t, with(`{"linkId":"a","text":"A","type":"choice","extension":[{"url":"`+extControl+`","valueCodeableConcept":{"text":"?"}},{"url":"`+extOrientation+`","valueCode":"diagonal"},
	{"url":"`+extPrefix+`","valueString":"x"}],"answerOption":[{"valueString":"x","extension":[{"url":"`+extPrefix+`","valueInteger":1},{"url":"`+extControl+`","valueString":"x"}]}]}`))
	if i := q.Item("a"); i.Control != "" || i.Orientation != "" || i.Options[0].Prefix != "" {
		t.Errorf("%+v", i)
	}
	q = load(t, with(`{"linkId":"a","text":"A","type":"choice","extension":[{"url":"`+extControl+`","valueCodeableConcept":{"coding":[{"code":"drop-down"}]}},{"url":"`+extOrientation+`","valueCode":"horizontal"}],"answerOption":[{"valueString":"x"}]}`))
	if i := q.Item("a"); i.Control != "drop-down" || i.Orientation != "horizontal" {
		t.Errorf("%+v", i)
	}
}
