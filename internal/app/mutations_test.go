package app_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/questionnaire/questionnairetest"
)

// place is where one item stands in a QuestionnaireResponse.
type place struct {
	i        *questionnaire.Item
	item, in object
	path, at string // of the item, and of what it is in
	n        int    // in its list
}

// places finds all of them. at are the positions of what repeats around.
func (w *town) places(in object, path string, at []int) (out []place) {
	seen := map[string]int{}
	list, _ := in["item"].([]any)
	for n, v := range list {
		item := v.(object)
		link := item["linkId"].(string)
		i, here := w.q.Item(link), at
		if i.Type == questionnaire.Group && len(i.At) > len(at) {
			seen[link]++
			here = append(slices.Clip(at), seen[link])
		}
		p := place{w.q.Occurrence(i, here...), item, in, fmt.Sprintf("%s.item[%d]", path, n), path, n}
		out = append(append(out, p), w.places(item, p.path, here)...)
		answers, _ := item["answer"].([]any)
		for k, a := range answers {
			under := here
			if i.Repeats && len(i.Items) > 0 {
				under = append(slices.Clip(here), k+1)
			}
			out = append(out, w.places(a.(object), fmt.Sprintf("%s.answer[%d]", p.path, k), under)...)
		}
	}
	return out
}

func (p place) put(name string, v any) (path string) {
	first := p.item["answer"].([]any)[0].(object)
	maps.DeleteFunc(first, func(k string, _ any) bool { return strings.HasPrefix(k, "value") })
	first[name] = v
	return p.path + ".answer[0].value"
}

// breaks are the ways in which one place of a valid response is made wrong; each gives the code and the path of that, or nothing where it
// does not go.
var breaks = map[string]func(w *town, p place, said questionnaire.Answers) (code, path string){
	"another type": func(_ *town, p place, _ questionnaire.Answers) (string, string) {
		if p.i.Type == questionnaire.Group || p.i.Type == questionnaire.Boolean {
			return "", ""
		}
		return "wrong-type", p.put("valueBoolean", true)
	},
	"missing": func(_ *town, p place, _ questionnaire.Answers) (string, string) {
		list := p.in["item"].([]any)
		if !p.i.Required || p.i.Type == questionnaire.Group || len(list) == 1 {
			return "", "" // the last one of what need not be there takes that away with it
		}
		p.in["item"] = slices.Delete(list, p.n, p.n+1)
		return "required", p.at
	},
	"no such option": func(w *town, p place, said questionnaire.Answers) (string, string) {
		coded := func(o questionnaire.Option) bool { return o.Value.Type == questionnaire.Choice }
		if !slices.ContainsFunc(w.q.Asked(p.i, said).Options, coded) {
			return "", ""
		}
		return "unknown-option", p.put("valueCoding", object{"system": "urn:elsewhere", "code": "no-such"})
	},
	"above the highest": func(_ *town, p place, _ questionnaire.Answers) (string, string) {
		return p.beyond(p.i.Max, "too-large", "2147483647", "9998-12-31")
	},
	"below the lowest": func(_ *town, p place, _ questionnaire.Answers) (string, string) {
		return p.beyond(p.i.Min, "too-small", "-2147483648", "0001-01-01")
	},
	"one too many": func(_ *town, p place, _ questionnaire.Answers) (string, string) {
		if p.i.Type == questionnaire.Group || p.i.Repeats && (p.i.MaxAnswers == 0 || len(p.i.Items) > 0) {
			return "", ""
		}
		most, all := 1, p.item["answer"].([]any)
		if p.i.Repeats {
			most = p.i.MaxAnswers
		}
		one := maps.Clone(all[0].(object))
		delete(one, "item")
		for len(all) <= most {
			all = append(all, one)
		}
		p.item["answer"] = all
		return "too-many", fmt.Sprintf("%s.answer[%d]", p.path, most)
	},
}

// beyond puts a number or a day that is beyond a bound.
func (p place) beyond(bound *questionnaire.Value, code, number, day string) (string, string) {
	if bound == nil {
		return "", ""
	}
	switch p.i.Type {
	case questionnaire.Integer:
		return code, p.put("valueInteger", json.Number(number))
	case questionnaire.Decimal:
		return code, p.put("valueDecimal", json.Number(number))
	case questionnaire.Date:
		return code, p.put("valueDate", day)
	case questionnaire.Quantity:
		far := valueOf(p.i, questionnaire.Value{Type: p.i.Type, Text: number, System: bound.System, Code: bound.Code})
		return code, p.put("valueQuantity", far["valueQuantity"])
	}
	return "", ""
}

