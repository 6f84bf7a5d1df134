package program

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/words"
)

var (
	idForm        = pattern(`^[a-z][a-z0-9-]{1,31}$`)
	codeForm      = pattern(`^[a-z0-9][a-z0-9-]{0,31}$`) // goes into group names and web addresses
	versionForm   = pattern(`^[A-Za-z0-9][A-Za-z0-9.-]{0,31}$`)
	attributeForm = pattern(`^[a-z][a-z0-9-]{0,31}$`)
	languageForm  = pattern(`^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$`)
	countryForm   = pattern(`^[A-Z]{2}$`)
	clockForm     = pattern(`^([01]\d|2[0-3]):[0-5]\d$`)
	joinForm      = pattern(`^\pL[\pL\pN]*( [\pL\pN]+){0,2}$`)
)

// How a text gets to people.
const (
	shown    = iota // on pages only
	texted          // also in text messages, where accents that cost are left out
	verbatim        // as a text message, to the letter
)

const (
	minThreshold = 5 // design §7: configuration can't go below
	maxSegments  = 3 // of one text of the program's own
	maxMenu      = 12
)

// check judges what can be judged of p without any other file.
func (p *Program) check(n *notes) {
	if !idForm().MatchString(p.ID) {
		n.add("/id", "wrong-form", "An id is 2 to 32 of a-z, 0-9 and -, beginning with a letter: \"river\".")
	}
	p.checkLanguages(n)
	p.texts(n, "/name", p.Name, 40, texted)
	p.texts(n, "/purpose", p.Purpose, 200, texted)
	p.texts(n, "/organizer", p.Organizer, 120, shown)
	p.texts(n, "/help", p.Help, 120, texted)
	p.texts(n, "/consent/text", p.Consent.Text, 6000, shown)
	p.texts(n, "/consent/sms", p.Consent.SMS, 480, verbatim)
	if !versionForm().MatchString(p.Consent.Version) {
		n.add("/consent/version", "wrong-form", "Give the consent texts a version, like \"1\" or \"2026-10\", and change it whenever a text changes.")
	}
	p.checkPlace(n)
	p.checkAttributes(n)
	p.checkBreakdowns(n)
	p.checkRules(n)
	p.checkCrisis(n)
	p.checkOutreach(n)
}

func (p *Program) checkLanguages(n *notes) {
	if len(p.Languages) == 0 {
		n.add("/languages", "required", "Name at least one language, the default first: [\"en\", \"es\"].")
	}
	for i, lang := range p.Languages {
		at := fmt.Sprintf("/languages/%d", i)
		base, _, _ := strings.Cut(lang, "-")
		switch {
		case !languageForm().MatchString(lang):
			n.add(at, "wrong-form", "%q is not a language tag. Write it like \"en\" or \"es-MX\".", lang)
		case slices.Contains(p.Languages[:i], lang):
			n.add(at, "duplicate", "Language %q is named twice. Remove one.", lang)
		case !slices.Contains(words.Languages(), base):
			n.add(at, "unknown-language", "The system itself has no words in %q yet, only in %s. Translate internal/words first.", lang, strings.Join(words.Languages(), ", "))
		}
	}
}

// spoken are the languages that are named properly. Without any, that is what's said, and not each text's language.
func (p *Program) spoken() (out []string) {
	for _, lang := range p.Languages {
		if languageForm().MatchString(lang) {
			out = append(out, lang)
		}
	}
	return out
}

// texts judges a text for people: there in every language of p and in no other, not too long, and fit to be texted
// where it will be.
func (p *Program) texts(n *notes, pointer string, l questionnaire.Localized, limit, way int) {
	spoken := p.spoken()
	for _, lang := range spoken {
		if strings.TrimSpace(l[lang]) == "" {
			n.add(pointer+"/"+escape(lang), "missing-language", "The text in %q is missing. Every language of the program needs it.", lang)
		}
	}
	for _, lang := range slices.Sorted(maps.Keys(l)) {
		at, text := pointer+"/"+escape(lang), l[lang]
		if len(spoken) > 0 && !slices.Contains(spoken, lang) {
			n.add(at, "unknown-language", "%q is not among the program's languages (%s). Add it to \"languages\", or remove this text.", lang, strings.Join(p.Languages, ", "))
		}
		if length := utf8.RuneCountInString(text); length > limit {
			n.add(at, "too-long", "The text has %d characters; %d is the most. Shorten it.", length, limit)
		}
		if strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) }) {
			n.add(at, "control-character", "The text has an invisible control character. Type it again by hand.")
		} else if way != shown {
			textable(n, at, text, way)
		}
	}
}

// Letters that a conversation sends without their accent, since with it each message would cost more than double.
var plain = strings.NewReplacer("á", "a", "í", "i", "ó", "o", "ú", "u", "Á", "A", "Í", "I", "Ó", "O", "Ú", "U")

