// Package disclosure protects a set of linked tables of counts against disclosure, and holds the attacker that tries to
// undo the protection. It knows nothing of questionnaires: a problem is cells, the sums that link them, and the rule.
//
// Counts of 1 to 10 people are not shown (the cell size policy of CMS and NCHS; design §7.3). Hiding them is not enough:
// a total less the shown parts gives a hidden one back, and linked tables give back more. So further cells are hidden
// (complementary suppression: Hundepool et al., Statistical Disclosure Control, 2012, ch. 4) until an intruder who
// knows every sum, and that counts are whole and not negative, is left with a wide interval for each hidden cell.
//
// How it works:
//
//   - The intruder ([Attack]) writes the sums down with the shown counts filled in. What is left falls apart into small
//     systems of hidden cells that share sums. Each is solved exactly (Gauss–Jordan elimination), and the largest and
//     smallest value of each cell is looked for by the simplex method, in whole-number arithmetic throughout.
//   - A linear program speaks of real numbers: its bounds contain the true ones, so alone they could make a cell look
//     safer than it is. (For one-way and two-way tables they are the true ones, but not for linked and three-way
//     tables.) Therefore a cell only counts as safe if there are two tables of whole numbers, each checked
//     against everything published, that lie wide enough apart. Where the simplex method finds none, branch and bound
//     looks on; what it can't prove with bounded effort is a breach.
//   - The protector ([Protect]) asks for each open cell which other table the intruder could be made to believe, one in
//     which the cell is different enough, at the least cost: a linear program again (Fischetti & Salazar, Journal of the
//     American Statistical Association 95, 2000; Management Science 47, 2001). It hides the cells in which that table
//     differs from the truth, and lets the intruder try again until he fails. Then it shows again what need not be hidden.
//
// What it doesn't do: the intruder is not one of the people counted and brings no counts of his own, and he
// doesn't reason from the protector's choice among several safe ones.
package disclosure

// Rule is what must hold of anything published.
type Rule struct {
	Threshold int64 `json:"threshold"` // counts 1..Threshold are never shown or derivable; 10
	Reach     int64 `json:"reach"`     // the attacker's upper bound on every hidden count but zero is at least this; Threshold+1
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
// its answers, a missing one included, so that they add up: a group is a sum too). When everyone in it answered alike
// that must not be derivable either: at least Reach people must seem able to have answered otherwise.
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
	// Withheld cells are hidden whatever the protector finds, and protected like any other hidden one; nil: none.
	Withheld []bool
	// Latent cells are published nowhere and count nobody in particular: they turn what everyone knows to be an inequality into
	// a sum (less + latent = more). They are hidden, and are themselves nothing to protect; nil: none.
	Latent []bool
}

// Breach is something that the attacker can derive.
type Breach struct {
	Cell         int   // the protected cell, or a Group's Total when Alike
	Lower, Upper int64 // the tightest bounds found; Upper is math.MaxInt64 when unbounded
	Alike        bool  // that everyone in the group answered alike; Lower and Upper are of how many answered otherwise
	Unproven     bool  // neither safety nor the bounds could be proven with bounded effort
}
