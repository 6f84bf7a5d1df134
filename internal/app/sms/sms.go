// Package sms is what functions/sms is made of: conversations by text, over Twilio's webhooks and their fallback queue.
package sms

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	"github.com/tellback/tellback/internal/app"
	"github.com/tellback/tellback/internal/conversation"
	"github.com/tellback/tellback/internal/intake"
	"github.com/tellback/tellback/internal/lambdahttp"
	"github.com/tellback/tellback/internal/participant"
	"github.com/tellback/tellback/internal/personal"
	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/sms"
	"github.com/tellback/tellback/internal/table"
	"github.com/tellback/tellback/internal/twilio"
)

// Parts are what texting is made of.
type Parts struct {
	Config  app.Config
	Reports table.Table
	People  table.Table
	Keys    *phi.Keys
	Catalog *program.Catalog
	Now     func() time.Time
	Log     *slog.Logger
}

// Twilio is its API, as the configuration has it. No call takes longer than that.
func (p Parts) Twilio(timeout time.Duration) (*twilio.Sender, error) {
	c := p.Config
	return twilio.NewSender(twilio.Account{
		SID: c.TwilioAccount, Token: c.TwilioTokens[0], From: c.TwilioFrom, MessagingServiceSID: c.TwilioMessaging,
		StatusCallback: c.PublicURL + "/sms/status", BaseURL: c.TwilioAPI, Timeout: timeout,
	})
}

// Service holds conversations, and sends through Twilio what no webhook can be answered with.
func (p Parts) Service(post *twilio.Sender) *sms.Service {
	desk := intake.New(p.Reports, p.Keys, p.Catalog)
	desk.Now = p.Now
	receipt := func(key string) string { return p.Config.PublicURL + "/r/" + string(desk.ReceiptFor(key)) }
	links := &personal.Links{People: p.People, Keys: p.Keys, Now: p.Now}
	link := func(key string) string { return p.Config.PublicURL + "/p/" + links.Token(key) }
	return &sms.Service{
		People: p.People, Keys: p.Keys, Registry: participant.New(p.People, p.Keys), Desk: desk,
		Machine: conversation.Machine{Catalog: p.Catalog, ReceiptURL: receipt, LinkURL: link}, Links: links,
		Sender: post, Dispatcher: post, Journal: post, Log: p.Log, Now: p.Now,
	}
}

// Function is the whole function: one of its parts takes each kind of event.
type Function struct {
	Web   lambdahttp.Function
	Queue func(context.Context, events.SQSEvent) (events.SQSEventResponse, error)
}

// calling is how long one call of Twilio's API may take.
const calling = 4 * time.Second

// New builds the function.
func New(p Parts) (*Function, error) {
	post, err := p.Twilio(calling)
	if err != nil {
		return nil, err
	}
	service := p.Service(post)
	return &Function{
		Web:   lambdahttp.Adapt(twilio.NewHandler(service, p.Config.TwilioTokens, p.Config.PublicURL)),
		Queue: twilio.NewQueue(service, post, p.Config.TwilioTokens, p.Config.PublicURL, p.Log).Drain,
	}, nil
}

var errUnknown = errors.New("this is no event that functions/sms takes")

// Invoke tells by an event's own form what sent it: the API or the queue.
func (f *Function) Invoke(ctx context.Context, event []byte) ([]byte, error) {
	var is struct {
		RouteKey string                         `json:"routeKey"`
		Records  []struct{ EventSource string } `json:"Records"`
	}
	if err := json.Unmarshal(event, &is); err != nil {
		return nil, errUnknown // it could quote what was said
	}
	switch {
	case is.RouteKey != "":
		return lambda.NewHandler(f.Web).Invoke(ctx, event)
	case len(is.Records) > 0 && is.Records[0].EventSource == "aws:sqs":
		return lambda.NewHandler(f.Queue).Invoke(ctx, event)
	}
	return nil, errUnknown
}
