package lesson_test

import (
	"context"
	"errors"
	"testing"

	"github.com/tellback/tellback/internal/lesson"
	"github.com/tellback/tellback/internal/table"
	"github.com/tellback/tellback/internal/table/tabletest"
)

func TestTheNewestLesson(t *testing.T) {
	ctx, m := context.Background(), tabletest.NewMemory()
	shelf := lesson.Shelf{Learning: m}
	if l, err := shelf.Newest(ctx, "river"); err != nil || l.Number != 0 {
		t.Errorf("before there is any: %+v %v", l, err)
	}
	for n := range 11 {
		op, err := lesson.Put("river", lesson.Lesson{Number: n + 1, Period: "2026-10", Sentence: map[string]string{"en": "Many slept well."}})
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Write(ctx, op); err != nil {
			t.Fatal(err)
		}
		if err := m.Write(ctx, op); !errors.Is(err, table.ErrConflict) {
			t.Errorf("a lesson was replaced: %v", err)
		}
	}
	if l, err := shelf.Newest(ctx, "river"); err != nil || l.Number != 11 || l.Sentence["en"] == "" {
		t.Errorf("%+v %v", l, err)
	}
	if l, err := shelf.Newest(ctx, "brook"); err != nil || l.Number != 0 {
		t.Errorf("another program's: %+v %v", l, err)
	}
}
