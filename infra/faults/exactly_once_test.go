package faults

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"github.com/tellback/tellback/infra/tools/dynoxide"
	"github.com/tellback/tellback/internal/learning"
	"github.com/tellback/tellback/internal/report"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.NewTextHandler(io.Discard, nil))) // thousands of failures are what is wanted here
	os.Exit(m.Run())
}

// fresh is a server of the test's own: one that has done much gets slow.
func fresh(t *testing.T) string {
	t.Helper()
	server, err := dynoxide.Start("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	return server.Endpoint
}

// Ten thousand reports, in four storms, go through the door, the table, its real stream and the aggregate function into the
// ledger, while requests are throttled, fail, are lost, are done and their replies lost, and are sent twice, and while
// every process in it crashes between any two of its calls. None may be lost and none may count twice.
func TestExactlyOnce(t *testing.T) {
	n := 2500
	if testing.Short() {
		n = 250
	}
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("storm ", seed), func(t *testing.T) {
			w := newWorld(t, fresh(t), seed)
			ways, wrong := w.play(n, w.real, sameKey)
			for _, s := range wrong {
				t.Error(s)
			}
			seen := w.storm.counts()
			t.Logf("%d reports; faults: %v; deliveries: %v", n, seen, ways)
			for _, kind := range append([]string{"crash before", "crash after"}, kinds...) {
				if seen[kind] < n/200 {
					t.Errorf("%q came %d times only", kind, seen[kind])
				}
			}
			if len(ways) != 8 {
				t.Errorf("deliveries were of %d ways, want 8: %v", len(ways), ways)
			}
		})
	}
}

// The test above can fail: each of these does one thing wrong, and must be found out.
func TestWhatIsNotExactlyOnceIsFoundOut(t *testing.T) {
	const n = 250
	endpoint := fresh(t)
	for name, c := range map[string]struct {
		function func(w *world) aggregate
		retried  func(string, int) string
		want     string
	}{
		"counting without looking at what was counted": {want: "ledger", function: func(w *world) aggregate {
			return func(ctx context.Context, e events.DynamoDBTimeWindowEvent, delivery int) (events.DynamoDBTimeWindowEventResponse, error) {
				e.ShardID = fmt.Sprint(e.ShardID, "#", delivery) // under another name nothing has been counted
				return w.real(ctx, e, delivery)
			}
		}},
		"skipping whatever lies below the last number": {want: "ledger", function: func(w *world) aggregate {
			var mu sync.Mutex // two deliveries may come at the same time
			last := ""
			return func(ctx context.Context, e events.DynamoDBTimeWindowEvent, delivery int) (events.DynamoDBTimeWindowEventResponse, error) {
				mu.Lock()
				defer mu.Unlock()
				if at := e.Records[0].Change.SequenceNumber; len(at) < len(last) || len(at) == len(last) && at <= last {
					return events.DynamoDBTimeWindowEventResponse{}, nil
				}
				out, err := w.real(ctx, e, delivery)
				if err == nil && len(out.BatchItemFailures) == 0 {
					last = e.Records[len(e.Records)-1].Change.SequenceNumber
				}
				return out, err
			}
		}},
		"taking a failed batch for done": {want: "ledger", function: func(w *world) aggregate {
			return func(ctx context.Context, e events.DynamoDBTimeWindowEvent, delivery int) (events.DynamoDBTimeWindowEventResponse, error) {
				_, _ = w.real(ctx, e, delivery)
				return events.DynamoDBTimeWindowEventResponse{}, nil
			}
		}},
		"another key with every attempt": {want: "reports are stored", function: func(w *world) aggregate { return w.real }, retried: func(key string, attempt int) string {
			return fmt.Sprint(key, "#", attempt)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, endpoint, 2)
			if c.retried == nil {
				c.retried = sameKey
			}
			_, wrong := w.play(n, c.function(w), c.retried)
			if !strings.Contains(strings.Join(wrong, "\n"), c.want) {
				t.Errorf("found %q, want that it says %q", wrong, c.want)
			}
		})
	}
}

