// Command outreach is the Lambda function that texts invitations that are due, on a schedule.
package main

import (
	"github.com/tellback/tellback/internal/app"
	"github.com/tellback/tellback/internal/cloud"
)

func main() {
	cloud.Start(app.Outreach, func(p app.Parts) (any, error) { return p.Outreach() })
}
