package schemas_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/schemas"
)

func read(t testing.TB, name string) []byte {
	t.Helper()
	raw, err := fs.ReadFile(schemas.FS, name)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func parse(t testing.TB, raw []byte) any {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func compiled(t testing.TB, name string) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource(name, parse(t, read(t, name))); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func openapi(t testing.TB) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(read(t, "openapi.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestTheContentFitsItsSchemas(t *testing.T) {
	for folder, name := range map[string]string{"programs": "program.schema.json", "questionnaires": "questionnaire.schema.json"} {
		s := compiled(t, name)
		files, err := fs.Glob(schemas.FS, folder+"/*.json")
		if err != nil || len(files) == 0 {
			t.Fatal(folder, err)
		}
		for _, file := range files {
			if err := s.Validate(parse(t, read(t, file))); err != nil {
				t.Errorf("%s: %v", file, err)
			}
		}
	}
}

// The JSON Schema that editors use and the loader must not disagree about the shape of a program.
func TestTheProgramSchemaKnowsEveryField(t *testing.T) {
	var schema struct {
		Properties map[string]struct {
			Properties map[string]any
			Default    any
		}
		Defs map[string]struct{ Properties map[string]any } `json:"$defs"`
	}
	if err := json.Unmarshal(read(t, "program.schema.json"), &schema); err != nil {
		t.Fatal(err)
	}
	said := func(v any) (names []string) {
		raw, _ := json.Marshal(v)
		var m map[string]any
		_ = json.Unmarshal(raw, &m)
		for name := range m {
			names = append(names, name)
		}
		slices.Sort(names)
		return names
	}
	for _, c := range []struct {
		name  string
		value any
		has   any
	}{
		{"program", program.Program{}, schema.Properties},
		{"consent", program.Consent{}, schema.Properties["consent"].Properties},
		{"crisis", program.Crisis{}, schema.Properties["crisis"].Properties},
		{"outreach", program.Outreach{}, schema.Properties["outreach"].Properties},
		{"use", program.Use{}, schema.Defs["use"].Properties},
		{"attribute", program.Attribute{}, schema.Defs["attribute"].Properties},
		{"lesson", program.Lesson{}, schema.Defs["lesson"].Properties},
	} {
		has := slices.DeleteFunc(said(c.has), func(n string) bool { return n == "$schema" })
		if d := cmp.Diff(said(c.value), has); d != "" {
			t.Errorf("%s (-program +schema)\n%s", c.name, d)
		}
	}
}

func TestReportSchema(t *testing.T) {
	s := compiled(t, "report.schema.json")
	with := func(member string) string {
		return `{"questionnaire": "weekly-check-in", "subject": "p-1", "answers": {}` + member + `}`
	}
	for _, c := range []struct {
		name, doc string
		fits      bool
	}{
		{"least", with(""), true},
		{"every kind of answer", `{"questionnaire": "q", "subject": "p", "answers": {"a": "x", "b": 2.5, "c": false, "d": ["x", "y"]}}`, true},
		{"no answers", `{"questionnaire": "q", "subject": "p"}`, false},
		{"nobody", `{"questionnaire": "q", "answers": {}}`, false},
		{"an answer that is an object", `{"questionnaire": "q", "subject": "p", "answers": {"a": {"code": "x"}}}`, false},
		{"an empty answer", `{"questionnaire": "q", "subject": "p", "answers": {"a": ""}}`, false},
		{"an empty list", `{"questionnaire": "q", "subject": "p", "answers": {"a": []}}`, false},
		{"an unknown member", with(`, "name": "x"`), false},
		{"proxy", with(`, "perspective": "proxy", "relation": "child", "about": "Mum"`), true},
		{"proxy without a relation", with(`, "perspective": "proxy"`), false},
		{"self with a relation", with(`, "perspective": "self", "relation": "child"`), false},
		{"a relation of nobody", with(`, "relation": "child"`), false},
		{"consent", with(`, "consent": {"textVersion": "1", "given": true, "at": "2026-10-01T10:00:00-04:00"}`), true},
		{"consent refused", with(`, "consent": {"textVersion": "1", "given": false}`), false},
		{"consent on a day", with(`, "consent": {"textVersion": "1", "given": true, "at": "2026-10-01"}`), false},
		{"a list", `[]`, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := s.Validate(parse(t, []byte(c.doc))); (err == nil) != c.fits {
				t.Errorf("fits: %v, want %v: %v", err == nil, c.fits, err)
			}
			// What the API's description says of a report is the same, but for what OpenAPI 3.0 can't say.
			if strings.Contains(c.name, "relation") || c.name == "proxy without a relation" {
				return
			}
			var v any
			if err := json.Unmarshal([]byte(c.doc), &v); err != nil {
				t.Fatal(err)
			}
			err := openapi(t).Components.Schemas["Report"].Value.VisitJSON(v, openapi3.EnableFormatValidation())
			if (err == nil) != c.fits {
				t.Errorf("openapi.yaml says %v, report.schema.json says %v: %v", err == nil, c.fits, err)
			}
		})
	}
}

// The examples are what people copy: they must be right to the last answer.
func TestTheExamplesCouldBeSent(t *testing.T) {
	catalog, err := program.Load(schemas.FS)
	if err != nil {
		t.Fatal(err)
	}
	p, s := catalog.Program("river"), compiled(t, "report.schema.json")
	var docs []any
	var own struct{ Examples []any }
	if err := json.Unmarshal(read(t, "report.schema.json"), &own); err != nil {
		t.Fatal(err)
	}
	docs = append(docs, own.Examples...)
	for _, e := range openapi(t).Paths.Value("/v1/programs/{program}/reports").Post.RequestBody.Value.Content["application/json"].Examples {
		docs = append(docs, e.Value.Value)
	}
	if len(docs) < 4 {
		t.Fatalf("only %d examples", len(docs))
	}
	for _, doc := range docs {
		if err := s.Validate(doc); err != nil {
			t.Error(err)
		}
		raw, _ := json.Marshal(doc)
		var r struct {
			Questionnaire string
			Consent       struct{ TextVersion string }
			Answers       map[string]any
		}
		if err := json.Unmarshal(raw, &r); err != nil {
			t.Fatal(err)
		}
		if r.Consent.TextVersion != p.Consent.Version {
			t.Errorf("an example consents to text %q", r.Consent.TextVersion)
		}
		q, _ := catalog.Used(p, r.Questionnaire)
		if q == nil {
			t.Fatalf("an example answers %q", r.Questionnaire)
		}
		answers := questionnaire.Answers{}
		for link, v := range r.Answers {
			i := q.Item(link)
			if i == nil {
				t.Fatalf("%s has no item %q", q.ID, link)
			}
			text := strings.Trim(string(must(json.Marshal(v))), `"`)
			vs, issues := q.ParseLexical(i, []string{text})
			for _, issue := range issues {
				t.Errorf("%s %s: %s", q.ID, link, issue.Code)
			}
			answers[link] = vs
		}
		for _, issue := range q.Validate(answers) {
			t.Errorf("%s %s: %s", q.ID, issue.Where, issue.Code)
		}
	}
}

func must(raw []byte, _ error) []byte { return raw }

func TestOpenAPIIsValid(t *testing.T) {
	doc := openapi(t)
	if err := doc.Validate(t.Context(), openapi3.EnableExamplesValidation(), openapi3.EnableSchemaFormatValidation()); err != nil {
		t.Error(err)
	}
}

// What the gateway routes to functions is what is described, pages aside.
func TestOpenAPIDescribesTheRoutes(t *testing.T) {
	raw, err := os.ReadFile("../template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for _, m := range regexp.MustCompile(`Method: (\w+), Path: "?(/(?:v1|sms|healthz)(?:\{\w+\}|[\w/])*)`).FindAllStringSubmatch(string(raw), -1) {
		want = append(want, m[1]+" "+m[2])
	}
	for _, m := range regexp.MustCompile(`\n          (/\S+):\n            (\w+):\n`).FindAllStringSubmatch(string(raw), -1) { // what the API does by itself
		want = append(want, strings.ToUpper(m[2])+" "+m[1])
	}
	for path, item := range openapi(t).Paths.Map() {
		for method := range item.Operations() {
			got = append(got, method+" "+path)
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-template.yaml +openapi.yaml)\n%s", d)
	}
}

// What the README walks a newcomer through has to work as it is written there.
func TestTheReadmeIsTrue(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```json\n(.*?)```").FindAllSubmatch(readme, -1)
	if len(blocks) != 2 {
		t.Fatalf("%d JSON blocks, want the questionnaire and the line that uses it", len(blocks))
	}
	m := fstest.MapFS{}
	files, _ := fs.Glob(schemas.FS, "*/*.json")
	for _, name := range files {
		m[name] = &fstest.MapFile{Data: read(t, name)}
	}
	m["questionnaires/steps.v1.json"] = &fstest.MapFile{Data: blocks[0][1]}
	use := strings.TrimSuffix(strings.TrimSpace(string(blocks[1][1])), ",")
	const list = `"questionnaires": [`
	before := string(m["programs/river.json"].Data)
	m["programs/river.json"].Data = []byte(strings.Replace(before, list, list+use+",", 1))
	catalog, err := program.Load(m)
	if err != nil {
		t.Fatal(err)
	}
	if q, u := catalog.Used(catalog.Program("river"), "steps"); q == nil || u == nil {
		t.Error("the new questionnaire is not used")
	}
	if err := compiled(t, "questionnaire.schema.json").Validate(parse(t, blocks[0][1])); err != nil {
		t.Error(err)
	}
}
