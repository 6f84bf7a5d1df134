// Package personal is the links that a conversation by text gives where words can't answer: each leads to a page for that one question.
// It keeps what was sent there until the conversation takes it.
package personal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/tellback/tellback/internal/attachment"
	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/table"
)

const (
	// Kept is how long a link leads to its page after it was last sent.
	Kept = 30 * 24 * time.Hour
	// Held is how long what was sent is kept for a conversation that doesn't go on: no longer than its link.
	Held = Kept
)

// State is what became of a link.
type State string

// The states of a link.
const (
	Open   State = "open"   // its question waits
	Filled State = "filled" // something was sent; it may still be replaced
	Closed State = "closed" // the conversation has moved on
)

// Link is what a link asks for.
type Link struct {
	Program       string   `json:"program"`
	Questionnaire string   `json:"questionnaire"`
	Version       string   `json:"version"`
	Item          string   `json:"item"` // linkId
	Language      string   `json:"language"`
	Text          string   `json:"text,omitempty"` // of the question, where it is computed from other answers
	Conversation  string   `json:"conversation"`   // the contact's pseudonym
	State         State    `json:"state"`
	Files         []string `json:"files,omitempty"` // what was sent, by the text of the value that stands for each

	version int64
	expires time.Time
}

// Links keeps links in the people table. It is safe for concurrent use.
type Links struct {
	People table.Table
	Keys   *phi.Keys
	Now    func() time.Time
}

// Token is the secret part of the address of the link that was asked for under key: 26 characters of [a-z2-9]. Like a receipt it is
// stored nowhere.
func (l *Links) Token(key string) string { return l.Keys.Pseudonym("personal", key) }

// id names a link in the table and in keys.
func (l *Links) id(token string) string { return l.Keys.Pseudonym("link", token) }

func (l *Links) shelf() *attachment.Shelf { return &attachment.Shelf{People: l.People, Keys: l.Keys} }

func owner(id string) string { return "link:" + id }

func linkKey(id string) table.Key { return table.Key{Partition: "L#" + id, Sort: "LINK"} }

// Ask opens a link, or keeps it open for longer; its page speaks the language in which it was asked for last. Doing it twice changes nothing.
func (l *Links) Ask(ctx context.Context, key string, link Link) error {
	id, now := l.id(l.Token(key)), l.Now()
	known, err := l.read(ctx, id)
	if err == nil && known.expires.Sub(now) > Kept/2 && known.Language == link.Language {
		return nil
	}
	if err == nil {
		known.Language, known.Text = link.Language, link.Text
		link = known
	} else if fault.KindOf(err) != fault.NotFound {
		return err
	}
	if link.State == "" {
		link.State = Open
	}
	link.expires = now.Add(Kept)
	op, err := l.put(id, link)
	if err == nil {
		err = l.People.Write(ctx, op)
	}
	if errors.Is(err, table.ErrConflict) { // somebody else has opened or filled it just now
		return nil
	}
	return wrap(id, err)
}

var errNoLink = fault.New(fault.NotFound, "There is no such link.")

// Read is the link with that token; fault.NotFound when there is none, or none any more. It changes nothing.
func (l *Links) Read(ctx context.Context, token string) (Link, error) {
	return l.read(ctx, l.id(token))
}

func (l *Links) read(ctx context.Context, id string) (Link, error) {
	item, err := l.People.Get(ctx, linkKey(id))
	if errors.Is(err, table.ErrNotFound) {
		return Link{}, errNoLink
	}
	if err != nil {
		return Link{}, wrap(id, err)
	}
	var body struct {
		Sealed []byte `json:"sealed"`
	}
	if err := json.Unmarshal(item.Body, &body); err != nil {
		return Link{}, wrap(id, err)
	}
	plain, err := l.Keys.Open("link:"+id, body.Sealed)
	if err != nil {
		return Link{}, wrap(id, err)
	}
	link := Link{version: item.Version, expires: item.Expires}
	if err := json.Unmarshal(plain, &link); err != nil {
		return Link{}, fmt.Errorf("personal: decode link %s", id) // the error could quote a question
	}
	return link, nil
}

