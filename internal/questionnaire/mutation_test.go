package questionnaire

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/questionnaire/fhirpath"
	"pgregory.net/rapid"
)

type failer interface{ Fatalf(string, ...any) }

// pointsAtOne holds every issue to a FHIRPath that selects exactly one element of the document.
func pointsAtOne(t failer, doc []byte, issues []fault.Issue) {
	root, err := fhirpath.ReadResource(doc)
	if err != nil {
		t.Fatalf("%v: %s", err, doc)
	}
	for _, is := range issues {
		x, err := fhirpath.Compile(is.Where, func(string) bool { return false })
		if err != nil {
			t.Fatalf("%s: %v", is.Where, err)
		}
		got, err := x.Evaluate(&fhirpath.Env{}, fhirpath.Collection{root})
		if err != nil || len(got) != 1 {
			t.Fatalf("%s (%s) selects %d elements, %v: %s", is.Where, is.Code, len(got), err, doc)
		}
	}
}

type object = map[string]any

// patient is a response to be mutated: its document, and where each of its items is.
type patient struct {
	q    *Questionnaire
	a    Answers
	doc  object
	held []held
}

// held is one item in the document, with the object whose list it is in.
type held struct {
	i      *Item
	item   object
	in     object
	inPath string
	n      int
}

func (h held) path() string { return h.inPath + ".item[" + strconv.Itoa(h.n) + "]" }

func (p *patient) find(in object, path string) {
	list, _ := in["item"].([]any)
	for n, v := range list {
		h := held{p.q.Item(v.(object)["linkId"].(string)), v.(object), in, path, n}
		p.held = append(p.held, h)
		p.find(h.item, h.path())
		answers, _ := h.item["answer"].([]any)
		for k, a := range answers {
			p.find(a.(object), h.path()+".answer["+strconv.Itoa(k)+"]")
		}
	}
}

// some draws an item of the document that suits and that people answer; nil when there is none.
func (p *patient) some(t *rapid.T, suits func(*Item) bool) *held {
	all := slices.DeleteFunc(slices.Clone(p.held), func(h held) bool { return h.i.fixed() || !suits(h.i) })
	if len(all) == 0 {
		return nil
	}
	return &all[rapid.IntRange(0, len(all)-1).Draw(t, "item")]
}

func (h *held) answer(n int) object { return h.item["answer"].([]any)[n].(object) }

// put gives the first answer another value.
func (h *held) put(name string, v any) {
	maps.DeleteFunc(h.answer(0), func(k string, _ any) bool { return strings.HasPrefix(k, "value") })
	h.answer(0)[name] = v
}

func (h *held) value() string { return h.path() + ".answer[0].value" }

func (h *held) remove() {
	list := slices.Delete(slices.Clone(h.in["item"].([]any)), h.n, h.n+1)
	if h.in["item"] = list; len(list) == 0 {
		delete(h.in, "item")
	}
}

// add puts an item at the end of in, and gives its path.
func add(in object, path string, item object) string {
	list, _ := in["item"].([]any)
	in["item"] = append(slices.Clone(list), item)
	return path + ".item[" + strconv.Itoa(len(list)) + "]"
}

func copied(v object) (out object) {
	raw, _ := json.Marshal(v)
	_ = json.Unmarshal(raw, &out)
	return out
}

func ofType(types ...Type) func(*Item) bool {
	return func(i *Item) bool { return slices.Contains(types, i.Type) }
}

func answerable(i *Item) bool { return i.Answerable() }

