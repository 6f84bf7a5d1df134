package intake

import (
	"errors"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/go-playground/validator/v10"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/report"
)

// tags checks drafts by their struct tags; parsed once, safe for concurrent use. It is made when the first draft comes,
// since most cold starts wait for something else.
var tags = sync.OnceValue(func() *validator.Validate {
	v := validator.New(validator.WithRequiredStructEnabled())
	v.RegisterTagNameFunc(func(f reflect.StructField) string {
		return strings.ToLower(f.Name[:1]) + f.Name[1:]
	})
	return v
})

// shape judges the shape of a draft, before anything is known of its program or questionnaire. Issues are in the order
// of the fields, one each; Where is the field's name with a small first letter. Codes: required, unknown-option, too-long,
// too-many, wrong-form. An issue names fields, rules and limits, never a value.
func shape(d report.Draft) []fault.Issue {
	var issues []fault.Issue
	var wrong validator.ValidationErrors
	if err := tags().Struct(d); errors.As(err, &wrong) {
		issues = sentences(wrong)
	} else if err != nil {
		issues = append(issues, fault.Issue{Code: "wrong-form", Text: "The report can't be read."})
	}
	about := d.About.Reveal() // which the validator is not shown
	if len(about) > utf8.UTFMax*report.MaxAbout || utf8.RuneCountInString(about) > report.MaxAbout {
		issues = append(issues, fault.Issue{
			Where: "about", Code: "too-long", Args: map[string]string{"max": strconv.Itoa(report.MaxAbout)},
			Text: "about is too long: a first name is enough, 60 characters at most.",
		})
	}
	return issues
}

// sentences turns each field's first error into an issue.
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
