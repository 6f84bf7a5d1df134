package aws_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tellback/tellback/internal/sms"
	"github.com/tellback/tellback/internal/twilio"
)

// bareRoute is a route of the API's own definition: no function stands behind it.
type bareRoute struct {
	api, method, path string
	integration       any
}

func (r bareRoute) key() string { return strings.ToUpper(r.method) + " " + r.path }

func (t template) bare() []bareRoute {
	var out []bareRoute
	for _, api := range t.of("AWS::Serverless::HttpApi") {
		for path, methods := range object(t.property(api, "DefinitionBody", "paths")) {
			for method, m := range object(methods) {
				out = append(out, bareRoute{api, method, path, at(m, "x-amazon-apigateway-integration")})
			}
		}
	}
	return out
}

// wrongDoor: what Twilio posts to its fallback URL is kept with no function, no table and no key of ours in the way, as it
// came and with its signature; the API can do nothing else, and Twilio makes nothing of the answer.
func wrongDoor(t template) []string {
	var out []string
	door := "POST " + twilio.FallbackPath
	found := false
	for _, r := range t.bare() {
		if r.key() != door {
			out = append(out, r.key()+" is in the definition, and no function answers it")
			continue
		}
		found = true
		out = append(out, t.wrongIntegration(door, r.integration)...)
	}
	if !found {
		out = append(out, "there is no "+door+" in the API's definition")
	}
	for _, r := range t.routes() {
		if f, key, _ := strings.Cut(r, " "); key == door {
			out = append(out, fmt.Sprintf("%s has the function %s behind it", door, f))
		}
	}
	for name, r := range t.resources {
		if kind := text(at(r, "Type")); slices.Contains([]string{"AWS::ApiGatewayV2::Route", "AWS::ApiGatewayV2::Integration", "AWS::ApiGatewayV2::Authorizer"}, kind) {
			out = append(out, fmt.Sprintf("%s is an %s, which does not go together with an API's definition", name, kind))
		}
	}
	return out
}

func (t template) wrongIntegration(door string, i any) []string {
	var out []string
	for key, want := range map[string]string{
		"type": "aws_proxy", "integrationSubtype": "SQS-SendMessage", "payloadFormatVersion": "1.0",
		"requestParameters MessageBody":                        "$request.body",
		"responseParameters 200 overwrite:statuscode":          "204",
		"responseParameters 200 overwrite:header.content-type": "text/xml",
	} {
		if got := text(at(i, strings.Fields(key)...)); got != want {
			out = append(out, fmt.Sprintf("%s: %s is %q, not %q", door, key, got, want))
		}
	}
	var attributes map[string]struct{ DataType, StringValue string }
	signature := struct{ DataType, StringValue string }{"String", "${request.header.x-twilio-signature}"}
	err := json.Unmarshal([]byte(text(at(i, "requestParameters", "MessageAttributes"))), &attributes)
	if err != nil || len(attributes) != 1 || attributes[twilio.SignatureAttribute] != signature {
		out = append(out, fmt.Sprintf("%s: MessageAttributes don't carry the signature as %s", door, twilio.SignatureAttribute))
	}
	queue := ref(at(i, "requestParameters", "QueueUrl"))
	if at(t.resources[queue], "Type") != "AWS::SQS::Queue" {
		return append(out, fmt.Sprintf("%s goes to %q, which is no queue", door, queue))
	}
	role := ref(at(i, "credentials"))
	grants, problems := t.grants(role)
	out = append(out, problems...)
	for _, g := range grants {
		if want := (grant{"sqs:SendMessage", t.resourceARN(queue)}); g != want {
			out = append(out, fmt.Sprintf("%s may %s on %s, and needs no more than to fill %s", role, g.action, g.resource, queue))
		}
	}
	for _, s := range list(t.property(role, "AssumeRolePolicyDocument", "Statement")) {
		if principal := object(at(s, "Principal")); len(principal) != 1 || principal["Service"] != "apigateway.amazonaws.com" {
			out = append(out, role+" can be taken on by somebody else than the API")
		}
	}
	return append(out, t.wrongDrain(queue)...)
}

// wrongDrain: one function takes from the queue, each text for itself, and what it can't take for a day is not forgotten.
func (t template) wrongDrain(queue string) []string {
	var out, readers []string
	for _, s := range t.sources("SQS") {
		if r := list(s.properties["FunctionResponseTypes"]); len(r) != 1 || r[0] != "ReportBatchItemFailures" {
			out = append(out, s.is()+": without ReportBatchItemFailures one text would fail its whole batch")
		}
		out = append(out, t.within(s, "BatchSize", 1, 10)...)
		if ref(s.properties["Queue"]) == queue {
			readers = append(readers, s.function)
		}
	}
	if len(readers) != 1 || readers[0] != "SmsFunction" {
		out = append(out, fmt.Sprintf("%s is drained by %v", queue, readers))
	}
	hidden, _ := t.number(t.property(queue, "VisibilityTimeout"))
	again := time.Duration(hidden) * time.Second
	if again <= sms.Lease {
		out = append(out, fmt.Sprintf("%s hides a message for %d s, less than somebody may be answering it", queue, hidden))
	}
	dead := ref(t.property(queue, "RedrivePolicy", "deadLetterTargetArn"))
	if dead == queue || at(t.resources[dead], "Type") != "AWS::SQS::Queue" {
		return append(out, fmt.Sprintf("%s has no queue for what it gives up", queue))
	}
	if most, _ := t.number(t.property(queue, "RedrivePolicy", "maxReceiveCount")); most > 1000 || time.Duration(most)*again < 24*time.Hour {
		out = append(out, fmt.Sprintf("a text in %s is given up after %d tries: Amazon allows 1,000, and a table may be down for a day", queue, most))
	}
	return out
}
