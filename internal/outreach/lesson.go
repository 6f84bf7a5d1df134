package outreach

import (
	"context"
	"strings"
	"time"

	"github.com/tellback/tellback/internal/lesson"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/words"
)

// news is a program's newest lesson; it is asked for once in a run.
func (r *run) news(ctx context.Context, p *program.Program) (lesson.Lesson, error) {
	if l, ok := r.lessons[p.ID]; ok || r.Lessons == nil {
		return l, nil
	}
	l, err := r.Lessons.Newest(ctx, p.ID)
	if err == nil {
		r.lessons[p.ID] = l
	}
	return l, err
}

// tell is the text of a lesson for somebody who speaks a language; "" when there is nothing to say.
func tell(l lesson.Lesson, p *program.Program, language string) string {
	sentence := l.Sentence[language]
	if sentence == "" && len(p.Languages) > 0 {
		language = p.Languages[0]
		sentence = l.Sentence[language]
	}
	if sentence = strings.TrimSpace(sentence); sentence == "" {
		return ""
	}
	return words.Text(language, "sms.lesson-news", "program", p.Name.In(language), "lesson", sentence)
}

// nextLesson is when it is worth looking for the next lesson: the morning after the next release can be out; the next
// morning, while one is overdue.
func (r *run) nextLesson(t turn) time.Time {
	now := r.Now()
	period := t.program.PeriodAt(now)
	tomorrow := t.program.Morning(now, 1, t.zone)
	if r.lessons[t.program.ID].Period != t.program.Previous(period).ID && t.program.ReleaseFrom(t.program.Previous(period)).Before(now) {
		return tomorrow
	}
	next := t.program.ReleaseFrom(t.program.Previous(period))
	if !next.After(now) {
		next = t.program.ReleaseFrom(period)
	}
	if at := t.program.Morning(next, 1, t.zone); at.After(tomorrow) {
		return at
	}
	return tomorrow
}
