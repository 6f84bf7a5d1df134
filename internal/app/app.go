// Package app is what functions have in common: their names, routes, configuration and signatures. What one is made of is
// said by the package of its name below this one: from the stores that it is given to its handler. The same handlers run on
// AWS Lambda and on one machine, and a function links only what it uses.
package app

import (
	"context"

	"github.com/aws/aws-lambda-go/events"
)

// Name names one of the functions.
type Name string

// The functions, by the folder that starts each.
const (
	SMS       Name = "sms"
	Web       Name = "web"
	Aggregate Name = "aggregate"
	Release   Name = "release"
	Outreach  Name = "outreach"
	Export    Name = "export"
)

// Names are all functions.
var Names = []Name{SMS, Web, Aggregate, Release, Outreach, Export}

// ScheduledFunction is the signature of functions/release and functions/outreach. What it gives is a summary for the log.
type ScheduledFunction = func(context.Context, events.EventBridgeEvent) (any, error)
