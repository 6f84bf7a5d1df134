package sms

import (
	"context"
	"slices"
	"time"

	"github.com/tellback/tellback/internal/phi"
)

// Outgoing is one text of our own accord, as the gateway gets it.
type Outgoing struct {
	To   phi.Text
	Body string
	Ref  string // comes back with each receipt
	// Valid is how long it may lie in the gateway's queue. What waits longer must not go out any more: it would be night.
	Valid time.Duration
}

// Dispatcher hands one text to the gateway, once. It gives the message's sid when the gateway has taken it. An error
// that wraps [ErrOptedOut] or a [Refusal] says that it was not taken; after any other error nobody knows.
type Dispatcher interface {
	Dispatch(ctx context.Context, o Outgoing) (sid string, err error)
}

// Refusal says that a text was not taken, and why.
type Refusal struct {
	Code    string // the gateway's, or ""
	Passing bool   // trying again later may help
}

func (r *Refusal) Error() string { return "sms: the gateway refused a text: code " + number(r.Code) }

// What Twilio's codes say of a text (https://www.twilio.com/docs/api/errors). Any other one is final for the text and
// says nothing of the number: 30007, for one, is about what was said.
var (
	// Of the number, for good: 21211 and 21214 no number, 21614 no mobile one, 30004 blocked by its owner or carrier,
	// 30005 unknown, 30006 a landline.
	lostCodes = []string{"21211", "21214", "21217", "21614", "30004", "30005", "30006"}
	// Of the moment, at the phone: 30003 switched off or out of reach, 30008 the carrier doesn't say.
	phoneCodes = []string{"30003", "30008"}
	// Of the moment, at the gateway: 20429 too fast, 21611 and 30001 too many in its queue, 30036 waited there too
	// long, 30022 too fast for the carrier, 30500 its own trouble.
	gatewayCodes = []string{"20429", "21611", "30001", "30022", "30036", "30500"}
)

// Passes says whether trying again later may help after a code.
func Passes(code string) bool {
	return slices.Contains(phoneCodes, code) || slices.Contains(gatewayCodes, code)
}

// rank orders what receipts say of a text, so that of two, in whatever order and however often they come, the same one
// counts: each is nearer to the end than the one before it, and that it arrived outdoes that it did not.
func rankOf(status string) int {
	return 1 + slices.Index([]string{"accepted", "scheduled", "queued", "sending", "sent", "canceled", "failed", "undelivered", "delivered", "read"}, status)
}

func failed(status string) bool {
	return status == "failed" || status == "undelivered" || status == "canceled"
}

func arrived(status string) bool { return status == "delivered" || status == "read" }
