package release

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"testing/fstest"
	"time"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/learning"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/report"
	"github.com/tellback/tellback/internal/table"
	"github.com/tellback/tellback/internal/table/sqlite"
)

const lakeProgram = `{
  "id": "lake", "name": {"en": "Lake", "es": "Lago"}, "purpose": {"en": "Tell us.", "es": "Cuéntanos."}, "organizer": {"en": "Lake", "es": "Lago"},
  "languages": ["en", "es"], "timeZone": "America/New_York", "country": "US", "joinWords": ["LAKE"], "help": {"en": "help@lake.example", "es": "help@lake.example"},
  "consent": {"version": "1", "text": {"en": "Yes?", "es": "¿Sí?"}, "sms": {"en": "Reply YES. Msg & data rates may apply. STOP to stop.", "es": "Responde SI. STOP: salir."}},
  "questionnaires": [{"questionnaire": "week", "version": "1", "roles": ["patient"], "proxy": true, "firstDay": 0, "everyDays": 7}],
  "story": "story",
  "attributes": [{"id": "age", "text": {"en": "Age?", "es": "¿Edad?"}, "options": [
    {"code": "young", "label": {"en": "Young", "es": "Joven"}}, {"code": "old", "label": {"en": "Old", "es": "Mayor"}}]}],
  "breakdowns": [["age"], ["channel"], ["age", "language"]],
  "period": "month", "threshold": 10, "lagDays": 3, "openForm": true,
  "lessons": [{"questionnaire": "week", "item": "mood", "codes": ["0", "1"], "text": {"en": "{share} people in {month} were well.", "es": "{share} personas en {month} estaban bien."}}],
  "crisis": {"words": {"en": ["want to die"], "es": ["quiero morir"]}, "reply": {"en": "Call 988.", "es": "Llama al 988."}},
  "outreach": {"quietFrom": "20:00", "quietUntil": "09:00", "perWeek": 4, "perDay": 1000}
}`

const weekHead = `{
  "resourceType": "Questionnaire", "id": "week", "language": "en", "version": "1", "status": "active", "title": "Week", %s
  "extension": [{"url": "https://tellback.org/fhir/StructureDefinition/score", "extension": [
    {"url": "id", "valueId": "load"}, {"url": "title", "valueString": "Load", %[2]s},
    {"url": "method", "valueCode": "sum"}, {"url": "item", "valueString": "mood"}, {"url": "item", "valueString": "sleep"}, {"url": "minAnswered", "valueInteger": 1}]}],
  "item": [%[3]s]
}`

func translated(text string) string {
	return fmt.Sprintf(`{"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/translation", "extension": [{"url": "lang", "valueCode": "es"}, {"url": "content", "valueString": %q}]}]}`, text)
}

func option(code string, ordinal int) string {
	weight := ""
	if ordinal >= 0 {
		weight = fmt.Sprintf(`"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/ordinalValue", "valueDecimal": %d}], `, ordinal)
	}
	return fmt.Sprintf(`{%s"valueCoding": {"system": "urn:x", "code": %q, "display": %[2]q, "_display": %s}}`, weight, code, translated("es "+code))
}

func item(link, kind, rest string) string {
	return fmt.Sprintf(`{"linkId": %q, "type": %q, "text": "About %[1]s", "_text": %[3]s%[4]s}`, link, kind, translated("Sobre "+link), rest)
}

func lakeFS() fstest.MapFS {
	scale, bare := "", ""
	for n := range 5 {
		scale += option(fmt.Sprint(n), n) + ","
		bare += option(fmt.Sprint("t", n), -1) + ","
	}
	scale, bare = scale[:len(scale)-1], bare[:len(bare)-1]
	items := item("mood", "choice", `, "answerOption": [`+scale+`]`) + "," +
		item("sleep", "choice", `, "answerOption": [`+scale+`]`) + "," +
		item("tags", "choice", `, "repeats": true, "answerOption": [`+bare+`]`) + "," +
		item("ok", "boolean", "") + "," +
		item("why", "open-choice", `, "answerOption": [`+bare+`], "enableWhen": [{"question": "ok", "operator": "=", "answerBoolean": false}]`) + "," +
		item("note", "text", "") + "," + item("steps", "integer", "")
	week := fmt.Sprintf(weekHead, `"_title": `+translated("Semana")+",", `"_valueString": `+translated("Carga"), items)
	story := fmt.Sprintf(`{"resourceType": "Questionnaire", "id": "story", "language": "en", "version": "1", "status": "active", "title": "Story", "_title": %s, "item": [%s]}`,
		translated("Historia"), item("story", "text", `, "required": true`))
	return fstest.MapFS{
		"programs/lake.json":           {Data: []byte(lakeProgram)},
		"questionnaires/week.v1.json":  {Data: []byte(week)},
		"questionnaires/story.v1.json": {Data: []byte(story)},
	}
}

func lake(t testing.TB) *program.Catalog {
	t.Helper()
	c, err := program.Load(lakeFS())
	if err != nil {
		_, issues := fault.Public(err)
		t.Fatalf("%v %+v", err, issues)
	}
	return c
}

// crowd makes people who answer one questionnaire, by chance.
type crowd struct {
	rng     *rand.Rand
	p       *program.Program
	q       *questionnaire.Questionnaire
	period  string
	leaning float64 // how often everyone gives the same answer
	missing float64 // how often somebody leaves an item out
}

func (c *crowd) of(n int) []report.Standing {
	out := make([]report.Standing, n)
	for i := range out {
		out[i] = c.one()
	}
	return out
}

