package api

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/questionnaire"
)

// raw are answers as they came, by linkId: in their lexical forms, or, of references and files, as what they are.
type raw struct {
	texts  map[string][]string
	values questionnaire.Answers
	files  questionnaire.Files
}

func newRaw() *raw {
	return &raw{map[string][]string{}, questionnaire.Answers{}, questionnaire.Files{}}
}

// read makes answers of them, in document order, since what a question offers can depend on those before. What can't be read becomes a value that
// the questionnaire refuses. A date and time without a zone is in the given one.
func (given *raw) read(q *questionnaire.Questionnaire, zone *time.Location) questionnaire.Answers {
	a := questionnaire.Answers{}
	for _, i := range q.All() {
		if vs := given.values[i.LinkID]; len(vs) > 0 {
			a[i.LinkID] = vs
			continue
		}
		asked := q.Asked(i, a)
		vs, _ := q.ParseLexicalIn(asked, given.texts[i.LinkID], zone)
		for n, v := range vs {
			if v.Type == questionnaire.Choice && own(i, v.Code) && own(asked, v.Code) {
				vs[n] = questionnaire.Value{Type: questionnaire.String, Text: v.Code}
			}
		}
		if len(vs) > 0 {
			a[i.LinkID] = vs
		}
	}
	return a
}

// own says whether what was read as no option of i's are words of the person's own. What looks like one of the options, also one that is not
// offered now, and what is no word, such as a number, is a mistake of the sender's and is left to be refused.
func own(i *questionnaire.Item, s string) bool {
	if i.Type != questionnaire.OpenChoice || s == "true" || s == "false" || !strings.ContainsFunc(s, unicode.IsLetter) {
		return false
	}
	return !slices.ContainsFunc(i.Options, func(o questionnaire.Option) bool {
		if o.Value.System != "" && strings.HasPrefix(s, o.Value.System+"|") || strings.EqualFold(s, o.Value.Code) || strings.EqualFold(s, o.Value.Text) {
			return true
		}
		for _, label := range o.Label {
			if strings.EqualFold(s, label) {
				return true
			}
		}
		return false
	})
}

// answers reads each member as the answer to the question with that linkId. at is where in what repeats the object stands: a group that
// repeats is a list of such objects.
func (r *reader) answers(q *questionnaire.Questionnaire, at []int, a *raw) *raw {
	for _, link := range r.o.names {
		v := r.o.members[link]
		i := q.Item(link)
		switch {
		case i == nil || i.Origin != i || i.Another || !i.Answerable() && !i.Repeats:
			r.wrong(link, "unknown-item", "This questionnaire has no such question.")
		case i.Type == questionnaire.Group:
			r.group(q, i, at, a)
		case q.Occurrence(i, at...) == nil:
			r.wrong(link, "misplaced", "This question stands in something that can be told several times: a list of objects, under its linkId.")
		default:
			r.answer(q, q.Occurrence(i, at...), v, link, a)
		}
	}
	return a
}

// group reads the occurrences of a group.
func (r *reader) group(q *questionnaire.Questionnaire, g *questionnaire.Item, at []int, a *raw) {
	list, ok := r.o.members[g.LinkID].([]any)
	if !ok {
		r.wrong(g.LinkID, "wrong-type", "This can be told several times: a list of objects, each from linkId to answer.")
		return
	}
	for n, v := range list {
		here := append(slices.Clip(at), n+1)
		o, ok := v.(*object)
		switch {
		case !ok:
			r.wrong(g.LinkID, "wrong-type", "This can be told several times: a list of objects, each from linkId to answer.")
			return
		case len(here) != len(g.At):
			r.wrong(g.LinkID, "misplaced", "This stands in something that can be told several times: put it into that.")
			return
		case q.Occurrence(g, here...) == nil:
			is := fault.Issue{Code: "too-many", Args: map[string]string{"max": strconv.Itoa(n)}}
			r.wrong(g.LinkID, is.Code, questionnaire.Explain(is, g, ""))
			return
		}
		r.nested(o, "/"+escape(g.LinkID)+"/"+strconv.Itoa(n), q, here, a)
	}
}

// nested reads an object of answers that stands at a pointer below r.
func (r *reader) nested(o *object, pointer string, q *questionnaire.Questionnaire, at []int, a *raw) {
	read(o, r.at+pointer, r.issues).answers(q, at, a)
}

