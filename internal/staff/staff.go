// Package staff is what programme staff reach: sign-in through the organisation's OpenID Connect issuer, a dashboard, exports of
// released records, and a page to try a questionnaire on. It can reach nothing else.
package staff

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/release"
)

// Config is how staff sign in.
type Config struct {
	PublicURL    string // of this installation, without a slash at the end
	Issuer       string // of the organisation
	ClientID     string
	ClientSecret string       // empty for a public client
	HTTP         *http.Client // to the issuer; nil for the default
}

// Role is the role that lets somebody in. With ":" and a program's id behind it, it lets into that program only. It is looked
// for in the token's "roles" claim.
const Role = "tellback-staff"

// Records is where releases are read. *release.Record is one.
type Records interface {
	// Entries lists a program's releases, the newest first.
	Entries(ctx context.Context, program string) ([]release.Entry, error)
	// Open gives one release and its sealed bytes, whose seal it has checked; fault.NotFound when there is none.
	Open(ctx context.Context, program string, number int) (release.Release, []byte, error)
}

type handler struct {
	config  Config
	records Records
	catalog *program.Catalog
	keys    *phi.Keys
	log     *slog.Logger
	guard   *http.CrossOriginProtection

	mu       sync.Mutex
	provider *oidc.Provider // found at the issuer when first needed
}

// New serves /staff, /staff/… and /v1/programs/{program}/export. keys seal session cookies; they need not be those that anything
// else is sealed with.
func New(c Config, records Records, catalog *program.Catalog, keys *phi.Keys, log *slog.Logger) http.Handler {
	h := &handler{config: c, records: records, catalog: catalog, keys: keys, log: log, guard: http.NewCrossOriginProtection()}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /staff", h.dashboard)
	mux.HandleFunc("GET /staff/{$}", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/staff", http.StatusSeeOther) })
	mux.HandleFunc("GET /staff/signin", h.signIn)
	mux.HandleFunc("GET /staff/callback", h.callback)
	mux.HandleFunc("POST /staff/signout", h.signOut)
	mux.HandleFunc("GET /staff/questionnaire", h.questionnaire)
	mux.HandleFunc("POST /staff/questionnaire", h.questionnaire)
	mux.HandleFunc("GET /v1/programs/{program}/export", h.export)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		h.fail(w, r, fault.New(fault.NotFound, "There is nothing at this address."))
	})
	return mux
}

// person is who is signed in.
type person struct {
	Subject string   `json:"sub"`
	Name    string   `json:"name"`
	Roles   []string `json:"roles"`
}

// may says whether p may see a program.
func (p person) may(program string) bool {
	return slices.Contains(p.Roles, Role) || slices.Contains(p.Roles, Role+":"+program)
}

// context carries the HTTP client to go-oidc and oauth2.
func (h *handler) context(ctx context.Context) context.Context {
	if h.config.HTTP == nil {
		return ctx
	}
	return oidc.ClientContext(ctx, h.config.HTTP)
}

// discover asks the issuer for its description, once it is needed and until it answers.
func (h *handler) discover(ctx context.Context) (*oidc.Provider, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.provider != nil {
		return h.provider, nil
	}
	// The provider keeps the context for fetching keys later, so it must not end with this request.
	p, err := oidc.NewProvider(h.context(context.WithoutCancel(ctx)), h.config.Issuer)
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "The sign-in service does not answer. Please try again in a moment.")
	}
	h.provider = p
	return p, nil
}

func (h *handler) oauth(p *oidc.Provider) *oauth2.Config {
	return &oauth2.Config{
		ClientID: h.config.ClientID, ClientSecret: h.config.ClientSecret, Endpoint: p.Endpoint(),
		RedirectURL: h.config.PublicURL + "/staff/callback", Scopes: []string{oidc.ScopeOpenID, "profile"},
	}
}

// verify checks a token that the issuer signed for us: signature, issuer, audience and times.
func (h *handler) verify(ctx context.Context, raw, nonce string) (person, error) {
	var who person
	provider, err := h.discover(ctx)
	if err != nil {
		return who, err
	}
	token, err := provider.VerifierContext(h.context(ctx), &oidc.Config{ClientID: h.config.ClientID}).Verify(h.context(ctx), raw)
	if err != nil {
		return who, fault.Wrap(fault.Unauthenticated, errors.New("the token is not valid"), "This token is not valid here, or it has run out. Please get a new one.")
	}
	if nonce != "" && token.Nonce != nonce {
		return who, fault.New(fault.Unauthenticated, "This sign-in does not belong to this browser. Please start again.")
	}
	if err := token.Claims(&who); err != nil {
		return person{}, fault.Wrap(fault.Unauthenticated, err, "The token's roles can't be read.")
	}
	return who, nil
}

// authenticated is who asks: by bearer token, or by session.
func (h *handler) authenticated(r *http.Request) (person, error) {
	header := r.Header.Get("Authorization")
	if header == "" {
		return h.session(r)
	}
	scheme, raw, ok := strings.Cut(header, " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") || len(raw) > 16<<10 {
		return person{}, fault.New(fault.Unauthenticated, "Send Authorization: Bearer and a token of your organisation's issuer.")
	}
	return h.verify(r.Context(), strings.TrimSpace(raw), "")
}

// fail answers with a page where a person asks, and with a problem document elsewhere. It logs what is our fault, once.
func (h *handler) fail(w http.ResponseWriter, r *http.Request, err error) {
	kind := fault.KindOf(err)
	if kind == fault.Internal || kind == fault.Unavailable {
		h.log.ErrorContext(r.Context(), "staff request failed", "path", route(r), "error", fmt.Sprint(err))
	}
	if kind == fault.Unauthenticated {
		w.Header().Set("WWW-Authenticate", `Bearer realm="tellback"`)
	}
	if strings.HasPrefix(r.URL.Path, "/v1/") {
		fault.WriteProblem(w, err)
		return
	}
	h.errorPage(w, kind.Status(), err)
}

func route(r *http.Request) string {
	if r.Pattern == "" {
		return "/"
	}
	return r.Pattern
}
