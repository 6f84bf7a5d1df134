package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/tellback/tellback/schemas"
)

// copied is a folder with the embedded programs and questionnaires, to be spoilt.
func copied(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, schemas.FS); err != nil {
		t.Fatal(err)
	}
	return dir
}

// spoil replaces one text of a file, once.
func spoil(t *testing.T, dir, file, old, new string) {
	t.Helper()
	name := filepath.Join(dir, file)
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(raw), old) {
		t.Fatalf("%s has no %s", file, old)
	}
	if err := os.WriteFile(name, []byte(strings.Replace(string(raw), old, new, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestTheEmbeddedContentIsFine(t *testing.T) {
	var out bytes.Buffer
	if code := run(nil, &out); code != 0 {
		t.Fatalf("status %d\n%s", code, out.String())
	}
	// The only thing that may cost more than one message is the welcome, which has to say more than one holds.
	for line := range strings.Lines(out.String()) {
		if strings.Contains(line, "advice:") && !strings.Contains(line, "/consent/sms: In ") {
			t.Error(strings.TrimSpace(line))
		}
	}
	for _, glob := range []string{"programs/*.json", "questionnaires/*.json"} {
		files, _ := fs.Glob(schemas.FS, glob)
		for _, file := range files {
			if !strings.Contains(out.String(), "ok    "+file+"\n") {
				t.Errorf("nothing is said of %s", file)
			}
		}
	}
}

func TestRun(t *testing.T) {
	const river, weekly = "programs/river.json", "questionnaires/weekly-check-in.v1.json"
	for _, c := range []struct {
		name  string
		spoil func(dir string)
		code  int
		says  string // regular expression
	}{
		{"nothing wrong", func(string) {}, 0, `ok    programs/river\.json\n(.*\n)*\nAll 7 can be used`},
		{"a fault in a program", func(d string) { spoil(t, d, river, `"threshold": 10`, `"threshold": 3`) }, 1,
			`WRONG programs/river\.json\n +/threshold: threshold is 5 to 1000.*\nok    questionnaires`},
		{"a fault in a questionnaire", func(d string) { spoil(t, d, weekly, `"type": "choice"`, `"type": "slider"`) }, 1,
			`ok    programs/river\.json\n(.*\n)*WRONG questionnaires/weekly-check-in\.v1\.json\n +/item/0/type: `},
		{"a comma too many", func(d string) { spoil(t, d, river, `"country": "US",`, `"country": "US",,`) }, 1, `WRONG programs/river\.json\n +This is not valid JSON near line \d+`},
		{"a second fault in another file", func(d string) {
			spoil(t, d, river, `"period": "month"`, `"period": "year"`)
			spoil(t, d, weekly, `"status": "active"`, `"status": "new"`)
		}, 1, `/period: (.*\n)*.*/status: (.*\n)*\n2 of 7 can't be used`},
		{"no programs", func(d string) { _ = os.RemoveAll(filepath.Join(d, "programs")) }, 1, `WRONG programs\n +There is no programs/\*\.json here`},
		{"a text that needs two messages", func(d string) {
			spoil(t, d, river, "people slept well or very well.", "people slept well or very well, and "+strings.Repeat("on and ", 20)+"on.")
		}, 0, `advice: /lessons/2/text: In "en" it takes 2 text messages`},
		{"a text that doubles what it costs", func(d string) {
			spoil(t, d, weekly, "How tired were you this week?", "How tired were you this week, all in all, on the whole and by and large? ♥")
		}, 0, `advice: item tiredness: In "en" it takes 2 text messages, since it has characters`},
		{"hard words", func(d string) {
			spoil(t, d, weekly, "In the last 7 days, how tired did you feel?", "Characterize the predominant intensity of debilitating exhaustion experienced throughout the preceding calendar week?")
		}, 0, `advice: item tiredness: It reads at school year \d+`},
		{"hard words in Spanish", func(d string) {
			spoil(t, d, weekly, "En los últimos 7 días, ¿qué tanto te cansaste?", "Caracteriza la intensidad predominante del agotamiento debilitante experimentado durante la semana inmediatamente precedente.")
		}, 0, `advice: item tiredness: In "es" it has -?\d+ of 100 on the INFLESZ scale`},
		{"a score that comes out of a table", func(d string) {
			rows := ""
			for raw := range 21 {
				rows += fmt.Sprintf(`, { "url": "row", "extension": [{ "url": "raw", "valueDecimal": %d }, { "url": "score", "valueDecimal": %d }] }`, raw, 30+2*raw)
			}
			spoil(t, d, weekly, `{ "url": "method", "valueCode": "sum" }`, `{ "url": "method", "valueCode": "sum" }`+rows)
		}, 0, `advice: /questionnaires/\d: The mean of its score \S+ is never published`},
		{"a welcome without STOP", func(d string) { spoil(t, d, river, "STOP to stop, ", "") }, 0, `advice: /consent/sms/en: It does not say STOP`},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := copied(t)
			c.spoil(dir)
			var out bytes.Buffer
			if code := run([]string{dir}, &out); code != c.code {
				t.Errorf("status %d, want %d", code, c.code)
			}
			if !regexp.MustCompile(c.says).MatchString(out.String()) {
				t.Errorf("it should say %s; it says\n%s", c.says, out.String())
			}
		})
	}
}

func TestRunRefusesWhatIsNoFolder(t *testing.T) {
	for _, args := range [][]string{{"main.go"}, {"/no/such/folder"}, {"-h"}, {"a", "b"}} {
		var out bytes.Buffer
		if code := run(args, &out); code != 1 || out.Len() == 0 {
			t.Errorf("%v: status %d, %q", args, code, out.String())
		}
	}
}

// What the JSON Schema refuses although loading takes it is said as well: people see it in their editor.
func TestTheSchemaIsHeard(t *testing.T) {
	dir := copied(t)
	spoil(t, dir, "programs/river.json", `"$schema": "../program.schema.json"`, `"$schema": 1`)
	var out bytes.Buffer
	if code := run([]string{dir}, &out); code != 1 || !strings.Contains(out.String(), "/$schema: ") {
		t.Errorf("status %d\n%s", code, out.String())
	}
}

// What loading takes is served, so the check may not refuse it, however the JSON Schema would have it written.
func TestWhatLoadsIsNotWrong(t *testing.T) {
	const item = `"linkId":"a","text":"How?"`
	for name, doc := range map[string]string{
		"attachment": `"status":"active","item":[{` + item + `,"type":"attachment"}]`,
		"reference":  `"status":"active","item":[{` + item + `,"type":"reference"}]`,
		"nostatus":   `"item":[{` + item + `,"type":"string"}]`,
		"nulls":      `"status":"active","item":[{` + item + `,"type":"string","required":null,"item":[]}]`,
		"quoted":     `"status":"active","item":[{` + item + `,"type":"string","required":"true","maxLength":"30"}]`,
		"emptygroup": `"status":"active","item":[{` + item + `,"type":"string"},{"linkId":"g","type":"group","text":"G","item":[]}]`,
		"blank":      `"status":"active","item":[{` + item + `,"type":"string","prefix":" ","enableWhen":[]}]`,
		"mark":       `"status":"active","item":[{` + item + `,"type":"string"}]`,
	} {
		t.Run(name, func(t *testing.T) {
			dir := copied(t)
			doc := `{"resourceType":"Questionnaire","id":"` + name + `","version":"1","title":"T","language":"en",` + doc + `}`
			if name == "mark" {
				doc = "\ufeff" + doc
			}
			file := "questionnaires/" + name + ".v1.json"
			if err := os.WriteFile(filepath.Join(dir, file), []byte(doc), 0o600); err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			if code := run([]string{dir}, &out); code != 0 || !strings.Contains(out.String(), "ok    "+file+"\n") {
				t.Errorf("status %d\n%s", code, out.String())
			}
			marked := strings.Contains(out.String(), "An editor may mark this")
			if knows := name == "attachment" || name == "reference"; knows == marked {
				t.Errorf("the schema is not heard as it should be:\n%s", out.String())
			}
		})
	}
}
