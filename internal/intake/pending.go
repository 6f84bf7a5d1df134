// Package intake is the one door: whatever the channel, a draft is validated, deduplicated, and stored as a report
// together with its standing in one atomic write.
package intake

import (
	"context"
	"time"

	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/report"
	"github.com/tellback/tellback/internal/table"
)

// Desk takes reports in. It is safe for concurrent use.
type Desk struct {
	reports table.Table
	keys    *phi.Keys
	catalog *program.Catalog
}

// New makes a desk over the reports table.
func New(reports table.Table, keys *phi.Keys, catalog *program.Catalog) *Desk {
	return &Desk{reports, keys, catalog}
}

// Receipt is what a sender gets for a report: unguessable, 26 characters of [a-z2-9]; the way to read, correct and withdraw it.
type Receipt string

// ReceiptFor is the receipt that the draft with that Key gets or got.
func (d *Desk) ReceiptFor(key string) Receipt { return Receipt(d.keys.Pseudonym("receipt", key)) }

// Submit validates and stores a draft. The same Key again changes nothing and returns the first receipt with first = false.
// Refusals are *fault.Error of kind Invalid whose issues are Where = linkId or draft field.
func (d *Desk) Submit(ctx context.Context, draft report.Draft) (r Receipt, first bool, err error) {
	panic("pending")
}

// Invited and Started record how far a participant has come with a questionnaire; never backwards. Idempotent.
func (d *Desk) Reached(ctx context.Context, stage report.Stage, s report.Draft) error {
	panic("pending")
}

// Read is the newest revision behind a receipt; fault.NotFound when there is none. A withdrawn one has Status Withdrawn and no answers.
func (d *Desk) Read(ctx context.Context, r Receipt) (report.Report, error) { panic("pending") }

// Correct stores a new revision with other answers. revision is the one that the sender saw: when it is no longer the newest, fault.Conflict.
// The same answers again change nothing.
func (d *Desk) Correct(ctx context.Context, r Receipt, revision int, answers phi.Value[questionnaire.Answers], now time.Time) (report.Report, error) {
	panic("pending")
}

// Withdraw empties every revision and takes the report out of its standing; the complete report before it counts again. Idempotent.
func (d *Desk) Withdraw(ctx context.Context, r Receipt, now time.Time) error { panic("pending") }
