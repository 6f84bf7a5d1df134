package optout

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestGrammarsAreRead(t *testing.T) {
	all, err := grammars()
	if err != nil {
		t.Fatal(err)
	}
	var langs []string
	for _, g := range all {
		langs = append(langs, g.language)
	}
	if d := cmp.Diff([]string{"ar", "en", "es", "zh"}, langs[:4]); d != "" {
		t.Error(d)
	}
	for _, doc := range []string{"stop NOCLASS", "stop *x", "filler a,,b"} {
		if _, err := read("xx", doc); err == nil {
			t.Errorf("%q was read", doc)
		}
	}
}

func TestPatterns(t *testing.T) {
	for _, c := range []struct {
		doc, text string
		want      Wish
	}{
		{"stop go away", "now go away please", Stop},
		{"stop go|walk away_now", "walk away now", Stop},
		{"stop go now? away", "go away", Stop},
		{"stop go *2 away", "go far far away", Stop},
		{"stop go *2 away", "go so very far away", None},
		{"stop ^ go", "please go", None},
		{"filler please\nstop ^ go $", "please go please", Stop},
		{"stop go $", "go away", None},
		{"stop go !away", "go away", None},
		{"stop go !away", "go now", Stop},
		{"stop go far|$", "go", Stop},
		{"guard dont\nstop go", "dont ever go", None},
		{"guard dont\nreset but\nstop go", "dont cry but go", Stop},
		{"stop ~message me", "mesage me", Stop},
		{"stop message me", "mesage me", None},
		{"alone go", "go", Stop},
		{"alone go", "let me go", None},
		{"alone go\nTEXTS texts", "so many texts, go", Stop},
		{"wrong wrong number", "wrong number", Wrong},
		{"wrong wrong number", "wrong number, 3", None},
		{"meant i meant\nwrong wrong number", "wrong number i meant three", None},
		{"stop 别 发", "请别发了", Stop},
	} {
		g, err := read("xx", c.doc)
		if err != nil {
			t.Fatal(err)
		}
		said := clauses(c.text)
		if got := g.heard(said, said); got != c.want {
			t.Errorf("%q of %q: %q, want %q", c.text, c.doc, got, c.want)
		}
	}
}
