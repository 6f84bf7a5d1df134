package release

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tellback/tellback/internal/disclosure"
	"github.com/tellback/tellback/internal/learning"
	"github.com/tellback/tellback/internal/report"
)

// outsider sees a published document and nothing else: what it shows, and how figures of such a document add up. The
// truth is only there to say which of what is hidden was worth hiding, and to check what is shown.
type outsider struct {
	t      *testing.T
	rows   []Row
	truth  learning.Cells
	period string

	tables disclosure.Tables
	hidden []bool
	at     map[string]int
}

// key names a figure by its row.
func key(r Row) string {
	return strings.Join([]string{r.Questionnaire, r.Version, r.Perspective, r.Item, r.Breakdown, r.BreakdownValue, string(r.Measure), r.AnswerCode}, "|")
}

// look sets up the tables for one questionnaire and perspective.
func (o *outsider) look() {
	o.at = map[string]int{}
	for _, r := range o.rows {
		if r.Measure == Percent || r.Measure == Mean {
			continue
		}
		n := o.true(r)
		if !r.Suppressed && r.Value != strconv.FormatInt(n, 10) {
			o.t.Errorf("%s is published as %s and is %d", key(r), r.Value, n)
		}
		if _, twice := o.at[key(r)]; twice {
			o.t.Fatalf("%s is there twice", key(r))
		}
		o.at[key(r)] = len(o.hidden)
		o.tables.Counts, o.hidden = append(o.tables.Counts, n), append(o.hidden, r.Suppressed)
	}
	for _, r := range o.rows {
		o.addUp(r)
	}
}

func (o *outsider) cell(r Row) learning.Totals {
	group := ""
	values := strings.Split(r.BreakdownValue, "&")
	for i, source := range strings.Split(r.Breakdown, "&") {
		if source != "" {
			group += "&" + source + "=" + values[i]
		}
	}
	return o.truth[learning.Key{Program: r.Program, Questionnaire: r.Questionnaire, Version: r.Version, Period: o.period,
		Perspective: r.Perspective, Group: strings.TrimPrefix(group, "&"), Item: r.Item}]
}

func (o *outsider) true(r Row) int64 {
	c := o.cell(r)
	people := r
	people.Item = ""
	done, started, invited := string(report.Completed), string(report.Started), string(report.Invited)
	switch r.Measure {
	case Invited:
		return c.Bins[invited] + c.Bins[started] + c.Bins[done]
	case Started:
		return c.Bins[started] + c.Bins[done]
	case InvitedOnly:
		return c.Bins[invited]
	case StartedOnly:
		return c.Bins[started]
	case Completed, People:
		return c.Bins[done]
	case Answered:
		return c.Participants - c.Missing
	case Missing:
		return c.Missing
	case NotAsked:
		return o.cell(people).Bins[done] - c.Participants
	}
	return c.Bins[r.AnswerCode]
}

// addUp adds the sums whose total is r's figure: over what it splits into, and over the values of each breakdown.
func (o *outsider) addUp(r Row) {
	total, ok := o.at[key(r)]
	if !ok {
		return
	}
	part := func(m Measure) Row { p := r; p.Measure = m; return p }
	sum := func(rows ...Row) {
		var parts []int
		for _, p := range rows {
			if i, ok := o.at[key(p)]; ok && i != total {
				parts = append(parts, i)
			}
		}
		if len(parts) > 0 {
			o.tables.Sums = append(o.tables.Sums, disclosure.Sum{Total: total, Parts: parts})
		}
	}
	switch r.Measure {
	case Invited:
		sum(part(InvitedOnly), part(Started))
	case Started:
		sum(part(StartedOnly), part(Completed))
	case Completed:
		sum(part(People))
	case People:
		for _, item := range o.items() {
			p := r
			p.Item = item
			p.Measure = Answered
			q := p
			q.Measure = Missing
			s := p
			s.Measure = NotAsked
			if r.Breakdown != "origin" {
				sum(p, q, s)
			}
		}
		// The questionnaire is public: "why" is asked whoever says that it is not ok, and nobody else.
		why, no := r, r
		why.Item, why.Measure = "why", NotAsked
		no.Item, no.Measure, no.AnswerCode = "ok", Count, "false"
		if _, published := o.at[key(why)]; published {
			sum(why, no)
		}
	case Answered:
		if codes := o.codes(r); len(codes) > 0 && r.Item != "tags" {
			sum(codes...)
			var g disclosure.Group
			g.Total = total
			for _, c := range codes {
				g.Parts = append(g.Parts, o.at[key(c)])
			}
			o.tables.Groups = append(o.tables.Groups, g)
		}
	}
	for _, parts := range o.finer(r) {
		sum(parts...)
	}
}

