package questionnaire

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// around are words that people put around an answer and that change nothing about it ("I would say 3 today"). "Not", "less" and
// "very" are none: they change what is meant.
var around = set(`i id i'd ill would say guess think maybe probably perhaps about around roughly like feel felt was were is it its im am a an of the
	my me for today tonight now just this week point level rate rated score give gave got put be been at between
	yo diria digo creo quizas tal vez como unos unas fue era es esta este hoy semana mi me siento senti un una el la nivel pongo doy de`)

// within is the option that is left when such words are taken from both ends, or -1. The fewest are taken: "a" may begin a label.
func (i *Item) within(lang, folded string, keys []string) int {
	fields := strings.Fields(folded)
	most := min(len(fields)-1, 6)
	for off := 1; off <= most; off++ {
		found := -1
		for front := 0; front <= off; front++ {
			back := len(fields) - (off - front)
			if front >= back || !onlyAround(fields[:front]) || !onlyAround(fields[back:]) {
				continue
			}
			n, _ := i.find(lang, strings.Join(fields[front:back], " "), keys)
			for _, rest := range [][]string{fields[:front], fields[back:]} {
				if other, loosely := i.find(lang, strings.Join(rest, " "), keys); len(rest) > 0 && !loosely && other != n {
					return -1 // what was taken away is an option itself
				}
			}
			if back-front == 1 && len(fields[front]) == 1 && !allDigits(fields[front]) {
				n = -1 // a letter in a sentence is rarely an option
			}
			if n >= 0 && found >= 0 && n != found {
				return -1
			}
			if n >= 0 {
				found = n
			}
		}
		if found >= 0 {
			return found
		}
	}
	return -1
}

func onlyAround(fields []string) bool {
	for _, f := range fields {
		if !around[f] && !fillers[f] {
			return false
		}
	}
	return true
}

// nearest is what is meant by words that are nothing that was offered: the one option that they nearly spell, or a question between two
// or three that they may mean.
func (i *Item) nearest(lang, folded string, keys []string) reading {
	if !i.Repeats {
		if r := i.wavers(i.named(lang, folded, keys)); len(r.either) > 0 {
			return r
		}
	}
	if r := i.wavers(i.beginning(lang, folded)); len(r.either) > 0 || i.Type != Choice {
		return r
	}
	return i.misspelt(folded)
}

// wavers asks between the options with those indexes; nothing when they are too few or too many, or one is none.
func (i *Item) wavers(at []int) reading {
	if len(at) < 2 || len(at) > 3 || slices.Contains(at, -1) {
		return reading{}
	}
	var r reading
	for _, n := range at {
		r.either = append(r.either, i.Options[n].Value)
	}
	return r
}

// named are the options of several numbers with nothing but joining words between them: "3 or 4", "between 1 and 2". One word that
// names none makes them nothing.
func (i *Item) named(lang, folded string, keys []string) (at []int) {
	for w := range strings.FieldsSeq(folded) {
		if joining[w] || fillers[w] {
			continue
		}
		n := keyed(keys, w)
		if n < 0 {
			n = keyed(keys, numberWord(lang, w))
		}
		if n < 0 {
			return nil
		}
		if !slices.Contains(at, n) {
			at = append(at, n)
		}
	}
	return at
}

// beginning are the options whose labels begin with the words, and the one that they may name as a letter.
func (i *Item) beginning(lang, folded string) (at []int) {
	if allDigits(folded) {
		return nil
	}
	letter := -1
	if len(folded) == 1 && folded[0] >= 'a' {
		letter = int(folded[0] - 'a')
	}
	for n := range i.Options {
		if n == letter || strings.HasPrefix(fold(i.Options[n].Label.In(lang)), folded) {
			at = append(at, n)
		}
	}
	return at
}

// misspelt is the option whose label the words nearly are: the same but for spaces ("alot"); or one letter apart from five letters on, two from nine on, the first one
// right. Another one that is hardly farther away makes it a question.
func (i *Item) misspelt(folded string) reading {
	squeezed := strings.ReplaceAll(folded, " ", "")
	spaced := i.one(func(o *Option) bool { return o.squeezed(squeezed) })
	letters := utf8.RuneCountInString(folded)
	first, _ := utf8.DecodeRuneInString(folded)
	allowed := 0
	switch {
	case spaced >= 0 && !allDigits(squeezed):
		allowed = letters
	case strings.ContainsAny(folded, "0123456789"), letters > 60:
	case letters >= 9:
		allowed = 2
	case letters >= 5:
		allowed = 1
	}
	if allowed == 0 {
		return reading{}
	}
	apart := make([]int, len(i.Options))
	best := allowed + 1
	for n := range i.Options {
		apart[n] = letters
		for _, label := range i.Options[n].Label {
			l := fold(label)
			if begins, _ := utf8.DecodeRuneInString(l); begins == first && !strings.ContainsAny(l, "0123456789") {
				apart[n] = min(apart[n], edits(folded, l))
			}
		}
		best = min(best, apart[n])
	}
	margin := 1
	if spaced >= 0 && allowed == letters { // a space is less than a letter: only what is as near is a rival
		best, margin = apart[spaced], 0
	}
	if best > allowed {
		return reading{}
	}
	var close []int
	for n, d := range apart {
		if d <= best+margin {
			close = append(close, n)
		}
	}
	if len(close) == 1 {
		return reading{value: i.Options[close[0]].Value, ok: true, taken: true}
	}
	return i.wavers(close)
}

// squeezed says whether one of o's labels is that, but for spaces.
func (o *Option) squeezed(folded string) bool {
	for _, label := range o.Label {
		if strings.ReplaceAll(fold(label), " ", "") == folded {
			return true
		}
	}
	return false
}

// edits is how many letters two words are apart: each one wrong, missing, too many, or swapped with its neighbour.
func edits(a, b string) int {
	from, to := []rune(a), []rune(b)
	before, last, next := make([]int, len(to)+1), make([]int, len(to)+1), make([]int, len(to)+1)
	for k := range last {
		last[k] = k
	}
	for j := range from {
		next[0] = j + 1
		for k := range to {
			cost := 1
			if from[j] == to[k] {
				cost = 0
			}
			next[k+1] = min(last[k]+cost, last[k+1]+1, next[k]+1)
			if j > 0 && k > 0 && from[j] == to[k-1] && from[j-1] == to[k] {
				next[k+1] = min(next[k+1], before[k-1]+1)
			}
		}
		before, last, next = last, next, before
	}
	return last[len(to)]
}
