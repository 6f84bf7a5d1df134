// Package attachment keeps what is in a file: in sealed pieces, each a table item that every engine takes.
package attachment

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/table"
)

// pieceSize is how many bytes of a file go into one item. Sealed and in base64 they stay below [table.MaxItem].
const pieceSize = 300_000

// Pieces is how many items keep f.
func Pieces(f questionnaire.File) int { return max(1, (f.Size+pieceSize-1)/pieceSize) }

// Keys are the keys of the items that keep f for an owner: a report, or a link that waits for it. Neither owner nor file can be told from
// them, and each is a partition of its own: together they would be more than one partition can write in a second.
func Keys(k *phi.Keys, owner string, f questionnaire.File) []table.Key {
	name := "F#" + k.Pseudonym("file", owner+"\x00"+f.Value().Text) + "#"
	keys := make([]table.Key, Pieces(f))
	for n := range keys {
		keys[n] = table.Key{Partition: name + strconv.Itoa(n), Sort: "PIECE"}
	}
	return keys
}

// body is the stored form of a piece.
type body struct {
	Sealed []byte `json:"sealed"`
}

// Items are the items that keep content for an owner, at version 0.
func Items(k *phi.Keys, owner string, f questionnaire.File, content []byte) ([]table.Item, error) {
	keys := Keys(k, owner, f)
	items := make([]table.Item, len(keys))
	for n, key := range keys {
		piece := content[n*pieceSize : min((n+1)*pieceSize, len(content))]
		sealed, err := k.Seal(purpose(key), piece)
		if err != nil {
			return nil, fmt.Errorf("attachment: %w", err)
		}
		raw, err := json.Marshal(body{sealed})
		if err != nil {
			return nil, fmt.Errorf("attachment: encode a piece: %w", err)
		}
		items[n] = table.Item{Key: key, Body: raw}
	}
	return items, nil
}

func purpose(key table.Key) string { return "piece:" + key.Partition }

var errAltered = errors.New("attachment: what is stored is not what was sent")

// Read is what is in f as it is kept for an owner; table.ErrNotFound when it isn't, or not any more.
func Read(ctx context.Context, from table.Table, k *phi.Keys, owner string, f questionnaire.File) ([]byte, error) {
	content := make([]byte, 0, f.Size)
	for _, key := range Keys(k, owner, f) {
		item, err := from.Get(ctx, key)
		if err != nil {
			return nil, fmt.Errorf("attachment: read a piece: %w", err)
		}
		var b body
		if err := json.Unmarshal(item.Body, &b); err != nil {
			return nil, fmt.Errorf("attachment: decode a piece: %w", err)
		}
		if len(b.Sealed) == 0 { // let go
			return nil, fmt.Errorf("attachment: read a piece: %w", table.ErrNotFound)
		}
		piece, err := k.Open(purpose(key), b.Sealed)
		if err != nil {
			return nil, fmt.Errorf("attachment: %w", err)
		}
		content = append(content, piece...)
	}
	if sum := sha256.Sum256(content); hex.EncodeToString(sum[:]) != f.Sum {
		return nil, errAltered
	}
	return content, nil
}
