package questionnaire

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tellback/tellback/internal/fault"
)

func TestResponseRoundTrip(t *testing.T) {
	q := visit(t)
	in := Response{Subject: "Patient/1", Author: "RelatedPerson/2", Source: "RelatedPerson/2", Status: "amended", Language: "es", Authored: "2026-10-03T10:00:00Z", Answers: full()}
	doc, err := q.MarshalResponse(in)
	if err != nil {
		t.Fatal(err)
	}
	out, issues, err := ParseResponse(doc, q)
	if err != nil || issues != nil {
		t.Fatalf("%v %+v\n%s", err, issues, doc)
	}
	in.Questionnaire, in.Version, in.Answers = q.URL, q.Version, q.Clean(in.Answers)
	if d := cmp.Diff(in, out); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if !strings.Contains(string(doc), `"answer":[{"valueCoding":{"system":"urn:often","code":"some","display":"A veces"},"item":[{"linkId":"where"`) {
		t.Errorf("a nested answer is not in its question's answer:\n%s", doc)
	}
	head, issues, err := ParseResponse(doc, nil)
	if err != nil || issues != nil || head.Questionnaire != q.URL || len(head.Answers) != 0 {
		t.Errorf("head alone: %+v %v %v", head, issues, err)
	}
}

func TestMarshalResponseKeepsDigits(t *testing.T) {
	q := load(t, with(`{"linkId":"d","type":"decimal","text":"A <b>"}`))
	doc, err := q.MarshalResponse(Response{Answers: Answers{"d": one(Decimal, "2.50")}})
	if err != nil || !strings.Contains(string(doc), `"text":"A <b>","answer":[{"valueDecimal":2.50}]`) || !strings.Contains(string(doc), `"questionnaire":"Questionnaire/q|1","status":"completed"`) {
		t.Errorf("%v: %s", err, doc)
	}
	if !json.Valid(doc) {
		t.Error("not JSON")
	}
	if _, err := q.MarshalResponse(Response{Answers: Answers{"d": one(Decimal, "my-secret")}}); err == nil || strings.Contains(err.Error(), "my-secret") {
		t.Errorf("got %v", err)
	}
}

func TestParseResponseAcceptsAnyOrder(t *testing.T) {
	q := visit(t)
	r, issues, err := ParseResponse([]byte(`{"resourceType":"QuestionnaireResponse","questionnaire":"Questionnaire/visit|1.2","status":"completed","item":[
	{"linkId":"days","answer":[{"valueInteger":3}]},
	{"linkId":"week","item":[{"linkId":"sleep","answer":[{"valueCoding":{"code":"some"}}]},{"linkId":"pain","answer":[{"valueCoding":{"code":"never","version":"1"},"item":[{"linkId":"where","answer":[{"valueString":" no\u0000where "}]}]}]}]},
	{"linkId":"weight","answer":[{"valueQuantity":{"value":7.20e1,"unit":"lb"}}]}]}`), q)
	if err != nil || issues != nil {
		t.Fatalf("%v %+v", err, issues)
	}
	want := Response{Questionnaire: "visit", Version: "1.2", Status: "completed", Answers: Answers{
		"days": one(Integer, "3"), "sleep": often("some"), "pain": often("never"), "where": one(String, "nowhere"),
		"weight": {{Type: Quantity, Text: "72.0", System: "http://unitsofmeasure.org", Code: "[lb_av]"}},
	}}
	if d := cmp.Diff(want, r); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if is := q.Validate(r.Answers); is != nil {
		t.Errorf("not valid: %+v", is)
	}
}

