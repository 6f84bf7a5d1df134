package webform

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/tellback/tellback/internal/questionnaire"
)

// What can be told several times has a place for each time, and a button for another: a group that repeats, and a question with several
// answers that are typed. What is asked about each of several answers that are ticked, or are files, comes with the answer. A page has only the places
// that hold something or were asked for, so that it stays small; their controls are named by the occurrences' linkIds.

// Buttons of the form, and what it says beside its answers: how many places it shows (n.<linkId>), and which answer a
// block of questions is about (a.<linkId>: the position in the page's names, and the answer: "2 cough"; of words of one's own also which,
// from the second: "4.2 other").
const (
	fieldAdd  = "add"
	fieldDrop = "drop"
)

// maxLines is how many lines a question may have that says no limit itself.
const maxLines = 50

// group says that i is an occurrence of a group that repeats.
func group(i *questionnaire.Item) bool {
	return i.Type == questionnaire.Group && i.Repeats && len(i.At) > 0
}

// lines says that i takes several answers which are typed, each in a line of its own.
func lines(i *questionnaire.Item) bool {
	switch i.Type {
	case questionnaire.String, questionnaire.Text, questionnaire.URL, questionnaire.Integer, questionnaire.Decimal, questionnaire.Quantity,
		questionnaire.Date, questionnaire.DateTime, questionnaire.Time, questionnaire.Reference:
		return i.Repeats
	}
	return false
}

// ticked says that each answer to i, which is ticked or is a file, is asked about.
func ticked(i *questionnaire.Item) bool {
	several := i.Type == questionnaire.Choice || i.Type == questionnaire.OpenChoice || i.Type == questionnaire.Attachment
	return several && i.Repeats && slices.ContainsFunc(i.Items, func(c *questionnaire.Item) bool { return c.Nth > 0 })
}

// about are the items that are asked about the k-th answer to i, from 1.
func about(i *questionnaire.Item, k int) []*questionnaire.Item {
	return slices.DeleteFunc(i.Under(k-1), func(c *questionnaire.Item) bool { return c.Type == questionnaire.Display })
}

// places are the items in each occurrence of the group whose first, here, is i, or those that are asked about each answer to i.
func places(q *questionnaire.Questionnaire, i *questionnaire.Item) (out [][]*questionnaire.Item) {
	if group(i) {
		for _, g := range q.Occurrences(i) {
			out = append(out, g.Beneath())
		}
		return out
	}
	for k := 1; ; k++ {
		var place []*questionnaire.Item
		for _, c := range about(i, k) {
			place = append(append(place, c), c.Beneath()...)
		}
		if len(place) == 0 {
			return out
		}
		out = append(out, place)
	}
}

// holds says whether anything was filled in at a place.
func (st State) holds(place []*questionnaire.Item) bool {
	return slices.ContainsFunc(place, func(i *questionnaire.Item) bool { return len(st.answers[i.LinkID]) > 0 || len(st.other[i.LinkID]) > 0 })
}

// shows is how many places of i a page has, least how many it has at least, and most how many there can be.
func (st State) shows(q *questionnaire.Questionnaire, i *questionnaire.Item) (n, least, most int) {
	least = max(1, i.MinAnswers)
	all := places(q, i)
	if group(i) {
		most = len(all)
	} else {
		most = max(cmp.Or(i.MaxAnswers, maxLines), len(st.answers[i.LinkID]))
		n = len(st.answers[i.LinkID])
	}
	for k := range all {
		if st.holds(all[k]) {
			n = max(n, k+1)
		}
	}
	return min(max(n, least, st.count[i.LinkID]), most), min(least, most), most
}

// permute moves what is in the place order[n] into place n. What no place takes is gone.
func (st State) permute(places [][]*questionnaire.Item, order []int) {
	permute(st.answers, places, order)
	permute(st.other, places, order)
	permute(st.unit, places, order)
	permute(st.count, places, order)
	permute(st.blocks, places, order)
}

func permute[V any](of map[string]V, places [][]*questionnaire.Item, order []int) {
	moved := map[string]V{}
	for to, from := range order {
		for n, i := range places[from] {
			if v, ok := of[i.LinkID]; ok {
				moved[places[to][n].LinkID] = v
			}
		}
	}
	for _, place := range places {
		for _, i := range place {
			delete(of, i.LinkID)
		}
	}
	for link, v := range moved {
		of[link] = v
	}
}

// arrange moves the occurrences that will be in a report before those that won't, as a report has them: so that what is wrong is said of
// the right one. It says whether it moved any.
func (st State) arrange(q *questionnaire.Questionnaire, a questionnaire.Answers) (moved bool) {
	told := map[string]bool{}
	for _, i := range q.Enabled(a) {
		told[i.LinkID] = len(a[i.LinkID]) > 0
	}
	for _, i := range slices.Backward(q.All()) { // what is nested first
		if !group(i) || i.Turn() != 1 {
			continue
		}
		all := places(q, i)
		var order, empty []int
		for n, place := range all {
			if slices.ContainsFunc(place, func(c *questionnaire.Item) bool { return told[c.LinkID] && !c.Another }) {
				order = append(order, n)
			} else {
				empty = append(empty, n)
			}
		}
		if order = append(order, empty...); !slices.IsSorted(order) {
			st.permute(all, order)
			permute(told, all, order)
			moved = true
		}
	}
	return moved
}

