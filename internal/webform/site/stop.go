package site

import (
	"context"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/optout"
	"github.com/tellback/tellback/internal/participant"
	"github.com/tellback/tellback/internal/report"
)

// Who wants no more texts may say so here too: by a button where a report's teller is known by a phone, and in their own words, which
// end the texts of that phone. Where no phone is known, they are told what to text.

// phone is what a page says of texts.
type phone struct {
	Ask  bool // texts can be ended here
	Done bool // they have been
	How  bool // they are to be ended by a text
}

// contact is the phone behind a report's teller; ok is false when none is known.
func (h *handler) contact(ctx context.Context, rep report.Report) (c participant.Contact, ok bool, err error) {
	p, err := h.registry.Participant(ctx, rep.Participant)
	if err == nil && p.Contact != "" {
		c, err = h.registry.ContactOf(ctx, p.Contact)
	}
	if fault.KindOf(err) == fault.NotFound && err != nil {
		return c, false, nil
	}
	return c, err == nil && c.Pseudonym != "", err
}

// phone is what the receipt of a report has to say of texts.
func (h *handler) phone(ctx context.Context, rep report.Report) (phone, error) {
	c, ok, err := h.contact(ctx, rep)
	switch {
	case err != nil:
		return phone{}, err
	case ok:
		return phone{Ask: !c.Stopped, Done: c.Stopped}, nil
	}
	return phone{How: wantsNoTexts(rep)}, nil
}

// stopTexts ends the texts to the phone behind a report; nothing happens where none is known.
func (h *handler) stopTexts(ctx context.Context, rep report.Report) error {
	c, ok, err := h.contact(ctx, rep)
	if err != nil || !ok || c.Stopped {
		return err
	}
	if err := h.registry.SetStopped(ctx, c.Number, true, h.now()); err != nil {
		return err
	}
	h.log.InfoContext(ctx, "a number opted out")
	return nil
}

// wantsNoTexts says whether a report's own words ask for no more texts.
func wantsNoTexts(rep report.Report) bool {
	for _, words := range written(rep.Answers.Reveal()) {
		if w, _ := optout.Heard(words); w != optout.None {
			return true
		}
	}
	return false
}
