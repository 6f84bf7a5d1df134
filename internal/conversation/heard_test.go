package conversation_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/tellback/tellback/internal/conversation"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/words"
)

// Whatever a stranger says is kept, unless it is plainly no story.
func TestFirstWordsAreKept(t *testing.T) {
	m := river(t)
	for text, want := range map[string]bool{
		"Depressed": true, "tired": true, "Sad.": true, "ill": true, "back pain": true, "bad": true, "fever": true, "very bad": true, "dolor": true,
		"疼痛很严重我需要帮助": true, "痛": true, "ฉันปวดหลังมากทุกวันนอนไม่หลับ": true, "мне плохо": true, "اليوم كان صعبا": true, "痛い": true, "아파요": true,
		"My hip hurts a lot since the surgery": true, "I want to join river because my hip hurts": true, "no sleep": true, "hello my name is Ana and I am ill": true,
		"😭😭😭": true, "😭 😷 🤕": true, "hi 😭😭😭": true, "🤦🏽‍♀️🤦🏽‍♀️🤦🏽‍♀️": true, "💔💔💔💔": true, "idk 😢😢😢": true,

		"hi": false, "Hello!": false, "ok": false, "OK.": false, "?": false, "???": false, "👍": false, "12": false, "k": false, "no": false, "thanks": false,
		"who is this": false, "Who's this?": false, "what": false, "idk": false, "wrong number": false, "test": false, "hola": false, "¿quién eres?": false,
		"rivr": false, "rivver": false, "RVIER": false, "join rivr": false, "riber": false, "stop": false, "": false, "no sé": false, "jaja": false, "xx": false,
		"😭": false, "👍👍👍": false, "🙏🏽🙏🏽🙏🏽🙏🏽": false, "❤️❤️❤️": false, "👨‍👩‍👧‍👦": false, "🏳️‍🌈": false, "🇺🇸🇲🇽": false, "★★★": false, "...!!!": false,
	} {
		s := m.Step(conversation.Session{}, conversation.Input{Text: text, Key: "F"}, monday).Session
		out := m.Step(conversation.Session{}, conversation.Input{Text: text, Key: "F"}, monday)
		said := strings.Contains(strings.Join(out.Replies, "\n"), words.Text(s.Language, "sms.way-in-kept"))
		s.Stopped = false
		told := ""
		for n, next := range []string{"river", "yes", "1", "skip"} {
			out = m.Step(s, conversation.Input{Text: next, Key: fmt.Sprint("J", n)}, monday.Add(time.Minute))
			s = out.Session
			for _, e := range out.Effects {
				if e.Kind == conversation.Tell {
					told = e.Answers["story"][0].Text
				}
			}
		}
		if len(s.Members) != 1 {
			t.Fatalf("%q: did not join", text)
		}
		if want && told != text || !want && told != "" || said != want {
			t.Errorf("%q: became the story %q, said to be held: %v, want %v", text, told, said, want)
		}
	}
}

// What strangers text is bounded, and they hear it when no more can be held.
func TestMoreThanCanBeHeldIsSaid(t *testing.T) {
	m := river(t)
	var s conversation.Session
	full := words.Text("en", "sms.held-full")
	held := 0
	for n := range 40 {
		out := m.Step(s, conversation.Input{Text: strings.Repeat("long words ", 90), Key: fmt.Sprint("W", n)}, monday)
		said := strings.Contains(strings.Join(out.Replies, "\n"), full)
		if grew := len(out.Session.Pending) - held; said == (grew == 1) {
			t.Fatalf("text %d: held %d more, said to be full: %v", n, grew, said)
		}
		s, held = out.Session, len(out.Session.Pending)
	}
	if held == 0 || held == 40 {
		t.Errorf("%d texts are held", held)
	}
	out := conversation.Output{Session: s}
	for n, next := range []string{"river", "yes", "1", "skip"} {
		out = m.Step(out.Session, conversation.Input{Text: next, Key: fmt.Sprint("J", n)}, monday)
	}
	letters, stories, links := 0, 0, 0
	for _, e := range out.Effects {
		if e.Kind == conversation.Tell {
			letters += utf8.RuneCountInString(e.Answers["story"][0].Text)
			stories++
			links += strings.Count(strings.Join(out.Replies, " "), "/r/"+e.Key)
		}
	}
	if want := held * len(strings.TrimSpace(strings.Repeat("long words ", 90))); letters < want || stories > 7 || links != stories {
		t.Errorf("%d letters of %d became %d stories with %d links", letters, want, stories, links)
	}
}

