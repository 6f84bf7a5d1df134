package questionnaire

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/tellback/tellback/internal/fault"
)

// Load reads a FHIR Questionnaire in JSON, of R4, STU3 or R5. What it can't honour it refuses: the error is a *[fault.Error] of kind
// Invalid whose Issues (at most 100) name each element by path ("item[2].item[0].enableWhen[1].operator") and say why. A
// document that is no JSON at all is Malformed, one over 5 MB TooLarge.
func Load(doc []byte) (*Questionnaire, error) { return new(ValueSets).Load(doc) }

// Load is [Load] for a questionnaire that may refer to these value sets.
func (s *ValueSets) Load(doc []byte) (*Questionnaire, error) {
	root, err := readTree(doc)
	if errors.Is(err, errTooLarge) {
		return nil, fault.New(fault.TooLarge, "The questionnaire can't be read: "+err.Error()+".")
	}
	if err != nil {
		return nil, fault.New(fault.Malformed, "The questionnaire can't be read: "+err.Error()+".")
	}
	l := newLoader(doc)
	l.shelf, l.codes.beside = s, &s.codes
	l.tolerate(&root, nil)
	l.normalize(&root)
	l.questionnaire(l.open(&root, ""))
	for _, judge := range l.later {
		judge()
	}
	if len(l.issues) == 0 {
		l.unroll()
	}
	if l.formulas > 0 && len(l.issues) == 0 {
		l.conclude()
	}
	if len(l.issues) > 0 {
		return nil, l.refused("questionnaire")
	}
	l.finish()
	return l.q, nil
}

func newLoader(doc []byte) *loader {
	sum := sha256.Sum256(doc)
	return &loader{
		q: &Questionnaire{
			Hash:   hex.EncodeToString(sum[:]),
			source: slices.Clone(doc),
			byLink: map[string]*Item{},
		},
		paths:  map[*Item]string{},
		sets:   map[string]*ownSet{},
		beside: map[string][]Option{},
		used:   map[string]string{},

		patterns: map[string]*regexp.Regexp{},

		launch: map[string]bool{},
	}
}

func (l *loader) refused(what string) error {
	return fault.New(fault.Invalid, fmt.Sprintf("The %s has %d problems; each is listed.", what, len(l.issues)), l.issues...)
}

// loader is the state of one Load.
type loader struct {
	refusals
	q      *Questionnaire
	lang   string             // of the document
	sets   map[string]*ownSet // contained, by id
	codes  codeSystems
	words  map[Value]wording // of codes that are listed without; nil until it is needed
	listed int               // codes taken from code systems

	patterns map[string]*regexp.Regexp // by source
	states   int                       // of them all
	shelf    *ValueSets
	beside   map[string][]Option // of the shelf, by canonical, in the document's language
	used     map[string]string   // the hash of each set of the shelf that is used, by its canonical
	paths    map[*Item]string
	count    int               // items met, those that were refused too
	offered  int               // options of all items
	later    []func()          // what can only be judged once everything is read
	of       map[*Item][]*Item // all occurrences, by the first; nil where nothing repeats

	logic
	launch   map[string]bool // names that the form may be opened with
	formulas int
	document bool // some expression refers to the questionnaire itself
}

var (
	idForm       = pattern(`^[A-Za-z0-9.-]{1,64}$`)
	versionForm  = pattern(`^[A-Za-z0-9._-]{1,32}$`)
	langForm     = pattern(`^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$`)
	variableForm = pattern(`^[A-Za-z_][A-Za-z0-9_-]{0,63}$`)
)

func (l *loader) questionnaire(e *element) {
	if e == nil {
		return
	}
	if t := e.str("resourceType"); t != "Questionnaire" {
		e.refuse("resourceType", refusedInvalid, "must be Questionnaire")
		return
	}
	e.harmless(harmlessOfQuestionnaire)
	l.identity(e)
	l.q.Title = e.localized("title", l.lang)
	l.q.Description = e.localized("description", l.lang)
	if l.q.Title == nil {
		l.q.Title = Localized{l.lang: l.q.ID}
		if name := e.str("name"); name != "" {
			l.q.Title[l.lang] = name
		}
	}
	l.subset(e)
	l.modifiers(e)
	for _, first := range []bool{true, false} { // code systems before the sets that take from them
		e.each("contained", func(c *element) {
			if of := c.n.member("resourceType"); first == (of.said() == "CodeSystem") {
				l.contained(c)
			}
		})
	}
	l.variablesOf(e, nil)
	e.extensions(harmlessExtensions, l.extension) // but for variables, which items refer to before the items that refer to them
	l.q.Items = l.items(e, nil, 1)
	if len(l.q.Items) == 0 {
		e.refuse("item", refusedMissing, "a questionnaire needs items")
	}
	e.close()
}

// extension reads an extension of the whole.
func (l *loader) extension(x extension) bool {
	switch x.url {
	case extScore:
		l.score(x)
	case extBrief:
		l.q.Brief = x.localized("valueString", l.lang)
	case extVariable, extPopulation, extLaunch:
		x.skip() // read before the others
	case extConstraint, extTarget:
		l.constraint(x, nil)
	default:
		return false
	}
	return true
}

func (l *loader) identity(e *element) {
	l.language(e)
	l.q.URL = e.str("url")
	l.named(e)
	switch status := e.str("status"); status {
	case "draft", "active", "retired", "unknown":
	case "":
		e.notice("status", "is missing; it is taken for unknown")
	default:
		e.refuse("status", refusedInvalid, "must be draft, active, retired or unknown")
	}
	l.subjects(e)
}

