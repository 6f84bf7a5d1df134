package questionnaire

import (
	"strings"
	"testing"

	"github.com/tellback/tellback/internal/fault"
)

func TestValueSetsKeptBeside(t *testing.T) {
	const doc = `{"resourceType":"ValueSet","url":"http://example.org/vs","version":"2","status":"active","compose":{"include":[{"system":"s","concept":[{"code":"a","display":"A","designation":[{"language":"es","value":"Á"}]}]}]}}`
	s := &ValueSets{}
	if err := s.Add([]byte(doc)); err != nil {
		t.Fatal(err)
	}
	refer := func(to string) []byte {
		return []byte(with(`{"linkId":"a","text":"A","type":"choice","answerValueSet":"` + to + `"}`))
	}
	var hash string
	for _, to := range []string{"http://example.org/vs", "http://example.org/vs|2"} {
		q, err := s.Load(refer(to))
		if err != nil {
			t.Fatal(err)
		}
		if o := q.Item("a").Options; len(o) != 1 || o[0].Label.In("es") != "Á" {
			t.Errorf("%+v", o)
		}
		hash = q.Hash
	}
	if _, err := s.Load(refer("http://example.org/vs|1")); fault.KindOf(err) != fault.Invalid {
		t.Errorf("another version: %v", err)
	}
	other := &ValueSets{}
	if err := other.Add([]byte(strings.Replace(doc, `"A"`, `"B"`, 1))); err != nil {
		t.Fatal(err)
	}
	q, err := other.Load(refer("http://example.org/vs|2"))
	if err != nil || q.Hash == hash {
		t.Errorf("what people are asked differs, the hash does not: %v", err)
	}
	if err := s.Add([]byte(doc)); fault.KindOf(err) != fault.Invalid {
		t.Errorf("twice: %v", err)
	}
	for name, bad := range map[string]string{
		"no JSON": `{`, "another resource": `{"resourceType":"Patient"}`, "no url": strings.Replace(doc, `"url":"http://example.org/vs",`, ``, 1),
		"no codes": `{"resourceType":"ValueSet","url":"u","status":"active"}`, "a value set of value sets": `{"resourceType":"ValueSet","url":"u","status":"active","compose":{"include":[{"valueSet":["u"]}]}}`,
	} {
		if err := new(ValueSets).Add([]byte(bad)); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func TestWellKnownValueSets(t *testing.T) {
	for url := range knownSets {
		q := load(t, with(`{"linkId":"a","text":"A","type":"choice","answerValueSet":"`+url+`|4.0.1"}`))
		if len(q.Item("a").Options) != len(knownSets[url]) {
			t.Errorf("%s: %+v", url, q.Item("a").Options)
		}
	}
	french := strings.Replace(with(`{"linkId":"a","text":"A","type":"choice","answerValueSet":"http://hl7.org/fhir/ValueSet/yesnodontknow"}`), `"title"`, `"language":"fr","title"`, 1)
	refuses(t, french, "item[0].answerValueSet", "unsupported")
}

func TestWeightsOfAnExpansion(t *testing.T) {
	for _, weight := range []string{
		`"extension":[{"url":"` + extProperty + `","extension":[{"url":"code","valueCode":"itemWeight"},{"url":"value[x]","valueDecimal":2}]}]`,
		`"extension":[{"url":"` + extOrdinal + `","valueDecimal":2}]`,
		`"property":[{"code":"itemWeight","valueDecimal":2}]`,
	} {
		q := load(t, strings.Replace(with(`{"linkId":"a","text":"A","type":"choice","answerValueSet":"#v"}`), `"title"`,
			`"contained":[{"resourceType":"ValueSet","id":"v","expansion":{"contains":[{"code":"x","display":"X",`+weight+`}]}}],"title"`, 1))
		if o := q.Item("a").Options[0].Ordinal; o == nil || *o != 2000 {
			t.Errorf("%s: %v", weight, o)
		}
	}
}

func TestCodesOfCodeSystems(t *testing.T) {
	const animals = `{"resourceType":"CodeSystem","id":"c","url":"http://example.org/animals","content":"complete","concept":[
	{"code":"animal","display":"Animal","property":[{"code":"notSelectable","valueBoolean":true}],"concept":[{"code":"cat","display":"Cat","definition":"Purrs."},{"code":"dog","display":"Dog","concept":[{"code":"pug","display":"Pug"}]}]},
	{"code":"rose","display":"Rose"},{"code":"tulip","display":"Tulip","property":[{"code":"parent","valueCode":"rose"}]}]}`
	set := func(compose string) string {
		return `{"resourceType":"ValueSet","id":"v","url":"http://example.org/vs","compose":{` + compose + `}}`
	}
	codes := func(q *Questionnaire) string {
		var out []string
		for _, o := range q.Item("a").Options {
			out = append(out, o.Value.Code+" "+o.Label["en"])
		}
		return strings.Join(out, ", ")
	}
	const all = `"system":"http://example.org/animals"`
	filter := func(op, value string) string {
		return `"include":[{` + all + `,"filter":[{"property":"concept","op":"` + op + `","value":"` + value + `"}]}]`
	}
	for compose, want := range map[string]string{
		`"include":[{` + all + `}]`: "cat Cat, dog Dog, pug Pug, rose Rose, tulip Tulip",
		`"include":[{` + all + `,"concept":[{"code":"pug"}]},{"system":"http://hl7.org/fhir/administrative-gender"}]`: "pug Pug, male Male, female Female, other Other, unknown Unknown",
		filter("is-a", "dog"):           "dog Dog, pug Pug",
		filter("descendent-of", "dog"):  "pug Pug",
		filter("is-not-a", "animal"):    "rose Rose, tulip Tulip",
		filter("descendent-of", "rose"): "tulip Tulip",
		`"include":[{` + all + `}],"exclude":[{` + all + `,"concept":[{"code":"pug"}]},{` + all + `,"filter":[{"property":"concept","op":"is-a","value":"rose"}]}]`: "cat Cat, dog Dog",
		`"include":[{"valueSet":["http://hl7.org/fhir/ValueSet/v2-0136"]},{` + all + `,"concept":[{"code":"cat"}]}]`:                                                "Y Yes, N No, cat Cat",
	} {
		inside := load(t, strings.Replace(with(`{"linkId":"a","text":"A","type":"choice","answerValueSet":"#v"}`), `"title"`, `"contained":[`+set(compose)+`,`+animals+`],"title"`, 1))
		beside := &ValueSets{}
		for _, doc := range []string{animals, set(compose)} {
			if err := beside.Add([]byte(doc)); err != nil {
				t.Fatal(err)
			}
		}
		q, err := beside.Load([]byte(with(`{"linkId":"a","text":"A","type":"choice","answerValueSet":"http://example.org/vs"}`)))
		if err != nil {
			t.Fatal(err)
		}
		if codes(inside) != want || codes(q) != want {
			t.Errorf("%s:\n%s\n%s, want\n%s", compose, codes(inside), codes(q), want)
		}
	}
	own := strings.Replace(with(`{"linkId":"a","text":"A","type":"choice","answerValueSet":"#v"}`), `"title"`, `"contained":[`+set(`"include":[{`+all+`}]`)+`],"title"`, 1)
	hashes := map[string]bool{}
	for _, cat := range []string{"Cat", "Tom"} {
		s := &ValueSets{}
		if err := s.Add([]byte(strings.Replace(animals, `"Cat"`, `"`+cat+`"`, 1))); err != nil {
			t.Fatal(err)
		}
		q, err := s.Load([]byte(own))
		if err != nil {
			t.Fatal(err)
		}
		hashes[q.Hash] = true
	}
	if len(hashes) != 2 {
		t.Error("what people are asked differs, the hash does not")
	}
	for name, bad := range map[string]string{
		"a part": strings.Replace(animals, "complete", "fragment", 1), "no url": strings.Replace(animals, `"url"`, `"name"`, 1), "no code": strings.Replace(animals, `"code":"rose",`, ``, 1),
	} {
		if err := new(ValueSets).Add([]byte(bad)); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestExpansionsAreWhatASetCameTo(t *testing.T) {
	q := load(t, strings.Replace(with(`{"linkId":"a","text":"A","type":"choice","answerValueSet":"#v"}`), `"title"`, `"contained":[{"resourceType":"ValueSet","id":"v",
	"compose":{"include":[{"system":"http://snomed.info/sct","filter":[{"property":"concept","op":"is-a","value":"1"}]}]},
	"expansion":{"total":4,"contains":[{"abstract":true,"code":"all","display":"All","contains":[{"code":"x","display":"X","contains":[{"code":"y","display":"Y"}]}]},{"code":"z","display":"Z","inactive":true}]}}],"title"`, 1))
	if o := q.Item("a").Options; len(o) != 2 || o[0].Value.Code != "x" || o[1].Value.Code != "y" {
		t.Errorf("%+v", o)
	}
}
