package disclosure

import "errors"

// Attack plays the intruder who sees every cell that is not hidden, knows every sum, and knows that counts are whole
// and not negative: exact elimination over the rationals, then bounds of every protected cell by linear programming.
// No breach means safe: for each protected cell there are whole-number tables, checked one by one against everything
// published, in which it is at least Reach and that lie Span apart. What can't be proven safe is a breach.
//
// Breaches come in the order of their cells, those of alike groups last.
func Attack(t Tables, hidden []bool, r Rule) ([]Breach, error) {
	p, err := newProblem(t, r)
	if err != nil {
		return nil, err
	}
	if len(hidden) != len(t.Counts) {
		return nil, errors.New("disclosure tables: every cell must be either hidden or shown")
	}
	for i, latent := range p.latent {
		if latent && !hidden[i] {
			return nil, errors.New("disclosure tables: a latent cell can't be shown")
		}
	}
	return newEvidence(p, hidden).attack(), nil
}

func (e *evidence) attack() []Breach {
	found := map[int]Breach{}
	for i, shown := range e.counts {
		if e.small(i) && !e.hidden[i] {
			found[i] = Breach{Cell: i, Lower: shown, Upper: shown}
		}
	}
	for _, cells := range e.components() {
		s := e.newSystem(cells)
		for _, t := range s.things {
			if b, safe := s.prove(t); !safe {
				found[t] = e.breach(t, b)
			}
		}
	}
	for g := range e.alike {
		t := len(e.counts) + g
		if _, known := found[t]; !known && !e.proven(t) { // all its answers are shown
			found[t] = e.breach(t, bounds{certain: true})
		}
	}
	breaches := make([]Breach, 0, len(found))
	for t := range len(e.counts) + len(e.alike) {
		if b, ok := found[t]; ok {
			breaches = append(breaches, b)
		}
	}
	return breaches
}

func (e *evidence) breach(t int, b bounds) Breach {
	out := Breach{Cell: t, Lower: b.lower, Upper: b.upper, Unproven: !b.certain}
	if e.isAlike(t) {
		out.Cell, out.Alike = e.alike[t-len(e.counts)].total, true
	}
	return out
}
