package fhirpath

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestAgreesWithTheReferenceImplementation holds thousands of generated expressions against fhirpath.js.
func TestAgreesWithTheReferenceImplementation(t *testing.T) {
	n := 5000
	if testing.Short() {
		n = 500
	}
	docs, trees := resourcesOf(t)
	g := &generator{Rand: rand.New(rand.NewPCG(1, 2))}
	questions := make([]question, n)
	for i := range questions {
		questions[i] = question{"response", g.expression()}
	}
	compare(t, docs, trees, questions)
}

// deviations are the only differences that there may be, each with its reason.
var deviations = []struct {
	reason string
	is     func(q question, ours, theirs verdict) bool
}{
	{"N1 4.5: an operator with an empty operand gives an empty result; theirs refuses the sign of nothing", func(_ question, ours, theirs verdict) bool {
		return strings.Contains(theirs.Error, "Unary - can only be applied")
	}},
	{"units are not converted here, except of time: what would need it is empty", func(q question, ours, _ verdict) bool {
		return ours.Error == "" && units.MatchString(q.Expression)
	}},
	{"N1 5.5: a conversion of several values is an error; theirs is empty for convertsTo…", func(q question, ours, theirs verdict) bool {
		return strings.Contains(q.Expression, "convertsTo") && strings.Contains(ours.Error, "single value")
	}},
	{"a dateTime without a zone stays without one in arithmetic; theirs gets that of the machine", func(q question, ours, theirs verdict) bool {
		return unzoned(theirs).agree(unzoned(ours))
	}},
	{"a quotient, root or logarithm has 20 digits after the point; theirs has other ones at the end, which only shows in text", func(q question, ours, theirs verdict) bool {
		return shortened(theirs).agree(shortened(ours))
	}},
	{"a decimal keeps the zeros at its end, which in FHIR say how exact it is; theirs sometimes drops them in text", func(q question, ours, theirs verdict) bool {
		return regexp.MustCompile(`2\.50|1\.50|0\.333`).MatchString(q.Expression) && untrailed(theirs).agree(untrailed(ours))
	}},
	{"a primitive has no child named value; theirs shows the inside of its numbers", func(q question, ours, theirs verdict) bool {
		return strings.Contains(q.Expression, ".value.value[") || strings.Contains(q.Expression, ".value.value.") || strings.Contains(q.Expression, ".value") && without(theirs, `^"[\d.]+"$`).agree(without(ours, `^"[\d.]+"$`))
	}},
	{"N1 5.5.4: a dateTime has a date; theirs finds none in one of a resource", func(q question, ours, theirs verdict) bool {
		return strings.Contains(q.Expression, "authored") && strings.Contains(q.Expression, "toDate()") || strings.Contains(q.Expression, "'at'") && strings.Contains(q.Expression, "toDate()")
	}},
	{"UTC is written as Z, a date without the T of a literal; theirs keeps +00:00 and T", func(q question, ours, theirs verdict) bool {
		return regexp.MustCompile(`now\(\)|T\b`).MatchString(q.Expression) && strings.Contains(q.Expression, "toString()")
	}},
	{"N1 5.5.7: only primitives convert to text; theirs says that elements do", func(q question, ours, theirs verdict) bool {
		return strings.Contains(q.Expression, "convertsToString") || strings.Contains(q.Expression, "toString")
	}},
	{"nothing is the result of dividing by zero; theirs makes an infinity of a negative power of zero", func(q question, ours, theirs verdict) bool {
		return strings.Contains(q.Expression, "power(-1)")
	}},
	{"N1 6.6: a result that doesn't fit is empty, as a whole number beyond 32 bits; theirs has one sort of number", func(q question, ours, theirs verdict) bool {
		return regexp.MustCompile(`power\(|exp\(\)|\*`).MatchString(q.Expression) && len(ours.Out) == 0 && ours.Error == ""
	}},
	{"N1 4.5: a single value counts as true where true or false is wanted; theirs takes nothing but true", func(q question, ours, theirs verdict) bool {
		return strings.Contains(q.Expression, "iif(%answeredEitherQ")
	}},
	{"the right side of and, or and implies isn't looked at where the left one decides; theirs fails on it", func(q question, ours, theirs verdict) bool {
		return ours.Error == "" && theirs.Error != "" && regexp.MustCompile(` (and|or|implies) `).MatchString(q.Expression)
	}},
	{"nothing is the logarithm of a number below zero; theirs goes on with one that is no number", func(q question, ours, theirs verdict) bool {
		return strings.Contains(q.Expression, ".ln()") && len(ours.Out) == 0 && ours.Error == ""
	}},
	{"N1 6.6.1: a number and a text can't be added; theirs writes one after the other", func(q question, ours, theirs verdict) bool {
		return strings.Contains(ours.Error, `"+" can't be applied to`) && strings.Contains(ours.Error, "String")
	}},
}

