package questionnaire

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

// shortName is an extension's name as README.md has it.
func shortName(url string) string {
	for _, of := range []string{sdc, hl7} {
		if name, ok := strings.CutPrefix(url, of); ok {
			return name
		}
	}
	return url
}

func extensionTable(title string, of map[string]string) string {
	var out strings.Builder
	out.WriteString("| " + title + " | |\n|---|---|\n")
	byName := map[string]string{}
	for url, why := range of {
		if strings.Contains(url, ":") { // not an element
			byName[shortName(url)] = why
		}
	}
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		out.WriteString("| `" + name + "` | " + byName[name] + " |\n")
	}
	return out.String()
}

// TestReadmeSaysWhatIsHonoured holds schemas/README.md to accepted.go.
func TestReadmeSaysWhatIsHonoured(t *testing.T) {
	raw, err := os.ReadFile("../../schemas/README.md")
	if err != nil {
		t.Fatal(err)
	}
	readme := string(raw)
	want := "<!-- extensions -->\n" + strings.Join([]string{extensionTable("honoured", honoured), extensionTable("taken and not used", harmlessExtensions), extensionTable("passed over, with a notice", passedOver), extensionTable("refused", unsupported)}, "\n") + "<!-- /extensions -->"
	if !strings.Contains(readme, want) {
		t.Errorf("schemas/README.md should say:\n%s", want)
	}
	for _, kind := range slices.Sorted(maps.Keys(types)) {
		if !strings.Contains(readme, "`"+kind+"`") {
			t.Errorf("schemas/README.md does not say that %s is honoured", kind)
		}
	}
	for _, url := range slices.Sorted(maps.Keys(knownSets)) {
		if !strings.Contains(readme, "`"+url+"`") {
			t.Errorf("schemas/README.md does not say that %s is known", url)
		}
	}
}

// TestExtensionsDoAsTheTablesSay tries each where it could stand.
func TestExtensionsDoAsTheTablesSay(t *testing.T) {
	for url := range honoured {
		if _, both := harmlessExtensions[url]; both {
			t.Errorf("%s is honoured and not used", url)
		}
	}
	for url := range unsupported {
		if !strings.Contains(url, ":") || url == extTextExpression {
			continue
		}
		refuses(t, with(`{"linkId":"a","text":"A","type":"string","extension":[{"url":"`+url+`"}]}`), "item[0].extension[0]", refusedUnsupported)
	}
	for url := range passedOver {
		q := load(t, with(`{"linkId":"a","text":"A","type":"string","extension":[{"url":"`+url+`","valueString":"x"}]}`))
		if len(q.Notices) != 1 || q.Notices[0].Where != "item[0].extension[0]" {
			t.Errorf("%s: %+v", url, q.Notices)
		}
	}
	for url := range harmlessExtensions {
		load(t, with(`{"linkId":"a","text":"A","type":"string","extension":[{"url":"`+url+`","valueString":"x"}]}`))
	}
}
