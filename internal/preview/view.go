package preview

import (
	"cmp"
	"fmt"
	"html/template"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/reading"
	"github.com/tellback/tellback/internal/words"
)

// What a page shows of one text, and of a conversation.
const (
	mostLetters = 1600
	mostShown   = 120
	mostTitle   = 300
	mostChoices = 30 // of languages
)

// speech says the page's sentences in one language.
type speech struct{ Lang string }

// T is one sentence.
func (s speech) T(key string, args ...string) string {
	return words.Text(s.Lang, "preview."+key, args...)
}

// counted is a sentence about a number; the number one may have its own.
func (s speech) counted(key string, n int) string {
	if n == 1 && words.Has(words.Default, "preview."+key+"-one") {
		return s.T(key + "-one")
	}
	return s.T(key, "count", number(n))
}

// view is what the page's template sees.
type view struct {
	speech
	Path, Error string
	Speaks      []string

	Done    bool // there is something to say of a document
	Refused *refusedView
	Title   string
	About   string // its name, version, questions
	In      string // language that it is shown in
	Others  []string
	Again   []string
	Silent  bool // Tellback has no words in that language

	Figures     []figure
	CostHow     string
	ReadingHow  string
	Hardest     []line
	Bubbles     []bubble
	MoreTexts   string
	End         string
	Form        template.HTML
	FormLeft    string
	Branches    []line
	BranchesCut bool
	Longest     []line
	Honoured    honouredView
	Passed      []questionnaire.Used
	Notices     []fault.Issue
}

type refusedView struct {
	Count, More, Fine string
	Sets              string // what to do about value sets that are missing
	Whole             []fault.Issue
	Items             []Refused
}

// figure is a row of the table of figures.
type figure struct {
	Tag, Name   string
	Level, Band string
	Plain       bool
	Costs       []costView
	Unfinished  string
}

type costView struct{ Way, Segments, Split, Dollars string }

// line is a text with what there is to say of it.
type line struct {
	Text, More, Extra string
	Count             int // of segments
}

type bubble struct {
	Mine bool
	Body string
	Size string
}

type honouredView struct {
	Types  []questionnaire.Used
	Rest   []string
	Scores []line
	Sets   []questionnaire.Used
	Exts   []questionnaire.Used
}

func (v *view) fill(k Look, again []string) {
	v.Done = true
	if k.Questionnaire == nil {
		v.refuse(k)
		return
	}
	q := k.Questionnaire
	v.In, v.Again, v.Speaks = k.Lang, again, q.Languages[:min(len(q.Languages), mostChoices)]
	for _, lang := range v.Speaks {
		if lang != k.Lang {
			v.Others = append(v.Others, lang)
		}
	}
	n := 0
	for _, i := range q.All() {
		if first(i) && asked(i) {
			n++
		}
	}
	v.Title = clip(q.Title.In(k.Lang), mostTitle)
	v.About = strings.Join([]string{q.ID, v.T("version", "version", q.Version), v.counted("questions", n)}, " · ")
	v.Silent = !words.Has(base(k.Lang), "sms.invite")
	v.figures(k)
	v.conversation(k)
	v.Form = k.Form
	if k.FormLeft > 0 {
		v.FormLeft = v.T("web-left", "count", number(k.FormLeft))
	}
	v.honoured(k)
	v.Passed = k.Usage.Passed
	for _, n := range q.Notices {
		v.Notices = append(v.Notices, shortened(n))
	}
}

func (v *view) refuse(k Look) {
	r := &refusedView{Count: v.counted("no", len(k.Refusals)), Items: k.Items}
	switch n := len(k.Refusals); {
	case n >= questionnaire.MaxIssues:
		r.More = v.T("no-more", "count", number(n)) + " " + v.T("no-later")
	case k.Kind == fault.Invalid:
		r.More = v.T("no-later")
	}
	if k.Fine > 0 && len(k.Items) > 0 {
		r.Fine = v.counted("fine", k.Fine)
	}
	for _, i := range k.Refusals {
		if strings.HasSuffix(i.Where, "answerValueSet") {
			r.Sets = v.T("no-sets")
		}
		if !slices.ContainsFunc(k.Items, func(of Refused) bool { return itemPath.FindString(i.Where) == of.Path }) {
			r.Whole = append(r.Whole, i)
		}
	}
	v.Refused = r
}

func (v *view) figures(k Look) {
	for n, l := range k.Languages {
		f := figure{Tag: l.Tag, Name: v.Name(l.Tag), Level: v.T("unmeasured"), Plain: true}
		if l.Measured {
			key := map[reading.Formula]string{reading.FleschKincaid: "grade", reading.Inflesz: "ease"}[l.Level.Formula]
			f.Level, f.Band, f.Plain = v.T(key, "score", strconv.FormatFloat(l.Level.Score, 'f', 0, 64)), v.T("band-"+l.Level.Band()), l.Level.Plain()
		}
		if l.Talk.End == Done {
			f.Costs = append(f.Costs, v.cost("this-way", l.Talk))
		} else {
			f.Unfinished = v.ending(k, l.Talk)
		}
		if n == 0 {
			for _, of := range []struct {
				way string
				*Walk
			}{{"fewest", k.Fewest}, {"most", k.Most}} {
				if of.Walk != nil {
					f.Costs = append(f.Costs, v.cost(of.way, *of.Walk))
				}
			}
		}
		v.Figures = append(v.Figures, f)
	}
	v.CostHow = v.T("cost-how", "each", dollars(segment), "least", dollars(carrierLeast), "most", dollars(carrierMost))
	v.ReadingHow = v.T("reading-how", "grade", number(reading.Grade), "ease", number(reading.Ease))
	for _, h := range k.Hardest {
		key := map[reading.Formula]string{reading.FleschKincaid: "grade", reading.Inflesz: "ease"}[h.Level.Formula]
		v.Hardest = append(v.Hardest, line{Text: clip(h.Text, mostLetters), More: v.T(key, "score", strconv.FormatFloat(h.Level.Score, 'f', 0, 64))})
	}
}

