package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/tellback/tellback/infra/local/issuer"
	"github.com/tellback/tellback/internal/app"
	"github.com/tellback/tellback/internal/app/aggregate"
	"github.com/tellback/tellback/internal/app/outreach"
	"github.com/tellback/tellback/internal/app/sms"
	"github.com/tellback/tellback/internal/archive/dir"
	"github.com/tellback/tellback/internal/learning"
	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/release"
	"github.com/tellback/tellback/schemas"
)

// Options are the command's flags.
type Options struct {
	Addr    string
	Data    string
	Schemas string // a folder, or empty for the embedded ones
	Store   string // the storage engine, or empty for the embedded one
	Demo    *bool  // nil: on a fresh data folder
	Clock   time.Time
	Getenv  func(string) string
	Log     *slog.Logger
}

// System is the whole of Tellback on one machine.
type System struct {
	publicURL    string
	clientSecret string
	demo         atomic.Bool

	clock     *Clock
	catalog   *program.Catalog
	store     *store
	ledger    *learning.Ledger
	pump      *Pump
	scheduler *Scheduler
	carrier   *Carrier
	queue     *Queue
	outage    Outage
	parts     parts
	staffKeys *phi.Keys
	handler   http.Handler
	listener  net.Listener
	log       *slog.Logger
}

// Open opens the stores and builds every function. Close it at the end.
func Open(ctx context.Context, o Options) (s *System, err error) {
	s = &System{log: o.Log}
	defer func() {
		if err != nil {
			s.Close()
		}
	}()
	if s.catalog, err = loadCatalog(o.Schemas); err != nil {
		return s, err
	}
	if err := os.MkdirAll(o.Data, 0o700); err != nil {
		return s, err
	}
	if s.clock, err = openClock(o.Data, o.Clock); err != nil {
		return s, err
	}
	if s.store, err = openStore(ctx, cmp.Or(o.Store, embedded), o.Data, s.clock.Now); err != nil {
		return s, err
	}
	if s.listener, err = net.Listen("tcp", o.Addr); err != nil {
		return s, unheard(o.Addr, err)
	}
	if err := s.build(ctx, o); err != nil {
		return s, err
	}
	s.handler, err = s.routes()
	return s, err
}

func loadCatalog(folder string) (*program.Catalog, error) {
	var files fs.FS = schemas.FS
	if folder != "" {
		files = os.DirFS(folder)
	}
	return program.Load(files)
}

// build makes the functions out of the local stores and the environment, with a default for everything.
func (s *System) build(ctx context.Context, o Options) error {
	address := localAddress(o.Addr, s.listener.Addr())
	s.clientSecret = "set by TELLBACK_API_CLIENTS"
	secret, err := keep(o.Data, "api-client", func() ([]byte, error) { return []byte(rand.Text()), nil })
	if err != nil {
		return err
	}
	if o.Getenv("TELLBACK_API_CLIENTS") == "" {
		s.clientSecret = string(secret)
	}
	twilioToken, err := keep(o.Data, "twilio-token", func() ([]byte, error) { return []byte(rand.Text()), nil })
	if err != nil {
		return err
	}
	sum := sha256.Sum256(secret)
	getenv := withDefaults(o.Getenv, map[string]string{
		"TELLBACK_PUBLIC_URL":         address,
		"TELLBACK_TWILIO_ACCOUNT_SID": localAccount,
		"TELLBACK_TWILIO_AUTH_TOKEN":  string(twilioToken),
		"TELLBACK_TWILIO_FROM":        "+12025550100",
		"TELLBACK_TWILIO_API_URL":     address,
		"TELLBACK_OIDC_ISSUER":        address + "/dev/oidc",
		"TELLBACK_OIDC_CLIENT_ID":     issuer.ClientID,
		"TELLBACK_OIDC_CLIENT_SECRET": issuer.ClientSecret,
		"TELLBACK_API_CLIENTS":        "local=" + hex.EncodeToString(sum[:]),
	})
	if s.parts, err = s.openParts(o); err != nil {
		return err
	}
	configs, err := readAll(getenv)
	if err != nil {
		return err
	}
	s.publicURL = configs[app.Web].PublicURL
	s.carrier = &Carrier{
		Number: configs[app.SMS].TwilioFrom, Token: configs[app.SMS].TwilioTokens[0], PublicURL: s.publicURL, Target: address,
		Client: &http.Client{Timeout: 15 * time.Second}, Now: s.clock.Now,
	}
	s.ledger = learning.NewLedger(s.parts.learning)
	if s.pump, err = newPump(ctx, s.store.stream, s.store.local, aggregate.New(s.parts.learning)); err != nil {
		return err
	}
	outreach, err := outreach.New(s.texting(configs[app.Outreach]), s.parts.learning)
	if err != nil {
		return err
	}
	answering, err := sms.New(s.texting(configs[app.SMS]))
	if err != nil {
		return err
	}
	s.queue = newQueue(s.store.local, s.clock.Now, answering.Invoke)
	s.scheduler = &Scheduler{
		now:       s.clock.Now,
		functions: map[string]scheduledFunction{"release": s.release(), "outreach": outreach},
		every:     map[string]time.Duration{"release": 10 * time.Minute, "outreach": time.Minute},
	}
	s.handler = s.functions(configs, answering)
	return nil
}

