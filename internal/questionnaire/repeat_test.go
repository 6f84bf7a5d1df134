package questionnaire

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tellback/tellback/internal/fault"
)

// medicines asks for each medicine its name, whether it helps, what it does if not, and of each of several effects how bad it is; and, of all
// of them, who helps with taking them.
func medicines(t *testing.T) *Questionnaire {
	t.Helper()
	doc, err := os.ReadFile("testdata/medicines.json")
	if err != nil {
		t.Fatal(err)
	}
	q, err := Load(doc)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func said(s string) []Value { return []Value{{Type: String, Text: s}} }

func truth(b bool) []Value { return []Value{{Type: Boolean, Text: fmt.Sprint(b)}} }

func codings(codes ...string) (vs []Value) {
	for _, c := range codes {
		vs = append(vs, Value{Type: Choice, Code: c})
	}
	return vs
}

func count(n int) []Value { return []Value{{Type: Integer, Text: fmt.Sprint(n)}} }

// asks walks a questionnaire as a text conversation does.
func asks(t *testing.T, q *Questionnaire, replies map[string]string) (Answers, []string) {
	t.Helper()
	a, order := Answers{}, []string(nil)
	for i := q.Next(a, ""); i != nil; i = q.Next(a, i.LinkID) {
		asked := q.Asked(i, a)
		order = append(order, i.LinkID+" "+asked.Short.In("en"))
		reply, ok := replies[i.LinkID]
		if !ok {
			continue
		}
		vs, bad := q.Parse(asked, "en", reply, time.Time{})
		if bad != nil {
			t.Fatalf("%s: %+v", i.LinkID, bad)
		}
		a[i.LinkID] = vs
	}
	return a, order
}

func TestAGroupThatRepeatsIsAskedAsOftenAsThereIsAnother(t *testing.T) {
	q := medicines(t)
	a, order := asks(t, q, map[string]string{
		"name": "aspirin", "helps": "2", "why": "nothing", "effect": "1 2", "bad": "3", "bad~1.2": "9", "med~2?": "1",
		"name~2": "zinc", "helps~2": "1", "med~3?": "2",
	})
	want := []string{
		"name What is it called?", "helps Does it help?", "why What happens instead?", "effect What else does it do?",
		"bad Sleepy: How bad is it, from 0 to 10?", "bad~1.2 Sick: How bad is it, from 0 to 10?",
		"med~2? Medicines: is there another one to tell about?",
		"name~2 What is it called?", "helps~2 Does it help?", "effect~2 What else does it do?",
		"med~3? Medicines: is there another one to tell about?",
		"hard What is hard about it?",
	}
	if d := cmp.Diff(want, order); d != "" {
		t.Error(d)
	}
	kept := Answers{
		"name": said("aspirin"), "helps": truth(false), "why": said("nothing"), "effect": codings("sleepy", "sick"), "bad": count(3), "bad~1.2": count(9),
		"med~2?": truth(true), "name~2": said("zinc"), "helps~2": truth(true),
	}
	if d := cmp.Diff(kept, q.Clean(a)); d != "" {
		t.Error(d)
	}
	if is := q.Validate(q.Clean(a)); len(is) > 0 {
		t.Error(is)
	}
	doc, err := q.MarshalResponse(Response{Answers: a})
	if err != nil {
		t.Fatal(err)
	}
	sent := `{"resourceType":"QuestionnaireResponse","questionnaire":"Questionnaire/medicines|1","status":"completed","item":[` +
		`{"linkId":"med","text":"Medicines:","item":[{"linkId":"name","text":"What is it called?","answer":[{"valueString":"aspirin"}]},` +
		`{"linkId":"helps","text":"Does it help?","answer":[{"valueBoolean":false}]},{"linkId":"why","text":"What happens instead?","answer":[{"valueString":"nothing"}]},` +
		`{"linkId":"effect","text":"What else does it do?","answer":[{"valueCoding":{"code":"sleepy","display":"Sleepy"},"item":[{"linkId":"bad","text":"How bad is it, from 0 to 10?","answer":[{"valueInteger":3}]}]},` +
		`{"valueCoding":{"code":"sick","display":"Sick"},"item":[{"linkId":"bad","text":"How bad is it, from 0 to 10?","answer":[{"valueInteger":9}]}]}]}]},` +
		`{"linkId":"med","text":"Medicines:","item":[{"linkId":"name","text":"What is it called?","answer":[{"valueString":"zinc"}]},{"linkId":"helps","text":"Does it help?","answer":[{"valueBoolean":true}]}]}]}`
	if d := cmp.Diff(sent, string(doc)); d != "" {
		t.Error(d)
	}
	r, issues, err := ParseResponse(doc, q)
	if err != nil || len(issues) > 0 {
		t.Fatal(err, issues)
	}
	if d := cmp.Diff(q.Clean(a), q.Clean(r.Answers)); d != "" {
		t.Error(d)
	}
}

func TestNobodyIsAskedForAnotherAfterNothingWasTold(t *testing.T) {
	q := medicines(t)
	if name := q.Item("name"); !name.Required || q.Asked(name, nil).Required || !q.Asked(name, Answers{"helps": truth(true)}).Required {
		t.Error("the name of a medicine is needed only where something is told of one")
	}
	if is := q.Validate(nil); len(is) > 0 {
		t.Error(is)
	}
	_, order := asks(t, q, nil)
	if d := cmp.Diff([]string{"name What is it called?", "helps Does it help?", "effect What else does it do?"}, order); d != "" {
		t.Error(d)
	}
}

func TestWhatIsWrongInAnOccurrenceIsSaidOfThatOne(t *testing.T) {
	q := medicines(t)
	item := func(name, more string) string {
		return `{"linkId":"med","item":[` + name + more + `]}`
	}
	named := `{"linkId":"name","answer":[{"valueString":"x"}]}`
	for _, c := range []struct{ name, items, where, code string }{
		{"the second without its name", item(named, "") + "," + item(`{"linkId":"helps","answer":[{"valueBoolean":true}]}`, ""), "QuestionnaireResponse.item[1]", "required"},
		{"asked of the second only if it doesn't help", item(named, "") + "," + item(named, `,{"linkId":"why","answer":[{"valueString":"x"}]}`), "QuestionnaireResponse.item[1].item[1]", "not-enabled"},
		{"a fourth of three", strings.TrimSuffix(strings.Repeat(item(named, "")+",", 4), ","), "QuestionnaireResponse.item[3]", "too-many"},
		{"a name twice in one", item(named, ","+named), "QuestionnaireResponse.item[0].item[1]", "duplicate-item"},
		{"by the name that the answer is kept by", item(`{"linkId":"name~2","answer":[{"valueString":"x"}]}`, ""), "QuestionnaireResponse.item[0].item[0].linkId", "unknown-item"},
		{"whether there is another", item(named, "") + `,{"linkId":"med~2?","answer":[{"valueBoolean":true}]}`, "QuestionnaireResponse.item[1].linkId", "unknown-item"},
		{"a name outside", item(named, "") + "," + named, "QuestionnaireResponse.item[1]", "misplaced"},
		{"of the second effect", item(named, `,{"linkId":"effect","answer":[{"valueCoding":{"code":"sick"}},{"valueCoding":{"code":"sleepy"},"item":[{"linkId":"bad","answer":[{"valueString":"x"}]}]}]}`),
			"QuestionnaireResponse.item[0].item[1].answer[1].item[0].answer[0].value", "wrong-type"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := ReadResponse([]byte(`{"resourceType":"QuestionnaireResponse","status":"completed","item":[`+c.items+`]}`), q)
			if err != nil {
				t.Fatal(err)
			}
			wrong, _ := r.Judge(q)
			wrong = append(wrong, r.Issues...)
			if len(wrong) != 1 || wrong[0].Where != c.where || wrong[0].Code != c.code || wrong[0].Text == "" {
				t.Errorf("%+v", wrong)
			}
		})
	}
}

