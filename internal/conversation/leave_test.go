package conversation_test

import (
	"bytes"
	"os"
	"testing"
	"testing/fstest"
	"time"

	"github.com/tellback/tellback/internal/conversation"
	"github.com/tellback/tellback/internal/program"
)

func kinds(out conversation.Output) map[conversation.Kind]int {
	n := map[conversation.Kind]int{}
	for _, e := range out.Effects {
		n[e.Kind]++
	}
	return n
}

// One confirmation, whatever is texted after it; only a way back, HELP and despair are answered.
func TestOneConfirmationThenSilence(t *testing.T) {
	m := machine(t, "brook")
	for name, s := range map[string]conversation.Session{
		"a stranger": {}, "at consent": through(m, conversation.Session{}, "brook"), "at the role": through(m, conversation.Session{}, "brook", "yes"),
		"with nothing open": member(t, m), "at a question": through(m, member(t, m), "start", "2"),
	} {
		for _, wish := range []string{"stop", "please stop texting me", "ya no me escriban por favor", "别再发短信了", "لا ترسلوا لي رسائل", "opt-out", "s t o p"} {
			out := m.Step(s, conversation.Input{Text: wish, Key: "K"}, monday.Add(time.Hour))
			if len(out.Replies) != 1 || program.Segments(out.Replies[0]) != 1 || !out.Session.Stopped || kinds(out)[conversation.Stop] != 1 || len(out.Effects) != 1 {
				t.Errorf("%s, %q: stopped %v, %d replies, effects %v", name, wish, out.Session.Stopped, len(out.Replies), kinds(out))
			}
			for n, more := range []string{wish, "STOP", "thanks", "ok", "yes", "3", "my knee hurts so much that I can not sleep", "unsubscribe", "🙂"} {
				out = m.Step(out.Session, conversation.Input{Text: more, Key: "L"}, monday.Add(time.Hour+time.Duration(n+1)*time.Minute))
				if len(out.Replies) != 0 || len(out.Effects) != 0 || !out.Session.Stopped {
					t.Errorf("%s, %q, then %q: %d replies, effects %v", name, wish, more, len(out.Replies), kinds(out))
				}
			}
			for _, back := range []string{"START", "unstop", "Yes", "empezar"} {
				if again := m.Step(out.Session, conversation.Input{Text: back, Key: "M"}, monday.Add(2*time.Hour)); again.Session.Stopped || len(again.Replies) != 1 || kinds(again)[conversation.Resume] != 1 {
					t.Errorf("%s, %q: no way back by %q", name, wish, back)
				}
			}
		}
	}
}

func TestAWrongNumberIsForgotten(t *testing.T) {
	m := machine(t, "brook")
	asking := through(m, member(t, m), "start", "2")
	step := func(s conversation.Session, in conversation.Input, after time.Duration) conversation.Output {
		in.Key = "K"
		return m.Step(s, in, monday.Add(after))
	}
	for _, text := range []string{"wrong number", "you have the wrong number, sorry", "se equivocaron de número", "打错了", "الرقم غلط", "this isn't her phone anymore"} {
		out := step(asking, conversation.Input{Text: text}, 24*time.Hour)
		s := out.Session
		if !s.Stopped || len(s.Members) > 0 || s.Busy() || s.Program != "" || kinds(out)[conversation.Part] != 1 || kinds(out)[conversation.Stop] != 1 {
			t.Errorf("%q: stopped %v, effects %v, or something is left of whoever took part", text, s.Stopped, kinds(out))
		}
	}
	if out := step(asking, conversation.Input{Text: "wrong number"}, 5*time.Minute); !out.Session.Stopped || len(out.Session.Members) != 1 || kinds(out)[conversation.Part] != 0 {
		t.Error("somebody who was just answering was taken for another")
	}
	if out := step(asking, conversation.Input{Text: "wrong number, I meant 3"}, time.Hour); out.Session.Stopped {
		t.Error("the correction of an answer ended the texts")
	}
	stopped := step(asking, conversation.Input{Text: "stop"}, time.Hour).Session
	if out := step(stopped, conversation.Input{Text: "this is not her number"}, 24*time.Hour); len(out.Replies) != 0 || len(out.Session.Members) != 0 || !out.Session.Stopped || kinds(out)[conversation.Part] != 1 {
		t.Error("after STOP: it was answered, or somebody is still linked")
	}
	if out := step(asking, conversation.Input{Text: "wrong person", Stop: true}, 24*time.Hour); len(out.Session.Members) != 0 {
		t.Error("what the carrier took for STOP was not heard to the end")
	}
	late := step(asking, conversation.Input{Text: "2"}, 48*time.Hour).Session
	if out := step(late, conversation.Input{Text: "wrong number", Sent: monday.Add(24 * time.Hour)}, 49*time.Hour); !out.Session.Stopped || len(out.Session.Members) != 1 {
		t.Error("a text that came late parted somebody who has answered since")
	}
}

// An answer that a question offers is one, even if it sounds like a wish; a word that carriers take for STOP is a wish.
func TestWhatAQuestionOffersIsAnAnswer(t *testing.T) {
	docs := fstest.MapFS{}
	for _, name := range []string{"programs/brook.json", "questionnaires/week.json", "questionnaires/story.json", "questionnaires/load.json"} {
		doc, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		doc = bytes.ReplaceAll(doc, []byte(`"a little"`), []byte(`"Not interested"`))
		docs[name] = &fstest.MapFile{Data: doc}
	}
	c, err := program.Load(docs)
	if err != nil {
		t.Fatal(err)
	}
	m := speaking(c)
	asking := through(m, member(t, m), "start")
	if out := m.Step(asking, conversation.Input{Text: "not interested", Key: "K"}, monday.Add(time.Hour)); out.Session.Stopped {
		t.Error("an offered answer ended the texts")
	}
	if out := m.Step(member(t, m), conversation.Input{Text: "not interested", Key: "K"}, monday.Add(time.Hour)); !out.Session.Stopped {
		t.Error("with nothing open it is a wish")
	}
	if out := m.Step(asking, conversation.Input{Text: "stop", Key: "K"}, monday.Add(time.Hour)); !out.Session.Stopped {
		t.Error("STOP at a question")
	}
}
