package release

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/report"
	"github.com/tellback/tellback/internal/words"
)

// lessonFrom is how many must have answered before a share of them is a lesson.
const lessonFrom = 30

// lessons are the program's sentences that can be said from what is shown: of everyone who answered about themselves.
func lessons(p *program.Program, per program.Period, problems []*problem) []Lesson {
	out := []Lesson{}
	for _, l := range p.Lessons {
		for _, b := range problems {
			if b.q.ID != l.Questionnaire || b.perspective != string(report.Self) || !current(p, b) {
				continue
			}
			if inTen, ok := b.share(l); ok {
				out = append(out, Lesson{Questionnaire: l.Questionnaire, Item: l.Item, InTen: inTen, Text: say(p, per, l, inTen)})
			}
		}
	}
	return out
}

// current says that b is of the version that the program uses: another's codes may mean something else.
func current(p *program.Program, b *problem) bool {
	return slices.ContainsFunc(p.Uses, func(u program.Use) bool { return u.Questionnaire == b.q.ID && u.Version == b.q.Version })
}

// share is how many in ten gave one of l's answers, from shown counts only.
func (b *problem) share(l program.Lesson) (inTen int, ok bool) {
	q := b.question(l.Item)
	if q == nil {
		return 0, false
	}
	codes := slices.Compact(slices.Sorted(slices.Values(l.Codes)))
	if len(codes) == 0 || q.each && len(codes) > 1 { // who gave two of the answers would count twice
		return 0, false
	}
	all := b.tables.Counts[q.cells[0].answered]
	if b.hidden[q.cells[0].answered] || all < lessonFrom {
		return 0, false
	}
	var part int64
	for _, code := range codes {
		a := slices.IndexFunc(q.answers, func(a answer) bool { return a.code == code })
		if a < 0 || b.hidden[q.cells[0].given[a]] {
			return 0, false
		}
		part += b.tables.Counts[q.cells[0].given[a]]
	}
	if part == 0 { // "fewer than one in ten" would say that there were some
		return 0, false
	}
	return int((20*part + all) / (2 * all)), true
}

func say(p *program.Program, per program.Period, l program.Lesson, inTen int) map[string]string {
	out := map[string]string{}
	for _, lang := range p.Languages {
		text := strings.NewReplacer("{month}", when(p, per, lang), "{share}", shareText(inTen, lang)).Replace(l.Text.In(lang))
		first, size := utf8.DecodeRuneInString(text)
		out[lang] = string(unicode.ToUpper(first)) + text[size:]
	}
	return out
}

func shareText(inTen int, lang string) string {
	switch inTen {
	case 0:
		return words.Text(lang, "learn.share-none")
	case 10:
		return words.Text(lang, "learn.share-most")
	}
	return words.Text(lang, "learn.share", "n", strconv.Itoa(inTen))
}

// when names the period as one says it aloud soon after: the month alone.
func when(p *program.Program, per program.Period, lang string) string {
	var year, month int
	if n, err := fmt.Sscanf(per.ID, "%d-%d", &year, &month); n == 2 && err == nil && p.Period != program.Week {
		return words.Text(lang, fmt.Sprintf("time.month-%d", month))
	}
	return p.Label(per, lang)
}
