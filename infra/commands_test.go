// Package infra_test runs the commands of this tree as people start them.
package infra_test

import (
	"context"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Options behind a word are not read. A command that went on all the same would do what nobody asked for: write into
// another folder, start with the demonstration, or measure another number of times.
func TestWordsThatAreNotUnderstoodAreRefused(t *testing.T) {
	folder := t.TempDir()
	commands := map[string][]string{
		"./local":          {"-demo", "false", "-addr", "127.0.0.1:0", "-data", filepath.Join(folder, "data")},
		"./load":           {"-bench", "false", "-reports", "1"},
		"./verify":         {folder, "-key", "x"},
		"./cost":           {"word"},
		"./aws/coldstart":  {"-runs", "1", "2", "-most", "1"},
		"./aws/keys":       {filepath.Join(folder, "keys"), "-stage", "production"},
		"./aws/package":    {"word", "-from", folder},
		"./aws/recount":    {"word", "-reports", "x"},
		"../schemas/check": {folder, "-x"},
	}
	build := []string{"build", "-o", folder}
	for pkg := range commands {
		build = append(build, pkg)
	}
	if out, err := exec.Command("go", build...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for pkg, args := range commands {
		t.Run(path.Base(pkg), func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second) // one that goes on may never end
			defer cancel()
			c := exec.CommandContext(ctx, filepath.Join(folder, path.Base(pkg)), args...)
			c.Dir = t.TempDir()
			out, err := c.CombinedOutput()
			if err == nil {
				t.Fatalf("it went on: %s", out)
			}
			said := string(out)
			if pkg == "./local" && !strings.Contains(said, "-demo=false") {
				t.Errorf("it does not say how a boolean is written: %s", said)
			}
			if !strings.Contains(said, "is not understood") && !strings.Contains(said, "usage: ") && !strings.Contains(said, "give the one folder") {
				t.Errorf("it says %s", said)
			}
			if made, _ := filepath.Glob(filepath.Join(c.Dir, "*")); len(made) > 0 {
				t.Errorf("it made %s", made)
			}
		})
	}
}