func sameKey(key string, _ int) string { return key }

// play has n reports told and pumped, and gives everything that is wrong afterwards.
func (w *world) play(n int, function aggregate, retried func(string, int) string) (ways map[string]int, wrong []string) {
	w.t.Helper()
	ctx := context.Background()
	all := w.tellers(n, rand.New(rand.NewPCG(uint64(n), 1)))
	told, pumped := make(chan struct{}), make(chan error, 1)
	p := &pump{w: w, function: function, random: rand.New(rand.NewPCG(uint64(n), 2)), most: min(150, n/10)}
	go func() { pumped <- p.run(ctx, told) }()
	err := w.tellAll(ctx, all, uint64(n), retried)
	close(told)
	if err != nil {
		wrong = append(wrong, err.Error())
	}
	if err := <-pumped; err != nil {
		wrong = append(wrong, err.Error())
	}
	return p.ways, append(wrong, w.judge(ctx, all)...)
}

// judge compares what was promised with what is there, read without the storm.
func (w *world) judge(ctx context.Context, all []*teller) (wrong []string) {
	desk := w.desk(w.calmReports)
	stands := map[string]bool{} // who has a report that counts, for what
	complete := 0
	for _, t := range all {
		r, err := desk.Read(ctx, t.receipt)
		answers := t.draft.Answers.Reveal()
		if t.corrected != nil {
			answers = t.corrected
		}
		switch {
		case err != nil:
			wrong = append(wrong, fmt.Sprintf("%s is lost: %v", t.draft.Key, err))
		case t.withdraws != (r.Status == report.Withdrawn):
			wrong = append(wrong, fmt.Sprintf("%s is %s", t.draft.Key, r.Status))
		case !t.withdraws && !reflect.DeepEqual(codes(r.Answers.Reveal()), codes(w.catalog.Questionnaire(r.Questionnaire, r.Version).Clean(answers))):
			wrong = append(wrong, fmt.Sprintf("%s has other answers", t.draft.Key))
		}
		if stands[t.draft.Participant+"/"+t.draft.Questionnaire] = true; !t.withdraws {
			complete++
		}
	}
	stored, err := w.stored(ctx)
	if err != nil {
		return append(wrong, err.Error())
	}
	if stored != len(all) {
		wrong = append(wrong, fmt.Sprintf("%d reports are stored, want %d", stored, len(all)))
	}
	return append(wrong, w.judgeLedger(ctx, len(stands), complete)...)
}

// judgeLedger compares the ledger with all standings, to the last bit, and with what the tellers themselves add up to.
func (w *world) judgeLedger(ctx context.Context, participants, reports int) (wrong []string) {
	want, err := learning.Recompute(ctx, w.calmReports)
	if err != nil {
		return []string{err.Error()}
	}
	got, err := learning.NewLedger(w.calmed).All(ctx)
	if err != nil {
		return []string{err.Error()}
	}
	if !reflect.DeepEqual(want, got) {
		wrong = append(wrong, "the ledger is not what all standings add up to")
	}
	var counted learning.Totals
	for k, t := range got {
		if k.Group == "" && k.Item == "" {
			counted.Participants += t.Participants
			counted.Reports += t.Reports
		}
	}
	if counted.Participants != int64(participants) || counted.Reports != int64(reports) {
		wrong = append(wrong, fmt.Sprintf("the ledger counts %d participants and %d reports, want %d and %d",
			counted.Participants, counted.Reports, participants, reports))
	}
	return wrong
}

// stored counts the reports in the table, withdrawn ones included.
func (w *world) stored(ctx context.Context) (n int, err error) {
	for cursor := ""; ; {
		page, err := w.calmReports.Scan(ctx, cursor)
		if err != nil {
			return 0, err
		}
		for _, i := range page.Items {
			if i.Sort == "REV#000001" {
				n++
			}
		}
		if cursor = page.Next; cursor == "" {
			return n, nil
		}
	}
}
