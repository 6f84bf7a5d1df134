package report

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/questionnaire"
)

func reports() *rapid.Generator[Report] {
	word := rapid.StringMatching(`[a-z0-9é🌷\x{5d0}]{0,12}`)
	return rapid.Custom(func(t *rapid.T) Report {
		w := func(label string) string { return word.Draw(t, label) }
		at := time.UnixMilli(rapid.Int64Range(0, 1<<42).Draw(t, "at")).UTC()
		var answers questionnaire.Answers
		for n := range rapid.IntRange(0, 4).Draw(t, "answers") {
			if answers == nil {
				answers = questionnaire.Answers{}
			}
			answers[fmt.Sprint("q", n)] = []questionnaire.Value{{Type: questionnaire.Text, Text: w("text") + "\x00<&>\u2028", System: w("system"), Code: w("code")}}
		}
		return Report{
			ID: w("id"), Revision: rapid.IntRange(1, 90).Draw(t, "revision"), Status: Complete, Participant: w("participant"),
			Program: w("program"), Questionnaire: w("questionnaire"), Version: w("version"), Hash: w("hash"), Period: w("period"),
			Perspective: Proxy, Relation: w("relation"), About: phi.Hide(w("about")), Subject: w("subject"), Role: w("role"),
			Channel: API, Origin: Known, Language: w("language"), Groups: []string{"", w("group")},
			Answers: phi.Hide(answers), Scores: []questionnaire.Scored{{ID: w("score"), Milli: 1500}},
			At: at, Revised: at.Add(time.Hour), Synthetic: rapid.Bool().Draw(t, "synthetic"),
		}
	})
}

func TestStoredFormComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := reports().Draw(t, "report")
		raw, err := Encode(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Decode(raw)
		if err != nil {
			t.Fatal(err)
		}
		reveal := cmp.Transformer("reveal", func(v phi.Value[questionnaire.Answers]) questionnaire.Answers { return v.Reveal() })
		name := cmp.Transformer("name", func(v phi.Text) string { return v.Reveal() })
		if diff := cmp.Diff(want, got, reveal, name); diff != "" {
			t.Error(diff)
		}
	})
}

func TestDecodeIsStrict(t *testing.T) {
	good, err := Encode(Report{ID: "x", Revision: 1})
	if err != nil {
		t.Fatal(err)
	}
	for name, raw := range map[string]string{
		"nothing":          "",
		"not JSON":         "zanahoria",
		"two documents":    string(good) + "{}",
		"an unknown field": strings.Replace(string(good), `"id"`, `"zanahoria":1,"id"`, 1),
		"a wrong type":     strings.Replace(string(good), `"x"`, `["zanahoria"]`, 1),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Decode([]byte(raw)); err == nil || strings.Contains(err.Error(), "zanahoria") {
				t.Errorf("error %v", err)
			}
		})
	}
	if _, err := DecodeStanding([]byte(`{"reports":["a"]}`)); err == nil {
		t.Error("a standing with a report but no time was read")
	}
}

// A report that somebody marshals by mistake must not give its answers away.
func TestReportRefusesToMarshal(t *testing.T) {
	r := Report{Answers: phi.Hide(questionnaire.Answers{"a": {{Text: "zanahoria"}}})}
	if raw, err := json.Marshal(r); err == nil {
		t.Errorf("marshalled to %d bytes", len(raw))
	}
	if s := fmt.Sprintf("%v %+v %#v", r, r, r); strings.Contains(s, "zanahoria") {
		t.Error("printing a report shows an answer")
	}
}

func FuzzDecode(f *testing.F) {
	good, _ := Encode(Report{ID: "x", Revision: 1})
	f.Add(good)
	f.Add([]byte(`{"at":"2026-10-05T16:00:00Z","answers":{"a":[{}]}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := Decode(raw)
		if err != nil {
			return
		}
		again, err := Encode(r)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Decode(again); err != nil {
			t.Error("what was encoded can't be read")
		}
	})
}
