// Package release is what functions/release is made of: closing, protecting, sealing and publishing periods.
package release

import (
	"context"
	"log/slog"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/tellback/tellback/internal/app"
	"github.com/tellback/tellback/internal/learning"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/release"
	"github.com/tellback/tellback/internal/table"
)

// Parts are what the function is made of.
type Parts struct {
	Learning table.Table // the ledger, and the list of releases
	Archive  release.Archive
	Signer   release.Signer
	Catalog  *program.Catalog
	Settled  func(context.Context) error // see [release.Closer]
	Now      func() time.Time
	Log      *slog.Logger
}

// New builds the function.
func New(p Parts) app.ScheduledFunction {
	closer := release.NewCloser(learning.NewLedger(p.Learning), p.Learning, p.Archive, p.Signer, p.Catalog, p.Log)
	closer.Settled = p.Settled
	return func(ctx context.Context, _ events.EventBridgeEvent) (any, error) {
		published, err := closer.Run(ctx, p.Now())
		if err != nil {
			return nil, err
		}
		return map[string]any{"published": published}, nil
	}
}
