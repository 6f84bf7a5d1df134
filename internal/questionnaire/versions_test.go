package questionnaire

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tellback/tellback/internal/fault"
)

// model is what the releases of FHIR write differently.
type model struct {
	Type    Type
	Options []Option
	Initial []Value
	When    []Condition
	Any     bool
}

func modelOf(q *Questionnaire) map[string]model {
	out := map[string]model{}
	for _, i := range q.All() {
		out[i.LinkID] = model{i.Type, i.Options, i.Initial, i.EnableWhen, i.EnableAny}
	}
	return out
}

const containedSet = `"contained":[{"resourceType":"ValueSet","id":"v","compose":{"include":[{"system":"s","concept":[{"code":"a","display":"A"},{"code":"b","display":"B"}]}]}}],"title"`

func TestEveryReleaseGivesOneModel(t *testing.T) {
	in := func(items string) string { return strings.Replace(with(items), `"title"`, containedSet, 1) }
	r4 := load(t, in(`{"linkId":"c","text":"C","type":"choice","answerOption":[{"valueCoding":{"system":"s","code":"x","display":"X"}},{"valueCoding":{"system":"s","code":"y","display":"Y"}}],"initial":[{"valueCoding":{"system":"s","code":"x"}}]},
	{"linkId":"o","text":"O","type":"open-choice","answerValueSet":"#v"},
	{"linkId":"w","text":"W","type":"string","enableWhen":[{"question":"c","operator":"=","answerCoding":{"system":"s","code":"y"}},{"question":"o","operator":"exists","answerBoolean":true}],"enableBehavior":"any"}`))
	for name, doc := range map[string]string{
		"STU3": in(`{"linkId":"c","text":"C","type":"choice","option":[{"valueCoding":{"system":"s","code":"x","display":"X"}},{"valueCoding":{"system":"s","code":"y","display":"Y"}}],"initialCoding":{"system":"s","code":"x"}},
	{"linkId":"o","text":"O","type":"open-choice","options":{"reference":"#v"}},
	{"linkId":"w","text":"W","type":"string","enableWhen":[{"question":"c","answerCoding":{"system":"s","code":"y"}},{"question":"o","hasAnswer":true}]}`),
		"R5": in(`{"linkId":"c","text":"C","type":"coding","answerOption":[{"valueCoding":{"system":"s","code":"x","display":"X"},"initialSelected":true},{"valueCoding":{"system":"s","code":"y","display":"Y"}}]},
	{"linkId":"o","text":"O","type":"coding","answerConstraint":"optionsOrString","answerValueSet":"#v"},
	{"linkId":"w","text":"W","type":"string","disabledDisplay":"protected","enableWhen":[{"question":"c","operator":"=","answerCoding":{"system":"s","code":"y"}},{"question":"o","operator":"exists","answerBoolean":true}],"enableBehavior":"any"}`),
	} {
		if d := cmp.Diff(modelOf(r4), modelOf(load(t, doc))); d != "" {
			t.Errorf("%s (-R4 +it):\n%s", name, d)
		}
	}
}

func TestOptionsOfOtherTypesAreChoices(t *testing.T) {
	for more, want := range map[string]Type{
		`"type":"string","answerOption":[{"valueString":"x"}]`:                                      Choice,
		`"type":"string","answerConstraint":"optionsOrString","answerOption":[{"valueString":"x"}]`: OpenChoice,
		`"type":"string","answerConstraint":"optionsOrType","answerOption":[{"valueString":"x"}]`:   OpenChoice,
		`"type":"integer","answerConstraint":"optionsOnly","answerOption":[{"valueInteger":3}]`:     Choice,
	} {
		if got := load(t, with(`{"linkId":"a","text":"A",`+more+`}`)).Item("a").Type; got != want {
			t.Errorf("%s: %s, want %s", more, got, want)
		}
	}
}

func TestReleasesDoNotMix(t *testing.T) {
	item := func(more string) string { return with(`{"linkId":"a","text":"A",` + more + `}`) }
	profile := func(p, more string) string {
		return strings.Replace(item(more), `"title"`, `"meta":{"profile":["`+p+`"]},"title"`, 1)
	}
	for _, c := range []struct{ name, doc, where, code string }{
		{"STU3 in R4", item(`"type":"choice","option":[{"valueString":"x"}],"initial":[{"valueString":"x"}]`), "item[0].initial", "invalid"},
		{"R5 in R4", item(`"type":"choice","answerConstraint":"optionsOnly","answerOption":[{"valueString":"x"}]`), "item[0].type", "invalid"},
		{"R4 that says it is R5", profile("http://hl7.org/fhir/StructureDefinition/Questionnaire|5.0.0", `"type":"choice","answerOption":[{"valueString":"x"}]`), "item[0].type", "invalid"},
		{"R5 that says it is R4", profile("http://hl7.org/fhir/4.0/StructureDefinition/Questionnaire", `"type":"coding","answerOption":[{"valueCoding":{"code":"x","display":"X"}}]`), "item[0].type", "invalid"},
		{"a type for any code", item(`"type":"coding","answerConstraint":"optionsOrType","answerOption":[{"valueCoding":{"code":"x","display":"X"}}]`), "item[0].answerConstraint", "unsupported"},
		{"example numbers", item(`"type":"integer","answerConstraint":"optionsOrType","answerOption":[{"valueInteger":1}]`), "item[0].answerConstraint", "unsupported"},
		{"a constraint of one's own", item(`"type":"coding","answerConstraint":"maybe","answerOption":[{"valueCoding":{"code":"x","display":"X"}}]`), "item[0].answerConstraint", "invalid"},
		{"shown while disabled, somehow", item(`"type":"string","disabledDisplay":"blinking"`), "item[0].disabledDisplay", "invalid"},
		{"DSTU2", `{"resourceType":"Questionnaire","status":"draft","group":{"title":"T"}}`, "group", "unsupported"},
	} {
		t.Run(c.name, func(t *testing.T) { refuses(t, c.doc, c.where, c.code) })
	}
	load(t, profile("http://hl7.org/fhir/StructureDefinition/Questionnaire|4.3.0", `"type":"choice","answerOption":[{"valueString":"x"}]`))
	load(t, profile("http://example.org/StructureDefinition/ours|5.0.0", `"type":"choice","answerOption":[{"valueString":"x"}]`))
}

func refuses(t *testing.T, doc, where, code string) {
	t.Helper()
	_, err := Load([]byte(doc))
	_, issues := fault.Public(err)
	for _, is := range issues {
		if is.Where == where && is.Code == code && is.Text != "" {
			return
		}
	}
	t.Errorf("no %s at %s: %v %+v", code, where, err, issues)
}
