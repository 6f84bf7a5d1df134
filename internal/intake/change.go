package intake

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/report"
	"github.com/tellback/tellback/internal/table"
)

// maxRevisions bounds a report's revisions together with the pieces of its files, so that one write can withdraw them all.
const maxRevisions = 90

// written is the version of every item that is written only once: each revision, until it is withdrawn.
const written = 1

var errNoReport = fault.New(fault.NotFound, "We can't find a report here. Please check the address.")

// open is the report behind a receipt; what can't be a receipt never reaches the table.
func (d *Desk) open(r Receipt) (id string, err error) {
	if !r.wellFormed() {
		return "", errNoReport
	}
	return d.reportID(r), nil
}

// Read is the newest revision behind a receipt; fault.NotFound when there is none. A withdrawn one has Status Withdrawn and no answers.
func (d *Desk) Read(ctx context.Context, r Receipt) (report.Report, error) {
	id, err := d.open(r)
	if err != nil {
		return report.Report{}, err
	}
	k, err := d.newest(ctx, id)
	if err != nil {
		return report.Report{}, fmt.Errorf("intake: %w", found(err))
	}
	return k, nil
}

// Held says whether some revision behind a receipt has, or had, these answers: then sending them again is a retry, and no wish
// to change anything.
func (d *Desk) Held(ctx context.Context, r Receipt, answers phi.Value[questionnaire.Answers]) (bool, error) {
	id, err := d.open(r)
	if err != nil {
		return false, err
	}
	q := table.Query{Partition: revisionPartition(id), Prefix: revisionPrefix}
	for {
		page, err := d.reports.Query(ctx, q)
		if err != nil {
			return false, fmt.Errorf("intake: read report %s: %w", id, err)
		}
		for _, i := range page.Items {
			k, err := report.Decode(i.Body)
			if err != nil {
				return false, fmt.Errorf("intake: read report %s: %w", id, err)
			}
			clean := answers.Reveal()
			if of := d.asked(k); of != nil {
				clean, _ = judge(of, clean)
			}
			if alike(clean, k.Answers.Reveal()) {
				return true, nil
			}
		}
		if page.Next == "" {
			return false, nil
		}
		q.Cursor = page.Next
	}
}

// asked is the questionnaire that a report answers, at the time of the report; nil when the installation no longer has it.
func (d *Desk) asked(r report.Report) *questionnaire.Questionnaire {
	q, p := d.catalog.Questionnaire(r.Questionnaire, r.Version), d.catalog.Program(r.Program)
	if p == nil {
		return q.At(r.At)
	}
	return q.At(r.At.In(p.Location()))
}

// Correct stores a new revision with other answers. revision is the one that the sender saw: when it is no longer the
// newest, fault.Conflict. The same answers again change nothing. Period, groups and participant stay as they were.
// files are those that no earlier revision had.
func (d *Desk) Correct(ctx context.Context, r Receipt, revision int, answers phi.Value[questionnaire.Answers], now time.Time, files questionnaire.Files) (report.Report, error) {
	id, err := d.open(r)
	if err != nil {
		return report.Report{}, err
	}
	var out report.Report
	err = table.Retry(ctx, func() error {
		k, err := d.newest(ctx, id)
		if err != nil {
			return found(err)
		}
		next, changed, err := d.revise(k, revision, answers, now, files)
		if err != nil {
			return err
		}
		out = next.report
		if !changed {
			return nil
		}
		return d.storeRevision(ctx, next)
	})
	if err != nil {
		return report.Report{}, fmt.Errorf("intake: correct report %s: %w", id, sized(err))
	}
	return out, nil
}

// revise is the revision after old with other answers; changed is false when they are the same.
func (d *Desk) revise(old report.Report, revision int, answers phi.Value[questionnaire.Answers], now time.Time, files questionnaire.Files) (next admitted, changed bool, err error) {
	if old.Status == report.Withdrawn {
		return next, false, fault.New(fault.Conflict, "This report was taken back, so it can't be changed any more.")
	}
	q := d.asked(old)
	if q == nil {
		return next, false, fault.New(fault.Conflict, "These questions are no longer in use, so the answers can't be changed. You can still take them back.")
	}
	clean, issues := judge(q, answers.Reveal())
	if len(issues) > 0 {
		return next, false, refused(issues)
	}
	if len(clean) == 0 { // as with a new report; a withdrawal is what leaves nothing
		return next, false, refused(one("answers", "nothing-answered", "Nothing would be left of this report. Answer at least one question, or take the report back."))
	}
	if alike(clean, old.Answers.Reveal()) {
		return admitted{report: old, q: q}, false, nil
	}
	if revision != old.Revision {
		return next, false, fault.New(fault.Conflict, "This report was changed in the meantime. Please look at it again before you change it.")
	}
	r := old
	r.Revision++
	r.Hash, r.Revised = q.Hash, now.UTC().Truncate(time.Millisecond)
	r.Answers, r.Scores = phi.Hide(clean), q.Score(clean)
	next = admitted{report: r, q: q}
	if issues := next.attach(files); len(issues) > 0 {
		return admitted{}, false, refused(issues)
	}
	if old.Revision+pieces(next.report) >= maxRevisions {
		return admitted{}, false, fault.New(fault.TooMany, "This report was changed too many times. You can take it back and send a new one.")
	}
	return next, true, nil
}

