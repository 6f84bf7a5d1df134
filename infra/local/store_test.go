package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/tellback/tellback/infra/tools/dynoxide"
)

// The keys and the releases of a data folder belong to the tables that it was begun with.
func TestAFolderIsOneEngines(t *testing.T) {
	for engine, other := range map[string]string{embedded: production, production: embedded} {
		folder := t.TempDir()
		s, err := openStore(t.Context(), engine, folder, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		s.close()
		if _, err := openStore(t.Context(), other, folder, time.Now); err == nil || !strings.Contains(err.Error(), "other -store") {
			t.Errorf("%s over a folder of %s: %v", other, engine, err)
		}
	}
	if _, err := openStore(t.Context(), "postgres", t.TempDir(), time.Now); err == nil || !strings.Contains(err.Error(), "sqlite or dynamodb") {
		t.Errorf("an engine that doesn't exist: %v", err)
	}
}

// A server that can't be had is named, and how to name another.
func TestAServerThatCantBeHadIsNamed(t *testing.T) {
	t.Setenv(dynoxide.Variable, "http://127.0.0.1:1")
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	_, err := openStore(ctx, production, t.TempDir(), time.Now)
	if err == nil || !strings.Contains(err.Error(), "http://127.0.0.1:1") || !strings.Contains(err.Error(), dynoxide.Variable) {
		t.Errorf("got %v", err)
	}
}

// Whichever server is named, it is never shown this machine's own credentials.
func TestNoServerSeesThisMachinesCredentials(t *testing.T) {
	var shown []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		shown = append(shown, r.Header.Get("Authorization")+r.Header.Get("X-Amz-Security-Token"))
		http.Error(w, `{"__type":"AccessDeniedException","message":"no"}`, http.StatusBadRequest)
	}))
	defer server.Close()
	for name, value := range map[string]string{
		dynoxide.Variable: server.URL, "AWS_ACCESS_KEY_ID": "AKIAOWN", "AWS_SECRET_ACCESS_KEY": "own", "AWS_SESSION_TOKEN": "own", "AWS_ENDPOINT_URL": "http://127.0.0.1:2",
	} {
		t.Setenv(name, value)
	}
	if _, err := openStore(t.Context(), production, t.TempDir(), time.Now); err == nil {
		t.Error("a server that refuses everything was taken")
	}
	if all := strings.Join(shown, ""); !strings.Contains(all, "Credential=local/") || strings.Contains(all, "own") || strings.Contains(all, "AKIA") {
		t.Errorf("the server was shown %q", shown)
	}
}

// Two folders on one server have tables of their own.
func TestFoldersOfOneServerAreApart(t *testing.T) {
	server, err := dynoxide.Start("")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Stop()
	t.Setenv(dynoxide.Variable, server.Endpoint)
	one, two := start(t, Options{Store: production}), start(t, Options{Store: production})
	converse(t, one, "apart", "+12025550177", "RIVER", "YES", "1", "2", "1", "2", "0", "3", "1")
	if v := ledgerView(t, one, "yes"); v.Reports != 1 || !v.Equal {
		t.Errorf("the one's ledger: %+v", v)
	}
	if page, err := two.store.people.Scan(t.Context(), ""); err != nil || len(page.Items) != 0 {
		t.Errorf("the other has %d people, %v", len(page.Items), err)
	}
}
