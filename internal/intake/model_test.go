package intake

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/report"
	"github.com/tellback/tellback/internal/table/tabletest"
)

// fixed are keys that are the same for every run of one test process, so that runs can be compared.
var fixed = func() *phi.Keys {
	doc, err := phi.NewKeyset()
	if err != nil {
		panic(err)
	}
	k, err := phi.ReadKeys(strings.NewReader(string(doc)))
	if err != nil {
		panic(err)
	}
	return k
}()

// telling is what the model knows of one submission.
type telling struct {
	id, key, who, code string
	at                 time.Time
	revision           int
	withdrawn          bool
}

// model says what must stand, in the plainest way.
type model struct {
	told  map[string]*telling
	order []string
	stage map[string]report.Stage // by standing, as far as reached without counting
}

func place(who string, at time.Time) string { return who + at.Format("2006-01") }

// Random sequences of everything that a report goes through, held against the model after each step.
func TestStandingsFollowTheModel(t *testing.T) {
	c := catalog(t)
	rapid.Check(t, func(t *rapid.T) {
		ctx, mem := context.Background(), tabletest.NewMemory()
		d := New(mem, fixed, c)
		d.Now = func() time.Time { return now }
		m := model{map[string]*telling{}, nil, map[string]report.Stage{}}
		people := rapid.SampledFrom([]string{"ana2", "ben3"})
		codes := rapid.SampledFrom([]string{"none", "mild", "strong"})
		// Few moments, so that there are ties, in September and in October, noon to stay clear of time zones.
		moments := rapid.Map(rapid.IntRange(0, 5), func(n int) time.Time { return now.AddDate(0, 0, -7*n) })
		some := func(t *rapid.T) *telling {
			if len(m.order) == 0 {
				return nil
			}
			return m.told[rapid.SampledFrom(m.order).Draw(t, "which")]
		}
		t.Repeat(map[string]func(*rapid.T){
			"submit": func(t *rapid.T) {
				key := fmt.Sprint("k", len(m.order))
				x := &telling{key: key, who: people.Draw(t, "who"), code: codes.Draw(t, "code"), at: moments.Draw(t, "at"), revision: 1}
				x.id = d.reportID(d.ReceiptFor(key))
				in := told(key, x.code, x.at)
				in.Participant = x.who
				if _, first, err := d.Submit(ctx, in); err != nil || !first {
					t.Fatal(first, err)
				}
				m.told[key], m.order = x, append(m.order, key)
			},
			"duplicate": func(t *rapid.T) {
				x := some(t)
				if x == nil {
					return
				}
				in := told(x.key, codes.Draw(t, "code"), moments.Draw(t, "at"))
				in.Participant = people.Draw(t, "who")
				if r, first, err := d.Submit(ctx, in); err != nil || first || r != d.ReceiptFor(x.key) {
					t.Fatal(first, err)
				}
			},
			"correct": func(t *rapid.T) {
				x, code := some(t), codes.Draw(t, "code")
				if x == nil {
					return
				}
				seen := max(1, x.revision-rapid.IntRange(0, 1).Draw(t, "outdated"))
				got, err := d.Correct(ctx, d.ReceiptFor(x.key), seen, phi.Hide(answers(code)), now, nil)
				switch {
				case x.withdrawn || code != x.code && seen != x.revision:
					if fault.KindOf(err) != fault.Conflict {
						t.Fatal("no conflict:", err)
					}
					return
				case err != nil:
					t.Fatal(err)
				case code != x.code:
					x.code = code
					x.revision++
				}
				if got.Revision != x.revision {
					t.Fatal("revision", got.Revision, "want", x.revision)
				}
			},
			"withdraw": func(t *rapid.T) {
				x := some(t)
				if x == nil {
					return
				}
				if err := d.Withdraw(ctx, d.ReceiptFor(x.key), now); err != nil {
					t.Fatal(err)
				}
				x.withdrawn = true
			},
			"reached": func(t *rapid.T) {
				in := draft("")
				in.Participant, in.At = people.Draw(t, "who"), moments.Draw(t, "at")
				stage := rapid.SampledFrom([]report.Stage{report.Invited, report.Started}).Draw(t, "stage")
				if err := d.Reached(ctx, stage, in); err != nil {
					t.Fatal(err)
				}
				if p := place(in.Participant, in.At); rank(m.stage[p]) < rank(stage) {
					m.stage[p] = stage
				}
			},
			"": func(t *rapid.T) {
				if diff := cmp.Diff(m.standings(), seen(t, mem)); diff != "" {
					t.Fatal(diff)
				}
			},
		})
	})
}

// brief is what of a standing the model speaks of.
type brief struct {
	Stage   report.Stage
	Pain    string
	At      time.Time
	Reports []string
}

func (m model) standings() map[string]brief {
	all := map[string][]*telling{}
	out := map[string]brief{}
	for p, stage := range m.stage {
		out[p] = brief{Stage: stage}
	}
	for _, x := range m.told {
		p := place(x.who, x.at)
		out[p] = brief{Stage: report.Started} // at least: somebody told
		if !x.withdrawn {
			all[p] = append(all[p], x)
		}
	}
	for p, xs := range all {
		slices.SortFunc(xs, func(a, b *telling) int {
			if c := a.at.Compare(b.at); c != 0 {
				return c
			}
			return strings.Compare(a.id, b.id)
		})
		last := xs[len(xs)-1]
		b := brief{Stage: report.Completed, Pain: last.code, At: last.at}
		for _, x := range xs {
			b.Reports = append(b.Reports, x.id)
		}
		out[p] = b
	}
	return out
}

func seen(t *rapid.T, mem *tabletest.Memory) map[string]brief {
	out := map[string]brief{}
	for key, s := range standings(t, mem) {
		b := brief{Stage: s.Stage, At: s.At, Reports: s.Reports}
		if c := s.Cells["pain"]; len(c.Codes) > 0 {
			b.Pain = c.Codes[0]
		}
		who := strings.TrimPrefix(key[:strings.Index(key, "/")], "P#")
		out[who+s.Period] = b
	}
	return out
}
