package conversation

import (
	"strings"

	"github.com/tellback/tellback/internal/optout"
	"github.com/tellback/tellback/internal/program"
)

// crisis looks for words of despair before anything else is made of a text. They get the program's fixed reply and raise
// an alert; what was open stays open. Only of somebody who consented are they kept. Who also asks for no more texts
// ("STOP I want to die") gets both.
func (t *turn) crisis() bool {
	p, lang := t.despair()
	if p == nil {
		return false
	}
	t.tell(p.Crisis.Reply.In(lang))
	t.do(Effect{Kind: Alert, Program: p.ID})
	if t.s.Stopped {
		return true
	}
	t.s.Unlinked = append(t.s.Unlinked, t.keep()...)
	if (t.stops || t.alsoStops()) && (!t.outdated() || t.now.After(t.s.Resumed)) {
		t.s.Stopped = true
		t.do(Effect{Kind: Stop})
		t.say("stopped")
	}
	if t.now.After(t.s.Last) {
		t.s.Last = t.now
	}
	return true
}

// despair is the program whose crisis words are in the text: the one the dialogue is about comes first, but no program's
// words are overheard. lang is the language of the words: the dialogue's own where it has them too.
func (t *turn) despair() (p *program.Program, lang string) {
	all := t.m.Catalog.Programs()
	if p := t.program(); p != nil {
		all = append([]*program.Program{p}, all...)
	}
	for _, p := range all {
		if lang, found := p.Despair(t.lang(), t.text); found {
			return p, lang
		}
	}
	return nil, ""
}

// alsoStops says whether a text of despair has a request to stop texting beside it: anywhere as one would hear it in any
// text ("I want to die please stop texting me"), or in front of a sentence that begins anew ("STOP I want to die"). "I want it
// to stop" and "end my life" are none.
func (t *turn) alsoStops() bool {
	if w, _ := optout.Heard(t.text); w != optout.None {
		return true
	}
	said := strings.Fields(t.folded)
	for n := 1; n < min(len(said), 7); n++ {
		if !beginsAnew(said[n:]) {
			continue
		}
		if w, _ := optout.Heard(strings.Join(said[:n], " ")); w != optout.None {
			return true
		}
	}
	return false
}

// beginsAnew says whether words begin a sentence in which people speak of themselves.
func beginsAnew(said []string) bool {
	for n := 1; n <= min(len(said), 3); n++ {
		if is("self", strings.Join(said[:n], " ")) {
			return true
		}
	}
	return false
}
