// Package fault is the one vocabulary of errors: each error has a kind that the edge can map to a status,
// and a public text that may be shown to whoever asked. Everything else about it stays inside.
package fault

import (
	"errors"
	"fmt"
	"net/http"
)

// Kind says what sort of thing went wrong. The zero Kind is [Internal].
type Kind int

// The kinds, each with the HTTP status that an edge answers with.
const (
	Internal        Kind = iota // 500: our fault
	Invalid                     // 422: what was sent can't be accepted as it is
	Malformed                   // 400: what was sent can't even be read
	Unauthenticated             // 401: who are you?
	Forbidden                   // 403: not yours
	NotFound                    // 404
	NotAllowed                  // 405: the address has no such method; an Allow header goes with it
	Conflict                    // 409: somebody else changed it first, or it was sent before with other content
	TooLarge                    // 413
	Unsupported                 // 415: a media type or format that we don't speak
	TooMany                     // 429
	Unavailable                 // 503: a store doesn't answer; the same call may succeed later
)

// Status is the HTTP status for k.
func (k Kind) Status() int {
	switch k {
	case Invalid:
		return http.StatusUnprocessableEntity
	case Malformed:
		return http.StatusBadRequest
	case Unauthenticated:
		return http.StatusUnauthorized
	case Forbidden:
		return http.StatusForbidden
	case NotFound:
		return http.StatusNotFound
	case NotAllowed:
		return http.StatusMethodNotAllowed
	case Conflict:
		return http.StatusConflict
	case TooLarge:
		return http.StatusRequestEntityTooLarge
	case Unsupported:
		return http.StatusUnsupportedMediaType
	case TooMany:
		return http.StatusTooManyRequests
	case Unavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// Issue is one thing wrong with one part of what was sent.
type Issue struct {
	// Where names the part: a questionnaire linkId, a JSON pointer or a form field; empty means the whole.
	Where string
	// Code is a stable word that a program can switch on and that a message catalog has a sentence for: "required", "too-long".
	Code string
	// Args fill the sentence's placeholders: {"max": "4"}. Never an answer.
	Args map[string]string
	// Text is a plain English sentence: what is wrong and what to do. Never an answer.
	Text string
}

// Error is an error with a kind and a public text. Text and Issues never hold what a person answered.
type Error struct {
	Kind   Kind
	Text   string // plain English, may be shown to whoever asked
	Issues []Issue
	err    error // the cause, for the log only
}

// New makes an error whose text may be shown.
func New(k Kind, text string, issues ...Issue) *Error {
	return &Error{Kind: k, Text: text, Issues: issues}
}

// Wrap makes an error with a public text around a cause that stays inside.
func Wrap(k Kind, cause error, text string) *Error {
	return &Error{Kind: k, Text: text, err: cause}
}

// Error is for logs: the public text and the cause.
func (e *Error) Error() string {
	if e.err != nil {
		return fmt.Sprintf("%s: %v", e.Text, e.err)
	}
	return e.Text
}

// Unwrap is the cause.
func (e *Error) Unwrap() error { return e.err }

// KindOf is the kind of the first [Error] in err's chain, or [Internal].
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

// Public is what may be shown of err: its text and issues, or one fixed sentence when nothing in the chain is public.
func Public(err error) (text string, issues []Issue) {
	var e *Error
	if errors.As(err, &e) && e.Kind != Internal {
		return e.Text, e.Issues
	}
	return "Something went wrong on our side. Nothing you sent was half-kept: please try again in a moment.", nil
}
