package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tellback/tellback/internal/table"
	"github.com/tellback/tellback/internal/table/stream"
)

// dry is a stream that can be gone.
type dry struct {
	gone  atomic.Bool
	asked atomic.Int64
}

func (*dry) ARN() string { return "arn:dry" }

func (d *dry) Shards(context.Context) ([]stream.Shard, error) {
	if d.asked.Add(1); d.gone.Load() {
		return nil, errors.New("no such table")
	}
	return nil, nil
}

func (*dry) Changes(context.Context, string, string, int) ([]table.Change, error) { return nil, nil }

// A stream that is gone neither hangs who asks for the ledger nor fills the log, and is read again once it is back.
func TestAStreamThatIsGone(t *testing.T) {
	noise := alarms(t)
	synctest.Test(t, func(t *testing.T) {
		d := &dry{}
		d.gone.Store(true)
		p := &Pump{source: d, at: map[string]mark{}, wake: make(chan struct{}, 1)}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go p.Run(ctx)
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if n := d.asked.Load(); n < 60 || n > 70 { // every 10 s at last
			t.Errorf("tried %d times in ten minutes", n)
		}
		if n := strings.Count(noise.String(), "stream batch failed"); n != 2 { // at once, and five minutes later
			t.Errorf("the log says so %d times: %s", n, noise)
		}

		began, w := time.Now(), httptest.NewRecorder()
		s := &System{pump: p, log: slog.Default()}
		s.ledgerView(w, httptest.NewRequest("GET", "/dev/ledger", nil))
		if w.Code != http.StatusServiceUnavailable || w.Header().Get("Content-Type") != "application/problem+json" || !json.Valid(w.Body.Bytes()) {
			t.Errorf("the ledger: %d %s", w.Code, w.Body)
		}
		if took := time.Since(began); took > drainPatience+time.Second {
			t.Errorf("it took %v", took)
		}

		d.gone.Store(false)
		if err := p.Drain(ctx); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		noise.Reset()
		d.gone.Store(true)
		time.Sleep(time.Minute)
		synctest.Wait()
		if n := strings.Count(noise.String(), "stream batch failed"); n != 1 {
			t.Errorf("the log says %d times that it failed once more: %s", n, noise)
		}
	})
}
