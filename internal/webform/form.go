package webform

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/report"
)

// Field names of the form. An item's controls are q.<linkId>, o.<linkId> (the words of "something else") and
// u.<linkId> (the unit); an attribute's is p.<id>. Ours have no dot, so that none can be taken for another.
const (
	fieldSID      = "sid"
	FieldVersion  = "version"
	FieldWho      = "who"
	FieldRelation = "relation"
	FieldAbout    = "about"
	FieldConsent  = "consent"
	FieldRevision = "revision"
	FieldAction   = "action"
	fieldShown    = "shown"
)

// Who is telling, and about whom: one choice instead of two nested ones.
const (
	WhoPatient   = "patient"   // a patient about themselves
	whoCaregiver = "caregiver" // a caregiver about themselves
	WhoProxy     = "proxy"     // a caregiver about the patient
)

const maxAbout = report.MaxAbout // characters

// State is what a form holds, as the browser sent it or as a page first shows it. It is kept as it came, so that a
// refused form comes back as it was.
type State struct {
	SID             string // names the submission, so that sending again is the same one
	Relation, About string
	Consent         bool
	Attributes      map[string]string // by id

	version, who string
	shown        string              // which of the questions that only an evaluation brings the page had
	answers      map[string][]string // by linkId: option keys or what was typed
	other        map[string][]string // by linkId: words beside the options
	unit         map[string][]string // by linkId, for each answer
	count        map[string]int      // by linkId of what can be told several times: how many places were asked for
	blocks       map[string][]string // by linkId, of answers that are ticked: those that the page asked about
	pressed      bool                // a button that adds a place or takes one away
}

// Pressed says that the form was not sent, but asked for another place or for one less: the page comes again.
func (st State) Pressed() bool { return st.pressed }

// blank is a state that holds nothing.
func blank() State {
	return State{
		Attributes: map[string]string{}, answers: map[string][]string{}, other: map[string][]string{}, unit: map[string][]string{},
		count: map[string]int{}, blocks: map[string][]string{},
	}
}

// ReadState reads a posted form of q. What q and p don't ask is ignored.
func ReadState(q *questionnaire.Questionnaire, p *program.Program, v url.Values) State {
	one := func(name string) string { return tidy(v.Get(name)) }
	st := blank()
	st.SID, st.version, st.shown = v.Get(fieldSID), v.Get(FieldVersion), v.Get(fieldShown)
	st.who, st.Relation, st.About, st.Consent = one(FieldWho), one(FieldRelation), strings.TrimSpace(one(FieldAbout)), v.Get(FieldConsent) == "yes"
	if !Name26(st.SID) {
		st.SID = ""
	}
	for _, a := range p.Attributes {
		if s := one("p." + a.ID); s != "" {
			st.Attributes[a.ID] = s
		}
	}
	from, here := origins{}, map[string]*questionnaire.Item{}
	for _, i := range q.All() {
		if link := from.source(q, i); link != "" {
			here[link] = i
			st.read(i, link, v, from)
		}
	}
	st.pressed = st.press(q, v, here, from)
	return st
}

// read reads what a posted form has for i, by the linkId that its page had it by.
func (st State) read(i *questionnaire.Item, link string, v url.Values, from origins) {
	if n, err := strconv.Atoi(v.Get("n." + link)); err == nil && n > 0 && (group(i) || lines(i)) {
		st.count[i.LinkID] = min(n, 2*maxLines)
	}
	if !Asked(i) {
		return
	}
	if lines(i) {
		from[i.LinkID] = st.readLines(i, link, v)
		return
	}
	for _, s := range posted(i, v["q."+link]) {
		if s = tidy(s); s != "" {
			st.answers[i.LinkID] = append(st.answers[i.LinkID], s)
		}
	}
	if given := st.answers[i.LinkID]; i.Type == questionnaire.Attachment && !i.Repeats && len(given) > 1 {
		st.answers[i.LinkID] = given[len(given)-1:] // the file that was chosen now takes the place of the one before
	}
	for _, s := range posted(i, v["o."+link]) {
		if s = tidy(s); strings.TrimSpace(s) != "" {
			st.other[i.LinkID] = append(st.other[i.LinkID], s)
		}
	}
	st.spread(i)
	if s := tidy(v.Get("u." + link)); s != "" {
		st.unit[i.LinkID] = []string{s}
	}
	if ticked(i) {
		from[i.LinkID] = st.readTicked(i, link, v)
		for n, k := range from[i.LinkID] {
			if k > 0 {
				st.blocks[i.LinkID] = append(st.blocks[i.LinkID], st.answers[i.LinkID][n])
			}
		}
	}
}

