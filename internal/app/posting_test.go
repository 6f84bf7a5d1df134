package app_test

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/questionnaire/questionnairetest"
)

type object = map[string]any

// call posts a report as a system with its credential does.
func (w *town) call(t tb, query, contentType string, doc any) *httptest.ResponseRecorder {
	t.Helper()
	body, ready := doc.([]byte)
	if !ready {
		var err error
		if body, err = json.Marshal(doc); err != nil {
			t.Fatalf("%v", err)
		}
	}
	r := httptest.NewRequest(http.MethodPost, "/v1/programs/town/reports"+query, strings.NewReader(string(body)))
	r.Header.Set("Content-Type", contentType)
	r.Header.Set("Authorization", "Bearer a secret of the clinic")
	return w.do(r)
}

// post gives the receipt of a report that has to be taken.
func (w *town) post(t tb, contentType string, doc any) (receipt string) {
	t.Helper()
	a := w.call(t, "", contentType, doc)
	var out struct{ Receipt string }
	if err := json.Unmarshal(a.Body.Bytes(), &out); a.Code != http.StatusCreated || err != nil {
		t.Fatalf("%s is answered with %d %s: %v", contentType, a.Code, a.Body, doc)
	}
	return out.Receipt
}

// validates holds what is stored, as the QuestionnaireResponse that it is, to be without fault.
func (w *town) validates(t tb, r questionnaire.Response) {
	t.Helper()
	r.Subject = "Patient/" + w.person("judged")
	doc, err := w.q.MarshalResponse(r)
	if err != nil {
		t.Fatalf("%v", err)
	}
	for _, is := range w.judged(t, doc) {
		if is.Severity != "information" && (is.Severity != "warning" || is.Diagnostics != "constraint") { // which is the author's to give
			t.Fatalf("the QuestionnaireResponse of what was told has faults: %+v\n%s", is, doc)
		}
	}
}

// finding is an issue of an OperationOutcome.
type finding struct {
	Severity, Code, Diagnostics string
	Details                     struct{ Text string }
	Expression                  []string
}

// judged are the issues of a response that is only judged.
func (w *town) judged(t tb, doc any) []finding {
	t.Helper()
	a := w.call(t, "?validate=only", "application/fhir+json", doc)
	var out struct {
		ResourceType string
		Issue        []finding
	}
	if err := json.Unmarshal(a.Body.Bytes(), &out); err != nil || out.ResourceType != "OperationOutcome" {
		t.Fatalf("%d %s: %v", a.Code, a.Body, doc)
	}
	refused := false
	for _, is := range out.Issue {
		refused = refused || is.Severity == "error"
	}
	if want := map[bool]int{true: http.StatusUnprocessableEntity, false: http.StatusOK}[refused]; a.Code != want {
		t.Fatalf("status %d with %s", a.Code, a.Body)
	}
	return out.Issue
}

// simple is what was said in the simple form.
func (w *town) simple(t tb, said questionnaire.Answers, lang string) object {
	answers := object{}
	w.spread(answers, w.q.Items, said)
	return object{
		"questionnaire": w.q.ID, "version": w.q.Version, "language": lang, "subject": w.person("simple"), "answers": answers,
		"consent": object{"textVersion": "1", "given": true},
	}
}

// spread puts what was said to items into an object of linkIds: an object for each occurrence of a group that repeats, and for each
// answer that has others under it.
func (w *town) spread(into object, items []*questionnaire.Item, said questionnaire.Answers) {
	for _, i := range items {
		link := i.Origin.LinkID
		switch {
		case i.Another:
		case i.Type == questionnaire.Group && i.Repeats:
			one := object{}
			if w.spread(one, i.Items, said); len(one) > 0 {
				list, _ := into[link].([]any)
				into[link] = append(list, one)
			}
		case i.Answerable():
			list := w.scalars(i, said)
			for n := range list {
				under := object{}
				if w.spread(under, i.Under(n), said); i.Repeats && len(under) > 0 {
					list[n] = object{"answer": list[n], "answers": under}
				} else {
					maps.Copy(into, under)
				}
			}
			if into[link] = list; len(list) == 0 {
				delete(into, link)
			} else if _, nested := list[0].(object); len(list) == 1 && !nested {
				into[link] = list[0]
			}
		default:
			w.spread(into, i.Items, said)
		}
	}
}

