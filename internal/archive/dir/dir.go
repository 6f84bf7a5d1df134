// Package dir keeps sealed releases as files in a folder.
package dir

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/release"
)

// Archive is a release.Archive in a folder. What Put acknowledged survives a crash of the machine; a crash in the
// middle leaves at most a stray temporary file, never half a release.
type Archive struct{ root string }

// New makes an archive in root, which Put makes when it isn't there.
func New(root string) *Archive { return &Archive{root} }

// Put stores data under name once. The same data again is fine; other data is [release.ErrExists].
func (a *Archive) Put(_ context.Context, name string, data []byte) error {
	if err := release.CheckName(name); err != nil {
		return err
	}
	path := filepath.Join(a.root, filepath.FromSlash(name))
	if err := a.put(path, data); err != nil {
		return fmt.Errorf("archive: put %s: %w", name, err)
	}
	return nil
}

func (a *Archive) put(path string, data []byte) error {
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	temporary, err := os.CreateTemp(folder, ".sealing-*")
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name())
	_, err = temporary.Write(data)
	err = errors.Join(err, temporary.Chmod(0o444), temporary.Sync(), temporary.Close())
	if err != nil {
		return err
	}
	// A link, unlike a rename, never replaces what is there.
	if err := os.Link(temporary.Name(), path); err != nil {
		if !errors.Is(err, fs.ErrExist) {
			return err
		}
		there, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if !bytes.Equal(there, data) {
			return release.ErrExists
		}
	}
	// The file may be another Put's that hasn't synced its folder yet: sync in any case.
	return errors.Join(syncFolder(folder), syncFolder(a.root), syncFolder(filepath.Dir(a.root)))
}

func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// Get is what Put stored; fault.NotFound when there is nothing.
func (a *Archive) Get(_ context.Context, name string) ([]byte, error) {
	if err := release.CheckName(name); err != nil {
		return nil, fault.Wrap(fault.NotFound, err, "There is no such release.")
	}
	data, err := os.ReadFile(filepath.Join(a.root, filepath.FromSlash(name)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.Wrap(fault.NotFound, err, "There is no such release.")
	}
	if err != nil {
		return nil, fmt.Errorf("archive: get %s: %w", name, err)
	}
	return data, nil
}
