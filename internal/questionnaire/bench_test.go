package questionnaire

import (
	"fmt"
	"strings"
	"testing"
)

// BenchmarkValidateAndScore judges and scores ten answered 0–4 items, one of them conditional.
func BenchmarkValidateAndScore(b *testing.B) {
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
	doc := strings.Replace(with(strings.Join(items, ",")), `"title"`, `"extension":[{"url":"`+extScore+`","extension":[{"url":"id","valueString":"s"},{"url":"title","valueString":"S"},{"url":"method","valueCode":"sum"},`+strings.Join(scored, ",")+`]}],"title"`, 1)
	q := load(b, doc)
	b.ReportAllocs()
	for b.Loop() {
		if q.Validate(a) != nil || len(q.Score(a)) != 1 {
			b.Fatal("not valid")
		}
	}
}