// Tries at an answer, however misspelt, are no stories; what tells something is, however short.
func TestWhatIsToldInsteadOfAnAnswerIsKept(t *testing.T) {
	m := river(t)
	s := through(m, conversation.Session{}, "river", "yes", "1", "2")
	for text, want := range map[string]bool{
		"my leg hurts every day now": true, "I could not sleep because of the pain": true, "It got worse on monday night": true, "my leg hurts": true,
		"Depressed": true, "can't sleep": true, "sore": true, "fell": true, "sad": true, "3 my leg is worse": true, "me duele la espalda": true, "痛い": true,

		"sevral": false, "a lottle": false, "idk": false, "stronk": false, "mildd": false, "not too bad": false, "a bit more than last week": false, "?": false,
		"verry strong": false, "so so": false, "9": false, "thanks": false, "hello": false, "un pocito": false, "bastante": false, "the second one": false, "ok": false,
		"😭😭😭": false, "idk 😢😢😢": false, "thanks 😭😭😭": false,
	} {
		out := m.Step(s, conversation.Input{Text: text, Key: "K"}, monday.Add(time.Hour))
		kept := len(out.Effects) == 1 && out.Effects[0].Kind == conversation.Tell && out.Effects[0].Questionnaire == "story"
		if kept != want {
			t.Errorf("%q: kept is %v, want %v", text, kept, want)
		}
		if kept && (len(out.Replies) != 1 || program.Segments(out.Replies[0]) != 1 || !strings.Contains(out.Replies[0], "0 No pain")) {
			t.Errorf("%q: the reply takes more than one text or does not say how to go on: %q", text, out.Replies)
		}
	}
}

