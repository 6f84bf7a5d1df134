package aws_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tellback/tellback/internal/table"
	"github.com/tellback/tellback/internal/table/stream"
)

// retention is how long a stream keeps its records (https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html).
const retention = 24 * 60 * 60

// source is one event of a function.
type eventSource struct {
	function, name, kind string
	properties           map[string]any
}

func (s eventSource) is() string { return s.function + "'s " + s.name }

func (t template) sources(kind string) []eventSource {
	var out []eventSource
	for _, f := range t.functions() {
		for name, e := range object(t.property(f, "Events")) {
			if at(e, "Type") == kind {
				out = append(out, eventSource{f, name, kind, object(at(e, "Properties"))})
			}
		}
	}
	return out
}

// number reads a scalar; a parameter's is its default. ok is false for anything else.
func (t template) number(v any) (n int, ok bool) {
	if p := ref(v); p != "" && t.parameters[p] != nil {
		v = at(t.parameters[p], "Default")
	}
	s, _ := v.(string)
	n, err := strconv.Atoi(s)
	return n, err == nil
}

// within says what is wrong with a number of a source that must lie between two others.
func (t template) within(s eventSource, key string, least, most int) []string {
	v := at(s.properties, strings.Fields(key)...)
	if n, ok := t.number(v); !ok || n < least || n > most {
		return []string{fmt.Sprintf("%s: %s is %q, and must be %d to %d", s.is(), key, text(v), least, most)}
	}
	return nil
}

func wrongStreams(t template) []string {
	var out []string
	readers := map[string]int{}
	for _, s := range t.sources("DynamoDB") {
		wrong := func(f string, a ...any) { out = append(out, s.is()+": "+fmt.Sprintf(f, a...)) }
		readers[ref(s.properties["Stream"])]++
		if got := text(t.property(ref(s.properties["Stream"]), "StreamSpecification", "StreamViewType")); got != "NEW_AND_OLD_IMAGES" {
			wrong("the stream of %s has StreamViewType %q: a change without both images can't be counted", ref(s.properties["Stream"]), got)
		}
		// The event names its shard only with a window, a window takes no other factor than one, and neither do segments.
		out = append(out, t.within(s, "TumblingWindowInSeconds", 1, 900)...)
		out = append(out, t.within(s, "ParallelizationFactor", 1, 1)...)
		out = append(out, t.within(s, "MaximumBatchingWindowInSeconds", 1, 60)...)
		out = append(out, t.within(s, "BatchSize", 100, 10000)...)
		// A stretch that is given up must leave time to count it by hand.
		out = append(out, t.within(s, "MaximumRecordAgeInSeconds", 3600, retention/2)...)
		out = append(out, t.within(s, "MaximumRetryAttempts", -1, -1)...)
		if text(s.properties["StartingPosition"]) != "TRIM_HORIZON" {
			wrong("it skips what was written before it was made")
		}
		if text(s.properties["BisectBatchOnFunctionError"]) != "true" {
			wrong("BisectBatchOnFunctionError is off: one bad record fails its whole batch")
		}
		if r := list(s.properties["FunctionResponseTypes"]); len(r) != 1 || r[0] != "ReportBatchItemFailures" {
			wrong("without ReportBatchItemFailures a failing record would fail its whole batch")
		}
		if q := ref(at(s.properties["DestinationConfig"], "OnFailure", "Destination")); at(t.resources[q], "Type") != "AWS::SQS::Queue" {
			wrong("what is given up goes to %q, which is no queue", q)
		}
		if t.setting(s.function, "AutoPublishAlias") != nil || t.setting(s.function, "DeploymentPreference") != nil {
			wrong("two versions of %s would count one shard at once", s.function)
		}
		for _, f := range list(at(s.properties["FilterCriteria"], "Filters")) {
			out = append(out, wrongFilter(s, text(at(f, "Pattern")))...)
		}
	}
	for _, name := range t.of("AWS::DynamoDB::Table") {
		if t.property(name, "StreamSpecification") != nil && readers[name] != 1 {
			out = append(out, fmt.Sprintf("the stream of %s has %d readers, not one", name, readers[name]))
		}
	}
	return out
}

