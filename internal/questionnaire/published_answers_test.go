package questionnaire

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// anyAnswer draws an answer that i allows; nil when none is found.
func anyAnswer(t *rapid.T, q *Questionnaire, i *Item) []Value {
	number := func() string {
		n := rapid.IntRange(0, 300).Draw(t, "number")
		if i.Step > 0 {
			n *= i.Step
		}
		return fmt.Sprint(n)
	}
	for range 50 {
		var vs []Value
		for range rapid.IntRange(1, 3).Draw(t, "answers") {
			v := Value{Type: i.Type}
			switch i.Type {
			case Boolean:
				v.Text = rapid.SampledFrom([]string{"true", "false"}).Draw(t, "yes")
			case Integer, Decimal:
				v.Text = number()
			case Quantity:
				v.Text = number()
				if len(i.Units) > 0 {
					u := rapid.SampledFrom(i.Units).Draw(t, "unit")
					v.System, v.Code = u.System, u.Code
				}
			case Date:
				v.Text = rapid.StringMatching(`20[0-2][0-9]-0[1-9]-[12][0-8]`).Draw(t, "date")
			case DateTime:
				v.Text = rapid.StringMatching(`20[0-2][0-9]-0[1-9]-[12][0-8]T1[0-9]:[0-5][0-9]:00Z`).Draw(t, "moment")
			case Time:
				v.Text = rapid.StringMatching(`1[0-9]:[0-5][0-9]:00`).Draw(t, "time")
			case URL:
				v.Text = rapid.StringMatching(`https://[a-z]{1,9}\.example/[a-z0-9?=]{0,9}`).Draw(t, "address")
			case String, Text:
				v.Text = rapid.StringMatching(`[a-z]{1,9}( [a-z]{1,9}){0,2}`).Draw(t, "words")
			case Choice, OpenChoice:
				if len(i.Options) == 0 || i.Type == OpenChoice && rapid.IntRange(0, 3).Draw(t, "own") == 0 {
					v = Value{Type: String, Text: "quite another thing"}
				} else {
					v = rapid.SampledFrom(i.Options).Draw(t, "option").Value
				}
			}
			if vs = append(vs, v); !i.Repeats {
				break
			}
		}
		if len(q.Check(i, vs)) == 0 {
			return vs
		}
	}
	return nil
}

// told is an answer as a person texts it: options by their numbers.
func told(i *Item, vs []Value) string {
	var parts []string
	for _, v := range vs {
		part := v.Display(i, "en")
		for n := range i.Options {
			if i.Options[n].Value == v {
				part = i.Keys()[n]
			}
		}
		switch v.Type {
		case Boolean:
			part = map[string]string{"true": "yes", "false": "no"}[v.Text]
		case Date, DateTime, Time: // 10:00 alone may be in the evening
			part = v.Text
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, "\n")
}

// ticked is an answer as the controls of a form hold it.
func ticked(i *Item, vs []Value) (out []string) {
	for _, v := range vs {
		switch {
		case i.Option(v) != nil && v.Type == Choice && v.System != "":
			out = append(out, v.System+"|"+v.Code)
		case i.Option(v) != nil && v.Type == Choice:
			out = append(out, v.Code)
		case i.Type == OpenChoice && i.Option(v) == nil:
			out = append(out, "other:"+v.Text)
		case v.Type == Quantity:
			out = append(out, strings.TrimSpace(v.Text+" "+v.Code))
		default:
			out = append(out, v.Text)
		}
	}
	return out
}

// Whatever loads can be completed by anybody who answers at random but validly, and means the same told in texts, ticked in a form, or
// sent as a QuestionnaireResponse.
func TestPublishedQuestionnairesMeanTheSameOnEveryChannel(t *testing.T) {
	sets := shelf(t)
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	published(t, func(file string, doc []byte) {
		q, err := sets.Load(doc)
		if err != nil {
			return // TestPublishedQuestionnairesLoadOrSayWhyNot judges that
		}
		q = q.At(now)
		finished := 0
		t.Run(file, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				texted, form := Answers{}, Answers{}
				for i := q.Next(texted, ""); i != nil; i = q.Next(texted, i.LinkID) {
					asked := q.Asked(i, texted)
					if !i.Answerable() || !i.Required && rapid.IntRange(0, 4).Draw(t, "skip") == 0 {
						continue
					}
					vs := anyAnswer(t, q, asked)
					if vs == nil {
						t.Fatalf("%s has no answer", i.LinkID)
					}
					got, bad := q.Parse(asked, "en", told(asked, vs), now)
					if bad != nil {
						t.Fatalf("%s: %q is not understood: %+v", i.LinkID, told(asked, vs), bad)
					}
					held, issues := q.ParseLexicalIn(asked, ticked(asked, vs), time.UTC)
					if issues != nil {
						t.Fatalf("%s: %q: %+v", i.LinkID, ticked(asked, vs), issues)
					}
					if d := cmp.Diff(got, held); d != "" {
						t.Fatalf("%s: a text and a form mean different things:\n%s", i.LinkID, d)
					}
					texted[i.LinkID], form[i.LinkID] = got, held
				}
				a := q.Clean(texted)
				if len(q.Validate(a)) > 0 {
					t.Skip("a constraint of the whole") // each answer was checked above
				}
				finished++
				sent, err := q.MarshalResponse(Response{Answers: form})
				if err != nil {
					t.Fatal(err)
				}
				r, issues, err := ParseResponse(sent, q)
				if err != nil || issues != nil {
					t.Fatalf("%v %+v", err, issues)
				}
				if d := cmp.Diff(a, q.Clean(r.Answers)); d != "" {
					t.Fatalf("the response says something else:\n%s", d)
				}
				if d := cmp.Diff(q.Score(a), q.Score(r.Answers)); d != "" {
					t.Fatalf("other scores:\n%s", d)
				}
			})
			if finished == 0 {
				t.Error("nobody could finish it")
			}
		})
	})
}
