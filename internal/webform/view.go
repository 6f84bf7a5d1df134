package webform

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/report"
	"github.com/tellback/tellback/internal/words"
)

// formView is what the form's template sees.
type formView struct {
	speech
	Action, Title, Lead string
	DraftKey            string            // where a browser keeps the draft; "" when it shouldn't
	Kept                bool              // shows what was sent, so it wins over a draft
	Says                map[string]string // sentences for the script
	Notice              string
	Earlier             *link // beside Notice: what was sent before
	Crisis              *reply
	Errors              []errorLine
	Hidden              [][2]string
	Who, Relation       *field
	WhoLine             string // instead of Who where there is only one
	About               *field
	Fields              []*field
	AllOptional         bool
	Attributes          []*field
	Consent             *consentView
	Send                string
	Back                *link
}

type link struct{ Text, URL string }

type errorLine struct{ Text, ID string }

type consentView struct {
	Text    []para
	Err     string
	Checked bool
}

// field is one control, or a group of them.
type field struct {
	Kind      string // group, display, radios, checks, unit (a number with its unit), area, input
	ID, Name  string // the control's; the options' ids are ID-0, ID-1, …
	LinkID    string
	Number    string // the item's own prefix; the style sheet counts where there is none
	Text      string
	Help      string
	More      []link // to read about it elsewhere
	OnlyIf    string // in words
	When      string // the same for the script
	Required  bool
	Err       string
	Type      string
	InputMode string
	MaxLength int
	Value     string
	Options   []choice
	Grid      bool // a row of numbers
	Skip      bool // has a line to take an answer back
	SkipText  string
	// OptionalText says so where only some questions are.
	OptionalText string
	Other        *choice
	Words        string // what was written beside Other
	WordsText    string // its label
	Units        []choice
	UnitText     string
	UnitNone     string
	Fields       []*field // of a group, or asked beneath the answer
}

type choice struct {
	Value, Label, More string
	Checked            bool
	Exclusive          bool
	Level              []bool // of a scale: so many of its steps are filled
}

// Describe is the value of aria-describedby.
func (f *field) Describe() string {
	var ids []string
	for suffix, text := range map[string]string{"-h": f.Help, "-e": f.Err, "-c": f.OnlyIf} {
		if text != "" {
			ids = append(ids, f.ID+suffix)
		}
	}
	slices.Sort(ids)
	return strings.Join(ids, " ")
}

// first is the id of the control that an error leads to.
func (f *field) first() string {
	if f.Kind == "radios" || f.Kind == "checks" {
		return f.ID + "-0"
	}
	return f.ID
}

// Count is the title of the list of errors.
func (v *formView) Count() string {
	if n := len(v.Errors); n != 1 {
		return v.T("errors-title", "count", strconv.Itoa(n))
	}
	return v.T("errors-title-one")
}

// speech says the form's sentences in one language.
type speech struct{ Lang string }

// T is one sentence.
func (s speech) T(key string, args ...string) string { return words.Text(s.Lang, "form."+key, args...) }

// builder makes fields from items.
type builder struct {
	q     *questionnaire.Questionnaire
	lang  string
	loc   *time.Location
	st    state
	errs  map[string]string // the first sentence by where
	needs bool              // some question must be answered
	mixed bool              // some questions must be answered, others need not

	answers questionnaire.Answers // that the form holds, for what depends on them
	enabled map[string]bool       // by linkId, of items that only an evaluation brings
}

func (b *builder) say(key string, args ...string) string {
	return words.Text(b.lang, "form."+key, args...)
}

// fields makes the fields of items, hidden ones left out.
func (b *builder) fields(items []*questionnaire.Item) (out []*field) {
	for _, i := range items {
		if !i.Hidden && (!i.Conditional() || b.enabled[i.LinkID]) {
			out = append(out, b.field(i))
		}
	}
	return out
}

func (b *builder) field(i *questionnaire.Item) *field {
	id := "q" + strconv.Itoa(slices.Index(b.q.All(), i))
	i = b.q.Asked(i, b.answers)
	f := &field{
		ID: id, Name: "q." + i.LinkID, LinkID: i.LinkID,
		Number: i.Prefix, Text: i.Text.In(b.lang), Err: b.errs[i.LinkID], Required: i.Required,
		SkipText: b.say("skip-question"), UnitNone: b.say("unit-choose"),
	}
	if b.mixed && !i.Required {
		f.OptionalText = b.say("optional")
	}
	f.OnlyIf, f.When = b.onlyIf(i)
	switch {
	case i.Type == questionnaire.Group:
		f.Kind = "group"
	case i.Type == questionnaire.Display:
		f.Kind = "display"
	case i.ReadOnly || i.Calculated():
		f.Kind = "display"
		for _, v := range b.q.Shown(i, b.answers) {
			f.Help = strings.TrimSpace(f.Help + " " + v.Display(i, b.lang))
		}
	default:
		b.control(f, i)
	}
	f.Help = strings.TrimSpace(i.Help.In(b.lang) + " " + f.Help)
	for _, to := range i.Links {
		f.More = append(f.More, link{Text: b.say("read-more", "address", to), URL: to})
	}
	f.Fields = b.fields(i.Items)
	return f
}