// ShowState is the state of a form that shows a: an empty one's initial values, or the answers to be corrected.
func ShowState(q *questionnaire.Questionnaire, a questionnaire.Answers, loc *time.Location) State {
	st := blank()
	st.version = q.Version
	for _, i := range q.All() {
		if !Asked(i) {
			continue
		}
		i = q.Asked(i, a)
		for _, v := range a[i.LinkID] {
			switch {
			case suggesting(i) && typed(i) != nil:
				st.answers[i.LinkID] = append(st.answers[i.LinkID], v.Display(i, ""))
			case i.Type == questionnaire.OpenChoice && i.Option(v) == nil:
				st.answers[i.LinkID] = append(st.answers[i.LinkID], otherKey(i))
				st.other[i.LinkID] = append(st.other[i.LinkID], v.Text)
			default:
				st.answers[i.LinkID] = append(st.answers[i.LinkID], shown(i, v, loc))
				if i.Type == questionnaire.Quantity {
					st.unit[i.LinkID] = append(st.unit[i.LinkID], unitName(questionnaire.Unit{Code: v.Code}))
				}
			}
		}
	}
	return st
}

// Asked says whether a form has controls for i.
func Asked(i *questionnaire.Item) bool {
	for up := i; up != nil; up = up.Parent {
		if up.Hidden {
			return false
		}
	}
	return i.Answerable() && !i.ReadOnly && !i.Calculated() && !i.Another
}

// Parse reads the answers to the items that are enabled by them, and judges them. Answers to the others are dropped:
// without JavaScript a form shows them all. What was shown of before and came back untouched stays as it is: a control can't
// show all of it (a second, another zone, the second 1:30 of the night when clocks go back). Issues are in document
// order, Where is the linkId; for that the occurrences that a report won't have move behind the others in st.
func (st State) Parse(q *questionnaire.Questionnaire, loc *time.Location, before questionnaire.Answers) (questionnaire.Answers, []fault.Issue) {
	a, empty := st.entered(q, loc, before)
	if st.arrange(q, a) {
		a, empty = st.entered(q, loc, before)
	}
	clean := q.Clean(a)
	judged := map[string][]fault.Issue{}
	for _, f := range q.Validate(clean) {
		judged[f.Where] = append(judged[f.Where], f)
	}
	var issues []fault.Issue
	for _, i := range q.Enabled(clean) {
		if empty[i.LinkID] { // and not also "required"
			issues = append(issues, fault.Issue{Where: i.LinkID, Code: "other-empty"})
			continue
		}
		issues = append(issues, judged[i.LinkID]...)
	}
	return clean, issues
}

// entered are the answers as they were entered, and the questions of which "something else" was chosen without saying what.
func (st State) entered(q *questionnaire.Questionnaire, loc *time.Location, before questionnaire.Answers) (a questionnaire.Answers, empty map[string]bool) {
	a, empty = questionnaire.Answers{}, map[string]bool{}
	old := ShowState(q, before, loc)
	for _, i := range q.All() {
		if !Asked(i) || len(st.answers[i.LinkID]) == 0 && len(st.other[i.LinkID]) == 0 {
			continue
		}
		if len(before[i.LinkID]) > 0 && st.alike(old, i.LinkID) {
			a[i.LinkID] = before[i.LinkID]
			continue
		}
		// What can't be read is a value that Validate refuses in the same words, so the issues here aren't needed.
		now := q.Asked(i, a)
		raws, noWords := st.raws(now)
		empty[i.LinkID] = noWords
		if vs, _ := q.ParseLexicalIn(now, raws, loc); len(vs) > 0 {
			a[i.LinkID] = vs
		}
	}
	return a, empty
}

// alike says whether the controls of one item hold the same in both.
func (st State) alike(o State, link string) bool {
	return slices.Equal(st.answers[link], o.answers[link]) && slices.Equal(st.other[link], o.other[link]) && slices.Equal(st.unit[link], o.unit[link])
}

// raws are an item's answers in the forms that the questionnaire reads. noWords says that "something else" was chosen without
// saying what.
func (st State) raws(i *questionnaire.Item) (raws []string, noWords bool) {
	if byLabel := typed(i); byLabel != nil {
		return typedRaws(i, byLabel, st.answers[i.LinkID]), false
	}
	other := false
	for n, s := range st.answers[i.LinkID] {
		if i.Type == questionnaire.OpenChoice && s == otherKey(i) {
			other = true
			continue
		}
		if s = strings.TrimSpace(s); s != "" {
			raws = append(raws, lexical(i, s, st.unitOf(i, n)))
		}
	}
	if i.Type != questionnaire.OpenChoice {
		return raws, false
	}
	free := st.other[i.LinkID]
	if other && len(free) == 0 {
		return nil, true
	}
	if other || len(raws) == 0 { // or typed without a tap on "something else"
		for _, s := range free {
			raws = append(raws, "other:"+strings.TrimSpace(s))
		}
	}
	return raws, false
}

