package questionnaire_test

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/questionnaire/questionnairetest"
)

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

// TestPublishedQuestionnairesLoadOrSayWhyNot prints, with -v, what becomes of each.
func TestPublishedQuestionnairesLoadOrSayWhyNot(t *testing.T) {
	sets, seen := questionnairetest.Shelf(t), map[string]bool{}
	all, loaded, meant, of := 0, 0, 0, 0
	questionnairetest.Published(t, func(file string, doc []byte) {
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
