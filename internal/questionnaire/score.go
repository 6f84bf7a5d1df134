package questionnaire

import (
	"slices"
	"strings"
)

const (
	maxScores = 100
	maxRows   = 1000 // of a score's table
)

// declared is what a score's author says of it beyond what it is made of; it is held against the items.
type declared struct {
	missing  string // "none" or "mean"
	min, max *int64
}

// score reads our score extension: id, title, method, item …, reversed …, minAnswered, missing, direction, minimum, maximum, row ….
func (l *loader) score(x extension) {
	var s Score
	var d declared
	s.MinAnswered = -1
	x.extensions(nil, func(p extension) bool {
		switch p.url {
		case "id":
			s.ID = p.str("valueString")
			if s.ID == "" {
				s.ID = p.str("valueId")
			}
		case "title":
			s.Title = p.localized("valueString", l.lang)
		case "method":
			s.Method = p.str("valueCode")
			if s.Method == "" {
				s.Method = p.str("valueString")
			}
		case "item":
			s.Items = append(s.Items, p.str("valueString"))
		case "reversed":
			s.Reversed = append(s.Reversed, p.str("valueString"))
		case "minAnswered":
			s.MinAnswered = p.whole("valueInteger", -1)
		case "missing":
			d.missing = p.oneOf("valueCode", "none", "mean")
		case "direction":
			s.Better, _, _ = strings.Cut(p.oneOf("valueCode", "higher-is-better", "lower-is-better"), "-")
		case "minimum":
			d.min = p.thousandths()
		case "maximum":
			d.max = p.thousandths()
		case "row":
			l.scoreRow(p, &s)
		default:
			return false
		}
		return true
	})
	switch {
	case d.missing == "mean" && s.MinAnswered < 0:
		x.r.refuse(x.path, refusedMissing, "a score that is prorated needs minAnswered: how many items must be answered")
	case d.missing == "none" && s.MinAnswered >= 0 && s.MinAnswered < len(s.Items):
		x.r.refuse(x.path, refusedInvalid, "minAnswered contradicts missing: none, which needs every item answered")
	}
	if s.MinAnswered < 0 {
		s.MinAnswered = len(s.Items)
	}
	if len(l.q.Scores) == maxScores {
		x.r.refuse(x.path, refusedUnsupported, "there are more than %d scores", maxScores)
		return
	}
	l.q.Scores = append(l.q.Scores, s)
	n := len(l.q.Scores) - 1
	l.later = append(l.later, func() { l.checkScore(x, n, d) })
}

func (l *loader) checkScore(x extension, n int, d declared) {
	s := l.q.Scores[n]
	switch {
	case !idForm().MatchString(s.ID):
		x.r.refuse(x.path, refusedMissing, "a score needs an id of letters, digits, '-' and '.'")
	case slices.ContainsFunc(l.q.Scores[:n], func(o Score) bool { return o.ID == s.ID }):
		x.r.refuse(x.path, refusedDuplicate, "another score has this id")
	case s.Title == nil:
		x.r.refuse(x.path, refusedMissing, "a score needs a title")
	case s.Method == "mean" && len(s.Table) > 0:
		x.r.refuse(x.path, refusedUnsupported, "a table goes with the method sum")
	case s.Method != "sum" && s.Method != "mean":
		x.r.refuse(x.path, refusedInvalid, "method must be sum or mean")
	case len(s.Items) == 0:
		x.r.refuse(x.path, refusedMissing, "a score needs items")
	case s.MinAnswered < 1 || s.MinAnswered > len(s.Items):
		x.r.refuse(x.path, refusedInvalid, "minAnswered must be from 1 to the number of items")
	}
	seen := make(map[string]bool, len(s.Items))
	for _, id := range s.Items {
		i := l.q.byLink[id]
		switch {
		case i == nil:
			x.r.refuse(x.path, refusedInvalid, "no item has the linkId %q", clip(id))
		case seen[id]:
			x.r.refuse(x.path, refusedDuplicate, "%q is counted twice", clip(id))
		case i.often():
			x.r.refuse(x.path, refusedUnsupported, "%q may be answered several times, since something around it repeats: a score counts each item once", clip(id))
		case i.Type != Choice || i.Repeats:
			x.r.refuse(x.path, refusedInvalid, "%q is not a choice with one answer", clip(id))
		case len(i.Options) == 0:
			x.r.refuse(x.path, refusedUnsupported, "%q gets its options from an expression, so that what they count for can't be known", clip(id))
		case slices.ContainsFunc(i.Options, func(o Option) bool { return o.Ordinal == nil }):
			x.r.refuse(x.path, refusedInvalid, "an option of %q has no ordinalValue or itemWeight", clip(id))
		}
		seen[id] = true
	}
	turned := make(map[string]bool, len(s.Reversed))
	for _, id := range s.Reversed {
		if !seen[id] || turned[id] {
			x.r.refuse(x.path, refusedInvalid, "%q is reversed, but isn't one of the score's items, or is there twice", clip(id))
		}
		turned[id] = true
	}
	if len(l.issues) == 0 { // otherwise some of it may not be there
		l.checkRange(x, s, d)
	}
}