// textable judges a text that will be sent as a text message.
func textable(n *notes, at, text string, way int) {
	if way == texted {
		text = plain.Replace(text)
	}
	if bad := strings.IndexFunc(text, func(r rune) bool { return !GSM7(string(r)) }); bad >= 0 {
		r, _ := utf8.DecodeRuneInString(text[bad:])
		n.add(at, "not-gsm7", "%q can't be texted cheaply: with it, each message costs more than double. Write it another way: plain quotes, a hyphen, no emoji, \"a\" for \"á\".", string(r))
	} else if s := Segments(text); s > maxSegments {
		n.add(at, "too-long", "As a text message this takes %d parts; %d is the most. Shorten it.", s, maxSegments)
	}
}

func (p *Program) checkPlace(n *notes) {
	location, err := time.LoadLocation(p.TimeZone)
	if err != nil || p.TimeZone == "" || p.TimeZone == "Local" {
		n.add("/timeZone", "unknown-time-zone", "%q is not a time zone. Use a name of the IANA list, like \"America/New_York\".", p.TimeZone)
		location = time.UTC
	}
	p.location = location
	if !countryForm().MatchString(p.Country) {
		n.add("/country", "wrong-form", "Name the country by its two capital letters: \"US\".")
	}
}

func (p *Program) checkAttributes(n *notes) {
	if len(p.Attributes) > 10 {
		n.add("/attributes", "too-many", "There are %d attributes; 10 is the most. Each one is a question at joining: ask less.", len(p.Attributes))
	}
	for i, a := range p.Attributes {
		at := fmt.Sprintf("/attributes/%d", i)
		_, taken := builtIn[a.ID]
		taken = taken || a.ID == "origin" // releases use that name for how people came
		switch {
		case !attributeForm().MatchString(a.ID):
			n.add(at+"/id", "wrong-form", "An attribute's id is a-z, 0-9 and -, beginning with a letter: \"age\".")
		case taken:
			n.add(at+"/id", "reserved", "%q is built in: breakdowns can use it without an attribute. Choose another id.", a.ID)
		case slices.ContainsFunc(p.Attributes[:i], func(b Attribute) bool { return b.ID == a.ID }):
			n.add(at+"/id", "duplicate", "Attribute %q is there twice. Rename or remove one.", a.ID)
		}
		p.texts(n, at+"/text", a.Text, 120, texted)
		if len(a.Options) < 2 || len(a.Options) > 12 {
			n.add(at+"/options", "wrong-number", "Give 2 to 12 options; there are %d.", len(a.Options))
		}
		for j, o := range a.Options {
			at := fmt.Sprintf("%s/options/%d", at, j)
			switch {
			case !codeForm().MatchString(o.Code) || o.Code == Unknown:
				n.add(at+"/code", "wrong-form", "A code is 1 to 32 of a-z, 0-9 and - (and not \"unknown\", which stands for no answer): \"18-39\".")
			case slices.ContainsFunc(a.Options[:j], func(b AttributeOption) bool { return b.Code == o.Code }):
				n.add(at+"/code", "duplicate", "Code %q is there twice. Rename or remove one.", o.Code)
			}
			p.texts(n, at+"/label", o.Label, 60, texted)
			a.checkNumbers(n, at+"/numbers", j)
			a.Options[j].location = p.checkZone(n, at+"/timeZone", i, j)
		}
	}
}

// checkNumbers judges the range of the option at index j. It must leave the numbers alone by which options are chosen:
// "2" can't be both the second option and an age.
func (a Attribute) checkNumbers(n *notes, at string, j int) {
	r := a.Options[j].Numbers
	switch {
	case r == nil:
	case len(r) != 2 || r[0] > r[1]:
		n.add(at, "wrong-form", "Give the first and the last number of the range: [18, 39]. For \"65 or older\" choose a last one that nobody is above: [65, 120].")
	case r[0] <= len(a.Options):
		n.add(at, "contradiction", "People choose an option by texting its number, 1 to %d. Let the ranges begin above that.", len(a.Options))
	default:
		for _, b := range a.Options[:j] {
			if len(b.Numbers) == 2 && r[0] <= b.Numbers[1] && b.Numbers[0] <= r[1] {
				n.add(at, "duplicate", "Some of these numbers are also in the range of %q. Part them.", b.Code)
			}
		}
	}
}

