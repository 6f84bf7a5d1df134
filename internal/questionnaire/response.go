package questionnaire

import (
	"cmp"
	"errors"
	"strings"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/words"
)

// Response is what a FHIR R4 QuestionnaireResponse says.
type Response struct {
	Questionnaire string // canonical without version, or the relative reference's id
	Version       string // after "|", may be empty
	Status        string // in-progress, completed, amended, entered-in-error, stopped
	Subject       string // reference, may be empty
	Author        string // reference, may be empty
	Source        string // reference, may be empty
	Relation      string // of source, or else author, to the subject: a code in its extension; may be empty
	Language      string
	Authored      string // as sent
	Answers       Answers
	Files         Files // of the answers that came with theirs
}

// What is accepted in a response and not kept: none of it is an answer.
var harmlessOfResponse = map[string]string{
	"id": "a name on the sender's side", "meta": "about the sent copy", "text": "a narrative, generated from the answers",
	"identifier": "a name on the sender's side", "basedOn": "the sender's workflow", "partOf": "the sender's workflow", "encounter": "the sender's workflow",
}

var harmlessOfResponseItem = map[string]string{"id": "a name on the sender's side", "definition": "compared", "text": "compared"}

var harmlessOfAnswers = map[string]string{
	extOrdinal: "the questionnaire says what an option is worth", extWeight: "the questionnaire says what an option is worth",
}

// ParseResponse reads a QuestionnaireResponse against q, or only its head when q is nil. Structural faults (unknown linkId, wrong value[x],
// an answer where none can be) are issues whose Where is a FHIRPath ("QuestionnaireResponse.item[0].answer[0].value"); an answer
// with a fault is left out. The order of items does not matter. Whether the answers are good is for Validate. The error is for what is
// no QuestionnaireResponse at all: *[fault.Error] Malformed, TooLarge or Invalid.
func ParseResponse(doc []byte, q *Questionnaire) (Response, []fault.Issue, error) {
	r, err := ReadResponse(doc, q)
	if err != nil {
		return Response{}, nil, err
	}
	return r.Response, r.Issues, nil
}

// ReadResponse is [ParseResponse] that remembers where everything stands.
func ReadResponse(doc []byte, q *Questionnaire) (*Reading, error) {
	root, err := readTree(doc)
	switch {
	case errors.Is(err, errTooLarge):
		return nil, fault.New(fault.TooLarge, "The response is over 5 MB.")
	case err != nil:
		return nil, fault.New(fault.Malformed, "The response can't be read: "+err.Error()+".")
	}
	p := &responder{q: q, out: Response{Answers: Answers{}}, places: map[string]place{}, met: map[string]int{}}
	e := p.open(&root, responseRoot)
	if e == nil || e.str("resourceType") != responseRoot {
		return nil, fault.New(fault.Invalid, "The document is not a QuestionnaireResponse.")
	}
	p.head(e)
	if q == nil {
		e.take("item")
	} else {
		p.items(e, nil, 0, 1)
	}
	e.extensions(harmlessOfAnswers, nil)
	e.close()
	return &Reading{p.out, p.sentences(&root), root, p.warnings, p.places}, nil
}

type responder struct {
	refusals
	q        *Questionnaire
	out      Response
	places   map[string]place // of the items seen
	met      map[string]int   // occurrences of groups so far, by the first one's linkId
	warnings []fault.Issue
}

// sentences turns refusals, which speak to authors of questionnaires, into the issues of an answer.
func (p *responder) sentences(root *node) []fault.Issue {
	for n := range p.issues {
		is := &p.issues[n]
		is.Where = standing(root, is.Where)
		switch is.Code {
		case refusedInvalid, refusedMissing:
			is.Code = "malformed"
		case refusedDuplicate:
			is.Code = "duplicate-item"
		}
		if is.Text == "" {
			is.Text = words.Text(words.Default, "answer."+is.Code)
		}
	}
	return p.issues
}

func (p *responder) head(e *element) {
	e.harmless(harmlessOfResponse)
	ref := e.str("questionnaire")
	p.out.Questionnaire, p.out.Version, _ = strings.Cut(ref, "|")
	p.out.Questionnaire = strings.TrimPrefix(p.out.Questionnaire, "Questionnaire/")
	p.out.Status = e.str("status")
	switch p.out.Status {
	case "in-progress", "completed", "amended", "entered-in-error", "stopped":
	default:
		e.refuse("status", refusedMissing, "must be in-progress, completed, amended, entered-in-error or stopped")
	}
	if p.out.Language = e.str("language"); p.out.Language != "" && !langForm().MatchString(p.out.Language) {
		e.refuse("language", refusedInvalid, "must be a language tag such as en or es")
	}
	if p.out.Authored = e.str("authored"); p.out.Authored != "" && !isMoment(p.out.Authored) {
		e.refuse("authored", refusedInvalid, "must be a dateTime as FHIR writes it")
	}
	var byAuthor string
	p.out.Subject = e.reference("subject", nil)
	p.out.Author = e.reference("author", &byAuthor)
	p.out.Source = e.reference("source", &p.out.Relation)
	p.out.Relation = cmp.Or(p.out.Relation, byAuthor)
}

