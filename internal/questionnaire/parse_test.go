package questionnaire

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var now = time.Date(2026, 11, 23, 9, 0, 0, 0, time.FixedZone("", -6*3600))

// texts are what Parse made of an answer, or its issue's code.
func texts(q *Questionnaire, link, lang, words string) string {
	vs, is := q.Parse(q.Item(link), lang, words, now)
	if is != nil {
		return "!" + is.Code
	}
	var out []string
	for _, v := range vs {
		s := v.Text
		if v.Code != "" {
			s = strings.TrimSpace(s + " " + v.Code)
		}
		out = append(out, s)
	}
	return strings.Join(out, "|")
}

func TestParse(t *testing.T) {
	q := visit(t)
	for _, c := range []struct{ link, lang, words, want string }{
		// Numbers shown, in many dresses.
		{"pain", "en", "3", "always"}, {"pain", "en", " 3. ", "always"}, {"pain", "en", "(3)", "always"}, {"pain", "en", "#3", "always"},
		{"pain", "en", "three", "always"}, {"pain", "es", "tres", "always"}, {"pain", "en", "Three.", "always"}, {"pain", "en", "option 3", "always"},
		{"pain", "es", "la opción 2", "often"}, {"pain", "en", "3 - Always", "always"}, {"pain", "en", "3 please", "always"}, {"pain", "en", "it's a 3", "always"},
		{"pain", "en", "٣", "always"}, {"pain", "en", "३", "always"}, {"pain", "en", "３", "always"}, {"pain", "en", "3️⃣", "always"}, {"pain", "en", "03", "always"},
		{"pain", "en", "0", "never"}, {"pain", "en", "zero", "never"}, {"pain", "es", "cero", "never"}, {"pain", "en", "3/3", "always"}, {"pain", "en", "2 out of 3", "often"},
		{"pain", "en", "\u200e2\u200f", "often"},
		// Labels, codes, beginnings, letters.
		{"pain", "en", "OFTEN!", "often"}, {"pain", "es", "a menudo", "often"}, {"pain", "es", "A MENÚDO", "often"}, {"pain", "en", "Siempre", "always"},
		{"pain", "en", "some", "some"}, {"pain", "en", "alw", "always"}, {"pain", "en", "al", "!unclear"}, {"pain", "en", "d", "always"},
		{"pain", "en", "a", "!ambiguous"}, // the first, or Always?
		{"pain", "en", "nev", "never"},
		// Not certain.
		{"pain", "en", "4", "!unclear"}, {"pain", "en", "-3", "!unclear"}, {"pain", "en", "3.5", "!unclear"}, {"pain", "en", "1-3", "!ambiguous"}, {"pain", "en", "1 3", "!ambiguous"},
		{"pain", "en", "3 Never", "!unclear"}, {"pain", "en", "3/10", "!unclear"}, {"pain", "en", "", "!unclear"}, {"pain", "en", "?!", "!unclear"}, {"pain", "en", "<3", "!unclear"},
		{"pain", "en", "33", "!unclear"}, {"pain", "en", "3 days", "!unclear"}, {"pain", "en", strings.Repeat("3 ", 500), "!unclear"},
		{"nrs", "en", "10", "10"}, {"nrs", "en", "5", "5"}, {"nrs", "en", "2", "!unclear"},
		// Several.
		{"help", "en", "1", "1"}, {"help", "en", "1,3", "1|3"}, {"help", "en", "1 and 3", "1|3"}, {"help", "es", "1, 2 y 3", "1|2|3"}, {"help", "en", "2 3", "2|3"}, {"help", "en", "one & three", "1|3"},
		{"help", "en", "1-3", "!unclear"}, {"help", "en", "1, 9", "!unclear"}, {"help", "en", "1.3", "!unclear"}, {"help", "en", "1,1", "!duplicate"}, {"help", "en", "0 and 1", "!exclusive-option"},
		// Words of one's own.
		{"place", "en", "1", "home"}, {"place", "en", "other: my car", "my car"}, {"place", "en", "in the bus", "in the bus"}, {"place", "es", "Consulta", "clinic"}, {"place", "en", "7", "!unclear"}, {"place", "en", strings.Repeat("word ", 200), strings.TrimSpace(strings.Repeat("word ", 200))},
		// Yes and no.
		{"again", "en", "1", "true"}, {"again", "en", "2", "false"}, {"again", "es", "Sí", "true"}, {"again", "en", "no thanks", "false"}, {"again", "en", "Yes, I do", "true"}, {"again", "en", "n", "false"},
		{"again", "en", "1 yes", "true"}, {"again", "en", "1 no", "!ambiguous"}, {"again", "en", "yes no", "!ambiguous"}, {"again", "en", "not sure", "!unclear"}, {"again", "en", "0", "!unclear"}, {"again", "en", "no idea", "!unclear"}, {"again", "en", "👍", "true"},
		{"again", "es", "no gracias", "false"}, {"again", "en", "yes it is not", "!unclear"},
		// Numbers.
		{"days", "en", "12", "12"}, {"days", "en", "twelve", "12"}, {"days", "es", "veinte", "20"}, {"days", "en", "twenty five", "25"}, {"days", "en", "12.5", "!wrong-type"}, {"days", "en", "32", "!too-large"}, {"days", "en", "-1", "!too-small"},
		{"days", "en", "3 4", "!unclear"}, {"days", "en", "1,500", "!too-large"}, {"days", "en", "about 3", "3"}, {"days", "en", "once", "!unclear"}, {"days", "es", "once", "11"}, {"days", "es", "treinta y uno", "31"}, {"days", "en", "three and a half", "!unclear"}, {"days", "en", "3 weeks", "!unclear"}, {"days", "en", "007", "7"}, {"days", "en", "99999999999999999999", "!unclear"},
		{"temp", "en", "37.5", "37.5"}, {"temp", "es", "37,5", "37.5"}, {"temp", "es", "37.5", "37.5"}, {"temp", "en", "37,5", "37.5"}, {"temp", "en", "37.55", "!too-precise"}, {"temp", "en", "1.000,5", "!unclear"}, {"temp", "es", "1.500", "1500"},
		{"temp", "en", "30.4", "!too-small"}, {"temp", "en", "30.5", "30.5"}, {"temp", "en", "٣٧٫٥", "37.5"}, {"temp", "en", "37-38", "!ambiguous"}, {"temp", "en", ".", "!unclear"}, {"temp", "en", "1e3", "!unclear"}, {"temp", "en", "1,2,3", "!unclear"},
		{"weight", "en", "72 kg", "72 kg"}, {"weight", "en", "72kg", "72 kg"}, {"weight", "es", "72,5 kilos", "72.5 kg"}, {"weight", "en", "150 pounds", "150 [lb_av]"}, {"weight", "en", "72", "!wrong-unit"}, {"weight", "en", "11 stone", "!wrong-unit"},
		// Days.
		{"day", "en", "2026-10-03", "2026-10-03"}, {"day", "en", "10/3/2026", "2026-10-03"}, {"day", "es", "10/3/2026", "2026-03-10"}, {"day", "en-GB", "10/3/2026", "2026-03-10"}, {"day", "en", "25/12/2025", "2025-12-25"}, {"day", "es", "12/25/2025", "2025-12-25"},
		{"day", "en", "3 Oct 2026", "2026-10-03"}, {"day", "en", "October 3rd, 2026", "2026-10-03"}, {"day", "es", "3 de octubre de 2026", "2026-10-03"}, {"day", "en", "Oct. 3", "2026-10-03"}, {"day", "en", "Dec 24", "2025-12-24"}, {"day", "en", "3.10.2026", "2026-10-03"},
		{"day", "en", "today", "2026-11-23"}, {"day", "es", "ayer", "2026-11-22"}, {"day", "en", "Yesterday!", "2026-11-22"}, {"day", "en", "3 days ago", "2026-11-20"}, {"day", "es", "hace dos semanas", "2026-11-09"}, {"day", "en", "10/3/26", "2026-10-03"},
		{"day", "en", "2/29/2024", "2024-02-29"}, {"day", "en", "2/29", "2024-02-29"}, {"day", "en", "2/30/2026", "!unclear"}, {"day", "en", "13/13/2026", "!unclear"}, {"day", "en", "soon", "!unclear"}, {"day", "en", "2026", "!unclear"}, {"day", "en", "1/1/1999", "!too-small"}, {"day", "en", "may 3", "2026-05-03"},
		// Times.
		{"bed", "en", "2:30 pm", "14:30:00"}, {"bed", "en", "14:30", "14:30:00"}, {"bed", "en", "2pm", "14:00:00"}, {"bed", "en", "12 a.m.", "00:00:00"}, {"bed", "en", "12:15 pm", "12:15:00"}, {"bed", "en", "noon", "12:00:00"}, {"bed", "es", "medianoche", "00:00:00"}, {"bed", "es", "a las 10 de la noche", "22:00:00"},
		{"bed", "en", "09:30", "09:30:00"}, {"bed", "en", "10:30", "!ambiguous"}, {"bed", "en", "25:00", "!unclear"}, {"bed", "en", "10", "!ambiguous"}, {"bed", "en", "13 pm", "!unclear"}, {"bed", "es", "14h30", "14:30:00"},
		{"when", "en", "today at 2pm", "2026-11-23T14:00:00-06:00"}, {"when", "en", "2pm yesterday", "2026-11-22T14:00:00-06:00"}, {"when", "en", "2026-10-01T14:30:00Z", "2026-10-01T14:30:00Z"}, {"when", "en", "now", "2026-11-23T09:00:00-06:00"}, {"when", "en", "Oct 3", "2026-10-03"}, {"when", "en", "whenever", "!unclear"},
		{"when", "es", "3 de octubre a las 14:30", "2026-10-03T14:30:00-06:00"},
		// Words.
		{"why", "en", "  it \x00hurt\r\nso 😀 مرحبا\xff ", "it hurt\nso 😀 مرحبا\uFFFD"}, {"zip", "en", "12345", "12345"}, {"zip", "en", "1234", "!too-short"}, {"zip", "en", "123456", "!wrong-form"}, {"why", "en", "\x00", "!unclear"},
		{"where", "en", strings.Repeat("é", 20), strings.Repeat("é", 20)}, {"where", "en", strings.Repeat("é", 21), "!too-long"},
		{"week", "en", "1", "!wrong-type"},
	} {
		t.Run(c.link+" "+c.lang+" "+c.words[:min(len(c.words), 40)], func(t *testing.T) {
			if got := texts(q, c.link, c.lang, c.words); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestParsePrefersWhatIsShown(t *testing.T) {
	q := load(t, with(`{"linkId":"days","type":"choice","text":"A","answerOption":[{"valueCoding":{"code":"2","display":"No days"}},{"valueCoding":{"code":"1","display":"One or two days"}},{"valueCoding":{"code":"3","display":"3 or more days"}}]},
	{"linkId":"yn","type":"choice","text":"A","answerOption":[{"valueCoding":{"code":"X","display":"Yes"}},{"valueCoding":{"code":"Z","display":"No"}},{"valueCoding":{"code":"U","display":"Not sure"}}]}`))
	for _, c := range []struct{ link, words, want string }{
		{"days", "1", "2"},          // the first, whose code is 2
		{"days", "one", "!unclear"}, // the first, or how the second begins
		{"days", "one or two", "1"}, // how the second begins
		{"days", "3 or more", "3"},  //
		{"yn", "y", "X"}, {"yn", "no", "Z"}, {"yn", "n", "Z"}, {"yn", "not", "U"}, {"yn", "z", "Z"}, {"yn", "c", "U"}, {"yn", "sí", "X"},
	} {
		if got := texts(q, c.link, "en", c.words); got != c.want {
			t.Errorf("%s %q: got %q, want %q", c.link, c.words, got, c.want)
		}
	}
}

func TestEveryKeyAndLabelIsUnderstood(t *testing.T) {
	q := visit(t)
	for _, i := range q.All() {
		for n, o := range i.Options {
			said := []string{i.Keys()[n]}
			if i.LinkID != "help" { // whose labels are numbers that are not its keys' order
				said = append(said, o.Label.In("en"), o.Label.In("es"), strings.ToUpper(o.Label.In("es")))
			}
			for _, words := range said {
				got, is := q.Parse(i, "es", words, now)
				if is != nil {
					t.Fatalf("%s %q: %s", i.LinkID, words, is.Code)
				}
				if d := cmp.Diff([]Value{o.Value}, got); d != "" {
					t.Errorf("%s %q (-want +got):\n%s", i.LinkID, words, d)
				}
			}
		}
	}
}

func TestParseLexical(t *testing.T) {
	q := load(t, with(`{"linkId":"c","type":"choice","text":"A","repeats":true,"answerOption":[{"valueCoding":{"system":"s","code":"x","display":"X"}},{"valueCoding":{"system":"t","code":"x","display":"Y"}},{"valueCoding":{"system":"t","code":"z","display":"Z"}}]},
	{"linkId":"o","type":"open-choice","text":"A","answerOption":[{"valueInteger":3},{"valueString":"tea"}]},
	{"linkId":"b","type":"boolean","text":"A"},{"linkId":"i","type":"integer","text":"A","required":true},{"linkId":"d","type":"decimal","text":"A"},{"linkId":"t","type":"time","text":"A"},{"linkId":"w","type":"dateTime","text":"A"},{"linkId":"s","type":"text","text":"A"},
	{"linkId":"q","type":"quantity","text":"A","extension":[{"url":"http://hl7.org/fhir/StructureDefinition/questionnaire-unit","valueCoding":{"system":"u","code":"kg","display":"kilo"}}]}`))
	choice := func(system, code string) Value { return Value{Type: Choice, System: system, Code: code} }
	for _, c := range []struct {
		link  string
		raw   string
		want  []Value
		issue string
	}{
		{"c", "z", []Value{choice("t", "z")}, ""}, {"c", "t|x", []Value{choice("t", "x")}, ""}, {"c", "x", []Value{choice("", "x")}, "unknown-option"},
		{"o", "3", []Value{{Type: Integer, Text: "3"}}, ""}, {"o", "tea", []Value{{Type: String, Text: "tea"}}, ""}, {"o", "other: milk", []Value{{Type: String, Text: "milk"}}, ""}, {"o", "milk", []Value{choice("", "milk")}, "unknown-option"},
		{"b", "true", []Value{{Type: Boolean, Text: "true"}}, ""}, {"b", "yes", []Value{{Type: Boolean, Text: "yes"}}, "wrong-type"}, {"b", " ", nil, ""},
		{"i", "3", []Value{{Type: Integer, Text: "3"}}, ""}, {"i", "3.0", []Value{{Type: Integer, Text: "3.0"}}, "wrong-type"}, {"i", "2147483648", []Value{{Type: Integer, Text: "2147483648"}}, "too-large"}, {"i", "", nil, "required"},
		{"d", "1e2", []Value{{Type: Decimal, Text: "100"}}, ""}, {"d", "-0", []Value{{Type: Decimal, Text: "0"}}, ""}, {"d", "1,5", []Value{{Type: Decimal, Text: "1,5"}}, "wrong-form"}, {"d", "NaN", []Value{{Type: Decimal, Text: "NaN"}}, "wrong-form"},
		{"t", "14:30", []Value{{Type: Time, Text: "14:30:00"}}, ""}, {"t", "24:00", []Value{{Type: Time, Text: "24:00:00"}}, "wrong-form"},
		{"w", "2026-10-01T14:30", []Value{{Type: DateTime, Text: "2026-10-01T14:30:00-06:00"}}, ""}, {"w", "2026-10-01", []Value{{Type: DateTime, Text: "2026-10-01"}}, ""}, {"w", "2026-13-01", []Value{{Type: DateTime, Text: "2026-13-01"}}, "wrong-form"},
		{"q", "72 kg", []Value{{Type: Quantity, Text: "72", System: "u", Code: "kg"}}, ""}, {"q", "72", []Value{{Type: Quantity, Text: "72", System: "u", Code: "kg"}}, ""}, {"q", "72kilos", []Value{{Type: Quantity, Text: "72", System: "u", Code: "kg"}}, ""}, {"q", "72 lb", []Value{{Type: Quantity, Text: "72", Code: "lb"}}, "wrong-unit"}, {"q", "many", []Value{{Type: Quantity, Text: "many", System: "u", Code: "kg"}}, "wrong-form"},
		{"s", "a\x00b", []Value{{Type: Text, Text: "ab"}}, ""},
	} {
		t.Run(c.link+" "+c.raw, func(t *testing.T) {
			got, issues := q.ParseLexicalIn(q.Item(c.link), []string{c.raw}, now.Location())
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
			if code := firstCode(issues); code != c.issue {
				t.Errorf("issue %q, want %q", code, c.issue)
			}
		})
	}
	if _, issues := q.ParseLexical(q.Item("w"), []string{"2026-10-01T14:30"}); firstCode(issues) != "wrong-form" {
		t.Error("a time without a zone was taken")
	}
}

func TestDisplay(t *testing.T) {
	q := visit(t)
	for _, c := range []struct {
		link, lang string
		v          Value
		want       string
	}{
		{"pain", "es", Value{Type: Choice, System: "urn:often", Code: "some"}, "A veces"},
		{"again", "es", Value{Type: Boolean, Text: "true"}, "Sí"},
		{"weight", "en", Value{Type: Quantity, Text: "72.50", System: "http://unitsofmeasure.org", Code: "[lb_av]"}, "72.50 lb"},
		{"day", "en", Value{Type: Date, Text: "2026-10-03"}, "October 3, 2026"}, {"day", "es", Value{Type: Date, Text: "2026-10-03"}, "3 de octubre de 2026"}, {"day", "en", Value{Type: Date, Text: "2026-10"}, "2026-10"},
		{"bed", "en", Value{Type: Time, Text: "14:30:00"}, "14:30"}, {"place", "en", Value{Type: String, Text: "my car"}, "my car"},
	} {
		if got := c.v.Display(q.Item(c.link), c.lang); got != c.want {
			t.Errorf("%s: got %q, want %q", c.link, got, c.want)
		}
	}
}

func TestUnitsThatEndInABracket(t *testing.T) {
	q := load(t, with(`{"linkId":"a","text":"How long?","type":"quantity","extension":[{"url":"`+hl7+`questionnaire-unitOption","valueCoding":{"code":"d","display":"Day(s)"}},{"url":"`+hl7+`questionnaire-unitOption","valueCoding":{"code":"wk","display":"Week(s)"}}]}`))
	for _, said := range []string{"3 Week(s)", "3 Week(s).", "3 (wk)", "3 weeks"} {
		if vs, bad := q.Parse(q.Item("a"), "en", said, now); bad != nil || len(vs) != 1 || vs[0].Code != "wk" {
			t.Errorf("%q: %+v %+v", said, vs, bad)
		}
	}
}

// Several answers on lines of their own are all taken, also where a number and a label after it could be one answer.
func TestEveryLineIsAnAnswer(t *testing.T) {
	q := load(t, with(`{"linkId":"a","text":"A","type":"open-choice","repeats":true,"answerOption":[{"valueCoding":{"code":"x","display":"Contact"}},{"valueCoding":{"code":"y","display":"Contact person"}},{"valueCoding":{"code":"z","display":"Sí, señora"}}]}`))
	for words, want := range map[string]string{
		"2\ncontact": "y|x", "2 contact person": "y", "Sí, señora\n🙂": "z|🙂", "1\n2\n3": "x|y|z",
	} {
		if got := texts(q, "a", "es", words); got != want {
			t.Errorf("%q: got %q, want %q", words, got, want)
		}
	}
}
