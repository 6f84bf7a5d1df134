// Package optout hears that somebody wants no more texts, or that they are not who the texts are for, in whatever words
// and language they say it. The words of carriers and of 47 CFR 64.1200(a)(10) are heard, with and without spaces, and
// so are sentences ("please stop texting me", "no me escriban más", "别再发短信了", "wrong number"). What only sounds
// alike is not: "I can't stop coughing" is a story, "cancel my appointment" is one, "don't stop texting me" is kind.
//
// What a language says is in a file of its own, which pattern.go explains. All languages are heard at once: people text in
// the one that they think in.
package optout

import (
	"embed"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/tellback/tellback/internal/words"
)

// Wish is what a text asks for.
type Wish string

// The wishes.
const (
	None  Wish = ""
	Stop  Wish = "stop"  // no more texts
	Wrong Wish = "wrong" // no more texts: the number is somebody else's
)

//go:embed *.txt
var files embed.FS

// grammars are what is heard, by language: what its file says, and the words for the command STOP of internal/words.
var grammars = sync.OnceValues(func() ([]*grammar, error) {
	names, err := files.ReadDir(".")
	if err != nil {
		return nil, err
	}
	var all []*grammar
	for _, n := range names {
		raw, err := files.ReadFile(n.Name())
		if err != nil {
			return nil, err
		}
		g, err := read(strings.TrimSuffix(n.Name(), ".txt"), string(raw))
		if err != nil {
			return nil, err
		}
		all = append(all, g)
	}
	for _, lang := range words.Languages() {
		at := slices.IndexFunc(all, func(g *grammar) bool { return g.language == lang })
		if at < 0 {
			at, all = len(all), append(all, &grammar{language: lang, classes: map[string][]phrase{}})
		}
		if words.Has(lang, "sms.hear-stop") {
			for w := range strings.SplitSeq(words.Text(lang, "sms.hear-stop"), "|") {
				all[at].classes["alone"] = append(all[at].classes["alone"], phraseOf(w))
			}
		}
	}
	return all, nil
})

// lengthy is how many characters a text may have that is looked through whole. In a longer one people tell of their life,
// and a wish stands at its beginning or its end.
const lengthy = 400

// Heard is the wish in a text as somebody typed it, and the language in which it is said: "" where that is nobody's own,
// since everyone texts the carriers' English words.
func Heard(text string) (w Wish, language string) {
	long := utf8.RuneCountInString(text) > lengthy
	if long {
		rs := []rune(text)
		text = string(rs[:lengthy/2]) + "\n" + string(rs[len(rs)-lengthy/2:])
	}
	said := clauses(text)
	if len(said) == 0 {
		return None, ""
	}
	whole := said
	if long {
		whole, said = nil, []clause{said[0], said[len(said)-1]}
	}
	all, _ := grammars() // a test reads them
	for _, g := range all {
		if w := g.heard(said, whole); w != None {
			if g.language == "en" && len(whole) == 1 && len(whole[0]) == 1 {
				return w, ""
			}
			return w, g.language
		}
	}
	return None, ""
}

// heard is the wish in any clause. A word that is a wish only alone ("end", "basta") may also be a clause of its own where
// another one speaks of texts.
func (g *grammar) heard(said, whole []clause) Wish {
	found := None
	ofTexts := slices.ContainsFunc(said, func(c clause) bool { return g.mentions("TEXTS", c) })
	corrects := slices.ContainsFunc(said, func(c clause) bool { return g.mentions("meant", c) || answers(c) })
	for _, c := range said {
		c = g.bare(c)
		switch g.wish(c, !corrects) {
		case Wrong:
			return Wrong
		case Stop:
			found = Stop
		}
		if found == None && (len(whole) == 1 || ofTexts) && g.is("alone", c) {
			found = Stop
		}
	}
	if found == None && len(whole) > 1 && g.is("alone", g.bare(joined(whole))) {
		return Stop // "O.K. Stop."
	}
	return found
}
