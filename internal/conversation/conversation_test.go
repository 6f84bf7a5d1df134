package conversation_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tellback/tellback/internal/conversation"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/words"
)

// member is a session of somebody who takes part, with nothing open.
func member(t testing.TB, m conversation.Machine) conversation.Session {
	t.Helper()
	s := through(m, conversation.Session{}, "brook", "yes", "1", "skip", "skip", "skip", "skip")
	if s.Busy() || len(s.Members) != 1 {
		t.Fatal("not a member with nothing open")
	}
	return s
}

func through(m conversation.Machine, s conversation.Session, texts ...string) conversation.Session {
	for n, text := range texts {
		s = m.Step(s, conversation.Input{Text: text, Key: fmt.Sprint("T", n)}, monday.Add(time.Duration(n)*time.Minute)).Session
	}
	return s
}

func TestStopIsHeardWhenItIsMeant(t *testing.T) {
	m := machine(t, "brook")
	s := member(t, m)
	for text, want := range map[string]bool{
		"STOP": true, "Stop.": true, "stopall": true, "UNSUBSCRIBE": true, "end": true, "Quit": true, "cancel": true,
		"opt out": true, "OPT-OUT": true, "please stop": true, "Please stop texting me!!": true, "hey can you stop texting me please": true,
		"take me off your list": true, "no more texts": true, "I don’t want these texts": true, "don't text me again": true, "leave me alone": true,
		"I would like to unsubscribe": true, "ALTO": true, "baja": true, "quiero darme de baja": true, "por favor no me manden más mensajes": true,
		"Ya no quiero recibir mensajes, gracias": true, "dejen de escribirme": true, "basta ya": true, "no mas mensajes": true,

		"I can't stop coughing": false, "The pain won't stop": false, "stop and go traffic made me late": false, "the doctor said stop the pills": false,
		"I want to end": false, "I quit smoking": false, "my nights never end": false, "cancelled again": false, "please cancel my fear": false,
		"no puedo parar de toser": false, "para mi madre es muy dura": false, "me dieron de baja en el trabajo": false, "alto dolor": false, "el fin de semana fue duro": false,
		"they will not stop the music": false, "don't stop texting me": false, "no paren de mandarme mensajes": false,
	} {
		out := m.Step(s, conversation.Input{Text: text, Key: "K"}, monday)
		if out.Session.Stopped != want {
			t.Errorf("%q: stopped is %v, want %v", text, out.Session.Stopped, want)
		}
	}
}

func TestCommandsWorkInEveryLanguageWhateverIsOpen(t *testing.T) {
	m := machine(t, "brook")
	asking := through(m, member(t, m), "start", "2")
	for _, c := range []struct{ name, en, es string }{
		{"help", "Help!", "¿AYUDA?"}, {"skip", "skip", "Saltar"}, {"back", "BACK", "atrás"}, {"language", "language", "Idioma"},
		{"pause", "pause", "PAUSA"}, {"lesson", "lesson", "lección"}, {"mydata", "my data", "mis datos"}, {"forget", "forget me", "olvídame"},
	} {
		t.Run(c.name, func(t *testing.T) {
			en := m.Step(asking, conversation.Input{Text: c.en, Key: "K"}, monday)
			es := m.Step(asking, conversation.Input{Text: c.es, Key: "K"}, monday)
			if d := cmp.Diff(en, es); d != "" {
				t.Errorf("the two languages are understood differently (-en +es)\n%s", d)
			}
			if plain := m.Step(asking, conversation.Input{Text: "zzz", Key: "K"}, monday); cmp.Equal(en.Replies, plain.Replies) {
				t.Error("answered like nonsense")
			}
		})
	}
}

// Whatever the system says by itself has to fit the cheap alphabet: one letter outside it makes a text cost twice.
func TestOurWordsAreCheap(t *testing.T) {
	for _, lang := range words.Languages() {
		for _, key := range keys(t, lang) {
			if strings.HasPrefix(key, "hear-") {
				continue
			}
			if text := words.Text(lang, "sms."+key); !program.GSM7(strings.NewReplacer("{", "", "}", "").Replace(text)) {
				t.Errorf("%s %q is not GSM-7: %s", lang, key, text)
			}
		}
	}
}

func TestHeardWordsDoNotContradict(t *testing.T) {
	commands := map[string]string{}
	for _, lang := range words.Languages() {
		for _, key := range keys(t, lang) {
			name, ok := strings.CutPrefix(key, "hear-")
			if !ok || !slices.Contains([]string{"start", "help", "skip", "back", "pause", "language", "lesson", "mydata", "forget", "care", "switch", "stop"}, name) {
				continue
			}
			if name == "switch" {
				name += "-" + lang
			}
			for w := range strings.SplitSeq(words.Text(lang, "sms."+key), "|") {
				f := program.Fold(w)
				if f == "" {
					t.Errorf("%s %q has an empty wording", lang, key)
				}
				if was := commands[f]; was != "" && was != name {
					t.Errorf("%q is both %s and %s", f, was, name)
				}
				commands[f] = name
			}
		}
	}
}

