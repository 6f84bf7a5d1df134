package questionnaire

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func FuzzLoad(f *testing.F) {
	f.Add(visit(f).Source())
	f.Add([]byte(with(`{"linkId":"a","type":"choice","text":"A","answerOption":[{"valueInteger":1e0}]}`)))
	f.Add([]byte(whole(named(extVariable, "v", "item.answer.value.weight().sum()"), item("a", "choice", often3)+","+item("b", "integer", "", expr(extCalculated, "%v.toInteger()"), constraintOf("error", "No.", "answer.value < 3"))+","+
		item("c", "choice", "", expr(extEnable, answer("b")+" > 1"), expr(extAnswer, "%questionnaire.item.answerOption.value")))))
	f.Fuzz(func(t *testing.T, doc []byte) {
		q, err := Load(doc)
		if (q == nil) == (err == nil) {
			t.Fatal("neither loaded nor refused")
		}
		if err == nil {
			q.Validate(q.Clean(nil))
		}
	})
}

func FuzzParse(f *testing.F) {
	q := visit(f)
	for _, s := range []string{"3", "3 - a lot", "1,500", "10/3", "Feb 29", "72 kg", "2:30 p.m.", "hace dos dias", "1 and 3", "\xff\x00", "٣", "１/２", "other:", "twenty five", ".5", "-.", "3️⃣"} {
		f.Add(s, "en")
		f.Add(s, "es")
	}
	f.Fuzz(func(t *testing.T, words, lang string) {
		for _, i := range q.All() {
			vs, is := q.Parse(i, lang, words, now)
			if (vs == nil) == (is == nil) {
				t.Fatalf("%s: neither read nor unclear", i.LinkID)
			}
			if is != nil && (is.Text == "" || strings.Contains(is.Text, "{")) {
				t.Fatalf("%s: %q", is.Code, is.Text)
			}
			if found := q.Check(i, vs); vs != nil && found != nil {
				t.Fatalf("%s: Check refuses what Parse gave: %s", i.LinkID, found[0].Code)
			}
			for _, v := range vs {
				if !utf8.ValidString(v.Text) || strings.ContainsRune(v.Text, 0) {
					t.Fatal("an answer is not clean text")
				}
				if s := v.Display(i, lang); s == "" {
					t.Fatal("an answer can't be shown")
				}
			}
			lexical, issues := q.ParseLexical(i, []string{words})
			if issues == nil && q.Check(i, lexical) != nil {
				t.Fatal("ParseLexical and Check differ")
			}
		}
	})
}

func FuzzParseResponse(f *testing.F) {
	q := visit(f)
	doc, err := q.MarshalResponse(Response{Answers: full()})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(doc)
	f.Fuzz(func(t *testing.T, doc []byte) {
		r, err := ReadResponse(doc, q)
		if err != nil {
			return
		}
		wrong, _ := r.Judge(q)
		if len(r.Issues) == 0 && len(wrong) == 0 {
			if _, err := q.MarshalResponse(r.Response); err != nil {
				t.Fatalf("valid answers can't be written: %v", err)
			}
		}
	})
}
