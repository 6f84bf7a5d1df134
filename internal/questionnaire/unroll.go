package questionnaire

import (
	"maps"
	"slices"
	"strings"

	"github.com/tellback/tellback/internal/words"
)

// unroller makes the occurrences of a questionnaire whose items are all read and in order.
type unroller struct {
	l        *loader
	kids     map[*Item][]*Item // of the items as read
	flat     []*Item
	named    map[naming]*variable
	formulas int
}

// naming is a variable as one occurrence of the item that declares it has it.
type naming struct {
	of *variable
	at *Item
}

// unroll makes the occurrences of everything that repeats.
func (l *loader) unroll() {
	repeats := func(i *Item) bool { return i.Repeats && (i.Type == Group || len(i.Items) > 0) }
	for _, i := range l.q.flat {
		i.Origin = i
	}
	if !slices.ContainsFunc(l.q.flat, repeats) {
		return
	}
	u := &unroller{l: l, kids: map[*Item][]*Item{}, named: map[naming]*variable{}}
	for _, i := range l.q.flat {
		u.kids[i] = i.Items
	}
	l.q.recurs, l.of = true, map[*Item][]*Item{}
	l.q.Items = u.expand(l.q.Items, nil, nil, nil)
	l.q.flat = u.flat
	for _, i := range u.flat {
		u.refer(i)
	}
	if u.formulas > maxFormulas {
		l.refuse("", refusedUnsupported, "there are more than %d expressions, when those of groups that repeat are counted for each time", maxFormulas)
	}
}

// expand makes the occurrences of items as read, beneath parent. within are what repeats around them, at their positions in it.
func (u *unroller) expand(items []*Item, parent *Item, within []*Item, at []int) (out []*Item) {
	for _, o := range items {
		if len(u.flat) > maxItems {
			return out
		}
		if o.Type != Group || !o.Repeats {
			out = append(out, u.occurrence(o, parent, within, at))
			continue
		}
		var last *Item
		for k := range u.times(o, at) {
			var again *Item
			if k > 0 && k >= o.MinAnswers {
				again = u.another(o, last, k+1, within, at)
				out = append(out, again)
			}
			i := u.occurrence(o, parent, append(slices.Clip(within), o), append(slices.Clip(at), k+1))
			i.Again = again
			i.Required = i.Required && (k == 0 || k < o.MinAnswers)
			out = append(out, i)
			last = i
		}
	}
	return out
}

// times is how often a group may occur that stands at these positions.
func (u *unroller) times(o *Item, at []int) int {
	room := maxOccurrences
	if len(at) > 0 {
		room = maxNested
	}
	room = max(min(room, maxUnrolled/u.size(o)), minUnrolled, o.MinAnswers)
	if o.MaxAnswers > 0 && o.MaxAnswers <= room {
		return o.MaxAnswers
	}
	if !slices.ContainsFunc(at, func(k int) bool { return k > 1 }) {
		u.l.notice(u.l.paths[o], "people can tell of up to %d here", room)
	}
	return room
}

func (u *unroller) size(o *Item) int {
	n := 1
	for _, c := range u.kids[o] {
		n += u.size(c)
	}
	return n
}

// occurrence is o at these positions: itself at the first, else a copy.
func (u *unroller) occurrence(o, parent *Item, within []*Item, at []int) *Item {
	i := o
	link := o.LinkID + suffix(at)
	if link != o.LinkID {
		c := *o
		i = &c
		i.LinkID = link
	}
	i.Parent, i.Within, i.At = parent, within, at
	u.add(i)
	u.l.of[o] = append(u.l.of[o], i)
	if o.Repeats && o.Answerable() && len(u.kids[o]) > 0 {
		i.Items = u.under(o, i, within, at)
	} else {
		i.Items = u.expand(u.kids[o], i, within, at)
	}
	return i
}

// under makes what is nested under each answer to i. What is only read is read once.
func (u *unroller) under(o, i *Item, within []*Item, at []int) (out []*Item) {
	most := maxUnder
	if len(o.Options) > 0 && o.Type == Choice {
		most = min(most, len(o.Options))
	}
	if o.MaxAnswers == 0 || o.MaxAnswers > most {
		if i == o {
			u.l.notice(u.l.paths[o], "people can give up to %d answers here", most)
		}
		i.MaxAnswers = most
	}
	for k := range i.MaxAnswers {
		asked := u.kids[o]
		if k > 0 {
			asked = slices.DeleteFunc(slices.Clone(asked), func(c *Item) bool { return c.Type == Display })
		}
		each := u.expand(asked, i, append(slices.Clip(within), o), append(slices.Clip(at), k+1))
		for _, c := range each {
			c.Nth = k + 1
		}
		out = append(out, each...)
	}
	return out
}

