// Command web is the Lambda function behind forms, receipts, the public learning record and the API.
package main

import (
	"github.com/tellback/tellback/internal/app"
	"github.com/tellback/tellback/internal/cloud"
	"github.com/tellback/tellback/internal/lambdahttp"
)

func main() {
	cloud.Start(app.Web, func(p app.Parts) (any, error) { return lambdahttp.Adapt(p.Web()), nil })
}
