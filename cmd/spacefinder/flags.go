package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
)

// envPrefix starts the name of every environment variable: the flag
// -admin-email falls back to SPACEFINDER_ADMIN_EMAIL.
const envPrefix = "SPACEFINDER_"

// flagSet is a flag.FlagSet in which a flag that is not given takes the value
// of its environment variable, and which reports all mistakes at once.
type flagSet struct {
	*flag.FlagSet
	process   process
	args      string   // what the command takes beside flags, for the help
	arguments []string // what was given beside flags, in order
	problems  []error
}

func newFlagSet(p process, name, args string) *flagSet {
	set := &flagSet{FlagSet: flag.NewFlagSet(name, flag.ContinueOnError), process: p, args: args}
	set.SetOutput(io.Discard) // errors are returned, and printed in one place
	return set
}

// parse reads the environment, then the command line, where flags and
// arguments may stand in any order.
func (s *flagSet) parse() error {
	s.VisitAll(func(f *flag.Flag) {
		f.Value = &collecting{Value: f.Value, source: "-" + f.Name, set: s}
	})
	s.readEnvironment()
	err := s.parseAll(s.process.args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprintf(s.process.stdout, "Usage: spacefinder %s [FLAGS] %s\n\n", s.Name(), s.args)
		s.describe(s.process.stdout)
		return err
	}
	if err != nil {
		s.problems = append(s.problems, err)
	}
	return nil
}

func (s *flagSet) parseAll(args []string) error {
	for {
		if err := s.Parse(args); err != nil {
			return err
		}
		if s.NArg() == 0 {
			return nil
		}
		s.arguments = append(s.arguments, s.Arg(0))
		args = s.Args()[1:]
	}
}

func (s *flagSet) readEnvironment() {
	s.VisitAll(func(f *flag.Flag) {
		value := s.process.getenv(envName(f.Name))
		if value == "" {
			return
		}
		if c, ok := f.Value.(*collecting); ok {
			c.source = envName(f.Name)
			_ = c.Set(value) // collecting keeps the error
			c.source = "-" + f.Name
		}
	})
}

// addf notes a mistake that a flag's own type does not see.
func (s *flagSet) addf(format string, args ...any) {
	s.problems = append(s.problems, fmt.Errorf(format, args...))
}

// err returns every mistake found, or nil.
func (s *flagSet) err() error {
	if len(s.problems) == 0 {
		return nil
	}
	lines := make([]string, len(s.problems))
	for i, p := range s.problems {
		lines[i] = p.Error()
	}
	return usageError{errors.New(strings.Join(lines, "\n             "))}
}

// noArguments notes arguments that the command does not take.
func (s *flagSet) noArguments() {
	if len(s.arguments) > 0 {
		s.addf("%s takes no arguments, got %q", s.Name(), s.arguments)
	}
}

func envName(flagName string) string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(flagName, "-", "_"))
}

func (s *flagSet) describe(w io.Writer) {
	s.VisitAll(func(f *flag.Flag) {
		kind, usage := flag.UnquoteUsage(f)
		fmt.Fprintf(w, "  -%s %s\n        %s", f.Name, kind, usage)
		if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "0" && f.DefValue != "0s" {
			fmt.Fprintf(w, " (default %s)", f.DefValue)
		}
		fmt.Fprintf(w, "\n        environment: %s\n", envName(f.Name))
	})
}

// collecting keeps what is wrong with a flag's value instead of ending the
// parsing at the first mistake.
type collecting struct {
	flag.Value
	source string // where the value comes from: the flag or the variable
	set    *flagSet
}

func (c *collecting) Set(value string) error {
	if err := c.Value.Set(value); err != nil {
		c.set.addf("%s: %q is not valid: %w", c.source, value, err)
	}
	return nil
}

// IsBoolFlag lets a boolean flag stand without a value.
func (c *collecting) IsBoolFlag() bool {
	b, ok := c.Value.(interface{ IsBoolFlag() bool })
	return ok && b.IsBoolFlag()
}
