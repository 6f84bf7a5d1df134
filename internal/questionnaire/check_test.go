package questionnaire

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/words"
)

func firstCode(issues []fault.Issue) string {
	if len(issues) == 0 {
		return ""
	}
	return issues[0].Code
}

// often is an answer from the value set of the visit.
func often(code string) []Value { return []Value{{Type: Choice, System: "urn:often", Code: code}} }

func one(t Type, text string) []Value { return []Value{{Type: t, Text: text}} }

func kilos(n string) []Value {
	return []Value{{Type: Quantity, Text: n, System: "http://unitsofmeasure.org", Code: "kg"}}
}

// full is a good answer to everything.
func full() Answers {
	return Answers{
		"pain": often("some"), "where": one(String, "back"), "sleep": often("often"), "mood": often("always"), "again": one(Boolean, "false"), "why": one(Text, "long wait"),
		"days": one(Integer, "10"), "temp": one(Decimal, "37.5"), "weight": kilos("72"), "day": one(Date, "2026-10-03"), "bed": one(Time, "22:30:00"), "when": one(DateTime, "2026-10-03T22:30:00Z"),
		"zip": one(String, "12345"), "place": one(String, "my car"), "help": {{Type: String, Text: "1"}, {Type: String, Text: "3"}}, "nrs": one(Integer, "5"),
	}
}

