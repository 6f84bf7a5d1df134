package questionnaire

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tellback/tellback/internal/fault"
	"pgregory.net/rapid"
)

// anyQuestionnaire draws a questionnaire that loads: every type, nesting, and conditions on earlier questions.
func anyQuestionnaire(t *rapid.T) *Questionnaire {
	var earlier []string // linkId and type
	count := 0
	var items func(depth int) []any
	items = func(depth int) []any {
		var out []any
		for range rapid.IntRange(1, 4).Draw(t, "items") {
			link := fmt.Sprint("q", count)
			count++
			typ := rapid.SampledFrom([]string{"group", "display", "boolean", "integer", "decimal", "string", "text", "choice", "open-choice", "date", "quantity"}).Draw(t, "type")
			if typ == "group" && depth > 2 {
				typ = "boolean"
			}
			i := map[string]any{"linkId": link, "text": "T" + link, "type": typ}
			if len(earlier) > 0 && rapid.Bool().Draw(t, "conditional") {
				condition(t, i, earlier)
			}
			if typ != "group" && typ != "display" {
				i["required"] = rapid.Bool().Draw(t, "required")
				earlier = append(earlier, link+" "+typ)
			}
			repeats := false
			switch typ {
			case "choice", "open-choice":
				repeats = rapid.Bool().Draw(t, "repeats")
				i["repeats"] = repeats
				var options []any
				for n := range rapid.IntRange(1, 5).Draw(t, "options") {
					options = append(options, map[string]any{"valueCoding": map[string]any{"system": "s", "code": fmt.Sprint("c", n), "display": fmt.Sprint("Option ", n)}})
				}
				i["answerOption"] = options
			case "string":
				i["maxLength"] = 40
			case "decimal":
				i["extension"] = []any{map[string]any{"url": hl7 + "maxDecimalPlaces", "valueInteger": 4}}
			case "quantity":
				if rapid.Bool().Draw(t, "units") {
					i["extension"] = []any{map[string]any{"url": hl7 + "questionnaire-unitOption", "valueCoding": map[string]any{"system": "u", "code": "kg", "display": "kg"}},
						map[string]any{"url": hl7 + "questionnaire-unitOption", "valueCoding": map[string]any{"system": "u", "code": "g", "display": "g"}}}
				}
			case "integer":
				i["extension"] = []any{map[string]any{"url": hl7 + "minValue", "valueInteger": -5}, map[string]any{"url": hl7 + "maxValue", "valueInteger": 5}}
			}
			if typ == "group" || typ != "display" && !repeats && depth < 3 && rapid.IntRange(0, 3).Draw(t, "nest") == 0 {
				i["item"] = items(depth + 1)
			}
			out = append(out, i)
		}
		return out
	}
	doc, err := json.Marshal(map[string]any{"resourceType": "Questionnaire", "id": "q", "version": "1", "status": "draft", "title": "T", "item": items(0)})
	if err != nil {
		t.Fatal(err)
	}
	q, err := Load(doc)
	if err != nil {
		_, issues := fault.Public(err)
		t.Fatalf("%s: %+v", doc, issues)
	}
	return q
}

func condition(t *rapid.T, i map[string]any, earlier []string) {
	var when []any
	for range rapid.IntRange(1, 2).Draw(t, "conditions") {
		link, typ, _ := strings.Cut(rapid.SampledFrom(earlier).Draw(t, "on"), " ")
		c := map[string]any{"question": link, "operator": "exists", "answerBoolean": rapid.Bool().Draw(t, "exists")}
		switch {
		case typ == "boolean" && rapid.Bool().Draw(t, "equal"):
			c["operator"] = rapid.SampledFrom([]string{"=", "!="}).Draw(t, "op")
		case typ == "integer":
			c = map[string]any{"question": link, "operator": rapid.SampledFrom([]string{"=", "!=", ">", "<", ">=", "<="}).Draw(t, "op"), "answerInteger": rapid.IntRange(-2, 2).Draw(t, "n")}
		case typ == "string" || typ == "text":
			c = map[string]any{"question": link, "operator": rapid.SampledFrom([]string{"=", "!="}).Draw(t, "op"), "answerString": "x"}
		}
		when = append(when, c)
	}
	i["enableWhen"] = when
	i["enableBehavior"] = rapid.SampledFrom([]string{"all", "any"}).Draw(t, "behavior")
}