// mutations each break a valid response in one way, and say which code that is and where; no code when there is nothing to break.
var mutations = map[string]func(*rapid.T, *patient) (code, path string){
	"wrong type": func(t *rapid.T, p *patient) (string, string) {
		h := p.some(t, func(i *Item) bool { return i.Answerable() && i.Type != Boolean })
		if h == nil {
			return "", ""
		}
		h.put("valueBoolean", true)
		return "wrong-type", h.value()
	},
	"words for yes or no": func(t *rapid.T, p *patient) (string, string) {
		h := p.some(t, ofType(Boolean))
		if h == nil {
			return "", ""
		}
		h.put("valueString", "true")
		return "wrong-type", h.value()
	},
	"not as FHIR writes it": func(t *rapid.T, p *patient) (string, string) {
		h := p.some(t, ofType(Integer, Boolean, Date, Decimal))
		if h == nil {
			return "", ""
		}
		h.put(map[Type]string{Integer: "valueInteger", Boolean: "valueBoolean", Date: "valueDate", Decimal: "valueDecimal"}[h.i.Type], "2026-02-30")
		return "malformed", h.value()
	},
	"no value": func(t *rapid.T, p *patient) (string, string) {
		h := p.some(t, answerable)
		if h == nil {
			return "", ""
		}
		h.put("id", "x")
		return "malformed", h.path() + ".answer[0]"
	},
	"no answers": func(t *rapid.T, p *patient) (string, string) {
		h := p.some(t, answerable)
		if h == nil {
			return "", ""
		}
		h.item["answer"] = []any{}
		return "malformed", h.path()
	},
	"missing": func(t *rapid.T, p *patient) (string, string) {
		h := p.some(t, func(i *Item) bool { return i.Answerable() && i.Required })
		if h == nil {
			return "", ""
		}
		h.remove()
		return "required", h.inPath
	},
	"there but not answered": func(t *rapid.T, p *patient) (string, string) {
		h := p.some(t, func(i *Item) bool { return i.Answerable() && i.Required })
		if h == nil {
			return "", ""
		}
		delete(h.item, "answer")
		return "required", h.path()
	},
	"unknown option": func(t *rapid.T, p *patient) (string, string) {
		h := p.some(t, ofType(Choice, OpenChoice))
		if h == nil {
			return "", ""
		}
		h.put("valueCoding", object{"system": "s", "code": "no-such"})
		return "unknown-option", h.value()
	},
	"option of another system": func(t *rapid.T, p *patient) (string, string) {
		h := p.some(t, func(i *Item) bool { return i.Type == Choice && i.Options[0].Value.Type == Choice })
		if h == nil {
			return "", ""
		}
		h.put("valueCoding", object{"system": "urn:elsewhere", "code": h.i.Options[0].Value.Code})
		return "unknown-option", h.value()
	},
	"too large": func(t *rapid.T, p *patient) (string, string) {
		h := p.some(t, func(i *Item) bool { return i.Type == Integer && i.Max != nil })
		if h == nil {
			return "", ""
		}
		h.put("valueInteger", 99)
		return "too-large", h.value()
	},
	"too small": func(t *rapid.T, p *patient) (string, string) {
		h := p.some(t, func(i *Item) bool { return i.Type == Integer && i.Min != nil })
		if h == nil {
			return "", ""
		}
		h.put("valueInteger", -99)
		return "too-small", h.value()
	},
	"too precise": func(t *rapid.T, p *patient) (string, string) {
		h := p.some(t, func(i *Item) bool { return i.Type == Decimal && i.MaxDecimals >= 0 })
		if h == nil {
			return "", ""
		}
		h.put("valueDecimal", json.Number("31.1234567"))
		return "too-precise", h.value()
	},
	"too long": func(t *rapid.T, p *patient) (string, string) {
		h := p.some(t, ofType(String, Text))
		if h == nil {
			return "", ""
		}
		h.put("valueString", strings.Repeat("x", MaxText+1))
		return "too-long", h.value()
	},
	"wrong unit": func(t *rapid.T, p *patient) (string, string) {
		h := p.some(t, func(i *Item) bool { return i.Type == Quantity && len(i.Units) > 0 })
		if h == nil {
			return "", ""
		}
		h.put("valueQuantity", object{"value": 3, "unit": "stone", "system": "u", "code": "stone"})
		return "wrong-unit", h.value()
	},
	"too many": func(t *rapid.T, p *patient) (string, string) {
		h := p.some(t, func(i *Item) bool { return i.Answerable() && !i.Repeats })
		if h == nil {
			return "", ""
		}
		again := copied(h.answer(0))
		delete(again, "item")
		h.item["answer"] = append(h.item["answer"].([]any), again)
		return "too-many", h.path() + ".answer[1]"
	},
	"one option twice": func(t *rapid.T, p *patient) (string, string) {
		h := p.some(t, func(i *Item) bool { return len(i.Options) > 0 && i.Repeats })
		if h == nil {
			return "", ""
		}
		all := h.item["answer"].([]any)
		h.item["answer"] = append(all, copied(h.answer(0)))
		return "duplicate", h.path() + ".answer[" + strconv.Itoa(len(all)) + "]"
	},
	"exclusive with others": func(t *rapid.T, p *patient) (string, string) {
		h := p.some(t, func(i *Item) bool {
			return i.Repeats && slices.ContainsFunc(i.Options, func(o Option) bool { return o.Exclusive })
		})
		if h == nil {
			return "", ""
		}
		var all []any
		at := 0
		for n := range h.i.Options {
			one, err := h.i.answerDoc(h.i.Options[n].Value, Response{Language: "en"})
			if err != nil {
				t.Fatal(err)
			}
			raw, _ := json.Marshal(one)
			var o object
			_ = json.Unmarshal(raw, &o)
			if all = append(all, o); h.i.Options[n].Exclusive {
				at = n
			}
		}
		h.item["answer"] = all
		return "exclusive-option", h.path() + ".answer[" + strconv.Itoa(at) + "].value"
	},
	"switched off": func(t *rapid.T, p *patient) (string, string) {
		on := p.q.Enabled(p.a)
		for _, i := range p.q.All() {
			if slices.Contains(on, i) || !i.Answerable() {
				continue
			}
			in, path := p.doc, responseRoot
			if i.Parent != nil {
				n := slices.IndexFunc(p.held, func(h held) bool { return h.i == i.Parent })
				if n < 0 {
					continue
				}
				if in, path = p.held[n].item, p.held[n].path(); i.Parent.Answerable() {
					in, path = p.held[n].answer(0), path+".answer[0]"
				}
			}
			one, err := i.answerDoc(validAnswer(t, i)[0], Response{Language: "en"})
			if err != nil {
				t.Fatal(err)
			}
			raw, _ := json.Marshal(one)
			return "not-enabled", add(in, path, object{"linkId": i.LinkID, "answer": []any{json.RawMessage(raw)}})
		}
		return "", ""
	},
	"what is set": func(_ *rapid.T, p *patient) (string, string) {
		n := slices.IndexFunc(p.held, func(h held) bool { return h.i.fixed() && h.i.Type == String })
		if n < 0 {
			return "", ""
		}
		p.held[n].put("valueString", "another")
		return "read-only", p.held[n].path()
	},
	"unknown linkId": func(t *rapid.T, p *patient) (string, string) {
		in, path := p.doc, responseRoot
		if h := p.some(t, ofType(Group)); h != nil {
			in, path = h.item, h.path()
		}
		return "unknown-item", add(in, path, object{"linkId": "no-such", "answer": []any{object{"valueString": "x"}}}) + ".linkId"
	},
	"misplaced": func(t *rapid.T, p *patient) (string, string) {
		h := p.some(t, func(i *Item) bool { return i.Parent != nil })
		if h == nil {
			return "", ""
		}
		h.remove()
		return "misplaced", add(p.doc, responseRoot, h.item)
	},
	"beside its answer": func(t *rapid.T, p *patient) (string, string) {
		h := p.some(t, func(i *Item) bool { return i.Parent != nil && i.Parent.Answerable() })
		if h == nil {
			return "", ""
		}
		h.remove()
		up := p.held[slices.IndexFunc(p.held, func(o held) bool { return o.i == h.i.Parent })]
		return "misplaced", add(up.item, up.path(), h.item)
	},
	"twice": func(t *rapid.T, p *patient) (string, string) {
		h := p.some(t, func(*Item) bool { return true })
		if h == nil {
			return "", ""
		}
		return "duplicate-item", add(h.in, h.inPath, copied(h.item))
	},
	"group with an answer": func(t *rapid.T, p *patient) (string, string) {
		h := p.some(t, ofType(Group))
		if h == nil {
			return "", ""
		}
		h.item["answer"] = []any{object{"valueString": "x"}}
		return "wrong-type", h.path() + ".answer[0]"
	},
	"no linkId": func(t *rapid.T, p *patient) (string, string) {
		h := p.some(t, func(*Item) bool { return true })
		if h == nil {
			return "", ""
		}
		delete(h.item, "linkId")
		return "malformed", h.path()
	},
	"unheard-of element": func(t *rapid.T, p *patient) (string, string) {
		h := p.some(t, answerable)
		if h == nil {
			return "", ""
		}
		h.item["answr"] = "x"
		return "unsupported", h.path() + ".answr"
	},
	"bad status": func(t *rapid.T, p *patient) (string, string) {
		p.doc["status"] = "done"
		return "malformed", responseRoot + ".status"
	},
	"no status": func(t *rapid.T, p *patient) (string, string) {
		delete(p.doc, "status")
		return "malformed", responseRoot
	},
	"bad moment": func(t *rapid.T, p *patient) (string, string) {
		p.doc["authored"] = "2026-13-01"
		return "malformed", responseRoot + ".authored"
	},
	"warned: another text": func(t *rapid.T, p *patient) (string, string) {
		h := p.some(t, func(*Item) bool { return true })
		if h == nil {
			return "", ""
		}
		h.item["text"] = "Something quite different?"
		return "text-differs", h.path() + ".text"
	},
	"warned: another definition": func(t *rapid.T, p *patient) (string, string) {
		h := p.some(t, func(i *Item) bool { return i.definition != "" })
		if h == nil {
			return "", ""
		}
		h.item["definition"] = "https://example.org/another"
		return "definition-differs", h.path() + ".definition"
	},
	"warned: another display": func(t *rapid.T, p *patient) (string, string) {
		h := p.some(t, func(i *Item) bool {
			return len(i.Options) > 0 && i.Options[0].Value.Type == Choice && i.Option(p.a[i.LinkID][0]) != nil
		})
		if h == nil {
			return "", ""
		}
		h.answer(0)["valueCoding"].(object)["display"] = "Something quite different"
		return "display-differs", h.value() + ".display"
	},
}

