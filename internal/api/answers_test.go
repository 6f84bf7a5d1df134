package api

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/questionnaire"
)

// several has a group that repeats, and in it questions under each answer to one.
const several = `{"resourceType":"Questionnaire","id":"q","version":"1","status":"active","title":"Q","item":[
	{"linkId":"med","type":"group","text":"Medicines","repeats":true,"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/questionnaire-maxOccurs","valueInteger":2}],"item":[
		{"linkId":"name","type":"string","text":"Name?","required":true},
		{"linkId":"effect","type":"choice","repeats":true,"text":"Effect?","answerOption":[{"valueCoding":{"code":"sleepy","display":"Sleepy"}},{"valueCoding":{"code":"sick","display":"Sick"}}],"item":[
			{"linkId":"bad","type":"integer","text":"How bad?"}]}]},
	{"linkId":"end","type":"boolean","text":"All?"}]}`

func readAnswers(t *testing.T, body string) (*questionnaire.Questionnaire, questionnaire.Answers, []string, []string) {
	t.Helper()
	q, err := questionnaire.Load([]byte(several))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := decode([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	var issues []fault.Issue
	a := read(doc.(*object), "/answers", &issues).answers(q, nil, newRaw()).read(q, time.UTC)
	issues = append(issues, judge(q, a, issues)...)
	var said []string
	for _, is := range issues {
		said = append(said, is.Where+" "+is.Code)
	}
	words := spoken(q, doc.(*object))
	slices.Sort(words)
	return q, a, said, words
}

func TestAGroupThatRepeatsIsAListOfObjects(t *testing.T) {
	q, a, wrong, words := readAnswers(t, `{"med":[{"name":"aspirin","effect":["sleepy",{"answer":"sick","answers":{"bad":7}}]},{"name":"zinc"}],"end":true}`)
	if len(wrong) > 0 {
		t.Fatal(wrong)
	}
	text := func(s string) []questionnaire.Value {
		return []questionnaire.Value{{Type: questionnaire.String, Text: s}}
	}
	yes := []questionnaire.Value{{Type: questionnaire.Boolean, Text: "true"}}
	want := questionnaire.Answers{
		"name": text("aspirin"), "effect": {{Type: questionnaire.Choice, Code: "sleepy"}, {Type: questionnaire.Choice, Code: "sick"}},
		"bad~1.2": {{Type: questionnaire.Integer, Text: "7"}}, "med~2?": yes, "name~2": text("zinc"), "end": yes,
	}
	if d := cmp.Diff(want, q.Clean(a)); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"aspirin", "zinc"}, words); d != "" { // a cry may stand anywhere
		t.Error(d)
	}
}

func TestWhatIsWrongInAListOfObjectsIsPointedAt(t *testing.T) {
	for _, c := range []struct{ name, body, want string }{
		{"a second without its name", `{"med":[{"name":"x"},{"effect":"sick"}]}`, "/answers/med/1/name required"},
		{"an answer of another type, deep", `{"med":[{"name":"x","effect":["sleepy",{"answer":"sick","answers":{"bad":"much"}}]}]}`, "/answers/med/0/effect/1/answers/bad wrong-type"},
		{"a third of two", `{"med":[{"name":"x"},{"name":"y"},{"name":"z"}]}`, "/answers/med too-many"},
		{"no list", `{"med":{"name":"x"}}`, "/answers/med wrong-type"},
		{"a list of no objects", `{"med":["x"]}`, "/answers/med wrong-type"},
		{"outside of its group", `{"name":"x"}`, "/answers/name misplaced"},
		{"by the name that it is kept by", `{"med":[{"name":"x"}],"name~2":"y"}`, "/answers/name~02 unknown-item"},
		{"no such question, deep", `{"med":[{"name":"x","nope":1}]}`, "/answers/med/0/nope unknown-item"},
		{"no such field of an answer", `{"med":[{"name":"x","effect":[{"answer":"sick","why":1}]}]}`, "/answers/med/0/effect/0/why unknown-field"},
		{"a group in itself", `{"med":[{"name":"x","med":[{"name":"y"}]}]}`, "/answers/med/0/med misplaced"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, _, wrong, _ := readAnswers(t, c.body); strings.Join(wrong, "; ") != c.want {
				t.Errorf("got %q, want %q", wrong, c.want)
			}
		})
	}
}

