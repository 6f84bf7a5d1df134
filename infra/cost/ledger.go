package main

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"reflect"
	"slices"

	"github.com/tellback/tellback/internal/learning"
	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/report"
	"github.com/tellback/tellback/internal/table"
	"github.com/tellback/tellback/internal/table/stream"
)

// measureLedger has many different people tell, and hands the table's stream to the aggregate function in batches of so
// many reports. What is in the stream before them is counted first, and not measured.
func measureLedger(ctx context.Context, h *house, rounds int) ([]row, error) {
	shards, err := h.changes.Shards(ctx)
	if err != nil || len(shards) != 1 {
		return nil, fmt.Errorf("%d shards, want one: %w", len(shards), err)
	}
	feed := feeder{h: h, shard: shards[0].ID}
	for {
		got, err := feed.batch(ctx, 1000)
		if err != nil {
			return nil, err
		}
		if got == 0 {
			break
		}
	}
	var rows []row
	for _, c := range []struct {
		name             string
		reports, batches int
	}{{rowLedger15, 15, 20 * rounds}, {rowLedger1500, 1500, rounds}} {
		for range c.reports * c.batches {
			if _, _, err := h.desk.Submit(ctx, h.anyone()); err != nil {
				return nil, err
			}
		}
		h.scale.empty()
		for range c.batches {
			if got, err := feed.batch(ctx, 2*c.reports); err != nil || got != 2*c.reports {
				return nil, fmt.Errorf("%d changes, want %d: %w", got, 2*c.reports, err)
			}
		}
		used, _ := h.scale.empty()
		rows = append(rows, row{name: c.name, per: "reports", n: c.reports * c.batches, Units: used[h.learningName].per(c.reports * c.batches)})
	}
	return rows, h.agree(ctx)
}

// agree checks that what was measured was right as well: the ledger is what all standings add up to.
func (h *house) agree(ctx context.Context) error {
	want, err := learning.Recompute(ctx, h.reports)
	if err != nil {
		return err
	}
	got, err := h.ledger().All(ctx)
	if err != nil {
		return err
	}
	if !reflect.DeepEqual(want, got) {
		return errors.New("the ledger is not what all standings add up to")
	}
	return nil
}

// feeder hands one shard's changes to the aggregate function.
type feeder struct {
	h     *house
	shard string
	after string
}

// batch hands over the next n changes, or as many as there are, in one event.
func (f *feeder) batch(ctx context.Context, n int) (int, error) {
	var batch []table.Change
	for len(batch) < n {
		some, err := f.h.changes.Changes(ctx, f.shard, f.after, min(1000, n-len(batch)))
		if err != nil {
			return 0, err
		}
		if len(some) == 0 {
			break
		}
		f.after = some[len(some)-1].Sequence
		batch = append(batch, some...)
	}
	if len(batch) == 0 {
		return 0, nil
	}
	numbered := slices.Clone(batch)
	for i := range numbered {
		numbered[i].Sequence = long(numbered[i].Sequence)
	}
	out, err := learning.Handler(f.h.ledger())(ctx, stream.Encode(f.h.changes.ARN(), f.shard, numbered))
	if err != nil || len(out.BatchItemFailures) > 0 {
		return 0, fmt.Errorf("the aggregate function refused %d changes: %w", len(out.BatchItemFailures), err)
	}
	return len(batch), nil
}

// long makes of a stand-in's short sequence number one as long as DynamoDB's, with gaps: a segment keeps them.
func long(sequence string) string {
	n, ok := new(big.Int).SetString(sequence, 10)
	if !ok {
		return sequence
	}
	base, _ := new(big.Int).SetString("442158450000000000000000000", 10)
	return base.Add(base, n.Mul(n, big.NewInt(999_983))).String()
}

// anyone is a report of somebody new: any of the questionnaires, any answers, any group of the program's menu.
func (h *house) anyone() report.Draft {
	ids := []string{"weekly-check-in", "weekly-check-in", "weekly-check-in", "care-experience", "caregiver-load", "story"}
	d := h.draft(ids[h.random.IntN(len(ids))])
	d.Channel = []report.Channel{report.SMS, report.SMS, report.Web, report.API}[h.random.IntN(4)]
	d.Origin = []report.Origin{report.Known, report.Open}[h.random.IntN(2)]
	d.Language = []string{"en", "es"}[h.random.IntN(2)]
	d.Attributes = map[string]string{"age": []string{"under-18", "18-39", "40-64", "65-plus", ""}[h.random.IntN(5)]}
	if d.Questionnaire == "weekly-check-in" && h.random.IntN(5) == 0 {
		d.Perspective, d.Role, d.Relation, d.About = report.Proxy, "caregiver", "parent", phi.Hide("Ana")
	}
	return d
}

// draft is a report of somebody new to a questionnaire, every question of it answered.
func (h *house) draft(id string) report.Draft {
	h.people++
	p := h.catalog.Program("river")
	q, use := h.catalog.Used(p, id)
	d := report.Draft{
		Key: fmt.Sprint("cost:", h.people), Program: p.ID, Questionnaire: id, Participant: h.registry.ParticipantID(fmt.Sprint(h.people)),
		Perspective: report.Self, Role: "patient", Channel: report.SMS, Origin: report.Known, Language: "en",
		Attributes: map[string]string{"age": "18-39"}, At: h.clock,
	}
	if use != nil && len(use.Roles) == 1 {
		d.Role = string(use.Roles[0])
	}
	answers := questionnaire.Answers{}
	for _, i := range q.All() {
		if i.Answerable() && !i.Hidden {
			answers[i.LinkID] = []questionnaire.Value{h.answer(i)}
		}
	}
	d.Answers = phi.Hide(answers)
	return d
}

func (h *house) answer(i *questionnaire.Item) questionnaire.Value {
	if len(i.Options) > 0 {
		return i.Options[h.random.IntN(len(i.Options))].Value
	}
	switch i.Type {
	case questionnaire.Boolean:
		return questionnaire.Value{Type: i.Type, Text: []string{"true", "false"}[h.random.IntN(2)]}
	case questionnaire.Integer, questionnaire.Decimal:
		return questionnaire.Value{Type: i.Type, Text: fmt.Sprint(1 + h.random.IntN(5))}
	}
	return questionnaire.Value{Type: i.Type, Text: "It was a good week, with a bad night."}
}