// another asks, after one occurrence of o, whether there is a k-th.
func (u *unroller) another(o, last *Item, k int, within []*Item, at []int) *Item {
	text := Localized{}
	for _, lang := range words.Languages() {
		if text[lang] = words.Text(lang, "answer.another"); o.Text != nil {
			text[lang] = words.Text(lang, "answer.another-of", "group", strings.TrimRight(o.Text.In(lang), " :.…"))
		}
	}
	i := &Item{
		LinkID: o.LinkID + suffix(append(slices.Clip(at), k)) + "?", Type: Boolean, Another: true, Text: text, Short: text, MaxDecimals: -1,
		Parent: last.Parent, beside: last, Within: within, At: at,
	}
	i.Origin = i
	u.add(i)
	return i
}

// add puts i at the end of the flat list, and where it is found by its linkId.
func (u *unroller) add(i *Item) {
	i.index = len(u.flat)
	if u.flat = append(u.flat, i); len(u.flat) == maxItems+1 {
		u.l.refuse("", refusedUnsupported, "there are more than %d items, when those of groups that repeat are counted for each time: say with questionnaire-maxOccurs how often they can occur", maxItems)
	}
	if i.Origin == i && !i.Another {
		return
	}
	if u.l.q.byLink[i.LinkID] != nil {
		u.l.refuse(u.l.paths[u.l.q.byLink[i.LinkID]]+".linkId", refusedInvalid, "an item here may not be called %s: that is the name of an occurrence of another", clip(i.LinkID))
		return
	}
	u.l.q.byLink[i.LinkID] = i
	if !i.Another {
		u.l.paths[i] = u.l.paths[i.Origin]
	}
}

// seen are the occurrences of o that belong with i: those at the same positions of everything that repeats around both.
func (u *unroller) seen(o, i *Item) []*Item {
	shared := 0
	for shared < len(o.Within) && shared < len(i.Within) && o.Within[shared] == i.Within[shared] {
		shared++
	}
	if shared == len(o.Within) {
		return []*Item{u.l.q.Occurrence(o, i.At[:shared]...)}
	}
	var out []*Item
	for _, c := range u.l.of[o] {
		if slices.Equal(c.At[:shared], i.At[:shared]) {
			out = append(out, c)
		}
	}
	return out
}

// refer turns what i refers to into the occurrences that belong with it.
func (u *unroller) refer(i *Item) {
	if i.Another {
		return
	}
	i.when = slices.Clone(i.when)
	for n := range i.when {
		t := &i.when[n]
		o := t.on
		found := u.seen(o, i)
		t.on, t.others = found[0], found[1:]
		if k := slices.Index(i.Within, o); k >= 0 { // the question that i is nested under: what counts is the answer that it is about
			t.nth = i.At[k]
		}
	}
	if i.Origin != i {
		i.EnableWhen = slices.Clone(i.EnableWhen)
		for n := range i.EnableWhen {
			if on := u.l.q.byLink[i.EnableWhen[n].Question]; on != nil {
				i.EnableWhen[n].Question = u.seen(on, i)[0].LinkID
			}
		}
	}
	if r := i.rules; r != nil {
		u.formulas += r.size()
		if i.Origin != i {
			i.rules = u.rules(r, i)
		}
	}
}

// size is how many formulas r has of its own.
func (r *rules) size() int {
	n := len(r.toggles) + len(r.checks)
	for _, f := range []*formula{r.enable, r.calculated, r.initial, r.answer, r.text} {
		if f != nil {
			n++
		}
	}
	return n
}

// rules are those of the first occurrence, of i.
func (u *unroller) rules(r *rules, i *Item) *rules {
	c := &rules{
		enable: u.formula(r.enable, i), calculated: u.formula(r.calculated, i), initial: u.formula(r.initial, i),
		answer: u.formula(r.answer, i), text: u.formula(r.text, i),
		toggles: slices.Clone(r.toggles), checks: slices.Clone(r.checks),
	}
	for n := range c.toggles {
		c.toggles[n].when = u.formula(c.toggles[n].when, i)
	}
	for n := range c.checks {
		c.checks[n].must, c.checks[n].at = u.formula(c.checks[n].must, i), i
	}
	return c
}

// formula is f as the occurrence i has it.
func (u *unroller) formula(f *formula, i *Item) *formula {
	if f == nil {
		return nil
	}
	c := *f
	if f.item != nil {
		c.item = u.seen(f.item, i)[0]
	}
	c.scope = maps.Clone(f.scope)
	for name, v := range c.scope {
		c.scope[name] = u.variable(v, i)
	}
	return &c
}

// variable is v as those beneath i's occurrence of what declares it see it.
func (u *unroller) variable(v *variable, i *Item) *variable {
	if v.item == nil {
		return v
	}
	at := u.seen(v.item, i)[0]
	if at == v.item {
		return v
	}
	known := u.named[naming{v, at}]
	if known == nil {
		known = &variable{slot: u.l.slots}
		u.l.slots++
		u.named[naming{v, at}] = known
		known.formula = *u.formula(&v.formula, at)
	}
	return known
}
