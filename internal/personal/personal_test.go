package personal_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/personal"
	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/table/tabletest"
)

type shelf struct {
	*personal.Links
	people *tabletest.Memory
	now    time.Time
}

func open(t *testing.T) *shelf {
	t.Helper()
	doc, err := phi.NewKeyset()
	if err != nil {
		t.Fatal(err)
	}
	keys, err := phi.ReadKeys(bytes.NewReader(doc))
	if err != nil {
		t.Fatal(err)
	}
	s := &shelf{people: tabletest.NewMemory(), now: time.Date(2026, 10, 5, 14, 0, 0, 0, time.UTC)}
	s.Links = &personal.Links{People: s.people, Keys: keys, Now: func() time.Time { return s.now }}
	return s
}

var asked = personal.Link{Program: "p", Questionnaire: "q", Version: "1", Item: "photo", Language: "en", Conversation: "c"}

func (s *shelf) ask(t *testing.T, l personal.Link) personal.Link {
	t.Helper()
	if err := s.Ask(context.Background(), "SM1:photo", l); err != nil {
		t.Fatal(err)
	}
	got, err := s.Read(context.Background(), s.Token("SM1:photo"))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func letter(words string) ([]questionnaire.Value, questionnaire.Files) {
	files := questionnaire.Files{}
	return []questionnaire.Value{files.Add("", []byte("%PDF-1.7 "+words))}, files
}

func TestAskingAgainKeepsWhatThereIs(t *testing.T) {
	s, ctx := open(t), context.Background()
	s.ask(t, asked)
	writes := s.people.Writes
	if s.ask(t, asked); s.people.Writes != writes {
		t.Error("the same again is written")
	}
	values, files := letter("one")
	if err := s.Fill(ctx, s.Token("SM1:photo"), values, files); err != nil {
		t.Fatal(err)
	}
	es := asked
	es.Language = "es"
	if got := s.ask(t, es); got.Language != "es" || got.State != personal.Filled || len(got.Files) != 1 {
		t.Errorf("in Spanish: %+v", got)
	}
	s.now = s.now.Add(personal.Kept - time.Hour)
	writes = s.people.Writes
	if s.ask(t, es); s.people.Writes != writes+1 {
		t.Error("a link that is about to lapse is not kept open")
	}
	if err := s.Close(ctx, "SM1:photo"); err != nil {
		t.Fatal(err)
	}
	if got := s.ask(t, es); got.State != personal.Closed {
		t.Errorf("a closed link opens again: %+v", got)
	}
}

func TestWhatIsSentLaterTakesThePlace(t *testing.T) {
	s, ctx := open(t), context.Background()
	s.ask(t, asked)
	for _, words := range []string{"one", "two", "one"} {
		values, files := letter(words)
		if err := s.Fill(ctx, s.Token("SM1:photo"), values, files); err != nil {
			t.Fatal(err)
		}
		got, err := s.Sent(ctx, "SM1:photo")
		if err != nil || len(got) != 1 || got[0] != values[0] {
			t.Errorf("%s: %v, %v", words, got, err)
		}
		f, _ := values[0].File()
		if content, err := s.Content(ctx, "SM1:photo", f); err != nil || string(content) != "%PDF-1.7 "+words {
			t.Errorf("%s: %q, %v", words, content, err)
		}
		if err := s.LetGo(ctx, "SM1:photo", values[0].Text); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Content(ctx, "SM1:photo", f); fault.KindOf(err) != fault.NotFound {
			t.Errorf("%s is held still: %v", words, err)
		}
	}
	notes := 0
	for n := range personal.Shards {
		found, _, err := s.Noted(ctx, n, "")
		if err != nil {
			t.Fatal(err)
		}
		for _, note := range found {
			notes++
			if note.Conversation != "c" || s.Done(ctx, note) != nil || s.Done(ctx, note) != nil {
				t.Errorf("%+v", note)
			}
		}
	}
	if notes != 1 {
		t.Errorf("%d notes", notes)
	}
}

// Whoever sends something while the conversation moves on is told so, or is heard: never thanked for nothing.
func TestSendingWhileTheConversationMovesOn(t *testing.T) {
	for call := 1; ; call++ {
		s, ctx := open(t), context.Background()
		s.ask(t, asked)
		s.people.Calls, s.people.IntrudeAt = 0, call
		intruded := false
		s.people.Intrude = func() {
			intruded = true
			if err := s.Close(ctx, "SM1:photo"); err != nil {
				t.Fatal(err)
			}
		}
		values, files := letter("one")
		err := s.Fill(ctx, s.Token("SM1:photo"), values, files)
		if !intruded {
			break
		}
		link, readErr := s.Read(ctx, s.Token("SM1:photo"))
		if readErr != nil || link.State != personal.Closed || fault.KindOf(err) != fault.Conflict || err == nil {
			t.Errorf("call %d: %v, %s, %v", call, err, link.State, readErr)
		}
	}
}

func TestALinkThatIsNotThere(t *testing.T) {
	s, ctx := open(t), context.Background()
	values, files := letter("one")
	if err := s.Fill(ctx, s.Token("x"), values, files); fault.KindOf(err) != fault.NotFound {
		t.Errorf("filled: %v", err)
	}
	if err := s.Close(ctx, "x"); err != nil {
		t.Errorf("closed: %v", err)
	}
	if got, err := s.Sent(ctx, "x"); got != nil || err != nil {
		t.Errorf("sent: %v, %v", got, err)
	}
	for _, k := range []string{"L#", "SENT#"} {
		if n := len(s.people.Under(k, "")); n != 0 {
			t.Errorf("%d items under %s", n, k)
		}
	}
}
