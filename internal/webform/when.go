package webform

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/tellback/tellback/internal/questionnaire"
)

// condition is an enableWhen for the script. Names are short: they are sent once per item.
type condition struct {
	Question string `json:"q"`
	Operator string `json:"op"`
	Answer   string `json:"v"`           // as a control holds it
	Number   bool   `json:"n,omitempty"` // compare as numbers, not as text
}

// whenDoc says to the script when something is asked.
type whenDoc struct {
	Any   bool        `json:"any,omitempty"`
	All   []condition `json:"c,omitempty"`
	Under string      `json:"under,omitempty"` // answered
	Is    string      `json:"is,omitempty"`    // with this
}

func (d whenDoc) encode() string {
	enc, _ := json.Marshal(d) // strings and bools only: can't fail
	return string(enc)
}

// onlyIf says when i is asked: in words, and for the script. Both are empty for an item that is always asked. What is
// nested under a question also waits for that question's answer, unless it is only read.
func (b *builder) onlyIf(i *questionnaire.Item) (inWords, when string) {
	doc := whenDoc{Any: i.EnableAny}
	var parts []string
	conditions := i.EnableWhen
	if conditional(b.q, i) {
		conditions = nil // it is shown only when it is asked
	}
	if up := i.Parent; up != nil && Asked(up) && i.Type != questionnaire.Display && i.Nth == 0 {
		doc.Under = up.LinkID
	}
	for _, c := range conditions {
		on := b.q.Item(c.Question)
		if on == nil {
			continue // refused at load
		}
		v := c.Answer
		doc.All = append(doc.All, condition{
			Question: c.Question, Operator: c.Operator, Answer: b.held(on, v),
			Number: on.Type == questionnaire.Integer || on.Type == questionnaire.Decimal || on.Type == questionnaire.Quantity,
		})
		parts = append(parts, b.condition(c, on))
	}
	if len(parts) == 0 && doc.Under == "" {
		return "", ""
	}
	enc := doc.encode()
	if len(parts) == 0 {
		up := i.Parent
		exists := questionnaire.Condition{Operator: "exists", Answer: questionnaire.Value{Type: questionnaire.Boolean, Text: "true"}}
		return b.say("only-if", "conditions", b.condition(exists, up)), enc
	}
	join := "cond-and"
	if i.EnableAny {
		join = "cond-or"
	}
	text := parts[0]
	for _, p := range parts[1:] {
		text = b.say(join, "a", text, "b", p)
	}
	return b.say("only-if", "conditions", text), enc
}

// held is what a control holds to show v.
func (b *builder) held(i *questionnaire.Item, v questionnaire.Value) string {
	if i.Option(v) != nil && typed(i) != nil {
		return v.Display(i, b.lang)
	}
	return shown(i, v, b.loc)
}

// condition is one condition in words.
func (b *builder) condition(c questionnaire.Condition, on *questionnaire.Item) string {
	question := strings.TrimRight(on.Text.In(b.lang), " ?:.…")
	question = strings.TrimLeft(question, "¿ ")
	if c.Operator == "exists" {
		if yes, err := strconv.ParseBool(c.Answer.Text); err == nil && !yes {
			return b.say("cond-unanswered", "question", question)
		}
		return b.say("cond-answered", "question", question)
	}
	key := map[string]string{"=": "is", "!=": "not", ">": "more", "<": "less", ">=": "from", "<=": "upto"}[c.Operator]
	return b.say("cond-"+key, "question", question, "answer", c.Answer.Display(on, b.lang))
}
