// Package logqueue writes log lines in the background, so that a reader that
// blocks, a slow pipe or a full disk delays nobody who logs. What waits is
// bounded in bytes; lines beyond it are lost and counted.
package logqueue

import (
	"bytes"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

// Defaults of Config.
const (
	DefaultSize  = 1 << 20         // bytes: about two thousand lines
	DefaultGrace = 2 * time.Second // of the ten that a stop may take
)

// pause is the time between two writes, in which lines gather: waking for each
// of them would cost whoever logs more than the line itself.
const pause = 5 * time.Millisecond

// Config says how much may wait and who hears of losses. Zero members mean the
// defaults.
type Config struct {
	Size  int           // bytes of lines that wait for the writer
	Grace time.Duration // how long Close waits for the writer

	// Report is called by the goroutine that writes, with the number of lines
	// lost since the last call: with the writer's error when it begins to fail,
	// and with nil once it takes lines again. It may log to the queue itself.
	Report func(lines int64, err error)
}

// Queue is an io.Writer that never blocks and never fails. Its methods may be
// called from any goroutine.
type Queue struct {
	w   io.Writer
	cfg Config

	mu      sync.Mutex
	waiting []byte
	closed  bool

	wake    chan struct{} // holds a token while lines may wait
	closing chan struct{} // closed when Close begins
	done    chan struct{} // closed when the writing goroutine has ended

	unreported, lost atomic.Int64 // lines
	failing          bool         // the last write failed; of the writing goroutine
}

// New returns a queue before w and starts to write. Close ends it.
func New(w io.Writer, cfg Config) *Queue {
	if cfg.Size <= 0 {
		cfg.Size = DefaultSize
	}
	if cfg.Grace <= 0 {
		cfg.Grace = DefaultGrace
	}
	if cfg.Report == nil {
		cfg.Report = func(int64, error) {}
	}
	q := &Queue{w: w, cfg: cfg, wake: make(chan struct{}, 1), closing: make(chan struct{}), done: make(chan struct{})}
	go q.run()
	return q
}

// Write takes whole lines, all of them or, when too much waits or the queue is
// closed, none. It always returns len(lines) and nil.
func (q *Queue) Write(lines []byte) (int, error) {
	q.mu.Lock()
	fits := !q.closed && len(q.waiting)+len(lines) <= q.cfg.Size
	if fits {
		q.waiting = append(q.waiting, lines...)
	}
	q.mu.Unlock()
	if !fits {
		q.lose(lines)
	}
	select {
	case q.wake <- struct{}{}:
	default: // the token is there already
	}
	return len(lines), nil
}

// Lost returns the number of lines lost since New.
func (q *Queue) Lost() int64 { return q.lost.Load() }

// Close writes what waits, for as long as the writer is given. Its error says
// that the writer is blocked. Lines written later are lost.
func (q *Queue) Close() error {
	q.mu.Lock()
	if !q.closed {
		q.closed = true
		close(q.closing)
	}
	q.mu.Unlock()
	timer := time.NewTimer(q.cfg.Grace)
	defer timer.Stop()
	select {
	case <-q.done:
		return nil
	case <-timer.C:
		return fmt.Errorf("the writer is blocked; it took no line for %s", q.cfg.Grace)
	}
}

func (q *Queue) lose(lines []byte) {
	n := int64(max(1, bytes.Count(lines, []byte{'\n'})))
	q.lost.Add(n)
	q.unreported.Add(n)
}

// run writes until the queue is closed and empty.
func (q *Queue) run() {
	defer close(q.done)
	timer := time.NewTimer(0)
	defer timer.Stop()
	var lines []byte
	for {
		select {
		case <-q.wake:
		case <-q.closing:
		}
		var closed bool
		lines, closed = q.take(lines)
		switch {
		case len(lines) > 0:
			q.write(lines)
		case closed:
			return
		}
		timer.Reset(pause)
		select {
		case <-timer.C:
		case <-q.closing:
		}
	}
}

// take exchanges the lines that wait for an empty buffer, in the memory of the
// last ones.
func (q *Queue) take(last []byte) (lines []byte, closed bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	lines, q.waiting = q.waiting, last[:0]
	return lines, q.closed
}

func (q *Queue) write(chunk []byte) {
	n, err := q.w.Write(chunk)
	if err != nil {
		q.lose(chunk[min(max(n, 0), len(chunk)):])
	}
	began := err != nil && !q.failing
	q.failing = err != nil
	if began || (err == nil && q.unreported.Load() > 0) {
		q.cfg.Report(q.unreported.Swap(0), err)
	}
}
