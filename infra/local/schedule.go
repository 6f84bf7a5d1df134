package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/oklog/ulid/v2"

	"github.com/tellback/tellback/internal/fault"
)

// scheduledFunction is what functions/release and functions/outreach start.
type scheduledFunction = func(context.Context, events.EventBridgeEvent) (any, error)

// Scheduler stands where EventBridge Scheduler stands.
type Scheduler struct {
	now       func() time.Time
	functions map[string]scheduledFunction
	every     map[string]time.Duration
}

// Names are the functions that can be fired, in alphabetical order.
func (s *Scheduler) Names() []string {
	var names []string
	for name := range s.functions {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Fire calls one function with the event that its schedule would send.
func (s *Scheduler) Fire(ctx context.Context, name string) (json.RawMessage, error) {
	f, ok := s.functions[name]
	if !ok {
		return nil, fault.New(fault.NotFound, fmt.Sprintf("There is no scheduled function of that name. There are: %v.", s.Names()))
	}
	var e events.EventBridgeEvent
	err := throughJSON(events.EventBridgeEvent{
		Version: "0", ID: ulid.Make().String(), DetailType: "Scheduled Event", Source: "aws.scheduler", AccountID: "000000000000",
		Time: s.now().UTC(), Region: "local", Resources: []string{"arn:aws:scheduler:local:000000000000:schedule/default/" + name}, Detail: json.RawMessage(`{}`),
	}, &e)
	if err != nil {
		return nil, err
	}
	out, err := f(ctx, e)
	if err != nil {
		return nil, err
	}
	return json.Marshal(out)
}

// Run fires each function at its pace until ctx ends.
func (s *Scheduler) Run(ctx context.Context) {
	for name, every := range s.every {
		go func() {
			tick := time.NewTicker(every)
			defer tick.Stop()
			for {
				select {
				case <-ctx.Done():
					return
				case <-tick.C:
				}
				if _, err := s.Fire(ctx, name); err != nil && ctx.Err() == nil {
					slog.ErrorContext(ctx, "scheduled function failed", "function", name, "error", err.Error())
				}
			}
		}()
	}
}

// ServeHTTP is POST /dev/run/{function}.
func (s *Scheduler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	out, err := s.Fire(r.Context(), r.PathValue("function"))
	if err != nil {
		if fault.KindOf(err) == fault.Internal {
			slog.ErrorContext(r.Context(), "scheduled function failed", "error", err.Error())
		}
		fault.WriteProblem(w, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(append(out, '\n'))
}
