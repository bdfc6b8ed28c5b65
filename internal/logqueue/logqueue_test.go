package logqueue_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/spacefinder/spacefinder/internal/logqueue"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// sink is a writer that can be blocked and made to fail.
type sink struct {
	mu     sync.Mutex
	text   bytes.Buffer
	writes int
	err    error
	gate   chan struct{} // nil: open
}

func (s *sink) Write(p []byte) (int, error) {
	s.mu.Lock()
	gate := s.gate
	s.mu.Unlock()
	if gate != nil {
		<-gate
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writes++
	if s.err != nil {
		return 0, s.err
	}
	return s.text.Write(p)
}

func (s *sink) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

func (s *sink) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// reports notes what a queue reports.
type reports struct {
	mu   sync.Mutex
	list []string
}

func (r *reports) add(lines int64, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list = append(r.list, fmt.Sprint(lines, " ", err))
}

func (r *reports) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(r.list, "; ")
}

// settle lets fake time pass until the queue has done what it can.
func settle() {
	time.Sleep(time.Second)
	synctest.Wait()
}

func write(t *testing.T, q *logqueue.Queue, line string) {
	t.Helper()
	if n, err := q.Write([]byte(line)); n != len(line) || err != nil {
		t.Fatalf("Write returned %d, %v", n, err)
	}
}

func closeQueue(t *testing.T, q *logqueue.Queue) {
	t.Helper()
	if err := q.Close(); err != nil {
		t.Error(err)
	}
}

func TestLinesArriveWholeAndInOrder(t *testing.T) {
	var s sink
	q := logqueue.New(&s, logqueue.Config{})
	var want strings.Builder
	line := make([]byte, 0, 16)
	for i := range 10_000 {
		line = fmt.Appendf(line[:0], "%d\n", i) // the caller's memory is its own again
		want.Write(line)
		write(t, q, string(line))
	}
	closeQueue(t, q)
	if got := s.String(); got != want.String() || q.Lost() != 0 {
		t.Errorf("%d bytes arrived of %d, %d lines are lost", len(got), want.Len(), q.Lost())
	}
}

func TestConcurrentLinesAreNotMixed(t *testing.T) {
	var s sink
	q := logqueue.New(&s, logqueue.Config{})
	const writers, lines, line = 8, 500, "a line of a log\n"
	var group sync.WaitGroup
	for range writers {
		group.Go(func() {
			for range lines {
				write(t, q, line)
			}
		})
	}
	group.Wait()
	closeQueue(t, q)
	if got := s.String(); got != strings.Repeat(line, writers*lines) {
		t.Errorf("%d bytes arrived, or lines are mixed", len(got))
	}
}

func TestBlockedWriterHoldsNobodyUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &sink{gate: make(chan struct{})}
		var r reports
		q := logqueue.New(s, logqueue.Config{Size: 20, Report: r.add})
		write(t, q, "first\n")
		settle() // the goroutine has it, and is blocked
		for range 5 {
			write(t, q, "12345678\n")
		}
		if q.Lost() != 3 || r.String() != "" {
			t.Errorf("%d lines are lost, want the 3 beyond 20 bytes; reported %q", q.Lost(), r.String())
		}
		close(s.gate)
		settle()
		closeQueue(t, q)
		if got, want := s.String(), "first\n12345678\n12345678\n"; got != want || r.String() != "3 <nil>" {
			t.Errorf("written %q, want %q; reported %q", got, want, r.String())
		}
	})
}

func TestFullDiskIsReportedOnceAndWhenItIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &sink{err: syscall.ENOSPC}
		var r reports
		q := logqueue.New(s, logqueue.Config{Report: r.add})
		for range 3 {
			write(t, q, "lost\n")
			settle()
		}
		s.fail(nil)
		write(t, q, "kept\n")
		settle()
		s.fail(errors.New("another day"))
		write(t, q, "lost\n")
		closeQueue(t, q)
		want := "1 no space left on device; 2 <nil>; 1 another day"
		if s.String() != "kept\n" || r.String() != want || q.Lost() != 4 {
			t.Errorf("written %q, reported %q, want %q; %d lines are lost, want 4", s.String(), r.String(), want, q.Lost())
		}
	})
}

func TestQueueThatReportsToItselfDoesNotSpin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &sink{err: syscall.ENOSPC}
		var q *logqueue.Queue
		q = logqueue.New(s, logqueue.Config{Report: func(lines int64, err error) {
			slog.New(slog.NewJSONHandler(q, nil)).Error("log lines are lost", "lines", lines, "error", err)
		}})
		write(t, q, "lost\n")
		settle()
		if s.writes != 2 { // the line, and the report of its loss
			t.Errorf("%d writes for one line", s.writes)
		}
		s.fail(nil)
		write(t, q, "kept\n")
		settle()
		closeQueue(t, q)
		if got := s.String(); !strings.HasPrefix(got, "kept\n") || !strings.Contains(got, `"lines":1`) {
			t.Errorf("written %q, want the line and how many were lost before it", got)
		}
	})
}

func TestCloseWaitsNoLongerThanItsGrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &sink{gate: make(chan struct{})}
		q := logqueue.New(s, logqueue.Config{Grace: time.Second})
		write(t, q, "waits\n")
		start := time.Now()
		if err := q.Close(); err == nil || time.Since(start) != time.Second {
			t.Errorf("Close returned %v after %s, want an error after a second", err, time.Since(start))
		}
		write(t, q, "late\n")
		if q.Lost() != 1 {
			t.Errorf("%d lines are lost, want the one after Close", q.Lost())
		}
		close(s.gate)
		settle()
		if got := s.String(); got != "waits\n" {
			t.Errorf("written %q", got)
		}
	})
}

func TestWritingAllocatesNothing(t *testing.T) {
	q := logqueue.New(&sink{gate: make(chan struct{})}, logqueue.Config{Size: 1})
	line := []byte("does not fit\n")
	if n := testing.AllocsPerRun(100, func() { _, _ = q.Write(line) }); n != 0 {
		t.Errorf("%g allocations", n)
	}
	closeQueue(t, q)
}
