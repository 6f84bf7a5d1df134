package questionnaire

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

const (
	extLink    = hl7 + "questionnaire-supportLink"
	extControl = hl7 + "questionnaire-itemControl"

	extOrientation = hl7 + "questionnaire-choiceOrientation"
	extPrefix      = hl7 + "questionnaire-optionPrefix"
	extSetLabel    = hl7 + "valueset-label"
)

// presented reads the extensions that say how often an item is answered and what is shown beside it.
func (l *loader) presented(x extension, i *Item) bool {
	switch x.url {
	case hl7 + "questionnaire-minOccurs":
		i.MinAnswers = x.whole("valueInteger", 0)
	case hl7 + "questionnaire-maxOccurs":
		if i.MaxAnswers = x.whole("valueInteger", 0); i.MaxAnswers == 0 && x.has("valueInteger") {
			x.refuse("valueInteger", refusedInvalid, "an item that can have no answer can't be asked")
		}
	case hl7 + "questionnaire-sliderStepValue":
		i.Step = x.whole("valueInteger", 0)
	case hl7 + "questionnaire-usageMode":
		switch mode := x.str("valueCode"); mode {
		case "capture", "capture-display", "capture-display-non-empty":
		case "display", "display-non-empty": // only for those who read the answers
			i.Hidden = true
		default:
			x.refuse("valueCode", refusedInvalid, "%s is not a usage mode", clip(mode))
		}
	case hl7 + "entryFormat":
		i.hint(x.localized("valueString", l.lang))
	case extLink:
		l.link(x, i)
	case extControl: // read before everything else, by controlOf
		x.skip()
	case extOrientation:
		i.Orientation = x.code("valueCode", "horizontal", "vertical")
	case hl7 + "questionnaire-unitValueSet":
		units := l.setOf(x.element, "valueCanonical", x.str("valueCanonical"))
		if l.offered += len(units); l.offered > maxOptions {
			x.refuse("valueCanonical", refusedUnsupported, "there are more than %d options and units in all", maxOptions)
			units = nil
		}
		for _, o := range units {
			i.Units = append(i.Units, Unit{o.Value.System, o.Value.Code, o.Label[l.lang]})
		}
		if i.Type != Quantity {
			x.refuse("url", refusedInvalid, "an answer of the type %s has no choice of units", i.Type)
		}
	case sdc + "sdc-questionnaire-candidateExpression":
		return l.candidates(x, i)
	default:
		return l.fileExtension(x, i)
	}
	return true
}

// words is a text of an extension that only says how something looks: whatever is amiss with it, the questionnaire asks the same.
func (x extension) words(name string) string {
	n := x.n.member(name)
	x.skip()
	if n == nil || n.kind != kindString {
		x.notice(name, "has no words, and is not shown")
		return ""
	}
	return tidy(n.text)
}

// code is words that are one of those that are known.
func (x extension) code(name string, known ...string) string {
	if s := x.words(name); slices.Contains(known, s) {
		return s
	}
	return ""
}

func (l *loader) link(x extension, i *Item) {
	to := x.str("valueUri")
	if !strings.HasPrefix(to, "https://") && !strings.HasPrefix(to, "http://") || !isURI(to) {
		x.refuse("valueUri", refusedInvalid, "a link needs an address that begins with https:// or http://")
		return
	}
	i.Links = append(i.Links, to)
}

// maxHelp is about how many bytes are said beside a question: more is a text of its own.
const maxHelp = 1000

// hint adds to what is said beside a question; false when that would become too long.
func (i *Item) hint(text Localized) bool {
	for lang, more := range text {
		if len(i.Help[lang])+len(more) > maxHelp {
			return false
		}
	}
	if i.Help == nil {
		i.Help = maps.Clone(text)
		return true
	}
	for lang, more := range text {
		if i.Help[lang] != "" {
			i.Help[lang] += " " + more
		}
	}
	for lang := range i.Help { // a hint is whole, or not there
		if text[lang] == "" {
			delete(i.Help, lang)
		}
	}
	return true
}

// besides are the controls of displays that are no texts of their own but say something about the question that they are nested in.
var besides = map[string]bool{"help": true, "prompt": true, "unit": true, "lower": true, "upper": true, "inline": true, "flyover": true}

// gather takes the displays that belong to a question into what is said beside it: after its answer they would come too late.
func (i *Item) gather() {
	if !i.Answerable() {
		return
	}
	for _, c := range i.Items {
		if c.Type == Display && besides[c.Control] && len(c.EnableWhen) == 0 && c.rules == nil && !c.Hidden && len(c.Text) > 0 && i.hint(c.Text) {
			i.Links = append(i.Links, c.Links...)
			c.Hidden = true
		}
	}
}

