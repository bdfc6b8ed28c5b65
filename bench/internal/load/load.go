// Package load makes load and measures it, in one of two ways.
//
// A closed loop is a number of clients of which each begins its next operation
// when it has the answer to the one before: it finds the most that a server
// does. Its latencies say little, because a server that stalls is asked less
// while it does (coordinated omission).
//
// An open loop begins operations at a constant rate, whatever the server does,
// and counts the latency of each from when it was meant to begin. An operation
// that had to wait for a free client has waited for the server all the same,
// so a stall shows in the latency of all that fell into it.
package load

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
)

// Outcome is how an operation ended that did what it should.
type Outcome int

// The outcomes.
const (
	Accepted Outcome = iota
	Refused          // as it should be: the slot was taken
)

// Operation performs one operation as the client of that number, from 0. An
// error ends the run: figures of a system that fails are worth nothing.
type Operation func(ctx context.Context, client int) (Outcome, error)

// Phase says how to make load.
type Phase struct {
	Clients  int           // operations at the same time, at least 1
	Duration time.Duration // how long operations begin
	Rate     float64       // operations per second of an open loop; 0 is a closed loop
}

// count returns how many operations an open loop has, at least one.
func (p Phase) count() int { return max(1, int(p.Rate*p.Duration.Seconds())) }

// due returns when the nth operation of an open loop, from 0, is to begin.
func (p Phase) due(start time.Time, n int) time.Time {
	return start.Add(time.Duration(float64(n) / p.Rate * float64(time.Second)))
}

// Result is what a phase has measured.
type Result struct {
	Operations int
	Refused    int           // of them
	Elapsed    time.Duration // from the first begin to the last end
	P50        time.Duration // latency that half of the operations do not exceed
	P99        time.Duration
}

// PerSecond returns the throughput in operations per second.
func (r Result) PerSecond() float64 { return float64(r.Operations) / r.Elapsed.Seconds() }

// Generator makes load.
type Generator struct {
	Sleep func(time.Duration) // paces an open loop; as a rule the function Sleep
}

// Run makes the load of the phase with the operation, and waits for the last
// one to end. The first error of an operation is returned, and lets no other
// begin; those under way end by themselves, or with ctx.
func (g Generator) Run(ctx context.Context, p Phase, op Operation) (Result, error) {
	if p.Clients < 1 || p.Duration <= 0 || p.Rate < 0 {
		return Result{}, fmt.Errorf("load of %d clients for %s at %g/s: all must be positive", p.Clients, p.Duration, p.Rate)
	}
	group, going := errgroup.WithContext(ctx)
	start := time.Now()
	begins := func() next { return repeated(start.Add(p.Duration)) }
	if p.Rate > 0 {
		shared := newSchedule(start, p, g.Sleep)
		begins = func() next { return func() (time.Time, bool) { return shared.next(going) } }
	}
	recorders := make([]recorder, p.Clients)
	for i := range recorders {
		own := begins()
		one := func() (Outcome, error) { return op(ctx, i) }
		group.Go(func() error { return recorders[i].run(going, own, one) })
	}
	if err := group.Wait(); err != nil {
		return Result{}, err
	}
	return summarize(recorders, time.Since(start)), nil
}

// next returns from when the latency of a client's next operation counts, and
// false when there is none.
type next func() (begin time.Time, ok bool)

// repeated begins operations one after another until the end. The first always
// begins, so that there is something to report however slow the machine is.
func repeated(end time.Time) next {
	begun := false
	return func() (time.Time, bool) {
		now := time.Now()
		ok := !begun || now.Before(end)
		begun = true
		return now, ok
	}
}

// schedule is when the operations of an open loop begin.
type schedule struct {
	start time.Time
	phase Phase
	sleep func(time.Duration)
	begun chan int // how many have begun; who has taken it from here waits for the next
}

func newSchedule(start time.Time, p Phase, sleep func(time.Duration)) *schedule {
	s := &schedule{start: start, phase: p, sleep: sleep, begun: make(chan int, 1)}
	s.begun <- 0
	return s
}

// next waits until the next operation is to begin, or not at all where that has
// passed: a server that does not keep up makes the loop longer, and no beginning
// is left out or moved. The free clients wait in turn, and who has waited begins
// the operation itself. To tell another goroutine would take a wake-up, which
// would count as latency.
func (s *schedule) next(ctx context.Context) (time.Time, bool) {
	n := <-s.begun
	if n == s.phase.count() || ctx.Err() != nil {
		s.begun <- n
		return time.Time{}, false
	}
	begin := s.phase.due(s.start, n)
	for wait := time.Until(begin); wait > 0; wait = time.Until(begin) {
		s.sleep(wait)
	}
	s.begun <- n + 1
	return begin, true
}

// recorder keeps what one client has seen.
type recorder struct {
	latencies []time.Duration
	refused   int
}

func (r *recorder) run(ctx context.Context, begins next, op func() (Outcome, error)) error {
	for ctx.Err() == nil {
		begin, ok := begins()
		if !ok {
			break
		}
		outcome, err := op()
		if err != nil {
			return err
		}
		r.add(outcome, time.Since(begin))
	}
	return ctx.Err()
}

func (r *recorder) add(outcome Outcome, latency time.Duration) {
	r.latencies = append(r.latencies, latency)
	if outcome == Refused {
		r.refused++
	}
}

func summarize(recorders []recorder, elapsed time.Duration) Result {
	var all []time.Duration
	result := Result{Elapsed: elapsed}
	for _, r := range recorders {
		all = append(all, r.latencies...)
		result.Refused += r.refused
	}
	slices.Sort(all)
	result.Operations = len(all)
	result.P50, result.P99 = quantile(all, 0.50), quantile(all, 0.99)
	return result
}

// quantile returns the least of the sorted values that a share q of them, more
// than 0 and at most 1, does not exceed; 0 of none.
func quantile(sorted []time.Duration, q float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[int(math.Ceil(q*float64(len(sorted))))-1]
}
