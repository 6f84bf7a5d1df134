package intake

import (
	"context"
	"errors"
	"fmt"

	"github.com/tellback/tellback/internal/report"
	"github.com/tellback/tellback/internal/table"
)

// The reports table's keys, all in this file: R#<report> holds REV#000001 and on; P#<participant> holds
// S#<program>#<questionnaire>#<subject or "self">#<period>.

const revisionPrefix = "REV#"

func revisionPartition(id string) string { return "R#" + id }

func revisionKey(id string, revision int) table.Key {
	return table.Key{Partition: revisionPartition(id), Sort: fmt.Sprintf("%s%06d", revisionPrefix, revision)}
}

func standingKeyOf(r report.Report) table.Key {
	subject := r.Subject
	if subject == "" {
		subject = string(report.Self)
	}
	return table.Key{
		Partition: "P#" + r.Participant,
		Sort:      "S#" + r.Program + "#" + r.Questionnaire + "#" + subject + "#" + r.Period,
	}
}

func putReport(r report.Report, version int64) (table.Op, error) {
	body, err := report.Encode(r)
	if err != nil {
		return table.Op{}, err
	}
	return table.Put(table.Item{Key: revisionKey(r.ID, r.Revision), Version: version, Body: body}), nil
}

func putStanding(k table.Key, s report.Standing, version int64) (table.Op, error) {
	body, err := report.EncodeStanding(s)
	if err != nil {
		return table.Op{}, err
	}
	return table.Put(table.Item{Key: k, Version: version, Body: body}), nil
}

// standing reads a standing; an empty one at version 0 where there is none.
func (d *Desk) standing(ctx context.Context, k table.Key) (report.Standing, int64, error) {
	item, err := d.reports.Get(ctx, k)
	if errors.Is(err, table.ErrNotFound) {
		return report.Standing{}, 0, nil
	}
	if err != nil {
		return report.Standing{}, 0, fmt.Errorf("read a standing: %w", err)
	}
	s, err := report.DecodeStanding(item.Body)
	return s, item.Version, err
}

// newest reads the newest revision of a report; table.ErrNotFound when there is no such report.
func (d *Desk) newest(ctx context.Context, id string) (report.Report, error) {
	q := table.Query{Partition: revisionPartition(id), Prefix: revisionPrefix, Reverse: true, Limit: 1}
	for {
		page, err := d.reports.Query(ctx, q)
		if err != nil {
			return report.Report{}, fmt.Errorf("read report %s: %w", id, err)
		}
		if len(page.Items) > 0 {
			return report.Decode(page.Items[0].Body)
		}
		if page.Next == "" {
			return report.Report{}, fmt.Errorf("read report %s: %w", id, table.ErrNotFound)
		}
		q.Cursor = page.Next
	}
}
