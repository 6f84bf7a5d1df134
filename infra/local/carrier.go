package main

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/twilio"
)

// Text is one text message as a simulated phone shows it.
type Text struct {
	ID       string    `json:"id"`
	Out      bool      `json:"out"` // from the phone to the program
	Body     string    `json:"body"`
	Segments int       `json:"segments"`
	At       time.Time `json:"at"`
	Note     string    `json:"note,omitempty"` // what went wrong
}

// Carrier stands in for Twilio and the phone network: it signs and posts webhooks for texts that simulated phones
// send, shows the TwiML that comes back, and takes what the REST sender sends. It keeps messages in memory only.
type Carrier struct {
	Number    string // the program's number
	Token     string // signs webhooks, as Twilio's auth token does
	PublicURL string // what is signed
	Target    string // where webhooks really go
	Client    *http.Client
	Now       func() time.Time

	mu     sync.Mutex
	phones map[string][]Text
}

const keptTexts = 500 // a phone shows this many; older ones are forgotten

// Texts are the messages of one phone, oldest first.
func (c *Carrier) Texts(phone string) []Text {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.phones[phone])
}

func (c *Carrier) keep(phone string, t Text) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.phones == nil {
		c.phones = map[string][]Text{}
	}
	t.At, t.Segments = c.Now(), program.Segments(t.Body)
	all := append(c.phones[phone], t)
	c.phones[phone] = all[max(0, len(all)-keptTexts):]
}

// Send texts words from a phone to the program and shows what is answered at once.
func (c *Carrier) Send(phone, words string) error {
	sid := "SM" + strings.ToLower(ulid.Make().String()) + "000000"
	c.keep(phone, Text{ID: sid, Out: true, Body: words})
	form := url.Values{
		"MessageSid": {sid}, "SmsMessageSid": {sid}, "SmsSid": {sid}, "AccountSid": {localAccount}, "From": {phone}, "To": {c.Number},
		"Body": {words}, "NumMedia": {"0"}, "NumSegments": {fmt.Sprint(program.Segments(words))}, "ApiVersion": {"2010-04-01"},
		"FromCity": {""}, "FromState": {""}, "FromZip": {""}, "FromCountry": {"US"}, "SmsStatus": {"received"},
	}
	replies, err := c.hand(form)
	if err != nil {
		c.keep(phone, Text{ID: sid + "-error", Note: err.Error()})
		return err
	}
	for i, m := range replies {
		c.keep(phone, Text{ID: fmt.Sprintf("%s-%d", sid, i), Body: m})
	}
	return nil
}

// hand gives a text to the webhook and, when that fails, to the fallback, as Twilio does: whatever is no TwiML and no
// empty answer is a failure (https://www.twilio.com/docs/usage/security/availability-reliability).
func (c *Carrier) hand(form url.Values) (replies []string, err error) {
	if replies, err = c.ask("/sms/inbound", form); err == nil {
		return replies, nil
	}
	form.Set("ErrorCode", "11200")
	form.Set("ErrorUrl", c.PublicURL+"/sms/inbound")
	replies, again := c.ask(twilio.FallbackPath, form)
	if again != nil {
		return nil, fmt.Errorf("%w; nor did the fallback: %w", err, again)
	}
	return replies, nil
}

func (c *Carrier) ask(path string, form url.Values) ([]string, error) {
	answer, err := c.post(path, form)
	if err != nil || len(answer) == 0 {
		return nil, err
	}
	var twiml struct {
		XMLName  xml.Name `xml:"Response"`
		Messages []string `xml:"Message"`
	}
	if err := xml.Unmarshal(answer, &twiml); err != nil {
		return nil, fmt.Errorf("phone: the answer is not TwiML: %w", err)
	}
	return twiml.Messages, nil
}

// post signs a webhook as Twilio documents it (URL, then every parameter's name and value in order of name; HMAC-SHA1 in base64)
// and posts it. This is written here once more, apart from internal/twilio, so that the two check each other.
func (c *Carrier) post(path string, form url.Values) ([]byte, error) {
	var names []string
	for name := range form {
		names = append(names, name)
	}
	slices.Sort(names)
	mac := hmac.New(sha1.New, []byte(c.Token))
	_, _ = io.WriteString(mac, c.PublicURL+path)
	for _, name := range names {
		_, _ = io.WriteString(mac, name+form.Get(name))
	}
	r, err := http.NewRequest(http.MethodPost, c.Target+path, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	r.Header.Set("X-Twilio-Signature", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	r.Header.Set("User-Agent", "TwilioProxy/1.1 (simulated)")
	resp, err := c.Client.Do(r)
	if err != nil {
		return nil, fmt.Errorf("phone: %w", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return nil, fmt.Errorf("phone: %w", err)
	}
	if resp.StatusCode >= 300 {
		return nil, fmt.Errorf("phone: the webhook answered %s", resp.Status)
	}
	return body, nil
}

// localAccount is the account that the stand-in answers for; any other is refused, as Twilio would.
const localAccount = "AC00000000000000000000000000000000"

// ServeHTTP takes POST /2010-04-01/Accounts/{account}/Messages.json
// (https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource).
func (c *Carrier) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !c.authentic(w, r) {
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if err := r.ParseForm(); err != nil {
		twilioError(w, http.StatusBadRequest, 20001, "The form can't be read")
		return
	}
	to, body := r.PostForm.Get("To"), r.PostForm.Get("Body")
	if to == "" || body == "" {
		twilioError(w, http.StatusBadRequest, 21602, "To and Body are required")
		return
	}
	sid := "SM" + strings.ToLower(ulid.Make().String()) + "000000"
	c.keep(to, Text{ID: sid, Body: body})
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	_ = json.NewEncoder(w).Encode(map[string]any{
		"sid": sid, "status": "queued", "to": to, "from": c.Number, "body": body, "account_sid": r.PathValue("account"),
		"num_segments": fmt.Sprint(program.Segments(body)), "direction": "outbound-api", "api_version": "2010-04-01",
		"date_created": c.Now().UTC().Format(time.RFC1123Z), "error_code": nil, "error_message": nil,
	})
	go c.receipts(sid, to)
}

func (c *Carrier) authentic(w http.ResponseWriter, r *http.Request) bool {
	_, token, ok := r.BasicAuth()
	if ok = ok && hmac.Equal([]byte(token), []byte(c.Token)); !ok {
		twilioError(w, http.StatusUnauthorized, 20003, "Authenticate")
	}
	return ok
}

// receipts sends what Twilio sends as a text travels.
func (c *Carrier) receipts(sid, to string) {
	for _, status := range []string{"sent", "delivered"} {
		form := url.Values{"MessageSid": {sid}, "SmsSid": {sid}, "MessageStatus": {status}, "SmsStatus": {status}, "To": {to}, "From": {c.Number}, "AccountSid": {localAccount}, "ApiVersion": {"2010-04-01"}}
		if _, err := c.post("/sms/status", form); err != nil {
			slog.Warn("a delivery receipt was not taken", "sid", sid, "status", status)
		}
	}
}

func twilioError(w http.ResponseWriter, status, code int, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"code": code, "message": message, "status": status})
}
