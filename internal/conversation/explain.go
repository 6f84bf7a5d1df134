package conversation

import (
	"strconv"
	"strings"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/words"
)

// explain says what was wrong with an answer and what would be right; the second time also how to get past the question.
func (t *turn) explain(i *questionnaire.Item, issue fault.Issue) {
	f := t.s.Filling
	f.Misses++
	if i.Repeats && howMany(issue.Code) {
		t.tell(questionnaire.Explain(issue, i, t.lang()))
	} else {
		t.say(t.missed(i, issue.Code))
	}
	t.expect(i)
	t.offerSkip(i)
}

// howMany says whether the answers were read one by one, and only don't do together.
func howMany(code string) bool {
	return code == "too-few" || code == "too-many" || code == "exclusive-option"
}

// which asks which of several answers was meant.
func (t *turn) which(i *questionnaire.Item, either []questionnaire.Value) {
	t.s.Filling.Misses++
	var list []string
	for _, v := range either {
		list = append(list, t.shownOne(i, v))
	}
	last := len(list) - 1
	t.say("either", "list", strings.Join(list[:last], ", ")+" "+words.Text(t.lang(), "sms.or")+" "+list[last])
	t.offerSkip(i)
}

// refused says whether an answer was read and is a number, day or time that the question does not allow: no story, whatever its words.
func refused(issue *fault.Issue) bool {
	if issue == nil {
		return false
	}
	switch issue.Code {
	case "too-small", "too-large", "off-step", "too-precise":
		return true
	}
	return false
}

// refuse says what is wrong with it.
func (t *turn) refuse(i *questionnaire.Item, issue fault.Issue) {
	t.s.Filling.Misses++
	t.tell(questionnaire.Explain(issue, i, t.lang()))
	t.offerSkip(i)
}

// offerSkip says how to get past a question that was missed twice.
func (t *turn) offerSkip(i *questionnaire.Item) {
	switch {
	case t.s.Filling.Misses < 2:
	case i.Required:
		t.say("leave-offer")
	default:
		t.say("skip-offer")
	}
}

// missed is the sentence for an issue's code.
func (t *turn) missed(i *questionnaire.Item, code string) string {
	if _, err := strconv.Atoi(t.folded); err == nil && len(i.Keys()) > 0 {
		return "miss-range"
	}
	switch code {
	case "too-long":
		return "miss-long"
	case "too-many", "exclusive-option":
		if len(i.Options) > 0 {
			return "miss-one"
		}
	}
	return "miss"
}

// expect says what an answer to i looks like.
func (t *turn) expect(i *questionnaire.Item) {
	switch i.Type {
	case questionnaire.Choice, questionnaire.OpenChoice:
		keys := i.Keys()
		if i.Repeats && len(keys) > 1 {
			t.say("expect-choices", "example", keys[0]+" "+keys[1])
		} else {
			t.say("expect-choice")
		}
		for _, c := range t.choices(i) {
			t.tell(c)
		}
		if i.Type == questionnaire.OpenChoice {
			t.say("expect-own")
		}
	case questionnaire.Boolean:
		t.say("expect-boolean")
		for _, c := range t.choices(i) {
			t.tell(c)
		}
	case questionnaire.Integer, questionnaire.Decimal:
		t.expectNumber(i)
	case questionnaire.Quantity:
		t.expectQuantity(i)
	case questionnaire.Date:
		t.say("expect-date")
	case questionnaire.Time:
		t.say("expect-time")
	case questionnaire.DateTime:
		t.say("expect-datetime")
	case questionnaire.URL:
		t.say("expect-url")
	default:
		if i.MaxLength > 0 {
			t.say("expect-words-max", "max", strconv.Itoa(i.MaxLength))
		} else {
			t.say("expect-words")
		}
		if i.Repeats {
			t.say("expect-lines")
		}
	}
}

func (t *turn) expectNumber(i *questionnaire.Item) {
	switch {
	case i.Min != nil && i.Max != nil:
		t.say("expect-range", "min", i.Min.Text, "max", i.Max.Text)
	case i.Min != nil:
		t.say("expect-min", "min", i.Min.Text)
	case i.Max != nil:
		t.say("expect-max", "max", i.Max.Text)
	default:
		t.say("expect-number")
	}
}

// expectQuantity shows a number with a unit, within the bounds where there are any.
func (t *turn) expectQuantity(i *questionnaire.Item) {
	if len(i.Units) == 0 {
		t.expectNumber(i)
		return
	}
	number := "10"
	if i.Min != nil {
		number = i.Min.Text
	} else if i.Max != nil {
		number = i.Max.Text
	}
	unit := i.Units[0].Display
	if unit == "" {
		unit = i.Units[0].Code
	}
	t.say("expect-unit", "example", number+" "+unit)
}
