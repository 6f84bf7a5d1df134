package disclosure

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// That nobody is somewhere is shown, and covers no one: a reader may know that nobody can be there.
func TestAZeroIsNoCover(t *testing.T) {
	// 40 by text, 21 by the web, 5 by other programs, and nobody by a way that isn't known.
	hidden, err := Protect(Tables{Counts: []int64{66, 40, 21, 5, 0}, Sums: []Sum{{Total: 0, Parts: []int{1, 2, 3, 4}}}}, Default)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]bool{false, false, true, true, false}, hidden); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

// A latent cell makes an inequality of a sum: its own value is nobody's count.
func TestALatentCellIsHiddenAndNotProtected(t *testing.T) {
	// 30 people, 3 of whom are known to be in no group: that difference is nowhere to be seen.
	tables := Tables{Counts: []int64{30, 27, 3}, Sums: []Sum{{Total: 0, Parts: []int{1, 2}}}, Latent: []bool{false, false, true}}
	hidden, err := Protect(tables, Default)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]bool{false, false, true}, hidden); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if _, err := Attack(tables, []bool{false, false, false}, Default); err == nil {
		t.Error("a latent cell was taken for shown")
	}
}

func TestWhatIsWithheldIsHiddenAndProtected(t *testing.T) {
	tables := Tables{Counts: []int64{90, 30, 30, 30}, Sums: []Sum{{Total: 0, Parts: []int{1, 2, 3}}}, Withheld: []bool{false, true, false, false}}
	hidden, err := Protect(tables, Default)
	if err != nil {
		t.Fatal(err)
	}
	if !hidden[1] || count(hidden) != 2 {
		t.Errorf("hidden: %v", hidden)
	}
}
