package conversation

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/words"
)

// Questions that share a scale are asked in one text and answered in one, where that is cheaper: five numbers cost what one does. What
// is told is the same as if each had been asked by itself.

const (
	together = 3 // questions at least: two are sooner answered one by one than explained together
	longText = 3 // segments at most of a text that asks several

	mostTogether = 12 // questions at most: who counts further loses their place
)

// run are the questions from the open one on that could be asked in one text: they share its scale, all of them are asked whatever the
// answers to the others are, and nothing that would have to be read or answered stands between them.
func (t *turn) run(q *questionnaire.Questionnaire, open *questionnaire.Item) []*questionnaire.Item {
	if !alone(open) {
		return nil
	}
	out := []*questionnaire.Item{open}
	all := q.All()
	for n := open.Place() + 1; n < len(all); n++ {
		i := all[n]
		if i.Hidden || i.ReadOnly || i.Calculated() || !i.Answerable() && i.Short.In(t.lang()) == "" {
			if fixed(i) {
				continue
			}
			break
		}
		if _, told := t.s.Filling.Ahead[i.LinkID]; told || !fixed(i) || !i.Answerable() || !alone(i) || !t.likewise(open, i) {
			break
		}
		out = append(out, i)
	}
	return out
}

// fixed says whether i is there whatever is answered.
func fixed(i *questionnaire.Item) bool {
	for up := i; up != nil; up = up.Parent {
		if len(up.EnableWhen) > 0 || up.Logical() || up.Repeats {
			return false
		}
	}
	return true
}

// alone says whether i has one answer that is a number of a scale, and nothing to be told beside it.
func alone(i *questionnaire.Item) bool {
	return (i.Type == questionnaire.Choice || i.Type == questionnaire.Boolean) && !i.Repeats && !i.Another && i.Nth == 0 && !i.Logical() && len(i.Help) == 0 && len(i.Items) == 0
}

// likewise says whether two questions have the same scale: the same numbers in the same words, or numbers that count up from one end to the other.
func (t *turn) likewise(a, b *questionnaire.Item) bool {
	return a.Type == b.Type && slices.Equal(a.Keys(), b.Keys()) && (slices.Equal(t.choices(a), t.choices(b)) || counting(a) && counting(b))
}

// counting says whether the options are a scale whose ends say it all.
func counting(i *questionnaire.Item) bool {
	for n, key := range i.Keys() {
		at, err := strconv.Atoi(key)
		first, _ := strconv.Atoi(i.Keys()[0])
		if err != nil || at != first+n || i.Options[n].Ordinal == nil {
			return false
		}
	}
	return len(i.Options) > 2
}

// askTogether asks what the open question begins in one text, if that is cheaper than one by one and short enough; false when it isn't.
func (t *turn) askTogether(q *questionnaire.Questionnaire, open *questionnaire.Item) bool {
	f := t.s.Filling
	if f.Single {
		return false
	}
	if _, use := t.m.Catalog.Used(t.m.Catalog.Program(f.Program), f.Questionnaire); use == nil || use.OneByOne {
		return false
	}
	all := t.run(q, open)
	apart, best := 0, "" // segments of the questions by themselves, and of the answers to them
	for n, i := range all[:min(len(all), mostTogether)] {
		apart += program.Segments(thrifty(t.single(q, i))) + 1
		if n+1 < together {
			continue
		}
		text := t.severally(q, all[:n+1])
		if c := t.cost(text); c <= longText && c+1 < apart {
			best, f.Until = text, i.LinkID
		}
	}
	t.tell(best)
	return best != ""
}