func (v *view) cost(way string, w Walk) costView {
	least, most := w.Cost()
	return costView{
		v.T(way), v.size(w.Segments()), v.T("split", "out", number(w.Out), "in", number(w.In)),
		v.T("dollars", "least", strconv.FormatFloat(least, 'f', 2, 64), "most", strconv.FormatFloat(most, 'f', 2, 64)),
	}
}

// ending says how a walk ended that did not end in a report.
func (v *view) ending(k Look, w Walk) string {
	if w.End == Done {
		return ""
	}
	name := w.Item
	if i := k.Questionnaire.Item(w.Item); i != nil {
		name = cmp.Or(i.Text.In(k.Lang), name)
	}
	return v.T("end-"+string(w.End), "item", clip(name, 200))
}

func (v *view) conversation(k Look) {
	for n, t := range k.Talk.Texts {
		if n == mostShown {
			v.MoreTexts = v.T("more-texts", "count", number(len(k.Talk.Texts)-n))
			break
		}
		v.Bubbles = append(v.Bubbles, bubble{t.Mine, clip(t.Body, mostLetters), v.size(t.Segments)})
	}
	v.End = v.ending(k, k.Talk)
	v.BranchesCut = len(k.Branches) == mostBranches
	for _, b := range k.Branches {
		when := clip(b.When, mostLetters)
		if i := k.Questionnaire.Item(b.LinkID); when == "" && i.Conditional() {
			when = v.T("branch-logic")
		}
		v.Branches = append(v.Branches, line{Text: clip(b.Asked.Body, mostLetters), More: when, Count: b.Asked.Segments})
	}
	for _, t := range k.Longest {
		l := line{Text: clip(t.Body, mostLetters), More: v.T("letters", "count", number(utf8.RuneCountInString(t.Body))), Count: t.Segments}
		if t.Foreign != "" {
			l.Extra = v.T("foreign", "char", t.Foreign)
		}
		v.Longest = append(v.Longest, l)
	}
}

func (v *view) size(segments int) string {
	if segments == 0 {
		return ""
	}
	if segments == 1 {
		return "1 " + v.T("segment")
	}
	return number(segments) + " " + v.T("segments-word")
}

// Size is how many segments a line takes.
func (v view) Size(l line) string { return v.size(l.Count) }

func (v *view) honoured(k Look) {
	types := map[questionnaire.Type]int{}
	counts := map[string]int{}
	for _, i := range k.Questionnaire.All() {
		if !first(i) {
			continue
		}
		types[i.Type]++
		for key, is := range map[string]bool{
			"when": len(i.EnableWhen) > 0, "logic": i.Logical(), "calculated": i.Calculated(), "required": i.Required,
			"several": i.Repeats && i.Answerable(), "again-groups": i.Repeats && !i.Answerable(), "hidden": i.Hidden || i.ReadOnly && i.Answerable() && !i.Calculated(),
		} {
			if is {
				counts[key]++
			}
		}
	}
	for t, n := range types {
		v.Honoured.Types = append(v.Honoured.Types, questionnaire.Used{Name: string(t), Times: n})
	}
	slices.SortFunc(v.Honoured.Types, func(a, b questionnaire.Used) int {
		return cmp.Or(b.Times-a.Times, strings.Compare(a.Name, b.Name))
	})
	for _, key := range []string{"required", "several", "again-groups", "when", "logic", "calculated", "hidden"} {
		if n := counts[key]; n > 0 {
			v.Honoured.Rest = append(v.Honoured.Rest, v.T(key, "count", number(n)))
		}
	}
	for _, s := range k.Questionnaire.Scores {
		v.Honoured.Scores = append(v.Honoured.Scores, line{Text: clip(s.Title.In(k.Lang), mostTitle), More: v.score(s)})
	}
	v.Honoured.Sets, v.Honoured.Exts = k.Usage.ValueSets, k.Usage.Honoured
}

// score says how a score is made, as its author declared it.
func (v *view) score(s questionnaire.Score) string {
	parts := []string{
		v.T("score-"+s.Method, "count", number(len(s.Items))),
		v.T("score-range", "min", thousandths(s.Min), "max", thousandths(s.Max)),
		v.T("score-" + cmp.Or(s.Better, "unsaid")),
		v.T("score-all"),
	}
	if s.MinAnswered < len(s.Items) {
		parts[3] = v.T("score-some", "count", number(s.MinAnswered))
	}
	if n := len(s.Reversed); n > 0 {
		parts = append(parts, v.T("score-reversed", "count", number(n)))
	}
	if n := len(s.Table); n > 0 {
		parts = append(parts, v.T("score-table", "count", number(n)))
	}
	return strings.Join(parts, "; ")
}

// Name is what speakers of a language call it, or its tag.
func (s speech) Name(tag string) string {
	if words.Has(base(tag), "time.language") {
		return words.Text(tag, "time.language")
	}
	return tag
}

func base(tag string) string {
	b, _, _ := strings.Cut(tag, "-")
	return b
}

func number[N int | float64](n N) string { return fmt.Sprint(n) }

func dollars(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

func thousandths(n int64) string { return strconv.FormatFloat(float64(n)/1000, 'f', -1, 64) }
