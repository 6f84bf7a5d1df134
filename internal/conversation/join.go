package conversation

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/words"
)

// How much is kept of somebody who has not joined yet: texts, and characters in them. More than most people say in a day,
// and little enough that the conversation with them can be stored.
const (
	heldWords   = 30
	heldLetters = 40_000
)

// joinWord is what to text to get into p, as it is shown.
func joinWord(p *program.Program) string { return strings.ToUpper(p.JoinWords[0]) }

// stranger answers somebody who takes part in nothing: their words are kept for a day, and they get a way in.
func (t *turn) stranger() {
	programs := t.m.Catalog.Programs()
	if len(programs) == 1 && is("yes", t.folded) {
		t.join(programs[0]) // an answer to the way in
		return
	}
	if t.s.Language == "" {
		t.s.Language = sounds(t.folded, t.spoken())
	}
	kept := !t.nearJoin() && t.hold("")
	t.wayIn()
	if kept {
		t.say("way-in-kept")
	}
}

// wayIn says what this is and which word joins.
func (t *turn) wayIn() {
	programs := t.m.Catalog.Programs()
	if len(programs) == 1 {
		p := programs[0]
		t.say("way-in", "program", p.Name.In(t.lang()), "purpose", p.Purpose.In(t.lang()), "word", joinWord(p))
	} else {
		t.say("way-in-many")
		for _, p := range programs {
			t.say("way-in-line", "program", p.Name.In(t.lang()), "word", joinWord(p))
		}
	}
	t.otherLanguages()
}

// otherLanguages tells those who can't read this what to text, in their own language. Those who chose the language are
// told only where it costs nothing.
func (t *turn) otherLanguages() {
	for _, lang := range t.spoken() {
		line := words.Text(lang, "sms.other-language")
		if lang != t.lang() && (!t.s.Chosen || t.cost(line) == t.cost("")) {
			t.tell(line)
		}
	}
}

// hold keeps the words of somebody who has not joined yet: all but slips. Where no more can be kept it says so.
func (t *turn) hold(programID string) bool {
	if t.slip() {
		return false
	}
	letters := utf8.RuneCountInString(t.text)
	for _, w := range t.s.Pending {
		letters += utf8.RuneCountInString(w.Text)
	}
	if len(t.s.Pending) >= heldWords || letters > heldLetters {
		t.say("held-full")
		return false
	}
	t.s.Pending = append(t.s.Pending, Words{Text: t.text, Key: t.key, Program: programID, At: t.now})
	return true
}

// join begins joining p: what it is, who sees what, and the question whether they agree.
func (t *turn) join(p *program.Program) {
	if t.s.member(p.ID) != nil {
		if t.s.Joining == nil && t.s.Filling == nil {
			t.s.Program = p.ID
		}
		t.say("already", "program", p.Name.In(t.lang()))
		t.again()
		return
	}
	if t.s.Joining == nil || t.s.Joining.Program != p.ID {
		t.s.Joining = &Joining{Program: p.ID, Stage: AtConsent}
	}
	if spoken := t.spoken(); !slices.Contains(spoken, t.s.Language) {
		t.s.Language = spoken[0]
	}
	if lang := p.JoinLanguage(t.folded); lang != "" && !t.s.Chosen {
		t.s.Language = lang
	}
	t.askJoining()
}

func (t *turn) askJoining() {
	p, j := t.program(), t.s.Joining
	switch j.Stage {
	case AtConsent:
		t.tell(p.Consent.SMS.In(t.lang()))
		t.otherLanguages()
	case AtRole:
		t.say("role")
	case AtAttribute:
		t.askAttribute()
	}
}

func (t *turn) joining() {
	switch t.s.Joining.Stage {
	case AtConsent:
		t.consent()
	case AtRole:
		t.role()
	case AtAttribute:
		t.attribute()
	}
}