// mostBroken bounds the places of a response that are broken one by one.
const mostBroken = 80

// breakEverywhere breaks a valid response in each way at each place, has it judged, and gives how often it was broken how.
func (w *town) breakEverywhere(t *rapid.T, broken map[string]int) {
	said := questionnairetest.Answers(t, w.q, w.p.Location())
	clean := w.q.Clean(said)
	maps.DeleteFunc(said, func(link string, _ []questionnaire.Value) bool { return clean[link] == nil })
	fresh := func() (object, []place) {
		raw, err := json.Marshal(w.response(t, said, w.q.Languages[0]))
		if err != nil {
			t.Fatal(err)
		}
		var doc object
		if err := json.Unmarshal(raw, &doc); err != nil {
			t.Fatal(err)
		}
		return doc, w.places(doc, "QuestionnaireResponse", nil)
	}
	valid, places := fresh()
	for _, is := range w.judged(t, valid) {
		if is.Severity == "error" {
			t.Fatalf("a valid response is refused: %+v: %v", is, valid)
		}
	}
	for k := range min(len(places), mostBroken) {
		for _, name := range slices.Sorted(maps.Keys(breaks)) {
			doc, places := fresh()
			if code, path := breaks[name](w, places[k], said); code != "" {
				w.caught(t, name, code, path, doc)
				broken[name]++
			}
		}
	}
	w.disabled(t, fresh, said, broken)
}

// disabled answers what is not asked.
func (w *town) disabled(t *rapid.T, fresh func() (object, []place), said questionnaire.Answers, broken map[string]int) {
	enabled := w.q.Enabled(w.q.Clean(said))
	n := 0
	for _, i := range w.q.All() {
		if slices.Contains(enabled, i) || !i.Answerable() || i.Another || i.Hidden || i.ReadOnly || i.Calculated() || n >= mostBroken {
			continue
		}
		vs := questionnairetest.Answer(t, w.q, w.q.Asked(i, said), w.p.Location())
		if vs == nil {
			continue // nothing is offered
		}
		doc, places := fresh()
		in, path := doc, "QuestionnaireResponse"
		if i.Parent != nil {
			at := slices.IndexFunc(places, func(p place) bool { return p.i == i.Parent })
			if at < 0 {
				continue // what it is in isn't there
			}
			if in, path = places[at].item, places[at].path; i.Parent.Answerable() {
				k := max(i.Nth, 1) - 1
				answers := in["answer"].([]any)
				if k >= len(answers) {
					continue
				}
				in, path = answers[k].(object), fmt.Sprintf("%s.answer[%d]", path, k)
			}
		}
		var answers []any
		for _, v := range vs {
			answers = append(answers, valueOf(i, v))
		}
		list, _ := in["item"].([]any)
		in["item"] = append(list, object{"linkId": i.Origin.LinkID, "answer": answers})
		w.caught(t, "not asked", "not-enabled", fmt.Sprintf("%s.item[%d]", path, len(list)), doc)
		broken["not asked"]++
		n++
	}
}

func (w *town) caught(t *rapid.T, name, code, path string, doc object) {
	found := w.judged(t, doc)
	if !slices.ContainsFunc(found, func(is finding) bool {
		return is.Severity == "error" && is.Diagnostics == code && slices.Equal(is.Expression, []string{path}) && is.Details.Text != ""
	}) {
		t.Fatalf("%s: no %s at %s in %+v: %v", name, code, path, found, doc)
	}
}

// Each way to make a valid response to a published questionnaire wrong is caught at each place, by ?validate=only, with its path.
func TestBrokenResponsesToPublishedQuestionnairesAreCaught(t *testing.T) {
	h, sets, broken := newHouse(t, config()), questionnairetest.Shelf(t), map[string]int{}
	questionnairetest.Published(t, func(file string, doc []byte) {
		if _, err := sets.Load(doc); err != nil {
			return
		}
		t.Run(strings.TrimSuffix(file, ".json"), func(t *testing.T) {
			w := h.town(t, doc)
			rounds(t, 10)
			rapid.Check(t, func(t *rapid.T) { w.breakEverywhere(t, broken) })
		})
	})
	t.Log(broken)
}

// The same of questionnaires that nobody wrote.
func TestBrokenResponsesToAnythingAreCaught(t *testing.T) {
	h, broken := newHouse(t, config()), map[string]int{}
	rounds(t, 100)
	rapid.Check(t, func(r *rapid.T) { h.town(t, madeUp(r)).breakEverywhere(r, broken) })
	for name := range breaks {
		if broken[name] == 0 {
			t.Errorf("%s was never tried", name)
		}
	}
	t.Log(broken)
}
