package issuer

import (
	"context"
	"crypto/rsa"
	"errors"
	"html/template"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/oklog/ulid/v2"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

type ctx = context.Context

// safe marks what a template has already escaped.
func safe(s string) template.HTML { return template.HTML(s) }

var loginTemplate = template.Must(template.New("login").Parse(`<h1>Development sign-in</h1>
<p>This stands in for your organisation's sign-in. Whoever you say you are, you are let in.</p>
<form method="post" action="{{.Action}}">
<input type="hidden" name="id" value="{{.ID}}">
<p><label for="name">Name</label> <input id="name" name="name" value="dev" autocomplete="off" required maxlength="40"></p>
<p><label for="role">Role</label> <select id="role" name="role"><option value="staff">Programme staff</option><option value="none">Somebody without a role</option></select></p>
<p><button type="submit">Sign in</button></p>
</form>`))

// lifetime is how long a token lives, and how long a sign-in may take.
const lifetime = time.Hour

// storage is what the provider asks for (op.Storage), in memory.
type storage struct {
	key      *rsa.PrivateKey
	redirect string
	address  string

	mu       sync.Mutex
	requests map[string]*request // by id and by code
}

// request is one sign-in in progress.
type request struct {
	*oidc.AuthRequest
	id, subject, role string
	at                time.Time
	done              bool
}

func (r *request) GetID() string                      { return r.id }
func (r *request) GetACR() string                     { return "" }
func (r *request) GetAMR() []string                   { return nil }
func (r *request) GetAudience() []string              { return []string{ClientID} }
func (r *request) GetAuthTime() time.Time             { return r.at }
func (r *request) GetClientID() string                { return r.ClientID }
func (r *request) GetNonce() string                   { return r.Nonce }
func (r *request) GetRedirectURI() string             { return r.RedirectURI }
func (r *request) GetResponseType() oidc.ResponseType { return r.ResponseType }
func (r *request) GetResponseMode() oidc.ResponseMode { return r.ResponseMode }
func (r *request) GetScopes() []string                { return r.Scopes }
func (r *request) GetState() string                   { return r.State }
func (r *request) GetSubject() string                 { return r.subject }
func (r *request) Done() bool                         { return r.done }
func (r *request) GetCodeChallenge() *oidc.CodeChallenge {
	if r.CodeChallenge == "" {
		return nil
	}
	return &oidc.CodeChallenge{Challenge: r.CodeChallenge, Method: r.CodeChallengeMethod}
}

func (s *storage) request(id string) *request {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.requests[id]
	if r == nil || time.Since(r.at) > lifetime {
		return nil
	}
	return r
}

// allow finishes a sign-in for whoever asks. The role becomes part of the subject, where claims() finds it again.
func (s *storage) allow(id, name, role string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.requests[id]
	if r == nil || name == "" || len(name) > 40 {
		return false
	}
	r.subject, r.role, r.at, r.done = role+":"+name, role, time.Now(), true
	return true
}

func (s *storage) CreateAuthRequest(_ ctx, a *oidc.AuthRequest, _ string) (op.AuthRequest, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, r := range s.requests {
		if time.Since(r.at) > lifetime {
			delete(s.requests, id)
		}
	}
	r := &request{AuthRequest: a, id: ulid.Make().String(), at: time.Now()}
	s.requests[r.id] = r
	return r, nil
}

func (s *storage) AuthRequestByID(_ ctx, id string) (op.AuthRequest, error) {
	if r := s.request(id); r != nil {
		return r, nil
	}
	return nil, errors.New("no such sign-in")
}

func (s *storage) AuthRequestByCode(c ctx, code string) (op.AuthRequest, error) {
	return s.AuthRequestByID(c, "code:"+code)
}

func (s *storage) SaveAuthCode(_ ctx, id, code string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests["code:"+code] = s.requests[id]
	return nil
}

// DeleteAuthRequest forgets the sign-in and its codes: a code is good once.
func (s *storage) DeleteAuthRequest(_ ctx, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k, r := range s.requests {
		if r.id == id {
			delete(s.requests, k)
		}
	}
	return nil
}

func (s *storage) CreateAccessToken(ctx, op.TokenRequest) (string, time.Time, error) {
	return ulid.Make().String(), time.Now().Add(lifetime), nil
}

var errNoRefresh = oidc.ErrInvalidGrant().WithDescription("there are no refresh tokens here")

func (s *storage) CreateAccessAndRefreshTokens(ctx, op.TokenRequest, string) (string, string, time.Time, error) {
	return "", "", time.Time{}, errNoRefresh
}
func (s *storage) TokenRequestByRefreshToken(ctx, string) (op.RefreshTokenRequest, error) {
	return nil, errNoRefresh
}
func (s *storage) GetRefreshTokenInfo(ctx, string, string) (string, string, error) {
	return "", "", op.ErrInvalidRefreshToken
}
func (s *storage) TerminateSession(ctx, string, string) error          { return nil }
func (s *storage) RevokeToken(ctx, string, string, string) *oidc.Error { return nil }
func (s *storage) SigningKey(ctx) (op.SigningKey, error)               { return signingKey{s.key}, nil }
func (s *storage) KeySet(ctx) ([]op.Key, error)                        { return []op.Key{publicKey{s.key}}, nil }
func (s *storage) Health(ctx) error                                    { return nil }
func (s *storage) SignatureAlgorithms(ctx) ([]jose.SignatureAlgorithm, error) {
	return []jose.SignatureAlgorithm{jose.RS256}, nil
}

func (s *storage) GetClientByClientID(_ ctx, id string) (op.Client, error) {
	if id != ClientID {
		return nil, errors.New("no such client")
	}
	return client{s.redirect, s.address}, nil
}

func (s *storage) AuthorizeClientIDSecret(_ ctx, id, secret string) error {
	if id != ClientID || secret != ClientSecret {
		return errors.New("wrong client or secret")
	}
	return nil
}

// ClientCredentials lets a script get a bearer token without a browser.
func (s *storage) ClientCredentials(c ctx, id, secret string) (op.Client, error) {
	if err := s.AuthorizeClientIDSecret(c, id, secret); err != nil {
		return nil, err
	}
	return s.GetClientByClientID(c, id)
}

func (s *storage) ClientCredentialsTokenRequest(_ ctx, id string, scopes []string) (op.TokenRequest, error) {
	return &oidc.JWTTokenRequest{Subject: "staff:script", Audience: []string{id}, Scopes: scopes}, nil
}

func (s *storage) SetUserinfoFromScopes(ctx, *oidc.UserInfo, string, string, []string) error {
	return nil
}

// SetUserinfoFromRequest puts the name and roles into the ID token.
func (s *storage) SetUserinfoFromRequest(_ ctx, u *oidc.UserInfo, r op.IDTokenRequest, _ []string) error {
	u.Subject = r.GetSubject()
	for name, v := range claims(r.GetSubject()) {
		u.AppendClaims(name, v)
	}
	return nil
}

func (s *storage) SetUserinfoFromToken(_ ctx, u *oidc.UserInfo, _, subject, _ string) error {
	u.Subject = subject
	for name, v := range claims(subject) {
		u.AppendClaims(name, v)
	}
	return nil
}

func (s *storage) SetIntrospectionFromToken(ctx, *oidc.IntrospectionResponse, string, string, string) error {
	return errors.New("introspection is not served: tokens are JWTs")
}

// GetPrivateClaimsFromScopes puts the roles into the access token.
func (s *storage) GetPrivateClaimsFromScopes(_ ctx, subject, _ string, _ []string) (map[string]any, error) {
	return claims(subject), nil
}

func (s *storage) GetKeyByIDAndClientID(ctx, string, string) (*jose.JSONWebKey, error) {
	return nil, errors.New("no keys of clients are known")
}
func (s *storage) ValidateJWTProfileScopes(_ ctx, _ string, scopes []string) ([]string, error) {
	return scopes, nil
}