// answer reads the answers to one question: scalars, or, where others are nested under each, objects {"answer": …, "answers": {…}}.
func (r *reader) answer(q *questionnaire.Questionnaire, i *questionnaire.Item, v any, link string, a *raw) {
	list, several := v.([]any)
	if !several {
		list = []any{v}
	}
	flat := make([]any, 0, len(list))
	for n, v := range list {
		o, ok := v.(*object)
		if !ok || !i.Repeats || len(i.Items) == 0 || isObject(i) && o.members["answer"] == nil {
			flat = append(flat, v)
			continue
		}
		pointer := "/" + escape(link)
		if several {
			pointer += "/" + strconv.Itoa(n)
		}
		one := read(o, r.at+pointer, r.issues)
		flat = append(flat, one.take("answer"))
		if more := one.object("answers"); more != nil {
			r.nested(more, pointer+"/answers", q, append(slices.Clip(i.At), n+1), a)
		}
		one.close()
	}
	if vs, ok := r.objects(link, i, flat, a.files); ok {
		a.values[i.LinkID] = vs
		return
	}
	given, ok := scalars(flat)
	if !ok {
		r.wrong(link, "wrong-type", "An answer is a string, a number, true or false, or a list of them.")
		return
	}
	a.texts[i.LinkID] = given
}

// isObject says that an answer to i can be an object by itself.
func isObject(i *questionnaire.Item) bool {
	return i.Type == questionnaire.Attachment || i.Type == questionnaire.Reference
}

// pointer says where in our form the answers to i stand.
func pointer(i *questionnaire.Item) string {
	out := "/answers"
	for n, w := range i.Within {
		out += "/" + escape(w.LinkID) + "/" + strconv.Itoa(i.At[n]-1)
		if w.Type != questionnaire.Group {
			out += "/answers"
		}
	}
	if i.Type == questionnaire.Group && i.Repeats {
		return out
	}
	return out + "/" + escape(i.Origin.LinkID)
}

// spoken are the words in answers that are no option of their question, whatever they were meant to be and however deep they stand.
func spoken(q *questionnaire.Questionnaire, answers *object) (said []string) {
	if answers == nil {
		return nil
	}
	for link, v := range answers.members {
		var i *questionnaire.Item
		if q != nil {
			i = q.Item(link)
		}
		said = append(said, spokenIn(q, i, v)...)
	}
	return said
}

// spokenIn are those in one answer to i, which is nil where no such question is known.
func spokenIn(q *questionnaire.Questionnaire, i *questionnaire.Item, v any) (said []string) {
	switch v := v.(type) {
	case []any:
		for _, one := range v {
			said = append(said, spokenIn(q, i, one)...)
		}
	case *object:
		for link, one := range v.members {
			if link == "data" && i != nil && i.Type == questionnaire.Attachment {
				continue // what is in a file is heard once it is known what it is
			}
			under := i
			if q != nil && q.Item(link) != nil {
				under = q.Item(link)
			}
			said = append(said, spokenIn(q, under, one)...)
		}
	case string:
		if i == nil || !slices.ContainsFunc(i.Options, func(o questionnaire.Option) bool { return o.Value.Code == v || o.Value.Text == v }) {
			said = append(said, v)
		}
	}
	return said
}

// scalars is an answer in its lexical forms; null is none.
func scalars(v any) (raw []string, ok bool) {
	list, isList := v.([]any)
	if !isList {
		list = []any{v}
	}
	for _, v := range list {
		switch v := v.(type) {
		case nil:
		case string:
			raw = append(raw, v)
		case json.Number:
			raw = append(raw, v.String())
		case bool:
			raw = append(raw, map[bool]string{true: "true", false: "false"}[v])
		default:
			return nil, false
		}
	}
	return raw, true
}

// judge is everything wrong with answers, with pointers into our own form. What was found before is not said again.
func judge(q *questionnaire.Questionnaire, a questionnaire.Answers, before []fault.Issue) (out []fault.Issue) {
	for _, is := range q.Validate(a) {
		if i := q.Item(is.Where); i != nil {
			is.Where = pointer(i)
		} else {
			is.Where = "/answers/" + escape(is.Where)
		}
		if !slices.ContainsFunc(before, func(b fault.Issue) bool { return b.Where == is.Where }) {
			out = append(out, is)
		}
	}
	return out
}
