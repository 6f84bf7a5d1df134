package questionnaire

import "slices"

const maxScores = 100

// score reads our score extension: id, title, method, item …, minAnswered.
func (l *loader) score(x extension) {
	var s Score
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
		case "minAnswered":
			s.MinAnswered = p.whole("valueInteger", -1)
		default:
			return false
		}
		return true
	})
	if s.MinAnswered < 0 {
		s.MinAnswered = len(s.Items)
	}
	if len(l.q.Scores) == maxScores {
		x.r.refuse(x.path, refusedUnsupported, "there are more than %d scores", maxScores)
		return
	}
	l.q.Scores = append(l.q.Scores, s)
	n := len(l.q.Scores) - 1
	l.later = append(l.later, func() { l.checkScore(x, n) })
}

func (l *loader) checkScore(x extension, n int) {
	s := l.q.Scores[n]
	switch {
	case !idForm().MatchString(s.ID):
		x.r.refuse(x.path, refusedMissing, "a score needs an id of letters, digits, '-' and '.'")
	case slices.ContainsFunc(l.q.Scores[:n], func(o Score) bool { return o.ID == s.ID }):
		x.r.refuse(x.path, refusedDuplicate, "another score has this id")
	case s.Title == nil:
		x.r.refuse(x.path, refusedMissing, "a score needs a title")
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
		case i.Type != Choice || i.Repeats:
			x.r.refuse(x.path, refusedInvalid, "%q is not a choice with one answer", clip(id))
		case slices.ContainsFunc(i.Options, func(o Option) bool { return o.Ordinal == nil }):
			x.r.refuse(x.path, refusedInvalid, "an option of %q has no ordinalValue or itemWeight", clip(id))
		}
		seen[id] = true
	}
}

// Score computes every score that has enough answers. Disabled items count as missing.
func (q *Questionnaire) Score(a Answers) []Scored {
	if len(q.Scores) == 0 {
		return nil
	}
	var buf [stackItems]bool
	on, a := q.states(a, buf[:])
	out := make([]Scored, 0, len(q.Scores))
	for n := range q.Scores {
		total, count := int64(0), int64(0)
		for _, i := range q.scored[n] {
			if !on[i.index] {
				continue
			}
			if vs := i.given(a); len(vs) == 1 {
				if o := i.Option(vs[0]); o != nil {
					total += *o.Ordinal
					count++
				}
			}
		}
		if s := &q.Scores[n]; count >= int64(s.MinAnswered) {
			out = append(out, Scored{s.ID, s.combine(total, count)})
		}
	}
	return out
}

// combine makes the score of count answers that add up to total: their mean, or their mean times the number of items.
func (s *Score) combine(total, count int64) int64 {
	if s.Method == "sum" {
		total *= int64(len(s.Items))
	}
	return divide(total, count)
}

// divide rounds half away from zero; d is positive.
func divide(n, d int64) int64 {
	if n < 0 {
		return -divide(-n, d)
	}
	return (n + d/2) / d
}

// rangeOf is the range that a score can have. With some items missing, a score can lie beyond the range it has with all of them
// when their options differ: the extremes come from the fewest items that suffice.
func rangeOf(s Score, items []*Item) (lowest, highest int64) {
	var lows, highs []int64
	for _, i := range items {
		lo, hi := *i.Options[0].Ordinal, *i.Options[0].Ordinal
		for _, o := range i.Options {
			lo, hi = min(lo, *o.Ordinal), max(hi, *o.Ordinal)
		}
		lows, highs = append(lows, lo), append(highs, hi)
	}
	slices.Sort(lows)
	slices.Sort(highs)
	slices.Reverse(highs)
	var lo, hi int64
	for n := range s.MinAnswered {
		lo += lows[n]
		hi += highs[n]
	}
	return s.combine(lo, int64(s.MinAnswered)), s.combine(hi, int64(s.MinAnswered))
}
