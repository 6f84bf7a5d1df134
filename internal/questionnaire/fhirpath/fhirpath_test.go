package fhirpath

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// evaluate is the result of an expression over the response of the tests, written as in the tables below.
func evaluate(t testing.TB, source string) string {
	t.Helper()
	_, trees := resourcesOf(t)
	x, err := Compile(source, func(name string) bool { return name == "context" || trees[name].kind != None })
	if err != nil {
		return "refused: " + err.Error()
	}
	out, err := x.Evaluate(&Env{Now: fixedNow, Lookup: func(name string) Collection { return Collection{trees[name]} }}, Collection{trees["response"]})
	if err != nil {
		return "error: " + err.Error()
	}
	parts := make([]string, len(out))
	for i, v := range out {
		parts[i] = v.Text()
		switch v.kind {
		case String:
			parts[i] = "'" + v.text + "'"
		case Quantity:
			parts[i] = v.written()
		case Element:
			parts[i] = v.typ
		}
	}
	return strings.Join(parts, ", ")
}

// TestByTheSpecification goes through N1 (http://hl7.org/fhirpath/N1/) by its sections.
func TestByTheSpecification(t *testing.T) {
	for _, c := range []struct{ source, want string }{
		// 2, 3: paths, $this, indexes, type names at the root
		{"QuestionnaireResponse.item.first().linkId", "'g'"}, {"item[1].linkId", "'often'"}, {"item[100]", ""}, {"Patient.name", ""}, {"%patient.name.given", "'Ana', 'Maria', 'Annie'"},
		{"%patient.name.given[1]", "'Maria'"}, {"%patient.name[0].given[1]", "'Maria'"}, {"`item`.`linkId`.first()", "'g'"}, {"%`patient`.gender", "'female'"}, {"%'patient'.gender", "'female'"},
		{"(3|4).select($this + $index)", "3, 5"}, {"$this.id", "'r1'"}, {"$total", ""}, {"%context.id", "'r1'"}, {"nonsense.more", ""},
		// 4.1: literals
		{`'it\'s \"q\" \u0041\n'`, "'it's \"q\" A\n'"}, {`'\uD83D\uDE00'.length()`, "1"}, {"4 days", "4 days"}, {"1 day", "1 day"}, {"4.5 'mg'", "4.5 'mg'"}, {"{}", ""}, {"@2026-02-30", "refused: \"@2026-02-30\" is no date or time (at character 1)"},
		{"@2026-11-24T14:30:15.25Z", "2026-11-24T14:30:15.250Z"}, {"@T14:30", "14:30"}, {"@2026T", "2026"}, {"1 // and no more", "1"}, {"1 /* two */ + 3", "4"}, {"2147483648", "refused: the whole number is beyond 32 bits (at character 1)"}, {"-2147483648", "-2147483648"},
		// 4.5: a single value where true or false is wanted
		{"'x' and true", "true"}, {"(1|2) and true", "error: fhirpath: a single value is needed, and there are several (at character 7)"},
		// 5.1: existence
		{"{}.empty()", "true"}, {"item.exists(linkId = 'g')", "true"}, {"item.all(linkId.exists())", "true"}, {"{}.all(false)", "true"}, {"(true|false).allTrue()", "false"}, {"(true|false).anyFalse()", "true"},
		{"(1|2).subsetOf(1|2|3)", "true"}, {"(1|2|3).supersetOf(4)", "false"}, {"(1.combine(1)).isDistinct()", "false"}, {"(1.combine(1.0)).distinct()", "1"}, {"{}.not()", ""}, {"{}.count()", "0"},
		// 5.2, 5.3: filtering, subsetting
		{"item.where(linkId = 'steps').answer.value", "4000, 250, 4000"}, {"repeat(item | answer).linkId.count()", "11"}, {"descendants().ofType(Coding).code", "'daily', 'b'"}, {"(1|'a'|2).ofType(Integer)", "1, 2"},
		{"(1|2|3).tail()", "2, 3"}, {"(1|2|3).skip(1).take(1)", "2"}, {"(1|2|3).skip(-1)", "1, 2, 3"}, {"(1|2|3).take(0)", ""}, {"(1|2).single()", "error: fhirpath: single() needs a single value, and there are several (at character 7)"},
		{"(1|2|3).intersect(2|3|4)", "2, 3"}, {"(1.combine(1).combine(2)).exclude(2)", "1, 1"},
		// 5.4, 5.5: combining, conversion
		{"1.combine(1)", "1, 1"}, {"1.union(1)", "1"}, {"iif(false, 1/0, 2)", "2"}, {"iif({}, 1)", ""}, {"'yes'.toBoolean()", "true"}, {"2.toBoolean()", ""}, {"'12'.toInteger()", "12"}, {"'1.5'.toInteger()", ""}, {"'-1.5'.toDecimal()", "-1.5"},
		{"'2026-11'.toDate()", "2026-11"}, {"@2026-11-24T10:00:00Z.toDate()", "2026-11-24"}, {"'14:30'.toTime()", "14:30"}, {"'4 days'.toQuantity()", "4 days"}, {"'5 \\'mg\\''.toQuantity()", "5 'mg'"}, {"'5 mg'.toQuantity()", ""}, {"14 days.toQuantity('week')", "2 weeks"},
		{"1.50.toString()", "'1.50'"}, {"(5 'mg').toString()", "'5 'mg''"}, {"item.convertsToString()", "error: fhirpath: a single value is needed, and there are several (at character 6)"}, {"'1'.convertsToDate()", "false"},
		// 5.6: text
		{"'abcabc'.indexOf('c')", "2"}, {"'abc'.indexOf('')", "0"}, {"'abc'.indexOf('x')", "-1"}, {"'äöü'.substring(1, 1)", "'ö'"}, {"'abc'.substring(3)", ""}, {"'abc'.substring(-1)", ""}, {"'abc'.substring(1, 100)", "'bc'"}, {"'abc'.startsWith('')", "true"}, {"'abc'.matches('b')", "true"},
		{"'a\nb'.matches('a.b')", "true"}, {"'abc'.matchesFull('b')", "false"}, {"'11/30/1972'.replaceMatches('(\\\\d+)/(\\\\d+)/(\\\\d+)', '$3-$1-$2')", "'1972-11-30'"}, {"'abc'.replace('', 'x')", "'xaxbxcx'"}, {"'abc'.replace('b', '')", "'ac'"},
		{"'abc'.toChars()", "'a', 'b', 'c'"}, {"'a,,b'.split(',')", "'a', '', 'b'"}, {"('a'|'b').join('-')", "'a-b'"}, {"{}.join()", ""}, {"' a '.trim()", "'a'"}, {"1.upper()", "error: fhirpath: a text is needed, not Integer (at character 3)"},
		// 5.7: numbers
		{"-5.abs()", "-5"}, {"(-5).abs()", "5"}, {"(-1.5).ceiling()", "-1"}, {"(-1.5).floor()", "-2"}, {"(-1.5).truncate()", "-1"}, {"(-1.5).round()", "-2"}, {"3.14159.round(3)", "3.142"}, {"2.power(3)", "8"}, {"2.5.power(2)", "6.25"}, {"(-1).power(0.5)", ""}, {"81.sqrt()", "9"}, {"(-1).sqrt()", ""},
		{"0.exp()", "1"}, {"1.ln()", "0"}, {"16.log(2)", "4"}, {"0.ln()", ""}, {"(5 'mg').abs()", "5 'mg'"},
		// 5.8, 5.9: trees, now
		{"item[0].children().count()", "3"}, {"item.where(linkId='g').descendants().value.ofType(string)", "'lower back, left'"}, {"today()", "2026-11-24"}, {"now()", "2026-11-24T15:30:20.123Z"}, {"timeOfDay()", "15:30:20.123"}, {"now() = now()", "true"}, {"1.trace('x')", "1"},
		// 6.1: equality and equivalence
		{"(1|2) = (1|2)", "true"}, {"(1|2) = (2|1)", "false"}, {"(1|2) ~ (2|1)", "true"}, {"1 = {}", ""}, {"{} ~ {}", "true"}, {"'A  b' ~ 'a  B'", "true"}, {"'a' = 'A'", "false"}, {"1 = 1.000", "true"}, {"0.67 ~ 2/3", "true"}, {"1.1 ~ 1.15", "false"}, {"@2026 = @2026-11", ""}, {"@2026 = @2025-11", "false"}, {"@2026 ~ @2026-11", "false"},
		{"@2026-11-24T10:00:00Z = @2026-11-24T12:00:00+02:00", "true"}, {"@2026-11-24T10:00 = @2026-11-24T10:00:00", ""}, {"@T10:00:00 = @T10:00:00.0", "true"}, {"1 'mg' = 1 'g'", ""}, {"1 year = 12 months", "true"}, {"7 days = 1 week", "true"}, {"1 year = 1 'a'", ""}, {"1 year ~ 1 'a'", "true"}, {"1 second = 1 's'", "true"},
		{"item[0] = item[0]", "true"}, {"item[0] = item[1]", "false"}, {"1 = 'a'", "false"}, {"1 != 2", "true"}, {"'a' !~ 'A'", "false"},
		// 6.2: order
		{"1 < 1.5", "true"}, {"'b' > 'a'", "true"}, {"@2026 < @2027-01", "true"}, {"@2026 < @2026-01", ""}, {"@2026-11-24 < @2026-11-24T10:00:00Z", ""}, {"2 'mg' > 1 'mg'", "true"}, {"2 'mg' > 1 'kg'", ""}, {"1 < 'a'", "error: fhirpath: Integer and String have no order (at character 3)"}, {"(1|2) < 3", "error: fhirpath: \"<\" needs single values, and there are several (at character 7)"},
		// 6.3, 6.4: types, membership
		{"1 is Integer", "true"}, {"1 is System.Decimal", "false"}, {"item.first() is BackboneElement", "true"}, {"id is id", "true"}, {"id is string", "true"}, {"id is System.String", "false"}, {"%patient is DomainResource", "true"}, {"(1 as Integer) + 1", "2"}, {"1 as String", ""}, {"1 is Nonsense", "refused: there is no type Nonsense (at character 6)"},
		{"1 in (1|2)", "true"}, {"{} in (1|2)", ""}, {"1 in {}", "false"}, {"(1|2) contains 2", "true"}, {"(1|2) contains {}", ""},
		// 6.5: logic
		{"true and {}", ""}, {"{} and false", "false"}, {"{} or true", "true"}, {"{} or false", ""}, {"true xor {}", ""}, {"true xor false", "true"}, {"false implies {}", "true"}, {"true implies {}", ""}, {"{} implies true", "true"}, {"{} implies false", ""}, {"false and 1/0 = 'x'", "false"},
		// 6.6: arithmetic
		{"5 div 2", "2"}, {"-5 div 2", "-2"}, {"5.5 mod 0.7", "0.6"}, {"5 / 2", "2.5"}, {"4 / 2", "2"}, {"1 / 0", ""}, {"1 div 0", ""}, {"1 mod 0", ""}, {"1 + {}", ""}, {"'a' + {}", ""}, {"'a' & {} & 'b'", "'ab'"}, {"0.1 + 0.2", "0.3"}, {"2147483647 + 1", ""}, {"1.5 * 2", "3.0"}, {"1 / 3 * 3 = 1", "true"},
		{"'a' + 1", "error: fhirpath: \"+\" can't be applied to String and Integer (at character 5)"}, {"-'a'", "error: fhirpath: only a number or a quantity has a sign (at character 1)"}, {"1 + 2 * 3 - 4", "3"}, {"-(1 + 2)", "-3"}, {"1 'mg' + 2 'mg'", "3 'mg'"}, {"1 'mg' * 3", "3 'mg'"}, {"6 'mg' / 2 'mg'", "3 '1'"},
		// 6.7: dates
		{"@2024-02-29 + 1 year", "2025-02-28"}, {"@2026-01-31 + 1 month", "2026-02-28"}, {"@2026-03 - 45 days", "2026-02"}, {"@2026 + 23 months", "2027"}, {"@2026-11-24 + 1.9 days", "2026-11-25"}, {"@2026-11-24T23:00:00Z + 90 minutes", "2026-11-25T00:30:00Z"}, {"@T23:00 + 90 minutes", "00:30"}, {"@9999-12-31 + 1 day", ""},
		{"@0001-01-01 - 1 month", ""}, {"'2026-02-30T10:00:00Z'.toDateTime()", ""}, {"@2026-11-24 + 1 'a'", "error: fhirpath: only calendar time, such as 3 days, can be added to a date (at character 13)"}, {"today() - 7 days", "2026-11-17"},
		// 7: aggregate
		{"(1|2|3).aggregate($this + $total, 0)", "6"}, {"(3|1|2).aggregate(iif($total.empty(), $this, iif($this < $total, $this, $total)))", "1"}, {"(1|2.5).sum()", "3.5"}, {"{}.sum()", ""}, {"(1|2).avg()", "1.5"}, {"('a'|'c'|'b').max()", "'c'"}, {"(@2026|@2025).min()", "2025"},
		// FHIR and SDC
		{"%questionnaire.item.item.answerOption.extension('http://hl7.org/fhir/StructureDefinition/itemWeight').value", "0, 1.5"}, {"item.item.answer.value.weight()", "1.5"}, {"item.answer.weight()", "3"}, {"item.answer.ordinal().sum() + 1", "4"}, {"id.hasValue()", "true"}, {"item.hasValue()", "false"}, {"id.getValue() is System.String", "true"},
		{"answers().value.ofType(Coding).code", "'daily', 'b'"}, {"item[1].answer().count()", "1"}, {"1.587.lowBoundary()", "1.58650000"}, {"1.587.highBoundary(2)", "1.59"}, {"@2026.highBoundary(6)", "2026-12"}, {"@2026-02.highBoundary()", "2026-02-28"}, {"item.where(linkId='weight').answer.value > 60 'kg'", "true"},
		// what isn't supported
		{"resolve()", "refused: the function resolve() is not supported (at character 1)"}, {"item.where()", "refused: where() takes 1 argument, not 0 (at character 6)"}, {"%nobody", "refused: there is no %nobody here (at character 1)"}, {"1 +", "refused: expected a value, not the end (at character 4)"}, {"(1", "refused: expected \")\", not the end (at character 3)"},
		{"'x", "refused: the text has no closing quote (at character 1)"}, {"$that", "refused: there is no $that (at character 1)"}, {"1 2", "refused: unexpected \"2\" (at character 3)"}, {"a.b(1,)", "refused: the function b() is not supported (at character 3)"}, {"'\\x'", "refused: there is no escape \"\\\\x\" (at character 2)"}, {"/* x", "refused: the comment has no end (at character 1)"},
		{"'a'.matches('(?=b)')", "refused: matches(): the pattern can't be used (look-around and back-references are not supported) (at character 5)"}, {"", "refused: expected a value, not the end (at character 1)"}, {"ä", "refused: unexpected character 'ä' (at character 1)"},
	} {
		if got := evaluate(t, c.source); got != c.want {
			t.Errorf("%s: got %s, want %s", c.source, got, c.want)
		}
	}
}

