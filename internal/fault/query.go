package fault

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"
)

// Query reads a request's query string for a caller that is a program: each of names at most once, and nothing else. What it
// can't take is [Malformed] and named, since a parameter that is dropped in silence gives an answer to another question.
func Query(r *http.Request, names ...string) (url.Values, error) {
	q, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, New(Malformed, "The query string can't be read. Parameters are joined by &, and each % is followed by two hexadecimal digits.",
			Issue{Where: "?", Code: "malformed", Text: "Something in it is no parameter, or is not encoded."})
	}
	var issues []Issue
	for name, values := range q {
		where := "?" + shown(name)
		switch {
		case !slices.Contains(names, name):
			issues = append(issues, Issue{Where: where, Code: "unknown-parameter", Text: known(names)})
		case len(values) > 1:
			issues = append(issues, Issue{Where: where, Code: "duplicate", Text: "This parameter is there twice; only one of them can be meant."})
		}
	}
	if len(issues) > 0 {
		slices.SortFunc(issues, func(a, b Issue) int { return strings.Compare(a.Where, b.Where) })
		return nil, New(Malformed, "Some of the parameters can't be taken: "+issues[0].Where+" to begin with.", issues...)
	}
	return q, nil
}

func known(names []string) string {
	if len(names) == 0 {
		return "No parameters are taken here."
	}
	return "The parameters here are: " + strings.Join(names, ", ") + "."
}

// shown is a parameter's name fit to be shown to whoever sent it.
func shown(name string) string {
	name = strings.Map(func(c rune) rune {
		if unicode.IsControl(c) {
			return -1
		}
		return c
	}, strings.ToValidUTF8(name, "\uFFFD"))
	if r := []rune(name); len(r) > 40 {
		name = string(r[:40]) + "…"
	}
	return name
}