// openParts opens the keys and stores that the functions share.
func (s *System) openParts(o Options) (p parts, err error) {
	keys, err := readKeys(o.Data, "keyset")
	if err != nil {
		return p, err
	}
	if s.staffKeys, err = readKeys(o.Data, "staff-keyset"); err != nil {
		return p, err
	}
	signerKey, err := keep(o.Data, "release-key", func() ([]byte, error) { return release.NewSignerKey("tellback-local") })
	if err != nil {
		return p, err
	}
	signer, err := release.ReadSigner(string(signerKey))
	if err != nil {
		return p, err
	}
	return parts{
		reports: s.store.reports, people: s.store.people, learning: s.store.learning,
		archive: dir.New(filepath.Join(o.Data, "releases")), signer: signer, keys: keys,
	}, nil
}

func readKeys(folder, name string) (*phi.Keys, error) {
	keyset, err := keep(folder, name, phi.NewKeyset)
	if err != nil {
		return nil, err
	}
	return phi.ReadKeys(strings.NewReader(string(keyset)))
}

// readAll reads every function's configuration and reports what is wrong with all of them together.
func readAll(getenv func(string) string) (map[app.Name]app.Config, error) {
	out := map[app.Name]app.Config{}
	var errs []error
	for _, n := range app.Names {
		c, err := app.Read(n, getenv)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", n, err))
		}
		out[n] = c
	}
	return out, errors.Join(errs...)
}

func withDefaults(getenv func(string) string, defaults map[string]string) func(string) string {
	return func(name string) string {
		if v := getenv(name); v != "" {
			return v
		}
		return defaults[name]
	}
}

// localAddress is how this machine reaches a listener, by the name that it was given: cookies of localhost are not those
// of 127.0.0.1. One on all addresses is localhost.
func localAddress(asked string, a net.Addr) string {
	host, _, _ := net.SplitHostPort(asked)
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	_, port, _ := net.SplitHostPort(a.String())
	return "http://" + net.JoinHostPort(host, port)
}

// keep reads a secret of this data folder, or makes and keeps it, readable by its owner only.
func keep(folder, name string, fresh func() ([]byte, error)) ([]byte, error) {
	path := filepath.Join(folder, name)
	raw, err := os.ReadFile(path)
	if err == nil {
		return raw, nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	if raw, err = fresh(); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	_, err = f.Write(raw)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, err
	}
	return raw, os.Rename(path+".new", path)
}

// Serve serves, pumps and runs schedules until ctx ends.
func (s *System) Serve(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	pumped := make(chan struct{})
	go func() { s.pump.Run(ctx); close(pumped) }()
	drained := make(chan struct{})
	go func() { s.queue.Run(ctx); close(drained) }()
	s.scheduler.Run(ctx)
	server := &http.Server{Handler: s.handler, ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelWarn)}
	stop := context.AfterFunc(ctx, func() {
		grace, done := context.WithTimeout(context.Background(), 5*time.Second)
		defer done()
		_ = server.Shutdown(grace)
	})
	defer stop()
	err := server.Serve(s.listener)
	cancel()
	<-pumped
	<-drained
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// Close closes the stores.
func (s *System) Close() {
	if s.listener != nil {
		_ = s.listener.Close()
	}
	if s.store != nil {
		s.store.close()
	}
}

// unheard says why nothing listens at an address, and what to do about it.
func unheard(addr string, err error) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("listening at %s: %w (is it running already? -addr names another port)", addr, err)
	}
	return fmt.Errorf("listening at %s: %w (-addr wants a host and a port of this machine, such as localhost:8080 or :9090)", addr, err)
}
