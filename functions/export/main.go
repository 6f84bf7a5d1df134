// Command export is the Lambda function behind staff sign-in, the dashboard and exports.
package main

import (
	"context"
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/tellback/tellback/internal/app"
	"github.com/tellback/tellback/internal/cloud"
	"github.com/tellback/tellback/internal/lambdahttp"
)

func main() {
	if err := run(context.Background(), os.Getenv); err != nil {
		slog.Error("the function can't start", "error", err.Error())
		os.Exit(1)
	}
}

func run(ctx context.Context, getenv func(string) string) error {
	parts, err := cloud.Open(ctx, app.Export, getenv)
	if err != nil {
		return err
	}
	handler := lambdahttp.Adapt(parts.Export())
	cloud.Warm(ctx, parts)
	lambda.Start(handler)
	return nil
}
