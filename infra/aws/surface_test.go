package aws_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/tellback/tellback/internal/app"
	"github.com/tellback/tellback/internal/cloud"
	"github.com/tellback/tellback/internal/table/stream"
)

func wrongFunctions(t template) []string {
	folders, err := filepath.Glob(filepath.Join(root, "functions", "*", "main.go"))
	if err != nil {
		return []string{err.Error()}
	}
	var tree, code []string
	for _, f := range folders {
		tree = append(tree, function(app.Name(filepath.Base(filepath.Dir(f)))))
	}
	for _, n := range app.Names {
		code = append(code, function(n))
	}
	out := append(differences("function", code, t.functions()), differences("function (folder)", tree, t.functions())...)
	for _, f := range t.functions() {
		if at(t.resources[f], "Metadata", "BuildMethod") != "makefile" {
			out = append(out, f+" is not built by the Makefile")
		}
		for key, want := range map[string]string{"Runtime": "provided.al2023", "Handler": "bootstrap", "CodeUri": "."} {
			if got := text(t.setting(f, key)); got != want {
				out = append(out, fmt.Sprintf("%s has %s %q, not %q", f, key, got, want))
			}
		}
		if a := list(t.setting(f, "Architectures")); len(a) != 1 || a[0] != "arm64" {
			out = append(out, f+" is not for arm64 alone")
		}
	}
	return out
}

// routes are what the template sends to functions: "SmsFunction POST /sms/inbound".
func (t template) routes() []string {
	var out []string
	for _, f := range t.functions() {
		for _, e := range object(t.property(f, "Events")) {
			if at(e, "Type") != "HttpApi" {
				continue
			}
			method, path := text(at(e, "Properties", "Method")), text(at(e, "Properties", "Path"))
			if path == "" {
				out = append(out, f+" $default")
			} else {
				out = append(out, f+" "+method+" "+path)
			}
		}
	}
	slices.Sort(out)
	return out
}

func wrongRoutes(t template) []string {
	code := []string{function(app.Default) + " $default"}
	for _, r := range app.Routes {
		code = append(code, function(r.Function)+" "+r.Method+" "+strings.ReplaceAll(r.Path, "...}", "+}"))
	}
	out := differences("route", code, t.routes())
	var keys []string
	for _, r := range t.routes() {
		_, key, _ := strings.Cut(r, " ")
		keys = append(keys, key)
	}
	for _, r := range t.bare() {
		keys = append(keys, r.key())
	}
	for _, api := range t.of("AWS::Serverless::HttpApi") {
		for _, limit := range []string{"ThrottlingRateLimit", "ThrottlingBurstLimit"} {
			if n, ok := t.number(t.property(api, "DefaultRouteSettings", limit)); !ok || n < 1 {
				out = append(out, fmt.Sprintf("%s has no %s for every route", api, limit))
			}
		}
		for key, s := range object(t.property(api, "RouteSettings")) {
			if !slices.Contains(keys, key) {
				out = append(out, fmt.Sprintf("%s has settings for %q, which is no route", api, key))
			}
			for _, limit := range []string{"ThrottlingRateLimit", "ThrottlingBurstLimit"} {
				// A route's settings take nothing over from the default, and are handed on without becoming numbers.
				v, plain := at(s, limit).(string)
				if n, err := strconv.Atoi(v); !plain || err != nil || n < 1 {
					out = append(out, fmt.Sprintf("%s: %q has no plain number as %s", api, key, limit))
				}
			}
		}
	}
	return out
}

func wrongVariables(t template) []string {
	var out []string
	for _, n := range app.Names {
		code := append(app.Variables(n), cloud.Variables(n)...)
		var tmpl []string
		for v := range object(t.property(function(n), "Environment", "Variables")) {
			tmpl = append(tmpl, v)
		}
		out = append(out, differences(function(n)+"'s variable", code, tmpl)...)
	}
	for v := range object(at(t.globals, "Function", "Environment", "Variables")) {
		// Go's crypto/x509 and runtime read two of them, and the third need not be read (wrongPaces).
		if !slices.Contains([]string{"SSL_CERT_DIR", "GOGC", "DEPLOYMENT"}, v) {
			out = append(out, "every function has "+v+", which nobody reads")
		}
	}
	return out
}

// kinds says by its form what sends a sample event.
func kinds(raw []byte) string {
	var e struct {
		RouteKey   string `json:"routeKey"`
		DetailType string `json:"detail-type"`
		Records    []struct {
			EventSource string `json:"eventSource"`
		} `json:"Records"`
	}
	switch {
	case json.Unmarshal(raw, &e) != nil:
		return "no event"
	case e.RouteKey != "":
		return "HttpApi"
	case e.DetailType != "":
		return "ScheduleV2"
	case len(e.Records) > 0 && e.Records[0].EventSource == "aws:dynamodb":
		return "DynamoDB"
	case len(e.Records) > 0 && e.Records[0].EventSource == "aws:sqs":
		return "SQS"
	}
	return "unknown event"
}

