// Command sms is the Lambda function behind Twilio's webhooks.
package main

import (
	"github.com/tellback/tellback/internal/app"
	"github.com/tellback/tellback/internal/cloud"
	"github.com/tellback/tellback/internal/lambdahttp"
)

func main() {
	cloud.Start(app.SMS, func(p app.Parts) (any, error) { return lambdahttp.Adapt(p.SMS()), nil })
}
