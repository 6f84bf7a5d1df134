package sms

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/tellback/tellback/internal/compact"
	"github.com/tellback/tellback/internal/conversation"
	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/table"
)

// remembered is how many texts, with their replies, a conversation remembers.
const remembered = 4

// record is one person's conversation as it is stored: sealed, and only ever replaced as a whole.
type record struct {
	Session conversation.Session  `json:"session"`
	Recent  []turn                `json:"recent,omitempty"` // oldest first
	Outbox  []conversation.Effect `json:"outbox,omitempty"` // of the newest text; done or not
	Heard   heard                 `json:"heard,omitempty"`

	number    phi.Text
	pseudonym string
	version   int64
	done      bool // the outbox has been carried out since it was read
	left      bool // the outbox is of an earlier text: most likely it has been carried out
}

// turn is a text that was answered.
type turn struct {
	SID     string   `json:"sid"`
	Replies []string `json:"replies,omitempty"`
	Owed    *debt    `json:"owed,omitempty"` // of a text that no webhook waits for
}

// sealed is the body of the stored item.
type sealed struct {
	Sealed []byte `json:"sealed"`
}

func recordKey(pseudonym string) table.Key {
	return table.Key{Partition: "C#" + pseudonym, Sort: "CONVERSATION"}
}

func purpose(pseudonym string) string { return "conversation:" + pseudonym }

// load reads the conversation with a number. Where there is none, it begins with what the registry knows of the number:
// somebody may have joined by other ways, or have said STOP long ago.
func (s *Service) load(ctx context.Context, number phi.Text) (*record, error) {
	r := &record{number: number, pseudonym: s.Registry.ContactPseudonym(number)}
	item, err := s.People.Get(ctx, recordKey(r.pseudonym))
	if errors.Is(err, table.ErrNotFound) {
		r.Session, err = s.fromRegistry(ctx, number)
		return r, err
	}
	if err != nil {
		return nil, fmt.Errorf("sms: read conversation %s: %w", r.pseudonym, err)
	}
	var body sealed
	if err := json.Unmarshal(item.Body, &body); err != nil {
		return nil, fmt.Errorf("sms: decode conversation %s: %w", r.pseudonym, err)
	}
	plain, err := s.Keys.Open(purpose(r.pseudonym), body.Sealed)
	if err != nil {
		return nil, fmt.Errorf("sms: conversation %s: %w", r.pseudonym, err)
	}
	if form := forms[first(plain)]; form != nil { // otherwise it is JSON as it was stored at first
		if plain, err = form.Expand(plain[1:]); err != nil {
			return nil, fmt.Errorf("sms: conversation %s: %w", r.pseudonym, err)
		}
	}
	if err := json.Unmarshal(plain, r); err != nil {
		return nil, fmt.Errorf("sms: decode conversation %s: %w", r.pseudonym, errUnreadable)
	}
	r.version, r.left = item.Version, true
	return r, nil
}

// errUnreadable stands for a JSON error, which could quote what was said.
var errUnreadable = errors.New("its JSON can't be read")

func (s *Service) fromRegistry(ctx context.Context, number phi.Text) (conversation.Session, error) {
	var session conversation.Session
	c, ok, err := s.Registry.Contact(ctx, number)
	if err != nil || !ok {
		return session, err
	}
	session.Stopped = c.Stopped
	for _, programID := range slices.Sorted(maps.Keys(c.Participants)) {
		p, err := s.Registry.Participant(ctx, c.Participants[programID])
		if fault.KindOf(err) == fault.NotFound || err == nil && !p.Left.IsZero() {
			continue
		}
		if err != nil {
			return session, err
		}
		session.Members = append(session.Members, conversation.Member{
			Program: p.Program, Role: program.Role(p.Role), Attributes: p.Attributes,
		})
		session.Program, session.Language = p.Program, p.Language
	}
	return session, nil
}

// shrunk begins a sealed conversation that was made small before. It is written with every text, and DynamoDB bills each
// kilobyte of it.
const shrunk = 2

