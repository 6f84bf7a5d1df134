package release

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tellback/tellback/internal/disclosure"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/report"
)

// reader is the strongest reader there is: one who knows the questionnaire and thinks of everyone who answered as one of all the ways
// in which it can be filled in at all. How many filled it in in each way he doesn't know, but every published figure is a
// sum over some of the ways. What can be derived from the figures and from the questionnaire, he derives.
type reader struct {
	ways    []way
	rows    []Row
	people  []report.Standing
	channel func(report.Standing) string
}

// way is one way to fill in a questionnaire.
type way struct {
	id    string
	cells map[string]report.Cell // of the items that are asked then
}

// alone is an option that excludes all others.
func alone(code string) string {
	return strings.Replace(option(code, -1), `{"valueCoding"`, `{"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/questionnaire-optionExclusive", "valueBoolean": true}], "valueCoding"`, 1)
}

// waysOf are all ways to fill q in. It enumerates: q has a handful of items with few options.
func waysOf(q *questionnaire.Questionnaire) []way {
	all := []questionnaire.Answers{{}}
	for _, i := range q.All() {
		if !i.Answerable() {
			continue
		}
		var next []questionnaire.Answers
		for _, a := range all {
			for _, given := range givable(i) {
				b := questionnaire.Answers{}
				for k, v := range a {
					b[k] = v
				}
				if len(given) > 0 {
					b[i.LinkID] = given
				}
				next = append(next, b)
			}
		}
		all = next
	}
	seen := map[string]bool{}
	var out []way
	for _, a := range all {
		a = q.Clean(a)
		if len(a) == 0 || len(q.Validate(a)) > 0 {
			continue
		}
		w := way{cells: map[string]report.Cell{}}
		for _, i := range q.Enabled(a) {
			if i.Answerable() {
				w.cells[i.LinkID] = cellOf(i, a[i.LinkID])
				w.id += fmt.Sprint(i.LinkID, w.cells[i.LinkID].Codes, ";")
			}
		}
		if !seen[w.id] {
			seen[w.id] = true
			out = append(out, w)
		}
	}
	return out
}

// givable are the sets of answers that can be given to i, none included.
func givable(i *questionnaire.Item) [][]questionnaire.Value {
	out := [][]questionnaire.Value{nil}
	switch {
	case i.Type == questionnaire.Boolean:
		for _, text := range []string{"true", "false"} {
			out = append(out, []questionnaire.Value{{Type: questionnaire.Boolean, Text: text}})
		}
	case i.Repeats:
		for set := 1; set < 1<<len(i.Options); set++ {
			var vs []questionnaire.Value
			for n, o := range i.Options {
				if set&(1<<n) != 0 {
					vs = append(vs, o.Value)
				}
			}
			out = append(out, vs)
		}
	default:
		for _, o := range i.Options {
			out = append(out, []questionnaire.Value{o.Value})
		}
	}
	return out
}

// tables are what he makes of the rows. Nothing of package release is in it but the rows.
func (r *reader) tables() (t disclosure.Tables, hidden []bool, about []string) {
	cell := func(n int64, hide, latent bool, what string) int {
		t.Counts, t.Latent = append(t.Counts, n), append(t.Latent, latent)
		hidden, about = append(hidden, hide), append(about, what)
		return len(t.Counts) - 1
	}
	channels := []string{"api", "sms", "web"}
	truth := map[string]int64{}
	for _, s := range r.people {
		id := r.channel(s) + "|"
		for _, w := range r.ways {
			if sameCells(w.cells, s.Cells) {
				id += w.id
				break
			}
		}
		truth[id]++
	}
	at := map[string][]int{}
	for _, c := range channels {
		for _, w := range r.ways {
			at[c] = append(at[c], cell(truth[c+"|"+w.id], true, true, ""))
		}
	}
	for _, row := range r.rows {
		in := channels
		switch {
		case row.Breakdown == "channel":
			in = []string{row.BreakdownValue}
		case row.Breakdown == "origin" && row.BreakdownValue == "open":
			in = []string{"web"}
		case row.Breakdown == "origin":
			in = []string{"api", "sms"}
		}
		var parts []int
		var n int64
		for _, c := range in {
			for k := range at[c] {
				if r.ways[k].counts(row) {
					parts = append(parts, at[c][k])
					n += t.Counts[at[c][k]]
				}
			}
		}
		if len(parts) == 0 {
			continue
		}
		total := cell(n, row.Suppressed, false, key(row))
		t.Sums = append(t.Sums, disclosure.Sum{Total: total, Parts: parts})
	}
	// Besides what has a row he looks for how many gave answers together, where they are few.
	for what, of := range r.together() {
		for _, in := range [][]string{channels, {"api"}, {"sms"}, {"web"}} {
			var parts []int
			var n int64
			for _, c := range in {
				for k := range at[c] {
					if of(r.ways[k]) {
						parts = append(parts, at[c][k])
						n += t.Counts[at[c][k]]
					}
				}
			}
			if len(parts) > 0 && n >= 1 && n <= disclosure.Default.Threshold {
				t.Sums = append(t.Sums, disclosure.Sum{Total: cell(n, true, false, what+" in "+fmt.Sprint(in)), Parts: parts})
			}
		}
	}
	return t, hidden, about
}

