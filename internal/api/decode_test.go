package api

import (
	"encoding/json"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/schemas"
)

// Whatever arrives: what decode takes is what encoding/json takes too, and neither reader panics, gives an Internal error or
// says something that isn't UTF-8.
func FuzzReaders(f *testing.F) {
	f.Add([]byte(weekly))
	f.Add([]byte(`{"a":{"a":1,"b":[true,null,1e9]},"c":"\ud800"}`))
	f.Add([]byte(`{"resourceType":"QuestionnaireResponse","questionnaire":"story","status":"completed","item":[{"linkId":"story","answer":[{"valueString":"x"}]}]}`))
	f.Add([]byte("[[[[\x00\xff"))
	w := readers(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		if _, err := decode(body); err == nil && !json.Valid(body) {
			t.Fatal("took what isn't JSON")
		}
		p := w.catalog.Program("river")
		for _, read := range []func() (told, []fault.Issue, error){
			func() (told, []fault.Issue, error) { return w.simple(p, body, w.now()) },
			func() (told, []fault.Issue, error) { return w.response(p, body, w.now()) },
		} {
			got, issues, err := read()
			if err != nil && fault.KindOf(err) == fault.Internal {
				t.Fatalf("an internal error: %v", err)
			}
			for _, i := range issues {
				if !utf8.ValidString(i.Where + i.Text) {
					t.Fatal("an issue isn't UTF-8")
				}
			}
			if err == nil && len(issues) == 0 && len(got.q.Validate(got.draft.Answers.Reveal())) > 0 {
				t.Fatal("accepted answers that the questionnaire refuses")
			}
		}
	})
}

// readers is a handler without tables, for what only reads.
func readers(f *testing.F) *handler {
	f.Helper()
	catalog, err := program.Load(schemas.FS)
	if err != nil {
		f.Fatal(err)
	}
	return &handler{catalog: catalog, now: func() time.Time { return time.Date(2026, 10, 14, 16, 0, 0, 0, time.UTC) }}
}