func TestWhatIsAskedOfAllLooksAtEveryOccurrence(t *testing.T) {
	q := medicines(t)
	a := Answers{"name": said("a"), "helps": truth(true), "name~2": said("b"), "helps~2": truth(false), "hard": said("swallowing")}
	if is := q.Validate(a); len(is) > 0 {
		t.Error(is)
	}
	a["helps~2"] = truth(true)
	if is := q.Validate(a); len(is) != 1 || is[0].Where != "hard" {
		t.Error(is)
	}
}

// An occurrence of which nothing is left moves out of the way, and Clean of what Clean gave changes nothing.
func TestOccurrencesCloseUp(t *testing.T) {
	q := medicines(t)
	a := Answers{"name~3": said("c"), "effect~3": codings("sick"), "bad~3.1": count(2), "name~2": {{Type: String}}, "med~2?": truth(true)}
	want := Answers{"name": said("c"), "effect": codings("sick"), "bad": count(2)}
	if d := cmp.Diff(want, q.Clean(a)); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(want, q.Clean(q.Clean(a))); d != "" {
		t.Error(d)
	}
}

// What was chosen is kept in the order in which it is offered, with what was told of each.
func TestWhatIsToldOfEachAnswerMovesWithIt(t *testing.T) {
	a := Answers{"name": said("a"), "effect": codings("sick", "sleepy"), "bad": count(9), "bad~1.2": count(1)}
	want := Answers{"name": said("a"), "effect": codings("sleepy", "sick"), "bad": count(1), "bad~1.2": count(9)}
	if d := cmp.Diff(want, medicines(t).Clean(a)); d != "" {
		t.Error(d)
	}
}

