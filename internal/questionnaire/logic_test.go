package questionnaire

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tellback/tellback/internal/fault"
)

// expr is an extension with a FHIRPath expression.
func expr(url, source string) string {
	return fmt.Sprintf(`{"url":%q,"valueExpression":{"language":"text/fhirpath","expression":%q}}`, url, source)
}

func named(url, name, source string) string {
	return fmt.Sprintf(`{"url":%q,"valueExpression":{"name":%q,"language":"text/fhirpath","expression":%q}}`, url, name, source)
}

func item(link, typ, more string, extensions ...string) string {
	out := fmt.Sprintf(`{"linkId":%q,"text":"T","type":%q`, link, typ)
	if more != "" {
		out += "," + more
	}
	if len(extensions) > 0 {
		out += `,"extension":[` + strings.Join(extensions, ",") + `]`
	}
	return out + "}"
}

// whole is a questionnaire with extensions of its own.
func whole(extensions, items string) string {
	return strings.Replace(with(items), `"title"`, `"extension":[`+extensions+`],"title"`, 1)
}

func constraintOf(severity, human, must string) string {
	return fmt.Sprintf(`{"url":%q,"extension":[{"url":"key","valueId":"k"},{"url":"severity","valueCode":%q},{"url":"human","valueString":%q},{"url":"expression","valueString":%q}]}`, extConstraint, severity, human, must)
}

func answer(link string) string { return "%resource.item.where(linkId='" + link + "').answer.value" }

const often3 = `"answerOption":[{"valueCoding":{"code":"n","display":"Never","extension":[{"url":"` + extOrdinal + `","valueDecimal":0}]}},{"valueCoding":{"code":"s","display":"Some","extension":[{"url":"` + extOrdinal + `","valueDecimal":1.5}]}},{"valueCoding":{"code":"a","display":"All","extension":[{"url":"` + extOrdinal + `","valueDecimal":3}]}}]`

func coded(code string) []Value { return []Value{{Type: Choice, Code: code}} }

