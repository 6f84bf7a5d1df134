// Package aws_test reads template.yaml and holds it against the code, so that neither knows of a route, a function, a
// table, a variable or a log line that the other doesn't. Each check is a function from a template to what is wrong with
// it: the real one has nothing wrong, and every mutation of it (mutations_test.go) is found out.
package aws_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/tellback/tellback/internal/app"
)

// fn is an intrinsic function of CloudFormation with its argument: {"Ref", "Api"}, {"Fn::GetAtt", "Api.Arn"}.
type fn struct {
	name string
	arg  any
}

// template is a parsed template. Values are string, map[string]any, []any or fn: scalars stay as they are written.
type template struct {
	parameters, conditions, rules, resources, outputs, globals map[string]any
}

var root = filepath.Join("..", "..")

func source(t *testing.T) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(root, "template.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func parse(text string) (template, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		return template{}, err
	}
	if len(doc.Content) == 0 {
		return template{}, fmt.Errorf("the template is empty")
	}
	top := object(value(doc.Content[0]))
	return template{
		parameters: object(top["Parameters"]), conditions: object(top["Conditions"]), rules: object(top["Rules"]),
		resources: object(top["Resources"]), outputs: object(top["Outputs"]), globals: object(top["Globals"]),
	}, nil
}

func value(n *yaml.Node) any {
	if n.Kind == yaml.AliasNode {
		return value(n.Alias)
	}
	if name, ok := strings.CutPrefix(n.Tag, "!"); ok && !strings.HasPrefix(name, "!") {
		plain := *n
		plain.Tag = ""
		if name != "Ref" && name != "Condition" {
			name = "Fn::" + name
		}
		return fn{name, value(&plain)}
	}
	switch n.Kind {
	case yaml.MappingNode:
		m := map[string]any{}
		for i := 0; i < len(n.Content); i += 2 {
			m[n.Content[i].Value] = value(n.Content[i+1])
		}
		for k, v := range m {
			if _, plain := v.(string); len(m) == 1 && (strings.HasPrefix(k, "Fn::") || plain && k == "Ref") {
				return fn{k, v}
			}
		}
		return m
	case yaml.SequenceNode:
		l := []any{}
		for _, c := range n.Content {
			l = append(l, value(c))
		}
		return l
	}
	return n.Value
}

// at follows keys into nested maps; nil where there is nothing.
func at(v any, keys ...string) any {
	for _, k := range keys {
		v = object(v)[k]
	}
	return v
}

func object(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}

// list is a list as it is, and anything else as a list of one.
func list(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return v
	}
	return []any{v}
}

// text is a scalar's, or an intrinsic function's as it would be written; "" for anything else.
func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case fn:
		return "!" + strings.TrimPrefix(v.name, "Fn::") + " " + text(v.arg)
	}
	return ""
}

// ref is the logical name that a !Ref or the first part of a !GetAtt points to.
func ref(v any) string {
	f, ok := v.(fn)
	if !ok || f.name != "Ref" && f.name != "Fn::GetAtt" {
		return ""
	}
	name, _, _ := strings.Cut(text(f.arg), ".")
	return name
}

// property is a resource's property; nil where there is none.
func (t template) property(resource string, keys ...string) any {
	return at(t.resources[resource], append([]string{"Properties"}, keys...)...)
}

// of are the names of all resources of a type, in order.
func (t template) of(kind string) []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(t.resources)) {
		if at(t.resources[name], "Type") == kind {
			out = append(out, name)
		}
	}
	return out
}

func (t template) functions() []string { return t.of("AWS::Serverless::Function") }

// setting is a function's property, or the one that Globals gives to all.
func (t template) setting(function string, key string) any {
	if v := t.property(function, key); v != nil {
		return v
	}
	return at(t.globals, "Function", key)
}

// function is the logical name of a function's resource.
func function(n app.Name) string { return strings.ToUpper(string(n[:1])) + string(n[1:]) + "Function" }

// differences says what only one side has.
func differences(what string, code, tmpl []string) []string {
	var out []string
	for _, c := range code {
		if !slices.Contains(tmpl, c) {
			out = append(out, fmt.Sprintf("%s %s is in the code but not in the template", what, c))
		}
	}
	for _, c := range tmpl {
		if !slices.Contains(code, c) {
			out = append(out, fmt.Sprintf("%s %s is in the template but not in the code", what, c))
		}
	}
	return out
}

// checks are all of them, by the sentence that holds.
var checks = []struct {
	holds string
	wrong func(template) []string
}{
	{"every folder is a function and every function a folder", wrongFunctions},
	{"every route is in the template and the other way round", wrongRoutes},
	{"a text that no function takes is kept by the API alone", wrongDoor},
	{"every variable is in the template and the other way round", wrongVariables},
	{"every event in events/ has its source and the other way round", wrongEvents},
	{"tables are what the code expects and keep what is in them", wrongTables},
	{"each function has a role of its own and each grant a use", wrongRoles},
	{"each role may what its function does, and no more", wrongActions},
	{"the stream brings every change of a standing and gives nothing up for lost", wrongStreams},
	{"schedules can be read, started and missed without silence", wrongSchedules},
	{"queues keep and hide what is in them", wrongQueues},
	{"nobody waits in vain, and HTTP functions are rolled back by themselves", wrongPaces},
	{"whatever is named exists, and whatever exists is named", wrongReferences},
	{"what people told and what was released outlives the stack", wrongKeeping},
	{"no secret is written", wrongSecrets},
	{"each function logs JSON to a group of its own that forgets", wrongLogs},
	{"what is counted from logs is logged, and each count has an alarm", wrongFilters},
	{"alarms watch what there is, miss nothing that must be watched, and tell somebody", wrongAlarms},
	{"the dashboard shows what there is", wrongDashboards},
	{"nothing stands in it on which nobody decided", wrongKeys},
	{"no resource lets in anybody by itself", wrongPolicies},
	{"settings that were decided on stay", wrongSettings},
	{"export and release have no grant on reports or people", wrongWalls},
}

func TestTheTemplate(t *testing.T) {
	tmpl, err := parse(source(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range checks {
		t.Run(c.holds, func(t *testing.T) {
			for _, p := range c.wrong(tmpl) {
				t.Error(p)
			}
		})
	}
}
