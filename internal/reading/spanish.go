package reading

import "strings"

// silentU takes out the u that is written and not spoken.
var silentU = strings.NewReplacer("qu", "q", "gue", "ge", "gué", "gé", "gui", "gi", "guí", "gí")

// spanish counts syllables as the Academy's orthography divides vowels (RAE, Ortografía, 2010, II 2.4): one syllable has at
// most one of a, e, o; i and u join it on either side unless they carry the accent. A number counts as one.
func spanish(word string) int {
	word = silentU.Replace(strings.ToLower(word))
	n := 0
	strong, before := false, rune(0) // of the syllable that goes on; before is 0 after a consonant
	letters := []rune(word)
	for at, r := range letters {
		if r == 'y' && (at == len(letters)-1 || len(letters) == 1) { // rey, muy, y
			r = 'i'
		}
		open, accented := strings.ContainsRune("aeoáéó", r), strings.ContainsRune("íú", r)
		switch {
		case !open && !accented && !strings.ContainsRune("iuü", r):
			before = 0
			continue
		case before == 0, open && (strong || before == 'í' || before == 'ú'), accented && strong, r == before:
			n++
			strong = open
		default:
			strong = strong || open
		}
		before = r
	}
	return max(n, 1)
}
