package sms_test

import (
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"github.com/tellback/tellback/internal/app/sms"
)

func TestAnEventIsToldByItsForm(t *testing.T) {
	var taken string
	f := &sms.Function{
		Web: func(context.Context, events.APIGatewayV2HTTPRequest) (out events.APIGatewayV2HTTPResponse, err error) {
			taken = "web"
			return out, nil
		},
		Queue: func(_ context.Context, e events.SQSEvent) (out events.SQSEventResponse, err error) {
			taken = "queue " + e.Records[0].Body
			return out, nil
		},
	}
	for event, want := range map[string]string{
		`{"version":"2.0","routeKey":"POST /sms/inbound","rawPath":"/sms/inbound"}`:            "web",
		`{"Records":[{"eventSource":"aws:sqs","body":"x=y"}]}`:                                 "queue x=y",
		`{"version":"0","detail-type":"Scheduled Event","source":"aws.scheduler","detail":{}}`: "",
		`{"Records":[{"eventSource":"aws:dynamodb"}]}`:                                         "",
		`{"Records":[]}`: "",
		`{}`:             "",
		`["canary"]`:     "",
		`canary`:         "",
	} {
		taken = ""
		_, err := f.Invoke(context.Background(), []byte(event))
		if taken != want || (err != nil) != (want == "") {
			t.Errorf("%s was taken by %q, want %q (%v)", event, taken, want, err)
		}
		if err != nil && strings.Contains(err.Error(), "canary") {
			t.Errorf("an error quotes the event: %v", err)
		}
	}
}
