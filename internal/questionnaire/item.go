package questionnaire

import (
	"slices"
	"strings"
)

var types = map[string]Type{
	"group": Group, "display": Display, "boolean": Boolean, "decimal": Decimal, "integer": Integer, "date": Date, "time": Time,
	"dateTime": DateTime, "string": String, "text": Text, "choice": Choice, "open-choice": OpenChoice, "quantity": Quantity, "url": URL,
	"reference": Reference, "attachment": Attachment,
}

// item reads one item and what is nested in it.
func (l *loader) item(e *element, parent *Item, depth int) *Item {
	i := &Item{Parent: parent, MaxDecimals: -1, index: len(l.q.flat)}
	l.q.flat = append(l.q.flat, i)
	l.paths[i] = e.path
	e.harmless(harmlessOfItem)
	l.linkID(e, i)
	code := e.str("type")
	if i.Type = types[code]; i.Type == "" {
		l.noType(e, code)
		return i
	}
	if i.Control = controlOf(e); worded(i.Type) && (besides[i.Control] || asides[i.Control]) {
		i.Type = Display
		e.notice("type", "is %s, but its itemControl %s says that it is no question; it is shown", code, i.Control)
	}
	i.Prefix = e.str("prefix")
	l.text(e, i)
	i.Required = e.flag("required")
	i.Repeats = e.flag("repeats")
	i.ReadOnly = e.flag("readOnly") || parent != nil && parent.Type == Group && parent.ReadOnly
	i.MaxLength = e.whole("maxLength", 0)
	i.definition = e.str("definition")
	l.itemExtensions(e, i)
	i.Hidden = i.Hidden || parent != nil && parent.Hidden
	l.options(e, i)
	l.initial(e, i)
	l.enableWhen(e, i)
	l.wordless(e, i)
	if i.Short == nil {
		i.Short = i.Text
	}
	l.logical(e, i)
	i.Items = l.items(e, i, depth+1)
	l.lend(i)
	l.amend(e, i)
	i.gather()
	l.shape(e, i)
	e.close()
	return i
}

// text reads what an item says. Of a display it may be computed only.
func (l *loader) text(e *element, i *Item) {
	computed := false
	if side := e.n.member("_text"); side != nil && !e.has("text") && i.Type == Display {
		computed = slices.ContainsFunc(side.extensions(), func(x node) bool { return x.member("url").said() == extTextExpression })
	}
	if computed {
		e.n.add("text", "...")
		e.taken = append(e.taken, false)
	}
	i.Text = e.localizedWith("text", l.lang, func(x extension) bool { return l.computedText(x, i) })
}

func (l *loader) linkID(e *element, i *Item) {
	i.LinkID = e.str("linkId")
	switch {
	case i.LinkID == "":
		e.refuse("linkId", refusedMissing, "every item needs a linkId")
		return
	case len(i.LinkID) > 255 || strings.ContainsAny(i.LinkID, "\n"):
		e.refuse("linkId", refusedInvalid, "must be one line of at most 255 characters")
	case strings.HasPrefix(i.LinkID, "score:"):
		e.refuse("linkId", refusedInvalid, "must not begin with \"score:\": releases name scores that way")
	case l.q.byLink[i.LinkID] != nil:
		e.refuse("linkId", refusedDuplicate, "another item has this linkId: %s", l.paths[l.q.byLink[i.LinkID]])
		return
	}
	l.q.byLink[i.LinkID] = i
}

func (l *loader) noType(e *element, code string) {
	switch code {
	case "":
		e.refuse("type", refusedMissing, "every item needs a type")
	case "question":
		e.refuse("type", refusedInvalid, "question is only what the types of questions have in common; name one of them")
	default:
		e.refuse("type", refusedInvalid, "%s is not an item type of FHIR", clip(code))
	}
}

// shape checks what only the whole item shows.
func (l *loader) shape(e *element, i *Item) {
	if i.Text == nil && !i.Hidden && i.Type != Group {
		l.later = append(l.later, func() { // its group may have words for it
			if i.Text == nil {
				e.refuse("text", refusedMissing, "people need words to read here")
			}
		})
	}
	l.lengths(e, i)
	l.bounds(e, i)
	l.occurs(e, i)
	l.files(e, i)
}

func (l *loader) lengths(e *element, i *Item) {
	if i.MaxLength > 0 && !long(i.Type) && i.Type != Integer && i.Type != Decimal {
		e.notice("maxLength", "an answer of the type %s has no length", i.Type)
		i.MaxLength = 0
	}
	if i.MinLength > 0 && !long(i.Type) {
		e.notice("extension", "minLength: an answer of the type %s has no length", i.Type)
		i.MinLength = 0
	}
	if i.MaxLength > 0 && i.MinLength > i.MaxLength {
		e.refuse("maxLength", refusedInvalid, "is below minLength")
	}
	if i.MinLength > MaxText {
		e.refuse("extension", refusedInvalid, "minLength: no answer may be longer than %d characters", MaxText)
	}
}

// long says that answers of type t may be bounded by their length.
func long(t Type) bool { return worded(t) || t == OpenChoice || t == URL || t == Reference }

