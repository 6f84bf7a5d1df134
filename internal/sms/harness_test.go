package sms_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tellback/tellback/internal/conversation"
	"github.com/tellback/tellback/internal/intake"
	"github.com/tellback/tellback/internal/participant"
	"github.com/tellback/tellback/internal/personal"
	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/sms"
	"github.com/tellback/tellback/internal/table"
	"github.com/tellback/tellback/internal/table/sqlite"
	"github.com/tellback/tellback/schemas"
)

const alice = "+12125550171"

// house is the text channel over real tables, a registry and a desk, with a clock that stands still.
type house struct {
	*sms.Service
	t       testing.TB
	db      *sqlite.DB // nil in a light house
	tables  map[string]scanned
	faults  *faults
	sent    *sent
	alerts  *alerts
	log     *bytes.Buffer
	mu      sync.Mutex
	clock   time.Time
	counter int
	catalog *program.Catalog // nil: River
}

// tables are the two tables that a house stands on.
type tables struct{ people, reports scanned }

type scanned interface {
	table.Table
	table.Scanner
}

func newHouse(t testing.TB) *house {
	h := &house{
		t: t, faults: &faults{}, alerts: &alerts{}, log: &bytes.Buffer{},
		clock: time.Date(2026, 10, 5, 14, 0, 0, 0, time.UTC),
	}
	h.sent = &sent{faults: h.faults, now: h.now}
	return h
}

// open is a house over a real database.
func open(t testing.TB) *house {
	t.Helper()
	h := newHouse(t)
	db, err := sqlite.Open(filepath.Join(t.TempDir(), "t.db"), []string{"people", "reports"}, h.now, sqlite.WithSweep(0))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	h.db = db
	h.furnish(tables{db.Table("people"), db.Table("reports")})
	return h
}

// light is a house over tables in memory.
func light(t testing.TB) *house {
	t.Helper()
	h := newHouse(t)
	h.furnish(tables{&memory{now: h.now, items: map[table.Key]table.Item{}}, &memory{now: h.now, items: map[table.Key]table.Item{}}})
	return h
}

func (h *house) furnish(over tables) {
	t := h.t
	t.Helper()
	h.tables = map[string]scanned{"people": over.people, "reports": over.reports}
	doc, err := phi.NewKeyset()
	if err != nil {
		t.Fatal(err)
	}
	keys, err := phi.ReadKeys(bytes.NewReader(doc))
	if err != nil {
		t.Fatal(err)
	}
	catalog := h.catalog
	if catalog == nil {
		if catalog, err = river(); err != nil {
			t.Fatal(err)
		}
	}
	people, reports := faulty{over.people, h.faults}, faulty{over.reports, h.faults}
	desk := intake.New(reports, keys, catalog)
	desk.Now = h.now
	links := &personal.Links{People: people, Keys: keys, Now: h.now}
	h.Service = &sms.Service{
		People: people, Keys: keys, Registry: participant.New(people, keys), Desk: desk,
		Machine: conversation.Machine{Catalog: catalog, ReceiptURL: func(key string) string {
			return "https://x.org/r/" + string(desk.ReceiptFor(key))
		}, LinkURL: func(key string) string { return "https://x.org/p/" + links.Token(key) }}, Links: links,
		Sender: h.sent, Dispatcher: h.sent, Journal: h.sent, Alerter: h.alerts, Now: h.now,
		Log: slog.New(slog.NewJSONHandler(&lockedWriter{mu: &h.mu, w: h.log}, nil)),
	}
}

var river = sync.OnceValues(func() (*program.Catalog, error) { return program.Load(schemas.FS) })

func (h *house) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.clock
}

func (h *house) wait(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.clock = h.clock.Add(d)
}

// text is one inbound text from a number, with a sid of its own.
func (h *house) text(from, body string) sms.Message {
	h.counter++
	return sms.Message{SID: fmt.Sprintf("SM%032d", h.counter), From: phi.Hide(from), To: "+12125550100", Body: phi.Hide(body)}
}

// say texts and gives the whole reply.
func (h *house) say(from, body string) string {
	h.t.Helper()
	return h.deliver(h.text(from, body))
}

func (h *house) deliver(m sms.Message) string {
	h.t.Helper()
	replies, err := h.Inbound(context.Background(), m)
	if err != nil {
		h.t.Fatal(err)
	}
	return strings.Join(replies, "\n")
}

// joined is a house in which a number has joined and is asked the first question.
func joined(t testing.TB) *house {
	t.Helper()
	return join(open(t))
}

func join(h *house) *house {
	h.t.Helper()
	for _, body := range []string{"RIVER", "yes", "1", "3"} {
		h.say(alice, body)
	}
	return h
}

