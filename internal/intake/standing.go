package intake

import (
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/report"
)

// maxListed is how many reports a standing lists. A period has one or two of them; somebody who texts many stories has
// some dozens. Beyond it the oldest is still kept, but no longer comes back when every newer one is withdrawn.
const maxListed = 500

// enter is standing s with one more report in it. It counts unless one that was told later (or at the same moment,
// with a greater id) is there already.
func enter(s report.Standing, a admitted) report.Standing {
	told, id := a.report.At.UnixMilli(), a.report.ID
	n := len(s.Reports)
	for n > 0 && (s.Told[n-1] > told || s.Told[n-1] == told && s.Reports[n-1] > id) {
		n--
	}
	next := s
	if n == len(s.Reports) {
		next = counted(a)
	}
	next.Reports, next.Told = slices.Insert(s.Reports, n, id), slices.Insert(s.Told, n, told)
	if over := len(next.Reports) - maxListed; over > 0 {
		next.Reports, next.Told = next.Reports[over:], next.Told[over:]
	}
	return next
}

// frame is a standing that says only who and what it is of.
func frame(a admitted) report.Standing {
	r := a.report
	return report.Standing{
		Program: r.Program, Questionnaire: r.Questionnaire, Version: r.Version, Period: r.Period,
		Perspective: r.Perspective, Origin: r.Origin, Groups: r.Groups, Synthetic: r.Synthetic,
	}
}

// counted is a standing in which a's report counts; Reports and Told are the caller's.
func counted(a admitted) report.Standing {
	s := frame(a)
	s.Stage, s.At, s.Scores = report.Completed, a.report.At, a.report.Scores
	s.Cells = cells(a.q, a.report.Answers.Reveal())
	for _, score := range a.q.Scores {
		if !slices.ContainsFunc(s.Scores, func(x questionnaire.Scored) bool { return x.ID == score.ID }) {
			s.Missing = append(s.Missing, score.ID)
		}
	}
	return s
}

// emptied is a standing that no report counts in any more. The participant had come as far as starting. It is not
// deleted, so that its version never starts again at 1, which somebody may have read before. Of an open form's
// participant, who was nobody but that report, not even the groups stay.
func emptied(s report.Standing) report.Standing {
	next := report.Standing{
		Program: s.Program, Questionnaire: s.Questionnaire, Version: s.Version, Period: s.Period,
		Perspective: s.Perspective, Stage: report.Started, Origin: s.Origin, Groups: s.Groups, Synthetic: s.Synthetic,
	}
	if s.Origin == report.Open {
		next.Groups = []string{""}
	}
	return next
}

// cells are what the answers contribute, for every question that people see.
func cells(q *questionnaire.Questionnaire, answers questionnaire.Answers) map[string]report.Cell {
	out := map[string]report.Cell{}
	for _, item := range q.Enabled(answers) {
		if item.Counted() && !hidden(item) {
			out[item.LinkID] = cell(item, answers[item.LinkID])
		}
	}
	return out
}

func hidden(i *questionnaire.Item) bool {
	for ; i != nil; i = i.Parent {
		if i.Hidden {
			return true
		}
	}
	return false
}

// other is the code of free words in an open choice. The words themselves never leave the report.
const other = "other"

// cell is what the answers to one item contribute: codes and thousandths, never words.
func cell(i *questionnaire.Item, vs []questionnaire.Value) report.Cell {
	if len(vs) == 0 {
		return report.Cell{Missing: true}
	}
	var c report.Cell
	switch i.Type {
	case questionnaire.Boolean:
		if t := vs[0].Text; t == "true" || t == "false" {
			c.Codes = []string{t}
		}
	case questionnaire.Choice, questionnaire.OpenChoice:
		for _, v := range vs {
			if code := codeOf(i, v); code != "" && !slices.Contains(c.Codes, code) {
				c.Codes = append(c.Codes, code)
			}
		}
		if o := i.Option(vs[0]); len(vs) == 1 && o != nil && o.Ordinal != nil {
			c.Milli, c.Number = *o.Ordinal, true
		}
	case questionnaire.Integer, questionnaire.Decimal, questionnaire.Quantity:
		if len(vs) == 1 && poolable(i, vs[0]) {
			c.Milli, c.Number = thousandths(vs[0].Text)
		}
	}
	return c
}

// codeOf is an option's code, or its own text where it has none.
func codeOf(i *questionnaire.Item, v questionnaire.Value) string {
	o := i.Option(v)
	switch {
	case o == nil && i.Type == questionnaire.OpenChoice:
		return other
	case o == nil:
		return ""
	case o.Value.Code != "":
		return o.Value.Code
	}
	return o.Value.Text
}

// poolable says whether numbers of this item can be added up: where several units are allowed, only those in the first.
func poolable(i *questionnaire.Item, v questionnaire.Value) bool {
	return i.Type != questionnaire.Quantity || len(i.Units) < 2 ||
		v.System == i.Units[0].System && v.Code == i.Units[0].Code
}

// limitMilli bounds what counts as a number: beyond a billion it is a slip of the finger that would drown all others.
const limitMilli = 1_000_000_000_000

// thousandths reads a decimal exactly and rounds half away from zero; ok is false for what is no number or absurdly large.
func thousandths(text string) (milli int64, ok bool) {
	if len(text) > 64 || strings.Trim(text, "0123456789+-.eE") != "" { // big.Rat also reads fractions and other bases
		return 0, false
	}
	// The exponent is bounded before anything is computed: 1e999999 is nine characters and a million digits.
	mantissa, exponent := text, 0
	if at := strings.IndexAny(text, "eE"); at >= 0 {
		var err error
		if exponent, err = strconv.Atoi(text[at+1:]); err != nil {
			return 0, false
		}
		mantissa = text[:at]
	}
	x, ok := new(big.Rat).SetString(mantissa)
	switch {
	case !ok:
		return 0, false
	case x.Sign() == 0 || exponent < -100:
		return 0, true
	case exponent > 100:
		return 0, false
	}
	x, _ = x.SetString(text)
	whole := new(big.Int).Mul(new(big.Int).Abs(x.Num()), big.NewInt(2000))
	whole.Add(whole, x.Denom()).Quo(whole, new(big.Int).Lsh(x.Denom(), 1))
	if !whole.IsInt64() || whole.Int64() >= limitMilli {
		return 0, false
	}
	return int64(x.Sign()) * whole.Int64(), true
}
