package release

import (
	"maps"
	"slices"
	"strings"

	"github.com/tellback/tellback/internal/learning"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/report"
)

// group is one group of the program's menu: everyone, or those with a value of one or of two sources.
type group struct{ sources, values []string }

func (g group) name() string {
	parts := make([]string, len(g.sources))
	for i, s := range g.sources {
		parts[i] = s + "=" + g.values[i]
	}
	return strings.Join(parts, "&")
}

// split says that the groups parts (indices) are together the group total, each person in one of them.
type split struct {
	total int
	parts []int
}

// tallies are the ledger's totals of one version of a questionnaire and one perspective: group name → item → totals.
type tallies map[string]map[string]learning.Totals

// menu are the groups to publish, everyone first, and the splits that join them. It regroups what t has under values that the program no
// longer knows, and leaves out breakdowns that don't add up.
func menu(p *program.Program, t tallies) ([]group, []split, tallies) {
	t = regroup(p, t)
	groups := []group{{}}
	var splits []split
	at := map[string]int{"": 0}
	for _, sources := range p.Menu() {
		var fresh []group
		var joins []split
		switch len(sources) {
		case 1:
			fresh = with(group{}, sources[0], p.Values(sources[0]))
			joins = []split{run(0, len(groups), len(fresh))}
		case 2:
			fresh, joins = pair(p, sources, at, len(groups))
		}
		if len(fresh) == 0 || !addsUp(t, append(slices.Clone(groups), fresh...), joins) {
			continue
		}
		for _, g := range fresh {
			at[g.name()] = len(groups)
			groups = append(groups, g)
		}
		splits = append(splits, joins...)
	}
	return groups, splits, t
}

func with(g group, source string, values []string) []group {
	out := make([]group, len(values))
	for i, v := range values {
		out[i] = group{append(slices.Clone(g.sources), source), append(slices.Clone(g.values), v)}
	}
	return out
}

func run(total, from, n int) split {
	s := split{total: total}
	for i := range n {
		s.parts = append(s.parts, from+i)
	}
	return s
}

// pair are the groups of two sources, which split each value of either. There are none when a single was left out.
func pair(p *program.Program, sources []string, at map[string]int, from int) ([]group, []split) {
	var fresh []group
	var joins []split
	second := p.Values(sources[1])
	columns := make([]split, len(second))
	for i, v := range second {
		total, ok := at[sources[1]+"="+v]
		if !ok {
			return nil, nil
		}
		columns[i].total = total
	}
	for _, first := range with(group{}, sources[0], p.Values(sources[0])) {
		total, ok := at[first.name()]
		if !ok {
			return nil, nil
		}
		joins = append(joins, run(total, from+len(fresh), len(second)))
		for i := range second {
			columns[i].parts = append(columns[i].parts, from+len(fresh)+i)
		}
		fresh = append(fresh, with(first, sources[1], second)...)
	}
	return fresh, append(joins, columns...)
}

// regroup counts people with a value that p doesn't know (any more) as unknown.
func regroup(p *program.Program, t tallies) tallies {
	out := learning.Cells{}
	for name, items := range t {
		var parts []string
		for part := range strings.SplitSeq(name, "&") {
			source, value, ok := strings.Cut(part, "=")
			if values := p.Values(source); ok && values != nil && !slices.Contains(values, value) {
				part = source + "=" + program.Unknown
			}
			parts = append(parts, part)
		}
		for item, totals := range items {
			out.Add(learning.Key{Group: strings.Join(parts, "&"), Item: item}, totals)
		}
	}
	again := tallies{}
	for k, totals := range out {
		if again[k.Group] == nil {
			again[k.Group] = map[string]learning.Totals{}
		}
		again[k.Group][k.Item] = totals
	}
	return again
}

// addsUp says that in each of joins the parts are exactly the total, in everything that was counted.
func addsUp(t tallies, groups []group, joins []split) bool {
	for _, j := range joins {
		left := learning.Cells{}
		for item, totals := range t[groups[j.total].name()] {
			left.Add(learning.Key{Item: item}, totals)
		}
		sum := learning.Cells{}
		for _, part := range j.parts {
			for item, totals := range t[groups[part].name()] {
				sum.Add(learning.Key{Item: item}, totals)
			}
		}
		if !equal(left, sum) {
			return false
		}
	}
	return true
}

// equal compares what is published of groups. Those who did not complete are published for everyone only; a withdrawal may have taken
// them out of their groups.
func equal(a, b learning.Cells) bool {
	people := learning.Key{}
	done := string(report.Completed)
	if a[people].Bins[done] != b[people].Bins[done] {
		return false
	}
	delete(a, people)
	delete(b, people)
	return maps.EqualFunc(a, b, func(x, y learning.Totals) bool {
		return x.Participants == y.Participants && x.Missing == y.Missing && x.Sum == y.Sum && maps.Equal(x.Bins, y.Bins)
	})
}
