package attachment

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/table"
)

// Shelf holds files that belong to no report yet: those of a conversation that goes on by text, and of a form that has to be sent again.
// They go away by themselves. It is safe for concurrent use.
type Shelf struct {
	People table.Table
	Keys   *phi.Keys
}

// Hold keeps files for an owner until expires. Holding the same again changes nothing, and a crash in between is healed by it.
func (s *Shelf) Hold(ctx context.Context, owner string, files questionnaire.Files, expires time.Time) error {
	for text, content := range files {
		f, _ := questionnaire.Value{Type: questionnaire.Attachment, Text: text}.File()
		items, err := Items(s.Keys, owner, f, content)
		if err != nil {
			return err
		}
		for _, item := range items {
			item.Expires = expires.UTC().Truncate(time.Second)
			if err := s.put(ctx, item); err != nil {
				return err
			}
		}
	}
	return nil
}

// put writes a piece, unless it is there: then it is the same, since its key is made of what it holds.
func (s *Shelf) put(ctx context.Context, item table.Item) error {
	err := s.People.Write(ctx, table.Put(item))
	if !errors.Is(err, table.ErrConflict) {
		return err
	}
	there, err := s.People.Get(ctx, item.Key)
	if err != nil && !errors.Is(err, table.ErrNotFound) {
		return err
	}
	if err == nil && len(there.Body) > len(released) {
		return nil
	}
	item.Version = there.Version // it was let go, or has just expired
	if err := s.People.Write(ctx, table.Put(item)); err != nil && !errors.Is(err, table.ErrConflict) {
		return fmt.Errorf("attachment: hold a piece: %w", err)
	}
	return nil
}

// Held is what is in f as it is held for an owner; table.ErrNotFound when it isn't any more.
func (s *Shelf) Held(ctx context.Context, owner string, f questionnaire.File) ([]byte, error) {
	return Read(ctx, s.People, s.Keys, owner, f)
}

// released is the body of a piece that is no longer held; it goes away when the piece would have.
const released = `{"sealed":null}`

// LetGo forgets a file that is held: its report has it now. Doing it twice changes nothing.
func (s *Shelf) LetGo(ctx context.Context, owner string, f questionnaire.File) error {
	for _, key := range Keys(s.Keys, owner, f) {
		item, err := s.People.Get(ctx, key)
		if errors.Is(err, table.ErrNotFound) {
			continue
		}
		if err == nil && len(item.Body) > len(released) {
			item.Body = []byte(released)
			err = s.People.Write(ctx, table.Put(item))
		}
		if err != nil && !errors.Is(err, table.ErrConflict) {
			return fmt.Errorf("attachment: let go of a piece: %w", err)
		}
	}
	return nil
}
