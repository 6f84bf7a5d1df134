package api

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/report"
	"github.com/tellback/tellback/schemas"
)

const weekly = `{"questionnaire":"weekly-check-in","subject":"p-1","consent":{"textVersion":"2026-10","given":true},
	"answers":{"pain":"mild","tiredness":"very"}}`

func TestSimpleReport(t *testing.T) {
	w := newTown(t)
	r := w.receipt(w.send(`{"questionnaire":"care-experience","version":"1","language":"es","perspective":"proxy","relation":"child","about":"Ana",
		"subject":"p-7","attributes":{"age":"40-64"},"consent":{"textVersion":"2026-10","given":true,"at":"2026-10-01T00:00:00Z"},
		"authored":"2026-10-02T10:00:00-04:00","answers":{"ease":"hard","barrier":["wait"],"plan":true,"story":"Waited\nlong \u00f1"}}`))
	got, err := w.desk.Read(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	if got.Perspective != report.Proxy || got.Relation != "child" || got.About.Reveal() != "Ana" || got.Role != "caregiver" ||
		got.Channel != report.API || got.Origin != report.Known || got.Language != "es" || !slices.Contains(got.Groups, "age=40-64") ||
		!got.At.Equal(time.Date(2026, 10, 2, 14, 0, 0, 0, time.UTC)) {
		t.Errorf("%s %s %s %s %s %s %v %s", got.Perspective, got.Relation, got.Role, got.Channel, got.Origin, got.Language, got.Groups, got.At)
	}
	want := questionnaire.Answers{
		"ease": {{Type: questionnaire.Choice, Code: "hard"}}, "barrier": {{Type: questionnaire.Choice, Code: "wait"}},
		"plan": {{Type: questionnaire.Boolean, Text: "true"}}, "story": {{Type: questionnaire.Text, Text: "Waited\nlong ñ"}},
	}
	if d := cmp.Diff(want, got.Answers.Reveal()); d != "" {
		t.Errorf("answers (-want +got):\n%s", d)
	}
	consents, err := w.registry.Consents(t.Context(), got.Participant)
	if err != nil || len(consents) != 1 || consents[0].Channel != "api" || consents[0].Language != "es" || consents[0].TextVersion != "2026-10" {
		t.Errorf("consents: %+v, %v", consents, err)
	}
}

func TestOnePersonIsOneParticipant(t *testing.T) {
	w := newTown(t)
	who := func(body string, head ...string) string {
		rep, err := w.desk.Read(t.Context(), w.receipt(w.send(body, head...)))
		if err != nil {
			t.Fatal(err)
		}
		return rep.Participant
	}
	first := who(weekly)
	if again := who(`{"questionnaire":"weekly-check-in","subject":"p-1","answers":{"pain":"none"}}`); again != first {
		t.Error("the same subject is another participant")
	}
	if other := who(strings.Replace(weekly, "p-1", "p-2", 1)); other == first {
		t.Error("another subject is the same participant")
	}
	if other := who(weekly, "Authorization", "Bearer another"); other == first {
		t.Error("another client's subject is the same participant")
	}
}

func TestRefusals(t *testing.T) {
	consent := `"consent":{"textVersion":"2026-10","given":true}`
	head := `{"questionnaire":"weekly-check-in","subject":"p-1",` + consent + `,`
	for _, c := range []struct {
		name, body string
		status     int
		want       string // what it says, by where and code
	}{
		{"empty", ``, 400, ""},
		{"no JSON", `answers=1`, 400, ""},
		{"cut off", `{"questionnaire":`, 400, ""},
		{"two documents", `{} {}`, 400, ""},
		{"not UTF-8", "{\"subject\":\"\xff\"}", 400, ""},
		{"a list", `[]`, 400, ""},
		{"a name twice", head + `"answers":{"pain":"mild","pain":"none"}}`, 400, "/answers/pain duplicate-name"},
		{"too deep", strings.Repeat("[", 5000), 400, ""},
		{"a FHIR resource", `{"resourceType":"QuestionnaireResponse"}`, 415, ""},
		{"nothing in it", `{}`, 422, "/subject required; /questionnaire required; /answers required"},
		{"fields that don't exist", head + `"answers":{},"patientName":"x","a/b~c":1}`, 422, "/patientName unknown-field; /a~1b~0c unknown-field"},
		{"wrong types", `{"questionnaire":1,"subject":[],"version":true,"answers":"x","attributes":3}`, 422,
			"/subject wrong-type; /questionnaire wrong-type; /version wrong-type; /attributes wrong-type; /answers wrong-type"},
		{"nothing said", `{"questionnaire":" ","subject":"","consent":{"textVersion":"","given":true},"answers":null}`, 422,
			"/subject required; /questionnaire required; /consent/textVersion required; /answers required"},
		{"no such questionnaire", `{"questionnaire":"x","subject":"p-1","answers":{}}`, 422, "/questionnaire unknown-option"},
		{"no such version", head + `"version":"9","answers":{}}`, 422, "/version unknown-option"},
		{"no such question", head + `"answers":{"payn":"mild"}}`, 422, "/answers/payn unknown-item"},
		{"no such option", head + `"answers":{"pain":"42"}}`, 422, "/answers/pain unknown-option"},
		{"two answers where one fits", head + `"answers":{"pain":["mild","none"]}}`, 422, "/answers/pain too-many"},
		{"an answer that is an object", head + `"answers":{"pain":{"code":"mild"}}}`, 422, "/answers/pain wrong-type"},
		{"a question that wasn't asked", `{"questionnaire":"care-experience","subject":"p-1",` + consent + `,"answers":{"ease":"easy","barrier":"wait"}}`, 422,
			"/answers/barrier not-enabled"},
		{"several things", head + `"answers":{"pain":"42","sleep":7,"nope":1}}`, 422, "/answers/nope unknown-item; /answers/pain unknown-option; /answers/sleep unknown-option"},
		{"nobody consented", `{"questionnaire":"weekly-check-in","subject":"p-1","answers":{"pain":"mild"}}`, 422, "/consent required"},
		{"consent to no text of ours", `{"questionnaire":"weekly-check-in","subject":"p-1","consent":{"textVersion":"999","given":true},"answers":{"pain":"mild"}}`, 422, "/consent/textVersion unknown-option"},
		{"a clock of long ago", strings.Replace(weekly, `"subject":"p-1"`, `"subject":"p-1","authored":"2020-01-01T00:00:00Z"`, 1), 422, "/authored too-small"},
		{"no answer at all", `{"questionnaire":"weekly-check-in","subject":"p-1","consent":{"textVersion":"2026-10","given":true},"answers":{}}`, 422, "/answers nothing-answered"},
		{"consent refused", `{"questionnaire":"weekly-check-in","subject":"p-1","consent":{"textVersion":"2026-10","given":false},"answers":{}}`, 422, "/consent/given required"},
		{"consent to nothing", `{"questionnaire":"weekly-check-in","subject":"p-1","consent":{"given":true,"by":"x"},"answers":{}}`, 422,
			"/consent/textVersion required; /consent/by unknown-field"},
		{"proxy without relation", head + `"perspective":"proxy","answers":{}}`, 422, "/relation required"},
		{"relation without proxy", head + `"relation":"child","answers":{}}`, 422, "/relation not-enabled"},
		{"no such perspective", head + `"perspective":"other","answers":{}}`, 422, "/perspective unknown-option"},
		{"not for caregivers", head + `"role":"caregiver","answers":{}}`, 422, "/role unknown-option"},
		{"no such role", head + `"role":"doctor","answers":{}}`, 422, "/role unknown-option"},
		{"bad language", head + `"language":"no such language","answers":{}}`, 422, "/language unknown-option"},
		{"bad time", head + `"authored":"yesterday","answers":{}}`, 422, "/authored wrong-form"},
		{"from the future", head + `"authored":"2031-01-01T00:00:00Z","answers":{}}`, 422, "/authored wrong-form"},
		{"no such attribute", head + `"attributes":{"shoe":"42","age":"ageless"},"answers":{}}`, 422, "/attributes/age unknown-option; /attributes/shoe unknown-field"},
		{"control characters", `{"questionnaire":"weekly-check-in","subject":"p\u00001",` + consent + `,"answers":{}}`, 422, "/subject wrong-form"},
		{"long subject", `{"questionnaire":"weekly-check-in","subject":"` + strings.Repeat("p", 201) + `",` + consent + `,"answers":{}}`, 422, "/subject too-long"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newTown(t)
			got := w.send(c.body)
			var p struct {
				Status int
				Detail string
				Errors []struct{ Where, Code, Detail string }
			}
			if err := json.Unmarshal([]byte(got.body), &p); err != nil || got.Header.Get("Content-Type") != "application/problem+json" {
				t.Fatalf("%v: %s", err, got.body)
			}
			var said []string
			for _, e := range p.Errors {
				said = append(said, e.Where+" "+e.Code)
				if e.Detail == "" {
					t.Errorf("%s says nothing", e.Where)
				}
			}
			if got.StatusCode != c.status || p.Status != c.status || strings.Join(said, "; ") != c.want || p.Detail == "" {
				t.Errorf("status %d, want %d; said %q, want %q; %s", got.StatusCode, c.status, strings.Join(said, "; "), c.want, p.Detail)
			}
		})
	}
}

