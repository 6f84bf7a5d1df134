package disclosure

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// square is a two-way table: n×n inner cells row by row, then row totals, column totals and the grand total.
func square(n int, inner ...int64) Tables {
	t := Tables{Counts: append([]int64(nil), inner...)}
	line := func(from, step int) Sum {
		s := Sum{Total: len(t.Counts)}
		var total int64
		for k := range n {
			s.Parts = append(s.Parts, from+k*step)
			total += t.Counts[from+k*step]
		}
		t.Counts = append(t.Counts, total)
		return s
	}
	for r := range n {
		t.Sums = append(t.Sums, line(r*n, 1))
	}
	for c := range n {
		t.Sums = append(t.Sums, line(c, n))
	}
	rows := line(n*n, 1)
	columns := Sum{Total: rows.Total}
	for c := range n {
		columns.Parts = append(columns.Parts, n*n+n+c)
	}
	t.Sums = append(t.Sums, rows, columns)
	return t
}

func hiding(n int, cells ...int) []bool {
	hidden := make([]bool, n)
	for _, i := range cells {
		hidden[i] = true
	}
	return hidden
}

func TestAttack(t *testing.T) {
	// Cells 0..2 are the parts, 3 the total.
	one := func(a, b, c int64) Tables {
		return Tables{Counts: []int64{a, b, c, a + b + c}, Sums: []Sum{{Total: 3, Parts: []int{0, 1, 2}}}}
	}
	group := func(a, b, c int64) Tables {
		g := one(a, b, c)
		g.Groups, g.Sums = []Group{{Total: 3, Parts: []int{0, 1, 2}}}, nil
		return g
	}
	// A village of 300 within a district of 340: the rest of the district is small.
	district := Tables{
		Counts: []int64{340, 300, 40, 336, 296, 40, 4, 4, 0},
		Sums: []Sum{
			{Total: 0, Parts: []int{1, 2}}, {Total: 3, Parts: []int{4, 5}}, {Total: 6, Parts: []int{7, 8}},
			{Total: 0, Parts: []int{3, 6}}, {Total: 1, Parts: []int{4, 7}}, {Total: 2, Parts: []int{5, 8}},
		},
	}
	tests := []struct {
		name   string
		tables Tables
		hidden []int
		want   []Breach
	}{
		{"a small count is shown", one(4, 50, 60), nil, []Breach{{Cell: 0, Lower: 4, Upper: 4}}},
		{"the complement gives it back", one(4, 50, 60), []int{0}, []Breach{{Cell: 0, Lower: 4, Upper: 4}}},
		{"two small ones bound each other", one(4, 5, 60), []int{0, 1},
			[]Breach{{Cell: 0, Lower: 0, Upper: 9}, {Cell: 1, Lower: 0, Upper: 9}}},
		{"a hidden zero is no cover", one(4, 0, 60), []int{0, 1}, []Breach{{Cell: 0, Lower: 0, Upper: 4}}},
		{"a large partner covers", one(4, 50, 60), []int{0, 1}, []Breach{}},
		{"three small ones cover each other", one(4, 5, 6), []int{0, 1, 2}, []Breach{}},
		{"a hidden total covers", one(4, 50, 60), []int{0, 3}, []Breach{}},
		{"a secondary cell hides behind a zero", one(0, 30, 60), []int{0, 1}, []Breach{}},
		{"a lone secondary cell is known exactly", one(20, 30, 60), []int{1}, []Breach{{Cell: 1, Lower: 30, Upper: 30}}},
		{"hidden zeros alone need nothing", one(0, 0, 60), []int{0, 1}, []Breach{}},
		{"a square of four cells is opened by bounds", square(3,
			2, 3, 40,
			1, 30, 40,
			40, 40, 40), []int{0, 1, 3, 4}, []Breach{
			{Cell: 0, Lower: 0, Upper: 3}, {Cell: 1, Lower: 2, Upper: 5}, {Cell: 3, Lower: 0, Upper: 3}, {Cell: 4, Lower: 28, Upper: 31},
		}},
		{"a column that goes through a row's only gap", square(2, 5, 40, 40, 40), []int{0, 1},
			[]Breach{{Cell: 0, Lower: 5, Upper: 5}, {Cell: 1, Lower: 40, Upper: 40}}},
		{"a second table gives back what the first hides", district, []int{6, 7}, []Breach{
			{Cell: 6, Lower: 4, Upper: 4}, {Cell: 7, Lower: 4, Upper: 4},
		}},
		{"all of one mind, all shown", group(0, 40, 0), nil, []Breach{{Cell: 3, Alike: true}}},
		{"all of one mind, only the answer hidden", group(0, 40, 0), []int{1},
			[]Breach{{Cell: 1, Lower: 40, Upper: 40}, {Cell: 3, Alike: true}}},
		{"all of one mind, one other answer possible", group(0, 40, 0), []int{1, 2}, []Breach{}},
		{"all of one mind, all answers hidden", group(0, 40, 0), []int{0, 1, 2}, []Breach{}},
		{"all of one mind though few, their number hidden, the zeros shown", group(0, 4, 0), []int{1, 3},
			[]Breach{{Cell: 3, Alike: true}}},
		{"all of one mind though few, everything hidden", group(0, 4, 0), []int{0, 1, 2, 3}, []Breach{}},
		{"nobody has no mind", group(0, 0, 0), nil, []Breach{}},
		{"not of one mind", group(20, 40, 0), nil, []Breach{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := Attack(test.tables, hiding(len(test.tables.Counts), test.hidden...), Default)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A relation among shown cells that leaves 1..10 people in hidden cells is a breach of each of them, whatever they are:
// so no rule of its own is needed for it.
func TestResidualIsBreach(t *testing.T) {
	for left := int64(1); left <= 10; left++ {
		for first := int64(0); first <= left; first++ {
			tab := Tables{
				Counts: []int64{first, left - first, 0, 80, 80 + left},
				Sums:   []Sum{{Total: 4, Parts: []int{0, 1, 2, 3}}},
			}
			got, err := Attack(tab, hiding(5, 0, 1, 2), Default)
			if err != nil {
				t.Fatal(err)
			}
			if len(got) == 0 {
				t.Errorf("%d and %d people hidden in a known rest of %d: no breach", first, left-first, left)
			}
			for _, b := range got {
				if b.Upper != left {
					t.Errorf("upper bound %d of a rest of %d", b.Upper, left)
				}
			}
		}
	}
}

// TestAttackWantsWholeTables has sums that say 32·x + 33·y = 739. Real numbers leave y anything up to 22, whole ones
// only 3: an attacker who stopped at linear programming would call this safe.
func TestAttackWantsWholeTables(t *testing.T) {
	var tab Tables
	cell := func(n int64) int {
		tab.Counts = append(tab.Counts, n)
		return len(tab.Counts) - 1
	}
	add := func(parts ...int) int {
		var n int64
		for _, i := range parts {
			n += tab.Counts[i]
		}
		tab.Sums = append(tab.Sums, Sum{Total: cell(n), Parts: parts})
		return tab.Sums[len(tab.Sums)-1].Total
	}
	times32 := func(i int) int {
		for range 5 {
			i = add(i, add(i)) // a sum of one part is a copy
		}
		return i
	}
	x, y := cell(20), cell(3)
	all := add(times32(x), times32(y), y)
	hidden := make([]bool, len(tab.Counts))
	for i := range hidden {
		hidden[i] = i != all
	}
	got, err := Attack(tab, hidden, Default)
	if err != nil {
		t.Fatal(err)
	}
	known := map[int]bool{}
	for _, b := range got {
		known[b.Cell] = true
		if b.Unproven || b.Lower != tab.Counts[b.Cell] || b.Upper != b.Lower {
			t.Errorf("cell %d: %+v, want exactly its count", b.Cell, b)
		}
	}
	if len(known) != len(tab.Counts)-1 || !known[y] {
		t.Errorf("%d of %d cells opened", len(known), len(tab.Counts)-1)
	}
	hidden, err = Protect(tab, Default)
	if err != nil {
		t.Fatal(err)
	}
	if !hidden[all] {
		t.Error("the total that gives everything away is still shown")
	}
}

func TestRefusals(t *testing.T) {
	good := Tables{Counts: []int64{777, 777, 1554}, Sums: []Sum{{Total: 2, Parts: []int{0, 1}}}}
	with := func(change func(*Tables)) Tables {
		u := Tables{Counts: append([]int64(nil), good.Counts...), Sums: append([]Sum(nil), good.Sums...)}
		change(&u)
		return u
	}
	tests := []struct {
		name   string
		tables Tables
		rule   Rule
		want   string
	}{
		{"negative count", with(func(u *Tables) { u.Counts[0], u.Counts[1] = -777, 777*3 }), Default, "not a count"},
		{"more than there are people", with(func(u *Tables) { u.Counts[0] = math.MaxInt64 }), Default, "not a count"},
		{"sum that doesn't hold", with(func(u *Tables) { u.Counts[0] = 778 }), Default, "doesn't hold"},
		{"group that doesn't add up", with(func(u *Tables) { u.Sums, u.Counts[0], u.Groups = nil, 778, []Group{{2, []int{0, 1}}} }), Default, "doesn't hold"},
		{"part out of range", with(func(u *Tables) { u.Sums = []Sum{{2, []int{0, 3}}} }), Default, "isn't there"},
		{"total out of range", with(func(u *Tables) { u.Sums = []Sum{{-1, []int{0, 1}}} }), Default, "isn't there"},
		{"cell twice in a sum", with(func(u *Tables) { u.Sums = []Sum{{2, []int{0, 0}}} }), Default, "twice"},
		{"total among its parts", with(func(u *Tables) { u.Sums = []Sum{{2, []int{2}}} }), Default, "twice"},
		{"sum of nothing", with(func(u *Tables) { u.Sums = []Sum{{2, nil}} }), Default, "no parts"},
		{"group with one answer", with(func(u *Tables) { u.Groups = []Group{{0, []int{1}}} }), Default, "single answer"},
		{"costs of another length", with(func(u *Tables) { u.Cost = []int64{1} }), Default, "as many costs"},
		{"negative cost", with(func(u *Tables) { u.Cost = []int64{1, -777, 1} }), Default, "negative cost"},
		{"threshold below five", good, Rule{4, 11, 10}, "threshold"},
		{"reach within the threshold", good, Rule{10, 10, 10}, "reach"},
		{"no span", good, Rule{10, 11, 0}, "span"},
		{"span beyond counting", good, Rule{10, 11, math.MaxInt64}, "too large"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := Attack(test.tables, make([]bool, 3), test.rule)
			_, same := Protect(test.tables, test.rule)
			if err == nil || same == nil || err.Error() != same.Error() || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("Attack: %v; Protect: %v; want %q", err, same, test.want)
			}
			if strings.Contains(err.Error(), "77") {
				t.Errorf("%q tells a count", err)
			}
		})
	}
	if _, err := Attack(good, make([]bool, 2), Default); err == nil {
		t.Error("Attack takes too few marks of what is hidden")
	}
}
