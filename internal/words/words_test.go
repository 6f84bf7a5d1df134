package words

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var placeholder = regexp.MustCompile(`\{[a-z]+\}`)

func TestEveryLanguageSaysEverything(t *testing.T) {
	all, err := load()
	if err != nil {
		t.Fatal(err)
	}
	for lang, texts := range all {
		for key, text := range all[Default] {
			other, ok := texts[key]
			if !ok {
				t.Errorf("%s lacks %q", lang, key)
				continue
			}
			want, got := placeholder.FindAllString(text, -1), placeholder.FindAllString(other, -1)
			slices.Sort(want)
			slices.Sort(got)
			if d := cmp.Diff(slices.Compact(want), slices.Compact(got)); d != "" {
				t.Errorf("%s %q has other placeholders (-en +%s):\n%s", lang, key, lang, d)
			}
		}
		for key := range texts {
			if _, ok := all[Default][key]; !ok {
				t.Errorf("%s has %q, which English lacks", lang, key)
			}
		}
	}
}

// Spanish says tú to everyone, everywhere. Words that are only heard may be anybody's.
func TestSpanishSaysTu(t *testing.T) {
	all, err := load()
	if err != nil {
		t.Fatal(err)
	}
	formal := regexp.MustCompile(`(?i)\b(usted|ustedes|responda|conteste|elija|escriba|revise|mande|envíe|perdone|disculpe|si quiere|su respuesta|sus respuestas|sus otras|incluya)\b`)
	for key, text := range all["es"] {
		if m := formal.FindString(text); m != "" && !strings.Contains(key, ".hear-") {
			t.Errorf("%s says %q: %s", key, m, text)
		}
	}
}

func TestTextFallsBackAndFills(t *testing.T) {
	for _, c := range []struct{ name, lang, want string }{
		{"exact", "es", "octubre"},
		{"region", "es-MX", "octubre"},
		{"unknown", "xx", "October"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Text(c.lang, "time.month-10"); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	if got := Text("en", "time.month-year", "month", "May", "year", "2026"); got != "May 2026" {
		t.Errorf("got %q", got)
	}
}

func TestMatch(t *testing.T) {
	for _, c := range []struct{ asked, accept, want string }{
		{"", "", "en"},
		{"es", "en", "es"},
		{"", "es-MX,es;q=0.9,en;q=0.8", "es"},
		{"xx", "fr, es;q=0.5", "es"},
		{"<script>", "\x00;;;", "en"},
	} {
		if got := Match(c.asked, c.accept); got != c.want {
			t.Errorf("%q, %q: got %s, want %s", c.asked, c.accept, got, c.want)
		}
	}
}
