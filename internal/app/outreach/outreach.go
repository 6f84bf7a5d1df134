// Package outreach is what functions/outreach is made of: conversations by text, begun by us.
package outreach

import (
	"context"

	"github.com/aws/aws-lambda-go/events"

	"github.com/tellback/tellback/internal/app"
	"github.com/tellback/tellback/internal/app/sms"
	"github.com/tellback/tellback/internal/outreach"
	"github.com/tellback/tellback/internal/participant"
	"github.com/tellback/tellback/internal/twilio"
)

// New builds the function out of what texting is made of, and Twilio's API.
func New(p sms.Parts) (app.ScheduledFunction, error) {
	c := p.Config
	sender, err := twilio.NewSender(twilio.Account{
		SID: c.TwilioAccount, Token: c.TwilioTokens[0], From: c.TwilioFrom, MessagingServiceSID: c.TwilioMessaging,
		StatusCallback: c.PublicURL + "/sms/status", BaseURL: c.TwilioAPI,
	})
	if err != nil {
		return nil, err
	}
	inviter := p.Service()
	inviter.Sender = sender
	runner := outreach.New(p.People, participant.New(p.People, p.Keys), p.Catalog, inviter)
	return func(ctx context.Context, _ events.EventBridgeEvent) (any, error) {
		return runner.Run(ctx, p.Now())
	}, nil
}
