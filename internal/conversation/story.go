package conversation

import (
	"slices"
	"strings"
	"time"

	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/questionnaire"
)

// idle answers somebody who takes part and has no question open: whatever they say in words is a story.
func (t *turn) idle() {
	switch {
	case t.amendTold():
	case is("thanks", t.folded):
		t.say("welcome")
	case is("greeting", t.folded):
		t.say("greeting")
	case t.slip() && len(t.said) > 0: // it was for questions that have just been closed
	case t.slip():
		t.say("idle")
	default:
		keys := t.keep()
		if len(keys) == 0 {
			t.say("no-story", "help", t.help())
			return
		}
		t.sayKept("thanks-story", keys)
		t.s.Told = nil // they have gone on
	}
}

// sayKept gives the links to stories: everybody can read, correct and withdraw all that they told.
func (t *turn) sayKept(sentence string, keys []string) {
	all := append(t.s.Unlinked, keys...)
	if t.s.Unlinked = nil; len(all) == 0 {
		return
	}
	var urls []string
	for _, key := range all {
		urls = append(urls, t.receipt(key))
	}
	t.say(sentence, "url", strings.Join(urls, " "))
}

// keep makes this text a story, of somebody who consented, and gives its key, several where one story can't hold it; none
// when there is none. Before they have answered all the questions of joining, it is held until they have.
func (t *turn) keep() (keys []string) {
	if j := t.s.Joining; j != nil && j.Consent != nil {
		t.hold(j.Program)
		return nil
	}
	if t.storyItem() == nil || !hasLetter(t.text) && !emotes(t.text) {
		return nil
	}
	for _, piece := range t.pieces(t.text) {
		key := t.tellKey()
		t.story(key, piece, Words{At: t.now})
		keys = append(keys, key)
	}
	return keys
}

// teller is the membership that stories count for: of the program the dialogue is about, or else the latest.
func (t *turn) teller() *Member {
	if m := t.member(); m != nil {
		return m
	}
	return t.s.member(t.s.Program)
}

// storyItem is the one question of the program's story questionnaire, or nil when it has none.
func (t *turn) storyItem() *questionnaire.Item {
	m := t.teller()
	if m == nil {
		return nil
	}
	p := t.m.Catalog.Program(m.Program)
	q, _ := t.m.Catalog.Used(p, p.Story)
	if q == nil {
		return nil
	}
	for _, i := range q.All() {
		if i.Answerable() && !i.Hidden {
			return i
		}
	}
	return nil
}

// pieces are words cut to what one story may hold, so that none is refused for its length.
func (t *turn) pieces(text string) []string {
	i := t.storyItem()
	if i == nil {
		return nil
	}
	return split(text, i.MaxLength)
}

func (t *turn) story(key, text string, w Words) {
	m, i := t.teller(), t.storyItem()
	p := t.m.Catalog.Program(m.Program)
	q, _ := t.m.Catalog.Used(p, p.Story)
	t.hand(m, q, key, questionnaire.Answers{i.LinkID: {{Type: i.Type, Text: text}}}, nil)
	t.effects[len(t.effects)-1].At = w.At
}

// hand gives a report in.
func (t *turn) hand(m *Member, q *questionnaire.Questionnaire, key string, a questionnaire.Answers, sent map[string]string) {
	t.do(Effect{
		Kind: Tell, Key: key, Program: m.Program, Questionnaire: q.ID, Version: q.Version,
		Language: t.lang(), Role: m.Role, Attributes: m.Attributes, Answers: a, Sent: sent,
	})
}

// answers says whether people of that role answer a questionnaire about themselves.
func answers(p *program.Program, id string, role program.Role) bool {
	return slices.ContainsFunc(p.Uses, func(u program.Use) bool { return u.Questionnaire == id && slices.Contains(u.Roles, role) })
}

// due is the first questionnaire that somebody of that role answers about themselves at once; "" without one.
func due(p *program.Program, role program.Role) string {
	for _, u := range p.Uses {
		if u.FirstDay == 0 && u.Questionnaire != p.Story && slices.Contains(u.Roles, role) {
			return u.Questionnaire
		}
	}
	return ""
}

func (t *turn) hasDue() bool {
	m := t.member()
	return m != nil && due(t.m.Catalog.Program(m.Program), m.Role) != ""
}

// beginDue begins the questionnaire that is due and asks its first question; false when none is.
func (t *turn) beginDue() bool {
	m := t.member()
	if m == nil || !t.begin(due(t.m.Catalog.Program(m.Program), m.Role)) {
		return false
	}
	t.ask()
	return true
}

// answeredLately says whether they handed in what is due at once less than a week ago, or than its own rhythm.
func (t *turn) answeredLately() bool {
	m, p := t.member(), t.program()
	_, use := t.m.Catalog.Used(p, due(p, m.Role))
	rhythm := stale
	if use != nil && use.EveryDays > 0 {
		rhythm = time.Duration(use.EveryDays) * 24 * time.Hour
	}
	return !m.Answered.IsZero() && t.now.Sub(m.Answered) < min(rhythm, stale)
}