func TestDoor(t *testing.T) {
	w := newTown(t)
	const json, fhir, auth = "application/json", "application/fhir+json", "Bearer " + secret
	for _, c := range []struct {
		name, method, path, body string
		head                     []string
		want                     int
	}{
		{"no credential", "POST", reportsPath, weekly, []string{"Content-Type", json}, 401},
		{"wrong credential", "POST", reportsPath, weekly, []string{"Content-Type", json, "Authorization", "Bearer nope"}, 401},
		{"wrong scheme", "POST", reportsPath, weekly, []string{"Content-Type", json, "Authorization", "Basic " + secret}, 401},
		{"the hash is no secret", "POST", reportsPath, weekly, []string{"Content-Type", json, "Authorization", "Bearer " + sum(secret)}, 401},
		{"no such program", "POST", "/v1/programs/lake/reports", weekly, []string{"Content-Type", json, "Authorization", auth}, 404},
		{"no media type", "POST", reportsPath, weekly, []string{"Authorization", auth}, 415},
		{"text", "POST", reportsPath, weekly, []string{"Content-Type", "text/plain", "Authorization", auth}, 415},
		{"latin-1", "POST", reportsPath, weekly, []string{"Content-Type", json + "; charset=iso-8859-1", "Authorization", auth}, 415},
		{"zipped", "POST", reportsPath, weekly, []string{"Content-Type", json, "Content-Encoding", "gzip", "Authorization", auth}, 415},
		{"FHIR R5", "POST", reportsPath, "{}", []string{"Content-Type", fhir + "; fhirVersion=5.0", "Authorization", auth}, 415},
		{"too large", "POST", reportsPath, strings.Repeat(" ", maxBody+1), []string{"Content-Type", json, "Authorization", auth}, 413},
		{"key with a space", "POST", reportsPath, weekly, []string{"Content-Type", json, "Authorization", auth, "Idempotency-Key", "a b"}, 400},
		{"long key", "POST", reportsPath, weekly, []string{"Content-Type", json, "Authorization", auth, "Idempotency-Key", strings.Repeat("k", 201)}, 400},
		{"get", "GET", reportsPath, "", nil, 405},
		{"options", "OPTIONS", reportsPath, "", nil, 204},
		{"posted to a list", "POST", "/v1/programs/river/questionnaires", "", nil, 405},
		{"list", "GET", "/v1/programs/river/questionnaires", "", nil, 200},
		{"list of nothing", "GET", "/v1/programs/lake/questionnaires", "", nil, 404},
		{"one", "HEAD", "/v1/programs/river/questionnaires/story", "", nil, 200},
		{"none", "GET", "/v1/programs/river/questionnaires/nope", "", nil, 404},
		{"no such version", "GET", "/v1/programs/river/questionnaires/story?version=9", "", nil, 404},
		{"elsewhere", "GET", "/v1/programs/river/secrets", "", nil, 404},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := w.do(c.method, c.path, c.body, c.head...)
			if got.StatusCode != c.want {
				t.Errorf("status %d, want %d: %s", got.StatusCode, c.want, got.body)
			}
			if c.want == 401 && (!strings.HasPrefix(got.Header.Get("WWW-Authenticate"), "Bearer ") || !strings.Contains(got.body, "credential")) {
				t.Errorf("401 without a way in: %v %s", got.Header, got.body)
			}
			if c.want == 405 && got.Header.Get("Allow") == "" {
				t.Error("405 without Allow")
			}
			if c.want >= 400 && got.Header.Get("Content-Type") == "" {
				t.Error("no media type")
			}
		})
	}
}