// controlOf is the code of an item's itemControl; "" without one.
func controlOf(e *element) string {
	x := e.n.member("extension")
	if x == nil {
		return ""
	}
	for k := range x.list {
		if url := x.list[k].member("url"); url == nil || url.text != extControl {
			continue
		}
		concept := x.list[k].member("valueCodeableConcept")
		if concept == nil {
			continue
		}
		if codings := concept.member("coding"); codings != nil {
			for c := range codings.list {
				if code := codings.list[c].member("code"); code != nil {
					return code.text
				}
			}
		}
	}
	return ""
}

// asides are the controls of texts that are shown beside a form, in Norway's profile; there they are of the type text.
var asides = map[string]bool{"highlight": true, "sidebar": true}

// wordless gives an item without words those that its code has, or, where it is asked after one option ("Other:"), that option's.
func (l *loader) wordless(e *element, i *Item) {
	if i.Text != nil {
		return
	}
	if codes := e.n.member("code"); codes != nil {
		for k := range codes.list {
			if display := tidy(codes.list[k].member("display").said()); display != "" {
				i.Text = Localized{l.lang: display}
				e.notice("text", "is missing; people are shown what code[%d] is called", k)
				return
			}
		}
	}
	if len(i.EnableWhen) != 1 || i.EnableWhen[0].Operator != "=" {
		return
	}
	when := i.EnableWhen[0]
	if on := l.q.byLink[when.Question]; on != nil && on != i {
		if o := on.Option(on.settle(when.Answer)); o != nil {
			i.Text = maps.Clone(o.Label)
			e.notice("text", "is missing; people are shown the option of %s after which it is asked", clip(on.LinkID))
		}
	}
}

// lend gives a group's words to the only question in it, if that has none.
func (l *loader) lend(i *Item) {
	if i.Type != Group || i.Text == nil {
		return
	}
	var only *Item
	for _, c := range i.Items {
		switch {
		case c.Hidden || c.Type == Display:
		case c.Type == Group || only != nil:
			return
		default:
			only = c
		}
	}
	if only != nil && only.Text == nil {
		only.Text = maps.Clone(i.Text)
		if only.Short == nil {
			only.Short = only.Text
		}
		l.notice(join(l.paths[only], "text"), "is missing; people are shown the words of its group")
	}
}

// occurs checks how many answers are asked for. To need one is to be required.
func (l *loader) occurs(e *element, i *Item) {
	most := 1
	if i.Repeats {
		most = maxAnswers
	}
	switch {
	case i.MinAnswers == 0 && i.MaxAnswers == 0:
	case i.Type == Display:
		e.notice("extension", "minOccurs or maxOccurs: a display has no answer")
		i.MinAnswers, i.MaxAnswers = 0, 0
	case i.MinAnswers > most:
		e.refuse("extension", refusedInvalid, "minOccurs: it can have %d answers at most", most)
	case i.MaxAnswers > 0 && i.MinAnswers > i.MaxAnswers:
		e.refuse("extension", refusedInvalid, "minOccurs is above maxOccurs")
	case i.MaxAnswers > 1 && !i.Repeats:
		e.notice("extension", "maxOccurs: it has one answer, since it doesn't repeat")
	}
	i.Required = i.Required || i.MinAnswers > 0
	if i.Step == 0 {
		return
	}
	if !numeric(i.Type) {
		e.notice("extension", "sliderStepValue: an answer of the type %s has no steps", i.Type)
		i.Step = 0
	} else if _, whole := i.from(); !whole {
		e.refuse("extension", refusedUnsupported, "sliderStepValue needs a whole number as minValue")
	}
}

// from is the number that steps are counted from.
func (i *Item) from() (int64, bool) {
	if i.Min == nil {
		return 0, true
	}
	return wholeNumber(i.Min.Text)
}

// lowest is the same for a sentence.
func (i *Item) lowest() string {
	n, _ := i.from()
	return number(n)
}

// onStep says whether a number is a whole number of steps above the lowest.
func (i *Item) onStep(text string) bool {
	n, whole := wholeNumber(text)
	low, _ := i.from()
	return whole && (n-low)%int64(i.Step) == 0
}

// wholeNumber reads "3" and "3.00".
func wholeNumber(text string) (int64, bool) {
	front, decimals, _ := strings.Cut(text, ".")
	n, err := strconv.ParseInt(front, 10, 32)
	return n, err == nil && strings.Trim(decimals, "0") == ""
}

// isURI says whether s is an absolute URI in one word.
func isURI(s string) bool {
	scheme, rest, ok := strings.Cut(s, ":")
	if !ok || scheme == "" || rest == "" || rest == "//" || len(s) > 2000 || needsTidying(s) || strings.ContainsAny(s, " \n<>\"{}|\\^`") {
		return false
	}
	for n, r := range strings.ToLower(scheme) {
		if (r < 'a' || r > 'z') && (n == 0 || (r < '0' || r > '9') && r != '+' && r != '-' && r != '.') {
			return false
		}
	}
	return true
}
