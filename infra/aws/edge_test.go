package aws_test

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// The web ACL stops floods of webhooks alone, lets the others through before anything else, and looks into nobody's words.
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
	webhooks := func(statement any) bool {
		m := at(statement, "ByteMatchStatement")
		return text(at(m, "SearchString")) == "/sms/" && text(at(m, "PositionalConstraint")) == "STARTS_WITH" && at(m, "FieldToMatch", "UriPath") != nil
	}
	flood := at(rules[0], "Statement", "RateBasedStatement")
	if at(rules[0], "Action", "Block") == nil || !webhooks(at(flood, "ScopeDownStatement")) || text(at(flood, "AggregateKeyType")) != "IP" {
		t.Error("a flood of webhooks from one address is not stopped")
	}
	// Half of the default rate of a route, or one address takes all of it; and more than Twilio's few ever send.
	main, err := parse(source(t))
	if err != nil {
		t.Fatal(err)
	}
	perSecond, _ := main.number(fn{"Ref", "RequestsPerSecond"})
	if most, ok := tmpl.number(at(flood, "Limit")); !ok || most < 10000 || most > perSecond*300/2 {
		t.Errorf("one address may send %d webhooks in five minutes, and a route takes %d", most, perSecond*300)
	}
	if at(rules[1], "Action", "Allow") == nil || !webhooks(at(rules[1], "Statement")) {
		t.Error("webhooks are not let through before what looks at addresses")
	}
	for _, r := range rules[2:] {
		s := object(at(r, "Statement"))
		// The one managed group here goes by addresses. Those that look into bodies take a story for an attack.
		if group := text(at(s["ManagedRuleGroupStatement"], "Name")); len(s) != 1 || s["RateBasedStatement"] == nil && group != "AWSManagedRulesAmazonIpReputationList" {
			t.Errorf("rule %s may look into what people wrote", text(at(r, "Name")))
		}
	}
}
