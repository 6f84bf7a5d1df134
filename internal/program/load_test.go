package program_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/schemas"
)

// world is the embedded content in memory, to be spoilt.
func world(t testing.TB) fstest.MapFS {
	t.Helper()
	m := fstest.MapFS{}
	err := fs.WalkDir(schemas.FS, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := fs.ReadFile(schemas.FS, path)
		m[path] = &fstest.MapFile{Data: raw}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

const river = "programs/river.json"

// set changes one place of a JSON document; a nil value takes it out, "-" at the end of a pointer appends.
func set(t testing.TB, m fstest.MapFS, file, pointer string, value any) {
	t.Helper()
	var root any
	if err := json.Unmarshal(m[file].Data, &root); err != nil {
		t.Fatal(err)
	}
	root = put(t, root, strings.Split(pointer, "/")[1:], value)
	raw, err := json.Marshal(root)
	if err != nil {
		t.Fatal(err)
	}
	m[file] = &fstest.MapFile{Data: raw}
}

func put(t testing.TB, node any, path []string, value any) any {
	t.Helper()
	if len(path) == 0 {
		return value
	}
	switch n := node.(type) {
	case map[string]any:
		if len(path) == 1 && value == nil {
			delete(n, path[0])
		} else {
			n[path[0]] = put(t, n[path[0]], path[1:], value)
		}
		return n
	case []any:
		if path[0] == "-" {
			return append(n, value)
		}
		i, err := strconv.Atoi(path[0])
		if err != nil || i >= len(n) {
			t.Fatalf("no place %v", path)
		}
		n[i] = put(t, n[i], path[1:], value)
		return n
	}
	t.Fatalf("no place %v", path)
	return nil
}

func issues(t testing.TB, err error) []string {
	t.Helper()
	var e *fault.Error
	if err == nil {
		return nil
	}
	if !errors.As(err, &e) || e.Kind != fault.Invalid {
		t.Fatalf("not a refusal: %v", err)
	}
	var out []string
	for _, i := range e.Issues {
		if len(i.Text) < 15 {
			t.Errorf("%s %s says too little: %q", i.Where, i.Code, i.Text)
		}
		out = append(out, i.Where+" "+i.Code)
	}
	return out
}

func TestTheEmbeddedContentLoads(t *testing.T) {
	c, err := program.Load(schemas.FS)
	if err != nil {
		t.Fatal(issues(t, err))
	}
	p := c.Program("river")
	if p == nil || len(c.Programs()) != 1 || p.Location().String() != "America/New_York" {
		t.Fatalf("programs: %v", c.Programs())
	}
	for _, id := range []string{"weekly-check-in", "care-experience", "caregiver-load", "story"} {
		q, u := c.Used(p, id)
		if q == nil || u == nil || q.ID != id || u.Version != "1" || q != c.Questionnaire(id, "1") {
			t.Errorf("%s is not used: %v, %v", id, q, u)
		}
	}
	if q, u := c.Used(p, "nothing"); q != nil || u != nil {
		t.Errorf("used: %v, %v", q, u)
	}
	if got := len(c.Questionnaires()); got != 4 {
		t.Errorf("%d questionnaires", got)
	}
}

func TestLoadNamesWhatIsWrong(t *testing.T) {
	type change struct {
		pointer string
		value   any
	}
	list := func(vs ...any) any { return append([]any{}, vs...) }
	text := func(en, es string) any { return map[string]any{"en": en, "es": es} }
	for _, c := range []struct {
		name    string
		changes []change
		want    []string // after "programs/river.json#"
	}{
		{"nothing", nil, nil},
		{"an unknown field", []change{{"/treshold", 10}}, []string{"/treshold unknown-field"}},
		{"an unknown field inside", []change{{"/outreach/perweek", 1}}, []string{"/outreach/perweek unknown-field"}},
		{"a rule that can't be honoured", []change{{"/questionnaires/0/everyDays", nil}, {"/questionnaires/0/rrule", "FREQ=HOURLY"}}, []string{"/questionnaires/0/rrule wrong-form"}},
		{"two calendars", []change{{"/questionnaires/0/everyDays", nil}, {"/questionnaires/0/rrule", "FREQ=DAILY"}, {"/questionnaires/0/days", list("2027-01-31")}}, []string{"/questionnaires/0/days contradiction"}},
		{"a calendar and a rhythm", []change{{"/questionnaires/0/rrule", "FREQ=DAILY"}}, []string{"/questionnaires/0/everyDays contradiction"}},
		{"a day that never was", []change{{"/questionnaires/0/everyDays", nil}, {"/questionnaires/0/days", list("2027-02-28", "2027-02-29")}}, []string{"/questionnaires/0/days/1 wrong-form"}},
		{"an hour of the night", []change{{"/questionnaires/0/at", "21:15"}}, []string{"/questionnaires/0/at contradiction"}},
		{"no hour", []change{{"/questionnaires/0/at", "10"}}, []string{"/questionnaires/0/at wrong-form"}},
		{"too many reminders", []change{{"/questionnaires/0/remind", map[string]any{"afterDays": 1, "most": 4}}}, []string{"/questionnaires/0/remind/most out-of-range"}},
		{"reminders without days", []change{{"/questionnaires/0/remind", map[string]any{"most": 1}}}, []string{"/questionnaires/0/remind/afterDays out-of-range"}},
		{"money without a price", []change{{"/outreach/spendPerDay", "20"}}, []string{"/outreach/segmentPrice required"}},
		{"money with a comma", []change{{"/outreach/segmentPrice", "0,01"}}, []string{"/outreach/segmentPrice wrong-form"}},
		{"a time zone for some", []change{{"/attributes/0/options/0/timeZone", "America/Chicago"}}, []string{
			"/attributes/0/options/1/timeZone unknown-time-zone", "/attributes/0/options/2/timeZone unknown-time-zone", "/attributes/0/options/3/timeZone unknown-time-zone"}},
		{"a slash in a name", []change{{"/a~1b", 1}}, []string{"/a~01b unknown-field"}},
		{"wrong types are said once", []change{{"/name", 3}, {"/lagDays", "3"}, {"/languages", "en"}, {"/openForm", "yes"}, {"/threshold", 10.5}},
			[]string{"/languages wrong-type", "/lagDays wrong-type", "/name wrong-type", "/openForm wrong-type", "/threshold wrong-type"}},
		{"a huge number", []change{{"/threshold", 1e300}}, []string{"/threshold wrong-type"}},
		{"an id with a capital", []change{{"/id", "River"}}, []string{"/id wrong-form"}},
		{"an id with a line end", []change{{"/id", "river\n"}}, []string{"/id wrong-form"}},
		{"a range backwards", []change{{"/attributes/0/options/1/numbers", list(39, 18)}}, []string{"/attributes/0/options/1/numbers wrong-form"}},
		{"a range without an end", []change{{"/attributes/0/options/3/numbers", list(65)}}, []string{"/attributes/0/options/3/numbers wrong-form"}},
		{"a range that holds an option's own number", []change{{"/attributes/0/options/0/numbers", list(4, 17)}}, []string{"/attributes/0/options/0/numbers contradiction"}},
		{"ranges that overlap", []change{{"/attributes/0/options/1/numbers", list(17, 39)}}, []string{"/attributes/0/options/1/numbers duplicate"}},
		{"ranges of some only", []change{{"/attributes/0/options/0/numbers", nil}}, nil},
		{"no languages", []change{{"/languages", list()}}, []string{"/languages required"}},
		{"a language twice", []change{{"/languages", list("en", "es", "en")}}, []string{"/languages/2 duplicate"}},
		{"no language", []change{{"/languages", list("en", "es", "English")}}, []string{"/languages/2 wrong-form"}},
		{"a text missing in a language", []change{{"/name/es", nil}, {"/attributes/0/options/1/label/en", " \n"}}, []string{"/attributes/0/options/1/label/en missing-language", "/name/es missing-language"}},
		{"a text in one language too many", []change{{"/help/fr", "aide"}}, []string{"/help/fr unknown-language"}},
		{"an invisible character", []change{{"/name/en", "Riv\u202eer"}, {"/help/en", "a\x00b"}}, []string{"/help/en control-character", "/name/en control-character"}},
		{"a curly quote to be texted", []change{{"/consent/sms/en", "Don’t worry. Reply YES."}}, []string{"/consent/sms/en not-gsm7"}},
		{"an accent to be texted to the letter", []change{{"/crisis/reply/es", "Llama al 988, está abierto."}}, []string{"/crisis/reply/es not-gsm7"}},
		{"an accent that is texted without", []change{{"/name/es", "Río"}}, nil},
		{"an emoji in a name", []change{{"/name/es", "River 🌊"}}, []string{"/name/es not-gsm7"}},
		{"four messages", []change{{"/consent/sms/en", strings.Repeat("yes ", 119)}}, []string{"/consent/sms/en too-long"}},
		{"no such time zone", []change{{"/timeZone", "New York"}}, []string{"/timeZone unknown-time-zone"}},
		{"the machine's time zone", []change{{"/timeZone", "Local"}}, []string{"/timeZone unknown-time-zone"}},
		{"no time zone", []change{{"/timeZone", nil}}, []string{"/timeZone unknown-time-zone"}},
		{"a time zone outside", []change{{"/timeZone", "../../etc/passwd"}}, []string{"/timeZone unknown-time-zone"}},
		{"a country", []change{{"/country", "USA"}}, []string{"/country wrong-form"}},
		{"no consent version", []change{{"/consent/version", ""}}, []string{"/consent/version wrong-form"}},
		{"join languages", []change{{"/joinLanguages", map[string]any{"RIO": "fr", "LAKE": "en"}}}, []string{"/joinLanguages/LAKE unknown-option", "/joinLanguages/RIO unknown-language"}},
		{"no join word", []change{{"/joinWords", list()}}, []string{"/joinWords required"}},
		{"join words that are taken", []change{{"/joinWords", list("STOP", "Ayuda", "sí", "start again", "Río", "rio!")}},
			[]string{"/joinWords/0 reserved", "/joinWords/1 reserved", "/joinWords/2 wrong-form", "/joinWords/3 reserved", "/joinWords/5 duplicate"}},
		{"join words that are none", []change{{"/joinWords", list("42", "🌊", "join river", "4ever", strings.Repeat("a", 25), "a b c d")}},
			[]string{"/joinWords/0 wrong-form", "/joinWords/1 wrong-form", "/joinWords/2 wrong-form", "/joinWords/3 wrong-form", "/joinWords/4 wrong-form", "/joinWords/5 wrong-form"}},
		{"a join word of despair", []change{{"/joinWords/-", "Suicide"}}, []string{"/joinWords/2 reserved"}},
		{"an unknown questionnaire", []change{{"/questionnaires/0/questionnaire", "weekly"}}, []string{"/questionnaires/0/questionnaire unknown-questionnaire",
			"/lessons/0/questionnaire unknown-questionnaire", "/lessons/1/questionnaire unknown-questionnaire", "/lessons/2/questionnaire unknown-questionnaire", "/lessons/3/questionnaire unknown-questionnaire"}},
		{"an unknown version", []change{{"/questionnaires/0/version", "2"}}, []string{"/questionnaires/0/version unknown-version"}},
		{"a questionnaire twice", []change{{"/questionnaires/-", map[string]any{"questionnaire": "caregiver-load", "version": "1", "roles": list("patient")}}}, []string{"/questionnaires/3/questionnaire duplicate"}},
		{"nobody answers", []change{{"/questionnaires/2/roles", nil}}, []string{"/questionnaires/2/roles required"}},
		{"roles", []change{{"/questionnaires/2/roles", list("nurse", "caregiver", "caregiver")}}, []string{"/questionnaires/2/roles/0 unknown-option", "/questionnaires/2/roles/2 duplicate"}},
		{"days", []change{{"/questionnaires/0/firstDay", -2}, {"/questionnaires/1/everyDays", -1}, {"/questionnaires/2/firstDay", -1}},
			[]string{"/questionnaires/0/firstDay out-of-range", "/questionnaires/1/everyDays out-of-range", "/questionnaires/2/everyDays contradiction"}},
		{"no story", []change{{"/story", nil}}, []string{"/story required"}},
		{"a story with choices", []change{{"/story", "weekly-check-in"}}, []string{"/story not-a-story"}},
		{"another version of the story", []change{{"/storyVersion", "9"}}, []string{"/storyVersion unknown-version"}},
		{"an attribute that releases use", []change{{"/attributes/0/id", "origin"}}, []string{"/attributes/0/id reserved", "/breakdowns/0/0 unknown-source", "/breakdowns/3/0 unknown-source"}},
		{"an attribute that is built in", []change{{"/attributes/0/id", "language"}}, []string{"/attributes/0/id reserved", "/breakdowns/0/0 unknown-source", "/breakdowns/3/0 unknown-source"}},
		{"codes", []change{{"/attributes/0/options/0/code", "18-39"}, {"/attributes/0/options/2/code", "unknown"}, {"/attributes/0/options/3/code", "65&up"}},
			[]string{"/attributes/0/options/1/code duplicate", "/attributes/0/options/2/code wrong-form", "/attributes/0/options/3/code wrong-form"}},
		{"one option", []change{{"/attributes/0/options", list(map[string]any{"code": "a", "label": text("A", "A")})}}, []string{"/attributes/0/options wrong-number"}},
		{"breakdowns", []change{{"/breakdowns", list(list("age", "sex"), list("age", "language", "channel"), list(), list("language", "age"), list("age", "language"), list("age", "age"))}},
			[]string{"/breakdowns/0/1 unknown-source", "/breakdowns/1 wrong-number", "/breakdowns/2 wrong-number", "/breakdowns/4 duplicate", "/breakdowns/5/1 duplicate"}},
		{"a day", []change{{"/period", "day"}}, []string{"/period unknown-option"}},
		{"a threshold of 4", []change{{"/threshold", 4}}, []string{"/threshold out-of-range"}},
		{"a threshold of 0", []change{{"/threshold", 0}}, []string{"/threshold out-of-range"}},
		{"a threshold of 5", []change{{"/threshold", 5}}, nil},
		{"a negative lag", []change{{"/lagDays", -1}}, []string{"/lagDays out-of-range"}},
		{"no lag", []change{{"/lagDays", 0}}, nil},
		{"a lesson of another questionnaire", []change{{"/lessons/0/questionnaire", "phq"}}, []string{"/lessons/0/questionnaire unknown-questionnaire"}},
		{"a lesson of no item", []change{{"/lessons/0/item", "pane"}}, []string{"/lessons/0/item unknown-item"}},
		{"a lesson of words", []change{{"/lessons/4/item", "story"}}, []string{"/lessons/4/item unknown-item"}},
		{"lesson codes", []change{{"/lessons/0/codes", list("none", "nope", "none")}}, []string{"/lessons/0/codes/1 unknown-code", "/lessons/0/codes/2 duplicate"}},
		{"a lesson of everyone", []change{{"/lessons/6/codes", list("true", "false")}}, []string{"/lessons/6/codes wrong-number"}},
		{"a lesson without its share", []change{{"/lessons/0/text/en", "In {month}, people had no pain."}, {"/lessons/0/text/es", "En {mes}, {share}."}},
			[]string{"/lessons/0/text/en missing-placeholder", "/lessons/0/text/es missing-placeholder"}},
		{"no crisis reply", []change{{"/crisis", nil}}, []string{"/crisis/reply/en missing-language", "/crisis/reply/es missing-language", "/crisis/words/en missing-language", "/crisis/words/es missing-language"}},
		{"a crisis word that everyone says", []change{{"/crisis/words/en/0", "I"}, {"/crisis/words/es/0", "Ayuda"}}, []string{"/crisis/words/en/0 wrong-form", "/crisis/words/es/0 wrong-form"}},
		{"quiet hours", []change{{"/outreach/quietFrom", "8pm"}, {"/outreach/quietUntil", "24:00"}}, []string{"/outreach/quietFrom wrong-form", "/outreach/quietUntil wrong-form"}},
		{"no quiet hours", []change{{"/outreach/quietFrom", "09:00"}}, []string{"/outreach/quietUntil out-of-range"}},
		{"caps", []change{{"/outreach/perWeek", 0}, {"/outreach/perDay", 0}}, []string{"/outreach/perDay out-of-range", "/outreach/perWeek out-of-range"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := world(t)
			if c.name != "join languages" {
				set(t, m, river, "/joinLanguages", nil) // they would have something to say of other join words
			}
			for _, ch := range c.changes {
				set(t, m, river, ch.pointer, ch.value)
			}
			_, err := program.Load(m)
			got := issues(t, err)
			for i := range got {
				got[i] = strings.TrimPrefix(got[i], river+"#")
			}
			slices.Sort(got)
			slices.Sort(c.want)
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}

func TestLoadReadsOnlyWhatCanBeRead(t *testing.T) {
	for _, c := range []struct{ name, doc, where string }{
		{"nothing", "", river + "# not-json"},
		{"half", `{"id": "river"`, river + "# not-json"},
		{"two", `{} {}`, river + "# not-json"},
		{"a list", `[]`, river + "# wrong-type"},
		{"not UTF-8", "{\"id\": \"\xff\"}", river + "# wrong-encoding"},
		{"a comment", "{ // hi\n}", river + "# not-json"},
		{"a hundred thousand levels", strings.Repeat(`{"name":`, 100_000), river + "# not-json"},
		{"a megabyte", `{"id": "` + strings.Repeat("a", 1<<20) + `"}`, river + "# too-large"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := world(t)
			m[river] = &fstest.MapFile{Data: []byte(c.doc)}
			_, err := program.Load(m)
			if d := cmp.Diff([]string{c.where}, issues(t, err)); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
	t.Run("a name twice", func(t *testing.T) {
		m := world(t)
		m[river].Data = []byte(strings.Replace(string(m[river].Data), `"country"`, `"country": "MX", "country"`, 1))
		_, err := program.Load(m)
		if d := cmp.Diff([]string{river + "#/country duplicate"}, issues(t, err)); d != "" {
			t.Errorf("(-want +got)\n%s", d)
		}
	})
	t.Run("a byte order mark", func(t *testing.T) {
		m := world(t)
		m[river].Data = append([]byte("\ufeff"), m[river].Data...)
		if _, err := program.Load(m); err != nil {
			t.Error(issues(t, err))
		}
	})
}

func TestLoadSaysWhereInTheText(t *testing.T) {
	m := world(t)
	m[river].Data = []byte("{\n  \"id\": \"river\",\n  \"name\": oops\n}")
	_, err := program.Load(m)
	if text, _ := fault.Public(err); !strings.Contains(text, "line 3") {
		t.Errorf("it says: %s", text)
	}
}

func TestProgramsAreCheckedTogether(t *testing.T) {
	m := world(t)
	m["programs/brook.json"] = &fstest.MapFile{Data: slices.Clone(m[river].Data)}
	_, err := program.Load(m)
	// brook.json comes first, so it is river.json that must give way.
	want := []string{river + "#/id duplicate", river + "#/joinWords/0 duplicate", river + "#/joinWords/1 duplicate"}
	if d := cmp.Diff(want, issues(t, err)); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestQuestionnairesAreCheckedToo(t *testing.T) {
	const weekly = "questionnaires/weekly-check-in.v1.json"
	t.Run("a broken one is blamed alone", func(t *testing.T) {
		m := world(t)
		set(t, m, weekly, "/item/2/type", "slider")
		got := issues(t, second(program.Load(m)))
		if len(got) == 0 {
			t.Fatal("it was taken")
		}
		for _, where := range got {
			if !strings.HasPrefix(where, weekly+"#/") {
				t.Errorf("unexpected: %s", where)
			}
		}
		if !strings.HasPrefix(got[0], weekly+"#/item/2/type ") {
			t.Errorf("it says %s", got)
		}
	})
	t.Run("the same twice", func(t *testing.T) {
		m := world(t)
		m["questionnaires/x.json"] = m[weekly]
		if d := cmp.Diff([]string{"questionnaires/x.json#/version duplicate"}, issues(t, second(program.Load(m)))); d != "" {
			t.Errorf("(-want +got)\n%s", d)
		}
	})
	t.Run("one that lacks a language", func(t *testing.T) {
		m := world(t)
		set(t, m, weekly, "/item/2/_text", nil)
		if d := cmp.Diff([]string{river + "#/questionnaires/0/questionnaire missing-language"}, issues(t, second(program.Load(m)))); d != "" {
			t.Errorf("(-want +got)\n%s", d)
		}
	})
	t.Run("a second version leaves the first in use", func(t *testing.T) {
		m := world(t)
		m["questionnaires/weekly-check-in.v2.json"] = &fstest.MapFile{Data: m[weekly].Data}
		set(t, m, "questionnaires/weekly-check-in.v2.json", "/version", "2")
		c, err := program.Load(m)
		if err != nil {
			t.Fatal(issues(t, err))
		}
		if q, _ := c.Used(c.Program("river"), "weekly-check-in"); q.Version != "1" || c.Questionnaire("weekly-check-in", "2") == nil {
			t.Errorf("version %s is used", q.Version)
		}
	})
	t.Run("a story of two versions has to be chosen", func(t *testing.T) {
		m := world(t)
		m["questionnaires/story.v2.json"] = &fstest.MapFile{Data: m["questionnaires/story.v1.json"].Data}
		set(t, m, "questionnaires/story.v2.json", "/version", "2")
		if d := cmp.Diff([]string{river + "#/storyVersion unknown-version"}, issues(t, second(program.Load(m)))); d != "" {
			t.Errorf("(-want +got)\n%s", d)
		}
		set(t, m, river, "/storyVersion", "2")
		c, err := program.Load(m)
		if err != nil {
			t.Fatal(issues(t, err))
		}
		if q, _ := c.Used(c.Program("river"), "story"); q.Version != "2" {
			t.Errorf("version %s is used", q.Version)
		}
	})
}

func TestAnEmptyFolder(t *testing.T) {
	if d := cmp.Diff([]string{"questionnaires missing", "programs missing"}, issues(t, second(program.Load(fstest.MapFS{})))); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestDefaults(t *testing.T) {
	m := world(t)
	for _, p := range []string{"/period", "/threshold", "/lagDays", "/outreach", "/openForm"} {
		set(t, m, river, p, nil)
	}
	c, err := program.Load(m)
	if err != nil {
		t.Fatal(issues(t, err))
	}
	p := c.Program("river")
	got := []any{p.Period, p.Threshold, p.LagDays, p.OpenForm, p.Outreach}
	want := []any{"month", 10, 3, false, program.Outreach{QuietFrom: "20:00", QuietUntil: "09:00", PerWeek: 4, PerDay: 1000}}
	if d := cmp.Diff(want, got, cmpopts.IgnoreUnexported(program.Outreach{})); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func second[T any](_ T, err error) error { return err }

// tiny is about the least that a program can be.
const tiny = `{"id":"tiny","name":{"en":"T"},"purpose":{"en":"P"},"organizer":{"en":"O"},"languages":["en"],"timeZone":"UTC",
"country":"US","joinWords":["TINY"],"help":{"en":"H"},"consent":{"version":"1","text":{"en":"C"},"sms":{"en":"S"}},
"questionnaires":[{"questionnaire":"story","version":"1","roles":["patient"]}],"story":"story","crisis":{"words":{"en":["despair"]},"reply":{"en":"R"}},
"attributes":[{"id":"a","text":{"en":"A"},"options":[{"code":"x","label":{"en":"X"}},{"code":"y","label":{"en":"Y"}}]}],"breakdowns":[["a","channel"]]}`

func TestTheLeastProgram(t *testing.T) {
	m := world(t)
	m["programs/tiny.json"] = &fstest.MapFile{Data: []byte(tiny)}
	if _, err := program.Load(m); err != nil {
		t.Error(issues(t, err))
	}
}

func FuzzLoad(f *testing.F) {
	const story = "questionnaires/story.v1.json"
	base := fstest.MapFS{story: world(f)[story]}
	f.Add([]byte(tiny))
	f.Add([]byte(`{"id":"river","name":null,"languages":["en",1],"questionnaires":[[]],"crisis":{"words":{"en":{}}}}`))
	f.Add([]byte(`{"":{"":{}},"attributes":[{}],"breakdowns":[["",""]],"lessons":[{"codes":[]}]}`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		m := fstest.MapFS{}
		for name, file := range base {
			m[name] = file
		}
		m[river] = &fstest.MapFile{Data: doc}
		c, err := program.Load(m)
		if err != nil {
			if len(issues(t, err)) == 0 {
				t.Error("refused without a reason")
			}
			return
		}
		p := c.Programs()[0]
		if p.Location() == nil || p.Threshold < 5 || len(p.Languages) == 0 || p.Groups(nil, "", "", "")[0] != "" {
			t.Errorf("taken, but unusable: %+v", p)
		}
		if again, err := program.Load(m); err != nil || again.Program(p.ID) == nil {
			t.Errorf("refused the second time: %v", err)
		}
	})
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := program.Load(schemas.FS); err != nil {
			b.Fatal(err)
		}
	}
}
