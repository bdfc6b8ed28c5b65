package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spacefinder/spacefinder/bench/internal/report"
)

// settings say how much to measure.
type settings struct {
	rounds  int
	phase   time.Duration // of load: each workload has one at full and one at half load in each round
	sizes   sizes         // bookings that are stored before the run
	readers int           // clients of workloads that read
	writers int           // clients of the other workloads, unless they have one
	out     string        // document that gets the figures; "" for none
	dir     string        // folder for the data of the run; "" for the system's
}

// Bounds on settings: a run ends within a day.
const (
	maxRounds  = 100
	maxSeconds = 60
	maxSize    = 10_000_000
)

func parseSettings(args []string, help io.Writer) (settings, error) {
	s := settings{readers: 32, writers: 64, sizes: sizes{1000}}
	set := flag.NewFlagSet("bench", flag.ContinueOnError)
	set.SetOutput(help)
	set.IntVar(&s.rounds, "rounds", 5, "`times` that every workload has its turn")
	seconds := set.Float64("seconds", 2, "`seconds` of load at full and again at half load, per turn")
	set.Var(&s.sizes, "sizes", "`numbers` of bookings that are stored before the run, separated by commas, such as 1000,100000,1000000")
	set.StringVar(&s.out, "out", "docs/performance.md", "`document` that gets the figures, between its markers; empty for none")
	set.StringVar(&s.dir, "dir", "", "`folder` for the data of the run, on the disk that writes shall wait for (default: the temporary one)")
	quick := set.Bool("quick", false, "a first look in half a minute: short turns, and no document unless -out is given")
	if err := set.Parse(args); err != nil {
		return s, err
	}
	if *quick {
		shorten(set, &s, seconds)
	}
	s.phase = time.Duration(*seconds * float64(time.Second))
	return s, s.check(set)
}

// shorten replaces the defaults of the flags that are not given.
func shorten(set *flag.FlagSet, s *settings, seconds *float64) {
	given := map[string]bool{}
	set.Visit(func(f *flag.Flag) { given[f.Name] = true })
	if !given["rounds"] {
		s.rounds = 2
	}
	if !given["seconds"] {
		*seconds = 0.4
	}
	if !given["out"] {
		s.out = ""
	}
}

func (s settings) check(set *flag.FlagSet) error {
	var errs []error
	if set.NArg() > 0 {
		errs = append(errs, fmt.Errorf("takes no arguments, got %q", set.Args()))
	}
	if s.rounds < 1 || s.rounds > maxRounds {
		errs = append(errs, fmt.Errorf("-rounds must be from 1 to %d", maxRounds))
	}
	if s.phase < time.Millisecond || s.phase > maxSeconds*time.Second {
		errs = append(errs, fmt.Errorf("-seconds must be from 0.001 to %d", maxSeconds))
	}
	if s.out != "" {
		errs = append(errs, report.CheckDocument(s.out))
	}
	return errors.Join(errs...)
}

// sizes is a flag of numbers in ascending order.
type sizes []int

func (s *sizes) String() string {
	texts := make([]string, len(*s))
	for i, n := range *s {
		texts[i] = strconv.Itoa(n)
	}
	return strings.Join(texts, ",")
}

// Set reads numbers separated by commas.
func (s *sizes) Set(text string) error {
	*s = nil
	for part := range strings.SplitSeq(text, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(part))
		if err != nil || n < 1 || n > maxSize {
			return fmt.Errorf("%q is not a number from 1 to %d", part, maxSize)
		}
		if len(*s) > 0 && n <= (*s)[len(*s)-1] {
			return errors.New("must be in ascending order")
		}
		*s = append(*s, n)
	}
	return nil
}
