package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tellback/tellback/internal/table"
)

// How much one transaction takes: enough to share a sync among all who wait, little enough to answer soon.
const (
	batchRequests = 256
	batchBytes    = 8 << 20
)

// writer is the one goroutine that writes. Each request is a unit: its conditions are all read before anything of it
// is written (nobody else writes in between), so that one request's conflict needs no savepoint and fails no other.
type writer struct {
	db    *DB
	conn  *sql.Conn
	queue chan *request

	begin, commit, rollback *sql.Stmt
	byTable                 map[*Table]*statements

	closing  chan struct{} // closed by stop: take nothing new
	finished chan struct{} // closed when the goroutine has ended
	stopOnce sync.Once
}

// request is one caller's unit of work on one table: ops, or a job.
type request struct {
	ctx   context.Context
	table *Table
	ops   []table.Op // the caller's own: not to be read before taken is set
	bytes int        // the size of ops
	job   func(ctx context.Context, s *statements, r *request) error
	count int // what a job reports

	taken atomic.Bool // by the writer, or by the caller who gave up: whoever is first decides
	err   error
	done  chan struct{}
}

func startWriter(ctx context.Context, db *DB) (*writer, error) {
	conn, err := db.pool.Conn(ctx)
	if err != nil {
		return nil, err
	}
	w := &writer{
		db: db, conn: conn, queue: make(chan *request, batchRequests), byTable: map[*Table]*statements{},
		closing: make(chan struct{}), finished: make(chan struct{}),
	}
	for text, into := range map[string]**sql.Stmt{"BEGIN IMMEDIATE": &w.begin, "COMMIT": &w.commit, "ROLLBACK": &w.rollback} {
		if *into, err = conn.PrepareContext(ctx, text); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
	}
	for _, t := range db.tables {
		if w.byTable[t], err = prepareStatements(ctx, conn, t); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
	}
	go w.run()
	return w, nil
}

// do hands r to the writer and waits for the synced commit. A caller whose context ends before the writer has taken
// the request gets the context's error and nothing was written; after that the outcome is waited for, so that it is known.
func (w *writer) do(r *request) error {
	r.done = make(chan struct{})
	select {
	case <-w.closing:
		return ErrClosed
	default:
	}
	if err := r.ctx.Err(); err != nil {
		return err
	}
	select {
	case w.queue <- r:
	case <-r.ctx.Done():
		return r.ctx.Err()
	case <-w.closing:
		return ErrClosed
	}
	select {
	case <-r.done:
		return r.err
	case <-r.ctx.Done():
		if r.taken.CompareAndSwap(false, true) {
			return r.ctx.Err()
		}
	case <-w.finished:
		if r.taken.CompareAndSwap(false, true) {
			return ErrClosed
		}
	}
	<-r.done
	return r.err
}

// stop lets the writer finish what is in the queue and waits for its end.
func (w *writer) stop() {
	w.stopOnce.Do(func() { close(w.closing) })
	<-w.finished
}

func (w *writer) run() {
	defer close(w.finished)
	defer func() { _ = w.conn.Close() }() // the pool's Close reports what matters
	var sweep <-chan time.Time
	if w.db.sweepEvery > 0 {
		t := time.NewTicker(w.db.sweepEvery)
		defer t.Stop()
		sweep = t.C
	}
	batch := make([]*request, 0, batchRequests)
	for {
		select {
		case r := <-w.queue:
			batch = w.collect(append(batch[:0], r))
			w.serve(batch)
		case <-sweep:
			w.sweep()
		case <-w.closing:
			for batch = w.collect(batch[:0]); len(batch) > 0; batch = w.collect(batch[:0]) {
				w.serve(batch)
			}
			return
		}
	}
}

// collect adds to batch what else is waiting.
func (w *writer) collect(batch []*request) []*request {
	bytes := 0
	for _, r := range batch {
		bytes += r.bytes
	}
	for len(batch) < batchRequests && bytes < batchBytes {
		select {
		case r := <-w.queue:
			batch, bytes = append(batch, r), bytes+r.bytes
		default:
			return batch
		}
	}
	return batch
}

// sweep removes a first portion of what has expired; more waits for the next tick, so that no writer waits long.
func (w *writer) sweep() {
	for _, t := range w.db.tables {
		r := &request{ctx: context.Background(), table: t, job: t.removeExpired, done: make(chan struct{})}
		w.serve([]*request{r}) // what failed is found by the next write, which reports it to somebody
	}
}

// serve runs the requests that nobody has given up on, and answers them only once all of it is synced: a conflict too
// rests on what others of the batch wrote.
func (w *writer) serve(batch []*request) {
	live := batch[:0]
	for _, r := range batch {
		if r.taken.CompareAndSwap(false, true) {
			live = append(live, r)
		}
	}
	if len(live) == 0 {
		return
	}
	committing, err := w.transact(live)
	if err != nil && !committing && len(live) > 1 {
		// One request may be what the engine can't do (a disk too full for it): each gets a transaction of its own.
		for _, r := range live {
			_, err := w.transact([]*request{r})
			answer(r, err)
		}
		return
	}
	for _, r := range live {
		answer(r, err)
	}
}

func answer(r *request, err error) {
	if err != nil {
		r.err = err
	}
	close(r.done)
}

// transact runs the requests in one transaction. Each request's own refusal is left in it; an error concerns all.
// committing says that the commit itself failed: whether it holds is then unknown, and it must not be tried again.
func (w *writer) transact(requests []*request) (committing bool, err error) {
	ctx := context.Background() // an interrupted transaction would fail the others in it
	defer func() {
		if err != nil {
			_, _ = w.rollback.ExecContext(ctx) // fails where SQLite has rolled back already
		}
	}()
	if _, err := w.begin.ExecContext(ctx); err != nil {
		return false, err
	}
	for _, r := range requests {
		r.err, r.count = nil, 0
		err := w.apply(ctx, r)
		if errors.Is(err, table.ErrConflict) {
			r.err = err
			continue
		}
		if err != nil {
			return false, err
		}
	}
	_, err = w.commit.ExecContext(ctx)
	return true, err
}

func (w *writer) apply(ctx context.Context, r *request) error {
	s := w.byTable[r.table]
	if r.job != nil {
		return r.job(ctx, s, r)
	}
	return s.write(ctx, r.ops)
}
