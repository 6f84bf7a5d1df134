package main

import (
	"archive/zip"
	"bytes"
	"debug/elf"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tellback/tellback/internal/app"
)

// packaged makes every zip as `make package` does, and gives them by their names.
func packaged(t *testing.T) map[string][]byte {
	t.Helper()
	folder := t.TempDir()
	make := exec.Command("make", "-s", "package", "BUILD="+filepath.Join(folder, "build"), "DIST="+filepath.Join(folder, "dist"))
	make.Dir = filepath.Join("..", "..", "..")
	make.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "MAKE") || strings.HasPrefix(v, "MFLAGS") })
	if out, err := make.CombinedOutput(); err != nil {
		t.Fatalf("make package: %v\n%s", err, out)
	}
	zips, err := filepath.Glob(filepath.Join(folder, "dist", "*"))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]byte{}
	for _, z := range zips {
		if all[filepath.Base(z)], err = os.ReadFile(z); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func TestTwoBuildsAreOneAndLambdaCanStartThem(t *testing.T) {
	first := packaged(t)
	time.Sleep(2 * time.Second) // a zip's times are of two seconds
	second := packaged(t)
	var want []string
	for _, n := range app.Names {
		want = append(want, string(n)+".zip")
	}
	slices.Sort(want)
	if d := cmp.Diff(want, slices.Sorted(maps.Keys(first))); d != "" {
		t.Fatalf("-functions +zips:\n%s", d)
	}
	for name, raw := range first {
		if !bytes.Equal(raw, second[name]) {
			t.Errorf("%s differs from build to build", name)
		}
		if len(raw) > most {
			t.Errorf("%s has %d bytes", name, len(raw))
		}
		z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
		if err != nil {
			t.Fatal(err)
		}
		if len(z.File) != 1 || z.File[0].Name != "bootstrap" || z.File[0].Mode() != 0o755 {
			t.Fatalf("%s holds %v", name, z.File[0].FileHeader)
		}
		f, err := z.File[0].Open()
		if err != nil {
			t.Fatal(err)
		}
		binary, err := io.ReadAll(f)
		if err != nil {
			t.Fatal(err)
		}
		e, err := elf.NewFile(bytes.NewReader(binary))
		if err != nil {
			t.Fatal(err)
		}
		if e.Machine != elf.EM_AARCH64 || e.Section(".symtab") != nil || e.Section(".interp") != nil {
			t.Errorf("%s: %v, with symbols %t, dynamic %t", name, e.Machine, e.Section(".symtab") != nil, e.Section(".interp") != nil)
		}
	}
}

func TestWhatLambdaCouldNotStartIsRefused(t *testing.T) {
	folder := t.TempDir()
	if err := run(folder, t.TempDir(), io.Discard); err == nil {
		t.Error("an empty folder is packaged")
	}
	bootstrap := filepath.Join(folder, "web", "bootstrap")
	if err := os.MkdirAll(filepath.Dir(bootstrap), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(bootstrap, []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := run(folder, t.TempDir(), io.Discard); err == nil || !strings.Contains(err.Error(), "not executable") {
		t.Errorf("without its mode: %v", err)
	}
}