// mutated breaks a valid response in every way that it can be broken, one at a time; caught counts them.
func mutated(t *rapid.T, q *Questionnaire, a Answers, caught map[string]int) {
	doc, err := q.MarshalResponse(Response{Answers: a, Subject: "Patient/1"})
	if err != nil {
		t.Fatal(err)
	}
	r, err := ReadResponse(doc, q)
	if err != nil || len(r.Issues) > 0 {
		t.Fatalf("%v %+v: %s", err, r, doc)
	}
	if wrong, odd := r.Judge(q); len(wrong) > 0 || len(odd) > 0 {
		t.Fatalf("a valid response is refused: %+v %+v: %s", wrong, odd, doc)
	}
	for _, name := range slices.Sorted(maps.Keys(mutations)) {
		p := &patient{q: q, a: r.Answers}
		if err := json.Unmarshal(doc, &p.doc); err != nil {
			t.Fatal(err)
		}
		p.find(p.doc, responseRoot)
		if mutate(t, p, name) {
			caught[name]++
		}
	}
}

// mutate breaks p in one way, if it can be, and holds the validator to it.
func mutate(t *rapid.T, p *patient, name string) bool {
	code, path := mutations[name](t, p)
	if code == "" {
		return false
	}
	doc, err := json.Marshal(p.doc)
	if err != nil {
		t.Fatal(err)
	}
	r, err := ReadResponse(doc, p.q)
	if err != nil {
		t.Fatal(err)
	}
	wrong, odd := r.Judge(p.q)
	wrong = append(r.Issues, wrong...)
	pointsAtOne(t, doc, append(slices.Clone(wrong), odd...))
	where := wrong
	if strings.HasPrefix(name, "warned: ") {
		if where = odd; len(wrong) > 0 {
			t.Fatalf("%s is refused: %+v: %s", name, wrong, doc)
		}
	}
	if !slices.ContainsFunc(where, func(is fault.Issue) bool { return is.Code == code && is.Where == path && is.Text != "" }) {
		t.Fatalf("%s: no %s at %s in %+v: %.3000s", name, code, path, where, doc)
	}
	return true
}

