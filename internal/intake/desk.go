// Package intake is the one door: whatever the channel, a draft is validated, deduplicated, and stored as a report
// together with its standing in one atomic write.
package intake

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/report"
	"github.com/tellback/tellback/internal/table"
)

// Desk takes reports in. It is safe for concurrent use.
type Desk struct {
	// Now is the clock by which a draft from the future is recognised; nil is the system's. Set it before first use.
	Now func() time.Time
	// Alerter learns of words of despair; nil is the log alone. Set it, like Log (nil is the default one), before first use.
	Alerter Alerter
	Log     *slog.Logger

	reports table.Table
	keys    *phi.Keys
	catalog *program.Catalog
}

// New makes a desk over the reports table.
func New(reports table.Table, keys *phi.Keys, catalog *program.Catalog) *Desk {
	return &Desk{reports: reports, keys: keys, catalog: catalog}
}

func (d *Desk) logger() *slog.Logger {
	if d.Log == nil {
		return slog.Default()
	}
	return d.Log
}

func (d *Desk) now() time.Time {
	if d.Now == nil {
		return time.Now()
	}
	return d.Now()
}

// Receipt is what a sender gets for a report: unguessable, 26 characters of [a-z2-9]; the way to read, correct and
// withdraw it. It is neither stored nor logged: whoever reads the tables can't open a report's page.
type Receipt string

// LogValue keeps a receipt out of logs.
func (Receipt) LogValue() slog.Value { return slog.StringValue("‹receipt›") }

// ReceiptFor is the receipt that the draft with that Key gets or got.
func (d *Desk) ReceiptFor(key string) Receipt { return Receipt(d.keys.Pseudonym("receipt", key)) }

// wellFormed says whether r can be a receipt at all.
func (r Receipt) wellFormed() bool {
	if len(r) != 26 {
		return false
	}
	for _, c := range []byte(r) {
		if (c < 'a' || c > 'z') && (c < '2' || c > '9') {
			return false
		}
	}
	return true
}

func (d *Desk) reportID(r Receipt) string { return d.keys.Pseudonym("report", string(r)) }

// Submit validates and stores a draft. The same Key again changes nothing and returns the first receipt with first = false.
// Refusals are *fault.Error of kind Invalid whose issues are Where = linkId or draft field, or of kind TooLarge.
//
// It costs one read and one write of two items, and of a file's pieces. Whether the Key was sent before is found out only when that write is
// refused: a report that exists is never overwritten.
func (d *Desk) Submit(ctx context.Context, draft report.Draft) (r Receipt, first bool, err error) {
	a, err := d.admit(draft)
	if err != nil {
		return "", false, err
	}
	r = d.ReceiptFor(draft.Key)
	a.report.ID = d.reportID(r)
	first = true
	err = table.Retry(ctx, func() error {
		err := d.store(ctx, a)
		if !errors.Is(err, table.ErrConflict) {
			return err
		}
		_, again := d.reports.Get(ctx, revisionKey(a.report.ID, 1))
		switch {
		case again == nil: // sent before, or our own write whose reply was lost
			first = false
			return nil
		case errors.Is(again, table.ErrNotFound): // the standing has moved on: once more
			return err
		}
		return again
	})
	if err != nil {
		return "", false, fmt.Errorf("intake: submit report %s: %w", a.report.ID, sized(err))
	}
	return r, first, nil
}

// Has says whether a draft with that Key was submitted, whatever became of the report since.
func (d *Desk) Has(ctx context.Context, key string) (bool, error) {
	id := d.reportID(d.ReceiptFor(key))
	_, err := d.reports.Get(ctx, revisionKey(id, 1))
	if errors.Is(err, table.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("intake: look for report %s: %w", id, err)
	}
	return true, nil
}

// store writes a's report and standing, if the report is new and the standing as read.
func (d *Desk) store(ctx context.Context, a admitted) error {
	s, version, err := d.standing(ctx, standingKeyOf(a.report))
	if err != nil {
		return err
	}
	revision, err := putReport(a.report, 0)
	if err != nil {
		return err
	}
	standing, err := putStanding(standingKeyOf(a.report), enter(s, a), version)
	if err != nil {
		return err
	}
	files, err := d.putFiles(a)
	if err != nil {
		return err
	}
	return d.reports.Write(ctx, append(files, revision, standing)...)
}

// Reached records how far a participant has come with a questionnaire (Invited or Started) in the period of s.At; never
// backwards, idempotent, and without a write when there is nothing new. Of s it needs Program, Questionnaire,
// Participant and At; Version, Origin (known), Language, Channel, Attributes and Synthetic as far as they are
// known. A proxy's s counts for whom it is About.
func (d *Desk) Reached(ctx context.Context, stage report.Stage, s report.Draft) error {
	a, err := d.progress(stage, s)
	if err != nil {
		return err
	}
	key := standingKeyOf(a.report)
	err = table.Retry(ctx, func() error {
		old, version, err := d.standing(ctx, key)
		if err != nil || rank(old.Stage) >= rank(stage) {
			return err
		}
		next := frame(a)
		next.Stage = stage
		op, err := putStanding(key, next, version)
		if err != nil {
			return err
		}
		return d.reports.Write(ctx, op)
	})
	if err != nil {
		return fmt.Errorf("intake: participant %s reached a stage: %w", s.Participant, err)
	}
	return nil
}

// Told is when the report that counts was told, in the period of s.At; zero where none does. Of s it needs what
// [Desk.Reached] needs.
func (d *Desk) Told(ctx context.Context, s report.Draft) (time.Time, error) {
	a, err := d.progress(report.Invited, s)
	if err != nil {
		return time.Time{}, err
	}
	standing, _, err := d.standing(ctx, standingKeyOf(a.report))
	if err != nil || standing.Stage != report.Completed {
		return time.Time{}, err
	}
	return standing.At, nil
}

// rank orders the stages; nothing is below Invited.
func rank(s report.Stage) int {
	switch s {
	case report.Invited:
		return 1
	case report.Started:
		return 2
	case report.Completed:
		return 3
	}
	return 0
}

// sized gives a table's refusal of an item for its size a public face.
func sized(err error) error {
	if errors.Is(err, table.ErrTooLarge) {
		return fault.Wrap(fault.TooLarge, err, "That is more than we can keep in one report. Please shorten it and send it again.")
	}
	return err
}
