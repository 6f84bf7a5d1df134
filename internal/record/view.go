package record

import (
	_ "embed"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/page"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/release"
	"github.com/tellback/tellback/internal/words"
)

//go:embed record.tmpl
var recordText string

//go:embed record.css
var recordCSS string

var templates = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("record").Funcs(template.FuncMap{
		"word": func(lang, key string, args ...string) string { return words.Text(lang, "record."+key, args...) },
	}).Parse(recordText))
})

func (h *handler) render(w http.ResponseWriter, status int, name string, v view, p page.Page) {
	var main strings.Builder
	if err := templates().ExecuteTemplate(&main, name, v); err != nil {
		h.log.Error("a learning page can't be made", "error", err.Error())
		fault.WriteProblem(w, err)
		return
	}
	p.Lang, p.Title, p.Main, p.Styles = v.Lang, v.Title, template.HTML(main.String()), recordCSS
	page.Write(w, status, p)
}

// view is what the page shows.
type view struct {
	Lang, Program, Name, Title string
	Threshold                  int
	Any                        bool // there is a release
	Period, Published          string
	Number                     int
	Seal, Previous             string
	Lessons                    []string
	Sections                   []*section
	Periods                    []periodLink
}

type periodLink struct {
	Label, URL string
	Current    bool
}

// section is one questionnaire from one perspective.
type section struct {
	ID, Title, Perspective string
	People                 figure
	Funnel                 []labelled // invited, started, completed
	Items                  []*item
	Groups                 []*breakdown
}

// figure is a number that may be hidden.
type figure struct {
	Value  string
	Hidden bool
}

type labelled struct {
	Label string
	figure
}

// item is one question with its answers, or a score with its mean.
type item struct {
	ID, Label string
	Answered  figure
	Mean      figure
	Low, High string // of the scale that Mean is on; empty where it has none
	Answers   []*answer
	Bars      bool // at least one answer can be drawn
}

type answer struct {
	Code, Label    string
	Count, Percent figure
	Width          int // of its bar, in hundredths
}

// breakdown is how many people each group has, and their mean scores.
type breakdown struct {
	Label  string
	Scores []string
	Groups []*group
}

type group struct {
	Label  string
	People figure
	Means  []figure
}

// show fills v from a release's rows. Labels come in v's language where the document has them.
func (v *view) show(c *program.Catalog, p *program.Program, r release.Release, all []release.Entry) {
	b := builder{catalog: c, release: r, lang: v.Lang, labels: r.Labels[v.Lang]}
	v.Any, v.Number, v.Seal, v.Previous = true, r.Number, r.Seal, r.Previous
	v.Period = label(p, r.Period.ID, v.Lang)
	v.Published, _, _ = strings.Cut(r.Published, "T")
	for _, l := range r.Lessons {
		text, ok := l.Text[v.Lang]
		if !ok {
			text = l.Text[r.Language]
		}
		v.Lessons = append(v.Lessons, text)
	}
	v.Sections = b.sections()
	for _, e := range all {
		v.Periods = append(v.Periods, periodLink{label(p, e.Period, v.Lang), link(p.ID, v.Lang, e.Period), e.Number == r.Number})
	}
}

func label(p *program.Program, period, lang string) string {
	per, err := p.ParsePeriod(period)
	if err != nil {
		return period
	}
	return p.Label(per, lang)
}

type builder struct {
	catalog *program.Catalog
	release release.Release
	lang    string
	labels  map[string]string
}

func (b *builder) text(key, otherwise string) string {
	if t, ok := b.labels[key]; ok {
		return t
	}
	return otherwise
}

// sections goes through the rows, which come grouped by questionnaire, version and perspective.
func (b *builder) sections() (out []*section) {
	index := map[string]*section{}
	for _, row := range b.release.Rows {
		key := row.Questionnaire + "|" + row.Version + "|" + row.Perspective
		s := index[key]
		if s == nil {
			s = &section{ID: row.Questionnaire + "-" + row.Perspective, Title: b.title(row), Perspective: row.Perspective}
			index[key], out = s, append(out, s)
		}
		b.add(s, row)
	}
	return out
}

func (b *builder) title(row release.Row) string {
	for _, q := range b.release.Questionnaires {
		if q.ID == row.Questionnaire && q.Version == row.Version {
			if t, ok := q.Title[b.lang]; ok {
				return t
			}
			return q.Title[b.release.Language]
		}
	}
	return row.Questionnaire
}

