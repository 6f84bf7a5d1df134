package cloud

import (
	"context"
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/tellback/tellback/internal/app"
)

// Start has a function's handler built out of its environment and serves Lambda with it; it does not return. What keeps it
// from starting is logged, and ends the process, which Lambda reports as an init error.
func Start(n app.Name, build func(*Environment) (any, error)) {
	ctx := context.Background()
	handler, err := prepare(ctx, n, os.Getenv, build)
	if err != nil {
		slog.Error("the function can't start", "error", err.Error())
		os.Exit(1)
	}
	lambda.StartWithOptions(handler, lambda.WithContext(ctx))
}

func prepare(ctx context.Context, n app.Name, getenv func(string) string, build func(*Environment) (any, error)) (any, error) {
	e, err := Look(ctx, n, getenv)
	if err != nil {
		return nil, err
	}
	handler, err := build(e)
	if err != nil {
		return nil, err
	}
	e.warm(ctx)
	return handler, nil
}
