package questionnaire

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// inFHIRPath is the questionnaire with every enableWhen said as an expression.
func inFHIRPath(t *rapid.T, q *Questionnaire) *Questionnaire {
	var doc map[string]any
	if err := json.Unmarshal(q.Source(), &doc); err != nil {
		t.Fatal(err)
	}
	var walk func(items any)
	walk = func(items any) {
		list, _ := items.([]any)
		for _, i := range list {
			i := i.(map[string]any)
			if when, ok := i["enableWhen"].([]any); ok {
				var parts []string
				for _, c := range when {
					parts = append(parts, "("+conditionInFHIRPath(c.(map[string]any))+")")
				}
				join := " and "
				if i["enableBehavior"] == "any" {
					join = " or "
				}
				delete(i, "enableWhen")
				delete(i, "enableBehavior")
				before, _ := i["extension"].([]any)
				i["extension"] = append(before, map[string]any{"url": extEnable, "valueExpression": map[string]any{"language": "text/fhirpath", "expression": strings.Join(parts, join)}})
			}
			walk(i["item"])
		}
	}
	walk(doc["item"])
	b, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	out, err := Load(b)
	if err != nil {
		t.Fatalf("%v in %s", err, b)
	}
	return out
}

func conditionInFHIRPath(c map[string]any) string {
	answers := fmt.Sprintf("%%resource.descendants().where(linkId = '%s').answer.value", c["question"])
	op := c["operator"].(string)
	if op == "exists" {
		return fmt.Sprintf("%s.exists() = %v", answers, c["answerBoolean"])
	}
	v := ""
	switch {
	case c["answerBoolean"] != nil:
		v = fmt.Sprint(c["answerBoolean"])
	case c["answerInteger"] != nil:
		v = fmt.Sprint(c["answerInteger"])
	default:
		v = "'" + c["answerString"].(string) + "'"
	}
	if op == "!=" {
		return fmt.Sprintf("%s.where($this = %s).empty()", answers, v)
	}
	return fmt.Sprintf("%s.where($this %s %s).exists()", answers, op, v)
}

// TestExpressionsEnableAsEnableWhenDoes says the same in both ways, and asks both.
func TestExpressionsEnableAsEnableWhenDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := anyQuestionnaire(t)
		x := inFHIRPath(t, q)
		a := Answers{}
		for _, i := range q.All() {
			if i.Answerable() && rapid.IntRange(0, 2).Draw(t, "answer") > 0 {
				a[i.LinkID] = validAnswer(t, i)
			}
		}
		if d := cmp.Diff(q.Clean(a), x.Clean(a)); d != "" {
			t.Fatalf("Clean (-enableWhen +expression):\n%s in %s", d, q.Source())
		}
		links := func(q *Questionnaire) (out []string) {
			for _, i := range q.Enabled(a) {
				out = append(out, i.LinkID)
			}
			return out
		}
		if d := cmp.Diff(links(q), links(x)); d != "" {
			t.Fatalf("Enabled (-enableWhen +expression):\n%s in %s", d, q.Source())
		}
		if d := cmp.Diff(q.Validate(a), x.Validate(a)); d != "" {
			t.Fatalf("Validate (-enableWhen +expression):\n%s", d)
		}
	})
}