func (b *builder) add(s *section, row release.Row) {
	f := figure{row.Value, row.Suppressed}
	switch {
	case row.Breakdown == "" && row.Item == "":
		switch row.Measure {
		case release.People:
			s.People = f
		case release.Invited, release.Started, release.Completed:
			s.Funnel = append(s.Funnel, labelled{words.Text(b.lang, "record."+string(row.Measure)), f})
		}
	case row.Breakdown == "":
		b.addAnswer(s.item(b, row), row, f)
	case row.Item == "" && row.Measure == release.People:
		g := s.breakdown(b, row).group(b, row)
		g.People = f
	case strings.HasPrefix(row.Item, "score:") && row.Measure == release.Mean:
		d := s.breakdown(b, row)
		name := b.text(release.ItemLabel(row.Questionnaire, row.Version, row.Item), row.ItemLabel)
		at := slices.Index(d.Scores, name)
		if at < 0 {
			at, d.Scores = len(d.Scores), append(d.Scores, name)
		}
		g := d.group(b, row)
		for len(g.Means) <= at {
			g.Means = append(g.Means, figure{Hidden: true})
		}
		g.Means[at] = f
	}
}

func (s *section) item(b *builder, row release.Row) *item {
	for _, i := range s.Items {
		if i.ID == row.Item {
			return i
		}
	}
	i := &item{ID: row.Item, Label: b.text(release.ItemLabel(row.Questionnaire, row.Version, row.Item), row.ItemLabel)}
	i.Low, i.High = b.scale(row)
	s.Items = append(s.Items, i)
	return i
}

// scale is what the least and the greatest answer to a question are worth; empty for a question whose answers are worth nothing,
// or that this installation no longer has.
func (b *builder) scale(row release.Row) (low, high string) {
	q := b.catalog.Questionnaire(row.Questionnaire, row.Version)
	if q == nil || q.Item(row.Item) == nil {
		return "", ""
	}
	var worth []int64
	for _, o := range q.Item(row.Item).Options {
		if o.Ordinal != nil {
			worth = append(worth, *o.Ordinal)
		}
	}
	if len(worth) < 2 {
		return "", ""
	}
	whole := func(milli int64) string { return strconv.FormatFloat(float64(milli)/1000, 'f', -1, 64) }
	return whole(slices.Min(worth)), whole(slices.Max(worth))
}

func (b *builder) addAnswer(i *item, row release.Row, f figure) {
	switch row.Measure {
	case release.Answered:
		i.Answered = f
	case release.Mean:
		i.Mean = f
	case release.Count, release.Percent:
		a := i.answer(b, row)
		if row.Measure == release.Count {
			a.Count = f
			return
		}
		a.Percent = f
		if !f.Hidden {
			a.Width = width(f.Value)
			i.Bars = true
		}
	}
}

func (i *item) answer(b *builder, row release.Row) *answer {
	for _, a := range i.Answers {
		if a.Code == row.AnswerCode {
			return a
		}
	}
	a := &answer{Code: row.AnswerCode, Label: b.text(release.AnswerLabel(row.Questionnaire, row.Version, row.Item, row.AnswerCode), row.AnswerLabel)}
	a.Count.Hidden, a.Percent.Hidden = true, true
	i.Answers = append(i.Answers, a)
	return a
}

// width is a bar's length for a percentage; a coded end ("0-5", "95-100") is drawn at its middle.
func width(percent string) int {
	low, high, coded := strings.Cut(percent, "-")
	n, err := strconv.Atoi(low)
	if err != nil {
		return 0
	}
	if coded {
		m, _ := strconv.Atoi(high)
		n = (n + m) / 2
	}
	return min(100, max(0, n))
}

func (s *section) breakdown(b *builder, row release.Row) *breakdown {
	var names []string
	for _, source := range strings.Split(row.Breakdown, "&") {
		names = append(names, b.text(release.BreakdownLabel(source), source))
	}
	name := strings.Join(names, " × ")
	for _, d := range s.Groups {
		if d.Label == name {
			return d
		}
	}
	d := &breakdown{Label: name}
	s.Groups = append(s.Groups, d)
	return d
}

func (d *breakdown) group(b *builder, row release.Row) *group {
	var names []string
	sources := strings.Split(row.Breakdown, "&")
	for n, value := range strings.Split(row.BreakdownValue, "&") {
		names = append(names, b.text(release.ValueLabel(sources[min(n, len(sources)-1)], value), value))
	}
	name := strings.Join(names, ", ")
	for _, g := range d.Groups {
		if g.Label == name {
			return g
		}
	}
	g := &group{Label: name}
	d.Groups = append(d.Groups, g)
	return g
}
