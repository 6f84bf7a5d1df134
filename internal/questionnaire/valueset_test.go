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
