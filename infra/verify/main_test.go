package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tellback/tellback/internal/release"
)

func TestRunSaysWhatIsWrong(t *testing.T) {
	data := t.TempDir()
	folder := filepath.Join(data, "releases")
	if err := os.MkdirAll(filepath.Join(folder, "lake"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "lake", "000001.json"), []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	doc, err := release.NewSignerKey("lake.example")
	if err != nil {
		t.Fatal(err)
	}
	public := strings.Split(strings.TrimSpace(string(doc)), "\n")[1]
	for _, c := range []struct {
		name string
		args []string
		want string
	}{
		{"no folder", nil, "give the one folder"},
		{"no key beside it", []string{folder}, "the key"},
		{"not a key", []string{"-key", "x", folder}, "can't be read"},
		{"a broken release", []string{"-key", public, folder}, "lake/000001.json"},
		{"a folder that isn't there", []string{"-key", public, folder + "x"}, "no such file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out bytes.Buffer
			if err := run(c.args, &out); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	if err := os.WriteFile(filepath.Join(data, "release-key"), doc, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := run([]string{folder}, &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), "lake/000001.json") {
		t.Errorf("with the key beside the folder: %v", err)
	}
}