// The sealed vocabulary of http://hl7.org/fhir/R4/valueset-issue-type.html, as far as we use it.
var issueTypes = regexp.MustCompile(`^(informational|invalid|structure|required|value|login|forbidden|not-found|conflict|too-long|not-supported|code-invalid|business-rule|throttled|transient|exception)$`)

// relation is the extension that says what the one who answers is to the patient.
func relation(code string) string {
	return `"extension":[{"url":"https://tellback.org/fhir/StructureDefinition/relation","valueCode":"` + code + `"}]`
}

func TestLanguageIsTheProgramsInBothForms(t *testing.T) {
	for tag, want := range map[string]string{"es": "es", "es-MX": "es", "EN": "en", "": "en", "fr": "", "eng": ""} {
		for name, send := range map[string]func(w *town) answer{
			"json": func(w *town) answer { return w.send(strings.Replace(weekly, "{", `{"language":"`+tag+`",`, 1)) },
			"fhir": func(w *town) answer {
				return w.sendFHIR(`{"resourceType":"QuestionnaireResponse","questionnaire":"weekly-check-in","status":"completed","subject":{"reference":"Patient/1"},` +
					strings.Replace(`"language":"`+tag+`",`, `"language":"",`, "", 1) + `"item":[{"linkId":"pain","answer":[{"valueCoding":{"code":"mild"}}]}]}`)
			},
		} {
			if name == "fhir" && tag == "EN" {
				continue // no tag in FHIR begins with capitals
			}
			w := newTown(t)
			a := send(w)
			if want == "" {
				if a.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(a.body, "This program speaks: en, es.") {
					t.Errorf("%s, %q: status %d %s", name, tag, a.StatusCode, a.body)
				}
				continue
			}
			rep, err := w.desk.Read(t.Context(), w.receipt(a))
			if err != nil || rep.Language != want {
				t.Errorf("%s, %q: told in %q, %v", name, tag, rep.Language, err)
			}
		}
	}
}

