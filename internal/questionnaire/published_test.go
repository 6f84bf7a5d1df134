package questionnaire_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/questionnaire/questionnairetest"
)

// notForPeople are the published documents that nobody can fill in as they are, wherever they are loaded, by id, with the reason. The rule:
// it is a part from which a questionnaire is assembled, or a search or a data model without questions, or lacks the words or the options of
// its questions, which are kept on servers and not in the packages.
var notForPeople = map[string]string{
	"questionnaire-sdc-profile-example-PHQ9-search": "an adaptive search, without items",
	"sdc-modular-root":                      "assembled from parts",
	"sdc-modular-name":                      "a part",
	"sdc-modular-contact":                   "a part",
	"qs1":                                   "a data model, without linkIds: not valid FHIR",
	"3141":                                  "without words: codes of a terminology that isn't there",
	"gcs":                                   "without words: codes of a terminology that isn't there",
	"questionnaire-sdc-test-all-data-types": "options on a server",
	"questionnaire-sdc-test-enableWhen":     "options on a server",
	"questionnaire-sdc-test-initialvalue":   "options on a server",
	"questionnaire-sdc-test-initialvalue-multiple":    "options on a server",
	"questionnaire-sdc-test-nested-groups":            "options on a server",
	"questionnaire-sdc-test-required-radios":          "options on a server",
	"questionnaire-sdc-profile-example-render":        "options on a server (LOINC LL715-4)",
	"questionnaire-sdc-profile-example-ussg-fht":      "options on a server (LOINC LL1-9 and nine more)",
	"questionnaire-sdc-profile-example-form-behavior": "options nowhere (#vsConditionsAll) and on a server (LOINC LL4882-8)",
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

// leastLoaded is how many of the published ones for people load today. The other two are PHQ-9s whose total is computed in CQL.
const leastLoaded = 25

// TestPublishedQuestionnairesLoadWithTheirListsBeside gives those whose options are on a server lists to choose from, as a program does
// that saves them in valuesets: then nothing else of them is refused.
func TestPublishedQuestionnairesLoadWithTheirListsBeside(t *testing.T) {
	const ofAServer, comparesCodes = "options on a server", "questionnaire-sdc-test-enableWhen" // with numbers: codes have no order
	questionnairetest.Published(t, func(file string, doc []byte) {
		var head struct{ ID string }
		if err := json.Unmarshal(doc, &head); err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(notForPeople[head.ID], ofAServer) {
			return
		}
		sets := questionnairetest.Shelf(t)
		for _, url := range slices.Compact(slices.Sorted(slices.Values(listed.FindAllString(string(doc), -1)))) {
			url = listed.FindStringSubmatch(url)[1]
			var codes []string
			for _, code := range "123456789" {
				codes = append(codes, fmt.Sprintf(`{"code":"%c","display":"Choice %c"}`, code, code))
			}
			set := `{"resourceType":"ValueSet","url":"` + url + `","compose":{"include":[{"system":"http://example.org","concept":[` + strings.Join(codes, ",") + `]}]}}`
			if _, err := sets.Load([]byte(`{"resourceType":"Questionnaire","item":[{"linkId":"a","text":"A","type":"choice","answerValueSet":"` + url + `"}]}`)); err != nil {
				if err := sets.Add([]byte(set)); err != nil {
					t.Fatal(err)
				}
			}
		}
		_, err := sets.Load(doc)
		_, issues := fault.Public(err)
		for _, is := range issues {
			if t.Logf("%s: %s: %s", head.ID, is.Where, is.Text); head.ID != comparesCodes {
				t.Errorf("%s does not load for more than its lists", head.ID)
			}
		}
	})
}

var listed = regexp.MustCompile(`"answerValueSet"\s*:\s*"(https?://[^"]+)"`)

// BenchmarkLoadPublished loads the published questionnaire that takes longest.
func BenchmarkLoadPublished(b *testing.B) {
	sets := questionnairetest.Shelf(b)
	var longest []byte
	var took time.Duration
	questionnairetest.Published(b, func(file string, doc []byte) {
		start := time.Now()
		_, _ = sets.Load(doc)
		if d := time.Since(start); d > took {
			took, longest = d, doc
		}
	})
	b.SetBytes(int64(len(longest)))
	b.ReportAllocs()
	for b.Loop() {
		_, _ = sets.Load(longest)
	}
}
