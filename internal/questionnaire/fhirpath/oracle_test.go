package fhirpath

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// oracle is the reference implementation in JavaScript, asked in one go.
const tools = "../../../infra/tools/node_modules"

var fixedNow = time.Date(2026, 11, 24, 15, 30, 20, 123_000_000, time.UTC)

// question is one expression and the resource that it is applied to.
type question struct {
	Of         string `json:"of"`
	Expression string `json:"expression"`
}

// verdict is what an engine says: values as JSON, or an error.
type verdict struct {
	Out   []json.RawMessage `json:"out"`
	Error string            `json:"error"`
}

// askOracle evaluates all questions with the reference implementation.
func askOracle(t testing.TB, resources map[string]json.RawMessage, questions []question) []verdict {
	t.Helper()
	dir, err := filepath.Abs(tools)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "fhirpath")); err != nil {
		t.Fatalf("the reference implementation is not installed: run make setup (%v)", err)
	}
	var in bytes.Buffer
	enc := json.NewEncoder(&in)
	for _, line := range append([]any{map[string]any{"resources": resources, "now": fixedNow.Format(time.RFC3339Nano)}}, anys(questions)...) {
		if err := enc.Encode(line); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), "node", "testdata/oracle.js", dir)
	cmd.Env = append(os.Environ(), "TZ=UTC")
	cmd.Stdin = &in
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("node: %v\n%s", err, stderr.String())
	}
	var verdicts []verdict
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var v verdict
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatalf("%v: %.200s", err, lines.Text())
		}
		verdicts = append(verdicts, v)
	}
	if len(verdicts) != len(questions) {
		t.Fatalf("%d answers to %d questions\n%s", len(verdicts), len(questions), stderr.String())
	}
	return verdicts
}

func anys(qs []question) []any {
	out := make([]any, len(qs))
	for i := range qs {
		out[i] = qs[i]
	}
	return out
}

// ask evaluates a question with our engine.
func ask(trees map[string]Value, q question) verdict {
	x, err := Compile(q.Expression, func(name string) bool { return name == "context" || name == "resource" || trees[name].kind != None })
	if err != nil {
		return verdict{Error: err.Error()}
	}
	env := &Env{Now: fixedNow, Lookup: func(name string) Collection {
		if name == "resource" {
			name = q.Of
		}
		return Collection{trees[name]}
	}}
	out, err := x.Evaluate(env, Collection{trees[q.Of]})
	if err != nil {
		return verdict{Error: err.Error()}
	}
	var v verdict
	for _, one := range out {
		v.Out = append(v.Out, jsonOf(one))
	}
	return v
}

func jsonOf(v Value) json.RawMessage {
	var out any
	switch v.kind {
	case Boolean:
		out = v.Bool()
	case Integer, Decimal:
		out = json.Number(v.num.String())
	case Quantity:
		unit := "'" + v.text + "'"
		if v.calendar {
			unit = v.text
		}
		out = v.num.trim().String() + " " + unit
	case Element:
		fields := map[string]json.RawMessage{}
		for _, name := range v.node.(*element).names {
			var parts []string
			for _, c := range v.node.Children(name, nil) {
				parts = append(parts, string(jsonOf(c)))
			}
			fields[name] = json.RawMessage("[" + strings.Join(parts, ",") + "]")
		}
		delete(fields, "resourceType")
		out = fields
	default:
		out = v.Text()
	}
	b, err := json.Marshal(out)
	if err != nil {
		return json.RawMessage(`"unwritable"`)
	}
	return b
}

// agree says whether two verdicts are the same: numbers to 8 digits after the point, elements whatever the order of their children.
func (v verdict) agree(o verdict) bool {
	v.Out, o.Out = present(v.Out), present(o.Out)
	if v.Error != "" || o.Error != "" {
		return v.Error != "" && o.Error != ""
	}
	if len(v.Out) != len(o.Out) {
		return false
	}
	for i := range v.Out {
		if canonical(v.Out[i]) != canonical(o.Out[i]) {
			return false
		}
	}
	return true
}

// present leaves out null, which the reference implementation gives for some results that don't exist.
func present(out []json.RawMessage) []json.RawMessage {
	return slices.DeleteFunc(out, func(r json.RawMessage) bool { return string(r) == "null" })
}

func canonical(raw json.RawMessage) string {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return string(raw)
	}
	var write func(v any) any
	write = func(v any) any {
		switch v := v.(type) {
		case json.Number:
			if r, ok := new(big.Rat).SetString(string(v)); ok {
				if f, _ := r.Float64(); math.Abs(f) > 1e6 { // theirs go through a float when they are written
					return fmt.Sprintf("%.12g", f)
				}
				return strings.TrimPrefix(strings.TrimRight(strings.TrimRight(r.FloatString(8), "0"), "."), "-0\x00")
			}
		case string:
			return writing(v)
		case []any:
			if len(v) == 1 {
				return write(v[0])
			}
			for i := range v {
				v[i] = write(v[i])
			}
		case map[string]any:
			delete(v, "resourceType")
			for k := range v {
				if strings.HasPrefix(k, "_") {
					delete(v, k)
					continue
				}
				v[k] = write(v[k])
			}
		}
		return v
	}
	out, _ := json.Marshal(write(v))
	return string(out)
}

// writing leaves out what two ways of writing one date or quantity differ in: the zone that an instant is told in, the T after
// a date, thousandths that are zero, the plural of a unit, and digits of a quantity past the eighth.
func writing(s string) string {
	if len(s) > 15 {
		if at, ok := readMoment(strings.Replace(s, "-00:00", "Z", 1)); ok && at.prec > day {
			zoned := at.zoned
			at = at.utc(0)
			at.frac, at.zoned, at.offset = at.ms%1000 != 0, zoned, 0
			return at.String()
		}
	}
	if m := spelled.FindStringSubmatch(s); m != nil {
		return m[1]
	}
	if m := measured.FindStringSubmatch(s); m != nil {
		if r, ok := new(big.Rat).SetString(m[1]); ok {
			return r.FloatString(8) + " " + strings.TrimSuffix(m[2], "s")
		}
	}
	return s
}

var (
	spelled  = regexp.MustCompile(`^(\d{4}(?:-\d\d(?:-\d\d)?)?)T$`)
	measured = regexp.MustCompile(`^(-?[\d.]+(?:e[+-]?\d+)?) ('.*'|[a-z]+)$`)
)

func (v verdict) String() string {
	if v.Error != "" {
		return "error: " + v.Error
	}
	return fmt.Sprintf("%s", v.Out)
}

// trees are the resources of the tests, as both engines read them.
func resourcesOf(t testing.TB) (map[string]json.RawMessage, map[string]Value) {
	t.Helper()
	docs, trees := map[string]json.RawMessage{}, map[string]Value{}
	for _, name := range []string{"questionnaire", "response", "patient"} {
		doc, err := os.ReadFile("testdata/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		tree, err := ReadResource(doc)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		docs[name], trees[name] = doc, tree
	}
	return docs, trees
}