func TestFHIR(t *testing.T) {
	const ok = `{"resourceType":"QuestionnaireResponse","questionnaire":"https://tellback.org/fhir/Questionnaire/weekly-check-in|1","status":"completed",
		"subject":{"reference":"Patient/1"},%WHO%"language":"en","authored":"2026-10-03","item":[{"linkId":"pain","answer":[{"valueCoding":{"code":"mild"}}]}]}`
	doc := func(who string) string { return strings.Replace(ok, "%WHO%", who, 1) }
	for _, c := range []struct {
		name, who string
		want      report.Perspective
		relation  string
	}{
		{"about oneself", ``, report.Self, ""},
		{"oneself as source", `"source":{"reference":"Patient/1"},`, report.Self, ""},
		{"written down by a nurse", `"author":{"reference":"Practitioner/9"},`, report.Self, ""},
		{"sent by a device", `"author":{"reference":"Device/9"},`, report.Self, ""},
		{"answered by a nurse", `"source":{"reference":"Practitioner/9"},`, report.Proxy, "professional"},
		{"answered by family", `"source":{"reference":"RelatedPerson/9",` + relation("child") + `},`, report.Proxy, "child"},
		{"authored by family", `"author":{"reference":"https://fhir.example.org/RelatedPerson/9",` + relation("partner") + `},`, report.Proxy, "partner"},
		{"answered by a nurse who is a friend", `"source":{"reference":"Practitioner/9",` + relation("friend") + `},`, report.Proxy, "friend"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newTown(t)
			rep, err := w.desk.Read(t.Context(), w.receipt(w.sendFHIR(doc(c.who))))
			if err != nil {
				t.Fatal(err)
			}
			if rep.Perspective != c.want || rep.Relation != c.relation || rep.Answers.Reveal()["pain"][0].Code != "mild" ||
				!rep.At.Equal(time.Date(2026, 10, 3, 4, 0, 0, 0, time.UTC)) {
				t.Errorf("%s %s %s", rep.Perspective, rep.Relation, rep.At)
			}
			if c.want == report.Proxy && rep.About.Reveal() != "ref:Patient/1" {
				t.Error("about somebody else")
			}
		})
	}
	for _, c := range []struct {
		name, body string
		status     int
		want       string // expression and code of each issue
	}{
		{"not JSON", `<xml/>`, 400, " structure"},
		{"another resource", `{"resourceType":"Patient"}`, 422, " invalid"},
		{"a name twice", strings.Replace(doc(""), `"status"`, `"language":"en","status"`, 1), 400, " structure"},
		{"in progress", strings.Replace(doc(""), "completed", "in-progress", 1), 422, "QuestionnaireResponse.status business-rule"},
		{"nobody", strings.Replace(doc(""), `"subject":{"reference":"Patient/1"},`, "", 1), 422, "QuestionnaireResponse required"},
		{"another questionnaire", strings.Replace(doc(""), "weekly-check-in", "daily", 1), 422, "QuestionnaireResponse.questionnaire code-invalid"},
		{"another version", strings.Replace(doc(""), "|1", "|9", 1), 422, "QuestionnaireResponse.questionnaire code-invalid"},
		{"a whole year", strings.Replace(doc(""), "2026-10-03", "2026", 1), 422, "QuestionnaireResponse.authored value"},
		{"family, but who", doc(`"source":{"reference":"RelatedPerson/9"},`), 422, "QuestionnaireResponse.source required"},
		{"another patient, but who", doc(`"source":{"reference":"Patient/9"},`), 422, "QuestionnaireResponse.source required"},
		{"no such relation", doc(`"source":{"reference":"RelatedPerson/9",` + relation("boss") + `},`), 422, "QuestionnaireResponse.source required"},
		{"a language not spoken", strings.Replace(doc(""), `"language":"en"`, `"language":"fr"`, 1), 422, "QuestionnaireResponse.language code-invalid"},
		{"told tomorrow", strings.Replace(doc(""), "2026-10-03", "2026-10-17", 1), 422, "QuestionnaireResponse.authored value"},
		{"no such option", strings.Replace(doc(""), "mild", "42", 1), 422, "QuestionnaireResponse.item[0].answer[0].value code-invalid"},
		{"wrong value", strings.Replace(doc(""), `"valueCoding":{"code":"mild"}`, `"valueInteger":3.5`, 1), 422, "QuestionnaireResponse.item[0].answer[0].value structure"},
		{"no such question", strings.Replace(doc(""), `"linkId":"pain"`, `"linkId":"payn"`, 1), 422, "QuestionnaireResponse.item[0].linkId structure"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newTown(t)
			got := w.sendFHIR(c.body)
			var o outcome
			if err := json.Unmarshal([]byte(got.body), &o); err != nil || o.ResourceType != "OperationOutcome" || !strings.HasPrefix(got.Header.Get("Content-Type"), fhirType) {
				t.Fatalf("%v: %s", err, got.body)
			}
			var said []string
			for _, i := range o.Issue {
				said = append(said, strings.Join(i.Expression, ",")+" "+i.Code)
				if strings.HasPrefix(i.Details.Text, "at ") || !issueTypes.MatchString(i.Code) || i.Severity != "error" || i.Details.Text == "" {
					t.Errorf("issue %+v", i)
				}
			}
			if got.StatusCode != c.status || strings.Join(said, "; ") != c.want {
				t.Errorf("status %d, want %d; said %q, want %q", got.StatusCode, c.status, strings.Join(said, "; "), c.want)
			}
		})
	}
	w := newTown(t)
	if got := w.do("POST", reportsPath, "{}", "Content-Type", fhirType); got.StatusCode != 401 || !strings.Contains(got.body, `"code":"login"`) {
		t.Errorf("401 on a FHIR call: %d %s", got.StatusCode, got.body)
	}
}

