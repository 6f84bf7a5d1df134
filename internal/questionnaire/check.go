package questionnaire

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/words"
)

// issue makes an issue about i; args alternate name and value, and are never an answer.
func issue(i *Item, code string, args ...string) fault.Issue {
	is := fault.Issue{Where: i.LinkID, Code: code}
	if len(args) > 0 {
		is.Args = make(map[string]string, len(args)/2)
		for n := 0; n+1 < len(args); n += 2 {
			is.Args[args[n]] = args[n+1]
		}
	}
	is.Text = Explain(is, i, words.Default)
	return is
}

// Explain says in lang what an issue about i asks for, in words that serve beside a form field and in a text message.
// i may be nil when the issue is about no item.
func Explain(is fault.Issue, i *Item, lang string) string {
	args := make([]string, 0, 2*len(is.Args))
	for k, v := range is.Args {
		args = append(args, k, v)
	}
	if is.Code == "constraint" {
		args = append(args, "human", human(is.Args, lang))
	}
	key := "answer." + is.Code
	if units, told := is.Args["units"]; told && units == "" {
		key += "-none"
	}
	if i != nil {
		t := i.Type
		if t == OpenChoice {
			t = Choice
		}
		special := key + "-" + strings.ToLower(string(t))
		if t == Choice && i.Repeats && words.Has(words.Default, special+"s") {
			special += "s"
		}
		if words.Has(words.Default, special) {
			key = special
		}
	}
	return words.Text(lang, key, args...)
}

// human is what a constraint says in lang.
func human(args map[string]string, lang string) string {
	out := Localized{}
	for k, v := range args {
		if tag, ok := strings.CutPrefix(k, "human-"); ok {
			out[tag] = v
		}
	}
	return out.In(lang)
}

// Check judges the answers to one item as if it were enabled: type, options, occurrence, bounds, length, pattern.
// Codes: required, too-few, too-many, off-step, wrong-type, unknown-option, exclusive-option, too-short, too-long, too-small, too-large,
// wrong-form, too-precise, wrong-unit, duplicate.
func (q *Questionnaire) Check(i *Item, vs []Value) []fault.Issue {
	if !answered(vs) {
		if i.Required && i.Answerable() {
			return []fault.Issue{issue(i, "required")}
		}
		return nil
	}
	if !i.Answerable() {
		return []fault.Issue{issue(i, "wrong-type")}
	}
	var out []fault.Issue
	most, given := i.most(), 0
	for n := range vs {
		if vs[n].empty() {
			continue
		}
		if given++; given > most {
			return append(out, issue(i, "too-many", "max", number(most)))
		}
		if is := i.judge(vs[n]); is != nil {
			if !slices.ContainsFunc(out, func(o fault.Issue) bool { return o.Code == is.Code }) {
				out = append(out, *is)
			}
		}
	}
	if given < i.MinAnswers {
		out = append(out, issue(i, "too-few", "min", number(i.MinAnswers)))
	}
	return i.together(vs, out)
}

// most is how many answers i may have.
func (i *Item) most() int {
	switch {
	case !i.Repeats:
		return 1
	case i.MaxAnswers > 0:
		return min(maxAnswers, i.MaxAnswers)
	}
	return maxAnswers
}

// together judges several options of one item.
func (i *Item) together(vs []Value, out []fault.Issue) []fault.Issue {
	if len(vs) < 2 || len(i.Options) == 0 {
		return out
	}
	exclusive, twice := false, false
	for n, v := range vs {
		if o := i.Option(v); o != nil && o.Exclusive {
			exclusive = true
		}
		twice = twice || slices.ContainsFunc(vs[:n], func(o Value) bool { return !v.empty() && equal(o, v) })
	}
	if twice {
		out = append(out, issue(i, "duplicate"))
	} else if exclusive {
		out = append(out, issue(i, "exclusive-option"))
	}
	return out
}

// judge judges one value.
func (i *Item) judge(v Value) *fault.Issue {
	bad := func(code string, args ...string) *fault.Issue {
		is := issue(i, code, args...)
		return &is
	}
	if len(i.Options) > 0 || i.rules != nil && i.rules.answer != nil {
		return i.judgeChoice(v, bad)
	}
	if v.Type != i.Type && !(worded(v.Type) && worded(i.Type)) {
		return bad("wrong-type")
	}
	if !worded(v.Type) && !v.wellFormed() {
		return bad(i.malformed(v))
	}
	if v.Type == Attachment {
		return i.judgeFile(v, bad)
	}
	if v.Type == Quantity {
		if u := i.unit(v); u == nil && (v.Code != "" || len(i.Units) > 0) || u != nil && (u.Code != v.Code || u.System != v.System) {
			return bad("wrong-unit", "units", i.unitList())
		}
	}
	if i.MaxDecimals >= 0 && (v.Type == Decimal || v.Type == Quantity) && places(v.Text) > i.MaxDecimals {
		return bad("too-precise", "max", number(i.MaxDecimals))
	}
	if is := i.judgeBounds(v, bad); is != nil {
		return is
	}
	if i.Step > 0 && !i.onStep(v.Text) {
		return bad("off-step", "step", number(i.Step), "from", i.lowest())
	}
	return i.judgeWords(v, bad)
}

// Fits says whether v may be one of the answers to i.
func (i *Item) Fits(v Value) bool { return i.Answerable() && !v.empty() && i.judge(v) == nil }

// malformed is the code for a value whose text is not of its type's form.
func (i *Item) malformed(v Value) string {
	if v.Type == Boolean || v.Type == Integer {
		return "wrong-type"
	}
	return "wrong-form"
}