// origins say, of a question with several answers, which position in the page's names each answer that came had.
type origins map[string][]int

// source is the linkId by which the page that came has i; "" when it has none. What stands empty is passed over in a report, and an answer
// that isn't ticked any more too: so the second answer of a page may be the first of a report.
func (from origins) source(q *questionnaire.Questionnaire, i *questionnaire.Item) string {
	at := slices.Clone(i.At)
	for n, around := range i.Within {
		if around.Type == questionnaire.Group {
			continue
		}
		was := from[q.Occurrence(around, i.At[:n]...).LinkID]
		if at[n] > len(was) || was[at[n]-1] == 0 {
			return ""
		}
		at[n] = was[at[n]-1]
	}
	if i = q.Occurrence(i, at...); i == nil {
		return ""
	}
	return i.LinkID
}

// readLines reads what was typed for i into its lines, filled ones first, with their units.
func (st State) readLines(i *questionnaire.Item, link string, v url.Values) (was []int) {
	typed, units := v["q."+link], v["u."+link]
	for _, filled := range []bool{true, false} {
		for n := range typed[:min(len(typed), 2*maxLines)] {
			s := tidy(typed[n])
			if (strings.TrimSpace(s) != "") != filled {
				continue
			}
			was = append(was, n+1)
			if filled {
				st.answers[i.LinkID] = append(st.answers[i.LinkID], s)
			}
			if n < len(units) {
				st.unit[i.LinkID] = append(st.unit[i.LinkID], tidy(units[n]))
			}
		}
	}
	return was
}

// readTicked puts the answers to i into the order of its options, and finds for each the questions about it: those about words of one's
// own by the line in which the words stand.
func (st State) readTicked(i *questionnaire.Item, link string, v url.Values) []int {
	given, place := st.answers[i.LinkID], map[string]int{}
	for n, k := range keys(i) {
		if _, there := place[k]; !there {
			place[k] = n - len(i.Options) // what isn't an option comes last, at 0
		}
	}
	slices.SortStableFunc(given, func(a, b string) int { return place[a] - place[b] })
	var own []string // the lines that have words, from 1
	for n, s := range posted(i, v["o."+link]) {
		if strings.TrimSpace(tidy(s)) != "" {
			own = append(own, strconv.Itoa(n+1))
		}
	}
	type subject struct{ answer, line string }
	blocks, used := map[subject][]int{}, map[int]bool{}
	for _, block := range posted(i, v["a."+link]) {
		at, answer, _ := strings.Cut(tidy(block), " ")
		at, line, told := strings.Cut(at, ".")
		if !told {
			line = "1"
		}
		if k, err := strconv.Atoi(at); err == nil && k > 0 {
			blocks[subject{answer, line}] = append(blocks[subject{answer, line}], k)
		}
	}
	was, other := make([]int, len(given)), otherKey(i)
	for n, s := range given {
		of := subject{s, "1"}
		if i.Type == questionnaire.OpenChoice && s == other && len(own) > 0 {
			of.line, own = own[0], own[1:]
		}
		for was[n] == 0 && len(blocks[of]) > 0 {
			if k := blocks[of][0]; !used[k] {
				was[n], used[k] = k, true
			}
			blocks[of] = blocks[of][1:]
		}
	}
	return was
}

// posted are as many of the values that came for i as it can have, and enough more that too many are told as such.
func posted(i *questionnaire.Item, values []string) []string {
	return values[:min(len(values), len(i.Options)+2*maxLines+1)]
}

// press does what a button says that adds a place or takes one away; false where none was pressed. here are the items by the linkId that the
// page has them by.
func (st State) press(q *questionnaire.Questionnaire, v url.Values, here map[string]*questionnaire.Item, from origins) bool {
	if !v.Has(fieldAdd) && !v.Has(fieldDrop) {
		return false
	}
	if i := here[v.Get(fieldAdd)]; i != nil {
		n, _, most := st.shows(q, i)
		st.count[i.LinkID] = min(n+1, most)
	}
	at, link, _ := strings.Cut(v.Get(fieldDrop), " ")
	if i, k := here[link], 0; i != nil {
		k, _ = strconv.Atoi(at)
		if was := from[i.LinkID]; was != nil {
			k = slices.Index(was, k) + 1
		}
		st.drop(q, i, k)
	}
	return true
}

// drop takes the k-th place of i away.
func (st State) drop(q *questionnaire.Questionnaire, i *questionnaire.Item, k int) {
	n, least, _ := st.shows(q, i)
	if k < 1 || k > n {
		return
	}
	all := places(q, i)
	if given := st.answers[i.LinkID]; lines(i) && k <= len(given) {
		st.answers[i.LinkID] = slices.Delete(slices.Clone(given), k-1, k)
	}
	if units := st.unit[i.LinkID]; lines(i) && k <= len(units) {
		st.unit[i.LinkID] = slices.Delete(slices.Clone(units), k-1, k)
	}
	var order []int
	for p := range all {
		if p != k-1 {
			order = append(order, p)
		}
	}
	if k <= len(all) {
		st.permute(all, order)
	}
	st.count[i.LinkID] = max(n-1, least)
}
