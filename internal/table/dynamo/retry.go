package dynamo

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/table"
)

// attemptsWithoutDeadline bounds the retries of a call whose context has no deadline.
const attemptsWithoutDeadline = 10

// verdict is what an attempt's error means for the next one.
type verdict int

const (
	final     verdict = iota // trying again would answer the same
	conflict                 // a condition did not hold
	refused                  // turned away for now, and nothing was done
	uncertain                // it may have been done: no reply, or one that doesn't say
	skewed                   // turned away for the time it was signed at, which the client corrects by the reply
)

// Retry calls attempt as the table's own calls are made, for what else is asked of its server: until it succeeds, fails for
// good, or the time is up.
func (t *Table) Retry(ctx context.Context, doing string, attempt func(context.Context) error) error {
	return t.retry(ctx, doing, func(ctx context.Context, _ bool) error { return attempt(ctx) })
}

// retry calls attempt until it succeeds, fails for good, or the time is up. attempt is told whether an earlier one of
// its like may have been done. Each gets only so much of the time, so that one that hangs is followed by another.
func (t *Table) retry(ctx context.Context, doing string, attempt func(ctx context.Context, uncertain bool) error) error {
	ctx, cancel := spare(ctx)
	defer cancel()
	maybeDone, corrected, longest := false, false, t.firstWait
	for n := 1; ; n++ {
		err := ctx.Err()
		if err == nil {
			one, ended := context.WithTimeout(ctx, t.patience)
			err = attempt(one, maybeDone)
			ended()
		}
		if err == nil {
			return nil
		}
		if ended := ctx.Err(); ended != nil {
			return t.unavailable(doing, fmt.Errorf("%w: %w", ended, err))
		}
		switch judge(err) {
		case conflict:
			return table.ErrConflict
		case final:
			return t.unavailable(doing, err)
		case uncertain:
			maybeDone = true
		case skewed:
			if corrected {
				return t.unavailable(doing, err)
			}
			corrected = true
		}
		if err := t.wait(ctx, n, t.jitter(longest), err); err != nil {
			return t.unavailable(doing, err)
		}
		longest = min(2*longest, t.mostWait)
	}
}

// spare ends a little before ctx does, where ctx has a deadline: whoever called still has something to say by then.
func spare(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, deadline.Add(-min(time.Until(deadline)/10, 500*time.Millisecond)))
}

// wait waits before the next attempt, unless there is no time for one; then it says so together with cause.
func (t *Table) wait(ctx context.Context, attempts int, d time.Duration, cause error) error {
	deadline, ok := ctx.Deadline()
	if !ok && attempts >= attemptsWithoutDeadline {
		return fmt.Errorf("gave up after %d attempts: %w", attempts, cause)
	}
	if ok && time.Until(deadline) <= d { // the context's own clock, not the table's
		return fmt.Errorf("no time for another attempt after %d: %w: %w", attempts, context.DeadlineExceeded, cause)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", ctx.Err(), cause)
	}
}

// jitter is a random wait up to longest: callers that were turned away together don't come back together.
func jitter(longest time.Duration) time.Duration {
	return rand.N(longest + 1)
}

func judge(err error) verdict {
	var canceled *types.TransactionCanceledException
	if errors.As(err, &canceled) {
		return judgeReasons(canceled.CancellationReasons)
	}
	var api smithy.APIError
	if !errors.As(err, &api) {
		return uncertain // no reply, or not one of DynamoDB's
	}
	if v := judgeCode(api.ErrorCode()); v != final {
		return v
	}
	var response *smithyhttp.ResponseError
	if errors.As(err, &response) && response.HTTPStatusCode() >= 500 {
		return uncertain
	}
	return final
}

// judgeCode judges the codes that DynamoDB documents, of an error and of a cancellation's reason.
func judgeCode(code string) verdict {
	switch code {
	case "ConditionalCheckFailedException", "ConditionalCheckFailed":
		return conflict
	case "ProvisionedThroughputExceeded", "ThrottlingError", // reasons of a cancellation
		"TransactionConflict", "TransactionConflictException", "ReplicatedWriteConflictException":
		return refused
	case "InternalServerError", "ServiceUnavailable", "TransactionInProgressException", "RequestTimeout", "RequestTimeoutException":
		return uncertain
	case "InvalidSignatureException", "RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture": // the first may be a wrong key as well
		return skewed
	}
	if _, throttled := retry.DefaultThrottleErrorCodes[code]; throttled {
		return refused
	}
	return final
}

// judgeReasons judges a cancelled transaction: nothing of it was done. A condition that did not hold decides, whatever
// else went wrong; otherwise a reason that will not pass makes it final.
func judgeReasons(reasons []types.CancellationReason) verdict {
	v := refused
	for _, r := range reasons {
		if r.Code == nil || *r.Code == "None" {
			continue
		}
		switch judgeCode(*r.Code) {
		case conflict:
			return conflict
		case final:
			v = final
		}
	}
	return v
}

// unavailable wraps what the engine can't help. DynamoDB's messages name attributes and limits, not what is stored.
func (t *Table) unavailable(doing string, err error) error {
	return fault.Wrap(fault.Unavailable, fmt.Errorf("dynamo: %s %s: %w", doing, t.name, err),
		"What you asked for can't be reached right now. Please try again in a moment.")
}