func TestEvaluationIsBounded(t *testing.T) {
	ten := "(1|2|3|4|5|6|7|8|9|10)"
	chars := "'" + strings.Repeat("a", 300) + "'.toChars()"
	for source, want := range map[string]error{
		chars + ".select(" + chars + ")":                                                                 ErrTooBig,
		ten + strings.Repeat(".all("+ten, 8) + ".exists()" + strings.Repeat(")", 8):                      ErrTooMuch,
		"1.repeat($this + 1)":                                                                            ErrTooMuch,
		"'xxxxxxxxxx'" + strings.Repeat(".replace('x', 'xxxxxxxxxx')", 10):                               ErrTooBig,
		"'x'.replaceMatches('', 'xxxxxxxxxx')" + strings.Repeat(".replaceMatches('', 'xxxxxxxxxx')", 10): ErrTooBig,
	} {
		x, err := Compile(source, nil)
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		if _, err := x.Evaluate(&Env{}, nil); !errors.Is(err, want) {
			t.Errorf("%.40s: %v, want %v", source, err, want)
		}
		if took := time.Since(start); took > time.Second {
			t.Errorf("%.40s: took %v", source, took)
		}
	}
	// One budget for several evaluations.
	x, err := Compile("(1|2|3).sum()", nil)
	if err != nil {
		t.Fatal(err)
	}
	env := &Env{Budget: Steps(100)}
	for n := 0; ; n++ {
		if _, err := x.Evaluate(env, nil); err != nil {
			break
		}
		if n == 100 {
			t.Fatal("a budget never ends")
		}
	}
}

