package release

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/tellback/tellback/internal/disclosure"
	"github.com/tellback/tellback/internal/learning"
	"github.com/tellback/tellback/internal/lesson"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/report"
	"github.com/tellback/tellback/internal/table"
)

// ruleVersion goes up whenever what may be shown changes.
const ruleVersion = 2

// Catalog is what a closer needs to know of an installation; *program.Catalog is one.
type Catalog interface {
	Programs() []*program.Program
	Questionnaire(id, version string) *questionnaire.Questionnaire // nil when there is none
}

// Closer closes periods. Several may run at once, also in other processes: each period gets one release.
type Closer struct {
	// Settled is asked before anything is closed, besides the ledger itself: an error says that some of what was told is known not
	// to be counted, and leaves all to a later run, for what is closed is closed for good. nil: the ledger and the program's
	// lag have to do. Set it before first use.
	Settled func(context.Context) error

	ledger   *learning.Ledger
	learning table.Table
	archive  Archive
	signer   Signer
	catalog  Catalog
	log      *slog.Logger
}

// NewCloser makes a closer over the learning table, where the ledger is as well. log hears of each release; nil keeps quiet.
func NewCloser(ledger *learning.Ledger, learning table.Table, archive Archive, signer Signer, catalog Catalog, log *slog.Logger) *Closer {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Closer{ledger: ledger, learning: learning, archive: archive, signer: signer, catalog: catalog, log: log}
}

// Run closes, for every program, every period that is due at now and holds something, the oldest first, and returns the
// new entries. What one program can't release keeps only that program's later periods waiting; the error says why.
func (c *Closer) Run(ctx context.Context, now time.Time) ([]Entry, error) {
	for _, settled := range []func(context.Context) error{c.Settled, c.ledger.Settled} {
		if settled == nil {
			continue
		}
		if err := settled(ctx); err != nil {
			return nil, fmt.Errorf("release: nothing is closed while reports wait to be counted: %w", err)
		}
	}
	var out []Entry
	var problems []error
	for _, p := range c.catalog.Programs() {
		entries, err := c.closeProgram(ctx, p, now)
		out = append(out, entries...)
		if err != nil {
			problems = append(problems, fmt.Errorf("release: program %s: %w", p.ID, err))
		}
	}
	return out, errors.Join(problems...)
}

