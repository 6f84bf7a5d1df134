package sqlite

import (
	"errors"
	"fmt"
	"syscall"
)

const errSharingViolation = syscall.Errno(32)

// fileLock is a file opened without sharing, which Windows closes when the process ends, however it ends.
type fileLock struct{ h syscall.Handle }

func lockFile(path string) (*fileLock, error) {
	name, err := syscall.UTF16PtrFromString(path)
	if err != nil {
		return nil, err
	}
	h, err := syscall.CreateFile(name, syscall.GENERIC_READ|syscall.GENERIC_WRITE, 0, nil,
		syscall.OPEN_ALWAYS, syscall.FILE_ATTRIBUTE_NORMAL, 0)
	if errors.Is(err, errSharingViolation) {
		return nil, fmt.Errorf("%w: it holds %s; stop it first, or use another data folder", ErrLocked, path)
	}
	if err != nil {
		return nil, err
	}
	return &fileLock{h}, nil
}

func (l *fileLock) release() error { return syscall.CloseHandle(l.h) }
