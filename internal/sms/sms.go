// Package sms carries conversations: it loads a person's dialogue, lets the machine take a step, stores it by
// compare-and-swap, and does what the step asks for. A crash at any point is healed by the sender's retry, and a text
// delivered twice has one effect.
package sms

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/tellback/tellback/internal/conversation"
	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/intake"
	"github.com/tellback/tellback/internal/participant"
	"github.com/tellback/tellback/internal/personal"
	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/table"
	"github.com/tellback/tellback/internal/words"
)

// Sender sends one text. It gives the message's sid once the carrier's gateway has taken it; an error that wraps
// [ErrOptedOut] says that the number may not be texted. It does not repeat by itself: a text sent twice is worse than one lost.
type Sender interface {
	Send(ctx context.Context, to phi.Text, body string) (sid string, err error)
}

// Alerter is told that words of despair came. It may be told of the same text (same key) more than once, and learns
// nothing of what was said or by whom.
type Alerter interface {
	Alert(ctx context.Context, program, key string) error
}

// What a number or participant can't be texted for.
var (
	ErrOptedOut = errors.New("sms: opted out")
	ErrBusy     = errors.New("sms: a conversation is open")
	ErrLeft     = errors.New("sms: no longer takes part, or can't be reached by text")
)

// OptedOut is Twilio's error code for a number that said STOP (https://www.twilio.com/docs/api/errors/21610).
const OptedOut = "21610"

// Service is the text channel. It is safe for concurrent use.
type Service struct {
	People     table.Table // conversations; the registry keeps contacts and participants in the same table
	Keys       *phi.Keys
	Registry   *participant.Registry
	Desk       *intake.Desk
	Machine    conversation.Machine
	Links      *personal.Links // what is sent to them is the answer to the open question
	Sender     Sender
	Dispatcher Dispatcher // where texts go out of our own accord
	Journal    Journal    // where texts are taken that no webhook waits for, or go out of our own accord
	Alerter    Alerter    // nil: the log alone
	Log        *slog.Logger
	Now        func() time.Time
	// Pause waits before the n-th retry of a lost compare-and-swap; nil waits a few random milliseconds.
	Pause func(ctx context.Context, n int) error
}

// Message is one inbound text.
type Message struct {
	SID        string
	From       phi.Text
	To         string
	Body       phi.Text
	OptOutType string    // STOP, START or HELP when Twilio has already answered; usually empty
	Media      int       // how many pictures came with it
	Silent     bool      // nobody texted: something was sent to the link of the open question
	Sent       time.Time // when it reached the carrier's gateway, of a text that was held up; zero: it has only just come
}

// Inbound answers one text: what to reply, nothing for silence. The same SID again gives the same replies and changes
// nothing. An error means that nothing is sure: the sender has to deliver the text again.
func (s *Service) Inbound(ctx context.Context, m Message) ([]string, error) {
	if !wellFormedSID(m.SID) {
		return nil, fault.New(fault.Malformed, "MessageSid is missing or is not a message's.")
	}
	number, verdict := e164(m.From)
	switch verdict {
	case machine:
		return nil, nil
	case unreadable:
		return []string{words.Text(words.Default, "sms.number")}, nil
	}
	replies, err := s.converse(ctx, number, m)
	if err != nil {
		s.Log.ErrorContext(ctx, "a text could not be answered", "sid", m.SID, "error", err)
	}
	return replies, err
}

// converse takes the step. Each round begins from what is stored, so that whoever loses a race sees what the winner did.
func (s *Service) converse(ctx context.Context, number phi.Text, m Message) ([]string, error) {
	for n := range attempts {
		replies, err := s.attempt(ctx, number, m)
		if !errors.Is(err, table.ErrConflict) {
			return replies, err
		}
		if err := s.pause(ctx, n); err != nil {
			return nil, err
		}
	}
	return nil, errCrowded()
}

func (s *Service) attempt(ctx context.Context, number phi.Text, m Message) ([]string, error) {
	r, err := s.load(ctx, number)
	if err != nil {
		return nil, err
	}
	if r.turn(m.SID) != nil || r.Heard.has(m.SID, s.sent(m)) {
		err = s.settle(ctx, r)
	} else {
		err = s.take(ctx, r, m, nil)
	}
	if err != nil {
		return nil, err
	}
	return r.answer(m.SID), nil
}

// take does all that a new text does, but for giving its replies.
func (s *Service) take(ctx context.Context, r *record, m Message, owed *debt) error {
	if err := s.settle(ctx, r); err != nil { // left by an earlier text that crashed before it was done
		return err
	}
	before := r.Session
	files, err := s.uploaded(ctx, before)
	if err != nil {
		return err
	}
	out := s.step(before, m, files)
	due := owed
	if len(out.Replies) == 0 {
		due = nil
	}
	r.Session, r.Outbox = out.Session, out.Effects
	if slices.ContainsFunc(out.Effects, func(e conversation.Effect) bool { return e.Kind == conversation.Part }) {
		r.Recent = nil // they tell of somebody else
	}
	r.remember(m.SID, out.Replies, due, s.Now())
	err = s.store(ctx, r)
	if errors.Is(err, table.ErrTooLarge) {
		out = s.tooMuch(before, out)
		r.Session, r.Outbox = out.Session, out.Effects
		r.Recent = []turn{{m.SID, out.Replies, owed}}
		err = s.store(ctx, r)
	}
	if err != nil {
		return err
	}
	s.note(ctx, out.Effects, out.Replies)
	return s.settle(ctx, r)
}

