// Package aws_test reads template.yaml and holds it against the code, so that neither knows of a route, a function, a
// table or a variable that the other doesn't.
package aws_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"

	"github.com/tellback/tellback/internal/app"
	"github.com/tellback/tellback/internal/cloud"
)

// resource is what these tests read of one resource. Intrinsic functions are kept as their own scalar.
type resource struct {
	Type     string `yaml:"Type"`
	Metadata struct {
		BuildMethod string `yaml:"BuildMethod"`
	} `yaml:"Metadata"`
	Properties struct {
		Environment struct {
			Variables map[string]yaml.Node `yaml:"Variables"`
		} `yaml:"Environment"`
		Events map[string]struct {
			Type       string               `yaml:"Type"`
			Properties map[string]yaml.Node `yaml:"Properties"`
		} `yaml:"Events"`
		Policies []struct {
			Statement []struct {
				Resource yaml.Node `yaml:"Resource"`
			} `yaml:"Statement"`
		} `yaml:"Policies"`
		StreamSpecification struct {
			StreamViewType string `yaml:"StreamViewType"`
		} `yaml:"StreamSpecification"`
	} `yaml:"Properties"`
}

func template(t *testing.T) map[string]resource {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "template.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Resources map[string]resource `yaml:"Resources"`
	}
	if err := yaml.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	return doc.Resources
}

func function(n app.Name) string {
	return strings.ToUpper(string(n[:1])) + string(n[1:]) + "Function"
}

func TestEveryFolderIsAFunctionAndEveryFunctionAFolder(t *testing.T) {
	folders, err := filepath.Glob(filepath.Join("..", "..", "functions", "*", "main.go"))
	if err != nil {
		t.Fatal(err)
	}
	var inTree, inCode, inTemplate []string
	for _, f := range folders {
		inTree = append(inTree, function(app.Name(filepath.Base(filepath.Dir(f)))))
	}
	for _, n := range app.Names {
		inCode = append(inCode, function(n))
	}
	for name, r := range template(t) {
		if r.Type == "AWS::Serverless::Function" {
			inTemplate = append(inTemplate, name)
			if r.Metadata.BuildMethod != "makefile" {
				t.Errorf("%s is not built by the Makefile", name)
			}
		}
	}
	for _, l := range [][]string{inTree, inCode, inTemplate} {
		slices.Sort(l)
	}
	if d := cmp.Diff(inCode, inTree); d != "" {
		t.Errorf("-app.Names +functions/:\n%s", d)
	}
	if d := cmp.Diff(inCode, inTemplate); d != "" {
		t.Errorf("-app.Names +template.yaml:\n%s", d)
	}
}

func TestEveryRouteIsInTheTemplateAndTheOtherWayRound(t *testing.T) {
	var code, tmpl []string
	for _, r := range app.Routes {
		code = append(code, function(r.Function)+" "+r.Method+" "+strings.ReplaceAll(r.Path, "...}", "+}"))
	}
	code = append(code, function(app.Default)+" $default")
	for name, r := range template(t) {
		for _, e := range r.Properties.Events {
			if e.Type != "HttpApi" {
				continue
			}
			method, path := e.Properties["Method"], e.Properties["Path"]
			if path.Value == "" {
				tmpl = append(tmpl, name+" $default")
				continue
			}
			tmpl = append(tmpl, name+" "+method.Value+" "+path.Value)
		}
	}
	slices.Sort(code)
	slices.Sort(tmpl)
	if d := cmp.Diff(code, tmpl); d != "" {
		t.Errorf("-app.Routes +template.yaml:\n%s", d)
	}
}

func TestEveryVariableIsInTheTemplateAndTheOtherWayRound(t *testing.T) {
	resources := template(t)
	for _, n := range app.Names {
		code := append(app.Variables(n), cloud.Variables(n)...)
		var tmpl []string
		for v := range resources[function(n)].Properties.Environment.Variables {
			tmpl = append(tmpl, v)
		}
		slices.Sort(code)
		slices.Sort(tmpl)
		if d := cmp.Diff(code, tmpl); d != "" {
			t.Errorf("%s: -code +template.yaml:\n%s", n, d)
		}
	}
}

// Export and release must never reach a report or a person, whatever the code does.
func TestExportAndReleaseHaveNoGrantOnReportsOrPeople(t *testing.T) {
	resources := template(t)
	for _, n := range []app.Name{app.Export, app.Release} {
		grants := 0
		for _, p := range resources[function(n)].Properties.Policies {
			for _, s := range p.Statement {
				grants++
				for _, r := range append(s.Resource.Content, &s.Resource) {
					for _, banned := range []string{"ReportsTable", "PeopleTable", "*"} {
						if r.Value == banned || strings.HasPrefix(r.Value, banned+".") || strings.Contains(r.Value, "${"+banned) {
							t.Errorf("%s is granted something on %s", n, r.Value)
						}
					}
				}
			}
		}
		if grants == 0 {
			t.Errorf("%s has no grants at all: the test reads the wrong place", n)
		}
	}
}

func TestTheStreamCarriesBothImagesAndNamesItsShard(t *testing.T) {
	resources := template(t)
	if got := resources["ReportsTable"].Properties.StreamSpecification.StreamViewType; got != "NEW_AND_OLD_IMAGES" {
		t.Errorf("reports stream: %q", got)
	}
	stream := resources[function(app.Aggregate)].Properties.Events["Stream"].Properties
	window, parallel := stream["TumblingWindowInSeconds"], stream["ParallelizationFactor"]
	if window.Value == "" || window.Value == "0" || parallel.Value != "1" {
		t.Errorf("window %q, parallelization %q: the event would not name its shard", window.Value, parallel.Value)
	}
	if types := stream["FunctionResponseTypes"]; len(types.Content) != 1 || types.Content[0].Value != "ReportBatchItemFailures" {
		t.Error("a failing record would fail its whole batch")
	}
}
