package questionnaire

import (
	"slices"
	"strings"
	"testing"

	"github.com/tellback/tellback/internal/fault"
)

// TestWhatIsPlainlyMeant loads what makers of questionnaires commonly write, says so, and does what can only be meant.
func TestWhatIsPlainlyMeant(t *testing.T) {
	on := func(item string) string { return with(`{"linkId":"a","text":"A",` + item + `}`) }
	top := func(old, new string) string { return strings.Replace(on(`"type":"string"`), old, new, 1) }
	a := func(q *Questionnaire) *Item { return q.Item("a") }
	choice := func(options string) string { return on(`"type":"choice","answerOption":[` + options + `]`) }
	x := func(url, value string) string { return `"extension":[{"url":"` + url + `",` + value + `}]` }
	for _, c := range []struct {
		name, doc, notice string
		as                func(q *Questionnaire) bool
	}{
		{"nulls", on(`"type":"string","prefix":null`), "item[0].prefix", func(q *Questionnaire) bool { return a(q).Prefix == "" }},
		{"blank texts", on(`"type":"string","prefix":" "`), "item[0].prefix", func(q *Questionnaire) bool { return a(q).Prefix == "" }},
		{"empty lists", on(`"type":"string","enableWhen":[]`), "item[0].enableWhen", func(q *Questionnaire) bool { return a(q).EnableWhen == nil }},
		{"a flag in quotation marks", on(`"type":"string","required":"true"`), "item[0].required", func(q *Questionnaire) bool { return a(q).Required }},
		{"a number in quotation marks", on(`"type":"string","maxLength":"7"`), "item[0].maxLength", func(q *Questionnaire) bool { return a(q).MaxLength == 7 }},
		{"a byte order mark", "\ufeff" + on(`"type":"string"`), "", func(q *Questionnaire) bool { return true }},
		{"an editor's schema", top(`"title"`, `"$schema":"../questionnaire.schema.json","title"`), "", func(q *Questionnaire) bool { return true }},
		{"no id, no url, no name", strings.NewReplacer(`"id":"q",`, ``, `"title":"T"`, `"title":"My mood (short form)"`).Replace(on(`"type":"string"`)), "id", func(q *Questionnaire) bool { return q.ID == "My-mood-short-form" }},
		{"nothing to be named by", strings.NewReplacer(`"id":"q",`, ``, `"title":"T",`, ``).Replace(on(`"type":"string"`)), "id", func(q *Questionnaire) bool { return q.ID == "questionnaire-"+q.Hash[:8] }},
		{"an id that FHIR does not allow", top(`"id":"q"`, `"id":"My_mood 2"`), "id", func(q *Questionnaire) bool { return q.ID == "My-mood-2" }},
		{"a version in words", top(`"version":"1"`, `"version":"spring, revised"`), "version", func(q *Questionnaire) bool { return q.Version == q.Hash[:8] }},
		{"no status", top(`"status":"active",`, ``), "status", func(q *Questionnaire) bool { return true }},
		{"a language as programs write it", top(`"title"`, `"language":"ES_mx","title"`), "language", func(q *Questionnaire) bool { return q.Languages[0] == "es-mx" }},
		{"about people or else", top(`"title"`, `"subjectType":["Encounter","Patient"],"title"`), "subjectType[0]", func(q *Questionnaire) bool { return true }},
		{"an extension on a primitive", on(`"type":"string","_linkId":{"id":"x","extension":[{"url":"https://example.org/x","valueString":"y"}]}`), "item[0]._linkId.extension[0]", func(q *Questionnaire) bool { return true }},
		{"all in capitals", with(`{"linkId":"a","text":"A","type":"string"},{"linkId":"b","text":"B","type":"string","enableBehavior":"ANY","enableWhen":[{"question":"a","operator":"=","answerString":"x"},{"question":"a","operator":"=","answerString":"y"}]}`), "", func(q *Questionnaire) bool { return q.Item("b").EnableAny }},
		{"answers that exclude each other", with(`{"linkId":"a","text":"A","type":"string"},{"linkId":"b","text":"B","type":"string","enableWhen":[{"question":"a","operator":"=","answerString":"x"},{"question":"a","operator":"=","answerString":"y"}]}`), "item[1].enableBehavior", func(q *Questionnaire) bool { return q.Item("b").EnableAny }},
		{"a whole number for a number", with(`{"linkId":"a","text":"A","type":"decimal"},{"linkId":"b","text":"B","type":"string","enableWhen":[{"question":"a","operator":">","answerInteger":2}]}`), "", func(q *Questionnaire) bool {
			return q.Next(Answers{"a": one(Decimal, "2.5")}, "a").LinkID == "b" && q.Next(Answers{"a": one(Decimal, "2")}, "a") == nil
		}},
		{"a number for a whole one", on(`"type":"integer",` + x(hl7+"maxValue", `"valueDecimal":3.0`)), "", func(q *Questionnaire) bool { return a(q).Max.Text == "3" }},
		{"an option without a code", choice(`{"valueCoding":{"display":"Some of it"}}`), "item[0].answerOption[0].valueCoding.code", func(q *Questionnaire) bool { return a(q).Options[0].Value.Code == "Some of it" }},
		{"an option without words", choice(`{"valueCoding":{"code":"some"}}`), "item[0].answerOption[0].valueCoding.display", func(q *Questionnaire) bool { return a(q).Options[0].Label["en"] == "some" }},
		{"a known code without words", choice(`{"valueCoding":{"system":"http://hl7.org/fhir/administrative-gender","code":"male"}}`), "", func(q *Questionnaire) bool { return a(q).Options[0].Label["en"] == "Male" }},
		{"an option twice", choice(`{"valueCoding":{"code":"x","display":"X"}},{"valueCoding":{"code":"y","display":"Y"}},{"valueCoding":{"code":"x","display":"X"}}`), "item[0].answerOption[2]", func(q *Questionnaire) bool { return len(a(q).Options) == 2 }},
		{"an ordinal as a whole number", choice(`{"valueCoding":{"code":"x","display":"X"},` + x(extOrdinal, `"valueInteger":2`) + `}`), "", func(q *Questionnaire) bool { return *a(q).Options[0].Ordinal == 2000 }},
		{"a proposal of another type", on(`"type":"integer","initial":[{"valueString":"x"}]`), "item[0].initial", func(q *Questionnaire) bool { return len(q.Proposed()) == 0 }},
		{"a proposal out of bounds", on(`"type":"integer","initial":[{"valueInteger":2}],` + x(hl7+"maxValue", `"valueInteger":1`)), "item[0].initial", func(q *Questionnaire) bool { return len(q.Proposed()) == 0 }},
		{"two proposals for one answer", on(`"type":"integer","initial":[{"valueInteger":2},{"valueInteger":3}]`), "item[0].initial", func(q *Questionnaire) bool { return len(q.Proposed()) == 0 }},
		{"a proposal for a group", on(`"type":"group","initial":[{"valueInteger":2}],"item":[{"linkId":"b","text":"B","type":"string"}]`), "item[0].initial", func(q *Questionnaire) bool { return len(q.Proposed()) == 0 }},
		{"a group without items", on(`"type":"group","required":true`), "item[0].item", func(q *Questionnaire) bool { return a(q).Type == Display && !a(q).Required }},
		{"a display with items", on(`"type":"display","item":[{"linkId":"b","text":"B","type":"string"}]`), "item[0].item", func(q *Questionnaire) bool { return a(q).Type == Group && q.Next(nil, "").LinkID == "b" }},
		{"a display without words", with(`{"linkId":"a","type":"display"},{"linkId":"b","text":"B","type":"string"}`), "item[0].text", func(q *Questionnaire) bool { return q.Next(nil, "").LinkID == "b" }},
		{"a required display", on(`"type":"display","required":true`), "item[0].required", func(q *Questionnaire) bool { return !a(q).Required }},
		{"a read-only display", on(`"type":"display","readOnly":true`), "item[0].readOnly", func(q *Questionnaire) bool { return !a(q).ReadOnly }},
		{"several answers of yes or no", on(`"type":"boolean","repeats":true`), "item[0].repeats", func(q *Questionnaire) bool { return !a(q).Repeats }},
		{"required, and asked of nobody", on(`"type":"string","required":true,` + x(hl7+"questionnaire-hidden", `"valueBoolean":true`)), "item[0].required", func(q *Questionnaire) bool { return len(q.Validate(Answers{})) == 0 }},
		{"decimals of a whole number", on(`"type":"integer",` + x(hl7+"maxDecimalPlaces", `"valueInteger":4`)), "item[0].extension[0].valueInteger", func(q *Questionnaire) bool { return a(q).MaxDecimals < 0 }},
		{"a unit of words", on(`"type":"string",` + x(hl7+"questionnaire-unit", `"valueCoding":{"code":"kg"}`)), "item[0].extension[0].url", func(q *Questionnaire) bool { return len(a(q).Units) == 0 }},
		{"a pattern of yes or no", on(`"type":"boolean",` + x(hl7+"regex", `"valueString":"a"`)), "item[0].extension[0].valueString", func(q *Questionnaire) bool { return a(q).Pattern == nil }},
		{"steps of words", on(`"type":"string",` + x(hl7+"questionnaire-sliderStepValue", `"valueInteger":4`)), "item[0].extension", func(q *Questionnaire) bool { return a(q).Step == 0 }},
		{"the words of an option", with(`{"linkId":"a","text":"A","type":"choice","answerOption":[{"valueCoding":{"code":"x","display":"X"}},{"valueCoding":{"code":"o","display":"Other, namely"}}],"item":[{"linkId":"b","type":"string","enableWhen":[{"question":"a","operator":"=","answerCoding":{"code":"o"}}]}]}`), "item[0].item[0].text", func(q *Questionnaire) bool { return q.Item("b").Text["en"] == "Other, namely" }},
		{"the words of a group", with(`{"linkId":"g","text":"What hurts?","type":"group","item":[{"linkId":"d","text":"Tell us.","type":"display"},{"linkId":"a","type":"string"}]}`), "item[0].item[1].text", func(q *Questionnaire) bool { return a(q).Text["en"] == "What hurts?" }},
		{"help as Norway's forms have it", on(`"type":"integer","item":[{"linkId":"b","text":"In years.","type":"text",` + x(extControl, `"valueCodeableConcept":{"coding":[{"code":"help"}]}`) + `}]`), "item[0].item[0].type", func(q *Questionnaire) bool {
			return a(q).Help["en"] == "In years." && q.Next(Answers{"a": one(Integer, "3")}, "a") == nil
		}},
		{"an option by its code", with(`{"linkId":"a","text":"A","type":"choice","answerOption":[{"valueCoding":{"code":"x","display":"X"}},{"valueCoding":{"code":"y","display":"Y"}}]},{"linkId":"b","text":"B","type":"string","enableWhen":[{"question":"a","operator":"=","answerString":"y"}]}`), "", func(q *Questionnaire) bool {
			return q.Next(Answers{"a": {{Type: Choice, Code: "x"}}}, "a") == nil && q.Next(Answers{"a": {{Type: Choice, Code: "y"}}}, "a").LinkID == "b"
		}},
		{"a condition that never holds", with(`{"linkId":"a","text":"A","type":"choice","answerOption":[{"valueCoding":{"code":"x","display":"X"}}]},{"linkId":"b","text":"B","type":"string","enableWhen":[{"question":"a","operator":"=","answerCoding":{"code":"z"}}]},{"linkId":"c","text":"C","type":"string","enableWhen":[{"question":"a","operator":"!=","answerCoding":{"code":"z"}}]}`), "item[1].enableWhen[0].answer[x]", func(q *Questionnaire) bool {
			return q.Next(Answers{"a": {{Type: Choice, Code: "x"}}}, "a").LinkID == "c"
		}},
		{"a choice that is all open", on(`"type":"open-choice"`), "item[0].answerOption", func(q *Questionnaire) bool { return len(q.Check(a(q), one(String, "mine"))) == 0 }},
		{"weights beside words", choice(`{"valueString":"x","_valueString":{` + x(extOrdinal, `"valueDecimal":2`) + `}}`), "", func(q *Questionnaire) bool { return *a(q).Options[0].Ordinal == 2000 }},
		{"one answer, said of the question", on(`"type":"choice","answerOption":[{"valueString":"x"}],` + x(hl7+"questionnaire-optionExclusive", `"valueBoolean":true`)), "item[0].extension[0].valueBoolean", func(q *Questionnaire) bool { return !a(q).Options[0].Exclusive }},
		{"words that are only computed", with(`{"linkId":"a","type":"display","_text":{"extension":[` + expr(extTextExpression, "'Hello ' & 'you'") + `]}}`), "", func(q *Questionnaire) bool { return q.Asked(a(q), nil).Text["en"] == "Hello you" }},
		{"a set that nobody asks for", top(`"title"`, `"contained":[{"resourceType":"ValueSet","id":"v","compose":{"include":[{"system":"http://snomed.info/sct"}]}}],"title"`), "", func(q *Questionnaire) bool { return true }},
	} {
		t.Run(c.name, func(t *testing.T) {
			q, err := Load([]byte(c.doc))
			if err != nil {
				_, issues := fault.Public(err)
				t.Fatalf("%v %+v", err, issues)
			}
			said := c.notice == "" || slices.ContainsFunc(q.Notices, func(is fault.Issue) bool { return is.Where == c.notice && is.Text != "" })
			if !said || !c.as(q) {
				t.Errorf("not as meant, or not said at %s: %+v %+v", c.notice, q.Notices, q.Item("a"))
			}
		})
	}
}

// TestAnotherSubject: what is about somebody else counts for nobody, or isn't asked.
func TestAnotherSubject(t *testing.T) {
	group := func(repeats string) string {
		return with(`{"linkId":"g","text":"Each child","type":"group","repeats":` + repeats + `,"item":[{"linkId":"a","text":"Who?","type":"string","extension":[{"url":"` + extSubject + `","valueBoolean":true}]}]}`)
	}
	load(t, group("true"))
	refuses(t, group("false"), "item[0].item[0].extension[0].valueBoolean", "unsupported")
}

// TestResponsesAreNotPutRight: what a person answered isn't ours to guess.
func TestResponsesAreNotPutRight(t *testing.T) {
	q := load(t, with(`{"linkId":"a","text":"A","type":"boolean"}`))
	for name, value := range map[string]string{"in quotation marks": `"true"`, "null": `null`} {
		r, err := ReadResponse([]byte(`{"resourceType":"QuestionnaireResponse","status":"completed","item":[{"linkId":"a","answer":[{"valueBoolean":`+value+`}]}]}`), q)
		if err == nil && len(r.Issues) == 0 {
			t.Errorf("%s was taken: %+v", name, r.Answers)
		}
	}
}
