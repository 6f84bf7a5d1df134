package questionnairetest

import (
	"fmt"
	"strings"

	"pgregory.net/rapid"
)

// follow has a question depend on others by an expression, or nobody answer it.
func (w *author) follow(i object, q *asked) {
	switch rapid.IntRange(0, 12).Draw(w.t, "how it is answered") {
	case 0:
		w.fix(i, q)
	case 1:
		w.calculate(i, q)
	case 2:
		w.enable(i)
	case 3:
		w.toggle(i, q)
	case 4:
		w.offer(i, q)
	case 5:
		w.reword(i)
	case 6:
		w.constrain(i, q)
	case 7:
		w.propose(i, q)
	}
}

func (w *author) earlier() *asked {
	if len(w.before) == 0 {
		return nil
	}
	return rapid.SampledFrom(w.before).Draw(w.t, "depends on")
}

// of is an expression for the answers to a question.
func of(q *asked) string {
	link := strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(q.link)
	return "%resource.descendants().where(linkId = '" + link + "').answer.value"
}

func expression(in object, url, path string) {
	extend(in, url, "valueExpression", object{"language": "text/fhirpath", "expression": path})
}

// fix gives it an answer that people read, or don't even see.
func (w *author) fix(i object, q *asked) {
	if q.typ != "string" && q.typ != "integer" || q.repeats || len(extensions(i)) > 0 || i["maxLength"] != nil {
		return
	}
	i["initial"] = []any{map[string]object{"string": {"valueString": "as ever"}, "integer": {"valueInteger": 7}}[q.typ]}
	if w.flip("hidden") {
		extend(i, hl7+"questionnaire-hidden", "valueBoolean", true)
	} else {
		i["readOnly"] = true
	}
}

func (w *author) calculate(i object, q *asked) {
	on := w.earlier()
	if on == nil || q.typ != "integer" && q.typ != "string" || len(extensions(i)) > 0 || i["maxLength"] != nil || q.repeats {
		return
	}
	i["required"], i["readOnly"] = false, true
	path := of(on) + ".count()"
	if q.typ == "string" {
		path = of(on) + ".first().toString()"
		if on.coded {
			path = of(on) + ".code.first()"
		}
	} else if on.scored {
		path = of(on) + ".weight().first().toInteger()"
	}
	expression(i, sdc+"calculatedExpression", path)
}

func (w *author) enable(i object) {
	if on := w.earlier(); on != nil && i["enableWhen"] == nil {
		expression(i, sdc+"enableWhenExpression", of(on)+rapid.SampledFrom([]string{".exists()", ".empty()", ".count() > 1"}).Draw(w.t, "when"))
	}
}

func (w *author) toggle(i object, q *asked) {
	on := w.earlier()
	if on == nil || !q.coded || occurs(i) {
		return
	}
	option := i["answerOption"].([]any)[0].(object)
	if option["initialSelected"] != nil {
		return
	}
	c := option["valueCoding"].(object)
	bare := object{"code": c["code"]}
	if c["system"] != nil {
		bare["system"] = c["system"]
	}
	list := extensions(i)
	i["extension"] = append(list, object{"url": sdc + "answerOptionsToggleExpression", "extension": []any{
		object{"url": "option", "valueCoding": bare},
		object{"url": "expression", "valueExpression": object{"language": "text/fhirpath", "expression": of(on) + ".empty()"}},
	}})
}

// offer asks which of the things that were chosen before.
func (w *author) offer(i object, q *asked) {
	on := w.earlier()
	if on == nil || !on.coded || q.typ != "choice" || occurs(i) {
		return
	}
	delete(i, "answerOption")
	q.coded, q.scored, q.name = false, false, ""
	i["required"] = false
	expression(i, sdc+"answerExpression", of(on))
}

func (w *author) reword(i object) {
	on := w.earlier()
	if on == nil {
		return
	}
	expr := object{"url": hl7 + "cqf-expression", "valueExpression": object{"language": "text/fhirpath", "expression": fmt.Sprintf("'No %d after ' & %s.count().toString() & ' answers?'", w.links, of(on))}}
	text, _ := i["_text"].(object)
	if text == nil {
		text = object{}
	}
	list, _ := text["extension"].([]any)
	text["extension"] = append(list, expr)
	i["_text"] = text
}

func (w *author) constrain(i object, q *asked) {
	human := object{"url": "human", "valueString": "Not so much."}
	w.say(human, "valueString", "Not so much.")
	list := extensions(i)
	i["extension"] = append(list, object{"url": hl7 + "targetConstraint", "extension": []any{
		object{"url": "key", "valueId": fmt.Sprint("c-", w.links)}, object{"url": "severity", "valueCode": "error"}, human,
		object{"url": "expression", "valueExpression": object{"language": "text/fhirpath", "expression": "answer.count() < 3"}},
	}})
}

func (w *author) propose(i object, q *asked) {
	if !q.repeats && (q.typ == "date" || q.typ == "dateTime") {
		expression(i, sdc+"initialExpression", map[string]string{"date": "today()", "dateTime": "now()"}[q.typ])
	}
}
