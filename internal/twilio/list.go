package twilio

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/sms"
)

var (
	_ sms.Journal = (*Sender)(nil)
	_ sms.Post    = (*Sender)(nil)
)

// Twilio's list of messages is newest first. Its filter by date is documented for whole days only, so times are compared
// here (https://www.twilio.com/docs/messaging/api/message-resource#read-multiple-message-resources).
const (
	pageSize = 500
	lookBack = 50 // how many of the newest texts to one number are looked at
)

// Arrived is when Twilio received a text.
func (s *Sender) Arrived(ctx context.Context, sid string) (time.Time, error) {
	var m resource
	if err := s.rest.get(ctx, s.rest.messages(sid), &m); err != nil {
		return time.Time{}, err
	}
	at := moment(m.Created)
	if at.IsZero() {
		return at, fault.New(fault.NotFound, "Twilio keeps no time of this text.")
	}
	return at, nil
}

// page is one page of a list.
type page struct {
	Messages []resource `json:"messages"`
	Next     string     `json:"next_page_uri"`
}

// Sent gives what Twilio took from us for a number since a time.
func (s *Sender) Sent(ctx context.Context, to phi.Text, since time.Time) ([]sms.Sent, error) {
	q := url.Values{"To": {to.Reveal()}, "PageSize": {strconv.Itoa(lookBack)}}
	var newest page
	if err := s.rest.get(ctx, s.rest.messages("")+"?"+q.Encode(), &newest); err != nil {
		return nil, err
	}
	var out []sms.Sent
	for _, m := range newest.Messages {
		if strings.HasPrefix(m.Direction, "outbound") && !moment(m.Created).Before(since.Truncate(time.Second)) {
			out = append(out, sms.Sent{SID: m.SID, Body: m.Body})
		}
	}
	return out, nil
}

// Received gives the inbound texts that Twilio handed to our webhook in a stretch of time.
func (s *Sender) Received(ctx context.Context, from, until time.Time) ([]sms.Received, error) {
	q := url.Values{"DateSent>": {from.UTC().Format(time.RFC3339)}, "PageSize": {strconv.Itoa(pageSize)}}
	if s.account.From != "" && s.account.MessagingServiceSID == "" {
		q.Set("To", s.account.From)
	}
	var out []sms.Received
	for at := s.rest.messages("") + "?" + q.Encode(); ; {
		var p page
		if err := s.rest.get(ctx, at, &p); err != nil {
			return nil, err
		}
		older := true
		for _, m := range p.Messages {
			r := received(m)
			older = older && r.Handed.Before(from.Add(-time.Hour))
			if m.Direction == "inbound" && !r.Handed.Before(from.Truncate(time.Second)) && r.Handed.Before(until) {
				out = append(out, r)
			}
		}
		if at = p.Next; at == "" || older {
			return out, nil
		}
		if !strings.HasPrefix(at, "/") {
			return nil, errUnreadable // the address of another page would be given the account's password
		}
	}
}

// received is one inbound message of the list. With Message Redaction on, Twilio keeps no body, or writes XXXX for the
// end of the number (https://www.twilio.com/docs/messaging/guides/privacy-message-redaction).
func received(m resource) sms.Received {
	media, _ := strconv.Atoi(m.NumMedia)
	r := sms.Received{
		Message: sms.Message{
			SID: m.SID, From: phi.Hide(m.From), To: m.To, Body: phi.Hide(m.Body),
			Media: media, Sent: moment(m.Created),
		},
		Handed:   moment(m.Sent),
		Redacted: m.Body == "" && media == 0 || strings.HasSuffix(m.From, "X"),
	}
	if r.Handed.IsZero() {
		r.Handed = r.Sent
	}
	return r
}
