package aws_test

import (
	"fmt"
	"go/ast"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// grant is one action pattern on one resource pattern that a role allows.
type grant struct{ action, resource string }

// service is "dynamodb" of "dynamodb:GetItem".
func (g grant) service() string { s, _, _ := strings.Cut(g.action, ":"); return s }

// covers says whether g allows action on the resource, by the rules of IAM's wildcards.
func (g grant) covers(action, resource string) bool {
	return wild(strings.ToLower(g.action), strings.ToLower(action)) && wild(g.resource, resource)
}

// wild matches IAM patterns: * is any run of characters and ? is any one.
func wild(pattern, s string) bool {
	for len(pattern) > 0 {
		switch {
		case pattern[0] == '*':
			for n := 0; n <= len(s); n++ {
				if wild(pattern[1:], s[n:]) {
					return true
				}
			}
			return false
		case len(s) == 0 || pattern[0] != '?' && pattern[0] != s[0]:
			return false
		}
		pattern, s = pattern[1:], s[1:]
	}
	return len(s) == 0
}

// The account and region that stand for any.
const account, region = "111122223333", "eu-central-1"

// arn is what a policy's resource comes to: every name in it is made up after the logical name. "" when it can't be read.
func (t template) arn(v any) string {
	f, isFn := v.(fn)
	if !isFn {
		return text(v)
	}
	switch f.name {
	case "Fn::GetAtt":
		name, attribute, _ := strings.Cut(text(f.arg), ".")
		if base := t.resourceARN(name); attribute == "Arn" {
			return base
		} else if attribute == "StreamArn" && base != "" {
			return base + "/stream/2026-01-01"
		}
	case "Fn::Sub":
		pattern, ok := f.arg.(string)
		if !ok {
			return ""
		}
		for _, name := range placeholders(pattern) {
			var with string
			switch resource, attribute, _ := strings.Cut(name, "."); {
			case name == "AWS::Partition":
				with = "aws"
			case name == "AWS::Region":
				with = region
			case name == "AWS::AccountId":
				with = account
			case attribute == "Arn":
				with = t.resourceARN(resource)
			case t.parameters[name] != nil:
				with = text(at(t.parameters[name], "Default"))
			}
			if with == "" {
				return ""
			}
			pattern = strings.ReplaceAll(pattern, "${"+name+"}", with)
		}
		return pattern
	}
	return ""
}

func (t template) resourceARN(name string) string {
	where := region + ":" + account + ":"
	switch at(t.resources[name], "Type") {
	case "AWS::DynamoDB::Table":
		return "arn:aws:dynamodb:" + where + "table/" + name
	case "AWS::KMS::Key":
		return "arn:aws:kms:" + where + "key/" + name
	case "AWS::S3::Bucket":
		return "arn:aws:s3:::" + name
	case "AWS::SQS::Queue":
		return "arn:aws:sqs:" + where + name
	case "AWS::Logs::LogGroup":
		return "arn:aws:logs:" + where + "log-group:" + name + ":*"
	case "AWS::Serverless::Function":
		return "arn:aws:lambda:" + where + "function:" + name
	}
	return ""
}

// placeholders are the names in ${…} of a !Sub.
func placeholders(s string) []string {
	var out []string
	for {
		_, rest, ok := strings.Cut(s, "${")
		if !ok {
			return out
		}
		name, rest, _ := strings.Cut(rest, "}")
		if !strings.HasPrefix(name, "!") {
			out = append(out, name)
		}
		s = rest
	}
}

// grants reads a role's. Whatever could grant more than is written there is a problem, not a guess.
func (t template) grants(role string) (out []grant, problems []string) {
	wrong := func(f string, a ...any) { problems = append(problems, role+" "+fmt.Sprintf(f, a...)) }
	if at(t.resources[role], "Type") != "AWS::IAM::Role" {
		wrong("is no AWS::IAM::Role of this template")
		return nil, problems
	}
	if t.property(role, "ManagedPolicyArns") != nil {
		wrong("has managed policies, which are not written here")
	}
	for _, p := range list(t.property(role, "Policies")) {
		if len(object(at(p, "PolicyDocument"))) == 0 {
			wrong("has a policy that can't be read")
		}
		for _, s := range list(at(p, "PolicyDocument", "Statement")) {
			if at(s, "NotAction") != nil || at(s, "NotResource") != nil {
				wrong("grants everything but something")
			}
			if effect := at(s, "Effect"); effect == "Deny" {
				continue // it takes away, whatever it is
			} else if effect != "Allow" {
				wrong("has a statement that can't be read")
			}
			for _, a := range list(at(s, "Action")) {
				if _, plain := a.(string); !plain {
					wrong("grants %q, which can't be read", text(a))
				}
				for _, r := range list(at(s, "Resource")) {
					arn := t.arn(r)
					if arn == "" {
						wrong("grants %s on %q, which can't be read", text(a), text(r))
					}
					out = append(out, grant{text(a), arn})
				}
			}
		}
	}
	if len(out) == 0 {
		wrong("has no grants: the test reads the wrong place")
	}
	return out, problems
}

// role is the name of a function's role resource.
func (t template) role(function string) string { return ref(t.property(function, "Role")) }

// wrongRoles: one role a function, nothing granted besides, and no grant without a use in the code.
func wrongRoles(t template) []string {
	var out []string
	owner := map[string]string{}
	for _, f := range t.functions() {
		r := t.role(f)
		if other := owner[r]; other != "" {
			out = append(out, fmt.Sprintf("%s and %s share %s", other, f, r))
		}
		owner[r] = f
		for _, key := range []string{"Policies", "PolicyTemplates", "Connectors"} {
			if t.setting(f, key) != nil {
				out = append(out, f+" has "+key+" besides its role")
			}
		}
		if at(t.resources[f], "Connectors") != nil {
			out = append(out, f+" has Connectors, which grant besides its role")
		}
		for _, p := range list(t.property(r, "AssumeRolePolicyDocument", "Statement")) {
			if principal := object(at(p, "Principal")); len(principal) != 1 || principal["Service"] != "lambda.amazonaws.com" {
				out = append(out, r+" can be taken on by somebody else than Lambda")
			}
		}
		grants, problems := t.grants(r)
		out = append(append(out, problems...), t.wrongGrants(f, r, grants)...)
	}
	for name, r := range t.resources {
		switch kind := text(at(r, "Type")); {
		case strings.HasPrefix(kind, "AWS::IAM::") && kind != "AWS::IAM::Role", kind == "AWS::Serverless::Connector":
			out = append(out, fmt.Sprintf("%s is an %s: grants belong into the role of their function", name, kind))
		case slices.Contains([]string{"AWS::CloudFormation::Stack", "AWS::CloudFormation::CustomResource", "AWS::CloudFormation::Macro", "AWS::Serverless::Application"}, kind), strings.HasPrefix(kind, "Custom::"), kind == "":
			out = append(out, fmt.Sprintf("%s is of type %q and could make anything, unseen by these tests", name, kind))
		case kind == "AWS::DynamoDB::Table" && at(r, "Properties", "ResourcePolicy") != nil, kind == "AWS::KMS::Key" && at(r, "Properties", "KeyPolicy") != nil:
			out = append(out, name+" has a policy of its own: grants belong into the role of their function")
		}
	}
	return out
}

// wrongGrants holds one role's grants against its function: what it is told of it may use, by calls that the code
// makes, and nothing else.
func (t template) wrongGrants(f, role string, grants []grant) []string {
	var out []string
	wrong := func(s string, a ...any) { out = append(out, role+" "+fmt.Sprintf(s, a...)) }
	needed := map[string][]string{} // ARN → the actions that one can't do without
	streams := false
	need := func(v any, suffix string, actions ...string) {
		if a := t.arn(v); a != "" {
			needed[a+suffix] = append(needed[a+suffix], actions...)
		}
	}
	for v, to := range object(t.property(f, "Environment", "Variables")) {
		name := ref(to)
		switch path, secret := strings.CutPrefix(t.arn(to), "ssm:"); {
		case strings.HasSuffix(v, "_TABLE"):
			need(fn{"Fn::GetAtt", name + ".Arn"}, "", "dynamodb:GetItem")
			need(fn{"Fn::GetAtt", strings.TrimSuffix(name, "Table") + "Key.Arn"}, "", "kms:Decrypt", "kms:DescribeKey")
		case strings.HasSuffix(v, "_BUCKET"):
			need(fn{"Fn::GetAtt", name + ".Arn"}, "/*", "s3:GetObject")
			need(fn{"Fn::GetAtt", name + ".Arn"}, "", "s3:ListBucket")
		case secret:
			needed["arn:aws:ssm:"+region+":"+account+":parameter"+path] = []string{"ssm:GetParameters"}
		}
	}
	need(fn{"Fn::GetAtt", ref(at(t.setting(f, "LoggingConfig"), "LogGroup")) + ".Arn"}, "", "logs:CreateLogStream", "logs:PutLogEvents")
	for _, e := range object(t.property(f, "Events")) {
		need(at(e, "Properties", "DestinationConfig", "OnFailure", "Destination"), "", "sqs:SendMessage")
		need(at(e, "Properties", "Queue"), "", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
		if stream := at(e, "Properties", "Stream"); stream != nil {
			streams = true
			need(stream, "", "dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator")
			need(fn{"Fn::GetAtt", ref(stream) + ".Arn"}, "/stream/*", "dynamodb:ListStreams")
			need(fn{"Fn::GetAtt", strings.TrimSuffix(ref(stream), "Table") + "Key.Arn"}, "", "kms:Decrypt", "kms:DescribeKey")
		}
	}
	need(at(t.property(f, "EventInvokeConfig"), "DestinationConfig", "OnFailure", "Destination"), "", "sqs:SendMessage")
	for resource, actions := range needed {
		for _, a := range actions {
			if !slices.ContainsFunc(grants, func(g grant) bool { return g.covers(a, resource) }) {
				wrong("lacks %s on %s", a, resource)
			}
		}
	}
	made, err := calls()
	if err != nil {
		return append(out, err.Error())
	}
	for _, g := range grants {
		if g.service() == "xray" && g.resource == "*" {
			continue
		}
		if _, ok := needed[g.resource]; !ok {
			wrong("is granted %s on %s, which %s is not told of", g.action, g.resource, f)
		}
		stream := streams && strings.Contains(g.resource, "/stream/")
		if slices.Contains([]string{"dynamodb", "s3", "ssm"}, g.service()) && !stream && !slices.Contains(made, g.action) {
			wrong("is granted %s, which the code never calls", g.action)
		}
	}
	return out
}

// tools are calls that only the local program, tests and commands make.
var tools = []string{"Scan"}

// calls are the actions that the engines' calls of AWS need, read once from their source.
var calls = sync.OnceValues(func() ([]string, error) {
	out := map[string]bool{"s3:ListBucket": true} // without it a missing object reads as forbidden
	for service, dir := range map[string]string{"dynamodb": "table/dynamo", "s3": "archive/s3", "ssm": "cloud"} {
		parsed, err := code(filepath.Join(root, "internal", dir))
		if err != nil {
			return nil, err
		}
		for _, file := range parsed {
			ast.Inspect(file, func(n ast.Node) bool {
				method, ok := n.(*ast.SelectorExpr) // called, or kept to be called
				if !ok {
					return true
				}
				on := ""
				switch x := method.X.(type) {
				case *ast.Ident:
					on = x.Name
				case *ast.SelectorExpr:
					on = x.Sel.Name
				}
				if on == "client" && !slices.Contains(tools, method.Sel.Name) {
					out[service+":"+method.Sel.Name] = true
				}
				return true
			})
		}
	}
	if out["dynamodb:TransactWriteItems"] {
		for _, a := range []string{"dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:ConditionCheckItem"} {
			out[a] = true
		}
	}
	return slices.Sorted(maps.Keys(out)), nil
})
