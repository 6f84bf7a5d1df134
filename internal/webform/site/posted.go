package site

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"

	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/words"
)

// posted is a form as it came. A file is among the values by the text of the value that stands for it.
type posted struct {
	url.Values
	files questionnaire.Files
}

// largest is the most that a form with files may send: in base64, as an event brings it, it stays below the 6 MB of a function.
const largest = questionnaire.MaxFile + 2*maxBody

// values reads a posted form, which may be large where it has files. When it can't, it has answered and ok is false.
func (h *handler) values(w http.ResponseWriter, r *http.Request, files bool) (v posted, ok bool) {
	most := int64(maxBody)
	if files {
		most = largest
	}
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		kind = ""
	}
	switch kind {
	case "application/x-www-form-urlencoded":
		v, err = fields(http.MaxBytesReader(w, r.Body, maxBody))
	case "multipart/form-data":
		v, err = parts(multipart.NewReader(http.MaxBytesReader(w, r.Body, most), params["boundary"]))
	default:
		h.notice(w, r, http.StatusUnsupportedMediaType, "media")
		return posted{}, false
	}
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge) && files && v.files != nil:
		h.say(w, r, http.StatusRequestEntityTooLarge, "file-over", words.Text(h.language(r, nil), "form.file-over-lead", "max", questionnaire.Bytes(questionnaire.MaxFile)))
	case errors.As(err, &tooLarge):
		h.notice(w, r, http.StatusRequestEntityTooLarge, "large")
	case errors.Is(err, errGone): // the phone went away; nobody reads this
		h.notice(w, r, http.StatusBadRequest, "trouble")
	case err != nil:
		h.notice(w, r, http.StatusBadRequest, "media")
	}
	return v, err == nil
}

// errGone says that a body ended before its time.
var errGone = errors.New("site: the body broke off")

func fields(body io.Reader) (posted, error) {
	raw, err := io.ReadAll(body)
	if err != nil {
		return posted{}, errors.Join(errGone, err)
	}
	v, err := url.ParseQuery(string(raw))
	return posted{Values: v}, err
}

// maxParts bounds the parts of a form: a questionnaire has 5,000 items at most, and each some controls.
const maxParts = 20_000

func parts(m *multipart.Reader) (posted, error) {
	v := posted{url.Values{}, questionnaire.Files{}}
	for range maxParts {
		part, err := m.NextPart()
		if errors.Is(err, io.EOF) {
			return v, nil
		}
		if err != nil {
			return v, err
		}
		content, err := io.ReadAll(part)
		if err != nil {
			return v, errors.Join(errGone, err)
		}
		name, file := part.FormName(), isFile(part.Header.Get("Content-Disposition"))
		switch {
		case !file:
			v.Add(name, string(content))
		case len(content) > 0 || part.FileName() != "": // a control in which nothing was chosen sends neither
			v.Add(name, v.files.Add(part.Header.Get("Content-Type"), content).Text)
		}
	}
	return v, errors.New("site: a form of too many parts")
}

func isFile(disposition string) bool {
	_, params, err := mime.ParseMediaType(disposition)
	_, named := params["filename"]
	return err == nil && named
}

// filed says that q asks for files.
func filed(q *questionnaire.Questionnaire) bool {
	return slices.ContainsFunc(q.All(), func(i *questionnaire.Item) bool { return i.Type == questionnaire.Attachment })
}
