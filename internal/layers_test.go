package internal_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/tellback/tellback/"

// layers says which internal packages each package may import, directly. It is design §4's table; a package that is
// not in it fails the test, so that somebody decides.
var layers = map[string][]string{
	"fault":                {},
	"phi":                  {},
	"words":                {},
	"reading":              {},
	"page":                 {"words"},
	"page/pagetest":        {},
	"lambdahttp":           {"fault"},
	"disclosure":           {},
	"compact":              {},
	"table":                {"fault"},
	"table/stream":         {"table"},
	"table/sqlite":         {"table", "fault"},
	"table/dynamo":         {"table", "table/stream", "fault"},
	"table/dynamo/standin": {"table", "table/stream", "table/dynamo", "fault"},
	"table/tabletest":      {"table", "table/stream", "fault"},
	"questionnaire":        {"fault", "words", "questionnaire/fhirpath"},

	"questionnaire/fhirpath": {},

	"questionnaire/questionnairetest": {"questionnaire", "program"},

	"program":      {"questionnaire", "fault", "words"},
	"report":       {"phi", "questionnaire"},
	"optout":       {"program", "words"},
	"conversation": {"optout", "questionnaire", "program", "report", "words", "fault"},
	"participant":  {"phi", "table", "fault", "program"},
	"attachment":   {"questionnaire", "table", "phi"},
	"personal":     {"attachment", "questionnaire", "table", "phi", "fault"},
	"intake":       {"attachment", "report", "participant", "table", "program", "questionnaire", "phi", "fault"},
	"lesson":       {"table"},
	"learning":     {"compact", "report", "table", "table/stream", "fault"},
	"archive/dir":  {"release", "fault"},
	"archive/s3":   {"release", "fault"},
	"release":      {"go-playground/validator", "learning", "lesson", "disclosure", "table", "program", "questionnaire", "words", "fault", "report"},
	"export":       {"go-playground/validator", "release", "program", "fault"},
	"record":       {"release", "program", "words", "page", "fault", "export"},
	"preview":      {"conversation", "webform", "questionnaire", "program", "reading", "page", "words", "fault"},
	"staff":        {"export", "release", "preview", "program", "words", "page", "fault", "phi"},
	"sms":          {"personal", "compact", "conversation", "intake", "participant", "program", "report", "questionnaire", "table", "phi", "words", "fault"},
	"twilio":       {"sms", "phi", "fault"},
	"webform":      {"questionnaire", "program", "report", "words", "fault"},
	"webform/site": {"optout", "attachment", "personal", "table", "webform", "intake", "participant", "questionnaire", "program", "report", "page", "words", "phi", "fault"},
	"api":          {"intake", "participant", "questionnaire", "program", "report", "phi", "fault"},
	"outreach":     {"lesson", "participant", "program", "sms", "table", "fault", "words"},
}

// engines may be opened only at the outermost edge: functions/, infra/ and internal/cloud.
var engines = []string{"table/sqlite", "table/dynamo", "archive/dir", "archive/s3"}

type pkg struct {
	ImportPath string
	Imports    []string
	Deps       []string
}

func list(t *testing.T, patterns ...string) []pkg {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", append([]string{"list", "-tags", "lambda.norpc", "-deps", "-json=ImportPath,Imports,Deps"}, patterns...)...)
	cmd.Dir = root
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	var all []pkg
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(p.ImportPath, module) {
			all = append(all, p)
		}
	}
}

func TestPackagesImportOnlyWhatTheirLayerMay(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range list(t, "./internal/...") {
		name := strings.TrimPrefix(p.ImportPath, module+"internal/")
		if name == p.ImportPath || name == "app" || strings.HasPrefix(name, "app/") || name == "cloud" {
			continue // what a function is made of is held below
		}
		seen[name] = true
		may, known := layers[name]
		if !known {
			t.Errorf("internal/%s is in no layer: add it to the table, and to the README's", name)
		}
		for _, imp := range p.Imports {
			if dep, ours := strings.CutPrefix(imp, module+"internal/"); ours && !slices.Contains(may, dep) {
				t.Errorf("internal/%s may not import internal/%s", name, dep)
			}
		}
	}
	for name := range layers {
		if !seen[name] {
			t.Errorf("internal/%s is in the table but not in the tree", name)
		}
	}
}

