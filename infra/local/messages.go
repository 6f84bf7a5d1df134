package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// message is one text as Twilio lists it
// (https://www.twilio.com/docs/messaging/api/message-resource#message-properties).
type message struct {
	SID         string `json:"sid"`
	Direction   string `json:"direction"`
	From        string `json:"from"`
	To          string `json:"to"`
	Body        string `json:"body"`
	NumMedia    string `json:"num_media"`
	NumSegments string `json:"num_segments"`
	Status      string `json:"status"`
	DateCreated string `json:"date_created"`
	DateSent    string `json:"date_sent"`
	AccountSID  string `json:"account_sid"`

	at time.Time
}

// messages are all texts that the carrier keeps, newest first.
func (c *Carrier) messages() []message {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []message
	for phone, texts := range c.phones {
		for _, t := range texts {
			if t.Note != "" {
				continue
			}
			at := t.At.UTC().Truncate(time.Second)
			m := message{
				SID: t.ID, Direction: "outbound-api", From: c.Number, To: phone, Body: t.Body, NumMedia: "0", NumSegments: fmt.Sprint(t.Segments),
				Status: "delivered", DateCreated: at.Format(time.RFC1123Z), DateSent: at.Format(time.RFC1123Z), AccountSID: localAccount, at: t.At,
			}
			if t.Out {
				m.Direction, m.From, m.To, m.Status = "inbound", phone, c.Number, "received"
			}
			all = append(all, m)
		}
	}
	slices.SortStableFunc(all, func(a, b message) int { return cmp.Or(b.at.Compare(a.at), cmp.Compare(b.SID, a.SID)) })
	return all
}

// list is GET /2010-04-01/Accounts/{account}/Messages.json with the filters To and DateSent> (by the day, as Twilio
// documents it) and its paging.
func (c *Carrier) list(w http.ResponseWriter, r *http.Request) {
	if !c.authentic(w, r) {
		return
	}
	q := r.URL.Query()
	size, err := strconv.Atoi(cmp.Or(q.Get("PageSize"), "50"))
	first, err2 := strconv.Atoi(cmp.Or(q.Get("PageToken"), "0"))
	if err != nil || err2 != nil || size < 1 || size > 1000 || first < 0 {
		twilioError(w, http.StatusBadRequest, 20006, "Page size must be between 1 and 1000")
		return
	}
	after := q.Get("DateSent>")
	page := slices.DeleteFunc(c.messages(), func(m message) bool {
		return q.Has("To") && m.To != q.Get("To") || len(after) >= 10 && m.at.UTC().Format(time.DateOnly) < after[:10]
	})
	out := map[string]any{"page_size": size, "next_page_uri": nil}
	if first+size < len(page) {
		q.Set("Page", strconv.Itoa(first/size+1))
		q.Set("PageToken", strconv.Itoa(first+size))
		out["next_page_uri"] = (&url.URL{Path: r.URL.Path, RawQuery: q.Encode()}).String()
	}
	out["messages"] = page[min(first, len(page)):min(first+size, len(page))]
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(out)
}

// one is GET /2010-04-01/Accounts/{account}/Messages/{sid}.json.
func (c *Carrier) one(w http.ResponseWriter, r *http.Request) {
	if !c.authentic(w, r) {
		return
	}
	sid := strings.TrimSuffix(r.PathValue("sid"), ".json")
	for _, m := range c.messages() {
		if m.SID == sid {
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(m)
			return
		}
	}
	twilioError(w, http.StatusNotFound, 20404, "The requested resource was not found")
}
