package sms

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/table"
)

// Sent is a text that the carrier's gateway has taken from us.
type Sent struct {
	SID  string
	Body string // empty where the gateway keeps no words
}

// Journal is the gateway's own list of what it took from us.
type Journal interface {
	// Sent gives the texts to a number that it took at or after a time, at least those of up to a minute ago.
	Sent(ctx context.Context, to phi.Text, since time.Time) ([]Sent, error)
}

// Lease is how long whoever sends a text's replies keeps others from it. It is longer than a function may run, and than
// the gateway takes to list what it has taken; whoever is told to come again comes later than that.
const Lease = 90 * time.Second

// ErrClaimed says that somebody else is about to send a text's replies, or was when they crashed: try again later.
var ErrClaimed = fault.New(fault.Unavailable, "Somebody else is answering this text just now.")

// Taken is what became of a text that was delivered without a webhook to answer.
type Taken string

// What can become of one.
const (
	Known    Taken = "known"    // it had been taken before, and nothing was left to do
	Answered Taken = "answered" // it was taken now, or its replies were sent now
	Ignored  Taken = "ignored"  // nobody to talk with
)

// Fallback takes a text whose webhook failed: the gateway has made no use of any answer to it, so its replies are owed,
// even where the text itself was taken. They go out through the Sender, once. An error means that nothing is sure: the
// text has to be delivered again, after [Lease].
func (s *Service) Fallback(ctx context.Context, m Message) (Taken, error) {
	return s.deliver(ctx, m, true)
}

// Missed takes a text that the gateway lists as received. Where it was taken by any other way, nothing happens, unless
// its replies are owed still.
func (s *Service) Missed(ctx context.Context, m Message) (Taken, error) {
	return s.deliver(ctx, m, false)
}

func (s *Service) deliver(ctx context.Context, m Message, unanswered bool) (Taken, error) {
	if !wellFormedSID(m.SID) {
		return Ignored, fault.New(fault.Malformed, "MessageSid is missing or is not a message's.")
	}
	number, verdict := e164(m.From)
	if verdict != person {
		return Ignored, nil
	}
	for n := range attempts {
		taken, err := s.deliverOnce(ctx, number, m, unanswered)
		if !errors.Is(err, table.ErrConflict) {
			return taken, err
		}
		if err := s.pause(ctx, n); err != nil {
			return Ignored, err
		}
	}
	return Ignored, errCrowded()
}

// deliverOnce notes, in the write that takes the text, that its replies are owed and that we are about to send them.
// Whoever finds such a note and did not make it waits until it lapses, and then looks in the journal for what went out
// before sending what did not.
func (s *Service) deliverOnce(ctx context.Context, number phi.Text, m Message, unanswered bool) (Taken, error) {
	r, err := s.load(ctx, number)
	if err != nil {
		return Ignored, err
	}
	t := r.turn(m.SID)
	if t == nil && r.Heard.has(m.SID, s.sent(m)) {
		return Known, s.settle(ctx, r)
	}
	if t == nil {
		if err := s.take(ctx, r, m, &debt{Since: s.Now(), Claimed: s.Now().Add(Lease)}); err != nil {
			return Ignored, err
		}
		return Answered, s.pay(ctx, r, m.SID, nil)
	}
	if err := s.settle(ctx, r); err != nil {
		return Ignored, err
	}
	if t = r.turn(m.SID); t.settled(unanswered) {
		return Known, nil
	}
	if t.Owed == nil { // taken from the webhook, which may even have been answered in time: the journal knows
		t.Owed = &debt{Since: s.sent(m)}
	} else if t.Owed.Claimed.After(s.Now()) {
		return Ignored, ErrClaimed
	}
	t.Owed.Claimed = s.Now().Add(Lease)
	if err := s.store(ctx, r); err != nil {
		return Ignored, err
	}
	went, err := s.Journal.Sent(ctx, number, t.Owed.Since)
	if err != nil {
		return Ignored, err
	}
	return Answered, s.pay(ctx, r, m.SID, r.others(m.SID, went))
}

// sent is when a text reached the gateway; a text without a time has only just come.
func (s *Service) sent(m Message) time.Time {
	if m.Sent.IsZero() {
		return s.Now()
	}
	return m.Sent
}

// pay sends the replies that are owed, but for those that went out before, and notes it. A crash in between leaves the
// claim, so that the next one looks before it sends.
func (s *Service) pay(ctx context.Context, r *record, sid string, went []Sent) error {
	t := r.turn(sid)
	newest := r.Recent[len(r.Recent)-1].SID == sid
	out := []string{}
	for _, body := range t.Replies {
		if r.Session.Stopped && !newest { // they have said STOP since
			break
		}
		if n := find(went, body); n >= 0 {
			out = append(out, went[n].SID)
			went = append(went[:n:n], went[n+1:]...)
			continue
		}
		id, err := s.Sender.Send(ctx, r.number, body)
		if errors.Is(err, ErrOptedOut) {
			if err := s.optedOut(ctx, r.number); err != nil {
				return err
			}
			break
		}
		if fault.KindOf(err) == fault.Invalid { // the number can't be texted, whatever is tried
			s.Log.WarnContext(ctx, "the reply to a text can't be sent", "sid", sid, "error", err)
			break
		}
		if err != nil {
			return err
		}
		out = append(out, id)
	}
	return s.paid(ctx, r, sid, out)
}

// paid notes that nothing more is owed for a text. Others may write the conversation meanwhile.
func (s *Service) paid(ctx context.Context, r *record, sid string, out []string) error {
	for n := range attempts {
		t := r.turn(sid)
		if t == nil || t.Owed == nil { // so many texts have come since that it has left the memory
			return nil
		}
		t.Owed = &debt{Since: t.Owed.Since, Paid: true, Out: out}
		err := s.store(ctx, r)
		if !errors.Is(err, table.ErrConflict) {
			return err
		}
		if err := s.pause(ctx, n); err != nil {
			return err
		}
		if r, err = s.load(ctx, r.number); err != nil {
			return err
		}
	}
	return errCrowded()
}

// debt is what is known of replies that no webhook carries.
type debt struct {
	Since   time.Time `json:"since"`            // before the first of them can have gone out
	Claimed time.Time `json:"claimed,omitzero"` // until when somebody is sending them
	Paid    bool      `json:"paid,omitempty"`
	Out     []string  `json:"out,omitempty"` // what the gateway called them
}

// settled says whether nothing is left to send: replies without a debt went back as their webhook's answer, unless that
// is known to have failed.
func (t *turn) settled(unanswered bool) bool {
	if len(t.Replies) == 0 {
		return true
	}
	if t.Owed == nil {
		return !unanswered
	}
	return t.Owed.Paid
}

// others is what the journal shows without what other texts were answered with.
func (r *record) others(sid string, went []Sent) []Sent {
	known := map[string]bool{}
	for _, t := range r.Recent {
		if t.Owed != nil && t.SID != sid {
			for _, id := range t.Owed.Out {
				known[id] = true
			}
		}
	}
	var rest []Sent
	for _, w := range went {
		if !known[w.SID] {
			rest = append(rest, w)
		}
	}
	return rest
}

// find gives the place of a text among those that went out; -1 when it is not among them. A gateway may replace signs
// by cheaper ones and put words of its own in front, and one that keeps no words may have sent anything: a text is
// rather sent once than twice.
func find(went []Sent, body string) int {
	want := letters(body)
	for n, w := range went {
		if w.Body == "" || strings.HasSuffix(letters(w.Body), want) {
			return n
		}
	}
	return -1
}

func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}