var units = regexp.MustCompile(`'(mg|kg|wk|d)'|'weight'`)

func replaced(v verdict, re *regexp.Regexp, with string) verdict {
	out := make([]json.RawMessage, len(v.Out))
	for i := range v.Out {
		out[i] = re.ReplaceAll(v.Out[i], []byte(with))
	}
	return verdict{out, v.Error}
}

func untrailed(v verdict) verdict { return replaced(v, regexp.MustCompile(`(\.\d*?)0+\b`), "$1") }

func without(v verdict, pattern string) verdict {
	re := regexp.MustCompile(pattern)
	return verdict{slices.DeleteFunc(slices.Clone(v.Out), func(r json.RawMessage) bool { return re.Match(r) }), v.Error}
}

func unzoned(v verdict) verdict {
	return replaced(v, regexp.MustCompile(`(T\d\d:\d\d(:\d\d)?)(-00:00|Z)`), "$1")
}

func shortened(v verdict) verdict { return replaced(v, regexp.MustCompile(`(\.\d{15})\d+`), "$1") }

func compare(t *testing.T, docs map[string]json.RawMessage, trees map[string]Value, questions []question) {
	t.Helper()
	seen := make([]int, len(deviations))
	type difference struct{ q, ours, theirs string }
	var found []difference
next:
	for i, theirs := range askOracle(t, docs, questions) {
		ours := ask(trees, questions[i])
		if ours.agree(theirs) {
			continue
		}
		for n, d := range deviations {
			if d.is(questions[i], ours, theirs) {
				seen[n]++
				continue next
			}
		}
		found = append(found, difference{questions[i].Expression, ours.String(), theirs.String()})
	}
	slices.SortFunc(found, func(a, b difference) int { return len(a.q) - len(b.q) })
	for _, d := range found[:min(len(found), 40)] {
		t.Errorf("%s\n   ours: %.300s\n theirs: %.300s", d.q, d.ours, d.theirs)
	}
	for n, d := range deviations {
		if seen[n] > 0 {
			t.Logf("%5d × %s", seen[n], d.reason)
		}
	}
	t.Logf("%d of %d differ otherwise", len(found), len(questions))
}

// TestAgreesOnPublishedExpressions takes every FHIRPath expression of the questionnaires that SDC and FHIR R4 publish as examples.
func TestAgreesOnPublishedExpressions(t *testing.T) {
	sources := published(t)
	for _, value := range []struct {
		doc  json.RawMessage
		tree Value
	}{{json.RawMessage("[3]"), Number(3)}, {json.RawMessage(`["a"]`), Words("a")}, {json.RawMessage("[true]"), Of(true)}} {
		t.Run(string(value.doc), func(t *testing.T) { agreeOnPublished(t, sources, value.doc, value.tree) })
	}
}

// agreeOnPublished gives every variable of theirs one value.
func agreeOnPublished(t *testing.T, sources []string, doc json.RawMessage, tree Value) {
	docs, trees := resourcesOf(t)
	var questions []question
	for _, source := range sources {
		x, err := Compile(source, func(string) bool { return true })
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		for _, of := range []string{"response", "patient"} {
			questions = append(questions, question{of, source})
		}
		for _, name := range x.Names() {
			if docs[name] == nil { // a variable of its questionnaire
				docs[name], trees[name] = doc, tree
			}
		}
	}
	if len(questions) < 150 {
		t.Errorf("only %d questions: the packages hold more expressions", len(questions))
	}
	compare(t, docs, trees, questions)
}

// published are the FHIRPath expressions of all questionnaires in the npm packages, each once.
func published(t *testing.T) (out []string) {
	t.Helper()
	files, err := filepath.Glob(tools + "/hl7.fhir.*/Questionnaire-*.json")
	more, _ := filepath.Glob(tools + "/hl7.fhir.*/*/Questionnaire-*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("the published questionnaires are not installed: run make setup (%v)", err)
	}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, c := range v {
				walk(c)
			}
		case map[string]any:
			if s, ok := v["expression"].(string); ok && v["language"] == "text/fhirpath" && !slices.Contains(out, s) {
				out = append(out, s)
			}
			for _, c := range v {
				walk(c)
			}
		}
	}
	for _, f := range append(files, more...) {
		doc, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var v map[string]any
		if json.Unmarshal(doc, &v) == nil && v["resourceType"] == "Questionnaire" {
			walk(v)
		}
	}
	slices.Sort(out)
	return out
}
