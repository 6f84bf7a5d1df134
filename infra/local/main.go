// Command local runs the whole of Tellback on one machine: the same handlers that the Lambda functions start, fed with
// the same events, over an embedded store.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "tellback:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, getenv func(string) string, out, logs io.Writer) error {
	o := Options{Getenv: getenv, Log: slog.New(slog.NewJSONHandler(logs, nil))}
	slog.SetDefault(o.Log)
	if err := parse(args, &o, out); err != nil {
		return err
	}
	s, err := Open(ctx, o)
	if err != nil {
		return err
	}
	defer s.Close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx) }()
	if err := s.prepare(ctx, o, out); err != nil {
		cancel()
		<-served
		return err
	}
	fmt.Fprintf(out, "Tellback is ready: %s\n", s.publicURL)
	return <-served
}

func parse(args []string, o *Options, out io.Writer) error {
	flags := flag.NewFlagSet("local", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.StringVar(&o.Addr, "addr", "localhost:8080", "where to listen")
	flags.StringVar(&o.Data, "data", ".tellback", "the data folder; delete it to start afresh")
	flags.StringVar(&o.Schemas, "schemas", "", "a folder with programs/ and questionnaires/ to use instead of the embedded ones")
	flags.StringVar(&o.Store, "store", embedded, "the storage engine: sqlite, or dynamodb on the server that TELLBACK_DYNAMODB_ENDPOINT names or one of its own")
	demo := flags.Bool("demo", true, "on a fresh data folder, make up participants and six months of their reports")
	clock := flags.String("clock", "", "what time it is, in RFC 3339; by default the machine's")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 { // what stands behind it would not be read either
		return fmt.Errorf("%q is not understood: every option begins with -, and what is on or off takes =, such as -demo=false", flags.Arg(0))
	}
	o.Demo = demo
	if *clock == "" {
		return nil
	}
	var err error
	if o.Clock, err = time.Parse(time.RFC3339, *clock); err != nil {
		return fmt.Errorf("-clock wants a time such as 2026-12-05T09:00:00Z")
	}
	return nil
}