func (t *turn) consent() {
	p := t.program()
	if lang := t.otherYes(); lang != "" {
		// Whoever agrees in another language may not have understood the text: they get it in theirs first.
		// To ask which language they want would cost a text and a turn, and then this text too for most of them.
		t.s.Language, t.s.Chosen = lang, true
		t.askJoining()
		return
	}
	switch {
	case is("yes", t.folded):
		j := t.s.Joining
		j.Consent = &Consent{Key: t.key, Version: p.Consent.Version, At: t.now}
		j.Stage = AtRole
		for n := range t.s.Pending {
			if t.s.Pending[n].Program == "" {
				t.s.Pending[n].Program = p.ID
			}
		}
		if t.onlyPatients(p) {
			j.Role = program.Patient
			t.firstAttribute()
			return
		}
		t.askJoining()
	case is("no", t.folded):
		t.s.Joining = nil
		t.s.Pending = slices.DeleteFunc(t.s.Pending, func(w Words) bool { return w.Program == "" })
		t.say("declined", "word", joinWord(p))
		t.again()
	default:
		if !t.holdUnasked() {
			t.say("consent-again")
		}
	}
}

// holdUnasked holds what is told instead of an answer to whether they agree, and asks again.
func (t *turn) holdUnasked() bool {
	if near("yes", t.folded) || near("no", t.folded) || !t.hold("") {
		return false
	}
	t.say("consent-kept")
	return true
}

// otherYes is another language, in which the text agrees, than the one that the dialogue has for want of a better
// guess; "" when there is none.
func (t *turn) otherYes() string {
	if t.s.Chosen || t.lang() != t.program().Languages[0] || isIn("yes", t.lang(), t.folded) {
		return ""
	}
	for _, lang := range t.spoken() {
		if isIn("yes", lang, t.folded) {
			return lang
		}
	}
	return ""
}

// onlyPatients says whether the program has nothing for caregivers, so that nobody needs to be asked.
func (t *turn) onlyPatients(p *program.Program) bool {
	return !slices.ContainsFunc(p.Uses, func(u program.Use) bool {
		return u.Proxy || slices.Contains(u.Roles, program.Caregiver)
	})
}

func (t *turn) role() {
	switch j := t.s.Joining; {
	case t.folded == "1", is("patient", t.folded):
		j.Role = program.Patient
	case t.folded == "2", is("caregiver", t.folded):
		j.Role = program.Caregiver
	default:
		if !near("patient", t.folded) && !near("caregiver", t.folded) {
			t.holdAside(words.Text(t.lang(), "sms.role"))
		}
		t.say("role-again")
		return
	}
	t.firstAttribute()
}

// holdAside keeps what was told instead of an answer; it becomes a story once they are in.
func (t *turn) holdAside(options ...string) {
	if t.tellsMore(options) && t.hold(t.s.Joining.Program) {
		t.say("kept-soon")
	}
}

func (t *turn) firstAttribute() {
	t.s.Joining.Stage, t.s.Joining.Attribute = AtAttribute, -1
	t.nextAttribute()
}

// nextAttribute asks the next one, or finishes joining after the last.
func (t *turn) nextAttribute() {
	t.s.Joining.Attribute++
	if t.s.Joining.Attribute < len(t.program().Attributes) {
		t.askAttribute()
		return
	}
	t.enrol()
}

func (t *turn) askAttribute() {
	a := t.program().Attributes[t.s.Joining.Attribute]
	t.tell(a.Text.In(t.lang()))
	t.attributeOptions(a)
}

func (t *turn) attributeOptions(a program.Attribute) {
	for n, o := range a.Options {
		t.tell(strconv.Itoa(n+1) + " " + o.Label.In(t.lang()))
	}
	t.say("or-skip")
}

func (t *turn) attribute() {
	j := t.s.Joining
	a := t.program().Attributes[j.Attribute]
	if code, ok := t.chosen(a); ok {
		if j.Attributes == nil {
			j.Attributes = map[string]string{}
		}
		j.Attributes[a.ID] = code
		t.nextAttribute()
		return
	}
	var labels []string
	for _, o := range a.Options {
		labels = append(labels, o.Label.In(t.lang()))
	}
	t.holdAside(labels...)
	t.say("one-number")
	t.attributeOptions(a)
}

