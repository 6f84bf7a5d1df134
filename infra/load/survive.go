package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// Plan is what [Survive] does.
type Plan struct{ Reports, Clients, Kills int }

// Survive submits reports from many clients at once (two in three through the API, one in three by text), kills the
// server with kill -9 meanwhile, starts it again, and sends everything again as a sender would who got no answer. Then
// every report that was acknowledged must still be known (with the receipt that it had, or without an answer where a
// conversation has gone on since), each must be there once, and the ledger must be what all standings add up to.
func Survive(ctx context.Context, s *Server, plan Plan, out io.Writer) error {
	if err := s.Start(ctx); err != nil {
		return err
	}
	defer s.Kill()
	client := &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: plan.Clients}}
	d := &driver{server: s, client: client, plan: plan, sent: make([]bool, plan.Reports), acknowledged: make([]string, plan.Reports)}
	if err := d.enrolTexters(ctx); err != nil {
		return fmt.Errorf("enrolling: %w", err)
	}
	for k := range plan.Kills {
		if err := d.untilKilled(ctx, k); err != nil {
			return err
		}
		n := d.count()
		fmt.Fprintf(out, "kill -9 number %d with %d of %d reports acknowledged\n", k+1, n, plan.Reports)
		if n == 0 || n == plan.Reports {
			return fmt.Errorf("the kill came before the first or after the last report: it shows nothing")
		}
		if err := s.Start(ctx); err != nil {
			return fmt.Errorf("after kill %d: %w", k+1, err)
		}
	}
	if err := d.all(ctx, true); err != nil {
		return err
	}
	ledger, err := d.ledger(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%d reports, each acknowledged one is still known; in the ledger %d reports; streamed equals recomputed: %t (%d cells)\n",
		plan.Reports, ledger.Reports, ledger.Equal, ledger.Cells)
	if !ledger.Equal || ledger.Reports != plan.Reports {
		return fmt.Errorf("lost or doubled: %+v", ledger)
	}
	return nil
}

type driver struct {
	server *Server
	client *http.Client
	plan   Plan

	mu           sync.Mutex
	sent         []bool   // by report: whether it was ever sent
	acknowledged []string // by report: the answer that acknowledged it, or ""
}

// texters is how many phones text; each tells many stories.
const texters = 20

func texter(n int) string { return fmt.Sprintf("+1202555%04d", 1000+n) }

func (d *driver) enrolTexters(ctx context.Context) error {
	for n := range texters {
		for i, words := range []string{"RIVER", "YES", "1", "SKIP"} {
			if _, err := text(ctx, d.client, d.server.URL, fmt.Sprintf("SMjoin%04d%024d", n, i), texter(n), words); err != nil {
				return err
			}
		}
		// The first check-in has begun; four words it can't read are a story, and SKIP leaves each question.
		for i := range 5 {
			if _, err := text(ctx, d.client, d.server.URL, fmt.Sprintf("SMskip%04d%024d", n, i), texter(n), "SKIP"); err != nil {
				return err
			}
		}
	}
	return nil
}

// untilKilled submits everything that is not acknowledged yet and kills the server at a random moment on the way.
func (d *driver) untilKilled(ctx context.Context, k int) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	start, target := d.count(), 0
	target = start + (d.plan.Reports-start)/(d.plan.Kills-k+1) // leaves work for the kills to come
	killed := make(chan error, 1)
	go func() {
		for d.count() < target && ctx.Err() == nil {
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Duration(rand.IntN(20)) * time.Millisecond)
		killed <- d.server.Kill()
		cancel()
	}()
	err := d.all(ctx, false)
	select {
	case killErr := <-killed: // refused connections are the point
		return killErr
	case <-time.After(time.Second):
		return fmt.Errorf("before the kill: %w", cmp.Or(err, errors.New("everything was submitted")))
	}
}

// all submits every report: those without an acknowledgement, and with again also those that have one, whose answer
// must then be the same as before.
func (d *driver) all(ctx context.Context, again bool) error {
	var next atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	for range d.plan.Clients {
		g.Go(func() error {
			for n := int(next.Add(1)) - 1; n < d.plan.Reports && ctx.Err() == nil; n = int(next.Add(1)) - 1 {
				if d.answer(n) != "" && !again {
					continue
				}
				if err := d.submit(ctx, n, again); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return g.Wait()
}

func (d *driver) submit(ctx context.Context, n int, again bool) error {
	before, sent := d.send(n)
	got, replayed := "", false
	var err error
	if n%3 == 2 {
		got, err = text(ctx, d.client, d.server.URL, fmt.Sprintf("SM%032d", n), texter(n/3%texters), fmt.Sprintf("My week had a story in it, number %d of many.", n))
		replayed = true // an answer that equals the first one is all that a text shows
		// A conversation knows for days which texts it took, but has the replies of the newest few only.
		known := sent && strings.Contains(got, "<Response/>")
		if err == nil && !known && !strings.Contains(got, "/r/") {
			return fmt.Errorf("text %d was not acknowledged with a receipt", n)
		}
		if known {
			got = cmp.Or(before, got)
		}
	} else {
		got, replayed, err = post(ctx, d.client, d.server.URL, fmt.Sprintf("key-%d", n), fmt.Sprintf("person-%d", n),
			map[string]any{"pain": []string{"none", "mild", "medium", "strong", "very-strong"}[n%5], "tiredness": "little", "sleep": "well", "worry": "some", "doing": "hard"})
	}
	if err != nil {
		return fmt.Errorf("report %d: %w", n, err)
	}
	if before != "" && again && (got != before || !replayed) {
		return fmt.Errorf("report %d was acknowledged before, but its answer now differs (replayed: %t)", n, replayed)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.acknowledged[n] = got
	return nil
}

func (d *driver) answer(n int) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.acknowledged[n]
}

// send notes that a report is sent, and gives what acknowledged it before and whether it was sent before.
func (d *driver) send(n int) (before string, sent bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	sent, d.sent[n] = d.sent[n], true
	return d.acknowledged[n], sent
}

func (d *driver) count() (n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, a := range d.acknowledged {
		if a != "" {
			n++
		}
	}
	return n
}

// ledgerView is what GET /dev/ledger tells.
type ledgerView struct {
	Equal   bool
	Cells   int
	Reports int
}

func (d *driver) ledger(ctx context.Context) (v ledgerView, err error) {
	body, err := get(ctx, d.client, d.server.URL+"/dev/ledger")
	if err != nil {
		return v, err
	}
	err = json.Unmarshal([]byte(body), &v)
	return v, err
}
