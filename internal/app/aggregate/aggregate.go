// Package aggregate is what functions/aggregate is made of: the ledger, fed by the stream of reports.
package aggregate

import (
	"context"

	"github.com/aws/aws-lambda-go/events"

	"github.com/tellback/tellback/internal/learning"
	"github.com/tellback/tellback/internal/table"
)

// Function is the function's signature.
type Function = func(context.Context, events.DynamoDBTimeWindowEvent) (events.DynamoDBTimeWindowEventResponse, error)

// New builds the function over the table of the ledger.
func New(ledger table.Table) Function { return learning.Handler(learning.NewLedger(ledger)) }
