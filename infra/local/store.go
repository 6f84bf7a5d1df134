package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/tellback/tellback/infra/tools/dynoxide"
	"github.com/tellback/tellback/internal/table"
	"github.com/tellback/tellback/internal/table/dynamo"
	"github.com/tellback/tellback/internal/table/dynamo/standin"
	"github.com/tellback/tellback/internal/table/sqlite"
)

// The storage engines that -store names.
const (
	embedded   = "sqlite"
	production = "dynamodb"
)

// items is a table that can also be read whole.
type items interface {
	table.Table
	table.Scanner
}

// store is where a System keeps its items.
type store struct {
	reports, people, learning items
	local                     items // what only this machine has: how far the stream was read, whether the demonstration is in

	stream source // of reports
	close  func()
}

// What each engine keeps in the data folder. A folder is one engine's: the releases in it are chained to the tables.
const (
	embeddedFile   = "tellback.db"
	productionFile = "dynamodb.db"
	tablesFile     = "dynamodb-tables" // the beginning of the tables' names
)

// openStore opens the engine of that name over a data folder.
func openStore(ctx context.Context, engine, folder string, now func() time.Time) (*store, error) {
	other := map[string]string{embedded: tablesFile, production: embeddedFile}[engine]
	if other == "" {
		return nil, fmt.Errorf("-store is %s or %s", embedded, production)
	}
	if _, err := os.Stat(filepath.Join(folder, other)); err == nil {
		return nil, fmt.Errorf("%s was begun with the other -store; name another folder with -data", folder)
	}
	if engine == production {
		return openProduction(ctx, folder, now)
	}
	return openEmbedded(folder, now)
}

func openEmbedded(folder string, now func() time.Time) (*store, error) {
	db, err := sqlite.Open(filepath.Join(folder, embeddedFile), []string{"reports", "people", "learning", "local"}, now, sqlite.WithLog("reports"))
	if err != nil {
		return nil, err
	}
	return &store{
		reports: db.Table("reports"), people: db.Table("people"), learning: db.Table("learning"), local: db.Table("local"),
		stream: &logSource{log: db.Table("reports")}, close: func() { _ = db.Close() },
	}, nil
}

// openProduction uses the server that TELLBACK_DYNAMODB_ENDPOINT names, or starts one whose data are in the folder, and
// makes the tables there that are missing.
func openProduction(ctx context.Context, folder string, now func() time.Time) (_ *store, err error) {
	prefix, err := keep(folder, tablesFile, func() ([]byte, error) { return []byte("tellback-" + strings.ToLower(rand.Text()[:8]) + "-"), nil })
	if err != nil {
		return nil, err
	}
	server, err := dynoxide.Start(filepath.Join(folder, productionFile))
	if err != nil {
		return nil, fmt.Errorf("-store %s: %w", production, err)
	}
	defer func() {
		if err != nil {
			server.Stop()
		}
	}()
	s := &store{close: server.Stop}
	if err = s.createTables(ctx, localAWS(server.Endpoint), string(prefix), now); err != nil {
		return nil, fmt.Errorf("-store %s: the DynamoDB server at %s can't be used (%s names another): %w", production, server.Endpoint, dynoxide.Variable, err)
	}
	return s, nil
}

func (s *store) createTables(ctx context.Context, cfg aws.Config, prefix string, now func() time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	reports := dynamo.Open(cfg, prefix+"reports", now)
	if err := standin.CreateTable(ctx, cfg, reports, true); err != nil {
		return err
	}
	s.reports = reports
	for name, into := range map[string]*items{"people": &s.people, "learning": &s.learning, "local": &s.local} {
		t := dynamo.Open(cfg, prefix+name, now)
		if err := standin.CreateTable(ctx, cfg, t, false); err != nil {
			return err
		}
		*into = t
	}
	var err error
	s.stream, err = standin.OpenStream(ctx, cfg, reports)
	return err
}

// localAWS is for a server that takes any credentials. This machine's own are never sent to it, whichever it is.
func localAWS(endpoint string) aws.Config {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy, transport.MaxIdleConnsPerHost = nil, 64
	return aws.Config{
		Region: "us-east-1", BaseEndpoint: &endpoint, HTTPClient: &http.Client{Transport: transport, Timeout: 10 * time.Second},
		Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
	}
}
