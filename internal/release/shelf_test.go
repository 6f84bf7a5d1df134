package release

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"testing/fstest"

	"github.com/tellback/tellback/internal/fault"
)

// shelf is an archive in memory. before is asked ahead of each Put: an error refuses it; after is asked when it is stored.
type shelf struct {
	mu            sync.Mutex
	files         map[string][]byte
	before, after func(name string) error
}

var errCrash = errors.New("crash")

func (s *shelf) Put(_ context.Context, name string, data []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := CheckName(name); err != nil {
		return err
	}
	if s.before != nil {
		if err := s.before(name); err != nil {
			return err
		}
	}
	if there, ok := s.files[name]; ok && !bytes.Equal(there, data) {
		return ErrExists
	}
	s.files[name] = bytes.Clone(data)
	if s.after != nil {
		return s.after(name)
	}
	return nil
}

func (s *shelf) Get(_ context.Context, name string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if data, ok := s.files[name]; ok {
		return bytes.Clone(data), nil
	}
	return nil, fault.New(fault.NotFound, "There is no such release.")
}

func (s *shelf) fs() fstest.MapFS {
	out := fstest.MapFS{}
	for name, data := range s.files {
		out[name] = &fstest.MapFile{Data: bytes.Clone(data)}
	}
	return out
}
