// Package outreach is what functions/outreach is made of: conversations by text, begun by us, and texts that never came in.
package outreach

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/tellback/tellback/internal/app"
	"github.com/tellback/tellback/internal/app/sms"
	"github.com/tellback/tellback/internal/lesson"
	"github.com/tellback/tellback/internal/outreach"
	"github.com/tellback/tellback/internal/participant"
	texting "github.com/tellback/tellback/internal/sms"
	"github.com/tellback/tellback/internal/table"
)

const (
	// calling is how long one call of Twilio's API may take.
	calling = 10 * time.Second
	// listening is how much of a run may go by on texts that were missed. The next run goes on where it ends.
	listening = 45 * time.Second
	// maxGoOn is how many conversations go on in a run that wait for nothing but it; the next run goes on where it ends.
	maxGoOn = 200
)

// Summary is what a run did.
type Summary struct {
	outreach.Summary
	Reconciled texting.Reconciled
	WentOn     texting.WentOn
}

// New builds the function out of what texting is made of, and Twilio's API. Each run listens first, whether there are
// texts that never came in: nobody is asked anything that they have answered already. Of learning only lessons
// are read.
func New(p sms.Parts, learning table.Table) (app.ScheduledFunction, error) {
	post, err := p.Twilio(calling)
	if err != nil {
		return nil, err
	}
	service := p.Service(post)
	reconciler := &texting.Reconciler{Service: service, Post: post, Table: p.People}
	runner := &outreach.Runner{
		People: p.People, Registry: participant.New(p.People, p.Keys), Catalog: p.Catalog, Messenger: service, Outbox: service,
		Lessons: lesson.Shelf{Learning: learning}, Now: p.Now, PerSecond: p.Config.TwilioPerSecond,
	}
	return func(ctx context.Context, _ events.EventBridgeEvent) (any, error) {
		var sum Summary
		var missed, on, due error
		sum.Reconciled, missed = reconcile(ctx, reconciler, p.Now())
		sum.WentOn, on = service.GoOnAll(ctx, maxGoOn)
		sum.Summary, due = runner.Run(ctx)
		return sum, errors.Join(missed, on, due)
	}, nil
}

func reconcile(ctx context.Context, r *texting.Reconciler, now time.Time) (texting.Reconciled, error) {
	ctx, cancel := context.WithTimeout(ctx, listening)
	defer cancel()
	return r.Run(ctx, now)
}
