package questionnaire

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What offers nothing can't be answered: nobody is asked it, and nobody has to answer it, required or not.
func TestWhatOffersNothingIsNotAsked(t *testing.T) {
	q := load(t, `{"resourceType":"Questionnaire","id":"x","version":"1","language":"en","status":"active","title":"X","item":[
		{"linkId":"where","type":"choice","text":"Where?","repeats":true,"answerOption":[{"valueCoding":{"code":"leg","display":"Leg"}},{"valueCoding":{"code":"arm","display":"Arm"}}]},
		{"linkId":"worst","type":"choice","text":"Where is it worst?","required":true,"extension":[{"url":"http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-answerExpression",
			"valueExpression":{"language":"text/fhirpath","expression":"%resource.item.where(linkId = 'where').answer.value"}}]},
		{"linkId":"since","type":"date","text":"Since when?"}]}`)
	none, some := Answers{}, Answers{"where": codings("leg", "arm")}
	if next := q.Next(none, "where"); next.LinkID != "since" {
		t.Errorf("after nothing comes %s", next.LinkID)
	}
	if next := q.Next(some, "where"); next.LinkID != "worst" {
		t.Errorf("after two comes %s", next.LinkID)
	}
	if wrong := q.Validate(none); len(wrong) > 0 {
		t.Errorf("%+v", wrong)
	}
	if wrong := q.Validate(some); len(wrong) != 1 || wrong[0].Code != "required" {
		t.Errorf("%+v", wrong)
	}
}

// Several are kept in the order in which they were offered, whoever offered them.
func TestSeveralAreKeptInTheOrderOffered(t *testing.T) {
	q := load(t, `{"resourceType":"Questionnaire","id":"x","version":"1","language":"en","status":"active","title":"X","item":[
		{"linkId":"where","type":"choice","text":"Where?","repeats":true,"answerOption":[{"valueCoding":{"code":"leg","display":"Leg"}},{"valueCoding":{"code":"arm","display":"Arm"}}]},
		{"linkId":"bad","type":"choice","text":"Where is it bad?","repeats":true,"extension":[{"url":"http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-answerExpression",
			"valueExpression":{"language":"text/fhirpath","expression":"%resource.item.where(linkId = 'where').answer.value"}}]},
		{"linkId":"own","type":"open-choice","text":"What helps?","repeats":true,"answerOption":[{"valueCoding":{"code":"rest","display":"Rest"}},{"valueCoding":{"code":"ice","display":"Ice"}}]}]}`)
	own := Value{Type: String, Text: "tea"}
	want := Answers{"where": codings("leg", "arm"), "bad": codings("leg", "arm"), "own": append(codings("rest", "ice"), own)}
	got := q.Clean(Answers{"where": codings("arm", "leg"), "bad": codings("arm", "leg"), "own": append([]Value{own}, codings("ice", "rest")...)})
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}
