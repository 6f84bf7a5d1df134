package twilio

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"time"

	api "github.com/twilio/twilio-go/rest/api/v2010"

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
	var at time.Time
	err := s.call(ctx, func(a *api.ApiService) error {
		m, err := a.FetchMessage(sid, nil)
		if err == nil {
			at = moment(m.DateCreated)
		}
		return err
	})
	if err != nil {
		return at, err
	}
	if at.IsZero() {
		return at, fault.New(fault.NotFound, "Twilio keeps no time of this text.")
	}
	return at, nil
}

// Sent gives what Twilio took from us for a number since a time.
func (s *Sender) Sent(ctx context.Context, to phi.Text, since time.Time) ([]sms.Sent, error) {
	p := &api.ListMessageParams{}
	p.SetTo(to.Reveal()).SetPageSize(lookBack)
	page, err := s.page(ctx, p, "", "")
	if err != nil {
		return nil, err
	}
	var out []sms.Sent
	for _, m := range page.Messages {
		if strings.HasPrefix(value(m.Direction), "outbound") && !moment(m.DateCreated).Before(since.Truncate(time.Second)) {
			out = append(out, sms.Sent{SID: value(m.Sid), Body: value(m.Body)})
		}
	}
	return out, nil
}

// Received gives the inbound texts that Twilio handed to our webhook in a stretch of time.
func (s *Sender) Received(ctx context.Context, from, until time.Time) ([]sms.Received, error) {
	p := &api.ListMessageParams{}
	p.SetDateSentAfter(from.UTC()).SetPageSize(pageSize)
	if s.account.From != "" && s.account.MessagingServiceSID == "" {
		p.SetTo(s.account.From)
	}
	var out []sms.Received
	for token, number := "", ""; ; {
		page, err := s.page(ctx, p, token, number)
		if err != nil {
			return nil, err
		}
		older := true
		for _, m := range page.Messages {
			r := received(m)
			older = older && r.Handed.Before(from.Add(-time.Hour))
			if value(m.Direction) == "inbound" && !r.Handed.Before(from.Truncate(time.Second)) && r.Handed.Before(until) {
				out = append(out, r)
			}
		}
		if token, number = next(page.NextPageUri); token == "" && number == "" || older {
			return out, nil
		}
	}
}

func (s *Sender) page(ctx context.Context, p *api.ListMessageParams, token, number string) (page *api.ListMessageResponse, err error) {
	err = s.call(ctx, func(a *api.ApiService) error {
		page, err = a.PageMessage(p, token, number)
		return err
	})
	return page, err
}

// next is what names the following page; two empty strings at the end.
func next(uri *string) (token, number string) {
	_, query, _ := strings.Cut(value(uri), "?")
	q, err := url.ParseQuery(query)
	if err != nil {
		return "", ""
	}
	return q.Get("PageToken"), q.Get("Page")
}

// received is one inbound message of the list. With Message Redaction on, Twilio keeps no body, or writes XXXX for the
// end of the number (https://www.twilio.com/docs/messaging/guides/privacy-message-redaction).
func received(m api.ApiV2010Message) sms.Received {
	media, _ := strconv.Atoi(value(m.NumMedia))
	r := sms.Received{
		Message: sms.Message{
			SID: value(m.Sid), From: phi.Hide(value(m.From)), To: value(m.To), Body: phi.Hide(value(m.Body)),
			Media: media, Sent: moment(m.DateCreated),
		},
		Handed:   moment(m.DateSent),
		Redacted: value(m.Body) == "" && media == 0 || strings.HasSuffix(value(m.From), "X"),
	}
	if r.Handed.IsZero() {
		r.Handed = r.Sent
	}
	return r
}

// moment reads a time as Twilio's 2010 API writes it (RFC 2822).
func moment(s *string) time.Time {
	t, err := time.Parse(time.RFC1123Z, value(s))
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}

func value(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
