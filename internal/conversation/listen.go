package conversation

import (
	"strings"
	"sync"

	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/words"
)

// command is something that people can always say, whatever is open.
type command struct {
	name  string // "stop", "start", …; "" is none
	lang  string // of "switch": the language asked for; of "stop": in which it was said, where that is not for everyone
	wrong bool   // of "stop": the number is somebody else's
}

// ears are the words that are understood, of every language, folded. They come from the message catalogs.
type ears struct {
	commands map[string]command
	sets     map[string]map[string]bool // yes, no, thanks, greeting, patient, caregiver, self, slip, answer, …
	sounds   map[string]map[string]bool // by language: its commonest words
}

var commandNames = []string{"start", "help", "skip", "back", "pause", "language", "lesson", "no-lesson", "mydata", "forget", "care", "switch", "stop"}

var learn = sync.OnceValue(func() *ears {
	e := &ears{
		commands: map[string]command{}, sets: map[string]map[string]bool{}, sounds: map[string]map[string]bool{},
	}
	for _, lang := range words.Languages() {
		for _, name := range commandNames { // stop comes last: it wins over everything else
			for _, w := range heard(lang, name) {
				c := command{name: name}
				if name == "switch" {
					c.lang = lang
				}
				if e.commands[w].name != "stop" {
					e.commands[w] = c
				}
			}
		}
		for _, set := range []string{"yes", "no", "thanks", "greeting", "patient", "caregiver", "self", "slip", "answer", "with-number", "and", "to-be", "meant", "take-back", "article", "question"} {
			add(e.sets, set, heard(lang, set))
			add(e.sets, set+" "+lang, heard(lang, set))
		}
		add(e.sounds, lang, heard(lang, "sounds"))
	}
	return e
})

func heard(lang, name string) []string {
	key := "sms.hear-" + name
	if !words.Has(lang, key) {
		return nil
	}
	var out []string
	for w := range strings.SplitSeq(words.Text(lang, key), "|") {
		out = append(out, program.Fold(w))
	}
	return out
}

func add(sets map[string]map[string]bool, name string, ws []string) {
	if sets[name] == nil {
		sets[name] = map[string]bool{}
	}
	for _, w := range ws {
		sets[name][w] = true
	}
}

// listen finds the command that a folded text is. Only a whole text is one: words in the middle of a sentence belong to
// the sentence.
func listen(folded string) command { return learn().commands[folded] }

func is(set, folded string) bool { return learn().sets[set][folded] }

// isIn is is for the words of one language.
func isIn(set, lang, folded string) bool { return is(set+" "+lang, folded) }

// sounds guesses the language of folded words among those given; the first when there is nothing to go by.
func sounds(folded string, among []string) string {
	best, most := among[0], 0
	for _, lang := range among {
		n := 0
		for w := range strings.FieldsSeq(folded) {
			if learn().sounds[lang][w] {
				n++
			}
		}
		if n > most {
			best, most = lang, n
		}
	}
	return best
}

// IsYes says whether a text agrees, in any language.
func IsYes(text string) bool { return is("yes", program.Fold(clean(text))) }

// IsStart says whether a text is the command START, in any language.
func IsStart(text string) bool { return listen(program.Fold(clean(text))).name == "start" }
