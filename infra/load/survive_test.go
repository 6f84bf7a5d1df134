package main

import (
	"strings"
	"testing"
)

// What was acknowledged survives kill -9 in the middle of 5,000 submissions, each report once, and the ledger agrees.
// Nothing that anybody told, and no number, is in what the server printed.
func TestNothingAcknowledgedIsLostByKillNine(t *testing.T) {
	s, err := Build(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := Survive(t.Context(), s, Plan{Reports: 5000, Clients: 64, Kills: 2}, &out); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	t.Log("\n" + out.String())
	for _, canary := range []string{"1202555", "My week had a story", "person-1", "very-strong", clientSecret, token} {
		if strings.Contains(s.Logs.String(), canary) {
			t.Errorf("the server's log holds %q", canary)
		}
	}
}
