// Package lesson is where a release's sentences lie for those who text them: in the learning table, apart from the release.
package lesson

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/tellback/tellback/internal/table"
)

// Lesson is what one release taught, in a sentence.
type Lesson struct {
	Number   int               `json:"number"`   // of the release
	Period   string            `json:"period"`   // its period's id
	Sentence map[string]string `json:"sentence"` // by language; none where the release teaches nothing
}

// Put is the operation that keeps the lesson of a new release: LESSON#<program> / <number>.
func Put(programID string, l Lesson) (table.Op, error) {
	body, err := json.Marshal(l)
	if err != nil {
		return table.Op{}, fmt.Errorf("lesson: encode %s %d: %w", programID, l.Number, err)
	}
	return table.Put(table.Item{Key: table.Key{Partition: partition(programID), Sort: fmt.Sprintf("%06d", l.Number)}, Body: body}), nil
}

// Shelf reads lessons.
type Shelf struct{ Learning table.Table }

// Newest is the lesson of a program's newest release; the zero one where there is none.
func (s Shelf) Newest(ctx context.Context, programID string) (l Lesson, err error) {
	q := table.Query{Partition: partition(programID), Reverse: true, Limit: 1}
	for {
		page, err := s.Learning.Query(ctx, q)
		if err != nil {
			return l, fmt.Errorf("lesson: newest of %s: %w", programID, err)
		}
		if len(page.Items) > 0 {
			if err := json.Unmarshal(page.Items[0].Body, &l); err != nil {
				return Lesson{}, fmt.Errorf("lesson: decode %s %s: %w", programID, page.Items[0].Sort, err)
			}
			return l, nil
		}
		if q.Cursor = page.Next; q.Cursor == "" {
			return l, nil
		}
	}
}

func partition(programID string) string { return "LESSON#" + programID }
