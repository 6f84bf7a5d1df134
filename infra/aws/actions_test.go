package aws_test

import (
	"fmt"
	"slices"
	"strings"
)

// actions are what each function does with each table, stream and bucket, and so all that its role may: a call that
// another function's code makes is no reason. Whoever makes a function do more adds it here and in its role.
var actions = map[string]map[string]string{
	// A text adds a report and never takes one back; joining again looks up earlier consents. A receipt settles what was to
	// be looked at.
	"SmsFunction": {
		"ReportsTable": "GetItem PutItem",
		"PeopleTable":  "GetItem Query PutItem DeleteItem",
	},
	"WebFunction": { // corrections look at all revisions, withdrawals delete
		"ReportsTable":   "GetItem Query PutItem DeleteItem ConditionCheckItem",
		"PeopleTable":    "GetItem Query PutItem",
		"LearningTable":  "GetItem Query",
		"ReleasesBucket": "GetObject",
	},
	"AggregateFunction": {
		"ReportsTable stream": "DescribeStream GetRecords GetShardIterator ListStreams",
		"LearningTable":       "GetItem Query PutItem",
	},
	"ReleaseFunction": {
		"LearningTable":  "GetItem Query PutItem",
		"ReleasesBucket": "GetObject PutObject",
	},
	"OutreachFunction": { // a text that is claimed moves to its next day, if its person is as it was; lessons are looked up
		"ReportsTable":  "GetItem PutItem",
		"PeopleTable":   "GetItem Query PutItem DeleteItem ConditionCheckItem",
		"LearningTable": "GetItem Query",
	},
	"ExportFunction": {
		"LearningTable":  "GetItem Query",
		"ReleasesBucket": "GetObject",
	},
}

// Reading a table takes the first of its key, writing it all of them.
var (
	opens = []string{"kms:Decrypt", "kms:DescribeKey"}
	seals = append(slices.Clone(opens), "kms:Encrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*")
)

func wrongActions(t template) []string {
	var out []string
	for _, f := range t.functions() {
		role := t.role(f)
		granted := map[string][]string{} // what a grant is on, as above → actions
		grants, problems := t.grants(role)
		out = append(out, problems...)
		for _, g := range grants {
			_, resource, _ := strings.Cut(g.resource, g.service()+":"+region+":"+account+":")
			switch service := g.service(); {
			case service == "dynamodb":
				name, under, ok := strings.Cut(strings.TrimPrefix(resource, "table/"), "/")
				if ok && strings.HasPrefix(under, "stream/") {
					name += " stream"
				}
				granted[name] = append(granted[name], strings.TrimPrefix(g.action, "dynamodb:"))
			case service == "s3" && g.action != "s3:ListBucket":
				name := strings.TrimSuffix(strings.TrimPrefix(g.resource, "arn:aws:s3:::"), "/*")
				granted[name] = append(granted[name], strings.TrimPrefix(g.action, "s3:"))
			case service == "kms":
				granted[resource] = append(granted[resource], g.action)
			}
		}
		want := map[string][]string{}
		for on, does := range actions[f] {
			want[on] = strings.Fields(does)
			if name, _, _ := strings.Cut(on, " "); strings.HasSuffix(name, "Table") {
				want["key/"+strings.TrimSuffix(name, "Table")+"Key"] = opens
				if strings.Contains(does, "PutItem") {
					want["key/"+strings.TrimSuffix(name, "Table")+"Key"] = seals
				}
			}
		}
		for on, may := range granted {
			for _, a := range may {
				if !slices.Contains(want[on], a) {
					out = append(out, fmt.Sprintf("%s is granted %s on %s, which %s does not do", role, a, on, f))
				}
			}
		}
		for on, does := range want {
			for _, a := range does {
				if !slices.Contains(granted[on], a) {
					out = append(out, fmt.Sprintf("%s is not granted %s on %s, which %s does", role, a, on, f))
				}
			}
		}
		out = append(out, t.wrongConditions(role)...)
	}
	return out
}

// wrongConditions: a table's key serves only who comes through DynamoDB; nothing else depends on a condition.
func (t template) wrongConditions(role string) []string {
	const through = "map[StringEquals:map[kms:ViaService:{Fn::Sub dynamodb.${AWS::Region}.amazonaws.com}]]"
	var out []string
	for _, p := range list(t.property(role, "Policies")) {
		for _, s := range list(at(p, "PolicyDocument", "Statement")) {
			key := slices.ContainsFunc(list(at(s, "Action")), func(a any) bool {
				return !strings.Contains(text(a), ":") || wild(strings.Split(text(a), ":")[0], "kms")
			})
			switch condition := at(s, "Condition"); {
			case key && fmt.Sprint(condition) != through:
				out = append(out, role+" may use a key by other ways than its table")
			case !key && condition != nil:
				out = append(out, fmt.Sprintf("%s may %v under a condition that this test does not know", role, at(s, "Action")))
			}
		}
	}
	return out
}
