// Command export is the Lambda function behind staff sign-in, the dashboard and exports.
package main

import (
	"github.com/tellback/tellback/internal/app"
	"github.com/tellback/tellback/internal/cloud"
	"github.com/tellback/tellback/internal/lambdahttp"
)

func main() {
	cloud.Start(app.Export, func(p app.Parts) (any, error) { return lambdahttp.Adapt(p.Export()), nil })
}