// validAnswer draws an answer that i allows.
func validAnswer(t *rapid.T, i *Item) []Value {
	text := func(of *rapid.Generator[string]) []Value { return one(i.Type, of.Draw(t, "text")) }
	switch i.Type {
	case Boolean:
		return text(rapid.SampledFrom([]string{"true", "false"}))
	case Integer:
		return text(rapid.Map(rapid.IntRange(-5, 5), func(n int) string { return fmt.Sprint(n) }))
	case Decimal, Quantity:
		vs := text(rapid.StringMatching(`-?[1-9][0-9]{0,5}(\.[0-9]{1,4})?`))
		if len(i.Units) > 0 {
			u := rapid.SampledFrom(i.Units).Draw(t, "unit")
			vs[0].System, vs[0].Code = u.System, u.Code
		}
		return vs
	case String, Text:
		return text(rapid.OneOf(rapid.Just("x"), rapid.StringMatching(`[a-z😀ß][a-z \n]{0,20}[a-z]`)))
	case Date:
		return text(rapid.StringMatching(`20[0-9]{2}-0[1-9]-[12][0-8]`))
	}
	if i.Type == OpenChoice && rapid.Bool().Draw(t, "own words") {
		return one(String, "own words")
	}
	picked := []Value{}
	for _, o := range i.Options {
		if len(picked) == 0 || i.Repeats && rapid.Bool().Draw(t, "more") {
			picked = append(picked, o.Value)
		}
	}
	return picked
}

func validAnswers(t *rapid.T, q *Questionnaire) Answers {
	a := Answers{}
	for i := q.Next(a, ""); i != nil; i = q.Next(a, i.LinkID) {
		if i.Answerable() && (i.Required || rapid.Bool().Draw(t, "answer")) {
			a[i.LinkID] = validAnswer(t, i)
		}
	}
	return a
}

func TestAnswersGivenInOrderAreValid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := anyQuestionnaire(t)
		a := validAnswers(t, q)
		if is := q.Validate(a); is != nil {
			t.Fatalf("%+v in %s", is, q.Source())
		}
		if d := cmp.Diff(a, q.Clean(a)); d != "" {
			t.Fatalf("Clean changed good answers:\n%s", d)
		}
		doc, err := q.MarshalResponse(Response{Answers: a})
		if err != nil {
			t.Fatal(err)
		}
		r, is, err := ParseResponse(doc, q)
		if err != nil || is != nil {
			t.Fatalf("%v %+v", err, is)
		}
		if d := cmp.Diff(a, r.Answers); d != "" {
			t.Fatalf("the response lost something:\n%s", d)
		}
	})
}

func TestEveryMutationIsCaught(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := anyQuestionnaire(t)
		a := validAnswers(t, q)
		var answered []string
		for link := range a {
			answered = append(answered, link)
		}
		slices.Sort(answered)
		if len(answered) == 0 {
			return
		}
		link := rapid.SampledFrom(answered).Draw(t, "link")
		i := q.Item(link)
		switch rapid.IntRange(0, 4).Draw(t, "mutation") {
		case 0:
			a[link] = []Value{{Type: Time, Text: "10:00:00"}}
		case 1:
			a["nowhere"] = one(String, "x")
		case 2:
			a[link] = slices.Repeat(a[link], 2)
		case 3:
			a[link] = []Value{{Type: Choice, System: "s", Code: "none"}}
		case 4:
			if !i.Required {
				return
			}
			a[link] = []Value{{Type: i.Type, Text: " "}}
		}
		if is := q.Validate(a); len(is) == 0 {
			t.Fatalf("not caught in %s: %v", link, a[link])
		}
	})
}

