// Package sms is what functions/sms is made of: Twilio's webhooks over conversations by text.
package sms

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/tellback/tellback/internal/app"
	"github.com/tellback/tellback/internal/conversation"
	"github.com/tellback/tellback/internal/intake"
	"github.com/tellback/tellback/internal/participant"
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

// Service holds conversations. It has no sender yet: a webhook answers with what it has to say.
func (p Parts) Service() *sms.Service {
	desk := intake.New(p.Reports, p.Keys, p.Catalog)
	desk.Now = p.Now
	receipt := func(key string) string { return p.Config.PublicURL + "/r/" + string(desk.ReceiptFor(key)) }
	return &sms.Service{
		People: p.People, Keys: p.Keys, Registry: participant.New(p.People, p.Keys), Desk: desk,
		Machine: conversation.Machine{Catalog: p.Catalog, ReceiptURL: receipt},
		Log:     p.Log, Now: p.Now,
	}
}

// New builds the function.
func New(p Parts) http.Handler {
	return twilio.NewHandler(p.Service(), p.Config.TwilioTokens, p.Config.PublicURL)
}