func (i *Item) judgeChoice(v Value, bad func(string, ...string) *fault.Issue) *fault.Issue {
	if i.Option(v) != nil {
		return nil
	}
	if i.Type == OpenChoice && worded(v.Type) {
		return i.judgeWords(v, bad)
	}
	if v.Type != Choice && !slices.ContainsFunc(i.Options, func(o Option) bool { return o.Value.Type == v.Type }) {
		return bad("wrong-type")
	}
	return bad("unknown-option")
}

func (i *Item) judgeBounds(v Value, bad func(string, ...string) *fault.Issue) *fault.Issue {
	if v.Type == Integer && !inInt32(v.Text) {
		if isNegative(v.Text) {
			return bad("too-small", "min", "-2147483648")
		}
		return bad("too-large", "max", "2147483647")
	}
	if i.Min != nil {
		if cmp, ok := compare(v, *i.Min); ok && cmp < 0 {
			return bad("too-small", "min", i.Min.Text)
		}
	}
	if i.Max != nil {
		if cmp, ok := compare(v, *i.Max); ok && cmp > 0 {
			return bad("too-large", "max", i.Max.Text)
		}
	}
	return nil
}

func (i *Item) judgeWords(v Value, bad func(string, ...string) *fault.Issue) *fault.Issue {
	length := utf8.RuneCountInString(v.Text)
	most := MaxText
	if i.MaxLength > 0 && i.MaxLength < most {
		most = i.MaxLength
	}
	switch {
	case length > most:
		return bad("too-long", "max", number(most))
	case worded(v.Type) && needsTidying(v.Text):
		return bad("wrong-form")
	case (worded(v.Type) || v.Type == Reference) && length < i.MinLength:
		return bad("too-short", "min", number(i.MinLength))
	case i.Pattern != nil && !i.Pattern.MatchString(v.Text):
		return bad("wrong-form")
	}
	return nil
}

func (i *Item) unitList() string {
	var names []string
	for _, u := range i.Units {
		names = append(names, u.Display)
	}
	return strings.Join(names, ", ")
}

// Validate judges a whole set: Check of every enabled item (hidden and read-only ones keep their initial value: another one is
// "read-only"), "required" for a required group of which nothing is answered, "unknown-item" for a linkId that doesn't exist,
// "not-enabled" for an answer to a disabled item. Nothing is required of an occurrence of which nothing is told. Issues are in document order, Where is the linkId.
func (q *Questionnaire) Validate(a Answers) []fault.Issue {
	var buf [stackItems]bool
	var on []bool
	var v *view // of a questionnaire with expressions
	sentAnswers := a
	if q.logic == nil {
		on, _ = q.states(a, buf[:])
	} else {
		v, a = q.settle(a)
		on = v.on
	}
	var out []fault.Issue
	known := 0
	for n, i := range q.flat {
		vs, sent := sentAnswers[i.LinkID]
		if sent {
			known++
		}
		switch {
		case !on[n]:
			if answered(vs) {
				out = append(out, issue(i, "not-enabled"))
			}
		case i.fixed() && i.Answerable():
			if answered(vs) && !slices.EqualFunc(vs, i.given(a), alike) {
				out = append(out, issue(i, "read-only"))
			}
		case i.Type == Group && i.Required && !answered(vs):
			if lacking(i, a, on) {
				out = append(out, issue(i, "required"))
			}
		case answered(vs) || !q.absent(i, a):
			if asked := q.offered(v, i); answered(vs) || asked.Offers() {
				out = append(out, q.Check(asked, vs)...)
			}
		}
	}
	if v != nil {
		out = append(out, v.broken(false)...)
	}
	if known < len(sentAnswers) {
		out = append(out, q.unknown(sentAnswers)...)
	}
	return out
}

// lacking says that a group has something to answer and nothing is answered.
func lacking(g *Item, a Answers, on []bool) bool {
	asked := false
	var walk func(i *Item) bool
	walk = func(i *Item) bool {
		for _, c := range i.Items {
			if !on[c.index] {
				continue
			}
			if c.Answerable() {
				asked = true
				if answered(c.given(a)) {
					return true
				}
			}
			if walk(c) {
				return true
			}
		}
		return false
	}
	return !walk(g) && asked
}

func (q *Questionnaire) unknown(a Answers) []fault.Issue {
	var links []string
	for link, vs := range a {
		if q.byLink[link] == nil && answered(vs) {
			links = append(links, link)
		}
	}
	slices.Sort(links)
	links = links[:min(len(links), maxIssues)]
	var out []fault.Issue
	for _, link := range links {
		out = append(out, issue(&Item{LinkID: clip(tidy(link))}, "unknown-item"))
	}
	return out
}

// Clean gives a copy of a without answers to disabled or unknown items, empty values trimmed away, hidden and read-only items' initial
// values filled in, every value in the form in which it is kept, and several options in the questionnaire's order. Clean of what Clean gave changes nothing.
func (q *Questionnaire) Clean(a Answers) Answers {
	out := make(Answers, len(a))
	for _, i := range q.flat {
		if !i.Answerable() || i.computed() {
			continue
		}
		given := i.given(a)
		if !answered(given) {
			continue
		}
		vs := make([]Value, 0, len(given))
		for _, v := range given {
			if v = i.settle(v); !v.empty() {
				vs = append(vs, v)
			}
		}
		if len(vs) > 0 {
			out[i.LinkID] = i.inOrder(vs)
		}
	}
	// Only now, with every value settled, is it clear who is enabled; taking disabled answers away changes that no more.
	var buf [stackItems]bool
	states, out := q.states(out, buf[:])
	for n, on := range states {
		i := q.flat[n]
		if !on {
			delete(out, i.LinkID)
		} else if len(i.Options) == 0 && i.Repeats && i.Logical() {
			q.Asked(i, out).inOrder(out[i.LinkID])
		}
	}
	q.compact(out)
	return out
}
