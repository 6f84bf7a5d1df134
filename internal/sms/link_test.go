package sms_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/intake"
	"github.com/tellback/tellback/internal/personal"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/table"
)

const pondDoc = `{"id":"pond","name":{"en":"Pond"},"purpose":{"en":"To learn."},"organizer":{"en":"Pond"},"help":{"en":"help@pond.example"},
	"languages":["en"],"timeZone":"America/New_York","country":"US","joinWords":["POND"],"story":"story",
	"consent":{"version":"1","text":{"en":"Yes?"},"sms":{"en":"Yes?"}},
	"questionnaires":[{"questionnaire":"skin","version":"1","roles":["patient"]}],
	"crisis":{"words":{"en":["want to die"]},"reply":{"en":"Call 988."}}}`

const skinDoc = `{"resourceType":"Questionnaire","id":"skin","version":"1","title":"Skin","status":"active","language":"en","item":[
	{"linkId":"photo","text":"Show us your skin.","type":"attachment","repeats":true},
	{"linkId":"who","text":"Who looks after it?","type":"reference"},
	{"linkId":"itch","text":"How much does it itch?","type":"integer"}]}`

const storyDoc = `{"resourceType":"Questionnaire","id":"story","version":"1","title":"Story","status":"active","language":"en",
	"item":[{"linkId":"story","text":"Tell.","type":"text"}]}`

var pond = sync.OnceValues(func() (*program.Catalog, error) {
	return program.Load(fstest.MapFS{
		"programs/pond.json": {Data: []byte(pondDoc)}, "questionnaires/skin.json": {Data: []byte(skinDoc)}, "questionnaires/story.json": {Data: []byte(storyDoc)},
	})
})

// atPond is a house in which a number has joined and is asked for a photo, and that question.
func atPond(t testing.TB, open func(testing.TB, *house) tables) (*house, string) {
	t.Helper()
	h := newHouse(t)
	var err error
	if h.catalog, err = pond(); err != nil {
		t.Fatal(err)
	}
	h.furnish(open(t, h))
	asked := ""
	for _, body := range []string{"POND", "yes"} {
		asked = h.say(alice, body)
	}
	return h, asked
}

func inMemory(_ testing.TB, h *house) tables {
	return tables{&memory{now: h.now, items: map[table.Key]table.Item{}}, &memory{now: h.now, items: map[table.Key]table.Item{}}}
}

var tokenIn = regexp.MustCompile(`https://x\.org/p/([a-z2-9]{26})`)

func token(t testing.TB, text string) string {
	t.Helper()
	m := tokenIn.FindStringSubmatch(text)
	if m == nil {
		t.Fatalf("no link in %q", text)
	}
	return m[1]
}

var skinPhoto = append([]byte("%PDF-1.7 "), bytes.Repeat([]byte("skin"), 200_000)...) // three pieces

// upload sends files to a link, as its page does.
func (h *house) upload(to string, contents ...[]byte) error {
	files := questionnaire.Files{}
	var vs []questionnaire.Value
	for _, c := range contents {
		vs = append(vs, files.Add("", c))
	}
	return h.Links.Fill(context.Background(), to, vs, files)
}

// told are the contents of the files of the report that a receipt leads to.
func (h *house) told(reply string) (out [][]byte) {
	h.t.Helper()
	m := regexp.MustCompile(`https://x\.org/r/([a-z2-9]{26})`).FindStringSubmatch(reply)
	if m == nil {
		h.t.Fatalf("no receipt in %q", reply)
	}
	for n := 0; ; n++ {
		_, content, err := h.Desk.File(context.Background(), intake.Receipt(m[1]), "photo", n)
		if fault.KindOf(err) == fault.NotFound && err != nil {
			return out
		}
		if err != nil {
			h.t.Fatal(err)
		}
		out = append(out, content)
	}
}

// pieces counts the items that still hold something of a file for a conversation.
func (h *house) pieces() (n int) {
	for _, i := range h.tables["people"].(*memory).items {
		if strings.HasPrefix(i.Partition, "F#") && len(i.Body) > 20 {
			n++
		}
	}
	return n
}