// Each mutation of a valid response is caught with the right code at the right place, whatever the questionnaire.
func TestMutationsOfGeneratedResponsesAreCaught(t *testing.T) {
	caught := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		q := anyQuestionnaire(t)
		mutated(t, q, validAnswers(t, q), caught)
	})
	for name := range mutations {
		if caught[name] == 0 && name != "exclusive with others" && name != "what is set" && name != "warned: another definition" { // visit.json has them
			t.Errorf("%s was never tried", name)
		}
	}
	t.Log(caught)
}

func TestMutationsOfResponsesAreCaught(t *testing.T) {
	files, err := filepath.Glob("../../schemas/questionnaires/*.json")
	if err != nil || len(files) < 4 {
		t.Fatal(files, err)
	}
	for _, file := range append(files, "testdata/visit.json") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			doc, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			q, caught := load(t, string(doc)), map[string]int{}
			rapid.Check(t, func(t *rapid.T) {
				a := full()
				if q.ID != "visit" {
					a = validAnswers(t, q)
				}
				mutated(t, q, a, caught)
			})
			if len(caught) < 12 || q.ID == "visit" && (caught["exclusive with others"] == 0 || caught["what is set"] == 0 || caught["warned: another definition"] == 0) {
				t.Errorf("tried only %v", caught)
			}
			t.Log(fmt.Sprint(len(caught), " kinds tried"))
		})
	}
}
