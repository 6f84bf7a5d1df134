package questionnaire

import (
	"strings"
	"unicode/utf8"
)

var (
	outOf    = pattern(`^\s*(\d+)\s*(?:/|out of|of|de|sobre)\s*(\d+)\s*[.!]?\s*$`)
	minus    = pattern(`^\s*-\s?\d`)
	fraction = pattern(`\d[.,]\d`)
	halfway  = pattern(`^\s*(\d{1,3})[.,]50?\s*$`)
)

// parseOption finds the one option that words mean: by the number shown, by label, by code, by letter, by how its label begins, or by
// nearly its label. Two that could be meant are named, and neither is taken.
func (i *Item) parseOption(lang, words string) reading {
	digits := strings.ToLower(westernDigits(words))
	folded := fold(words)
	keys := i.Keys()
	if m := outOf().FindStringSubmatch(digits); m != nil && m[2] == keys[len(keys)-1] { // "3/10", "3 out of 10"
		if n := keyed(keys, m[1]); n >= 0 {
			return reading{value: i.Options[n].Value, ok: true, taken: true}
		}
		return reading{}
	}
	if half := halfway().FindStringSubmatch(digits); half != nil {
		return i.wavers([]int{keyed(keys, half[1]), keyed(keys, number(atoi(half[1])+1))})
	}
	if minus().MatchString(digits) || fraction().MatchString(digits) {
		folded = exactOnly(folded, i) // neither is a number that was shown, but a label may look like that
	}
	if folded == "" {
		return reading{}
	}
	n, taken := i.find(lang, folded, keys)
	if short := dropFillers(folded); n < 0 && short != folded {
		n, taken = i.find(lang, short, keys)
	}
	if n < 0 && i.Type == Choice { // of an open choice these are words of one's own
		n, taken = i.within(lang, folded, keys), true
	}
	if n >= 0 {
		return reading{value: i.Options[n].Value, ok: true, taken: taken}
	}
	return i.nearest(lang, folded, keys)
}

// exactOnly is folded if it is exactly one of the labels, else nothing.
func exactOnly(folded string, i *Item) string {
	for n := range i.Options {
		for _, label := range i.Options[n].Label {
			if fold(label) == folded && !allDigits(strings.ReplaceAll(folded, " ", "")) {
				return folded
			}
		}
	}
	return ""
}

// find is the index of the option that folded words mean, or -1; taken says that it wasn't said as it is offered.
func (i *Item) find(lang, folded string, keys []string) (n int, taken bool) {
	first, rest, _ := strings.Cut(folded, " ")
	if n := keyed(keys, first); n >= 0 {
		if rest == "" || i.agrees(n, rest) {
			return n, false
		}
	}
	if n := i.one(func(o *Option) bool { return fold(o.Label.In(lang)) == folded }); n >= 0 {
		return n, false
	}
	if n := i.one(func(o *Option) bool { return labelled(o, folded) }); n >= 0 {
		return n, false
	}
	if n := i.one(func(o *Option) bool { return o.Value.Code != "" && fold(o.Value.Code) == folded }); n >= 0 && !allDigits(folded) {
		return n, false
	}
	if n := i.saysYesOrNo(folded); n >= 0 {
		return n, false
	}
	if n := i.prefixed(lang, folded); n >= 0 {
		return n, false
	}
	if n := i.lettered(folded); n >= 0 {
		return n, true
	}
	return i.spelled(lang, folded, keys), true
}

// keyed is the index of the key that a text of digits is ("03" is "3"), or -1.
func keyed(keys []string, digits string) int {
	if digits == "" || !allDigits(digits) || len(digits) > 12 {
		return -1
	}
	if digits = strings.TrimLeft(digits, "0"); digits == "" {
		digits = "0"
	}
	for n, key := range keys {
		if key == digits {
			return n
		}
	}
	return -1
}

// one is the index of the only option that fits, or -1.
func (i *Item) one(fits func(*Option) bool) int {
	found := -1
	for n := range i.Options {
		if fits(&i.Options[n]) {
			if found >= 0 {
				return -1
			}
			found = n
		}
	}
	return found
}

// labelled says whether one of o's labels, in any language, is folded.
func labelled(o *Option, folded string) bool {
	for _, label := range o.Label {
		if fold(label) == folded {
			return true
		}
	}
	return false
}

// agrees says that the words after a number ("3 - a lot") are the label of that option, or how it begins.
func (i *Item) agrees(n int, rest string) bool {
	for _, label := range i.Options[n].Label {
		if l := fold(label); l == rest || utf8.RuneCountInString(rest) >= 3 && strings.HasPrefix(l, rest) {
			return true
		}
	}
	for _, word := range strings.Fields(rest) {
		if !fillers[word] {
			return false
		}
	}
	return true
}

// saysYesOrNo finds the option labelled yes or no for a word that means it.
func (i *Item) saysYesOrNo(folded string) int {
	for _, meaning := range []map[string]bool{yesWords, noWords} {
		if meaning[folded] {
			return i.one(func(o *Option) bool {
				for _, label := range o.Label {
					if l := fold(label); len(l) > 1 && meaning[l] {
						return true
					}
				}
				return false
			})
		}
	}
	return -1
}

// lettered is the option that a single letter names by its place, unless another's label begins with it.
func (i *Item) lettered(folded string) int {
	if len(folded) != 1 || folded[0] < 'a' || int(folded[0]-'a') >= len(i.Options) {
		return -1
	}
	n := int(folded[0] - 'a')
	for k := range i.Options {
		for _, label := range i.Options[k].Label {
			if k != n && strings.HasPrefix(fold(label), folded) {
				return -1
			}
		}
	}
	return n
}

// spelled finds an option by a number in words, or by how its label begins; when the two disagree, neither is meant.
func (i *Item) spelled(lang, folded string, keys []string) int {
	begins := i.begins(lang, folded)
	first, rest, _ := strings.Cut(folded, " ")
	n := keyed(keys, numberWord(lang, first))
	if n < 0 || rest != "" && !i.agrees(n, rest) {
		return begins
	}
	if begins >= 0 && begins != n {
		return -1
	}
	return n
}

// begins is the only option whose label begins with the words, which must be three letters or more.
func (i *Item) begins(lang, folded string) int {
	letters := 0
	for _, r := range folded {
		if isLetter(r) {
			letters++
		}
	}
	if letters < 3 {
		return -1
	}
	if n := i.one(func(o *Option) bool { return strings.HasPrefix(fold(o.Label.In(lang)), folded) }); n >= 0 {
		return n
	}
	return i.one(func(o *Option) bool {
		for _, label := range o.Label {
			if strings.HasPrefix(fold(label), folded) {
				return true
			}
		}
		return false
	})
}
