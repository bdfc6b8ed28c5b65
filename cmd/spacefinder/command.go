package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"

	"github.com/spacefinder/spacefinder/internal/logqueue"
)

// Exit codes.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130
)

// command is one of the things that the program does.
type command struct {
	name    string
	args    string // what follows the flags
	summary string
	run     func(ctx context.Context, p process) error
}

func commands() []command {
	return []command{
		{"serve", "", "run the whole system in this process (what happens without a command)", runServe},
		{"gateway", "", "run the front door alone, before services that run elsewhere", runGateway},
		{"service", "locations|resources|bookings", "run one service alone", runService},
		{"userpool", "", "run the user pool alone", runUserPool},
		{"user", "add|grant|revoke|reset-password|enable|disable|delete|list", "manage the users of a data folder", runUser},
		{"backup", "FILE", "copy the database of a data folder to FILE, also while it is served", runBackup},
		{"export", "FILE|-", "write the locations, resources and bookings of a data folder or of DynamoDB tables to FILE", runExport},
		{"import", "FILE", "bring what export has written into a data folder or into DynamoDB tables", runImport},
		{"healthcheck", "[URL]", "exit 0 if the server answers that it is healthy", runHealthcheck},
		{"version", "", "print the version", runVersion},
	}
}

// usageError is a mistake in the command line; the exit code tells it apart
// from a failure of the work.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

// run executes the command that the arguments name and returns the exit code.
func run(ctx context.Context, p process) int {
	name := "serve"
	if len(p.args) > 0 && p.args[0] != "" && p.args[0][0] != '-' {
		name, p.args = p.args[0], p.args[1:]
	}
	if name == "help" || (name == "serve" && wantsHelp(p.args)) {
		printHelp(p.stdout, p)
		return exitOK
	}
	all := commands()
	i := slices.IndexFunc(all, func(c command) bool { return c.name == name })
	if i < 0 {
		fmt.Fprintf(p.stderr, "spacefinder: unknown command %q; `spacefinder help` lists them\n", name)
		return exitUsage
	}
	return exitCode(all[i].run(ctx, p), p.stderr)
}

func wantsHelp(args []string) bool {
	return slices.ContainsFunc(args, func(a string) bool { return a == "-h" || a == "-help" || a == "--help" })
}

func exitCode(err error, stderr io.Writer) int {
	var usage usageError
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return exitOK
	case errors.As(err, &usage):
		lastWords(stderr, err)
		return exitUsage
	default:
		lastWords(stderr, err)
		return exitFailed
	}
}

// lastWords says why the command ends, waiting no longer for whoever reads it
// than a log does.
func lastWords(stderr io.Writer, err error) {
	queue := logqueue.New(stderr, logqueue.Config{})
	fmt.Fprintf(queue, "spacefinder: %v\n", err)
	_ = queue.Close() // nobody reads it
}

func printHelp(w io.Writer, p process) {
	fmt.Fprint(w, "SpaceFinder: people find a space at a location and book it.\n\n",
		"Usage: spacefinder [COMMAND] [FLAGS] [ARGUMENTS]\n\nCommands:\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "  %-12s %s\n", c.name, c.summary)
		if c.args != "" {
			fmt.Fprintf(w, "  %-12s   spacefinder %s %s\n", "", c.name, c.args)
		}
	}
	fmt.Fprint(w, "\n`spacefinder COMMAND -help` explains the flags of a command. Those of serve:\n\n")
	newServeFlags(p).set.describe(w)
}
