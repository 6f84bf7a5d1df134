// Package questionnairetest is what tests of any package need to try questionnaires as people use them: those that were published,
// somebody who answers them at random but validly, and how that is texted.
package questionnairetest

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tellback/tellback/internal/questionnaire"
)

// Root is this repository's folder.
func Root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd() // a test runs in its package's folder
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Fatal("there is no go.mod above this test")
		}
		dir = up
	}
}

// Published reads the Questionnaires of the npm packages that infra/tools/setup installs, by file.
func Published(t testing.TB, read func(file string, doc []byte)) {
	t.Helper()
	for _, of := range []string{"hl7.fhir.r4.examples", "hl7.fhir.uv.sdc"} {
		folder := filepath.Join(Root(t), "infra/tools/node_modules", of)
		if _, err := os.Stat(folder); err != nil {
			t.Fatalf("%v: run infra/tools/setup", err)
		}
		err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !strings.HasPrefix(d.Name(), "Questionnaire-") || filepath.Ext(path) != ".json" {
				return err
			}
			doc, err := os.ReadFile(path)
			var head struct{ ResourceType string }
			if err == nil && json.Unmarshal(doc, &head) == nil && head.ResourceType == "Questionnaire" {
				read(d.Name(), doc)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// Shelf has the value sets that come with Tellback.
func Shelf(t testing.TB) *questionnaire.ValueSets {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(Root(t), "schemas/valuesets/*.json"))
	if err != nil || len(files) == 0 {
		t.Fatal("no value sets", err)
	}
	s := &questionnaire.ValueSets{}
	for _, file := range files {
		doc, err := os.ReadFile(file)
		if err == nil {
			err = s.Add(doc)
		}
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
	}
	return s
}
