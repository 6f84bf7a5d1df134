package main

import (
	"strings"
	"testing"
)

// What was acknowledged survives kill -9 in the middle of thousands of submissions, each report once, and the ledger agrees.
// Nothing that anybody told, and no number, is in what the server printed. On dynamodb the database server is killed with it.
func TestNothingAcknowledgedIsLostByKillNine(t *testing.T) {
	for store, reports := range map[string]int{"sqlite": 5000, "dynamodb": 900} {
		t.Run(store, func(t *testing.T) {
			s, err := Build(t.Context(), t.TempDir(), store)
			if err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			if err := Survive(t.Context(), s, Plan{Reports: reports, Clients: 64, Kills: 2}, &out); err != nil {
				t.Fatalf("%v\n%s", err, out.String())
			}
			t.Log("\n" + out.String())
			for _, canary := range []string{"1202555", "My week had a story", "person-1", "very-strong", clientSecret, token} {
				if strings.Contains(s.Logs.String(), canary) {
					t.Errorf("the server's log holds %q", canary)
				}
			}
		})
	}
}