// checkZone judges the time zone of an option: where one option of an attribute has one, all have, and no other attribute.
func (p *Program) checkZone(n *notes, at string, attribute, option int) *time.Location {
	zoned := func(a Attribute) bool {
		return slices.ContainsFunc(a.Options, func(o AttributeOption) bool { return o.TimeZone != "" })
	}
	a := p.Attributes[attribute]
	name := a.Options[option].TimeZone
	if !zoned(a) {
		return nil
	}
	if slices.ContainsFunc(p.Attributes[:attribute], zoned) {
		n.add(at, "duplicate", "Another attribute says already where people live. Only one can.")
		return nil
	}
	location, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" {
		n.add(at, "unknown-time-zone", "%q is not a time zone. Give every option of this question one, by its name in the IANA list: \"America/Chicago\".", name)
		return nil
	}
	return location
}

func (p *Program) checkBreakdowns(n *notes) {
	if len(p.Breakdowns) > maxMenu {
		n.add("/breakdowns", "too-many", "There are %d breakdowns; %d is the most. Each one makes every other one show less.", len(p.Breakdowns), maxMenu)
	}
	seen := map[string]bool{}
	for i, b := range p.Breakdowns {
		at := fmt.Sprintf("/breakdowns/%d", i)
		if len(b) == 0 || len(b) > 2 {
			n.add(at, "wrong-number", "A breakdown is by one thing or by two at once; this one has %d.", len(b))
		}
		for j, source := range b {
			at := at + "/" + strconv.Itoa(j)
			if _, ok := builtIn[source]; !ok && p.Attribute(source) == nil {
				n.add(at, "unknown-source", "There is no %q to break down by. Use an attribute's id, \"language\", \"channel\" or \"relation\".", source)
			} else if slices.Contains(b[:j], source) {
				n.add(at, "duplicate", "A breakdown by %q and %q again says nothing. Remove one.", source, source)
			}
		}
		key := strings.Join(slices.Sorted(slices.Values(b)), "&")
		if seen[key] {
			n.add(at, "duplicate", "This breakdown is in the list already. Remove one.")
		}
		seen[key] = true
	}
}

func (p *Program) checkRules(n *notes) {
	if p.Period != Month && p.Period != Week {
		n.add("/period", "unknown-option", "A period is \"month\" or \"week\", not %q.", p.Period)
	}
	if p.LagDays < 0 || p.LagDays > 90 {
		n.add("/lagDays", "out-of-range", "lagDays is 0 to 90: how many days after a period's end its release waits for late reports.")
	}
	if p.Threshold < minThreshold || p.Threshold > 1000 {
		n.add("/threshold", "out-of-range", "threshold is %d to 1000 (10 hides counts of 1 to 10). Smaller would show what single people said.", minThreshold)
	}
}

func (p *Program) checkCrisis(n *notes) {
	p.texts(n, "/crisis/reply", p.Crisis.Reply, 480, verbatim)
	spoken := p.spoken()
	for _, lang := range spoken {
		if len(p.Crisis.Words[lang]) == 0 {
			n.add("/crisis/words/"+escape(lang), "missing-language", "Say which words in %q get the crisis reply.", lang)
		}
	}
	for _, lang := range slices.Sorted(maps.Keys(p.Crisis.Words)) {
		at := "/crisis/words/" + escape(lang)
		if len(spoken) > 0 && !slices.Contains(spoken, lang) {
			n.add(at, "unknown-language", "%q is not among the program's languages (%s).", lang, strings.Join(p.Languages, ", "))
		}
		for i, w := range p.Crisis.Words[lang] {
			f := Fold(w)
			if utf8.RuneCountInString(f) < 3 || Reserved(f) {
				n.add(fmt.Sprintf("%s/%d", at, i), "wrong-form", "%q is too short or too common a word to tell a crisis by. Write what someone in despair would say.", w)
			}
		}
	}
}

func (p *Program) checkOutreach(n *notes) {
	o := p.Outreach
	for _, c := range []struct{ field, clock string }{{"quietFrom", o.QuietFrom}, {"quietUntil", o.QuietUntil}} {
		if !clockForm().MatchString(c.clock) {
			n.add("/outreach/"+c.field, "wrong-form", "%q is not a time of day. Write it with four digits, from 00:00 to 23:59: \"20:00\".", c.clock)
		}
	}
	if o.QuietFrom == o.QuietUntil {
		n.add("/outreach/quietUntil", "out-of-range", "Quiet hours that begin and end at the same time are none. Let people sleep: \"20:00\" to \"09:00\".")
	}
	if o.PerWeek < 1 || o.PerWeek > 21 {
		n.add("/outreach/perWeek", "out-of-range", "perWeek is 1 to 21 texts to one person in seven days.")
	}
	if o.PerDay < 1 || o.PerDay > 1_000_000 {
		n.add("/outreach/perDay", "out-of-range", "perDay is 1 to 1000000 texts of the whole program in a day: what you are ready to pay for.")
	}
	p.Outreach.checkMoney(n)
}

// pattern is a regular expression that is compiled when it is first used: a function that never uses it starts without it.
func pattern(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}
