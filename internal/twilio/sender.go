package twilio

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/twilio/twilio-go/client"
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
	// Timeout of one call; 0 is ten seconds. twilio-go takes no context, so it has to be below the caller's deadline.
	Timeout time.Duration
	// Transport carries the calls; nil is http.DefaultTransport.
	Transport http.RoundTripper
}

// Sender sends texts through Twilio's REST API, and reads there what was sent and received.
type Sender struct {
	account Account
	api     *api.ApiService
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
	user := a.SID
	if a.Key != "" {
		user = a.Key
	}
	c := &client.Client{
		Credentials: client.NewCredentials(user, a.Token),
		HTTPClient: &http.Client{
			Timeout:       a.Timeout,
			Transport:     transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	c.SetAccountSid(a.SID)
	return &Sender{a, api.NewApiServiceWithClient(c)}, nil
}

// Send sends one text, once.
func (s *Sender) Send(ctx context.Context, to phi.Text, body string) (sid string, err error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
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
	m, err := s.api.CreateMessage(p)
	if err != nil {
		return "", scrub(err)
	}
	if m.Sid == nil || *m.Sid == "" {
		return "", fault.New(fault.Unavailable, "Twilio took the text but gave no sid for it.")
	}
	return *m.Sid, nil
}

// scrub makes an error that may be logged: Twilio's own quote numbers and bodies, and net/http's quote addresses. What
// is left are Twilio's code and the status.
func scrub(err error) error {
	var rest *client.TwilioRestError
	var v1 *client.RestErrorV1
	code, status := 0, 0
	switch {
	case errors.As(err, &rest):
		code, status = rest.Code, rest.Status
	case errors.As(err, &v1):
		code, status = v1.Code, v1.HttpStatusCode
	default:
		var timeout interface{ Timeout() bool }
		if errors.As(err, &timeout) && timeout.Timeout() {
			return fault.New(fault.Unavailable, "Twilio did not answer in time.")
		}
		return fault.New(fault.Unavailable, "Twilio could not be reached, or its answer could not be read.")
	}
	if strconv.Itoa(code) == sms.OptedOut {
		return fmt.Errorf("twilio: code %d: %w", code, sms.ErrOptedOut)
	}
	kind := fault.Invalid // the text or its number is amiss
	switch {
	case status == http.StatusTooManyRequests:
		kind = fault.TooMany
	case status == http.StatusNotFound:
		kind = fault.NotFound
	case status == http.StatusUnauthorized, status == http.StatusForbidden: // the account is; that can be mended
		kind = fault.Unavailable
	case status >= 500, status == 0:
		kind = fault.Unavailable
	}
	return fault.New(kind, fmt.Sprintf("Twilio refused this: code %d, status %d.", code, status))
}

// redirect sends every call to another origin, keeping the path under the origin's own.
type redirect struct {
	base *url.URL
	next http.RoundTripper
}

func (r redirect) RoundTrip(req *http.Request) (*http.Response, error) {
	out := req.Clone(req.Context())
	out.URL.Scheme, out.URL.Host = r.base.Scheme, r.base.Host
	out.URL.Path = strings.TrimRight(r.base.Path, "/") + req.URL.Path
	out.URL.RawPath = ""
	out.Host = r.base.Host
	return r.next.RoundTrip(out)
}
