package questionnaire

import (
	"fmt"
	"strings"
	"testing"
)

// tenItems are ten required 0–4 items, one of them conditional, with their sum; all of them answered.
func tenItems(t testing.TB) (*Questionnaire, Answers) {
	var items, scored []string
	a := Answers{}
	for n := range 10 {
		link := fmt.Sprint("q", n)
		var options []string
		for o := range 5 {
			options = append(options, fmt.Sprintf(`{"valueCoding":{"code":"%d","display":"Option %d"},"extension":[{"url":"%s","valueDecimal":%d}]}`, o, o, extOrdinal, o))
		}
		when := ""
		if n == 9 {
			when = `,"enableWhen":[{"question":"q0","operator":"!=","answerCoding":{"code":"0"}}]`
		}
		items = append(items, fmt.Sprintf(`{"linkId":"%s","type":"choice","text":"A","required":true,"answerOption":[%s]%s}`, link, strings.Join(options, ","), when))
		scored = append(scored, fmt.Sprintf(`{"url":"item","valueString":"%s"}`, link))
		a[link] = []Value{{Type: Choice, Code: "3"}}
	}
	return load(t, strings.Replace(with(strings.Join(items, ",")), `"title"`, `"extension":[{"url":"`+extScore+`","extension":[{"url":"id","valueString":"s"},{"url":"title","valueString":"S"},{"url":"method","valueCode":"sum"},`+strings.Join(scored, ",")+`]}],"title"`, 1)), a
}

// TestJudgingAllocatesLittle bounds what a ten-item response costs the collector, whatever machine this runs on: 1 and 161 when this was written.
func TestJudgingAllocatesLittle(t *testing.T) {
	q, a := tenItems(t)
	sent, err := q.MarshalResponse(Response{Answers: a})
	if err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(100, func() { q.Validate(a); q.Score(a) }); n > 2 {
		t.Errorf("validating and scoring answers takes %v allocations", n)
	}
	judge := func() {
		r, err := ReadResponse(sent, q)
		if err != nil {
			t.Fatal(err)
		}
		r.Judge(q)
		q.Score(r.Answers)
	}
	if n := testing.AllocsPerRun(100, judge); n > 200 {
		t.Errorf("reading a document, too, takes %v allocations", n)
	}
}

func BenchmarkValidateAndScore(b *testing.B) {
	q, a := tenItems(b)
	b.Run("answers", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if q.Validate(a) != nil || len(q.Score(a)) != 1 {
				b.Fatal("not valid")
			}
		}
	})
	sent, err := q.MarshalResponse(Response{Answers: a})
	if err != nil {
		b.Fatal(err)
	}
	b.Run("document", func(b *testing.B) { // with reading it
		b.ReportAllocs()
		for b.Loop() {
			r, err := ReadResponse(sent, q)
			if err != nil || len(r.Issues) > 0 {
				b.Fatal("not valid")
			}
			if wrong, odd := r.Judge(q); wrong != nil || odd != nil || len(q.Score(r.Answers)) != 1 {
				b.Fatal("not valid")
			}
		}
	})
}

// BenchmarkValidateWithExpressions judges and scores ten answered 0–4 items, with a total and a question that depends on it.
func BenchmarkValidateWithExpressions(b *testing.B) {
	var items []string
	a := Answers{}
	for n := range 10 {
		items = append(items, item(fmt.Sprint("q", n), "choice", often3))
		a[fmt.Sprint("q", n)] = []Value{{Type: Choice, Code: "a"}}
	}
	items = append(items,
		item("total", "decimal", "", expr(extCalculated, "%resource.item.where(linkId != 'total').answer.value.weight().sum()")),
		item("help", "boolean", "", expr(extEnable, answer("total")+" > 20")))
	a["help"] = one(Boolean, "true")
	q := load(b, with(strings.Join(items, ",")))
	if got := q.Clean(a)["total"]; len(got) != 1 || got[0].Text != "30" {
		b.Fatalf("the total is %v", got)
	}
	b.ReportAllocs()
	for b.Loop() {
		if q.Validate(a) != nil {
			b.Fatal("not valid")
		}
	}
}