func TestAnAgeIsItsBand(t *testing.T) {
	m := river(t)
	s := through(m, conversation.Session{}, "river", "yes", "1")
	for text, want := range map[string]string{
		"35": "18-39", "67": "65-plus", "18": "18-39", "39": "18-39", "40": "40-64", "64": "40-64", "65": "65-plus", "17": "under-18", "120": "65-plus", "65.": "65-plus",
		"I am 35": "18-39", "35 years old": "18-39", "I'm 67 yo": "65-plus", "tengo 35 años": "18-39", "３５": "18-39",
		"1": "under-18", "2": "18-39", "3": "40-64", "4": "65-plus", "18 to 39": "18-39", "18-39": "18-39",
		"1985": "", "121": "", "0": "", "3.5": "", "-35": "", "35/67": "", "1 35": "", "35 67": "", "I am 3": "", "pain for 35 years": "", "for 35 years": "", "thirty": "",
	} {
		out := m.Step(s, conversation.Input{Text: text, Key: "K"}, monday.Add(time.Hour))
		got := ""
		if len(out.Session.Members) == 1 {
			got = out.Session.Members[0].Attributes["age"]
		}
		if got != want || (want == "") != (out.Session.Joining != nil) {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// START begins the questions that are due, but not a second time unasked.
func TestStartAsksBeforeItBeginsAgain(t *testing.T) {
	m := river(t)
	s := through(m, conversation.Session{}, "river", "yes", "1", "2", "1", "1", "1", "1", "1")
	if s.Busy() {
		t.Fatal("the check-in is not done")
	}
	again := words.Text("en", "sms.answer-again")
	for _, c := range []struct {
		after time.Duration
		asked bool
	}{{time.Hour, true}, {6 * 24 * time.Hour, true}, {8 * 24 * time.Hour, false}} {
		out := m.Step(s, conversation.Input{Text: "START", Key: "S"}, monday.Add(c.after))
		if asked := out.Replies[0] == again; asked != c.asked || !asked && !strings.Contains(out.Replies[0], "Pain: 0 No pain") {
			t.Errorf("after %v: %q", c.after, out.Replies[0])
		}
		if !c.asked {
			continue
		}
		if no := m.Step(out.Session, conversation.Input{Text: "no", Key: "N"}, monday.Add(c.after)); no.Session.Busy() || len(no.Effects) > 0 {
			t.Error("NO did not leave the questions")
		}
		if yes := m.Step(out.Session, conversation.Input{Text: "yes", Key: "Y"}, monday.Add(c.after)); !strings.Contains(yes.Replies[0], "Pain: 0 No pain") {
			t.Errorf("YES was answered with %q", yes.Replies[0])
		}
	}
}

// Who joins with first words has a long link in the same text as the first question: it still says which numbers to reply.
func TestAShortenedScaleSaysItsNumbers(t *testing.T) {
	m := river(t)
	m.ReceiptURL = func(string) string { return "https://tellback.org/r/" + strings.Repeat("x", 26) }
	for lang, texts := range map[string][]string{
		"en": {"my knee hurts", "river", "yes", "1", "2"}, "es": {"me duele la rodilla", "rio", "si", "1", "2"},
	} {
		s, reply := conversation.Session{}, ""
		for n, text := range texts {
			out := m.Step(s, conversation.Input{Text: text, Key: fmt.Sprint("T", n)}, monday)
			s, reply = out.Session, out.Replies[0]
		}
		ends := words.Text(lang, "sms.reply-from-to", "first", "0", "last", "4") + " 0 "
		if !strings.Contains(reply, ends) && !strings.Contains(reply, "\n1 ") && !strings.Contains(reply, " 0 1 2 0 3:") {
			t.Errorf("%s (%d segments): %q", lang, program.Segments(reply), reply)
		}
	}
}

func TestStopIsHeardBesideDespair(t *testing.T) {
	m := river(t)
	s := through(m, conversation.Session{}, "river", "yes", "1", "skip")
	for text, want := range map[string]bool{
		"STOP I want to die": true, "Stop. I want to die": true, "I want to die. Stop": true, "stop texting me I want to die": true,
		"I want to die\nSTOP": true, "I want to die please stop texting me": true, "unsubscribe I'm suicidal": true, "STOP, quiero morir": true,
		"para quiero morir": true, "STOP ya no quiero vivir": true, "no me escriban más quiero morir": true,

		"I want to end it all": false, "end my life": false, "End it all": false, "I want it to stop I want to die": false,
		"stop the pain I want to die": false, "para matarme": false, "para no sufrir más quiero morir": false, "I quit I want to die": false, "don't stop texting me I want to die": false,
		"I want to die make it stop": false, "I want to die but do not stop texting me": false,
	} {
		out := m.Step(s, conversation.Input{Text: text, Key: "K"}, monday.Add(time.Hour))
		alerts, stops := 0, 0
		for _, e := range out.Effects {
			switch e.Kind {
			case conversation.Alert:
				alerts++
			case conversation.Stop:
				stops++
			}
		}
		if alerts != 1 || out.Session.Stopped != want || (stops == 1) != want {
			t.Errorf("%q: %d alerts, stopped is %v, want %v", text, alerts, out.Session.Stopped, want)
		}
		if !strings.Contains(strings.Join(out.Replies, "\n"), "988") {
			t.Errorf("%q: the reply names no one to call", text)
		}
		if again := m.Step(out.Session, conversation.Input{Text: text, Key: "L"}, monday.Add(2*time.Hour)); len(again.Effects) == 0 || again.Effects[0].Kind != conversation.Alert {
			t.Errorf("%q: not heard again", text)
		}
	}
}