func wrongEvents(t template) []string {
	files, err := filepath.Glob(filepath.Join(root, "events", "*.json"))
	if err != nil {
		return []string{err.Error()}
	}
	var code, tmpl []string
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			return []string{err.Error()}
		}
		name, _, _ := strings.Cut(filepath.Base(file), "-")
		code = append(code, function(app.Name(name))+" "+kinds(raw))
	}
	for _, f := range t.functions() {
		for _, e := range object(t.property(f, "Events")) {
			tmpl = append(tmpl, f+" "+text(at(e, "Type")))
		}
	}
	slices.Sort(code)
	slices.Sort(tmpl)
	return differences("event of", slices.Compact(code), slices.Compact(tmpl))
}

func wrongTables(t template) []string {
	var out []string
	used := map[string]bool{}
	for _, n := range app.Names {
		for v, to := range object(t.property(function(n), "Environment", "Variables")) {
			if strings.HasSuffix(v, "_TABLE") {
				used[ref(to)] = true
				if want := strings.ToLower(strings.TrimSuffix(strings.TrimPrefix(v, "TELLBACK_"), "_TABLE")); strings.ToLower(ref(to)) != want+"table" {
					out = append(out, fmt.Sprintf("%s: %s is %s", function(n), v, text(to)))
				}
			}
		}
	}
	tables := t.of("AWS::DynamoDB::Table")
	for name := range used {
		if !slices.Contains(tables, name) {
			out = append(out, "there is no table "+name)
		}
	}
	for _, name := range tables {
		if !used[name] {
			out = append(out, "no function is told of table "+name)
		}
		out = append(out, wrongTable(t, name)...)
	}
	return out
}

func wrongTable(t template, name string) []string {
	var out []string
	want := func(got any, want string, keys ...string) {
		if text(got) != want {
			out = append(out, fmt.Sprintf("%s: %s is %q, not %q", name, strings.Join(keys, "."), text(got), want))
		}
	}
	is := func(v string, keys ...string) { want(t.property(name, keys...), v, keys...) }
	is("PAY_PER_REQUEST", "BillingMode")
	is("true", "DeletionProtectionEnabled")
	is("true", "PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled")
	is("35", "PointInTimeRecoverySpecification", "RecoveryPeriodInDays")
	is("KMS", "SSESpecification", "SSEType")
	is("!Ref "+strings.TrimSuffix(name, "Table")+"Key", "SSESpecification", "KMSMasterKeyId")
	is("!Ref MaxReadUnits", "OnDemandThroughput", "MaxReadRequestUnits")
	is("!Ref MaxWriteUnits", "OnDemandThroughput", "MaxWriteRequestUnits")
	for n, k := range []struct{ name, kind string }{{stream.Partition, "HASH"}, {stream.Sort, "RANGE"}} {
		schema, attributes := list(t.property(name, "KeySchema")), list(t.property(name, "AttributeDefinitions"))
		if len(schema) != 2 || len(attributes) != 2 {
			return append(out, name+" has not two keys, or an attribute for no key")
		}
		want(at(schema[n], "AttributeName"), k.name, "KeySchema")
		want(at(schema[n], "KeyType"), k.kind, "KeySchema")
		want(at(attributes[n], "AttributeName"), k.name, "AttributeDefinitions")
		want(at(attributes[n], "AttributeType"), "S", "AttributeDefinitions")
	}
	for _, index := range []string{"GlobalSecondaryIndexes", "LocalSecondaryIndexes"} {
		if t.property(name, index) != nil {
			out = append(out, name+" has "+index+", which the code doesn't query")
		}
	}
	// Only conversations are stored to expire, and they are in the people table.
	if ttl := t.property(name, "TimeToLiveSpecification"); name == "PeopleTable" {
		is(stream.Expires, "TimeToLiveSpecification", "AttributeName")
		is("true", "TimeToLiveSpecification", "Enabled")
	} else if ttl != nil {
		out = append(out, name+" expires items, and nothing in it may be lost")
	}
	if name == "ReportsTable" {
		is("NEW_AND_OLD_IMAGES", "StreamSpecification", "StreamViewType")
	} else if t.property(name, "StreamSpecification") != nil {
		out = append(out, name+" has a stream, and nobody reads it")
	}
	return out
}
