package optout_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tellback/tellback/internal/optout"
)

// sentence is a line of the corpus: what somebody texts, and what it asks for.
type sentence struct {
	language, half, text string
	want                 optout.Wish
}

// corpus reads testdata/<language>.txt. Its sentences are in two halves: the patterns were written by looking at the
// half "dev" alone; "held" was written before any of them.
func corpus(t testing.TB) (all []sentence) {
	t.Helper()
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) < 4 {
		t.Fatalf("%d languages, want 4 (%v)", len(files), err)
	}
	wishes := map[string]optout.Wish{"stop": optout.Stop, "wrong": optout.Wrong, "keep": optout.None}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		s := sentence{language: strings.TrimSuffix(filepath.Base(file), ".txt")}
		for line := range strings.SplitSeq(string(raw), "\n") {
			if section, ok := strings.CutPrefix(line, "== "); ok {
				half, kind, _ := strings.Cut(section, ": ")
				w, known := wishes[kind]
				if !known {
					t.Fatalf("%s: section %q", file, line)
				}
				s.half, s.want = half, w
				continue
			}
			if line == "" || strings.HasPrefix(line, "# ") {
				continue
			}
			s.text = line
			all = append(all, s)
		}
	}
	return all
}

// tally counts sentences by what they are and what they are taken for.
type tally struct{ stop, missed, keep, taken int }

func (n tally) recall() float64 { return float64(n.stop-n.missed) / float64(n.stop) }
func (n tally) falsely() float64 {
	return float64(n.taken) / float64(n.keep)
}

func TestTheCorpusIsHeard(t *testing.T) {
	counts, seen := map[string]*tally{}, map[string]string{}
	for _, s := range corpus(t) {
		if was, twice := seen[s.language+s.text]; twice {
			t.Errorf("%s: %q stands in the corpus twice, %s and %s", s.language, s.text, was, s.half)
		}
		seen[s.language+s.text] = s.half
		got, _ := optout.Heard(s.text)
		for _, key := range []string{s.language + " " + s.half, "all " + s.half, "all"} {
			if counts[key] == nil {
				counts[key] = &tally{}
			}
			n := counts[key]
			switch {
			case s.want == optout.None:
				n.keep++
				if got != optout.None {
					n.taken++
				}
			default:
				n.stop++
				if got == optout.None {
					n.missed++
				}
			}
		}
		if got != s.want {
			t.Logf("%s %s: %q is taken for %q, and is %q", s.language, s.half, s.text, got, s.want)
		}
	}
	var table strings.Builder
	fmt.Fprintf(&table, "%-10s %12s %8s %9s %12s %8s %7s\n", "", "opt-outs", "heard", "recall", "near-misses", "taken", "falsely")
	for _, key := range []string{"en dev", "en held", "es dev", "es held", "ar dev", "ar held", "zh dev", "zh held", "all dev", "all held", "all"} {
		n := counts[key]
		fmt.Fprintf(&table, "%-10s %12d %8d %8.1f%% %12d %8d %6.2f%%\n", key, n.stop, n.stop-n.missed, 100*n.recall(), n.keep, n.taken, 100*n.falsely())
	}
	t.Logf("\n%s", table.String())
	for _, half := range []string{"all dev", "all held"} {
		if n := counts[half]; n.recall() < 0.98 || n.falsely() > 0.005 {
			t.Errorf("%s: recall %.3f, false positives %.4f", half, n.recall(), n.falsely())
		}
	}
	if n := counts["all"]; n.stop < 500 || n.keep < 500 {
		t.Errorf("%d opt-outs and %d near-misses, want 500 each", n.stop, n.keep)
	}
	for lang, least := range map[string]int{"en": 150, "es": 150, "ar": 100, "zh": 100} {
		if n := counts[lang+" dev"].stop + counts[lang+" held"].stop; n < least {
			t.Errorf("%d opt-outs in %s, want %d", n, lang, least)
		}
	}
}

