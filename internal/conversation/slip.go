package conversation

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tellback/tellback/internal/program"
)

// Not every text that means nothing to the machine is a story: some are slips of the thumb, small talk, or a question
// who this is. All else that people say is kept, single words, scripts without spaces and runs of emoji included.

// slip says whether a text that is no answer tells nothing either. So does a command that came too late to be obeyed.
func (t *turn) slip() bool {
	if listen(t.folded).name != "" {
		return true
	}
	return !emotes(t.text) && t.smallTalk()
}

// smallTalk says whether the words of a text tell nothing.
func (t *turn) smallTalk() bool {
	for _, set := range []string{"slip", "greeting", "thanks", "yes", "no"} {
		if is(set, t.folded) {
			return true
		}
	}
	return !telling(t.folded)
}

// aStory is how many words a text must have more than to be kept as a story whatever they are.
const aStory = 8

// tellsMore says whether a text that could not be read as an answer says something, so that it must not be lost: it is
// long, or has a word that is neither about how much, how often or how good, nor one of the options', even misspelt.
// "My leg hurts" does; "sevral", "a lottle" and "not too bad today" are tries at an answer.
func (t *turn) tellsMore(options []string) bool {
	if listen(t.folded).name != "" || t.smallTalk() { // emoji may be how strong it was
		return false
	}
	if wordCount(t.text) > aStory {
		return true
	}
	offered := map[string]bool{}
	for _, o := range options {
		for w := range strings.FieldsSeq(program.Fold(o)) {
			offered[w] = true
		}
	}
	for w := range strings.FieldsSeq(t.folded) {
		if telling(w) && !oneOf(offered, w) && !oneOf(learn().sets["answer"], w) {
			return true
		}
	}
	return false
}

// oneOf says whether w is one of the words, give or take a letter where w is long enough for that not to make it another
// word ("sore" is no "some").
func oneOf(known map[string]bool, w string) bool {
	if known[w] {
		return true
	}
	if utf8.RuneCountInString(w) < 5 {
		return false
	}
	for k := range known {
		if program.OneEdit(k, w) {
			return true
		}
	}
	return false
}

// telling says whether s has a word in it: three letters at least in scripts where a letter is a sound, one in others.
func telling(s string) bool {
	letters := 0
	for _, r := range s {
		switch {
		case unicode.In(r, unicode.Latin, unicode.Cyrillic, unicode.Greek):
			letters++
		case unicode.IsLetter(r):
			letters = 3
		}
		if letters >= 3 {
			return true
		}
	}
	return false
}

// nods are emoji that only agree, thank, greet or rate, however often they are repeated.
const nods = "👍👌🙏👋👏🙌🙂😊😀😃😄🎉❤💙💚💛🧡💜⭐★☆"

// emotes says whether s has three emoji at least that are no nods: it may be all that somebody can say. One that is put
// together of several (a family, a flag) is one.
func emotes(s string) bool {
	n, joined := 0, false
	for _, r := range s {
		pictorial := r >= 0x2600 && r <= 0x27BF || r >= 0x1F300 && r <= 0x1FAFF
		if pictorial && unicode.Is(unicode.So, r) && !joined && !strings.ContainsRune(nods, r) {
			n++
		}
		joined = r == '\u200d'
	}
	return n >= 3
}

// nearJoin says whether a text is a join word with one mistake in it.
func (t *turn) nearJoin() bool {
	for _, p := range t.m.Catalog.Programs() {
		for _, w := range p.JoinWords {
			if program.OneEdit(t.folded, program.Fold(w)) || program.OneEdit(t.folded, "join "+program.Fold(w)) {
				return true
			}
		}
	}
	return false
}

// near says whether a text is one of a set's words with one mistake in it. Two letters are too few to tell.
func near(set, folded string) bool {
	for w := range learn().sets[set] {
		if utf8.RuneCountInString(w) > 2 && program.OneEdit(w, folded) {
			return true
		}
	}
	return false
}
