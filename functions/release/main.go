// Command release is the Lambda function that closes, protects, seals and publishes periods, on a schedule.
package main

import (
	"github.com/tellback/tellback/internal/app"
	"github.com/tellback/tellback/internal/cloud"
)

func main() {
	cloud.Start(app.Release, func(p app.Parts) (any, error) { return p.Release(), nil })
}
