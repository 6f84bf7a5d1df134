package twilio

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/twilio/twilio-go/client"
	api "github.com/twilio/twilio-go/rest/api/v2010"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/sms"
)

// call has do call Twilio within ctx and the account's time-out, and scrubs what goes wrong. twilio-go takes no context, so
// each call has a client of its own, whose transport holds it to one; connections are kept by the transport below.
func (s *Sender) call(ctx context.Context, do func(*api.ApiService) error) error {
	ctx, cancel := context.WithTimeout(ctx, s.account.Timeout)
	defer cancel()
	user := s.account.SID
	if s.account.Key != "" {
		user = s.account.Key
	}
	c := &client.Client{
		Credentials: client.NewCredentials(user, s.account.Token),
		HTTPClient:  &http.Client{Transport: within{ctx, s.transport}},
	}
	c.SetAccountSid(s.account.SID)
	return scrub(do(api.NewApiServiceWithClient(c)))
}

// within carries calls until ctx ends, the reading of their answers included. A redirect is an error: what twilio-go would
// read of it is a message or a list without anything in it.
type within struct {
	ctx  context.Context
	next http.RoundTripper
}

var errRedirected = errors.New("redirected")

func (w within) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := w.next.RoundTrip(req.WithContext(w.ctx))
	if err == nil && resp.StatusCode >= 300 && resp.StatusCode < 400 {
		_ = resp.Body.Close()
		return nil, errRedirected
	}
	return resp, err
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

// scrub makes an error that may be logged: Twilio's own quote numbers and bodies, and net/http's quote addresses. What
// is left are Twilio's code and the status.
func scrub(err error) error {
	if err == nil {
		return nil
	}
	var refusal *client.TwilioRestError
	if errors.As(err, &refusal) {
		return refused(refusal.Code, refusal.Status)
	}
	var timeout interface{ Timeout() bool }
	if errors.As(err, &timeout) && timeout.Timeout() {
		return fault.New(fault.Unavailable, "Twilio did not answer in time.")
	}
	return fault.New(fault.Unavailable, "Twilio could not be reached, or its answer could not be read.")
}

func refused(code, status int) error {
	if strconv.Itoa(code) == sms.OptedOut {
		return fmt.Errorf("twilio: code %d: %w", code, sms.ErrOptedOut)
	}
	kind, refusal := fault.Invalid, &sms.Refusal{Code: strconv.Itoa(code)} // the text or its number is amiss
	refusal.Passing = sms.Passes(refusal.Code)
	switch {
	case status == http.StatusTooManyRequests:
		kind, refusal.Passing = fault.TooMany, true
	case status == http.StatusNotFound:
		kind = fault.NotFound
	case status == http.StatusUnauthorized, status == http.StatusForbidden: // the account is; that can be mended
		kind, refusal.Passing = fault.Unavailable, true
	case status >= 500, status < 400: // it may have been done all the same
		return fault.New(fault.Unavailable, fmt.Sprintf("Twilio failed: code %d, status %d.", code, status))
	}
	return fault.Wrap(kind, refusal, fmt.Sprintf("Twilio refused this: code %d, status %d.", code, status))
}
