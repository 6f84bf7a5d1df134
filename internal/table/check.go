package table

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// ErrInvalid: the caller asked for something that no engine does: a bad key, body, query, cursor or batch. Nothing was
// sent. It is a mistake in the program, or a cursor that somebody made up.
var ErrInvalid = errors.New("table: invalid request")

// More limits of every engine.
const (
	MaxWrite = 4 << 20 // bytes of all items of one Write together: what DynamoDB takes in one transaction
	MaxPart  = 1024    // bytes of either part of a Key
	MaxPage  = 1 << 20 // bytes after which a page ends early, so that a page of large items can't fill the memory

	itemOverhead = 100 // attribute names, version, expiry and an engine's own marks
)

// Size is what i counts against [MaxItem] and [MaxWrite].
func (i Item) Size() int { return len(i.Partition) + len(i.Sort) + len(i.Body) + itemOverhead }

// Expired says whether i counts as absent at now. Expiry is kept to the second.
func (i Item) Expired(now time.Time) bool {
	return !i.Expires.IsZero() && i.Expires.Unix() <= now.Unix()
}

// Check says whether k can name an item: [ErrInvalid] otherwise.
func (k Key) Check() error {
	switch {
	case k.Partition == "" || k.Sort == "":
		return fmt.Errorf("%w: a key has an empty part", ErrInvalid)
	case len(k.Partition) > MaxPart || len(k.Sort) > MaxPart:
		return fmt.Errorf("%w: a key has a part over %d bytes", ErrInvalid, MaxPart)
	case !utf8.ValidString(k.Partition) || !utf8.ValidString(k.Sort):
		return fmt.Errorf("%w: a key is not UTF-8", ErrInvalid)
	}
	return nil
}

// CheckWrite finds what is wrong with the operations of one Write before anything is sent: [ErrInvalid] or
// [ErrTooLarge]. Every engine calls it first, so that all refuse the same.
func CheckWrite(ops []Op) error {
	if len(ops) > MaxOps {
		return fmt.Errorf("%w: %d operations in one write, at most %d", ErrInvalid, len(ops), MaxOps)
	}
	var seen map[Key]struct{}
	if len(ops) > 1 {
		seen = make(map[Key]struct{}, len(ops))
	}
	total := 0
	for n, op := range ops {
		if err := op.check(); err != nil {
			return fmt.Errorf("operation %d: %w", n, err)
		}
		if _, twice := seen[op.Item.Key]; twice {
			return fmt.Errorf("operation %d: %w: its key is in the same write twice", n, ErrInvalid)
		}
		if seen != nil {
			seen[op.Item.Key] = struct{}{}
		}
		if op.Action == ActionPut {
			total += op.Item.Size()
		}
	}
	if total > MaxWrite {
		return fmt.Errorf("%w: one write of %d bytes, at most %d", ErrTooLarge, total, MaxWrite)
	}
	return nil
}

func (o Op) check() error {
	if err := o.Item.Key.Check(); err != nil {
		return err
	}
	if o.Item.Version < 0 {
		return fmt.Errorf("%w: a negative version", ErrInvalid)
	}
	switch o.Action {
	case ActionDelete, ActionCheck:
		return nil
	case ActionPut:
	default:
		return fmt.Errorf("%w: unknown action %d", ErrInvalid, o.Action)
	}
	if size := o.Item.Size(); size > MaxItem {
		return fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, size, MaxItem)
	}
	// Bodies are kept as text: bytes that aren't UTF-8 would come back changed from one engine and not from the other.
	if !utf8.Valid(o.Item.Body) || !json.Valid(o.Item.Body) {
		return fmt.Errorf("%w: a body is not a JSON document", ErrInvalid)
	}
	return nil
}

// Check finds what is wrong with q, its cursor included: [ErrInvalid].
func (q Query) Check() error {
	switch {
	case q.Prefix != "" && (q.From != "" || q.To != ""):
		return fmt.Errorf("%w: a query has both a prefix and a range", ErrInvalid)
	case q.Limit < 0:
		return fmt.Errorf("%w: a query has a negative limit", ErrInvalid)
	}
	for _, bound := range []string{q.Prefix, q.From, q.To} {
		if len(bound) > MaxPart || !utf8.ValidString(bound) {
			return fmt.Errorf("%w: a bound of a query can't be (part of) a sort key", ErrInvalid)
		}
	}
	if err := (Key{q.Partition, "-"}).Check(); err != nil {
		return err
	}
	_, err := q.Start()
	return err
}

// PageSize is q.Limit with its default and its maximum applied.
func (q Query) PageSize() int {
	switch {
	case q.Limit == 0:
		return 100
	case q.Limit > 1000:
		return 1000
	}
	return q.Limit
}

// Start is the sort key that the page begins after ("" is the beginning). [ErrInvalid] when the cursor is not one of
// this query.
func (q Query) Start() (string, error) {
	if q.Cursor == "" {
		return "", nil
	}
	k, err := ParseCursor(q.Cursor)
	switch {
	case err != nil:
		return "", err
	case k.Partition != q.Partition || !strings.HasPrefix(k.Sort, q.Prefix) || k.Sort < q.From || q.To != "" && k.Sort > q.To:
		return "", fmt.Errorf("%w: a cursor is of another query", ErrInvalid)
	}
	return k.Sort, nil
}

// Cursor is the cursor of a page that ended with the item at k.
func (k Key) Cursor() string {
	return base64.RawURLEncoding.EncodeToString([]byte(k.Partition)) + "." + base64.RawURLEncoding.EncodeToString([]byte(k.Sort))
}

// ParseCursor is the reverse of [Key.Cursor].
func ParseCursor(c string) (Key, error) {
	partition, sort, ok := strings.Cut(c, ".")
	p, errP := base64.RawURLEncoding.Strict().DecodeString(partition)
	s, errS := base64.RawURLEncoding.Strict().DecodeString(sort)
	k := Key{string(p), string(s)}
	if !ok || errP != nil || errS != nil || k.Check() != nil {
		return Key{}, fmt.Errorf("%w: not a cursor", ErrInvalid)
	}
	return k, nil
}
