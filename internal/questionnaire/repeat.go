package questionnaire

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// A group that repeats, and what is nested under a question that repeats, are unrolled when a questionnaire is loaded: each occurrence
// becomes items of its own. So answers stay a flat map, and everything that asks, judges, computes or keeps them knows nothing of
// repeating. The first occurrence has the linkIds of the document; the second of "dose" is "dose~2". Where one repeats within
// another, positions are joined: "dose~2.3" is the third of the second.
const (
	maxOccurrences = 20  // of a group, where the document doesn't say fewer
	maxNested      = 5   // of one within another
	maxUnder       = 10  // answers to a question with others nested under it
	maxUnrolled    = 800 // items of one group's occurrences, where more than minUnrolled are there
	minUnrolled    = 5
	mark           = "~"
)

// suffix is what positions add to a linkId.
func suffix(at []int) string {
	if !slices.ContainsFunc(at, func(k int) bool { return k > 1 }) {
		return ""
	}
	parts := make([]string, len(at))
	for n, k := range at {
		parts[n] = strconv.Itoa(k)
	}
	return mark + strings.Join(parts, ".")
}

// absent says that i stands in an occurrence that there need not be, and of which nothing is told.
func (q *Questionnaire) absent(i *Item, a Answers) bool {
	if !i.repeated() {
		return false
	}
	for g := i.Parent; g != nil; g = g.Parent {
		if g.Type == Group && g.Repeats && !g.Required && !q.filled(g, a) {
			return true
		}
	}
	return false
}

// Occurrence is that of i at these positions of what repeats around it, nil when there are fewer.
func (q *Questionnaire) Occurrence(i *Item, at ...int) *Item {
	if len(at) != len(i.At) {
		return nil
	}
	return q.byLink[i.Origin.LinkID+suffix(at)]
}

// repeated says that i stands in something that may occur several times.
func (i *Item) repeated() bool { return len(i.Within) > 0 || i.Another }

// implied adds to a that there is another where one is answered and nobody said so: only texts ask.
func (q *Questionnaire) implied(a Answers) Answers {
	if !q.recurs || len(a) == 0 {
		return a
	}
	out, own := a, false
	filled, later := make([]bool, len(q.flat)), make([]bool, len(q.flat)) // it, or one after it of the same group, holds an answer
	for n := len(q.flat) - 1; n >= 0; n-- {
		i := q.flat[n]
		filled[n] = filled[n] || i.tells(a)
		if filled[n] && i.Parent != nil {
			filled[i.Parent.index] = true
		}
		if i.Again == nil || !filled[n] && !later[n] {
			continue
		}
		later[i.Again.beside.index] = true
		if _, said := a[i.Again.LinkID]; said {
			continue
		}
		if !own {
			out, own = maps.Clone(a), true
		}
		out[i.Again.LinkID] = []Value{yes}
	}
	return out
}

var yes = Value{Type: Boolean, Text: "true"}

// compact moves the occurrences with answers up, so that none is empty before another, and takes away what asks whether there are
// more where there are none.
func (q *Questionnaire) compact(a Answers) {
	if !q.recurs {
		return
	}
	for n := len(q.flat) - 1; n >= 0; n-- { // what is nested comes later, and so is done first
		switch i := q.flat[n]; {
		case !i.Repeats:
		case i.Type == Group && i.Turn() == 1:
			q.close(i, a)
		case i.Type != Group && len(i.Items) > 0 && len(i.Options) > 0:
			i.sort(a)
		}
	}
}

// sort puts the options that were chosen for i, with what is told of each, into the order in which they are offered: a form knows no other.
func (i *Item) sort(a Answers) {
	vs := a[i.LinkID]
	order := make([]int, len(vs))
	for n := range order {
		order[n] = n
	}
	slices.SortStableFunc(order, func(x, y int) int { return i.place(vs[x]) - i.place(vs[y]) })
	if slices.IsSorted(order) {
		return
	}
	sorted := make([]Value, len(vs))
	for to, from := range order {
		sorted[to] = vs[from]
	}
	i.Reseat(a, vs, sorted)
	a[i.LinkID] = sorted
}

// Reseat makes what a holds of each of several answers to i, which were was, follow it to its place among those that there are now. What
// was told of an answer that is gone goes with it, and of a new one nothing is told.
func (i *Item) Reseat(a Answers, was, now []Value) {
	if !i.Repeats || !i.Answerable() || len(i.Items) == 0 || len(a) == 0 {
		return
	}
	seated, moved := make([]bool, len(now)), Answers{}
	for from := range max(len(was), i.MaxAnswers) {
		var there []*Item
		for to := range now {
			if from < len(was) && !seated[to] && equal(was[from], now[to]) {
				seated[to], there = true, i.told(to)
				break
			}
		}
		for n, c := range i.told(from) {
			if vs, ok := a[c.LinkID]; ok && n < len(there) {
				moved[there[n].LinkID] = vs
			}
			delete(a, c.LinkID)
		}
	}
	maps.Copy(a, moved)
}

// told are the items about the n-th answer to i, from 0, that can hold answers.
func (i *Item) told(n int) (out []*Item) {
	for _, c := range i.Under(n) {
		out = append(append(out, c), c.Beneath()...)
	}
	return slices.DeleteFunc(out, func(c *Item) bool { return !c.Answerable() })
}

// Turn is i's position in the innermost thing that repeats around it, from 1; 0 where nothing does.
func (i *Item) Turn() int {
	if len(i.At) == 0 {
		return 0
	}
	return i.At[len(i.At)-1]
}

// close does so for the group whose first occurrence is g.
func (q *Questionnaire) close(g *Item, a Answers) {
	all := q.Occurrences(g)
	free := 0 // the first that is empty
	for _, from := range all {
		if !q.filled(from, a) {
			continue
		}
		if to := all[free]; to != from {
			there := to.Beneath()
			for k, i := range from.Beneath() {
				if vs, ok := a[i.LinkID]; ok {
					a[there[k].LinkID] = vs
					delete(a, i.LinkID)
				}
			}
		}
		free++
	}
	for n, i := range all {
		if i.Again == nil {
			continue
		}
		if delete(a, i.Again.LinkID); n < free {
			a[i.Again.LinkID] = []Value{yes}
		}
	}
}

// Occurrences are those of the group whose first, here, is g.
func (q *Questionnaire) Occurrences(g *Item) (out []*Item) {
	at := slices.Clone(g.At)
	for i := g; i != nil; i = q.Occurrence(g, at...) {
		out = append(out, i)
		at[len(at)-1]++
	}
	return out
}

// Beneath are all items beneath i, in document order.
func (i *Item) Beneath() (out []*Item) {
	for _, c := range i.Items {
		out = append(append(out, c), c.Beneath()...)
	}
	return out
}

// filled says that something beneath i is answered.
func (q *Questionnaire) filled(i *Item, a Answers) bool {
	return slices.ContainsFunc(i.Beneath(), func(c *Item) bool { return c.tells(a) })
}

// tells says that people answered i: what is fixed is there in every occurrence, and tells of none.
func (i *Item) tells(a Answers) bool { return !i.Another && !i.fixed() && answered(a[i.LinkID]) }

// often says, while a questionnaire is read, that something repeats around i.
func (i *Item) often() bool {
	for i = i.Parent; i != nil; i = i.Parent {
		if i.Repeats {
			return true
		}
	}
	return false
}
