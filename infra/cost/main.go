// Command cost measures what the hot path uses of DynamoDB, in the units that are billed: it runs the real code against a
// DynamoDB server, which it starts (or which TELLBACK_DYNAMODB_ENDPOINT names), and reads what each call says it used.
package main

import (
	"context"
	"fmt"
	"os"
	"text/tabwriter"

	"github.com/tellback/tellback/infra/tools/dynoxide"
)

func main() {
	if len(os.Args) > 1 {
		fmt.Fprintf(os.Stderr, "cost: %q is not understood: there are no options\n", os.Args[1])
		os.Exit(2)
	}
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "cost:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	server, err := dynoxide.Start("")
	if err != nil {
		return err
	}
	defer server.Stop()
	rows, err := measure(ctx, server.Endpoint, 2)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "DynamoDB units\tof\twrite\tread\tsegments of texts\t")
	for _, r := range rows {
		fmt.Fprintln(w, r)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Println("\nsegments per completed report")
	for _, r := range rows {
		if r.name == rowTogether || r.name == rowInvited {
			fmt.Printf("%.3g out, %.3g in: %s\n", r.out, r.in, r.name)
		}
	}
	return nil
}
