package learning

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/tellback/tellback/internal/table"
)

// stuck holds an item for each change that could not be counted when it came: <shard>#<sequence>. It is never removed: whether
// the change has been counted since is for the segments to say.
const stuck = "STUCK"

// ErrBehind says that changes are known which the ledger has not counted.
var ErrBehind = errors.New("learning: the ledger is behind")

// note remembers that a shard could not be counted from a sequence number on. The stream delivers from there again, for some hours;
// should it give up, the ledger still knows that it lacks something.
func (l *Ledger) note(ctx context.Context, shardID, sequence string) error {
	err := l.learning.Write(ctx, table.Put(table.Item{Key: table.Key{Partition: stuck, Sort: shardID + "#" + sequence}, Body: []byte("{}")}))
	if errors.Is(err, table.ErrConflict) {
		return nil // noted already
	}
	return err
}

// Settled is nil when every change that once could not be counted has been counted since, and [ErrBehind] otherwise. What a stream
// holds that has not come yet it can't know: that is what a program's lag is for.
func (l *Ledger) Settled(ctx context.Context) error {
	return all(ctx, l.learning, table.Query{Partition: stuck, Limit: 1000}, func(i table.Item) error {
		cut := strings.LastIndexByte(i.Sort, '#')
		if cut < 0 {
			return fmt.Errorf("learning: %s %s names no change", i.Partition, i.Sort)
		}
		shardID, sequence := i.Sort[:cut], i.Sort[cut+1:]
		counted := false
		err := all(ctx, l.learning, table.Query{Partition: "SHARD#" + shardID, Prefix: "SEG#", Limit: 1000}, func(i table.Item) error {
			s, err := segmentOf(i)
			counted = counted || err == nil && s.counts(sequence)
			return err
		})
		if err == nil && !counted {
			err = fmt.Errorf("%w: change %s of shard %s waits", ErrBehind, sequence, shardID)
		}
		return err
	})
}
