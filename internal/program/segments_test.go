package program

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestSegments(t *testing.T) {
	for _, c := range []struct {
		name, text string
		gsm        bool
		want       int
	}{
		{"nothing", "", true, 0},
		{"one letter", "a", true, 1},
		{"a full message", strings.Repeat("a", 160), true, 1},
		{"one more", strings.Repeat("a", 161), true, 2},
		{"two full parts", strings.Repeat("a", 306), true, 2},
		{"a third", strings.Repeat("a", 307), true, 3},
		{"extension characters cost two", strings.Repeat("€", 80), true, 1},
		{"and tip it over", strings.Repeat("€", 80) + "a", true, 2},
		{"an escape is not split: 153 is odd", strings.Repeat("€", 153), true, 3},
		{"Spanish letters that are free", "¿Cómo?"[:2] + "é ñ ü à ¡", true, 1},
		{"Spanish letters that are not", "día", false, 1},
		{"a curly quote", "don’t", false, 1},
		{"70 units", strings.Repeat("í", 70), false, 1},
		{"71 units", strings.Repeat("í", 71), false, 2},
		{"134 units", strings.Repeat("í", 134), false, 2},
		{"135 units", strings.Repeat("í", 135), false, 3},
		{"emoji are two units", strings.Repeat("🙂", 35), false, 1},
		{"and are not split: 67 is odd", strings.Repeat("🙂", 67), false, 3},
		{"a byte that is no character", "a\xff", false, 1},
		{"NUL", "a\x00", false, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := GSM7(c.text); got != c.gsm {
				t.Errorf("GSM7 = %v, want %v", got, c.gsm)
			}
			if got := Segments(c.text); got != c.want {
				t.Errorf("Segments = %d, want %d", got, c.want)
			}
		})
	}
}

func TestTheAlphabetIsWhole(t *testing.T) {
	if n := len(septets); n != 127+10 { // 128 places, one of which is the escape
		t.Errorf("the alphabet has %d characters, want 137", n)
	}
}

func TestMoreWordsNeverCostLess(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.String().Draw(t, "a"), rapid.String().Draw(t, "b")
		both, one := Segments(a+b), Segments(a)
		if both < one {
			t.Fatalf("%q costs %d, with more behind it %d", a, one, both)
		}
	})
}
