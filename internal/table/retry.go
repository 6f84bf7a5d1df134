package table

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/tellback/tellback/internal/fault"
)

// Retry runs attempt until it doesn't end in ErrConflict, with growing random pauses between attempts. fault.Unavailable says that it
// always did.
func Retry(ctx context.Context, attempt func() error) error {
	const attempts = 16
	var err error
	for n := range attempts {
		if err = attempt(); !errors.Is(err, ErrConflict) {
			return err
		}
		pause := time.Duration(rand.Int64N(int64(min(1<<n, 64)) * int64(time.Millisecond)))
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
	return fault.Wrap(fault.Unavailable, err, "Too much is happening at once. Please try again in a moment.")
}
