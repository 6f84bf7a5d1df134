// Package disclosure protects a set of linked tables of counts against disclosure, and holds the attacker that tries to
// undo the protection. It knows nothing of questionnaires: a problem is cells, the sums that link them, and the rule.
//
// The rule is design §7.3–4 (see also Hundepool et al., Statistical Disclosure Control, 2012, ch. 4: primary and
// complementary cell suppression, feasibility intervals).
package disclosure

// Rule is what must hold of anything published.
type Rule struct {
	Threshold int64 `json:"threshold"` // counts 1..Threshold are never shown or derivable; 10
	Reach     int64 `json:"reach"`     // the attacker's upper bound on every protected cell is at least this; Threshold+1
	Span      int64 `json:"span"`      // upper minus lower bound is at least this; 10
}

// Default is the rule of design §7.
var Default = Rule{Threshold: 10, Reach: 11, Span: 10}

// Sum says that cell Total is the sum of the cells Parts (indices into Tables.Counts). Everyone knows every sum.
type Sum struct {
	Total int
	Parts []int
}

// Group is a set of cells that split one group of people by their answer (Total, an index, is the group's size; Parts
// its answers). When everyone in it answered alike that must not be derivable either.
type Group struct {
	Total int
	Parts []int
}

// Tables are linked tables of counts of distinct people. All counts are ≥ 0 and every Sum holds.
type Tables struct {
	Counts []int64
	Sums   []Sum
	Groups []Group
	// Cost is how much it hurts to hide a cell; nil means Counts themselves. Same length as Counts.
	Cost []int64
}

// Breach is something that the attacker can derive.
type Breach struct {
	Cell         int   // the protected cell, or a Group's Total when Alike
	Lower, Upper int64 // the tightest bounds found; Upper is math.MaxInt64 when unbounded
	Alike        bool  // that everyone in the group answered alike
}
