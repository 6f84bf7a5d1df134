// Command aggregate is the Lambda function that folds the stream of reports into the ledger.
package main

import (
	"github.com/tellback/tellback/internal/app"
	"github.com/tellback/tellback/internal/app/aggregate"
	"github.com/tellback/tellback/internal/cloud"
)

func main() {
	cloud.Start(app.Aggregate, func(e *cloud.Environment) (any, error) {
		return aggregate.New(e.Table(e.LearningTable)), nil
	})
}
