// Package phi keeps what must not leak from leaking: values that refuse to print or marshal, keyed pseudonyms, and
// envelope encryption. (PHI: protected health information.)
package phi

import (
	"errors"
	"fmt"
	"log/slog"
)

const masked = "‹phi›"

// ErrMarshal is what every attempt to marshal a [Value] gets.
var ErrMarshal = errors.New("phi: refuses to marshal; call Reveal where the value may really go")

// Value holds something about a person. It prints as ‹phi› under every fmt verb and in every log, and refuses to
// marshal. Code that may see it calls Reveal, which is easy to search for.
type Value[T any] struct{ v T }

// Text is a protected string.
type Text = Value[string]

// Hide protects v.
func Hide[T any](v T) Value[T] { return Value[T]{v} }

// Reveal is the value itself.
func (v Value[T]) Reveal() T { return v.v }

func (v Value[T]) String() string               { return masked }
func (v Value[T]) GoString() string             { return masked }
func (v Value[T]) LogValue() slog.Value         { return slog.StringValue(masked) }
func (v Value[T]) MarshalJSON() ([]byte, error) { return nil, ErrMarshal }
func (v Value[T]) MarshalText() ([]byte, error) { return nil, ErrMarshal }

// Format masks every verb, %x and %d included.
func (v Value[T]) Format(s fmt.State, _ rune) { _, _ = s.Write([]byte(masked)) }
