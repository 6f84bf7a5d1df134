package rehearsal

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/tellback/tellback/infra/tools/dynoxide"
	"github.com/tellback/tellback/internal/app"
	"github.com/tellback/tellback/internal/cloud"
	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/release"
	"github.com/tellback/tellback/internal/table"
	"github.com/tellback/tellback/internal/table/dynamo"
	"github.com/tellback/tellback/internal/table/dynamo/standin"
)

// Production is everything that functions find around them, empty and of this process only.
type Production struct {
	Amazon      *Amazon
	Keyset      string // of people, in clear
	StaffKeyset string
	ReleaseKey  string

	server *dynoxide.Server
	twilio *http.Server
	values map[string]string // by variable, as template.yaml sets them
}

// ClientSecret is the bearer's secret of the API client in the sample events.
const ClientSecret = "a secret of the clinic"

// Open starts a DynamoDB server in memory with the three tables, and the rest of AWS. Close ends both.
func Open(ctx context.Context) (p *Production, err error) {
	p = &Production{}
	defer func() {
		if err != nil {
			p.Close()
		}
	}()
	if p.server, err = dynoxide.Start(""); err != nil {
		return p, err
	}
	if _, err := p.Tables(ctx, ""); err != nil {
		return p, err
	}
	keyset, err := phi.NewKeyset()
	if err != nil {
		return p, err
	}
	staff, err := phi.NewKeyset()
	if err != nil {
		return p, err
	}
	signer, err := release.NewSignerKey("rehearsal")
	if err != nil {
		return p, err
	}
	p.Keyset, p.StaffKeyset, p.ReleaseKey = string(keyset), string(staff), string(signer)
	sum := sha256.Sum256([]byte(ClientSecret))
	secrets := map[string]string{
		"/tellback/twilio-auth-token":  "12345",
		"/tellback/oidc-client-secret": "a secret of the issuer",
		"/tellback/api-clients":        "events=" + hex.EncodeToString(sum[:]),
		"/tellback/keyset":             p.Keyset,
		"/tellback/staff-keyset":       p.StaffKeyset,
		"/tellback/release-key":        p.ReleaseKey,
	}
	p.values = map[string]string{
		"TELLBACK_PUBLIC_URL":         "https://reports.example.org",
		"TELLBACK_TWILIO_ACCOUNT_SID": "AC" + strings.Repeat("0", 32),
		"TELLBACK_TWILIO_AUTH_TOKEN":  "ssm:/tellback/twilio-auth-token",
		"TELLBACK_TWILIO_FROM":        "+12125550100",
		"TELLBACK_OIDC_ISSUER":        "https://issuer.example.org",
		"TELLBACK_OIDC_CLIENT_ID":     "staff",
		"TELLBACK_OIDC_CLIENT_SECRET": "ssm:/tellback/oidc-client-secret",
		"TELLBACK_API_CLIENTS":        "ssm:/tellback/api-clients",
		"TELLBACK_REPORTS_TABLE":      "reports",
		"TELLBACK_PEOPLE_TABLE":       "people",
		"TELLBACK_LEARNING_TABLE":     "learning",
		"TELLBACK_RELEASES_BUCKET":    "releases",
		"TELLBACK_KEYSET":             "ssm:/tellback/keyset",
		"TELLBACK_RELEASE_KEY":        "ssm:/tellback/release-key",
	}
	if p.twilio, p.values["TELLBACK_TWILIO_API_URL"], err = openTwilio(); err != nil {
		return p, err
	}
	p.Amazon, err = OpenAmazon(p.server.Endpoint, secrets)
	return p, err
}

// Close stops everything.
func (p *Production) Close() {
	if p.Amazon != nil {
		p.Amazon.Close()
	}
	if p.twilio != nil {
		_ = p.twilio.Close()
	}
	if p.server != nil {
		p.server.Stop()
	}
}

// Environment is that of a function in production: its variables in template.yaml and those that Lambda sets.
func (p *Production) Environment(n app.Name) []string {
	env := []string{
		"AWS_REGION=" + Region, "AWS_ACCESS_KEY_ID=id", "AWS_SECRET_ACCESS_KEY=secret", "AWS_SESSION_TOKEN=token",
		"AWS_LAMBDA_FUNCTION_NAME=" + string(n), "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=512", "_HANDLER=bootstrap", "TZ=:UTC",
		"HTTPS_PROXY=" + p.Amazon.Proxy, "AWS_CA_BUNDLE=" + p.Amazon.Certificates, "SSL_CERT_DIR=/nonexistent", "GOGC=400",
	}
	for _, v := range append(app.Variables(n), cloud.Variables(n)...) {
		env = append(env, v+"="+p.value(n, v))
	}
	return env
}

// Getenv is the same for code in this process, its secrets resolved.
func (p *Production) Getenv(n app.Name) func(string) string {
	return func(v string) string {
		value := p.value(n, v)
		if path, ok := strings.CutPrefix(value, "ssm:"); ok {
			return p.Amazon.secrets[path]
		}
		return value
	}
}

func (p *Production) value(n app.Name, variable string) string {
	if variable == "TELLBACK_KEYSET" && n == app.Export {
		return "ssm:/tellback/staff-keyset"
	}
	return p.values[variable]
}

// Tables are fresh tables under other names than the functions', or theirs with an empty prefix.
func (p *Production) Tables(ctx context.Context, prefix string) (map[string]table.Table, error) {
	all := map[string]table.Table{}
	for _, name := range []string{"reports", "people", "learning"} {
		t := dynamo.Open(p.config(), prefix+name, time.Now)
		if err := standin.CreateTable(ctx, p.config(), t, name == "reports"); err != nil {
			return nil, err
		}
		all[name] = t
	}
	return all, nil
}

func (p *Production) config() aws.Config {
	return aws.Config{
		Region: Region, Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""),
		BaseEndpoint: &p.server.Endpoint, HTTPClient: &http.Client{Timeout: 10 * time.Second},
	}
}

// Build makes the bootstraps of functions whose folders are in source as `make build` does, for this machine, under folder.
func Build(ctx context.Context, folder, source string, names ...app.Name) (map[app.Name]string, error) {
	root, err := checkout()
	if err != nil {
		return nil, err
	}
	if folder, err = filepath.Abs(folder); err != nil {
		return nil, err
	}
	args := []string{"-s", "ARCHES=" + runtime.GOARCH, "BUILD=" + folder, "SOURCES=" + source}
	built := map[app.Name]string{}
	for _, n := range names {
		args = append(args, "build-"+string(n))
		built[n] = filepath.Join(folder, runtime.GOARCH, string(n), "bootstrap")
	}
	make := exec.CommandContext(ctx, "make", args...)
	make.Dir = root
	if out, err := make.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("rehearsal: make build: %w\n%s", err, out)
	}
	return built, nil
}

// checkout is the folder of go.mod at or above the working directory.
func checkout() (string, error) {
	at, err := os.Getwd()
	for ; err == nil; at = filepath.Dir(at) {
		if _, e := os.Stat(filepath.Join(at, "go.mod")); e == nil {
			return at, nil
		}
		if at == filepath.Dir(at) {
			err = errors.New("rehearsal: not in a checkout")
		}
	}
	return "", err
}