// chosen is the option that the text means: by its number, its label or code, or a number within its range.
func (t *turn) chosen(a program.Attribute) (code string, ok bool) {
	for n, o := range a.Options {
		if t.folded == strconv.Itoa(n+1) || t.folded == program.Fold(o.Label.In(t.lang())) || t.folded == program.Fold(o.Code) {
			return o.Code, true
		}
	}
	if n, ok := t.onlyNumber(); ok {
		o, ok := a.Holding(n)
		return o.Code, ok
	}
	return "", false
}

// onlyNumber is the whole number that the text is, with nothing around it but what goes with a number ("I am 35 years
// old"). "For 35 years" and "1 35" are none.
func (t *turn) onlyNumber() (n int, ok bool) {
	if strings.ContainsAny(t.text, ".,/-+") && !strings.HasSuffix(t.text, ".") {
		return 0, false // "3.5", "18-39"
	}
	for w := range strings.FieldsSeq(t.folded) {
		if i, err := strconv.Atoi(w); err == nil && !ok {
			n, ok = i, true
		} else if !is("with-number", w) {
			return 0, false
		}
	}
	return n, ok
}

func (t *turn) joiningBack() {
	j := t.s.Joining
	switch {
	case j.Stage == AtAttribute && j.Attribute > 0:
		j.Attribute--
		delete(j.Attributes, t.program().Attributes[j.Attribute].ID)
	case j.Stage == AtAttribute && !t.onlyPatients(t.program()):
		j.Stage, j.Role = AtRole, ""
	default:
		t.say("first-question")
	}
	t.askJoining()
}

// enrol makes them a member, hands in what they said before, and begins the first questionnaire that is due at once.
func (t *turn) enrol() {
	j, p := t.s.Joining, t.program()
	t.do(Effect{
		Kind: Enrol, Key: j.Consent.Key + ":enrol", Program: p.ID, Language: t.lang(), Role: j.Role,
		Attributes: j.Attributes, Consent: j.Consent, Questionnaire: due(p, j.Role),
	})
	t.s.Members = append(t.s.Members, Member{Program: p.ID, Role: j.Role, Attributes: j.Attributes})
	t.s.Joining, t.s.Program = nil, p.ID
	t.s.Filling, t.s.Aside = nil, firstOf(t.s.Filling, t.s.Aside)
	first := t.firstWords(p.ID)
	if t.hasDue() {
		t.say("joined")
	} else {
		t.say("joined-quiet")
	}
	t.sayKept("kept-too", first)
	if !t.beginDue() {
		t.resumeAside()
	}
}

func firstOf(a, b *Filling) *Filling {
	if a != nil {
		return a
	}
	return b
}

// firstWords turns what was held into stories, as few as hold it all, so that their links cost little, and gives their
// keys.
func (t *turn) firstWords(programID string) (keys []string) {
	var held []Words
	t.s.Pending = slices.DeleteFunc(t.s.Pending, func(w Words) bool {
		if w.Program == programID {
			held = append(held, w)
		}
		return w.Program == programID
	})
	if len(t.s.Pending) == 0 {
		t.s.Pending = nil
	}
	for _, w := range t.together(held) {
		for n, piece := range t.pieces(w.Text) {
			key := reportKey(w.Key, n)
			t.story(key, piece, w)
			keys = append(keys, key)
		}
	}
	return keys
}

// together joins words that were texted one after the other, as far as one story may hold them.
func (t *turn) together(held []Words) []Words {
	var out []Words
	for _, w := range held {
		if n := len(out) - 1; n >= 0 && len(t.pieces(out[n].Text+"\n"+w.Text)) == 1 {
			out[n].Text += "\n" + w.Text
			continue
		}
		out = append(out, w)
	}
	return out
}
