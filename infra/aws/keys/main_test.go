package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tellback/tellback/internal/app"
	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/release"
)

// most is what a standard parameter holds.
const most = 4096

func read(t *testing.T, path string) []byte {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestWhatIsMadeIsWhatFunctionsRead(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "secrets", "staging")
	var out bytes.Buffer
	if err := run("staging", "ehr", folder, &out); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		info, err := f.Info()
		if err != nil || info.Mode().Perm() != 0o600 || info.Size() == 0 || info.Size() > most {
			t.Errorf("%s: mode %v, %d bytes, %v", f.Name(), info.Mode(), info.Size(), err)
		}
		if value := string(read(t, filepath.Join(folder, f.Name()))); strings.Contains(out.String(), value) {
			t.Errorf("%s is printed", f.Name())
		}
	}
	made := func(name string) []byte { return read(t, filepath.Join(folder, name)) }
	for _, name := range []string{"keyset", "staff-keyset"} {
		if _, err := phi.ReadKeys(bytes.NewReader(made(name))); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if bytes.Equal(made("keyset"), made("staff-keyset")) {
		t.Error("staff have the keys of contacts")
	}
	if _, err := release.ReadSigner(string(made("release-key"))); err != nil {
		t.Error(err)
	}
	env := map[string]string{"TELLBACK_PUBLIC_URL": "https://tell.example.org", "TELLBACK_API_CLIENTS": string(made("api-clients"))}
	c, err := app.Read(app.Web, func(name string) string { return env[name] })
	if sum := sha256.Sum256(made("api-client-secret")); err != nil || c.Clients["ehr"] != hex.EncodeToString(sum[:]) {
		t.Errorf("the client's secret does not open the API: %v", err)
	}
}

func TestEveryParameterThatTheTemplateNamesIsPut(t *testing.T) {
	var out bytes.Buffer
	if err := run("production", "first", filepath.Join(t.TempDir(), "s"), &out); err != nil {
		t.Fatal(err)
	}
	names := func(pattern, in string) []string {
		var found []string
		for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(in, -1) {
			found = append(found, m[1])
		}
		slices.Sort(found)
		return slices.Compact(found)
	}
	want := names(`"ssm:/tellback/\$\{Stage\}/([a-z-]+)"`, string(read(t, filepath.Join("..", "..", "..", "template.yaml"))))
	got := names(`--name /tellback/production/([a-z-]+) --value 'file://`, out.String())
	if d := cmp.Diff(want, got); d != "" || len(want) == 0 {
		t.Errorf("-template.yaml +commands:\n%s", d)
	}
	if strings.Contains(out.String(), "--overwrite") {
		t.Error("a keyset could be replaced")
	}
}

func TestNothingIsReplaced(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "s")
	if err := run("staging", "first", folder, &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	before := read(t, filepath.Join(folder, "keyset"))
	if err := run("staging", "first", folder, &bytes.Buffer{}); err == nil {
		t.Error("a second run went through")
	}
	if !bytes.Equal(before, read(t, filepath.Join(folder, "keyset"))) {
		t.Error("the keyset was replaced")
	}
	for _, c := range []struct{ stage, client string }{{"test", "first"}, {"staging", "a=b"}, {"staging", ""}} {
		if err := run(c.stage, c.client, filepath.Join(t.TempDir(), "s"), &bytes.Buffer{}); err == nil {
			t.Errorf("%+v went through", c)
		}
	}
}
