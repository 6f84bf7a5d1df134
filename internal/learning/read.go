package learning

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/tellback/tellback/internal/table"
)

// Totals are all cells of one program and period, summed over all shards.
func (l *Ledger) Totals(ctx context.Context, program, period string) (Cells, error) {
	return l.sum(ctx, func(k Key) bool { return k.Program == program && k.Period == period })
}

// All are all cells that there are.
func (l *Ledger) All(ctx context.Context) (Cells, error) {
	return l.sum(ctx, func(Key) bool { return true })
}

// Periods are the ids of a program's periods that hold anything, in the order of their ids (which is that of time, as
// long as the program keeps to months or to weeks).
func (l *Ledger) Periods(ctx context.Context, program string) ([]string, error) {
	cells, err := l.sum(ctx, func(k Key) bool { return k.Program == program })
	if err != nil {
		return nil, err
	}
	periods := map[string]bool{}
	for k := range cells {
		periods[k.Period] = true
	}
	return slices.Sorted(maps.Keys(periods)), nil
}

func (l *Ledger) sum(ctx context.Context, keep func(Key) bool) (Cells, error) {
	out := Cells{}
	err := all(ctx, l.learning, table.Query{Partition: registry, Limit: 1000}, func(shard table.Item) error {
		segments, err := l.segments(ctx, shard.Sort)
		if err != nil {
			return err
		}
		for _, s := range segments {
			for k, t := range s.cells {
				if keep(k) {
					out.add(Cells{k: t}, 1)
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("learning: totals: %w", err)
	}
	return out, nil
}

// Recompute adds up all standings of the reports table as they are now. When every change has been folded, it is equal
// to what [Ledger.All] gives, to the last bit.
func Recompute(ctx context.Context, reports table.Scanner) (Cells, error) {
	out := Cells{}
	for cursor := ""; ; {
		page, err := reports.Scan(ctx, cursor)
		if err != nil {
			return nil, fmt.Errorf("learning: recompute: %w", err)
		}
		for _, i := range page.Items {
			if !isStanding(&i) {
				continue
			}
			s, err := standing(i.Body)
			if err != nil {
				return nil, fmt.Errorf("learning: recompute: standing at version %d: %w", i.Version, err)
			}
			out.add(Contribution(s), 1)
		}
		if page.Next == "" {
			return out, nil
		}
		cursor = page.Next
	}
}
