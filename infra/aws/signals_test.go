package aws_test

import "fmt"

// signals are how each metric becomes an alarm: by which statistic, and after how many seconds and at how much it
// must have gone off.
var signals = map[string]struct {
	statistic          string
	seconds, threshold int
}{
	"AWS/Lambda Errors":                             {"Sum", 60, 1},
	"AWS/Lambda Throttles":                          {"Sum", 60, 1},
	"AWS/Lambda IteratorAge":                        {"Maximum", 300, 300000},
	"AWS/SQS ApproximateNumberOfMessagesVisible":    {"Maximum", 300, 1},
	"AWS/SQS ApproximateNumberOfMessagesNotVisible": {"Maximum", 300, 1},
	"AWS/DynamoDB ReadThrottleEvents":               {"Sum", 300, 10},
	"AWS/DynamoDB WriteThrottleEvents":              {"Sum", 300, 10},
	"!Sub Tellback/${Stage} ServerErrors":           {"Sum", 60, 5},
	"!Sub Tellback/${Stage} Uncounted":              {"Sum", 300, 1},
	"!Sub Tellback/${Stage} Forged":                 {"Sum", 300, 10},
	"!Sub Tellback/${Stage} OptOuts":                {"Sum", 3600, 50},
	"!Sub Tellback/${Stage} Despair":                {"Sum", 60, 1},
	"!Sub Tellback/${Stage} Segments":               {"Sum", 3600, 2000}, // SegmentsPerHour's default
}

// wrongSignal says why an alarm would be silent, or never silent, about what it looks at.
func (t template) wrongSignal(alarm string, metrics []metric) []string {
	var out []string
	wrong := func(f string, v ...any) { out = append(out, fmt.Sprintf(f, v...)) }
	stats := []any{t.property(alarm)} // where Statistic and Period stand: with one metric, or with each of several
	statistic := "Statistic"
	if several := list(t.property(alarm, "Metrics")); several != nil {
		stats, statistic = nil, "Stat"
		for _, m := range several {
			stat := at(m, "MetricStat")
			switch added := text(at(m, "Expression")); {
			case stat == nil && (added != "SUM(METRICS())" || at(m, "ReturnData") != nil):
				wrong("goes off by %q and not by the sum", added)
			case stat != nil && text(at(m, "ReturnData")) != "false":
				wrong("goes off by more than one number")
			}
			if stat != nil {
				stats = append(stats, stat)
			}
		}
		if len(stats) != len(several)-1 {
			wrong("does not go off by one sum")
		}
	}
	if len(stats) != len(metrics) {
		wrong("looks at what this test can't read")
		return out
	}
	times, _ := t.number(t.property(alarm, "EvaluationPeriods"))
	threshold, ok := t.number(t.property(alarm, "Threshold"))
	for n, m := range metrics {
		s, known := signals[m.namespace+" "+m.name]
		if !known {
			wrong("looks at %s %s, and this test does not know when it must go off", m.namespace, m.name)
			continue
		}
		if got := text(at(stats[n], statistic)); got != s.statistic {
			wrong("looks at the %q of %s, not at its %s", got, m.name, s.statistic)
		}
		if period, _ := t.number(at(stats[n], "Period")); period < 60 || times < 1 || period*times > s.seconds {
			wrong("goes off after %d times %d s of %s, and must after %d s", times, period, m.name, s.seconds)
		}
		if !ok || threshold < 1 || threshold > s.threshold {
			wrong("goes off at %d of %s, and must from 1 to %d", threshold, m.name, s.threshold)
		}
	}
	switch text(t.property(alarm, "ComparisonOperator")) {
	case "GreaterThanThreshold", "GreaterThanOrEqualToThreshold":
	default:
		wrong("goes off when there is less, not more")
	}
	return out
}
