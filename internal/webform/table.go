package webform

import (
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/tellback/tellback/internal/questionnaire"
)

// tables are the itemControls of groups whose questions are rows with the options as columns, or the other way round, which is the
// same to whoever answers.
var tables = map[string]bool{"table": true, "htable": true, "gtable": true}

// maxColumns is how many options a table has room for, maxHeader how many letters each may have.
const (
	maxColumns = 7
	maxHeader  = 28
)

// tabled puts questions with the same options that follow each other into a table.
func tabled(fields []*field) (out []*field) {
	for n := 0; n < len(fields); {
		end := n + 1
		for end < len(fields) && alike(fields[n], fields[end]) {
			end++
		}
		if end-n < 2 {
			out, n = append(out, fields[n]), end
			continue
		}
		t := &field{Kind: "table", ID: fields[n].ID + "-t", Options: fields[n].Options, SkipText: fields[n].SkipText, Fields: fields[n:end]}
		t.Skip = slices.ContainsFunc(t.Fields, func(f *field) bool { return f.Skip })
		out, n = append(out, t), end
	}
	return out
}

// alike says whether two questions fit into one table.
func alike(a, b *field) bool {
	long := func(c choice) bool { return utf8.RuneCountInString(c.Label) > maxHeader }
	fits := func(f *field) bool {
		return (f.Kind == "radios" || f.Kind == "checks") && f.Other == nil && f.again == nil && len(f.Fields) == 0 && len(f.Options) <= maxColumns &&
			!slices.ContainsFunc(f.Options, long)
	}
	return a.Kind == b.Kind && fits(a) && fits(b) && slices.EqualFunc(a.Options, b.Options, func(x, y choice) bool { return x.Value == y.Value && x.Label == y.Label })
}

// framed are the items of a level with what its author wants to be seen before and after everything else in its place: a phone is too
// small for what never leaves the screen.
func framed(items []*questionnaire.Item) []*questionnaire.Item {
	place := func(i *questionnaire.Item) int {
		switch {
		case i.Parent != nil || !onlyRead(i):
		case i.Control == "header":
			return -1
		case i.Control == "footer":
			return 1
		}
		return 0
	}
	return slices.SortedStableFunc(slices.Values(items), func(a, b *questionnaire.Item) int { return place(a) - place(b) })
}

// onlyRead says that nothing in i can be answered.
func onlyRead(i *questionnaire.Item) bool {
	return !i.Answerable() && !slices.ContainsFunc(i.Items, func(c *questionnaire.Item) bool { return !onlyRead(c) })
}

// part says which of a questionnaire's pages a group is: they follow each other on one page here, since what was filled in must
// survive a lost connection.
func (b *builder) part(i *questionnaire.Item) string {
	among := b.q.Items
	if i.Parent != nil {
		among = i.Parent.Items
	}
	n, all := 0, 0
	for _, other := range among {
		if other.Control != "page" || other.Hidden {
			continue
		}
		if all++; other.LinkID == i.LinkID {
			n = all
		}
	}
	if n == 0 || all < 2 {
		return ""
	}
	return b.say("part", "n", strconv.Itoa(n), "all", strconv.Itoa(all))
}
