package conversation

import "time"

// Questions that nobody answers close in the end: an answer weeks later would be to another week, and the next questions would wait behind them
// for ever. Nothing is sent for it. The goodbye comes with the next text, whoever begins.

// closes is how long questions wait for an answer. [patience] says when an invitation takes their place.
const closes = 14 * 24 * time.Hour

// lapse closes questions that have waited too long, and says goodbye to them.
func (t *turn) lapse() {
	if t.s.Filling == nil || t.s.Joining != nil || t.s.Asked.IsZero() || t.now.Sub(t.s.Asked) < closes {
		return
	}
	t.unlink()
	t.s.Filling, t.s.Aside = nil, nil // what was put aside is older still
	t.say("closed")
}

// invites says who invites to what is asked next. Whoever left the last questions open is not blamed for it.
func (t *turn) invites(anew bool) {
	if anew {
		t.say("invite-anew", "program", t.name())
		return
	}
	t.say("invite", "program", t.name())
}
