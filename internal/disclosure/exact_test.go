package disclosure

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

// number favours the edges, where wrapping would happen.
func number() *rapid.Generator[int64] {
	return rapid.OneOf(
		rapid.Int64(),
		rapid.Int64Range(-1<<31, 1<<31),
		rapid.Int64Range(-9, 9),
		rapid.SampledFrom([]int64{math.MinInt64, math.MaxInt64, 1 << 30, -1 << 30, 1<<30 - 1, 1 << 62, -1 << 62}),
	)
}

// TestMulSub says that what is reported as exact is, whatever the numbers.
func TestMulSub(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, p, k, b := number().Draw(t, "a"), number().Draw(t, "p"), number().Draw(t, "k"), number().Draw(t, "b")
		want := new(big.Int).Mul(big.NewInt(a), big.NewInt(p))
		want.Sub(want, new(big.Int).Mul(big.NewInt(k), big.NewInt(b)))
		got, ok := mulSub(a, p, k, b)
		if ok && (!want.IsInt64() || want.Int64() != got) {
			t.Fatalf("%d·%d − %d·%d = %d, not %d", a, p, k, b, want, got)
		}
		if !ok && want.IsInt64() && near(a) && near(p) && near(k) && near(b) {
			t.Fatalf("%d·%d − %d·%d was given up", a, p, k, b)
		}
	})
}

func TestLessAndFloor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		positive := rapid.Int64Range(1, math.MaxInt64)
		a, c := rapid.Int64Min(0).Draw(t, "a"), rapid.Int64Min(0).Draw(t, "c")
		b, d := positive.Draw(t, "b"), positive.Draw(t, "d")
		if got := less(a, b, c, d); got != (big.NewRat(a, b).Cmp(big.NewRat(c, d)) < 0) {
			t.Fatalf("%d/%d < %d/%d is not %v", a, b, c, d, got)
		}
		v := rapid.Int64Range(-1<<62, 1<<62).Draw(t, "v")
		if want := new(big.Int).Div(big.NewInt(v), big.NewInt(b)); want.Int64() != floorDiv(v, b) {
			t.Fatalf("⌊%d/%d⌋ is %d, not %d", v, b, want, floorDiv(v, b))
		}
		if want := new(big.Int).GCD(nil, nil, new(big.Int).Abs(big.NewInt(v)), big.NewInt(b)); want.Int64() != gcd(b, v) {
			t.Fatalf("gcd of %d and %d is %d, not %d", b, v, want, gcd(b, v))
		}
	})
}

// TestOverflowProvesNothing drives a system out of int64: chained equations whose coefficients grow without bound.
func TestOverflowProvesNothing(t *testing.T) {
	const n = 60
	var eqs []equation
	at := make([]int64, n)
	prefer := make([]int, n)
	for v := range n {
		prefer[v] = v
	}
	for v := range n - 2 {
		eqs = append(eqs, equation{{v, 3}, {v + 1, -7}, {v + 2, 11}})
	}
	tab := newTableau(eqs, at, prefer, new(int))
	tab.aim([]term{{0, 1}})
	how, _ := tab.maximise(func() bool { return false })
	if !tab.failed || how != gaveUp {
		t.Errorf("failed %v, outcome %d: numbers of some 70 digits went unnoticed", tab.failed, how)
	}
}

// TestOnlyFittingTablesAreEvidence offers tables that lie: none may be believed.
func TestOnlyFittingTablesAreEvidence(t *testing.T) {
	tab := Tables{Counts: []int64{4, 50, 60, 114}, Sums: []Sum{{Total: 3, Parts: []int{0, 1, 2}}}}
	p, err := newProblem(tab, Default)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		w    witness
		want bool
	}{
		{"fits", witness{{0, 34}, {1, 20}}, true},
		{"breaks the sum", witness{{0, 34}, {1, 21}}, false},
		{"changes what is shown", witness{{0, 34}, {2, 30}}, false},
		{"changes the total", witness{{0, 34}, {3, 144}}, false},
		{"negative", witness{{0, 55}, {1, -1}}, false},
		{"a cell twice", witness{{0, 34}, {0, 34}, {1, 20}}, false},
		{"out of order", witness{{1, 20}, {0, 34}}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			e := newEvidence(p, hiding(4, 0, 1))
			if got := e.add(test.w); got != test.want {
				t.Fatalf("believed: %v", got)
			}
			if !test.want && (e.hi[0] != 4 || e.lo[1] != 50) {
				t.Error("left a trace")
			}
			if !e.add(witness{{0, 54}, {1, 0}}) {
				t.Error("a true one is not believed after it")
			}
		})
	}
}
