package reading

import (
	"math"
	"strings"
	"testing"
)

func TestEnglish(t *testing.T) {
	for _, c := range []struct {
		name, text string
		low, high  float64
		plain      bool
	}{
		{"a child's sentence", "The cat sat on the mat and had a nap.", -2, 2, true},
		{"a plain question", "In the last 7 days, how tired did you feel?", -2, 3, true},
		{"officialese", "Participation necessitates authorization of the dissemination of individually identifiable information.", 20, 60, false},
		{"one long sentence", strings.Repeat("we go on and ", 20) + "on.", 20, 40, false},
		{"the same in short ones", strings.Repeat("We go on and on. ", 20), -4, 1, true},
		{"an address isn't read out", "Ask us for help any time: help@organisation.example.", -3, 3, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ok := Of("en-US", c.text)
			if !ok || got.Formula != FleschKincaid || got.Score < c.low || got.Score > c.high || got.Plain() != c.plain || math.IsNaN(got.Score) {
				t.Errorf("level %.1f, want %.0f to %.0f", got.Score, c.low, c.high)
			}
		})
	}
}

func TestSpanish(t *testing.T) {
	for _, c := range []struct {
		name, text, band string
		plain            bool
	}{
		{"a plain question", "En los últimos 7 días, ¿cuánto dolor tuviste?", "very-easy", true},
		{"short words", "El gato se fue. No lo vi más. ¿Lo ves tú?", "very-easy", true},
		{"officialese", "La cumplimentación del consentimiento informado presupone la comprensión inequívoca de las implicaciones derivadas del procedimiento.", "very-hard", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ok := Of("es", c.text)
			if !ok || got.Formula != Inflesz || got.Band() != c.band || got.Plain() != c.plain {
				t.Errorf("ease %.1f (%s), want %s", got.Score, got.Band(), c.band)
			}
		})
	}
	// By hand: el ga-to duer-me a-quí, por qué no ves: 8 words of 11 syllables in 2 sentences.
	got, _ := Of("es", "El gato duerme aquí. ¿Por qué no ves?")
	if want := 206.835 - 62.3*11.0/8 - 8.0/2; math.Abs(got.Score-want) > 1e-9 {
		t.Errorf("%.3f, want %.3f", got.Score, want)
	}
}

func TestSpanishSyllables(t *testing.T) {
	for word, want := range map[string]int{
		"dolor": 2, "paciente": 3, "leía": 3, "murciélago": 4, "aéreo": 4, "país": 2, "ciudad": 2, "quien": 1, "guerra": 2, "pingüino": 3,
		"rey": 1, "y": 1, "muy": 1, "huevo": 2, "paranoia": 4, "días": 2, "cuidado": 3, "ahora": 3, "cooperar": 4, "comíais": 3, "construí": 2,
		"guía": 2, "averiguáis": 4, "yo": 1, "mayo": 2, "chiita": 3, "estoy": 2, "Uruguay": 3, "7": 1, "cansancio": 3, "preocupación": 5,
	} {
		if got := spanish(word); got != want {
			t.Errorf("%s has %d syllables, not %d", word, want, got)
		}
	}
}

func TestWhatHasNoLevel(t *testing.T) {
	for _, text := range []string{"", "Very well", "?! ... \n\n"} {
		for _, lang := range []string{"en", "es"} {
			if _, ok := Of(lang, text); ok {
				t.Errorf("%q has no level in %s", text, lang)
			}
		}
	}
	if _, ok := Of("de", "In den letzten sieben Tagen, wie müde waren Sie?"); ok {
		t.Error("there is no formula for German here")
	}
}