func TestCompilingIsBounded(t *testing.T) {
	for _, source := range []string{
		strings.Repeat("(", 5000), strings.Repeat("-", 5000) + "1", strings.Repeat("a.", 6000) + "a", "1" + strings.Repeat("+1", 6000), strings.Repeat("iif(", 3000), strings.Repeat("a[", 3000), strings.Repeat(" ", 30000),
	} {
		if _, err := Compile(source, nil); err == nil {
			t.Errorf("%.20s… is taken", source)
		}
	}
}

func TestWhatAnExpressionReaches(t *testing.T) {
	for source, want := range map[string]string{
		"%resource.item.where(linkId='a').answer.value":                            "a false",
		"item.where(linkId = 'a' or 'b' = linkId).answer":                          "a,b false",
		"item.where(linkId in ('a'|'b'|'c')).answer.exists()":                      "a,b,c false",
		"repeat(item).where($this.linkId='a').answer":                              "a false",
		"item.where(linkId != 'a').answer.value.weight().sum()":                    " true",
		"item.answer.count()":                                                      " true",
		"item.where(linkId='a').answer.value + item.where(linkId.startsWith('b'))": "a true",
		"descendants().count()":                                                    " true",
		"%patient.birthDate":                                                       " false",
		"%questionnaire.item.where(linkId='a').answerOption.value":                 " false",
		"%questionnaire.item.where(linkId=%resource.item.linkId)":                  " true",
		"%questionnaire.item.combine(item)":                                        " true",
		"%questionnaire.item.count() + item.where(linkId='a').count()":             "a false",
		"today() + 1 day": " false",
	} {
		x, err := Compile(source, func(string) bool { return true })
		if err != nil {
			t.Fatal(err)
		}
		got := strings.Join(x.Links(), ",") + " " + map[bool]string{true: "true", false: "false"}[x.Wide()]
		if got != want {
			t.Errorf("%s: got %s, want %s", source, got, want)
		}
	}
}

