// Package compact makes JSON documents small for storage, where every kilobyte is paid for: DEFLATE with a dictionary of
// what such documents have in common.
package compact

import (
	"bytes"
	"compress/flate"
	"errors"
	"io"
	"sync"
)

// Largest is how many bytes a document may have: enough for what one item of a table can hold, and little enough for memory.
const Largest = 4 << 20

var (
	// ErrUnreadable says that what should be expanded was not made by [Form.Shrink] of the same form.
	ErrUnreadable = errors.New("compact: can't be expanded")
	// ErrTooLarge: a document is over [Largest] bytes.
	ErrTooLarge = errors.New("compact: document too large")
)

// Form is one way of making documents small. It is safe for concurrent use.
type Form struct {
	dictionary []byte
	writers    sync.Pool // a writer takes about a megabyte to make
}

// New is the form with that dictionary, which is part of the form for good: what was shrunk with another can't be expanded.
// The most common strings belong at its end; of more than 32 KB only the end counts.
func New(dictionary string) *Form { return &Form{dictionary: []byte(dictionary)} }

// Shrink is doc made small; [ErrTooLarge] when it is too large to come back.
func (f *Form) Shrink(doc []byte) ([]byte, error) {
	if len(doc) > Largest {
		return nil, ErrTooLarge
	}
	var out bytes.Buffer
	w, ok := f.writers.Get().(*flate.Writer)
	if !ok {
		var err error
		if w, err = flate.NewWriterDict(&out, flate.DefaultCompression, f.dictionary); err != nil {
			return nil, err
		}
	}
	defer f.writers.Put(w)
	w.Reset(&out)
	if _, err := w.Write(doc); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// Expand is the reverse of Shrink; [ErrUnreadable] when it can't be. What it gives of bytes that nobody shrunk is bounded.
func (f *Form) Expand(small []byte) ([]byte, error) {
	r := bytes.NewReader(small)
	doc, err := io.ReadAll(io.LimitReader(flate.NewReaderDict(r, f.dictionary), Largest+1))
	if err != nil || len(doc) > Largest || r.Len() > 0 {
		return nil, ErrUnreadable
	}
	return doc, nil
}
