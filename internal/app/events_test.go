package app_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/tellback/tellback/internal/app"
	"github.com/tellback/tellback/internal/app/aggregate"
	"github.com/tellback/tellback/internal/app/export"
	"github.com/tellback/tellback/internal/app/outreach"
	"github.com/tellback/tellback/internal/app/release"
	"github.com/tellback/tellback/internal/app/sms"
	"github.com/tellback/tellback/internal/app/web"
	"github.com/tellback/tellback/internal/archive/dir"
	"github.com/tellback/tellback/internal/lambdahttp"
	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/program"
	sealed "github.com/tellback/tellback/internal/release"
	"github.com/tellback/tellback/internal/table/sqlite"
	"github.com/tellback/tellback/schemas"
)

// noon is when everything in these tests happens, ten in the morning where people are.
var noon = time.Date(2026, 10, 5, 14, 0, 0, 0, time.UTC)

// house is an installation over an empty embedded store.
type house struct {
	db     *sqlite.DB
	keys   *phi.Keys
	config app.Config
	people *int // who tell in it
}

func newHouse(t *testing.T, c app.Config) house {
	t.Helper()
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
	return house{db, keys, c, new(int)}
}

func now() time.Time { return noon }

// functions are all of them as Lambda calls them, bytes in, bytes out.
func (h house) functions(t *testing.T, catalog *program.Catalog) map[app.Name]lambda.Handler {
	t.Helper()
	signerKey, err := sealed.NewSignerKey("test")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := sealed.ReadSigner(string(signerKey))
	if err != nil {
		t.Fatal(err)
	}
	c, keys, archive, log := h.config, h.keys, dir.New(t.TempDir()), slog.New(slog.DiscardHandler)
	reports, people, learning := h.db.Table("reports"), h.db.Table("people"), h.db.Table("learning")
	texting := sms.Parts{Config: c, Reports: reports, People: people, Keys: keys, Catalog: catalog, Now: now, Log: log}
	inviting, err := outreach.New(texting, learning)
	if err != nil {
		t.Fatal(err)
	}
	answering, err := sms.New(texting)
	if err != nil {
		t.Fatal(err)
	}
	return map[app.Name]lambda.Handler{
		app.SMS: lambda.NewHandler(answering),
		app.Web: lambda.NewHandler(lambdahttp.Adapt(web.New(web.Parts{
			Config: c, Reports: reports, People: people, Learning: learning, Archive: archive, Keys: keys, Catalog: catalog, Now: now, Random: rand.Reader, Log: log,
		}))),
		app.Aggregate: lambda.NewHandler(aggregate.New(learning)),
		app.Release: lambda.NewHandler(release.New(release.Parts{
			Learning: learning, Archive: archive, Signer: signer, Catalog: catalog, Now: now, Log: log,
		})),
		app.Outreach: lambda.NewHandler(inviting),
		app.Export: lambda.NewHandler(lambdahttp.Adapt(export.New(export.Parts{
			Config: c, Learning: learning, Archive: archive, Keys: keys, Catalog: catalog, Log: log,
		}))),
	}
}

// config is what the sample events were recorded against.
func config() app.Config {
	secret := sha256.Sum256([]byte("a secret of the clinic"))
	return app.Config{
		PublicURL: "https://reports.example.org", TwilioAccount: "AC" + strings.Repeat("0", 32), TwilioTokens: []string{"12345"}, TwilioFrom: "+12125550100",
		OIDCIssuer: "http://127.0.0.1:1", OIDCClient: "staff", Clients: map[string]string{"events": hex.EncodeToString(secret[:])},
	}
}

// says is what the answer to each sample event must hold. The events' signatures and times are their own.
var says = map[string][]string{
	"aggregate-batch":          {`"batchItemFailures":[]`},
	"aggregate-broken-record":  {`"batchItemFailures":[{"itemIdentifier":"496000000000000000000000002"}]`},
	"export-staff":             {`"statusCode":200`, "/staff/signin"},
	"export-unsigned":          {`"statusCode":401`, "application/problem+json"},
	"outreach-schedule":        {`"Sent":0`, `"Until":"2026-10-05T13:57:00Z"`},
	"release-schedule":         {`"published":`},
	"sms-inbound-forged":       {`"statusCode":403`},
	"sms-inbound-join":         {`"statusCode":200`, "YES"},
	"sms-inbound-picture":      {`"statusCode":200`},
	"sms-inbound-stop":         {`"statusCode":200`},
	"sms-inbound-story":        {`"statusCode":200`},
	"sms-queue":                {`"batchItemFailures":[]`},
	"sms-queue-forged":         {`"batchItemFailures":[]`},
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

// sends is how many texts an event makes us send through the API, besides what its own answer carries.
var sends = map[string]int{"sms-queue": 2}

// gateway is a Twilio that keeps no messages and takes every text.
func gateway(t *testing.T, texts *int) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch {
		case r.Method == http.MethodPost:
			*texts++
			w.WriteHeader(http.StatusCreated)
			_, _ = io.WriteString(w, `{"sid":"SM00000000000000000000000000000099"}`)
		case strings.HasSuffix(r.URL.Path, "/Messages.json"):
			_, _ = io.WriteString(w, `{"messages":[]}`)
		default:
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, `{"code":20404,"status":404}`)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// Every file in events/ is an event that Lambda could send; each is replayed through the function that its name begins with.
func TestEveryEventIsReplayed(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "..", "events", "*.json"))
	if err != nil || len(files) < len(says) {
		t.Fatalf("%d events for %d expectations (%v)", len(files), len(says), err)
	}
	catalog, err := program.Load(schemas.FS)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		t.Run(name, func(t *testing.T) {
			want, ok := says[name]
			if !ok {
				t.Fatal("nothing is expected of this event: an event that no test uses is noise")
			}
			function, _, _ := strings.Cut(name, "-")
			c := config()
			if name == "sms-inbound-forged" {
				c.TwilioTokens = []string{"the real one"}
			}
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			texts := 0
			c.TwilioAPI = gateway(t, &texts)
			f, known := newHouse(t, c).functions(t, catalog)[app.Name(function)]
			if !known {
				t.Fatalf("no such function: %s", function)
			}
			out, err := f.Invoke(context.Background(), raw)
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
			if texts != sends[name] {
				t.Errorf("%d texts were sent, not %d", texts, sends[name])
			}
		})
	}
}
