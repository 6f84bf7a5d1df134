package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/oklog/ulid/v2"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/table"
	"github.com/tellback/tellback/internal/twilio"
)

// Queue stands where the API puts texts whose webhook failed, with no function in between, and where Lambda takes them
// from again: at least once, in no order that anybody may rely on. It is kept in the local table, so that nothing in it
// is lost with the process. Its figures are those of template.yaml.
type Queue struct {
	store      table.Table
	now        func() time.Time
	drain      func(ctx context.Context, event []byte) ([]byte, error) // functions/sms
	visibility time.Duration                                           // how long a message that was received is kept from others
	receives   int                                                     // a message that was received more often is dead
	woken      chan struct{}
}

// The partitions of the queue and of its dead letters, and how many messages are handed over at once.
const (
	queued      = "FALLBACK"
	deadLetters = "FALLBACK#DEAD"
	batch       = 5
)

func newQueue(store table.Table, now func() time.Time, drain func(context.Context, []byte) ([]byte, error)) *Queue {
	return &Queue{store: store, now: now, drain: drain, visibility: 2 * time.Minute, receives: 1000, woken: make(chan struct{}, 1)}
}

// letter is a message as it is stored.
type letter struct {
	Body      string    `json:"body"`
	Signature string    `json:"signature"`
	Sent      time.Time `json:"sent"`
	Visible   time.Time `json:"visible"` // from when on it may be received
	Received  int       `json:"received"`
}

// largestLetter is far more than a text's form, and less than SQS and the API in front of it take.
const largestLetter = 256 << 10

// ServeHTTP is POST /sms/fallback as the API answers it: Twilio learns that the text is kept, and gets nothing to say.
// What is too large is refused with 413, as the API refuses what is over its 10 MB, and as /sms/inbound does. To Twilio
// every refusal is the same: it has nowhere else to turn, and the text is found at the carrier.
func (q *Queue) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, largestLetter))
	var limit *http.MaxBytesError
	switch {
	case errors.As(err, &limit):
		fault.WriteProblem(w, fault.Wrap(fault.TooLarge, err, "This is larger than a text can be."))
		return
	case err != nil:
		fault.WriteProblem(w, fault.Wrap(fault.Malformed, err, "This stopped before it was whole."))
		return
	}
	now := q.now()
	l := letter{Body: string(body), Signature: r.Header.Get("X-Twilio-Signature"), Sent: now, Visible: now}
	if err := q.put(r.Context(), table.Key{Partition: queued, Sort: ulid.Make().String()}, 0, l); err != nil {
		slog.ErrorContext(r.Context(), "a text could not be queued", "error", err.Error())
		fault.WriteProblem(w, err)
		return
	}
	select {
	case q.woken <- struct{}{}:
	default:
	}
	w.Header().Set("Content-Type", "text/xml")
	w.WriteHeader(http.StatusNoContent)
}

func (q *Queue) put(ctx context.Context, k table.Key, version int64, l letter, more ...table.Op) error {
	body, err := json.Marshal(l)
	if err != nil {
		return err
	}
	return q.store.Write(ctx, append(more, table.Put(table.Item{Key: k, Version: version, Body: body}))...)
}

// Run hands over what is queued until ctx ends.
func (q *Queue) Run(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-q.woken:
		case <-tick.C:
		}
		if err := q.Deliver(ctx); err != nil && ctx.Err() == nil {
			slog.ErrorContext(ctx, "queued texts could not be handed over", "error", err.Error())
		}
	}
}

// received is a message on its way to the function.
type received struct {
	key     table.Key
	version int64
	letter  letter
}

// Deliver hands over everything that may be received now. What the function reports, or leaves when it breaks down, is
// received again once its time is up.
func (q *Queue) Deliver(ctx context.Context) error {
	all, err := q.receive(ctx)
	if err != nil {
		return err
	}
	for some := range slices.Chunk(all, batch) {
		failed, err := q.invoke(ctx, some)
		if err != nil {
			return err
		}
		for _, m := range some {
			if slices.Contains(failed, m.key.Sort) {
				continue
			}
			if err := q.store.Write(ctx, table.Delete(m.key, m.version)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (q *Queue) receive(ctx context.Context) (all []received, err error) {
	now := q.now()
	for page, query := (table.Page{}), (table.Query{Partition: queued}); ; query.Cursor = page.Next {
		if page, err = q.store.Query(ctx, query); err != nil {
			return nil, err
		}
		for _, i := range page.Items {
			var l letter
			if err := json.Unmarshal(i.Body, &l); err != nil {
				return nil, err
			}
			if l.Visible.After(now) {
				continue
			}
			if l.Received++; l.Received > q.receives {
				slog.ErrorContext(ctx, "a queued text was received too often and lies among the dead letters")
				if err := q.put(ctx, table.Key{Partition: deadLetters, Sort: i.Sort}, 0, l, table.Delete(i.Key, i.Version)); err != nil {
					return nil, err
				}
				continue
			}
			l.Visible = now.Add(q.visibility)
			if err := q.put(ctx, i.Key, i.Version, l); err != nil {
				return nil, err
			}
			all = append(all, received{i.Key, i.Version + 1, l})
		}
		if page.Next == "" {
			return all, nil
		}
	}
}

// invoke calls the function as Lambda would and gives the messages that have to come again.
func (q *Queue) invoke(ctx context.Context, some []received) (failed []string, err error) {
	var e events.SQSEvent
	for _, m := range some {
		e.Records = append(e.Records, events.SQSMessage{
			MessageId: m.key.Sort, ReceiptHandle: m.key.Sort, Body: m.letter.Body, EventSource: "aws:sqs", EventSourceARN: "arn:aws:sqs:local:000000000000:fallback", AWSRegion: "local",
			Attributes: map[string]string{
				"SentTimestamp": strconv.FormatInt(m.letter.Sent.UnixMilli(), 10), "ApproximateReceiveCount": strconv.Itoa(m.letter.Received),
			},
			MessageAttributes: map[string]events.SQSMessageAttribute{twilio.SignatureAttribute: {DataType: "String", StringValue: &m.letter.Signature}},
		})
	}
	event, err := json.Marshal(e)
	if err != nil {
		return nil, err
	}
	limited, cancel := context.WithTimeout(ctx, 12*time.Second)
	defer cancel()
	answer, err := q.drain(limited, event)
	if err != nil {
		return nil, err
	}
	var out events.SQSEventResponse
	if err := json.Unmarshal(answer, &out); err != nil {
		return nil, err
	}
	for _, f := range out.BatchItemFailures {
		failed = append(failed, f.ItemIdentifier)
	}
	return failed, nil
}
