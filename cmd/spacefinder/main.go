// Command spacefinder runs SpaceFinder: the whole system in one process, or
// the front door and the services apart. `spacefinder help` lists the commands.
//
// This package wires the parts together and reads flags and environment; it
// decides nothing else.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	_ "time/tzdata" // time zones must be known where the system has no database of them
)

// gcPercent lets the heap grow to nine times what lives before it is collected.
// What lives is a few megabytes. To collect it takes some two milliseconds, which
// the requests of that time wait for: four times as often, as by default, they are
// more than one in a hundred. GOGC in the environment has the last word.
const gcPercent = 800

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	ctx, stop := interruptible()
	code := run(ctx, process{
		args:   os.Args[1:],
		getenv: os.Getenv,
		stdin:  os.Stdin,
		stdout: os.Stdout,
		stderr: os.Stderr,
	})
	stop()
	os.Exit(code)
}

// process is what a command sees of the process that it runs in.
type process struct {
	args   []string
	getenv func(string) string
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
}

// interruptible returns a context that ends with the first SIGINT or SIGTERM.
// The second one ends the process at once.
func interruptible() (context.Context, context.CancelFunc) {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		<-signals
		cancel()
		<-signals
		os.Exit(exitInterrupted)
	}()
	return ctx, cancel
}
