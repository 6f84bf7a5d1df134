package twilio

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/sms"
)

// maxAnswer is more than a page of five hundred messages.
const maxAnswer = 16 << 20 // bytes

// rest speaks Twilio's API of 2010, as far as messages go
// (https://www.twilio.com/docs/messaging/api/message-resource). twilio-go would be a third of the binary, and takes no context.
type rest struct {
	base     string // https://api.twilio.com, or a stand-in's
	account  string
	user     string
	password string
	http     *http.Client
}

// resource is what is read of a message. What Twilio does not say is empty.
type resource struct {
	SID       string `json:"sid"`
	Direction string `json:"direction"`
	From      string `json:"from"`
	To        string `json:"to"`
	Body      string `json:"body"`
	NumMedia  string `json:"num_media"`
	Created   string `json:"date_created"`
	Sent      string `json:"date_sent"`
}

// messages is the path of all messages of the account, or of one.
func (r rest) messages(sid string) string {
	path := "/2010-04-01/Accounts/" + url.PathEscape(r.account) + "/Messages"
	if sid != "" {
		path += "/" + url.PathEscape(sid)
	}
	return path + ".json"
}

// get reads a path, which may have a query, into answer.
func (r rest) get(ctx context.Context, path string, answer any) error {
	return r.call(ctx, http.MethodGet, path, nil, answer)
}

// post sends a form once.
func (r rest) post(ctx context.Context, path string, form url.Values, answer any) error {
	return r.call(ctx, http.MethodPost, path, form, answer)
}

// call gives only errors that may be logged: Twilio's own quote numbers and bodies, and net/http's quote addresses. What is
// left are Twilio's code and the status.
func (r rest) call(ctx context.Context, method, path string, form url.Values, answer any) error {
	req, err := http.NewRequestWithContext(ctx, method, r.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		return errUnreadable
	}
	req.SetBasicAuth(r.user, r.password)
	req.Header.Set("Accept", "application/json")
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := r.http.Do(req)
	if err != nil {
		return unreached(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return unreached(err)
	}
	if resp.StatusCode >= 200 && resp.StatusCode < 300 {
		if json.Unmarshal(body, answer) != nil {
			return errUnreadable
		}
		return nil
	}
	var refusal struct {
		Code int `json:"code"`
	}
	if json.Unmarshal(body, &refusal) != nil {
		return errUnreadable
	}
	return refused(refusal.Code, resp.StatusCode)
}

var errUnreadable = fault.New(fault.Unavailable, "Twilio could not be reached, or its answer could not be read.")

func unreached(err error) error {
	var timeout interface{ Timeout() bool }
	if errors.As(err, &timeout) && timeout.Timeout() {
		return fault.New(fault.Unavailable, "Twilio did not answer in time.")
	}
	return errUnreadable
}

func refused(code, status int) error {
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
	case status >= 500, status < 400:
		kind = fault.Unavailable
	}
	return fault.New(kind, fmt.Sprintf("Twilio refused this: code %d, status %d.", code, status))
}

// moment reads a time as this API writes it (RFC 2822).
func moment(s string) time.Time {
	t, err := time.Parse(time.RFC1123Z, s)
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}
