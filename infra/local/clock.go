package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"
)

// Clock is this machine's clock plus an offset that only grows, kept in a file so that time does not jump back when the
// program starts again.
type Clock struct {
	file string

	mu     sync.RWMutex
	offset time.Duration
}

// openClock reads the offset kept in dir. start, when not zero, is what the clock shows from now on.
func openClock(dir string, start time.Time) (*Clock, error) {
	c := &Clock{file: filepath.Join(dir, "clock")}
	raw, err := os.ReadFile(c.file)
	switch {
	case errors.Is(err, os.ErrNotExist):
	case err != nil:
		return nil, fmt.Errorf("clock: %w", err)
	default:
		ns, err := strconv.ParseInt(string(raw), 10, 64)
		if err != nil {
			return nil, fmt.Errorf("clock: %s does not hold a number of nanoseconds", c.file)
		}
		c.offset = time.Duration(ns)
	}
	if !start.IsZero() {
		c.offset = time.Until(start)
		return c, c.save()
	}
	return c, nil
}

// Now is the time that the whole local system goes by.
func (c *Clock) Now() time.Time {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return time.Now().Add(c.offset)
}

// AdvanceTo moves the clock forward to t; never back, since what is stored would then lie in the future.
func (c *Clock) AdvanceTo(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	by := time.Until(t) - c.offset
	if t.After(time.Now().AddDate(10, 0, 0)) {
		return errors.New("the clock goes ten years ahead at most")
	}
	if by < 0 {
		return errors.New("the clock only goes forward")
	}
	c.offset += by
	return c.save()
}

func (c *Clock) save() error {
	if err := os.WriteFile(c.file, []byte(strconv.FormatInt(int64(c.offset), 10)), 0o600); err != nil {
		return fmt.Errorf("clock: %w", err)
	}
	return nil
}
