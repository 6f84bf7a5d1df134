package disclosure

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestProtect(t *testing.T) {
	tests := []struct {
		name   string
		tables Tables
		want   []int
	}{
		{"nothing small, nothing hidden", square(2, 20, 30, 40, 50), nil},
		{"the cheaper partner is taken, not the total", Tables{
			Counts: []int64{4, 50, 20, 74}, Sums: []Sum{{Total: 3, Parts: []int{0, 1, 2}}},
		}, []int{0, 2}},
		{"cost says otherwise", Tables{
			Counts: []int64{4, 50, 20, 74}, Sums: []Sum{{Total: 3, Parts: []int{0, 1, 2}}}, Cost: []int64{1, 1, 9, 9},
		}, []int{0, 1}},
		{"a square closes a two-way table", square(2, 4, 50, 60, 70), []int{0, 1, 2, 3}},
		{"a lone cell needs no company", Tables{Counts: []int64{4, 30}}, []int{0}},
		{"of one mind: every answer is hidden, the size stays", Tables{
			Counts: []int64{0, 40, 0, 40}, Groups: []Group{{Total: 3, Parts: []int{0, 1, 2}}},
		}, []int{0, 1, 2}},
		{"nobody: all zeros are shown", Tables{
			Counts: []int64{0, 0, 0}, Groups: []Group{{Total: 2, Parts: []int{0, 1}}},
		}, nil},
		{"no cells", Tables{}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := Protect(test.tables, Default)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(hiding(len(test.tables.Counts), test.want...), got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Sums that leave room for nothing: 2 = 0 + 1 and 1 = 0 + 2 + 3 force 2 = 1, and 0 and 3 to be zero, whatever the people are.
func TestProtectSaysWhenItCannot(t *testing.T) {
	tab := Tables{
		Counts: []int64{0, 40, 40, 0},
		Sums:   []Sum{{Total: 1, Parts: []int{0, 2, 3}}},
		Groups: []Group{{Total: 2, Parts: []int{0, 1}}},
	}
	if hidden, err := Protect(tab, Default); err == nil {
		t.Errorf("hid %v and called it safe", hidden)
	}
}

// A cell may be found open when all around it has just been hidden for others: that is no reason to give up.
func TestProtectLooksAgainAtWhatOthersHid(t *testing.T) {
	_, tab := randomTables(0xa6ee5)
	if _, err := Protect(tab, Rule{Threshold: 8, Reach: 12, Span: 13}); err != nil {
		t.Fatal(err)
	}
}

// TestProtectProperties holds for every kind of random table.
func TestProtectProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		_, tab := randomTables(rapid.Uint64().Draw(t, "seed"))
		rule := Rule{Threshold: rapid.Int64Range(5, 12).Draw(t, "threshold")}
		rule.Reach = rule.Threshold + rapid.Int64Range(1, 10).Draw(t, "reach")
		rule.Span = rapid.Int64Range(1, 15).Draw(t, "span")

		hidden, err := Protect(tab, rule)
		if err != nil {
			t.Fatal(err)
		}
		for i, must := range small(tab, rule) {
			if must && !hidden[i] {
				t.Fatalf("cell %d is shown", i)
			}
		}
		if left, err := Attack(tab, hidden, rule); err != nil || len(left) > 0 {
			t.Fatalf("%v, %d breaches", err, len(left))
		}
		if s := newSolver(tab, hidden); len(s.open(tab, hidden, rule)) > 0 && !s.gaveUp {
			t.Fatal("the second intruder gets in")
		}
		if again, _ := Protect(tab, rule); !slices.Equal(hidden, again) {
			t.Fatal("the choice changed")
		}
	})
}

// More hidden cells never open one that was safe: only what has become hidden can be open.
func TestHidingMoreOpensNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		_, tab := randomTables(seed)
		rng := rand.New(rand.NewPCG(seed, 3))
		less, more := small(tab, Default), small(tab, Default)
		for i := range less {
			less[i] = less[i] || rng.IntN(3) == 0
			more[i] = less[i] || rng.IntN(3) == 0
		}
		type thing struct {
			cell  int
			alike bool
		}
		before, _ := Attack(tab, less, Default)
		after, _ := Attack(tab, more, Default)
		open := map[thing]bool{}
		for _, b := range before {
			open[thing{b.Cell, b.Alike}] = true
		}
		for _, b := range after {
			if !open[thing{b.Cell, b.Alike}] && (b.Alike || less[b.Cell]) {
				t.Fatalf("%+v was safe", b)
			}
		}
	})
}

