package reading

import "strings"

// english counts groups of vowels, less a silent e. A number counts as one.
func english(word string) int {
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