func (l *Links) put(id string, link Link) (table.Op, error) {
	plain, err := json.Marshal(link)
	if err != nil {
		return table.Op{}, err
	}
	sealed, err := l.Keys.Seal("link:"+id, plain)
	if err != nil {
		return table.Op{}, err
	}
	raw, err := json.Marshal(map[string][]byte{"sealed": sealed})
	if err != nil {
		return table.Op{}, err
	}
	return table.Put(table.Item{Key: linkKey(id), Version: link.version, Expires: link.expires.UTC().Truncate(time.Second), Body: raw}), nil
}

var errClosed = fault.New(fault.Conflict, "This question is no longer open.")

// Fill puts files where the conversation finds them, in the place of those that were sent before. The files are written first, so that
// a crash in between leaves a link that asks as before, and files that go away by themselves. fault.Conflict says that the conversation
// has moved on.
func (l *Links) Fill(ctx context.Context, token string, values []questionnaire.Value, files questionnaire.Files) error {
	id := l.id(token)
	if err := l.shelf().Hold(ctx, owner(id), files, l.Now().Add(Held)); err != nil {
		return wrap(id, err)
	}
	const attempts = 8
	for range attempts {
		link, err := l.read(ctx, id)
		if err != nil {
			return err
		}
		if link.State == Closed {
			return errClosed
		}
		link.State, link.Files = Filled, nil
		for _, v := range values {
			link.Files = append(link.Files, v.Text)
		}
		filled, err := l.put(id, link)
		if err != nil {
			return wrap(id, err)
		}
		ops := []table.Op{filled}
		if note, err := l.note(ctx, id, link); err != nil {
			return err
		} else if note != nil {
			ops = append(ops, *note)
		}
		if err = l.People.Write(ctx, ops...); !errors.Is(err, table.ErrConflict) {
			return wrap(id, err)
		}
	}
	return fault.New(fault.Unavailable, "Too much is happening at once. Please try again in a moment.")
}

// Sent are the files that were sent to the link that was asked for under key; none when there are none, or the link is closed.
func (l *Links) Sent(ctx context.Context, key string) ([]questionnaire.Value, error) {
	link, err := l.read(ctx, l.id(l.Token(key)))
	if fault.KindOf(err) == fault.NotFound && err != nil {
		return nil, nil
	}
	if err != nil || link.State != Filled {
		return nil, err
	}
	var out []questionnaire.Value
	for _, text := range link.Files {
		out = append(out, questionnaire.Value{Type: questionnaire.Attachment, Text: text})
	}
	return out, nil
}

// Close says that the conversation has moved on. Doing it twice changes nothing.
func (l *Links) Close(ctx context.Context, key string) error {
	id := l.id(l.Token(key))
	const attempts = 8
	for range attempts {
		link, err := l.read(ctx, id)
		if fault.KindOf(err) == fault.NotFound && err != nil || err == nil && link.State == Closed {
			return nil
		}
		if err != nil {
			return err
		}
		link.State = Closed
		op, err := l.put(id, link)
		if err != nil {
			return wrap(id, err)
		}
		if err = l.People.Write(ctx, op); !errors.Is(err, table.ErrConflict) {
			return wrap(id, err)
		}
	}
	return fault.New(fault.Unavailable, "Too much is happening at once. Please try again in a moment.")
}

// Content is what is in a file that was sent to the link that was asked for under key; fault.NotFound when it is no longer held.
func (l *Links) Content(ctx context.Context, key string, f questionnaire.File) ([]byte, error) {
	content, err := l.shelf().Held(ctx, owner(l.id(l.Token(key))), f)
	if errors.Is(err, table.ErrNotFound) {
		return nil, fault.Wrap(fault.NotFound, err, "This file is no longer here.")
	}
	return content, err
}

// LetGo forgets what was sent to the link that was asked for under key. Doing it twice changes nothing.
func (l *Links) LetGo(ctx context.Context, key string, texts ...string) error {
	for _, text := range texts {
		f, ok := questionnaire.Value{Type: questionnaire.Attachment, Text: text}.File()
		if !ok {
			continue
		}
		if err := l.shelf().LetGo(ctx, owner(l.id(l.Token(key))), f); err != nil {
			return err
		}
	}
	return nil
}

func wrap(id string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("personal: link %s: %w", id, err)
}