// spread has "something else" among the answers to i once for each of the words beside it, as a report has them.
func (st State) spread(i *questionnaire.Item) {
	if i.Type != questionnaire.OpenChoice || !i.Repeats {
		return
	}
	k := otherKey(i)
	if n := slices.Index(st.answers[i.LinkID], k); n >= 0 {
		rest := slices.DeleteFunc(st.answers[i.LinkID], func(s string) bool { return s == k })
		st.answers[i.LinkID] = append(rest, slices.Repeat([]string{k}, max(1, len(st.other[i.LinkID])))...)
	}
}

// unitOf is the unit that was chosen for the n-th answer to i.
func (st State) unitOf(i *questionnaire.Item, n int) string {
	if units := st.unit[i.LinkID]; n < len(units) {
		return units[n]
	}
	return ""
}

// Person judges who is telling: their draft's role, perspective, relation and about.
func (st State) Person(p *program.Program, u *program.Use) (who string, issues []fault.Issue) {
	open := Whos(p, u)
	who = st.who
	if len(open) == 1 {
		who = open[0]
	}
	if !slices.Contains(open, who) {
		return "", []fault.Issue{{Where: FieldWho, Code: "who"}}
	}
	if who != WhoProxy {
		return who, nil
	}
	if !slices.Contains(report.Relations, st.Relation) {
		issues = append(issues, fault.Issue{Where: FieldRelation, Code: "relation"})
	}
	if utf8.RuneCountInString(st.About) > maxAbout {
		issues = append(issues, fault.Issue{Where: FieldAbout, Code: "about-long"})
	}
	return who, issues
}

// Whos are the ways in which a program lets people answer a questionnaire. Everybody may tell a story.
func Whos(p *program.Program, u *program.Use) []string {
	var out []string
	story := u.Questionnaire == p.Story
	for _, role := range []program.Role{program.Patient, program.Caregiver} {
		if story || slices.Contains(u.Roles, role) {
			out = append(out, string(role))
		}
	}
	if story || u.Proxy {
		out = append(out, WhoProxy)
	}
	return out
}

// Extras judges the optional attributes.
func (st State) Extras(p *program.Program) (issues []fault.Issue) {
	for _, a := range p.Attributes {
		s, given := st.Attributes[a.ID]
		known := slices.ContainsFunc(a.Options, func(o program.AttributeOption) bool { return o.Code == s })
		if given && !known {
			issues = append(issues, fault.Issue{Where: "p." + a.ID, Code: "choice"})
		}
	}
	return issues
}

var (
	commaPoint = regexp.MustCompile(`^[+-]?\d+,(\d{1,2}|\d{4,})(\D|$)`)
	spaces     = regexp.MustCompile(`(\d)[ \x{a0}\x{202f}]+(\d)`)
)

// lexical turns what a control holds into the form that the questionnaire reads: people write 37,5 and 1 000.
// "1,000" stays as it is: it means one thing in one country and another in the next.
func lexical(i *questionnaire.Item, s, unit string) string {
	switch i.Type {
	case questionnaire.Integer, questionnaire.Decimal, questionnaire.Quantity:
	default:
		return s
	}
	s = spaces.ReplaceAllString(spaces.ReplaceAllString(s, "$1$2"), "$1$2")
	if commaPoint.MatchString(s) && i.Type != questionnaire.Integer {
		s = strings.Replace(s, ",", ".", 1)
	}
	if i.Type == questionnaire.Quantity && unit != "" {
		s += " " + unit
	}
	return s
}

// shown is the inverse of lexical: what a control holds to show v.
func shown(i *questionnaire.Item, v questionnaire.Value, loc *time.Location) string {
	if len(i.Options) > 0 {
		return key(i, v)
	}
	switch v.Type {
	case questionnaire.Time:
		return strings.TrimSuffix(v.Text, ":00")
	case questionnaire.DateTime:
		if t, err := time.Parse(time.RFC3339, v.Text); err == nil {
			return t.In(loc).Format("2006-01-02T15:04")
		}
	}
	return v.Text
}

// tidy makes what a browser sent safe to keep: valid UTF-8, line feeds for line ends, no other control characters
// (NUL among them).
func tidy(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\r':
			return '\n'
		case r == '\n', r == '\t':
			return r
		case unicode.IsControl(r):
			return -1
		}
		return r
	}, s)
}