// tooMuch is what a text does with which the conversation can't be stored: nothing, and it says so. But who leaves must
// not be kept by what they said.
func (s *Service) tooMuch(before conversation.Session, out conversation.Output) conversation.Output {
	if out.Session.Stopped {
		out.Session = out.Session.Bare()
		return out
	}
	return conversation.Output{Session: before, Replies: []string{words.Text(before.Language, "sms.too-much")}}
}

// note logs what alarms count: who opts out, and the segments that are paid for.
func (s *Service) note(ctx context.Context, effects []conversation.Effect, texts []string) {
	for _, e := range effects {
		if e.Kind == conversation.Stop {
			s.Log.InfoContext(ctx, "a number opted out", "sid", e.Key)
		}
	}
	segments := 0
	for _, t := range texts {
		segments += program.Segments(t)
	}
	if segments > 0 {
		s.Log.InfoContext(ctx, "texts went out", "count", len(texts), "segments", segments)
	}
}

// step is what the text does to the conversation. Where Twilio has answered already (Advanced Opt-Out), the text only
// changes what we know, and words of despair in it raise their alert. But Twilio takes more words for START than we do:
// YES may be the answer to our own question, and a join word asks for more than Twilio's answer. Nor does its HELP say
// whom to call in despair.
func (s *Service) step(before conversation.Session, m Message, files []questionnaire.Value) conversation.Output {
	in := conversation.Input{Text: m.Body.Reveal(), Key: m.SID, Sent: m.Sent, Files: files, Silent: m.Silent, Media: m.Media > 0}
	switch m.OptOutType {
	case "STOP":
		in.Stop = true
	case "START":
		if !conversation.IsStart(in.Text) && !(before.Stopped && conversation.IsYes(in.Text)) {
			return s.Machine.Step(before, in, s.Now())
		}
		if in.Text = "START"; !before.Stopped {
			return conversation.Output{Session: before}
		}
	case "HELP":
		if s.Machine.Despairs(before, in) {
			return s.Machine.Step(before, in, s.Now())
		}
		return conversation.Output{Session: before}
	default:
		return s.Machine.Step(before, in, s.Now())
	}
	out := s.Machine.Step(before, in, s.Now())
	out.Replies = nil
	return out
}

// lateReceipt is how long after a START receipts about texts from before it may still come in.
const lateReceipt = 15 * time.Minute

// optedOut notes STOP for a number that the carrier says has said it.
func (s *Service) optedOut(ctx context.Context, number phi.Text) error {
	for n := range attempts {
		r, err := s.load(ctx, number)
		if err != nil {
			return err
		}
		now := s.Now()
		if r.Session.Stopped || now.Sub(r.Session.Resumed) < lateReceipt {
			return s.settle(ctx, r)
		}
		if err := s.settle(ctx, r); err != nil {
			return err
		}
		r.Session.Stopped = true
		r.Outbox = []conversation.Effect{{Kind: conversation.Stop, Key: "opted-out", At: now}}
		err = s.store(ctx, r)
		if err == nil {
			s.note(ctx, r.Outbox, nil)
			return s.settle(ctx, r)
		}
		if !errors.Is(err, table.ErrConflict) {
			return err
		}
		if err := s.pause(ctx, n); err != nil {
			return err
		}
	}
	return errCrowded()
}

// attempts is how often a lost compare-and-swap is tried again. People don't send sixteen texts at once; machines that
// do are told to come back.
const attempts = 24

func errCrowded() error {
	return fault.New(fault.Unavailable, "Too many texts from one number at once. Please try again in a moment.")
}

func (s *Service) pause(ctx context.Context, n int) error {
	if s.Pause != nil {
		return s.Pause(ctx, n)
	}
	wait := time.NewTimer(time.Duration(1+rand.IntN(4<<min(n, 5))) * time.Millisecond)
	defer wait.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-wait.C:
		return nil
	}
}

// wellFormedSID says whether a message's id is one: it goes into keys and logs.
func wellFormedSID(sid string) bool {
	if len(sid) == 0 || len(sid) > 64 {
		return false
	}
	for _, c := range []byte(sid) {
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return true
}

// safe is a message's id as it may be logged.
func safe(sid string) string {
	if wellFormedSID(sid) {
		return sid
	}
	return "other"
}

// known and number let only what a receipt may say into the log.
func known(status string) string {
	switch status {
	case "queued", "sending", "sent", "delivered", "undelivered", "failed", "accepted", "scheduled", "canceled", "read":
		return status
	}
	return "other"
}

func number(code string) string {
	if len(code) > 6 {
		return "other"
	}
	for _, c := range []byte(code) {
		if c < '0' || c > '9' {
			return "other"
		}
	}
	return code
}

// verdict is what sits behind a sender's address.
type verdict int

const (
	person     verdict = iota
	machine            // a short code or a name: nobody to talk with, and never to be answered
	unreadable         // looks like a number but is none
)

// e164 is a number in international form. Carriers give it so; what has the form is believed, since a list of the world's
// numbering plans would be older than some of its numbers.
func e164(from phi.Text) (phi.Text, verdict) {
	raw := from.Reveal()
	if len(raw) == 0 || raw[0] != '+' {
		return phi.Text{}, machine
	}
	if len(raw) > 24 {
		return phi.Text{}, unreadable
	}
	if digits := raw[1:]; len(digits) >= 8 && len(digits) <= 15 && digits[0] != '0' && strings.Trim(digits, "0123456789") == "" {
		return from, person
	}
	return phi.Text{}, unreadable
}
