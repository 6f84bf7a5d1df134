package sqlite_test

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tellback/tellback/internal/table"
)

// BenchmarkWrite measures synced writes as intake does them: a report and a standing in one Write, with the change log.
func BenchmarkWrite(b *testing.B) {
	body := append(append([]byte(`"`), bytes.Repeat([]byte("x"), 1000)...), '"')
	for _, writers := range []int{1, 16} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			tb := open(b, filepath.Join(b.TempDir(), "tellback.db"), time.Now).Table("reports")
			took := make([]time.Duration, b.N)
			var next atomic.Int64
			b.ReportAllocs()
			b.ResetTimer()
			var wg sync.WaitGroup
			for range writers {
				wg.Go(func() {
					for n := next.Add(1) - 1; n < int64(b.N); n = next.Add(1) - 1 {
						report := table.Key{Partition: fmt.Sprintf("R#%016x", n*7919), Sort: "REV#000001"}
						standing := table.Key{Partition: fmt.Sprintf("P#%016x", n*104729), Sort: "S#river#weekly#self#2040-02"}
						began := time.Now()
						if err := tb.Write(context.Background(), table.Put(table.Item{Key: report, Body: body}), table.Put(table.Item{Key: standing, Body: body})); err != nil {
							b.Error(err)
							return
						}
						took[n] = time.Since(began)
					}
				})
			}
			wg.Wait()
			b.StopTimer()
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)*99/100])/1e6, "p99-ms")
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "writes/s")
		})
	}
}

func BenchmarkGet(b *testing.B) {
	tb := open(b, filepath.Join(b.TempDir(), "tellback.db"), time.Now).Table("reports")
	write(b, tb, put("P", "s", 0))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := tb.Get(context.Background(), table.Key{Partition: "P", Sort: "s"}); err != nil {
			b.Fatal(err)
		}
	}
}
