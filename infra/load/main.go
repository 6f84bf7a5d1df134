// Command load drives a server that it starts itself, over loopback only, and stops by itself. It has two jobs:
//
//	go run ./infra/load -reports 5000 -kill 1   submit while the server is killed with kill -9, then prove that nothing was lost or doubled
//	go run ./infra/load -bench                  measure signed texts and form posts
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("load", flag.ContinueOnError)
	reports := flags.Int("reports", 5000, "how many reports to submit")
	clients := flags.Int("clients", 64, "how many submit at once")
	kills := flags.Int("kill", 1, "how often the server is killed meanwhile")
	store := flags.String("store", "sqlite", "the server's storage engine: sqlite or dynamodb")
	bench := flags.Bool("bench", false, "measure instead")
	conversations := flags.Int("conversations", 150, "with -bench: conversations per measurement")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("%q is not understood: every option begins with -, and what is on or off takes =, such as -bench=false", flags.Arg(0))
	}
	dir, err := os.MkdirTemp("", "tellback-load-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	s, err := Build(ctx, dir, *store)
	if err != nil {
		return err
	}
	if *bench {
		return Bench(ctx, s, *conversations, out)
	}
	return Survive(ctx, s, Plan{Reports: *reports, Clients: *clients, Kills: *kills}, out)
}
