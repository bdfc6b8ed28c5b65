package main

import (
	"context"
	"os"

	"github.com/spacefinder/spacefinder/bench/internal/httpconn"
	"github.com/spacefinder/spacefinder/bench/internal/load"
	"github.com/spacefinder/spacefinder/bench/internal/process"
	"github.com/spacefinder/spacefinder/bench/internal/report"
)

// subject is a server that is measured, over data that it has already. Which
// there are is said in lab.subjects.
type subject interface {
	// name is what reports call it.
	name() string

	// bookings is how many it has stored before the run; 0 where it stores none.
	bookings() int

	// start starts the server. The caller stops it; it may be started again.
	start(ctx context.Context) (*process.Process, error)

	// prepare is called before each turn of a workload, for what must not
	// happen during it, such as signing in.
	prepare(ctx context.Context) error

	// workloads are what the running server is measured by.
	workloads() []workload
}

// workload is one kind of load on a subject.
type workload struct {
	name    string
	clients int
	run     func(ctx context.Context, p load.Phase) (measured, error)
	check   func() error // after each phase: whether the server did what it must; nil where answers say enough

	// fullOnly is a workload whose latencies at half load are not asked for.
	fullOnly bool
}

// measured is what one phase of load has measured.
type measured struct {
	load.Result
	Allocs float64 // of the server, per operation; report.NotMeasured where it does not tell
	Client float64 // CPU-milliseconds of the client; report.NotMeasured where it is the server itself
}

// remote makes the load in this process, which does nothing else meanwhile, with
// an operation that talks to the server.
func remote(op load.Operation) func(context.Context, load.Phase) (measured, error) {
	return func(ctx context.Context, p load.Phase) (measured, error) {
		before, err := usage(os.Getpid())
		if err != nil {
			return measured{}, err
		}
		var result load.Result
		if p.Rate > 0 {
			result, err = load.RunOpen(ctx, p, httpconn.WithReadable, op)
		} else {
			result, err = load.Generator{}.Run(ctx, p, op)
		}
		if err != nil {
			return measured{}, err
		}
		after, err := usage(os.Getpid())
		return measured{Result: result, Allocs: report.NotMeasured(), Client: after.cpu - before.cpu}, err
	}
}
