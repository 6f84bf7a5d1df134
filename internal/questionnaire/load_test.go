package questionnaire

import (
	"errors"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tellback/tellback/internal/fault"
)

func visit(t testing.TB) *Questionnaire {
	t.Helper()
	doc, err := os.ReadFile("testdata/visit.json")
	if err != nil {
		t.Fatal(err)
	}
	return load(t, string(doc))
}

func load(t testing.TB, doc string) *Questionnaire {
	t.Helper()
	q, err := Load([]byte(doc))
	if err != nil {
		_, issues := fault.Public(err)
		t.Fatalf("%v: %+v", err, issues)
	}
	return q
}

// with is a questionnaire of these items.
func with(items string) string {
	return `{"resourceType":"Questionnaire","id":"q","version":"1","status":"active","title":"T","item":[` + items + `]}`
}

func TestLoadReadsWhatTheDocumentSays(t *testing.T) {
	q := visit(t)
	if d := cmp.Diff([]string{"en", "es"}, q.Languages); d != "" {
		t.Errorf("languages (-want +got):\n%s", d)
	}
	if got := q.Item("pain").Short.In("es"); got != "¿Dolor?" {
		t.Errorf("short text: %q", got)
	}
	if got := q.Item("sleep").Short.In("en"); got != "1" {
		t.Errorf("short text falls back to the text: %q", got)
	}
	if got := q.Item("pain").Options[2].Label.In("es"); got != "A menudo" {
		t.Errorf("designation: %q", got)
	}
	if q.Item("where").Parent != q.Item("pain") {
		t.Error("a question's nested item lost its parent")
	}
	if len(q.Hash) != 64 || q.Version != "1.2" || q.Title.In("es") != "Después de su visita" {
		t.Errorf("head: %q %q %q", q.Hash, q.Version, q.Title)
	}
	want := Score{ID: "trouble", Title: Localized{"en": "Trouble"}, Method: "sum", Items: []string{"pain", "sleep", "mood"}, MinAnswered: 2, Max: 9000}
	if d := cmp.Diff(want, q.Scores[0]); d != "" {
		t.Errorf("score (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]Value{{Type: Integer, Text: "5"}}, q.Item("nrs").Initial); d != "" {
		t.Errorf("initialSelected (-want +got):\n%s", d)
	}
	for link, want := range map[string][]string{"pain": {"0", "1", "2", "3"}, "place": {"1", "2"}, "help": {"1", "2", "3", "0"}, "nrs": {"0", "5", "10"}, "again": {"1", "2"}, "days": nil} {
		if d := cmp.Diff(want, q.Item(link).Keys()); d != "" {
			t.Errorf("keys of %s (-want +got):\n%s", link, d)
		}
	}
}

func TestLanguagesAreThoseThatEverythingHas(t *testing.T) {
	tr := func(lang string) string {
		return `{"url":"http://hl7.org/fhir/StructureDefinition/translation","extension":[{"url":"lang","valueCode":"` + lang + `"},{"url":"content","valueString":"x"}]}`
	}
	doc := `{"resourceType":"Questionnaire","id":"q","version":"1","status":"draft","language":"fr","title":"T","_title":{"extension":[` + tr("es") + `,` + tr("de") + `]},"item":[
	{"linkId":"a","type":"string","text":"A","_text":{"extension":[` + tr("de") + `,` + tr("en") + `]}},
	{"linkId":"b","type":"string","text":"B","extension":[{"url":"http://hl7.org/fhir/StructureDefinition/questionnaire-hidden","valueBoolean":true}]},
	{"linkId":"c","type":"string","text":"10"}]}`
	if d := cmp.Diff([]string{"fr", "de"}, load(t, doc).Languages); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestLoadRefuses(t *testing.T) {
	const ext = "http://hl7.org/fhir/StructureDefinition/"
	item := func(more string) string { return with(`{"linkId":"a","text":"A",` + more + `}`) }
	after := func(first, when string) string {
		return with(first + `,{"linkId":"b","text":"B","type":"string","enableWhen":[` + when + `]}`)
	}
	scored := func(score, items string) string {
		return strings.Replace(with(items), `"title"`, `"extension":[{"url":"https://tellback.org/fhir/StructureDefinition/score","extension":[`+score+`]}],"title"`, 1)
	}
	contained := func(set string) string {
		return strings.Replace(item(`"type":"choice","answerValueSet":"#v"`), `"title"`, `"contained":[{"resourceType":"ValueSet","id":"v",`+set+`}],"title"`, 1)
	}
	choice := `{"linkId":"a","text":"A","type":"choice","answerOption":[{"valueCoding":{"code":"x","display":"X"}},{"valueCoding":{"code":"y","display":"Y"}}]}`
	for _, c := range []struct{ name, doc, where, code string }{
		{"modifier extension", item(`"type":"string","modifierExtension":[{"url":"u"}]`), "item[0].modifierExtension", "unsupported"},
		{"a score's name for an item", with(`{"linkId":"score:x","text":"A","type":"string"}`), "item[0].linkId", "invalid"},
		{"unknown field", item(`"type":"string","colour":"red"`), "item[0].colour", "unsupported"},
		{"unknown field on top", strings.Replace(with(`{"linkId":"a","text":"A","type":"string"}`), `"title"`, `"titel"`, 1), "titel", "unsupported"},
		{"an extension that must be honoured, and isn't", strings.Replace(item(`"type":"string"`), `"title"`, `"modifierExtension":[{"url":"`+extCritical+`","valueCanonical":"`+sdc+`sdc-questionnaire-entryMode|4.0.0"}],"title"`, 1), "modifierExtension[0].url", "unsupported"},
		{"implicit rules", strings.Replace(item(`"type":"string"`), `"title"`, `"implicitRules":"u","title"`, 1), "implicitRules", "unsupported"},
		{"subsetted", strings.Replace(item(`"type":"string"`), `"title"`, `"meta":{"tag":[{"code":"SUBSETTED"}]},"title"`, 1), "meta.tag[0]", "unsupported"},
		{"unknown extension of SDC", item(`"type":"string","extension":[{"url":"http://hl7.org/fhir/uv/sdc/StructureDefinition/new","valueString":"y"}]`), "item[0].extension[0]", "unsupported"},
		{"expression", item(`"type":"integer","extension":[{"url":"http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-calculatedExpression","valueExpression":{"language":"application/x-fhir-query","expression":"Patient"}}]`), "item[0].extension[0].valueExpression.language", "unsupported"},
		{"extension on a primitive", item(`"type":"string","_linkId":{"extension":[{"url":"` + ext + `minLength","valueInteger":2}]}`), "item[0]._linkId.extension[0]", "unsupported"},
		{"a primitive that isn't there", item(`"type":"string","_maxLength":{"id":"x"}`), "item[0]._maxLength", "unsupported"},
		{"extra in an extension", item(`"type":"string","extension":[{"url":"` + ext + `minLength","valueInteger":3,"valueString":"x"}]`), "item[0].extension[0].valueString", "unsupported"},
		{"extension twice", item(`"type":"integer","extension":[{"url":"` + ext + `minValue","valueInteger":3},{"url":"` + ext + `minValue","valueInteger":4}]`), "item[0].extension[1]", "duplicate"},
		{"no type", item(`"required":true`), "item[0].type", "missing"},
		{"nonsense type", item(`"type":"poem"`), "item[0].type", "invalid"},
		{"no linkId", with(`{"text":"A","type":"string"}`), "item[0].linkId", "missing"},
		{"linkId twice", with(`{"linkId":"a","text":"A","type":"string"},{"linkId":"a","text":"A","type":"string"}`), "item[1].linkId", "duplicate"},
		{"no text", with(`{"linkId":"a","type":"string"}`), "item[0].text", "missing"},
		{"blank text", with(`{"linkId":"a","type":"string","text":" "}`), "item[0].text", "missing"},
		{"wrong JSON kind", item(`"type":"string","required":"yes"`), "item[0].required", "invalid"},
		{"NUL", item(`"type":"string","prefix":"a\u0000"`), "item[0].prefix", "invalid"},
		{"score of what repeats", scored(`{"url":"id","valueString":"s"},{"url":"title","valueString":"S"},{"url":"method","valueCode":"sum"},{"url":"item","valueString":"a"}`, `{"linkId":"g","type":"group","repeats":true,"item":[`+choice+`]}`), "extension[0]", "unsupported"},
		{"named like an occurrence", with(`{"linkId":"g","type":"group","repeats":true,"item":[{"linkId":"b","text":"B","type":"string"}]},{"linkId":"b~2","text":"C","type":"string"}`), "item[1].linkId", "invalid"},
		{"min length over max", item(`"type":"string","maxLength":3,"extension":[{"url":"` + ext + `minLength","valueInteger":4}]`), "item[0].maxLength", "invalid"},
		{"bound of another type", item(`"type":"integer","extension":[{"url":"` + ext + `minValue","valueDecimal":4.5}]`), "item[0].extension", "invalid"},
		{"bound of words", item(`"type":"string","extension":[{"url":"` + ext + `minValue","valueInteger":4}]`), "item[0].extension", "invalid"},
		{"min over max", item(`"type":"integer","extension":[{"url":"` + ext + `minValue","valueInteger":4},{"url":"` + ext + `maxValue","valueInteger":3}]`), "item[0].extension", "invalid"},
		{"bounds in two units", item(`"type":"quantity","extension":[{"url":"` + ext + `minValue","valueDecimal":4},{"url":"` + ext + `questionnaire-unitOption","valueCoding":{"code":"kg"}},{"url":"` + ext + `questionnaire-unitOption","valueCoding":{"code":"lb"}}]`), "item[0].extension", "unsupported"},
		{"look-ahead", item(`"type":"string","extension":[{"url":"` + ext + `regex","valueString":"(?=a)b"}]`), "item[0].extension[0].valueString", "unsupported"},
		{"regex out of its group", item(`"type":"string","extension":[{"url":"` + ext + `regex","valueString":"a)|(b"}]`), "item[0].extension[0].valueString", "unsupported"},
		{"options on a yes or no", item(`"type":"boolean","answerOption":[{"valueString":"x"}]`), "item[0].answerOption", "invalid"},
		{"no options", item(`"type":"choice"`), "item[0].answerOption", "missing"},
		{"two options of one code", item(`"type":"choice","answerOption":[{"valueCoding":{"code":"x","display":"X"}},{"valueCoding":{"code":"x","display":"Y"}}]`), "item[0].answerOption[1]", "duplicate"},
		{"two options of one label", item(`"type":"choice","answerOption":[{"valueCoding":{"code":"x","display":"X!"}},{"valueCoding":{"code":"y","display":"x"}}]`), "item[0].answerOption[1]", "duplicate"},
		{"an initial value that nobody could give, for good", item(`"type":"integer","readOnly":true,"initial":[{"valueString":"x"}]`), "item[0].initial", "invalid"},
		{"codes of LOINC without words", item(`"type":"choice","answerOption":[{"valueCoding":{"system":"http://loinc.org","code":"LA6-8"}}]`), "item[0].answerOption[0].valueCoding.display", "missing"},
		{"option reference", item(`"type":"choice","answerOption":[{"valueReference":{"reference":"x"}}]`), "item[0].answerOption[0].valueReference", "unsupported"},
		{"two ordinals", item(`"type":"choice","answerOption":[{"valueCoding":{"code":"x","display":"X","extension":[{"url":"` + ext + `ordinalValue","valueDecimal":1}]},"extension":[{"url":"` + ext + `itemWeight","valueDecimal":2}]}]`), "item[0].answerOption[0].extension[0]", "duplicate"},
		{"too fine an ordinal", item(`"type":"choice","answerOption":[{"valueInteger":1,"extension":[{"url":"` + ext + `ordinalValue","valueDecimal":0.0001}]}]`), "item[0].answerOption[0].extension[0].valueDecimal", "unsupported"},
		{"external value set", item(`"type":"choice","answerValueSet":"http://x"`), "item[0].answerValueSet", "unsupported"},
		{"absent value set", item(`"type":"choice","answerValueSet":"#x"`), "item[0].answerValueSet", "invalid"},
		{"whole code system", contained(`"compose":{"include":[{"system":"s"}]}`), "contained[0].compose.include[0].concept", "unsupported"},
		{"filter of what isn't here", contained(`"compose":{"include":[{"system":"s","filter":[{"property":"concept","op":"is-a","value":"x"}]}]}`), "contained[0].compose.include[0].concept", "unsupported"},
		{"filter by a property", contained(`"compose":{"include":[{"system":"http://hl7.org/fhir/administrative-gender","filter":[{"property":"mood","op":"=","value":"x"}]}]}`), "contained[0].compose.include[0].filter[0].property", "unsupported"},
		{"exclusion of everything", contained(`"compose":{"include":[{"system":"s","concept":[{"code":"x","display":"X"}]}],"exclude":[{"system":"s","concept":[{"code":"x","display":"X"}]}]}`), "contained[0]", "missing"},
		{"sets in a circle", contained(`"compose":{"include":[{"valueSet":["#v"]}]}`), "contained[0].compose.include[0].valueSet[0]", "invalid"},
		{"what sets have in common", contained(`"compose":{"include":[{"valueSet":["#v","#w"]}]}`), "contained[0].compose.include[0].valueSet", "unsupported"},
		{"part of an expansion", contained(`"expansion":{"total":3,"contains":[{"code":"x","display":"X"}]}`), "contained[0].expansion.total", "invalid"},
		{"abstract code", contained(`"expansion":{"contains":[{"code":"x","display":"X","abstract":true}]}`), "contained[0]", "missing"},
		{"condition on nothing", after(choice, `{"question":"z","operator":"exists","answerBoolean":true}`), "item[1].enableWhen[0].question", "invalid"},
		{"condition on itself", after(choice, `{"question":"b","operator":"exists","answerBoolean":true}`), "item[1].enableWhen[0].question", "unsupported"},
		{"condition on a later one", with(`{"linkId":"a","text":"A","type":"string","enableWhen":[{"question":"b","operator":"exists","answerBoolean":true}]},{"linkId":"b","text":"B","type":"string"}`), "item[0].enableWhen[0].question", "unsupported"},
		{"condition on a display", after(`{"linkId":"a","text":"A","type":"display"}`, `{"question":"a","operator":"exists","answerBoolean":true}`), "item[1].enableWhen[0].question", "invalid"},
		{"exists without boolean", after(choice, `{"question":"a","operator":"exists","answerString":"x"}`), "item[1].enableWhen[0].answer[x]", "invalid"},
		{"condition of another type", after(choice, `{"question":"a","operator":"=","answerString":"neither"}`), "item[1].enableWhen[0].answer[x]", "invalid"},
		{"order of codes", after(choice, `{"question":"a","operator":">","answerCoding":{"code":"x"}}`), "item[1].enableWhen[0].operator", "invalid"},
		{"unknown operator", after(choice, `{"question":"a","operator":"~","answerCoding":{"code":"x"}}`), "item[1].enableWhen[0].operator", "invalid"},
		{"reference condition", after(choice, `{"question":"a","operator":"=","answerReference":{"reference":"x"}}`), "item[1].enableWhen[0].answerReference", "unsupported"},
		{"no behavior", after(choice, `{"question":"a","operator":"=","answerCoding":{"code":"x"}},{"question":"a","operator":"!=","answerCoding":{"code":"y"}}`), "item[1].enableBehavior", "missing"},
		{"score without ordinals", scored(`{"url":"id","valueString":"s"},{"url":"title","valueString":"S"},{"url":"method","valueCode":"sum"},{"url":"item","valueString":"a"}`, choice), "extension[0]", "invalid"},
		{"score of nothing", scored(`{"url":"id","valueString":"s"},{"url":"title","valueString":"S"},{"url":"method","valueCode":"sum"}`, choice), "extension[0]", "missing"},
		{"score by magic", scored(`{"url":"id","valueString":"s"},{"url":"title","valueString":"S"},{"url":"method","valueCode":"magic"},{"url":"item","valueString":"a"}`, choice), "extension[0]", "invalid"},
		{"score of more than there is", scored(`{"url":"id","valueString":"s"},{"url":"title","valueString":"S"},{"url":"method","valueCode":"sum"},{"url":"item","valueString":"a"},{"url":"minAnswered","valueInteger":2}`, choice), "extension[0]", "invalid"},
		{"no items", with(``), "item", "missing"},
		{"another resource", `{"resourceType":"Patient"}`, "resourceType", "invalid"},
		{"about a device", strings.Replace(item(`"type":"string"`), `"title"`, `"subjectType":["Device"],"title"`, 1), "subjectType[0]", "unsupported"},
		{"too deep", with(strings.Repeat(`{"linkId":"x","type":"group","item":[`, 40) + `{"linkId":"y","type":"string","text":"Y"}` + strings.Repeat(`]}`, 40)), "item[0]" + strings.Repeat(".item[0]", 31) + ".item", "unsupported"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Load([]byte(c.doc))
			if fault.KindOf(err) != fault.Invalid {
				t.Fatalf("got %v, want a refusal", err)
			}
			_, issues := fault.Public(err)
			for _, is := range issues {
				if is.Where == c.where && is.Code == c.code && is.Text != "" {
					return
				}
			}
			t.Errorf("no %s at %s in %+v", c.code, c.where, issues)
		})
	}
}

func TestLoadReportsEverythingTogetherUpToAHundred(t *testing.T) {
	var items []string
	for n := range 300 {
		items = append(items, `{"linkId":"`+strconv.Itoa(n)+`","type":"poem"}`)
	}
	_, err := Load([]byte(with(strings.Join(items, ","))))
	if _, issues := fault.Public(err); len(issues) != maxIssues {
		t.Errorf("%d issues", len(issues))
	}
}

func TestLoadIsBounded(t *testing.T) {
	many := func(n int) string {
		var b strings.Builder
		for k := range n {
			if k > 0 {
				b.WriteByte(',')
			}
			b.WriteString(`{"linkId":"` + strconv.Itoa(k) + `","type":"string","text":"A"}`)
		}
		return with(b.String())
	}
	if _, err := Load([]byte(many(maxItems))); err != nil {
		t.Errorf("%d items: %v", maxItems, err)
	}
	for _, c := range []struct {
		name, doc string
		kind      fault.Kind
	}{
		{"too many items", many(maxItems + 1), fault.Invalid},
		{"too large", `"` + strings.Repeat("x", maxDocument) + `"`, fault.TooLarge},
		{"nested lists", strings.Repeat("[", 9000) + strings.Repeat("]", 9000), fault.Malformed},
		{"not JSON", `{"a":`, fault.Malformed},
		{"more after it", `{} {}`, fault.Malformed},
		{"not UTF-8", "{\"a\":\"\xff\"}", fault.Malformed},
		{"a name twice", `{"resourceType":"Questionnaire","resourceType":"Questionnaire"}`, fault.Malformed},
		{"nothing", ``, fault.Malformed},
		{"a list", `[]`, fault.Invalid},
		{"null", `null`, fault.Invalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			q, err := Load([]byte(c.doc))
			var e *fault.Error
			if q != nil || !errors.As(err, &e) || e.Kind != c.kind {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestSharedValueSetsDoNotMultiply(t *testing.T) {
	var concepts, items []string
	for n := range 1500 {
		concepts = append(concepts, `{"code":"`+strconv.Itoa(n)+`","display":"D`+strconv.Itoa(n)+`"}`)
		items = append(items, `{"linkId":"`+strconv.Itoa(n)+`","type":"choice","text":"A","answerValueSet":"#v"}`)
	}
	doc := strings.Replace(with(strings.Join(items, ",")), `"title"`, `"contained":[{"resourceType":"ValueSet","id":"v","compose":{"include":[{"system":"s","concept":[`+strings.Join(concepts, ",")+`]}]}}],"title"`, 1)
	if _, err := Load([]byte(doc)); fault.KindOf(err) != fault.Invalid {
		t.Errorf("got %v, want a refusal of so many options", err)
	}
}

// TestHostileQuestionnairesCostLittle gives each a few seconds and a few hundred MB, many times what it takes.
func TestHostileQuestionnairesCostLittle(t *testing.T) {
	repeat := func(n int, one func(k int) string) string {
		var parts []string
		for k := range n {
			parts = append(parts, one(k))
		}
		return strings.Join(parts, ",")
	}
	withSet := func(codes int, items string) string {
		return strings.Replace(with(items), `"title"`, `"contained":[{"resourceType":"ValueSet","id":"v","compose":{"include":[{"concept":[`+
			repeat(codes, func(k int) string { n := strconv.Itoa(k); return `{"code":"` + n + `","display":"` + n + `"}` })+`]}]}}],"title"`, 1)
	}
	display := func(text string) string {
		return `{"linkId":"q","text":"Q","type":"string","item":[` + repeat(4000, func(k int) string {
			return `{"linkId":"` + strconv.Itoa(k) + `","type":"display","text":"` + text + `","extension":[{"url":"` + extControl + `","valueCodeableConcept":{"coding":[{"code":"help"}]}}]}`
		}) + `]}`
	}
	var circle []string // value sets that include each other twice
	for n := range 60 {
		next := strconv.Itoa(n + 1)
		circle = append(circle, `{"resourceType":"ValueSet","id":"v`+strconv.Itoa(n)+`","compose":{"include":[{"valueSet":["#v`+next+`","#v`+next+`"]}]}}`)
	}
	for _, c := range []struct {
		name, doc string
		loads     bool
	}{
		{"10 MB", with(`{"linkId":"a","type":"string","text":"` + strings.Repeat("x", 10<<20) + `"}`), false},
		{"100,000 items", with(repeat(100_000, func(k int) string { return `{"linkId":"` + strconv.Itoa(k) + `","type":"string","text":"A"}` })), false},
		{"100,000 items of STU3", with(repeat(100_000, func(k int) string { return `{"linkId":"` + strconv.Itoa(k) + `","type":"choice","option":[]}` })), false},
		{"deep items", with(strings.Repeat(`{"linkId":"a","type":"group","item":[`, 90) + strings.Repeat(`]}`, 90)), false},
		{"many options for many", withSet(15000, repeat(4000, func(k int) string {
			return `{"linkId":"` + strconv.Itoa(k) + `","text":"A","type":"choice","answerValueSet":"#v"}`
		})), false},
		{"many units for many", withSet(15000, repeat(4000, func(k int) string {
			return `{"linkId":"` + strconv.Itoa(k) + `","text":"A","type":"quantity","extension":[{"url":"` + hl7 + `questionnaire-unitValueSet","valueCanonical":"#v"}]}`
		})), false},
		{"value sets of value sets", strings.Replace(with(`{"linkId":"a","text":"A","type":"choice","answerValueSet":"#v0"}`), `"title"`, `"contained":[`+strings.Join(circle, ",")+`],"title"`, 1), false},
		{"patterns that grow", with(repeat(3000, func(k int) string {
			return `{"linkId":"` + strconv.Itoa(k) + `","text":"A","type":"string","extension":[{"url":"` + hl7 + `regex","valueString":"` + strings.Repeat(`\\pL{1000}`, 90) + strconv.Itoa(k) + `"}]}`
		})), false},
		{"patterns that some readers try every way", with(repeat(3000, func(k int) string {
			return `{"linkId":"` + strconv.Itoa(k) + `","text":"A","type":"string","extension":[{"url":"` + hl7 + `regex","valueString":"(a+)+(b|b)*` + strconv.Itoa(k) + `"}]}`
		})), true},
		{"code systems taken many times", strings.Replace(with(`{"linkId":"a","text":"A","type":"choice","answerValueSet":"#v"}`), `"title"`, `"contained":[{"resourceType":"CodeSystem","url":"s","concept":[`+
			repeat(20000, func(k int) string { return `{"code":"` + strconv.Itoa(k) + `","display":"` + strconv.Itoa(k) + `"}` })+`]},{"resourceType":"ValueSet","id":"v","compose":{"include":[`+
			repeat(20000, func(int) string { return `{"system":"s","filter":[{"property":"concept","op":"is-a","value":"1"}]}` })+`]}}],"title"`, 1), false},
		{"a set included many times", strings.Replace(withSet(15000, `{"linkId":"a","text":"A","type":"choice","answerValueSet":"#w"}`), `"contained":[`, `"contained":[{"resourceType":"ValueSet","id":"w","compose":{"include":[`+
			repeat(20000, func(int) string { return `{"valueSet":["#v"]}` })+`]}},`, 1), false},
		{"code systems in a circle", strings.Replace(with(`{"linkId":"a","text":"A","type":"choice","answerValueSet":"#v"}`), `"title"`, `"contained":[{"resourceType":"CodeSystem","url":"s","concept":[{"code":"x","display":"X","property":[{"code":"parent","valueCode":"y"}]},{"code":"y","display":"Y","property":[{"code":"parent","valueCode":"x"}]}]},
			{"resourceType":"ValueSet","id":"v","compose":{"include":[{"system":"s","filter":[{"property":"concept","op":"is-a","value":"x"}]}]}}],"title"`, 1), true},
		{"code systems without words", strings.Replace(with(`{"linkId":"a","text":"A","type":"string"}`), `"title"`, `"contained":[`+repeat(20000, func(k int) string {
			return `{"resourceType":"CodeSystem","url":"s` + strconv.Itoa(k) + `","concept":[{"code":"x"}]}`
		})+`],"title"`, 1), true},
		{"nulls, deep within", with(`{"linkId":"a","text":"A","type":"string","prefix":` + strings.Repeat(`[`, 150) + repeat(200_000, func(int) string { return `{"a":null}` }) + strings.Repeat(`]`, 150) + `}`), false},
		{"much help", with(display(strings.Repeat("h", 900))), true},
		{"extensions that are nearly the same", with(`{"linkId":"a","text":"A","type":"string","extension":[` + repeat(2000, func(k int) string {
			return `{"url":"https://example.org/x","extension":[` + repeat(50, func(int) string { return `{"url":"y","valueString":"z"}` }) + `,{"url":"n","valueInteger":` + strconv.Itoa(k) + `}]}`
		}) + `]}`), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			_, err := Load([]byte(c.doc))
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			if (err == nil) != c.loads {
				t.Errorf("got %v", err)
			}
			if used := (after.TotalAlloc - before.TotalAlloc) >> 20; took > 5*time.Second || used > 400 {
				t.Errorf("took %v and %d MB", took, used)
			}
			t.Logf("%v, %d MB", took, (after.TotalAlloc-before.TotalAlloc)>>20)
		})
	}
}
