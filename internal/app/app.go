// Package app builds what each function starts: its handler, from its configuration and the stores that it is given.
// The same handlers run on AWS Lambda and on one machine.
package app

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/tellback/tellback/internal/api"
	"github.com/tellback/tellback/internal/conversation"
	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/intake"
	"github.com/tellback/tellback/internal/learning"
	"github.com/tellback/tellback/internal/outreach"
	"github.com/tellback/tellback/internal/participant"
	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/record"
	"github.com/tellback/tellback/internal/release"
	"github.com/tellback/tellback/internal/sms"
	"github.com/tellback/tellback/internal/staff"
	"github.com/tellback/tellback/internal/table"
	"github.com/tellback/tellback/internal/twilio"
	"github.com/tellback/tellback/internal/webform"
)

// Parts are what functions are made of. Each function uses some; what it does not use may be nil.
type Parts struct {
	Config  Config
	Reports table.Table // sms, web, outreach
	People  table.Table // sms, web, outreach
	// Learning is the ledger and the list of releases: aggregate, release; web and export read it.
	Learning table.Table
	Archive  release.Archive // release; web and export read it
	Signer   release.Signer  // release
	Keys     *phi.Keys       // all but aggregate and release
	Catalog  *program.Catalog
	Now      func() time.Time
	Random   io.Reader
	Log      *slog.Logger
	HTTP     *http.Client // to the staff's issuer; nil for the default
}

// ScheduledFunction is the signature of functions/release and functions/outreach. What it gives is a summary for the log.
type ScheduledFunction = func(context.Context, events.EventBridgeEvent) (any, error)

// AggregateFunction is the signature of functions/aggregate.
type AggregateFunction = func(context.Context, events.DynamoDBTimeWindowEvent) (events.DynamoDBTimeWindowEventResponse, error)

func (p Parts) desk() *intake.Desk {
	d := intake.New(p.Reports, p.Keys, p.Catalog)
	d.Now = p.Now
	return d
}

func (p Parts) texting(desk *intake.Desk) *sms.Service {
	receipt := func(key string) string { return p.Config.PublicURL + "/r/" + string(desk.ReceiptFor(key)) }
	return &sms.Service{
		People: p.People, Keys: p.Keys, Registry: participant.New(p.People, p.Keys), Desk: desk,
		Machine: conversation.Machine{Catalog: p.Catalog, ReceiptURL: receipt},
		Log:     p.Log, Now: p.Now,
	}
}

func (p Parts) sender() (*twilio.Sender, error) {
	c := p.Config
	return twilio.NewSender(twilio.Account{
		SID: c.TwilioAccount, Token: c.TwilioTokens[0], From: c.TwilioFrom, MessagingServiceSID: c.TwilioMessaging,
		StatusCallback: c.PublicURL + "/sms/status", BaseURL: c.TwilioAPI,
	})
}

// SMS builds functions/sms.
func (p Parts) SMS() http.Handler {
	return twilio.NewHandler(p.texting(p.desk()), p.Config.TwilioTokens, p.Config.PublicURL)
}

// Web builds functions/web: forms, receipts, the public learning record and the API.
func (p Parts) Web() http.Handler {
	desk, registry := p.desk(), participant.New(p.People, p.Keys)
	forms := webform.New(desk, registry, p.Catalog, p.Keys, p.Now, p.Random, p.Log)
	mux := http.NewServeMux()
	mux.Handle("/v1/programs/", api.New(desk, registry, p.Catalog, p.Config.Clients, p.Now))
	learn := record.New(release.NewRecord(p.Learning, p.Archive), p.Catalog, p.Log)
	mux.Handle("/learn/", learn)
	mux.Handle("/v1/learning/", learn)
	mux.HandleFunc("/healthz", p.health)
	mux.HandleFunc("/v1/", func(w http.ResponseWriter, _ *http.Request) {
		fault.WriteProblem(w, fault.New(fault.NotFound, "There is nothing at this address."))
	})
	mux.Handle("/", forms)
	return mux
}

// health answers 200 when every store answers. Not finding an item is an answer.
func (p Parts) health(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 3*time.Second)
	defer cancel()
	for _, t := range []table.Table{p.Reports, p.People, p.Learning} {
		if _, err := t.Get(ctx, table.Key{Partition: "HEALTH", Sort: "HEALTH"}); err != nil && !errors.Is(err, table.ErrNotFound) {
			p.Log.ErrorContext(ctx, "a store does not answer", "error", err.Error())
			fault.WriteProblem(w, fault.Wrap(fault.Unavailable, err, "A store does not answer."))
			return
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = io.WriteString(w, `{"status":"ok"}`+"\n")
}

// Export builds functions/export: staff sign-in, dashboard and exports.
func (p Parts) Export() http.Handler {
	return staff.New(staff.Config{
		PublicURL: p.Config.PublicURL, Issuer: p.Config.OIDCIssuer, ClientID: p.Config.OIDCClient, ClientSecret: p.Config.OIDCSecret, HTTP: p.HTTP,
	}, release.NewRecord(p.Learning, p.Archive), p.Catalog, p.Keys, p.Log)
}

// Aggregate builds functions/aggregate.
func (p Parts) Aggregate() AggregateFunction { return learning.Handler(learning.NewLedger(p.Learning)) }

// Release builds functions/release.
func (p Parts) Release() ScheduledFunction {
	closer := release.NewCloser(learning.NewLedger(p.Learning), p.Learning, p.Archive, p.Signer, p.Catalog, p.Log)
	return func(ctx context.Context, _ events.EventBridgeEvent) (any, error) {
		published, err := closer.Run(ctx, p.Now())
		if err != nil {
			return nil, err
		}
		return map[string]any{"published": published}, nil
	}
}

// Outreach builds functions/outreach.
func (p Parts) Outreach() (ScheduledFunction, error) {
	sender, err := p.sender()
	if err != nil {
		return nil, err
	}
	inviter := p.texting(p.desk())
	inviter.Sender = sender
	runner := outreach.New(p.People, participant.New(p.People, p.Keys), p.Catalog, inviter)
	return func(ctx context.Context, _ events.EventBridgeEvent) (any, error) {
		return runner.Run(ctx, p.Now())
	}, nil
}
