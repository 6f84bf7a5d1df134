package questionnaire

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
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
	l.shelf = s
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
		sets:   map[string]valueSet{},
		beside: map[string][]Option{},
		used:   map[string]string{},

		launch: map[string]bool{},
	}
}

func (l *loader) refused(what string) error {
	return fault.New(fault.Invalid, fmt.Sprintf("The %s has %d problems; each is listed.", what, len(l.issues)), l.issues...)
}

// loader is the state of one Load.
type loader struct {
	refusals
	q       *Questionnaire
	lang    string              // of the document
	sets    map[string]valueSet // contained, by id
	shelf   *ValueSets
	beside  map[string][]Option // of the shelf, by canonical, in the document's language
	used    map[string]string   // the hash of each set of the shelf that is used, by its canonical
	paths   map[*Item]string
	count   int      // items met, those that were refused too
	offered int      // options of all items
	later   []func() // what can only be judged once everything is read

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
	e.each("contained", l.contained)
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
	if l.lang = e.str("language"); l.lang == "" {
		l.lang = "en"
	} else if !langForm().MatchString(l.lang) {
		e.refuse("language", refusedInvalid, "must be a language tag such as en or es")
	}
	l.q.URL = e.str("url")
	l.named(e)
	switch status := e.str("status"); status {
	case "draft", "active", "retired", "unknown":
	case "":
		e.refuse("status", refusedMissing, "a questionnaire needs a status")
	default:
		e.refuse("status", refusedInvalid, "must be draft, active, retired or unknown")
	}
	for i, n := range e.list("subjectType") {
		switch n.text {
		case "Patient", "RelatedPerson", "Person", "Practitioner":
		default:
			e.refuse(fmt.Sprintf("subjectType[%d]", i), refusedUnsupported, "is not supported: people are asked about people (Patient, RelatedPerson, Person, Practitioner)")
		}
	}
}

// named finds the id and version by which programs name the questionnaire. A document without an id goes by the end of its url or its
// name, one without a version by its hash: then another document is never taken for it.
func (l *loader) named(e *element) {
	if l.q.ID = e.str("id"); l.q.ID == "" {
		for _, from := range []string{l.q.URL[strings.LastIndexByte(l.q.URL, '/')+1:], e.str("name")} {
			if l.q.ID == "" && idForm().MatchString(from) {
				l.q.ID = from
			}
		}
	}
	if !idForm().MatchString(l.q.ID) {
		e.refuse("id", refusedMissing, "a questionnaire needs an id of letters, digits, '-' and '.', at most 64 (or a url or name that ends in one): it is found by it")
	}
	if l.q.Version = e.str("version"); l.q.Version == "" {
		l.q.Version = l.q.Hash[:8]
		e.notice("version", "is missing; programs name it %s, after its content", l.q.Version)
	}
	if !versionForm().MatchString(l.q.Version) {
		e.refuse("version", refusedInvalid, "a version has letters, digits, '-', '.' and '_', at most 32: answers are kept by it")
	}
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

// localized is a text with its translations; nil when absent.
func (e *element) localized(name, lang string) Localized {
	return e.localizedWith(name, lang, func(extension) bool { return false })
}

// localizedWith also reads other extensions of the text than translations.
func (e *element) localizedWith(name, lang string, also func(extension) bool) Localized {
	text := e.str(name)
	side := e.of("_"+name, kindObject)
	if text == "" {
		if side != nil {
			e.refuse("_"+name, refusedUnsupported, "a text needs its value")
		}
		return nil
	}
	out := Localized{lang: text}
	if side == nil {
		return out
	}
	s := e.r.open(side, e.at("_"+name))
	s.take("id")
	s.extensions(harmlessExtensions, func(x extension) bool {
		if x.url == extTranslation {
			x.translation(out)
			return true
		}
		return also(x)
	})
	s.close()
	return out
}

func (x extension) translation(into Localized) {
	var lang, content string
	x.extensions(nil, func(p extension) bool {
		switch p.url {
		case "lang":
			lang = p.str("valueCode")
		case "content":
			if content = p.str("valueString"); content == "" {
				content = p.str("valueMarkdown")
			}
		default:
			return false
		}
		return true
	})
	switch {
	case !langForm().MatchString(lang):
		x.r.refuse(x.path, refusedInvalid, "a translation needs its lang, such as es")
	case content == "":
		x.r.refuse(x.path, refusedMissing, "a translation needs its content")
	case into[lang] != "":
		x.r.refuse(x.path, refusedDuplicate, "there is a text in %s already", clip(lang))
	default:
		into[lang] = content
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
