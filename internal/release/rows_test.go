package release

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/report"
)

func TestPercent(t *testing.T) {
	for _, c := range []struct {
		part, of int64
		want     string
	}{{0, 0, ""}, {0, 100, "0-5"}, {54, 1000, "0-5"}, {55, 1000, "6"}, {1, 3, "33"}, {125, 1000, "13"}, {944, 1000, "94"}, {945, 1000, "95-100"}, {7, 7, "95-100"}} {
		if got := percent(c.part, c.of); got != c.want {
			t.Errorf("%d of %d: %q, want %q", c.part, c.of, got, c.want)
		}
	}
}

func TestMenuHoldsWhatAddsUp(t *testing.T) {
	w := newWorld(t)
	p, q := w.catalog.Program("lake"), w.catalog.Questionnaire("week", "1")
	told := func(groups ...string) report.Standing {
		return report.Standing{Program: "lake", Questionnaire: "week", Version: "1", Period: "2026-09", Perspective: report.Self, Stage: report.Completed, Groups: groups,
			Cells: map[string]report.Cell{"mood": {Codes: []string{"1"}}}, Missing: []string{"load"}}
	}
	all := p.Groups(map[string]string{"age": "old"}, "es", "sms", "")
	withdrawn := report.Standing{Program: "lake", Questionnaire: "week", Version: "1", Period: "2026-09", Perspective: report.Self, Stage: report.Started, Groups: []string{""}}
	for _, c := range []struct {
		name   string
		people []report.Standing
		want   string
		size   map[string]int64
	}{
		{"all of the menu", []report.Standing{told(all...)}, "age channel language age&language", map[string]int64{"age=old&language=es": 1}},
		{"a withdrawal takes nothing away", []report.Standing{told(all...), withdrawn}, "age channel language age&language", nil},
		{"a value that isn't known any more", []report.Standing{told("", "age=ancient", "channel=sms", "language=es", "age=ancient&language=es")},
			"age channel language age&language", map[string]int64{"age=unknown": 1, "age=unknown&language=es": 1}},
		{"one from before age was asked", []report.Standing{told(all...), told("", "channel=web", "language=es")}, "channel language", map[string]int64{"language=es": 2}},
		{"one from before the pair", []report.Standing{told(all...), told("", "age=old", "channel=web", "language=es")}, "age channel language", nil},
		{"one of a breakdown that is gone", []report.Standing{told(append(all, "shoe=42")...)}, "age channel language age&language", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, err := newProblem(p, q, "self", sections(cellsOf(c.people))[0].tallies)
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			sizes := map[string]int64{}
			for g, at := range b.groups {
				if name := strings.Join(at.sources, "&"); name != "" && (len(names) == 0 || names[len(names)-1] != name) {
					names = append(names, name)
				}
				sizes[at.name()] = b.tables.Counts[b.people[g]]
			}
			want := strings.Fields(c.want)
			if d := cmp.Diff(sorted(want), sorted(names)); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
			for name, n := range c.size {
				if sizes[name] != n {
					t.Errorf("%s has %d people, want %d", name, sizes[name], n)
				}
			}
		})
	}
}

func sorted(s []string) map[string]bool {
	out := map[string]bool{}
	for _, x := range s {
		out[x] = true
	}
	return out
}

// lessonsOf publishes people and gives the lessons of it.
func lessonsOf(t *testing.T, people []report.Standing) []Lesson {
	t.Helper()
	w := newWorld(t)
	w.fold(t, people)
	closeAll(t, w, octoberDue)
	r, _, err := NewRecord(w.table, w.archive).Open(context.Background(), "lake", 1)
	if err != nil {
		t.Fatal(err)
	}
	return r.Lessons
}

func TestLessons(t *testing.T) {
	mood := func(perspective report.Perspective, counts ...int) (out []report.Standing) {
		for code, n := range counts {
			for range n {
				out = append(out, report.Standing{Program: "lake", Questionnaire: "week", Version: "1", Period: "2026-10", Perspective: perspective, Stage: report.Completed,
					Groups: []string{""}, Missing: []string{"load"}, Cells: map[string]report.Cell{"mood": {Codes: []string{string(rune('0' + code))}}}})
			}
		}
		return out
	}
	for _, c := range []struct {
		name   string
		people []report.Standing
		en, es string
	}{
		{"a share", mood(report.Self, 30, 30, 40), "6 in 10 people in October were well.", "6 de cada 10 personas en octubre estaban bien."},
		{"nearly nobody", mood(report.Self, 0, 11, 300), "Fewer than 1 in 10 people in October were well.", "Menos de 1 de cada 10 personas en octubre estaban bien."},
		{"nobody", mood(report.Self, 0, 0, 300, 20), "", ""},
		{"nearly everybody", mood(report.Self, 300, 300, 11), "More than 9 in 10 people in October were well.", "Más de 9 de cada 10 personas en octubre estaban bien."},
		{"29 people", mood(report.Self, 15, 0, 14), "", ""},
		{"30 people", mood(report.Self, 15, 0, 15), "5 in 10 people in October were well.", "5 de cada 10 personas en octubre estaban bien."},
		{"an answer that isn't shown", mood(report.Self, 30, 3, 40), "", ""},
		{"others answered about them", mood(report.Proxy, 30, 30, 40), "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := lessonsOf(t, c.people)
			if c.en == "" {
				if len(got) != 0 {
					t.Errorf("said %v", got[0].Text)
				}
				return
			}
			if len(got) != 1 {
				t.Fatalf("%d lessons", len(got))
			}
			if d := cmp.Diff(map[string]string{"en": c.en, "es": c.es}, got[0].Text); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}

func TestLabelsAreThereForEveryRow(t *testing.T) {
	w := newWorld(t)
	w.fold(t, w.week("2026-10", 8, 1))
	closeAll(t, w, octoberDue)
	r, _, err := NewRecord(w.table, w.archive).Open(context.Background(), "lake", 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range []string{"en", "es"} {
		has := func(k string) {
			if text := r.Labels[lang][k]; text == "" || strings.HasPrefix(text, "learn.") {
				t.Errorf("%s has no label for %s: %q", lang, k, text)
			}
		}
		for _, row := range r.Rows {
			if row.Item != "" {
				has(ItemLabel(row.Questionnaire, row.Version, row.Item))
			}
			if row.AnswerCode != "" {
				has(AnswerLabel(row.Questionnaire, row.Version, row.Item, row.AnswerCode))
			}
			values := strings.Split(row.BreakdownValue, "&")
			for i, source := range strings.Split(row.Breakdown, "&") {
				if source != "" {
					has(BreakdownLabel(source))
					has(ValueLabel(source, values[i]))
				}
			}
		}
	}
	if got := r.Labels["es"][ValueLabel("age", program.Unknown)]; got != "Sin decir" {
		t.Errorf("unknown age is %q", got)
	}
}
