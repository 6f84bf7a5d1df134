package questionnaire

import (
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// checkIn is the questionnaire that most people answer by text.
func checkIn(t testing.TB) *Questionnaire {
	t.Helper()
	doc, err := os.ReadFile("../../schemas/questionnaires/weekly-check-in.v1.json")
	if err != nil {
		t.Fatal(err)
	}
	return load(t, string(doc))
}

// heard is what Hear made of words: the answer, with a ~ where it had to be interpreted; "a or b" where either is meant; or an issue's code.
func heard(q *Questionnaire, link, words string, e Ear) string {
	h, is := q.Hear(q.Item(link), words, e)
	var out []string
	for _, v := range append(slices.Clone(h.Values), h.Either...) {
		out = append(out, strings.TrimSpace(v.Text+" "+v.Code))
	}
	switch {
	case len(h.Either) > 0:
		return strings.Join(out, " or ")
	case is != nil:
		return "!" + is.Code
	case h.Taken:
		return strings.Join(out, " ") + "~"
	}
	return strings.Join(out, " ")
}

func TestHearOptions(t *testing.T) {
	q := checkIn(t)
	for _, c := range []struct{ link, lang, words, want string }{
		{"pain", "en", "3", "strong"}, {"pain", "en", "٣", "strong"}, {"pain", "en", "३", "strong"}, {"pain", "en", "３", "strong"}, {"pain", "en", "৩", "strong"}, {"pain", "en", "3️⃣", "strong"}, {"pain", "en", "(3)", "strong"},
		{"pain", "en", "3 please", "strong"}, {"pain", "en", "option 3", "strong"}, {"pain", "en", "3 strong", "strong"}, {"pain", "en", "Strong!", "strong"}, {"pain", "en", "VERY STRONG", "very-strong"}, {"pain", "es", "muy fuerte", "very-strong"}, {"pain", "en", "leve", "mild"},
		{"pain", "en", "two", "medium~"}, {"pain", "es", "dos", "medium~"}, {"pain", "en", "d", "strong~"}, {"pain", "en", "4/4", "very-strong~"}, {"pain", "en", "2 out of 4", "medium~"}, {"pain", "es", "2 de 4", "medium~"}, {"pain", "en", "4/10", "!unclear"},
		{"pain", "en", "I would say 3", "strong~"}, {"pain", "en", "maybe a 2", "medium~"}, {"pain", "en", "it was mild", "mild~"}, {"pain", "en", "about 3 today", "strong~"}, {"pain", "es", "creo que un 3", "strong"}, {"pain", "es", "diría que 3", "strong~"}, {"pain", "es", "fue muy fuerte", "very-strong~"},
		{"pain", "en", "stronk", "strong~"}, {"pain", "en", "mildd", "mild~"}, {"pain", "en", "meduim", "medium~"}, {"pain", "en", "very stong", "very-strong~"}, {"pain", "es", "fuertte", "strong~"}, {"pain", "en", "vry strng", "very-strong~"}, {"pain", "en", "med", "medium~"}, {"pain", "en", "no pian", "none~"},
		{"pain", "en", "3 or 4", "strong or very-strong"}, {"pain", "en", "3-4", "strong or very-strong"}, {"pain", "en", "between 2 and 3", "medium or strong"}, {"pain", "es", "entre 2 y 3", "medium or strong"}, {"pain", "en", "2.5", "medium or strong"}, {"pain", "en", "2 3", "medium or strong"}, {"pain", "en", "two or three", "medium or strong"},
		{"pain", "en", "m", "mild or medium"}, {"sleep", "en", "very", "very-well or very-badly"}, {"sleep", "es", "muy", "very-well or very-badly"},
		{"pain", "en", "not 3", "!unclear"}, {"pain", "en", "5", "!unclear"}, {"pain", "en", "-3", "!unclear"}, {"pain", "en", "33", "!unclear"}, {"pain", "en", "not strong", "!unclear"}, {"pain", "en", "3 or 9", "!unclear"}, {"pain", "en", "1 2 3 4", "!unclear"}, {"pain", "en", "less than mild", "!unclear"}, {"pain", "en", "wrong", "!unclear"},
		{"sleep", "en", "fell", "!unclear"}, {"sleep", "en", "sadly", "!unclear"}, {"sleep", "en", "hell", "!unclear"}, {"sleep", "en", "bad", "badly~"}, {"sleep", "en", "bdaly", "badly~"}, {"sleep", "en", "very wel", "very-well~"}, {"sleep", "en", "so so", "so-so"}, {"sleep", "es", "mas o menos", "so-so"}, {"sleep", "es", "muy ml", "very-badly~"},
		{"tiredness", "en", "tired", "tired"}, {"tiredness", "en", "i was a little tired", "little~"}, {"tiredness", "en", "not tird", "not~"}, {"tiredness", "en", "a lottle tired", "little~"}, {"worry", "en", "a lottle", "little~"}, {"worry", "en", "a", "not or little or lot"},
	} {
		if got := heard(q, c.link, c.words, Ear{Lang: c.lang, Now: now}); got != c.want {
			t.Errorf("%s %s %q: got %q, want %q", c.link, c.lang, c.words, got, c.want)
		}
	}
}

func TestHearNumbersAndDays(t *testing.T) {
	bound := func(name, of string) string {
		return `{"url":"http://hl7.org/fhir/StructureDefinition/` + name + `","value` + of + `}`
	}
	q := load(t, with(`{"linkId":"age","type":"integer","text":"How old are you?","extension":[`+bound("minValue", `Integer":0`)+`,`+bound("maxValue", `Integer":120`)+`]},
	{"linkId":"pills","type":"integer","text":"How many pills a day?"},
	{"linkId":"nrs","type":"integer","text":"How bad?","extension":[`+bound("minValue", `Integer":0`)+`,`+bound("maxValue", `Integer":10`)+`]},
	{"linkId":"cost","type":"decimal","text":"What did it cost?"},
	{"linkId":"yes","type":"boolean","text":"Is it?"},
	{"linkId":"day","type":"date","text":"When?"},
	{"linkId":"past","type":"date","text":"When?","extension":[`+bound("maxValue", `Date":"2026-11-23"`)+`]},
	{"linkId":"at","type":"time","text":"What time?"},
	{"linkId":"when","type":"dateTime","text":"When?"}`))
	us, usEs, gb, mx, ca := Ear{Lang: "en", Country: "US"}, Ear{Lang: "es", Country: "US"}, Ear{Lang: "en", Country: "GB"}, Ear{Lang: "es", Country: "MX"}, Ear{Lang: "en", Country: "CA"}
	for _, c := range []struct {
		link  string
		ear   Ear
		words string
		want  string
	}{
		{"age", us, "30", "30"}, {"age", us, "30 years old", "30~"}, {"age", us, "I am 30", "30~"}, {"age", us, "I'm 30 yrs old", "30~"}, {"age", mx, "tengo 30", "30~"}, {"age", us, "thirty", "30~"}, {"age", us, "thirty-one", "31~"}, {"age", mx, "treinta y uno", "31~"}, {"age", mx, "veintidós", "22~"},
		{"age", us, "one hundred and two", "102~"}, {"age", mx, "ciento dos", "102~"}, {"age", us, "٣٠", "30"}, {"age", us, "30.", "30"}, {"age", us, "3 or 4", "3 or 4"}, {"age", us, "30-35", "30 or 35"}, {"age", us, "30 to 300", "!unclear"}, {"age", us, "300", "!too-large"}, {"age", us, "30 weeks", "!unclear"}, {"age", us, "two thousand", "!unclear"}, {"age", us, "three and a half", "!unclear"}, {"age", us, "30 30", "!unclear"},
		{"pills", us, "2 pills", "2~"}, {"pills", us, "two pills a day", "2~"}, {"pills", us, "3 times", "3~"}, {"pills", us, "2 bottles", "!unclear"}, {"pills", us, "1,500", "1500~"}, {"pills", mx, "1.500", "1500~"}, {"pills", us, "2.5", "!wrong-type"},
		{"nrs", us, "4/10", "4~"}, {"nrs", us, "7 out of 10", "7~"}, {"nrs", mx, "7 de 10", "7~"}, {"nrs", us, "4/5", "!unclear"}, {"nrs", us, "about 6", "6~"},
		{"cost", us, "2.50", "2.50"}, {"cost", mx, "1.500", "1500 or 1.5"}, {"cost", us, "1,500", "1500 or 1.5"}, {"cost", us, "$5", "!unclear"},
		{"yes", us, "yes pls", "true"}, {"yes", us, "nope", "false"}, {"yes", mx, "sí, por favor", "true"}, {"yes", us, "yes no", "true or false"}, {"yes", us, "yes or no", "true or false"}, {"yes", us, "maybe", "!unclear"},

		{"day", us, "2026-10-03", "2026-10-03"}, {"day", us, "3 Oct 2026", "2026-10-03"}, {"day", us, "3 oct", "2026-10-03~"}, {"day", mx, "3 de octubre", "2026-10-03~"}, {"day", us, "10/3/2026", "2026-10-03~"}, {"day", gb, "10/3/2026", "2026-03-10~"}, {"day", mx, "10/3/2026", "2026-03-10~"}, {"day", us, "25/12/2025", "2025-12-25"},
		{"day", usEs, "10/3/2026", "2026-10-03 or 2026-03-10"}, {"day", ca, "10/3/2026", "2026-10-03 or 2026-03-10"}, {"day", usEs, "25/12/2025", "2025-12-25"}, {"day", usEs, "5/5/2026", "2026-05-05"}, {"past", usEs, "10/12/2026", "2026-10-12~"},
		{"day", us, "yesterday", "2026-11-22~"}, {"day", mx, "ayer", "2026-11-22~"}, {"day", us, "last tuesday", "2026-11-17~"}, {"day", us, "tuesday", "2026-11-17~"}, {"day", us, "on Fri", "2026-11-20~"}, {"day", mx, "el martes pasado", "2026-11-17~"}, {"day", mx, "el sábado", "2026-11-21~"}, {"day", us, "next tuesday", "2026-11-24~"},
		{"day", us, "monday", "2026-11-23 or 2026-11-16"}, {"day", us, "last monday", "2026-11-16~"}, {"day", us, "2/30/2026", "!unclear"}, {"day", us, "someday", "!unclear"}, {"day", us, "mon key", "!unclear"},
		{"at", us, "7", "07:00:00 or 19:00:00"}, {"at", us, "10:30", "10:30:00 or 22:30:00"}, {"at", us, "7 in the evening", "19:00:00"}, {"at", us, "9 at night", "21:00:00"}, {"at", mx, "7 de la mañana", "07:00:00"}, {"at", us, "7 o'clock", "07:00:00 or 19:00:00"}, {"at", us, "13 pm", "!unclear"},
		{"when", us, "yesterday 7pm", "2026-11-22T19:00:00-06:00~"}, {"when", us, "yesterday at 7", "2026-11-22T07:00:00-06:00 or 2026-11-22T19:00:00-06:00"}, {"when", usEs, "10/3/2026 7pm", "2026-10-03T19:00:00-06:00 or 2026-03-10T19:00:00-06:00"},
	} {
		c.ear.Now = now // a Monday
		if got := heard(q, c.link, c.words, c.ear); got != c.want {
			t.Errorf("%s %s-%s %q: got %q, want %q", c.link, c.ear.Lang, c.ear.Country, c.words, got, c.want)
		}
	}
}

// Whatever people type, a word that is equally near to two options is taken for neither, and what is taken is near to nothing else.
func TestNeverGuessesBetweenTwoOptions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[abcd]{3,12}( [abcd]{1,5})?`)
		labels := rapid.SliceOfNDistinct(word, 2, 6, func(s string) string { return s }).Draw(t, "labels")
		i := &Item{LinkID: "x", Type: Choice}
		for n, l := range labels {
			i.Options = append(i.Options, Option{Value: Value{Type: Choice, Code: "code" + number(n)}, Label: Localized{"en": l}})
		}
		said := []rune(rapid.SampledFrom(labels).Draw(t, "label"))
		for range rapid.IntRange(1, 3).Draw(t, "slips") {
			at := rapid.IntRange(0, len(said)-1).Draw(t, "at")
			switch rapid.IntRange(0, 2).Draw(t, "slip") {
			case 0:
				said[at] = rapid.SampledFrom([]rune("abcd")).Draw(t, "letter")
			case 1:
				said = slices.Insert(said, at, rapid.SampledFrom([]rune("abcd")).Draw(t, "letter"))
			default:
				if len(said) > 2 {
					said = slices.Delete(said, at, at+1)
				}
			}
		}
		r := i.misspelt(fold(string(said)))
		if !r.ok || slices.Contains(labels, string(said)) { // a label word for word is no slip
			return
		}
		taken := edits(fold(string(said)), fold(i.Option(r.value).Label.In("en")))
		rival := taken + 1
		if i.Option(r.value).squeezed(strings.ReplaceAll(fold(string(said)), " ", "")) { // only spaces differ
			rival = taken
		}
		for n := range i.Options {
			if o := &i.Options[n]; o.Value != r.value && fold(o.Label.In("en"))[0] == fold(string(said))[0] && edits(fold(string(said)), fold(o.Label.In("en"))) <= rival {
				t.Fatalf("%q is taken for %q, and %q is as near", string(said), i.Option(r.value).Label.In("en"), o.Label.In("en"))
			}
		}
	})
}

func TestEdits(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"mild", "midl", 1}, {"mild", "milder", 2}, {"strong", "stronk", 1}, {"abc", "cab", 2}, {"niño", "nino", 1}} {
		if got := edits(c.a, c.b); got != c.want {
			t.Errorf("%q and %q are %d apart, want %d", c.a, c.b, got, c.want)
		}
		if edits(c.a, c.b) != edits(c.b, c.a) {
			t.Errorf("%q and %q: not the same both ways", c.a, c.b)
		}
	}
}

// Options among words of one's own are not lost, and several words that are needed may stand on one line.
func TestHearSeveralOnALine(t *testing.T) {
	q := load(t, `{"resourceType":"Questionnaire","id":"several","version":"1","title":"S","status":"active","item":[
		{"linkId":"o","type":"open-choice","repeats":true,"text":"Which?","answerOption":[{"valueCoding":{"code":"cough","display":"Cough"}},
			{"valueCoding":{"code":"fever","display":"Fever"}},{"valueCoding":{"code":"pain","display":"Pain"}}]},
		{"linkId":"two","type":"string","repeats":true,"text":"Who?","extension":[{"url":"http://hl7.org/fhir/StructureDefinition/questionnaire-minOccurs","valueInteger":2}]},
		{"linkId":"any","type":"string","repeats":true,"text":"Who else?"}]}`)
	for _, c := range []struct{ link, words, want string }{
		{"o", "1,3, sore throat, itchy", "cough|pain|sore throat|itchy~"}, {"o", "Cough, itchy skin, sore toe", "cough|itchy skin|sore toe~"},
		{"o", "itchy skin; fever", "itchy skin|fever~"}, {"o", "1 2 sore", "cough|fever|sore~"}, {"o", "cough and fever, sore toe", "cough|fever|sore toe~"},
		{"o", "sore, itchy", "sore, itchy"}, {"o", "a cough, and my toe", "a cough, and my toe"}, {"o", "2 days of sore throat", "2 days of sore throat"}, {"o", "1 2", "cough|fever"},
		{"two", "Ann\nBob", "Ann|Bob"}, {"two", "Ann, Bob", "Ann|Bob~"}, {"two", "Ann; Bob, Jr.", "Ann|Bob, Jr.~"}, {"two", "Ann", "!too-few"}, {"two", "Ann and Bob", "!too-few"},
		{"two", "Ann\nBob, Jr.", "Ann|Bob, Jr."}, {"any", "Ann, Bob", "Ann, Bob"},
	} {
		h, is := q.Hear(q.Item(c.link), c.words, Ear{Lang: "en", Now: now})
		var parts []string
		for _, v := range h.Values {
			parts = append(parts, v.Text+v.Code)
		}
		got := strings.Join(parts, "|")
		if h.Taken {
			got += "~"
		}
		if is != nil {
			got = "!" + is.Code
		}
		if got != c.want {
			t.Errorf("%s %q: got %q, want %q", c.link, c.words, got, c.want)
		}
	}
}
