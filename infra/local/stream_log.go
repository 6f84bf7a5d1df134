package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tellback/tellback/internal/table"
	"github.com/tellback/tellback/internal/table/stream"
)

const (
	shardRun  = 10_000 // changes until the next shard begins, as DynamoDB's shards do after some hours
	trimEvery = 10 * time.Minute
)

// changeLog is a log of consecutive sequences whose beginning can be let go.
type changeLog interface {
	table.Log
	// Trim removes the changes before a sequence, and keeps that one.
	Trim(ctx context.Context, before string) error
}

// logSource shows the embedded engine's change log as a stream: every so many changes one shard closes and its child
// begins. Now and then it lets go of what has been counted, as DynamoDB does after a day.
type logSource struct {
	log     changeLog
	trimmed time.Time // when the log last was
}

func (*logSource) ARN() string {
	return "arn:aws:dynamodb:local:000000000000:table/reports/stream/local"
}

func (s *logSource) Shards(ctx context.Context) ([]stream.Shard, error) {
	oldest, err := s.log.Changes(ctx, "", 1)
	if err != nil || len(oldest) == 0 {
		return nil, err
	}
	first, err := number(oldest[0].Sequence)
	if err != nil {
		return nil, err
	}
	shards := []stream.Shard{{ID: shardID(first / shardRun)}}
	for n := first/shardRun + 1; ; n++ {
		some, err := s.log.Changes(ctx, beforeShard(n), 1)
		if err != nil || len(some) == 0 {
			return shards, err
		}
		shards = append(shards, stream.Shard{ID: shardID(n), Parent: shardID(n - 1)})
	}
}

func (s *logSource) Changes(ctx context.Context, shard, after string, limit int) ([]table.Change, error) {
	n, err := number(strings.TrimPrefix(shard, shardPrefix))
	if err != nil {
		return nil, err
	}
	from := after
	if from == "" {
		from = beforeShard(n)
	}
	changes, err := s.log.Changes(ctx, from, limit)
	if after == "" && errors.Is(err, table.ErrTrimmed) {
		changes, err = s.log.Changes(ctx, "", limit)
	}
	if err != nil {
		return nil, err
	}
	if len(changes) == 0 {
		return nil, s.trim(ctx, after)
	}
	end := slices.IndexFunc(changes, func(c table.Change) bool { return stream.Compare(c.Sequence, beforeShard(n+1)) > 0 })
	if end == 0 {
		return nil, io.EOF
	}
	if end > 0 {
		changes = changes[:end]
	}
	return changes, nil
}

func (s *logSource) trim(ctx context.Context, before string) error {
	if before == "" || time.Since(s.trimmed) < trimEvery {
		return nil
	}
	s.trimmed = time.Now()
	return s.log.Trim(ctx, before)
}

const shardPrefix = "shardId-"

func shardID(n int64) string { return fmt.Sprintf("%s%020d", shardPrefix, n) }

// beforeShard is the sequence that the shard's changes come after.
func beforeShard(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n*shardRun-1, 10)
}

func number(digits string) (int64, error) {
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("stream: %q is not a number of this log", digits)
	}
	return n, nil
}