// severally is the text that asks them all: what to reply, then a line for each. Where their options have the same words, those come once.
func (t *turn) severally(q *questionnaire.Questionnaire, all []*questionnaire.Item) string {
	first := all[0]
	head := words.Text(t.lang(), "sms.together", "count", strconv.Itoa(len(all)), "example", example(all))
	if brief := q.Brief.In(t.lang()); brief != "" {
		head = brief + " " + head
	}
	lines := []string{head}
	same := !slices.ContainsFunc(all, func(i *questionnaire.Item) bool { return !slices.Equal(t.choices(first), t.choices(i)) })
	if same {
		lines = append(lines, strings.Join(t.choices(first), ", "))
	}
	for _, i := range all {
		line := t.called(i)
		if nth := t.number(q, first); !strings.HasPrefix(nth, "1/") { // otherwise their places are plain
			line = t.number(q, i) + line
		}
		if choices := t.choices(i); !same {
			if !strings.HasSuffix(line, "?") {
				line += ":"
			}
			line += " " + choices[0] + " ... " + choices[len(choices)-1]
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// example is an answer to all of them that nobody would give without thinking.
func example(all []*questionnaire.Item) string {
	keys := all[0].Keys()
	out := make([]string, len(all))
	for n := range out {
		out[n] = keys[[]int{0, 1, 2, 0, 3}[n%5]%len(keys)]
	}
	return strings.Join(out, " ")
}

// called is what a question is called in a text that has several.
func (t *turn) called(i *questionnaire.Item) string {
	if brief := i.Brief.In(t.lang()); brief != "" {
		return brief
	}
	return i.Short.In(t.lang())
}

// seen are the questions from the open one on that were asked in one text; all that could have been where none were.
func (t *turn) seen(q *questionnaire.Questionnaire, open *questionnaire.Item) (all []*questionnaire.Item, asked bool) {
	all = t.run(q, open)
	until := q.Item(t.s.Filling.Until)
	n := 0
	for until != nil && n < len(all) && all[n].Place() <= until.Place() {
		n++
	}
	if n > 0 {
		return all[:n], true
	}
	return all, false
}

// answerTogether takes a text as answers to several questions; false when it isn't that.
func (t *turn) answerTogether(q *questionnaire.Questionnaire, open *questionnaire.Item) bool {
	all, asked := t.seen(q, open)
	if len(all) < 2 {
		return false
	}
	r := t.recount(q, all, asked)
	switch {
	case r.parts == 0:
		return false
	case r.parts > len(all):
		if !asked {
			return false
		}
		t.say("together-many", "got", strconv.Itoa(r.parts), "count", strconv.Itoa(len(all)), "example", example(all))
		if t.s.Filling.Misses++; t.s.Filling.Misses > 1 { // the questions stand in the text before
			t.s.Filling.Single = true
			t.ask()
		}
		return true
	}
	t.takeTogether(q, all, r, asked)
	return true
}

// takeTogether keeps what was told to several questions, says what was made of it where that isn't plain, and goes on.
func (t *turn) takeTogether(q *questionnaire.Questionnaire, all []*questionnaire.Item, r recounted, asked bool) {
	f := t.s.Filling
	var took []string
	wrong := 0
	for n, i := range all {
		h, ok := r.told[n]
		if !ok {
			if slices.Contains(r.wrong, n) {
				wrong++
			}
			continue
		}
		f.ahead(i.LinkID, h.Values)
		took = append(took, t.called(i)+" "+t.keyOf(i, h.Values))
	}
	if r.taken || !asked || len(r.told)+wrong < len(all) {
		t.say("took", "answer", strings.Join(took, ", "))
	}
	f.Single = len(r.told) == 1
	if wrong > 0 {
		t.say("miss-range")
	}
	t.goOn(q, before(q, f.Item))
	if wrong > 0 && t.s.Filling != nil {
		t.s.Filling.Misses = 1
	}
}

// before is what stands before an item in its questionnaire; "" before the first.
func before(q *questionnaire.Questionnaire, linkID string) string {
	all := q.All()
	if n := slices.Index(all, q.Item(linkID)); n > 0 {
		return all[n-1].LinkID
	}
	return ""
}

// keyOf is the number of an answer on its scale; a dash for none.
func (t *turn) keyOf(i *questionnaire.Item, vs []questionnaire.Value) string {
	if len(vs) == 0 {
		return "-"
	}
	for n, key := range i.Keys() {
		if n < len(i.Options) && i.Options[n].Value == vs[0] {
			return key
		}
	}
	return t.shown(i, vs)
}
