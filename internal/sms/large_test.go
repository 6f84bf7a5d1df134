package sms_test

import (
	"context"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/tellback/tellback/internal/sms"
	"github.com/tellback/tellback/internal/table"
)

// dense is a text of n characters of three bytes each that can't be made smaller: the most that a webhook may carry is 64 KB.
func dense(seed uint64, n int) string {
	random := rand.New(rand.NewPCG(9, seed))
	var b strings.Builder
	for i := range n {
		if i%8 == 7 {
			b.WriteByte(' ')
			continue
		}
		b.WriteRune(rune(0x4e00 + random.IntN(0x5000)))
	}
	return b.String()
}

// The largest texts that the webhook lets through, held until somebody joins, become stories: no conversation may grow
// too large to be stored. (What Twilio hands over is less than a tenth of them.)
func TestTheLargestTextsFit(t *testing.T) {
	h := open(t)
	for n := range 12 {
		if reply := h.say(alice, dense(uint64(n), 21_000)); reply == "" || strings.Contains(reply, "more than we can keep") {
			t.Fatalf("text %d: %q", n, reply)
		}
	}
	for _, body := range []string{"RIVER", "yes", "1", "3"} {
		h.say(alice, body)
	}
	if n := h.reports(); n < 8 {
		t.Errorf("%d reports, want at least eight of 5,000 characters: two whole texts", n)
	}
}

// narrow is a table that takes less than others do.
type narrow struct {
	table.Table
	most int
}

func (n narrow) Write(ctx context.Context, ops ...table.Op) error {
	for _, op := range ops {
		if len(op.Item.Body) > n.most {
			return table.ErrTooLarge
		}
	}
	return n.Table.Write(ctx, ops...)
}

// A conversation that would grow too large is refused by a text, again and again the same way; and STOP stops all the same.
func TestAConversationThatIsTooLarge(t *testing.T) {
	h := light(t)
	h.say(alice, "my knees hurt since the flood")
	h.People = narrow{h.People, 2800}
	var m sms.Message
	for n := range 4 {
		m = h.text(alice, dense(uint64(n), 500))
		reply := h.deliver(m)
		if again := h.deliver(m); again != reply {
			t.Errorf("again: %q, want %q", again, reply)
		}
		if refused := strings.Contains(reply, "more than we can keep"); refused != (n > 0) {
			t.Errorf("text %d: %q", n, reply)
		}
	}
	h.People = narrow{h.People, 900}
	h.say(alice, "STOP")
	if !h.stopped(alice) {
		t.Error("STOP did not stop")
	}
}
