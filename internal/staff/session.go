package staff

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/tellback/tellback/internal/fault"
)

// Cookies are sealed, so nothing is kept on the server: one for a sign-in under way, one for a session.
const (
	signInCookie    = "tellback-signin"
	sessionCookie   = "tellback-staff"
	signInLifetime  = 10 * time.Minute
	sessionLifetime = 8 * time.Hour
)

// attempt is a sign-in under way in one browser.
type attempt struct {
	State    string    `json:"state"`
	Nonce    string    `json:"nonce"`
	Verifier string    `json:"verifier"` // PKCE, RFC 7636
	Until    time.Time `json:"until"`
}

type session struct {
	person
	Until time.Time `json:"until"`
}

func (h *handler) signIn(w http.ResponseWriter, r *http.Request) {
	provider, err := h.discover(r.Context())
	if err != nil {
		h.fail(w, r, err)
		return
	}
	a := attempt{State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(), Until: time.Now().Add(signInLifetime)}
	if err := h.setCookie(w, signInCookie, a, signInLifetime); err != nil {
		h.fail(w, r, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, h.oauth(provider).AuthCodeURL(a.State, oidc.Nonce(a.Nonce), oauth2.S256ChallengeOption(a.Verifier)), http.StatusFound)
}

func (h *handler) callback(w http.ResponseWriter, r *http.Request) {
	who, err := h.finish(r)
	h.clearCookie(w, signInCookie)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	if err := h.setCookie(w, sessionCookie, session{who, time.Now().Add(sessionLifetime)}, sessionLifetime); err != nil {
		h.fail(w, r, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, "/staff", http.StatusSeeOther)
}

var errStartAgain = fault.New(fault.Unauthenticated, "This sign-in has run out or was begun in another browser. Please start again.")

func (h *handler) finish(r *http.Request) (person, error) {
	var a attempt
	if !h.cookie(r, signInCookie, &a) || time.Now().After(a.Until) || a.State == "" || r.URL.Query().Get("state") != a.State {
		return person{}, errStartAgain
	}
	code := r.URL.Query().Get("code")
	if code == "" {
		return person{}, fault.New(fault.Unauthenticated, "Your organisation did not let you in.")
	}
	provider, err := h.discover(r.Context())
	if err != nil {
		return person{}, err
	}
	token, err := h.oauth(provider).Exchange(h.context(r.Context()), code, oauth2.VerifierOption(a.Verifier))
	if err != nil {
		return person{}, fault.Wrap(fault.Unauthenticated, err, "The sign-in could not be completed. Please start again.")
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return person{}, fault.New(fault.Unauthenticated, "The issuer did not say who you are.")
	}
	return h.verify(r.Context(), raw, a.Nonce)
}

func (h *handler) signOut(w http.ResponseWriter, r *http.Request) {
	if err := h.guard.Check(r); err != nil {
		h.fail(w, r, fault.New(fault.Forbidden, "This came from another site."))
		return
	}
	h.clearCookie(w, sessionCookie)
	http.Redirect(w, r, "/staff", http.StatusSeeOther)
}

// session is who the session cookie says is asking.
func (h *handler) session(r *http.Request) (person, error) {
	var s session
	if !h.cookie(r, sessionCookie, &s) || time.Now().After(s.Until) {
		return person{}, fault.New(fault.Unauthenticated, "Please sign in, or send a bearer token of your organisation's issuer.")
	}
	return s.person, nil
}

func (h *handler) setCookie(w http.ResponseWriter, name string, v any, lifetime time.Duration) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	sealed, err := h.keys.Seal("cookie:"+name, raw)
	if err != nil {
		return err
	}
	http.SetCookie(w, h.newCookie(name, base64.RawURLEncoding.EncodeToString(sealed), int(lifetime.Seconds())))
	return nil
}

func (h *handler) clearCookie(w http.ResponseWriter, name string) {
	http.SetCookie(w, h.newCookie(name, "", -1))
}

// newCookie is Lax, not Strict: coming back from the issuer is a navigation from another site.
func (h *handler) newCookie(name, value string, maxAge int) *http.Cookie {
	secure := strings.HasPrefix(h.config.PublicURL, "https://")
	if secure {
		name = "__Host-" + name
	}
	return &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: maxAge, HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode}
}

func (h *handler) cookie(r *http.Request, name string, into any) bool {
	c, err := r.Cookie(h.newCookie(name, "", 0).Name)
	if err != nil {
		return false
	}
	sealed, err := base64.RawURLEncoding.DecodeString(c.Value)
	if err != nil {
		return false
	}
	raw, err := h.keys.Open("cookie:"+name, sealed)
	return err == nil && json.Unmarshal(raw, into) == nil
}
