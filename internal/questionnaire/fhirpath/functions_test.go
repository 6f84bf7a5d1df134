package fhirpath

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestTheTableOfFunctionsIsTrue compares schemas/README.md with what can be called.
func TestTheTableOfFunctionsIsTrue(t *testing.T) {
	doc, err := os.ReadFile("../../../schemas/README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(doc), "\n## Expressions\n")
	if !ok {
		t.Fatal("there is no section on expressions")
	}
	told := map[string]bool{}
	for line := range strings.Lines(section) {
		if !strings.HasPrefix(line, "| about ") {
			continue
		}
		for _, code := range regexp.MustCompile("`([^`]*)`").FindAllStringSubmatch(line, -1) {
			for _, name := range strings.Fields(code[1]) {
				told[name] = true
			}
		}
	}
	if !told["convertsTo…"] {
		t.Error("convertsTo… is not told")
	}
	delete(told, "convertsTo…")
	for name := range told {
		if functions[name] == nil {
			t.Errorf("%s() is told and not supported", name)
		}
	}
	for name := range functions {
		if !told[name] && !strings.HasPrefix(name, "convertsTo") {
			t.Errorf("%s() is supported and not told", name)
		}
	}
}