// storeRevision writes a later revision, and the standing if it is the one that counts. Either way the standing must be
// as read and the report not withdrawn: otherwise a withdrawal in between could make a stale revision count, or an
// emptied report come back.
func (d *Desk) storeRevision(ctx context.Context, a admitted) error {
	key := standingKeyOf(a.report)
	s, version, err := d.standing(ctx, key)
	if err != nil {
		return err
	}
	revision, err := putReport(a.report, 0)
	if err != nil {
		return err
	}
	standing := table.Check(key, version)
	if n := len(s.Reports); n > 0 && s.Reports[n-1] == a.report.ID {
		next := counted(a)
		next.Reports, next.Told = s.Reports, s.Told
		if standing, err = putStanding(key, next, version); err != nil {
			return err
		}
	}
	files, err := d.putFiles(a)
	if err != nil {
		return err
	}
	return d.reports.Write(ctx, append(files, revision, standing, table.Check(revisionKey(a.report.ID, 1), written))...)
}

// Withdraw empties every revision and takes the report out of its standing; the complete report before it counts again.
// Idempotent. When none is left, the standing goes back to Started: it held more once, but never less than that.
func (d *Desk) Withdraw(ctx context.Context, r Receipt, now time.Time) error {
	id, err := d.open(r)
	if err != nil {
		return err
	}
	err = table.Retry(ctx, func() error {
		k, err := d.newest(ctx, id)
		if err != nil {
			return found(err)
		}
		if k.Status == report.Withdrawn {
			return nil
		}
		return d.withdraw(ctx, k, now)
	})
	if err != nil {
		return fmt.Errorf("intake: withdraw report %s: %w", id, err)
	}
	return nil
}

// withdraw writes the tombstone over the first revision, removes the others, requires that no further one has come,
// and puts the standing right, all at once.
func (d *Desk) withdraw(ctx context.Context, r report.Report, now time.Time) error {
	first, err := putReport(tombstone(r, now), written)
	if err != nil {
		return err
	}
	ops := []table.Op{first, table.Check(revisionKey(r.ID, r.Revision+1), 0)}
	for n := 2; n <= r.Revision; n++ {
		ops = append(ops, table.Delete(revisionKey(r.ID, n), written))
	}
	ops = append(ops, d.eraseFiles(r)...)
	key := standingKeyOf(r)
	s, version, err := d.standing(ctx, key)
	if err != nil {
		return err
	}
	n := slices.Index(s.Reports, r.ID)
	if n < 0 { // among so many that it is no longer listed
		return d.reports.Write(ctx, append(ops, table.Check(key, version))...)
	}
	counts := n == len(s.Reports)-1
	s.Reports, s.Told = slices.Delete(s.Reports, n, n+1), slices.Delete(s.Told, n, n+1)
	if counts {
		var guard []table.Op
		if s, guard, err = d.fallBack(ctx, s); err != nil {
			return err
		}
		ops = append(ops, guard...)
	}
	standing, err := putStanding(key, s, version)
	if err != nil {
		return err
	}
	return d.reports.Write(ctx, append(ops, standing)...)
}

// fallBack makes the last of s.Reports count. guard requires that the revision it was read from is still the newest.
func (d *Desk) fallBack(ctx context.Context, s report.Standing) (next report.Standing, guard []table.Op, err error) {
	for n := len(s.Reports); n > 0; n-- {
		k, err := d.newest(ctx, s.Reports[n-1])
		if err != nil && !errors.Is(err, table.ErrNotFound) {
			return s, nil, err
		}
		// A report whose questions the installation no longer has can't be counted anew: the one before it is.
		q := d.asked(k)
		if err != nil || k.Status != report.Complete || q == nil {
			continue
		}
		next := counted(admitted{report: k, q: q})
		next.Reports, next.Told = s.Reports[:n], s.Told[:n]
		return next, []table.Op{table.Check(revisionKey(k.ID, k.Revision+1), 0)}, nil
	}
	return emptied(s), nil, nil
}

// tombstone is what stays of a withdrawn report: which questions it answered and when, and nothing about anybody.
func tombstone(r report.Report, now time.Time) report.Report {
	return report.Report{
		ID: r.ID, Revision: 1, Status: report.Withdrawn,
		Program: r.Program, Questionnaire: r.Questionnaire, Version: r.Version, Hash: r.Hash, Period: r.Period,
		Perspective: r.Perspective, Channel: r.Channel, Origin: r.Origin, Language: r.Language,
		At: r.At, Revised: now.UTC().Truncate(time.Millisecond), Synthetic: r.Synthetic,
	}
}

func found(err error) error {
	if errors.Is(err, table.ErrNotFound) {
		return errNoReport
	}
	return err
}
