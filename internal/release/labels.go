package release

import (
	"slices"
	"strings"

	"github.com/tellback/tellback/internal/learning"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/words"
)

// text is an answer's label; Yes and No of a boolean and people's own words come from the catalog.
func (a answer) text(lang string) string {
	if a.label != nil {
		return a.label.In(lang)
	}
	switch a.code {
	case "true":
		return words.Text(lang, "learn.yes")
	case "false":
		return words.Text(lang, "learn.no")
	case Own:
		return words.Text(lang, "learn.own-words")
	}
	return a.code
}

// labels are all labels that a reader of the release needs, in every language of the program.
func labels(p *program.Program, problems []*problem) map[string]map[string]string {
	out := map[string]map[string]string{}
	for _, lang := range p.Languages {
		m := map[string]string{
			BreakdownLabel("origin"):      words.Text(lang, "learn.by-origin"),
			ValueLabel("origin", "open"):  words.Text(lang, "learn.origin-open"),
			ValueLabel("origin", "known"): words.Text(lang, "learn.origin-known"),
		}
		for _, source := range slices.Concat(p.Menu()...) {
			m[BreakdownLabel(source)] = sourceText(p, source, lang)
			for _, v := range p.Values(source) {
				m[ValueLabel(source, v)] = valueText(p, source, v, lang)
			}
		}
		for _, b := range problems {
			for _, q := range b.questions {
				m[ItemLabel(b.q.ID, b.q.Version, q.id)] = q.item.Text.In(lang)
				for _, a := range q.answers {
					m[AnswerLabel(b.q.ID, b.q.Version, q.id, a.code)] = a.text(lang)
				}
			}
			for _, s := range b.q.Scores {
				m[ItemLabel(b.q.ID, b.q.Version, learning.ScorePrefix+s.ID)] = scoreText(&s, lang)
			}
		}
		out[lang] = m
	}
	return out
}

// scoreText is a score's title with what a higher one means, where its questionnaire says so: staff and everybody else read the number
// without the questions beside it.
func scoreText(s *questionnaire.Score, lang string) string {
	if key := "learn." + s.Better + "-better"; s.Better != "" {
		return words.Text(lang, key, "score", s.Title.In(lang))
	}
	return s.Title.In(lang)
}

func sourceText(p *program.Program, source, lang string) string {
	if a := p.Attribute(source); a != nil {
		return a.Text.In(lang)
	}
	return words.Text(lang, "learn.by-"+source)
}

func valueText(p *program.Program, source, value, lang string) string {
	if value == program.Unknown {
		return words.Text(lang, "learn.unknown")
	}
	if a := p.Attribute(source); a != nil {
		for _, o := range a.Options {
			if o.Code == value {
				return o.Label.In(lang)
			}
		}
		return value
	}
	base, _, _ := strings.Cut(value, "-")
	for _, v := range []string{value, base} {
		if key := "learn." + source + "-" + v; words.Has(words.Default, key) {
			return words.Text(lang, key)
		}
	}
	return value // a language that the catalog has no name for
}
