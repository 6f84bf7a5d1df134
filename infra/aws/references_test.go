package aws_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

var pseudo = []string{"AWS::AccountId", "AWS::NoValue", "AWS::Partition", "AWS::Region", "AWS::StackName", "AWS::URLSuffix"}

// walk visits every value under v, with whether an !If stands above it.
func walk(v any, conditional bool, visit func(v any, conditional bool)) {
	visit(v, conditional)
	switch v := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			walk(v[k], conditional, visit)
		}
	case []any:
		for _, one := range v {
			walk(one, conditional, visit)
		}
	case fn:
		walk(v.arg, conditional || v.name == "Fn::If", visit)
	}
}

// named are the resources and parameters that a value names itself, and the conditions.
func named(v any) (names, conditions []string) {
	f, ok := v.(fn)
	if !ok {
		return nil, nil
	}
	switch f.name {
	case "Ref", "Fn::GetAtt":
		return []string{ref(f)}, nil
	case "Fn::Sub":
		pattern := text(f.arg)
		if pattern == "" && len(list(f.arg)) > 0 {
			pattern = text(list(f.arg)[0])
		}
		for _, p := range placeholders(pattern) {
			name, _, _ := strings.Cut(p, ".")
			names = append(names, name)
		}
	case "Condition":
		return nil, []string{text(f.arg)}
	case "Fn::If":
		return nil, []string{text(list(f.arg)[0])}
	}
	return names, nil
}

// implies says whether condition a can only hold where b does.
func (t template) implies(a, b string) bool {
	if a == b {
		return true
	}
	f, _ := t.conditions[a].(fn)
	return f.name == "Fn::And" && slices.ContainsFunc(list(f.arg), func(one any) bool {
		c, ok := one.(fn)
		return ok && c.name == "Condition" && t.implies(text(c.arg), b)
	})
}

func wrongReferences(t template) []string {
	var out []string
	used := map[string]bool{}
	check := func(where, condition string, v any) {
		walk(v, false, func(v any, conditional bool) {
			names, conditions := named(v)
			for _, c := range conditions {
				used[c] = true
				if t.conditions[c] == nil {
					out = append(out, fmt.Sprintf("%s depends on condition %s, which there is not", where, c))
				}
			}
			for _, n := range names {
				used[n] = true
				switch needs := text(at(t.resources[n], "Condition")); {
				case slices.Contains(pseudo, n) || t.parameters[n] != nil:
				case t.resources[n] == nil:
					out = append(out, fmt.Sprintf("%s names %s, which there is not", where, n))
				case needs != "" && !conditional && !t.implies(condition, needs):
					out = append(out, fmt.Sprintf("%s names %s, which there is only if %s", where, n, needs))
				}
			}
		})
	}
	for _, part := range []map[string]any{t.resources, t.outputs} {
		for _, name := range slices.Sorted(maps.Keys(part)) {
			c := text(at(part[name], "Condition"))
			if used[c] = true; c != "" && t.conditions[c] == nil {
				out = append(out, fmt.Sprintf("%s depends on condition %s, which there is not", name, c))
			}
			check(name, c, part[name])
		}
	}
	check("Globals", "", t.globals)
	check("Rules", "", t.rules)
	check("Conditions", "", t.conditions)
	for _, part := range []map[string]any{t.parameters, t.conditions} {
		for _, name := range slices.Sorted(maps.Keys(part)) {
			if !used[name] {
				out = append(out, "nothing uses "+name)
			}
		}
	}
	return out
}

// kept are the types whose loss would lose what people told.
var kept = []string{"AWS::DynamoDB::Table", "AWS::KMS::Key", "AWS::S3::Bucket"}

func wrongKeeping(t template) []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(t.resources)) {
		r := t.resources[name]
		deleted, replaced := text(at(r, "DeletionPolicy")), text(at(r, "UpdateReplacePolicy"))
		if deleted != replaced {
			out = append(out, fmt.Sprintf("%s has DeletionPolicy %q and UpdateReplacePolicy %q", name, deleted, replaced))
		}
		if slices.Contains(kept, text(at(r, "Type"))) && deleted != "Retain" {
			out = append(out, name+" goes with its stack")
		}
	}
	for _, b := range t.of("AWS::S3::Bucket") {
		for _, keys := range [][]string{{"ObjectLockEnabled"}, {"VersioningConfiguration", "Status"}, {"ObjectLockConfiguration", "Rule", "DefaultRetention", "Days"},
			{"BucketEncryption", "ServerSideEncryptionConfiguration"}, {"LifecycleConfiguration", "Rules"}} {
			if t.property(b, keys...) == nil {
				out = append(out, fmt.Sprintf("%s has no %s", b, strings.Join(keys, ".")))
			}
		}
		for _, k := range []string{"BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"} {
			if text(t.property(b, "PublicAccessBlockConfiguration", k)) != "true" {
				out = append(out, fmt.Sprintf("%s does not block the public by %s", b, k))
			}
		}
		secure := slices.ContainsFunc(t.of("AWS::S3::BucketPolicy"), func(p string) bool {
			return ref(t.property(p, "Bucket")) == b && slices.ContainsFunc(list(t.property(p, "PolicyDocument", "Statement")), func(s any) bool {
				return at(s, "Effect") == "Deny" && at(s, "Action") == "s3:*" && at(s, "Principal") == "*" && text(at(s, "Condition", "Bool", "aws:SecureTransport")) == "false"
			})
		})
		if !secure {
			out = append(out, b+" can be read without TLS")
		}
	}
	return out
}

// wrongSecrets: whatever is a secret is named, never written, here and in what CloudFormation keeps of parameters.
func wrongSecrets(t template) []string {
	var out []string
	secret := func(name string) bool {
		for _, w := range []string{"TOKEN", "SECRET", "PASSWORD", "KEYSET", "RELEASE_KEY", "CLIENTS"} {
			if strings.Contains(strings.ToUpper(name), w) {
				return true
			}
		}
		return false
	}
	for name := range t.parameters {
		if secret(name) {
			out = append(out, "parameter "+name+" would be a secret in plain")
		}
	}
	for _, f := range t.functions() {
		for name, v := range object(t.property(f, "Environment", "Variables")) {
			if secret(name) && !strings.HasPrefix(t.arn(v), "ssm:/tellback/") {
				out = append(out, fmt.Sprintf("%s has %s in plain", f, name))
			}
		}
	}
	walk(t.resources, false, func(v any, _ bool) {
		if s, ok := v.(string); ok && strings.Contains(s, "{{resolve:") {
			out = append(out, "a secret is resolved into the stack: "+s)
		}
	})
	return out
}
