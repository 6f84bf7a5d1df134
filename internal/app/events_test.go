package app_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/tellback/tellback/internal/app"
	"github.com/tellback/tellback/internal/archive/dir"
	"github.com/tellback/tellback/internal/lambdahttp"
	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/release"
	"github.com/tellback/tellback/internal/table/sqlite"
	"github.com/tellback/tellback/schemas"
)

// parts are every function's, over an empty embedded store.
func parts(t *testing.T) app.Parts {
	t.Helper()
	now := func() time.Time { return time.Date(2026, 10, 5, 14, 0, 0, 0, time.UTC) }
	db, err := sqlite.Open(filepath.Join(t.TempDir(), "t.db"), []string{"reports", "people", "learning"}, now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	doc, err := phi.NewKeyset()
	if err != nil {
		t.Fatal(err)
	}
	keys, err := phi.ReadKeys(bytes.NewReader(doc))
	if err != nil {
		t.Fatal(err)
	}
	signerKey, err := release.NewSignerKey("test")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := release.ReadSigner(string(signerKey))
	if err != nil {
		t.Fatal(err)
	}
	catalog, err := program.Load(schemas.FS)
	if err != nil {
		t.Fatal(err)
	}
	secret := sha256.Sum256([]byte("a secret of the clinic"))
	return app.Parts{
		Config: app.Config{
			PublicURL: "https://reports.example.org", TwilioAccount: "AC" + strings.Repeat("0", 32), TwilioTokens: []string{"12345"}, TwilioFrom: "+12125550100",
			OIDCIssuer: "http://127.0.0.1:1", OIDCClient: "staff", Clients: map[string]string{"events": hex.EncodeToString(secret[:])},
		},
		Reports: db.Table("reports"), People: db.Table("people"), Learning: db.Table("learning"), Archive: dir.New(t.TempDir()),
		Signer: signer, Keys: keys, Catalog: catalog, Now: now, Random: rand.Reader, Log: slog.New(slog.DiscardHandler),
	}
}

// start gives a function as Lambda calls it: bytes in, bytes out.
func start(t *testing.T, p app.Parts, n app.Name) lambda.Handler {
	t.Helper()
	switch n {
	case app.SMS:
		return lambda.NewHandler(lambdahttp.Adapt(p.SMS()))
	case app.Web:
		return lambda.NewHandler(lambdahttp.Adapt(p.Web()))
	case app.Export:
		return lambda.NewHandler(lambdahttp.Adapt(p.Export()))
	case app.Aggregate:
		return lambda.NewHandler(p.Aggregate())
	case app.Release:
		return lambda.NewHandler(p.Release())
	case app.Outreach:
		f, err := p.Outreach()
		if err != nil {
			t.Fatal(err)
		}
		return lambda.NewHandler(f)
	}
	t.Fatalf("no such function: %s", n)
	return nil
}

// says is what the answer to each sample event must hold. The events' signatures and times are their own.
var says = map[string][]string{
	"aggregate-batch":          {`"batchItemFailures":[]`},
	"aggregate-broken-record":  {`"batchItemFailures":[{"itemIdentifier":"496000000000000000000000002"}]`},
	"export-staff":             {`"statusCode":200`, "/staff/signin"},
	"export-unsigned":          {`"statusCode":401`, "application/problem+json"},
	"outreach-schedule":        {`"Invited":0`},
	"release-schedule":         {`"published":`},
	"sms-inbound-forged":       {`"statusCode":403`},
	"sms-inbound-join":         {`"statusCode":200`, "YES"},
	"sms-inbound-picture":      {`"statusCode":200`},
	"sms-inbound-stop":         {`"statusCode":200`},
	"sms-inbound-story":        {`"statusCode":200`},
	"sms-status-delivered":     {`"statusCode":2`},
	"sms-status-opted-out":     {`"statusCode":2`},
	"web-api-fhir":             {`"statusCode":201`, "receipt"},
	"web-api-fhir-refused":     {`"statusCode":422`, "OperationOutcome", "QuestionnaireResponse"},
	"web-api-questionnaire":    {`"statusCode":200`, "Questionnaire"},
	"web-api-report":           {`"statusCode":201`, "receipt"},
	"web-api-stranger":         {`"statusCode":401`, "credential"},
	"web-form-forged":          {`"statusCode":403`},
	"web-form-incomplete":      {`"statusCode":422`},
	"web-form-open":            {`"statusCode":200`},
	"web-form-program":         {`"statusCode":200`, "River"},
	"web-form-receipt-unknown": {`"statusCode":404`},
	"web-form-submit":          {`"statusCode":303`, `"location":"/r/`},
	"web-health":               {`"statusCode":200`, `ok`},
	"web-learning":             {`"statusCode":200`, `river`},
	"web-nothing":              {`"statusCode":404`},
}

// Every file in events/ is an event that Lambda could send; each is replayed through the function that its name begins with.
func TestEveryEventIsReplayed(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "..", "events", "*.json"))
	if err != nil || len(files) < len(says) {
		t.Fatalf("%d events for %d expectations (%v)", len(files), len(says), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		t.Run(name, func(t *testing.T) {
			want, ok := says[name]
			if !ok {
				t.Fatal("nothing is expected of this event: an event that no test uses is noise")
			}
			function, _, _ := strings.Cut(name, "-")
			p := parts(t)
			if name == "sms-inbound-forged" {
				p.Config.TwilioTokens = []string{"the real one"}
			}
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			out, err := start(t, p, app.Name(function)).Invoke(context.Background(), raw)
			if err != nil {
				t.Fatal(err)
			}
			var flat bytes.Buffer
			if err := json.Compact(&flat, out); err != nil {
				t.Fatal(err)
			}
			for _, w := range want {
				if !strings.Contains(flat.String(), w) {
					t.Errorf("the answer lacks %q: %.600s", w, flat.String())
				}
			}
		})
	}
}