// items counts the stored items of a table whose partition and sort keys begin so.
func (h *house) items(name, partition, sort string) int {
	h.t.Helper()
	n, cursor := 0, ""
	for {
		page, err := h.tables[name].Scan(context.Background(), cursor)
		if err != nil {
			h.t.Fatal(err)
		}
		for _, i := range page.Items {
			if strings.HasPrefix(i.Partition, partition) && strings.HasPrefix(i.Sort, sort) {
				n++
			}
		}
		if cursor = page.Next; cursor == "" {
			return n
		}
	}
}

func (h *house) reports() int { h.t.Helper(); return h.items("reports", "R#", "REV#") }

// participantID is who a number is in River.
func (h *house) participantID(number string) string {
	h.t.Helper()
	c, ok, err := h.Registry.Contact(context.Background(), phi.Hide(number))
	if err != nil || !ok {
		h.t.Fatal("no such contact", err)
	}
	return c.Participants["river"]
}

func (h *house) stopped(number string) bool {
	h.t.Helper()
	c, _, err := h.Registry.Contact(context.Background(), phi.Hide(number))
	if err != nil {
		h.t.Fatal(err)
	}
	return c.Stopped
}

var errCrash = errors.New("crash")

// faults fails the n-th table call from now on, before or after it is done; 0 fails none.
type faults struct {
	mu    sync.Mutex
	left  int
	after bool
	calls int
	dead  bool // whatever comes after the one that fails, fails too: the process is gone
}

func (f *faults) at(n int, after bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.left, f.after, f.calls, f.dead = n, after, 0, false
}

// call does op, unless it is the one that fails.
func (f *faults) call(op func() error) error {
	f.mu.Lock()
	f.calls++
	hit := f.calls == f.left
	after, gone := f.after, f.dead && f.left > 0 && f.calls > f.left
	f.mu.Unlock()
	if hit && !after || gone {
		return errCrash
	}
	err := op()
	if hit {
		return errCrash
	}
	return err
}

type faulty struct {
	table.Table
	f *faults
}

func (t faulty) Get(ctx context.Context, k table.Key) (i table.Item, err error) {
	err = t.f.call(func() error { i, err = t.Table.Get(ctx, k); return err })
	return i, err
}

func (t faulty) Query(ctx context.Context, q table.Query) (p table.Page, err error) {
	err = t.f.call(func() error { p, err = t.Table.Query(ctx, q); return err })
	return p, err
}

func (t faulty) Write(ctx context.Context, ops ...table.Op) error {
	return t.f.call(func() error { return t.Table.Write(ctx, ops...) })
}

// sent stands in for the carrier's gateway: it keeps what it takes, and lists it. Its calls fail like a table's.
type sent struct {
	mu     sync.Mutex
	faults *faults
	bodies []string
	to     []string
	refs   []string
	ref    string // of the text that is on its way
	at     []time.Time
	now    func() time.Time
	err    error
	during func() // happens once, while a text is on its way to the gateway
}

func (s *sent) Dispatch(ctx context.Context, o sms.Outgoing) (string, error) {
	s.ref = o.Ref
	return s.Send(ctx, o.To, o.Body)
}

func (s *sent) Send(_ context.Context, to phi.Text, body string) (sid string, err error) {
	if during := s.during; during != nil {
		s.during = nil
		during()
	}
	err = s.faults.call(func() error {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.err != nil {
			return s.err
		}
		s.bodies, s.to, s.at, s.refs = append(s.bodies, body), append(s.to, to.Reveal()), append(s.at, s.now()), append(s.refs, s.ref)
		sid = fmt.Sprint("SMout", len(s.bodies))
		return nil
	})
	return sid, err
}

func (s *sent) Sent(_ context.Context, to phi.Text, since time.Time) (out []sms.Sent, err error) {
	err = s.faults.call(func() error {
		s.mu.Lock()
		defer s.mu.Unlock()
		for n, body := range s.bodies {
			if s.to[n] == to.Reveal() && !s.at[n].Before(since) {
				out = append(out, sms.Sent{SID: fmt.Sprint("SMout", n+1), Body: body})
			}
		}
		return nil
	})
	return out, err
}

type alerts struct {
	mu   sync.Mutex
	keys []string
	err  error
}

func (a *alerts) Alert(_ context.Context, _, key string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.err != nil {
		return a.err
	}
	a.keys = append(a.keys, key)
	return nil
}

type lockedWriter struct {
	mu *sync.Mutex
	w  *bytes.Buffer
}

func (w *lockedWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.w.Write(p)
}