// Enough people, and none of one mind: nothing is hidden, at any size.
func TestLargeTablesAreShown(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		_, tab := randomTables(rapid.Uint64().Draw(t, "seed"))
		factor := rapid.Int64Range(11, 1<<20).Draw(t, "factor")
		for i := range tab.Counts {
			tab.Counts[i] *= factor
		}
		hidden, err := Protect(tab, Default)
		if err != nil {
			t.Fatal(err)
		}
		if p, _ := newProblem(tab, Default); len(p.alike) == 0 && slices.Contains(hidden, true) {
			t.Fatal("something is hidden")
		}
	})
}

// TestSurvey protects tables as a questionnaire gives them, large and small.
func TestSurvey(t *testing.T) {
	for _, people := range []int{25, 150, 800} {
		tab := newSurvey(rand.New(rand.NewPCG(1, 2)), people, 2, 5, 4, 2, 3, 0.5)
		if naive, err := Attack(tab, small(tab, Default), Default); err != nil || len(naive) == 0 {
			t.Errorf("%d people: %v, %d breaches of naive protection", people, err, len(naive))
		}
		hidden, err := Protect(tab, Default)
		if err != nil {
			t.Fatal(err)
		}
		if left, err := Attack(tab, hidden, Default); err != nil || len(left) > 0 {
			t.Errorf("%d people: %v, %d breaches", people, err, len(left))
		}
		t.Logf("%d people: %d of %d cells hidden, %d at the least", people, count(hidden), len(hidden), count(small(tab, Default)))
	}
}

// FuzzProtect makes tables of any bytes: nothing panics, what is accepted is safe, and no error tells a count.
func FuzzProtect(f *testing.F) {
	f.Add([]byte{3, 4, 50, 54, 1, 2, 2, 0, 1}, int64(10), int64(11), int64(10))
	f.Add([]byte{4, 0, 40, 0, 40, 0, 1, 3, 3, 0, 1, 2}, int64(5), int64(6), int64(1))
	f.Add([]byte{3, 255, 1, 2, 1, 200, 9, 9}, int64(-1), int64(0), int64(0))
	f.Fuzz(func(t *testing.T, raw []byte, threshold, reach, span int64) {
		tab := decode(raw)
		rule := Rule{Threshold: threshold, Reach: reach, Span: span}
		hidden, err := Protect(tab, rule)
		if err != nil {
			if strings.Contains(err.Error(), "777") {
				t.Fatal("an error tells a count")
			}
			return
		}
		if left, err := Attack(tab, hidden, rule); err != nil || len(left) > 0 {
			t.Fatalf("%v, %d breaches of %+v hiding %v", err, len(left), tab, hidden)
		}
	})
}

// decode reads counts, then sums and groups. A total that can be made to hold is; counts that mustn't be told are 777.
func decode(raw []byte) Tables {
	next := func() int {
		if len(raw) == 0 {
			return 0
		}
		b := raw[0]
		raw = raw[1:]
		return int(b)
	}
	var tab Tables
	for range next() % 24 {
		x := int64(next())
		if x == 255 {
			x = -777
		}
		tab.Counts = append(tab.Counts, x)
	}
	links := func() []Sum {
		var sums []Sum
		for range next() % 8 {
			s := Sum{Total: next() % (len(tab.Counts) + 1)}
			var total int64
			for range next() % 6 {
				i := next() % (len(tab.Counts) + 1)
				s.Parts = append(s.Parts, i)
				if i < len(tab.Counts) {
					total += tab.Counts[i]
				}
			}
			if s.Total < len(tab.Counts) {
				tab.Counts[s.Total] = total
			}
			sums = append(sums, s)
		}
		return sums
	}
	tab.Sums = links()
	for _, s := range links() {
		tab.Groups = append(tab.Groups, Group(s))
	}
	return tab
}
