package questionnairetest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"pgregory.net/rapid"
)

type object = map[string]any

const (
	hl7 = "http://hl7.org/fhir/StructureDefinition/"
	sdc = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-"
)

// author draws a Questionnaire as somebody might write it: every type of item, and of what they can have a bit of everything.
type author struct {
	t       *rapid.T
	spanish bool
	links   int
	before  []*asked // what conditions and expressions may refer to
}

// asked is a question that was written, and an answer that it can have, as a condition's value[x].
type asked struct {
	link, typ string
	name      string // of value[x], without value; "" where only its existence can be asked for
	value     any
	ordered   bool
	scored    bool // each option has an ordinal
	coded     bool
	repeats   bool
}

// Document draws a Questionnaire that loads.
func Document(t *rapid.T) []byte {
	w := &author{t: t, spanish: rapid.Bool().Draw(t, "in Spanish too")}
	doc := object{"resourceType": "Questionnaire", "id": "any", "version": "1", "status": "active", "language": "en"}
	w.say(doc, "title", "Any")
	doc["item"] = w.items(rapid.IntRange(1, 6).Draw(t, "items"), 0)
	w.score(doc)
	if len(w.before) == 0 { // a questionnaire without a question can't be answered
		one := object{"linkId": "only", "type": "boolean", "required": true}
		w.say(one, "text", "Is it so?")
		doc["item"] = append(doc["item"].([]any), one)
	}
	raw, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func (w *author) flip(what string) bool { return rapid.IntRange(0, 2).Draw(w.t, what) == 0 }

// say puts words under a name, with their translation.
func (w *author) say(in object, name, words string) {
	in[name] = words
	if w.spanish {
		in["_"+name] = object{"extension": []any{object{"url": hl7 + "translation", "extension": []any{
			object{"url": "lang", "valueCode": "es"}, object{"url": "content", "valueString": words + " – así es"},
		}}}}
	}
}

func extend(in object, url string, value string, v any) {
	list, _ := in["extension"].([]any)
	in["extension"] = append(list, object{"url": url, value: v})
}

var questions = []string{
	"How is it", "1. Is \"it\" <b>so</b> & 'so'", "In the last 7 days, how often did you feel – for no reason – like this…", "Ñ 🙂 ¿y tú?",
	"Over the last 2 weeks, how often have you been bothered by any of the following: " + strings.Repeat("trouble of one kind or another, ", 6) + "or none",
	"Temp (°C)\nby mouth", "%d {0} {{.}} $1",
}

var types = []string{
	"boolean", "choice", "integer", "decimal", "date", "time", "dateTime", "string", "text", "url", "open-choice", "quantity", "choice", "display", "group", "attachment", "reference",
}

func (w *author) items(n, depth int) (out []any) {
	for range n {
		w.links++
		i := object{"linkId": rapid.SampledFrom([]string{"q%d", "/88-%d", "a b.%d", "ü%d", "%d", "q'%d\""}).Draw(w.t, "linkId")}
		i["linkId"] = fmt.Sprintf(i["linkId"].(string), w.links)
		typ := rapid.SampledFrom(types).Draw(w.t, "type")
		if depth > 2 && typ == "group" {
			typ = "boolean"
		}
		i["type"] = typ
		if typ != "group" || w.flip("words of a group") {
			w.say(i, "text", rapid.SampledFrom(questions).Draw(w.t, "text")+fmt.Sprintf(" no %d", w.links))
		}
		if w.flip("prefix") {
			i["prefix"] = fmt.Sprint(w.links, ".")
		}
		w.when(i)
		switch typ {
		case "group":
			w.group(i, depth)
		case "display":
		default:
			w.question(i, typ, depth)
		}
		out = append(out, i)
	}
	return out
}

// when has an item asked only after certain answers.
func (w *author) when(i object) {
	if len(w.before) == 0 || !w.flip("conditions") {
		return
	}
	var all []any
	for range rapid.IntRange(1, 2).Draw(w.t, "conditions") {
		of := rapid.SampledFrom(w.before).Draw(w.t, "condition on")
		c := object{"question": of.link, "operator": "exists", "answerBoolean": rapid.Bool().Draw(w.t, "exists")}
		if of.name != "" && rapid.Bool().Draw(w.t, "by its value") {
			operators := []string{"=", "!="}
			if of.ordered {
				operators = append(operators, "<", ">", "<=", ">=")
			}
			c = object{"question": of.link, "operator": rapid.SampledFrom(operators).Draw(w.t, "operator"), "answer" + of.name: of.value}
		}
		all = append(all, c)
	}
	i["enableWhen"] = all
	if len(all) > 1 {
		i["enableBehavior"] = rapid.SampledFrom([]string{"all", "any"}).Draw(w.t, "behavior")
	}
}

// question fills in what people answer.
func (w *author) question(i object, typ string, depth int) {
	q := &asked{link: i["linkId"].(string), typ: typ}
	q.repeats = typ != "boolean" && w.flip("repeats")
	i["required"], i["repeats"] = w.flip("required"), q.repeats
	if q.repeats && w.flip("minOccurs") {
		extend(i, hl7+"questionnaire-minOccurs", "valueInteger", 2)
	}
	if q.repeats && w.flip("maxOccurs") {
		extend(i, hl7+"questionnaire-maxOccurs", "valueInteger", 3)
	}
	if w.flip("short") {
		extend(i, "https://tellback.org/fhir/StructureDefinition/short-text", "valueString", fmt.Sprint("Short ", w.links, "?"))
		if w.spanish {
			delete(i, "extension") // it would need its translation
		}
	}
	switch typ {
	case "boolean":
		q.name, q.value = "Boolean", rapid.Bool().Draw(w.t, "condition's value")
	case "integer", "decimal", "quantity":
		w.number(i, q)
	case "date":
		q.name, q.value, q.ordered = "Date", "2001-05-06", true
		if w.flip("minValue") {
			extend(i, hl7+"minValue", "valueDate", "1999-12-31")
		}
		if w.flip("maxValue") {
			extend(i, hl7+"maxValue", "valueDate", "2026-02-28")
		}
	case "dateTime":
		q.name, q.value, q.ordered = "DateTime", "2001-05-06T15:00:00Z", true
	case "time":
		q.name, q.value, q.ordered = "Time", "15:00:00", true
	case "string", "text", "url":
		if typ != "url" {
			q.name, q.value = "String", "5"
			if w.flip("maxLength") {
				i["maxLength"] = 12
			}
			if w.flip("minLength") {
				extend(i, hl7+"minLength", "valueInteger", 4)
			}
		}
		if typ == "string" && w.flip("regex") {
			delete(i, "maxLength")
			i["extension"] = slices.DeleteFunc(extensions(i), func(x any) bool { return x.(object)["url"] == hl7+"minLength" })
			extend(i, hl7+"regex", "valueString", `[A-Z]{2}[0-9]{3}`)
		}
	case "choice", "open-choice":
		w.options(i, q)
	}
	w.hint(i)
	w.follow(i, q)
	w.before = append(w.before, q)
	if known := len(w.before); depth < 2 && i["initial"] == nil && i["readOnly"] == nil && (typ != "attachment" || !q.repeats) && w.flip("items under the question") {
		i["item"] = w.items(rapid.IntRange(1, 2).Draw(w.t, "items under it"), depth+1)
		if q.repeats {
			w.before = w.before[:known] // what follows could mean any of several
		}
	}
}

func (w *author) group(i object, depth int) {
	known, often := len(w.before), depth < 2 && w.flip("a group that repeats")
	i["item"] = w.items(rapid.IntRange(1, 3).Draw(w.t, "items of the group"), depth+1)
	if often {
		i["repeats"], i["required"] = true, w.flip("one at least")
		extend(i, hl7+"questionnaire-maxOccurs", "valueInteger", rapid.IntRange(2, 3).Draw(w.t, "occurrences"))
		w.before = w.before[:known]
	}
}

// score adds up what can be.
func (w *author) score(doc object) {
	var items []any
	for _, q := range w.before {
		if q.scored && !q.repeats && q.typ == "choice" {
			items = append(items, object{"url": "item", "valueString": q.link})
		}
	}
	if len(items) > 0 {
		title := object{"url": "title", "valueString": "Total"}
		w.say(title, "valueString", "Total")
		doc["extension"] = []any{object{"url": "https://tellback.org/fhir/StructureDefinition/score", "extension": append([]any{
			object{"url": "id", "valueString": "total"}, title, object{"url": "method", "valueCode": "sum"}, object{"url": "minAnswered", "valueInteger": 1},
		}, items...)}}
	}
}

func occurs(i object) bool {
	return slices.ContainsFunc(extensions(i), func(x any) bool { return x.(object)["url"] == hl7+"questionnaire-minOccurs" })
}

func extensions(i object) []any {
	list, _ := i["extension"].([]any)
	return list
}

// hint says something beside the question.
func (w *author) hint(i object) {
	if w.flip("entryFormat") && !w.spanish {
		extend(i, hl7+"entryFormat", "valueString", "as you like")
	}
}

func (w *author) number(i object, q *asked) {
	q.ordered = true
	low := rapid.SampledFrom([]int{0, 1, 35, -5}).Draw(w.t, "lowest")
	high := low + rapid.SampledFrom([]int{4, 10, 100, 400}).Draw(w.t, "range")
	if w.flip("minValue") {
		extend(i, hl7+"minValue", "valueInteger", low)
	}
	if w.flip("maxValue") {
		extend(i, hl7+"maxValue", "valueInteger", high)
	}
	switch q.typ {
	case "integer":
		q.name, q.value = "Integer", low+2
		if w.flip("unit") {
			extend(i, hl7+"questionnaire-unit", "valueCoding", object{"system": "http://unitsofmeasure.org", "code": "d", "display": "days"})
		}
	case "decimal":
		q.name, q.value = "Decimal", float64(low)+1.5
		if w.flip("maxDecimalPlaces") {
			extend(i, hl7+"maxDecimalPlaces", "valueInteger", 1)
		}
	case "quantity":
		units := []object{
			{"system": "http://unitsofmeasure.org", "code": "kg", "display": "kg"}, {"system": "http://unitsofmeasure.org", "code": "[lb_av]", "display": "pounds"}, {"display": "stone"},
		}
		n := rapid.IntRange(0, 3).Draw(w.t, "units")
		for _, u := range units[:n] {
			extend(i, hl7+"questionnaire-unitOption", "valueCoding", u)
		}
		if n > 1 { // nothing is converted, so there can be no bounds
			i["extension"] = slices.DeleteFunc(extensions(i), func(x any) bool { u := x.(object)["url"]; return u == hl7+"minValue" || u == hl7+"maxValue" })
		}
		if n > 0 {
			q.name, q.value = "Quantity", object{"value": low + 2, "system": "http://unitsofmeasure.org", "code": "kg"}
		}
	}
}

// labels are what options are called.
var labels = [][]string{
	{"Yes", "No", "Don't know"},
	{"0 - none", "1", "2", "10 - worst there is"},
	{"Not at all", "A little", "A lot", "Not sure, really"},
	{"Stop", "Help", "Skip", "Back", "Next"},
	{"Aspirin, 100 mg", "Aspirin, 200 mg", "None of these"},
	{"<1 h", "1-2 h", ">2 h", "½ h & more"},
	{"Sí, señora", "🙂", "😢 'tis bad", "other"},
	{"3", "2", "1", "0"},
}

func (w *author) options(i object, q *asked) {
	called := rapid.SampledFrom(labels).Draw(w.t, "labels")
	kind := rapid.SampledFrom([]string{"Coding", "Coding", "Coding", "String", "Integer", "Date", "Time"}).Draw(w.t, "options")
	q.coded = kind == "Coding"
	q.scored = q.coded && w.flip("ordinals")
	lettered := rapid.SampledFrom([]string{"c%d", "LA%d-4", "%d", "other%d", "a|%d"}).Draw(w.t, "codes")
	var all []any
	for n, label := range called {
		o := object{}
		switch kind {
		case "Coding":
			c := object{"code": fmt.Sprintf(lettered, n)}
			if lettered != "a|%d" {
				c["system"] = "http://codes.example/" + q.link[:1]
			}
			w.say(c, "display", label)
			if q.scored {
				c["extension"] = []any{object{"url": hl7 + "ordinalValue", "valueDecimal": n}}
			}
			o["valueCoding"] = c
			if n == 0 {
				q.name, q.value = "Coding", object{"code": c["code"], "system": c["system"]}
				if c["system"] == nil {
					q.value = object{"code": c["code"]}
				}
			}
		case "String":
			w.say(o, "valueString", label)
			q.name, q.value = "String", label
		case "Integer":
			o["valueInteger"] = n*2 + 1
			q.name, q.value = "Integer", 3
		case "Date":
			o["valueDate"] = fmt.Sprintf("2026-0%d-11", n+1)
		case "Time":
			o["valueTime"] = fmt.Sprintf("1%d:30:00", n)
		}
		if n == len(called)-1 && q.repeats && w.flip("exclusive") && len(called) > 3 {
			o["extension"] = []any{object{"url": hl7 + "questionnaire-optionExclusive", "valueBoolean": true}}
		}
		all = append(all, o)
	}
	if i["answerOption"] = all; w.flip("initialSelected") && !occurs(i) {
		all[1].(object)["initialSelected"] = true
	}
	if q.typ == "open-choice" && w.flip("openLabel") && !w.spanish {
		extend(i, sdc+"openLabel", "valueString", "Something else, namely")
	}
}
