package attachment

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/table"
)

// What is held for an owner is listed, sealed, so that all of it can be forgotten, also what nobody speaks of any more. The list is
// written before the pieces and is shortened after they are let go: a crash leaves a list that is too long, never one that is too short.

// list is what is held for an owner, by the text of the value that stands for each file.
type list struct {
	texts []string
	item  table.Item
}

func (s *Shelf) listKey(owner string) table.Key {
	return table.Key{Partition: "F#" + s.Keys.Pseudonym("files", owner), Sort: "LIST"}
}

func (s *Shelf) list(ctx context.Context, owner string) (list, error) {
	key := s.listKey(owner)
	item, err := s.People.Get(ctx, key)
	if errors.Is(err, table.ErrNotFound) {
		return list{item: table.Item{Key: key}}, nil
	}
	if err != nil {
		return list{}, fmt.Errorf("attachment: read a list: %w", err)
	}
	l, b := list{item: item}, body{}
	if err := json.Unmarshal(item.Body, &b); err != nil {
		return list{}, fmt.Errorf("attachment: decode a list: %w", err)
	}
	plain, err := s.Keys.Open(purpose(key), b.Sealed)
	if err != nil {
		return list{}, fmt.Errorf("attachment: %w", err)
	}
	if err := json.Unmarshal(plain, &l.texts); err != nil {
		return list{}, fmt.Errorf("attachment: decode a list: %w", err)
	}
	return l, nil
}

// write stores texts in the place of l, and gives what is stored then; table.ErrConflict when somebody else was faster.
func (s *Shelf) write(ctx context.Context, l list, texts []string, expires time.Time) (list, error) {
	plain, err := json.Marshal(texts)
	if err != nil {
		return l, fmt.Errorf("attachment: encode a list: %w", err)
	}
	b := body{}
	if b.Sealed, err = s.Keys.Seal(purpose(l.item.Key), plain); err != nil {
		return l, fmt.Errorf("attachment: %w", err)
	}
	if l.item.Body, err = json.Marshal(b); err != nil {
		return l, fmt.Errorf("attachment: encode a list: %w", err)
	}
	l.item.Expires = expires.UTC().Truncate(time.Second)
	if err := s.People.Write(ctx, table.Put(l.item)); err != nil {
		return l, fmt.Errorf("attachment: write a list: %w", err)
	}
	l.texts = texts
	l.item.Version++
	return l, nil
}

// Replace holds files for an owner until expires, and of what was held for them before no more than keep.
func (s *Shelf) Replace(ctx context.Context, owner string, keep []string, files questionnaire.Files, expires time.Time) error {
	const attempts = 8
	var l list
	var err error
	for range attempts {
		if l, err = s.list(ctx, owner); err != nil {
			return err
		}
		all := slices.Clone(l.texts)
		for text := range files {
			if !slices.Contains(all, text) {
				all = append(all, text)
			}
		}
		if len(all) == len(l.texts) {
			break
		}
		if l, err = s.write(ctx, l, all, expires); !errors.Is(err, table.ErrConflict) {
			break
		}
	}
	if err != nil {
		return err
	}
	if err := s.Hold(ctx, owner, files, expires); err != nil {
		return err
	}
	var stay []string
	for _, text := range l.texts {
		if _, came := files[text]; came || slices.Contains(keep, text) {
			stay = append(stay, text)
			continue
		}
		if f, ok := (questionnaire.Value{Type: questionnaire.Attachment, Text: text}).File(); ok {
			if err := s.LetGo(ctx, owner, f); err != nil {
				return err
			}
		}
	}
	if len(stay) == len(l.texts) {
		return nil
	}
	if _, err = s.write(ctx, l, stay, expires); errors.Is(err, table.ErrConflict) { // whoever was faster has the longer list
		return nil
	}
	return err
}

// Empty forgets all that is held for an owner. Doing it twice changes nothing.
func (s *Shelf) Empty(ctx context.Context, owner string, now time.Time) error {
	return s.Replace(ctx, owner, nil, nil, now.Add(time.Hour))
}
