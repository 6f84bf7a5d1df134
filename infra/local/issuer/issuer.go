// Package issuer is a development sign-in issuer: a real OpenID Provider on loopback that lets anyone in. It exists so
// that staff sign-in and bearer tokens can be tried without an account anywhere.
package issuer

import (
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"github.com/zitadel/oidc/v3/pkg/op"

	"github.com/tellback/tellback/internal/page"
)

// Credentials of the one client that the issuer knows. They open nothing but this machine's demonstration.
const (
	ClientID     = "tellback-staff"
	ClientSecret = "local-development"
)

// New makes the issuer. address is its own URL ("http://localhost:8080/dev/oidc"), redirect where staff come back to.
// Signing keys live as long as the process: a restart signs everybody out.
func New(address, redirect string) (http.Handler, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, fmt.Errorf("issuer: %w", err)
	}
	s := &storage{key: key, redirect: redirect, address: address, requests: map[string]*request{}}
	config := &op.Config{CodeMethodS256: true, AuthMethodPost: true, DefaultLogoutRedirectURI: redirect, SupportedScopes: []string{"openid", "profile", "email"}}
	if _, err := rand.Read(config.CryptoKey[:]); err != nil {
		return nil, fmt.Errorf("issuer: %w", err)
	}
	provider, err := op.NewProvider(config, s, op.StaticIssuer(address), op.WithAllowInsecure(), op.WithLogger(slog.New(slog.DiscardHandler)))
	if err != nil {
		return nil, fmt.Errorf("issuer: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /login", s.loginPage)
	mux.HandleFunc("POST /login", s.login(op.AuthCallbackURL(provider)))
	mux.Handle("/", provider)
	prefix := address[strings.Index(address, "/dev/"):]
	return http.StripPrefix(prefix, op.NewIssuerInterceptor(provider.IssuerFromRequest).Handler(mux)), nil
}

func (s *storage) loginPage(w http.ResponseWriter, r *http.Request) {
	id := r.URL.Query().Get("id")
	if s.request(id) == nil {
		page.Write(w, http.StatusNotFound, page.Page{Lang: "en", Title: "Sign in again", Main: `<h1>Sign in again</h1><p>This sign-in is over. <a href="/staff">Start a new one</a>.</p>`, NoIndex: true})
		return
	}
	var main strings.Builder
	if err := loginTemplate.Execute(&main, struct{ ID, Action string }{id, s.address + "/login"}); err != nil {
		http.Error(w, "The page can't be made.", http.StatusInternalServerError)
		return
	}
	page.Write(w, http.StatusOK, page.Page{Lang: "en", Title: "Development sign-in", Main: safe(main.String()), NoIndex: true})
}

func (s *storage) login(callback func(ctx ctx, id string) string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, 4<<10)
		id := r.PostFormValue("id")
		if !s.allow(id, r.PostFormValue("name"), r.PostFormValue("role")) {
			http.Redirect(w, r, "/staff", http.StatusSeeOther)
			return
		}
		http.Redirect(w, r, callback(r.Context(), id), http.StatusSeeOther)
	}
}
