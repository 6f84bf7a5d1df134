package preview

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/tellback/tellback/internal/conversation"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/words"
)

// Text is one text message, whatever it is billed as.
type Text struct {
	Mine     bool // the person texts it
	Body     string
	Segments int
	Foreign  string // the first character for which it takes the alphabet that costs more; "" where there is none
}

// Walk is one way through a questionnaire by text, from the invitation on.
type Walk struct {
	Texts   []Text
	In, Out int // segments that the person texts, and that the program does
	Asked   map[string]bool
	End     End
	Item    string // where it is stuck
}

// End is how a walk ended.
type End string

// The ends.
const (
	Done    End = "done"    // a report was handed in
	Nothing End = "nothing" // there is nothing in it to be asked by text, or all of it was left out
	Stuck   End = "stuck"   // no answer that can be made up is valid
	Cut     End = "cut"     // it is too long, or takes too long
)

// Segments is what a report of this kind costs.
func (w Walk) Segments() int { return w.In + w.Out }

// mostTexts bounds a walk.
const mostTexts = 600

// way is how a walk chooses among valid answers.
type way int

const (
	plain    way = iota // the first
	shortest            // leaves out what may be, and brings the fewest further questions
	longest             // brings the most
)

// walker walks through one questionnaire in one language.
type walker struct {
	m        Maker
	q        *questionnaire.Questionnaire
	lang     string
	machine  conversation.Machine
	ear      questionnaire.Ear // how the program's people are heard
	branches bool              // what is asked depends on answers
}

func (m Maker) walker(q *questionnaire.Questionnaire, lang string) walker {
	machine := m.machine(q, lang)
	there := m.Now.In(m.Program.Location())
	return walker{
		m: m, q: q.At(there), lang: lang, machine: machine, ear: questionnaire.Ear{Lang: lang, Country: m.Program.Country, Now: there},
		branches: slices.ContainsFunc(q.All(), func(i *questionnaire.Item) bool {
			return i.Another || len(i.EnableWhen) > 0 || i.Logical() || i.Conditional() || i.Parent != nil && i.Parent.Answerable()
		}),
	}
}

// walk has the conversation with somebody who answers in that way.
func (r walker) walk(ctx context.Context, how way) Walk {
	w := Walk{Asked: map[string]bool{}}
	if ctx.Err() != nil {
		w.End = Cut
		return w
	}
	p := r.machine.Catalog.Programs()[0]
	start := conversation.Session{Language: r.lang, Chosen: true, Members: []conversation.Member{{Program: p.ID, Role: program.Patient}}}
	out, ok := r.machine.Invite(start, p.ID, r.q.ID, "preview", r.m.Now)
	if !ok {
		w.End = Nothing
		return w
	}
	w.hear(out.Replies)
	for open, tried := "", 0; out.Session.Filling != nil; {
		if ctx.Err() != nil || len(w.Texts) >= mostTexts {
			w.End = Cut
			return w
		}
		f := out.Session.Filling
		if f.Item != open {
			open, tried = f.Item, 0
		}
		together := r.machine.Together(out.Session)
		for _, link := range together {
			w.Asked[link] = true
		}
		in := conversation.Input{Key: "preview-" + strconv.Itoa(len(w.Texts))}
		if in.Files = r.files(*f, how); in.Files != nil {
			in.Silent = true // they come by the link, without a text
			w.Texts = append(w.Texts, Text{Mine: true, Body: words.Text(r.lang, "preview.sends-file")})
		} else if how != shortest && tried == 0 && len(together) > 1 {
			in.Text = r.atOnce(together)
			w.say(in.Text)
		} else if in.Text, ok = r.answer(ctx, *f, how, tried); ok {
			w.say(in.Text)
		}
		if tried++; !ok || tried > mostTried {
			w.End, w.Item = Stuck, f.Item
			return w
		}
		out = r.machine.Step(out.Session, in, r.m.Now)
		w.hear(out.Replies)
	}
	w.End = Nothing
	if slices.ContainsFunc(out.Effects, func(e conversation.Effect) bool { return e.Kind == conversation.Tell }) {
		w.End = Done
	}
	return w
}

