package sms

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/phi"
)

// Receipt is what the gateway tells of a text that it took.
type Receipt struct {
	SID    string
	Status string
	Code   string // of an error, "" without one
	To     phi.Text
	Ref    string // as the text was dispatched with; "" of replies
}

// Status takes a receipt. Receipts come early, late, twice and out of order, so they are merged: what is known of a text
// only ever comes nearer to its end.
func (s *Service) Status(ctx context.Context, r Receipt) error {
	err := s.receive(ctx, r)
	if err != nil {
		s.Log.ErrorContext(ctx, "a delivery receipt could not be noted", "sid", safe(r.SID), "error", err)
	}
	return err
}

func (s *Service) receive(ctx context.Context, r Receipt) error {
	if r.Code == OptedOut {
		if contact, verdict := e164(r.To); verdict == person {
			if err := s.optedOut(ctx, contact); err != nil {
				return err
			}
		}
	} else if r.Code != "" {
		s.Log.WarnContext(ctx, "a text was not delivered", "sid", safe(r.SID), "status", known(r.Status), "kind", number(r.Code))
	}
	id, _, ok := strings.Cut(r.Ref, ".")
	if !ok || !wellFormedSID(id) || known(r.Status) != r.Status {
		return nil
	}
	return s.merge(ctx, id, r)
}

func (s *Service) merge(ctx context.Context, id string, r Receipt) error {
	moved := false
	t, err := s.change(ctx, id, func(t *Text) bool {
		moved = t.ref() == r.Ref && (t.SID == "" || t.SID == r.SID) && rankOf(r.Status) > rankOf(t.Status)
		if moved {
			t.SID = r.SID
			t.come(r.Status, number(r.Code))
		}
		return moved
	})
	if fault.KindOf(err) == fault.NotFound {
		return nil // not one of ours, or of long ago
	}
	if err != nil || !moved && !(t.ref() == r.Ref && t.Status == r.Status) {
		return err
	}
	switch { // done again when the same receipt comes again: it may be the retry of one that broke off here
	case arrived(t.Status):
		return s.Registry.Reached(ctx, t.Contact, t.At)
	case failed(t.Status) && (lost(t.Code) || slices.Contains(phoneCodes, t.Code)):
		return s.Registry.Failing(ctx, t.Contact, t.Code, lost(t.Code), t.At)
	}
	return nil
}

// come takes over what a receipt says. A text that is still claimed is looked at all the same when its time comes: there
// may be more to note than that it went out.
func (t *Text) come(status, code string) {
	t.Status, t.Code = status, code
	switch {
	case t.State == Claimed:
	case failed(status):
		t.giveBack(Passes(code))
	case arrived(status) && t.State == Held: // it came after all, before it was tried again
		t.State, t.Look = TakenOn, time.Time{}
	}
}

func lost(code string) bool { return slices.Contains(lostCodes, code) }
