package twilio

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	api "github.com/twilio/twilio-go/rest/api/v2010"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/sms"
)

// Account is what it takes to send.
type Account struct {
	SID                 string // AC…
	Token               string // auth token, or an API key's secret when Key is set
	Key                 string // SK…, optional
	From                string // the number to send from, unless MessagingServiceSID is set
	MessagingServiceSID string // MG…
	StatusCallback      string // where delivery receipts go; may be empty
	// BaseURL, unless empty, takes the place of https://api.twilio.com: a local stand-in.
	BaseURL string
	// Timeout of one call; 0 is ten seconds. The caller's deadline holds as well.
	Timeout time.Duration
	// Transport carries the calls; nil is http.DefaultTransport.
	Transport http.RoundTripper
}

// Sender sends texts through Twilio's REST API, and reads there what was sent and received.
type Sender struct {
	account   Account
	transport http.RoundTripper
}

var (
	_ sms.Sender     = (*Sender)(nil)
	_ sms.Dispatcher = (*Sender)(nil)
)

// NewSender checks the account and makes a sender.
func NewSender(a Account) (*Sender, error) {
	if a.SID == "" || a.Token == "" {
		return nil, errors.New("twilio: an account needs a SID and a token")
	}
	if a.From == "" && a.MessagingServiceSID == "" {
		return nil, errors.New("twilio: an account needs a number or a messaging service to send from")
	}
	if a.Timeout == 0 {
		a.Timeout = 10 * time.Second
	}
	transport := a.Transport
	if transport == nil {
		transport = http.DefaultTransport
	}
	if a.BaseURL != "" {
		base, err := url.Parse(a.BaseURL)
		if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
			return nil, errors.New("twilio: the base URL is not an http(s) address")
		}
		transport = redirect{base, transport}
	}
	return &Sender{a, transport}, nil
}

// Send sends one text, once.
func (s *Sender) Send(ctx context.Context, to phi.Text, body string) (sid string, err error) {
	return s.create(ctx, to, body, nil)
}

// The bounds of a message's validity period (https://www.twilio.com/docs/api/errors/90007).
const shortest, longest = time.Second, 10 * time.Hour

// Dispatch sends one text of our own accord, once. Its receipts come to the status callback with ?text= and its Ref.
func (s *Sender) Dispatch(ctx context.Context, o sms.Outgoing) (sid string, err error) {
	return s.create(ctx, o.To, o.Body, func(p *api.CreateMessageParams) {
		if o.Valid > 0 {
			p.SetValidityPeriod(int(min(max(o.Valid, shortest), longest) / time.Second))
		}
		if s.account.StatusCallback != "" && o.Ref != "" {
			p.SetStatusCallback(s.account.StatusCallback + "?text=" + url.QueryEscape(o.Ref))
		}
	})
}

// create has Twilio take one text. There is nothing in its API by which it would know a repetition, so nothing here
// repeats a call.
func (s *Sender) create(ctx context.Context, to phi.Text, body string, more func(*api.CreateMessageParams)) (sid string, err error) {
	p := &api.CreateMessageParams{}
	p.SetTo(to.Reveal()).SetBody(body)
	if s.account.MessagingServiceSID != "" {
		p.SetMessagingServiceSid(s.account.MessagingServiceSID)
	} else {
		p.SetFrom(s.account.From)
	}
	if s.account.StatusCallback != "" {
		p.SetStatusCallback(s.account.StatusCallback)
	}
	if more != nil {
		more(p)
	}
	err = s.call(ctx, func(a *api.ApiService) error {
		m, err := a.CreateMessage(p)
		if err == nil {
			sid = value(m.Sid)
		}
		return err
	})
	if err == nil && sid == "" {
		err = fault.New(fault.Unavailable, "Twilio took the text but gave no sid for it.")
	}
	return sid, err
}
