package aws_test

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// The web ACL lets Twilio's webhooks through before anything else, and looks into nobody's words.
func TestTheEdgeLosesNoText(t *testing.T) {
	raw, err := os.ReadFile("edge.yaml")
	if err != nil {
		t.Fatal(err)
	}
	tmpl, err := parse(string(raw))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range wrongReferences(tmpl) {
		t.Error(p)
	}
	acls := tmpl.of("AWS::WAFv2::WebACL")
	if len(acls) != 1 || tmpl.property(acls[0], "Scope") != "CLOUDFRONT" || ref(at(tmpl.outputs["WebAclArn"], "Value")) != acls[0] {
		t.Fatalf("the template wants the ARN of one web ACL for CloudFront: %v", acls)
	}
	rules := list(tmpl.property(acls[0], "Rules"))
	slices.SortFunc(rules, func(a, b any) int { return strings.Compare(text(at(a, "Priority")), text(at(b, "Priority"))) })
	first := at(rules[0], "Statement", "ByteMatchStatement")
	if at(rules[0], "Action", "Allow") == nil || text(at(first, "SearchString")) != "/sms/" || text(at(first, "PositionalConstraint")) != "STARTS_WITH" || at(first, "FieldToMatch", "UriPath") == nil {
		t.Error("webhooks are not let through first")
	}
	for _, r := range rules[1:] {
		s := object(at(r, "Statement"))
		// The one managed group here goes by addresses. Those that look into bodies take a story for an attack.
		if group := text(at(s["ManagedRuleGroupStatement"], "Name")); len(s) != 1 || s["RateBasedStatement"] == nil && group != "AWSManagedRulesAmazonIpReputationList" {
			t.Errorf("rule %s may look into what people wrote", text(at(r, "Name")))
		}
	}
}
