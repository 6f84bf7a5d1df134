// Package cloud opens what a deployed function needs: its configuration with secrets resolved, DynamoDB tables, the
// bucket of releases, the keys. Besides table/dynamo and archive/s3 it is the only package that names AWS.
package cloud

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/tellback/tellback/internal/app"
	archive "github.com/tellback/tellback/internal/archive/s3"
	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/release"
	"github.com/tellback/tellback/internal/table"
	"github.com/tellback/tellback/internal/table/dynamo"
	"github.com/tellback/tellback/schemas"
)

// resource is something that functions open, by the variable that names it.
type resource struct {
	variable string
	use      []app.Name
	open     func(e *environment, p *app.Parts, value string) error
}

var resources = []resource{
	{"TELLBACK_REPORTS_TABLE", []app.Name{app.SMS, app.Web, app.Outreach}, func(e *environment, p *app.Parts, v string) error {
		p.Reports = e.table(v)
		return nil
	}},
	{"TELLBACK_PEOPLE_TABLE", []app.Name{app.SMS, app.Web, app.Outreach}, func(e *environment, p *app.Parts, v string) error {
		p.People = e.table(v)
		return nil
	}},
	{"TELLBACK_LEARNING_TABLE", []app.Name{app.Web, app.Aggregate, app.Release, app.Export}, func(e *environment, p *app.Parts, v string) error {
		p.Learning = e.table(v)
		return nil
	}},
	{"TELLBACK_RELEASES_BUCKET", []app.Name{app.Web, app.Release, app.Export}, func(e *environment, p *app.Parts, v string) error {
		p.Archive = archive.New(s3.NewFromConfig(e.config), v)
		return nil
	}},
	{"TELLBACK_KEYSET", []app.Name{app.SMS, app.Web, app.Outreach, app.Export}, func(_ *environment, p *app.Parts, v string) (err error) {
		p.Keys, err = phi.ReadKeys(strings.NewReader(v))
		return err
	}},
	{"TELLBACK_RELEASE_KEY", []app.Name{app.Release}, func(_ *environment, p *app.Parts, v string) (err error) {
		p.Signer, err = release.ReadSigner(v)
		return err
	}},
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

// environment is what opening needs.
type environment struct {
	config aws.Config
	getenv func(string) string
}

func (e *environment) table(name string) table.Table { return dynamo.Open(e.config, name, time.Now) }

// Open opens everything that a function uses and reports all that is missing together. It reads no table yet.
func Open(ctx context.Context, n app.Name, getenv func(string) string) (app.Parts, error) {
	log := slog.New(slog.NewJSONHandler(os.Stdout, nil)).With("function", string(n))
	slog.SetDefault(log)
	e := &environment{config: config(getenv), getenv: getenv}
	resolved, err := e.secrets(ctx, append(app.Variables(n), Variables(n)...))
	if err != nil {
		return app.Parts{}, err
	}
	p := app.Parts{Now: time.Now, Random: rand.Reader, Log: log}
	var errs []error
	if p.Config, err = app.Read(n, resolved); err != nil {
		errs = append(errs, err)
	}
	for _, r := range resources {
		if !slices.Contains(r.use, n) {
			continue
		}
		v := resolved(r.variable)
		if v == "" {
			errs = append(errs, fmt.Errorf("%s must be set", r.variable))
		} else if err := r.open(e, &p, v); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", r.variable, err))
		}
	}
	if n != app.Aggregate {
		if p.Catalog, err = program.Load(schemas.FS); err != nil {
			errs = append(errs, err)
		}
	}
	return p, errors.Join(errs...)
}

// config is built by hand: LoadDefaultConfig reads files and asks endpoints that a Lambda does not have, at every cold start.
// AWS_ENDPOINT_URL points everything at a stand-in, as the SDK itself would have it.
func config(getenv func(string) string) aws.Config {
	c := aws.Config{
		Region:      getenv("AWS_REGION"),
		Credentials: credentials.NewStaticCredentialsProvider(getenv("AWS_ACCESS_KEY_ID"), getenv("AWS_SECRET_ACCESS_KEY"), getenv("AWS_SESSION_TOKEN")),
		HTTPClient:  &http.Client{Timeout: 10 * time.Second},
	}
	if endpoint := getenv("AWS_ENDPOINT_URL"); endpoint != "" {
		c.BaseEndpoint = aws.String(endpoint)
	}
	return c
}

// Warm reads each open table once, so that the first request finds its connection made. What is wrong shows then.
func Warm(ctx context.Context, p app.Parts) {
	for _, t := range []table.Table{p.Reports, p.People, p.Learning} {
		if t != nil {
			_, _ = t.Get(ctx, table.Key{Partition: "HEALTH", Sort: "HEALTH"})
		}
	}
}
