package personal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"time"

	"github.com/tellback/tellback/internal/table"
)

// Shards is how many partitions the notes of what was sent are spread over.
const Shards = 16

// Note says that something was sent to a link, so that the conversation can go on without waiting for a text.
type Note struct {
	Link         string `json:"link"`         // its id, letters and digits
	Conversation string `json:"conversation"` // the contact's pseudonym

	key     table.Key
	version int64
}

func shard(n int) string { return fmt.Sprintf("SENT#%02d", n) }

func noteKey(id string) table.Key {
	h := fnv.New32a()
	_, _ = h.Write([]byte(id)) // never fails
	return table.Key{Partition: shard(int(h.Sum32() % Shards)), Sort: id}
}

// note is the operation that notes that something was sent; nil when it is noted already.
func (l *Links) note(ctx context.Context, id string, link Link) (*table.Op, error) {
	key := noteKey(id)
	_, err := l.People.Get(ctx, key)
	if err == nil {
		return nil, nil
	}
	if !errors.Is(err, table.ErrNotFound) {
		return nil, wrap(id, err)
	}
	raw, err := json.Marshal(Note{Link: id, Conversation: link.Conversation})
	if err != nil {
		return nil, wrap(id, err)
	}
	op := table.Put(table.Item{Key: key, Expires: link.expires.UTC().Truncate(time.Second), Body: raw})
	return &op, nil
}

// Noted reads a page of the notes of one shard (0 to Shards−1).
func (l *Links) Noted(ctx context.Context, n int, cursor string) (out []Note, next string, err error) {
	page, err := l.People.Query(ctx, table.Query{Partition: shard(n), Cursor: cursor})
	if err != nil {
		return nil, "", fmt.Errorf("personal: notes of %s: %w", shard(n), err)
	}
	for _, item := range page.Items {
		note := Note{key: item.Key, version: item.Version}
		if err := json.Unmarshal(item.Body, &note); err != nil {
			return nil, "", fmt.Errorf("personal: decode a note of %s: %w", shard(n), err)
		}
		out = append(out, note)
	}
	return out, page.Next, nil
}

// Done removes a note. Doing it twice changes nothing.
func (l *Links) Done(ctx context.Context, n Note) error {
	err := l.People.Write(ctx, table.Delete(n.key, n.version))
	if errors.Is(err, table.ErrConflict) {
		return nil
	}
	return wrap(n.Link, err)
}
