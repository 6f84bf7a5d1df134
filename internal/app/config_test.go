package app

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadReportsEverythingTogetherAndQuotesNothing(t *testing.T) {
	env := map[string]string{
		"TELLBACK_PUBLIC_URL":         "ftp://canary-host",
		"TELLBACK_TWILIO_ACCOUNT_SID": "canary-account",
		"TELLBACK_TWILIO_FROM":        "canary-number",
	}
	_, err := Read(Outreach, func(k string) string { return env[k] })
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{"TELLBACK_PUBLIC_URL", "TELLBACK_TWILIO_ACCOUNT_SID", "TELLBACK_TWILIO_AUTH_TOKEN", "TELLBACK_TWILIO_FROM"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%s is not named in %q", want, err)
		}
	}
	if strings.Contains(err.Error(), "canary") {
		t.Errorf("a value is quoted: %q", err)
	}
}

func TestReadGivesAFunctionOnlyWhatItUses(t *testing.T) {
	env := map[string]string{
		"TELLBACK_PUBLIC_URL":                   "https://tell.example.org/",
		"TELLBACK_TWILIO_AUTH_TOKEN":            "new, old",
		"TELLBACK_TWILIO_ACCOUNT_SID":           "AC" + strings.Repeat("0", 32),
		"TELLBACK_TWILIO_MESSAGING_SERVICE_SID": "MG" + strings.Repeat("0", 32),
		"TELLBACK_OIDC_ISSUER":                  "https://issuer.example.org/realm/",
		"TELLBACK_OIDC_CLIENT_ID":               "staff",
		"TELLBACK_API_CLIENTS":                  "ehr=" + strings.Repeat("AB", 32),
	}
	getenv := func(k string) string { return env[k] }
	for _, c := range []struct {
		name Name
		want Config
	}{
		{SMS, Config{
			PublicURL: "https://tell.example.org", TwilioTokens: []string{"new", "old"},
			TwilioAccount: "AC" + strings.Repeat("0", 32), TwilioMessaging: "MG" + strings.Repeat("0", 32),
		}},
		{Web, Config{PublicURL: "https://tell.example.org", Clients: map[string]string{"ehr": strings.Repeat("ab", 32)}}},
		{Export, Config{PublicURL: "https://tell.example.org", OIDCIssuer: "https://issuer.example.org/realm/", OIDCClient: "staff"}},
		{Aggregate, Config{}},
	} {
		got, err := Read(c.name, getenv)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s:\n%s", c.name, d)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	for _, c := range []struct {
		variable, value string
		function        Name
	}{
		{"TELLBACK_PUBLIC_URL", "tell.example.org", Web},
		{"TELLBACK_PUBLIC_URL", "https://user:secret@tell.example.org", Web},
		{"TELLBACK_PUBLIC_URL", "https://tell.example.org/?a=b", Web},
		{"TELLBACK_API_CLIENTS", "ehr", Web},
		{"TELLBACK_API_CLIENTS", "ehr=abcd", Web},
		{"TELLBACK_API_CLIENTS", "=" + strings.Repeat("ab", 32), Web},
	} {
		env := map[string]string{"TELLBACK_PUBLIC_URL": "https://tell.example.org", c.variable: c.value}
		if _, err := Read(c.function, func(k string) string { return env[k] }); err == nil || !strings.Contains(err.Error(), c.variable) {
			t.Errorf("%s=%s: got %v", c.variable, c.value, err)
		}
	}
}
