package aws_test

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

func wrongLogs(t template) []string {
	var out []string
	owner := map[string]string{}
	for _, f := range t.functions() {
		l := t.setting(f, "LoggingConfig")
		// The filters count lines of level INFO too.
		for key, want := range map[string]string{"LogFormat": "JSON", "ApplicationLogLevel": "INFO"} {
			if got := text(at(l, key)); got != want {
				out = append(out, fmt.Sprintf("%s has %s %q, not %q", f, key, got, want))
			}
		}
		if at(l, "SystemLogLevel") == nil {
			out = append(out, f+" has no SystemLogLevel")
		}
		group := ref(at(l, "LogGroup"))
		if at(t.resources[group], "Type") != "AWS::Logs::LogGroup" {
			out = append(out, fmt.Sprintf("%s logs to %q, which is no log group", f, group))
		}
		if owner[group] != "" {
			out = append(out, fmt.Sprintf("%s and %s log to one group", owner[group], f))
		}
		owner[group] = f
		if t.setting(f, "Tracing") != "Active" {
			out = append(out, f+" is not traced")
		}
	}
	for _, g := range t.of("AWS::Logs::LogGroup") {
		if t.property(g, "RetentionInDays") == nil {
			out = append(out, g+" never forgets")
		}
	}
	for _, api := range t.of("AWS::Serverless::HttpApi") {
		access := t.property(api, "AccessLogSettings")
		if at(t.resources[ref(at(access, "DestinationArn"))], "Type") != "AWS::Logs::LogGroup" {
			out = append(out, api+" has no access log")
		}
		var fields map[string]string
		if err := json.Unmarshal([]byte(text(at(access, "Format"))), &fields); err != nil {
			out = append(out, fmt.Sprintf("%s's access log is not JSON: %v", api, err))
		}
		for name, v := range fields { // a path may be a receipt's, an address is somebody's
			if strings.Contains(v, "path") || strings.Contains(v, "identity") || strings.Contains(v, "query") {
				out = append(out, fmt.Sprintf("%s's access log keeps %s, %s", api, name, v))
			}
		}
	}
	return out
}

// code are a folder's Go files without its tests.
func code(dir string) ([]*ast.File, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	var out []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("there is no code in %s", dir)
	}
	return out, nil
}

// logged are the constant messages that a function's own packages log, with the keys that come with them. They are read
// once: every mutation asks for them.
func logged(function string) (map[string][]string, error) {
	read, _ := loggedBy.LoadOrStore(function, sync.OnceValues(func() (map[string][]string, error) { return readLogged(function) }))
	return read.(func() (map[string][]string, error))()
}

var loggedBy sync.Map

func readLogged(function string) (map[string][]string, error) {
	cmd := exec.Command("go", "list", "-deps", "-f", "{{if not .Standard}}{{.Dir}}{{end}}", "./functions/"+function)
	cmd.Dir = root
	dirs, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list %s: %w", function, err)
	}
	out := map[string][]string{}
	for _, dir := range strings.Fields(string(dirs)) {
		if !strings.Contains(filepath.ToSlash(dir), "/internal/") || strings.Contains(filepath.ToSlash(dir), "/pkg/mod/") {
			continue
		}
		parsed, err := code(dir)
		if err != nil {
			return nil, err
		}
		for _, file := range parsed {
			ast.Inspect(file, func(n ast.Node) bool {
				if message, keys := logCall(n); message != "" {
					out[message] = append(out[message], keys...)
				}
				return true
			})
		}
	}
	return out, nil
}

var logMethod = regexp.MustCompile(`^(Info|Warn|Error)(Context)?$`)

// logCall reads slog's Info, Warn and Error with a literal message; "" for anything else.
func logCall(n ast.Node) (message string, keys []string) {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return "", nil
	}
	method, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || !logMethod.MatchString(method.Sel.Name) {
		return "", nil
	}
	args := call.Args
	if strings.HasSuffix(method.Sel.Name, "Context") && len(args) > 0 {
		args = args[1:]
	}
	for i := 0; i < len(args); i += 2 {
		literal, ok := args[0].(*ast.BasicLit)
		if i > 0 {
			literal, ok = args[i-1].(*ast.BasicLit)
		}
		if !ok || literal.Kind != token.STRING {
			continue
		}
		s, err := strconv.Unquote(literal.Value)
		switch {
		case err != nil:
		case i == 0:
			message = s
		default:
			keys = append(keys, s)
		}
	}
	return message, keys
}

var (
	messageFilter = regexp.MustCompile(`^\{ \$\.msg = "([^"]+)" \}$`)
	statusFilter  = regexp.MustCompile(`^\{ \$\.([a-z]+) = "5\*" \}$`)
)

func wrongFilters(t template) []string {
	var out []string
	lines := map[string]map[string][]string{}
	watched := t.watched()
	for _, name := range t.of("AWS::Logs::MetricFilter") {
		wrong := func(f string, a ...any) { out = append(out, name+" "+fmt.Sprintf(f, a...)) }
		group, pattern := ref(t.property(name, "LogGroupName")), text(t.property(name, "FilterPattern"))
		for _, m := range list(t.property(name, "MetricTransformations")) {
			if by := text(at(m, "MetricValue")); by != "1" && !strings.HasPrefix(by, "$.") {
				wrong("counts a line as %q", by)
			}
			if metric := text(at(m, "MetricNamespace")) + " " + text(at(m, "MetricName")); !slices.Contains(watched, metric) {
				wrong("counts %s, and no alarm looks at it", metric)
			}
		}
		if status := statusFilter.FindStringSubmatch(pattern); status != nil && t.accessLog(group, status[1]) {
			continue
		}
		m := messageFilter.FindStringSubmatch(pattern)
		f := slices.IndexFunc(t.functions(), func(f string) bool { return ref(at(t.setting(f, "LoggingConfig"), "LogGroup")) == group })
		if m == nil || f < 0 {
			wrong("reads %s with %s, which is neither a function's message nor the access log's status", group, pattern)
			continue
		}
		fname := strings.ToLower(strings.TrimSuffix(t.functions()[f], "Function"))
		if lines[fname] == nil {
			var err error
			if lines[fname], err = logged(fname); err != nil {
				return []string{err.Error()}
			}
		}
		keys, ok := lines[fname][m[1]]
		if !ok {
			wrong("waits for %q, which functions/%s never logs", m[1], fname)
		}
		for _, tr := range list(t.property(name, "MetricTransformations")) {
			if key, ok := strings.CutPrefix(text(at(tr, "MetricValue")), "$."); ok && !slices.Contains(keys, key) {
				wrong("adds up %q, which does not come with %q", key, m[1])
			}
		}
	}
	return out
}

// accessLog says whether a log group is the API's and has that field.
func (t template) accessLog(group, field string) bool {
	return slices.ContainsFunc(t.of("AWS::Serverless::HttpApi"), func(api string) bool {
		access := t.property(api, "AccessLogSettings")
		return ref(at(access, "DestinationArn")) == group && strings.Contains(text(at(access, "Format")), `"`+field+`":`)
	})
}
