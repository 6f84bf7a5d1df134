// Package cloud is what a deployed function finds around it: its configuration with secrets resolved, the names of the
// stores that it opens, and the means to reach AWS. A function's main opens what it needs of it, so that it links nothing
// else. Besides table/dynamo and archive/s3 it is the only package that names AWS.
package cloud

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/tellback/tellback/internal/app"
	"github.com/tellback/tellback/internal/table"
	"github.com/tellback/tellback/internal/table/dynamo"
)

// patience is how long a cold start waits for AWS; Lambda gives it ten seconds.
const patience = 5 * time.Second

// Environment is what one function finds. A name that the function has no use for is empty.
type Environment struct {
	Config app.Config
	AWS    aws.Config
	Log    *slog.Logger

	ReportsTable   string
	PeopleTable    string
	LearningTable  string
	ReleasesBucket string
	Keyset         string // a document for phi.ReadKeys
	ReleaseKey     string // a document for release.ReadSigner

	tables map[string]table.Table // by name
}

// resource is something that functions open, by the variable that names it.
type resource struct {
	variable string
	use      []app.Name
	name     func(*Environment) *string
}

var resources = []resource{
	{"TELLBACK_REPORTS_TABLE", []app.Name{app.SMS, app.Web, app.Outreach}, func(e *Environment) *string { return &e.ReportsTable }},
	{"TELLBACK_PEOPLE_TABLE", []app.Name{app.SMS, app.Web, app.Outreach}, func(e *Environment) *string { return &e.PeopleTable }},
	{"TELLBACK_LEARNING_TABLE", []app.Name{app.Web, app.Aggregate, app.Release, app.Outreach, app.Export}, func(e *Environment) *string { return &e.LearningTable }},
	{"TELLBACK_RELEASES_BUCKET", []app.Name{app.Web, app.Release, app.Export}, func(e *Environment) *string { return &e.ReleasesBucket }},
	{"TELLBACK_KEYSET", []app.Name{app.SMS, app.Web, app.Outreach, app.Export}, func(e *Environment) *string { return &e.Keyset }},
	{"TELLBACK_RELEASE_KEY", []app.Name{app.Release}, func(e *Environment) *string { return &e.ReleaseKey }},
}

// Variables are the environment variables that name what a function opens, in order.
func Variables(n app.Name) []string {
	var out []string
	for _, r := range resources {
		if slices.Contains(r.use, n) {
			out = append(out, r.variable)
		}
	}
	return out
}

// Look reads the environment of a function and reports all that is missing together. Its secrets are fetched and one of its
// tables is read, both at the same time, so that the first event finds the connection made. What is wrong with a table
// shows then.
func Look(ctx context.Context, n app.Name, getenv func(string) string) (*Environment, error) {
	log := slog.New(slog.NewJSONHandler(os.Stdout, nil)).With("function", string(n))
	slog.SetDefault(log)
	cfg, err := config(getenv)
	if err != nil {
		return nil, err
	}
	e := &Environment{AWS: cfg, Log: log, tables: map[string]table.Table{}}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var warming sync.WaitGroup
	defer warming.Wait()
	for _, v := range Variables(n) {
		if name := getenv(v); strings.HasSuffix(v, "_TABLE") && name != "" {
			t := dynamo.Open(cfg, name, time.Now)
			if len(e.tables) == 0 { // all tables are at one address: one connection is made for the first event
				warming.Go(func() { _, _ = t.Get(ctx, table.Key{Partition: "HEALTH", Sort: "HEALTH"}) })
			}
			e.tables[name] = t
		}
	}
	resolved, err := secrets(ctx, cfg, getenv, append(app.Variables(n), Variables(n)...))
	if err != nil {
		return nil, err
	}
	var errs []error
	if e.Config, err = app.Read(n, resolved); err != nil {
		errs = append(errs, err)
	}
	for _, r := range resources {
		if !slices.Contains(r.use, n) {
			continue
		}
		v := strings.TrimSpace(resolved(r.variable))
		if v == "" {
			errs = append(errs, fmt.Errorf("%s must be set", r.variable))
		}
		*r.name(e) = v
	}
	return e, errors.Join(errs...)
}

// Table is one of the function's tables by its name.
func (e *Environment) Table(name string) table.Table { return e.tables[name] }

// config is built by hand: LoadDefaultConfig reads files and asks endpoints that a Lambda does not have, at every cold start.
// AWS_ENDPOINT_URL points everything at a stand-in, as the SDK itself would have it.
func config(getenv func(string) string) (aws.Config, error) {
	client, err := transport(getenv)
	c := aws.Config{
		Region:      getenv("AWS_REGION"),
		Credentials: credentials.NewStaticCredentialsProvider(getenv("AWS_ACCESS_KEY_ID"), getenv("AWS_SECRET_ACCESS_KEY"), getenv("AWS_SESSION_TOKEN")),
		HTTPClient:  client,
	}
	if endpoint := getenv("AWS_ENDPOINT_URL"); endpoint != "" {
		c.BaseEndpoint = aws.String(endpoint)
	}
	return c, err
}
