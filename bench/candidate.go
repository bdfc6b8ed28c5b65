package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spacefinder/spacefinder/bench/internal/load"
	"github.com/spacefinder/spacefinder/bench/internal/process"
	"github.com/spacefinder/spacefinder/bench/internal/report"
)

// candidate is a subject that runs, with what was measured of it so far.
type candidate struct {
	subject
	server  *process.Process
	turns   []workload
	figures []report.Workload // of the turns, in the same order
	process report.Process
}

// launch starts the subject as often as there are rounds, to measure that, and
// leaves it running.
func (l lab) launch(ctx context.Context, s subject) (*candidate, error) {
	c := &candidate{subject: s, process: report.Process{Subject: s.name(), Bookings: s.bookings()}}
	for i := range l.rounds {
		server, err := s.start(ctx)
		if err != nil {
			return nil, err
		}
		c.server = server
		err = noteStart(&c.process, server)
		if last := i == l.rounds-1; !last || err != nil {
			err = errors.Join(err, server.Stop())
		}
		if err != nil {
			return nil, err
		}
	}
	c.turns = s.workloads()
	for _, w := range c.turns {
		c.figures = append(c.figures, report.Workload{Subject: s.name(), Bookings: s.bookings(), Name: w.name, Clients: w.clients})
	}
	return c, nil
}

// warmUpShare is how much of a turn the warm-up of a workload takes.
const warmUpShare = 4

// warmUp opens connections and fills caches. What it measures is dropped.
func (l lab) warmUp(ctx context.Context, candidates []*candidate) error {
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

// turn finds how much the server does at most, and what that costs it, then how
// long operations take at half of that rate.
func (c *candidate) turn(ctx context.Context, w workload, phase time.Duration) (report.Round, error) {
	before, err := usage(c.server)
	if err != nil {
		return report.Round{}, err
	}
	full, err := w.apply(ctx, load.Phase{Clients: w.clients, Duration: phase})
	if err != nil {
		return report.Round{}, err
	}
	after, err := usage(c.server)
	if err != nil {
		return report.Round{}, err
	}
	rate := full.PerSecond() / 2
	half, err := w.apply(ctx, load.Phase{Clients: w.clients, Duration: phase, Rate: rate})
	return report.Round{
		PerSecond: full.PerSecond(),
		CPU:       (after.cpu - before.cpu) / float64(full.Operations) * 1000,
		Refused:   float64(full.Refused) / float64(full.Operations),
		Allocs:    full.Allocs,
		HalfLoad:  rate,
		P50:       milliseconds(half.P50),
		P99:       milliseconds(half.P99),
	}, err
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

// use is what a server has used: milliseconds of CPU so far, megabytes of
// memory now.
type use struct{ cpu, rss float64 }

// usage returns what the server has used, as far as this system tells.
func usage(server *process.Process) (use, error) {
	u, err := process.ReadUsage(server.PID())
	if errors.Is(err, process.ErrNotMeasured) {
		return use{cpu: report.NotMeasured(), rss: report.NotMeasured()}, nil
	}
	return use{cpu: milliseconds(u.CPU), rss: float64(u.RSS) / 1e6}, err
}

// noteStart adds how long a server took to start, and what it takes then.
func noteStart(figures *report.Process, server *process.Process) error {
	figures.Start = append(figures.Start, milliseconds(server.StartTime))
	return noteRSS(&figures.IdleRSS, server)
}

func noteRSS(figures *[]float64, server *process.Process) error {
	u, err := usage(server)
	*figures = append(*figures, u.rss)
	return err
}
