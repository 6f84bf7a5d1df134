package release

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tellback/tellback/internal/questionnaire"
)

func TestUnpublished(t *testing.T) {
	p := lake(t).Program("lake")
	no := func(link string) string {
		return fmt.Sprintf(`{"question": %q, "operator": "=", "answerBoolean": false}`, link)
	}
	when := func(behavior string, conditions ...string) string {
		return fmt.Sprintf(`, "enableBehavior": %q, "enableWhen": [%s]`, behavior, strings.Join(conditions, ","))
	}
	ok, well := item("ok", "boolean", ""), item("well", "boolean", "")
	for _, c := range []struct {
		name, items string
		want        []string
	}{
		{"after one question", ok + "," + item("why", "text", when("all", no("ok"))), nil},
		{"after two", ok + "," + well + "," + item("why", "text", when("all", no("ok"), no("well"))), []string{"why"}},
		{"after either of two", ok + "," + well + "," + item("why", "text", when("any", no("ok"), no("well"))), []string{"why"}},
		{"after a number", item("n", "integer", "") + "," + item("why", "text", `, "enableWhen": [{"question": "n", "operator": ">", "answerInteger": 3}]`), []string{"why"}},
		{"after any number", item("n", "integer", "") + "," + item("why", "text", `, "enableWhen": [{"question": "n", "operator": "exists", "answerBoolean": true}]`), nil},
		{"and what comes after that", ok + "," + well + "," + item("a", "boolean", when("all", no("ok"), no("well"))) + "," + item("b", "text", when("all", no("a"))), []string{"a", "b"}},
		{"one by one", ok + "," + item("a", "boolean", when("all", no("ok"))) + "," + item("b", "text", when("all", no("a"))), nil},
		{"in a group", ok + `,{"linkId": "g", "type": "group", "enableWhen": [` + no("ok") + `], "item": [` + item("a", "boolean", "") + "," + item("b", "text", when("all", no("a"))) + "]}", nil},
		{"in a group after a question elsewhere", ok + "," + well + `,{"linkId": "g", "type": "group", "enableWhen": [` + no("ok") + `], "item": [` + item("a", "boolean", when("all", no("well"))) + "," + item("b", "text", "") + "]}", []string{"a"}},
		{"read-only", ok + "," + item("fixed", "boolean", `, "readOnly": true, "initial": [{"valueBoolean": true}]`), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			q, err := questionnaire.Load(fmt.Appendf(nil, `{"resourceType": "Questionnaire", "id": "week", "language": "en", "version": "1", "status": "active", "title": "Week", "item": [%s]}`, c.items))
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, Unpublished(p, q)); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}

// How many have one score and not another would be a count of its own, so how many have a score isn't published.
func TestOfAScoreOnlyTheMeanIsPublished(t *testing.T) {
	w := newWorld(t)
	people := w.week("2026-09", 200, 4)
	p, q := w.catalog.Program("lake"), w.catalog.Questionnaire("week", "1")
	b, err := newProblem(p, q, "self", sections(cellsOf(people))[0].tallies)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := b.publish("en", RuleOf(p))
	if err != nil {
		t.Fatal(err)
	}
	means := 0
	for _, r := range rows {
		if !strings.HasPrefix(r.Item, "score:") {
			continue
		}
		if r.Measure != Mean {
			t.Fatalf("%s of a score is published", r.Measure)
		}
		means++
	}
	if means == 0 {
		t.Error("no score is published")
	}
}
