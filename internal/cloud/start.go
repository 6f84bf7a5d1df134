package cloud

import (
	"context"
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/tellback/tellback/internal/app"
)

// Start opens what a function uses, builds its handler and serves Lambda with it; it does not return. What keeps it
// from starting is logged, and ends the process, which Lambda reports as an init error.
func Start(n app.Name, build func(app.Parts) (any, error)) {
	ctx := context.Background()
	handler, err := prepare(ctx, n, os.Getenv, build)
	if err != nil {
		slog.Error("the function can't start", "error", err.Error())
		os.Exit(1)
	}
	lambda.StartWithOptions(handler, lambda.WithContext(ctx))
}

func prepare(ctx context.Context, n app.Name, getenv func(string) string, build func(app.Parts) (any, error)) (any, error) {
	parts, err := Open(ctx, n, getenv)
	if err != nil {
		return nil, err
	}
	handler, err := build(parts)
	if err != nil {
		return nil, err
	}
	Warm(ctx, parts)
	return handler, nil
}
