package sms_test

import (
	"context"
	"testing"
	"time"
)

// A conversation is written with every text, and billed by the kilobyte: remembering two dozen texts of one day, it is
// still no larger than one.
func TestAConversationOfABusyDayIsOneKilobyte(t *testing.T) {
	h := joined(t)
	for n := range 20 {
		h.wait(time.Hour)
		h.say(alice, []string{"2", "1", "3", "0", "4", "a story of my own about the flood", "start"}[n%7])
		page, err := h.tables["people"].Scan(context.Background(), "")
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range page.Items {
			if size := len(i.Partition) + len(i.Sort) + len(i.Body) + 100; i.Sort == "CONVERSATION" && size > 1024 {
				t.Errorf("%d bytes after %d texts", size, n+5)
			}
		}
	}
}