func TestAQuestionForAFileGoesByALink(t *testing.T) {
	h, asked := atPond(t, inMemory)
	if !strings.Contains(asked, "1/3 Show us your skin.\nOpen this link to send it: https://x.org/p/") || !strings.HasSuffix(asked, "Or text SKIP.") {
		t.Fatalf("asked: %q", asked)
	}
	to := token(t, asked)
	link, err := h.Links.Read(context.Background(), to)
	if err != nil || link.Item != "photo" || link.Questionnaire != "skin" || link.State != personal.Open {
		t.Fatalf("%+v, %v", link, err)
	}
	for _, body := range []string{"done", "ok", "it does not work"} {
		if reply := h.say(alice, body); token(t, reply) != to || !strings.Contains(reply, "We don't have it yet.") {
			t.Errorf("%q: %q", body, reply)
		}
	}
	picture := h.text(alice, "")
	picture.Media = 1
	if reply := h.deliver(picture); token(t, reply) != to || !strings.Contains(reply, "Pictures can't reach us by text.") {
		t.Errorf("a picture: %q", reply)
	}
	if reply := h.say(alice, "my skin burns since the flood came"); token(t, reply) != to || !strings.Contains(reply, "We kept your words") {
		t.Errorf("a story: %q", reply)
	}
	if err := h.upload(to, skinPhoto, []byte("%PDF-1.7 second")); err != nil {
		t.Fatal(err)
	}
	if reply := h.say(alice, "done"); reply != "Thank you, we have it.\n2/3 Who looks after it?\nOr text SKIP." {
		t.Errorf("after the upload: %q", reply)
	}
	if err := h.upload(to, skinPhoto); fault.KindOf(err) != fault.Conflict {
		t.Errorf("the link is open still: %v", err)
	}
	h.say(alice, "Dr. Ito")
	if n := h.pieces(); n != 4 {
		t.Errorf("%d pieces are held, want 4", n)
	}
	got := h.told(h.say(alice, "3"))
	if len(got) != 2 || !bytes.Equal(got[0], skinPhoto) {
		t.Errorf("%d files are told", len(got))
	}
	if n := h.pieces(); n != 0 {
		t.Errorf("%d pieces are held twice", n)
	}
}

// The same file, sent again after BACK, is held at one link only, and nowhere once it is told.
func TestTheSameFileAtTwoLinksIsHeldOnce(t *testing.T) {
	h, asked := atPond(t, inMemory)
	for _, last := range []bool{false, true} {
		if err := h.upload(token(t, asked), skinPhoto); err != nil {
			t.Fatal(err)
		}
		h.say(alice, "done")
		if !last {
			asked = h.say(alice, "BACK")
		}
	}
	if n := h.pieces(); n != 3 {
		t.Errorf("%d pieces are held, want 3", n)
	}
	h.say(alice, "SKIP")
	if got := h.told(h.say(alice, "3")); len(got) != 1 || !bytes.Equal(got[0], skinPhoto) {
		t.Errorf("%d files are told", len(got))
	}
	if n := h.pieces(); n != 0 {
		t.Errorf("%d pieces are still held", n)
	}
}

// Nobody need text: outreach lets the conversation go on, once, whatever fails on the way.
func TestTheConversationGoesOnByItself(t *testing.T) {
	ctx := context.Background()
	for _, after := range []bool{false, true} {
		for call := 0; ; call++ { // 0: none fails
			h, asked := atPond(t, inMemory)
			if err := h.upload(token(t, asked), skinPhoto); err != nil {
				t.Fatal(err)
			}
			h.faults.at(call, after)
			_, _ = h.GoOnAll(ctx, 10)
			reached := h.faults.calls >= call
			h.faults.at(0, false)
			if !reached {
				break
			}
			for range 2 {
				h.wait(2 * time.Minute) // a claim on the reply lapses
				if _, err := h.GoOnAll(ctx, 10); err != nil {
					t.Fatal(err)
				}
			}
			if want := []string{"Thank you, we have it.\n2/3 Who looks after it?\nOr text SKIP."}; fmt.Sprint(h.sent.bodies) != fmt.Sprint(want) {
				t.Errorf("call %d, after %v: texted %q", call, after, h.sent.bodies)
			}
			if n := h.items("people", "SENT#", ""); n != 0 {
				t.Errorf("call %d, after %v: %d notes are left", call, after, n)
			}
		}
	}
}

func TestWhoTextsFirstIsNotTextedAgain(t *testing.T) {
	h, asked := atPond(t, inMemory)
	if err := h.upload(token(t, asked), skinPhoto); err != nil {
		t.Fatal(err)
	}
	h.say(alice, "done")
	if sum, err := h.GoOnAll(context.Background(), 10); err != nil || sum.Conversations != 1 || len(h.sent.bodies) != 0 {
		t.Errorf("%+v, %v, %q", sum, err, h.sent.bodies)
	}
}

func TestWhatEndsALink(t *testing.T) {
	for name, say := range map[string][]string{"SKIP": {"SKIP"}, "leaving": {"STOP", "START", "SKIP"}} {
		h, asked := atPond(t, inMemory)
		to := token(t, asked)
		for _, body := range say {
			h.say(alice, body)
		}
		if link, err := h.Links.Read(context.Background(), to); err != nil || link.State != personal.Closed {
			t.Errorf("%s: %+v, %v", name, link, err)
		}
	}
	h, asked := atPond(t, inMemory)
	h.say(alice, "SKIP")
	if again := token(t, h.say(alice, "BACK")); again == token(t, asked) {
		t.Error("a closed link is sent again")
	} else if err := h.upload(again, skinPhoto); err != nil {
		t.Error(err)
	}
	h.wait(personal.Kept + time.Hour)
	if _, err := h.Links.Read(context.Background(), token(t, asked)); fault.KindOf(err) != fault.NotFound {
		t.Errorf("a link outlives its time: %v", err)
	}
}

