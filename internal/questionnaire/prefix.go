package questionnaire

import (
	"slices"
	"strconv"
	"strings"
)

// Marked is what the n-th option is called, with what its author put before it: "a) Head".
func (i *Item) Marked(n int, lang string) string {
	o := &i.Options[n]
	return strings.TrimSpace(o.Prefix + " " + o.Label.In(lang))
}

// Spoken is the same for a text message, where options are numbered: a prefix that only counts them is left out.
func (i *Item) Spoken(n int, lang string) string {
	if i.counts(n) {
		return i.Options[n].Label.In(lang)
	}
	return i.Marked(n, lang)
}

var romans = []string{"i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x"}

// counts says that the n-th option's prefix is only its place, as a number or letter, or the number that it has in texts: "(a)", "2.".
// Those can be replied anyway.
func (i *Item) counts(n int) bool {
	p := fold(i.Options[n].Prefix)
	places := []string{"", strconv.Itoa(n + 1), i.Keys()[n]}
	if n < 26 {
		places = append(places, string(rune('a'+n)))
	}
	if n < len(romans) {
		places = append(places, romans[n])
	}
	return slices.Contains(places, p)
}

// prefixed is the only option whose prefix, as it stands in texts, is what was replied, alone or with its label; -1 without one.
func (i *Item) prefixed(lang, folded string) int {
	found := -1
	for n := range i.Options {
		if i.Options[n].Prefix == "" || fold(i.Options[n].Prefix) != folded && fold(i.Marked(n, lang)) != folded || i.counts(n) {
			continue
		}
		if found >= 0 {
			return -1
		}
		found = n
	}
	return found
}
