package report

import (
	"errors"
	"reflect"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/go-playground/validator/v10"

	"github.com/tellback/tellback/internal/fault"
)

// MaxAbout is how long a caregiver's word for the patient may be, in characters.
const MaxAbout = 60

// shape checks drafts by their struct tags; parsed once, safe for concurrent use.
var shape = sync.OnceValue(func() *validator.Validate {
	v := validator.New(validator.WithRequiredStructEnabled())
	v.RegisterTagNameFunc(func(f reflect.StructField) string {
		return strings.ToLower(f.Name[:1]) + f.Name[1:]
	})
	return v
})

// Check judges the shape of a draft, before anything is known of its program or questionnaire. Issues are in the order
// of the fields; Where is the field's name with a small first letter. Codes: required, unknown-option, too-long,
// too-many, wrong-form.
func (d Draft) Check() []fault.Issue {
	var issues []fault.Issue
	var wrong validator.ValidationErrors
	if err := shape().Struct(d); errors.As(err, &wrong) {
		issues = sentences(wrong)
	} else if err != nil {
		issues = append(issues, fault.Issue{Code: "wrong-form", Text: "The report can't be read."})
	}
	about := d.About.Reveal()
	if len(about) > 4*MaxAbout || utf8.RuneCountInString(about) > MaxAbout {
		issues = append(issues, fault.Issue{
			Where: "about", Code: "too-long", Args: map[string]string{"max": "60"},
			Text: "about is too long: a first name is enough, 60 characters at most.",
		})
	}
	return issues
}

// sentences turns each field's first error into an issue. An error names fields, rules and limits, never a value.
func sentences(wrong validator.ValidationErrors) []fault.Issue {
	var issues []fault.Issue
	seen := map[string]bool{}
	for _, w := range wrong {
		// An attribute's error is named by its key, which is the sender's own words: only the field may be shown.
		field, _, inMap := strings.Cut(w.Field(), "[")
		if seen[field] {
			continue
		}
		seen[field] = true
		issues = append(issues, sentence(field, inMap, w.Tag(), w.Param()))
	}
	return issues
}

func sentence(field string, inMap bool, tag, param string) fault.Issue {
	i := fault.Issue{Where: field}
	switch tag {
	case "required":
		i.Code, i.Text = "required", field+" is missing."
	case "required_if":
		i.Code, i.Text = "required", field+" is missing: when somebody else answers, say who they are to the patient."
	case "oneof":
		i.Code, i.Text = "unknown-option", field+" must be one of: "+strings.ReplaceAll(param, " ", ", ")+"."
	case "max":
		i.Args = map[string]string{"max": param}
		switch {
		case inMap:
			i.Code, i.Text = "too-long", "A name or value in "+field+" is too long: "+param+" characters at most."
		case field == "attributes":
			i.Code, i.Text = "too-many", "There are too many "+field+": "+param+" at most."
		default:
			i.Code, i.Text = "too-long", field+" is too long: "+param+" characters at most."
		}
	case "alphanum":
		i.Code, i.Text = "wrong-form", field+" may have only letters and digits."
	case "bcp47_language_tag":
		i.Code, i.Text = "wrong-form", field+" must be a language tag such as en or es-MX."
	default:
		i.Code, i.Text = "wrong-form", field+" is not in a form that can be read."
	}
	return i
}