// control fills in what an answerable item's field is operated with.
func (b *builder) control(f *field, i *questionnaire.Item) {
	given := b.st.answers[i.LinkID]
	if len(given) > 0 {
		f.Value = given[0]
	}
	f.MaxLength = i.MaxLength
	switch {
	case i.Type == questionnaire.Boolean:
		f.Kind, f.Skip = "radios", !i.Required
		for _, v := range []string{"true", "false"} {
			label := b.say(map[string]string{"true": "yes", "false": "no"}[v])
			f.Options = append(f.Options, choice{Value: v, Label: label, Checked: v == f.Value})
		}
	case len(i.Options) > 0:
		b.options(f, i, given)
	case i.Type == questionnaire.Text:
		f.Kind = "area"
		if i.MaxLength > 0 {
			f.Help = b.say("up-to", "max", strconv.Itoa(i.MaxLength))
		}
	case tappable(i):
		f.Kind, f.Grid, f.Skip = "radios", true, !i.Required
		low, _ := strconv.Atoi(i.Min.Text)
		high, _ := strconv.Atoi(i.Max.Text)
		for n := low; n <= high; n++ {
			s := strconv.Itoa(n)
			f.Options = append(f.Options, choice{Value: s, Label: s, Checked: s == f.Value})
		}
	default:
		b.input(f, i)
	}
}

func (b *builder) input(f *field, i *questionnaire.Item) {
	f.Kind, f.Type = "input", "text"
	switch i.Type {
	case questionnaire.Date:
		f.Type = "date"
	case questionnaire.Time:
		f.Type = "time"
	case questionnaire.DateTime:
		f.Type = "datetime-local"
	case questionnaire.URL:
		f.Type, f.InputMode = "url", "url"
	case questionnaire.Integer, questionnaire.Decimal, questionnaire.Quantity:
		f.InputMode = "decimal"
		if i.Type == questionnaire.Integer {
			f.InputMode = "numeric"
		}
		if i.Min != nil && i.Min.Text[0] == '-' || i.Min == nil && i.Max != nil {
			f.InputMode = "text" // the number pads of phones have no minus
		}
		f.Help, f.MaxLength = b.bounds(i), 40
	}
	if form, native := forms[f.Type]; native && f.Value != "" && !form.MatchString(f.Value) {
		f.Type = "text" // a native control would show nothing and send nothing
	}
	if i.Type == questionnaire.Quantity && len(i.Units) > 1 {
		f.Kind, f.UnitText = "unit", b.say("unit", "question", f.Text)
		for _, u := range i.Units {
			k := unitName(u)
			f.Units = append(f.Units, choice{Value: k, Label: cmp.Or(u.Display, u.Code), Checked: k == b.st.unit[i.LinkID]})
		}
	}
}