func (c *Closer) closeProgram(ctx context.Context, p *program.Program, now time.Time) ([]Entry, error) {
	head, _, err := NewRecord(c.learning, c.archive).Head(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	ids, err := c.ledger.Periods(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	var out []Entry
	for _, per := range inOrder(p, ids) {
		if per.Start.Before(head.End) {
			continue // released, or older than what is: frozen
		}
		if now.Before(p.ReleaseFrom(per)) {
			break
		}
		r, some, err := c.draft(ctx, p, per, head, now)
		if err != nil {
			return out, fmt.Errorf("%s: %w", per.ID, err)
		}
		if !some {
			continue
		}
		if head, err = c.publish(ctx, r, head); err != nil {
			return out, fmt.Errorf("%s: %w", per.ID, err)
		}
		c.log.InfoContext(ctx, "a period was released", "program", p.ID, "period", per.ID, "release", head.Number, "count", head.Shown)
		out = append(out, head)
	}
	return out, nil
}

// inOrder are the periods with these ids, the oldest first. Ids of another kind (of weeks, when the program went over
// to months) are none of the program's periods any more.
func inOrder(p *program.Program, ids []string) []program.Period {
	var out []program.Period
	for _, id := range ids {
		if per, err := p.ParsePeriod(id); err == nil {
			out = append(out, per)
		}
	}
	slices.SortFunc(out, func(a, b program.Period) int { return a.Start.Compare(b.Start) })
	return out
}

// draft makes the release that follows head; some is false when nobody completed anything in the period.
func (c *Closer) draft(ctx context.Context, p *program.Program, per program.Period, head Entry, now time.Time) (r Release, some bool, err error) {
	cells, err := c.ledger.Totals(ctx, p.ID, per.ID)
	if err != nil {
		return r, false, err
	}
	rule := RuleOf(p)
	r = Release{
		Format: Format, Program: p.ID, Number: head.Number + 1, Previous: head.SHA256,
		Period:    Period{per.ID, per.Start.Format(time.RFC3339), per.End.Format(time.RFC3339)},
		Published: now.UTC().Format(time.RFC3339),
		Rule:      rule,
		Language:  p.Languages[0],
	}
	var problems []*problem
	for _, s := range sections(cells) {
		q := c.catalog.Questionnaire(s.questionnaire, s.version)
		if q == nil {
			return r, false, fmt.Errorf("questionnaire %s %s has answers but isn't there any more", s.questionnaire, s.version)
		}
		b, err := newProblem(p, q, s.perspective, s.tallies)
		if err != nil {
			return r, false, err
		}
		some = some || b.completed("") > 0
		r.Synthetic = r.Synthetic || s.tallies[""][""].Synthetic > 0
		problems = append(problems, b)
	}
	if r.Rows, err = publishAll(ctx, problems, r.Language, rule); err != nil {
		return r, false, err
	}
	r.Questionnaires = instruments(problems)
	r.Labels, r.Lessons = labels(p, problems), lessons(p, per, problems)
	return r, some, nil
}

// RuleOf is the rule that p's releases keep.
func RuleOf(p *program.Program) Rule {
	threshold := int64(p.Threshold)
	return Rule{Name: "tellback", Version: ruleVersion, Threshold: threshold, Reach: threshold + 1, Span: 10}
}

// publishAll publishes each problem: they share no cell, so as many at once as there are processors.
func publishAll(ctx context.Context, problems []*problem, lang string, rule Rule) ([]Row, error) {
	parts := make([][]Row, len(problems))
	g, _ := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, b := range problems {
		g.Go(func() (err error) {
			parts[i], err = b.publish(lang, rule)
			return err
		})
	}
	err := g.Wait()
	return slices.Concat(append([][]Row{{}}, parts...)...), err
}

// publish protects b and gives what may be shown of it.
func (b *problem) publish(lang string, rule Rule) ([]Row, error) {
	r := disclosure.Rule{Threshold: rule.Threshold, Reach: rule.Reach, Span: rule.Span}
	if err := b.protect(r); err != nil {
		return nil, err
	}
	return b.rows(lang), nil
}

// section is the part of a period's cells that is one problem.
type section struct {
	questionnaire, version, perspective string
	tallies                             tallies
}

// sections splits cells, in order of questionnaire, version and perspective (self first).
func sections(cells learning.Cells) []*section {
	at := map[[3]string]*section{}
	for k, t := range cells {
		id := [3]string{k.Questionnaire, k.Version, k.Perspective}
		s := at[id]
		if s == nil {
			s = &section{k.Questionnaire, k.Version, k.Perspective, tallies{}}
			at[id] = s
		}
		if s.tallies[k.Group] == nil {
			s.tallies[k.Group] = map[string]learning.Totals{}
		}
		s.tallies[k.Group][k.Item] = t
	}
	return slices.SortedFunc(maps.Values(at), func(a, b *section) int {
		self := func(s *section) int {
			if s.perspective == string(report.Self) {
				return 0
			}
			return 1
		}
		return cmp.Or(cmp.Compare(a.questionnaire, b.questionnaire), cmp.Compare(a.version, b.version), self(a)-self(b))
	})
}

// instruments are the questionnaires of problems, which are in order, without repeats.
func instruments(problems []*problem) []Questionnaire {
	out := []Questionnaire{}
	for _, b := range problems {
		q := Questionnaire{b.q.ID, b.q.Version, b.q.Hash, b.q.Title}
		if n := len(out); n == 0 || out[n-1].ID != q.ID || out[n-1].Version != q.Version {
			out = append(out, q)
		}
	}
	return out
}

// publish seals r, archives it and enters it in the record. A crash anywhere is healed by running again: the archive
// stores a number once, and before it does, the table holds the seal of every document that any closer may archive
// under it. So when the archive turns out to have other bytes than r's, they are adopted exactly if they are such a
// document, which passed all checks then.
func (c *Closer) publish(ctx context.Context, r Release, head Entry) (Entry, error) {
	data, sum, err := seal(r)
	if err != nil {
		return Entry{}, err
	}
	r.Seal = sum
	if err := c.intend(ctx, r); err != nil {
		return Entry{}, err
	}
	err = c.archive.Put(ctx, documentName(r.Program, r.Number), data)
	if errors.Is(err, ErrExists) {
		r, err = c.adopt(ctx, r.Program, r.Number, head)
	}
	if err != nil {
		return Entry{}, err
	}
	signed, err := sign(r, c.signer)
	if err != nil {
		return Entry{}, err
	}
	if err := c.archive.Put(ctx, noteName(r.Program, r.Number), signed); err != nil {
		return Entry{}, err
	}
	return c.enter(ctx, r)
}

// intents are the seals of documents that may be archived under one number.
type intents struct {
	Seals []string `json:"seals"`
}

func intentKey(program string, number int) table.Key {
	return table.Key{Partition: "SEALING#" + program, Sort: fmt.Sprintf("%06d", number)}
}

func (c *Closer) intents(ctx context.Context, program string, number int) (intents, int64, error) {
	var in intents
	i, err := c.learning.Get(ctx, intentKey(program, number))
	if errors.Is(err, table.ErrNotFound) {
		return in, 0, nil
	}
	if err == nil {
		err = json.Unmarshal(i.Body, &in)
	}
	if err != nil {
		return in, 0, fmt.Errorf("seals of %d: %w", number, err)
	}
	return in, i.Version, nil
}

// intend notes r's seal before anything is archived.
func (c *Closer) intend(ctx context.Context, r Release) error {
	for range 10 {
		in, version, err := c.intents(ctx, r.Program, r.Number)
		if err != nil || slices.Contains(in.Seals, r.Seal) {
			return err
		}
		body, err := json.Marshal(intents{append(in.Seals, r.Seal)})
		if err != nil {
			return err
		}
		err = c.learning.Write(ctx, table.Put(table.Item{Key: intentKey(r.Program, r.Number), Version: version, Body: body}))
		if err == nil || !errors.Is(err, table.ErrConflict) {
			return err
		}
	}
	return fmt.Errorf("seal of %d: %w", r.Number, table.ErrConflict)
}

// adopt reads what was archived under a number before.
func (c *Closer) adopt(ctx context.Context, program string, number int, head Entry) (Release, error) {
	data, err := c.archive.Get(ctx, documentName(program, number))
	if err != nil {
		return Release{}, err
	}
	in, _, err := c.intents(ctx, program, number)
	if err != nil {
		return Release{}, err
	}
	if !slices.Contains(in.Seals, hash(data)) {
		return Release{}, fmt.Errorf("the archive holds a release %d that was never sealed here", number)
	}
	r, err := Parse(data)
	if err != nil {
		return Release{}, err
	}
	if r.Program != program || r.Number != number || r.Previous != head.SHA256 {
		return Release{}, fmt.Errorf("the archived release %d doesn't follow the record's newest", number)
	}
	return r, nil
}

// enter adds r to the record. It was archived: whoever comes second finds the same entry.
func (c *Closer) enter(ctx context.Context, r Release) (Entry, error) {
	e := Entry{Program: r.Program, Number: r.Number, Period: r.Period.ID, SHA256: r.Seal, Previous: r.Previous, Synthetic: r.Synthetic, Rows: len(r.Rows)}
	for at, text := range map[*time.Time]string{&e.Start: r.Period.Start, &e.End: r.Period.End, &e.Published: r.Published} {
		var err error
		if *at, err = time.Parse(time.RFC3339, text); err != nil {
			return Entry{}, err
		}
	}
	for _, row := range r.Rows {
		if !row.Suppressed {
			e.Shown++
		}
	}
	body, err := json.Marshal(e)
	if err != nil {
		return Entry{}, err
	}
	told := lesson.Lesson{Number: r.Number, Period: r.Period.ID}
	if len(r.Lessons) > 0 {
		told.Sentence = r.Lessons[0].Text
	}
	teach, err := lesson.Put(r.Program, told)
	if err != nil {
		return Entry{}, err
	}
	err = c.learning.Write(ctx, table.Put(table.Item{Key: entryKey(r.Program, r.Number), Body: body}), teach)
	if !errors.Is(err, table.ErrConflict) {
		return e, err
	}
	i, err := c.learning.Get(ctx, entryKey(r.Program, r.Number))
	if err != nil {
		return Entry{}, err
	}
	there, err := entry(i)
	if err == nil && there.SHA256 != e.SHA256 {
		err = fmt.Errorf("the record has another release %d", r.Number)
	}
	return there, err
}
