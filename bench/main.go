// Command bench measures SpaceFinder against yardsticks, all of them in one
// run, and writes the figures to docs/performance.md:
//
//	go run ./bench              # some twelve minutes
//	go run ./bench -quick       # two minutes, for a first look; writes nothing
//	go run ./bench -soak 10m    # one load for ten minutes: does anything grow?
//
// Each thing that is measured is a subject, a server in a process of its own.
// A round gives every workload of every subject its turn, and there are several
// rounds, so that what else happens on the machine hits all of them alike.
// Reports have the medians over the rounds, and ratios taken within each.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spacefinder/spacefinder/bench/internal/report"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1) //nolint:forbidigo // this is a main function
	}
}

// run measures, or is one of the servers that this program starts of itself.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if len(args) > 0 {
		switch args[0] {
		case bareCommand:
			return serveBare(ctx, args[1:])
		case rawCommand:
			return serveRaw(ctx, args[1:])
		case stubCommand:
			return serveStub(ctx, args[1:])
		}
	}
	s, err := parseSettings(args, stderr)
	if err != nil {
		return err
	}
	result, err := s.carryOut(ctx, stderr)
	if ctx.Err() != nil {
		return errors.New("interrupted; nothing is written")
	}
	if err != nil {
		return err
	}
	if err := result.Write(stdout); err != nil || s.out == "" {
		return err
	}
	return s.section().Update(s.out, result)
}

func (s settings) carryOut(ctx context.Context, progress io.Writer) (report.Report, error) {
	if s.soak > 0 {
		return s.soakTest(ctx, progress)
	}
	return s.measure(ctx, progress)
}
