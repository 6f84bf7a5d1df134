// Command coldstart measures what each function costs before and at its first event: the size of its binary, the time from
// exec to the first next, its first answer and its memory, beside a function that does nothing. Each run starts all of them
// in turn, so that a busy machine slows all alike. It starts and stops everything itself and talks to this machine only.
package main

import (
	"bytes"
	"compress/flate"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/tellback/tellback/infra/aws/rehearsal"
	"github.com/tellback/tellback/internal/app"
)

const nothing app.Name = "nothing"

// firsts are the sample events that stand for a function's first.
var firsts = map[app.Name]string{
	app.SMS: "sms-inbound-join", app.Web: "web-form-open", app.Aggregate: "aggregate-batch",
	app.Release: "release-schedule", app.Outreach: "outreach-schedule", app.Export: "export-staff",
}

// memory is what functions have in template.yaml, in GB; release has twice as much.
const memory = 0.5

func main() {
	runs := flag.Int("runs", 21, "how often each function is started")
	most := flag.Float64("most", 0, "fail when a function takes more times as long as nothing until it is ready; 0 reports only")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "%q is not understood: every option begins with -\n", flag.Arg(0))
		os.Exit(2)
	}
	if err := run(context.Background(), *runs, *most, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// sample is one start of one function.
type sample struct {
	ready, first time.Duration
	resident     int64
}

func run(ctx context.Context, runs int, most float64, out io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, 9*time.Minute)
	defer cancel()
	folder, err := os.MkdirTemp("", "coldstart")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	bootstraps, err := rehearsal.Build(ctx, folder, "functions", app.Names...)
	if err != nil {
		return err
	}
	baseline, err := rehearsal.Build(ctx, folder, "infra/aws/coldstart", nothing)
	if err != nil {
		return err
	}
	bootstraps[nothing] = baseline[nothing]
	p, err := rehearsal.Open(ctx)
	if err != nil {
		return err
	}
	defer p.Close()
	names := append([]app.Name{nothing}, app.Names...)
	samples := map[app.Name][]sample{}
	for i := range runs + 1 {
		for _, n := range names {
			s, err := start(ctx, p, n, bootstraps[n])
			if err != nil {
				return fmt.Errorf("%s: %w", n, err)
			}
			if i > 0 { // the first start reads the binary from disk
				samples[n] = append(samples[n], s)
			}
		}
	}
	return report(out, most, names, bootstraps, samples)
}

func start(ctx context.Context, p *rehearsal.Production, n app.Name, bootstrap string) (s sample, err error) {
	event := []byte("{}")
	if n != nothing {
		if event, err = os.ReadFile(filepath.Join("events", firsts[n]+".json")); err != nil {
			return s, err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	f, err := rehearsal.Start(bootstrap, p.Environment(n))
	if err != nil {
		return s, err
	}
	defer f.Stop()
	if s.ready, err = f.Ready(ctx); err != nil {
		return s, err
	}
	began := time.Now()
	answer, err := f.Invoke(ctx, event, began.Add(12*time.Second))
	if err != nil {
		return s, err
	}
	if answer.Failed {
		return s, errors.New("the first event failed")
	}
	s.first = time.Since(began)
	s.resident, err = f.Resident()
	return s, err
}

func report(out io.Writer, most float64, names []app.Name, bootstraps map[app.Name]string, samples map[app.Name][]sample) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "function\tstripped MB\tzip MB\texec to next ms\ttimes nothing\tfirst event ms\tRSS MB\tGB-s per 1,000 cold\t")
	var slow []error
	for _, n := range names {
		raw, err := os.ReadFile(bootstraps[n])
		if err != nil {
			return err
		}
		packed, err := deflated(raw)
		if err != nil {
			return err
		}
		var ready, first, resident, times []float64
		for i, s := range samples[n] {
			ready, first = append(ready, ms(s.ready)), append(first, ms(s.first))
			resident = append(resident, float64(s.resident)/1e6)
			times = append(times, float64(s.ready)/float64(samples[nothing][i].ready))
		}
		fmt.Fprintf(w, "%s\t%.1f\t%.1f\t%.1f\t%.2f\t%.1f\t%.0f\t%.1f\t\n", n, float64(len(raw))/1e6, float64(packed)/1e6,
			median(ready), median(times), median(first), median(resident), memory*(median(ready)+median(first)))
		if most > 0 && median(times) > most {
			slow = append(slow, fmt.Errorf("%s takes %.2f times as long as a function that does nothing; %.1f are allowed", n, median(times), most))
		}
	}
	return errors.Join(append(slow, w.Flush())...)
}

// deflated is the size of a function's zip but for some hundred bytes of its directory.
func deflated(raw []byte) (int, error) {
	var b bytes.Buffer
	z, err := flate.NewWriter(&b, flate.BestCompression)
	if err != nil {
		return 0, err
	}
	if _, err := z.Write(raw); err != nil {
		return 0, err
	}
	err = z.Close()
	return b.Len(), err
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func median(of []float64) float64 {
	sorted := slices.Sorted(slices.Values(of))
	return sorted[len(sorted)/2]
}