// checkRange holds what a score's author declares against what its items can give when all are answered.
func (l *loader) checkRange(x extension, s Score, d declared) {
	items := l.q.counted(&s)
	complete := s
	complete.MinAnswered, complete.Table = len(items), nil
	lo, hi := rangeOf(complete, items)
	if len(s.Table) > 0 {
		last := len(s.Table) - 1
		if s.Table[0].Raw != lo || s.Table[last].Raw != hi || gap(items)*int64(last) != hi-lo {
			x.r.refuse(x.path, refusedInvalid, "the table needs a row for each raw score from %s to %s", decimalOf(lo), decimalOf(hi))
			return
		}
		lo, hi = s.span()
	}
	if d.min != nil && *d.min != lo || d.max != nil && *d.max != hi {
		x.r.refuse(x.path, refusedInvalid, "the range contradicts the items: with all of them answered it is from %s to %s", decimalOf(lo), decimalOf(hi))
	}
}

// scoreRow reads a row of a score's table: raw, score, error.
func (l *loader) scoreRow(x extension, s *Score) {
	var raw, score, err *int64
	x.extensions(nil, func(p extension) bool {
		switch p.url {
		case "raw":
			raw = p.thousandths()
		case "score":
			score = p.thousandths()
		case "error":
			err = p.thousandths()
		default:
			return false
		}
		return true
	})
	switch {
	case raw == nil || score == nil:
		x.r.refuse(x.path, refusedMissing, "a row needs its raw and its score")
	case err != nil && *err <= 0:
		x.r.refuse(x.path, refusedInvalid, "a standard error is above zero")
	case len(s.Table) > 0 && *raw <= s.Table[len(s.Table)-1].Raw:
		x.r.refuse(x.path, refusedInvalid, "rows are by ascending raw score, each once")
	case len(s.Table) == maxRows:
		x.r.refuse(x.path, refusedUnsupported, "there are more than %d rows", maxRows)
	default:
		row := Row{Raw: *raw, Score: *score}
		if err != nil {
			row.Error = *err
		}
		s.Table = append(s.Table, row)
	}
}

// thousandths is a part's decimal or integer; nil, and said so, when it isn't there.
func (x extension) thousandths() *int64 {
	name := "valueDecimal"
	if x.take(name) == nil {
		name = "valueInteger"
	}
	n := x.of(name, kindNumber)
	if n == nil {
		x.refuse("value[x]", refusedMissing, "this needs a decimal or an integer")
		return nil
	}
	text, ok := plain(n.text)
	m, exact := milli(text)
	if !ok || !exact {
		x.refuse(name, refusedUnsupported, "this has at most three decimals and lies within ±%d", maxOrdinal)
		return nil
	}
	return &m
}

// oneOf is a code that must be one of codes.
func (x extension) oneOf(name string, codes ...string) string {
	code := x.str(name)
	if !slices.Contains(codes, code) {
		x.refuse(name, refusedInvalid, "must be %s", strings.Join(codes, " or "))
		return ""
	}
	return code
}
