package questionnaire

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
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

// FuzzReadTree holds our reading of JSON to encoding/json's.
func FuzzReadTree(f *testing.F) {
	f.Add(visit(f).Source())
	for _, doc := range []string{
		`{"a":[1,-2.50e+3,true,false,null,"x\"\\\u00e9\ud83d\ude00\ud83d",{}],"b":{"a":[]}}`, ` [ 1 , 2 ] `, `"x"`, `0`, "\ufeff{}", `{"a":1,"a":2}`, `[1,]`, `{"":{"":""}}`,
		`{` + strings.Repeat(`"a":{`, 300) + strings.Repeat(`}`, 300) + `}`,
	} {
		f.Add([]byte(doc))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		got, err := readTree(doc)
		d := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(doc, []byte("\ufeff"))))
		d.UseNumber()
		var want any
		if json := d.Decode(&want); err != nil {
			return // deeper, larger, not UTF-8 or twice named
		} else if json != nil {
			t.Fatalf("read, and is no JSON: %v", json)
		}
		if diff := cmp.Diff(want, got.plain()); diff != "" {
			t.Fatal(diff)
		}
	})
}

// plain is a node as encoding/json would have it.
func (n *node) plain() any {
	switch n.kind {
	case kindBool:
		return n.text == "true"
	case kindNumber:
		return json.Number(n.text)
	case kindString:
		return n.text
	case kindArray:
		out := []any{}
		for k := range n.list {
			out = append(out, n.list[k].plain())
		}
		return out
	case kindObject:
		out := map[string]any{}
		for k := range n.members {
			out[n.members[k].name] = n.members[k].node.plain()
		}
		return out
	}
	return nil
}
