package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// script is a whole conversation: joining, and the first check-in.
var script = []string{"RIVER", "YES", "1", "SKIP", "1", "2", "0", "3", "1"}

// Bench measures, at one client and at sixteen, signed inbound texts and form posts against a fresh server each, with
// every commit synced. Figures are printed, never judged: no test depends on a time.
func Bench(ctx context.Context, s *Server, conversations int, out io.Writer) error {
	if err := s.Start(ctx); err != nil {
		return err
	}
	defer s.Kill()
	fmt.Fprintf(out, "%-28s %8s %10s %10s %10s %16s\n", "whole process, fsync on", "clients", "per s", "p50 ms", "p99 ms", "CPU s per 1,000")
	for round, clients := range []int{1, 16} {
		if err := benchTexts(ctx, s, round, clients, conversations, out); err != nil {
			return fmt.Errorf("texts: %w", err)
		}
	}
	for _, clients := range []int{1, 16} {
		if err := benchForms(ctx, s, clients, conversations*4, out); err != nil {
			return fmt.Errorf("forms: %w", err)
		}
	}
	return s.Stop()
}

// measure runs n jobs on some clients and prints one line. A job gives how long its requests took.
func measure(ctx context.Context, s *Server, name string, clients, n int, out io.Writer, job func(ctx context.Context, c *http.Client, n int) ([]time.Duration, error)) error {
	client := &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
	var mu sync.Mutex
	var all []time.Duration
	var next atomic.Int64
	cpu, began := s.CPU(), time.Now()
	g, ctx := errgroup.WithContext(ctx)
	for range clients {
		g.Go(func() error {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				took, err := job(ctx, client, i)
				if err != nil {
					return err
				}
				mu.Lock()
				all = append(all, took...)
				mu.Unlock()
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	wall, used := time.Since(began), s.CPU()-cpu
	slices.Sort(all)
	ms := func(q float64) float64 { return float64(all[int(q*float64(len(all)-1))]) / float64(time.Millisecond) }
	fmt.Fprintf(out, "%-28s %8d %10.0f %10.2f %10.2f %16.2f\n", name, clients, float64(len(all))/wall.Seconds(), ms(0.5), ms(0.99), used.Seconds()*1000/float64(len(all)))
	return nil
}

func benchTexts(ctx context.Context, s *Server, round, clients, conversations int, out io.Writer) error {
	return measure(ctx, s, "signed inbound texts", clients, conversations, out, func(ctx context.Context, c *http.Client, n int) (took []time.Duration, err error) {
		from := fmt.Sprintf("+1%d%07d", 202+round, 2_000_000+n)
		last := ""
		for i, words := range script {
			began := time.Now()
			if last, err = text(ctx, c, s.URL, fmt.Sprintf("SM%08d%08d%016d", round, n, i), from, words); err != nil {
				return nil, err
			}
			took = append(took, time.Since(began))
		}
		if !strings.Contains(last, "/r/") {
			return nil, fmt.Errorf("the conversation did not end with a receipt: the script no longer fits the questionnaire")
		}
		return took, nil
	})
}

var (
	hidden = regexp.MustCompile(`<input[^>]*type="hidden"[^>]*>`)
	radio  = regexp.MustCompile(`<input[^>]*type="radio"[^>]*name="(q\.[^"]+)"[^>]*value="([^"]*)"`)
	name   = regexp.MustCompile(`name="([^"]+)"`)
	value  = regexp.MustCompile(`value="([^"]*)"`)
)

func benchForms(ctx context.Context, s *Server, clients, posts int, out io.Writer) error {
	address := s.URL + "/f/river/weekly-check-in"
	forms := make([]url.Values, posts)
	for i := range forms {
		html, err := get(ctx, http.DefaultClient, address)
		if err != nil {
			return err
		}
		if forms[i], err = filled(html); err != nil {
			return err
		}
	}
	return measure(ctx, s, "form posts", clients, posts, out, func(ctx context.Context, c *http.Client, n int) ([]time.Duration, error) {
		once := *c
		once.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(forms[n].Encode()))
		if err != nil {
			return nil, err
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", s.URL)
		began := time.Now()
		_, err = do(&once, r, http.StatusSeeOther)
		return []time.Duration{time.Since(began)}, err
	})
}

// filled answers a form's every question with its first option.
func filled(html string) (url.Values, error) {
	form := url.Values{"who": {"patient"}, "consent": {"yes"}}
	for _, input := range hidden.FindAllString(html, -1) {
		if n, v := name.FindStringSubmatch(input), value.FindStringSubmatch(input); n != nil && v != nil {
			form.Set(n[1], v[1])
		}
	}
	for _, m := range radio.FindAllStringSubmatch(html, -1) {
		if !form.Has(m[1]) {
			form.Set(m[1], m[2])
		}
	}
	if form.Get("sid") == "" || len(form) < 5 {
		return nil, fmt.Errorf("the page is not the form that this driver knows: %d fields", len(form))
	}
	return form, nil
}
