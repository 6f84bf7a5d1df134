package aws_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// metric is what an alarm or a dashboard looks at. of is the logical name of the one resource that it is about.
type metric struct{ namespace, name, dimension, of string }

// published are the metrics of AWS that are used here, with the one dimension by which they come and what that names.
var published = map[string]struct {
	dimension, kind string
	names           []string
}{
	"AWS/Lambda":     {"FunctionName", "AWS::Serverless::Function", []string{"Errors", "Throttles", "Duration", "IteratorAge", "Invocations"}},
	"AWS/SQS":        {"QueueName", "AWS::SQS::Queue", []string{"ApproximateNumberOfMessagesVisible", "ApproximateNumberOfMessagesNotVisible"}},
	"AWS/DynamoDB":   {"TableName", "AWS::DynamoDB::Table", []string{"ReadThrottleEvents", "WriteThrottleEvents", "ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits"}},
	"AWS/ApiGateway": {"ApiId", "AWS::Serverless::HttpApi", []string{"Count", "4xx", "5xx", "Latency", "IntegrationLatency"}},
}

// alarmMetrics are the metrics of an alarm, of its own or added up.
func (t template) alarmMetrics(alarm string) []metric {
	var out []metric
	read := func(m any) {
		one := metric{namespace: text(at(m, "Namespace")), name: text(at(m, "MetricName"))}
		for _, d := range list(at(m, "Dimensions")) {
			one.dimension, one.of = text(at(d, "Name")), ref(at(d, "Value"))
		}
		out = append(out, one)
	}
	if t.property(alarm, "MetricName") != nil {
		read(t.property(alarm))
	}
	for _, m := range list(t.property(alarm, "Metrics")) {
		if stat := at(m, "MetricStat", "Metric"); stat != nil {
			read(stat)
		}
	}
	return out
}

// counted are the metrics that filters make of logs: "namespace name".
func (t template) counted() []string {
	var out []string
	for _, f := range t.of("AWS::Logs::MetricFilter") {
		for _, m := range list(t.property(f, "MetricTransformations")) {
			out = append(out, text(at(m, "MetricNamespace"))+" "+text(at(m, "MetricName")))
		}
	}
	return out
}

// watched are the metrics that alarms look at: "namespace name".
func (t template) watched() []string {
	var out []string
	for _, a := range t.of("AWS::CloudWatch::Alarm") {
		for _, m := range t.alarmMetrics(a) {
			out = append(out, m.namespace+" "+m.name)
		}
	}
	return out
}

// wrongMetric says what is wrong with looking at m.
func (t template) wrongMetric(m metric) string {
	p, ok := published[m.namespace]
	switch {
	case !ok && !slices.Contains(t.counted(), m.namespace+" "+m.name):
		return fmt.Sprintf("looks at %s %s, which nothing counts", m.namespace, m.name)
	case !ok:
		return ""
	case !slices.Contains(p.names, m.name):
		return fmt.Sprintf("looks at %s %s, which this test does not know", m.namespace, m.name)
	case m.dimension != p.dimension || at(t.resources[m.of], "Type") != p.kind:
		return fmt.Sprintf("looks at %s %s of %s %q, and that is no %s", m.namespace, m.name, m.dimension, m.of, p.kind)
	}
	return ""
}

func wrongAlarms(t template) []string {
	var out []string
	type watch struct{ namespace, name, of string }
	seen := map[watch]string{}
	for _, a := range t.of("AWS::CloudWatch::Alarm") {
		wrong := func(f string, v ...any) { out = append(out, a+" "+fmt.Sprintf(f, v...)) }
		metrics := t.alarmMetrics(a)
		if len(metrics) == 0 {
			wrong("looks at nothing")
		}
		for _, m := range metrics {
			if w := t.wrongMetric(m); w != "" {
				wrong("%s", w)
			}
			seen[watch{m.namespace, m.name, m.of}] = a
		}
		for _, w := range t.wrongSignal(a, metrics) {
			wrong("%s", w)
		}
		actions := list(t.property(a, "AlarmActions"))
		if len(actions) != 1 || at(t.resources[ref(actions[0])], "Type") != "AWS::SNS::Topic" {
			wrong("tells nobody")
		}
		if text(t.property(a, "TreatMissingData")) != "notBreaching" {
			wrong("takes silence for trouble")
		}
		if t.property(a, "AlarmDescription") == nil {
			wrong("does not say what it means")
		}
	}
	must := func(namespace, name, of string) {
		if seen[watch{namespace, name, of}] == "" {
			out = append(out, strings.TrimSpace(fmt.Sprintf("no alarm looks at %s %s %s", namespace, name, of)))
		}
	}
	for _, f := range t.functions() {
		must("AWS/Lambda", "Errors", f)
		must("AWS/Lambda", "Throttles", f)
	}
	for _, s := range t.sources("DynamoDB") {
		must("AWS/Lambda", "IteratorAge", s.function)
		if most, ok := t.number(t.property(seen[watch{"AWS/Lambda", "IteratorAge", s.function}], "Threshold")); !ok || most > 300000 {
			out = append(out, "no alarm goes off when the ledger is 5 minutes behind")
		}
	}
	for _, q := range t.of("AWS::SQS::Queue") {
		must("AWS/SQS", "ApproximateNumberOfMessagesVisible", q)
	}
	// What a function takes from a queue is hidden while it is tried and until it comes again: nearly always.
	for _, s := range t.sources("SQS") {
		q := ref(s.properties["Queue"])
		must("AWS/SQS", "ApproximateNumberOfMessagesNotVisible", q)
		if seen[watch{"AWS/SQS", "ApproximateNumberOfMessagesNotVisible", q}] != seen[watch{"AWS/SQS", "ApproximateNumberOfMessagesVisible", q}] {
			out = append(out, "no alarm adds up what waits and what is tried in "+q)
		}
	}
	for _, name := range t.of("AWS::DynamoDB::Table") {
		must("AWS/DynamoDB", "ReadThrottleEvents", name)
		must("AWS/DynamoDB", "WriteThrottleEvents", name)
	}
	for _, own := range []string{"ServerErrors", "Uncounted", "Forged", "OptOuts", "Despair", "Segments"} {
		must("!Sub Tellback/${Stage}", own, "")
	}
	return append(out, wrongTelling(t)...)
}

