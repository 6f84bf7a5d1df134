package conversation_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tellback/tellback/internal/conversation"
	"github.com/tellback/tellback/internal/words"
)

// Whatever is said back as what an answer was taken for is what is stored, and nothing is said back of an answer that wasn't taken.
func TestWhatIsSaidBackIsWhatIsStored(t *testing.T) {
	m := river(t)
	s := through(m, asking(t, m, "en"), "2")
	i := m.Catalog.Questionnaire("weekly-check-in", "1").Item("tiredness")
	said := 0
	rapid.Check(t, func(t *rapid.T) {
		before := rapid.SampledFrom([]string{"", "maybe ", "i would say ", "it was ", "no ", "about "}).Draw(t, "before")
		text := before + rapid.OneOf(
			rapid.SampledFrom([]string{"3", "three", "tird", "very tird", "worn ot", "a little", "little tired", "not tired", "not", "b", "4/4", "2 or 3", "wornout", "dos", "٣", "very"}),
			rapid.StringOfN(rapid.RuneFrom([]rune("not tiredvyworu012349")), 0, 12, -1),
		).Draw(t, "text")
		out := m.Step(s, conversation.Input{Text: text, Key: "K"}, monday.Add(time.Hour))
		reply := strings.Join(out.Replies, "\n")
		front, _, _ := strings.Cut(words.Text("en", "sms.took"), "{")
		if !strings.HasPrefix(reply, front) || out.Session.Filling == nil {
			return
		}
		stored := out.Session.Filling.Answers["tiredness"]
		if len(out.Session.Filling.Ahead) > 0 || len(stored) == 0 {
			t.Fatalf("%q: %q is said back and not stored", text, reply)
		}
		said++
		for n, o := range i.Options {
			alone, among := words.Text("en", "sms.took", "answer", i.Keys()[n]+" "+o.Label.In("en")), front+i.Brief.In("en")+" "+i.Keys()[n]
			if o.Value == stored[0] && !strings.HasPrefix(reply, alone) && !strings.HasPrefix(reply, among) {
				t.Fatalf("%q: %q is said back, and stored is %s", text, reply, o.Label.In("en"))
			}
		}
	})
	if said == 0 {
		t.Error("nothing was said back")
	}
}