// bounds checks that minValue and maxValue are of the item's type and leave room for an answer.
func (l *loader) bounds(e *element, i *Item) {
	for _, b := range []*Value{i.Min, i.Max} {
		if b == nil {
			continue
		}
		*b = i.mean(*b)
		if i.Type == Quantity && len(i.Units) > 1 {
			e.refuse("extension", refusedUnsupported, "bounds of a quantity need a single unit: nothing is converted")
			return
		}
		if i.Type == Quantity && (b.Type == Integer || b.Type == Decimal) {
			*b = Value{Type: Quantity, Text: b.Text}
			if len(i.Units) == 1 {
				b.System, b.Code = i.Units[0].System, i.Units[0].Code
			}
		}
		if b.Type == Quantity && i.Type == Quantity && i.unit(*b) == nil && (b.Code != "" || len(i.Units) > 0) {
			e.refuse("extension", refusedInvalid, "a bound is not in the item's unit")
			return
		}
		if b.Type != i.Type || !numeric(i.Type) && i.Type != Date && i.Type != DateTime && i.Type != Time {
			e.refuse("extension", refusedInvalid, "minValue or maxValue is of the type %s, which does not bound an answer of the type %s", b.Type, i.Type)
			return
		}
	}
	if i.Min != nil && i.Max != nil {
		if cmp, ok := compare(*i.Min, *i.Max); ok && cmp > 0 {
			e.refuse("extension", refusedInvalid, "minValue is above maxValue")
		}
	}
}

// several are the extensions that an item may have more than once.
var several = map[string]bool{hl7 + "questionnaire-unitOption": true, extLink: true, hl7 + "mimeType": true}

// itemExtensions reads the extensions of an item that are honoured.
func (l *loader) itemExtensions(e *element, i *Item) {
	l.variablesOf(e, i)
	seen := map[string]bool{}
	e.extensions(harmlessExtensions, func(x extension) bool {
		if l.itemExpression(x, i) {
			return true
		}
		if seen[x.url] && !several[x.url] {
			x.r.refuse(x.path, refusedDuplicate, "the extension is there twice")
		}
		seen[x.url] = true
		return l.itemExtension(x, i)
	})
}

func (l *loader) itemExtension(x extension, i *Item) bool {
	switch x.url {
	case hl7 + "questionnaire-hidden":
		i.Hidden = x.flag("valueBoolean")
	case hl7 + "minLength":
		i.MinLength = x.whole("valueInteger", 0)
	case hl7 + "minValue", sdc + "sdc-questionnaire-minQuantity":
		i.Min = l.bound(x, i, "<")
	case hl7 + "maxValue", sdc + "sdc-questionnaire-maxQuantity":
		i.Max = l.bound(x, i, ">")
	case hl7 + "regex":
		i.Pattern = l.pattern(x, i)
	case hl7 + "maxDecimalPlaces":
		if i.MaxDecimals = x.whole("valueInteger", -1); i.Type != Decimal && i.Type != Quantity {
			x.notice("valueInteger", "an answer of the type %s has no decimals", i.Type)
			i.MaxDecimals = -1
		}
	case hl7 + "questionnaire-unit", hl7 + "questionnaire-unitOption":
		l.unit(x, i)
	case extSubject:
		if x.flag("valueBoolean") && !i.recurs() {
			x.refuse("valueBoolean", refusedUnsupported, "each report is about one person; what is about another belongs into a group that repeats")
		}
	case hl7 + "questionnaire-optionExclusive":
		if x.flag("valueBoolean") && i.Repeats {
			return false // which option it means can't be told
		}
		x.notice("valueBoolean", "belongs to an option; the question has one answer anyway")
	case extShort, sdc + "sdc-questionnaire-shortText":
		if t := x.localized("valueString", l.lang); i.Short == nil || x.url == extShort {
			i.Short = t
		}
	case extBrief:
		i.Brief = x.localized("valueString", l.lang)
	case sdc + "sdc-questionnaire-openLabel":
		if i.Other = x.localized("valueString", l.lang); i.Type != OpenChoice {
			x.notice("url", "only an open-choice has words of one's own")
			i.Other = nil
		}
	default:
		return l.presented(x, i)
	}
	return true
}

// recurs says whether i, or what it is nested in, repeats.
func (i *Item) recurs() bool {
	for ; i != nil; i = i.Parent {
		if i.Repeats {
			return true
		}
	}
	return false
}

// bound reads the lowest or highest answer; beyond says which answers it forbids. One that is computed is a constraint.
func (l *loader) bound(x extension, i *Item, beyond string) *Value {
	if l.computedBound(x, i, beyond) {
		return nil
	}
	v, ok := x.value("value", Integer, Decimal, Date, DateTime, Time, Quantity)
	if !ok {
		x.refuse("value[x]", refusedMissing, "the extension needs a value")
		return nil
	}
	return &v
}

func (l *loader) unit(x extension, i *Item) {
	switch {
	case i.Type != Quantity && i.Type != Integer && i.Type != Decimal:
		x.notice("url", "an answer of the type %s has no unit", i.Type)
		x.skip()
		return
	case i.Type != Quantity && len(i.Units) > 0:
		x.refuse("url", refusedInvalid, "a number has one unit")
	}
	n := x.of("valueCoding", kindObject)
	if n == nil {
		x.refuse("valueCoding", refusedMissing, "the extension needs a coding")
		return
	}
	c := x.r.open(n, x.at("valueCoding"))
	if c == nil {
		return
	}
	c.harmless(harmlessOfCoding)
	u := Unit{System: c.str("system"), Code: c.str("code"), Display: c.str("display")}
	c.close()
	if u.Display == "" {
		u.Display = u.Code
	}
	if u.Code == "" {
		u.Code, u.System = u.Display, ""
	}
	switch {
	case u.Code == "":
		x.refuse("valueCoding", refusedMissing, "a unit needs a code or a display")
	case slices.ContainsFunc(i.Units, func(o Unit) bool { return o.System == u.System && o.Code == u.Code }):
		if x.url == hl7+"questionnaire-unitOption" && i.Units[0] == u {
			return // the default unit is often among the choices as well
		}
		x.refuse("valueCoding", refusedDuplicate, "the unit is there already")
	default:
		i.Units = append(i.Units, u)
	}
}
