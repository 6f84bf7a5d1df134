// Command release is the Lambda function that closes, protects, seals and publishes periods, on a schedule.
package main

import (
	"context"
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/tellback/tellback/internal/app"
	"github.com/tellback/tellback/internal/cloud"
)

func main() {
	if err := run(context.Background(), os.Getenv); err != nil {
		slog.Error("the function can't start", "error", err.Error())
		os.Exit(1)
	}
}

func run(ctx context.Context, getenv func(string) string) error {
	parts, err := cloud.Open(ctx, app.Release, getenv)
	if err != nil {
		return err
	}
	handler := parts.Release()
	cloud.Warm(ctx, parts)
	lambda.Start(handler)
	return nil
}