func TestVeryLongAndBrokenTexts(t *testing.T) {
	m := machine(t, "brook")
	s := member(t, m)
	for name, text := range map[string]string{
		"ten segments":   strings.Repeat("a long week with many words ", 60),
		"one long word":  strings.Repeat("a", 30_000),
		"NUL and escape": "pain\x00\x1b[31m in my knee\u202e today and more",
		"line separator": "pain in\u2028my knee\u2029today and more",
		"invalid UTF-8":  "my knee \xff\xfe hurts a lot and more",
		"emoji":          "👍🏽 feeling fine today 🎉",
		"right to left":  "اليوم كان صعبا جدا علي",
	} {
		t.Run(name, func(t *testing.T) {
			out := m.Step(s, conversation.Input{Text: text, Key: "K"}, monday)
			letters := 0
			for _, e := range out.Effects {
				for _, v := range e.Answers["words"] {
					letters += utf8.RuneCountInString(v.Text)
					if strings.ContainsAny(v.Text, "\x00\x1b\u202e\u2028\u2029") || !utf8.ValidString(v.Text) {
						t.Error("control characters or invalid bytes were kept")
					}
				}
			}
			if min := utf8.RuneCountInString(text) / 2; letters < min && letters < 15_000 {
				t.Errorf("only %d of %d characters were kept", letters, utf8.RuneCountInString(text))
			}
		})
	}
}

func TestNothingPrints(t *testing.T) {
	m := machine(t, "brook")
	const secret = "canary in my left lung sings at night"
	out := m.Step(member(t, m), conversation.Input{Text: secret, Key: "K"}, monday)
	stranger := m.Step(conversation.Session{}, conversation.Input{Text: secret, Key: "K"}, monday)
	var log bytes.Buffer
	l := slog.New(slog.NewTextHandler(&log, nil))
	for _, v := range []any{out, out.Effects, out.Effects[0], stranger.Session, &stranger.Session, stranger.Session.Pending, conversation.Input{Text: secret}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&log, verb, v)
		}
	}
	l.Info("x", "session", stranger.Session, "effect", out.Effects[0], "output", out)
	if strings.Contains(log.String(), "canary") || strings.Contains(log.String(), "63616e617279") {
		t.Errorf("printed: %s", log.String())
	}
	if raw, err := json.Marshal(stranger.Session); err != nil || !strings.Contains(string(raw), "canary") {
		t.Error("a session has to marshal, to be sealed", err)
	}
}

func TestStepLeavesItsSessionAlone(t *testing.T) {
	m := machine(t, "brook")
	s := through(m, member(t, m), "start", "2", "1")
	before, _ := json.Marshal(s)
	for _, text := range []string{"back", "1", "skip", "lake", "español", "stop", "kill myself"} {
		m.Step(s, conversation.Input{Text: text, Key: "K"}, monday)
	}
	if after, _ := json.Marshal(s); !bytes.Equal(before, after) {
		t.Error("a step changed the session that it was given")
	}
}

func TestAProgramOrQuestionnaireThatIsGone(t *testing.T) {
	two := machine(t)
	s := through(two, conversation.Session{}, "brook", "yes", "1", "1", "1", "2", "lake", "yes", "2")
	one := machine(t, "lake")
	out := one.Step(s, conversation.Input{Text: "3", Key: "K"}, monday.Add(time.Hour))
	if len(out.Replies) == 0 {
		t.Error("no reply after a program was taken away")
	}
	s = through(two, conversation.Session{}, "brook", "yes", "1", "1", "1", "2")
	if out = one.Step(s, conversation.Input{Text: "hello there my friend", Key: "K"}, monday); len(out.Replies) == 0 || out.Session.Busy() {
		t.Error("somebody whose only program is gone is a stranger again")
	}
}

// texts are what a person may say: a good part of it makes sense.
var texts = rapid.OneOf(
	rapid.SampledFrom([]string{
		"brook", "lake", "join brook", "yes", "no", "si", "1", "2", "3", "0", "4", "9", "skip", "back", "stop", "start", "help", "español", "english",
		"please stop texting me", "I want to die", "quiero morir", "my data", "pause", "language", "care", "hello", "thanks", "a lot", "1 2", "12 kg",
		"3 May 2019", "my knee hurts more than it did and I can not sleep at night any more", "", "👍", "unstop", "forget me", "lesson", "yes please", "arroyo", "patient",
	}),
	rapid.String(),
	rapid.StringOfN(rapid.RuneFrom([]rune("abc 123\n\x00é\u202e,")), 0, 500, -1),
)