// forms are what the native controls can show.
var forms = map[string]*regexp.Regexp{
	"date":           regexp.MustCompile(`^\d{4}-\d\d-\d\d$`),
	"time":           regexp.MustCompile(`^\d\d:\d\d(:\d\d)?$`),
	"datetime-local": regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$`),
}

// bounds says which numbers are possible.
func (b *builder) bounds(i *questionnaire.Item) string {
	var parts []string
	switch {
	case i.Min != nil && i.Max != nil:
		parts = append(parts, b.say("between", "min", i.Min.Text, "max", i.Max.Text))
	case i.Min != nil:
		parts = append(parts, b.say("at-least", "min", i.Min.Text))
	case i.Max != nil:
		parts = append(parts, b.say("at-most", "max", i.Max.Text))
	}
	if len(i.Units) == 1 {
		parts = append(parts, b.say("in-unit", "unit", cmp.Or(i.Units[0].Display, i.Units[0].Code)))
	}
	return strings.Join(parts, " ")
}

// tappable says whether a number is better tapped than typed: eleven of them at most, as in "0 to 10".
func tappable(i *questionnaire.Item) bool {
	if i.Type != questionnaire.Integer || i.Repeats || i.Min == nil || i.Max == nil {
		return false
	}
	low, err1 := strconv.Atoi(i.Min.Text)
	high, err2 := strconv.Atoi(i.Max.Text)
	return err1 == nil && err2 == nil && low >= 0 && high <= 1000 && high-low >= 1 && high-low <= 10
}

func (b *builder) options(f *field, i *questionnaire.Item, given []string) {
	f.Kind, f.Skip = "radios", !i.Required
	if i.Repeats {
		f.Kind, f.Skip, f.Help = "checks", false, b.say("choose-many")
	}
	steps := scale(i)
	for n, k := range keys(i) {
		o := i.Options[n]
		c := choice{Value: k, Label: o.Label.In(b.lang), Checked: slices.Contains(given, k), Exclusive: o.Exclusive}
		if steps != nil {
			c.Level = make([]bool, len(steps)-1)
			for s := range steps[n] {
				c.Level[s] = true
			}
		}
		f.Options = append(f.Options, c)
	}
	if i.Type == questionnaire.OpenChoice {
		k := otherKey(i)
		f.Other = &choice{Value: k, Label: b.say("other"), Checked: slices.Contains(given, k)}
		f.Words, f.WordsText = b.st.other[i.LinkID], b.say("other-label", "question", f.Text)
		if f.Words != "" && len(given) == 0 {
			f.Other.Checked = true
		}
	}
}

// scale gives each option's step (0, 1, …) if the options are a scale of three to seven steps, or nil.
func scale(i *questionnaire.Item) []int {
	if n := len(i.Options); i.Repeats || n < 3 || n > 7 {
		return nil
	}
	var weights []int64
	for _, o := range i.Options {
		if o.Ordinal == nil || slices.Contains(weights, *o.Ordinal) {
			return nil
		}
		weights = append(weights, *o.Ordinal)
	}
	sorted := slices.Sorted(slices.Values(weights))
	steps := make([]int, len(weights))
	for n, w := range weights {
		steps[n] = slices.Index(sorted, w)
	}
	return steps
}

// who makes the fields that ask who is telling.
func (b *builder) who(v *formView, p *program.Program, u *program.Use) {
	open := whos(p, u)
	if len(open) == 1 {
		v.WhoLine = b.say("only-" + open[0])
	} else {
		v.Who = &field{Kind: "radios", ID: "who", Name: fieldWho, Text: b.say("who"), Err: b.errs[fieldWho], Required: true}
		for _, w := range open {
			v.Who.Options = append(v.Who.Options, choice{
				Value: w, Label: b.say("who-" + w), More: b.say("who-" + w + "-more"), Checked: b.st.who == w,
			})
		}
	}
	if !slices.Contains(open, whoProxy) {
		return
	}
	only := ""
	if len(open) > 1 {
		only = b.say("only-if-proxy")
	}
	v.Relation = &field{Kind: "radios", ID: "relation", Name: fieldRelation, Text: b.say("relation"), OnlyIf: only, Err: b.errs[fieldRelation], Required: true}
	for _, r := range report.Relations {
		v.Relation.Options = append(v.Relation.Options, choice{Value: r, Label: b.say("relation-" + r), Checked: b.st.relation == r})
	}
	v.About = &field{
		Kind: "input", ID: "about", Name: fieldAbout, Type: "text", Text: b.say("about"), Help: b.say("about-help"), OnlyIf: only,
		Err: b.errs[fieldAbout], OptionalText: b.say("optional"), MaxLength: maxAbout, Value: b.st.about,
	}
}

// attributes makes the optional questions about the person.
func (b *builder) attributes(p *program.Program) (out []*field) {
	for n, a := range p.Attributes {
		f := &field{
			Kind: "radios", ID: "p" + strconv.Itoa(n), Name: "p." + a.ID, Text: a.Text.In(b.lang),
			Err: b.errs["p."+a.ID], Skip: true, SkipText: b.say("prefer-not"),
		}
		for _, o := range a.Options {
			f.Options = append(f.Options, choice{Value: o.Code, Label: o.Label.In(b.lang), Checked: b.st.attributes[a.ID] == o.Code})
		}
		out = append(out, f)
	}
	return out
}

// sentences gives each issue its sentence in lang, by where; an item's first one counts.
func sentences(q *questionnaire.Questionnaire, lang string, issues []fault.Issue) map[string]string {
	out := map[string]string{}
	for _, i := range issues {
		if _, ok := out[i.Where]; !ok {
			out[i.Where] = sentence(q, lang, i)
		}
	}
	return out
}

func sentence(q *questionnaire.Questionnaire, lang string, i fault.Issue) string {
	switch i.Code {
	case "about-long":
		return words.Text(lang, "form.error-about-long", "max", strconv.Itoa(maxAbout))
	case "who", "relation", "choice", "consent", "other-empty":
		return words.Text(lang, "form.error-"+i.Code)
	}
	if words.Has(words.Default, "answer."+i.Code) {
		return questionnaire.Explain(i, q.Item(i.Where), lang)
	}
	return words.Text(lang, "form.error-unreadable")
}

func newBuilder(a ask, st state, issues []fault.Issue) *builder {
	b := &builder{q: a.q, lang: a.lang, loc: a.p.Location(), st: st, errs: sentences(a.q, a.lang, issues)}
	optional := false
	for _, i := range a.q.All() {
		if asked(i) {
			b.needs, optional = b.needs || i.Required, optional || !i.Required
		}
	}
	b.mixed = b.needs && optional
	b.answers, b.enabled = st.told(a.q, b.loc)
	return b
}
