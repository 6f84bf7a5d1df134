package questionnaire

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tellback/tellback/internal/fault"
)

func codes(issues []fault.Issue) (out []string) {
	for _, is := range issues {
		out = append(out, is.Code)
	}
	return out
}

func TestHowManyAnswers(t *testing.T) {
	ext := func(name string, n int) string {
		return fmt.Sprintf(`{"url":"%squestionnaire-%s","valueInteger":%d}`, hl7, name, n)
	}
	q := load(t, with(`{"linkId":"a","text":"A","type":"choice","repeats":true,"extension":[`+ext("minOccurs", 2)+`,`+ext("maxOccurs", 3)+`],
	"answerOption":[{"valueString":"p"},{"valueString":"q"},{"valueString":"r"},{"valueString":"s"}]},
	{"linkId":"g","text":"G","type":"group","extension":[`+ext("minOccurs", 1)+`],"item":[{"linkId":"b","text":"B","type":"string"}]}`))
	for given, want := range map[string]string{"": "required", "p": "too-few", "p q": "", "p q r": "", "p q r s": "too-many"} {
		var vs []Value
		for _, s := range strings.Fields(given) {
			vs = append(vs, Value{Type: String, Text: s})
		}
		if got := strings.Join(codes(q.Check(q.Item("a"), vs)), " "); got != want {
			t.Errorf("%q: %q, want %q", given, got, want)
		}
	}
	if _, bad := q.Parse(q.Item("a"), "en", "1", time.Time{}); bad == nil || bad.Code != "too-few" {
		t.Errorf("one of two in a text: %+v", bad)
	}
	if got := codes(q.Validate(Answers{"a": {{Type: String, Text: "p"}, {Type: String, Text: "q"}}})); !slices.Equal(got, []string{"required"}) {
		t.Errorf("a group that must be answered: %v", got)
	}
	refuses(t, with(`{"linkId":"a","text":"A","type":"string","extension":[`+ext("minOccurs", 2)+`]}`), "item[0].extension", "invalid")
	refuses(t, with(`{"linkId":"a","text":"A","type":"string","repeats":true,"extension":[`+ext("minOccurs", 3)+`,`+ext("maxOccurs", 2)+`]}`), "item[0].extension", "invalid")
	refuses(t, with(`{"linkId":"a","text":"A","type":"string","extension":[`+ext("maxOccurs", 0)+`]}`), "item[0].extension[0].valueInteger", "invalid")
}

