package program_test

import (
	"testing"

	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/schemas"
)

func TestDespairIsHeard(t *testing.T) {
	c, err := program.Load(schemas.FS)
	if err != nil {
		t.Fatal(err)
	}
	p := c.Program("river")
	for text, want := range map[string]string{
		"kill my self": "en", "I will kill my self tonight": "en", "I'm going to end it all.": "en", "kms": "en", "KMS!": "en", "gonna kms": "en",
		"I took an overdose": "en", "overdosed": "en", "an overdose of homework": "en", "I don’t want to wake up": "en", "i dont wanna live": "en",
		"no point in living": "en", "I CAN'T GO ON LIKE THIS": "en", "suiside": "en", "thinking about SELF-HARM": "en", "unalive": "en",
		"STOP I want to die": "en", "I wish I wasn't alive": "en", "Cannot breathe": "en", "I took all my pills at once": "en",
		"sobredosis": "es", "Me voy a matar": "es", "quiero acabar con todo": "es", "ya no puedo mas": "es", "me quiero hacer daño": "es",
		"estoy cansada de vivir": "es", "prefiero morir": "es", "OJALÁ ESTUVIERA MUERTA": "es", "no tengo ganas de vivir": "es", "para qué vivir": "es",
		"quiero desaparecer": "es", "kiero morir": "es",

		"this phone is killing my battery": "", "my knee is killing me": "", "the pain kills my sleep": "", "I walked 5 kms today": "", "5kms": "",
		"at the end it all went well": "en", // a reply too many
		"I took all my pills today":   "", "I forgot my pills": "", "I can't go on long walks": "", "my mother died last year": "", "I die of boredom here": "",
		"the dose is over": "", "overdue bill": "", "it is the end of my life as a runner": "", "my battery died": "", "skill myself": "",
		"don't want to live in this city": "en", "a killer headache": "", "my end of week was fine": "", "I cut my hair": "", "I am dying to see you": "",
		"me tomé todas las pastillas de hoy": "", "me duele la vida entera": "", "no puedo dormir": "", "mi mamá murió": "", "el dolor me mata": "",
		"quiero vivir cerca del mar": "", "me corto el pelo mañana": "", "matar el tiempo": "", "no puedo más que caminar un poco": "",
	} {
		if in, found := p.Despair("en", text); found != (want != "") || in != want {
			t.Errorf("%q: got %q, want %q", text, in, want)
		}
	}
}