// reference reads a reference, and into relation, unless that is nil, what its extension says of that.
func (e *element) reference(name string, relation *string) string {
	c := e.r.open(e.of(name, kindObject), e.at(name))
	if c == nil {
		return ""
	}
	c.harmless(map[string]string{"id": "", "type": "", "display": "", "identifier": ""})
	ref := c.str("reference")
	if relation != nil {
		c.extensions(nil, func(x extension) bool {
			if x.url != RelationExtension {
				return false
			}
			*relation = x.str("valueCode")
			return true
		})
	}
	c.close()
	return ref
}

// items reads those beneath parent; nth is to which of its answers they belong, from 1, where it is a question.
func (p *responder) items(e *element, parent *Item, nth, depth int) {
	if depth > 2*maxDepth {
		e.take("item")
		e.refuse("item", refusedUnsupported, "items are nested too deeply")
		return
	}
	e.each("item", func(c *element) { p.item(c, parent, nth, depth) })
}

func (p *responder) item(c *element, parent *Item, nth, depth int) {
	c.harmless(harmlessOfResponseItem)
	link := c.str("linkId")
	o := p.q.byLink[link]
	switch {
	case link == "":
		c.refuse("linkId", refusedMissing, "every item needs its linkId")
		return
	case o == nil || o.Origin != o || o.Another:
		p.say(c.at("linkId"), "unknown-item", nil)
		return
	case o.Parent != nil && (parent == nil || o.Parent != parent.Origin) || o.Parent == nil && parent != nil:
		p.say(c.path, "misplaced", o)
		return
	}
	i, most := p.occurrence(o, parent, nth)
	if i == nil {
		p.say(c.path, "too-many", o, "max", number(most))
		return
	}
	if _, seen := p.places[i.LinkID]; seen {
		p.say(c.path, "duplicate-item", i)
		return
	}
	p.places[i.LinkID] = place{path: c.path}
	p.compareTexts(c, i)
	if c.take("answer") != nil && !i.Answerable() {
		p.say(c.at("answer"), "wrong-type", i)
	} else {
		c.each("answer", func(a *element) { p.answer(a, i, depth) })
	}
	if i.Type == Group {
		p.items(c, i, 0, depth+1)
	} else if c.take("item") != nil {
		p.say(c.at("item"), "misplaced", i) // what belongs to a question goes into its answer
	}
	c.extensions(harmlessOfAnswers, nil)
	c.close()
}

// occurrence is that of o which comes next beneath parent, or beneath its nth answer; nil when there are more than most.
func (p *responder) occurrence(o, parent *Item, nth int) (i *Item, most int) {
	at := make([]int, len(o.At))
	for n := range at {
		at[n] = 1
	}
	if parent != nil {
		if n := copy(at, parent.At); nth > 0 && n < len(at) && parent.Repeats {
			at[n], most = nth, nth-1
		}
	}
	if o.Type == Group && o.Repeats {
		met := o.LinkID + suffix(at)
		p.met[met]++
		at[len(at)-1], most = p.met[met], p.met[met]-1
	}
	return p.q.Occurrence(o, at...), most
}

// say adds an issue in the words that people are told.
func (p *responder) say(path, code string, i *Item, args ...string) {
	if !p.full() {
		is := fault.Issue{Where: path, Code: code}
		if len(args) > 0 {
			is.Args = map[string]string{args[0]: args[1]}
		}
		is.Text = Explain(is, i, words.Default)
		p.issues = append(p.issues, is)
	}
}

// responseValues are the value[x] that may answer an item of each type.
var responseValues = map[Type][]Type{
	Boolean: {Boolean}, URL: {URL}, Decimal: {Decimal}, Integer: {Integer}, Date: {Date}, DateTime: {DateTime}, Time: {Time}, String: {String},
	Text: {String}, Quantity: {Quantity}, Reference: {Reference}, Attachment: {Attachment}, Choice: {Choice, Integer, Date, Time, String}, OpenChoice: {Choice, Integer, Date, Time, String},
}

func (p *responder) answer(a *element, i *Item, depth int) {
	a.take("id")
	before := len(p.issues)
	values := 0
	for n, m := range a.n.members {
		if !strings.HasPrefix(m.name, "value") {
			continue
		}
		values++
		if !p.mayBe(m.name, i) {
			a.taken[n] = true
			p.say(a.at("value"), "wrong-type", i)
		}
	}
	switch {
	case values == 0:
		a.refuse("value", refusedMissing, "an answer needs its value")
	case values > 1:
		a.r.refuse(a.path, refusedInvalid, "there may be only one value")
	}
	at := p.places[i.LinkID]
	if v, ok := p.value(a, i); ok && len(p.issues) == before {
		v = i.settle(v)
		p.out.Answers[i.LinkID] = append(p.out.Answers[i.LinkID], v)
		at.answers = append(at.answers, a.path)
		p.compareDisplay(a, i, v)
	} else {
		at.faulty = true
	}
	p.places[i.LinkID] = at
	if a.take("item") != nil {
		p.items(a, i, max(1, len(p.out.Answers[i.LinkID])), depth+1)
	}
	a.extensions(harmlessOfAnswers, nil)
	a.close()
}

func (p *responder) value(a *element, i *Item) (Value, bool) {
	if i.Type == Attachment {
		return p.attachment(a)
	}
	return a.value("value", responseValues[i.Type]...)
}

func (p *responder) mayBe(name string, i *Item) bool {
	for _, v := range valueNames {
		if name == "value"+v.suffix {
			for _, t := range responseValues[i.Type] {
				if t == v.t {
					return true
				}
			}
		}
	}
	return false
}
