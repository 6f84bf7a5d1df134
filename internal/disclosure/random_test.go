package disclosure

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// builder puts random tables together.
type builder struct {
	Tables
	rng *rand.Rand
}

func (b *builder) cell(count int64) int {
	b.Counts = append(b.Counts, count)
	return len(b.Counts) - 1
}

// people is a count as they come: often nobody, often a few, sometimes many.
func (b *builder) people() int64 {
	switch b.rng.IntN(6) {
	case 0:
		return 0
	case 1, 2:
		return 1 + b.rng.Int64N(10)
	}
	return 11 + b.rng.Int64N(30)
}

func (b *builder) total(parts []int) int {
	var n int64
	for _, i := range parts {
		n += b.Counts[i]
	}
	t := b.cell(n)
	b.Sums = append(b.Sums, Sum{Total: t, Parts: parts})
	return t
}

func (b *builder) row(n int) []int {
	var parts []int
	for range n {
		parts = append(parts, b.cell(b.people()))
	}
	return parts
}

// grid adds a two-way table whose rows are given, with all its totals, and returns the row totals.
func (b *builder) grid(rows [][]int) []int {
	var totals, columns []int
	for _, r := range rows {
		totals = append(totals, b.total(r))
	}
	for j := range rows[0] {
		var column []int
		for _, r := range rows {
			column = append(column, r[j])
		}
		columns = append(columns, b.total(column))
	}
	all := b.total(totals)
	b.Sums = append(b.Sums, Sum{Total: all, Parts: columns})
	return totals
}

// answers adds a two-way table of groups by answer, in which some groups are of one mind.
func (b *builder) answers(groups, bins int) {
	var rows [][]int
	for range groups {
		r := b.row(bins)
		if b.rng.IntN(4) == 0 {
			for _, i := range r[1:] {
				b.Counts[i] = 0
			}
		}
		b.rng.Shuffle(len(r), func(i, j int) { b.Counts[r[i]], b.Counts[r[j]] = b.Counts[r[j]], b.Counts[r[i]] })
		rows = append(rows, r)
	}
	totals := b.grid(rows)
	for g, r := range rows {
		b.Groups = append(b.Groups, Group{Total: totals[g], Parts: r})
	}
}

// split makes each count of a row a total of its own, in a second table.
func (b *builder) split(row []int, n int) {
	for _, i := range row {
		left, parts := b.Counts[i], []int{}
		for k := range n {
			x := left
			if k < n-1 {
				x = b.rng.Int64N(left + 1)
			}
			left -= x
			parts = append(parts, b.cell(x))
		}
		b.Sums = append(b.Sums, Sum{Total: i, Parts: parts})
	}
}

var shapes = []struct {
	name  string
	build func(b *builder)
}{
	{"one-way", func(b *builder) { b.total(b.row(2 + b.rng.IntN(6))) }},
	{"two-way", func(b *builder) {
		var rows [][]int
		n, m := 2+b.rng.IntN(3), 2+b.rng.IntN(3)
		for range n {
			rows = append(rows, b.row(m))
		}
		b.grid(rows)
	}},
	{"linked", func(b *builder) {
		totals := b.grid([][]int{b.row(3), b.row(3)})
		b.split(totals, 2+b.rng.IntN(2))
	}},
	{"answers", func(b *builder) { b.answers(2+b.rng.IntN(2), 2+b.rng.IntN(3)) }},
	{"cube", func(b *builder) { b.Tables = newSurvey(b.rng, 20+b.rng.IntN(150), 1, 2, 2, 2, 1, b.rng.Float64()) }},
}

func randomTables(seed uint64) (string, Tables) {
	b := &builder{rng: rand.New(rand.NewPCG(seed, 7))}
	s := shapes[seed%uint64(len(shapes))]
	s.build(b)
	return s.name, b.Tables
}

