package questionnaire

import (
	"cmp"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tellback/tellback/internal/fault"
)

const tools = "../../infra/tools/node_modules/"

// notForPeople are the published documents that nobody is meant to fill in as they are, by id, with the reason. The rule: it is a
// part from which a questionnaire is assembled, or shows how records are made of answers, or is a search or a data model, or
// lacks the words or the options of its questions, which are kept on servers that the packages don't carry.
var notForPeople = map[string]string{
	"extract-complex-defn3":                               "shows how records are extracted by definition",
	"extract-complex-smap":                                "shows how records are extracted by a structure map",
	"extract-complex-template":                            "shows how records are extracted by a template",
	"extract-complex-template2":                           "shows how records are extracted by a template",
	"questionnaire-sdc-profile-example-PHQ9-search":       "an adaptive search, without items",
	"sdc-modular-root":                                    "assembled from parts",
	"sdc-modular-name":                                    "a part",
	"sdc-modular-contact":                                 "a part",
	"qs1":                                                 "a data model, without linkIds: not valid FHIR",
	"3141":                                                "without words: codes of a terminology that isn't there",
	"gcs":                                                 "without words: codes of a terminology that isn't there",
	"questionnaire-sdc-test-all-data-types":               "its options are on a server",
	"questionnaire-sdc-test-enableWhen":                   "its options are on a server",
	"questionnaire-sdc-test-initialvalue":                 "its options are on a server",
	"questionnaire-sdc-test-initialvalue-multiple":        "its options are on a server",
	"questionnaire-sdc-test-nested-groups":                "its options are on a server",
	"questionnaire-sdc-test-required-radios":              "its options are on a server",
	"questionnaire-sdc-test-fhirpath-prepop-candexpr":     "tests how a form is filled in from a record",
	"questionnaire-sdc-test-fhirpath-prepop-source-query": "tests how a form is filled in from a record",
}

// published are the Questionnaires of the npm packages, by file.
func published(t testing.TB, read func(file string, doc []byte)) {
	t.Helper()
	for _, of := range []string{"hl7.fhir.r4.examples", "hl7.fhir.uv.sdc"} {
		if _, err := os.Stat(tools + of); err != nil {
			t.Fatalf("%v: run infra/tools/setup", err)
		}
		err := filepath.WalkDir(tools+of, func(path string, d fs.DirEntry, err error) error {
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

// shelf has the value sets that come with Tellback.
func shelf(t testing.TB) *ValueSets {
	t.Helper()
	files, err := filepath.Glob("../../schemas/valuesets/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no value sets", err)
	}
	s := &ValueSets{}
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

// TestPublishedQuestionnairesLoadOrSayWhyNot prints, with -v, what becomes of each.
func TestPublishedQuestionnairesLoadOrSayWhyNot(t *testing.T) {
	sets, seen := shelf(t), map[string]bool{}
	all, loaded, meant, of := 0, 0, 0, 0
	published(t, func(file string, doc []byte) {
		var head struct{ ID string }
		if err := json.Unmarshal(doc, &head); err != nil {
			t.Fatal(err)
		}
		all++
		seen[head.ID] = true
		why := notForPeople[head.ID]
		q, err := sets.Load(doc)
		if why == "" {
			of++
		}
		if err == nil {
			loaded++
			if why == "" {
				meant++
			}
			t.Logf("loads    %s|%s: %d items, %d notices %s", q.ID, q.Version, len(q.All()), len(q.Notices), cmp.Or(why, ""))
			return
		}
		_, issues := fault.Public(err)
		var reasons []string
		for _, is := range issues {
			if is.Where == "" || is.Text == "" || is.Code == "" {
				t.Errorf("%s: a refusal without place or reason: %+v", file, is)
			}
			if line := is.Where + ": " + is.Text; len(reasons) < 5 && !slices.Contains(reasons, line) {
				reasons = append(reasons, line)
			}
		}
		if len(issues) == 0 {
			t.Errorf("%s: refused without a reason: %v", file, err)
		}
		t.Logf("refused  %s (%s)\n\t%s", head.ID, cmp.Or(why, "for people"), strings.Join(reasons, "\n\t"))
	})
	for id := range notForPeople {
		if !seen[id] {
			t.Errorf("%s is excluded and isn't there", id)
		}
	}
	t.Logf("%d of all %d load; of the %d that people are meant to fill in, %d", loaded, all, of, meant)
	if all < 43 || meant < leastLoaded {
		t.Errorf("%d of %d load, want %d", meant, of, leastLoaded)
	}
}

// leastLoaded is how many of the published ones for people load today. Those that don't, for want of groups that repeat, of items
// under answers that repeat, of records to choose from, or since looks matter, are told by name in the test's output.
const leastLoaded = 14
