package questionnaire

import (
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tellback/tellback/internal/fault"
)

// feature shows that a row of schemas/README.md is true: documents that load and do what it says, and those that are refused for it.
type feature struct {
	loads   []shown
	refuses []refused
}

type shown struct {
	doc string
	as  func(q *Questionnaire) bool
}

type refused struct{ doc, where, code string }

// TestFeaturesAreAsTheReadmeSays holds the feature tables to what is tried here: a row for every feature, a feature for every row, and
// everything that a row's first cell names in code in its documents.
func TestFeaturesAreAsTheReadmeSays(t *testing.T) {
	raw, err := os.ReadFile("../../schemas/README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, tables, _ := strings.Cut(string(raw), "<!-- features -->")
	tables, _, _ = strings.Cut(tables, "<!-- /features -->")
	tried := features()
	code := regexp.MustCompile("`[^`]+`")
	for _, line := range strings.Split(tables, "\n") {
		row, _, ok := strings.Cut(strings.TrimPrefix(line, "| "), " | ")
		if !ok || row == "honoured" || row == "refused" {
			continue
		}
		f, ok := tried[row]
		if delete(tried, row); !ok || len(f.loads)+len(f.refuses) == 0 {
			t.Errorf("nothing shows that this row is true: %s", row)
			continue
		}
		t.Run(row, func(t *testing.T) {
			all := ""
			for _, s := range f.loads {
				all += s.doc
				if q := load(t, s.doc); !s.as(q) {
					t.Errorf("loads, and doesn't do it: %s", s.doc)
				}
			}
			for _, r := range f.refuses {
				all += r.doc
				refuses(t, r.doc, r.where, r.code)
			}
			for _, name := range code.FindAllString(row, -1) {
				if name = strings.Trim(name, "`"); !strings.Contains(all, name) {
					t.Errorf("%s is not tried", name)
				}
			}
		})
	}
	for row := range tried {
		t.Errorf("schemas/README.md has no row: %s", row)
	}
}

// features are by the first cell of their row.
func features() map[string]feature {
	a := func(more string) string { return with(`{"linkId":"a","text":"A",` + more + `}`) }
	typed := func(kind string) string { return a(`"type":"` + kind + `"`) }
	top := func(more, doc string) string { return strings.Replace(doc, `"title"`, more+`,"title"`, 1) }
	x := func(url, value string) string { return `"extension":[{"url":"` + url + `",` + value + `}]` }
	set := func(more string) string {
		return top(`"contained":[{"resourceType":"ValueSet","id":"v",`+more+`}]`, a(`"type":"choice","answerValueSet":"#v"`))
	}
	const xy = `"answerOption":[{"valueCoding":{"code":"x","display":"X"}},{"valueCoding":{"code":"y","display":"Y"}}]`
	codes := func(n int) func(*Questionnaire) bool {
		return func(q *Questionnaire) bool { return len(q.Item("a").Options) == n }
	}
	is := func(kind Type) func(*Questionnaire) bool {
		return func(q *Questionnaire) bool { return q.Item("a").Type == kind }
	}
	takes := func(good, bad Value) func(*Questionnaire) bool {
		return func(q *Questionnaire) bool {
			return len(q.Check(q.Item("a"), []Value{good})) == 0 && len(q.Check(q.Item("a"), []Value{bad})) > 0
		}
	}
	anything := func(*Questionnaire) bool { return true }
	noticed := func(q *Questionnaire) bool { return len(q.Notices) > 0 }
	coding := func(code string) []Value { return []Value{{Type: Choice, Code: code}} }
	// when asks b under a condition on a; then says whether it is asked after this answer, and not after that.
	when := func(first, operator, answer string) string {
		return with(first + `,{"linkId":"b","text":"B","type":"string","enableWhen":[{"question":"a","operator":"` + operator + `",` + answer + `}]}`)
	}
	then := func(this, that []Value) func(*Questionnaire) bool {
		return func(q *Questionnaire) bool {
			asked := func(vs []Value) bool {
				next := q.Next(Answers{"a": vs}, "a")
				return next != nil && next.LinkID == "b"
			}
			return asked(this) && !asked(that)
		}
	}
	number := `{"linkId":"a","text":"A","type":"integer"}`
	n := func(text string) []Value { return one(Integer, text) }
	const animals = `{"resourceType":"CodeSystem","id":"c","url":"http://example.org/animals","content":"complete","concept":[{"code":"cat","display":"Cat"},{"code":"dog","display":"Dog","concept":[{"code":"pug","display":"Pug"}]}]}`
	animal := func(op string) string {
		return strings.Replace(set(`"compose":{"include":[{"system":"http://example.org/animals","filter":[{"property":"concept","op":"`+op+`","value":"dog"}]}]}`), `"contained":[`, `"contained":[`+animals+`,`, 1)
	}
	beside := func(control string) shown {
		return shown{a(`"type":"string","item":[{"linkId":"h","text":"Hint","type":"display",` + x(extControl, `"valueCodeableConcept":{"coding":[{"code":"`+control+`"}]}`) + `}]`),
			func(q *Questionnaire) bool { return q.Item("a").Help["en"] == "Hint" }}
	}
	listed := func(value, want string) shown {
		return shown{a(`"type":"choice","answerOption":[{` + value + `}]`), func(q *Questionnaire) bool { return q.Item("a").Options[0].Label["en"] == want }}
	}
	red := `"_text":{` + x(hl7+"rendering-style", `"valueString":"color:red"`) + `}`
	var many []string
	for k := range maxItems + 1 {
		many = append(many, `{"linkId":"`+strconv.Itoa(k)+`","text":"A","type":"string"}`)
	}
	question := func(kind string, good, bad Value) shown { return shown{typed(kind), takes(good, bad)} }

	return map[string]feature{
		"R4 and R4B": {loads: []shown{{top(`"meta":{"profile":["http://hl7.org/fhir/4.3/StructureDefinition/Questionnaire"]}`, a(`"type":"choice",`+xy)), is(Choice)}}},
		"STU3: `option` `options` `initialString` `hasAnswer`": {loads: []shown{
			{a(`"type":"choice","option":[{"valueString":"x"}],"initialString":"x"`), func(q *Questionnaire) bool { return len(q.Proposed()["a"]) == 1 }},
			{strings.Replace(set(`"compose":{"include":[{"concept":[{"code":"x","display":"X"}]}]}`), `"answerValueSet":"#v"`, `"options":{"reference":"#v"}`, 1), codes(1)},
			{with(number + `,{"linkId":"b","text":"B","type":"string","enableWhen":[{"question":"a","hasAnswer":true}]}`), then(n("1"), nil)},
		}},
		"R5: `coding` `answerConstraint` `disabledDisplay`": {loads: []shown{{a(`"type":"coding","answerConstraint":"optionsOrString","disabledDisplay":"hidden",` + xy), is(OpenChoice)}}},
		"`group` `display`": {loads: []shown{{with(`{"linkId":"a","type":"group","text":"A","item":[{"linkId":"d","type":"display","text":"D"}]}`), func(q *Questionnaire) bool {
			return !q.Item("a").Answerable() && !q.Item("d").Answerable() && q.Next(nil, "").LinkID == "d"
		}}}},
		"`boolean` `decimal` `integer` `date` `dateTime` `time` `string` `text` `url` `quantity`": {loads: []shown{
			question("boolean", Value{Type: Boolean, Text: "true"}, Value{Type: Boolean, Text: "1"}), question("decimal", Value{Type: Decimal, Text: "1.5"}, Value{Type: Decimal, Text: "x"}),
			question("integer", n("1")[0], n("1.5")[0]), question("date", Value{Type: Date, Text: "2026-02-28"}, Value{Type: Date, Text: "2026-02-30"}),
			question("dateTime", Value{Type: DateTime, Text: "2026-02-28T10:00:00Z"}, Value{Type: DateTime, Text: "2026-02-28T25:00:00Z"}), question("time", Value{Type: Time, Text: "10:00:00"}, Value{Type: Time, Text: "10"}),
			question("string", Value{Type: String, Text: "x"}, n("1")[0]), question("text", Value{Type: Text, Text: "x"}, n("1")[0]), question("url", Value{Type: URL, Text: "https://example.org"}, Value{Type: URL, Text: "not one"}),
			{a(`"type":"quantity",` + x(hl7+"questionnaire-unit", `"valueCoding":{"code":"kg"}`)), takes(Value{Type: Quantity, Text: "1", Code: "kg"}, Value{Type: Quantity, Text: "1", Code: "lb"})},
		}},
		"`reference` `attachment`": {loads: []shown{
			question("reference", Value{Type: Reference, Text: "Ana"}, Value{Type: String, Text: "Ana"}), question("attachment", Files{}.Add("", []byte("%PDF-1.7")), Files{}.Add("", []byte("MZ"))),
		}},
		"`choice` `open-choice`": {loads: []shown{
			{a(`"type":"choice",` + xy), takes(Value{Type: Choice, Code: "x"}, Value{Type: String, Text: "z"})}, {a(`"type":"open-choice",` + xy), takes(Value{Type: String, Text: "z"}, Value{Type: Choice, Code: "z"})},
		}},
		"`linkId` `prefix` `text`": {
			loads: []shown{
				{a(`"type":"string","prefix":"1."`), func(q *Questionnaire) bool { return q.Item("a").Prefix == "1." && q.Item("a").Text["en"] == "A" }},
				{with(`{"linkId":"a","type":"string","code":[{"code":"1","display":"Named"}]}`), func(q *Questionnaire) bool { return q.Item("a").Text["en"] == "Named" }},
			},
		},
		"`definition`": {loads: []shown{{a(`"type":"string","definition":"http://example.org/d"`), func(q *Questionnaire) bool {
			r, err := ReadResponse([]byte(`{"resourceType":"QuestionnaireResponse","status":"completed","item":[{"linkId":"a","definition":"http://example.org/other","answer":[{"valueString":"x"}]}]}`), q)
			if err != nil {
				return false
			}
			_, odd := r.Judge(q)
			return len(odd) == 1
		}}}},
		"`required` `readOnly` `maxLength` `initial`": {loads: []shown{
			{a(`"type":"string","required":true`), func(q *Questionnaire) bool { return len(q.Validate(Answers{})) == 1 }},
			{a(`"type":"string","readOnly":true,"initial":[{"valueString":"x"}]`), func(q *Questionnaire) bool { return q.Next(nil, "") == nil && q.Shown(q.Item("a"), nil)[0].Text == "x" }},
			{a(`"type":"string","maxLength":1`), takes(Value{Type: String, Text: "x"}, Value{Type: String, Text: "xy"})},
			{a(`"type":"string","initial":[{"valueString":"x"}]`), func(q *Questionnaire) bool { return q.Proposed()["a"][0].Text == "x" }},
		}},
		"`repeats`": {loads: []shown{
			{a(`"type":"string","repeats":true`), func(q *Questionnaire) bool {
				return len(q.Check(q.Item("a"), []Value{{Type: String, Text: "x"}, {Type: String, Text: "y"}})) == 0
			}},
			{a(`"type":"group","repeats":true,"item":[{"linkId":"b","text":"B","type":"string"}]`), func(q *Questionnaire) bool { return q.Item("b~2") != nil }},
		}},
		"`item`": {loads: []shown{{a(`"type":"string","item":[{"linkId":"b","text":"B","type":"string"}]`), func(q *Questionnaire) bool { return q.Item("b").Parent == q.Item("a") }}}},
		"`answerOption` with `valueCoding` `valueInteger` `valueString` `valueDate` `valueTime`, `initialSelected`": {loads: []shown{
			listed(`"valueCoding":{"code":"x","display":"X"}`, "X"), listed(`"valueCoding":{"code":"x"}`, "x"), listed(`"valueCoding":{"display":"X"}`, "X"), listed(`"valueInteger":3`, "3"), listed(`"valueString":"x"`, "x"),
			listed(`"valueDate":"2026-01-01"`, "2026-01-01"), listed(`"valueTime":"10:00:00"`, "10:00:00"),
			{a(`"type":"choice","answerOption":[{"valueString":"x","initialSelected":true}]`), func(q *Questionnaire) bool { return len(q.Proposed()["a"]) == 1 }},
		}},
		"`answerValueSet` of a `ValueSet` that is `contained`, or kept beside": {loads: []shown{
			{set(`"compose":{"include":[{"concept":[{"code":"x","display":"X"}]}]}`), codes(1)}, {a(`"type":"choice","answerValueSet":"http://hl7.org/fhir/ValueSet/yesnodontknow"`), codes(3)}, // TestValueSetsKeptBeside has the rest
		}},
		"`compose` `include` `exclude` `expansion` of a `ValueSet`": {loads: []shown{
			{set(`"compose":{"include":[{"valueSet":["http://hl7.org/fhir/ValueSet/yesnodontknow"]}],"exclude":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0136","concept":[{"code":"N"}]}]}`), codes(2)},
			{set(`"expansion":{"contains":[{"code":"x","display":"X"}]}`), codes(1)},
		}},
		"`CodeSystem` with the filters `is-a` `descendent-of` `is-not-a`": {loads: []shown{{animal("is-a"), codes(2)}, {animal("descendent-of"), codes(1)}, {strings.Replace(animal("is-not-a"), `"id":"c"`, `"id":"contained"`, 1), codes(1)}}},
		"`enableWhen` with `exists` `=` `!=` `>` `<` `>=` `<=`, `enableBehavior`": {
			loads: []shown{
				{when(number, "exists", `"answerBoolean":true`), then(n("1"), nil)}, {when(number, "=", `"answerInteger":2`), then(n("2"), n("1"))}, {when(number, "!=", `"answerInteger":2`), then(n("1"), n("2"))},
				{when(number, ">", `"answerInteger":2`), then(n("3"), n("2"))}, {when(number, "<", `"answerInteger":2`), then(n("1"), n("2"))}, {when(number, ">=", `"answerInteger":2`), then(n("2"), n("1"))},
				{when(number, "<=", `"answerInteger":2`), then(n("2"), n("3"))}, {strings.Replace(when(number, ">", `"answerInteger":2},{"question":"a","operator":"<","answerInteger":0`), `"enableWhen"`, `"enableBehavior":"any","enableWhen"`, 1), then(n("-1"), n("1"))},
				{when(number, "=", `"answerInteger":1},{"question":"a","operator":"=","answerInteger":2`), then(n("2"), n("3"))},
			},
			refuses: []refused{{when(number, ">", `"answerInteger":2},{"question":"a","operator":"<","answerInteger":0`), "item[1].enableBehavior", "missing"}},
		},
		"a display with the itemControl `help` `prompt` `unit` `lower` `upper` `inline` `flyover` under a question": {loads: []shown{beside("help"), beside("prompt"), beside("unit"), beside("lower"), beside("upper"), beside("inline"), beside("flyover")}},
		"expressions in `text/fhirpath`": {loads: []shown{{with(number + `,` + item("b", "string", "", expr(extEnable, "%resource.item.where(linkId = 'a').answer.value > 2"))), then(n("3"), n("2"))}}},
		"`cqf-expression` of a `text`, `cqf-calculatedValue` of a `maxValue` or `minValue`": {loads: []shown{
			{with(`{"linkId":"a","type":"string","text":"A","_text":{"extension":[` + expr(extTextExpression, "'Now'") + `]}}`), func(q *Questionnaire) bool { return q.Asked(q.Item("a"), nil).Text["en"] == "Now" }},
			{a(`"type":"integer",` + x(hl7+"maxValue", `"_valueInteger":{"extension":[`+expr(hl7+"cqf-calculatedValue", "1 + 1")+`]}`)), func(q *Questionnaire) bool {
				return len(q.Validate(Answers{"a": n("2")})) == 0 && len(q.Validate(Answers{"a": n("3")})) == 1
			}},
			{a(`"type":"integer",` + x(hl7+"minValue", `"_valueInteger":{"extension":[`+expr(hl7+"cqf-calculatedValue", "1 + 1")+`]}`)), func(q *Questionnaire) bool { return len(q.Validate(Answers{"a": n("1")})) == 1 }},
		}},
		"`short-text` `brief-text` `score`": {loads: []shown{
			{top(x(extBrief, `"valueString":"B"`), a(`"type":"string",`+x(extBrief, `"valueString":"C"`))), func(q *Questionnaire) bool { return q.Brief["en"] == "B" && q.Item("a").Brief["en"] == "C" }},
			{a(`"type":"string",` + x(extShort, `"valueString":"S"`)), func(q *Questionnaire) bool { return q.Item("a").Short["en"] == "S" }},
			{top(x(extScore, `"extension":[{"url":"id","valueString":"s"},{"url":"title","valueString":"S"},{"url":"method","valueCode":"sum"},{"url":"item","valueString":"a"}]`), a(`"type":"choice","answerOption":[{"valueCoding":{"code":"x","display":"X"},`+x(extOrdinal, `"valueDecimal":2`)+`}]`)),
				func(q *Questionnaire) bool { return q.Score(Answers{"a": coding("x")})[0].Milli == 2000 }},
		}},
		"`modifierExtension` with `sdc-rendering-criticalExtension`": {
			loads:   []shown{{top(`"modifierExtension":[{"url":"`+extCritical+`","valueCanonical":"`+hl7+`minLength"}]`, typed("string")), anything}},
			refuses: []refused{{top(`"modifierExtension":[{"url":"`+extCritical+`","valueCanonical":"`+sdc+`sdc-questionnaire-width"}]`, typed("string")), "modifierExtension[0].url", "unsupported"}},
		},
		"`meta` `identifier` `publisher` `contact` `copyright` `code` `effectivePeriod`": {loads: []shown{{top(`"meta":{"versionId":"1"},"identifier":[{"value":"x"}],"publisher":"P","contact":[{"name":"N"}],"copyright":"C","code":[{"code":"c"}],"effectivePeriod":{"start":"2026"}`, typed("string")), func(q *Questionnaire) bool { return len(q.Notices) == 0 }}}},
		"extensions that neither FHIR nor SDC defines":                                   {loads: []shown{{a(`"type":"string",` + x("https://example.org/x", `"valueString":"y"`)), noticed}}},
		"what is plainly meant": {loads: []shown{{`{"resourceType":"Questionnaire","item":[{"linkId":"a","type":"string","text":"A","prefix":null,"required":"true"}]}`, func(q *Questionnaire) bool { return noticed(q) && q.Item("a").Required }}}}, // TestWhatIsPlainlyMeant has the rest

		"references and files as options, and files to begin with": {refuses: []refused{
			{a(`"type":"choice","answerOption":[{"valueReference":{"reference":"Patient/1"}}]`), "item[0].answerOption[0].valueReference", "unsupported"},
			{a(`"type":"choice","answerOption":[{"valueAttachment":{"data":"AAAA"}}]`), "item[0].answerOption[0].valueAttachment", "unsupported"},
			{a(`"type":"attachment","initial":[{"valueAttachment":{"data":"AAAA"}}]`), "item[0].initial[0].valueAttachment", "unsupported"},
		}},
		"`optionsOrType` for codings and numbers": {refuses: []refused{{a(`"type":"coding","answerConstraint":"optionsOrType",` + xy), "item[0].answerConstraint", "unsupported"}}},
		"a document that mixes releases; FHIR DSTU2": {refuses: []refused{
			{a(`"type":"coding","option":[{"valueString":"x"}]`), "item[0].type", "invalid"}, {`{"resourceType":"Questionnaire","status":"draft","group":{"title":"T"}}`, "group", "unsupported"},
		}},
		"CQL and FHIR queries that decide what is asked, or what an answer is": {
			loads: []shown{{a(`"type":"string",` + x(extInitial, `"valueExpression":{"language":"text/cql","expression":"X"}`)), noticed}},
			refuses: []refused{
				{a(`"type":"string",` + x(extEnable, `"valueExpression":{"language":"text/cql","expression":"X"}`)), "item[0].extension[0].valueExpression.language", "unsupported"},
				{a(`"type":"integer",` + x(hl7+"cqf-expression", `"valueExpression":{"language":"text/cql","expression":"X"}`)), "item[0].extension[0]", "unsupported"},
				{a(`"type":"choice",` + x(extAnswer, `"valueExpression":{"language":"application/x-fhir-query","expression":"X"}`)), "item[0].extension[0].valueExpression.language", "unsupported"},
			},
		},
		"parts from which a questionnaire is assembled; adaptive ones": {refuses: []refused{
			{a(`"type":"display",` + x(sdc+"sdc-questionnaire-subQuestionnaire", `"valueCanonical":"x"`)), "item[0].extension[0]", "unsupported"},
			{top(x(sdc+"sdc-questionnaire-questionnaireAdaptive", `"valueBoolean":true`), typed("string")), "extension[0]", "unsupported"},
		}},
		"functions that aren't listed below, names that nothing defines": {refuses: []refused{
			{a(`"type":"string",` + `"extension":[` + expr(extEnable, "memberOf('x')") + `]`), "item[0].extension[0].valueExpression.expression", "unsupported"},
			{a(`"type":"string",` + `"extension":[` + expr(extEnable, "%nobody") + `]`), "item[0].extension[0].valueExpression.expression", "unsupported"},
		}},
		"an item that depends on itself, or on one that comes later": {refuses: []refused{
			{with(item("a", "integer", "", expr(extCalculated, "%resource.item.where(linkId = 'a').answer.value"))), "item[0]", "unsupported"},
			{with(`{"linkId":"b","text":"B","type":"string","enableWhen":[{"question":"a","operator":"exists","answerBoolean":true}]},` + number), "item[0].enableWhen[0].question", "unsupported"},
		}},
		"value sets that are nowhere here, and filters by other properties": {refuses: []refused{
			{a(`"type":"choice","answerValueSet":"http://example.org/vs"`), "item[0].answerValueSet", "unsupported"},
			{set(`"compose":{"include":[{"system":"http://hl7.org/fhir/administrative-gender","filter":[{"property":"mood","op":"=","value":"x"}]}]}`), "contained[0].compose.include[0].filter[0].property", "unsupported"},
		}},
		"questions without words, codes of SNOMED CT and LOINC without words, options that read alike": {refuses: []refused{
			{with(`{"linkId":"a","type":"string"}`), "item[0].text", "missing"}, {a(`"type":"choice","answerOption":[{"valueCoding":{"system":"http://snomed.info/sct","code":"1"}}]`), "item[0].answerOption[0].valueCoding.display", "missing"},
			{a(`"type":"choice","answerOption":[{"valueString":"x"},{"valueString":"X!"}]`), "item[0].answerOption[1]", "duplicate"},
		}},
		"a linkId twice, or none":                                            {refuses: []refused{{with(number + "," + number), "item[1].linkId", "duplicate"}, {with(`{"type":"string","text":"A"}`), "item[0].linkId", "missing"}}},
		"look-around and back-references in `regex`":                         {refuses: []refused{{a(`"type":"string",` + x(hl7+"regex", `"valueString":"(?=a)b"`)), "item[0].extension[0].valueString", "unsupported"}, {a(`"type":"string",` + x(hl7+"regex", `"valueString":"(a)\\1"`)), "item[0].extension[0].valueString", "unsupported"}}},
		"`rendering-styleSensitive` over questions with a look of their own": {refuses: []refused{{a(`"type":"string",` + x(hl7+"rendering-styleSensitive", `"valueBoolean":true`) + `,` + red), "item[0].extension[0]", "unsupported"}}},
		"other modifier extensions, `implicitRules`, a `SUBSETTED` copy": {refuses: []refused{
			{top(`"modifierExtension":[{"url":"http://example.org/x","valueBoolean":true}]`, typed("string")), "modifierExtension[0].url", "unsupported"}, {top(`"implicitRules":"x"`, typed("string")), "implicitRules", "unsupported"},
			{top(`"meta":{"tag":[{"code":"SUBSETTED"}]}`, typed("string")), "meta.tag[0]", "unsupported"},
		}},
		"elements that aren't known here, and extensions of FHIR and SDC that stand in no table below": {refuses: []refused{
			{a(`"type":"string","colour":"red"`), "item[0].colour", "unsupported"}, {a(`"type":"string",` + x(sdc+"new", `"valueString":"y"`)), "item[0].extension[0]", "unsupported"},
		}},
		"over 5 MB, 5,000 items, 32 levels of them, or 20,000 options": {refuses: []refused{ // TestLoadIsBounded has the size
			{with(strings.Join(many, ",")), "item[5000]", "unsupported"}, {with(strings.Repeat(`{"linkId":"x","type":"group","item":[`, 40) + number + strings.Repeat(`]}`, 40)), "item[0]" + strings.Repeat(".item[0]", 31) + ".item", "unsupported"},
			{a(`"type":"choice","answerOption":[` + strings.TrimSuffix(strings.Repeat(`{"valueInteger":1},`, maxOptions+1), ",") + `]`), "item[0].answerOption", "unsupported"},
		}},
	}
}

// TestNoticesArePlain holds that whatever is passed over is said with its place.
func TestNoticesArePlain(t *testing.T) {
	for _, f := range features() {
		for _, s := range f.loads {
			q := load(t, s.doc)
			if slices.ContainsFunc(q.Notices, func(is fault.Issue) bool { return is.Where == "" || is.Code != "notice" || is.Text == "" }) {
				t.Errorf("%+v", q.Notices)
			}
		}
	}
}