// wrongTelling: the topic takes what alarms and the budget send, and a budget there is.
func wrongTelling(t template) []string {
	var out []string
	budgets := t.of("AWS::Budgets::Budget")
	if len(budgets) == 0 {
		out = append(out, "nothing bounds what Amazon may charge")
	}
	for _, b := range budgets {
		for _, n := range list(t.property(b, "NotificationsWithSubscribers")) {
			for _, s := range list(at(n, "Subscribers")) {
				if at(t.resources[ref(at(s, "Address"))], "Type") != "AWS::SNS::Topic" {
					out = append(out, b+" tells nobody")
				}
			}
		}
	}
	for _, topic := range t.of("AWS::SNS::Topic") {
		var may []string
		for _, p := range t.of("AWS::SNS::TopicPolicy") {
			if !slices.ContainsFunc(list(t.property(p, "Topics")), func(v any) bool { return ref(v) == topic }) {
				continue
			}
			for _, s := range list(t.property(p, "PolicyDocument", "Statement")) {
				for _, service := range list(at(s, "Principal", "Service")) {
					if at(s, "Effect") == "Allow" && at(s, "Action") == "sns:Publish" && ref(at(s, "Resource")) == topic {
						may = append(may, text(service))
					}
				}
			}
		}
		for _, service := range []string{"cloudwatch.amazonaws.com", "budgets.amazonaws.com"} {
			if !slices.Contains(may, service) {
				out = append(out, topic+" does not take what "+service+" sends")
			}
		}
	}
	return out
}

func wrongDashboards(t template) []string {
	var out []string
	boards := t.of("AWS::CloudWatch::Dashboard")
	if len(boards) == 0 {
		return []string{"there is no dashboard"}
	}
	for _, b := range boards {
		f, _ := t.property(b, "DashboardBody").(fn)
		var body struct {
			Widgets []struct {
				Properties struct {
					Title   string
					Metrics [][]string
				}
			}
		}
		if err := json.Unmarshal([]byte(text(f.arg)), &body); err != nil {
			out = append(out, fmt.Sprintf("%s is not JSON: %v", b, err))
			continue
		}
		for _, w := range body.Widgets {
			var before []string
			for _, m := range w.Properties.Metrics {
				m = spelledOut(m, before)
				before = m
				one := metric{namespace: m[0], name: m[1]}
				if len(m) == 4 {
					names, _ := named(fn{"Fn::Sub", m[3]})
					one.dimension, one.of = m[2], strings.Join(names, " ")
				}
				if strings.HasPrefix(one.namespace, "Tellback/") {
					one.namespace = "!Sub " + one.namespace
				}
				if wrong := t.wrongMetric(one); wrong != "" {
					out = append(out, fmt.Sprintf("%s: %q %s", b, w.Properties.Title, wrong))
				}
			}
		}
	}
	return out
}

// spelledOut replaces a dashboard's abbreviations: "." is what stood there in the line before, "..." all that did.
func spelledOut(m, before []string) []string {
	if len(m) > 0 && m[0] == "..." && len(before) >= len(m)-1 {
		m = append(slices.Clone(before[:len(before)-len(m)+1]), m[1:]...)
	}
	out := slices.Clone(m)
	for n := range out {
		if out[n] == "." && n < len(before) {
			out[n] = before[n]
		}
	}
	for len(out) < 2 {
		out = append(out, "")
	}
	return out
}
