// Command recount counts a stretch of the stream that was given up. It reads from its standard input what Lambda told the
// queue of failures, and the stretch from the stream, which keeps it for 24 hours. Running it twice, or beside the
// function, counts nothing twice.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/tellback/tellback/internal/learning"
	"github.com/tellback/tellback/internal/table"
	"github.com/tellback/tellback/internal/table/dynamo"
	"github.com/tellback/tellback/internal/table/dynamo/standin"
	"github.com/tellback/tellback/internal/table/stream"
)

func main() {
	reports := flag.String("reports", "", "name of the reports table")
	ledger := flag.String("learning", "", "name of the learning table")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "%q is not understood: every option begins with -\n", flag.Arg(0))
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, config(os.Getenv), *reports, *ledger, os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// config is made of what `aws configure export-credentials --format env` gives, and AWS_REGION.
func config(getenv func(string) string) aws.Config {
	c := aws.Config{
		Region:      getenv("AWS_REGION"),
		Credentials: credentials.NewStaticCredentialsProvider(getenv("AWS_ACCESS_KEY_ID"), getenv("AWS_SECRET_ACCESS_KEY"), getenv("AWS_SESSION_TOKEN")),
		HTTPClient:  &http.Client{Timeout: 10 * time.Second},
	}
	if endpoint := getenv("AWS_ENDPOINT_URL"); endpoint != "" {
		c.BaseEndpoint = aws.String(endpoint)
	}
	return c
}

// message is what Lambda tells of a batch that it gave up
// (https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html).
type message struct {
	Batch struct {
		Shard  string `json:"shardId"`
		First  string `json:"startSequenceNumber"`
		Last   string `json:"endSequenceNumber"`
		Stream string `json:"streamArn"`
	} `json:"DDBStreamBatchInfo"`
}

func run(ctx context.Context, cfg aws.Config, reports, ledger string, in io.Reader, out io.Writer) error {
	if reports == "" || ledger == "" {
		return errors.New("both -reports and -learning are needed")
	}
	var m message
	if err := json.NewDecoder(in).Decode(&m); err != nil {
		return fmt.Errorf("the message is not JSON: %w", err)
	}
	b := m.Batch
	if b.Shard == "" || b.First == "" || b.Last == "" {
		return errors.New("the message names no stretch of a stream: give the body of one from the queue of failures")
	}
	source, err := standin.OpenStream(ctx, cfg, dynamo.Open(cfg, reports, time.Now))
	if err != nil {
		return err
	}
	if b.Stream != source.ARN() {
		return fmt.Errorf("the message is about the stream %s, and the table's is %s", b.Stream, source.ARN())
	}
	if err := source.Seek(ctx, b.Shard, b.First); err != nil {
		return fmt.Errorf("the stretch can't be found; the stream may have forgotten it: %w", err)
	}
	target := learning.NewLedger(dynamo.Open(cfg, ledger, time.Now))
	read := 0
	for after := ""; ; {
		changes, err := source.Changes(ctx, b.Shard, after, 1000)
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("after %d changes: %w", read, err)
		}
		if len(changes) == 0 {
			return fmt.Errorf("the shard ends after %d changes, before the stretch does", read)
		}
		after = changes[len(changes)-1].Sequence
		changes = within(changes, b.First, b.Last)
		if failed, err := target.Fold(ctx, b.Shard, changes); err != nil {
			return fmt.Errorf("from %s on nothing was counted: %w", failed, err)
		}
		read += len(changes)
		if stream.Compare(after, b.Last) >= 0 {
			fmt.Fprintf(out, "All %d changes of the stretch are in the ledger, each once.\n", read)
			return nil
		}
	}
}

// within are the changes from first to last.
func within(changes []table.Change, first, last string) []table.Change {
	var out []table.Change
	for _, c := range changes {
		if stream.Compare(first, c.Sequence) <= 0 && stream.Compare(c.Sequence, last) <= 0 {
			out = append(out, c)
		}
	}
	return out
}
