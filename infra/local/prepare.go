package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/tellback/tellback/internal/intake"
	"github.com/tellback/tellback/internal/participant"
	"github.com/tellback/tellback/internal/table"
)

// setupKey marks a data folder that has been prepared, and whether with the demonstration.
var setupKey = table.Key{Partition: "SETUP", Sort: "demo"}

type setup struct {
	Demo bool `json:"demo"`
}

// prepare fills a fresh data folder with the demonstration, unless told not to. It is repeated from the start if it was
// cut short: everything in it is idempotent.
func (s *System) prepare(ctx context.Context, o Options, out io.Writer) error {
	item, err := s.store.local.Get(ctx, setupKey)
	if err == nil {
		var done setup
		err = json.Unmarshal(item.Body, &done)
		s.demo.Store(done.Demo)
		return err
	}
	if !errors.Is(err, table.ErrNotFound) {
		return err
	}
	done := setup{Demo: o.Demo != nil && *o.Demo}
	if done.Demo {
		s.demo.Store(true)
		if err := s.seed(ctx, out); err != nil {
			return err
		}
	}
	body, err := json.Marshal(done)
	if err != nil {
		return err
	}
	return s.store.local.Write(ctx, table.Put(table.Item{Key: setupKey, Body: body}))
}

func (s *System) seed(ctx context.Context, out io.Writer) error {
	began := time.Now()
	desk := intake.New(s.parts.reports, s.parts.keys, s.catalog)
	desk.Now = s.clock.Now
	d := Demo{Desk: desk, Registry: participant.New(s.parts.people, s.parts.keys), Catalog: s.catalog, Now: s.clock.Now()}
	for _, p := range s.catalog.Programs() {
		fmt.Fprintf(out, "Making up %d participants of %s and six months of their reports …\n", demoPatients+demoCaregivers, p.ID)
		n, err := d.Seed(ctx, p)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "  %d reports taken in %.1f s. Adding them up …\n", n, time.Since(began).Seconds())
	}
	if err := s.pump.Drain(ctx); err != nil {
		return err
	}
	fmt.Fprintf(out, "  added up after %.1f s. Closing, protecting and publishing five months …\n", time.Since(began).Seconds())
	if _, err := s.scheduler.Fire(ctx, "release"); err != nil {
		return err
	}
	fmt.Fprintf(out, "  published after %.1f s.\n", time.Since(began).Seconds())
	return nil
}