// forms are how conversations are made small, by the byte that they begin with. What one is made with is part of what is stored: another
// needs another byte. The first has no words of questions that are asked together.
var forms = map[byte]*compact.Form{
	1: compact.New(usual),
	shrunk: compact.New(`"ahead":{"":null},"mended":"","told":{"program":"","questionnaire":"","version":"1","answers":{"":[{"type":"choice","code":""}],` +
		`"key":"sms:SM:0","at":"2026-"correct","report":"sms:SM` +
		`This week. Reply with 5 numbers, like 0 1 2 0 3:\nPain: 0 No pain ... 4 Very strong\nTired: 0 Not tired ... 4 Worn out\nSleep: 0 Very well ... 4 Very badly\nWorry: ` +
		`We took that as Changed: Thank you! See or change your answers: https://Thank you. Your words are kept: https://We kept your words: https:// or text SKIP.` +
		`"outbox":[{"kind":"tell","key":"sms:SM` + usual + `"started":true,"until":"","single":true}`),
}

// first is the first byte of a stored conversation; 0 of none.
func first(plain []byte) byte {
	if len(plain) == 0 {
		return 0
	}
	return plain[0]
}

const usual = `"misses":1,"warned":true,"offered":true,"aside":{"stopped":true,"resumed":"20","pending":[{"text":"","chosen":true,` +
	`"invited":["outreach:"joining":{"program":"","stage":"consent"role"attribute","consent":{"key":"SM","version":"20","at":"2026-` +
	`T":"Z"},"caregiver","text":"[{"type":"boolean","text":"true"}],"es"{"kind":"enrol","speak","stop","resume","alert","tell","started",` +
	`"key":"SM:0","program":"","questionnaire":"","version":"1","language":"en","role":"patient","attributes":{"age":"",` +
	`"answers":{"":[{"type":"choice","code":"","at":"2026-{"session":{"language":"en","program":"","members":[{"program":"",` +
	`"role":"patient","attributes":{"age":""}}],"filling":{"program":"","questionnaire":"","version":"1","item":"",` +
	`"answers":{"":[{"type":"choice","code":""}],"trail":["","],"started":true},"last":"2026-Z"},` +
	`"recent":[{"sid":"SM","replies":["\n0 No\n1 A little\n2 \n3 Very \n4 How this week?"]},` +
	`{"sid":"SM","replies":["/5 Thank you. See or change your answers: https://"]}],"outbox":[{"kind":`

// store replaces the conversation if nobody else has since it was read; table.ErrConflict otherwise.
func (s *Service) store(ctx context.Context, r *record) error {
	op, err := s.replace(r)
	if err != nil {
		return err
	}
	if err := s.People.Write(ctx, op); err != nil {
		return fmt.Errorf("sms: write conversation %s: %w", r.pseudonym, err)
	}
	r.version++
	r.done, r.left = false, false
	return nil
}

// replace is the operation that stores the conversation. Words of somebody who never consented go away by themselves.
func (s *Service) replace(r *record) (op table.Op, err error) {
	plain, err := json.Marshal(r)
	if err != nil {
		return op, fmt.Errorf("sms: encode conversation %s: %w", r.pseudonym, errUnreadable)
	}
	less, err := forms[shrunk].Shrink(plain)
	if err != nil {
		return op, fmt.Errorf("sms: conversation %s: %w", r.pseudonym, err)
	}
	secret, err := s.Keys.Seal(purpose(r.pseudonym), append([]byte{shrunk}, less...))
	if err != nil {
		return op, fmt.Errorf("sms: conversation %s: %w", r.pseudonym, err)
	}
	body, err := json.Marshal(sealed{secret})
	if err != nil {
		return op, fmt.Errorf("sms: encode conversation %s: %w", r.pseudonym, err)
	}
	item := table.Item{Key: recordKey(r.pseudonym), Version: r.version, Body: body}
	if !r.Session.Known() {
		item.Expires = s.Now().Add(conversation.Kept).UTC().Truncate(time.Second)
	}
	return table.Put(item), nil
}

// turn is the remembered text with that sid, or nil.
func (r *record) turn(sid string) *turn {
	for n := range r.Recent {
		if r.Recent[n].SID == sid {
			return &r.Recent[n]
		}
	}
	return nil
}

// answer is what the webhook of a remembered text is answered with: nothing where the replies go another way.
func (r *record) answer(sid string) []string {
	if t := r.turn(sid); t != nil && t.Owed == nil {
		return t.Replies
	}
	return nil
}

func (r *record) remember(sid string, replies []string, owed *debt, now time.Time) {
	r.Heard = r.Heard.with(sid, now)
	r.Recent = append(r.Recent, turn{sid, replies, owed})
	if n := len(r.Recent) - remembered; n > 0 {
		r.Recent = r.Recent[n:]
	}
}