// language reads the document's language, en where it says none. Some write en_US or EN.
func (l *loader) language(e *element) {
	said := e.str("language")
	if l.lang = said; said == "" {
		l.lang = "en"
		return
	}
	base, rest, _ := strings.Cut(strings.ReplaceAll(said, "_", "-"), "-")
	if l.lang = strings.ToLower(base); rest != "" {
		l.lang += "-" + rest
	}
	if !langForm().MatchString(l.lang) {
		e.refuse("language", refusedInvalid, "must be a language tag such as en or es")
	} else if l.lang != said {
		e.notice("language", "is read as %s", l.lang)
	}
}

var people = map[string]bool{"Patient": true, "RelatedPerson": true, "Person": true, "Practitioner": true}

// subjects reads what the questionnaire may be about. It is one of them; here, a person.
func (l *loader) subjects(e *element) {
	list := e.list("subjectType")
	of := slices.ContainsFunc(list, func(n node) bool { return people[n.text] })
	for i, n := range list {
		at := fmt.Sprintf("subjectType[%d]", i)
		if of && !people[n.text] {
			e.notice(at, "is not used: here people are asked about people")
		} else if !of {
			e.refuse(at, refusedUnsupported, "is not supported: people are asked about people (Patient, RelatedPerson, Person, Practitioner)")
		}
	}
}

// named finds the id and version by which programs name the questionnaire. A document without an id goes by what else it is called, one
// without a version by its hash: then another document is never taken for it.
func (l *loader) named(e *element) {
	id, title, code := e.str("id"), e.n.member("title"), e.n.member("code")
	l.q.ID = id
	for _, from := range []string{id, l.q.URL[strings.LastIndexByte(l.q.URL, '/')+1:], e.str("name"), title.said(), code.first("code").said(), "questionnaire-" + l.q.Hash[:8]} {
		if idForm().MatchString(l.q.ID) {
			break
		}
		l.q.ID = asID(from)
	}
	if l.q.ID != id {
		e.notice("id", "is missing or can't be used (letters, digits, '-' and '.', at most 64); programs name it %s", l.q.ID)
	}
	version := e.str("version")
	if l.q.Version = version; !versionForm().MatchString(version) {
		l.q.Version = l.q.Hash[:8]
		e.notice("version", "is missing or can't be used (letters, digits, '-', '.' and '_', at most 32); programs name it %s, after its content", l.q.Version)
	}
}

// asID makes an id of a name: what can't stand in one becomes a dash.
func asID(name string) string {
	out := strings.Join(strings.FieldsFunc(name, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '.'
	}), "-")
	return strings.Trim(out[:min(len(out), 64)], "-.")
}

const extCritical = sdc + "sdc-rendering-criticalExtension"

// modifiers reads what changes the meaning of the whole. Of that only one is known: an extension that must be honoured, and is.
func (l *loader) modifiers(e *element) {
	e.each("modifierExtension", func(x *element) {
		url, names := x.str("url"), x.str("valueCanonical")
		names, _, _ = strings.Cut(names, "|")
		if _, ok := honoured[names]; url == extCritical && ok {
			return
		}
		x.refuse("url", refusedUnsupported, "the modifier extension %s %s changes the meaning of the whole, and is not honoured", clip(url), clip(names))
	})
}

// subset refuses a copy that a server says it has cut parts from.
func (l *loader) subset(e *element) {
	meta := e.take("meta")
	if meta == nil {
		return
	}
	for _, m := range meta.members {
		if m.name != "tag" {
			continue
		}
		for i, tag := range m.node.list {
			for _, f := range tag.members {
				if f.name == "code" && f.node.text == "SUBSETTED" {
					e.refuse(fmt.Sprintf("meta.tag[%d]", i), refusedUnsupported, "the document is marked as incomplete (SUBSETTED)")
				}
			}
		}
	}
}

func (l *loader) items(e *element, parent *Item, depth int) []*Item {
	var out []*Item
	if depth > maxDepth {
		if e.take("item") != nil {
			e.refuse("item", refusedUnsupported, "items are nested deeper than %d levels", maxDepth)
		}
		return nil
	}
	e.each("item", func(c *element) {
		if l.count++; l.count > maxItems {
			if l.count == maxItems+1 {
				c.r.refuse(c.path, refusedUnsupported, "there are more than %d items", maxItems)
			}
			return
		}
		out = append(out, l.item(c, parent, depth))
	})
	return out
}

// finish prepares what is asked often, once nothing can be refused any more.
func (l *loader) finish() {
	q := l.q
	l.seal()
	q.Notices = l.notices
	for _, i := range q.flat {
		i.keys = keysOf(i)
	}
	for n := range q.Scores {
		q.scored = append(q.scored, q.counted(&q.Scores[n]))
		q.Scores[n].Min, q.Scores[n].Max = rangeOf(q.Scores[n], q.scored[n])
	}
	q.Languages = l.languages()
}

// languages are those that every text which people see has, the document's own first. A text without letters ("10", "?")
// reads the same in all of them.
func (l *loader) languages() []string {
	var seen []Localized
	see := func(t Localized) {
		if len(t) > 0 && strings.ContainsFunc(t[l.lang], isLetter) {
			seen = append(seen, t)
		}
	}
	if len(l.q.Title) > 1 || l.q.Title[l.lang] != l.q.ID {
		see(l.q.Title)
	}
	for _, i := range l.q.flat {
		if i.Hidden || i.Another {
			continue
		}
		see(i.Text)
		see(i.Short)
		see(i.Help)
		see(i.Other)
		for n := range i.Options {
			see(i.Options[n].Label)
		}
	}
	candidates := map[string]int{}
	for _, t := range seen {
		for lang := range t {
			candidates[lang]++
		}
	}
	var others []string
	for lang, n := range candidates {
		if n == len(seen) && lang != l.lang {
			others = append(others, lang)
		}
	}
	slices.Sort(others)
	return append([]string{l.lang}, others...)
}
