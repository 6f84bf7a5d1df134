package api

import (
	"encoding/base64"
	"strings"

	"github.com/tellback/tellback/internal/questionnaire"
)

// objects reads an answer of our own form that is more than a text: files ({"contentType", "data"}) and references ({"reference",
// "display"}), one or a list of them. ok is false when it is none: then it is read as any other.
func (r *reader) objects(link string, i *questionnaire.Item, list []any, files questionnaire.Files) (vs []questionnaire.Value, ok bool) {
	read := r.reference
	switch i.Type {
	case questionnaire.Attachment:
		read = r.file
	case questionnaire.Reference:
	default:
		return nil, false
	}
	for n, v := range list {
		o, isObject := v.(*object)
		if !isObject && i.Type == questionnaire.Attachment && v != nil {
			r.wrong(link, "wrong-type", `A file is an object with its "data" in base64 and its "contentType".`)
			return nil, true
		}
		if !isObject {
			return nil, v == nil && i.Type == questionnaire.Attachment
		}
		if n <= questionnaire.MaxFiles || i.Type == questionnaire.Reference { // one too many is refused; a flood needn't be opened
			vs = append(vs, read(link, o, files))
		}
	}
	return vs, true
}

func (r *reader) part(link string, o *object) *reader {
	return read(o, r.at+"/"+escape(link), r.issues)
}

func (r *reader) reference(link string, o *object, _ questionnaire.Files) questionnaire.Value {
	p := r.part(link, o)
	v := questionnaire.Value{
		Type: questionnaire.Reference, Text: p.text("display", questionnaire.MaxText), Code: p.text("reference", 1000),
	}
	if v.Text == "" && v.Code == "" {
		p.wrong("display", "required", "Say whom or what is meant.")
	}
	p.close()
	return v
}

func (r *reader) file(link string, o *object, files questionnaire.Files) questionnaire.Value {
	p := r.part(link, o)
	kind := p.text("contentType", 200)
	data, isText := p.take("data").(string)
	content, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(data), ""))
	if !isText {
		p.wrong("data", "required", "Give what is in the file, in base64.")
	} else if err != nil {
		p.wrong("data", "wrong-form", "This isn't base64.")
	}
	p.close()
	return files.Add(kind, content)
}
