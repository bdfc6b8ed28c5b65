package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
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
	patient int           // clients of services that mostly wait for their store
	idle    time.Duration // after the start of all servers, before their memory is read
	skip    names         // parts that are left out
	fair    bool          // at half load, processes are scheduled like all others
	soak    time.Duration // of one mixed load, instead of everything else; 0 for none
	out     string        // document that gets the figures; "" for none
	dir     string        // folder for the data of the run; "" for the system's
	cache   string        // folder for data that later runs use again; "" for none
}

// Parts of a run that can be left out.
const (
	partPocketBase = "pocketbase"
	partStub       = "dynamodb-stub"
	partLocal      = "dynamodb-local"
	partParts      = "parts"
)

// Bounds on settings: a run ends within a day.
const (
	maxRounds  = 100
	maxSeconds = 60
	maxSize    = 10_000_000
	maxSoak    = 24 * time.Hour
	minSoak    = soakSegments * time.Second
)

// A quick run is for a first look.
const (
	quickRounds  = 2
	quickSeconds = 0.3
	quickSizes   = "1000,100000"
	quickIdle    = time.Second
)

func parseSettings(args []string, help io.Writer) (settings, error) {
	s := settings{readers: 32, writers: 64, patient: patient, sizes: sizes{1000, 100_000, 1_000_000}, skip: names{
		known: []string{partPocketBase, partStub, partLocal, partParts},
	}}
	set := flag.NewFlagSet("bench", flag.ContinueOnError)
	set.SetOutput(help)
	set.IntVar(&s.rounds, "rounds", 5, "`times` that every workload has its turn")
	seconds := set.Float64("seconds", 1.25, "`seconds` of load at full and again at half load, per turn")
	set.Var(&s.sizes, "sizes", "`numbers` of bookings that are stored before the run, separated by commas, ascending")
	set.DurationVar(&s.idle, "idle", 3*time.Second, "`time` that the servers are left alone after their start, before their memory is read")
	set.Var(&s.skip, "skip", "`parts` to leave out, separated by commas: "+strings.Join(s.skip.known, ", "))
	set.BoolVar(&s.fair, "fair", false, "at half load, leave client and server to the ordinary scheduler, not in real time")
	set.DurationVar(&s.soak, "soak", 0, "put one server under mixed load for this `time`, such as 10m, and do nothing else")
	set.StringVar(&s.out, "out", "docs/performance.md", "`document` that gets the figures, between its markers; empty for none")
	set.StringVar(&s.dir, "dir", "", "`folder` for the data of the run, on the disk that writes shall wait for (default: the temporary one)")
	set.StringVar(&s.cache, "cache", filepath.Join(os.TempDir(), "spacefinder-bench-cache"),
		"`folder` for filled databases, which later runs use again; empty to fill them anew each time")
	quick := set.Bool("quick", false, "a first look in two minutes: short turns, and no document unless -out is given")
	if err := set.Parse(args); err != nil {
		return s, err
	}
	if *quick {
		if err := shorten(set); err != nil {
			return s, err
		}
	}
	s.phase = time.Duration(*seconds * float64(time.Second))
	return s, s.check(set)
}

// shorten replaces the defaults of the flags that are not given.
func shorten(set *flag.FlagSet) error {
	given := map[string]bool{}
	set.Visit(func(f *flag.Flag) { given[f.Name] = true })
	var errs []error
	for name, value := range map[string]string{
		"rounds": strconv.Itoa(quickRounds), "seconds": fmt.Sprint(quickSeconds), "sizes": quickSizes,
		"idle": quickIdle.String(), "out": "",
	} {
		if !given[name] {
			errs = append(errs, set.Set(name, value))
		}
	}
	return errors.Join(errs...)
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
	if s.idle < 0 || s.idle > time.Minute {
		errs = append(errs, errors.New("-idle must be from 0s to 1m"))
	}
	if s.soak != 0 && (s.soak < minSoak || s.soak > maxSoak) {
		errs = append(errs, fmt.Errorf("-soak must be from %s to %s", minSoak, maxSoak))
	}
	if s.out != "" {
		errs = append(errs, s.section().Check(s.out))
	}
	return errors.Join(errs...)
}

// section is what the run writes of the document.
func (s settings) section() report.Section {
	if s.soak > 0 {
		return report.Soaking
	}
	return report.Figures
}

// names is a flag of names out of those that are known.
type names struct{ known, given []string }

func (n *names) String() string { return strings.Join(n.given, ",") }

// Set reads names separated by commas.
func (n *names) Set(text string) error {
	n.given = nil
	for name := range strings.SplitSeq(text, ",") {
		if !slices.Contains(n.known, name) {
			return fmt.Errorf("%q is none of %s", name, strings.Join(n.known, ", "))
		}
		n.given = append(n.given, name)
	}
	return nil
}

func (n *names) has(name string) bool { return slices.Contains(n.given, name) }

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