func TestValidate(t *testing.T) {
	q := visit(t)
	for _, c := range []struct {
		name string
		link string
		vs   []Value
		want string
	}{
		{"all is well", "pain", often("some"), ""},
		{"required", "pain", nil, "required@pain"},
		{"required and blank", "why", one(Text, " "), "required@why"},
		{"too many", "days", []Value{{Type: Integer, Text: "1"}, {Type: Integer, Text: "2"}}, "too-many@days"},
		{"wrong type", "days", one(String, "1"), "wrong-type@days"},
		{"not a number", "days", one(Integer, "one"), "wrong-type@days"},
		{"leading zero", "days", one(Integer, "01"), "wrong-type@days"},
		{"unknown option", "sleep", often("seldom"), "unknown-option@sleep"},
		{"option of another system", "sleep", []Value{{Type: Choice, System: "urn:x", Code: "some"}}, "unknown-option@sleep"},
		{"words for a choice", "sleep", one(String, "some"), "wrong-type@sleep"},
		{"exclusive", "help", []Value{{Type: String, Text: "1"}, {Type: String, Text: "0"}}, "exclusive-option@help"},
		{"exclusive alone", "help", one(String, "0"), ""},
		{"duplicate", "help", []Value{{Type: String, Text: "1"}, {Type: String, Text: "1"}}, "duplicate@help"},
		{"too short", "zip", one(String, "123"), "too-short@zip"},
		{"pattern", "zip", one(String, "1234x"), "wrong-form@zip"},
		{"pattern is for the whole", "zip", one(String, "12345\n"), "wrong-form@zip"},
		{"too long", "where", one(String, strings.Repeat("x", 21)), "too-long@where"},
		{"too long for anything", "why", one(Text, strings.Repeat("x", MaxText+1)), "too-long@why"},
		{"too small", "days", one(Integer, "-1"), "too-small@days"},
		{"too large", "days", one(Integer, "32"), "too-large@days"},
		{"at the bound", "temp", one(Decimal, "30.50"), "too-precise@temp"},
		{"just below the bound", "temp", one(Decimal, "30.4"), "too-small@temp"},
		{"too precise", "temp", one(Decimal, "37.55"), "too-precise@temp"},
		{"exponent", "temp", one(Decimal, "1e2"), "wrong-form@temp"},
		{"other unit", "weight", []Value{{Type: Quantity, Text: "72", Code: "stone"}}, "wrong-unit@weight"},
		{"no unit", "weight", one(Quantity, "72"), "wrong-unit@weight"},
		{"no such day", "day", one(Date, "2026-02-30"), "wrong-form@day"},
		{"a time as a date", "day", one(Date, "2026-02-03T10:00:00Z"), "wrong-form@day"},
		{"too early", "day", one(Date, "2019-12-31"), "too-small@day"},
		{"year before", "day", one(Date, "2019"), "too-small@day"},
		{"year that may do", "day", one(Date, "2020"), ""},
		{"no zone", "when", one(DateTime, "2026-10-03T22:30:00"), "wrong-form@when"},
		{"hour of one digit", "bed", one(Time, "9:30:00"), "wrong-form@bed"},
		{"control characters", "why", one(Text, "a\x00b"), "wrong-form@why"},
		{"own words", "place", one(String, "home"), ""},
		{"hidden", "form", one(String, "v2"), "read-only@form"},
		{"hidden as it is", "form", one(String, "v1"), ""},
		{"unknown", "zzz", one(String, "x"), "unknown-item@zzz"},
		{"for a group", "week", one(String, "x"), "wrong-type@week"},
		{"disabled", "again", one(Boolean, "true"), "not-enabled@why"},
		{"nested without the answer above", "pain", []Value{}, "required@pain"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := full()
			a[c.link] = c.vs
			got := ""
			if is := q.Validate(a); len(is) > 0 {
				got = is[0].Code + "@" + is[0].Where
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestIssuesComeInDocumentOrderAndHaveSentences(t *testing.T) {
	q := visit(t)
	a := Answers{"zz": one(String, "x"), "aa": one(String, "x"), "days": one(Integer, "99"), "why": one(Text, "secret-word"), "weight": one(Quantity, "1")}
	var where []string
	for _, is := range q.Validate(a) {
		where = append(where, is.Where)
		if is.Text == "" || strings.Contains(is.Text, "{") || strings.HasPrefix(is.Text, "answer.") || strings.Contains(is.Text, "secret") {
			t.Errorf("%s: %q", is.Code, is.Text)
		}
		for _, lang := range words.Languages() {
			if !words.Has(lang, "answer."+is.Code) {
				t.Errorf("%s has no sentence for %s", lang, is.Code)
			}
		}
	}
	if d := cmp.Diff([]string{"pain", "why", "days", "weight", "aa", "zz"}, where); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestRequiredGroupNeedsOneAnswer(t *testing.T) {
	q := load(t, with(`{"linkId":"g","type":"group","required":true,"item":[{"linkId":"a","text":"A","type":"string"},{"linkId":"b","text":"B","type":"string"}]}`))
	if got := firstCode(q.Validate(nil)); got != "required" {
		t.Errorf("got %q", got)
	}
	if got := q.Validate(Answers{"b": one(String, "x")}); got != nil {
		t.Errorf("got %v", got)
	}
}

func TestReadOnlyKeepsItsInitial(t *testing.T) {
	q := load(t, with(`{"linkId":"a","text":"A","type":"integer","readOnly":true,"initial":[{"valueInteger":3}]},{"linkId":"b","text":"B","type":"string","enableWhen":[{"question":"a","operator":">","answerInteger":2}]}`))
	if got := q.Next(nil, ""); got != q.Item("b") {
		t.Errorf("next is %v", got)
	}
	if d := cmp.Diff(Answers{"a": one(Integer, "3"), "b": one(String, "x")}, q.Clean(Answers{"a": one(Integer, "9"), "b": one(String, " x ")})); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestEnableWhen(t *testing.T) {
	doc := func(typ, more, op, answer string) string {
		return with(`{"linkId":"a","text":"A","type":"` + typ + `"` + more + `},{"linkId":"b","text":"B","type":"string","enableWhen":[{"question":"a","operator":"` + op + `",` + answer + `}]}`)
	}
	yesNo := `,"answerOption":[{"valueCoding":{"system":"s","code":"y","display":"Y"}},{"valueCoding":{"system":"s","code":"n","display":"N"}}],"repeats":true`
	y, n := Value{Type: Choice, System: "s", Code: "y"}, Value{Type: Choice, System: "s", Code: "n"}
	kg := `,"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/questionnaire-unitOption","valueCoding":{"system":"u","code":"kg"}},{"url":"http://hl7.org/fhir/StructureDefinition/questionnaire-unitOption","valueCoding":{"system":"u","code":"g"}}]`
	for _, c := range []struct {
		typ, more, op, answer string
		on, off               []Value
	}{
		{"string", "", "exists", `"answerBoolean":true`, one(String, "x"), nil},
		{"string", "", "exists", `"answerBoolean":false`, one(String, " "), one(String, "x")},
		{"string", "", "=", `"answerString":"x"`, one(String, "x"), one(String, "X")},
		{"text", "", "!=", `"answerString":"x"`, nil, one(Text, "x")},
		{"boolean", "", "=", `"answerBoolean":true`, one(Boolean, "true"), one(Boolean, "false")},
		{"integer", "", "=", `"answerInteger":10`, one(Integer, "10"), one(Integer, "9")},
		{"integer", "", ">", `"answerInteger":9`, one(Integer, "10"), one(Integer, "9")},
		{"integer", "", "<", `"answerInteger":-9`, one(Integer, "-10"), one(Integer, "-9")},
		{"decimal", "", "=", `"answerDecimal":2.50`, one(Decimal, "2.5"), one(Decimal, "2.51")},
		{"decimal", "", ">=", `"answerDecimal":1e1`, one(Decimal, "10.0"), one(Decimal, "9.999999999999999999")},
		{"date", "", "<=", `"answerDate":"2026-10-03"`, one(Date, "2026-10-03"), one(Date, "2026-10-04")},
		{"date", "", ">", `"answerDate":"2026"`, one(Date, "2027-01-01"), one(Date, "2026-12-31")},
		{"dateTime", "", "=", `"answerDateTime":"2026-10-03T10:00:00Z"`, one(DateTime, "2026-10-03T12:00:00+02:00"), one(DateTime, "2026-10-03T10:00:00+02:00")},
		{"time", "", "<", `"answerTime":"12:00:00"`, one(Time, "11:59:59.999"), one(Time, "12:00:00")},
		{"quantity", kg, ">", `"answerQuantity":{"value":5,"system":"u","code":"kg"}`, []Value{{Type: Quantity, Text: "6", System: "u", Code: "kg"}}, []Value{{Type: Quantity, Text: "6000", System: "u", Code: "g"}}},
		{"choice", yesNo, "=", `"answerCoding":{"code":"y"}`, []Value{n, y}, []Value{n}},
		{"choice", yesNo, "!=", `"answerCoding":{"system":"s","code":"y"}`, []Value{n}, []Value{n, y}},
		{"choice", `,"answerOption":[{"valueInteger":1},{"valueInteger":2}]`, ">", `"answerInteger":1`, one(Integer, "2"), one(Integer, "1")},
		{"open-choice", `,"answerOption":[{"valueInteger":1}]`, "=", `"answerString":"x"`, one(String, "x"), one(Integer, "1")},
	} {
		t.Run(c.typ+" "+c.op+" "+c.answer, func(t *testing.T) {
			q := load(t, doc(c.typ, c.more, c.op, c.answer))
			b := q.Item("b")
			if got := q.Next(Answers{"a": c.on}, "a"); got != b {
				t.Error("should be enabled")
			}
			if got := q.Next(Answers{"a": c.off}, "a"); got != nil {
				t.Error("should be disabled")
			}
		})
	}
}

func TestAnswersToDisabledQuestionsDoNotCount(t *testing.T) {
	q := load(t, with(`{"linkId":"a","text":"A","type":"boolean"},
	{"linkId":"b","text":"B","type":"boolean","enableWhen":[{"question":"a","operator":"=","answerBoolean":true}],"item":[{"linkId":"b1","text":"B1","type":"string"},{"linkId":"b2","text":"B2","type":"display"}]},
	{"linkId":"c","text":"C","type":"string","enableWhen":[{"question":"b","operator":"exists","answerBoolean":true}]}`))
	links := func(a Answers) (out []string) {
		for _, i := range q.Enabled(a) {
			out = append(out, i.LinkID)
		}
		return out
	}
	yes, no := one(Boolean, "true"), one(Boolean, "false")
	if d := cmp.Diff([]string{"a"}, links(Answers{"a": no, "b": yes, "b1": one(String, "x")})); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if d := cmp.Diff([]string{"a", "b", "b2"}, links(Answers{"a": yes})); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if d := cmp.Diff([]string{"a", "b", "b1", "b2", "c"}, links(Answers{"a": yes, "b": no})); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestScore(t *testing.T) {
	q := visit(t)
	for _, c := range []struct {
		name string
		a    Answers
		want []Scored
	}{
		{"all", Answers{"pain": often("some"), "sleep": often("often"), "mood": often("always")}, []Scored{{ID: "trouble", Milli: 6000, Answered: 3}, {ID: "average", Milli: 2000, Answered: 3}}},
		{"prorated", Answers{"pain": often("some"), "sleep": often("often")}, []Scored{{ID: "trouble", Milli: 4500, Answered: 2}}},
		{"too few", Answers{"pain": often("some")}, []Scored{}},
		{"disabled is missing", Answers{"pain": often("some"), "sleep": often("never"), "mood": often("always")}, []Scored{{ID: "trouble", Milli: 1500, Answered: 2}}},
		{"no option is missing", Answers{"pain": often("x"), "sleep": often("some"), "mood": often("always")}, []Scored{{ID: "trouble", Milli: 6000, Answered: 2}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if d := cmp.Diff(c.want, q.Score(c.a)); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func TestScoresRoundHalfAwayFromZero(t *testing.T) {
	for _, c := range []struct{ n, d, want int64 }{{1, 2, 1}, {-1, 2, -1}, {1, 3, 0}, {2, 3, 1}, {-2, 3, -1}, {5, 2, 3}, {-5, 2, -3}, {7, 7, 1}} {
		if got := divide(c.n, c.d); got != c.want {
			t.Errorf("%d/%d: got %d, want %d", c.n, c.d, got, c.want)
		}
	}
}

func TestDecimalsAreExact(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"0.1", "0.10", 0}, {"2", "10", -1}, {"-2", "-10", 1}, {"-0.0", "0", 0}, {"0.3", "0.30000000000000001", -1}, {"100000000000000001", "100000000000000000", 1}, {"-1", "1", -1}} {
		if got := compareDecimals(c.a, c.b); got != c.want {
			t.Errorf("%s %s: got %d, want %d", c.a, c.b, got, c.want)
		}
	}
	for in, want := range map[string]string{"1e2": "100", "1.50e1": "15.0", "25e-3": "0.025", "-1E-1": "-0.1", "0e5": "0", "-0": "0", "-0.0": "0.0"} {
		if got, ok := plain(in); got != want || !ok {
			t.Errorf("%s: got %s", in, got)
		}
	}
	for _, in := range []string{"1e19", "1e-40", "1e999999999999", strings.Repeat("9", 40)} {
		if got, ok := plain(in); ok {
			t.Errorf("%s: got %s", in, got)
		}
	}
}

// Sentences are shown on pages, so they are written as they should be. Dialogues by text have their own.
func TestEveryRefusalHasASentence(t *testing.T) {
	for _, code := range []string{"required", "too-many", "wrong-type", "unknown-option", "exclusive-option", "too-short", "too-long", "too-small", "too-large", "wrong-form", "too-precise",
		"wrong-unit", "duplicate", "read-only", "unknown-item", "not-enabled", "misplaced", "duplicate-item", "unsupported", "malformed", "unclear"} {
		for _, lang := range words.Languages() {
			if !words.Has(lang, "answer."+code) {
				t.Errorf("%s has no sentence for %s", lang, code)
			}
			for typ := range responseValues {
				i := &Item{Type: typ, Options: []Option{{Value: Value{Type: Integer, Text: "3"}}}}
				got := Explain(fault.Issue{Code: code, Args: map[string]string{"min": "1", "max": "2", "units": "kg", "first": "3", "last": "4"}}, i, lang)
				if got == "" || strings.ContainsAny(got, "{}") {
					t.Errorf("%s %s %s: %q", lang, code, typ, got)
				}
			}
		}
	}
}

// A quantity without units is a number: whoever sends one is told so, not to choose from nothing.
func TestAUnitWhereNoneIsKnown(t *testing.T) {
	q := load(t, with(`{"linkId":"a","text":"How much?","type":"quantity"}`))
	issues := q.Check(q.Item("a"), []Value{{Type: Quantity, Text: "5", Code: "cups"}})
	for lang, want := range map[string]string{"en": "Please give just the number, without a unit.", "es": "Por favor, escribe solo el número, sin unidad."} {
		if len(issues) != 1 || issues[0].Code != "wrong-unit" || Explain(issues[0], q.Item("a"), lang) != want {
			t.Errorf("%s: %+v", lang, issues)
		}
	}
	if issues := q.Check(q.Item("a"), one(Quantity, "5")); issues != nil {
		t.Errorf("without a unit: %+v", issues)
	}
}
