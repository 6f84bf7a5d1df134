// Package reading measures how hard a text is to read, in the languages that it has a formula for.
package reading

import (
	"strings"
	"unicode"
)

// Level is how hard a text is to read.
type Level struct {
	Formula Formula
	Score   float64
}

// Formula is how a level was worked out, and so what its score means.
type Formula string

// The formulas.
const (
	// FleschKincaid gives the US school year that it takes to read an English text (Kincaid et al., 1975).
	FleschKincaid Formula = "flesch-kincaid"
	// Inflesz gives how easy a Spanish text is, 100 being very easy: the perspicuity of Szigriszt Pazos (1993), read by the
	// scale that Barrio-Cantalejo et al. made with texts for patients (An Sist Sanit Navar 2008; 31(2): 135-152).
	Inflesz Formula = "inflesz"
)

// What is easy enough for everyone: sixth grade, as AMA and NIH advise for what patients read; and from 55 on, where that
// scale begins to call a text normal for an adult.
const (
	Grade = 6.0
	Ease  = 55.0
)

// Plain says whether a text is easy enough for everyone.
func (l Level) Plain() bool {
	if l.Formula == Inflesz {
		return l.Score >= Ease
	}
	return l.Score <= Grade
}

// Band is where a level lies: "very-easy", "easy", "normal", "hard" or "very-hard". For Spanish these are the scale's own;
// for English they are the first years of school, primary, middle and high school, and beyond.
func (l Level) Band() string {
	bands := []string{"very-easy", "easy", "normal", "hard", "very-hard"}
	limits, score := [4]float64{3, 6, 8, 12}, l.Score
	if l.Formula == Inflesz {
		limits, score = [4]float64{-80, -65, -55, -40}, -l.Score
	}
	n := 0
	for n < len(limits) && score > limits[n] {
		n++
	}
	return bands[n]
}

// Of is the level of a text in a language; ok is false where there is no formula, or where fewer than five words say nothing.
func Of(lang, text string) (l Level, ok bool) {
	base, _, _ := strings.Cut(lang, "-")
	switch base {
	case "en":
		words, sentences, sounds := count(text, english)
		if words < fewest {
			return l, false
		}
		return Level{FleschKincaid, 0.39*float64(words)/float64(sentences) + 11.8*float64(sounds)/float64(words) - 15.59}, true
	case "es":
		words, sentences, sounds := count(text, spanish)
		if words < fewest {
			return l, false
		}
		return Level{Inflesz, 206.835 - 62.3*float64(sounds)/float64(words) - float64(words)/float64(sentences)}, true
	}
	return l, false
}

const fewest = 5

// count counts words, sentences and syllables. A blank line ends a sentence; addresses aren't read out.
func count(text string, syllables func(string) int) (words, sentences, sounds int) {
	open := false
	for _, token := range strings.Fields(strings.ReplaceAll(text, "\n\n", " . ")) {
		word := strings.TrimFunc(token, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		if word != "" && !strings.ContainsAny(word, "@./") {
			words++
			sounds += syllables(word)
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
	return words, sentences, sounds
}
