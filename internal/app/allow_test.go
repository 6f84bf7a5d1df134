package app

import (
	"strings"
	"testing"
)

func TestAllowIsWhatTheRoutesTake(t *testing.T) {
	for path, want := range map[string]string{
		"/healthz": "GET, HEAD, OPTIONS web", "/learn": "GET, HEAD, OPTIONS web", "/learn/river": "GET, HEAD, OPTIONS web", "/v1/learning/river": "GET, HEAD, OPTIONS web",
		"/sms/inbound": "OPTIONS, POST sms", "/v1/programs/river/export": "GET, OPTIONS export", "/staff": "GET, OPTIONS export",
		"/staff/signout": "GET, OPTIONS, POST export", "/f/river/story": "GET, HEAD, OPTIONS, POST web", "/": " ", "/nothing/here": " ",
	} {
		methods, of := Allow(path)
		if got := strings.Join(methods, ", ") + " " + string(of); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}