// wrongFilter holds a filter against records as the stream brings them: every change of a standing must pass.
func wrongFilter(s eventSource, pattern string) []string {
	var p map[string]any
	if err := json.Unmarshal([]byte(pattern), &p); err != nil {
		return []string{fmt.Sprintf("%s: the filter is no JSON object: %v", s.is(), err)}
	}
	var out []string
	key := func(pk, sk string) *table.Item {
		return &table.Item{Key: table.Key{Partition: pk, Sort: sk}, Version: 1, Body: []byte(`{}`)}
	}
	standing, revision := key("P#abc", "S#river#week#self#2026-10"), key("R#abc", "REV#000001")
	for _, c := range []struct {
		what string
		c    table.Change
		want bool
	}{
		{"a standing that is new", table.Change{Sequence: "1", At: time.Unix(1, 0), New: standing}, true},
		{"a standing that changes", table.Change{Sequence: "1", At: time.Unix(1, 0), Old: standing, New: standing}, true},
		{"a standing that goes", table.Change{Sequence: "1", At: time.Unix(1, 0), Old: standing}, true},
		{"a report in its own words", table.Change{Sequence: "1", At: time.Unix(1, 0), New: revision}, false},
	} {
		raw, err := json.Marshal(stream.Encode("arn", "shard", []table.Change{c.c}).Records[0])
		if err != nil {
			return []string{err.Error()}
		}
		var record map[string]any
		if err := json.Unmarshal(raw, &record); err != nil {
			return []string{err.Error()}
		}
		got, err := passes(p, record)
		if err != nil {
			return []string{fmt.Sprintf("%s: the filter is not one of Lambda's: %v", s.is(), err)}
		}
		if got != c.want {
			out = append(out, fmt.Sprintf("%s: the filter lets %s pass: %t, and it must be %t", s.is(), c.what, got, c.want))
		}
	}
	return out
}

// passes is Lambda's rule for the patterns used here: a nested object is followed, a list is of values and prefixes.
func passes(pattern map[string]any, record any) (bool, error) {
	fields := object(record)
	for k, p := range pattern {
		switch p := p.(type) {
		case map[string]any:
			if ok, err := passes(p, fields[k]); !ok || err != nil {
				return false, err
			}
		case []any:
			got, _ := fields[k].(string)
			any := false
			for _, one := range p {
				if prefix, ok := at(one, "prefix").(string); ok {
					any = any || strings.HasPrefix(got, prefix)
				} else if value, ok := one.(string); ok {
					any = any || got == value
				} else {
					return false, fmt.Errorf("%s has a rule that this test does not know", k)
				}
			}
			if !any {
				return false, nil
			}
		default:
			return false, fmt.Errorf("%s is neither a list of rules nor an object", k)
		}
	}
	return true, nil
}

// The grammars of EventBridge Scheduler (https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html): one
// of a unit is singular, and of the days of the month and of the week exactly one is a question mark.
var rate = regexp.MustCompile(`^rate\((1 (minute|hour|day)|([2-9]|[1-9][0-9]+) (minutes|hours|days))\)$`)

func wrongSchedule(s string) string {
	if rate.MatchString(s) {
		return ""
	}
	inner, ok := strings.CutPrefix(s, "cron(")
	fields := strings.Fields(strings.TrimSuffix(inner, ")"))
	if !ok || !strings.HasSuffix(inner, ")") || len(fields) != 6 {
		return "is neither rate(value unit) nor cron(with six fields)"
	}
	if (fields[2] == "?") == (fields[4] == "?") {
		return "must have ? for exactly one of the day of the month and the day of the week"
	}
	most := []int{59, 23, 31, 12, 7, 2199}
	least := []int{0, 0, 1, 1, 1, 1970}
	for n, f := range fields {
		for _, part := range strings.FieldsFunc(f, func(r rune) bool { return r == ',' || r == '-' || r == '/' }) {
			v, err := strconv.Atoi(part)
			name := regexp.MustCompile(`^[A-Z]{3}$`).MatchString(part) && (n == 3 || n == 4)
			if part != "*" && part != "?" && part != "L" && !name && (err != nil || v < least[n] || v > most[n]) {
				return fmt.Sprintf("has %q as field %d", part, n+1)
			}
		}
	}
	return ""
}