func TestParseResponseFindsFaults(t *testing.T) {
	q := visit(t)
	const root = "QuestionnaireResponse"
	for _, c := range []struct{ name, items, where, code string }{
		{"unknown linkId", `{"linkId":"zz","answer":[{"valueInteger":3}]}`, root + ".item[0].linkId", "unknown-item"},
		{"no linkId", `{"answer":[{"valueInteger":3}]}`, root + ".item[0]", "malformed"},
		{"wrong value", `{"linkId":"days","answer":[{"valueString":"3"}]}`, root + ".item[0].answer[0].value", "wrong-type"},
		{"decimal for an integer", `{"linkId":"days","answer":[{"valueDecimal":3}]}`, root + ".item[0].answer[0].value", "wrong-type"},
		{"fraction as integer", `{"linkId":"days","answer":[{"valueInteger":3.5}]}`, root + ".item[0].answer[0].value", "malformed"},
		{"text as integer", `{"linkId":"days","answer":[{"valueInteger":"3"}]}`, root + ".item[0].answer[0].value", "malformed"},
		{"unheard-of value", `{"linkId":"days","answer":[{"valueSampledData":{"dimensions":1}}]}`, root + ".item[0].answer[0].value", "wrong-type"},
		{"several values", `{"linkId":"place","answer":[{"valueInteger":3,"valueString":"x"}]}`, root + ".item[0].answer[0]", "malformed"},
		{"no value", `{"linkId":"days","answer":[{"id":"x"}]}`, root + ".item[0].answer[0]", "malformed"},
		{"no answers", `{"linkId":"days","answer":[]}`, root + ".item[0]", "malformed"},
		{"no such day", `{"linkId":"day","answer":[{"valueDate":"2026-02-30"}]}`, root + ".item[0].answer[0].value", "malformed"},
		{"answer to a group", `{"linkId":"week","answer":[{"valueInteger":3}]}`, root + ".item[0].answer[0]", "wrong-type"},
		{"answer to a display", `{"linkId":"hello","answer":[{"valueInteger":3}]}`, root + ".item[0].answer[0]", "wrong-type"},
		{"twice", `{"linkId":"days","answer":[{"valueInteger":3}]},{"linkId":"days","answer":[{"valueInteger":4}]}`, root + ".item[1]", "duplicate-item"},
		{"out of its group", `{"linkId":"pain","answer":[{"valueCoding":{"code":"some"}}]}`, root + ".item[0]", "misplaced"},
		{"beside its answer", `{"linkId":"week","item":[{"linkId":"pain","answer":[{"valueCoding":{"code":"some"}}],"item":[{"linkId":"where","answer":[{"valueString":"x"}]}]}]}`, root + ".item[0].item[0].item[0]", "misplaced"},
		{"comparator", `{"linkId":"weight","answer":[{"valueQuantity":{"value":3,"code":"kg","comparator":"<"}}]}`, root + ".item[0].answer[0].value.comparator", "unsupported"},
		{"a name like a path", `{"linkId":"days","answer[-1]":1,"answer":[{"valueInteger":3}]}`, root + ".item[0]", "unsupported"},
		{"modifier", `{"linkId":"days","modifierExtension":[{"url":"u","valueBoolean":true}],"answer":[{"valueInteger":3}]}`, root + ".item[0].modifierExtension[0]", "unsupported"},
		{"extension", `{"linkId":"days","extension":[{"url":"u","valueString":"x"}],"answer":[{"valueInteger":3}]}`, root + ".item[0].extension[0]", "unsupported"},
		{"deep", strings.Repeat(`{"linkId":"week","item":[`, 90) + `{"linkId":"days"}` + strings.Repeat(`]}`, 90), root + ".item[0].item[0]", "misplaced"},
	} {
		t.Run(c.name, func(t *testing.T) {
			doc := []byte(`{"resourceType":"QuestionnaireResponse","status":"completed","item":[` + c.items + `]}`)
			r, issues, err := ParseResponse(doc, q)
			if err != nil {
				t.Fatal(err)
			}
			if c.name != "deep" { // deeper than FHIRPath looks
				pointsAtOne(t, doc, issues)
			}
			for _, is := range issues {
				if is.Where == c.where && is.Code == c.code && is.Text != "" {
					if len(r.Answers["days"]) > 0 && c.name != "twice" && c.name != "modifier" && c.name != "extension" && c.name != "a name like a path" {
						t.Error("a faulty answer was kept")
					}
					return
				}
			}
			t.Errorf("no %s at %s in %+v", c.code, c.where, issues)
		})
	}
}

func TestParseResponseRefusesOtherDocuments(t *testing.T) {
	q := visit(t)
	for _, c := range []struct {
		name, doc string
		kind      fault.Kind
	}{
		{"not JSON", `{`, fault.Malformed}, {"another resource", `{"resourceType":"Patient"}`, fault.Invalid}, {"a list", `[]`, fault.Invalid}, {"empty", `{}`, fault.Invalid},
		{"too large", `{"a":"` + strings.Repeat("x", maxDocument) + `"}`, fault.TooLarge}, {"deep", strings.Repeat(`{"item":[`, 5000) + strings.Repeat(`]}`, 5000), fault.Malformed},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, _, err := ParseResponse([]byte(c.doc), q); fault.KindOf(err) != c.kind || err == nil {
				t.Errorf("got %v", err)
			}
		})
	}
	_, issues, err := ParseResponse([]byte(`{"resourceType":"QuestionnaireResponse","status":"done","authored":"yesterday","implicitRules":"x"}`), q)
	if err != nil || len(issues) != 3 {
		t.Errorf("%v %+v", err, issues)
	}
}