// An expression sees the occurrences as one response, and its own context as the occurrence that it stands in.
func TestExpressionsSeeOccurrences(t *testing.T) {
	const sdc = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-"
	q, err := Load([]byte(`{"resourceType":"Questionnaire","id":"pills","version":"1","status":"active","title":"Pills","item":[
		{"linkId":"med","type":"group","text":"Medicine","repeats":true,"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/variable","valueExpression":{"name":"each","language":"text/fhirpath","expression":"item.where(linkId='pills').answer.value"}}],"item":[
			{"linkId":"pills","type":"integer","text":"How many pills?"},
			{"linkId":"times","type":"integer","text":"How often a day?","extension":[{"url":"` + sdc + `enableWhenExpression","valueExpression":{"language":"text/fhirpath","expression":"%each > 1"}}]},
			{"linkId":"day","type":"integer","text":"A day","extension":[{"url":"` + sdc + `calculatedExpression","valueExpression":{"language":"text/fhirpath","expression":"%each * iif(%resource.item.where(linkId='med').exists(), 2, 0)"}}]}]},
		{"linkId":"all","type":"integer","text":"All","extension":[{"url":"` + sdc + `calculatedExpression","valueExpression":{"language":"text/fhirpath","expression":"%resource.item.where(linkId='med').item.where(linkId='day').answer.value.sum()"}}]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	a, order := asks(t, q, map[string]string{"pills": "1", "med~2?": "yes", "pills~2": "3", "times~2": "2", "med~3?": "no"})
	want := []string{"pills How many pills?", "med~2? Medicine: is there another one to tell about?", "pills~2 How many pills?", "times~2 How often a day?", "med~3? Medicine: is there another one to tell about?"}
	if d := cmp.Diff(want, order); d != "" {
		t.Error(d)
	}
	clean := q.Clean(a)
	if d := cmp.Diff(Answers{"pills": count(1), "day": count(2), "med~2?": truth(true), "pills~2": count(3), "times~2": count(2), "day~2": count(6), "all": count(8)}, clean); d != "" {
		t.Error(d)
	}
	if is := q.Validate(clean); len(is) > 0 {
		t.Error(is)
	}
}

// However deep groups that repeat are nested, what is made of them is bounded.
func TestWhatRepeatsInWhatRepeatsIsBounded(t *testing.T) {
	deep := strings.Repeat(`{"linkId":"gN","type":"group","repeats":true,"item":[`, 30) + `{"linkId":"x","type":"string","text":"X"}` + strings.Repeat(`]}`, 30)
	for n := range 30 {
		deep = strings.Replace(deep, "gN", fmt.Sprint("g", n), 1)
	}
	wide := `{"linkId":"g","type":"group","repeats":true,"item":[`
	for n := range 1500 {
		wide += fmt.Sprintf(`{"linkId":"q%d","type":"string","text":"X"},`, n)
	}
	for name, items := range map[string]string{"deep": deep, "wide": strings.TrimSuffix(wide, ",") + `]}`} {
		began := time.Now()
		_, err := Load([]byte(`{"resourceType":"Questionnaire","id":"q","version":"1","status":"active","title":"Q","item":[` + items + `]}`))
		if _, issues := fault.Public(err); len(issues) != 1 || !strings.Contains(issues[0].Text, "more than 5000 items") || !strings.Contains(issues[0].Text, "questionnaire-maxOccurs") {
			t.Errorf("%s: %v %+v", name, err, issues)
		}
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("%s took %v", name, took)
		}
	}
}

// What nobody answers, since it is read-only or hidden, is no reason for another occurrence.
func TestWhatIsFixedTellsOfNoOccurrence(t *testing.T) {
	q := load(t, with(`{"linkId":"g","type":"group","repeats":true,"text":"G","extension":[{"url":"`+hl7+`questionnaire-maxOccurs","valueInteger":3}],"item":[
		{"linkId":"a","text":"A","type":"boolean","required":true},{"linkId":"ro","text":"RO","type":"integer","readOnly":true,"initial":[{"valueInteger":7}]}]},
		{"linkId":"z","type":"boolean","text":"Z"}`))
	for name, c := range map[string]struct{ given, want Answers }{
		"one told":  {Answers{"a": truth(false)}, Answers{"a": truth(false), "ro": count(7)}},
		"two told":  {Answers{"a": truth(false), "a~2": truth(true)}, Answers{"a": truth(false), "ro": count(7), "g~2?": truth(true), "a~2": truth(true), "ro~2": count(7)}},
		"none told": {Answers{"z": truth(true)}, Answers{"z": truth(true), "ro": count(7)}},
	} {
		clean := q.Clean(c.given)
		if d := cmp.Diff(c.want, clean); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
		if is := q.Validate(clean); len(is) > 0 {
			t.Errorf("%s: %+v", name, is)
		}
		if d := cmp.Diff(clean, q.Clean(clean)); d != "" {
			t.Errorf("%s, again:\n%s", name, d)
		}
	}
}

// What was told of an answer belongs to that answer, wherever it comes to stand.
func TestWhatIsToldOfAnAnswerFollowsIt(t *testing.T) {
	effect := medicines(t).Item("effect")
	for _, c := range []struct{ was, now, first, second string }{
		{"sleepy sick", "sick", "9", ""}, {"sleepy sick", "sick sleepy", "9", "3"}, {"sleepy sick", "sleepy", "3", ""},
		{"sleepy", "sick", "", ""}, {"sleepy", "sick sleepy", "", "3"}, {"sleepy sick", "", "", ""},
	} {
		a := Answers{"bad": count(3), "hard": said("all")}
		if strings.Contains(c.was, " ") {
			a["bad~1.2"] = count(9)
		}
		effect.Reseat(a, codings(strings.Fields(c.was)...), codings(strings.Fields(c.now)...))
		want := Answers{"hard": said("all")}
		for link, n := range map[string]string{"bad": c.first, "bad~1.2": c.second} {
			if n != "" {
				want[link] = []Value{{Type: Integer, Text: n}}
			}
		}
		if d := cmp.Diff(want, a); d != "" {
			t.Errorf("%q became %q: %s", c.was, c.now, d)
		}
	}
}