func TestStepsOfASlider(t *testing.T) {
	q := load(t, with(`{"linkId":"a","text":"A","type":"decimal","extension":[{"url":"`+hl7+`questionnaire-sliderStepValue","valueInteger":5},{"url":"`+hl7+`minValue","valueInteger":-10}]}`))
	for text, want := range map[string]string{"-10": "", "-5.00": "", "0": "", "25": "", "3": "off-step", "5.5": "off-step", "-15": "too-small"} {
		if got := strings.Join(codes(q.Check(q.Item("a"), one(Decimal, text))), " "); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestWebAddresses(t *testing.T) {
	q := load(t, with(`{"linkId":"a","text":"A","type":"url"}`))
	i := q.Item("a")
	for _, good := range []string{"https://example.org", "http://example.org/a?b=c#d", "urn:oid:1.2.3", "mailto:a@example.org"} {
		vs, bad := q.Parse(i, "en", " "+good+" ", time.Time{})
		form, issues := q.ParseLexical(i, []string{good})
		if bad != nil || issues != nil || !slices.Equal(vs, form) || vs[0].Text != good {
			t.Errorf("%s: %v %v %+v %+v", good, vs, form, bad, issues)
			continue
		}
		sent, err := q.MarshalResponse(Response{Answers: Answers{"a": vs}})
		if err != nil || !strings.Contains(string(sent), `"valueUri":"`+good+`"`) {
			t.Errorf("%s %v", sent, err)
		}
		if r, issues, err := ParseResponse(sent, q); err != nil || issues != nil || !slices.Equal(r.Answers["a"], vs) {
			t.Errorf("%v %+v %v", r.Answers, issues, err)
		}
	}
	for _, bad := range []string{"example.org", "example", "https:", "https://", "a b:c", "1x:y", "https://x y", "javascript:<b>"} {
		if _, is := q.Parse(i, "en", bad, time.Time{}); is == nil {
			t.Errorf("%q was taken in a text", bad)
		}
		if _, is := q.ParseLexical(i, []string{bad}); !slices.Equal(codes(is), []string{"wrong-form"}) {
			t.Errorf("%q in a form: %+v", bad, is)
		}
	}
}

func TestWhatBelongsToAQuestionIsSaidWithIt(t *testing.T) {
	control := func(code string) string {
		return `"extension":[{"url":"` + extControl + `","valueCodeableConcept":{"coding":[{"system":"http://hl7.org/fhir/questionnaire-item-control","code":"` + code + `"}]}}]`
	}
	q := load(t, with(`{"linkId":"a","text":"How bad?","type":"integer","extension":[{"url":"`+hl7+`entryFormat","valueString":"a number"},{"url":"`+extLink+`","valueUri":"https://example.org/a"}],"item":[
	{"linkId":"l","text":"0 is none","type":"display",`+control("lower")+`},{"linkId":"u","text":"10 is worst","type":"display",`+control("upper")+`},
	{"linkId":"d","text":"Thank you","type":"display"}]}`))
	i := q.Item("a")
	if got := i.Help.In("en"); got != "a number 0 is none 10 is worst" || len(i.Links) != 1 {
		t.Errorf("%q %v", got, i.Links)
	}
	if next := q.Next(Answers{"a": one(Integer, "3")}, "a"); next == nil || next.LinkID != "d" {
		t.Errorf("after the answer comes %+v", next)
	}
	refuses(t, with(`{"linkId":"a","text":"A","type":"string","extension":[{"url":"`+extLink+`","valueUri":"javascript:alert(1)"}]}`), "item[0].extension[0].valueUri", "invalid")
}

func TestWhatIsOnlyForReadersIsNotAsked(t *testing.T) {
	mode := func(code string) string {
		return with(`{"linkId":"a","text":"A","type":"string","extension":[{"url":"` + hl7 + `questionnaire-usageMode","valueCode":"` + code + `"}]},{"linkId":"b","text":"B","type":"string"}`)
	}
	for code, want := range map[string]string{"capture": "a", "capture-display": "a", "display": "b", "display-non-empty": "b"} {
		if got := load(t, mode(code)).Next(nil, "").LinkID; got != want {
			t.Errorf("%s: %s is asked first, want %s", code, got, want)
		}
	}
	refuses(t, mode("never"), "item[0].extension[0].valueCode", "invalid")
}

func TestNoticesSayWhatIsNotUsed(t *testing.T) {
	q := load(t, `{"resourceType":"Questionnaire","url":"http://example.org/Questionnaire/mine","status":"active","item":[
	{"linkId":"a","type":"choice","maxLength":3,"code":[{"code":"1","display":"What is it?"}],"extension":[{"url":"https://example.org/mood","valueCode":"x"}],"answerOption":[{"valueCoding":{"code":"x"}}]}]}`)
	var got []string
	for _, n := range q.Notices {
		got = append(got, n.Where)
	}
	want := []string{"id", "version", "item[0].extension[0]", "item[0].answerOption[0].valueCoding.display", "item[0].text", "item[0].maxLength"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if i := q.Item("a"); q.ID != "mine" || q.Version != q.Hash[:8] || i.Text.In("en") != "What is it?" || i.Options[0].Label.In("en") != "x" || i.MaxLength != 0 {
		t.Errorf("%s %s %+v", q.ID, q.Version, i)
	}
}

func TestLooksThatMatterAreRefused(t *testing.T) {
	const sensitive, red = `{"url":"` + hl7 + `rendering-styleSensitive","valueBoolean":true}`, `"_text":{"extension":[{"url":"` + hl7 + `rendering-style","valueString":"color:red"}]}`
	a := func(kind, more string) string {
		return with(`{"linkId":"a","text":"A","type":"` + kind + `","extension":[` + sensitive + `]` + more + `},{"linkId":"b","text":"B","type":"string",` + red + `}`)
	}
	load(t, a("string", "")) // what has a look is another question
	refuses(t, a("string", ","+red), "item[0].extension[0]", "unsupported")
	refuses(t, a("choice", `,"answerOption":[{"valueString":"x","_valueString":{"extension":[{"url":"`+hl7+`rendering-style","valueString":"color:red"}]}}]`), "item[0].extension[0]", "unsupported")
	refuses(t, a("group", `,"item":[{"linkId":"c","text":"C","type":"string",`+red+`}]`), "item[0].extension[0]", "unsupported")
	refuses(t, strings.Replace(a("display", ""), `"title"`, `"extension":[`+sensitive+`],"title"`, 1), "extension[0]", "unsupported")
	if q := load(t, a("display", ","+red)); len(q.Notices) != 1 || q.Notices[0].Where != "item[0].extension[0]" {
		t.Errorf("words that ask nothing: %+v", q.Notices)
	}
}
