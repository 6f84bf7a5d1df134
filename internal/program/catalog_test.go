package program_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/schemas"
)

func riverOf(t testing.TB) *program.Program {
	t.Helper()
	c, err := program.Load(schemas.FS)
	if err != nil {
		t.Fatal(issues(t, err))
	}
	return c.Program("river")
}

func TestJoins(t *testing.T) {
	m := world(t)
	m["programs/north.json"] = &fstest.MapFile{Data: slices.Clone(m[river].Data)}
	set(t, m, "programs/north.json", "/id", "north")
	set(t, m, "programs/north.json", "/joinWords", []any{"River North"})
	set(t, m, "programs/north.json", "/joinLanguages", nil)
	c, err := program.Load(m)
	if err != nil {
		t.Fatal(issues(t, err))
	}
	for _, tc := range []struct{ name, text, want string }{
		{"the word", "RIVER", "river"},
		{"with an accent", "Río!", "river"},
		{"with join", "Join river", "river"},
		{"with join and more", "join river please", "river"},
		{"two words", "river north", "north"},
		{"the longer word wins", "join river north now", "north"},
		{"in a sentence", "the river was high", ""},
		{"first in a sentence", "river please", ""},
		{"a longer word", "join rivers", ""},
		{"join alone", "join", ""},
		{"nothing", "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := ""
			if p := c.Joins(program.Fold(tc.text)); p != nil {
				got = p.ID
			}
			if got != tc.want {
				t.Errorf("%q joins %q, want %q", tc.text, got, tc.want)
			}
		})
	}
}

func TestGroups(t *testing.T) {
	p := riverOf(t)
	for _, c := range []struct {
		name                        string
		attributes                  map[string]string
		language, channel, relation string
		want                        []string
	}{
		{"all known", map[string]string{"age": "18-39"}, "es", "sms", "", []string{"", "age=18-39", "language=es", "channel=sms", "age=18-39&language=es"}},
		{"a regional tag", map[string]string{"age": "65-plus"}, "es-MX", "web", "", []string{"", "age=65-plus", "language=es", "channel=web", "age=65-plus&language=es"}},
		{"nothing known", nil, "", "", "", []string{"", "age=unknown", "language=unknown", "channel=unknown", "age=unknown&language=unknown"}},
		{"values that aren't options", map[string]string{"age": "7&language=es", "sex": "x"}, "xx", "fax", "boss",
			[]string{"", "age=unknown", "language=unknown", "channel=unknown", "age=unknown&language=unknown"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if d := cmp.Diff(c.want, p.Groups(c.attributes, c.language, c.channel, c.relation)); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}

func TestAPairBringsItsSingles(t *testing.T) {
	m := world(t)
	set(t, m, river, "/breakdowns", []any{[]any{"relation", "age"}, []any{"age"}, []any{"channel"}})
	c, err := program.Load(m)
	if err != nil {
		t.Fatal(issues(t, err))
	}
	p := c.Program("river")
	want := [][]string{{}, {"relation"}, {"age"}, {"relation", "age"}, {"channel"}}
	if d := cmp.Diff(want, p.Menu()); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	got := p.Groups(map[string]string{"age": "40-64"}, "en", "web", "parent")
	if d := cmp.Diff([]string{"", "relation=parent", "age=40-64", "relation=parent&age=40-64", "channel=web"}, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

// Whatever comes in, a report falls into exactly one group of each breakdown, and every group is one that Values lists.
func TestGroupsStayInTheMenu(t *testing.T) {
	p := riverOf(t)
	rapid.Check(t, func(r *rapid.T) {
		any := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"en", "es", "sms", "18-39", "parent", "unknown"}))
		groups := p.Groups(map[string]string{"age": any.Draw(r, "age")}, any.Draw(r, "language"), any.Draw(r, "channel"), any.Draw(r, "relation"))
		if len(groups) != len(p.Menu()) {
			r.Fatalf("%d groups for %d breakdowns", len(groups), len(p.Menu()))
		}
		for i, sources := range p.Menu() {
			var parts []string
			if groups[i] != "" {
				parts = strings.Split(groups[i], "&")
			}
			if len(parts) != len(sources) {
				r.Fatalf("%q is not a group of %v", groups[i], sources)
			}
			for j, part := range parts {
				source, value, _ := strings.Cut(part, "=")
				if source != sources[j] || !slices.Contains(p.Values(source), value) {
					r.Fatalf("%q is not a group of %v", groups[i], sources)
				}
			}
		}
	})
}

func TestValues(t *testing.T) {
	p := riverOf(t)
	if d := cmp.Diff([]string{"under-18", "18-39", "40-64", "65-plus", "unknown"}, p.Values("age")); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"en", "es", "unknown"}, p.Values("language")); d != "" {
		t.Error(d)
	}
	if v := p.Values("sex"); v != nil {
		t.Error(v)
	}
	if p.Attribute("age") == nil || p.Attribute("sex") != nil {
		t.Error("attributes are found by id")
	}
}