// The words that must be heard, however they are typed: 47 CFR 64.1200(a)(10) (stop, quit, end, revoke, opt out, cancel,
// unsubscribe), what Twilio takes by itself, what other carriers' gateways do, and such words in other languages.
func TestListedWordsAreHeard(t *testing.T) {
	listed := []string{
		"stop", "quit", "end", "revoke", "opt out", "cancel", "unsubscribe", "stopall", "stop all", "optout", "opt-out", "remove", "arret", "arrêt", "td",
		"alto", "baja", "parar", "cancelar", "detener", "fin", "basta", "para", "paren", "pare", "salir", "terminar", "desuscribir",
		"توقف", "إيقاف", "إلغاء", "قف", "停止", "退订", "取消", "停", "退訂", "取消订阅",
	}
	forms := map[string]func(string) string{
		"small": strings.ToLower, "capitals": strings.ToUpper, "a full stop": func(s string) string { return s + "." }, "cries": func(s string) string { return s + "!!!" },
		"spaces around": func(s string) string { return "  " + s + " \n" }, "without spaces": func(s string) string { return strings.ReplaceAll(s, " ", "") },
		"quotes": func(s string) string { return "“" + s + "”" }, "an emoji": func(s string) string { return s + " 😡" }, "twice": func(s string) string { return s + " " + s },
		"three lines": func(s string) string { return s + "\n" + s + "\n" + s }, "wide letters": wide,
	}
	n := 0
	for _, w := range listed {
		for name, form := range forms {
			n++
			if got, _ := optout.Heard(form(w)); got != optout.Stop {
				t.Errorf("%q with %s is taken for %q", w, name, got)
			}
		}
	}
	for _, text := range []string{"please stop", "STOP please", "ok stop thanks", "s t o p", "S.T.O.P.", "stoooop", "unsubcribe", "por favor alto", "BAJA gracias", "请停止", "توقف من فضلك"} {
		if got, _ := optout.Heard(text); got != optout.Stop {
			t.Errorf("%q is taken for %q", text, got)
		}
	}
	t.Logf("%d listed words in %d forms: all heard", len(listed), n)
}

// wide are letters as phones with a Chinese or Japanese keyboard may send them.
func wide(s string) string {
	return strings.Map(func(r rune) rune {
		if r > ' ' && r <= '~' {
			return r - '!' + '！'
		}
		return r
	}, s)
}

func TestWhatIsSaidHasALanguage(t *testing.T) {
	for text, want := range map[string]string{
		"STOP": "", "cancel": "", "please stop texting me": "en", "no me escriban más": "es", "baja": "es", "número equivocado": "es",
		"wrong number": "en", "别再发短信了": "zh", "لا ترسلوا لي رسائل": "ar", "my knee hurts": "",
	} {
		if _, got := optout.Heard(text); got != want {
			t.Errorf("%q is said in %q, want %q", text, got, want)
		}
	}
}

// A wish is heard before or behind a long story, and a long story has none by chance.
func TestLongTexts(t *testing.T) {
	story := strings.Repeat("My knee hurts more than it did. I had to stop twice, and the messages of my sister help. ", 30)
	for text, want := range map[string]optout.Wish{
		story: optout.None, "Please stop texting me. " + story: optout.Stop, story + "Please stop texting me.": optout.Stop,
		strings.Repeat("stop ", 10_000): optout.Stop, strings.Repeat("停止发短信", 5_000): optout.Stop, strings.Repeat("我的膝盖很疼", 5_000): optout.None,
	} {
		if got, _ := optout.Heard(text); got != want {
			t.Errorf("%.40q … is taken for %q, want %q", text, got, want)
		}
	}
}

func FuzzHeard(f *testing.F) {
	for _, s := range []string{"", "stop", "s t o p", "don't stop", "别再发", "لا ترسلوا", "\x00\xff", "#", "...!?", "stop texting"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		one, lang := optout.Heard(s)
		again, same := optout.Heard(s)
		if one != again || lang != same || one == optout.None && lang != "" {
			t.Errorf("%q: %q %q, then %q %q", s, one, lang, again, same)
		}
	})
}
