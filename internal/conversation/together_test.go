package conversation_test

import (
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tellback/tellback/internal/conversation"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/schemas"
)

// oneByOne talks for the usual program, which forbids there to ask several questions in one text.
func oneByOne(t testing.TB) conversation.Machine {
	t.Helper()
	files := fstest.MapFS{}
	err := fs.WalkDir(schemas.FS, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		doc, err := fs.ReadFile(schemas.FS, name)
		if name == "programs/river.json" {
			doc = []byte(strings.ReplaceAll(string(doc), `"roles": [`, `"oneByOne": true, "roles": [`))
		}
		files[name] = &fstest.MapFile{Data: doc}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	c, err := program.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	if !c.Program("river").Uses[0].OneByOne {
		t.Fatal("still asks several at once")
	}
	return speaking(c)
}

// asking is a session of a patient of river whose weekly check-in has just begun.
func asking(t testing.TB, m conversation.Machine, lang string) conversation.Session {
	t.Helper()
	s := through(m, conversation.Session{}, "river", map[string]string{"en": "english", "es": "español"}[lang], "yes", "1", "skip")
	if s.Filling == nil || s.Filling.Questionnaire != "weekly-check-in" {
		t.Fatal("nothing is asked")
	}
	return s
}

// teller is somebody who texts the answers in want, and what came of it.
type teller struct {
	t    *rapid.T
	m    conversation.Machine
	s    conversation.Session
	lang string
	n    int
	said []string
	told questionnaire.Answers // as the report stands now
}

func (p *teller) say(text string) []string {
	p.n++
	p.said = append(p.said, text)
	out := p.m.Step(p.s, conversation.Input{Text: text, Key: fmt.Sprint("P", p.n)}, monday.Add(time.Duration(10+p.n)*time.Minute))
	p.s = out.Session
	for _, e := range out.Effects {
		switch e.Kind {
		case conversation.Tell:
			if e.Questionnaire != "weekly-check-in" {
				p.t.Fatalf("%q became a story", p.said)
			}
			p.told = maps.Clone(e.Answers)
		case conversation.Correct:
			maps.Copy(p.told, e.Answers)
		}
	}
	return out.Replies
}

// word is one of the ways to text an option.
func (p *teller) word(i *questionnaire.Item, n int, labels bool) string {
	key := i.Keys()[n]
	ways := []string{key, key, string(rune('٠' + n)), string(rune('０' + n)), map[string][]string{"en": {"zero", "one", "two", "three", "four"}, "es": {"cero", "uno", "dos", "tres", "cuatro"}}[p.lang][n]}
	if labels {
		ways = append(ways, i.Options[n].Label.In(p.lang), strings.ToUpper(i.Options[n].Label.In(p.lang)), key+" "+i.Options[n].Label.In(p.lang))
	}
	return rapid.SampledFrom(ways).Draw(p.t, "word")
}

// list texts several answers at once; −1 is none.
func (p *teller) list(items []*questionnaire.Item, want []int) {
	between := rapid.SampledFrom([]string{" ", "  ", ",", ", ", "\n", ";", " and ", " y ", ". "}).Draw(p.t, "between")
	labels := strings.ContainsAny(between, ",;\n")
	var parts []string
	for n, i := range items {
		if want[n] < 0 {
			parts = append(parts, rapid.SampledFrom([]string{"-", "skip", "saltar", "x"}).Draw(p.t, "none"))
			continue
		}
		parts = append(parts, p.word(i, want[n], labels))
	}
	p.say(strings.Join(parts, between))
}

// However five answers are told, in one text or several, with slips that are put right, the report is the one that telling them one by one makes.
func TestTogetherTellsWhatOneByOneTells(t *testing.T) {
	together, apart := river(t), oneByOne(t)
	begun := map[string][2]conversation.Session{}
	for _, lang := range []string{"en", "es"} {
		begun[lang] = [2]conversation.Session{asking(t, together, lang), asking(t, apart, lang)}
	}
	items := together.Catalog.Questionnaire("weekly-check-in", "1").All()
	rapid.Check(t, func(t *rapid.T) {
		lang := rapid.SampledFrom([]string{"en", "es"}).Draw(t, "language")
		want := rapid.SliceOfN(rapid.IntRange(-1, 4), len(items), len(items)).Draw(t, "answers")
		a := &teller{t: t, m: apart, s: begun[lang][1], lang: lang}
		for n := range items {
			if want[n] < 0 {
				a.say("skip")
			} else {
				a.say(strconv.Itoa(want[n]))
			}
		}
		b := &teller{t: t, m: together, s: begun[lang][0], lang: lang}
		first := slices.Clone(want)
		slip := rapid.IntRange(-1, len(items)-1).Draw(t, "slip")
		if slip >= 0 && want[slip] >= 0 {
			first[slip] = rapid.IntRange(0, 4).Draw(t, "at first")
		}
		b.tellAll(items, first)
		if slip >= 0 && first[slip] != want[slip] {
			form := rapid.SampledFrom([]string{"no %d: %s", "%d: %s", "#%d is %s", "question %d %s", "no, %d = %s", "pregunta %d: %s"}).Draw(t, "put right")
			b.say(fmt.Sprintf(form, slip+1, items[slip].Keys()[want[slip]]))
		}
		if a.s.Filling != nil || b.s.Filling != nil {
			t.Fatalf("not done with %q or %q", a.said, b.said)
		}
		if d := cmp.Diff(a.told, b.told); d != "" {
			t.Fatalf("one by one %q, together %q (-one by one +together)\n%s", a.said, b.said, d)
		}
	})
}

// tellAll texts what is asked until nothing is.
func (p *teller) tellAll(items []*questionnaire.Item, want []int) {
	if !slices.Contains(want, -1) && rapid.IntRange(0, 5).Draw(p.t, "digits") == 0 {
		p.say(strings.Trim(strings.Join(strings.Fields(fmt.Sprint(want)), ""), "[]"))
		return
	}
	if n := rapid.IntRange(0, 8).Draw(p.t, "by name"); n < len(items) && want[n] >= 0 {
		p.say(items[n].Brief.In(p.lang) + rapid.SampledFrom([]string{" ", ": ", " is ", " = "}).Draw(p.t, "is") + p.word(items[n], want[n], true))
	}
	for p.s.Filling != nil {
		f := p.s.Filling
		from := slices.IndexFunc(items, func(i *questionnaire.Item) bool { return i.LinkID == f.Item })
		end := from + 1
		for end < len(items) && !told(f, items[end]) {
			end++
		}
		to := from + rapid.IntRange(1, end-from).Draw(p.t, "how many")
		if several := !f.Single && f.Until != ""; several { // SKIP by itself skips them all
			for to < end && slices.Max(want[from:to]) < 0 {
				to++
			}
			if slices.Max(want[from:to]) < 0 {
				to = from + 1
			}
		}
		switch {
		case to-from > 1:
			p.list(items[from:to], want[from:to])
		case want[from] < 0:
			p.say(rapid.SampledFrom([]string{"skip", "Saltar"}).Draw(p.t, "skip"))
		default:
			p.say(p.word(items[from], want[from], true))
		}
		if len(p.said) > 12 {
			p.t.Fatalf("no end to %q", p.said)
		}
	}
}

// told says whether the answer to i was told before its question was reached.
func told(f *conversation.Filling, i *questionnaire.Item) bool {
	_, ok := f.Ahead[i.LinkID]
	return ok
}

// What a weekly check-in costs, from its invitation to its thanks, in both languages and with a link as long as they are.
func TestACheckInTakesThreeSegmentsAndOne(t *testing.T) {
	m, apart := river(t), oneByOne(t)
	m.ReceiptURL = func(string) string { return "https://tell.example.org/r/" + strings.Repeat("x", 26) }
	apart.ReceiptURL = m.ReceiptURL
	for _, lang := range []string{"en", "es"} {
		for _, c := range []struct {
			name    string
			m       conversation.Machine
			answers []string
			out, in int
		}{
			{"together", m, []string{"2 1 3 0 4"}, 3, 1},
			{"one by one", m, []string{"2", "1", "3", "0", "4"}, 7, 5},
			{"never together", apart, []string{"2", "1", "3", "0", "4"}, 7, 5},
		} {
			s := through(c.m, asking(t, c.m, lang), "skip", "skip", "skip", "skip", "skip")
			s.Filling = nil
			invited, ok := c.m.Invite(s, "river", "weekly-check-in", "I", monday.Add(time.Hour))
			if !ok {
				t.Fatal("not invited")
			}
			out, in := segments(invited.Replies), 0
			told := false
			for n, a := range c.answers {
				step := c.m.Step(invited.Session, conversation.Input{Text: a, Key: fmt.Sprint("A", n)}, monday.Add(2*time.Hour))
				out, in = out+segments(step.Replies), in+program.Segments(a)
				invited.Session = step.Session
				told = len(step.Effects) > 0 && step.Effects[0].Kind == conversation.Tell && len(step.Effects[0].Answers) == 5
			}
			if !told || out > c.out || in != c.in {
				t.Errorf("%s, %s: told %v with %d segments out and %d in, want %d and %d", lang, c.name, told, out, in, c.out, c.in)
			}
		}
	}
}

func segments(texts []string) (n int) {
	for _, text := range texts {
		n += program.Segments(text)
	}
	return n
}
