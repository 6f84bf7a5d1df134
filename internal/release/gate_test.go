package release

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/report"
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
		{"of each of several, and what is asked after it", well + `,{"linkId": "g", "type": "group", "repeats": true, "item": [` + ok + "]}," + item("why", "text", when("all", no("ok"))), []string{"ok", "why"}},
		{"of each of several answers", `{"linkId": "a", "text": "A?", "type": "string", "repeats": true, "item": [` + ok + "]}", []string{"ok"}},
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

// A score's mean says nothing that its items' counts don't: over those who have the score it would tell how many have it.
func TestAScoresMeanIsMadeOfShownCounts(t *testing.T) {
	w := newWorld(t)
	p, q := w.catalog.Program("lake"), w.catalog.Questionnaire("week", "1")
	people := func(n int, mood, sleep string) (out []report.Standing) {
		for range n {
			s := report.Standing{Program: "lake", Questionnaire: "week", Version: "1", Period: "2026-09", Perspective: report.Self, Stage: report.Completed, Groups: []string{""}, Cells: map[string]report.Cell{}}
			for link, code := range map[string]string{"mood": mood, "sleep": sleep} {
				c := report.Cell{Missing: code == ""}
				if code != "" {
					c.Codes = []string{code}
				}
				s.Cells[link] = c
			}
			out = append(out, s)
		}
		return out
	}
	all := func(parts ...[]report.Standing) []report.Standing { return slices.Concat(parts...) }
	for _, c := range []struct {
		name   string
		people []report.Standing
		want   string
	}{
		{"everyone answers both", all(people(40, "1", "3"), people(40, "2", "1")), "3.5"},                   // (40·1+40·2)/80 + (40·3+40·1)/80
		{"some leave one out", all(people(40, "1", "3"), people(40, "1", "1"), people(40, "2", "")), "3.3"}, // 160/120 + 160/80
		{"a count is hidden", all(people(40, "1", "3"), people(40, "2", "1"), people(4, "4", "1")), ""},
		{"nobody answers one", people(40, "1", ""), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, err := newProblem(p, q, "self", sections(cellsOf(c.people))[0].tallies)
			if err != nil {
				t.Fatal(err)
			}
			rows, err := b.publish("en", RuleOf(p))
			if err != nil {
				t.Fatal(err)
			}
			found := false
			for _, r := range rows {
				if r.Item == "score:load" && r.Measure != Mean {
					t.Errorf("%s of a score is published", r.Measure)
				}
				if r.Item == "score:load" && r.Breakdown == "" {
					found = true
					if r.Value != c.want || r.Suppressed != (c.want == "") {
						t.Errorf("mean %q, want %q", r.Value, c.want)
					}
				}
			}
			if !found {
				t.Error("the score has no row")
			}
		})
	}
}

func TestRounded(t *testing.T) {
	for _, c := range []struct {
		sum, n int64
		want   string
	}{{0, 3, "0.0"}, {10_000, 3, "3.3"}, {50, 1, "0.1"}, {49, 1, "0.0"}, {-49, 1, "0.0"}, {-50, 1, "-0.1"}, {-12_340, 1, "-12.3"}, {2_950, 1, "3.0"}} {
		if got := rounded(big.NewRat(c.sum, c.n)); got != c.want {
			t.Errorf("%d/%d: %q, want %q", c.sum, c.n, got, c.want)
		}
	}
	if got := rounded(nil); got != "" {
		t.Errorf("none: %q", got)
	}
}