// together are the ways in which two questions were answered or several answers were given to one.
func (r *reader) together() map[string]func(way) bool {
	out := map[string]func(way) bool{}
	said := func(w way, link string) bool { c, asked := w.cells[link]; return asked && !c.Missing }
	for a := range r.ways[len(r.ways)-1].cells {
		for b := range r.ways[len(r.ways)-1].cells {
			if a < b {
				out["both "+a+" and "+b] = func(w way) bool { return said(w, a) && said(w, b) }
			}
			if a != b {
				out[a+" without "+b] = func(w way) bool { return said(w, a) && !said(w, b) }
			}
		}
		out["several of "+a] = func(w way) bool { return len(w.cells[a].Codes) > 1 }
		out["any of "+a+" that goes with others"] = func(w way) bool {
			return slices.ContainsFunc(w.cells[a].Codes, func(c string) bool { return c != "none" && c != "dk" })
		}
	}
	return out
}

func sameCells(a, b map[string]report.Cell) bool {
	if len(a) != len(b) {
		return false
	}
	for link, c := range a {
		d, ok := b[link]
		if !ok || c.Missing != d.Missing || !slices.Equal(slices.Sorted(slices.Values(c.Codes)), slices.Sorted(slices.Values(d.Codes))) {
			return false
		}
	}
	return true
}

// counts says whether somebody who filled it in this way is one of row's figure.
func (w way) counts(row Row) bool {
	c, asked := w.cells[row.Item]
	switch row.Measure {
	case People:
		return row.Item == ""
	case Answered:
		return asked && !c.Missing
	case Missing:
		return asked && c.Missing
	case NotAsked:
		return !asked
	case Count:
		return asked && slices.Contains(c.Codes, row.AnswerCode)
	}
	return false
}

// logic are small questionnaires whose answers tell of each other in every way there is.
var logic = map[string]string{
	"asked after one answer": item("ease", "choice", `, "answerOption": [`+option("a", -1)+","+option("b", -1)+","+option("c", -1)+`]`) + "," +
		item("why", "choice", `, "answerOption": [`+option("x", -1)+","+option("y", -1)+`], "enableWhen": [{"question": "ease", "operator": "=", "answerCoding": {"system": "urn:x", "code": "c"}}]`),
	"asked after either of two": item("ease", "choice", `, "answerOption": [`+option("a", -1)+","+option("b", -1)+","+option("c", -1)+`]`) + "," +
		item("why", "choice", `, "answerOption": [`+option("x", -1)+","+option("y", -1)+`], "enableBehavior": "any", "enableWhen": [
		  {"question": "ease", "operator": "=", "answerCoding": {"system": "urn:x", "code": "b"}}, {"question": "ease", "operator": "=", "answerCoding": {"system": "urn:x", "code": "c"}}]`),
	"asked after all but one": item("ok", "boolean", "") + "," +
		item("why", "choice", `, "answerOption": [`+option("x", -1)+","+option("y", -1)+`], "enableWhen": [{"question": "ok", "operator": "!=", "answerBoolean": true}]`),
	"asked after two at once": item("ok", "boolean", "") + "," + item("well", "boolean", "") + "," +
		item("why", "boolean", `, "enableBehavior": "all", "enableWhen": [{"question": "ok", "operator": "=", "answerBoolean": false}, {"question": "well", "operator": "=", "answerBoolean": false}]`),
	"asked after this or that": item("ok", "boolean", "") + "," + item("well", "boolean", "") + "," +
		item("why", "boolean", `, "enableBehavior": "any", "enableWhen": [{"question": "ok", "operator": "=", "answerBoolean": false}, {"question": "well", "operator": "=", "answerBoolean": false}]`),
	"a group asked, and within it": item("ok", "boolean", "") + "," +
		`{"linkId": "g", "type": "group", "enableWhen": [{"question": "ok", "operator": "=", "answerBoolean": false}], "item": [` +
		item("well", "boolean", "") + "," + item("why", "boolean", `, "enableWhen": [{"question": "well", "operator": "=", "answerBoolean": false}]`) + "]}",
	"asked under a question": item("ok", "boolean", `, "item": [`+item("well", "boolean", "")+`]`),
	"must be answered":       item("ok", "boolean", `, "required": true`) + "," + item("ease", "choice", `, "answerOption": [`+option("a", -1)+","+option("b", -1)+","+option("c", -1)+`]`),
	"several answers":        item("tags", "choice", `, "repeats": true, "answerOption": [`+option("a", -1)+","+option("b", -1)+","+option("c", -1)+`]`) + "," + item("ok", "boolean", ""),
	"one excludes the others": item("tags", "choice", `, "repeats": true, "answerOption": [`+option("a", -1)+","+option("b", -1)+","+
		alone("none")+`]`) + "," + item("ok", "boolean", ""),
	"two exclude the others": item("tags", "choice", `, "required": true, "repeats": true, "answerOption": [`+option("a", -1)+","+alone("none")+","+alone("dk")+`]`),
	"two exclude two others": item("tags", "choice", `, "required": true, "repeats": true, "answerOption": [`+option("a", -1)+","+option("b", -1)+","+alone("none")+","+alone("dk")+`]`),
	"one in words excludes the others": item("tags", "choice", `, "required": true, "repeats": true, "answerOption": [{"valueString": "a"}, {"valueString": "b"},
		{"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/questionnaire-optionExclusive", "valueBoolean": true}], "valueString": "none"}]`),
	"one or both of two answers":   item("tags", "choice", `, "required": true, "repeats": true, "answerOption": [`+option("a", -1)+","+option("b", -1)+`]`),
	"one or both of two questions": item("ok", "boolean", "") + "," + item("well", "boolean", ""),
	"five that may be left out":    item("ok", "boolean", "") + "," + item("well", "boolean", "") + "," + item("safe", "boolean", "") + "," + item("calm", "boolean", "") + "," + item("glad", "boolean", ""),
	"asked after one of several": item("tags", "choice", `, "repeats": true, "answerOption": [`+option("a", -1)+","+option("b", -1)+`]`) + "," +
		item("ok", "boolean", `, "enableWhen": [{"question": "tags", "operator": "=", "answerCoding": {"system": "urn:x", "code": "a"}}]`),
	"asked when nothing was said": item("ok", "boolean", "") + "," + item("well", "boolean", `, "enableWhen": [{"question": "ok", "operator": "exists", "answerBoolean": false}]`),
	"four that may be left out":   item("ok", "boolean", "") + "," + item("well", "boolean", "") + "," + item("safe", "boolean", "") + "," + item("calm", "boolean", ""),
	"a single question":           item("ease", "choice", `, "answerOption": [`+option("a", -1)+","+option("b", -1)+","+option("c", -1)+`]`),
	"two with one condition": item("ok", "boolean", "") + "," +
		item("well", "boolean", `, "enableWhen": [{"question": "ok", "operator": "=", "answerBoolean": false}]`) + "," +
		item("why", "boolean", `, "enableWhen": [{"question": "ok", "operator": "=", "answerBoolean": false}]`),
}