// scalars are what was said to i as JSON has it.
func (w *town) scalars(i *questionnaire.Item, said questionnaire.Answers) (list []any) {
	vs := said[i.LinkID]
	for n, s := range questionnairetest.Ticked(w.q.Asked(i, said), vs) {
		switch vs[n].Type {
		case questionnaire.Boolean:
			list = append(list, s == "true")
		case questionnaire.Integer, questionnaire.Decimal:
			list = append(list, json.Number(s))
		case questionnaire.Attachment:
			list = append(list, attached(vs[n]))
		default:
			list = append(list, s)
		}
	}
	return list
}

// response is what was said as another system would write it: a QuestionnaireResponse of its own making.
func (w *town) response(t tb, said questionnaire.Answers, lang string) object {
	return object{
		"resourceType": "QuestionnaireResponse", "status": "completed", "language": lang, "item": w.items(w.q.Items, said),
		"questionnaire": "https://elsewhere.example/Questionnaire/" + w.q.ID + "|" + w.q.Version, "subject": object{"reference": "Patient/" + w.person("fhir")},
	}
}

func (w *town) items(of []*questionnaire.Item, said questionnaire.Answers) (out []any) {
	for _, i := range of {
		switch {
		case i.Another:
			continue
		case i.Type == questionnaire.Group:
			if nested := w.items(i.Items, said); len(nested) > 0 {
				out = append(out, object{"linkId": i.Origin.LinkID, "item": nested})
			}
			continue
		}
		var answers []any
		for n, v := range said[i.LinkID] {
			a := valueOf(i, v)
			if nested := w.items(i.Under(n), said); len(nested) > 0 {
				a["item"] = nested
			}
			answers = append(answers, a)
		}
		if len(answers) > 0 {
			out = append(out, object{"linkId": i.Origin.LinkID, "answer": answers})
		}
	}
	return out
}

// valueOf is an answer with its value[x].
func valueOf(i *questionnaire.Item, v questionnaire.Value) object {
	switch v.Type {
	case questionnaire.Boolean:
		return object{"valueBoolean": v.Text == "true"}
	case questionnaire.Integer:
		return object{"valueInteger": json.Number(v.Text)}
	case questionnaire.Decimal:
		return object{"valueDecimal": json.Number(v.Text)}
	case questionnaire.Date:
		return object{"valueDate": v.Text}
	case questionnaire.DateTime:
		return object{"valueDateTime": v.Text}
	case questionnaire.Time:
		return object{"valueTime": v.Text}
	case questionnaire.URL:
		return object{"valueUri": v.Text}
	case questionnaire.Choice:
		c := object{"code": v.Code}
		if v.System != "" {
			c["system"] = v.System
		}
		return object{"valueCoding": c}
	case questionnaire.Attachment:
		return object{"valueAttachment": attached(v)}
	case questionnaire.Reference:
		return object{"valueReference": object{"display": v.Text}}
	case questionnaire.Quantity:
		q := object{"value": json.Number(v.Text)}
		if v.System != "" {
			q["system"], q["code"] = v.System, v.Code
		} else if v.Code != "" {
			q["unit"] = v.Code
		}
		return object{"valueQuantity": q}
	}
	return object{"valueString": v.Text}
}

// attached is a file with what is in it.
func attached(v questionnaire.Value) object {
	f := questionnairetest.File(v)
	return object{"contentType": f.ContentType, "data": base64.StdEncoding.EncodeToString(f.Content)}
}