func (c *crowd) one() report.Standing {
	s := report.Standing{Program: c.p.ID, Questionnaire: c.q.ID, Version: c.q.Version, Period: c.period, Perspective: report.Self,
		Stage: report.Completed, Origin: report.Known, Reports: []string{"r"}, Synthetic: true}
	if c.rng.IntN(10) == 0 {
		s.Stage = report.Started
	}
	attributes := map[string]string{}
	for _, a := range c.p.Attributes {
		if n := min(c.rng.IntN(len(a.Options)+1), c.rng.IntN(len(a.Options)+1)); n < len(a.Options) {
			attributes[a.ID] = a.Options[n].Code
		}
	}
	channel := []string{"sms", "web", "api"}[min(c.rng.IntN(3), c.rng.IntN(3))]
	if channel == "web" { // the open form is on the web
		s.Origin = report.Open
	}
	s.Groups = c.p.Groups(attributes, c.p.Languages[min(c.rng.IntN(2), c.rng.IntN(2))], channel, "")
	if s.Stage != report.Completed {
		return s
	}
	a := questionnaire.Answers{}
	for _, i := range c.q.All() {
		if vs := c.answer(i); len(vs) > 0 {
			a[i.LinkID] = vs
		}
	}
	a = c.q.Clean(a)
	s.Cells = map[string]report.Cell{}
	for _, i := range c.q.Enabled(a) {
		if i.Answerable() {
			s.Cells[i.LinkID] = cellOf(i, a[i.LinkID])
		}
	}
	s.Scores = c.q.Score(a)
	for _, score := range c.q.Scores {
		if len(s.Scores) == 0 {
			s.Missing = append(s.Missing, score.ID)
		}
	}
	return s
}

func (c *crowd) answer(i *questionnaire.Item) []questionnaire.Value {
	if !i.Answerable() || c.rng.Float64() < c.missing {
		return nil
	}
	switch {
	case i.Type == questionnaire.Boolean:
		return []questionnaire.Value{{Type: questionnaire.Boolean, Text: fmt.Sprint(c.rng.Float64() < c.leaning)}}
	case i.Type == questionnaire.OpenChoice && c.rng.IntN(5) == 0:
		return []questionnaire.Value{{Type: questionnaire.String, Text: "words"}}
	case len(i.Options) > 0:
		first := 0
		if c.rng.Float64() >= c.leaning {
			first = c.rng.IntN(len(i.Options))
		}
		out := []questionnaire.Value{i.Options[first].Value}
		if i.Repeats && c.rng.IntN(2) == 0 {
			out = append(out, i.Options[(first+1)%len(i.Options)].Value)
		}
		return out
	case i.Type == questionnaire.Integer:
		return []questionnaire.Value{{Type: questionnaire.Integer, Text: "7"}}
	}
	return []questionnaire.Value{{Type: questionnaire.String, Text: "words"}}
}

func cellOf(i *questionnaire.Item, vs []questionnaire.Value) report.Cell {
	c := report.Cell{Missing: len(vs) == 0}
	for _, v := range vs {
		switch o := i.Option(v); {
		case i.Type == questionnaire.Boolean:
			c.Codes = append(c.Codes, v.Text)
		case o != nil:
			c.Codes = append(c.Codes, cmp.Or(o.Value.Code, o.Value.Text))
			if o.Ordinal != nil && len(vs) == 1 {
				c.Milli, c.Number = *o.Ordinal, true
			}
		case i.Type == questionnaire.OpenChoice:
			c.Codes = append(c.Codes, Own)
		}
	}
	return c
}

func cellsOf(standings []report.Standing) learning.Cells {
	out := learning.Cells{}
	for _, s := range standings {
		for k, t := range learning.Contribution(s) {
			out.Add(k, t)
		}
	}
	return out
}

// world is a learning table in a real file, and an archive whose steps can be made to fail.
type world struct {
	table    table.Table
	archive  *shelf
	catalog  *program.Catalog
	signer   Signer
	verifier Verifier
	folded   int
}

func newWorld(t testing.TB) *world {
	t.Helper()
	db, err := sqlite.Open(filepath.Join(t.TempDir(), "db"), []string{"learning"}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	keys, err := NewSignerKey("lake.example")
	if err != nil {
		t.Fatal(err)
	}
	w := &world{table: db.Table("learning"), archive: &shelf{files: map[string][]byte{}}, catalog: lake(t)}
	if w.signer, err = ReadSigner(string(keys)); err != nil {
		t.Fatal(err)
	}
	if w.verifier, err = ReadVerifier(string(keys)); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) closer() *Closer {
	return NewCloser(learning.NewLedger(w.table), w.table, w.archive, w.signer, w.catalog, nil)
}

func (w *world) fold(t testing.TB, standings []report.Standing) {
	t.Helper()
	var changes []table.Change
	for _, s := range standings {
		body, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		w.folded++
		k := table.Key{Partition: fmt.Sprint("P#", w.folded), Sort: "S#x"}
		changes = append(changes, table.Change{Sequence: fmt.Sprint(w.folded), New: &table.Item{Key: k, Version: 1, Body: body}})
	}
	if _, err := learning.NewLedger(w.table).Fold(context.Background(), "shard", changes); err != nil {
		t.Fatal(err)
	}
}

// week makes n people of the program's weekly questionnaire.
func (w *world) week(period string, n int, seed uint64) []report.Standing {
	p := w.catalog.Program("lake")
	c := &crowd{rng: rand.New(rand.NewPCG(seed, 1)), p: p, q: w.catalog.Questionnaire("week", "1"), period: period, leaning: 0.3, missing: 0.05}
	return c.of(n)
}