// Whoever knows the questionnaire opens nothing of what is published.
func TestAReaderWhoKnowsTheQuestionnaireOpensNothing(t *testing.T) {
	files := lakeFS()
	files["programs/lake.json"].Data = []byte(strings.Replace(lakeProgram, `[["age"], ["channel"], ["age", "language"]]`, `[["channel"]]`, 1))
	catalog, err := program.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	p := catalog.Program("lake")
	shown, unproven, rounds := 0, 0, 14
	if testing.Short() {
		rounds = 4
	}
	for about, items := range logic {
		t.Run(about, func(t *testing.T) {
			q, err := questionnaire.Load(fmt.Appendf(nil, `{"resourceType": "Questionnaire", "id": "week", "language": "en", "version": "1", "status": "active", "title": "Week", "item": [%s]}`, items))
			if err != nil {
				t.Fatal(err)
			}
			ways := waysOf(q)
			for seed := range uint64(rounds) {
				c := &crowd{rng: rand.New(rand.NewPCG(seed, 7)), p: p, q: q, period: "2026-09", leaning: []float64{0.3, 0.6, 0.8, 0.95}[seed%4], missing: []float64{0.02, 0.1, 0.5}[seed%3]}
				r := &reader{ways: ways, channel: channelOf}
				for len(r.people) < []int{40, 60, 100, 150, 400}[seed%5] {
					s := c.one()
					if slices.ContainsFunc(ways, func(w way) bool { return s.Stage == report.Completed && sameCells(w.cells, s.Cells) }) {
						r.people = append(r.people, s)
					}
				}
				b, err := newProblem(p, q, "self", sections(cellsOf(r.people))[0].tallies)
				if err != nil {
					t.Fatal(err)
				}
				if r.rows, err = b.publish("en", Rule{Threshold: 10, Reach: 11, Span: 10}); err != nil {
					t.Fatal(err)
				}
				for _, row := range r.rows {
					if n, err := strconv.Atoi(row.Value); err == nil && row.Measure == Count && n > 0 {
						shown++
					}
				}
				tables, hidden, about := r.tables()
				breaches, err := disclosure.Attack(tables, hidden, disclosure.Default)
				if err != nil {
					t.Fatal(err)
				}
				for _, x := range breaches {
					if x.Unproven {
						unproven++
						continue
					}
					t.Errorf("seed %d: a reader opens %s: %d to %d", seed, about[x.Cell], x.Lower, x.Upper)
				}
			}
		})
	}
	t.Logf("%d counts of answers shown; of %d hidden ones the reader's search gave up", shown, unproven)
	if shown < 200 {
		t.Errorf("only %d counts of answers are shown: too little to open", shown)
	}
}

// channelOf is the channel that a standing came by, from its groups.
func channelOf(s report.Standing) string {
	for _, g := range s.Groups {
		if c, ok := strings.CutPrefix(g, "channel="); ok {
			return c
		}
	}
	return ""
}
