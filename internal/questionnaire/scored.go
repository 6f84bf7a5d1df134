package questionnaire

import (
	"cmp"
	"slices"
	"strconv"
)

// counted is an item as a score counts it.
type counted struct {
	*Item
	reversed bool
	ends     int64 // its lowest and highest ordinal together
}

// worth is what an option counts for.
func (c counted) worth(o *Option) int64 {
	if c.reversed {
		return c.ends - *o.Ordinal
	}
	return *o.Ordinal
}

func (c counted) bounds() (lowest, highest int64) {
	lowest, highest = *c.Options[0].Ordinal, *c.Options[0].Ordinal
	for _, o := range c.Options {
		lowest, highest = min(lowest, *o.Ordinal), max(highest, *o.Ordinal)
	}
	return lowest, highest
}

// counted are the items of s, all of which are there and have ordinals.
func (q *Questionnaire) counted(s *Score) []counted {
	out := make([]counted, len(s.Items))
	for n, id := range s.Items {
		out[n] = counted{Item: q.byLink[id], reversed: slices.Contains(s.Reversed, id)}
		lo, hi := out[n].bounds()
		out[n].ends = lo + hi
	}
	return out
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
		total, count := int64(0), 0
		for _, i := range q.scored[n] {
			if !on[i.index] {
				continue
			}
			if vs := i.given(a); len(vs) == 1 {
				if o := i.Option(vs[0]); o != nil {
					total += i.worth(o)
					count++
				}
			}
		}
		if s := &q.Scores[n]; count >= s.MinAnswered {
			out = append(out, s.report(s.combine(total, int64(count)), count))
		}
	}
	return out
}

// combine makes the raw score of count answers that add up to total: their mean, or their mean times the number of items.
func (s *Score) combine(total, count int64) int64 {
	if s.Method == "sum" {
		total *= int64(len(s.Items))
	}
	return divide(total, count)
}

// report is a raw score as it is reported. A prorated one that falls between two rows of the table takes the upper one, as the scoring
// manuals of PROMIS have it; one beyond the last row, which can be when options differ between items, takes the last.
func (s *Score) report(raw int64, answered int) Scored {
	if len(s.Table) == 0 {
		return Scored{ID: s.ID, Milli: raw, Answered: answered}
	}
	n, _ := slices.BinarySearchFunc(s.Table, raw, func(r Row, raw int64) int { return cmp.Compare(r.Raw, raw) })
	row := s.Table[min(n, len(s.Table)-1)]
	return Scored{ID: s.ID, Milli: row.Score, Answered: answered, Raw: raw, Error: row.Error}
}

// Linear says whether a score is a sum of what each answer counts for, give or take a factor, so that its mean follows from how many
// gave each answer. What a table gives is not: its mean tells who answered several items alike.
func (s *Score) Linear() bool { return len(s.Table) == 0 }

// span is the lowest and highest score of the table.
func (s *Score) span() (lowest, highest int64) {
	lowest, highest = s.Table[0].Score, s.Table[0].Score
	for _, r := range s.Table {
		lowest, highest = min(lowest, r.Score), max(highest, r.Score)
	}
	return lowest, highest
}

// gap is the distance between two neighbouring sums: the greatest common divisor of all differences between an item's ordinals.
func gap(items []counted) int64 {
	var all int64
	for _, i := range items {
		for _, o := range i.Options {
			a, b := all, *o.Ordinal-*i.Options[0].Ordinal
			for b != 0 {
				a, b = b, a%b
			}
			all = max(a, -a)
		}
	}
	return all
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
func rangeOf(s Score, items []counted) (lowest, highest int64) {
	if len(s.Table) > 0 {
		return s.span()
	}
	var lows, highs []int64
	for _, i := range items {
		lo, hi := i.bounds() // a reversed item has the same
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

// decimalOf is a number of thousandths in words.
func decimalOf(milli int64) string { return strconv.FormatFloat(float64(milli)/1000, 'f', -1, 64) }