func (w *Walk) hear(replies []string) {
	for _, body := range replies {
		t := written(body)
		w.Out += t.Segments
		w.Texts = append(w.Texts, t)
	}
}

func (w *Walk) say(body string) {
	t := written(body)
	t.Mine = true
	w.In += t.Segments
	w.Texts = append(w.Texts, t)
}

func written(body string) Text {
	t := Text{Body: body, Segments: program.Segments(body)}
	if !program.GSM7(body) {
		for _, r := range body {
			if !program.GSM7(string(r)) {
				t.Foreign = string(r)
				break
			}
		}
	}
	return t
}

// files are what the person sends to the link that comes with the open question; nil where it wants none, or is left out.
func (r walker) files(f conversation.Filling, how way) []questionnaire.Value {
	i := r.q.Item(f.Item)
	if i.Type != questionnaire.Attachment || how == shortest && !i.Required && len(f.Answers) > 0 {
		return nil
	}
	for _, kind := range i.Accepts() {
		v := questionnaire.File{ContentType: kind, Size: 1000, Sum: strings.Repeat("0", 64)}.Value()
		if len(r.q.Check(i, []questionnaire.Value{v})) == 0 {
			return []questionnaire.Value{v}
		}
	}
	return nil
}

// answer is what the person texts now; tried counts what they have texted to the open question before.
func (r walker) answer(ctx context.Context, f conversation.Filling, how way, tried int) (string, bool) {
	i := r.q.Asked(r.q.Item(f.Item), f.Answers)
	skip, _, _ := strings.Cut(words.Text(r.lang, "sms.hear-skip"), "|")
	skip = strings.ToUpper(skip)
	if how == shortest && !i.Required && len(f.Answers) > 0 {
		return skip, true
	}
	type valid struct {
		text  string
		opens int
	}
	var all []valid
	for _, text := range candidates(i, r.lang, r.ear.Now) {
		heard, issue := r.q.Hear(i, text, r.ear)
		if issue != nil || len(heard.Values) == 0 {
			continue
		}
		v := valid{text: text}
		if how != plain && r.branches && ctx.Err() == nil {
			v.opens = r.opens(f.Answers, i.LinkID, heard.Values)
		}
		if all = append(all, v); len(all) >= mostTried || how == plain && len(all) > tried {
			break
		}
	}
	switch how {
	case shortest:
		slices.SortStableFunc(all, func(a, b valid) int { return a.opens - b.opens })
	case longest:
		slices.SortStableFunc(all, func(a, b valid) int { return b.opens - a.opens })
	}
	switch {
	case tried < len(all):
		return all[tried].text, true
	case !i.Required:
		return skip, true
	}
	return "", false
}

// atOnce answers questions that were asked in one text, each with its first option.
func (r walker) atOnce(links []string) string {
	var keys []string
	for _, link := range links {
		keys = append(keys, r.q.Item(link).Keys()[0])
	}
	return strings.Join(keys, " ")
}

// opens is how many questions are asked once an answer is given.
func (r walker) opens(a questionnaire.Answers, link string, values []questionnaire.Value) (n int) {
	with := maps.Clone(a)
	with[link] = values
	for _, i := range r.q.Enabled(with) {
		if asked(i) {
			n++
		}
	}
	return n
}

// first says that i is what the document has, and no further occurrence of it nor the question whether there is one.
func first(i *questionnaire.Item) bool { return i != nil && i.Origin == i && !i.Another }

// asked says whether a conversation asks i of those for whom it is enabled.
func asked(i *questionnaire.Item) bool {
	return i.Answerable() && !i.Hidden && !i.ReadOnly && !i.Calculated()
}
