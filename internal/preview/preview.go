// Package preview shows what a questionnaire would be like here before anybody uses it: what of it is honoured and what
// refused, how it goes as a conversation by text and looks as a form, how hard its words are, and what a report will cost. It
// keeps nothing, and reaches neither reports nor people.
package preview

import (
	"context"
	"html/template"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tellback/tellback/internal/conversation"
	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/webform"
)

// Offer is what somebody would like to see.
type Offer struct {
	Document []byte   // a Questionnaire, hopefully
	Sets     [][]byte // value sets that it refers to
	Lang     string   // to show it in; where it doesn't speak that, in a language of the program, else in its own first
}

// Look is what there is to say of an offer.
type Look struct {
	Kind     fault.Kind    // why it is refused: Invalid, Malformed or TooLarge; of no meaning otherwise
	Refusals []fault.Issue // each with its place and reason; none: it can be used
	Items    []Refused     // the items that these are about, in document order; those about the whole aren't in it
	Fine     int           // how many items have nothing wrong with them

	Questionnaire *questionnaire.Questionnaire // nil when it is refused
	Usage         questionnaire.Usage
	Lang          string
	Languages     []Language // Lang first
	Talk          Walk       // one way through it by text: the plain answer to each question
	Fewest, Most  *Walk      // the shortest and the longest way that was found; nil where none came to an end
	Branches      []Branch   // questions that Talk did not meet
	Longest       []Text     // of what the program texts, most segments first
	Hardest       []Hard     // questions that are hard to read
	Form          template.HTML
	FormLeft      int // how many questions of the form aren't shown: there are too many
}

// Maker makes looks, as if one program used what is offered.
type Maker struct {
	Program *program.Program
	Sets    *questionnaire.ValueSets // of the installation; documents of the offer are added
	Public  string                   // where the installation is: addresses are a part of what is texted
	Now     time.Time
}

// Look judges an offer, and shows it where it can be used. When ctx ends it shows what it has.
func (m Maker) Look(ctx context.Context, o Offer) Look {
	var k Look
	for n, doc := range o.Sets {
		k.refuse("value set "+strconv.Itoa(n+1), here(m.Sets.Add(doc)))
	}
	q, err := m.Sets.Load(o.Document)
	k.refuse("", err)
	if len(k.Refusals) > 0 {
		if k.Kind == fault.Invalid { // else it is too large or no JSON
			k.Items, k.Fine = outline(o.Document, k.Refusals)
		}
		return k
	}
	k.Questionnaire, k.Usage = q, q.Usage()
	k.Lang = m.language(q, o.Lang)
	walking, done := context.WithTimeout(ctx, forWalks)
	defer done()
	k.walk(walking, m)
	k.measure(walking, m)
	drawing, done := context.WithTimeout(ctx, forForm)
	defer done()
	k.draw(drawing, m)
	return k
}

// refuse notes what an error says, with its place.
func (k *Look) refuse(of string, err error) {
	if err == nil {
		return
	}
	text, issues := fault.Public(err)
	if len(issues) == 0 {
		issues = []fault.Issue{{Text: text}}
	}
	if k.Kind != fault.TooLarge && k.Kind != fault.Malformed { // the gravest counts
		k.Kind = fault.KindOf(err)
	}
	for _, i := range issues {
		if of != "" {
			i.Where = strings.TrimRight(of+": "+i.Where, ": ")
		}
		k.Refusals = append(k.Refusals, shortened(i))
	}
}

// shortened is an issue that is fit to be shown: a hostile document names things by megabytes.
func shortened(i fault.Issue) fault.Issue {
	i.Where, i.Text = clip(i.Where, 600), clip(i.Text, 600)
	return i
}

// here is err, unless it says no more than that a value set is here already: then that is the one that counts.
func here(err error) error {
	_, issues := fault.Public(err)
	if len(issues) > 0 && !slices.ContainsFunc(issues, func(i fault.Issue) bool { return i.Code != "duplicate" || i.Where != "url" }) {
		return nil
	}
	return err
}

// language is the one to show q in.
func (m Maker) language(q *questionnaire.Questionnaire, want string) string {
	for _, lang := range append([]string{want}, m.Program.Languages...) {
		if slices.Contains(q.Languages, lang) {
			return lang
		}
	}
	return q.Languages[0]
}

// mostQuestions bounds the form that is shown, and what it may have in options and bytes.
const (
	mostQuestions = 150
	mostForm      = 1 << 20
)

// How long walks may take together, and how long it may take to find out what the form asks. Expressions are bounded, but each
// question may cost as much as all of them together, and a hostile document has thousands.
const (
	forWalks = 4 * time.Second
	forForm  = time.Second
)

// draw makes the form that people would fill in: its questions, without who tells and without consent, which the program adds.
func (k *Look) draw(ctx context.Context, m Maker) {
	c := program.Trying(m.Program, k.Questionnaire, k.Lang)
	p := c.Programs()[0]
	q := k.Questionnaire.At(m.Now.In(p.Location()))
	initial := webform.Initial(q)
	for _, i := range q.All() { // drawing asks the same
		q.Asked(i, initial)
		if i.Calculated() {
			q.Shown(i, initial)
		}
		if ctx.Err() != nil {
			return
		}
	}
	f := webform.Form{Program: p, Questionnaire: q, Use: &p.Uses[0], Lang: k.Lang}
	v := f.View(webform.ShowState(q, initial, p.Location()), nil, true)
	v.Title, v.Who, v.WhoLine, v.Relation, v.About, v.Consent = "", nil, "", nil, nil, nil
	v.Action, v.DraftKey, v.Hidden, v.Says = "#", "", nil, nil
	k.conditions(v)
	k.FormLeft = v.Shorten(mostQuestions, func(link string) bool { return first(q.Item(link)) })
	if html, err := webform.Render("form", v); err == nil && len(html) <= mostForm {
		k.Form = html
	}
}

// conditions says of each branch when it is asked.
func (k *Look) conditions(v *webform.View) {
	when := v.Conditions()
	for n := range k.Branches {
		k.Branches[n].When = when[k.Branches[n].LinkID]
	}
}

// machine talks as m's program would if it used q.
func (m Maker) machine(q *questionnaire.Questionnaire, lang string) conversation.Machine {
	return conversation.Machine{
		Catalog:    program.Trying(m.Program, q, lang),
		ReceiptURL: func(string) string { return m.Public + "/r/" + nobodys },
		LinkURL:    func(string) string { return m.Public + "/p/" + nobodys },
	}
}

// nobodys is as long as the tokens that addresses end in.
var nobodys = strings.Repeat("x", 26)
