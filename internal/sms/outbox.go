package sms

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"
	"time"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/participant"
	"github.com/tellback/tellback/internal/table"
)

// State is how far a text has come between us and the gateway.
type State string

// The states. A text is claimed in the very write that takes it off the schedule, before the gateway hears of it; whoever
// finds it claimed for longer than a [Lease] asks the gateway what became of it.
const (
	Claimed State = "claimed" // somebody is handing it over, or was when they died
	Held    State = "held"    // not taken, or not delivered: to be tried again
	TakenOn State = "taken"   // the gateway has it
	Over    State = "over"    // given up
)

// Text is one text of our own accord, from its claim until long after its fate is known: T#<id> / TEXT. While something
// is left to do about it, an item in one of the OUT partitions says when.
type Text struct {
	ID            string           `json:"-"`
	Key           string           `json:"key"`
	Kind          participant.Kind `json:"kind,omitempty"`
	Program       string           `json:"program"`
	Participant   string           `json:"participant"`
	Contact       string           `json:"contact"`
	Questionnaire string           `json:"questionnaire,omitempty"`
	Words         []byte           `json:"words"` // sealed
	Segments      int              `json:"segments"`
	State         State            `json:"state"`
	First         time.Time        `json:"first"` // its first claim
	Try           int              `json:"try"`   // 1 is the first
	At            time.Time        `json:"at"`    // this try's claim
	SID           string           `json:"sid,omitempty"`
	Status        string           `json:"status,omitempty"` // this try's, as receipts have said so far
	Code          string           `json:"code,omitempty"`
	Look          time.Time        `json:"look,omitzero"` // when something is to be done about it

	version int64
}

const (
	tries   = 4                   // at most, of one text
	lasting = 24 * time.Hour      // after that it is not tried again
	kept    = 30 * 24 * time.Hour // how long a text is remembered
	outTime = "2006-01-02T15:04:05Z"
)

// backoff is how long after a try the next one may come.
func backoff(try int) time.Duration {
	return []time.Duration{5 * time.Minute, 30 * time.Minute, 3 * time.Hour}[min(try, 3)-1]
}

// ref names one try of a text; receipts bring it back.
func (t Text) ref() string { return t.ID + "." + strconv.Itoa(t.Try) }

func textKey(id string) table.Key { return table.Key{Partition: "T#" + id, Sort: "TEXT"} }

func lookKey(id string, at time.Time) table.Key {
	h := fnv.New32a()
	_, _ = h.Write([]byte(id)) // never fails
	return table.Key{Partition: outPartition(int(h.Sum32() % participant.Shards)), Sort: at.UTC().Format(outTime) + "#" + id}
}

func outPartition(shard int) string { return fmt.Sprintf("OUT#%02d", shard) }

// put is what stores t in the place of old, with its place among what is to be looked at.
func (t Text) put(old Text) ([]table.Op, error) {
	t.Look = t.Look.UTC().Truncate(time.Second)
	body, err := json.Marshal(t)
	if err != nil {
		return nil, fmt.Errorf("sms: encode text %s: %w", t.ID, err)
	}
	ops := []table.Op{table.Put(table.Item{
		Key: textKey(t.ID), Version: old.version, Body: body, Expires: t.First.Add(kept).UTC().Truncate(time.Second),
	})}
	if old.Look.Equal(t.Look) {
		return ops, nil
	}
	if !old.Look.IsZero() { // each is written once
		ops = append(ops, table.Delete(lookKey(t.ID, old.Look), 1))
	}
	if !t.Look.IsZero() {
		ops = append(ops, table.Put(table.Item{Key: lookKey(t.ID, t.Look), Body: []byte(`{}`)}))
	}
	return ops, nil
}

// text reads one; fault.NotFound when it is not remembered.
func (s *Service) text(ctx context.Context, id string) (Text, error) {
	item, err := s.People.Get(ctx, textKey(id))
	if errors.Is(err, table.ErrNotFound) {
		return Text{}, fault.Wrap(fault.NotFound, err, "There is no such text.")
	}
	if err != nil {
		return Text{}, fmt.Errorf("sms: read text %s: %w", id, err)
	}
	t := Text{ID: id, version: item.Version}
	if err := json.Unmarshal(item.Body, &t); err != nil {
		return Text{}, fmt.Errorf("sms: decode text %s: %w", id, err)
	}
	return t, nil
}

// change changes a text by compare-and-swap. change sees what is stored and may run more than once; false changes nothing.
func (s *Service) change(ctx context.Context, id string, change func(*Text) bool) (t Text, err error) {
	for n := range attempts {
		old, err := s.text(ctx, id)
		if err != nil {
			return Text{}, err
		}
		t = old
		if !change(&t) {
			return old, nil
		}
		ops, err := t.put(old)
		if err != nil {
			return Text{}, err
		}
		if err = s.People.Write(ctx, ops...); err == nil {
			t.version++
			return t, nil
		}
		if !errors.Is(err, table.ErrConflict) {
			return Text{}, fmt.Errorf("sms: write text %s: %w", id, err)
		}
		if err := s.pause(ctx, n); err != nil {
			return Text{}, err
		}
	}
	return Text{}, errCrowded()
}

// Unsettled reads a page of the texts of one shard about which something is to be done at now, oldest first.
func (s *Service) Unsettled(ctx context.Context, shard int, now time.Time, cursor string) (out []Text, next string, err error) {
	page, err := s.People.Query(ctx, table.Query{
		Partition: outPartition(shard), To: now.UTC().Format(outTime) + "#\U0010FFFF", Cursor: cursor,
	})
	if err != nil {
		return nil, "", fmt.Errorf("sms: texts to look at of %s: %w", outPartition(shard), err)
	}
	for _, item := range page.Items {
		_, id, _ := strings.Cut(item.Sort, "#")
		t, err := s.text(ctx, id)
		if fault.KindOf(err) == fault.NotFound { // it outlived its place here: nothing is left to do
			err = s.People.Write(ctx, table.Delete(item.Key, item.Version))
			if err == nil || errors.Is(err, table.ErrConflict) {
				continue
			}
		}
		if err != nil {
			return nil, "", err
		}
		out = append(out, t)
	}
	return out, page.Next, nil
}
