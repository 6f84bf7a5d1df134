// Package learning adds up what everybody reported: a standing's contribution to the cells, and the ledger that folds
// the stream of changes into them, each exactly once.
package learning

import (
	"maps"
	"slices"

	"github.com/tellback/tellback/internal/report"
)

// Key names a cell: what one group answered to one item of one version of a questionnaire in one period.
type Key struct {
	Program, Questionnaire, Version, Period string
	Perspective                             string // self or proxy, never pooled
	Group                                   string // "" for everyone, "age=18-39", "age=18-39&language=es", [OriginOpen], [OriginKnown]
	Item                                    string // a linkId, [ScorePrefix] and a score's id, or "" for the people themselves
}

// ScorePrefix begins the Item of a score's cell.
const ScorePrefix = "score:"

// The groups that say how people came. They have only a people cell.
const (
	OriginOpen  = "origin=open"
	OriginKnown = "origin=known"
)

// Totals is what a cell holds: integers only, so that totals merge and subtract exactly in any order.
type Totals struct {
	Participants int64 // people whose standing counts here; for an item those who were asked
	Reports      int64 // complete reports behind them (people cells only)
	Missing      int64 // asked but not answered
	Sum, Sum2    int64 // Σx in thousandths and Σx² in millionths of the numbers answered
	Unsummed     int64 // answered with a number too large for Sum and Sum2 (see MaxMilli)
	Synthetic    int64 // of Participants (people cells only)
	// Bins counts people by answer code; in a people cell by the furthest stage they reached.
	Bins map[string]int64
}

// MaxMilli is the largest number, in thousandths, that is summed. It keeps Σx² within 64 bits for 92,000 people. A larger one
// counts as answered and Unsummed: refusing it would let one absurd answer hold up everybody's.
const MaxMilli = 10_000_000

// Zero says that t holds nothing.
func (t Totals) Zero() bool {
	for _, n := range t.Bins {
		if n != 0 {
			return false
		}
	}
	return t.Participants == 0 && t.Reports == 0 && t.Missing == 0 && t.Sum == 0 && t.Sum2 == 0 && t.Unsummed == 0 && t.Synthetic == 0
}

// plus is t + sign·u. It shares nothing with either.
func (t Totals) plus(u Totals, sign int64) Totals {
	out := Totals{
		Participants: t.Participants + sign*u.Participants,
		Reports:      t.Reports + sign*u.Reports,
		Missing:      t.Missing + sign*u.Missing,
		Sum:          t.Sum + sign*u.Sum,
		Sum2:         t.Sum2 + sign*u.Sum2,
		Unsummed:     t.Unsummed + sign*u.Unsummed,
		Synthetic:    t.Synthetic + sign*u.Synthetic,
	}
	if len(t.Bins)+len(u.Bins) == 0 {
		return out
	}
	out.Bins = make(map[string]int64, len(t.Bins))
	maps.Copy(out.Bins, t.Bins)
	for code, n := range u.Bins {
		out.Bins[code] += sign * n
	}
	maps.DeleteFunc(out.Bins, func(_ string, n int64) bool { return n == 0 })
	if len(out.Bins) == 0 {
		out.Bins = nil
	}
	return out
}

// Cells are totals by key. A cell that holds nothing has no entry.
type Cells map[Key]Totals

// Add adds t to the cell of k.
func (c Cells) Add(k Key, t Totals) { c.add(Cells{k: t}, 1) }

// add adds sign·d to c.
func (c Cells) add(d Cells, sign int64) {
	for k, t := range d {
		if sum := c[k].plus(t, sign); sum.Zero() {
			delete(c, k)
		} else {
			c[k] = sum
		}
	}
}

// Contribution is what one standing adds to the cells: one participant in each of its groups. Only a completed standing
// adds to items; the groups of its origin get only people.
func Contribution(s report.Standing) Cells {
	out := Cells{}
	at := Key{Program: s.Program, Questionnaire: s.Questionnaire, Version: s.Version, Period: s.Period, Perspective: string(s.Perspective)}
	people := Totals{Participants: 1, Reports: int64(len(s.Reports)), Bins: map[string]int64{string(s.Stage): 1}}
	if s.Synthetic {
		people.Synthetic = 1
	}
	origin := OriginKnown
	if s.Origin == report.Open {
		origin = OriginOpen
	}
	at.Group = origin
	out[at] = people

	groups := slices.Concat([]string{""}, s.Groups)
	for _, group := range groups {
		at.Group, at.Item = group, ""
		out[at] = people
		if s.Stage != report.Completed {
			continue
		}
		for link, cell := range s.Cells {
			at.Item = link
			out[at] = answered(cell)
		}
		for _, score := range s.Scores {
			at.Item = ScorePrefix + score.ID
			out[at] = number(Totals{Participants: 1}, score.Milli)
		}
		for _, id := range s.Missing {
			at.Item = ScorePrefix + id
			out[at] = Totals{Participants: 1, Missing: 1}
		}
	}
	return out
}

func answered(c report.Cell) Totals {
	t := Totals{Participants: 1}
	if c.Missing {
		t.Missing = 1
		return t
	}
	for _, code := range c.Codes {
		if t.Bins == nil {
			t.Bins = map[string]int64{}
		}
		t.Bins[code] = 1
	}
	if c.Number {
		return number(t, c.Milli)
	}
	return t
}

func number(t Totals, milli int64) Totals {
	if milli > MaxMilli || milli < -MaxMilli {
		t.Unsummed = 1
		return t
	}
	t.Sum, t.Sum2 = milli, milli*milli
	return t
}