func (o *outsider) items() []string {
	var out []string
	seen := map[string]bool{"": true}
	for _, r := range o.rows {
		if !seen[r.Item] {
			seen[r.Item] = true
			out = append(out, r.Item)
		}
	}
	return out
}

func (o *outsider) codes(r Row) []Row {
	var out []Row
	for _, c := range o.rows {
		if c.Measure == Count && c.Item == r.Item && c.Breakdown == r.Breakdown && c.BreakdownValue == r.BreakdownValue {
			out = append(out, c)
		}
	}
	return out
}

// finer are the sets of rows that split r by one more source.
func (o *outsider) finer(r Row) [][]Row {
	if r.Breakdown == "origin" || strings.Contains(r.Breakdown, "&") {
		return nil
	}
	by := map[string][]Row{}
	for _, f := range o.rows {
		if f.Item != r.Item || f.Measure != r.Measure || f.AnswerCode != r.AnswerCode || f.Breakdown == r.Breakdown {
			continue
		}
		sources, values := strings.Split(f.Breakdown, "&"), strings.Split(f.BreakdownValue, "&")
		switch {
		case r.Breakdown == "" && len(sources) == 1,
			r.Breakdown != "" && len(sources) == 2 && (sources[0] == r.Breakdown && values[0] == r.BreakdownValue || sources[1] == r.Breakdown && values[1] == r.BreakdownValue):
			by[f.Breakdown] = append(by[f.Breakdown], f)
		}
	}
	var out [][]Row
	for _, rows := range by {
		out = append(out, rows)
	}
	return out
}

// What is published can't be undone by whoever reads it, and the same tables with only the small counts left out can.
func TestOutsiderOpensNothing(t *testing.T) {
	rule := disclosure.Rule{Threshold: 10, Reach: 11, Span: 10}
	naive := 0
	const programs = 15
	for seed := range uint64(programs) {
		t.Run(fmt.Sprint("program ", seed), func(t *testing.T) {
			w := newWorld(t)
			people := w.week("2026-09", []int{45, 140, 1200, 90, 220, 500}[seed%6], seed)
			if seed >= 3 { // most answer only two of the items, which is quicker to protect and to attack
				leaveOut(people, "sleep", "tags", "why", "note", "steps")
			}
			for i := range people {
				if i%5 == 4 && seed%2 == 1 {
					people[i].Perspective = report.Proxy
				}
			}
			w.fold(t, people)
			entries, err := w.closer().Run(context.Background(), time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC))
			if err != nil || len(entries) != 1 {
				t.Fatal(entries, err)
			}
			r, _, err := NewRecord(w.table, w.archive).Open(context.Background(), "lake", 1)
			if err != nil {
				t.Fatal(err)
			}
			for _, perspective := range []string{"self", "proxy"} {
				o := &outsider{t: t, truth: cellsOf(people), period: "2026-09"}
				for _, row := range r.Rows {
					if row.Perspective == perspective {
						o.rows = append(o.rows, row)
					}
				}
				o.look()
				breaches, err := disclosure.Attack(o.tables, o.hidden, rule)
				if err != nil {
					t.Fatal(err)
				}
				for _, b := range breaches {
					t.Errorf("an outsider opens cell %d of %s: %d to %d (alike %v)", b.Cell, perspective, b.Lower, b.Upper, b.Alike)
				}
				small := make([]bool, len(o.hidden))
				for i, n := range o.tables.Counts {
					small[i] = n >= 1 && n <= rule.Threshold
				}
				if breaches, err := disclosure.Attack(o.tables, small, rule); err != nil {
					t.Fatal(err)
				} else if len(breaches) > 0 {
					naive++
				}
			}
		})
	}
	if naive < programs-3 {
		t.Errorf("leaving out only small counts was opened %d times: the attacker doesn't bite", naive)
	}
}

// leaveOut makes people give no answer to some items.
func leaveOut(people []report.Standing, links ...string) {
	for _, s := range people {
		for _, link := range links {
			if _, asked := s.Cells[link]; asked {
				s.Cells[link] = report.Cell{Missing: true}
			}
		}
	}
}
