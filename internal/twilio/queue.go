package twilio

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/sms"
)

// FallbackPath is where Twilio takes a text whose webhook failed. No function stands behind it: the gateway puts the
// form into a queue as it is, so that it survives the loss of everything else.
const FallbackPath = "/sms/fallback"

// SignatureAttribute is the message attribute that carries the form's X-Twilio-Signature.
const SignatureAttribute = "TwilioSignature"

// Fallback is what queued texts are handed to; [sms.Service] says what it promises.
type Fallback interface {
	Fallback(ctx context.Context, m sms.Message) (sms.Taken, error)
}

// Arrivals knows when Twilio received a text; an error of kind fault.NotFound when Twilio does not keep that.
type Arrivals interface {
	Arrived(ctx context.Context, sid string) (time.Time, error)
}

// Queue drains the fallback queue.
type Queue struct {
	svc       Fallback
	arrivals  Arrivals
	validator *Validator
	address   string
	log       *slog.Logger
}

// NewQueue makes one for forms that were posted to publicURL.
func NewQueue(svc Fallback, arrivals Arrivals, tokens []string, publicURL string, log *slog.Logger) *Queue {
	return &Queue{svc, arrivals, NewValidator(tokens...), strings.TrimRight(publicURL, "/") + FallbackPath, log}
}

// spare is what has to be left of the function's time to begin with another text.
const spare = 6 * time.Second

// Drain takes a batch and reports those texts that have to come again. What Twilio did not sign, or what is no text at
// all, does not come again: anybody may post to the fallback. A text of which nothing can be made is in Twilio's list too.
func (q *Queue) Drain(ctx context.Context, e events.SQSEvent) (events.SQSEventResponse, error) {
	out := events.SQSEventResponse{BatchItemFailures: []events.SQSBatchItemFailure{}}
	slices.SortStableFunc(e.Records, func(a, b events.SQSMessage) int { return queued(a).Compare(queued(b)) })
	for _, r := range e.Records {
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < spare {
			out.BatchItemFailures = append(out.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: r.MessageId})
			continue
		}
		if err := q.take(ctx, r); err != nil {
			out.BatchItemFailures = append(out.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: r.MessageId})
		}
	}
	return out, nil
}

func (q *Queue) take(ctx context.Context, r events.SQSMessage) error {
	m, err := q.read(r)
	if errors.Is(err, errForged) {
		q.log.WarnContext(ctx, "a queued text was not signed by Twilio and was dropped")
		return nil
	}
	if err != nil {
		q.log.ErrorContext(ctx, "a queued text could not be read and was dropped", "error", err)
		return nil
	}
	m.Sent, err = q.arrivals.Arrived(ctx, m.SID)
	if fault.KindOf(err) == fault.NotFound {
		m.Sent, err = queued(r), nil
	}
	if err == nil {
		_, err = q.svc.Fallback(ctx, m)
	}
	if fault.KindOf(err) == fault.Malformed {
		q.log.ErrorContext(ctx, "a queued text could not be read and was dropped", "error", err)
		return nil
	}
	if err != nil && !errors.Is(err, sms.ErrClaimed) {
		q.log.ErrorContext(ctx, "a queued text could not be taken and will come again", "sid", m.SID, "error", err)
	}
	return err
}

// read gives the text that a message carries. The gateway passes a form as it is; should it arrive in base64, as forms
// reach functions, that is told by the signature.
func (q *Queue) read(r events.SQSMessage) (sms.Message, error) {
	signature := ""
	if a := r.MessageAttributes[SignatureAttribute]; a.StringValue != nil {
		signature = *a.StringValue
	}
	if len(r.Body) > largestBody {
		return sms.Message{}, errForged
	}
	form, err := q.validator.form(signature, q.address, r.Body)
	if raw, no := base64.StdEncoding.DecodeString(r.Body); errors.Is(err, errForged) && no == nil {
		form, err = q.validator.form(signature, q.address, string(raw))
	}
	if err != nil {
		return sms.Message{}, err
	}
	return message(form)
}

// queued is when a message was put into the queue.
func queued(r events.SQSMessage) time.Time {
	ms, _ := strconv.ParseInt(cmp.Or(r.Attributes["SentTimestamp"], "0"), 10, 64)
	return time.UnixMilli(ms)
}