// anyAnswers draws answers that may be good or not, with and without sense.
func anyAnswers(t *rapid.T, q *Questionnaire) Answers {
	a := Answers{}
	for _, i := range q.All() {
		switch rapid.IntRange(0, 3).Draw(t, "how") {
		case 0:
			if i.Answerable() {
				a[i.LinkID] = validAnswer(t, i)
			}
		case 1:
			a[i.LinkID] = []Value{{Type: rapid.SampledFrom([]Type{String, Integer, Choice, Boolean}).Draw(t, "t"), Text: rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{" x ", "true", "1"})).Draw(t, "text"), Code: rapid.SampledFrom([]string{"", "c0"}).Draw(t, "code")}}
		}
	}
	return a
}

func TestCleanIsIdempotentAndLeavesNothingDisabled(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := anyQuestionnaire(t)
		once := q.Clean(anyAnswers(t, q))
		if d := cmp.Diff(once, q.Clean(once)); d != "" {
			t.Fatalf("Clean is not idempotent:\n%s", d)
		}
		for _, is := range q.Validate(once) {
			if is.Code == "not-enabled" || is.Code == "unknown-item" {
				t.Fatalf("%+v", is)
			}
		}
	})
}

// TestEnabledIsAFixpoint checks Enabled against the definition: repeat judging every item by the items enabled so far until nothing changes.
func TestEnabledIsAFixpoint(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := anyQuestionnaire(t)
		a := anyAnswers(t, q)
		on := map[string]bool{}
		for range len(q.All()) + 1 {
			next := map[string]bool{}
			for _, i := range q.All() {
				next[i.LinkID] = slowlyEnabled(i, a, on)
			}
			on = next
		}
		got := map[string]bool{}
		for _, i := range q.All() {
			got[i.LinkID] = false
		}
		for _, i := range q.Enabled(a) {
			got[i.LinkID] = true
		}
		if d := cmp.Diff(on, got); d != "" {
			t.Fatalf("(-want +got):\n%s", d)
		}
	})
}

func slowlyEnabled(i *Item, a Answers, on map[string]bool) bool {
	if i.Parent != nil && (!on[i.Parent.LinkID] || i.Parent.Type != Group && i.Type != Display && !answered(a[i.Parent.LinkID])) {
		return false
	}
	held := 0
	for _, c := range i.EnableWhen {
		vs := a[c.Question]
		if !on[c.Question] {
			vs = nil
		}
		op := operators[c.Operator]
		if op == opExists && c.Answer.Text == "false" {
			op = opAbsent
		}
		if (&trigger{op: op, answer: c.Answer}).holds(vs) {
			held++
		}
	}
	return len(i.EnableWhen) == 0 || held == len(i.EnableWhen) || i.EnableAny && held > 0
}

// TestLoadSurvivesMutilation takes a good document, cuts and swaps parts of it, and loads what comes of that.
func TestLoadSurvivesMutilation(t *testing.T) {
	source := string(visit(t).Source())
	var tree any
	if err := json.Unmarshal([]byte(source), &tree); err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		doc, err := json.Marshal(mutilated(t, tree))
		if err != nil {
			t.Fatal(err)
		}
		q, err := Load(doc)
		if err != nil {
			if _, issues := fault.Public(err); len(issues) == 0 && fault.KindOf(err) == fault.Invalid {
				t.Fatal("refused without a reason")
			}
			return
		}
		q.Clean(full())
		q.Validate(full())
		q.Score(full())
	})
}

func mutilated(t *rapid.T, v any) any {
	switch rapid.IntRange(0, 60).Draw(t, "fate") {
	case 0:
		return nil
	case 1:
		return rapid.SampledFrom([]any{"", "x", 1.5, -1, true, []any{}, map[string]any{}, []any{"x"}, []any{nil}}).Draw(t, "instead")
	}
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		keys := make([]string, 0, len(v))
		for k := range v {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		for _, k := range keys {
			if rapid.IntRange(0, 80).Draw(t, "drop") > 0 {
				out[k] = mutilated(t, v[k])
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for n := range v {
			out[n] = mutilated(t, v[n])
		}
		return out
	}
	return v
}
