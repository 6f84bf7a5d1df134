package questionnaire

import (
	"bytes"
	"encoding/json"
	"fmt"
)

type responseDoc struct {
	ResourceType  string        `json:"resourceType"`
	Language      string        `json:"language,omitempty"`
	Questionnaire string        `json:"questionnaire"`
	Status        string        `json:"status"`
	Subject       *referenceDoc `json:"subject,omitempty"`
	Authored      string        `json:"authored,omitempty"`
	Author        *referenceDoc `json:"author,omitempty"`
	Source        *referenceDoc `json:"source,omitempty"`
	Item          []*itemDoc    `json:"item,omitempty"`
}

type referenceDoc struct {
	Reference string `json:"reference,omitempty"`
	Display   string `json:"display,omitempty"`
}

type itemDoc struct {
	LinkID string       `json:"linkId"`
	Text   string       `json:"text,omitempty"`
	Answer []*answerDoc `json:"answer,omitempty"`
	Item   []*itemDoc   `json:"item,omitempty"`
}

type answerDoc struct {
	Boolean    *bool          `json:"valueBoolean,omitempty"`
	Decimal    json.Number    `json:"valueDecimal,omitempty"`
	Integer    json.Number    `json:"valueInteger,omitempty"`
	Date       string         `json:"valueDate,omitempty"`
	DateTime   string         `json:"valueDateTime,omitempty"`
	Time       string         `json:"valueTime,omitempty"`
	URI        string         `json:"valueUri,omitempty"`
	String     string         `json:"valueString,omitempty"`
	Coding     *codingDoc     `json:"valueCoding,omitempty"`
	Quantity   *quantityDoc   `json:"valueQuantity,omitempty"`
	Reference  *referenceDoc  `json:"valueReference,omitempty"`
	Attachment *attachmentDoc `json:"valueAttachment,omitempty"`
	Item       []*itemDoc     `json:"item,omitempty"`
}

type codingDoc struct {
	System  string `json:"system,omitempty"`
	Code    string `json:"code"`
	Display string `json:"display,omitempty"`
}

type quantityDoc struct {
	Value  json.Number `json:"value"`
	Unit   string      `json:"unit,omitempty"`
	System string      `json:"system,omitempty"`
	Code   string      `json:"code,omitempty"`
}

// MarshalResponse writes answers as a QuestionnaireResponse with nested items in document order. It names q itself, whatever
// r.Questionnaire and r.Version say, and writes the answers that Clean keeps, files with what is in them as far as r.Files has it; an empty Status is completed. A value that is not of its type's
// form is an error, which names the item only.
func (q *Questionnaire) MarshalResponse(r Response) ([]byte, error) {
	d := responseDoc{
		ResourceType: "QuestionnaireResponse", Language: r.Language, Questionnaire: q.canonical(), Status: r.Status,
		Subject: refer(r.Subject), Authored: r.Authored, Author: refer(r.Author), Source: refer(r.Source),
	}
	if d.Status == "" {
		d.Status = "completed"
	}
	var err error
	if d.Item, err = responseItems(q.Items, q.Clean(r.Answers), r); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(d); err != nil {
		return nil, fmt.Errorf("questionnaire %s: write response: %w", q.ID, err)
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

// canonical is how a response refers to q.
func (q *Questionnaire) canonical() string {
	if q.URL != "" {
		return q.URL + "|" + q.Version
	}
	return "Questionnaire/" + q.ID + "|" + q.Version
}

func refer(to string) *referenceDoc {
	if to == "" {
		return nil
	}
	return &referenceDoc{Reference: to}
}

func responseItems(items []*Item, a Answers, r Response) ([]*itemDoc, error) {
	var out []*itemDoc
	for _, i := range items {
		if i.Another {
			continue
		}
		d := &itemDoc{LinkID: i.Origin.LinkID, Text: i.Text.In(r.Language)}
		for n, v := range a[i.LinkID] {
			one, err := i.answerDoc(v, r)
			if err == nil {
				one.Item, err = responseItems(i.Under(n), a, r)
			}
			if err != nil {
				return nil, err
			}
			d.Answer = append(d.Answer, one)
		}
		if i.Type == Group {
			var err error
			if d.Item, err = responseItems(i.Items, a, r); err != nil {
				return nil, err
			}
		}
		if len(d.Answer) > 0 || len(d.Item) > 0 {
			out = append(out, d)
		}
	}
	return out, nil
}

// Under are the items that belong to the n-th answer to i, from 0.
func (i *Item) Under(n int) (out []*Item) {
	for _, c := range i.Items {
		if max(1, c.Nth) == n+1 {
			out = append(out, c)
		}
	}
	return out
}

func (i *Item) answerDoc(v Value, r Response) (*answerDoc, error) {
	if !v.wellFormed() {
		return nil, fmt.Errorf("questionnaire: item %q: the answer is not a %s", i.LinkID, v.Type)
	}
	d := &answerDoc{}
	switch v.Type {
	case Boolean:
		yes := v.Text == "true"
		d.Boolean = &yes
	case Decimal:
		d.Decimal = json.Number(v.Text)
	case Integer:
		d.Integer = json.Number(v.Text)
	case Date:
		d.Date = v.Text
	case DateTime:
		d.DateTime = v.Text
	case Time:
		d.Time = v.Text
	case URL:
		d.URI = v.Text
	case String, Text:
		d.String = v.Text
	case Choice:
		d.Coding = &codingDoc{System: v.System, Code: v.Code}
		if o := i.Option(v); o != nil {
			d.Coding.Display = o.Label.In(r.Language)
		}
	case Reference:
		d.Reference = &referenceDoc{Reference: v.Code, Display: v.Text}
	case Attachment:
		d.Attachment = attachmentOf(v, r.Files)
	case Quantity:
		d.Quantity = &quantityDoc{Value: json.Number(v.Text), Unit: v.Code}
		if u := i.unit(v); u != nil {
			d.Quantity.Unit = u.Display
		}
		if v.System != "" {
			d.Quantity.System, d.Quantity.Code = v.System, v.Code
		}
	}
	return d, nil
}
