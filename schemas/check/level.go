package main

import (
	"strings"
	"unicode"
)

// readingLevel is the Flesch-Kincaid grade of an English text: the US school year that it takes to read it (Kincaid et
// al., 1975). Fewer than five words say nothing (ok is false).
func readingLevel(text string) (level float64, ok bool) {
	var words, sentences, count int
	open := false
	for _, token := range strings.Fields(strings.NewReplacer("\n\n", " . ", "{month}", "May", "{share}", "6 in 10").Replace(text)) {
		word := strings.TrimFunc(token, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		if word != "" && !strings.ContainsAny(word, "@./") { // addresses aren't read out
			words++
			count += syllables(word)
			open = true
		}
		if open && strings.ContainsAny(token[len(token)-1:], ".!?:;") {
			sentences++
			open = false
		}
	}
	if open {
		sentences++
	}
	if words < 5 {
		return 0, false
	}
	return 0.39*float64(words)/float64(sentences) + 11.8*float64(count)/float64(words) - 15.59, true
}

// syllables counts groups of vowels, less a silent e. A number counts as one.
func syllables(word string) int {
	word = strings.ToLower(word)
	n, before := 0, false
	for _, r := range word {
		vowel := strings.ContainsRune("aeiouy", r)
		if vowel && !before {
			n++
		}
		before = vowel
	}
	silent := strings.HasSuffix(word, "e") && !strings.HasSuffix(word, "le") ||
		strings.HasSuffix(word, "ed") && !strings.HasSuffix(word, "ted") && !strings.HasSuffix(word, "ded") ||
		strings.HasSuffix(word, "es") && !strings.HasSuffix(word, "ses") && !strings.HasSuffix(word, "ces") && !strings.HasSuffix(word, "ges") && !strings.HasSuffix(word, "xes") && !strings.HasSuffix(word, "hes")
	if silent {
		n--
	}
	return max(n, 1)
}
