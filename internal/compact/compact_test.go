package compact

import (
	"bytes"
	"compress/flate"
	"errors"
	"strings"
	"sync"
	"testing"
)

const words = `{"answers":{"pain":[{"type":"choice","code":"`

func TestExpandIsTheReverseOfShrink(t *testing.T) {
	f := New(words)
	docs := []string{"", "{}", words + `mild"}]}}`, strings.Repeat("ñandú 🪶", 5000)}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 20 {
				for _, doc := range docs {
					small, err := f.Shrink([]byte(doc))
					if err != nil {
						t.Error(err)
						return
					}
					if back, err := f.Expand(small); err != nil || string(back) != doc {
						t.Errorf("%d bytes came back as %d: %v", len(doc), len(back), err)
					}
				}
			}
		})
	}
	wg.Wait()
	small, err := f.Shrink([]byte(docs[2]))
	if err != nil || len(small) > len(docs[2])/2 {
		t.Errorf("%d bytes of what is in the dictionary became %d: %v", len(docs[2]), len(small), err)
	}
}

func TestWhatWasNotShrunkIsRefused(t *testing.T) {
	f := New(words)
	small, err := f.Shrink([]byte(words))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Shrink(make([]byte, Largest+1)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("too large a document: %v", err)
	}
	var bomb bytes.Buffer
	w, err := flate.NewWriterDict(&bomb, flate.BestCompression, []byte(words))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(make([]byte, Largest+1)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string][]byte{
		"nothing": nil, "cut": small[:len(small)-1], "more behind it": append(bytes.Clone(small), 0), "JSON": []byte("{}"), "too much": bomb.Bytes(),
	} {
		if doc, err := f.Expand(bad); !errors.Is(err, ErrUnreadable) {
			t.Errorf("%s: %d bytes, %v", name, len(doc), err)
		}
	}
}

func FuzzExpand(f *testing.F) {
	form := New(words)
	for _, doc := range []string{"", words} {
		small, err := form.Shrink([]byte(doc))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(small)
	}
	f.Fuzz(func(t *testing.T, small []byte) {
		doc, err := form.Expand(small)
		if err != nil {
			return
		}
		again, err := form.Shrink(doc)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := form.Expand(again); err != nil || !bytes.Equal(back, doc) {
			t.Errorf("%d bytes came back as %d: %v", len(doc), len(back), err)
		}
	})
}
