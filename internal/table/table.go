// Package table is the storage port: items under partition and sort keys, versions, atomic writes and an ordered
// change log. The key design above it is written once; its engines are table/sqlite and table/dynamo, and an engine is
// done when it passes table/tabletest.
package table

import (
	"context"
	"errors"
	"time"
)

// What an engine may answer besides success. Everything else is an infrastructure failure, wrapped as fault.Unavailable.
var (
	// ErrNotFound: there is no such item, or it has expired.
	ErrNotFound = errors.New("table: not found")
	// ErrConflict: an item was not at the version that the write expected; nothing at all was written.
	ErrConflict = errors.New("table: conflict")
	// ErrTooLarge: an item is over [MaxItem] bytes; nothing was written. It is found before anything is sent.
	ErrTooLarge = errors.New("table: item too large")
	// ErrTrimmed: changes after the asked position are no longer kept; reading on would skip them silently.
	ErrTrimmed = errors.New("table: the change log no longer reaches back to that position")
)

// Limits of every engine (they are DynamoDB's).
const (
	MaxItem = 400 << 10 // bytes of one item: keys + body + 100 for the rest
	MaxOps  = 100       // operations of one Write
)

// Key names an item. Both parts are non-empty UTF-8, at most 1,024 bytes each; sort keys order bytewise.
type Key struct{ Partition, Sort string }

// Item is one stored item.
type Item struct {
	Key
	// Version counts the writes of this item: 1 after the first. In a write it is the version the writer read:
	// 0 says that the item must not exist.
	Version int64
	// Expires, when not zero, is when the item stops being found (to the second). An expired item counts as absent
	// everywhere, whether or not the engine has removed it yet.
	Expires time.Time
	// Body is a JSON document.
	Body []byte
}

// Action is what an [Op] does.
type Action int

// The actions. Each holds only if the item is at Op.Item.Version (0: absent); otherwise the whole Write is refused.
const (
	ActionPut    Action = iota // store the item, at Version+1
	ActionDelete               // remove the item; only Key and Version are read
	ActionCheck                // change nothing, but require the version
)

// Op is one conditional operation of a [Table.Write].
type Op struct {
	Action Action
	Item   Item
}

// Put stores i if the stored item is at i.Version (0: absent).
func Put(i Item) Op { return Op{ActionPut, i} }

// Delete removes the item at k if it is at version v.
func Delete(k Key, v int64) Op { return Op{ActionDelete, Item{Key: k, Version: v}} }

// Check requires that the item at k is at version v (0: absent).
func Check(k Key, v int64) Op { return Op{ActionCheck, Item{Key: k, Version: v}} }

// Query selects items of one partition in order of their sort key. Either Prefix or From/To (both inclusive, each may
// be empty for open) narrows it; giving both is an error.
type Query struct {
	Partition string
	Prefix    string
	From, To  string
	Reverse   bool   // from the largest sort key down
	Limit     int    // at most this many items a page; 0 means 100, more than 1,000 means 1,000
	Cursor    string // Page.Next of the page before, with all else equal
}

// Page is one page of a Query or Scan.
type Page struct {
	Items []Item
	Next  string // opaque; empty when there is nothing more. A page may hold fewer than Limit items and still have a Next.
}

// Table is one table. It is safe for concurrent use. Reads see every write that was acknowledged before they began
// (strong consistency), from any process. A Write is durable when it returns nil and is all or nothing; each item
// of it is seen whole, but a Query that runs at the same time may see some of its items before it and some after. Repeating a Write whose reply was lost may give ErrConflict: callers recognise their own earlier write by
// reading. No key may appear twice in one Write.
type Table interface {
	Get(ctx context.Context, k Key) (Item, error)
	Query(ctx context.Context, q Query) (Page, error)
	Write(ctx context.Context, ops ...Op) error
}

// Scanner reads a whole table, in no order that a caller may rely on. For maintenance (recomputing, erasing), never for a request.
type Scanner interface {
	Scan(ctx context.Context, cursor string) (Page, error)
}

// Change is one write of one item, as a stream shows it.
type Change struct {
	// Sequence orders the changes of one shard: decimal digits without a sign, compared as integers (not consecutive).
	Sequence string
	At       time.Time // when it was written, to the second
	Old, New *Item     // Old is nil for an insert, New for a removal; Old.Key == New.Key otherwise
}

// Log reads the ordered changes of one table. Changes appear in the order in which they were committed, each exactly
// once per reading position; a position can be read again.
type Log interface {
	// Changes returns up to limit changes after the given sequence ("" is the oldest kept), oldest first. It answers
	// [ErrTrimmed] when some of those after the sequence are no longer kept.
	Changes(ctx context.Context, after string, limit int) ([]Change, error)
}
