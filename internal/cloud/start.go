package cloud

import (
	"context"
	"log/slog"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/tellback/tellback/internal/app"
)

// Start has a function's handler built out of its environment and serves Lambda with it; it does not return. What keeps it
// from starting is logged, and ends the process, which Lambda reports as an init error.
//
// Its secrets and one read of a table are waited for before Lambda is asked for the first event: a connection that
// is made by then serves it. The handler is built meanwhile, and what is left of that the first event waits for: it computes
// only, so it may as well be frozen and thawed in between.
func Start(n app.Name, build func(*Environment) (any, error)) {
	ctx := context.Background()
	e, err := Look(ctx, n, os.Getenv)
	if err != nil {
		exit(err)
	}
	f := &function{built: make(chan struct{})}
	go func() {
		handler, err := build(e)
		if err != nil {
			exit(err)
		}
		f.Handler = lambda.NewHandler(handler)
		close(f.built)
	}()
	lambda.StartWithOptions(f, lambda.WithContext(ctx))
}

func exit(err error) {
	slog.Error("the function can't start", "error", err.Error())
	os.Exit(1)
}

// function is a handler that may still be in the building.
type function struct {
	lambda.Handler
	built chan struct{}
}

// grace is what is left of an event's time when the function must be done: an answer that says so gets out before Lambda
// ends the process, and the sender learns that it may try again.
const grace = 500 * time.Millisecond

func (f *function) Invoke(ctx context.Context, event []byte) ([]byte, error) {
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline.Add(-grace))
		defer cancel()
	}
	select {
	case <-f.built:
		return f.Handler.Invoke(ctx, event)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
