// Package functions_test holds the functions' binaries to what Lambda asks of them and to their own handlers.
package functions_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/google/go-cmp/cmp"

	"github.com/tellback/tellback/infra/aws/rehearsal"
	"github.com/tellback/tellback/internal/app"
	"github.com/tellback/tellback/internal/app/aggregate"
	"github.com/tellback/tellback/internal/app/export"
	"github.com/tellback/tellback/internal/app/outreach"
	"github.com/tellback/tellback/internal/app/release"
	"github.com/tellback/tellback/internal/app/sms"
	"github.com/tellback/tellback/internal/app/web"
	"github.com/tellback/tellback/internal/archive/dir"
	"github.com/tellback/tellback/internal/cloud"
	"github.com/tellback/tellback/internal/lambdahttp"
	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/program"
	sealed "github.com/tellback/tellback/internal/release"
	"github.com/tellback/tellback/schemas"
)

// patience is for what must come at all; how soon is the business of infra/aws/coldstart.
const patience = 30 * time.Second

func production(t *testing.T) *rehearsal.Production {
	t.Helper()
	p, err := rehearsal.Open(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// bootstraps are those of all functions and of the one that panics, made once by `make build`.
var bootstraps map[app.Name]string

const panics app.Name = "panics"

func TestMain(m *testing.M) {
	os.Exit(func() int {
		folder, err := os.MkdirTemp("", "bootstraps")
		if err == nil {
			defer func() { _ = os.RemoveAll(folder) }()
			bootstraps, err = rehearsal.Build(context.Background(), folder, "functions", app.Names...)
		}
		var more map[app.Name]string
		if err == nil {
			more, err = rehearsal.Build(context.Background(), folder, "functions/testdata", panics)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		maps.Copy(bootstraps, more)
		return m.Run()
	}())
}

func start(t *testing.T, bootstrap string, environment []string) *rehearsal.Function {
	t.Helper()
	f, err := rehearsal.Start(bootstrap, environment)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Stop)
	return f
}

func ready(t *testing.T, f *rehearsal.Function) {
	t.Helper()
	if _, err := f.Ready(within(t)); err != nil {
		t.Fatal(err)
	}
}

func invoke(t *testing.T, f *rehearsal.Function, event []byte, left time.Duration) rehearsal.Answer {
	t.Helper()
	answer, err := f.Invoke(within(t), event, time.Now().Add(left))
	if err != nil {
		t.Fatalf("%v: %s", err, f.Log())
	}
	return answer
}

// handlers are what the binaries are made of, in this process, over tables of their own on the same server.
func handlers(t *testing.T, p *rehearsal.Production) map[app.Name]lambda.Handler {
	t.Helper()
	tables, err := p.Tables(within(t), "in-process-")
	if err != nil {
		t.Fatal(err)
	}
	configs := map[app.Name]app.Config{}
	for _, n := range app.Names {
		if configs[n], err = app.Read(n, p.Getenv(n)); err != nil {
			t.Fatal(err)
		}
	}
	keys, err := phi.ReadKeys(strings.NewReader(p.Keyset))
	if err != nil {
		t.Fatal(err)
	}
	staffKeys, err := phi.ReadKeys(strings.NewReader(p.StaffKeyset))
	if err != nil {
		t.Fatal(err)
	}
	signer, err := sealed.ReadSigner(p.ReleaseKey)
	if err != nil {
		t.Fatal(err)
	}
	catalog, err := program.Load(schemas.FS)
	if err != nil {
		t.Fatal(err)
	}
	archive, log := dir.New(t.TempDir()), slog.New(slog.DiscardHandler)
	texting := sms.Parts{
		Config: configs[app.SMS], Reports: tables["reports"], People: tables["people"], Keys: keys, Catalog: catalog, Now: time.Now, Log: log,
	}
	inviting := texting
	inviting.Config = configs[app.Outreach]
	invite, err := outreach.New(inviting, tables["learning"])
	if err != nil {
		t.Fatal(err)
	}
	answer, err := sms.New(texting)
	if err != nil {
		t.Fatal(err)
	}
	return map[app.Name]lambda.Handler{
		app.SMS: lambda.NewHandler(answer),
		app.Web: lambda.NewHandler(lambdahttp.Adapt(web.New(web.Parts{
			Config: configs[app.Web], Reports: tables["reports"], People: tables["people"], Learning: tables["learning"], Archive: archive,
			Keys: keys, Catalog: catalog, Now: time.Now, Random: rand.Reader, Log: log,
		}))),
		app.Aggregate: lambda.NewHandler(aggregate.New(tables["learning"])),
		app.Release: lambda.NewHandler(release.New(release.Parts{
			Learning: tables["learning"], Archive: archive, Signer: signer, Catalog: catalog, Now: time.Now, Log: log,
		})),
		app.Outreach: lambda.NewHandler(invite),
		app.Export: lambda.NewHandler(lambdahttp.Adapt(export.New(export.Parts{
			Config: configs[app.Export], Learning: tables["learning"], Archive: archive, Keys: staffKeys, Catalog: catalog, Log: log,
		}))),
	}
}

// chance is what differs from answer to answer: the random name of an open form's submission, moments, and the hash of a release, which
// has the moment in it.
var chance = []*regexp.Regexp{
	regexp.MustCompile(`name=\\"sid\\" value=\\"[a-z2-9]{26}\\"`),
	regexp.MustCompile(`"sha256": "[0-9a-f]{64}"`),
	regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`),
}

func normal(raw []byte) string {
	var flat bytes.Buffer
	if json.Indent(&flat, raw, "", " ") != nil {
		return string(raw)
	}
	out := flat.Bytes()
	for _, c := range chance {
		out = c.ReplaceAll(out, []byte("…"))
	}
	return string(out)
}

func events(t *testing.T, n app.Name) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "events", string(n)+"-*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s has no sample events (%v)", n, err)
	}
	all := map[string][]byte{}
	for _, f := range files {
		if all[filepath.Base(f)], err = os.ReadFile(f); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// personal is what sample events say of people. None of it may get into a log.
var personal = []string{"2125550", "River", "hurt", "abuela"}

func TestBinariesAnswerAsTheirHandlersDo(t *testing.T) {
	p := production(t)
	inProcess := handlers(t, p)
	for _, n := range app.Names {
		t.Run(string(n), func(t *testing.T) {
			p.Amazon.Calls()
			f := start(t, bootstraps[n], p.Environment(n))
			ready(t, f)
			asked := p.Amazon.Calls()
			slices.Sort(asked)
			if d := cmp.Diff(coldCalls(n), asked); d != "" {
				t.Errorf("a cold start asks for -want +got:\n%s", d)
			}
			all := events(t, n)
			for _, name := range slices.Sorted(maps.Keys(all)) {
				answer := invoke(t, f, all[name], patience)
				want, err := inProcess[n].Invoke(within(t), all[name])
				if err != nil {
					t.Fatal(err)
				}
				if answer.Failed {
					t.Errorf("%s failed: %s", name, answer.Body)
				}
				if d := cmp.Diff(normal(want), normal(answer.Body)); d != "" {
					t.Errorf("%s: -in process +binary:\n%s", name, d)
				}
			}
			for _, word := range personal {
				if strings.Contains(f.Log(), word) {
					t.Errorf("the log says %q:\n%s", word, f.Log())
				}
			}
			f.Stop()
			if code, err := f.Wait(within(t)); err != nil || code != -1 {
				t.Errorf("after SIGTERM: exit code %d, %v", code, err)
			}
		})
	}
}

// coldCalls are all calls of AWS that a function makes before its first event: one read of a table, and its secrets at once.
func coldCalls(n app.Name) []string {
	if n == app.Aggregate { // it alone has no secrets
		return []string{"dynamodb GetItem"}
	}
	return []string{"dynamodb GetItem", "ssm GetParameters"}
}

func TestAFunctionWithoutItsEnvironmentSaysAllThatIsMissingAndEnds(t *testing.T) {
	p := production(t)
	for _, n := range app.Names {
		t.Run(string(n), func(t *testing.T) {
			env := slices.DeleteFunc(p.Environment(n), func(v string) bool { return strings.HasPrefix(v, "TELLBACK_") })
			f := start(t, bootstraps[n], env)
			code, err := f.Wait(within(t))
			if err != nil || code != 1 {
				t.Fatalf("exit code %d, %v", code, err)
			}
			if _, err := f.Ready(within(t)); err == nil {
				t.Error("it asked for an event")
			}
			if strings.Count(f.Log(), "\n") != 1 || !json.Valid([]byte(f.Log())) {
				t.Errorf("the log is not one line of JSON: %s", f.Log())
			}
			_, missing := app.Read(n, func(string) string { return "" })
			for _, v := range append(app.Variables(n), cloud.Variables(n)...) {
				needed := slices.Contains(cloud.Variables(n), v) || missing != nil && strings.Contains(missing.Error(), v+" must")
				if needed && !strings.Contains(f.Log(), v) {
					t.Errorf("%s is not named: %s", v, f.Log())
				}
			}
		})
	}
}

// A table that doesn't answer costs an event, and never the process or its next event.
func TestAnEventWhoseTimeIsUpIsAnsweredAndTheNextOneServed(t *testing.T) {
	p := production(t)
	for n, name := range map[app.Name]string{
		app.SMS: "sms-inbound-join", app.Web: "web-api-report", app.Aggregate: "aggregate-batch", app.Outreach: "outreach-schedule",
	} {
		t.Run(string(n), func(t *testing.T) {
			event := events(t, n)[name+".json"]
			f := start(t, bootstraps[n], p.Environment(n))
			ready(t, f)
			p.Amazon.Hold()
			for _, left := range []time.Duration{1500 * time.Millisecond, -time.Second} {
				answer := invoke(t, f, event, left)
				if !answer.Failed && !refuses(n, answer.Body) {
					t.Errorf("with %v left it says that all is well: %s", left, answer.Body)
				}
			}
			p.Amazon.Answer()
			if answer := invoke(t, f, event, patience); answer.Failed || refuses(n, answer.Body) {
				t.Errorf("the next one: %s", answer.Body)
			}
		})
	}
}

// refuses says whether an answer tells its sender to come back.
func refuses(n app.Name, body []byte) bool {
	var a struct {
		StatusCode        int
		BatchItemFailures []struct{ ItemIdentifier string }
	}
	_ = json.Unmarshal(body, &a)
	return a.StatusCode >= 500 || n == app.Aggregate && len(a.BatchItemFailures) > 0
}

func TestAPanicIsAnErrorAndEndsTheProcess(t *testing.T) {
	p := production(t)
	f := start(t, bootstraps[panics], p.Environment(app.Aggregate))
	ready(t, f)
	if answer := invoke(t, f, []byte(`{}`), patience); answer.Failed || string(answer.Body) != `"fine"` {
		t.Fatalf("before: %s", answer.Body)
	}
	answer := invoke(t, f, []byte(`{"Panic":true}`), patience)
	if !answer.Failed || !strings.Contains(string(answer.Body), "errorType") {
		t.Errorf("the panic: %s", answer.Body)
	}
	if code, err := f.Wait(within(t)); err != nil || code == 0 {
		t.Errorf("exit code %d, %v: what a panic left behind serves the next event", code, err)
	}
}

func TestAPanicOfAnHTTPHandlerIsAnAnswer(t *testing.T) {
	p := production(t)
	f := start(t, bootstraps[panics], append(p.Environment(app.Aggregate), "_HANDLER=http"))
	ready(t, f)
	for path, want := range map[string]string{"/panic": `"statusCode":500`, "/": `"statusCode":200`} {
		event := `{"version":"2.0","rawPath":"` + path + `","requestContext":{"http":{"method":"GET"}}}`
		if answer := invoke(t, f, []byte(event), patience); answer.Failed || !strings.Contains(string(answer.Body), want) {
			t.Errorf("%s: %s", path, answer.Body)
		}
	}
	if strings.Contains(f.Log(), "canary") {
		t.Errorf("the log quotes a panic: %s", f.Log())
	}
}

func TestAnEventThatIsNoneIsAnError(t *testing.T) {
	p := production(t)
	for n, name := range map[app.Name]string{app.Web: "web-health", app.Export: "export-unsigned", app.SMS: "sms-inbound-join"} {
		t.Run(string(n), func(t *testing.T) {
			f := start(t, bootstraps[n], p.Environment(n))
			ready(t, f)
			for _, event := range []string{
				`"canary`, `null`, `"canary"`, `{}`, `{"Records":[{"eventSource":"aws:s3","body":"canary"}]}`, `{"httpMethod":"GET","path":"/canary"}`,
			} {
				if answer := invoke(t, f, []byte(event), patience); !answer.Failed || strings.Contains(string(answer.Body), "canary") {
					t.Errorf("%s: %s", event, answer.Body)
				}
			}
			if answer := invoke(t, f, events(t, n)[name+".json"], patience); answer.Failed || refuses(n, answer.Body) {
				t.Errorf("the next one: %s", answer.Body)
			}
			if strings.Contains(f.Log(), "canary") {
				t.Errorf("the log quotes an event: %s", f.Log())
			}
		})
	}
}
