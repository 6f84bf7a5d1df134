package fault

import (
	"encoding/json"
	"net/http"
	"strconv"
)

// Problem is an RFC 9457 problem document.
type Problem struct {
	Type   string         `json:"type"`
	Title  string         `json:"title"`
	Status int            `json:"status"`
	Detail string         `json:"detail,omitempty"`
	Errors []ProblemError `json:"errors,omitempty"`
}

// ProblemError is one entry of a problem's "errors" extension.
type ProblemError struct {
	Where  string `json:"where,omitempty"`
	Code   string `json:"code,omitempty"`
	Detail string `json:"detail"`
}

// WriteProblem answers a request with err as application/problem+json, showing only what [Public] allows.
func WriteProblem(w http.ResponseWriter, err error) {
	status := KindOf(err).Status()
	text, issues := Public(err)
	p := Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: text}
	for _, i := range issues {
		p.Errors = append(p.Errors, ProblemError{Where: i.Where, Code: i.Code, Detail: i.Text})
	}
	body, _ := json.Marshal(p) // strings and ints only: can't fail
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
