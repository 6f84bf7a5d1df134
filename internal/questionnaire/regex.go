package questionnaire

import (
	"regexp"
	"regexp/syntax"
)

// maxStates bounds what the patterns of a questionnaire are made of together: "\pL{1000}" is a thousand. An ordinary one has some dozens.
const maxStates = 100_000

// pattern compiles a regex. FHIR's are those of XML Schema or Java, always for the whole answer; Go's have no look-around and no
// back-references, in exchange for which no answer can make them slow.
func (l *loader) pattern(x extension, i *Item) *regexp.Regexp {
	source := x.str("valueString")
	if source == "" {
		x.refuse("valueString", refusedMissing, "the extension needs a value")
		return nil
	}
	switch i.Type {
	case Group, Display, Boolean, Choice, Quantity, Attachment:
		x.notice("valueString", "an answer of the type %s has no pattern", i.Type)
		return nil
	}
	if len(source) > 1000 {
		x.refuse("valueString", refusedUnsupported, "a pattern may have at most 1000 characters")
		return nil
	}
	if found := l.patterns[source]; found != nil {
		return found
	}
	parsed, err := syntax.Parse(source, syntax.Perl) // alone first: ")(" must not break out of the group below
	if err != nil {
		x.refuse("valueString", refusedUnsupported, "the pattern can't be used (look-around and back-references are not supported): %v", err)
		return nil
	}
	if l.states += states(parsed); l.states > maxStates {
		x.refuse("valueString", refusedUnsupported, "the patterns are too large together, when everything in them is repeated as often as they say")
		return nil
	}
	re, err := regexp.Compile(`\A(?:` + source + `)\z`)
	if err != nil {
		x.refuse("valueString", refusedUnsupported, "the pattern can't be used: %v", err)
		return nil
	}
	l.patterns[source] = re
	return re
}

// states is about how many a pattern is compiled to.
func states(re *syntax.Regexp) int {
	n := 1 + len(re.Rune)
	for _, sub := range re.Sub {
		n = min(maxStates+1, n+states(sub))
	}
	if re.Op == syntax.OpRepeat {
		n = min(maxStates+1, n*max(re.Min, re.Max, 1))
	}
	return n
}