// What a question offers can follow from the answers to others, in whatever order they are sent.
func TestWhatIsOfferedByAnExpressionIsRead(t *testing.T) {
	q, err := questionnaire.Load([]byte(`{"resourceType":"Questionnaire","id":"q","version":"1","status":"active","title":"Q","item":[
		{"linkId":"where","type":"choice","text":"Where?","repeats":true,"answerOption":[
			{"valueCoding":{"system":"s","code":"leg","display":"Leg"}},{"valueCoding":{"system":"s","code":"arm","display":"Arm"}}]},
		{"linkId":"worst","type":"choice","text":"Where is it worst?","extension":[{"url":"http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-answerExpression",
			"valueExpression":{"language":"text/fhirpath","expression":"%resource.item.where(linkId = 'where').answer.value"}}]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	for body, wrong := range map[string]int{
		`{"worst":"s|arm","where":["leg","arm"]}`: 0, `{"worst":"arm","where":["leg","arm"]}`: 0, `{"worst":"arm","where":"leg"}`: 1,
	} {
		doc, err := decode([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		var issues []fault.Issue
		a := read(doc.(*object), "/answers", &issues).answers(q, nil, newRaw()).read(q, time.UTC)
		if issues = append(issues, judge(q, a, issues)...); len(issues) != wrong || wrong == 0 && a["worst"][0].System != "s" {
			t.Errorf("%s is read as %v: %+v", body, a["worst"], issues)
		}
	}
}

// A reference is an object by itself, also where others are nested under each.
func TestAnObjectIsAnAnswerWhereOthersAreUnderIt(t *testing.T) {
	q, err := questionnaire.Load([]byte(`{"resourceType":"Questionnaire","id":"q","version":"1","status":"active","title":"Q","item":[
		{"linkId":"who","type":"reference","text":"Who?","repeats":true,"item":[{"linkId":"kind","type":"boolean","text":"Kind?"}]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := decode([]byte(`{"who":[{"display":"Ana"},{"answer":{"display":"Bo"},"answers":{"kind":true}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	var issues []fault.Issue
	a := read(doc.(*object), "/answers", &issues).answers(q, nil, newRaw()).read(q, time.UTC)
	if len(issues) > 0 || len(a["who"]) != 2 || a["who"][1].Text != "Bo" || len(a["kind~2"]) != 1 {
		t.Errorf("%+v, %d answers", issues, len(a))
	}
}

// What the refusal of a date and time shows as an example is taken: in the program's zone, where it says none.
func TestADateAndTimeWithoutAZoneIsThePrograms(t *testing.T) {
	q, err := questionnaire.Load([]byte(`{"resourceType":"Questionnaire","id":"q","version":"1","status":"active","title":"Q","item":[{"linkId":"when","type":"dateTime","text":"When?"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	zone := time.FixedZone("", -5*60*60)
	example := regexp.MustCompile(`\d{4}-[\d: -]+\d`).FindString(questionnaire.Explain(fault.Issue{Code: "wrong-form"}, q.Item("when"), "en"))
	for sent, want := range map[string]string{
		example: "2026-10-31T14:30:00-05:00", "2026-10-31T14:30": "2026-10-31T14:30:00-05:00", "2026-10-31T14:30:00Z": "2026-10-31T14:30:00Z",
	} {
		raw := newRaw()
		raw.texts["when"] = []string{sent}
		if a := raw.read(q, zone); len(q.Validate(a)) > 0 || a["when"][0].Text != want {
			t.Errorf("%q is read as %+v, want %s", sent, a, want)
		}
	}
}

func TestOwnWordsInAnOpenChoice(t *testing.T) {
	q, err := questionnaire.Load([]byte(`{"resourceType":"Questionnaire","id":"q","version":"1","status":"active","title":"Q","item":[
		{"linkId":"tea","type":"boolean","text":"Tea?"},
		{"linkId":"open","type":"open-choice","repeats":true,"text":"Which?","answerOption":[
			{"valueCoding":{"system":"s","code":"a1","display":"Green tea"}},{"valueCoding":{"system":"s","code":"b2","display":"Milk"}},{"valueInteger":3}],
			"extension":[{"url":"http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-answerOptionsToggleExpression","extension":[
				{"url":"option","valueCoding":{"system":"s","code":"a1"}},
				{"url":"expression","valueExpression":{"language":"text/fhirpath","expression":"%resource.item.where(linkId='tea').answer.value = true"}}]}]},
		{"linkId":"closed","type":"choice","text":"Which?","answerOption":[{"valueCoding":{"code":"x","display":"X"}},{"valueCoding":{"code":"y","display":"Y"}}]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ body, words, wrong string }{
		{`{"tea":true,"open":["a1","oat milk"]}`, "oat milk", ""},
		{`{"open":"other: milk"}`, "milk", ""},
		{`{"open":["b2",3]}`, "", ""},
		{`{"open":"Milk"}`, "", "/answers/open unknown-option"}, // an option's words, not its code
		{`{"open":"B2"}`, "", "/answers/open unknown-option"},   // nearly a code
		{`{"open":"s|c3"}`, "", "/answers/open unknown-option"}, // a code of that system
		{`{"open":"a1"}`, "", "/answers/open unknown-option"},   // not offered now
		{`{"open":7}`, "", "/answers/open unknown-option"},      // no word
		{`{"open":true}`, "", "/answers/open unknown-option"},   // nor this
		{`{"closed":"oat"}`, "", "/answers/closed unknown-option"},
	} {
		doc, err := decode([]byte(c.body))
		if err != nil {
			t.Fatal(err)
		}
		var issues []fault.Issue
		a := read(doc.(*object), "/answers", &issues).answers(q, nil, newRaw()).read(q, time.UTC)
		wrong, words := "", ""
		for _, is := range append(issues, judge(q, a, issues)...) {
			wrong += is.Where + " " + is.Code
		}
		for _, v := range a["open"] {
			if v.Type == questionnaire.String {
				words += v.Text
			}
		}
		if wrong != c.wrong || words != c.words {
			t.Errorf("%s: own words %q and faults %q, want %q and %q", c.body, words, wrong, c.words, c.wrong)
		}
	}
}
