package release

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/table"
)

// Entry is a release's place in the learning table.
type Entry struct {
	Program   string    `json:"program"`
	Number    int       `json:"number"`
	Period    string    `json:"period"`
	Start     time.Time `json:"start"` // of the period
	End       time.Time `json:"end"`
	SHA256    string    `json:"sha256"`
	Previous  string    `json:"previous"` // "" for the first
	Published time.Time `json:"published"`
	Synthetic bool      `json:"synthetic,omitempty"`
	Rows      int       `json:"rows"`
	Shown     int       `json:"shown"` // rows that have a value
}

// Record is the learning record as readers see it: the chain of releases.
type Record struct {
	learning table.Table
	archive  Archive
}

// NewRecord reads from the learning table and the archive.
func NewRecord(learning table.Table, archive Archive) *Record { return &Record{learning, archive} }

func entryKey(program string, number int) table.Key {
	return table.Key{Partition: "RELEASES#" + program, Sort: fmt.Sprintf("%06d", number)}
}

// Entries are a program's releases, newest first.
func (r *Record) Entries(ctx context.Context, program string) ([]Entry, error) {
	return r.entries(ctx, program, 0)
}

func (r *Record) entries(ctx context.Context, program string, limit int) ([]Entry, error) {
	var out []Entry
	q := table.Query{Partition: "RELEASES#" + program, Reverse: true, Limit: limit}
	for {
		page, err := r.learning.Query(ctx, q)
		if err != nil {
			return nil, fmt.Errorf("release: entries of %s: %w", program, err)
		}
		for _, i := range page.Items {
			e, err := entry(i)
			if err != nil {
				return nil, err
			}
			out = append(out, e)
		}
		if page.Next == "" || limit > 0 && len(out) >= limit {
			return out, nil
		}
		q.Cursor = page.Next
	}
}

func entry(i table.Item) (Entry, error) {
	var e Entry
	if err := json.Unmarshal(i.Body, &e); err != nil {
		return e, fmt.Errorf("release: entry %s %s: %w", i.Partition, i.Sort, err)
	}
	return e, nil
}

// Head is the newest release's entry; ok is false when there is none.
func (r *Record) Head(ctx context.Context, program string) (e Entry, ok bool, err error) {
	entries, err := r.entries(ctx, program, 1)
	if err != nil || len(entries) == 0 {
		return Entry{}, false, err
	}
	return entries[0], true, nil
}

// Open reads one release and its sealed bytes, and checks that they are the ones that were sealed. fault.NotFound when
// there is no such release.
func (r *Record) Open(ctx context.Context, program string, number int) (Release, []byte, error) {
	i, err := r.learning.Get(ctx, entryKey(program, number))
	if errors.Is(err, table.ErrNotFound) {
		return Release{}, nil, fault.Wrap(fault.NotFound, err, "There is no such release.")
	}
	if err != nil {
		return Release{}, nil, fmt.Errorf("release: %s %d: %w", program, number, err)
	}
	e, err := entry(i)
	if err != nil {
		return Release{}, nil, err
	}
	data, err := r.archive.Get(ctx, documentName(program, number))
	if err != nil {
		// That it has an entry but no document is our fault, not the asker's.
		return Release{}, nil, fmt.Errorf("release: %s %d: archive: %v", program, number, err)
	}
	if hash(data) != e.SHA256 {
		return Release{}, nil, fmt.Errorf("release: %s %d: the archived bytes aren't the sealed ones", program, number)
	}
	rel, err := Parse(data)
	if err != nil {
		return Release{}, nil, fmt.Errorf("release: %s %d: %w", program, number, err)
	}
	return rel, data, nil
}
