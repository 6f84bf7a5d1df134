package faults

import (
	"bytes"
	"context"
	crypto "crypto/rand"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/tellback/tellback/internal/intake"
	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/report"
	"github.com/tellback/tellback/internal/table/dynamo"
	"github.com/tellback/tellback/internal/table/dynamo/standin"
	"github.com/tellback/tellback/schemas"
)

// world is the reports and learning tables on a server, twice: as people and functions reach them, through the storm, and
// as they are.
type world struct {
	t       testing.TB
	storm   *storm
	catalog *program.Catalog
	keys    *phi.Keys
	now     time.Time

	reports, learning   *dynamo.Table // through the storm
	calmReports, calmed *dynamo.Table
	stream              *standin.Stream
	shard               string
}

func newWorld(t testing.TB, endpoint string, seed uint64) *world {
	t.Helper()
	ctx := context.Background()
	w := &world{t: t, storm: newStorm(seed), now: time.Date(2026, 10, 20, 12, 0, 0, 0, time.UTC)}
	doc, err := phi.NewKeyset()
	must(t, err)
	w.keys, err = phi.ReadKeys(bytes.NewReader(doc))
	must(t, err)
	w.catalog, err = program.Load(schemas.FS)
	must(t, err)

	config := func(through http.RoundTripper) aws.Config {
		return aws.Config{
			Region: "us-east-1", BaseEndpoint: &endpoint, HTTPClient: &http.Client{Transport: through, Timeout: 20 * time.Second},
			Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
		}
	}
	stormy, calm, suffix := config(w.storm), config(w.storm.to), crypto.Text()
	open := func(cfg aws.Config, name string) *dynamo.Table {
		return dynamo.Open(cfg, name+"-"+suffix, time.Now, dynamo.WithBackoff(time.Millisecond, 4*time.Millisecond))
	}
	w.reports, w.calmReports = open(stormy, "reports"), open(calm, "reports")
	w.learning, w.calmed = open(stormy, "learning"), open(calm, "learning")
	must(t, standin.CreateTable(ctx, calm, w.calmReports, true))
	must(t, standin.CreateTable(ctx, calm, w.calmed, false))
	w.stream, err = standin.OpenStream(ctx, stormy, w.reports)
	must(t, err)
	shards, err := w.stream.Shards(ctx)
	must(t, err)
	if len(shards) != 1 {
		t.Fatalf("%d shards, want one", len(shards))
	}
	w.shard = shards[0].ID
	return w
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// desk is the door as one invocation opens it.
func (w *world) desk(over *dynamo.Table) *intake.Desk {
	d := intake.New(over, w.keys, w.catalog)
	d.Now = func() time.Time { return w.now }
	return d
}

// teller is what one person does with one report, and what we have promised them.
type teller struct {
	draft     report.Draft
	corrected questionnaire.Answers // nil unless they change it
	withdraws bool

	receipt intake.Receipt
}

// tellers are n of them. Some people tell several times, so that standings change; some correct, some withdraw.
func (w *world) tellers(n int, random *rand.Rand) []*teller {
	river := w.catalog.Program("river")
	out := make([]*teller, n)
	for i := range out {
		who := random.IntN(1 + n*2/3)
		id := []string{"weekly-check-in", "weekly-check-in", "care-experience"}[random.IntN(3)]
		q, _ := w.catalog.Used(river, id)
		t := &teller{draft: report.Draft{
			Key: fmt.Sprint("web:", i), Program: river.ID, Questionnaire: id, Participant: fmt.Sprint("p", who),
			Perspective: report.Self, Role: "patient", Channel: report.Web, Origin: report.Known,
			Language: []string{"en", "es"}[who%2], Attributes: map[string]string{"age": []string{"18-39", "40-64", "65-plus"}[who%3]},
			Answers: phi.Hide(w.answers(q, random)), At: w.now.Add(-time.Duration(i) * time.Second),
		}}
		switch random.IntN(12) {
		case 0:
			t.corrected = w.answers(q, random)
		case 1:
			t.withdraws = true
		}
		out[i] = t
	}
	return out
}

func (w *world) answers(q *questionnaire.Questionnaire, random *rand.Rand) questionnaire.Answers {
	a := questionnaire.Answers{}
	for _, i := range q.All() {
		if i.Answerable() && !i.Hidden && len(i.Options) > 0 {
			a[i.LinkID] = []questionnaire.Value{i.Options[random.IntN(len(i.Options))].Value}
		}
	}
	return a
}

// tell does everything that a teller does, each step again until it is acknowledged, as phones and browsers do. Every
// attempt is an invocation of its own, and every third one crashes at one of its calls. retried gives the key to try again with.
func (w *world) tell(ctx context.Context, t *teller, random *rand.Rand, retried func(key string, attempt int) string) error {
	again := func(do func(ctx context.Context, d *intake.Desk, attempt int) error) error {
		var err error
		for attempt := range 200 {
			one, end := live(ctx, max(0, random.IntN(12)-7))
			err = do(one, w.desk(w.reports), attempt)
			end()
			if err == nil {
				return nil
			}
		}
		return fmt.Errorf("never acknowledged: %w", err)
	}
	if err := again(func(ctx context.Context, d *intake.Desk, attempt int) (err error) {
		draft := t.draft
		draft.Key = retried(draft.Key, attempt)
		t.receipt, _, err = d.Submit(ctx, draft)
		return err
	}); err != nil {
		return err
	}
	if t.corrected != nil {
		if err := again(func(ctx context.Context, d *intake.Desk, _ int) error {
			_, err := d.Correct(ctx, t.receipt, 1, phi.Hide(t.corrected), w.now, nil)
			return err
		}); err != nil {
			return err
		}
	}
	if t.withdraws {
		return again(func(ctx context.Context, d *intake.Desk, _ int) error { return d.Withdraw(ctx, t.receipt, w.now) })
	}
	return nil
}

// tellAll has everybody tell, sixteen at a time.
func (w *world) tellAll(ctx context.Context, all []*teller, seed uint64, retried func(string, int) string) error {
	var wg sync.WaitGroup
	errs := make([]error, 16)
	for n := range errs {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(seed, uint64(n)))
			for i := n; i < len(all) && errs[n] == nil; i += len(errs) {
				errs[n] = w.tell(ctx, all[i], random, retried)
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// codes are answers as far as they are compared.
func codes(a questionnaire.Answers) map[string]string {
	out := map[string]string{}
	for link, vs := range a {
		for _, v := range vs {
			out[link] += v.Code + "\x00"
		}
	}
	return out
}
