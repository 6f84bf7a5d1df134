package sms_test

import (
	"context"
	"strings"
	"testing"
)

// The page says "text us DONE", and the next question went out meanwhile: the word is not its answer.
func TestDoneThatCrossesTheNextQuestion(t *testing.T) {
	h, asked := atPond(t, inMemory)
	if err := h.upload(token(t, asked), skinPhoto); err != nil {
		t.Fatal(err)
	}
	if _, err := h.GoOnAll(context.Background(), 10); err != nil || len(h.sent.bodies) != 1 {
		t.Fatalf("%v, %q", err, h.sent.bodies)
	}
	if reply := h.say(alice, "DONE"); reply != "Thank you, we have it.\n2/3 Who looks after it?\nOr text SKIP." {
		t.Errorf("DONE: %q", reply)
	}
	if reply := h.say(alice, "Dr. Ito"); !strings.Contains(reply, "3/3") {
		t.Errorf("the answer: %q", reply)
	}
	if n := h.reports(); n != 0 {
		t.Errorf("%d stories were kept", n)
	}
}
