package twilio

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

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
	// Timeout of one call; 0 is ten seconds.
	Timeout time.Duration
	// Transport carries the calls; nil is http.DefaultTransport.
	Transport http.RoundTripper
}

// Sender sends texts through Twilio's REST API, and reads there what was sent and received.
type Sender struct {
	account Account
	rest    rest
}

var _ sms.Sender = (*Sender)(nil)

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
	r := rest{base: "https://api.twilio.com", account: a.SID, user: a.SID, password: a.Token}
	if a.BaseURL != "" {
		base, err := url.Parse(a.BaseURL)
		if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
			return nil, errors.New("twilio: the base URL is not an http(s) address")
		}
		r.base = strings.TrimRight(a.BaseURL, "/")
	}
	if a.Key != "" {
		r.user = a.Key
	}
	r.http = &http.Client{
		Timeout:       a.Timeout,
		Transport:     a.Transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return &Sender{a, r}, nil
}

// Send sends one text, once.
func (s *Sender) Send(ctx context.Context, to phi.Text, body string) (sid string, err error) {
	form := url.Values{"To": {to.Reveal()}, "Body": {body}}
	if s.account.MessagingServiceSID != "" {
		form.Set("MessagingServiceSid", s.account.MessagingServiceSID)
	} else {
		form.Set("From", s.account.From)
	}
	if s.account.StatusCallback != "" {
		form.Set("StatusCallback", s.account.StatusCallback)
	}
	var m resource
	if err := s.rest.post(ctx, s.rest.messages(""), form, &m); err != nil {
		return "", err
	}
	if m.SID == "" {
		return "", fault.New(fault.Unavailable, "Twilio took the text but gave no sid for it.")
	}
	return m.SID, nil
}