// small hides what must be hidden at least and nothing else, as a naive publisher would.
func small(t Tables, r Rule) []bool {
	hidden := make([]bool, len(t.Counts))
	for i, x := range t.Counts {
		hidden[i] = x >= 1 && x <= r.Threshold
	}
	return hidden
}

// TestRandomTables protects 2,000 random tables. Hiding only small counts is broken in most of them, as a second,
// independent intruder confirms, and none that Protect returns is, to either of them.
func TestRandomTables(t *testing.T) {
	const tables = 2000
	naive, broken, confirmed, cells, hiddenCells, gaveUp := 0, 0, 0, 0, 0, 0
	for seed := range uint64(tables) {
		name, tab := randomTables(seed)
		bare := small(tab, Default)
		found, err := Attack(tab, bare, Default)
		if err != nil {
			t.Fatalf("%s %d: %v", name, seed, err)
		}
		if slices.Contains(bare, true) {
			naive++
			if len(found) > 0 {
				broken++
			}
		}
		second := newSolver(tab, bare)
		if want := second.open(tab, bare, Default); !second.gaveUp {
			sameBreaches(t, name, seed, tab, found, want)
			confirmed += len(found)
		}

		hidden, err := Protect(tab, Default)
		if err != nil {
			t.Fatalf("%s %d: %v", name, seed, err)
		}
		if left, _ := Attack(tab, hidden, Default); len(left) > 0 {
			t.Fatalf("%s %d: %d breaches of a protected table", name, seed, len(left))
		}
		third := newSolver(tab, hidden)
		if left := third.open(tab, hidden, Default); !third.gaveUp && len(left) > 0 {
			t.Fatalf("%s %d: the second intruder opens a protected table: %+v", name, seed, left)
		} else if third.gaveUp {
			gaveUp++
		}
		cells += len(hidden)
		hiddenCells += count(hidden)
	}
	t.Logf("naive protection broken in %d of %d tables, %d breaches confirmed; %d %% of cells hidden; second intruder gave up on %d",
		broken, naive, confirmed, 100*hiddenCells/cells, gaveUp)
	if broken*2 < naive {
		t.Errorf("the attacker broke only %d of %d naively protected tables", broken, naive)
	}
	if gaveUp*50 > tables {
		t.Errorf("the second intruder gave up on %d tables: too many to confirm anything", gaveUp)
	}
}

// TestAttackAgainstSolver hides cells at random: both intruders must agree on what is open, cell by cell.
func TestAttackAgainstSolver(t *testing.T) {
	compared := 0
	for seed := range uint64(1500) {
		name, tab := randomTables(seed + 100_000)
		rng := rand.New(rand.NewPCG(seed, 9))
		hidden := small(tab, Default)
		share := rng.Float64()
		for i := range hidden {
			hidden[i] = hidden[i] || rng.Float64() < share
		}
		found, err := Attack(tab, hidden, Default)
		if err != nil {
			t.Fatal(err)
		}
		s := newSolver(tab, hidden)
		if want := s.open(tab, hidden, Default); !s.gaveUp {
			sameBreaches(t, name, seed, tab, found, want)
			compared++
		}
	}
	if compared < 1300 {
		t.Errorf("only %d tables could be compared", compared)
	}
}

// sameBreaches wants the same cells opened, with bounds that hold: those of the linear program may be wider than the
// whole-number ones, never narrower.
func sameBreaches(t *testing.T, name string, seed uint64, tab Tables, found, want []Breach) {
	t.Helper()
	if len(found) != len(want) {
		t.Fatalf("%s %d: Attack found\n%+v, the second intruder\n%+v", name, seed, found, want)
	}
	for k, b := range found {
		w := want[k]
		if b.Unproven || b.Cell != w.Cell || b.Alike != w.Alike || b.Lower > w.Lower || b.Upper < w.Upper {
			t.Fatalf("%s %d: Attack found %+v, the second intruder %+v", name, seed, b, w)
		}
	}
}
