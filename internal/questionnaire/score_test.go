package questionnaire

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tellback/tellback/internal/fault"
)

// strain is a questionnaire of three 0–2 items, "calm" among them, with a score made of the given parts.
func strain(parts string) string {
	var items []string
	for _, link := range []string{"tense", "tired", "calm"} {
		var options []string
		for n := range 3 {
			options = append(options, fmt.Sprintf(`{"valueCoding":{"code":"%d","display":"Option %d"},"extension":[{"url":%q,"valueDecimal":%d}]}`, n, n, extWeight, n))
		}
		items = append(items, fmt.Sprintf(`{"linkId":%q,"text":"T","type":"choice","answerOption":[%s]}`, link, strings.Join(options, ",")))
	}
	head := `{"url":"id","valueString":"strain"},{"url":"title","valueString":"Strain"},{"url":"item","valueString":"tense"},{"url":"item","valueString":"tired"},{"url":"item","valueString":"calm"}`
	return strings.Replace(with(strings.Join(items, ",")), `"title"`, `"extension":[{"url":"`+extScore+`","extension":[`+head+","+parts+`]}],"title"`, 1)
}

func codeOf(code string) []Value { return []Value{{Type: Choice, Code: code}} }

// rows is a table from raw 0 to n − 1, each at 40 + raw × step with a standard error of 3.5.
func rows(n int, step string) string {
	var out []string
	for raw := range n {
		out = append(out, fmt.Sprintf(`{"url":"row","extension":[{"url":"raw","valueInteger":%d},{"url":"score","valueDecimal":4%d.%s},{"url":"error","valueDecimal":3.5}]}`, raw, raw, step))
	}
	return strings.Join(out, ",")
}

func TestScoresAreMadeAsDeclared(t *testing.T) {
	const sum, reversed = `{"url":"method","valueCode":"sum"}`, `{"url":"reversed","valueString":"calm"}`
	const two = `{"url":"missing","valueCode":"mean"},{"url":"minAnswered","valueInteger":2}`
	all := Answers{"tense": codeOf("2"), "tired": codeOf("1"), "calm": codeOf("0")}
	some := Answers{"tense": codeOf("2"), "calm": codeOf("1")}
	for _, c := range []struct {
		name, parts string
		a           Answers
		want        []Scored
	}{
		{"sum", sum, all, []Scored{{ID: "strain", Milli: 3000, Answered: 3}}},
		{"reversed", sum + "," + reversed, all, []Scored{{ID: "strain", Milli: 5000, Answered: 3}}},
		{"mean, reversed", `{"url":"method","valueCode":"mean"},` + reversed, all, []Scored{{ID: "strain", Milli: 1667, Answered: 3}}},
		{"no rule, one missing", sum, some, []Scored{}},
		{"none may be missing", sum + `,{"url":"missing","valueCode":"none"}`, some, []Scored{}},
		{"prorated", sum + "," + two, some, []Scored{{ID: "strain", Milli: 4500, Answered: 2}}},
		{"prorated and reversed", sum + "," + two + "," + reversed, some, []Scored{{ID: "strain", Milli: 4500, Answered: 2}}},
		{"table", sum + "," + rows(7, "1"), all, []Scored{{ID: "strain", Milli: 43100, Answered: 3, Raw: 3000, Error: 3500}}},
		{"table, reversed", sum + "," + reversed + "," + rows(7, "1"), all, []Scored{{ID: "strain", Milli: 45100, Answered: 3, Raw: 5000, Error: 3500}}},
		{"table, between two rows", sum + "," + two + "," + rows(7, "1"), some, []Scored{{ID: "strain", Milli: 45100, Answered: 2, Raw: 4500, Error: 3500}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if d := cmp.Diff(c.want, load(t, strain(c.parts)).Score(c.a)); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
	q := load(t, strain(sum+`,{"url":"direction","valueCode":"lower-is-better"},{"url":"minimum","valueDecimal":40.1},{"url":"maximum","valueDecimal":46.1},`+rows(7, "1")))
	if s := q.Scores[0]; s.Better != "lower" || s.Min != 40100 || s.Max != 46100 || s.Linear() || len(s.Table) != 7 {
		t.Errorf("%+v", s)
	}
}

func TestScoresThatContradictThemselvesAreRefused(t *testing.T) {
	const sum = `{"url":"method","valueCode":"sum"}`
	for _, c := range []struct{ name, parts, code, says string }{
		{"a range that the items don't have", sum + `,{"url":"minimum","valueInteger":0},{"url":"maximum","valueInteger":12}`, "invalid", "from 0 to 6"},
		{"a range that the table doesn't have", sum + `,{"url":"maximum","valueInteger":6},` + rows(7, "1"), "invalid", "from 40.1 to 46.1"},
		{"a table that ends early", sum + "," + rows(6, "1"), "invalid", "from 0 to 6"},
		{"a table with a gap", sum + "," + strings.Replace(rows(7, "1"), `"valueInteger":3}`, `"valueDecimal":3.5}`, 1) + `,{"url":"row","extension":[{"url":"raw","valueInteger":7},{"url":"score","valueInteger":50}]}`, "invalid", "from 0 to 6"},
		{"rows out of order", sum + "," + rows(7, "1") + "," + rows(1, "1"), "invalid", "ascending"},
		{"half a row", sum + `,{"url":"row","extension":[{"url":"raw","valueInteger":0}]}`, "missing", "raw and its score"},
		{"a table of means", `{"url":"method","valueCode":"mean"},` + rows(3, "1"), "unsupported", "method sum"},
		{"reversed, but not counted", sum + `,{"url":"reversed","valueString":"other"}`, "invalid", "reversed"},
		{"reversed twice", sum + `,{"url":"reversed","valueString":"calm"},{"url":"reversed","valueString":"calm"}`, "invalid", "twice"},
		{"prorated from how many", sum + `,{"url":"missing","valueCode":"mean"}`, "missing", "minAnswered"},
		{"none missing, but two suffice", sum + `,{"url":"missing","valueCode":"none"},{"url":"minAnswered","valueInteger":2}`, "invalid", "contradicts"},
		{"another rule", sum + `,{"url":"missing","valueCode":"zero"}`, "invalid", "none or mean"},
		{"another direction", sum + `,{"url":"direction","valueCode":"up"}`, "invalid", "higher-is-better"},
		{"a minimum without a number", sum + `,{"url":"minimum","valueString":"0"}`, "missing", "decimal"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Load([]byte(strain(c.parts)))
			_, issues := fault.Public(err)
			for _, is := range issues {
				if is.Code == c.code && strings.Contains(is.Text, c.says) && strings.HasPrefix(is.Where, "extension[0]") {
					return
				}
			}
			t.Errorf("got %+v", issues)
		})
	}
}

// An item that gets its options from an expression has no ordinals to count.
func TestScoreOfAnswersByExpressionIsRefused(t *testing.T) {
	doc := with(item("names", "string", `"repeats":true`) + "," + item("best", "choice", "", expr(sdc+"sdc-questionnaire-answerExpression", "%resource.item.where(linkId='names').answer.value")))
	doc = strings.Replace(doc, `"title"`, `"extension":[{"url":"`+extScore+`","extension":[{"url":"id","valueString":"s"},{"url":"title","valueString":"S"},{"url":"method","valueCode":"sum"},{"url":"item","valueString":"best"}]}],"title"`, 1)
	_, err := Load([]byte(doc))
	if _, issues := fault.Public(err); len(issues) != 1 || issues[0].Code != "unsupported" || !strings.Contains(issues[0].Text, "from an expression") {
		t.Errorf("got %+v", issues)
	}
}
