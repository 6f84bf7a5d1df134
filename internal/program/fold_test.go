package program

import (
	"testing"
	"unicode/utf8"
)

func TestFold(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"plain", "river", "river"},
		{"capitals and spaces", "  JOIN\t River \n", "join river"},
		{"accents", "Río, SÍ, atrás, olvídame", "rio si atras olvidame"},
		{"decomposed accents", "Ri\u0301o", "rio"},
		{"punctuation", "Stop!!! ...please", "stop please"},
		{"apostrophes close up", "don't don’t", "dont dont"},
		{"full width", "ＳＴＯＰ", "stop"},
		{"emoji", "yes 🙂👍🏽", "yes"},
		{"only emoji", "🙂", ""},
		{"zero width", "st\u200bop", "stop"},
		{"right to left marks", "\u202estop\u202c", "stop"},
		{"NUL", "st\x00op", "st op"},
		{"digits", "①2", "12"},
		{"enye is an n", "español", "espanol"},
		{"arabic without vowel signs", "مَرحبا", "مرحبا"},
		{"dotted capital i", "İ", "i"},
		{"hangul stays whole", "안녕", "안녕"},
		{"a broken byte", "st\xf1Óp", "st op"},
		{"nothing", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Fold(c.in); got != c.want {
				t.Errorf("Fold(%q) = %q, want %q", c.in, got, c.want)
			}
		})
	}
}

func TestReservedWordsAreFolded(t *testing.T) {
	for _, w := range reserved {
		if Fold(w) != w {
			t.Errorf("%q can never match: folded it is %q", w, Fold(w))
		}
	}
}

func FuzzFold(f *testing.F) {
	for _, s := range []string{"JOIN Río", "ẞ", "ﬁ", "ﬀ’s", "ͅ", "½", "\xff\xfe", "İı", "ᾈ", "ϓ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := Fold(s)
		if !utf8.ValidString(once) {
			t.Errorf("Fold(%q) = %q is not UTF-8", s, once)
		}
		if twice := Fold(once); twice != once {
			t.Errorf("Fold(%q) = %q, but folded again %q", s, once, twice)
		}
	})
}