func TestAnySequenceOfTexts(t *testing.T) {
	machines := []conversation.Machine{machine(t), machine(t, "brook"), river(t)}
	rapid.Check(t, func(t *rapid.T) {
		m := machines[rapid.IntRange(0, 2).Draw(t, "machine")]
		var s conversation.Session
		now, used := monday, map[string]bool{}
		enrolled := map[string]bool{}
		for n := range rapid.IntRange(1, 60).Draw(t, "texts") {
			now = now.Add(time.Duration(rapid.SampledFrom([]int{1, 60, 60 * 25, 60 * 24 * 8}).Draw(t, "minutes")) * time.Minute)
			was := s
			var out conversation.Output
			if p := m.Catalog.Programs()[0]; rapid.IntRange(0, 15).Draw(t, "invite") == 0 {
				invited, ok := m.Invite(s, p.ID, p.Uses[0].Questionnaire, fmt.Sprint("I", n), now)
				if ok && (was.Stopped || was.Joining != nil || len(invited.Replies) == 0) {
					t.Fatal("invited somebody who may not be")
				}
				if f := was.Filling; ok && f != nil && len(f.Trail) > 0 && now.Sub(was.Last) < 6*24*time.Hour && now.Sub(was.Asked) < 6*24*time.Hour {
					t.Fatal("an invitation took the place of what is being answered")
				}
				out = invited
			} else {
				text := texts.Draw(t, "text")
				out = m.Step(s, conversation.Input{Text: text, Key: fmt.Sprint("T", n)}, now)
				if len(out.Replies) == 0 && !was.Stopped {
					t.Fatalf("no reply to %q", text)
				}
				if len(out.Replies) == 0 && len(out.Effects) > 0 {
					t.Fatal("silence with effects")
				}
			}
			for _, r := range out.Replies {
				if strings.TrimSpace(r) == "" || strings.Contains(r, "{") || strings.Contains(r, "sms.") || utf8.RuneCountInString(r) > 1600 {
					t.Fatalf("not a fit reply: %q", r)
				}
			}
			for _, e := range out.Effects {
				if used[e.Key] {
					t.Fatalf("effect key %q twice", e.Key)
				}
				used[e.Key] = true
				switch e.Kind {
				case conversation.Enrol:
					if enrolled[e.Program] || e.Consent == nil {
						t.Fatal("enrolled twice, or without consent")
					}
					enrolled[e.Program] = true
				case conversation.Tell, conversation.Started:
					if !enrolled[e.Program] {
						t.Fatalf("%s before enrolment", e.Kind)
					}
				}
				if e.Kind == conversation.Tell {
					if issues := m.Catalog.Questionnaire(e.Questionnaire, e.Version).Validate(e.Answers); len(issues) > 0 {
						t.Fatalf("told what does not validate: %v", issues)
					}
				}
			}
			for _, e := range out.Effects {
				if e.Kind == conversation.Tell && !strings.Contains(strings.Join(out.Replies, "\n"), "/r/"+e.Key) && !slices.Contains(out.Session.Unlinked, e.Key) {
					t.Fatalf("nobody gets the link to what was told as %s", e.Key)
				}
			}
			for _, key := range was.Unlinked {
				if !slices.Contains(out.Session.Unlinked, key) && !strings.Contains(strings.Join(out.Replies, "\n"), "/r/"+key) {
					t.Fatalf("the link that was owed for %s was lost", key)
				}
			}
			s = roundTrip(t, out.Session)
		}
	})
}

func roundTrip(t *rapid.T, s conversation.Session) conversation.Session {
	raw, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var back conversation.Session
	if err := json.Unmarshal(raw, &back); err != nil {
		t.Fatal(err)
	}
	if again, _ := json.Marshal(back); !bytes.Equal(raw, again) {
		t.Fatalf("a session does not survive JSON:\n%s\n%s", raw, again)
	}
	return back
}

func FuzzStep(f *testing.F) {
	for _, seed := range []string{"brook", "yes", "1", "I want to die", "stop", "\x00\xff", "12 kg", "👍"} {
		f.Add(seed, "2")
	}
	m := machine(f, "brook")
	asking := through(m, member(f, m), "start", "2", "1", "1")
	f.Fuzz(func(t *testing.T, a, b string) {
		out := m.Step(asking, conversation.Input{Text: a, Key: "A"}, monday)
		if len(out.Replies) == 0 {
			t.Errorf("no reply to %q", a)
		}
		m.Step(out.Session, conversation.Input{Text: b, Key: "B"}, monday)
	})
}

func BenchmarkStep(b *testing.B) {
	m := river(b)
	asking := through(m, conversation.Session{}, "river", "yes", "1", "3", "2")
	for _, c := range []struct {
		name string
		s    conversation.Session
		text string
	}{
		{"answer", asking, "3"},
		{"unclear", asking, "purple"},
		{"stranger", conversation.Session{}, "my knee hurts and nobody listens to me"},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				m.Step(c.s, conversation.Input{Text: c.text, Key: "K"}, monday)
			}
		})
	}
}

func keys(t *testing.T, lang string) []string {
	t.Helper()
	raw := readWords(t, lang)
	var m map[string]string
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatal(err)
	}
	var out []string
	for k := range m {
		out = append(out, k)
	}
	return out
}