func wrongSchedules(t template) []string {
	var out []string
	for _, s := range t.sources("ScheduleV2") {
		wrong := func(f string, a ...any) { out = append(out, s.is()+" "+fmt.Sprintf(f, a...)) }
		expression := text(s.properties["ScheduleExpression"])
		if w := wrongSchedule(expression); w != "" {
			wrong("is due at %s, which %s", expression, w)
		}
		if !strings.Contains(text(s.properties["Name"]), "${Stage}") {
			wrong("has a name that another stage in this account has too")
		}
		role := ref(s.properties["RoleArn"])
		grants, problems := t.grants(role)
		out = append(out, problems...)
		may := func(action string, resource any) {
			arn := t.arn(resource)
			if !slices.ContainsFunc(grants, func(g grant) bool { return g.covers(action, arn) }) {
				wrong("can't work: %s lacks %s on %s", role, action, arn)
			}
		}
		may("lambda:InvokeFunction", fn{"Fn::GetAtt", s.function + ".Arn"})
		if t.setting(s.function, "AutoPublishAlias") != nil {
			wrong("would call an alias, for which %s has no grant", role)
		}
		if principal := at(list(t.property(role, "AssumeRolePolicyDocument", "Statement"))[0], "Principal", "Service"); principal != "scheduler.amazonaws.com" {
			wrong("has a role that the scheduler can't take on")
		}
		if queue := at(s.properties["DeadLetterConfig"], "Arn"); at(t.resources[ref(queue)], "Type") != "AWS::SQS::Queue" {
			wrong("has no queue for runs that could not be started")
		} else {
			may("sqs:SendMessage", queue)
		}
		if queue := ref(at(t.property(s.function, "EventInvokeConfig"), "DestinationConfig", "OnFailure", "Destination")); at(t.resources[queue], "Type") != "AWS::SQS::Queue" {
			wrong("has no queue for runs of %s that fail", s.function)
		}
		for _, limits := range []struct {
			key         string
			least, most int
		}{{"MaximumRetryAttempts", 0, 185}, {"MaximumEventAgeInSeconds", 60, 86400}} {
			if n, ok := t.number(at(s.properties["RetryPolicy"], limits.key)); !ok || n < limits.least || n > limits.most {
				wrong("has a RetryPolicy whose %s is not %d to %d", limits.key, limits.least, limits.most)
			}
		}
	}
	return out
}

// wrongQueues: what waits in a queue is seen, kept for as long as there is, and not handed out twice at once.
func wrongQueues(t template) []string {
	var out []string
	for _, q := range t.of("AWS::SQS::Queue") {
		if n, _ := t.number(t.property(q, "MessageRetentionPeriod")); n != 1209600 {
			out = append(out, q+" does not keep messages for the 14 days that it could")
		}
		if text(t.property(q, "SqsManagedSseEnabled")) != "true" && t.property(q, "KmsMasterKeyId") == nil {
			out = append(out, q+" is not encrypted")
		}
	}
	for _, s := range t.sources("SQS") {
		q := ref(s.properties["Queue"])
		timeout, _ := t.number(t.setting(s.function, "Timeout"))
		if hidden, _ := t.number(t.property(q, "VisibilityTimeout")); hidden < 6*timeout {
			out = append(out, fmt.Sprintf("%s hides a message for %d s, less than six times %s's time-out", q, hidden, s.function))
		}
	}
	return out
}

// wrongPaces: nobody waits longer than who called, and a version that fails is rolled back by itself.
func wrongPaces(t template) []string {
	var out []string
	// SAM takes ten letters of it, and Lambda publishes only what has changed.
	if text(at(t.parameters["Deployment"], "AllowedPattern")) != "^[0-9]{10}$" {
		out = append(out, "Deployment may be the same for two deployments")
	}
	if at(t.globals, "Function", "Environment", "Variables", "DEPLOYMENT") != any(fn{"Ref", "Deployment"}) {
		out = append(out, "a deployment starts no new processes: changed secrets would not reach them")
	}
	for _, f := range t.functions() {
		seconds, ok := t.number(t.setting(f, "Timeout"))
		if !ok || seconds < 1 || seconds > 900 {
			out = append(out, f+" has no time-out that Lambda takes")
		}
		if !slices.ContainsFunc(t.sources("HttpApi"), func(s eventSource) bool { return s.function == f }) {
			continue
		}
		most := 29 // the API gives up after 30 s
		if f == "SmsFunction" {
			most = 14 // Twilio after 15 s
		}
		if seconds > most {
			out = append(out, fmt.Sprintf("%s may take %d s, and whoever called is gone by then", f, seconds))
		}
		if t.setting(f, "AutoPublishAlias") == nil || !strings.HasPrefix(text(at(t.setting(f, "DeploymentPreference"), "Type")), "Canary") {
			out = append(out, f+" is not deployed by canary")
		}
		if t.setting(f, "AutoPublishCodeSha256") != any(fn{"Ref", "Deployment"}) {
			out = append(out, f+" is not published anew by each deployment: changed parameters would not reach its alias")
		}
		own := false
		for _, a := range list(at(t.setting(f, "DeploymentPreference"), "Alarms")) {
			if at(t.resources[ref(a)], "Type") != "AWS::CloudWatch::Alarm" {
				out = append(out, fmt.Sprintf("%s is rolled back by %q, which is no alarm", f, text(a)))
			}
			for _, d := range list(t.property(ref(a), "Dimensions")) {
				own = own || ref(at(d, "Value")) == f
			}
		}
		if !own {
			out = append(out, f+" is not rolled back by its own errors")
		}
	}
	return out
}
