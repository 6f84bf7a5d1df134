package program

import (
	"strings"
	"unicode/utf8"
)

// Despair looks for crisis words in what somebody said, in any of the program's languages. in is the language of the
// words that were found: lang, the one spoken with them, where it has them too. Wherever people's own words come in,
// this is asked before anything else is made of them.
//
// Words are found whole and in a row ("kill myself" is not in "skill myself"). Precision matters less than that nobody
// is missed: a reply too many costs little.
func (p *Program) Despair(lang, text string) (in string, found bool) {
	said := strings.Fields(Fold(text))
	for _, l := range append([]string{lang}, p.Languages...) {
		for _, phrase := range p.despair[l] {
			if holds(said, phrase) {
				return l, true
			}
		}
	}
	return "", false
}

// foldDespair readies the crisis words for [Program.Despair].
func (p *Program) foldDespair() {
	p.despair = map[string][][]string{}
	for lang, phrases := range p.Crisis.Words {
		for _, w := range phrases {
			p.despair[lang] = append(p.despair[lang], strings.Fields(Fold(w)))
		}
	}
}

func holds(said, phrase []string) bool {
	for n := 0; n+len(phrase) <= len(said); n++ {
		if matches(said[n:], phrase) && !(n > 0 && unit(phrase) && numeric(said[n-1])) {
			return true
		}
	}
	return false
}

func matches(said, phrase []string) bool {
	for n, w := range phrase {
		if said[n] != w {
			return false
		}
	}
	return true
}

// unit says whether a phrase may be short for a measure when it stands behind a number: "5 kms" is a way, "kms" alone is
// despair.
func unit(phrase []string) bool { return len(phrase) == 1 && utf8.RuneCountInString(phrase[0]) <= 3 }

func numeric(w string) bool { return strings.Trim(w, "0123456789") == "" }
