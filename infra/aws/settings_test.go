package aws_test

import (
	"fmt"
	"strconv"
	"strings"
)

// settings are what must be written as it is, in every resource of its type that has it or not.
var settings = []struct{ kind, path, want string }{
	{"AWS::Serverless::HttpApi", "StageName", "$default"}, // else the stage's name is part of the address that Twilio signs
	{"AWS::Serverless::HttpApi", "DisableExecuteApiEndpoint", "{Fn::If [HasRegionalDomain true false]}"},
	{"AWS::S3::Bucket", "VersioningConfiguration Status", "Enabled"},
	{"AWS::S3::Bucket", "ObjectLockConfiguration ObjectLockEnabled", "Enabled"},
	{"AWS::S3::Bucket", "ObjectLockConfiguration Rule DefaultRetention Mode", "GOVERNANCE"},
	{"AWS::S3::Bucket", "LifecycleConfiguration Rules", "[map[AbortIncompleteMultipartUpload:map[DaysAfterInitiation:1] Id:broken-off-uploads Status:Enabled]]"},
	{"AWS::CloudFront::Distribution", "DistributionConfig DefaultCacheBehavior AllowedMethods", "[GET HEAD OPTIONS PUT PATCH POST DELETE]"},
	{"AWS::CloudFront::Distribution", "DistributionConfig DefaultCacheBehavior CachePolicyId", "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"},         // CachingDisabled
	{"AWS::CloudFront::Distribution", "DistributionConfig DefaultCacheBehavior OriginRequestPolicyId", "b689b0a8-53d0-40ab-baf2-68738e2966ac"}, // AllViewerExceptHostHeader
	{"AWS::CloudFront::Distribution", "DistributionConfig DefaultCacheBehavior ViewerProtocolPolicy", "redirect-to-https"},
	{"AWS::CloudFront::Distribution", "DistributionConfig ViewerCertificate MinimumProtocolVersion", "TLSv1.2_2021"},
	{"AWS::CloudFront::Distribution", "DistributionConfig WebACLId", "{Fn::If [HasWebAcl {Ref EdgeWebAclArn} {Ref AWS::NoValue}]}"},
	{"AWS::KMS::Key", "EnableKeyRotation", "true"},
}

// publicURL is the address that people see and Twilio signs.
const publicURL = "{Fn::If [HasDomain {Fn::Sub https://${DomainName}} {Ref PublicUrl}]}"

func wrongSettings(t template) []string {
	var out []string
	for _, s := range settings {
		for _, name := range t.of(s.kind) {
			if got := fmt.Sprint(t.property(name, strings.Fields(s.path)...)); got != s.want {
				out = append(out, fmt.Sprintf("%s: %s is %s, not %s", name, s.path, got, s.want))
			}
		}
	}
	// The pages on deploying name these, and the first deployment's address is known by nothing else.
	for _, name := range []string{"ApiUrl", "Releases", "Alarms", "RegionalTarget", "EdgeTarget"} {
		if t.outputs[name] == nil {
			out = append(out, "there is no output "+name)
		}
	}
	for _, f := range t.functions() {
		// A new name would be a new alias, to which the API goes over at once and not by canary.
		if alias := t.setting(f, "AutoPublishAlias"); alias != nil && alias != "live" {
			out = append(out, fmt.Sprintf("%s has the alias %q, not live", f, text(alias)))
		}
		if v := t.property(f, "Environment", "Variables", "TELLBACK_PUBLIC_URL"); v != nil && fmt.Sprint(v) != publicURL {
			out = append(out, fmt.Sprintf("%s has the public URL %v, not the domain's where there is one", f, v))
		}
		// What was measured (infra/decisions/cold-start.md); release solves linear programs and needs a whole processor.
		want := 512
		if f == "ReleaseFunction" {
			want = 1769
		}
		if got, _ := t.number(t.setting(f, "MemorySize")); got != want {
			out = append(out, fmt.Sprintf("%s has %d MB, not %d", f, got, want))
		}
	}
	for _, s := range t.sources("SQS") { // Lambda takes no less than two
		out = append(out, t.within(s, "ScalingConfig MaximumConcurrency", 2, 1000)...)
	}
	if got, _ := t.number(t.setting("ReleaseFunction", "Timeout")); got < 600 {
		out = append(out, fmt.Sprintf("ReleaseFunction has %d s for all programs of a night", got))
	}
	for _, s := range t.sources("ScheduleV2") {
		if s.function == "OutreachFunction" {
			out = append(out, t.wrongRounds(s)...)
		}
	}
	return out
}

// wrongRounds: reminders are due by the minute, and a round ends before the next one starts.
func (t template) wrongRounds(s eventSource) []string {
	expression := text(s.properties["ScheduleExpression"])
	inner, ok := strings.CutPrefix(expression, "rate(")
	value, unit, _ := strings.Cut(strings.TrimSuffix(inner, ")"), " ")
	minutes, err := strconv.Atoi(value)
	if !ok || err != nil || strings.TrimSuffix(unit, "s") != "minute" || minutes > 15 {
		return []string{fmt.Sprintf("%s is due at %s, and somebody may wait for longer than 15 minutes", s.is(), expression)}
	}
	if seconds, _ := t.number(t.setting(s.function, "Timeout")); seconds > minutes*60 {
		return []string{fmt.Sprintf("%s may take %d s, longer than until the next round", s.is(), seconds)}
	}
	return nil
}