func TestWhoSaidStopIsNotTextedWhenTheySendSomething(t *testing.T) {
	h, asked := atPond(t, inMemory)
	h.say(alice, "STOP")
	if err := h.upload(token(t, asked), skinPhoto); err != nil { // it was on its way
		t.Fatal(err)
	}
	if _, err := h.GoOnAll(context.Background(), 10); err != nil || len(h.sent.bodies) != 0 {
		t.Errorf("%v, %q", err, h.sent.bodies)
	}
	if reply := h.say(alice, "START"); !strings.Contains(reply, "/p/") {
		t.Errorf("back: %q", reply)
	}
	if reply := h.say(alice, "done"); !strings.Contains(reply, "we have it") {
		t.Errorf("the file is lost: %q", reply)
	}
}

// An upload is cut off between any two calls to the table: its retry leaves what one undisturbed leaves, and until then the question waits.
func TestAnUploadThatIsCutOff(t *testing.T) {
	cuts := 0
	for _, after := range []bool{false, true} {
		for call := 1; ; call++ {
			h, asked := atPond(t, inMemory)
			to := token(t, asked)
			h.faults.at(call, after)
			err := h.upload(to, skinPhoto)
			reached := h.faults.calls >= call
			h.faults.at(0, false)
			if !reached {
				break
			}
			cuts++
			if err != nil && !errors.Is(err, errCrash) {
				t.Fatal(err)
			}
			if err := h.upload(to, skinPhoto); err != nil {
				t.Fatal(err)
			}
			h.say(alice, "done")
			h.say(alice, "SKIP")
			if got := h.told(h.say(alice, "3")); len(got) != 1 || !bytes.Equal(got[0], skinPhoto) {
				t.Errorf("call %d, after %v: %d files", call, after, len(got))
			}
		}
	}
	if cuts < 10 {
		t.Errorf("only %d calls", cuts)
	}
}

// The report with its files is told in several calls: a crash between any two is healed by the text's retry, and nothing stays held.
func TestACrashWhileFilesAreTold(t *testing.T) {
	crashes := 0
	for _, after := range []bool{false, true} {
		for call := 1; ; call++ {
			h, asked := atPond(t, inMemory)
			if err := h.upload(token(t, asked), skinPhoto); err != nil {
				t.Fatal(err)
			}
			h.say(alice, "done")
			h.say(alice, "SKIP")
			m := h.text(alice, "3")
			h.faults.at(call, after)
			_, err := h.Inbound(context.Background(), m)
			reached := h.faults.calls >= call
			h.faults.at(0, false)
			if !reached {
				break
			}
			if err != nil {
				crashes++
			}
			if got := h.told(h.deliver(m)); len(got) != 1 || !bytes.Equal(got[0], skinPhoto) {
				t.Errorf("call %d, after %v: %d files", call, after, len(got))
			}
			if n := h.reports(); n != 1 {
				t.Errorf("call %d, after %v: %d reports", call, after, n)
			}
			if n := h.pieces(); n != 0 {
				t.Errorf("call %d, after %v: %d pieces are still held", call, after, n)
			}
		}
	}
	if crashes < 15 {
		t.Errorf("only %d crashes", crashes)
	}
}

// Nothing that is stored for a link says whose it is, what was sent, or how to open it.
func TestALinkIsNoOpenBook(t *testing.T) {
	h, asked := atPond(t, inMemory)
	if err := h.upload(token(t, asked), []byte("%PDF-1.7 ZQskin")); err != nil {
		t.Fatal(err)
	}
	for k, i := range h.tables["people"].(*memory).items {
		for _, secret := range []string{token(t, asked), "ZQskin", alice, "Show us"} {
			if strings.Contains(k.Partition+k.Sort+string(i.Body), secret) {
				t.Errorf("%s/%s holds %q", k.Partition, k.Sort, secret)
			}
		}
		if strings.HasPrefix(k.Partition, "L#") || strings.HasPrefix(k.Partition, "F#") || strings.HasPrefix(k.Partition, "SENT#") {
			if i.Expires.IsZero() {
				t.Errorf("%s stays for ever", k.Partition)
			}
		}
	}
	if strings.Contains(h.log.String(), token(t, asked)) {
		t.Error("the token is in the log")
	}
}