func TestQuestionnaireIsServedAsLoaded(t *testing.T) {
	w := newTown(t)
	const path = "/v1/programs/river/questionnaires/weekly-check-in"
	got := w.do("GET", path+"?version=1", "")
	q := w.catalog.Questionnaire("weekly-check-in", "1")
	if got.body != string(q.Source()) || got.Header.Get("ETag") != `"`+q.Hash+`"` || !strings.HasPrefix(got.Header.Get("Content-Type"), fhirType) {
		t.Errorf("%d bytes, %s", len(got.body), got.Header)
	}
	if again := w.do("GET", path, "", "If-None-Match", `"x", W/"`+q.Hash+`"`); again.StatusCode != http.StatusNotModified || again.body != "" {
		t.Errorf("status %d", again.StatusCode)
	}
	if plain := w.do("GET", path, "", "Accept", "application/json"); plain.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%s", plain.Header.Get("Content-Type"))
	}
	var list struct {
		Questionnaires []struct{ ID, URL string }
	}
	if err := json.Unmarshal([]byte(w.do("GET", "/v1/programs/river/questionnaires", "").body), &list); err != nil || len(list.Questionnaires) != 4 {
		t.Fatalf("%v, %d listed", err, len(list.Questionnaires))
	}
	for _, one := range list.Questionnaires {
		if got := w.do("GET", one.URL, ""); got.StatusCode != http.StatusOK {
			t.Errorf("%s: status %d", one.URL, got.StatusCode)
		}
	}
}

// The formal description of our form gives examples; each must be what we take.
func TestSchemaExamples(t *testing.T) {
	raw, err := schemas.FS.ReadFile("report.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var schema struct{ Examples []json.RawMessage }
	if err := json.Unmarshal(raw, &schema); err != nil || len(schema.Examples) == 0 {
		t.Fatal(err, "no examples")
	}
	parsed, err := jsonschema.UnmarshalJSON(strings.NewReader(string(raw)))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("report.schema.json", parsed); err != nil {
		t.Fatal(err)
	}
	formal, err := c.Compile("report.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	w := newTown(t)
	for n, example := range schema.Examples {
		inst, err := jsonschema.UnmarshalJSON(strings.NewReader(string(example)))
		if err != nil || formal.Validate(inst) != nil {
			t.Errorf("example %d breaks its own schema", n)
		}
		body := string(example)
		if !strings.Contains(body, `"consent"`) {
			body = `{"consent":{"textVersion":"2026-10","given":true},` + strings.TrimSpace(body)[1:]
		}
		w.receipt(w.send(body))
	}
}