func TestCalculatedChainsSettleInTheirOrder(t *testing.T) {
	// The total stands before what it adds up, and the grade before the total.
	q := load(t, with(strings.Join([]string{
		item("grade", "string", "", expr(extCalculated, "iif("+answer("total")+" > 3, 'high', 'low')")),
		item("total", "decimal", "", expr(extCalculated, answer("a")+".weight().sum() + "+answer("b")+".weight().sum()")),
		item("a", "choice", often3), item("b", "choice", often3),
		item("why", "string", "", expr(extEnable, answer("grade")+" = 'high'")),
	}, ",")))
	a := Answers{"a": coded("s"), "b": coded("a")}
	want := Answers{"a": coded("s"), "b": coded("a"), "total": one(Decimal, "4.5"), "grade": one(String, "high")}
	if d := cmp.Diff(want, q.Clean(a)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if got := q.Next(a, "b"); got == nil || got.LinkID != "why" {
		t.Errorf("the question that depends on the chain is not asked: %v", got)
	}
	if got := q.Next(Answers{"a": coded("n"), "b": coded("s")}, "b"); got != nil {
		t.Errorf("asked in vain: %s", got.LinkID)
	}
	// What is sent for a calculated item counts for nothing, and another number than ours is told.
	sent := Answers{"a": coded("s"), "b": coded("a"), "total": one(Decimal, "4.50"), "grade": one(String, "high")}
	if is := q.Validate(sent); is != nil {
		t.Errorf("what was computed elsewhere alike is refused: %+v", is)
	}
	sent["total"] = one(Decimal, "99")
	if is := q.Validate(sent); len(is) != 1 || is[0].Code != "read-only" || is[0].Where != "total" {
		t.Errorf("another total: %+v", is)
	}
	if d := cmp.Diff(want, q.Clean(sent)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestAnswersOfDisabledItemsAreSeenByNoExpression(t *testing.T) {
	q := load(t, with(strings.Join([]string{
		item("smokes", "boolean", ""),
		item("much", "integer", "", expr(extEnable, answer("smokes"))),
		item("year", "integer", "", expr(extCalculated, answer("much")+" * 365")),
	}, ",")))
	a := Answers{"smokes": one(Boolean, "true"), "much": one(Integer, "2")}
	if got := q.Clean(a)["year"]; !cmp.Equal(got, one(Integer, "730")) {
		t.Errorf("enabled: %v", got)
	}
	a["smokes"] = one(Boolean, "false")
	if d := cmp.Diff(Answers{"smokes": one(Boolean, "false")}, q.Clean(a)); d != "" {
		t.Errorf("disabled (-want +got):\n%s", d)
	}
	if is := q.Validate(a); len(is) != 1 || is[0].Code != "not-enabled" {
		t.Errorf("%+v", is)
	}
}

func TestVariablesOfTheWholeAndOfAnItem(t *testing.T) {
	q := load(t, whole(named(extVariable, "height", "item.where(linkId='height').answer.value")+","+named(extVariable, "square", "%height * %height"),
		strings.Join([]string{
			item("height", "decimal", ""), item("kg", "decimal", ""),
			item("g", "group", `"item":[`+item("bmi", "decimal", "", expr(extCalculated, "(%kg / %square).round(1)"))+`]`,
				named(extVariable, "kg", answer("kg"))),
		}, ",")))
	if got := q.Clean(Answers{"height": one(Decimal, "1.7"), "kg": one(Decimal, "70")})["bmi"]; !cmp.Equal(got, one(Decimal, "24.2")) {
		t.Errorf("got %v", got)
	}
	if got := q.Clean(Answers{"height": one(Decimal, "1.7")})["bmi"]; got != nil {
		t.Errorf("without a weight: %v", got)
	}
}

func TestExpressionsSeeTheResponseAsItWouldBeSent(t *testing.T) {
	see := func(source string) string {
		return item("see", "string", "", expr(extCalculated, "("+source+").toString()"))
	}
	rest := item("g", "group", `"item":[`+item("q", "choice", often3+`,"item":[`+item("n", "string", "")+`]`)+`]`) + "," +
		item("multi", "choice", `"repeats":true,`+often3) + "," + item("w", "quantity", "", `{"url":"`+hl7+`questionnaire-unit","valueCoding":{"system":"http://unitsofmeasure.org","code":"kg","display":"kilos"}}`) + "," + item("d", "date", "")
	a := Answers{"q": coded("s"), "n": one(String, "words"), "multi": append(coded("n"), coded("a")...), "w": {{Type: Quantity, Text: "70.5", System: "http://unitsofmeasure.org", Code: "kg"}}, "d": one(Date, "2026-11-24")}
	for source, want := range map[string]string{
		"%resource.item.where(linkId='g').item.where(linkId='q').answer.item.where(linkId='n').answer.value": "words",
		"%resource.item.item.answer.value.code":                                             "s",
		"%resource.item.item.answer.valueCoding.display":                                    "Some",
		"%resource.repeat(item).where(linkId='n').answer.value":                             "", // beneath an answer, not beneath an item
		"%resource.descendants().where(linkId='n').answer.value":                            "words",
		"%resource.item.where(linkId='multi').answer.count()":                               "2",
		"%resource.item.where(linkId='multi').answer.value.ordinal().sum()":                 "3",
		"%resource.item.where(linkId='multi').answer.weight().aggregate($total + $this, 1)": "4",
		"%resource.item.where(linkId='w').answer.value.value * 2":                           "141.0",
		"%resource.item.where(linkId='w').answer.value > 70 'kg'":                           "true",
		"%resource.item.where(linkId='w').answer.value.unit":                                "kilos",
		"%resource.item.where(linkId='d').answer.value + 8 days":                            "2026-12-02",
		"%resource.item.linkId.exists($this = 'see')":                                       "false",
		"%questionnaire.item.where(linkId='multi').answerOption.value.code.join('/')":       "n/s/a",
		"%qitem.linkId":                      "see",
		"%context.linkId":                    "see",
		"%patient.name.family":               "",
		"%resource.status":                   "in-progress",
		"%resource is QuestionnaireResponse": "true",
		"today()":                            "2026-11-24",
		"%resource.item.answer.value.ofType(Coding).count()":    "2",
		"%resource.item.where(linkId='d').answer.value is date": "true",
	} {
		q := load(t, with(see(source)+","+rest)).At(time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC))
		got := ""
		if vs := q.Clean(a)["see"]; len(vs) == 1 {
			got = vs[0].Text
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", source, got, want)
		}
	}
}

func TestInitialExpressions(t *testing.T) {
	q := load(t, whole(`{"url":"`+extLaunch+`","extension":[{"url":"name","valueCoding":{"code":"clinic"}},{"url":"type","valueCode":"Organization"}]}`, strings.Join([]string{
		item("today", "date", "", expr(extInitial, "today()")), item("name", "string", "", expr(extInitial, "%patient.name.family")),
		item("at", "string", "", expr(extInitial, "%clinic.name")),
		item("source", "string", "", `{"url":"`+hl7+`questionnaire-hidden","valueBoolean":true}`, expr(extInitial, "'form ' & '2'")),
	}, ","))).At(time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC))
	if d := cmp.Diff(Answers{"today": one(Date, "2026-11-24")}, q.Proposed()); d != "" {
		t.Errorf("proposed (-want +got):\n%s", d)
	}
	if d := cmp.Diff(Answers{"today": one(Date, "2025-01-01"), "source": one(String, "form 2")}, q.Clean(Answers{"today": one(Date, "2025-01-01")})); d != "" {
		t.Errorf("what is proposed may be changed, what is hidden is filled in (-want +got):\n%s", d)
	}
}

func TestWhereInitialValuesComeFromIsEmptyHere(t *testing.T) {
	q := load(t, whole(named(extPopulation, "who", "%patient.name"), item("g", "group", `"item":[`+item("a", "string", "", expr(extInitial, "%home.city"))+","+item("b", "string", "", expr(extInitial, "%query.x | %who.family"))+`]`,
		named(extPopulation, "home", "%patient.address.first()"), `{"url":"`+extPopulation+`","valueExpression":{"name":"query","language":"application/x-fhir-query","expression":"Observation?code=x"}}`)))
	if got := q.Proposed(); len(got) != 0 {
		t.Errorf("%v", got)
	}
}

func TestOptionsFollowFromOtherAnswers(t *testing.T) {
	q := load(t, with(strings.Join([]string{
		item("drugs", "choice", `"repeats":true,`+often3),
		item("worst", "choice", "", expr(extAnswer, answer("drugs"))),
		item("how", "choice", often3, fmt.Sprintf(`{"url":%q,"extension":[{"url":"option","valueCoding":{"code":"a"}},{"url":"expression","valueExpression":{"language":"text/fhirpath","expression":%q}}]}`, extToggle, answer("drugs")+".count() > 1")),
	}, ",")))
	a := Answers{"drugs": append(coded("n"), coded("a")...)}
	labels := func(link string, a Answers) (out []string) {
		for _, o := range q.Asked(q.Item(link), a).Options {
			out = append(out, o.Label.In("en"))
		}
		return out
	}
	if d := cmp.Diff([]string{"Never", "All"}, labels("worst", a)); d != "" {
		t.Errorf("computed (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]string{"Never", "Some", "All"}, labels("how", a)); d != "" {
		t.Errorf("on (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]string{"Never", "Some"}, labels("how", Answers{"drugs": coded("n")})); d != "" {
		t.Errorf("off (-want +got):\n%s", d)
	}
	for _, c := range []struct {
		a    Answers
		want string
	}{
		{Answers{"drugs": a["drugs"], "worst": coded("a"), "how": coded("a")}, ""},
		{Answers{"drugs": a["drugs"], "worst": coded("s")}, "worst unknown-option"},
		{Answers{"drugs": coded("n"), "how": coded("a")}, "how unknown-option"},
	} {
		got := ""
		for _, is := range q.Validate(c.a) {
			got += is.Where + " " + is.Code
		}
		if got != c.want {
			t.Errorf("%v: got %q, want %q", c.a, got, c.want)
		}
	}
}

func TestConstraints(t *testing.T) {
	human := `"valueString":"The end is before the start.","_valueString":{"extension":[{"url":"` + extTranslation + `","extension":[{"url":"lang","valueCode":"es"},{"url":"content","valueString":"El fin es antes del inicio."}]}]}`
	target := `{"url":"` + extTarget + `","extension":[{"url":"key","valueId":"k"},{"url":"severity","valueCode":"error"},{"url":"human",` + human + `},{"url":"expression","valueExpression":{"language":"text/fhirpath","expression":"` + answer("from") + ` <= ` + answer("to") + `"}}]}`
	q := load(t, whole(target, item("from", "date", "")+","+item("to", "date", "")+","+
		item("n", "integer", "", constraintOf("error", "Ten at most.", "answer.value <= 10"), constraintOf("warning", "That is much.", "answer.value < 8"))+","+item("last", "string", "")))
	issues := func(is []fault.Issue) (out []string) {
		for _, i := range is {
			out = append(out, i.Where+": "+Explain(i, q.Item(i.Where), "es"))
		}
		return out
	}
	bad := Answers{"from": one(Date, "2026-02-01"), "to": one(Date, "2026-01-01"), "n": one(Integer, "11")}
	if d := cmp.Diff([]string{"n: Ten at most.", "to: El fin es antes del inicio."}, issues(q.Validate(bad))); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	good := Answers{"from": one(Date, "2026-01-01"), "to": one(Date, "2026-02-01"), "n": one(Integer, "9")}
	if is := q.Validate(good); is != nil {
		t.Errorf("%+v", is)
	}
	if d := cmp.Diff([]string{"n: That is much."}, issues(q.Warnings(good))); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if is := q.Validate(Answers{"from": one(Date, "2026-02-01")}); is != nil {
		t.Errorf("an answer that is missing breaks nothing: %+v", is)
	}
}

func TestAnswersThatExpressionsTieAreToldApart(t *testing.T) {
	q := load(t, whole(constraintOf("error", "No.", answer("a")+" <= "+answer("b")), strings.Join([]string{
		item("a", "integer", ""), item("b", "integer", ""), item("alone", "integer", "", constraintOf("error", "No.", answer("alone")+" < 9")),
		item("asked", "boolean", "", expr(extEnable, answer("a")+" > 1")),
		item("beneath", "group", `"item":[`+item("in", "string", "")+`]`, expr(extEnable, answer("a")+" > 1")),
		item("offered", "choice", "", expr(extAnswer, "1|2")), item("plain", "string", ""),
	}, ",")))
	var tied []string
	for _, i := range q.All() {
		if i.Tied() {
			tied = append(tied, i.LinkID)
		}
	}
	if d := cmp.Diff([]string{"b", "asked", "beneath", "in", "offered"}, tied); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestWhatIsCalculatedOfWhatIsToldIsNotCounted(t *testing.T) {
	scale := `"answerOption":[` + `{"valueCoding":{"code":"x","display":"X"},"extension":[{"url":"` + extOrdinal + `","valueDecimal":0}]}` + "," +
		`{"valueCoding":{"code":"y","display":"Y"},"extension":[{"url":"` + extOrdinal + `","valueDecimal":1}]}` + `]`
	calculated := func(link, formula string, more ...string) string {
		return item(link, "choice", scale, append(more, expr(extCalculated, "iif("+formula+", 'x', 'y')"))...)
	}
	told := `{"linkId":"file","text":"F","type":"attachment"},{"linkId":"whom","text":"W","type":"reference"},
		{"linkId":"g","text":"G","type":"group","item":[{"linkId":"deep","text":"D","type":"attachment"}]},
		{"linkId":"meds","text":"M","type":"group","repeats":true,"item":[` + item("dose", "integer", "") + `]}`
	formulas := strings.Join([]string{
		calculated("of-a", answer("a")+" > 1"), calculated("of-file", answer("file")+".exists()"), calculated("of-whom", answer("whom")+".exists()"),
		calculated("of-group", "%resource.item.where(linkId='g').item.answer.exists()"), calculated("of-dose", "%resource.item.where(linkId='meds').item.where(linkId='dose').answer.exists()"),
		calculated("of-of", answer("of-file")+".exists()"), calculated("of-any", "%resource.descendants().where(linkId.exists()).count() > 3"),
		calculated("by-variable", "%v > 1", named(extVariable, "v", "%resource.descendants().value.size")),
	}, ",")
	for name, c := range map[string]struct {
		items string
		want  []string
	}{
		"with all of them": {item("a", "integer", "") + "," + told + "," + formulas, []string{"a", "of-a"}},
		"without any": {item("a", "integer", "") + "," + calculated("of-a", answer("a")+" > 1") + "," +
			calculated("of-any", "%resource.descendants().where(linkId.exists()).count() > 3"), []string{"a", "of-a", "of-any"}},
	} {
		var counted []string
		for _, i := range load(t, with(c.items)).All() {
			if i.Counted() {
				counted = append(counted, i.LinkID)
			}
		}
		if d := cmp.Diff(c.want, counted); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}

func TestTextsAreComputed(t *testing.T) {
	q := load(t, with(item("who", "string", "")+`,{"linkId":"how","type":"string","text":"How are they?","_text":{"extension":[`+expr(extTextExpression, "'How is ' + "+answer("who")+" + '?'")+`]}}`))
	if got := q.Asked(q.Item("how"), Answers{"who": one(String, "Bo")}).Short.In("es"); got != "How is Bo?" {
		t.Errorf("got %q", got)
	}
	if got := q.Asked(q.Item("how"), nil).Text.In("en"); got != "How are they?" {
		t.Errorf("without what it is made of: %q", got)
	}
}

func TestLogicIsRefused(t *testing.T) {
	for _, c := range []struct{ name, doc, where, text string }{
		{"itself", with(item("a", "integer", "", expr(extCalculated, answer("a")+" + 1"))), "item[0]", "a → a"},
		{"a circle", with(item("a", "integer", "", expr(extCalculated, answer("b")+" + 1")) + "," + item("b", "integer", "", expr(extCalculated, answer("c"))) + "," + item("c", "integer", "", expr(extCalculated, answer("a")))), "item[0]", "a → b → c → a"},
		{"a circle through a variable", whole(named(extVariable, "v", answer("a")), item("a", "integer", "", expr(extCalculated, "%v + 1"))), "item[0]", "a → a"},
		{"a circle through who is asked", with(item("a", "integer", "", expr(extCalculated, answer("b"))) + "," + item("b", "integer", "", expr(extEnable, answer("a")+" > 1"))), "item[0]", "a → b → a"},
		{"a group asked by what is in it", with(item("g", "group", `"item":[`+item("a", "boolean", "")+`]`, expr(extEnable, "%resource.descendants().where(linkId='a').answer.value"))), "item[0]", "g → a → g"},
		{"asked by what comes later", with(item("a", "string", "", expr(extEnable, answer("b")+".exists()")) + "," + item("b", "string", "")), "item[0].extension[0].valueExpression", "come before"},
		{"unknown function", with(item("a", "integer", "", expr(extCalculated, "1.frobnicate()"))), "item[0].extension[0].valueExpression.expression", "frobnicate() is not supported (at character 3)"},
		{"unknown variable", with(item("a", "integer", "", expr(extCalculated, "%nobody"))), "item[0].extension[0].valueExpression.expression", "there is no %nobody here"},
		{"a variable of another branch", with(item("g", "group", `"item":[`+item("x", "string", "")+`]`, named(extVariable, "v", "1")) + "," + item("a", "integer", "", expr(extCalculated, "%v"))), "item[1].extension[0].valueExpression.expression", "there is no %v here"},
		{"a syntax error", with(item("a", "integer", "", expr(extCalculated, "1 +"))), "item[0].extension[0].valueExpression.expression", "not the end"},
		{"CQL", with(item("a", "integer", "", `{"url":"`+extCalculated+`","valueExpression":{"language":"text/cql","expression":"x"}}`)), "item[0].extension[0].valueExpression.language", "text/fhirpath"},
		{"two ways to be asked", with(item("a", "string", "") + "," + item("b", "string", `"enableWhen":[{"question":"a","operator":"exists","answerBoolean":true}]`, expr(extEnable, "true"))), "item[1].enableWhen", "one or the other"},
		{"a calculated group", with(item("g", "group", `"item":[`+item("x", "string", "")+`]`, expr(extCalculated, "1"))), "item[0].extension", "no answer"},
		{"two initials", with(item("a", "string", `"initial":[{"valueString":"x"}]`, expr(extInitial, "'y'"))), "item[0].initial", "initialExpression"},
		{"options of a number", with(item("a", "integer", "", expr(extAnswer, "1|2"))), "item[0].extension", "only choice"},
		{"options listed and computed", with(item("a", "choice", often3, expr(extAnswer, "1|2"))), "item[0].answerOption", "listed or computed"},
		{"a toggle of no option", with(item("a", "choice", often3, `{"url":"`+extToggle+`","extension":[{"url":"option","valueCoding":{"code":"zz"}},{"url":"expression","valueExpression":{"language":"text/fhirpath","expression":"true"}}]}`)), "item[0].extension[0]", "none of the item's"},
		{"a constraint without words", with(item("a", "string", "", `{"url":"`+extConstraint+`","extension":[{"url":"severity","valueCode":"error"},{"url":"expression","valueString":"true"}]}`)), "item[0].extension[0]", "human"},
		{"a pattern that looks ahead", with(item("a", "string", "", constraintOf("error", "No.", "answer.value.matches('(?=a)b')"))), "item[0].extension[0].extension[3].expression", "look-around"},
		{"deep nesting", with(item("a", "integer", "", expr(extCalculated, strings.Repeat("(", 200)+"1"+strings.Repeat(")", 200)))), "item[0].extension[0].valueExpression.expression", "nested deeper"},
		{"a variable of the system's", whole(named(extVariable, "resource", "1"), item("a", "string", "")), "extension[0].valueExpression.name", "given by the system"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Load([]byte(c.doc))
			_, issues := fault.Public(err)
			for _, is := range issues {
				if is.Where == c.where && strings.Contains(is.Text, c.text) {
					return
				}
			}
			t.Errorf("no %q at %s in %+v", c.text, c.where, issues)
		})
	}
}

// TestHostileLogicIsBounded takes expressions that would never end, or fill the memory.
func TestHostileLogicIsBounded(t *testing.T) {
	doubling := func(n int) string { // each variable is the one before twice
		out := []string{named(extVariable, "v0", "(1|2|3).combine(1|2|3)")}
		for k := 1; k <= n; k++ {
			out = append(out, named(extVariable, fmt.Sprint("v", k), fmt.Sprintf("%%v%d.combine(%%v%d)", k-1, k-1)))
		}
		return strings.Join(out, ",")
	}
	ten := "(1|2|3|4|5|6|7|8|9|10)"
	many := ten + strings.Repeat(".select("+ten+")", 5)
	for _, c := range []struct{ name, doc string }{
		{"exponential variables", whole(doubling(60), item("a", "integer", "", expr(extCalculated, "%v60.count()")))},
		{"a hundred thousand values", with(item("a", "integer", "", expr(extCalculated, many+".count()")))},
		{"nested loops", with(item("a", "integer", "", expr(extCalculated, ten+strings.Repeat(".select("+ten, 9)+strings.Repeat(")", 9)+".count()")))},
		{"text that doubles", with(item("a", "string", "", expr(extCalculated, "'xxxxxxxxxx'"+strings.Repeat(".replace('x','xxxxxxxxxx')", 12))))},
		{"a pattern that backtracks", with(item("a", "boolean", "", expr(extCalculated, "'"+strings.Repeat("a", 5000)+"!'.matches('^(a+)+$')")))},
		{"numbers that grow", with(item("a", "decimal", "", expr(extCalculated, "9.9"+strings.Repeat(".power(1000)", 20))))},
		{"endless repeat", with(item("a", "integer", "", expr(extCalculated, "1.repeat($this + 1).count()")))},
		{"what adds itself up", with(item("a", "integer", "", expr(extCalculated, "%resource.descendants().ofType(integer).sum() + 1")) + "," + item("b", "integer", "", expr(extCalculated, "%resource.descendants().ofType(integer).sum() + 1")))},
	} {
		t.Run(c.name, func(t *testing.T) {
			q := load(t, c.doc)
			start := time.Now()
			got := q.Clean(nil)
			if took := time.Since(start); took > 2*time.Second {
				t.Errorf("took %v", took)
			}
			if d := cmp.Diff(got, q.Clean(got)); d != "" {
				t.Errorf("it isn't settled:\n%s", d)
			}
			if is := q.Validate(got); is != nil {
				t.Errorf("%+v", is)
			}
		})
	}
}

// TestWhatOnlyAServerCouldEvaluate: without a record, what asks for one is empty and what proposes an answer proposes none; anything else
// would change what is asked.
func TestWhatOnlyAServerCouldEvaluate(t *testing.T) {
	elsewhere := func(url, language, more string) string {
		return `{"url":"` + url + `","valueExpression":{"language":"` + language + `","expression":"X"` + more + `}}`
	}
	const query, cql = "application/x-fhir-query", "text/cql"
	for name, extension := range map[string]string{
		"a variable": elsewhere(extVariable, query, `,"name":"old"`), "candidates": elsewhere(sdc+"sdc-questionnaire-candidateExpression", query, `,"name":"old"`),
		"a source": `{"url":"` + sdc + `sdc-questionnaire-sourceQueries","valueReference":{"reference":"#old"}}`,
	} {
		q := load(t, with(item("g", "group", `"item":[`+item("a", "string", "", expr(extEnable, "%old.x.empty()"), expr(extInitial, "%old.x"))+`]`, extension)))
		if next := q.Next(nil, ""); next == nil || next.LinkID != "a" || len(q.Proposed()) != 0 || len(q.Notices) == 0 {
			t.Errorf("%s: %+v %v %v", name, next, q.Proposed(), q.Notices)
		}
	}
	for _, language := range []string{query, cql} {
		q := load(t, with(item("a", "string", "", elsewhere(extInitial, language, ""))))
		if len(q.Proposed()) != 0 || len(q.Notices) != 1 {
			t.Errorf("%s: %v %v", language, q.Proposed(), q.Notices)
		}
		for _, url := range []string{extCalculated, extEnable} {
			refuses(t, with(item("a", "string", "", elsewhere(url, language, ""))), "item[0].extension[0].valueExpression.language", "unsupported")
		}
	}
	refuses(t, with(item("a", "string", "", elsewhere(extVariable, cql, `,"name":"old"`))), "item[0].extension[0].valueExpression.language", "unsupported")
	critical := strings.Replace(with(item("a", "string", "", expr(extEnable, "true"))), `"title"`, `"modifierExtension":[{"url":"`+extCritical+`","valueCanonical":"`+extEnable+`"}],"title"`, 1)
	load(t, critical)
}

func TestBoundsThatAreComputed(t *testing.T) {
	for _, by := range []string{hl7 + "cqf-calculatedValue", extTextExpression} {
		until := func(name, bound string) string {
			return `{"url":"` + hl7 + name + `","_valueDate":{"extension":[` + expr(by, bound) + `]}}`
		}
		q := load(t, with(item("a", "date", "", until("maxValue", "today()"), until("minValue", "today() - 1 year")))).At(time.Date(2026, 3, 5, 9, 0, 0, 0, time.UTC))
		for day, want := range map[string]string{"2026-03-05": "", "2025-03-05": "", "2026-03-06": "later", "2025-03-04": "earlier"} {
			issues := q.Validate(Answers{"a": one(Date, day)})
			if (want == "") != (len(issues) == 0) || want != "" && (issues[0].Where != "a" || !strings.Contains(issues[0].Text, want)) {
				t.Errorf("%s: %+v, want %q", day, issues, want)
			}
		}
	}
	refuses(t, with(item("a", "date", "", `{"url":"`+hl7+`maxValue","_valueDate":{"extension":[{"url":"`+extTextExpression+`","valueExpression":{"language":"text/cql","expression":"Today()"}}]}}`)), "item[0].extension[0]._valueDate.extension[0].valueExpression.language", "unsupported")
}