func TestAppOpensNoEngine(t *testing.T) {
	for _, p := range list(t, "./internal/app/...") {
		if dep := strings.TrimPrefix(p.ImportPath, module+"internal/"); slices.Contains(engines, dep) {
			t.Errorf("internal/app depends on internal/%s", dep)
		}
	}
}

// What staff can reach never touches reports or contacts: neither directly nor through anything that it imports.
func TestWhatStaffReachNeverTouchesReportsOrPeople(t *testing.T) {
	for _, from := range []string{"export", "release", "staff", "record", "disclosure"} {
		for _, p := range list(t, "./internal/"+from) {
			dep := strings.TrimPrefix(p.ImportPath, module+"internal/")
			if slices.Contains([]string{"intake", "participant", "personal", "attachment", "sms", "outreach", "webform/site", "api"}, dep) {
				t.Errorf("internal/%s depends on internal/%s", from, dep)
			}
		}
	}
}

// What shows a questionnaire before it is used is pure: it has no table, and so nobody's answers, to show.
func TestAPreviewReachesNoTable(t *testing.T) {
	seen := 0
	for _, p := range list(t, "./internal/preview") {
		dep := strings.TrimPrefix(p.ImportPath, module+"internal/")
		seen++
		if top, _, _ := strings.Cut(dep, "/"); slices.Contains([]string{"table", "archive", "intake", "participant", "personal", "attachment", "learning", "release", "sms", "twilio", "cloud"}, top) {
			t.Errorf("internal/preview depends on internal/%s", dep)
		}
	}
	if seen < 5 {
		t.Errorf("%d packages", seen)
	}
}

// links says what a function has no business with, by a part of an import path. A binary links whatever is imported, and
// runs its package-level initialisation at each cold start, used or not.
var links = map[string][]string{
	"aggregate": {"go-playground/validator", "internal/twilio", "internal/sms", "internal/conversation", "internal/page", "internal/program", "internal/intake", "internal/participant", "archive/", "html/template"},
	"export":    {"go-playground/validator", "internal/intake", "internal/participant", "internal/sms", "internal/twilio", "internal/webform/site", "internal/api", "internal/outreach"},
	"release":   {"go-playground/validator", "internal/intake", "internal/participant", "internal/sms", "internal/twilio", "internal/webform", "internal/api", "internal/conversation", "internal/outreach", "internal/page", "html/template"},
	"sms":       {"internal/page", "internal/webform", "internal/release", "internal/staff", "internal/export", "archive/", "html/template"},
	"outreach":  {"internal/page", "internal/webform", "internal/release", "internal/staff", "internal/export", "archive/", "html/template"},
	"web":       {"internal/sms", "internal/twilio", "internal/conversation", "internal/outreach", "internal/staff"},
	"": {
		"sqlite", "tellback/infra/", "archive/dir", "table/dynamo/standin", "table/tabletest", "page/pagetest", "questionnaire/questionnairetest", "testing",
		"nyaruka/phonenumbers", // a zip would be above 6 MB: infra/decisions/cold-start.md
		"aws-sdk-go-v2/config", "aws-sdk-go-v2/service/s3", "aws-sdk-go-v2/service/ssm",
	},
}

func TestAFunctionLinksOnlyWhatItUses(t *testing.T) {
	folders, err := filepath.Glob("../functions/*/main.go")
	if err != nil || len(folders) != len(links)-1 {
		t.Fatalf("%d functions, and %d are held to something (%v)", len(folders), len(links)-1, err)
	}
	for _, f := range folders {
		name := filepath.Base(filepath.Dir(f))
		for _, p := range list(t, "./functions/"+name) {
			if p.ImportPath != module+"functions/"+name {
				continue
			}
			for _, dep := range p.Deps {
				for _, banned := range append(links[name], links[""]...) {
					if strings.Contains("/"+dep, "/"+banned) || strings.Contains(dep, banned+"/") {
						t.Errorf("functions/%s links %s", name, dep)
					}
				}
			}
		}
	}
}

func TestNoSQLiteInALambda(t *testing.T) {
	for _, p := range list(t, "./functions/...") {
		if strings.HasSuffix(p.ImportPath, "table/sqlite") {
			t.Errorf("functions depend on %s", p.ImportPath)
		}
	}
}

func TestNothingInProductionImportsTesting(t *testing.T) {
	for _, p := range list(t, "./functions/...", "./infra/...") {
		if slices.Contains(p.Imports, "testing") {
			t.Errorf("%s imports testing", p.ImportPath)
		}
	}
}
