package disclosure

import (
	"errors"
	"fmt"
	"slices"
)

// maxCount keeps exact arithmetic far from overflow; there are fewer people than that.
const maxCount = 1 << 40

// minThreshold is the smallest threshold that may be configured (design §7.3).
const minThreshold = 5

// problem is [Tables] checked and indexed. Things the rule speaks of are numbered: 0..len(counts)-1 are the cells, what
// follows are the groups in which everyone answered alike, each standing for "how many answered otherwise".
type problem struct {
	rule    Rule
	counts  []int64
	cost    []int64
	sums    []Sum   // the sums, and the groups, which are sums too
	in      [][]int // the sums that each cell is in
	alike   []alike
	weights []int64 // costs on the scale of [weights]
	forced  []bool  // what is hidden whatever else is: small counts, all answers of those who answered alike, what is withheld or latent
	latent  []bool
	loose   bool // zeros may be hidden too
}

// alike is a group in which everyone answered the same.
type alike struct {
	total int
	rest  []int // the answers that nobody gave
}

func newProblem(t Tables, r Rule) (*problem, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	if err := t.check(); err != nil {
		return nil, err
	}
	n := len(t.Counts)
	p := &problem{rule: r, counts: t.Counts, cost: t.Cost, in: make([][]int, n), forced: make([]bool, n)}
	if p.cost == nil {
		p.cost = t.Counts
	}
	p.weights = weights(p.cost)
	for _, s := range t.Sums {
		p.addSum(s)
	}
	for _, g := range t.Groups {
		p.addSum(Sum(g))
		p.addAlike(g)
	}
	if p.latent = t.Latent; p.latent == nil {
		p.latent = make([]bool, n)
	}
	for i := range p.counts {
		if p.small(i) || p.latent[i] || t.Withheld != nil && t.Withheld[i] {
			p.forced[i] = true
		}
	}
	return p, nil
}

func (p *problem) addSum(s Sum) {
	for _, k := range p.in[s.Total] {
		if p.sums[k].Total == s.Total && slices.Equal(p.sums[k].Parts, s.Parts) {
			return
		}
	}
	k := len(p.sums)
	p.sums = append(p.sums, s)
	p.in[s.Total] = append(p.in[s.Total], k)
	for _, i := range s.Parts {
		p.in[i] = append(p.in[i], k)
	}
}

// addAlike watches g when everyone in it answered the same. That holds for a small group too, whose size is hidden:
// whoever knows that somebody belongs to it would know the answer, however few or many they are. A group of nobody
// has nothing to hide.
func (p *problem) addAlike(g Group) {
	var rest []int
	for _, i := range g.Parts {
		if p.counts[i] == 0 {
			rest = append(rest, i)
		}
	}
	if len(rest) != len(g.Parts)-1 {
		return
	}
	p.alike = append(p.alike, alike{total: g.Total, rest: rest})
	for _, i := range g.Parts {
		p.forced[i] = true
	}
}

// small says that the count of cell i identifies people.
func (p *problem) small(i int) bool {
	return p.counts[i] >= 1 && p.counts[i] <= p.rule.Threshold && !p.latent[i]
}

// pinned says that cell i is shown whatever comes: a zero is. It could hide nothing from those who know that there can't be anybody, and
// who knows what they know: a question that must be answered, a channel that nobody can come by.
func (p *problem) pinned(i int) bool { return p.counts[i] == 0 && !p.forced[i] && !p.loose }

// truth is the true value of thing t: a count, or how many of an alike group answered otherwise.
func (p *problem) truth(t int) int64 {
	if p.isAlike(t) {
		return 0
	}
	return p.counts[t]
}

func (p *problem) isAlike(t int) bool { return t >= len(p.counts) }

// terms are the cells whose sum is thing t.
func (p *problem) terms(t int) []int {
	if p.isAlike(t) {
		return p.alike[t-len(p.counts)].rest
	}
	return []int{t}
}

func (r Rule) check() error {
	switch {
	case r.Threshold < minThreshold:
		return fmt.Errorf("disclosure rule: the threshold can't be below %d", minThreshold)
	case r.Reach <= r.Threshold:
		return errors.New("disclosure rule: the reach must be above the threshold")
	case r.Span < 1:
		return errors.New("disclosure rule: the span must be at least 1")
	case r.Reach > maxCount || r.Span > maxCount:
		return errors.New("disclosure rule: the reach or the span is too large")
	}
	return nil
}

// check names the cell, sum or group that is wrong, never a count.
func (t Tables) check() error {
	if t.Cost != nil && len(t.Cost) != len(t.Counts) {
		return errors.New("disclosure tables: there must be as many costs as counts")
	}
	for _, marks := range [][]bool{t.Withheld, t.Latent} {
		if marks != nil && len(marks) != len(t.Counts) {
			return errors.New("disclosure tables: every cell must be marked or none")
		}
	}
	for i, x := range t.Counts {
		if x < 0 || x > maxCount {
			return fmt.Errorf("disclosure tables: cell %d is not a count of people", i)
		}
		if t.Cost != nil && t.Cost[i] < 0 {
			return fmt.Errorf("disclosure tables: cell %d has a negative cost", i)
		}
	}
	for k, s := range t.Sums {
		if err := t.checkSum(s); err != nil {
			return fmt.Errorf("disclosure tables: sum %d %w", k, err)
		}
	}
	for k, g := range t.Groups {
		if err := t.checkSum(Sum(g)); err != nil {
			return fmt.Errorf("disclosure tables: group %d %w", k, err)
		}
		if len(g.Parts) < 2 {
			return fmt.Errorf("disclosure tables: group %d offers a single answer, so it can't be kept from anyone", k)
		}
	}
	return nil
}

func (t Tables) checkSum(s Sum) error {
	if len(s.Parts) == 0 {
		return errors.New("has no parts")
	}
	seen := make(map[int]bool, len(s.Parts)+1)
	for _, i := range append([]int{s.Total}, s.Parts...) {
		if i < 0 || i >= len(t.Counts) {
			return errors.New("names a cell that isn't there")
		}
		if seen[i] {
			return errors.New("names a cell twice")
		}
		seen[i] = true
	}
	left := t.Counts[s.Total]
	for _, i := range s.Parts {
		left -= t.Counts[i] // can't wrap: len(Parts) < 2^22 in any memory there is
	}
	if left != 0 {
		return errors.New("doesn't hold")
	}
	return nil
}