func FuzzCompile(f *testing.F) {
	for _, s := range []string{"1 + 2", "item.where(linkId = 'a').answer.value", "@2026-11-24T10:00:00.1Z + 3 days", "iif(true, 'a\\u0041', {})", "%`x`.is(FHIR.Patient)", "-4 'mg' ~ 1", "// c\n/* d */ a[0]", "$this.matches('(a|b)*')"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, source string) {
		x, err := Compile(source, func(string) bool { return true })
		if (x == nil) == (err == nil) {
			t.Fatal("neither compiled nor refused")
		}
		var syntax *SyntaxError
		if err != nil && (!errors.As(err, &syntax) || syntax.At < 0 || syntax.At > len(source)+1) {
			t.Fatalf("%v", err)
		}
	})
}

func FuzzEvaluate(f *testing.F) {
	_, trees := resourcesOf(f)
	for _, s := range []string{"1.0 / 3 ~ 0.3", "item.answer.value.weight().sum()", "%patient.birthDate + 1 month > today()", "repeat(item).linkId.join('-').replaceMatches('(.)', '$1$1')", "(1|2).aggregate($total & $this.toString(), '')", "2.power(-3).log(2).round(4)",
		"@2026.highBoundary()", "1 'wk' + 3 days", "item.children().distinct()", "descendants().where($this is string).intersect('a')", "'5 days'.toQuantity('hour')"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, source string) {
		x, err := Compile(source, func(string) bool { return true })
		if err != nil {
			return
		}
		env := &Env{Now: fixedNow, Budget: Steps(20_000), Lookup: func(name string) Collection { return Collection{trees["patient"]} }}
		out, err := x.Evaluate(env, Collection{trees["response"]})
		if err != nil {
			return
		}
		for _, v := range out {
			if v.kind > Element || len(v.Text()) > maxText {
				t.Fatalf("no value: %v", v.kind)
			}
		}
	})
}

func BenchmarkEvaluate(b *testing.B) {
	_, trees := resourcesOf(b)
	for _, source := range []string{"item.where(linkId='steps').answer.value.sum()", "item.answer.value.weight().sum()", "iif(item.where(linkId='height').answer.value > 1.5, 'a', 'b')"} {
		b.Run(source, func(b *testing.B) {
			x, err := Compile(source, nil)
			if err != nil {
				b.Fatal(err)
			}
			env := &Env{Now: fixedNow, Lookup: func(name string) Collection { return Collection{trees[name]} }}
			focus := Collection{trees["response"]}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := x.Evaluate(env, focus); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
