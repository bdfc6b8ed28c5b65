package sqlitedb

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"sync/atomic"
	"time"
)

// request is a write on its way.
type request struct {
	fn    func(*Tx) error
	taken atomic.Bool
	err   error      // the writer's until it is sent
	done  chan error // buffered for one
}

// take decides who has the request: the writer, which then answers it, or the
// caller, who then knows that it never begins.
func (r *request) take() bool { return r.taken.CompareAndSwap(false, true) }

// Write runs fn in a transaction and returns nil once that is committed and
// flushed to the disk. An error of fn undoes what fn did and is returned as it
// is, except that an error of the disk becomes CodeUnavailable.
//
// fn runs on the writer's goroutine, where every other write waits for it: it
// must be quick, must not call Write or runtime.Goexit, and must have no effect
// outside the transaction but on variables of its caller. It sees the writes
// that share its transaction; they are committed with it or all of them fail
// with CodeUnavailable.
//
// A write whose context ends in the queue does not happen: CodeUnavailable,
// with the context's error as the cause. One that has begun runs to its end.
func (db *DB) Write(ctx context.Context, fn func(tx *Tx) error) error {
	if err := db.usable(ctx); err != nil {
		return err
	}
	r := &request{fn: fn, done: make(chan error, 1)}
	select {
	case db.queue <- r:
	case <-ctx.Done():
		return unavailable(fmt.Errorf("%w: %w", errQueueFull, ctx.Err()))
	case <-db.closing:
		return unavailable(errClosed)
	}
	select {
	case err := <-r.done:
		return err
	case <-ctx.Done():
		if r.take() {
			return unavailable(fmt.Errorf("%w: %w", errNotBegun, ctx.Err()))
		}
	case <-db.written:
		if r.take() { // it came into the queue after the writer had emptied it
			return unavailable(errClosed)
		}
	}
	return <-r.done
}

// usable returns an error when the context has ended or Close has begun.
func (db *DB) usable(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return unavailable(err)
	}
	select {
	case <-db.closing:
		return unavailable(errClosed)
	default:
		return nil
	}
}

func (db *DB) writeLoop() {
	defer close(db.written)
	for {
		select {
		case r := <-db.queue:
			db.await()
			db.writer.commit(db.gather(r))
		case <-db.closing:
			for len(db.queue) > 0 { // this goroutine alone receives
				db.writer.commit(db.gather(<-db.queue))
			}
			return
		}
	}
}

// await lets all goroutines run that are ready to, for as long as more writes
// come of it. Those that the last commit has answered are among them, and each
// write that comes along saves a flush, which takes far longer. Where nothing
// else is ready it takes no time.
func (db *DB) await() {
	for waiting := -1; waiting < len(db.queue) && len(db.queue) < db.writer.maxBatch; {
		waiting = len(db.queue)
		runtime.Gosched()
	}
}

// gather takes what waits beside the first request, without those that their
// callers have given up.
func (db *DB) gather(first *request) []*request {
	batch := make([]*request, 0, min(1+len(db.queue), db.writer.maxBatch))
	for r := first; ; {
		if r.take() {
			batch = append(batch, r)
		}
		if len(batch) >= db.writer.maxBatch {
			return batch
		}
		select {
		case r = <-db.queue:
		default:
			return batch
		}
	}
}

// writer owns the one connection that writes. Only the writer's goroutine uses
// it.
type writer struct {
	path     string
	conn     *conn // nil after a failure
	maxBatch int
	log      *slog.Logger
	now      func() time.Time
	stats    *counters

	checkpointer *checkpointer
}

// commit runs the batch in one transaction and answers every request in it.
// Nothing is answered earlier, not even a failure: it may rest on what another
// request of the batch wrote.
func (w *writer) commit(batch []*request) {
	if len(batch) == 0 {
		return
	}
	if err := w.transact(batch); err != nil {
		w.log.Error("a transaction failed", "writes", len(batch), "error", err)
		w.stats.failed(len(batch))
		w.reset()
		for _, r := range batch {
			r.done <- unavailable(err)
		}
		return
	}
	w.stats.committed(len(batch))
	for _, r := range batch {
		r.done <- classify(r.err)
	}
	w.checkpointer.committed(w.conn)
}

// transact returns nil when the transaction is over as it should be: committed,
// or rolled back where it held one write alone, which failed. After an error the
// connection is in a state that nobody knows.
func (w *writer) transact(batch []*request) (err error) {
	if w.conn == nil {
		if w.conn, err = openConn(w.path, writerPragmas); err != nil {
			return err
		}
	}
	if err := w.conn.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	if len(batch) == 1 {
		return w.alone(batch[0])
	}
	for _, r := range batch {
		if err := w.among(r); err != nil {
			return err
		}
	}
	return w.flush()
}

// flush commits, and counts how long that takes: nearly all of it is waiting
// for the disk.
func (w *writer) flush() error {
	start := w.now()
	defer func() { w.stats.commitTime.Add(int64(w.now().Sub(start))) }()
	return w.conn.exec("COMMIT")
}

// alone runs a request that has the transaction for itself.
func (w *writer) alone(r *request) error {
	tx := &Tx{ctx: context.Background(), conn: w.conn}
	if err := w.apply(r, tx); err != nil {
		return err
	}
	if r.err != nil {
		return w.conn.exec("ROLLBACK")
	}
	return w.flush()
}

// among runs a request that shares the transaction, in a savepoint if it writes.
func (w *writer) among(r *request) error {
	tx := &Tx{ctx: context.Background(), conn: w.conn, shares: true}
	if err := w.apply(r, tx); err != nil {
		return err
	}
	if tx.saved && r.err != nil {
		if err := w.conn.exec("ROLLBACK TO one_write"); err != nil {
			return err
		}
	}
	if tx.saved {
		return w.conn.exec("RELEASE one_write")
	}
	return nil
}

// apply keeps the answer of a request in it. Its error is one that spoils the
// whole transaction.
func (w *writer) apply(r *request, tx *Tx) error {
	r.err = tx.run(r.fn, w.log)
	if tx.broken == nil && !w.conn.sqlite.InTransaction() {
		return errEnded
	}
	return tx.broken
}

// reset drops the connection with its transaction; the next batch opens another.
func (w *writer) reset() {
	if w.conn != nil {
		_ = w.conn.close() // says nothing new: something on it has failed already
		w.conn = nil
	}
}

func (w *writer) close() error { return w.conn.close() }

// counters are the part of Stats that the writer counts.
type counters struct {
	writes, failedWrites, commits, largestBatch atomic.Int64
	commitTime                                  atomic.Int64 // nanoseconds
}

func (c *counters) committed(writes int) {
	c.writes.Add(int64(writes))
	c.commits.Add(1)
	c.largestBatch.Store(max(c.largestBatch.Load(), int64(writes))) // one goroutine writes
}

func (c *counters) failed(writes int) { c.failedWrites.Add(int64(writes)) }

func (c *counters) snapshot() Stats {
	return Stats{
		Writes:       c.writes.Load(),
		FailedWrites: c.failedWrites.Load(),
		Commits:      c.commits.Load(),
		LargestBatch: c.largestBatch.Load(),
		CommitTime:   time.Duration(c.commitTime.Load()),
	}
}
