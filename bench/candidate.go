package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"time"

	"github.com/spacefinder/spacefinder/bench/internal/load"
	"github.com/spacefinder/spacefinder/bench/internal/process"
	"github.com/spacefinder/spacefinder/bench/internal/report"
)

// candidate is a subject that runs, with what was measured of it so far.
type candidate struct {
	subject
	server   *process.Process
	turns    []workload
	figures  []report.Workload // of the turns, in the same order
	process  report.Process
	realtime bool // at half load
}

// launch starts the subjects as often as there are rounds, to measure that, and
// leaves them running. In each round all of them start one after the other,
// idle for a while together, and stop. On an error those that run are returned.
func (l *lab) launch(ctx context.Context, subjects []subject) (candidates []*candidate, err error) {
	realtime, err := l.realtime()
	if err != nil {
		return nil, err
	}
	for _, s := range subjects {
		c := &candidate{subject: s, realtime: realtime, process: report.Process{Subject: s.name(), Bookings: s.bookings()}}
		for _, w := range s.workloads() {
			c.turns = append(c.turns, w)
			c.figures = append(c.figures, report.Workload{Subject: s.name(), Bookings: s.bookings(), Name: w.name, Clients: w.clients})
		}
		candidates = append(candidates, c)
	}
	for round := range l.rounds {
		if round > 0 {
			if err := stopAll(candidates); err != nil {
				return nil, err
			}
		}
		l.say("start %d of %d of every server", round+1, l.rounds)
		if err := l.startAll(ctx, candidates); err != nil {
			return candidates, err
		}
	}
	return candidates, nil
}

// startAll starts every candidate and measures what that takes.
func (l *lab) startAll(ctx context.Context, candidates []*candidate) (err error) {
	for _, c := range candidates {
		if c.server, err = c.start(ctx); err != nil {
			return fmt.Errorf("%s: %w", c.name(), err)
		}
		c.process.Start = append(c.process.Start, milliseconds(c.server.StartTime))
	}
	select {
	case <-time.After(l.idle):
	case <-ctx.Done():
		return ctx.Err()
	}
	for _, c := range candidates {
		if err := noteRSS(&c.process.IdleRSS, c.server); err != nil {
			return err
		}
	}
	return nil
}

// stopAll stops the candidates that run.
func stopAll(candidates []*candidate) error {
	var errs []error
	for _, c := range candidates {
		if c.server != nil {
			errs = append(errs, c.server.Stop())
			c.server = nil
		}
	}
	return errors.Join(errs...)
}

// warmUpShare is how much of a turn the warm-up of a workload takes.
const warmUpShare = 4

// warmUp opens connections and fills caches. What it measures is dropped.
func (l *lab) warmUp(ctx context.Context, candidates []*candidate) error {
	for _, c := range candidates {
		for _, w := range c.turns {
			if err := c.prepare(ctx); err != nil {
				return err
			}
			if _, err := w.apply(ctx, load.Phase{Clients: w.clients, Duration: l.phase / warmUpShare}); err != nil {
				return err
			}
		}
	}
	return nil
}

// round gives each workload its turn.
func (c *candidate) round(ctx context.Context, phase time.Duration) error {
	for i, w := range c.turns {
		if err := c.prepare(ctx); err != nil {
			return err
		}
		figures, err := c.turn(ctx, w, phase)
		if err != nil {
			return fmt.Errorf("%s, %s: %w", c.name(), w.name, err)
		}
		c.figures[i].Rounds = append(c.figures[i].Rounds, figures)
	}
	return nil
}

// told returns the metrics that the subject's server tells, if any.
func (c *candidate) told() metrics {
	if t, ok := c.subject.(interface{ tells() metrics }); ok {
		return t.tells()
	}
	return metrics{}
}

// turn finds how much the server does at most, and what that costs it, then how
// long operations take at half of that rate.
func (c *candidate) turn(ctx context.Context, w workload, phase time.Duration) (report.Round, error) {
	var full measured
	var spent float64
	allocated, err := c.told().allocations(ctx, func() error {
		before, err := usage(c.server.PID())
		if err != nil {
			return err
		}
		if full, err = w.apply(ctx, load.Phase{Clients: w.clients, Duration: phase}); err != nil {
			return err
		}
		after, err := usage(c.server.PID())
		spent = after.cpu - before.cpu
		return err
	})
	if err != nil {
		return report.Round{}, err
	}
	if math.IsNaN(full.Allocs) {
		full.Allocs = allocated / float64(full.Operations)
	}
	round := report.Round{
		PerSecond: full.PerSecond(),
		CPU:       spent / float64(full.Operations) * 1000,
		ClientCPU: full.Client / float64(full.Operations) * 1000,
		Refused:   float64(full.Refused) / float64(full.Operations),
		Allocs:    full.Allocs,
		HalfLoad:  full.PerSecond() / 2,
		P50:       report.NotMeasured(),
		P99:       report.NotMeasured(),
	}
	if w.fullOnly {
		return round, nil
	}
	half, err := c.atRate(ctx, w, load.Phase{Clients: w.clients, Duration: phase, Rate: round.HalfLoad})
	round.P50, round.P99 = milliseconds(half.P50), milliseconds(half.P99)
	return round, err
}

// atRate runs a phase at half load. Threads that take turns on the same cores wait
// for each other's share of time, some milliseconds each, which is more than a fast
// server takes to answer; in real time they do not.
func (c *candidate) atRate(ctx context.Context, w workload, p load.Phase) (m measured, err error) {
	if c.realtime {
		for _, pid := range []int{os.Getpid(), c.server.PID()} {
			restore, err := process.Realtime(pid)
			if err != nil {
				return m, err
			}
			defer func() { _ = restore() }() // the server may have ended, which the phase then says
		}
	}
	return w.apply(ctx, p)
}

// realtime reports whether processes can be run in real time at half load, and tells
// the reader which scheduling they have.
func (l *lab) realtime() (bool, error) {
	const ordinary = "At half load, client and server are scheduled like all other processes: " +
		"they wait for each other's share of time, which shows in p99."
	if l.fair {
		l.note(ordinary)
		return false, nil
	}
	restore, err := process.Realtime(os.Getpid())
	if errors.Is(err, process.ErrNotPermitted) {
		l.note(ordinary)
		return false, nil
	}
	if err != nil {
		return false, err
	}
	l.note("At half load, client and server are scheduled in real time (SCHED_RR, both with the least priority): " +
		"neither waits for the other's share of time.")
	return true, restore()
}

// apply runs one phase and checks what the server did in it.
func (w workload) apply(ctx context.Context, p load.Phase) (measured, error) {
	m, err := w.run(ctx, p)
	if err == nil && w.check != nil {
		err = w.check()
	}
	return m, err
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// use is what a server has used: milliseconds of CPU so far, and what it uses
// now: megabytes of memory, open files.
type use struct{ cpu, rss, files float64 }

// usage returns what a process has used, as far as this system tells.
func usage(pid int) (use, error) {
	u, err := process.ReadUsage(pid)
	if errors.Is(err, process.ErrNotMeasured) {
		return use{cpu: report.NotMeasured(), rss: report.NotMeasured(), files: report.NotMeasured()}, nil
	}
	return use{cpu: milliseconds(u.CPU), rss: float64(u.RSS) / bytesMegabyte, files: float64(u.Files)}, err
}

func noteRSS(figures *[]float64, server *process.Process) error {
	u, err := usage(server.PID())
	*figures = append(*figures, u.rss)
	return err
}
