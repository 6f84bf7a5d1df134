package preview

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/reading"
)

// Prices of a text segment in US dollars, Twilio's long code in the US (infra/decisions/cost.md; a test holds them equal).
const (
	segment      = 0.0083 // each way
	carrierLeast = 0.0025 // beside that, of one that is sent
	carrierMost  = 0.0062
)

// Cost is what a report of this kind costs, in US dollars; carriers differ.
func (w Walk) Cost() (least, most float64) {
	all := float64(w.Segments()) * segment
	return all + float64(w.Out)*carrierLeast, all + float64(w.Out)*carrierMost
}

// Language is what a questionnaire is like in one of its languages.
type Language struct {
	Tag      string
	Level    reading.Level
	Measured bool // there is a formula for the language, and enough words
	Talk     Walk // the plain way through it
}

// Hard is a question that is hard to read.
type Hard struct {
	LinkID, Text string
	Level        reading.Level
}

// Branch is a question that the plain way does not meet.
type Branch struct {
	LinkID string
	Asked  Text
	When   string // in words, where it can be said so
}

// How much of what could be said is said.
const (
	mostLanguages = 8
	mostBranches  = 100
	mostLongest   = 3
	mostHard      = 5
)

// walk goes through the questionnaire by text, and lists what it did not meet.
func (k *Look) walk(ctx context.Context, m Maker) {
	r := m.walker(k.Questionnaire, k.Lang)
	k.Talk = r.walk(ctx, plain)
	for _, w := range []Walk{k.Talk, r.walk(ctx, shortest), r.walk(ctx, longest)} {
		if w.End != Done {
			continue
		}
		if k.Fewest == nil || w.Segments() < k.Fewest.Segments() {
			k.Fewest = &w
		}
		if k.Most == nil || w.Segments() > k.Most.Segments() {
			k.Most = &w
		}
	}
	texts := slices.DeleteFunc(slices.Clone(k.Talk.Texts), func(t Text) bool { return t.Mine })
	for _, i := range k.Questionnaire.All() {
		if !first(i) || !asked(i) || k.Talk.Asked[i.LinkID] || ctx.Err() != nil || len(k.Branches) == mostBranches {
			continue
		}
		t := written(r.machine.Question(k.Questionnaire, i, k.Lang))
		k.Branches = append(k.Branches, Branch{LinkID: i.LinkID, Asked: t})
		texts = append(texts, t)
	}
	slices.SortStableFunc(texts, func(a, b Text) int {
		return cmp.Or(b.Segments-a.Segments, utf8.RuneCountInString(b.Body)-utf8.RuneCountInString(a.Body))
	})
	k.Longest = texts[:min(len(texts), mostLongest)]
}

// measure says for each language how hard it is to read and what it costs by text.
func (k *Look) measure(ctx context.Context, m Maker) {
	q := k.Questionnaire
	k.Languages = []Language{{Tag: k.Lang, Talk: k.Talk}}
	for _, lang := range q.Languages {
		if lang != k.Lang && len(k.Languages) < mostLanguages {
			k.Languages = append(k.Languages, Language{Tag: lang, Talk: m.walker(q, lang).walk(ctx, plain)})
		}
	}
	for n := range k.Languages {
		l := &k.Languages[n]
		l.Level, l.Measured = reading.Of(l.Tag, strings.Join(sentences(q, l.Tag), "\n\n"))
	}
	for _, i := range q.All() {
		if i.Hidden || !first(i) {
			continue
		}
		text := i.Text.In(k.Lang)
		if level, ok := reading.Of(k.Lang, text); ok && !level.Plain() {
			k.Hardest = append(k.Hardest, Hard{i.LinkID, text, level})
		}
	}
	slices.SortStableFunc(k.Hardest, func(a, b Hard) int {
		if a.Level.Formula == reading.Inflesz {
			return cmp.Compare(a.Level.Score, b.Level.Score)
		}
		return cmp.Compare(b.Level.Score, a.Level.Score)
	})
	k.Hardest = k.Hardest[:min(len(k.Hardest), mostHard)]
}

// sentences are what there is to read but for the options, which are no sentences.
func sentences(q *questionnaire.Questionnaire, lang string) []string {
	out := []string{q.Description.In(lang)}
	for _, i := range q.All() {
		if !i.Hidden && first(i) {
			out = append(out, i.Text.In(lang), i.Help.In(lang))
		}
	}
	return slices.DeleteFunc(out, func(s string) bool { return s == "" })
}
